"""The transaction of a request: reads see a snapshot; a write is committed when the answer is below 400, else nothing of it stays."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

_SAFE = ("GET", "HEAD", "OPTIONS")


def session() -> Session:
    """The session of this request, opened when first asked for."""
    if "session" not in g:
        database = current_app.extensions["database"]
        g.session = database.read() if request.method in _SAFE else database.write()
    found: Session = g.session
    return found


def bind(app: Flask) -> None:
    """Ends the transaction of each request."""

    @app.after_request
    def end(response: Response) -> Response:
        found: Session | None = g.get("session")
        if found is not None and request.method not in _SAFE and response.status_code < 400:
            found.commit()
        return response

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        found: Session | None = g.pop("session", None)
        if found is not None:
            found.close()
