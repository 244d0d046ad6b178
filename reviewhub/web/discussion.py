"""`/papers/<id>/comments`: the discussion of a paper, single threads, and the box to write in with its drafts and preview.

Views that take a text check the form's token themselves: whoever sends a form that has grown too old gets it back with everything typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, redirect, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.markdown import rendered
from ..core.text import Message, as_typed, message
from ..discussion import drafts, queries, services, voices, words
from ..discussion.queries import Said
from ..discussion.rules import MAX_TEXT_CHARS
from ..papers import queries as papers
from ..papers.queries import Line
from ..ratings.reviews import Review, review
from .forms.comment import MAX_ID, CommentForm
from .pages import discussion as pages
from .support import drafting, looking, signing
from .support import notice as said
from .support.entry import entry
from .support.language import worded
from .support.rendering import page
from .support.tokens import STALE, check_themselves, is_fresh
from .support.transaction import session

# The preview stands under a heading of its own, of level 2.
PREVIEW_HEADING = 3
# The longest text a form may hold is shown again with what is wrong with it; beyond this (10,000 characters take 90 kB at most) it is no comment.
MAX_BODY_BYTES = 4 * 1024**2

_SENT = message("Your comment stands below.")
_WAITS_FOR_MODERATOR = message("Your comment holds a link and waits for a moderator, as first texts of new accounts do. Until then only you see it.")
_KEPT = message("Draft saved. Nobody but you can see it.")
_WAITS = message("Your comment is kept in this browser and not sent yet. Sign in, or register, and you are back at it to send it.")
_DISCARDED = message("Draft thrown away.")
_NO_SUCH_BUTTON = message("This form has no such button. Nothing was saved.")
_TOO_OFTEN = message("Drafts were saved very often from your network address. Nothing you typed is lost; please try again in a few minutes.")
_PARENT_GONE = message("The comment you reply to was taken away or closed meanwhile. Your text stands below; sent now it begins a thread of its own.")
_CLOSED = message("A moderator has closed this discussion. Your text stands below; you can copy it, or keep it as a draft.")
_TOO_MUCH = (message("That text is too large"), message("A comment may have up to 10,000 characters. Please go back and shorten it; nothing was saved."))

_ORDERS = {"best": message("Most helpful first"), "newest": message("Newest first")}

blueprint = Blueprint("discussion", __name__)


@blueprint.before_request
def _cap() -> None:
    request.max_content_length = MAX_BODY_BYTES


@blueprint.get("/papers/<int:paper_id>/comments")
@entry("anyone")
def list_(paper_id: int) -> BaseResponse:
    """All threads of a paper, or of one review of it (`?review=`), the most helpful or the newest first, page by page."""
    line, form = _line(paper_id), CommentForm(rating_id=CommentForm.sent(request.args).rating_id)
    if line is None:
        return _moved_or_gone(paper_id, "discussion.list_", **form.address)
    about = _review_of(paper_id, form)
    if form.rating_id is not None and about is None:
        abort(404)
    is_hidden, actor = looking.is_hidden(looking.standing(paper_id)), signing.actor()
    order, after = "newest" if request.args.get("order") == "newest" else "best", _mark(request.args.get("after", ""))
    found = queries.Threads([]) if is_hidden else queries.threads(session(), paper_id, actor, rating_id=form.rating_id, order=order, after=after)
    talk = pages.talk(session(), paper_id, actor, queries.counts_of(session(), paper_id), found, order=order, is_hidden=is_hidden, form=form)

    def address(order: str, mark: tuple[int, int] | None = None) -> str:
        fields = {**form.address, "order": None if order == "best" else order, "after": "{}.{}".format(*mark) if mark else None}
        return url_for("discussion.list_", paper_id=paper_id, **fields)

    return page(
        "discussion/list.html", line=line, about=about, talk=talk, saying=words, said=said.take(),
        orders=[(name, worded(label), address(name)) for name, label in _ORDERS.items()],
        first=address(order) if after else "", next_address=address(order, found.after) if found.after else "",
    )  # fmt: skip


@blueprint.get("/papers/<int:paper_id>/comments/<int:comment_id>")
@entry("anyone")
def show(paper_id: int, comment_id: int) -> BaseResponse:
    """The thread of a comment: the address that always shows it."""
    one = comment_at(paper_id, comment_id)
    if one.paper_id != paper_id:
        return redirect(url_for("discussion.show", paper_id=one.paper_id, comment_id=comment_id), 301)
    line = _line(paper_id)
    assert line is not None  # comments go with their paper
    actor = signing.actor()
    is_hidden = looking.is_hidden(looking.standing(paper_id))
    if is_hidden and not one.is_own:
        thread = None
    else:
        thread = pages.Thread(one, []) if is_hidden else pages.thread(session(), one, actor, after=_number(request.args.get("after", "")))
    talk = pages.talk(session(), paper_id, actor, queries.counts_of(session(), paper_id), queries.Threads([]), is_hidden=is_hidden)
    about = review(session(), one.rating_id) if one.rating_id and not is_hidden else None
    return page("discussion/show.html", line=line, one=one, thread=thread, talk=talk, about=about, saying=words, said=said.take())


@blueprint.get("/papers/<int:paper_id>/comments/new")
@entry("anyone")
def new(paper_id: int) -> BaseResponse:
    """The box on a page of its own: for a thread, a reply (`?parent=`), a comment on a review (`?review=`) or on a passage (`?passage=`)."""
    line, form = _line(paper_id), CommentForm.sent(request.args)
    if line is None:
        return _moved_or_gone(paper_id, "discussion.new", **form.address)
    parent, about = _parent_of(paper_id, form), _review_of(paper_id, form)
    if (form.parent_id is not None and (parent is None or parent.visibility != "shown")) or (form.rating_id is not None and about is None):
        abort(404)
    return _page(line, form, said_words=said.take(), is_typed=False)


@blueprint.post("/papers/<int:paper_id>/comments")
@entry("anyone")
def take(paper_id: int) -> BaseResponse:
    """What the box was sent for: to send, to see a preview, to keep or to throw away a draft."""
    form = CommentForm.sent(request.form)
    line = _line(paper_id) or _line(papers.redirect_of(session(), paper_id) or 0 if paper_id <= MAX_ID else 0)
    if line is None:
        return page("ratings/gone.html", 404, form=form)
    if not is_fresh():
        return _page(line, form, 400, fault=STALE)
    action = _ACTIONS.get(request.form.get("action", "send"))
    if action is None:
        return _page(line, form, 422, fault=_NO_SUCH_BUTTON)
    return action(line, form)


def _send(line: Line, form: CommentForm) -> BaseResponse:
    if signing.reader() is None:
        return _send_later(line, form)
    try:
        made = services.write(session(), signing.actor(), line.id, form.written, secret_key=current_app.extensions["settings"].secret_key)
    except RuleBroken as broken:
        form.errors[broken.field] = broken.message
        return _page(line, form, 422)
    except NotAllowed:
        return _page(line, form, 403)
    except (Conflict, NotFound):
        session().rollback()
        if queries.counts_of(session(), line.id).is_locked:
            return _page(line, form, 409, fault=_CLOSED)
        form.parent_id = form.rating_id = None
        return _page(line, form, 409, fault=_PARENT_GONE)
    said.leave(_SENT if made.visibility == "shown" else _WAITS_FOR_MODERATOR)
    return redirect(url_for("discussion.show", paper_id=line.id, comment_id=made.id, _anchor=f"comment-{made.id}"), 303)


def _send_later(line: Line, form: CommentForm) -> BaseResponse:
    """Nobody is signed in (any more): the text waits in this browser until somebody is."""
    if not form.is_empty:
        try:
            drafts.keep(session(), drafting.owner_made(None), line.id, form.place, form.values)
        except RuleBroken as broken:
            form.errors[broken.field] = broken.message
            return _page(line, form, 422)
        said.leave(_WAITS)
    return redirect(url_for("accounts.login", next=url_for("discussion.new", paper_id=line.id, **form.address)), 303)


def _preview(line: Line, form: CommentForm) -> BaseResponse:
    return _page(line, form, has_preview=True)


def _keep(line: Line, form: CommentForm) -> BaseResponse:
    if drafting.wait_s():
        return _page(line, form, 429, fault=_TOO_OFTEN)
    try:
        _put(line.id, form)
    except RuleBroken as broken:
        form.errors[broken.field] = broken.message
        return _page(line, form, 422)
    said.leave(_KEPT)
    return redirect(url_for("discussion.new", paper_id=line.id, **form.address), 303)


def _discard(line: Line, form: CommentForm) -> BaseResponse:
    owner = drafting.owner_of(signing.actor().account_id)
    if owner:
        drafts.drop(session(), owner, line.id, form.place)
    said.leave(_DISCARDED)
    return redirect(url_for("discussion.new", paper_id=line.id, **form.address), 303)


_ACTIONS: dict[str, Callable[[Line, CommentForm], BaseResponse]] = {"send": _send, "preview": _preview, "draft": _keep, "discard": _discard}


@blueprint.post("/papers/<int:paper_id>/comments/draft")
@entry("anyone")
def keep(paper_id: int) -> BaseResponse:
    """Keeps the box as a draft, for the script that does so while somebody types. Answers with JSON."""
    status = _kept_status(paper_id, CommentForm.sent(request.form))
    answer = jsonify({"is_saved": status == 200})
    answer.status_code = status
    return answer


def _kept_status(paper_id: int, form: CommentForm) -> int:
    if not is_fresh():
        return 400
    if _line(paper_id) is None:
        return 404
    # A tab that was left open must not bring back what was sent from another one.
    if services.is_sent(session(), signing.actor(), paper_id, form.written):
        return 409
    if drafting.wait_s():
        return 429
    try:
        _put(paper_id, form)
    except RuleBroken:
        return 422
    return 200


@blueprint.post("/papers/<int:paper_id>/comments/preview")
@entry("anyone")
def preview(paper_id: int) -> BaseResponse:  # noqa: ARG001 - one address for each paper, like the rest of the box
    """A text as the page would show it: a piece of HTML for the script."""
    text = as_typed(request.form.get("text", ""))
    if not is_fresh() or len(text) > MAX_TEXT_CHARS:
        abort(400)
    if drafting.wait_s():
        abort(429)
    return current_app.response_class(rendered(text, PREVIEW_HEADING), mimetype="text/html")


check_themselves(blueprint, take, keep, preview)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_much(_error: RequestEntityTooLarge) -> BaseResponse:
    """More than any comment holds: said in words that fit a comment."""
    return page("errors/error.html", 413, code=413, title=_TOO_MUCH[0], words=_TOO_MUCH[1])


def comment_at(paper_id: int, comment_id: int) -> Said:
    """The comment of an address, if this reader may see it; of another paper only where this one was found to be that. 404 else."""
    one = queries.comment_of(session(), comment_id, signing.actor()) if max(paper_id, comment_id) <= MAX_ID else None
    if one is None or (one.paper_id != paper_id and papers.redirect_of(session(), paper_id) != one.paper_id):
        raise NotFound
    return one


def _put(paper_id: int, form: CommentForm) -> None:
    """Keeps the box as a draft; where there is nothing in it there is none afterwards."""
    account_id = signing.actor().account_id
    if not form.is_empty:
        drafts.keep(session(), drafting.owner_made(account_id), paper_id, form.place, form.values)
    elif owner := drafting.owner_of(account_id):
        drafts.drop(session(), owner, paper_id, form.place)


def _line(paper_id: int) -> Line | None:
    lines = papers.lines_of(session(), [paper_id]) if 0 < paper_id <= MAX_ID else []
    return lines[0] if lines else None


def _moved_or_gone(paper_id: int, endpoint: str, **more: Any) -> BaseResponse:
    kept = papers.redirect_of(session(), paper_id) if paper_id <= MAX_ID else None
    if not kept:
        abort(404)
    return redirect(url_for(endpoint, paper_id=kept, **more), 301)


def _parent_of(paper_id: int, form: CommentForm) -> Said | None:
    """The comment that is replied to, where it can be seen and is of this paper."""
    found = queries.comment_of(session(), form.parent_id, signing.actor()) if form.parent_id else None
    return found if found and found.paper_id == paper_id else None


def _review_of(paper_id: int, form: CommentForm) -> Review | None:
    found = review(session(), form.rating_id) if form.rating_id else None
    return found if found and found.paper_id == paper_id else None


def _mark(text: str) -> tuple[int, int] | None:
    """Where a page of threads goes on: "rank.id"."""
    rank, _, comment_id = text.partition(".")
    found = _number(rank), _number(comment_id)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _page(
    line: Line, form: CommentForm, status: int = 200, *, fault: Message | None = None, said_words: str = "", has_preview: bool = False, is_typed: bool = True
) -> BaseResponse:
    """The box on a page of its own with all there is to say about it."""
    actor = signing.actor()
    parent, about = _parent_of(line.id, form), _review_of(line.id, form)
    is_author = voices.is_author(session(), actor.account_id, line.id)
    is_hidden = looking.is_hidden(looking.standing(line.id))
    box = pages.box_for(
        session(), line.id, actor, form, is_author=is_author, owner=drafting.owner_of(actor.account_id), head_kind=parent.kind if parent else "",
        is_typed=is_typed,
    )  # fmt: skip
    return page(
        "discussion/write.html", status, line=line, box=box, parent=parent, about=None if is_hidden else about, saying=words, fault=fault, said=said_words,
        has_preview=has_preview, is_refused=status == 403, is_hidden=is_hidden,
        is_locked=queries.counts_of(session(), line.id).is_locked,
    )  # fmt: skip
