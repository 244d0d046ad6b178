"""What moderators do to comments: release, hide, restore, lock. The reasons stand in the public log, which calls these."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed
from ..core.jobs import emit
from ..events import CommentShown
from ..ratings.services import lock
from . import voices
from .counting import counts_row, recount
from .models import Comment, Discussion
from .services import locked


def release(session: Session, actor: Actor, comment_id: int) -> Comment:
    """Shows a text that waited. Emits CommentShown. Raises NotFound, NotAllowed, Conflict (it does not wait)."""
    return _turn(session, actor, comment_id, "waiting", "shown")


def hide(session: Session, actor: Actor, comment_id: int) -> Comment:
    """Leaves a tombstone in place of a text, which can be restored; of one that waits too. Raises NotFound, NotAllowed, Conflict (hidden or deleted)."""
    return _turn(session, actor, comment_id, ("shown", "waiting"), "hidden")


def restore(session: Session, actor: Actor, comment_id: int) -> Comment:
    """Shows a hidden text again. Raises NotFound, NotAllowed, Conflict (it is not hidden)."""
    return _turn(session, actor, comment_id, "hidden", "shown")


def lock_thread(session: Session, actor: Actor, comment_id: int, *, is_locked: bool = True) -> Comment:
    """Ends a thread, or opens it again. Raises NotFound, NotAllowed, Conflict (it is so already, or a reply)."""
    comment = locked(session, comment_id)
    check_may(session, actor, comment)
    if comment.parent_id is not None or comment.is_locked == is_locked:
        raise Conflict
    comment.is_locked = is_locked
    session.flush()
    return comment


def lock_record(session: Session, actor: Actor, paper_id: int, *, is_locked: bool = True) -> None:
    """Ends the discussion of a record, or opens it again. Raises NotFound, NotAllowed (no moderator, an author of it), Conflict (it is so already)."""
    if not actor.has_role("moderator") or voices.is_perhaps_author(session, actor.account_id, paper_id):
        raise NotAllowed
    lock(session, paper_id)
    counts = counts_row(session, paper_id)
    if counts.is_locked == is_locked:
        raise Conflict
    counts.is_locked = is_locked
    session.flush()


def check_may(session: Session, actor: Actor, comment: Comment) -> None:
    """Raises NotAllowed for who is no moderator, and for judging one's own comment and the discussion of one's own paper."""
    if not actor.has_role("moderator") or comment.account_id == actor.account_id or voices.is_perhaps_author(session, actor.account_id, comment.paper_id):
        raise NotAllowed


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: comments move; who wrote under a pseudonym on both has one there from now on."""
    known = sa.select(Comment.account_id, Comment.pseudonym).where(Comment.paper_id == kept_id, Comment.account_id.is_not(None)).order_by(Comment.id)
    voices_there = {account_id: pseudonym for account_id, pseudonym in session.execute(known) if pseudonym}
    moved = session.scalars(sa.select(Comment).where(Comment.paper_id == gone_id)).all()
    for comment in moved:
        comment.paper_id = kept_id
        if comment.pseudonym and comment.account_id in voices_there:
            comment.pseudonym = voices_there[comment.account_id]
    gone = session.get(Discussion, gone_id)
    session.flush()
    if moved:
        recount(session, kept_id)
    if gone is not None and gone.is_locked:
        counts_row(session, kept_id).is_locked = True
    session.flush()


def _turn(session: Session, actor: Actor, comment_id: int, before: str | tuple[str, ...], after: str) -> Comment:
    comment = locked(session, comment_id)
    check_may(session, actor, comment)
    if comment.visibility not in (before if isinstance(before, tuple) else (before,)):
        raise Conflict
    was_waiting = comment.visibility == "waiting"
    comment.visibility = after
    recount(session, comment.paper_id)
    if after == "shown" and was_waiting:
        emit(session, CommentShown(comment.id))
    return comment
