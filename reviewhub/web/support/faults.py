"""Error pages, in the reader's language, each with a way on."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from ...core.errors import NotFound
from ...core.text import Message, message
from .rendering import page

log = logging.getLogger(__name__)

# status -> (title, what happened and what one can do)
_WORDS = {
    400: (message("That request was not understood"), message("Part of the address or the form was not as expected. Please go back and try again.")),
    403: (message("This page is not open to you"), message("It takes a permission that you do not have.")),
    404: (message("There is no such page"), message("The address may be mistyped, or the record may have moved. Searching for its title usually finds it.")),
    405: (message("That is not possible here"), message("This page cannot be used that way. Please go back and try again.")),
    413: (message("That file is too large"), message("A file may have up to 20 MB. Split it, or compress it with gzip.")),
    429: (message("Too many requests"), message("Please wait a little and try again.")),
    500: (
        message("Something went wrong here"),
        message("The fault is ours and has been noted. Nothing you sent was half saved. Please try again in a minute."),
    ),
    503: (message("The site is busy"), message("The database did not answer in time. Nothing was lost; please try again in a minute.")),
}
_STALE = (
    message("This form is too old"),
    message("For your safety, a form works only for a while, and only in the browser that opened it. Please go back, reload the page and send it again."),
)


# What an error says to programs beside its status.
_TELLING_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "Content-Range")


def bind(app: Flask) -> None:
    """Words every error as a page."""

    @app.errorhandler(HTTPException)
    def worded_error(error: HTTPException) -> Response | HTTPException:
        code = error.code or 500
        if code < 400:
            return error
        answer = _page(code, *(_STALE if isinstance(error, CSRFError) else _WORDS.get(code, _WORDS[400 if code < 500 else 500])))
        answer.headers.extend((name, value) for name, value in error.get_headers() if name in _TELLING_HEADERS)
        return answer

    @app.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Response:
        return _page(404, *_WORDS[404])

    @app.errorhandler(OperationalError)
    def busy(error: OperationalError) -> Response:
        g.is_failing = True
        log.error("the database failed %s %s", request.method, request.path, exc_info=error)
        return _page(503, *_WORDS[503])

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        g.is_failing = True
        log.error("fault at %s %s", request.method, request.path, exc_info=error)
        return _page(500, *_WORDS[500])


def _page(code: int, title: Message, words: Message) -> Response:
    if "session" in g:
        g.session.rollback()
    return page("errors/error.html", code, code=code, title=title, words=words)
