"""`/account/searches`: searches a reader keeps; `/feeds/searches/….atom`: what comes to fit one of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotFound, RuleBroken
from ..core.text import Message, message, plain, without_controls
from ..papers.queries import Line, added_at_of, lines_with_abstracts
from ..search import saved
from ..search.marking import opening
from ..search.queries import find
from ..search.saved import Saved, Search
from .pages.search import ORDERS, Asked, asked, chips, names_for
from .support import atom, signing
from .support import notice as left
from .support.entry import entry
from .support.language import current, date_in_words, gettext, worded
from .support.pace import pace_of
from .support.rendering import page
from .support.transaction import session

# Papers a feed holds: a program that looks once a day misses none unless more come in a day.
FEED_SIZE = 50
# Programs ask hourly at most; so long what they got may be kept.
FEED_KEPT_S = 900
# From one network: a service that reads feeds for many people asks for many at once.
MOST_FEEDS, FEEDS_PER_S = 300, 60
# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
_DONE = {
    "saved": message("Saved."), "renamed": message("Renamed."), "deleted": message("Deleted."),
    "address": message("The feed has a new address; the old one no longer works."),
}  # fmt: skip

blueprint = Blueprint("saved_searches", __name__)


@blueprint.get("/account/searches")
@entry("reader")
def show() -> Response:
    """The reader's saved searches, the newest first."""
    return _list(notice=_DONE.get(request.args.get("done", "")))


@blueprint.get("/account/searches/new")
@entry("reader")
def new() -> Response:
    """The form that gives a search a name. The search stands in the address, as on the page of results."""
    return _form(asked())


@blueprint.post("/account/searches")
@entry("reader")
def save() -> BaseResponse:
    """Keeps a search."""
    wanted = asked(request.form)
    try:
        saved.save(session(), signing.actor(), _typed_name(), Search(wanted.words, wanted.filters, wanted.sort))
    except RuleBroken as error:
        return _form(wanted, 422, name=_typed_name(), errors={error.field: error.message})
    return _done("saved")


@blueprint.post("/account/searches/<int:saved_id>/name")
@entry("reader")
def rename(saved_id: int) -> BaseResponse:
    """Gives a saved search another name."""
    try:
        saved.rename(session(), signing.actor(), _fitting(saved_id), _typed_name())
    except RuleBroken as error:
        return _list(422, wrong_id=saved_id, typed=_typed_name(), error=error.message)
    return _done("renamed")


@blueprint.post("/account/searches/<int:saved_id>/address")
@entry("reader")
def renew(saved_id: int) -> BaseResponse:
    """Gives the feed of a saved search another address."""
    saved.renew_address(session(), signing.actor(), _fitting(saved_id))
    return _done("address")


@blueprint.post("/account/searches/<int:saved_id>/delete")
@entry("reader")
def delete(saved_id: int) -> BaseResponse:
    """Forgets a saved search."""
    saved.delete(session(), signing.actor(), _fitting(saved_id))
    return _done("deleted")


@blueprint.get("/account/searches/<int:saved_id>")
@entry("reader")
def open_(saved_id: int) -> BaseResponse:
    """The way to the results of one of the reader's searches, those that came last first."""
    known = next((one for one in saved.saved_by(session(), signing.actor().account_id or 0) if one.id == saved_id), None)
    if known is None:
        raise NotFound
    return redirect(Asked(url_for("searching.show"), known.search.words, known.search.filters, "added").address(), 302)


@blueprint.get("/feeds/searches/<token>.atom")
@entry("anyone")
def feed(token: str) -> Response:
    """The papers that have every word of a saved search and pass its filters, those that came here last first, as Atom."""
    wait_s = pace_of("feeds", MOST_FEEDS, FEEDS_PER_S).wait_s(request.remote_addr)
    if wait_s:
        return Response(status=429, headers={"Retry-After": str(wait_s)})
    known = saved.of_token(session(), token)
    if known is None:
        raise NotFound
    filters = known.search.filters
    found = find(
        current_app.extensions["settings"], session(), known.search.words, type=filters.type, year_from=filters.year_from, year_to=filters.year_to,
        journal_id=filters.journal_id, keyword=filters.keyword, language=filters.language, rated=filters.rated, sort="added", limit=FEED_SIZE, is_exact=True,
    )  # fmt: skip
    if found.is_away:  # an empty feed would say that nothing fits
        return Response(status=503, headers={"Retry-After": "120"})
    texts = lines_with_abstracts(session(), found.ids)
    added_at = added_at_of(session(), found.ids)
    site_url = current_app.extensions["settings"].site_url
    return atom.feed(
        address=site_url + url_for("saved_searches.feed", token=token), page_address=site_url + address_of(known), title=f"{known.name} · reviewhub",
        subtitle=gettext("Papers that have come to fit this search, the latest first."), updated_at=max([known.saved_at, *added_at.values()]),
        entries=[_entry(line, abstracts, added_at[line.id], site_url) for line, abstracts in texts if line.id in added_at], kept_s=FEED_KEPT_S,
    )  # fmt: skip


def address_of(one: Saved) -> str:
    """The page of results of a saved search."""
    return _asked_by(one).address()


def _asked_by(one: Saved) -> Asked:
    return Asked(url_for("searching.show"), one.search.words, one.search.filters, one.search.sort)


def _entry(line: Line, abstracts: dict[str, Any], added_at: dt.datetime, site_url: str) -> atom.Entry:
    authors = [name for name in line.authors_line.split("; ") if name]
    return atom.Entry(f"{site_url}{url_for('records.show', paper_id=line.id)}", plain(line.title), added_at, authors, _summary(line, abstracts))


def _summary(line: Line, abstracts: dict[str, Any]) -> str:
    """Where it appeared, and how its abstract begins."""
    where = " · ".join(part for part in (line.journal, line.published_label or date_in_words(line.published)) if part)
    texts = [" ".join(plain(section.get("html", "")) for section in sections) for _, sections in sorted(abstracts.items(), key=lambda one: one[0] != current())]
    return "\n\n".join(part for part in (where, "".join(text for text, _ in opening(texts[0])) if texts else "") if part)


def _list(status: int = 200, *, notice: Message | None = None, wrong_id: int = 0, typed: str = "", error: Message | None = None) -> Response:
    account_id = signing.actor().account_id
    assert account_id is not None
    rows = saved.saved_by(session(), account_id)
    names = names_for(session(), [one.search.filters for one in rows])
    shown = [(one, address_of(one), chips(_asked_by(one), names)) for one in rows]
    return page("saved_searches/show.html", status, shown=shown, said=left.take(), notice=notice, wrong_id=wrong_id, typed=typed, error=error)


def _form(wanted: Asked, status: int = 200, *, name: str | None = None, errors: dict[str, Message] | None = None) -> Response:
    on = chips(wanted, names_for(session(), [wanted.filters]))
    if name is None:
        name = (wanted.words or worded(message("; ")).join(chip.label for chip in on))[: saved.MAX_NAME_CHARS]
    return page("saved_searches/new.html", status, asked=wanted, chips=on, name=name, errors=errors or {}, order=worded(ORDERS[wanted.sort][0]))


def _typed_name() -> str:
    return without_controls(request.form.get("name", ""))


def _fitting(saved_id: int) -> int:
    if saved_id > MAX_ID:
        raise NotFound
    return saved_id


def _done(what: str) -> BaseResponse:
    return redirect(url_for("saved_searches.show", done=what), 303)
