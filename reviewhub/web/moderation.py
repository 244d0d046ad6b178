"""`/moderation`: what waits for a moderator; and runs of ratings that came unusually fast."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, request, url_for
from flask import redirect as redirected
from werkzeug.wrappers import Response as BaseResponse

from ..core import clock
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.text import Message, message
from ..moderation import queries, services
from ..papers.queries import lines_of
from ..ratings import moderating
from ..ratings.rules import PER_STAR, Sheet, state_of
from .pages.moderation import NOT_YOURS
from .support.entry import entry
from .support.language import ngettext
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_DECIDED_MEANWHILE = message("Another moderator has decided on this meanwhile; see below. Your decision was not taken. What you wrote:")

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")


@blueprint.get("")
@entry("moderator")
def show() -> BaseResponse:
    """Every queue, with how much waits in it and for how long."""
    answer: BaseResponse = page("moderation/show.html", queues=queries.queues(session(), actor()), now=clock.now(), span=span_in_words)
    return answer


@blueprint.get("/ratings")
@entry("moderator")
def ratings() -> BaseResponse:
    """Runs of ratings that wait, the oldest first, and what was decided last."""
    return _queue()


@blueprint.post("/bursts/<int:burst_id>")
@entry("moderator")
def decide(burst_id: int) -> BaseResponse:
    """Takes a moderator's decision on a run of ratings; what was typed is shown again when it cannot be taken."""
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")
    if burst_id > MAX_ID:
        raise NotFound
    try:
        services.decide_run(session(), actor(), burst_id, decision, reason)
    except RuleBroken as broken:
        return _queue(422, burst_id=burst_id, typed=reason, fault=broken.message)
    except Conflict:
        return _queue(409, burst_id=burst_id, typed=reason, fault=_DECIDED_MEANWHILE)
    except NotAllowed:
        session().rollback()
        return _queue(403, burst_id=burst_id, typed=reason, fault=NOT_YOURS)
    return redirected(url_for("moderation.ratings", decided=burst_id), 303)


def _queue(status: int = 200, *, burst_id: int = 0, typed: str = "", fault: Message | None = None) -> BaseResponse:
    """The page; `typed` and `fault` belong to the run with this id."""
    waiting, decided = moderating.waiting(session()), moderating.decided(session())
    paper_ids = {*(one.paper_id for one in waiting), *(one.paper_id for one in decided)}
    lines = {line.id: line for line in lines_of(session(), list(paper_ids))}
    asked = request.args.get("decided", "")
    just = next((one for one in decided if str(one.id) == asked), None)
    answer: BaseResponse = page(
        "moderation/ratings.html", status, waiting=waiting, decided=decided, just=just, lines=lines, burst_id=burst_id, typed=typed, fault=fault,
        now=clock.now(), span=span_in_words, shown=_shown, state=_state, least=moderating.MIN_REASON_CHARS,
    )  # fmt: skip
    return answer


def span_in_words(span: dt.timedelta) -> str:
    """A length of time in its largest whole unit: "3 hours"; a minute at least, for nothing happens within none."""
    seconds = max(_MINUTE, int(span.total_seconds()))
    if seconds < _HOUR:
        return ngettext("%(n)s minute", "%(n)s minutes", seconds // _MINUTE)
    if seconds < _DAY:
        return ngettext("%(n)s hour", "%(n)s hours", seconds // _HOUR)
    return ngettext("%(n)s day", "%(n)s days", seconds // _DAY)


def _shown(mean: int | None) -> str:
    """A kept mean in stars."""
    return "-" if mean is None else f"{mean / PER_STAR:.2f}"


def _state(sheet: Sheet) -> str:
    return state_of(sheet.n_counted, sheet.n_groups)
