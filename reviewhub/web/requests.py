"""`/papers/<id>/requests`: what is asked for beside a paper, and its answers; `/requests`: what is asked for across the site; the files of answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, cast

from flask import Blueprint, abort, current_app, redirect, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.text import Message, message, squeezed
from ..discussion import drafts
from ..papers import queries as papers
from ..papers.queries import Line, lines_of
from ..people.queries import is_author
from ..resources import answering, figures, queries, services, uploads
from ..resources.answering import Given
from ..resources.rules import KINDS, LICENCES
from ..resources.tickets import Allowance, allowance_of
from .pages import requests as words
from .support import drafting, notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor, reader
from .support.tokens import STALE, check_themselves, is_fresh
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# Twice the largest file: one that is too large by some megabytes is refused by a page that still holds everything typed.
MAX_BODY_BYTES = 2 * uploads.MAX_BYTES
# What a file may do in a browser that opens it nevertheless: nothing.
_FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
# Where the draft of the form that asks belongs in a record; those of the other forms add the number of their request.
_ASK_PLACE = "request"
# The words of each form that outlast a session which has ended. Files do not: they can be chosen again.
_WORDS = {"answer": ("url", "licence", "text"), "again": ("text",), "decline": ("reason",), "unreachable": ("note",), "verdict": ("note",)}

_ASKED = message("Your request is public now. You will hear when somebody answers.")
_JOINED = message("This was asked for before: you ask with them, and will hear when somebody answers.")
_WAITS = message("Noted. The first texts of a new account wait for a moderator when they hold a link or a file; then everybody will see it.")
_ME_TOO = message("You ask for it, too, and will hear when somebody answers.")
_LEFT = message("You ask for it no longer.")
_AGAIN = message("It is open again, with what you say is missing.")
_ANSWERED = message("Thank you. Everybody who asks for it is told.")
_TAKEN_BACK = message("Your answer is taken back.")
_JUDGED = message("Thank you. What you found stands beside the answer.")
_DECLINED = message("Your reason stands on the request. Readers may still answer it.")
_RECONSIDERED = message("The request is open again.")
_UNREACHABLE = message("Noted: the next reader need not try. Readers may still answer.")
_CHANGED = message("This has changed meanwhile, and what you sent no longer fits. Nothing was changed; here is how it stands now.")
_KEPT = message("What you typed is kept in this browser and not sent yet. Sign in, or register, and you are back at it to send it.")
_KEPT_WITHOUT_FILE = message(
    "What you typed is kept in this browser and not sent yet. Sign in, or register, and you are back at it; only the file has to be chosen again."
)
_DISCARDED = message("Draft thrown away.")
_NOT_YOURS = message("This is not open to you here. Nothing was changed.")

blueprint = Blueprint("requests", __name__)


@blueprint.before_request
def _cap() -> None:
    request.max_content_length = MAX_BODY_BYTES


@blueprint.route("/papers/<int:paper_id>/requests", methods=["GET", "POST"])
@entry("anyone")
def of_paper(paper_id: int) -> BaseResponse:
    """What is asked for beside a paper; POST asks."""
    if request.method == "GET":
        asked = request.args.get("kind", "")
        draft = _draft_of(paper_id, _ASK_PLACE)
        return _list(paper_id, typed={**(draft.fields if draft else {}), **({"kind": asked} if asked in KINDS else {})}, draft=draft)
    typed = {name: request.form.get(name, "") for name in ("kind", "text")}
    if not is_fresh():
        return _list(paper_id, 400, typed=typed, errors={"": STALE})
    if request.form.get("action") == "discard":
        return _discard(_checked(paper_id), _ASK_PLACE, url_for("requests.of_paper", paper_id=paper_id))
    if reader() is None:
        try:
            return _send_later(_checked(paper_id), _ASK_PLACE, typed, url_for("requests.of_paper", paper_id=paper_id, _anchor="ask"))
        except RuleBroken as broken:
            return _list(paper_id, 422, typed=typed, errors={broken.field: broken.message})
    try:
        asked_for = services.ask(session(), actor(), _checked(paper_id), typed["kind"], typed["text"])
    except RuleBroken as broken:
        session().rollback()
        return _list(paper_id, 422, typed=typed, errors={broken.field: broken.message})
    except NotAllowed:
        session().rollback()
        return _list(paper_id, 403, typed=typed, errors={"": _NOT_YOURS})
    made = asked_for.request
    drafts.drop(session(), drafts.Owner(actor().account_id), made.paper_id, _ASK_PLACE)
    notice.leave(_WAITS if made.visibility == "waiting" else _ASKED if asked_for.is_new else _JOINED)
    return redirect(url_for("requests.show", paper_id=paper_id, request_id=made.id), 303)


@blueprint.get("/papers/<int:paper_id>/requests/<int:request_id>")
@entry("anyone")
def show(paper_id: int, request_id: int) -> BaseResponse:
    """One request: answers, history, and what can be done."""
    form = request.args.get("form", "answer")
    draft = _draft_of(paper_id, _place(form, request_id)) if form.partition("-")[0] in _WORDS else None
    return _ticket(paper_id, request_id, form=form if draft else "", draft=draft)


@blueprint.post("/papers/<int:paper_id>/requests/<int:request_id>/join")
@entry("anyone")
def join(paper_id: int, request_id: int) -> BaseResponse:
    """Me too."""
    text = request.form.get("text", "")
    return _do(paper_id, request_id, "join", lambda: services.join(session(), actor(), request_id, text), _ME_TOO)


@blueprint.post("/papers/<int:paper_id>/requests/<int:request_id>/leave")
@entry("anyone")
def leave(paper_id: int, request_id: int) -> BaseResponse:
    """Not any more."""
    return _do(paper_id, request_id, "leave", lambda: services.leave(session(), actor(), request_id), _LEFT)


@blueprint.post("/papers/<int:paper_id>/requests/<int:request_id>/again")
@entry("anyone")
def again(paper_id: int, request_id: int) -> BaseResponse:
    """Something is still missing."""
    text = request.form.get("text", "")
    return _do(paper_id, request_id, "again", lambda: services.ask_again(session(), actor(), request_id, text), _AGAIN)


@blueprint.post("/papers/<int:paper_id>/requests/<int:request_id>/decline")
@entry("anyone")
def decline(paper_id: int, request_id: int) -> BaseResponse:
    """An author's refusal."""
    reason = request.form.get("reason", "")
    return _do(paper_id, request_id, "decline", lambda: services.decline(session(), actor(), request_id, reason), _DECLINED)


