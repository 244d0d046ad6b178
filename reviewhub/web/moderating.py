"""`/moderation/<kind>/<id>`: all that a moderator can do to one text, one record's discussion, one account; and looking behind a pseudonym."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..accounts.queries import account_of
from ..core import clock
from ..core.errors import NotFound, RuleBroken
from ..core.text import message
from ..discussion.queries import counts_of
from ..moderation import log, queries, services, unmasking
from ..moderation.cases import cases
from ..moderation.rules import LONGEST_SUSPENSION, MIN_REASON_CHARS, UNMASKING_LASTS
from ..papers.queries import lines_of
from .moderation import span_in_words
from .pages import moderation as words
from .support import notice
from .support.deciding import Fault, tried
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# Entries of the log that are shown beside a thing.
MOST_ENTRIES = 20
# Lengths of a suspension that are offered, in days; "": without an end.
TERMS = ("1", "3", "7", "30", "90", "365", "")

_CHOOSE = message("Choose one from the list.")
_DONE = {
    "hide": message("The text is hidden. It can be shown again."),
    "restore": message("The text is shown again."),
    "release": message("The text is shown now."),
    "lock": message("Locked: no more comments are taken here."),
    "unlock": message("Opened again: comments are taken here."),
    "ask-unmasking": message("Asked. A second moderator has a day to agree."),
    "suspend": message("Suspended. The reason stands at the head of every page the account sees."),
    "end-suspension": message("The suspension has ended."),
    "agree": message("Agreed. Both of you may look for a day."),
}

blueprint = Blueprint("moderating", __name__, url_prefix="/moderation")


@blueprint.get("/<any(comment, review, request, answer):kind>/<int:target_id>")
@entry("moderator")
def text(kind: str, target_id: int) -> BaseResponse:
    """One text with all that can be done to it, and what was done before."""
    return _text(kind, target_id)


@blueprint.post("/<any(comment, review, request, answer):kind>/<int:target_id>")
@entry("moderator")
def judge(kind: str, target_id: int) -> BaseResponse:
    """Does it, with its reason; what was typed is shown again when it cannot be done."""
    _check(target_id)
    act, reason = request.form.get("act", ""), request.form.get("reason", "")
    fault = tried(lambda: _judge(kind, target_id, act, reason))
    if fault:
        return _text(kind, target_id, fault, reason)
    notice.leave(_DONE[act])
    if kind == "request" and not cases(session(), actor(), [(kind, target_id)]):  # the same was asked for meanwhile: it joined that request
        paper_id = log.lines(session(), target=f"{kind}:{target_id}", size=1)[0].paper_id
        return redirect(url_for("requests.of_paper", paper_id=paper_id), 303)
    return redirect(url_for("moderating.text", kind=kind, target_id=target_id), 303)


@blueprint.get("/records/<int:paper_id>")
@entry("moderator")
def record(paper_id: int) -> BaseResponse:
    """A record's discussion: locked, or opened again; from here two records are made one."""
    return _record(paper_id)


@blueprint.post("/records/<int:paper_id>")
@entry("moderator")
def lock(paper_id: int) -> BaseResponse:
    """Locks the discussion of a record, or opens it again."""
    _check(paper_id)
    act, reason = request.form.get("act", ""), request.form.get("reason", "")
    if act not in ("lock", "unlock"):
        return _record(paper_id, (422, _CHOOSE), reason)
    fault = tried(lambda: services.lock_record(session(), actor(), paper_id, reason, is_locked=act == "lock"))
    if fault:
        return _record(paper_id, fault, reason)
    notice.leave(_DONE[act])
    return redirect(url_for("moderating.record", paper_id=paper_id), 303)


@blueprint.get("/accounts/<int:account_id>")
@entry("moderator")
def account(account_id: int) -> BaseResponse:
    """An account: suspended, or not."""
    return _account(account_id)


@blueprint.post("/accounts/<int:account_id>")
@entry("moderator")
def suspend(account_id: int) -> BaseResponse:
    """Suspends an account for some days or for good, or ends that."""
    _check(account_id)
    act, reason, days = (request.form.get(name, "") for name in ("act", "reason", "days"))
    if act not in ("suspend", "end-suspension") or (act == "suspend" and days not in TERMS):
        return _account(account_id, (422, _CHOOSE), reason, days)
    until = clock.now() + min(dt.timedelta(days=int(days)), LONGEST_SUSPENSION) if act == "suspend" and days else None
    if act == "suspend":
        fault = tried(lambda: services.suspend(session(), actor(), account_id, services.reason_of(reason), until=until))
    else:
        fault = tried(lambda: services.end_suspension(session(), actor(), account_id, services.reason_of(reason)))
    if fault:
        return _account(account_id, fault, reason, days)
    notice.leave(_DONE[act])
    return redirect(url_for("moderating.account", account_id=account_id), 303)


