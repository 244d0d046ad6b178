"""Writes to scores."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.errors import RuleBroken
from ..core.text import message
from .models import PaperScore
from .queries import PER_STAR
from .rules import is_half_star


def carry_over(session: Session, paper_id: int, stars: float, source: str) -> None:
    """Notes the mean that another page (`source`) shows for a paper without saying how many rated. It counts nowhere and is shown as "not enough"."""
    if not is_half_star(stars):
        raise RuleBroken("overall", message("A rating is 0.5 to 5 stars in halves."))
    row = session.get(PaperScore, paper_id) or PaperScore(paper_id=paper_id, n_counted=0, n_groups=0)
    row.carried_over, row.carried_over_from = round(stars * PER_STAR), source
    session.add(row)
    session.flush()


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: a mean carried over to the one that goes is kept when the other has none."""
    gone = session.get(PaperScore, gone_id)
    if gone is None:
        return
    if session.get(PaperScore, kept_id) is None:
        session.execute(sa.update(PaperScore).where(PaperScore.paper_id == gone_id).values(paper_id=kept_id))
    else:
        session.delete(gone)
    session.flush()
    session.expire_all()
