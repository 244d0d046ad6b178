"""What readers have to do with moderation: `/report/<kind>/<id>`, where they say that a text should not stand as it does; `/reports`, what became of
it; `/account/suspension`, why and until when they may not write."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotFound, RuleBroken
from ..core.text import Message, message
from ..moderation import queries, services
from ..moderation.rules import MAX_NOTE_CHARS, TARGETS
from ..moderation.targets import Target, find
from ..papers.queries import lines_of
from .pages import moderation as words
from .support import notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
_THANKS = message("Thank you. A moderator looks at it; what they decide is told to you here.")

blueprint = Blueprint("reports", __name__)


@blueprint.get("/report/<kind>/<int:target_id>")
@entry("reader")
def form(kind: str, target_id: int) -> BaseResponse:
    """The form, with what it is about."""
    return _form(_target(kind, target_id))


@blueprint.post("/report/<kind>/<int:target_id>")
@entry("reader")
def send(kind: str, target_id: int) -> BaseResponse:
    """Takes the report; what was typed is shown again when it cannot be taken."""
    target = _target(kind, target_id)
    try:
        services.report(session(), actor(), kind, target_id, request.form.get("reason", ""), request.form.get("note", ""))
    except RuleBroken as broken:
        return _form(target, 422, fault=broken)
    notice.leave(_THANKS)
    return redirect(url_for("reports.show"), 303)


@blueprint.get("/reports")
@entry("reader")
def show() -> BaseResponse:
    """What this reader reported, the newest first."""
    reported = queries.reports_of(session(), actor().account_id or 0)
    lines = {line.id: line for line in lines_of(session(), sorted({one.paper_id for one in reported if one.paper_id}))}
    answer: BaseResponse = page("reports/show.html", reported=reported, lines=lines, said=notice.take(), words=words)
    return answer


@blueprint.get("/account/suspension")
@entry("reader")
def suspension() -> BaseResponse:
    """Why this reader may not write, and until when."""
    until = queries.suspended_until(session(), actor().account_id or 0)
    contact = current_app.extensions["settings"].contact_email
    answer: BaseResponse = page("reports/suspension.html", until=until, contact=contact)
    return answer


def _target(kind: str, target_id: int) -> Target:
    """What is to be reported: only what can be read. NotFound."""
    target = find(session(), kind, target_id) if kind in TARGETS and target_id <= MAX_ID else None
    if target is None or not target.is_seen:
        raise NotFound
    return target


def _form(target: Target, status: int = 200, *, fault: RuleBroken | None = None) -> BaseResponse:
    before = queries.waiting_report_of(session(), actor(), target.kind, target.id)
    (line,) = lines_of(session(), [target.paper_id])
    errors: dict[str, Message] = {fault.field: fault.message} if fault else {}
    answer: BaseResponse = page(
        "reports/form.html", status, target=target, line=line, before=before, errors=errors, typed=request.form, words=words, most=MAX_NOTE_CHARS,
        is_own=target.account_id == actor().account_id,
    )  # fmt: skip
    return answer
