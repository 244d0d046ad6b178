"""`/papers/<id>/rate`: the rating form, its drafts and preview, taking a rating back; and looking before rating.

These views check the form's token themselves: whoever sends a form that has grown too old gets it back with everything typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, redirect, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import Conflict, NotFound, RuleBroken
from ..core.markdown import rendered
from ..core.text import Message, as_typed, message
from ..papers import queries as papers
from ..ratings import drafts, services, words
from ..ratings.models import Rating
from ..ratings.queries import own_rating
from ..ratings.rules import MAX_TEXT_CHARS
from .forms.adding import LANGUAGES
from .forms.rating import STARS, RatingForm
from .support import drafting, signing
from .support import notice as said
from .support.entry import entry, own_path
from .support.labels import label_of
from .support.rendering import page
from .support.tokens import check_themselves, is_fresh
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# The preview stands under a heading of its own, of level 2.
PREVIEW_HEADING = 3
# The longest text a form may hold is shown again with what is wrong with it; beyond this (20,000 characters take 180 kB at most) it is no review.
MAX_BODY_BYTES = 4 * 1024**2

_GIVEN = message("Thank you. Your rating is counted and shown below.")
_NOT_COUNTED = message("Thank you. Your rating is shown with the reason why it does not count.")
_CHANGED = message("Your rating is changed.")
_WITHDRAWN = message("Your rating is withdrawn. What you wrote is kept as a draft that only you can see.")
_NONE_TO_WITHDRAW = message("There is no rating of yours to withdraw: it was taken back in another window, or never given. Nothing has changed.")
_KEPT = message("Draft saved. Nobody but you can see it.")
_WAITS = message("Your rating is kept in this browser and not sent yet. Sign in, or register, and you are back at it to send it.")
_DISCARDED = message("Draft thrown away.")
_STALE = message("This form had grown too old to be accepted. Nothing you typed is lost: please send it again.")
_TOO_OFTEN = message("Drafts were saved very often from your network address. Nothing you typed is lost; please try again in a few minutes.")
_TOO_MUCH = (message("That text is too large"), message("A review may have up to 20,000 characters. Please go back and shorten it; nothing was saved."))

blueprint = Blueprint("ratings", __name__)


@blueprint.before_request
def _cap() -> None:
    request.max_content_length = MAX_BODY_BYTES


@blueprint.get("/papers/<int:paper_id>/rate")
@entry("anyone")
def form(paper_id: int) -> BaseResponse:
    """The form: empty, or filled from the draft, or from the rating that stands."""
    line = _line(paper_id)
    if line is None:
        return _moved_or_gone(paper_id, "ratings.form")
    return _opened(line)


@blueprint.post("/papers/<int:paper_id>/rate")
@entry("anyone")
def take(paper_id: int) -> BaseResponse:
    """What a form was sent for: to rate, to see a preview, to keep or to throw away a draft."""
    form = RatingForm.sent(request.form)
    line = _line(paper_id) or _line(_kept(paper_id))
    if line is None:
        return page("ratings/gone.html", 404, form=form)
    who = signing.reader()
    own = own_rating(session(), who.account_id, line.id) if who else None
    if not is_fresh():
        return _page(line, form, own, 400, notice=_STALE)
    action = _ACTIONS.get(request.form.get("action", "send"))
    if action is None:
        return _page(line, form, own, 422, notice=message("This form has no such button. Nothing was saved."))
    return action(line, form, own)


def _opened(line: papers.Line, status: int = 200, notice: Message | None = None) -> BaseResponse:
    who = signing.reader()
    own = own_rating(session(), who.account_id, line.id) if who else None
    owner = drafting.owner_of(who.account_id if who else None)
    draft = drafts.draft_of(session(), owner, line.id) if owner else None
    filled = RatingForm.of_fields(draft.fields) if draft else RatingForm.of_rating(own) if own else RatingForm()
    return _page(line, filled, own, status, draft=draft, notice=notice)


def _send(line: papers.Line, form: RatingForm, own: Rating | None) -> BaseResponse:
    who = signing.reader()
    if who and who.is_suspended:
        return _page(line, form, own, 403)
    given = form.given()
    if given is None:
        return _page(line, form, own, 422)
    if who is None:
        drafts.keep(session(), drafting.owner_made(None), line.id, form.values)
        said.leave(_WAITS)
        return redirect(url_for("accounts.login", next=url_for("ratings.form", paper_id=line.id)), 303)
    try:
        if form.is_stale:
            raise Conflict
        rating = services.rate(session(), signing.actor(), line.id, given, seen_version=form.version)
    except RuleBroken as error:
        form.errors[error.field] = error.message
        return _page(line, form, own, 422)
    except Conflict:
        form.version = own.version if own else 0
        return _page(line, form, own, 409, is_conflict=True)
    drafts.drop(session(), drafts.Owner(who.account_id), line.id)
    said.leave(_NOT_COUNTED if rating.exclusion else _CHANGED if own else _GIVEN)
    return redirect(url_for("records.show", paper_id=line.id, _anchor="reviews"), 303)


def _preview(line: papers.Line, form: RatingForm, own: Rating | None) -> BaseResponse:
    return _page(line, form, own, has_preview=True)


def _keep(line: papers.Line, form: RatingForm, own: Rating | None) -> BaseResponse:
    if drafting.wait_s():
        return _page(line, form, own, 429, notice=_TOO_OFTEN)
    try:
        _put(line.id, form, own)
    except RuleBroken as error:
        form.errors[error.field] = error.message
        return _page(line, form, own, 422)
    said.leave(_KEPT)
    return redirect(url_for("ratings.form", paper_id=line.id), 303)


def _discard(line: papers.Line, _form: RatingForm, _own: Rating | None) -> BaseResponse:
    owner = drafting.owner_of(signing.actor().account_id)
    if owner:
        drafts.drop(session(), owner, line.id)
    said.leave(_DISCARDED)
    return redirect(url_for("ratings.form", paper_id=line.id), 303)


_ACTIONS: dict[str, Callable[[papers.Line, RatingForm, Rating | None], BaseResponse]] = {
    "send": _send, "preview": _preview, "draft": _keep, "discard": _discard,
}  # fmt: skip


@blueprint.post("/papers/<int:paper_id>/rate/draft")
@entry("anyone")
def keep(paper_id: int) -> BaseResponse:
    """Keeps the form as a draft, for the script that does so while somebody types. Answers with JSON."""
    form = RatingForm.sent(request.form)
    if not is_fresh():
        return _json({"is_saved": False}, 400)
    line = _line(paper_id)
    if line is None:
        return _json({"is_saved": False}, 404)
    who = signing.reader()
    own = own_rating(session(), who.account_id, paper_id) if who else None
    # A tab that was left open must not bring back what was sent from another one.
    if form.is_stale or (own and form.version != own.version):
        return _json({"is_saved": False}, 409)
    if drafting.wait_s():
        return _json({"is_saved": False}, 429)
    try:
        _put(paper_id, form, own)
    except RuleBroken:
        return _json({"is_saved": False}, 422)
    return _json({"is_saved": True})


@blueprint.post("/papers/<int:paper_id>/rate/preview")
@entry("anyone")
def preview(paper_id: int) -> BaseResponse:  # noqa: ARG001 - one address for each paper, like the rest of the form
    """A text as the page would show it: a piece of HTML for the script."""
    text = as_typed(request.form.get("text", ""))
    if not is_fresh() or len(text) > MAX_TEXT_CHARS:
        abort(400)
    if drafting.wait_s():
        abort(429)
    return current_app.response_class(rendered(text, PREVIEW_HEADING), mimetype="text/html")


@blueprint.get("/papers/<int:paper_id>/rate/withdraw")
@entry("reader")
def confirm_withdrawal(paper_id: int) -> BaseResponse:
    """Asks once more."""
    line = _line(paper_id)
    if line is None:
        return _moved_or_gone(paper_id, "ratings.confirm_withdrawal")
    own = own_rating(session(), signing.actor().account_id or 0, paper_id)
    return page("ratings/withdraw.html", line=line, own=own) if own else redirect(url_for("ratings.form", paper_id=paper_id), 303)


@blueprint.post("/papers/<int:paper_id>/rate/withdraw")
@entry("reader")
def withdraw(paper_id: int) -> BaseResponse:
    """Takes the rating back; what was written stays as a draft."""
    account_id = signing.actor().account_id or 0
    line = _line(paper_id) or _line(_kept(paper_id))
    if line is None:
        raise NotFound
    paper_id, own = line.id, own_rating(session(), account_id, line.id)
    if own is None:
        return _opened(line, 404, _NONE_TO_WITHDRAW)
    written = RatingForm.of_rating(own).values
    services.withdraw(session(), signing.actor(), paper_id)
    drafts.keep(session(), drafts.Owner(account_id), paper_id, written)
    said.leave(_WITHDRAWN)
    return redirect(url_for("records.show", paper_id=paper_id, _anchor="reviews"), 303)


@blueprint.post("/papers/<int:paper_id>/reveal")
@entry("reader")
def reveal(paper_id: int) -> BaseResponse:
    """A reader who rates before looking looks."""
    paper_id = paper_id if _line(paper_id) else _kept(paper_id)
    services.reveal(session(), signing.actor(), paper_id)
    return redirect(own_path(request.form.get("next", "")) or url_for("records.show", paper_id=paper_id, _anchor="reviews"), 303)


check_themselves(blueprint, take, keep, preview)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_much(_error: RequestEntityTooLarge) -> BaseResponse:
    """More than any review holds: said in words that fit a review."""
    return page("errors/error.html", 413, code=413, title=_TOO_MUCH[0], words=_TOO_MUCH[1])


def _put(paper_id: int, form: RatingForm, own: Rating | None) -> None:
    """Keeps the form as a draft; where there is nothing in it, or nothing new, there is none afterwards."""
    account_id = signing.actor().account_id
    stands = RatingForm.of_rating(own) if own else RatingForm()
    if form.is_empty or form.is_same_as(stands):
        owner = drafting.owner_of(account_id)
        if owner:
            drafts.drop(session(), owner, paper_id)
        return
    drafts.keep(session(), drafting.owner_made(account_id), paper_id, form.values)


def _line(paper_id: int) -> papers.Line | None:
    lines = papers.lines_of(session(), [paper_id]) if 0 < paper_id <= MAX_ID else []
    return lines[0] if lines else None


def _kept(paper_id: int) -> int:
    """The paper that this one was found to be; 0 when there is none."""
    return (papers.redirect_of(session(), paper_id) if paper_id <= MAX_ID else None) or 0


def _moved_or_gone(paper_id: int, endpoint: str) -> BaseResponse:
    kept = _kept(paper_id)
    if not kept:
        abort(404)
    return redirect(url_for(endpoint, paper_id=kept), 301)


def _json(facts: dict[str, Any], status: int = 200) -> BaseResponse:
    answer = jsonify(facts)
    answer.status_code = status
    return answer


def _page(
    line: papers.Line, form: RatingForm, own: Rating | None, status: int = 200, *, draft: drafts.Draft | None = None, notice: Message | None = None,
    has_preview: bool = False, is_conflict: bool = False,
) -> BaseResponse:  # fmt: skip
    """The form with all there is to say about it."""
    return page(
        "ratings/form.html", status, line=line, form=form, own=own, draft=draft, notice=notice, said=said.take() if status == 200 else "",
        has_preview=has_preview,
        is_conflict=is_conflict, stands=RatingForm.of_rating(own) if own and is_conflict else None,
        is_refused=status == 403,
        version=form.version if form.version is not None else own.version if own else 0,
        stars=STARS, criteria=words.CRITERIA, levels=words.LEVELS, familiarity=words.FAMILIARITY, max_chars=MAX_TEXT_CHARS,
        languages=[(code, label_of("language", code)) for code in LANGUAGES],
    )  # fmt: skip