@blueprint.post("/papers/<int:paper_id>/requests/<int:request_id>/reconsider")
@entry("anyone")
def reconsider(paper_id: int, request_id: int) -> BaseResponse:
    """An author's second thought."""
    return _do(paper_id, request_id, "reconsider", lambda: services.take_back_decline(session(), actor(), request_id), _RECONSIDERED)


@blueprint.post("/papers/<int:paper_id>/requests/<int:request_id>/unreachable")
@entry("anyone")
def unreachable(paper_id: int, request_id: int) -> BaseResponse:
    """Who asked wrote to the authors in vain."""
    text = request.form.get("note", "")
    return _do(paper_id, request_id, "unreachable", lambda: services.say_unreachable(session(), actor(), request_id, text), _UNREACHABLE)


@blueprint.post("/papers/<int:paper_id>/requests/<int:request_id>/answer")
@entry("anyone")
def answer(paper_id: int, request_id: int) -> BaseResponse:
    """An answer: a link, a file, words."""
    waits: list[bool] = []

    def give() -> None:
        sent = request.files.get("file")
        upload = uploads.received(sent.filename, cast(BinaryIO, sent.stream)) if sent is not None and sent.filename else None
        given = Given(request.form.get("url", ""), request.form.get("licence", ""), request.form.get("text", ""), upload)
        made = answering.answer(session(), actor(), request_id, given, home=current_app.extensions["settings"].home)
        waits.append(made.visibility == "waiting")

    return _do(paper_id, request_id, "answer", give, lambda: _WAITS if waits[0] else _ANSWERED)


@blueprint.post("/papers/<int:paper_id>/requests/<int:request_id>/answers/<int:answer_id>/verdict")
@entry("anyone")
def verdict(paper_id: int, request_id: int, answer_id: int) -> BaseResponse:
    """Works for me, or does not."""
    works, text = request.form.get("works", ""), request.form.get("note", "")
    if works not in ("yes", "no"):
        abort(400)
    form = f"verdict-{answer_id}"
    return _do(paper_id, request_id, form, lambda: answering.judge(session(), actor(), _checked(answer_id), works == "yes", text), _JUDGED)


@blueprint.post("/papers/<int:paper_id>/requests/<int:request_id>/answers/<int:answer_id>/withdraw")
@entry("anyone")
def withdraw(paper_id: int, request_id: int, answer_id: int) -> BaseResponse:
    """Takes one's answer back."""
    return _do(paper_id, request_id, "withdraw", lambda: answering.withdraw(session(), actor(), _checked(answer_id)), _TAKEN_BACK)


