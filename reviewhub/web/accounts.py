"""`/account/…`: registering, proving the address, signing in and out, a new password. What a page says never tells whether an address has an account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response as BaseResponse

from ..accounts import passwords, queries, services
from ..accounts.rules import REGISTRATION_LASTS, TOKEN_LASTS, email_key
from ..core import clock
from ..core.errors import Conflict, NotFound, RuleBroken
from ..core.text import Message, message
from .forms.accounts import AccountForm, address, newcomer, sign_in_faults
from .support import devices, language, signing, tokens, tries
from .support import notice as said
from .support.entry import entry, own_path, way_back
from .support.pace import pace_of
from .support.rendering import page
from .support.transaction import session

# Registrations, and links asked for, of one network in an hour: a class that signs up together, not a flood.
ASKS_PER_HOUR = 30
# Mails to one address in an hour: asked for from one network, and from all. The first keeps a mailbox from being filled, the second a botnet from doing
# it; between them whoever fills it does not keep its owner from registering. A link to set a password lasts longer than an hour, so after all of these
# one that works is still in the mailbox.
MAILS_PER_HOUR, MAILS_OF_ALL_PER_HOUR = 5, 25
# Passwords one network may give for registrations begun elsewhere, in an hour. The link itself has 256 random bits.
CONFIRMS_PER_HOUR = 30
# Registrations begun in one browser that it is remembered for: enough for a second try with the address typed rightly.
MOST_BEGUN = 3

_BEGUN, _MAILED_TO = "registrations", "mailed_to"
_TOO_MANY = message("That was tried too often. Please go on in %(minutes)s minutes.")
_WRONG = message("Address and password do not belong together. Both may be mistyped; the password counts capitals and small letters.")
_DEAD_LINK = message("This link does not work any more: it was used, replaced by a newer one, or is too old.")

blueprint = Blueprint("accounts", __name__, url_prefix="/account")


@blueprint.app_context_processor
def tell() -> dict[str, Any]:
    """The header asks where to go on after signing in."""
    return {"came_from": _came_from}


def _came_from() -> str | None:
    """The page that is being read, unless it is one of these."""
    return None if request.blueprint == blueprint.name or request.endpoint is None else way_back() or None


@blueprint.route("/login", methods=["GET", "POST"])
@entry("anyone")
def login() -> BaseResponse:
    """The form to sign in, and where it is sent to."""
    form = AccountForm.of(request.form if request.method == "POST" else request.args)
    form.next = own_path(form.next)
    if request.method == "GET":
        return redirect(form.next or url_for("home.show"), 303) if signing.reader() else _sign_in_page(form)
    if not tokens.is_fresh():
        return _sign_in_page(form, 400, tokens.STALE)
    sign_in_faults(form, request.form)
    if form.errors:
        return _sign_in_page(form, 422)
    email, password = request.form["email"], request.form["password"]
    with current_app.extensions["database"].read() as reading:  # comparing takes long, and must not hold up who writes
        found = queries.credentials_of(reading, email_key(email))
    device = devices.known(found.account_id) if found else ""
    if wait_s := tries.wait_s(email, device):
        return _refused(_sign_in_page(form, 429, _minutes(wait_s), has_waited=True), wait_s)
    if not passwords.is_right(found.password_hash if found else "", password) or found is None:
        tries.count(email, device)
        return _sign_in_page(form, 422, _WRONG)
    tries.forget(email, device)
    if passwords.is_outdated(found.password_hash):
        services.renew_hash(session(), found.account_id, password, kept=found.password_hash)
    signing.sign_in(found.account_id, is_remembered=form.remember)
    return redirect(form.next or url_for("home.show"), 303)


@blueprint.route("/logout", methods=["GET", "POST"])
@entry("anyone")
def logout() -> BaseResponse:
    """GET asks, since any page may hold a link to it; POST signs out."""
    if request.method == "GET" and signing.reader():
        return page("accounts/logout.html")
    signing.sign_out()
    return redirect(url_for("home.show"), 303)


@blueprint.route("/register", methods=["GET", "POST"])
@entry("anyone")
def register() -> BaseResponse:
    """The form for an account. What it answers, and how long that takes, does not tell whether the address has one."""
    form = AccountForm.of(request.form if request.method == "POST" else request.args)
    form.next = own_path(form.next)
    if request.method == "GET":
        return redirect(form.next or url_for("home.show"), 303) if signing.reader() else _register_page(form)
    if not tokens.is_fresh():
        return _register_page(form, 400, tokens.STALE)
    wanted = newcomer(form, request.form)
    if wanted is None:
        return _register_page(form, 422)
    if wait_s := pace_of("asking", ASKS_PER_HOUR, 3600).wait_s(request.remote_addr):
        return _refused(_register_page(form, 429, _minutes(wait_s)), wait_s)
    password_hash = passwords.hash_of(wanted.password)  # before the database is asked for anything, so that nobody waits for it
    made = services.register(
        session(), name=wanted.name, email=wanted.email, password_hash=password_hash, language=language.current(), joined_from=signing.joined_from(),
        is_mailed=_may_be_mailed(wanted.email),
    )  # fmt: skip
    cookie[_BEGUN] = [*cookie.get(_BEGUN, []), [made, form.next]][-MOST_BEGUN:]
    cookie[_MAILED_TO] = wanted.email
    return redirect(url_for("accounts.register_sent"), 303)


@blueprint.get("/register/sent")
@entry("anyone")
def register_sent() -> Response:
    """Where one waits for the mail."""
    words = message("A mail is on its way to %(email)s. Open the link in it to confirm that the address is yours.")
    return _sent_page(words, REGISTRATION_LASTS.total_seconds())


@blueprint.route("/confirm/<token>", methods=["GET", "POST"])
@entry("anyone")
def confirm(token: str) -> BaseResponse:
    """The mailed link. Programs that look at mail open links, so only the button makes the account.

    A browser that did not register is asked for the password: else whoever registers somebody else's address would know the password of an account
    that its owner confirms without having asked for it.
    """
    found = queries.registration_with(session(), services.digest_of(token), clock.now())
    if found is None:
        return _secret(page("accounts/dead_link.html", 404, words=_DEAD_LINK, way="register"))
    begun = dict(cookie.get(_BEGUN, []))
    is_own = found.id in begun
    if request.method == "GET":
        return _confirm_page(found.email, is_own)
    if not tokens.is_fresh():
        return _confirm_page(found.email, is_own, 400, notice=tokens.STALE)
    if not is_own and (wait_s := pace_of("confirming", CONFIRMS_PER_HOUR, 3600).wait_s(request.remote_addr)):
        return _refused(_confirm_page(found.email, is_own, 429, notice=_minutes(wait_s)), wait_s)
    try:
        account = services.confirm(session(), token, password=None if is_own else request.form.get("password", ""))
    except RuleBroken as error:
        return _confirm_page(found.email, is_own, 422, error=error.message)
    except (NotFound, Conflict):
        return _secret(page("accounts/dead_link.html", 404, words=_DEAD_LINK, way="register"))
    signing.sign_in(account.id)
    return redirect(own_path(begun.get(found.id, "")) or url_for("home.show"), 303)


@blueprint.route("/reset", methods=["GET", "POST"])
@entry("anyone")
def reset() -> BaseResponse:
    """The form for a link that sets a new password."""
    form = AccountForm.of(request.form if request.method == "POST" else request.args)
    if request.method == "GET":
        return _reset_page(form)
    if not tokens.is_fresh():
        return _reset_page(form, 400, tokens.STALE)
    email = address(form, request.form)
    if not email:
        return _reset_page(form, 422)
    if wait_s := pace_of("asking", ASKS_PER_HOUR, 3600).wait_s(request.remote_addr):
        return _refused(_reset_page(form, 429, _minutes(wait_s)), wait_s)
    services.want_password(session(), email, is_mailed=_may_be_mailed(email))
    cookie[_MAILED_TO] = email
    return redirect(url_for("accounts.reset_sent"), 303)


@blueprint.get("/reset/sent")
@entry("anyone")
def reset_sent() -> Response:
    """Where one waits for that mail."""
    words = message("If %(email)s is the address of an account, a link to set a new password is on its way to it.")
    return _sent_page(words, TOKEN_LASTS["password"].total_seconds())


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@entry("anyone")
def password(token: str) -> BaseResponse:
    """The mailed link that sets a password. Whoever has it is signed in afterwards; every other browser is signed out."""
    found = queries.password_link(session(), services.digest_of(token), clock.now())
    if found is None:
        return _secret(page("accounts/dead_link.html", 404, words=_DEAD_LINK, way="reset"))
    email = found[1].email or ""
    if request.method == "GET":
        return _password_page(email)
    if not tokens.is_fresh():
        return _password_page(email, 400, notice=tokens.STALE)
    try:
        account = services.set_password(session(), token, request.form.get("password", ""))
    except RuleBroken as error:
        return _password_page(email, 422, error=error.message)
    except NotFound:
        return _secret(page("accounts/dead_link.html", 404, words=_DEAD_LINK, way="reset"))
    signing.sign_in(account.id)
    return redirect(url_for("home.show"), 303)


tokens.check_themselves(blueprint, login, register, confirm, reset, password)


def _may_be_mailed(email: str) -> bool:
    """Counts one mail to this address. The page says the same either way: otherwise it would tell who asks for whose address."""
    mark = tries.mark_of(email)
    is_filled = pace_of("mails", MAILS_PER_HOUR, 3600).wait_s(tries.pair_of(email)) or pace_of("mails_of_all", MAILS_OF_ALL_PER_HOUR, 3600).wait_s(mark)
    return not is_filled


def _minutes(wait_s: int) -> Message:
    return message(_TOO_MANY.template, minutes=-(-wait_s // 60))


def _refused(answer: Response, wait_s: int) -> Response:
    answer.headers["Retry-After"] = str(wait_s)
    return answer


def _secret(answer: Response) -> Response:
    """The address of the page opens a door: no other site hears of it, nothing keeps it."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sign_in_page(form: AccountForm, status: int = 200, notice: Message | None = None, *, has_waited: bool = False) -> Response:
    return page("accounts/login.html", status, form=form, notice=notice, has_waited=has_waited, said=said.take() if status == 200 else "")


