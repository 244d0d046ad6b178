"""Helpful votes on comments and reviews, and the order that follows from them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound
from ..ratings.models import Rating
from ..ratings.services import lock
from .models import Comment, ReviewStanding, Vote
from .rules import helpfulness
from .services import locked, writer


def vote_on_comment(session: Session, actor: Actor, comment_id: int, is_helpful: bool | None) -> None:
    """Says whether a comment is helpful; None takes the word back. Raises NotFound, NotAllowed (not signed in, one's own), Conflict (not shown)."""
    account_id = writer(actor)
    comment = locked(session, comment_id)
    if comment.account_id == account_id:
        raise NotAllowed
    if comment.visibility != "shown":
        raise Conflict
    _cast(session, account_id, is_helpful, comment_id=comment_id)
    count_comment(session, comment)


def vote_on_review(session: Session, actor: Actor, rating_id: int, is_helpful: bool | None) -> None:
    """Says whether a review is helpful; None takes the word back. Raises NotFound (no such review), NotAllowed (not signed in, one's own)."""
    account_id = writer(actor)
    found = session.execute(sa.select(Rating.paper_id, Rating.account_id).where(Rating.id == rating_id, Rating.text != "")).first()
    if found is None:
        raise NotFound
    if found.account_id == account_id:
        raise NotAllowed
    lock(session, found.paper_id)
    _cast(session, account_id, is_helpful, rating_id=rating_id)
    count_review(session, rating_id)


def count_comment(session: Session, comment: Comment) -> None:
    """Makes the standing of a comment anew from its votes."""
    comment.n_votes, comment.n_helpful = _counted(session, Vote.comment_id == comment.id)
    comment.rank = helpfulness(comment.n_helpful, comment.n_votes)
    session.flush()


def count_review(session: Session, rating_id: int) -> None:
    """Makes the standing of a review anew from its votes."""
    n_votes, n_helpful = _counted(session, Vote.rating_id == rating_id)
    standing = session.get(ReviewStanding, rating_id, populate_existing=True)
    if standing is None:
        standing = ReviewStanding(rating_id=rating_id, n_votes=0, n_helpful=0, rank=0)
        session.add(standing)
    standing.n_votes, standing.n_helpful, standing.rank = n_votes, n_helpful, helpfulness(n_helpful, n_votes)
    session.flush()


def _cast(session: Session, account_id: int, is_helpful: bool | None, *, comment_id: int | None = None, rating_id: int | None = None) -> None:
    thing = Vote.comment_id == comment_id if comment_id is not None else Vote.rating_id == rating_id
    vote = session.scalar(sa.select(Vote).where(Vote.account_id == account_id, thing))
    if is_helpful is None:
        if vote is not None:
            session.delete(vote)
    elif vote is None:
        session.add(Vote(account_id=account_id, comment_id=comment_id, rating_id=rating_id, is_helpful=is_helpful, at=clock.now()))
    else:
        vote.is_helpful = is_helpful
    session.flush()


def _counted(session: Session, which: sa.ColumnElement[bool]) -> tuple[int, int]:
    row = session.execute(sa.select(sa.func.count(), sa.func.count().filter(Vote.is_helpful)).select_from(Vote).where(which)).one()
    return row[0], row[1]
