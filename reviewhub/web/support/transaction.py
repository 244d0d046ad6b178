"""The transaction of a request: reads see a snapshot; a write is committed when the answer is below 400, else nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

_SAFE = ("GET", "HEAD", "OPTIONS")

View = TypeVar("View", bound=Callable[..., Any])


def writes(view: View) -> View:
    """Declares that a view writes also when it is asked with GET: for the way back from another site, which can be nothing else."""
    view.writes = True  # type: ignore[attr-defined]
    return view


def _is_writing() -> bool:
    return request.method not in _SAFE or getattr(current_app.view_functions.get(request.endpoint or ""), "writes", False)


def session() -> Session:
    """The session of this request, opened when first asked for."""
    if "session" not in g:
        database = current_app.extensions["database"]
        g.session = database.write() if _is_writing() else database.read()
    found: Session = g.session
    return found


def bind(app: Flask) -> None:
    """Ends the transaction of each request."""

    @app.after_request
    def end(response: Response) -> Response:
        found: Session | None = g.get("session")
        if found is not None and _is_writing() and response.status_code < 400:
            found.commit()
        return response

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        found: Session | None = g.pop("session", None)
        if found is not None:
            found.close()
