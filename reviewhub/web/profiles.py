"""`/people/profile`: what owners change about their profile. And profiles that are made one, parted, and put back: by owners who agree, or by moderators."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.text import Message, message
from ..moderation import claims as moderated
from ..people import merging, own
from ..people import profiles as services
from ..people import queries as people
from ..people.models import Person, PersonChange
from ..people.profiles import MOST_LINKS, MOST_NAMES
from .support import notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor, reader
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# Empty rows that a list of names or links offers beside those it has.
EMPTY_ROWS = 2

_SAVED = message("Saved.")
_CHANGED_MEANWHILE = message("The profile was changed meanwhile, perhaps in another window. What you typed is below; look at it once more and save it again.")
_ASKED = message("Asked. The profiles become one when the owner of the other one agrees.")
_MERGED = message("The two profiles are one now. That can be undone.")
_REFUSED = message("Noted: that is somebody else. Nothing was changed.")
_SPLIT = message("The chosen papers stand on a profile of their own now. That can be undone.")
_UNDONE = message("Undone: everything is where it was.")
_NO_PROFILE = message("Choose a profile by its number; it stands at the end of its address.")

blueprint = Blueprint("profiles", __name__, url_prefix="/people")


@blueprint.get("/profile")
@entry("reader")
def edit() -> Response:
    """The reader's profile as its owner sees it."""
    return _edit_page()


@blueprint.route("/profile/<part>", methods=["GET", "POST"])
@entry("reader")
def save(part: str) -> BaseResponse:
    """One form of that page. GET, as after changing the language, shows the page."""
    if part not in _PARTS:
        abort(404)
    if request.method == "GET":
        return redirect(url_for("profiles.edit"))
    try:
        _PARTS[part](request.form)
    except RuleBroken as broken:
        session().rollback()
        return _edit_page(422, part=part, errors={broken.field: broken.message})
    except Conflict:
        session().rollback()
        return _edit_page(409, part=part, errors={"": _CHANGED_MEANWHILE})
    except NotAllowed:
        abort(403)
    notice.leave(_SAVED)
    return redirect(url_for("profiles.edit"), 303)


def _name(form: MultiDict[str, str]) -> None:
    version = form.get("version", "")
    seen = int(version) if version.isascii() and version.isdecimal() and len(version) <= 9 else None
    services.rename(session(), actor(), name=form.get("name", ""), other_name=form.get("other_name", ""), seen_version=seen)


def _names(form: MultiDict[str, str]) -> None:
    services.set_names(session(), actor(), [(name, kind, is_shown) for name, kind, is_shown in _rows_of_names(form) if name.strip()])


def _links(form: MultiDict[str, str]) -> None:
    services.set_links(session(), actor(), [(words, url) for words, url in _rows_of_links(form) if words.strip() or url.strip()])


def _choices(form: MultiDict[str, str]) -> None:
    services.choose(session(), actor(), shows_activity=bool(form.get("shows_activity")), is_told=bool(form.get("is_told")))


_PARTS: dict[str, Callable[[MultiDict[str, str]], None]] = {"name": _name, "names": _names, "links": _links, "choices": _choices}


@blueprint.post("/changes/<int:change_id>/answer")
@entry("reader")
def answer(change_id: int) -> BaseResponse:
    """An owner says whether another profile is theirs as well."""
    _check(change_id)
    agrees = request.form.get("agrees") == "yes"
    try:
        merging.answer_merge(session(), actor(), change_id, agrees=agrees)
    except NotAllowed:
        abort(403)
    notice.leave(_MERGED if agrees else _REFUSED)
    return redirect(url_for("claims.mine"), 303)


@blueprint.route("/<int:person_id>/merge", methods=["GET", "POST"])
@entry("reader")
def merge(person_id: int) -> BaseResponse:
    """Owners ask whether a profile is theirs as well; moderators make two profiles one, with a reason."""
    _check(person_id)
    if request.method == "GET":
        return _merge_page(person_id)
    try:
        if actor().has_role("moderator") and "other" in request.form:
            number = request.form["other"].strip().rpartition("/")[2]
            if not (number.isascii() and number.isdecimal() and 0 < int(number) <= MAX_ID):
                raise RuleBroken("other", _NO_PROFILE)
            done = moderated.merge(session(), actor(), person_id, int(number), request.form.get("reason", ""))
            notice.leave(_MERGED)
            return redirect(url_for("people.show", person_id=done.kept_id), 303)
        merging.ask_merge(session(), actor(), person_id)
    except RuleBroken as broken:
        session().rollback()
        return _merge_page(person_id, 422, errors={broken.field: broken.message})
    except NotFound:
        session().rollback()
        return _merge_page(person_id, 422, errors={"other": _NO_PROFILE})
    except NotAllowed:
        abort(403)
    notice.leave(_ASKED)
    return redirect(url_for("claims.mine"), 303)