@blueprint.get("/suspensions")
@entry("moderator")
def suspensions() -> BaseResponse:
    """Who may not write, and until when."""
    return _page("moderation/suspensions.html", None, suspended=queries.suspended(session(), actor()))


@blueprint.get("/locks")
@entry("moderator")
def locks() -> BaseResponse:
    """Records and threads that take no more comments."""
    found = queries.locks(session(), actor())
    lines = {line.id: line for line in lines_of(session(), sorted({one.paper_id for one in found}))}
    return _page("moderation/locks.html", None, locks=found, lines=lines)


@blueprint.get("/pseudonyms")
@entry("moderator")
def pseudonyms() -> BaseResponse:
    """Who asks to look behind a pseudonym."""
    return _pseudonyms()


@blueprint.post("/pseudonyms/<int:unmasking_id>")
@entry("moderator")
def unmask(unmasking_id: int) -> BaseResponse:
    """Agrees that one is looked behind, or looks: the account is told on the page that answers, and nowhere else."""
    _check(unmasking_id)
    act = request.form.get("act", "")
    if act == "agree":
        fault = tried(lambda: unmasking.agree(session(), actor(), unmasking_id))
        if fault:
            return _pseudonyms(fault)
        notice.leave(_DONE["agree"])
        return redirect(url_for("moderating.pseudonyms"), 303)
    if act != "look":
        return _pseudonyms((422, _CHOOSE))
    seen: list[int] = []
    fault = tried(lambda: seen.append(unmasking.look(session(), actor(), unmasking_id)))
    return _pseudonyms(fault) if fault else _pseudonyms(looked=(unmasking_id, seen[0]))


def _judge(kind: str, target_id: int, act: str, reason: str) -> object:
    if act not in _ACTS or (kind != "comment" and act not in ("hide", "restore", "release")):
        raise RuleBroken("act", _CHOOSE)
    return _ACTS[act](kind, target_id, reason)


_ACTS: Mapping[str, Callable[[str, int, str], object]] = {
    "hide": lambda kind, i, reason: services.hide(session(), actor(), kind, i, reason),
    "restore": lambda kind, i, reason: services.restore(session(), actor(), kind, i, reason),
    "release": lambda kind, i, reason: services.release(session(), actor(), kind, i, reason),
    "lock": lambda _kind, i, reason: services.lock_thread(session(), actor(), i, reason),
    "unlock": lambda _kind, i, reason: services.lock_thread(session(), actor(), i, reason, is_locked=False),
    "ask-unmasking": lambda _kind, i, reason: unmasking.ask(session(), actor(), i, reason),
}


def _text(kind: str, target_id: int, fault: Fault | None = None, typed: str = "") -> BaseResponse:
    _check(target_id)
    found = cases(session(), actor(), [(kind, target_id)])
    if not found:
        raise NotFound
    case = found[0]
    (line,) = lines_of(session(), [case.target.paper_id])
    entries = log.lines(session(), target=case.target.name, size=MOST_ENTRIES)
    return _page("moderation/text.html", fault, case=case, line=line, entries=entries, lines={}, typed=typed)


def _record(paper_id: int, fault: Fault | None = None, typed: str = "") -> BaseResponse:
    _check(paper_id)
    found = lines_of(session(), [paper_id])
    if not found:
        raise NotFound
    entries = log.lines(session(), target=f"paper:{paper_id}", size=MOST_ENTRIES)
    is_locked = counts_of(session(), paper_id).is_locked
    return _page("moderation/record.html", fault, line=found[0], is_locked=is_locked, entries=entries, lines={}, typed=typed)


def _account(account_id: int, fault: Fault | None = None, typed: str = "", days: str = "7") -> BaseResponse:
    _check(account_id)
    found = account_of(session(), account_id)
    if found is None:
        raise NotFound
    until = queries.suspended_until(session(), account_id)
    return _page("moderation/account.html", fault, found=found, until=until, terms=TERMS, days=days, typed=typed, is_own=account_id == actor().account_id)


def _pseudonyms(fault: Fault | None = None, *, looked: tuple[int, int] | None = None) -> BaseResponse:
    asked = queries.unmaskings(session(), actor())
    lines = {line.id: line for line in lines_of(session(), sorted({one.paper_id for one in asked}))}
    behind = account_of(session(), looked[1]) if looked else None
    return _page("moderation/pseudonyms.html", fault, asked=asked, lines=lines, looked=looked[0] if looked else 0, behind=behind, lasts=UNMASKING_LASTS)


def _page(name: str, fault: Fault | None, **more: object) -> BaseResponse:
    status, sentence = fault or (200, None)
    answer: BaseResponse = page(
        name, status, fault=sentence, said=notice.take(), words=words, now=clock.now(), span=span_in_words, least=MIN_REASON_CHARS, **more
    )
    return answer


def _check(number: int) -> None:
    if number > MAX_ID:
        raise NotFound
