"""What moderators do to written reviews: hide the text, show it again. The rating stands either way; the reasons stand in the public log, which calls these."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound
from .models import HiddenReview, Rating
from .scoring import lock


def hide(session: Session, actor: Actor, rating_id: int) -> Rating:
    """Hides the text of a rating; its writer still has it in their form. Raises NotFound (no such review), NotAllowed, Conflict (it is hidden)."""
    rating = locked(session, rating_id)
    check_may(actor, rating)
    if is_hidden(session, rating.id):
        raise Conflict
    session.add(HiddenReview(rating_id=rating.id, hidden_at=clock.now()))
    session.flush()
    return rating


def restore(session: Session, actor: Actor, rating_id: int) -> Rating:
    """Shows a hidden text again. Raises NotFound, NotAllowed, Conflict (it is not hidden)."""
    rating = locked(session, rating_id)
    check_may(actor, rating)
    hidden = session.get(HiddenReview, rating.id)
    if hidden is None:
        raise Conflict
    session.delete(hidden)
    session.flush()
    return rating


def is_hidden(session: Session, rating_id: int) -> bool:
    """Whether a moderator has hidden the text of this rating."""
    return session.scalar(sa.select(HiddenReview.rating_id).where(HiddenReview.rating_id == rating_id)) is not None


def locked(session: Session, rating_id: int) -> Rating:
    """A rating with a text as it stands, its paper locked. Raises NotFound."""
    paper_id = session.scalar(sa.select(Rating.paper_id).where(Rating.id == rating_id, Rating.text != ""))
    if paper_id is None:
        raise NotFound
    lock(session, paper_id)
    rating = session.get(Rating, rating_id, populate_existing=True)
    if rating is None or not rating.text:
        raise NotFound
    return rating


def check_may(actor: Actor, rating: Rating) -> None:
    """Raises NotAllowed for who is no moderator, and for judging one's own review. Who wrote the paper is known above."""
    if not actor.has_role("moderator") or rating.account_id == actor.account_id:
        raise NotAllowed
