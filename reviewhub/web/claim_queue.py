"""`/moderation/claims`: authorships that wait for a moderator, each with both sides, the record and similar names."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core import clock
from ..core.errors import Conflict, NotFound, RuleBroken
from ..core.text import Message, message
from ..moderation import claims
from ..people import deciding
from ..people import queries as people
from ..people.ladder import MIN_REASON_CHARS, RUNG_WORDS
from .moderation import span_in_words
from .pages import claim as words
from .support import notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1

_DECIDED_MEANWHILE = message("This claim has changed meanwhile: another moderator decided, or its claimant did. Your decision was not taken. What you wrote:")
_DONE = {
    "approve": message("Approved. The claimant is told; whoever else claimed it is refused."),
    "refuse": message("Refused. The claimant is told, with your reason."),
    "ask": message("Asked. The claim goes on waiting."),
    "revoke": message("Taken back. The claimant is told, with your reason."),
}
_CLOSED = message("Noted: nobody can claim this authorship any more.")

blueprint = Blueprint("claim_queue", __name__, url_prefix="/moderation/claims")


@blueprint.get("")
@entry("moderator")
def show() -> BaseResponse:
    """What waits, the oldest first."""
    return _queue()


@blueprint.get("/<int:claim_id>")
@entry("moderator")
def case(claim_id: int) -> BaseResponse:
    """One case with its history; an approved claim can be taken back here."""
    return _case(claim_id)


@blueprint.post("/<int:claim_id>")
@entry("moderator")
def decide(claim_id: int) -> BaseResponse:
    """Takes a moderator's word; what was typed is shown again when it cannot be taken."""
    _check(claim_id)
    decision, reason, version = (request.form.get(name, "") for name in ("decision", "reason", "version"))
    seen = int(version) if version.isascii() and version.isdecimal() and len(version) <= 9 else None
    try:
        claims.decide(session(), actor(), claim_id, decision, reason, seen_version=seen)
    except RuleBroken as broken:
        session().rollback()
        return _case(claim_id, 422, typed=reason, fault=broken.message)
    except Conflict:
        session().rollback()
        return _case(claim_id, 409, typed=reason, fault=_DECIDED_MEANWHILE)
    notice.leave(_DONE[decision])
    return redirect(url_for("claim_queue.show"), 303)


@blueprint.post("/<int:claim_id>/close")
@entry("moderator")
def close(claim_id: int) -> BaseResponse:
    """Notes that the author of a case has died."""
    _check(claim_id)
    found = deciding.case_of(session(), actor(), claim_id)
    if found.printed is None:
        raise NotFound
    claims.close_authorship(session(), actor(), found.paper.id, found.printed.position)
    notice.leave(_CLOSED)
    return redirect(url_for("claim_queue.case", claim_id=claim_id), 303)


def _queue() -> BaseResponse:
    answer: BaseResponse = page(
        "claims/queue.html", cases=deciding.queue(session(), actor()), n_waiting=people.n_waiting(session()), said=notice.take(), **_words()
    )
    return answer


def _case(claim_id: int, status: int = 200, *, typed: str = "", fault: Message | None = None) -> BaseResponse:
    _check(claim_id)
    found = deciding.case_of(session(), actor(), claim_id)
    steps = {side.claim.id: people.steps_of(session(), side.claim.id) for side in found.sides}
    answer: BaseResponse = page(
        "claims/case.html", status, case=found, steps=steps, typed=typed, fault=fault, typed_for=claim_id if fault else 0, said=notice.take(), **_words()
    )
    return answer


def _words() -> dict[str, Any]:
    return {
        "states": words.STATES, "flags": words.FLAGS, "steps_said": words.STEPS, "by": words.BY, "rungs": RUNG_WORDS, "now": clock.now(),
        "span": span_in_words, "least": MIN_REASON_CHARS,
    }  # fmt: skip


def _check(claim_id: int) -> None:
    if claim_id > MAX_ID:
        raise NotFound
