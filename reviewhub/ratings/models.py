"""The score of a paper as pages read it: one row each, absent where nobody has rated."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base


class PaperScore(Base):
    """Means are kept in hundredths of a half star (4.5 stars are 900), so that they add up exactly on every database."""

    __tablename__ = "paper_scores"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    n_counted: Mapped[int] = mapped_column(default=0)
    n_groups: Mapped[int] = mapped_column(default=0)
    overall: Mapped[int | None]
    carried_over: Mapped[int | None]  # a mean that another page shows without saying of how many
    carried_over_from: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        sa.CheckConstraint("overall BETWEEN 100 AND 1000", name="overall"),
        sa.CheckConstraint("carried_over BETWEEN 100 AND 1000", name="carried_over"),
        sa.CheckConstraint("(carried_over IS NULL) = (carried_over_from = '')", name="carried_over_from"),
        sa.CheckConstraint("n_counted >= 0 AND n_groups >= 0 AND n_groups <= n_counted", name="counts"),
        sa.CheckConstraint("(n_counted = 0) = (overall IS NULL)", name="mean_of_something"),
    )
