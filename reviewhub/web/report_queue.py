"""`/moderation/reports`, `/moderation/texts`: what readers reported, and texts of new accounts that wait to be shown, each in its thread."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core import clock
from ..core.errors import NotFound
from ..core.text import Message, message
from ..moderation import log, queries, services
from ..moderation.cases import cases
from ..moderation.rules import MIN_REASON_CHARS
from ..papers.queries import lines_of
from .moderation import span_in_words
from .pages import moderation as words
from .support import notice
from .support.deciding import tried
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
_DONE = {
    "upheld": message("The text is hidden. Whoever reported it is told, with your reason."),
    "dismissed": message("The text stays. Whoever reported it is told, with your reason."),
    "release": message("The text is shown now."),
    "hide": message("The text is hidden. It can be shown again."),
}

blueprint = Blueprint("report_queue", __name__, url_prefix="/moderation")


@blueprint.get("/reports")
@entry("moderator")
def reports() -> BaseResponse:
    """What was reported, by thing, the oldest first."""
    return _reports()


@blueprint.post("/reports/<int:report_id>")
@entry("moderator")
def decide(report_id: int) -> BaseResponse:
    """Takes a verdict on everything that was reported of a thing."""
    verdict, reason = request.form.get("verdict", ""), request.form.get("reason", "")
    kind, target_id = _target_of(report_id)
    fault = tried(lambda: services.decide_report(session(), actor(), report_id, verdict, reason))
    if fault:
        return _reports(*fault, typed=reason, thing=(kind, target_id))
    notice.leave(_DONE[verdict])
    return redirect(url_for("report_queue.reports"), 303)


@blueprint.get("/texts")
@entry("moderator")
def texts() -> BaseResponse:
    """First texts of new accounts with a link or a file, the oldest first: comments, requests, answers."""
    return _texts()


@blueprint.post("/texts/<any(comment, request, answer):kind>/<int:target_id>")
@entry("moderator")
def pass_on(kind: str, target_id: int) -> BaseResponse:
    """Shows a text that waits, or hides it."""
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")
    if target_id > MAX_ID:
        raise NotFound
    if decision == "release":
        fault = tried(lambda: services.release(session(), actor(), kind, target_id, reason))
    elif decision == "hide":
        fault = tried(lambda: services.hide(session(), actor(), kind, target_id, reason))
    else:
        fault = (422, message("Choose one from the list."))
    if fault:
        return _texts(*fault, typed=reason, thing=(kind, target_id))
    notice.leave(_DONE[decision])
    return redirect(url_for("report_queue.texts"), 303)


def _target_of(report_id: int) -> tuple[str, int]:
    found = queries.target_of_report(session(), actor(), report_id) if report_id <= MAX_ID else None
    if found is None:
        raise NotFound
    return found


def _reports(status: int = 200, fault: Message | None = None, *, typed: str = "", thing: tuple[str, int] = ("", 0)) -> BaseResponse:
    waiting = queries.waiting_reports(session(), actor())
    return _queue("moderation/reports.html", [(one.target_kind, one.target_id) for one in waiting], status, fault, typed, thing)


def _texts(status: int = 200, fault: Message | None = None, *, typed: str = "", thing: tuple[str, int] = ("", 0)) -> BaseResponse:
    return _queue("moderation/texts.html", queries.waiting_texts(session(), actor()), status, fault, typed, thing)


def _queue(name: str, wanted: list[tuple[str, int]], status: int, fault: Message | None, typed: str, thing: tuple[str, int]) -> BaseResponse:
    """The page of a queue. `typed` and `fault` belong to this thing; where it waits no more, what became of it stands beside them."""
    found = cases(session(), actor(), wanted)
    became = log.lines(session(), target=f"{thing[0]}:{thing[1]}", size=1) if fault and thing not in wanted else []
    answer: BaseResponse = page(
        name, status, cases=found, lines={line.id: line for line in lines_of(session(), sorted({c.target.paper_id for c in found}))},
        fault=fault, typed=typed, thing=thing, became=became, said=notice.take(), words=words, now=clock.now(), span=span_in_words, least=MIN_REASON_CHARS,
    )  # fmt: skip
    return answer
