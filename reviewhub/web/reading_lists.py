"""`/lists`: papers that somebody put together, in an order of their own, with a word on each; for everybody or not. As pages, files and feeds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.text import Message, message, plain, squeezed
from ..library import lists, queries
from ..library.queries import ListShown
from ..library.rules import can_change_list
from ..papers.citation import FORMATS
from ..papers.queries import Line, lines_of
from .adding import paper_with
from .browsing import whole_number
from .forms.adding import identified
from .support import atom, citation_files, looking, notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor, reader
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# Papers on one page of a list, and in its feed: those put on it last.
PAGE_SIZE = 50
MOST_IN_FEED = 50
# Programs ask hourly at most; so long what they got may be kept.
FEED_KEPT_S = 900

_MADE = message("The list is there. Put papers on it by their DOI below, or from the page of any paper.")
_SAVED = message("Saved.")
_GONE = message("The list is deleted. Its papers are where they were.")
_PUT = message("The paper is on the list.")
_TAKEN_OFF = message("The paper is off the list.")

blueprint = Blueprint("reading_lists", __name__)


@blueprint.get("/lists")
@entry("reader")
def mine() -> Response:
    """The reader's lists, the one changed last first, and the form for another."""
    return _mine()


@blueprint.post("/lists")
@entry("reader")
def make() -> BaseResponse:
    """Begins a list."""
    typed = _typed()
    try:
        made = lists.make_list(session(), actor(), **typed)
    except RuleBroken as broken:
        return _mine(422, typed=typed, errors={broken.field: broken.message})
    except NotAllowed:
        abort(403)
    notice.leave(_MADE)
    return redirect(url_for("reading_lists.show", list_id=made.id), 303)


@blueprint.get("/lists/<int:list_id>")
@entry("anyone")
def show(list_id: int) -> Response:
    """A list; a private one for its owner only."""
    return _list(list_id)


@blueprint.route("/lists/<int:list_id>/edit", methods=["GET", "POST"])
@entry("reader")
def edit(list_id: int) -> BaseResponse:
    """Title, description, and who sees the list."""
    found = _own(list_id)
    if request.method == "GET":
        shown = {"title": found.line.title, "description": found.description, "is_public": found.line.is_public}
        return page("lists/edit.html", found=found, typed=shown, errors={})
    typed = _typed()
    try:
        lists.change_list(session(), actor(), list_id, **typed)
    except RuleBroken as broken:
        return page("lists/edit.html", 422, found=found, typed=typed, errors={broken.field: broken.message})
    except NotAllowed:
        abort(403)
    notice.leave(_SAVED)
    return redirect(url_for("reading_lists.show", list_id=list_id), 303)


@blueprint.post("/lists/<int:list_id>/delete")
@entry("reader")
def delete(list_id: int) -> BaseResponse:
    """Ends a list."""
    _own(list_id)
    try:
        lists.delete_list(session(), actor(), list_id)
    except NotAllowed:
        abort(403)
    notice.leave(_GONE)
    return redirect(url_for("reading_lists.mine"), 303)


@blueprint.post("/lists/<int:list_id>/papers")
@entry("reader")
def put(list_id: int) -> BaseResponse:
    """Puts a paper on the list by its identifier, with a note."""
    _own(list_id)
    typed, note = request.form.get("identifier", ""), request.form.get("note", "")
    found = identified(typed)
    paper_id = paper_with(found) if found else None
    if paper_id is None:
        wrong = message("No paper here has this identifier.") if found else message("This is not a DOI, PMID or arXiv number, nor the address of one.")
        return _list(list_id, 422, typed=typed, note=note, errors={"identifier": wrong if squeezed(typed) else message("Type an identifier first.")})
    try:
        lists.put_on_list(session(), actor(), list_id, paper_id, note=note)
    except RuleBroken as broken:
        session().rollback()
        return _list(list_id, 422, typed=typed, note=note, errors={"identifier" if broken.field == "paper" else broken.field: broken.message})
    except NotAllowed:
        abort(403)
    notice.leave(_PUT)
    return redirect(_at(list_id, paper_id), 303)


