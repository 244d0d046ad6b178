"""Who may enter: every view says it, and one that does not is closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from ...core.actor import ROLES as ACCOUNT_ROLES
from . import signing
from .language import MAX_QUERY_CHARS

View = TypeVar("View", bound=Callable[..., Any])

# "anyone": also somebody who is not signed in; the others are what an account must be at least.
ROLES = ("anyone", *ACCOUNT_ROLES)


def entry(role: str) -> Callable[[View], View]:
    """Declares who may enter a view."""
    if role not in ROLES:
        raise ValueError(f"no such role: {role}")

    def declare(view: View) -> View:
        view.entry = role  # type: ignore[attr-defined]
        return view

    return declare


def declared(app: Flask, endpoint: str) -> str | None:
    """The role an endpoint asks for, or None when it says nothing."""
    return getattr(app.view_functions.get(endpoint), "entry", None)


def guard(app: Flask) -> None:
    """Closes every view that does not say who may enter; and there is no page whose address holds a zero byte, which PostgreSQL's text cannot hold."""

    @app.before_request
    def check() -> Response | None:
        if "\x00" in request.path:
            abort(404)
        if request.endpoint is None:
            return None
        role = declared(current_app, request.endpoint)
        if role is None:
            abort(403)
        if role == "anyone":
            return None
        if signing.reader() is None:
            return redirect(url_for("accounts.login", next=way_back()), 303)
        if not signing.actor().has_role(role):
            abort(403)
        return None


def way_back() -> str:
    """Where to go after signing in: the page asked for; for a form, the page it stood on."""
    if request.method in ("GET", "HEAD"):
        return request.script_root + (request.full_path if 0 < len(request.query_string) <= MAX_QUERY_CHARS else request.path)
    return came_from()


def came_from() -> str:
    """The page of this site that led to this request, its query included unless it is long; "" when another one did, or none says so."""
    found = urlsplit(request.referrer or "")
    if found.netloc != request.host:
        return ""
    return own_path(f"{found.path}?{found.query}" if 0 < len(found.query) <= MAX_QUERY_CHARS else found.path)


def own_path(address: str) -> str:
    """The address if it is a path of this site, else empty: a form must not lead people elsewhere."""
    is_own = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_own and address.isprintable() else ""
