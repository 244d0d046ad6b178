"""`/account/settings` and what goes with it: sessions, everything as a zip, the end of an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..accounts import erasing, exporting
from ..accounts import settings as accounts
from ..accounts.models import Account
from ..accounts.rules import email_fault
from ..accounts.services import end_session, end_sessions
from ..core import clock
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.text import Message, message
from ..recommendations.queries import taste_of
from . import orcid
from .support import language, signing
from .support.entry import entry
from .support.pace import pace_of
from .support.rendering import page
from .support.transaction import session

# Passwords one account may try in an hour while it is signed in: whoever sits at a browser left open must not guess on.
TRIES_PER_HOUR = 10

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1

# What the page says after each thing that was done.
_DONE = {
    "profile": message("Saved."),
    "password": message("Your password is changed. Every other browser was signed out."),
    "password-link": message("A link to set a password is on its way to your address."),
    "address": message("A link is on its way to the new address, unless somebody here has it already. Your address changes when you open the link."),
    "address-proved": message("Your address is changed."),
    "session": message("That browser is signed out."),
    "sessions": message("Every other browser is signed out."),
    "orcid": message("Your ORCID iD is connected."),
    "orcid-off": message("Your ORCID iD is disconnected."),
}
_CHOICES = ("erase", "keep")
_TOO_MANY = message("That was tried too often. Please go on in %(minutes)s minutes.")

blueprint = Blueprint("settings", __name__, url_prefix="/account")


class _TooOften(RuleBroken):
    """A password was tried too often."""


@blueprint.get("/settings")
@entry("reader")
def show() -> Response:
    """Everything the owner of an account can change about it."""
    return _settings(notice=_DONE.get(request.args.get("done", "")))


@blueprint.route("/settings/<part>", methods=["GET", "POST"])
@entry("reader")
def change(part: str) -> BaseResponse:
    """One form of the page. GET, as after changing the language, shows the page."""
    if part not in _PARTS:
        abort(404)
    if request.method == "GET":
        return redirect(url_for("settings.show"))
    try:
        return _PARTS[part](request.form)
    except RuleBroken as error:
        return _settings(_status(error), part=part, errors={error.field: error.message})
    except NotAllowed:
        return _settings(403, part=part, errors={"": message("Your account is suspended; this cannot be changed meanwhile.")})


def _profile(form: Mapping[str, str]) -> BaseResponse:
    wanted = accounts.Profile(form.get("name", ""), form.get("institution", ""), form.get("language", ""), bool(form.get("hides_numbers")))
    accounts.change_profile(session(), signing.actor(), wanted)
    return _done("profile")


def _password(form: Mapping[str, str]) -> BaseResponse:
    _count_a_try("current")
    who = signing.reader()
    assert who is not None
    accounts.change_password(session(), signing.actor(), form.get("current", ""), form.get("new", ""), this_session=who.session_id)
    return _done("password")


def _password_link(_form: Mapping[str, str]) -> BaseResponse:
    accounts.want_password_link(session(), signing.actor())
    return _done("password-link")


def _address(form: Mapping[str, str]) -> BaseResponse:
    address = form.get("email", "").strip()
    if fault := email_fault(address):
        raise RuleBroken("email", fault)
    _check_it_is_them(_account(), "address_password", form)
    accounts.want_address(session(), signing.actor(), address)
    return _done("address")


def _orcid_off(_form: Mapping[str, str]) -> BaseResponse:
    accounts.disconnect_orcid(session(), signing.actor())
    return _done("orcid-off")


_PARTS: dict[str, Callable[[Mapping[str, str]], BaseResponse]] = {
    "profile": _profile, "password": _password, "password-link": _password_link, "address": _address, "orcid-off": _orcid_off,
}  # fmt: skip


@blueprint.post("/sessions/<int:session_id>/end")
@entry("reader")
def end_one(session_id: int) -> BaseResponse:
    """Signs one browser of this account out; one's own as well."""
    who = signing.reader()
    assert who is not None
    if session_id == who.session_id:
        signing.sign_out()
        return redirect(url_for("home.show"), 303)
    if session_id > MAX_ID or not end_session(session(), who.account_id, session_id):
        raise NotFound
    return _done("session")


@blueprint.post("/sessions/end-others")
@entry("reader")
def end_others() -> BaseResponse:
    """Signs every other browser out."""
    who = signing.reader()
    assert who is not None
    end_sessions(session(), who.account_id, but=who.session_id)
    return _done("sessions")


