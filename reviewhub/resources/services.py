"""Asking: a request, "me too", asking once more, letting go; and what authors and askers say of a request."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, RuleBroken
from ..core.jobs import emit
from ..core.text import message
from ..events import RequestDeclined
from ..people import queries as people
from ..ratings.services import lock
from .models import ResourceAnswer, ResourceAsker, ResourceRequest
from .rules import ANSWERED, KINDS, MAX_NOTE_CHARS, NEEDS_WORDS, TOLD, VERIFIED
from .tickets import check_allowed, check_no_link, checked, is_asker, locked, note, settle, waiting_or_shown, writer

# A refusal that says nothing helps nobody.
MIN_REASON_CHARS = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking. `is_new` False: somebody has asked before, and this reader asks with them."""

    request: ResourceRequest
    is_new: bool


def ask(session: Session, actor: Actor, paper_id: int, kind: str, text: str) -> Asked:
    """Asks for something beside a paper. Where that kind was asked for already, the reader and their words join that request: there is never a second one.

    A first text with a link of a new account waits for a moderator; sent twice it is one. Raises NotFound (no such paper), NotAllowed (not signed in,
    suspended), RuleBroken("kind", "text").
    """
    account_id = writer(actor)
    if kind not in KINDS:
        raise RuleBroken("kind", message("Choose one from the list."))
    text = checked(text)
    if not text and kind in NEEDS_WORDS:
        raise RuleBroken("text", message("Say in a few words what exactly is needed."))
    lock(session, paper_id)
    standing = sa.select(ResourceRequest).where(ResourceRequest.paper_id == paper_id, ResourceRequest.kind == kind)
    known = session.scalar(standing.where(ResourceRequest.visibility == "shown"))
    if known is not None:
        _join(session, account_id, known, text)
        return Asked(known, is_new=False)
    own = session.scalar(standing.where(ResourceRequest.visibility == "waiting", ResourceRequest.account_id == account_id))
    if own is not None:
        return Asked(own, is_new=False)
    check_allowed(session, account_id, "text")
    now = clock.now()
    made = ResourceRequest(
        paper_id=paper_id, kind=kind, text=text, account_id=account_id, visibility=waiting_or_shown(session, account_id, text), asked_at=now
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(ResourceAsker(request_id=made.id, account_id=account_id, at=now))
    note(session, made, "asked", "asker", account_id)
    return Asked(made, is_new=True)


def join(session: Session, actor: Actor, request_id: int, text: str = "") -> ResourceRequest:
    """ "Me too", with or without words; twice is no harm. Raises NotFound, NotAllowed, RuleBroken("text"), Conflict (nobody can see the request)."""
    account_id = writer(actor)
    text = checked(text)
    request = locked(session, request_id)
    if request.visibility != "shown":
        raise Conflict
    _join(session, account_id, request, text)
    return request


def leave(session: Session, actor: Actor, request_id: int) -> ResourceRequest:
    """Asks for it no longer. A request that nobody asks for and nobody has answered goes with its last asker. Raises NotFound, NotAllowed."""
    account_id = writer(actor)
    request = locked(session, request_id)
    let_go(session, request, account_id)
    return request


def let_go(session: Session, request: ResourceRequest, account_id: int) -> None:
    """Takes one asker and their words off a request; call with the paper locked."""
    session.execute(sa.delete(ResourceAsker).where(ResourceAsker.request_id == request.id, ResourceAsker.account_id == account_id))
    if request.account_id == account_id:
        request.account_id, request.text = None, ""
    settle(session, request)
    has_answer = session.scalar(sa.select(ResourceAnswer.id).where(ResourceAnswer.request_id == request.id, ResourceAnswer.visibility != "deleted").limit(1))
    if request.n_askers == 0 and has_answer is None and request.visibility in ("shown", "waiting"):
        request.visibility = "deleted"
        session.flush()


def ask_again(session: Session, actor: Actor, request_id: int, text: str) -> ResourceRequest:
    """Says what is still missing of a request that was answered: it is open again, and authors may be told anew.

    Raises NotFound, NotAllowed, RuleBroken("text"), Conflict (it is not answered).
    """
    account_id = writer(actor)
    text = checked(text)
    if not text:
        raise RuleBroken("text", message("Say in a few words what is still missing."))
    request = locked(session, request_id)
    if request.visibility != "shown" or request.state not in (ANSWERED, VERIFIED):
        raise Conflict
    check_allowed(session, account_id, "text")
    check_no_link(session, account_id, text, "text")
    if not is_asker(session, account_id, request.id):
        session.add(ResourceAsker(request_id=request.id, account_id=account_id, at=clock.now()))
    request.reopened_at = clock.now()
    request.told_at = request.declined_at = request.unreachable_at = None
    note(session, request, "asked-again", "asker", account_id, text)
    return request


def decline(session: Session, actor: Actor, request_id: int, reason: str) -> ResourceRequest:
    """An author of the paper says why it will not be given; readers may still answer. Emits RequestDeclined.

    Raises NotFound, NotAllowed (no author with an approved claim), RuleBroken("reason"), Conflict (declined already, or nobody can see it).
    """
    account_id = writer(actor)
    reason = checked(reason, "reason", most=MAX_NOTE_CHARS)
    request = locked(session, request_id)
    if not people.is_author(session, account_id, request.paper_id):
        raise NotAllowed
    if len(reason) < MIN_REASON_CHARS:
        raise RuleBroken("reason", message("Give the reason in a sentence: readers plan by it."))
    if request.visibility != "shown" or request.declined_at is not None:
        raise Conflict
    request.declined_at = clock.now()
    note(session, request, "declined", "author", account_id, reason)
    emit(session, RequestDeclined(request.id))
    return request


def take_back_decline(session: Session, actor: Actor, request_id: int) -> ResourceRequest:
    """An author thinks again. Raises NotFound, NotAllowed (no author), Conflict (it is not declined)."""
    account_id = writer(actor)
    request = locked(session, request_id)
    if not people.is_author(session, account_id, request.paper_id):
        raise NotAllowed
    if request.declined_at is None:
        raise Conflict
    request.declined_at = None
    note(session, request, "decline-withdrawn", "author", account_id)
    return request


def say_unreachable(session: Session, actor: Actor, request_id: int, words: str) -> ResourceRequest:
    """Somebody who asks wrote to the authors and got no answer: the next reader need not try. It stays open for readers.

    Raises NotFound, NotAllowed (does not ask for it), RuleBroken("note"), Conflict (not open, or said already).
    """
    account_id = writer(actor)
    words = checked(words, "note", most=MAX_NOTE_CHARS)
    request = locked(session, request_id)
    if not is_asker(session, account_id, request.id):
        raise NotAllowed
    if len(words) < MIN_REASON_CHARS:
        raise RuleBroken("note", message("Say in a sentence how and when you tried, without anybody's address."))
    check_no_link(session, account_id, words, "note")
    if request.visibility != "shown" or request.unreachable_at is not None or request.n_answers:
        raise Conflict
    request.unreachable_at = clock.now()
    note(session, request, "unreachable", "asker", account_id, words)
    return request


def note_told(session: Session, request_id: int) -> None:
    """The authors were told of a request; twice is no harm. What nobody can see any more, or is gone, is passed over."""
    if session.get(ResourceRequest, request_id) is None:
        return
    request = locked(session, request_id)
    if request.told_at is None and request.visibility == "shown":
        request.told_at = clock.now()
        note(session, request, "told", "worker", None)


def note_silence(session: Session, request_id: int) -> None:
    """Authors were told long ago and have said nothing: the request says so from now on."""
    request = locked(session, request_id)
    if request.visibility == "shown" and request.state == TOLD and request.unreachable_at is None:
        request.unreachable_at = clock.now()
        note(session, request, "unreachable", "worker", None)


def _join(session: Session, account_id: int, request: ResourceRequest, text: str) -> None:
    known = session.get(ResourceAsker, (request.id, account_id))
    if text and (known is None or known.text != text) and not (request.account_id == account_id and request.text == text):
        check_no_link(session, account_id, text, "text")
    if known is None:
        session.add(ResourceAsker(request_id=request.id, account_id=account_id, text=text, at=clock.now()))
    elif text and request.account_id == account_id:
        request.text = request.text or text
    elif text:
        known.text = text
    settle(session, request)
