"""`/papers/<id>/comments/<id>/…`: what becomes of one comment: edited, deleted, its history, its state.

Views that take a text check the form's token themselves: whoever sends a form that has grown too old gets it back with everything typed.
"""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.text import Message, message
from ..discussion import drafts, queries, services
from ..discussion import words as saying
from ..discussion.models import Comment
from ..discussion.queries import Said
from ..discussion.rules import MAX_NOTE_CHARS, states_for
from ..papers.queries import Line, lines_of
from .discussion import MAX_BODY_BYTES, comment_at
from .forms.comment import MAX_ID
from .support import drafting, looking, notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor, reader
from .support.tokens import STALE, check_themselves, is_fresh
from .support.transaction import session

_CHANGED = message("Your comment is changed. What it said before stands in its history.")
_WAITS = message("Your comment holds a link now and waits for a moderator. Until then only you see it.")
_DELETED = message("Your comment is deleted. Only the place where it stood is left.")
_STATE_SET = message("The state is changed.")
_MEANWHILE = message("The comment was changed meanwhile. Nothing was saved; see below how it stands.")
_KEPT = message("Draft saved. Nobody but you can see it.")
_DISCARDED = message("Draft thrown away.")
_WAITS_FOR_YOU = message("What you typed is kept in this browser and not sent yet. Sign in, or register, and you are back at it to send it.")
_TOO_OFTEN = message("Drafts were saved very often from your network address. Nothing you typed is lost; please try again in a few minutes.")
_SIGNED_OUT = message("You are not signed in any more. What you typed is below; send it again, and signing in leads you back to it.")
_CANNOT = message("This comment cannot be edited any more: it was taken away, or its thread was closed. What you typed is below.")

blueprint = Blueprint("comment_changes", __name__, url_prefix="/papers/<int:paper_id>/comments/<int:comment_id>")


@blueprint.before_request
def _cap() -> None:
    request.max_content_length = MAX_BODY_BYTES


@blueprint.get("/edit")
@entry("reader")
def edit(paper_id: int, comment_id: int) -> BaseResponse:
    """The text to be changed."""
    one = _own(paper_id, comment_id)
    if one.paper_id != paper_id:
        return _moved(one, "comment_changes.edit")
    draft = drafts.draft_of(session(), drafts.Owner(actor().account_id), paper_id, drafts.place_of_edit(comment_id))
    if draft is None:
        return _edit_page(one, one.text, one.version)
    # A draft begun on an earlier text than what stands now is told apart as a form sent late is: both are shown.
    is_late = draft.fields.get("version") != str(one.version)
    return _edit_page(one, draft.fields.get("text", ""), one.version, draft=draft, is_conflict=is_late)


@blueprint.post("/edit")
@entry("anyone")
def change(paper_id: int, comment_id: int) -> BaseResponse:
    """Takes the changed text; where the comment was changed meanwhile both texts are shown, and sending again decides."""
    text, version = _typed()
    if reader() is None:
        return _change_later(paper_id, comment_id, text, version)
    one = _own(paper_id, comment_id)
    if not is_fresh():
        return _edit_page(one, text, version, 400, fault=STALE)
    action = request.form.get("action")
    if action == "preview":
        return _edit_page(one, text, version, has_preview=True)
    if action == "draft":
        return _keep_draft(one, text, version)
    if action == "discard":
        drafts.drop(session(), drafts.Owner(actor().account_id), one.paper_id, drafts.place_of_edit(comment_id))
        notice.leave(_DISCARDED)
        return redirect(url_for("comment_changes.edit", paper_id=one.paper_id, comment_id=comment_id), 303)
    try:
        made = services.edit(session(), actor(), comment_id, text, seen_version=version)
    except RuleBroken as broken:
        return _edit_page(one, text, version, 422, errors={broken.field: broken.message})
    except NotAllowed:
        abort(403)
    except Conflict:
        session().rollback()
        one = _own(paper_id, comment_id)
        is_stale = one.visibility in ("shown", "waiting") and one.version != version
        return _edit_page(one, text, one.version, 409, is_conflict=is_stale, fault=None if is_stale else _CANNOT)
    notice.leave(_CHANGED if made.visibility == "shown" else _WAITS)
    return _back(made.paper_id, comment_id)


