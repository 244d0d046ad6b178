"""Looking behind a pseudonym: one moderator asks, another agrees, both may look for a day, and each step stands in the log."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound
from ..discussion import moderating as comments
from ..discussion.models import Comment
from ..discussion.services import locked
from . import log
from .models import Unmasking
from .rules import UNMASKING_LASTS
from .services import reason_of


def ask(session: Session, actor: Actor, comment_id: int, reason: str) -> Unmasking:
    """Asks to see the account behind a comment. Raises NotFound (no such pseudonym), NotAllowed, RuleBroken("reason"), Conflict (asked already)."""
    reason = reason_of(reason)
    comment = locked(session, comment_id)
    comments.check_may(session, actor, comment)
    if not comment.pseudonym or comment.account_id is None:
        raise NotFound
    standing = sa.select(Unmasking.id).where(Unmasking.comment_id == comment_id, Unmasking.asked_at > clock.now() - UNMASKING_LASTS)
    if session.scalar(standing) is not None:
        raise Conflict
    made = Unmasking(comment_id=comment_id, reason=reason, asked_by=actor.account_id, asked_at=clock.now())
    session.add(made)
    log.append(session, actor, "ask-unmasking", f"comment:{comment_id}", reason=reason, paper_id=comment.paper_id)
    return made


def agree(session: Session, actor: Actor, unmasking_id: int) -> None:
    """The second moderator's word. Raises NotFound, NotAllowed (the one who asked, or whose own matter it is), Conflict (agreed, or asked too long ago)."""
    asked, comment = _locked(session, actor, unmasking_id)
    if asked.asked_by == actor.account_id:
        raise NotAllowed
    if asked.agreed_by is not None or asked.asked_by is None or clock.now() - asked.asked_at > UNMASKING_LASTS:
        raise Conflict
    asked.agreed_by, asked.agreed_at = actor.account_id, clock.now()
    log.append(session, actor, "agree-unmasking", f"comment:{comment.id}", reason=asked.reason, paper_id=comment.paper_id)


def look(session: Session, actor: Actor, unmasking_id: int) -> int:
    """The account behind the pseudonym, for either of the two, within a day; writes that they looked.

    Raises NotFound (the account is gone as well), NotAllowed (neither of the two, or nobody has agreed), Conflict (too late).
    """
    asked, comment = _locked(session, actor, unmasking_id)
    if asked.agreed_at is None or actor.account_id not in (asked.asked_by, asked.agreed_by):
        raise NotAllowed
    if clock.now() - asked.agreed_at > UNMASKING_LASTS:
        raise Conflict
    if comment.account_id is None:
        raise NotFound
    log.append(session, actor, "look-behind-pseudonym", f"comment:{comment.id}", reason=asked.reason, paper_id=comment.paper_id)
    return comment.account_id


def _locked(session: Session, actor: Actor, unmasking_id: int) -> tuple[Unmasking, Comment]:
    comment_id = session.scalar(sa.select(Unmasking.comment_id).where(Unmasking.id == unmasking_id))
    if comment_id is None:
        raise NotFound
    comment = locked(session, comment_id)
    comments.check_may(session, actor, comment)
    return session.get_one(Unmasking, unmasking_id, populate_existing=True), comment
