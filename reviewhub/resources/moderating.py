"""What moderators do to requests and answers: release, hide, restore. The reasons stand in the public log, which calls these."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed
from ..people import queries as people
from .answering import show
from .models import ResourceAnswer, ResourceAsker, ResourceRequest, ResourceStep
from .tickets import locked, locked_answer, note, settle


def release_request(session: Session, actor: Actor, request_id: int) -> ResourceRequest:
    """Shows a request that waited. Where the same was asked for meanwhile, its asker and words join that one, which is given back.

    Raises NotFound, NotAllowed, Conflict (it does not wait).
    """
    request = locked(session, request_id)
    check_may(session, actor, request, request.account_id)
    if request.visibility != "waiting":
        raise Conflict
    return _shown(session, request)


def hide_request(session: Session, actor: Actor, request_id: int) -> ResourceRequest:
    """Takes a request with its answers out of sight; it can be restored. Raises NotFound, NotAllowed, Conflict (hidden or deleted)."""
    request = locked(session, request_id)
    check_may(session, actor, request, request.account_id)
    if request.visibility not in ("shown", "waiting"):
        raise Conflict
    request.visibility = "hidden"
    note(session, request, "hidden", "moderator", None)
    return request


def restore_request(session: Session, actor: Actor, request_id: int) -> ResourceRequest:
    """Shows a hidden request again, as `release_request`. Raises NotFound, NotAllowed, Conflict (it is not hidden)."""
    request = locked(session, request_id)
    check_may(session, actor, request, request.account_id)
    if request.visibility != "hidden":
        raise Conflict
    request = _shown(session, request)
    note(session, request, "restored", "moderator", None)
    return request


def release_answer(session: Session, actor: Actor, answer_id: int) -> ResourceAnswer:
    """Shows an answer that waited. Emits ResourceAnswered. Raises NotFound, NotAllowed, Conflict (it does not wait)."""
    given, request = locked_answer(session, answer_id)
    check_may(session, actor, request, given.account_id)
    if given.visibility != "waiting":
        raise Conflict
    show(session, request, given)
    return given


def hide_answer(session: Session, actor: Actor, answer_id: int) -> ResourceAnswer:
    """Takes an answer and its file out of sight; it can be restored. Raises NotFound, NotAllowed, Conflict (hidden or deleted)."""
    given, request = locked_answer(session, answer_id)
    check_may(session, actor, request, given.account_id)
    if given.visibility not in ("shown", "waiting"):
        raise Conflict
    given.visibility, given.check_at = "hidden", None
    note(session, request, "hidden", "moderator", None)
    return given


def restore_answer(session: Session, actor: Actor, answer_id: int) -> ResourceAnswer:
    """Shows a hidden answer again. Raises NotFound, NotAllowed, Conflict (it is not hidden)."""
    given, request = locked_answer(session, answer_id)
    check_may(session, actor, request, given.account_id)
    if given.visibility != "hidden":
        raise Conflict
    given.visibility, given.check_at = "shown", given.answered_at if given.url else None
    note(session, request, "restored", "moderator", None)
    return given


def check_may(session: Session, actor: Actor, request: ResourceRequest, account_id: int | None) -> None:
    """Raises NotAllowed for who is no moderator, and for judging what one wrote oneself and what is asked of one's own paper."""
    if not actor.has_role("moderator") or actor.account_id is None or account_id == actor.account_id:
        raise NotAllowed
    if people.is_author(session, actor.account_id, request.paper_id):
        raise NotAllowed


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: requests move; two of one kind become one."""
    standing = sa.select(ResourceRequest).where(ResourceRequest.paper_id == kept_id, ResourceRequest.visibility == "shown")
    there = {request.kind: request for request in session.scalars(standing)}
    for request in session.scalars(sa.select(ResourceRequest).where(ResourceRequest.paper_id == gone_id).order_by(ResourceRequest.id)).all():
        if request.visibility == "shown" and request.kind in there:
            _unite(session, there[request.kind], request)
        else:
            request.paper_id = kept_id
    session.flush()


def _shown(session: Session, request: ResourceRequest) -> ResourceRequest:
    standing = sa.select(ResourceRequest).where(
        ResourceRequest.paper_id == request.paper_id, ResourceRequest.kind == request.kind, ResourceRequest.visibility == "shown"
    )
    other = session.scalar(standing)
    if other is not None:
        _unite(session, other, request)
        return other
    request.visibility = "shown"
    settle(session, request)
    return request


def _unite(session: Session, kept: ResourceRequest, gone: ResourceRequest) -> None:
    """Makes two requests one: askers with their words, answers and history move, nothing is lost."""
    known = {one.account_id: one for one in session.scalars(sa.select(ResourceAsker).where(ResourceAsker.request_id == kept.id))}
    for asker in session.scalars(sa.select(ResourceAsker).where(ResourceAsker.request_id == gone.id)).all():
        words = gone.text if asker.account_id == gone.account_id else asker.text
        if asker.account_id in known:
            if asker.account_id != kept.account_id:
                known[asker.account_id].text = known[asker.account_id].text or words
        else:
            session.add(ResourceAsker(request_id=kept.id, account_id=asker.account_id, text=words, at=asker.at))
        session.delete(asker)
    for model in (ResourceAnswer, ResourceStep):
        session.execute(sa.update(model).where(model.request_id == gone.id).values(request_id=kept.id))
    for name in ("told_at", "declined_at", "unreachable_at", "reopened_at"):
        setattr(kept, name, getattr(kept, name) or getattr(gone, name))
    kept.asked_at = min(kept.asked_at, gone.asked_at)
    session.delete(gone)
    session.flush()
    settle(session, kept)