@blueprint.post("/download")
@entry("reader")
def download() -> Response:
    """Everything the site keeps about this account, as one zip."""
    packed = exporting.archive(
        session(), _account().id, site_url=current_app.extensions["settings"].site_url, belongings=current_app.extensions["belongings"], worded=language.worded
    )
    answer = Response(packed, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="reviewhub-{clock.now().date().isoformat()}.zip"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/delete", methods=["GET", "POST"])
@entry("reader")
def delete() -> BaseResponse:
    """What the account has, each to be erased or kept without a name; and the end of it."""
    account, belongings = _account(), current_app.extensions["belongings"]
    if request.method == "GET":
        return _delete_page(account)
    rest, chosen = request.form.get("rest", ""), {item.key: request.form.get(f"item:{item.key}", "") for item in _items(account)}
    if rest not in _CHOICES or not set(chosen.values()) <= {"", *_CHOICES}:
        return _delete_page(account, 422, {"rest": message("Choose one from the list.")})
    keep = [key for key, choice in chosen.items() if (choice or rest) == "keep"]
    try:
        _check_it_is_them(account, "password", request.form)
        erasing.delete_account(session(), account.id, keep=keep, belongings=belongings)
    except RuleBroken as error:
        return _delete_page(account, _status(error), {error.field: error.message})
    signing.sign_out()
    return redirect(url_for("settings.deleted"), 303)


@blueprint.get("/deleted")
@entry("anyone")
def deleted() -> Response:
    """Where one ends up after that."""
    return page("settings/deleted.html")


@blueprint.route("/address/<token>", methods=["GET", "POST"])
@entry("anyone")
def prove_address(token: str) -> BaseResponse:
    """The mailed link that proves a new address: programs that look at mail open links, so only the button changes it."""
    try:
        if request.method == "POST":
            accounts.apply_address(session(), token)
            return redirect(url_for("settings.show", done="address-proved"), 303)
        link, account = accounts.address_proved_by(session(), token)
        answer = page("settings/address.html", email=link.email, name=account.name)
    except NotFound:
        answer = page("settings/address.html", 404, fault=message("This link does not work any more: it was used, replaced by a newer one, or is too old."))
    except Conflict:
        answer = page("settings/address.html", 409, fault=message("Meanwhile there is another account with this address. Nothing was changed."))
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address of the page opens the door
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _account() -> Account:
    who = signing.reader()
    assert who is not None
    return accounts.account_of(session(), who.account_id)


def _items(account: Account) -> list[Any]:
    return erasing.items_of(session(), account.id, current_app.extensions["belongings"])


def _done(what: str) -> BaseResponse:
    return redirect(url_for("settings.show", done=what), 303)


def _status(error: RuleBroken) -> int:
    return 429 if isinstance(error, _TooOften) else 422


def _count_a_try(field: str) -> None:
    if wait_s := pace_of("own_password", TRIES_PER_HOUR, 3600).wait_s(f"account {_account().id}"):
        raise _TooOften(field, message(_TOO_MANY.template, minutes=-(-wait_s // 60)))


def _check_it_is_them(account: Account, field: str, form: Mapping[str, str]) -> None:
    """Somebody at a browser left open must not take an account away: the password, or having just come from ORCID. RuleBroken otherwise."""
    if orcid.is_proved(account.id):
        return
    if account.password_hash:
        _count_a_try(field)
        if not accounts.has_password(account, form.get(field, "")):
            raise RuleBroken(field, message("This is not your password."))
    elif account.orcid:
        raise RuleBroken(field, message("Show once more that it is you: sign in with ORCID again."))
    else:
        raise RuleBroken(field, message("Set a password first: the settings mail you a link for it."))


def _settings(status: int = 200, *, notice: Message | None = None, part: str = "", errors: Mapping[str, Message] | None = None) -> Response:
    """The page. What was typed into the form that is sent back stays in it, passwords excepted."""
    account, who = _account(), signing.reader()
    assert who is not None
    typed = request.form if part else {}
    profile = {"name": account.name, "institution": account.institution, "language": account.language, "hides_numbers": account.hides_numbers}
    if part == "profile":
        profile |= {name: typed.get(name, "") for name in ("name", "institution", "language")} | {"hides_numbers": bool(typed.get("hides_numbers"))}
    return page(
        "settings/show.html", status, account=account, profile=profile, browsers=accounts.browsers_of(session(), account.id), this_session=who.session_id,
        waiting=accounts.waiting_address(session(), account.id), email=typed.get("email", "") if part == "address" else "", part=part, errors=errors or {},
        notice=notice, is_proved=orcid.is_proved(account.id), taste=taste_of(session(), account.id),
    )  # fmt: skip


def _delete_page(account: Account, status: int = 200, errors: Mapping[str, Message] | None = None) -> Response:
    chosen = {name.removeprefix("item:"): choice for name, choice in request.form.items() if name.startswith("item:")}
    return page(
        "settings/delete.html", status, account=account, items=_items(account), rest=request.form.get("rest", "erase"), chosen=chosen, errors=errors or {},
        is_proved=orcid.is_proved(account.id),
    )  # fmt: skip