@blueprint.get("/files/<int:answer_id>/<name>")
@entry("anyone")
def file(answer_id: int, name: str) -> BaseResponse:
    """The file of an answer: always to be saved, never to be shown or run; the name in the address is for people."""
    handed = queries.file_of(session(), _checked(answer_id), actor())
    path = uploads.path_of(current_app.extensions["settings"].home, handed.digest) if handed else None
    if handed is None or path is None or not path.is_file() or name != handed.name:
        abort(404)
    sent = send_file(path, mimetype=handed.content_type, as_attachment=True, download_name=handed.name, conditional=True, etag=handed.digest, max_age=0)
    sent.headers["Content-Security-Policy"] = _FILE_POLICY
    sent.headers["X-Content-Type-Options"] = "nosniff"
    sent.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    sent.headers["X-Robots-Tag"] = "noindex"
    sent.headers["Cache-Control"] = "private, no-cache"  # what is taken back is gone with the next look
    return sent


@blueprint.get("/requests")
@entry("anyone")
def open_() -> BaseResponse:
    """What readers ask for across the site and nobody has given yet: what can I help with?"""
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    journal_id, before = _number("journal"), _number("before")
    journal = papers.journal(session(), journal_id) if journal_id else None
    keyword = papers.keyword(session(), squeezed(request.args.get("keyword", "")[:200])) if request.args.get("keyword") else None
    if (journal_id and journal is None) or (request.args.get("keyword") and keyword is None):
        abort(404)
    scope: dict[str, int | None] = {"journal_id": journal.id if journal else None, "keyword_id": keyword.id if keyword else None}
    found, after = queries.open_requests(session(), kind=kind, journal_id=scope["journal_id"], keyword_id=scope["keyword_id"], before=before)
    lines = {line.id: line for line in lines_of(session(), list(dict.fromkeys(one.paper_id for one in found)))}
    kept: dict[str, Any] = {name: value for name in ("journal", "keyword") if (value := request.args.get(name))}
    return page(
        "requests/open.html", found=found, lines=lines, kind=kind, kinds=KINDS, journal=journal, keyword=keyword,
        kept=kept, figures=figures.figures_of(session(), **scope), least=figures.LEAST_FOR_MEDIAN,
        next_address=url_for("requests.open_", **kept, kind=kind or None, before=after) if after else "",
    )  # fmt: skip


@blueprint.get("/requests/figures")
@entry("anyone")
def numbers() -> BaseResponse:
    """How well asking works, journal by journal and keyword by keyword."""
    return page(
        "requests/figures.html", whole=figures.figures_of(session()), journals=figures.by_journal(session()), keywords=figures.by_keyword(session()),
        least=figures.LEAST_FOR_MEDIAN,
    )  # fmt: skip


check_themselves(blueprint, of_paper, join, leave, again, decline, reconsider, unreachable, answer, verdict, withdraw)


def _do(paper_id: int, request_id: int, form: str, act: Callable[[], object], said: Message | Callable[[], Message]) -> BaseResponse:
    """Does what a form asks for; what is wrong with it is told on the page of the request, with everything that was typed."""
    if max(paper_id, request_id) > MAX_ID:
        raise NotFound
    if not is_fresh():
        return _ticket(paper_id, request_id, 400, form=form, errors={"": STALE})
    place, here = _place(form, request_id), url_for("requests.show", paper_id=paper_id, request_id=request_id)
    if request.form.get("action") == "discard":
        return _discard(paper_id, place, here)
    if reader() is None:
        typed = {name: request.form.get(name, "") for name in _WORDS.get(form.partition("-")[0], ())}
        try:
            return _send_later(paper_id, place, typed, f"{here}?form={form}" if any(typed.values()) else here)
        except RuleBroken as broken:
            return _ticket(paper_id, request_id, 422, form=form, errors={broken.field: broken.message})
    try:
        act()
    except RuleBroken as broken:
        session().rollback()
        return _ticket(paper_id, request_id, 422, form=form, errors={broken.field: broken.message})
    except Conflict:
        session().rollback()
        return _ticket(paper_id, request_id, 409, form=form, errors={"": _CHANGED})
    except NotAllowed:
        session().rollback()
        return _ticket(paper_id, request_id, 403, form=form, errors={"": _NOT_YOURS})
    notice.leave(said if isinstance(said, Message) else said())
    there = queries.ticket_of(session(), request_id, actor())
    drafts.drop(session(), drafts.Owner(actor().account_id), there.paper_id if there else paper_id, place)
    if there is None:  # the last one who asked has let go
        return redirect(url_for("requests.of_paper", paper_id=paper_id), 303)
    return redirect(url_for("requests.show", paper_id=there.paper_id, request_id=request_id), 303)