@blueprint.route("/<int:person_id>/split", methods=["GET", "POST"])
@entry("reader")
def split(person_id: int) -> BaseResponse:
    """The owner, or a moderator, takes some papers off a profile: they stand on a new one."""
    person = _living(person_id)
    _check_may_part(person)
    if request.method == "GET":
        return _split_page(person)
    chosen = [int(one) for one in request.form.getlist("claims") if one.isascii() and one.isdecimal() and len(one) <= 9]
    try:
        moderated.split(session(), actor(), person.id, chosen, request.form.get("reason", ""))
    except RuleBroken as broken:
        session().rollback()
        return _split_page(_living(person_id), 422, errors={broken.field: broken.message})
    except NotAllowed:
        abort(403)
    notice.leave(_SPLIT)
    return redirect(url_for("profiles.changes", person_id=person.id), 303)


@blueprint.get("/<int:person_id>/changes")
@entry("reader")
def changes(person_id: int) -> Response:
    """What was merged and split, for owners and moderators, each with the way back."""
    return _changes_page(person_id)


@blueprint.post("/changes/<int:change_id>/undo")
@entry("reader")
def undo(change_id: int) -> BaseResponse:
    """Takes a merge or split back."""
    _check(change_id)
    try:
        done = moderated.undo(session(), actor(), change_id, request.form.get("reason", ""))
    except RuleBroken as broken:
        session().rollback()
        return _changes_page(session().get_one(PersonChange, change_id).kept_id, 422, change_id=change_id, fault=broken.message)
    except NotAllowed:
        abort(403)
    notice.leave(_UNDONE)
    return redirect(url_for("profiles.changes", person_id=done.kept_id), 303)


def _edit_page(status: int = 200, *, part: str = "", errors: Mapping[str, Message] | None = None) -> Response:
    """The page; what was typed into the form that is sent back stays in it."""
    person = _mine()
    form = request.form
    names = [(one.name, one.kind, one.is_shown) for one in own.all_names(session(), person.id)]
    links = [(one["words"], one["url"]) for one in person.links]
    name, other_name = (form.get("name", ""), form.get("other_name", "")) if part == "name" else (person.name, person.other_name)
    names = _rows_of_names(form) if part == "names" else [*names, *[("", "other", True)] * min(EMPTY_ROWS, MOST_NAMES - len(names))]
    links = _rows_of_links(form) if part == "links" else [*links, *[("", "")] * min(EMPTY_ROWS, MOST_LINKS - len(links))]
    return page(
        "people/edit.html", status, person=person, name=name, other_name=other_name, names=names, links=links, part=part, errors=errors or {},
        has_profile=own.has_papers(session(), person.id), orcids=people.orcids_of(session(), person.id), said=notice.take(),
    )  # fmt: skip


def _rows_of_names(form: MultiDict[str, str]) -> list[tuple[str, str, bool]]:
    """The rows of other names as typed: name, kind, whether it is shown. The box of row n is named by its number, for an empty one is not sent."""
    shown = set(form.getlist("is_shown"))
    rows = zip(form.getlist("other"), form.getlist("kind"), strict=False)
    return [(name, kind, str(n) in shown) for n, (name, kind) in enumerate(rows)]


def _rows_of_links(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    return list(zip(form.getlist("words"), form.getlist("url"), strict=False))


def _merge_page(person_id: int, status: int = 200, *, errors: Mapping[str, Message] | None = None) -> Response:
    person, who = _living(person_id), reader()
    mine = people.person_of(session(), who.account_id) if who else None
    return page("people/merge.html", status, person=person, mine=mine, is_moderator=actor().has_role("moderator"), form=request.form, errors=errors or {})


def _split_page(person: Person, status: int = 200, *, errors: Mapping[str, Message] | None = None) -> Response:
    return page(
        "people/split.html", status, person=person, claims=own.claims_on(session(), person.id), chosen=set(request.form.getlist("claims")),
        reason=request.form.get("reason", ""), errors=errors or {},
    )  # fmt: skip


def _changes_page(person_id: int, status: int = 200, *, change_id: int = 0, fault: Message | None = None) -> Response:
    _check(person_id)
    found = merging.changes_of(session(), person_id)
    account_id = actor().account_id
    mine = people.person_of(session(), account_id) if account_id is not None else None
    is_moderator, is_mine = actor().has_role("moderator"), mine is not None and mine.id == people.living_id(session(), person_id)
    if not (is_moderator or is_mine or any(account_id in one.moved.get("accounts", ()) for one in found)):
        abort(403)
    ids = {i for one in found for i in (one.kept_id, one.other_id) if i}
    return page(
        "people/changes.html", status, person_id=person_id, changes=found, names=own.names_by_id(session(), ids), is_moderator=is_moderator,
        change_id=change_id, fault=fault, reason=request.form.get("reason", ""), said=notice.take(),
    )  # fmt: skip


def _check_may_part(person: Person) -> None:
    if actor().account_id not in people.accounts_of(session(), person.id) and not actor().has_role("moderator"):
        abort(403)


def _mine() -> Person:
    """The reader's profile. NotFound before a first claim."""
    who = reader()
    person = people.person_of(session(), who.account_id) if who else None
    if person is None:
        raise NotFound
    return person


def _living(person_id: int) -> Person:
    _check(person_id)
    living = people.living_id(session(), person_id)
    if living is None:
        raise NotFound
    return session().get_one(Person, living)


def _check(number: int) -> None:
    if number > MAX_ID:
        raise NotFound
