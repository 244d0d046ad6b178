"""Runs of an import: how far each came, so that a stopped one goes on where it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UtcTime


class ImportRun(Base):
    """One file, one attempt. `cursor` counts the records of the file that are safely in, read or rejected."""

    __tablename__ = "import_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(index=True)  # of the file's bytes: the same file under another name is the same file
    is_trusted: Mapped[bool]
    state: Mapped[str]  # running | done | unreadable
    cursor: Mapped[int] = mapped_column(default=0)
    n_created: Mapped[int] = mapped_column(default=0)
    n_updated: Mapped[int] = mapped_column(default=0)
    n_unchanged: Mapped[int] = mapped_column(default=0)
    n_rejected: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)  # [{"where", "template", "facts", "is_rejection"}], the first thousand
    started_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint("state IN ('running', 'done', 'unreadable')", name="state"),)