@blueprint.post("/edit/draft")
@entry("anyone")
def keep(paper_id: int, comment_id: int) -> BaseResponse:
    """Keeps the changed text as a draft, for the script that does so while somebody types. Answers with JSON."""
    status = _kept_status(paper_id, comment_id)
    answer = jsonify({"is_saved": status == 200})
    answer.status_code = status
    return answer


def _kept_status(paper_id: int, comment_id: int) -> int:
    if not is_fresh():
        return 400
    if reader() is None:
        return 401  # the button that sends keeps it for after signing in
    one, (text, version) = _own(paper_id, comment_id), _typed()
    # A tab that was left open must not bring back what was sent from another one.
    if one.visibility not in ("shown", "waiting") or one.version != version:
        return 409
    if drafting.wait_s():
        return 429
    try:
        _put(one, text, version)
    except RuleBroken:
        return 422
    return 200


@blueprint.get("/delete")
@entry("reader")
def confirm(paper_id: int, comment_id: int) -> BaseResponse:
    """Asks once more."""
    one = _own(paper_id, comment_id)
    if one.paper_id != paper_id:
        return _moved(one, "comment_changes.confirm")
    return page("discussion/delete.html", line=_line(one.paper_id), one=one)


@blueprint.post("/delete")
@entry("reader")
def delete(paper_id: int, comment_id: int) -> BaseResponse:
    """Leaves a tombstone. Twice is no harm."""
    one = _own(paper_id, comment_id)
    services.delete(session(), actor(), comment_id)
    notice.leave(_DELETED)
    return _back(one.paper_id, comment_id)


@blueprint.get("/history")
@entry("anyone")
def history(paper_id: int, comment_id: int) -> BaseResponse:
    """What a comment said before, and how its state changed."""
    one = comment_at(paper_id, comment_id)
    if one.paper_id != paper_id:
        return _moved(one, "comment_changes.history")
    if looking.is_hidden(looking.standing(paper_id)) and not one.is_own:
        return redirect(url_for("discussion.show", paper_id=paper_id, comment_id=comment_id), 303)
    return page(
        "discussion/history.html", line=_line(paper_id), one=one, saying=saying,
        earlier=queries.history_of(session(), comment_id), states=queries.states_of(session(), comment_id),
    )  # fmt: skip


@blueprint.get("/state")
@entry("reader")
def state(paper_id: int, comment_id: int) -> BaseResponse:
    """The states that the reader may give a question or suspected error."""
    one = comment_at(paper_id, comment_id)
    return _moved(one, "comment_changes.state") if one.paper_id != paper_id else _state_page(one)


@blueprint.post("/state")
@entry("reader")
def set_state(paper_id: int, comment_id: int) -> BaseResponse:
    """Gives it another state, with a note for the history."""
    one = comment_at(paper_id, comment_id)
    if not is_fresh():
        return _state_page(one, 400, fault=STALE)
    try:
        services.set_state(session(), actor(), comment_id, request.form.get("state", ""), note=request.form.get("note", ""))
    except RuleBroken as broken:
        session().rollback()
        return _state_page(comment_at(paper_id, comment_id), 422, errors={broken.field: broken.message})
    except NotAllowed:
        abort(403)
    except Conflict:
        session().rollback()
        return _state_page(comment_at(paper_id, comment_id), 409, fault=_MEANWHILE)
    notice.leave(_STATE_SET)
    return _back(one.paper_id, comment_id)


check_themselves(blueprint, change, keep, set_state)


def _typed() -> tuple[str, int]:
    """The text of the form, and the version of the comment it was begun on; 0, which none has, where that is no number."""
    version = request.form.get("version", "")
    return request.form.get("text", "").replace("\r\n", "\n"), int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0