@blueprint.post("/lists/<int:list_id>/papers/<int:paper_id>")
@entry("reader")
def change_paper(list_id: int, paper_id: int) -> BaseResponse:
    """Moves a paper of the list, changes its note, or takes it off."""
    found = _own(list_id)
    what, note = request.form.get("do", ""), request.form.get("note", "")
    if paper_id not in found.added_at:
        raise NotFound
    place = found.paper_ids.index(paper_id) + 1
    moved = {"up": place - 1, "down": place + 1, "top": 1, "place": whole_number(request.form.get("place"))}.get(what)
    try:
        if moved is not None:
            lists.move_on_list(session(), actor(), list_id, paper_id, moved)
        elif what == "note":
            lists.set_list_note(session(), actor(), list_id, paper_id, note)
        elif what == "remove":
            lists.take_off_list(session(), actor(), list_id, paper_id)
            notice.leave(_TAKEN_OFF)
            return redirect(_page_of(list_id, place), 303)
        else:
            return _list(list_id, 422, page_n=-(-place // PAGE_SIZE), errors={f"place-{paper_id}": message("Type the number of a place.")})
    except RuleBroken as broken:
        session().rollback()
        return _list(list_id, 422, page_n=-(-place // PAGE_SIZE), errors={f"note-{paper_id}": broken.message}, typed_notes={paper_id: note})
    except NotAllowed:
        abort(403)
    return redirect(_at(list_id, paper_id), 303)


@blueprint.get("/lists/<int:list_id>/cite/<format_name>")
@entry("anyone")
def cite(list_id: int, format_name: str) -> Response:
    """The papers of the list as one file, in its order."""
    return citation_files.papers_sent(format_name, f"reviewhub-list-{list_id}", _found(list_id).paper_ids)


@blueprint.get("/feeds/lists/<int:list_id>.atom")
@entry("anyone")
def feed(list_id: int) -> Response:
    """The papers that were put on a public list last, as Atom."""
    found = _found(list_id)
    if not found.line.is_public:  # programs that read feeds are nobody in particular
        raise NotFound
    newest = sorted(found.paper_ids, key=lambda one: (found.added_at[one], one), reverse=True)[:MOST_IN_FEED]
    site_url = current_app.extensions["settings"].site_url
    return atom.feed(
        address=f"{site_url}{url_for('reading_lists.feed', list_id=list_id)}", page_address=f"{site_url}{url_for('reading_lists.show', list_id=list_id)}",
        title=f"{found.line.title} · reviewhub", subtitle=found.description or found.line.owner, updated_at=found.line.changed_at,
        entries=[_entry(line, found, site_url) for line in lines_of(session(), newest)], kept_s=FEED_KEPT_S,
    )  # fmt: skip


def _entry(line: Line, found: ListShown, site_url: str) -> atom.Entry:
    authors = [name for name in line.authors_line.split("; ") if name]
    address = f"{site_url}{url_for('records.show', paper_id=line.id)}"
    return atom.Entry(address, plain(line.title), found.added_at[line.id], authors, found.notes.get(line.id, ""))


def _mine(status: int = 200, *, typed: dict[str, Any] | None = None, errors: dict[str, Message] | None = None) -> Response:
    who = reader()
    assert who is not None
    shown = typed or {"title": "", "description": "", "is_public": False}
    return page("lists/mine.html", status, lists=queries.lists_of(session(), who.account_id), typed=shown, errors=errors or {}, said=notice.take())


def _list(
    list_id: int, status: int = 200, *, page_n: int | None = None, typed: str = "", note: str = "", errors: dict[str, Message] | None = None,
    typed_notes: dict[int, str] | None = None,
) -> Response:  # fmt: skip
    found = _found(list_id)
    n_pages = max(1, -(-len(found.paper_ids) // PAGE_SIZE))
    n = min(max(page_n or whole_number(request.args.get("page")) or 1, 1), n_pages)
    ids = found.paper_ids[(n - 1) * PAGE_SIZE : n * PAGE_SIZE]
    shown = replace(found, notes={**found.notes, **(typed_notes or {})})
    answer = page(
        "lists/show.html", status, found=shown, lines=lines_of(session(), ids), scores=looking.scores_for(ids), first=(n - 1) * PAGE_SIZE + 1, n=n,
        n_pages=n_pages, is_own=can_change_list(actor(), owner_id=found.line.owner_id), formats=FORMATS, typed=typed, note=note, errors=errors or {},
        said=notice.take(), next_address=url_for("reading_lists.show", list_id=list_id, page=n + 1) if n < n_pages else "",
        previous_address=url_for("reading_lists.show", list_id=list_id, page=n - 1) if n > 1 else "",
    )  # fmt: skip
    if not found.line.is_public:
        answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _found(list_id: int) -> ListShown:
    """The list, as far as the reader may see it. NotFound."""
    if list_id > MAX_ID:
        raise NotFound
    return queries.list_shown(session(), actor(), list_id)


def _own(list_id: int) -> ListShown:
    """The list, if it is the reader's. NotFound: whose a list is that somebody else keeps for themselves is nobody's business."""
    found = _found(list_id)
    if not can_change_list(actor(), owner_id=found.line.owner_id):
        raise NotFound
    return found


def _typed() -> dict[str, Any]:
    return {"title": request.form.get("title", ""), "description": request.form.get("description", ""), "is_public": "is_public" in request.form}


def _at(list_id: int, paper_id: int) -> str:
    """The page of the list a paper stands on, at the paper."""
    ids = _found(list_id).paper_ids
    return f"{_page_of(list_id, ids.index(paper_id) + 1)}#t{paper_id}"


def _page_of(list_id: int, place: int) -> str:
    n = -(-place // PAGE_SIZE)
    return url_for("reading_lists.show", list_id=list_id, page=n if n > 1 else None)
