"""`/for-you`: papers for a reader with why each is there, what they say of them, and three questions for whoever nothing is known of."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.text import Message, message, slug, squeezed
from ..library import services as library
from ..papers.queries import lines_of
from ..recommendations import queries, services
from ..recommendations.rules import CHOICES
from .browsing import filters_asked
from .pages import for_you as pages
from .support import labels
from .support.entry import entry, own_path
from .support.looking import scores_for
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# What the address of the page may say.
FILTER_FIELDS = ("language", "year_from", "year_to", "field")
# Characters of a search for papers one likes.
MAX_WORDS_CHARS = 300

_BETWEEN_FIELDS = re.compile("[,;，；、\n\r]+")
# What the page says after each thing that was done; of a choice it names the paper and offers to take it back.
_DONE = {
    "fields": message("Your fields are noted. This is what stands in them."),
    "no-fields": message("You have no fields any more."),
    "papers": message("They are in your library. This is what goes with them."),
    "file": message("Your file is being read into your library; this list grows with it."),
    "wishes": message("Your wishes are noted."),
}
_SAID = {
    "not-interested": message("You will not see it again:"),
    "more-like-this": message("There will be more like it:"),
    "": message("Taken back:"),
}
_NONE_CHOSEN = message("Choose at least one paper.")

blueprint = Blueprint("for_you", __name__)


@blueprint.get("/for-you")
@entry("reader")
def show() -> Response:
    """The reader's papers; with nothing known of them yet, three questions first."""
    return _page()


@blueprint.get("/for-you/start")
@entry("reader")
def start() -> Response:
    """The three questions by themselves, for whoever wants to tell more."""
    return _questions(words=squeezed(request.args.get("q", ""))[:MAX_WORDS_CHARS])


@blueprint.post("/for-you/fields")
@entry("reader")
def fields() -> BaseResponse:
    """Takes the reader's fields: chosen, and typed."""
    typed = request.form.get("more", "")
    wanted = [*request.form.getlist("field"), *(slug(word) for word in _BETWEEN_FIELDS.split(typed) if squeezed(word))]
    try:
        services.set_fields(session(), actor(), wanted)
    except RuleBroken as broken:
        session().rollback()
        return _questions(422, errors={"more": broken.message}, typed={"more": typed}, chosen=set(wanted))
    except NotAllowed:
        abort(403)
    return _done("fields" if wanted else "no-fields")


@blueprint.post("/for-you/papers")
@entry("reader")
def papers() -> BaseResponse:
    """Takes papers that the reader likes into their library."""
    chosen = [int(value) for value in request.form.getlist("paper") if value.isascii() and value.isdecimal() and len(value) <= 10]
    words = squeezed(request.form.get("q", ""))[:MAX_WORDS_CHARS]
    if not chosen:
        return _questions(422, words=words, errors={"paper": _NONE_CHOSEN})
    try:
        library.save_many(session(), actor(), [i for i in chosen if 0 < i <= MAX_ID])
    except RuleBroken as broken:
        session().rollback()
        return _questions(422, words=words, errors={"paper": broken.message})
    except NotAllowed:
        abort(403)
    return _done("papers")


@blueprint.post("/for-you/file")
@entry("reader")
def file() -> BaseResponse:
    """Takes a file of references: a job reads it into the library."""
    sent = request.files.get("file")
    name = squeezed(re.split(r"[\\/]", (sent.filename if sent else "") or "")[-1])
    try:
        if sent is None or not name:
            raise RuleBroken("file", message("Choose a file first."))
        library.hand_in(session(), actor(), sent.read(), name)
    except RuleBroken as broken:
        session().rollback()
        return _questions(422, errors={"file": broken.message})
    except NotAllowed:
        abort(403)
    return _done("file")


@blueprint.post("/for-you/papers/<int:paper_id>")
@entry("reader")
def say(paper_id: int) -> BaseResponse:
    """Takes what a reader says of a paper: "not-interested", "more-like-this", or nothing any more."""
    if paper_id > MAX_ID:
        abort(404)
    choice = request.form.get("choice", "")
    try:
        if choice:
            services.choose(session(), actor(), paper_id, choice)
        else:
            services.unchoose(session(), actor(), paper_id)
    except RuleBroken:
        abort(400)
    except NotAllowed:
        abort(403)
    if own_path(request.form.get("next", "")) == url_for("for_you.choices"):
        return redirect(url_for("for_you.choices", said=paper_id), 303)
    return redirect(url_for("for_you.show", said=paper_id, **_kept(request.form)), 303)


