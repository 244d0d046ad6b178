"""What moderators judge, each kind by its own domain: found, locked, hidden, shown again. A new kind is a row of `_KINDS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..core.errors import NotAllowed, NotFound
from ..discussion import moderating as comments
from ..discussion import services as discussion
from ..discussion import voices
from ..discussion.models import Comment
from ..ratings import hiding as reviews
from ..ratings.models import HiddenReview, Rating
from ..resources import moderating as resources
from ..resources import tickets
from ..resources.models import ResourceAnswer, ResourceRequest


@dataclass(frozen=True, slots=True)
class Target:
    """A text of a reader that can be reported. `account_id`: who wrote it."""

    kind: str
    id: int
    paper_id: int
    account_id: int | None
    visibility: str  # "shown", "waiting", "hidden" or "deleted"
    under_id: int = 0  # of an answer: its request
    is_covered: bool = False  # shown, but under something that is not

    @property
    def is_seen(self) -> bool:
        """Whether every reader can see it."""
        return self.visibility == "shown" and not self.is_covered

    @property
    def name(self) -> str:
        """As the log calls it."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class _Kind:
    find: Callable[[Session, int], Target | None]
    lock: Callable[[Session, int], object]
    hide: Callable[[Session, Actor, int], object]
    restore: Callable[[Session, Actor, int], object]
    release: Callable[[Session, Actor, int], object] | None = None  # None: texts of this kind never wait


def find(session: Session, kind: str, target_id: int) -> Target:
    """The target as it stands. Raises NotFound (no such thing, no such kind)."""
    found = _KINDS[kind].find(session, target_id) if kind in _KINDS else None
    if found is None:
        raise NotFound
    return found


def locked(session: Session, actor: Actor, kind: str, target_id: int) -> Target:
    """The target of a moderator, its paper locked. Raises NotFound, NotAllowed (no moderator; one's own text; an author of the paper)."""
    if kind not in _KINDS:
        raise NotFound
    _KINDS[kind].lock(session, target_id)
    found = find(session, kind, target_id)
    check_may(session, actor, found)
    return found


def check_may(session: Session, actor: Actor, target: Target) -> None:
    """Raises NotAllowed for who is no moderator, and in one's own matter: one's own text, and what is written on one's own paper."""
    if not actor.has_role("moderator") or target.account_id == actor.account_id or voices.is_perhaps_author(session, actor.account_id, target.paper_id):
        raise NotAllowed


def hide(session: Session, actor: Actor, target: Target) -> None:
    """Takes the text from sight. Raises as the domain's own does: NotAllowed, Conflict (hidden or deleted meanwhile)."""
    _KINDS[target.kind].hide(session, actor, target.id)


def restore(session: Session, actor: Actor, target: Target) -> None:
    """Shows a hidden text again. Raises as the domain's own does: NotAllowed, Conflict (it is not hidden)."""
    _KINDS[target.kind].restore(session, actor, target.id)


def release(session: Session, actor: Actor, target: Target) -> None:
    """Shows a text that waited. Raises NotFound (texts of this kind never wait), NotAllowed, Conflict (it does not wait)."""
    act = _KINDS[target.kind].release
    if act is None:
        raise NotFound
    act(session, actor, target.id)


def _comment(session: Session, comment_id: int) -> Target | None:
    row = session.execute(sa.select(Comment.paper_id, Comment.account_id, Comment.visibility).where(Comment.id == comment_id)).first()
    return Target("comment", comment_id, *row) if row else None


def _review(session: Session, rating_id: int) -> Target | None:
    hidden = sa.select(HiddenReview.rating_id).where(HiddenReview.rating_id == Rating.id).exists()
    row = session.execute(sa.select(Rating.paper_id, Rating.account_id, hidden).where(Rating.id == rating_id, Rating.text != "")).first()
    return Target("review", rating_id, row[0], row[1], "hidden" if row[2] else "shown") if row else None


def _request(session: Session, request_id: int) -> Target | None:
    columns = ResourceRequest.paper_id, ResourceRequest.account_id, ResourceRequest.visibility
    row = session.execute(sa.select(*columns).where(ResourceRequest.id == request_id)).first()
    return Target("request", request_id, *row) if row else None


def _answer(session: Session, answer_id: int) -> Target | None:
    """An answer; what stands under a hidden request cannot be seen either."""
    columns = ResourceRequest.paper_id, ResourceAnswer.account_id, ResourceAnswer.visibility, ResourceRequest.id, ResourceRequest.visibility != "shown"
    query = sa.select(*columns).join(ResourceRequest, ResourceRequest.id == ResourceAnswer.request_id)
    row = session.execute(query.where(ResourceAnswer.id == answer_id)).first()
    return Target("answer", answer_id, *row) if row else None


_KINDS = {
    "comment": _Kind(_comment, discussion.locked, comments.hide, comments.restore, comments.release),
    "request": _Kind(_request, tickets.locked, resources.hide_request, resources.restore_request, resources.release_request),
    "answer": _Kind(_answer, tickets.locked_answer, resources.hide_answer, resources.restore_answer, resources.release_answer),
    "review": _Kind(_review, reviews.locked, reviews.hide, reviews.restore),
}