def _register_page(form: AccountForm, status: int = 200, notice: Message | None = None) -> Response:
    return page("accounts/register.html", status, form=form, notice=notice, least=passwords.MIN_CHARS)


def _reset_page(form: AccountForm, status: int = 200, notice: Message | None = None) -> Response:
    return page("accounts/reset.html", status, form=form, notice=notice)


def _sent_page(words: Message, lasts_s: float) -> Response:
    """Says where the mail went as it was typed, for a typing error to be seen. Opened in another browser, the page does not know."""
    email = cookie.get(_MAILED_TO, "") if "reviewhub" in request.cookies else ""
    is_written_to_files = current_app.extensions["settings"].mail_url.startswith("file:")
    said = message(words.template, email=email or message("your address"))
    return page("accounts/sent.html", words=said, hours=round(lasts_s / 3600), is_written_to_files=is_written_to_files)


def _confirm_page(email: str, is_own: bool, status: int = 200, *, notice: Message | None = None, error: Message | None = None) -> Response:
    return _secret(page("accounts/confirm.html", status, email=email, is_own=is_own, notice=notice, error=error))


def _password_page(email: str, status: int = 200, *, notice: Message | None = None, error: Message | None = None) -> Response:
    return _secret(page("accounts/password.html", status, email=email, notice=notice, error=error, least=passwords.MIN_CHARS))