def _place(form: str, request_id: int) -> str:
    """Where in the record the draft of a form on the page of a request belongs."""
    return f"{form}:{request_id}"


def _draft_of(paper_id: int, place: str) -> drafts.Draft | None:
    """What the reader typed here before signing in. One statement, none for who is not signed in."""
    account_id = actor().account_id
    return drafts.draft_of(session(), drafts.Owner(account_id), _checked(paper_id), place) if account_id is not None else None


def _send_later(paper_id: int, place: str, typed: dict[str, str], back: str) -> BaseResponse:
    """Nobody is signed in (any more): the words wait in this browser until somebody is. Raises NotFound, RuleBroken when they are far too long."""
    if any(text.strip() for text in typed.values()):
        drafts.keep(session(), drafting.owner_made(None), paper_id, place, typed)
        notice.leave(_KEPT_WITHOUT_FILE if request.files.get("file") else _KEPT)
    return redirect(url_for("accounts.login", next=back), 303)


def _discard(paper_id: int, place: str, back: str) -> BaseResponse:
    owner = drafting.owner_of(actor().account_id)
    if owner:
        drafts.drop(session(), owner, paper_id, place)
    notice.leave(_DISCARDED)
    return redirect(back, 303)


def _list(
    paper_id: int, status: int = 200, *, typed: dict[str, str] | None = None, errors: dict[str, Message] | None = None, draft: drafts.Draft | None = None
) -> BaseResponse:
    line = _line(paper_id)
    if line is None:
        return _moved(paper_id, "requests.of_paper")
    return page(
        "requests/list.html", status, line=line, tickets=queries.tickets_of(session(), paper_id, actor()), typed=typed or {}, errors=errors or {},
        said=notice.take(), draft=draft, **_about(paper_id),
    )  # fmt: skip


def _ticket(
    paper_id: int, request_id: int, status: int = 200, *, form: str = "", errors: dict[str, Message] | None = None, draft: drafts.Draft | None = None
) -> BaseResponse:
    line = _line(paper_id)
    if line is None:
        return _moved(paper_id, "requests.show", request_id=request_id)
    ticket = queries.ticket_of(session(), _checked(request_id), actor())
    if ticket is None:
        abort(404)
    if ticket.paper_id != paper_id:
        return redirect(url_for("requests.show", paper_id=ticket.paper_id, request_id=request_id), 301)
    names = _WORDS.get(form.partition("-")[0], ())
    typed = draft.fields if draft else {name: request.form.get(name, "") for name in names}
    had_file = form == "answer" and bool(request.files.get("file"))
    return page(
        "requests/show.html", status, line=line, ticket=ticket, steps=queries.steps_of(session(), request_id), form=form, typed=typed, errors=errors or {},
        draft=draft, had_file=had_file, said=notice.take(), licences=LICENCES, endings=", ".join(uploads.ENDINGS), most_mb=uploads.MAX_BYTES // 1024**2,
        file_of=_file_address, steps_said=words.STEPS, **_about(paper_id),
    )  # fmt: skip


def _about(paper_id: int) -> dict[str, Any]:
    """What both pages say of the reader, and the words they share."""
    who = reader()
    allowance: Allowance | None = allowance_of(session(), who.account_id) if who and not who.is_suspended else None
    return {
        "allowance": allowance, "is_author": who is not None and is_author(session(), who.account_id, paper_id), "kinds": KINDS, "states": words.STATES,
        "hints": words.HINTS, "here": request.script_root + request.path,
    }  # fmt: skip


def _file_address(given: queries.Answer) -> str:
    return url_for("requests.file", answer_id=given.id, name=given.file_name)


def _line(paper_id: int) -> Line | None:
    found = lines_of(session(), [_checked(paper_id)])
    return found[0] if found else None


def _moved(paper_id: int, endpoint: str, **more: Any) -> BaseResponse:
    kept_id = papers.redirect_of(session(), paper_id)
    if kept_id is None:
        abort(404)
    return redirect(url_for(endpoint, paper_id=kept_id, **more), 301)


def _checked(number: int) -> int:
    if number > MAX_ID:
        raise NotFound
    return number


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None
