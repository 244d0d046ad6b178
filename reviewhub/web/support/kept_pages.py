"""Finished pages, kept for readers of whom nothing is known: a WSGI layer below Flask. One rule: a page is handed out again as long as nothing that it shows
has changed, which one SELECT tells (`core.changes`). Nothing is kept that was made for somebody: whoever sends a cookie is not served from here."""

from __future__ import annotations

import functools
import hashlib
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from ...core import changes
from ...core.db import Database
from .language import LANGUAGES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Some seven thousand record pages, packed, in each process.
MOST_BYTES = 64 * 1024**2
# Of larger ones there are few, and each would push out a hundred others.
LARGEST_BYTES = 512 * 1024
_RECORD = re.compile(r"/papers/([1-9][0-9]{0,9})")
# Pages that may show a change of any paper.
_LISTS = ("/papers",)

log = logging.getLogger(__name__)

# Where the site is mounted, the path, and the language that the browser likes best.
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Page:
    stamp: changes.Stamp
    etag: str
    headers: list[tuple[str, str]]
    body: bytes


class KeptPages:
    """WSGI: answers from finished pages where it can."""

    def __init__(self, application: WSGIApplication, database: Database) -> None:
        self.application = application
        self._database = database
        self._lock = threading.Lock()
        self._pages: OrderedDict[_Key, _Page] = OrderedDict()
        self._n_bytes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        is_record = _RECORD.fullmatch(path)
        if not (is_record or path in _LISTS) or not _is_plain(environ):
            return self.application(environ, start_response)
        key = (environ.get("SCRIPT_NAME", ""), path, _liked(environ.get("HTTP_ACCEPT_LANGUAGE", "")))
        try:
            stamp = changes.stamp_of(self._database, int(is_record[1]) if is_record else None)
        except (sa.exc.SQLAlchemyError, self._database.engine.dialect.loaded_dbapi.Error) as error:
            log.warning("no stamp for %s: %s", path, error)  # the page itself says to its reader what is wrong
            return self.application(environ, start_response)
        found = self._found(key, stamp)
        if found is None:
            return self._made(environ, start_response, key, stamp)
        return self._handed_out(environ, start_response, found)

    def clear(self) -> None:
        """Forgets every page."""
        with self._lock:
            self._pages.clear()
            self._n_bytes = 0

    def _found(self, key: _Key, stamp: changes.Stamp) -> _Page | None:
        with self._lock:
            found = self._pages.get(key)
            if found is None or found.stamp != stamp:
                return None
            self._pages.move_to_end(key)
            return found

    def _handed_out(self, environ: WSGIEnvironment, start_response: StartResponse, found: _Page) -> Iterable[bytes]:
        if environ.get("HTTP_IF_NONE_MATCH") == found.etag:
            start_response("304 NOT MODIFIED", [one for one in found.headers if one[0] not in ("Content-Length", "Content-Encoding", "Content-Type")])
            return [b""]
        start_response("200 OK", list(found.headers))
        return [found.body]

    def _made(self, environ: WSGIEnvironment, start_response: StartResponse, key: _Key, stamp: changes.Stamp) -> Iterable[bytes]:
        """The page as the site makes it now, kept where it may be. The stamp was taken before, so that a change meanwhile shows."""
        may_be_kept = changes.is_quiet(self._database)
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            told[:] = [status, headers, *rest]
            return lambda _data: None  # the old way of writing, which Flask does not use

        answer = self.application(environ, start)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers, *rest = told
        names = {name for name, _ in headers}
        if not status.startswith("200") or "Set-Cookie" in names or "Content-Encoding" not in names or len(body) > LARGEST_BYTES:
            start_response(status, headers, *rest)
            return [body]
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        page = _Page(stamp, etag, [*headers, ("ETag", etag)], body)
        if may_be_kept:
            self._keep(key, page)
        return self._handed_out(environ, start_response, page)

    def _keep(self, key: _Key, page: _Page) -> None:
        with self._lock:
            if before := self._pages.pop(key, None):
                self._n_bytes -= len(before.body)
            self._pages[key] = page
            self._n_bytes += len(page.body)
            while self._n_bytes > MOST_BYTES:
                _, oldest = self._pages.popitem(last=False)
                self._n_bytes -= len(oldest.body)


def _is_plain(environ: WSGIEnvironment) -> bool:
    """Whether a request asks for a page as everybody gets it: packed, without a question, by nobody in particular."""
    return (
        environ.get("REQUEST_METHOD") == "GET"
        and not environ.get("QUERY_STRING")
        and "HTTP_COOKIE" not in environ
        and "HTTP_AUTHORIZATION" not in environ
        and _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
    )


@functools.lru_cache(maxsize=1_000)
def _takes_gzip(header: str) -> bool:
    return parse_accept_header(header).quality("gzip") > 0


@functools.lru_cache(maxsize=10_000)
def _liked(header: str) -> str:
    """The language of ours that a browser likes best, as `language.suggested` reads it; empty for none."""
    tags = (tag.split("-")[0].lower() for tag, _ in parse_accept_header(header, LanguageAccept))
    return next((tag for tag in tags if tag in LANGUAGES), "")
