"""The row of counts that the head of a record reads; made anew with each change."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .models import Comment, Discussion
from .rules import ERROR, QUESTION


def recount(session: Session, paper_id: int) -> None:
    """Makes the counts of a record anew; call with the paper locked. Two statements and a write."""
    session.flush()
    is_shown = Comment.visibility == "shown"

    def n(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count().filter(*conditions)

    def n_in(kind: str, state: str) -> sa.ColumnElement[int]:
        return n(is_shown, Comment.kind == kind, Comment.state == state)

    row = session.execute(
        sa.select(
            n(is_shown).label("n_comments"),
            n(Comment.parent_id.is_(None), Comment.is_on_review.is_(sa.false()), Comment.visibility != "waiting").label("n_threads"),
            n_in(QUESTION, "open").label("n_open_questions"),
            n_in(QUESTION, "answered").label("n_answered_questions"),
            n_in(ERROR, "open").label("n_open_errors"),
            n_in(ERROR, "confirmed").label("n_confirmed_errors"),
            n_in(ERROR, "corrected").label("n_corrected_errors"),
        ).where(Comment.paper_id == paper_id)
    ).one()
    kept = counts_row(session, paper_id)
    for name, value in row._mapping.items():
        setattr(kept, name, value)
    session.flush()


def counts_row(session: Session, paper_id: int) -> Discussion:
    """The row of a record, made where there is none; call with the paper locked."""
    kept = session.get(Discussion, paper_id, populate_existing=True)
    if kept is None:
        kept = Discussion(paper_id=paper_id, is_locked=False)
        session.add(kept)
        session.flush()
    return kept