def _put(one: Said, text: str, version: int) -> None:
    """Keeps the text as a draft; one that says what stands, or nothing, is none."""
    owner = drafting.owner_made(actor().account_id)
    if text.strip() and text != one.text:
        drafts.keep(session(), owner, one.paper_id, drafts.place_of_edit(one.id), {"text": text, "version": str(version)})
    else:
        drafts.drop(session(), owner, one.paper_id, drafts.place_of_edit(one.id))


def _keep_draft(one: Said, text: str, version: int) -> BaseResponse:
    if drafting.wait_s():
        return _edit_page(one, text, version, 429, fault=_TOO_OFTEN)
    try:
        _put(one, text, version)
    except RuleBroken as broken:
        return _edit_page(one, text, version, 422, errors={broken.field: broken.message})
    notice.leave(_KEPT)
    return redirect(url_for("comment_changes.edit", paper_id=one.paper_id, comment_id=one.id), 303)


def _change_later(paper_id: int, comment_id: int, text: str, version: int) -> BaseResponse:
    """Nobody is signed in any more: the text waits in this browser until somebody is."""
    if not is_fresh():
        return _edit_page(comment_at(paper_id, comment_id), text, version, 400, fault=_SIGNED_OUT)
    if max(paper_id, comment_id) > MAX_ID:
        raise NotFound
    if text.strip():
        try:
            drafts.keep(session(), drafting.owner_made(None), paper_id, drafts.place_of_edit(comment_id), {"text": text, "version": str(version)})
        except RuleBroken as broken:
            return _edit_page(comment_at(paper_id, comment_id), text, version, 422, errors={broken.field: broken.message})
        notice.leave(_WAITS_FOR_YOU)
    return redirect(url_for("accounts.login", next=url_for("comment_changes.edit", paper_id=paper_id, comment_id=comment_id)), 303)


def _edit_page(
    one: Said, text: str, version: int, status: int = 200, *, errors: dict[str, Message] | None = None, fault: Message | None = None,
    has_preview: bool = False, is_conflict: bool = False, draft: drafts.Draft | None = None,
) -> BaseResponse:  # fmt: skip
    if status == 200 and one.visibility not in ("shown", "waiting"):
        abort(404)
    return page(
        "discussion/edit.html", status, line=_line(one.paper_id), one=one, text=text, version=version, errors=errors or {}, fault=fault,
        has_preview=has_preview, is_conflict=is_conflict, draft=draft, said=notice.take(),
    )  # fmt: skip


def _state_page(one: Said, status: int = 200, *, errors: dict[str, Message] | None = None, fault: Message | None = None) -> BaseResponse:
    """The form with what may be chosen; 403 for who is none of asker, author and moderator."""
    line = _line(one.paper_id)
    roles = services.roles_in(session(), actor(), session().get_one(Comment, one.id))
    if not roles:
        abort(403)
    choices = states_for(one.kind, one.state, roles, has_notice=line.is_corrected or line.is_retracted)
    return page(
        "discussion/state.html", status, line=line, one=one, choices=choices, saying=saying, errors=errors or {}, fault=fault, most=MAX_NOTE_CHARS,
        chosen=request.form.get("state", ""), note=request.form.get("note", ""),
    )  # fmt: skip


def _own(paper_id: int, comment_id: int) -> Said:
    """The reader's own comment at this address. 403 for somebody else's."""
    one = comment_at(paper_id, comment_id)
    if not one.is_own:
        abort(403)
    return one


def _line(paper_id: int) -> Line:
    return lines_of(session(), [paper_id])[0]


def _moved(one: Said, endpoint: str) -> BaseResponse:
    return redirect(url_for(endpoint, paper_id=one.paper_id, comment_id=one.id), 301)


def _back(paper_id: int, comment_id: int) -> BaseResponse:
    return redirect(url_for("discussion.show", paper_id=paper_id, comment_id=comment_id, _anchor=f"comment-{comment_id}"), 303)
