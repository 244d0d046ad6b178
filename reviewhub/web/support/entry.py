"""Who may enter: every view says it, and one that does not is closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request

View = TypeVar("View", bound=Callable[..., Any])

# "anyone": also somebody who is not signed in. Accounts will bring "reader", "moderator" and "admin".
ROLES = ("anyone",)


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
    def check() -> None:
        if "\x00" in request.path:
            abort(404)
        if request.endpoint is not None and declared(current_app, request.endpoint) is None:
            abort(403)
