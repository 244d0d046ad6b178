"""`/library`: the papers a reader keeps; narrowed, searched, ordered, changed one by one or many at a time, sent out as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.text import Message, message, squeezed
from ..library import lists, queries, services
from ..library.queries import SORTS, Part
from ..library.rules import MAX_NOTE_CHARS, STATE_LABELS, STATES
from ..papers.citation import FORMATS
from ..papers.queries import lines_of
from .adding import paper_with
from .browsing import whole_number
from .forms.adding import identified
from .support import citation_files, looking, notice
from .support.entry import came_from, entry, own_path
from .support.language import worded
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

SORT_LABELS = {
    "saved": message("Saved last"), "oldest": message("Saved first"), "published": message("Newest first"), "title": message("By title"),
}  # fmt: skip
# Tags shown at once; the rest waits behind a word.
MOST_TAGS_SHOWN = 20
# What somebody looks for in their library.
MAX_WORDS_CHARS = 200

_CHANGED = message("Papers changed: %(n)s")
_REMOVED = message("Papers removed from the library: %(n)s")
_LISTED = message("Papers put on the list: %(n)s")
_SAVED = message("Saved.")
_SAVED_HERE = message("The paper is in your library now.")
_LET_GO = message("The paper is no longer in your library.")
_NONE_CHOSEN = message("Choose papers first: tick the boxes before their titles.")

blueprint = Blueprint("shelf", __name__)


@blueprint.get("/library")
@entry("reader")
def show() -> Response:
    """The library, narrowed and ordered as the address says."""
    return _shelf()


@blueprint.get("/library/cite/<format_name>")
@entry("reader")
def cite(format_name: str) -> Response:
    """The papers of the library, or of a part of it, as one file."""
    return citation_files.papers_sent(format_name, "reviewhub-library", queries.kept_by(session(), _own(), _part_asked(request.args)))


@blueprint.post("/library/add")
@entry("reader")
def add() -> BaseResponse:
    """A paper by its identifier: into the library when it is here, else to the form that adds it, with the identifier filled in."""
    typed = request.form.get("identifier", "")
    found = identified(typed)
    if found is None:
        wrong = message("This is not a DOI, PMID or arXiv number, nor the address of one.") if squeezed(typed) else message("Type an identifier first.")
        return _shelf(422, typed=typed, errors={"identifier": wrong})
    paper_id = paper_with(found)
    if paper_id is None:
        filled: dict[str, Any] = {found.kind: found.value}
        return redirect(url_for("adding.by_hand", missing=found.kind, **filled), 303)
    try:
        services.save(session(), actor(), paper_id)
    except RuleBroken as broken:
        return _shelf(422, typed=typed, errors={"identifier": broken.message})
    except NotAllowed:
        abort(403)
    notice.leave(_SAVED_HERE)
    return redirect(url_for("shelf.item", paper_id=paper_id), 303)


@blueprint.post("/library/chosen")
@entry("reader")
def change_chosen() -> BaseResponse:
    """Changes the papers that were ticked, or all of the part that is shown."""
    part = _part_asked(request.form)
    chosen = queries.kept_by(session(), _own(), part) if "all" in request.form else _ids(request.form.getlist("paper"))
    if not chosen:
        return _shelf(422, part=part, errors={"chosen": _NONE_CHOSEN})
    what = request.form.get("do", "")
    if what == "remove" and "sure" not in request.form:
        return page("library/remove.html", n=len(chosen), chosen=[] if "all" in request.form else chosen, part=part, back=came_from() or url_for("shelf.show"))
    try:
        said = _changed(what, chosen)
    except RuleBroken as broken:
        session().rollback()
        return _shelf(422, part=part, errors={broken.field: broken.message}, chosen=set(chosen), tags=request.form.get("tags", ""))
    except NotAllowed:
        abort(403)
    notice.leave(said)
    return redirect(_back(), 303)


@blueprint.route("/library/papers/<int:paper_id>", methods=["GET", "POST"])
@entry("reader")
def item(paper_id: int) -> BaseResponse:
    """One paper of the library: how far it is read, tags, note, lists."""
    if request.method == "GET":
        return _item(paper_id)
    state, tags, note = (request.form.get(name, "") for name in ("state", "tags", "note"))
    try:
        services.set_state(session(), actor(), paper_id, state)
        services.set_tags(session(), actor(), paper_id, tags)
        services.set_note(session(), actor(), paper_id, note)
    except RuleBroken as broken:
        session().rollback()
        return _item(paper_id, 422, typed={"state": state, "tags": tags, "note": note}, errors={broken.field: broken.message})
    except NotAllowed:
        abort(403)
    notice.leave(_SAVED)
    return redirect(url_for("shelf.item", paper_id=paper_id), 303)


@blueprint.post("/library/papers/<int:paper_id>/lists")
@entry("reader")
def put_on_lists(paper_id: int) -> BaseResponse:
    """Puts the paper on the lists that were ticked and takes it off the others; a new list begins with it."""
    title = request.form.get("title", "")
    wanted = set(_ids(request.form.getlist("list")))
    own = {one.id for one in queries.lists_of(session(), _own())}
    before = queries.lists_holding(session(), _own(), paper_id)
    try:
        for list_id in sorted((wanted & own) - before):
            lists.put_on_list(session(), actor(), list_id, paper_id)
        for list_id in sorted(before - wanted):
            lists.take_off_list(session(), actor(), list_id, paper_id)
        if squeezed(title):
            lists.put_on_list(session(), actor(), lists.make_list(session(), actor(), title=title).id, paper_id)
    except RuleBroken as broken:
        session().rollback()
        return _item(paper_id, 422, title=title, wanted=wanted, errors={broken.field: broken.message})
    except NotAllowed:
        abort(403)
    notice.leave(_SAVED)
    return redirect(url_for("shelf.item", paper_id=paper_id), 303)


@blueprint.post("/library/papers/<int:paper_id>/remove")
@entry("reader")
def remove(paper_id: int) -> BaseResponse:
    """Takes the paper out of the library, with its tags and note."""
    try:
        services.remove(session(), actor(), paper_id)
    except NotAllowed:
        abort(403)
    notice.leave(_LET_GO)
    return redirect(url_for("shelf.show"), 303)


def _changed(what: str, chosen: list[int]) -> Message:
    """Does to these papers what a button says. NotAllowed, NotFound, RuleBroken."""
    if what in STATES:
        return _with(_CHANGED, services.set_state_of(session(), actor(), chosen, what))
    if what in ("tag", "untag"):
        act = services.add_tags if what == "tag" else services.take_tags
        return _with(_CHANGED, act(session(), actor(), chosen, request.form.get("tags", "")))
    if what == "list":
        list_id = whole_number(request.form.get("list"))
        if list_id is None:
            raise RuleBroken("list", message("Choose a list first."))
        return _with(_LISTED, lists.put_many_on_list(session(), actor(), list_id, chosen))
    if what == "remove":
        return _with(_REMOVED, services.remove_many(session(), actor(), chosen))
    raise RuleBroken("chosen", message("Choose what is to be done."))


def _with(words: Message, n: int) -> Message:
    return Message(words.template, {"n": f"{n:,}"})


def _shelf(
    status: int = 200, *, part: Part | None = None, typed: str = "", errors: dict[str, Message] | None = None, chosen: set[int] | None = None, tags: str = ""
) -> Response:
    part = part or _part_asked(request.args)
    sort = request.values.get("sort", "")
    sort = sort if sort in SORTS else SORTS[0]
    places = {name: whole_number(request.args.get(name)) or 0 for name in ("after", "before")}
    found = queries.library_page(session(), _own(), part, sort=sort, **places)
    ids = [one.paper_id for one in found.items]
    counts = queries.counts_of(session(), _own())
    n_all = sum(counts.values())
    all_tags = queries.tags_of(session(), _own())
    here: dict[str, Any] = {"state": part.state or None, "tag": part.tag or None, "q": part.words or None, "sort": sort if sort != SORTS[0] else None}
    return page(
        "library/show.html", status, found=found, lines={line.id: line for line in lines_of(session(), ids)}, scores=looking.scores_for(ids), part=part,
        counts=counts, n_all=n_all, n_shown=_n_of(part, counts, n_all), states=_states(), tags=all_tags[:MOST_TAGS_SHOWN], more_tags=all_tags[MOST_TAGS_SHOWN:],
        lists=queries.lists_of(session(), _own()), sort=sort, sorts=[(name, worded(words)) for name, words in SORT_LABELS.items()], here=here,
        formats=FORMATS, upload=queries.newest_upload(session(), _own()), said=notice.take(), typed=typed, errors=errors or {}, chosen=chosen or set(),
        typed_tags=tags, older=url_for("shelf.show", **here, after=found.after) if found.after else "",
        newer=url_for("shelf.show", **here, before=found.before) if found.before else "",
    )  # fmt: skip


def _n_of(part: Part, counts: dict[str, int], n_all: int) -> int:
    """How many papers a part has; what is known is not counted again."""
    if part.is_all:
        return n_all
    return counts[part.state] if part == Part(state=part.state) else queries.n_kept(session(), _own(), part)


def _item(
    paper_id: int, status: int = 200, *, typed: dict[str, str] | None = None, title: str = "", wanted: set[int] | None = None,
    errors: dict[str, Message] | None = None,
) -> Response:  # fmt: skip
    found = lines_of(session(), [paper_id]) if paper_id < 2**31 else []
    if not found:
        raise NotFound
    kept = queries.kept_one(session(), _own(), paper_id)
    tags = worded(message(", ")).join(kept.tags) if kept else ""
    shown = typed or ({"state": kept.state, "tags": tags, "note": kept.note} if kept else {})
    return page(
        "library/item.html", status, line=found[0], scores=looking.scores_for([paper_id]), kept=kept, shown=shown, states=_states(),
        lists=queries.lists_of(session(), _own()), on=queries.lists_holding(session(), _own(), paper_id) if wanted is None else wanted, title=title,
        tags=queries.tags_of(session(), _own()), errors=errors or {}, most=MAX_NOTE_CHARS, said=notice.take(),
    )  # fmt: skip


def _states() -> list[tuple[str, str]]:
    return [(state, worded(words)) for state, words in STATE_LABELS.items()]


def _part_asked(asked: Any) -> Part:
    """The part of the library that an address or a form names; what is none narrows nothing."""
    state = asked.get("state", "")
    return Part(state if state in STATES else "", squeezed(asked.get("tag", "")[:MAX_WORDS_CHARS]), squeezed(asked.get("q", "")[:MAX_WORDS_CHARS]))


def _ids(given: list[str]) -> list[int]:
    """The numbers among these; what is none is passed over."""
    return [number for one in given if (number := whole_number(one))]


def _back() -> str:
    """The part of the library the form stood on."""
    shelf = url_for("shelf.show")
    return next((one for one in (own_path(request.form.get("back", "")), came_from()) if one.partition("?")[0] == shelf), shelf)


def _own() -> int:
    account_id = actor().account_id
    assert account_id is not None
    return account_id
