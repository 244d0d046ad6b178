"""Who is signed in: Flask-Login keeps a random token in the cookies, the database knows whose it is and until when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask, Response, after_this_request, current_app, g, request, session
from flask_login import LoginManager, current_user, login_user, logout_user

from ...accounts import queries, services
from ...accounts.queries import SignedIn
from ...accounts.rules import REMEMBERED_SESSION_LASTS, SEEN_EVERY, network_mark
from ...core import clock
from ...core.actor import ANYONE, Actor
from . import devices, drafting, transaction, wishing

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"))


@dataclass(frozen=True, slots=True)
class _Holder:
    """What Flask-Login asks of a user: here the holder of a session token."""

    token: str
    who: SignedIn | None = None
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token


def bind(app: Flask) -> None:
    """Gives the application its sign-in. After `transaction.bind`: what it notes when a request ends belongs to the request's transaction."""
    secure = app.config["SESSION_COOKIE_SECURE"]
    app.config.update(
        REMEMBER_COOKIE_NAME="reviewhub_remember", REMEMBER_COOKIE_DURATION=REMEMBERED_SESSION_LASTS, REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax", REMEMBER_COOKIE_SECURE=secure, SESSION_PROTECTION=None,
    )  # fmt: skip
    manager = LoginManager()
    manager.init_app(app, add_context_processor=False)
    manager.session_protection = None  # sessions stand in the database and can be ended there
    # Flask-Login would look into the session after every request, and every answer, styles included, would vary with the cookie.
    app.after_request_funcs[None].remove(manager._update_remember_cookie)
    app.extensions["remember"] = manager._update_remember_cookie

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> _Holder | None:
        who = queries.signed_in(transaction.session(), services.digest_of(token), clock.now())
        return _Holder(token, who) if who else None

    @app.after_request
    def note_visit(response: Response) -> Response:
        """A session that writes is in use: it lasts on. Reading writes nothing, so a visit is noted with the next form."""
        who = reader() if request.method == "POST" and response.status_code < 400 else None
        if who is not None and clock.now() - who.seen_at >= SEEN_EVERY:
            services.refresh_session(transaction.session(), who)
            if who.is_remembered:
                session["_remember"] = "set"  # Flask-Login's order to give the cookie of "remember me" anew
                app.extensions["remember"](response)
        return response

    @app.context_processor
    def tell() -> dict[str, SignedIn | None]:
        return {"reader": reader()}


def reader() -> SignedIn | None:
    """The person who is signed in, or None. One statement a request, none without a cookie."""
    if "reader" not in g:
        has_cookie = bool(request) and not request.cookies.keys().isdisjoint(("reviewhub", "reviewhub_remember"))
        g.reader = current_user.who if has_cookie and current_user.is_authenticated else None
    found: SignedIn | None = g.reader
    return found


def actor() -> Actor:
    """Who acts in this request."""
    found = reader()
    return found.actor if found else ANYONE


def sign_in(account_id: int, *, is_remembered: bool = False) -> None:
    """Begins a session for this browser; one it had before ends. Whatever the cookie held, a form's secret included, is dropped."""
    before = reader()
    if before is not None:
        services.end_session(transaction.session(), before.account_id, before.session_id)
    token, _ = services.begin_session(
        transaction.session(), account_id, is_remembered=is_remembered, browser=_browser(request.user_agent.string), address=_block(request.remote_addr or "")
    )
    drafting.claim(account_id)
    session.clear()
    g.pop("csrf_token", None)
    login_user(_Holder(token), remember=is_remembered)
    after_this_request(current_app.extensions["remember"])
    devices.remember(account_id)
    g.reader = queries.signed_in(transaction.session(), services.digest_of(token), clock.now())
    wishing.fulfil(actor())


def sign_out() -> None:
    """Ends the session of this browser."""
    found = reader()
    if found:
        services.end_session(transaction.session(), found.account_id, found.session_id)
    logout_user()
    after_this_request(current_app.extensions["remember"])
    kept = {name: session[name] for name in ("_remember",) if name in session}  # Flask-Login's order to clear the cookie of "remember me"
    session.clear()
    session.update(kept)
    g.reader = None


def joined_from() -> str:
    """A mark of the network this request comes from, which tells no one which it is; empty for private networks."""
    return network_mark(request.remote_addr or "", current_app.extensions["settings"].secret_key)


def _browser(agent: str) -> str:
    """ "Firefox on Windows", for a person to recognise a session by."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part)


def _block(address: str) -> str:
    """An address without its last part."""
    if ":" in address:
        return ":".join(address.split(":")[:3]) + ":*"
    return re.sub(r"\.[0-9]+$", ".*", address)