@blueprint.get("/for-you/choices")
@entry("reader")
def choices() -> Response:
    """Everything the reader said of recommendations, each to be taken back."""
    said = queries.choices_of(session(), _account_id())
    lines = lines_of(session(), list(said))
    by_choice = {choice: [line for line in lines if said[line.id] == choice] for choice in CHOICES}
    return page("for_you/choices.html", by_choice=by_choice, undone=_spoken_of(said))


@blueprint.post("/for-you/wishes")
@entry("reader")
def wishes() -> BaseResponse:
    """Takes whether others may learn from this reader, and whether papers are mailed."""
    is_left_out, wants_mail = bool(request.form.get("is_left_out")), bool(request.form.get("wants_mail"))
    try:
        services.leave_out(session(), actor(), is_left_out=is_left_out)
        services.want_mail(session(), actor(), is_wanted=wants_mail)
    except RuleBroken as broken:
        session().rollback()
        return _questions(422, errors={broken.field: broken.message}, taste=queries.Taste(is_left_out, wants_mail=wants_mail))
    except NotAllowed:
        abort(403)
    return _done("wishes")


@blueprint.route("/for-you/unsubscribe/<token>", methods=["GET", "POST"])
@entry("anyone")
def unsubscribe(token: str) -> Response:
    """The mailed link: programs that look at mail open links, so only the button, or the POST of RFC 8058, ends it. Needs no sign-in and no form's token."""
    secret_key = current_app.extensions["settings"].secret_key
    try:
        if request.method == "POST":
            services.unsubscribe(session(), token, secret_key=secret_key)
        else:
            services.check_token(token, secret_key=secret_key)
        answer = page("for_you/unsubscribe.html", is_done=request.method == "POST")
    except NotFound:
        answer = page("for_you/unsubscribe.html", 404, is_unknown=True)
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address of the page opens the door
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.record_once
def _needs_no_token(state: Any) -> None:
    state.app.extensions["csrf"].exempt(unsubscribe)


def _page() -> Response:
    asked = filters_asked()
    # Scipy takes half a second to load, and no other page needs it.
    from ..recommendations.feed import Filters  # noqa: PLC0415

    filters = Filters(asked.language, asked.year_from, asked.year_to, squeezed(request.args.get("field", "")[:200]))
    found = pages.gather(session(), _account_id(), filters)
    spoken_of = _spoken_of(queries.choices_of(session(), _account_id())) if request.args.get("said") else None
    asks = None if found.is_known else pages.questions(session(), _account_id())
    return page(
        "for_you/show.html", found=found, filters=filters, languages=labels.LANGUAGES, kept=_kept(request.args), asks=asks, errors={}, spoken_of=spoken_of,
        scores=scores_for([one.line.id for one in (*found.entries, *found.first_ratings)]), done=_DONE.get(request.args.get("done", "")),
    )  # fmt: skip


def _questions(
    status: int = 200, *, words: str = "", errors: dict[str, Message] | None = None, typed: dict[str, str] | None = None, chosen: set[str] | None = None,
    taste: queries.Taste | None = None,
) -> Response:  # fmt: skip
    asks = pages.questions(session(), _account_id(), words=words, typed=typed)
    if chosen is not None:
        asks.chosen = chosen
    if taste is not None:
        asks.taste = taste
    return page("for_you/start.html", status, asks=asks, errors=errors or {}, scores=scores_for([line.id for line in asks.papers]))


def _spoken_of(said: dict[int, str]) -> tuple[Message, Any, str] | None:
    """(what became of the paper that was just spoken of, its line, what is said of it now)."""
    number = request.args.get("said", "")
    paper_id = int(number) if number.isascii() and number.isdecimal() and len(number) <= 10 else 0
    lines = lines_of(session(), [paper_id]) if 0 < paper_id <= MAX_ID else []
    choice = said.get(paper_id, "")
    return (_SAID[choice], lines[0], choice) if lines else None


def _kept(source: Any) -> dict[str, Any]:
    """What the list is narrowed to, to be kept in the address of the next page."""
    return {name: value for name in FILTER_FIELDS if (value := source.get(name, "")[:200])}


def _done(what: str) -> BaseResponse:
    return redirect(url_for("for_you.show", done=what), 303)


def _account_id() -> int:
    account_id = actor().account_id
    assert account_id is not None
    return account_id
