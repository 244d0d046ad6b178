"""The two languages of the site: English at the path, Chinese at the same path under /zh."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import has_request_context, request

from ...core.i18n import LANGUAGES, catalogue, date_in, worded_in
from ...core.text import Message

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["LANGUAGES", "catalogue", "worded_in"]  # so that doors find all about languages here

# The tag of a page's language in `lang` attributes: simplified characters, whatever the region.
TAGS = {"en": "en", "zh": "zh-Hans"}
NAMES = {"en": "English", "zh": "中文"}
# Said in its own language to a reader whose browser asks for it on a page in the other.
SUGGESTIONS = {"en": "This page is also in English", "zh": "本页有中文版"}
_KEY = "reviewhub.language"
# A query that is longer than any page of ours asks with is not repeated in links: somebody may send megabytes.
MAX_QUERY_CHARS = 8_000
# What stands in a path as it is (RFC 3986, 3.3).
_PLAIN_IN_PATHS = "/:@!$&'()*+,;=~"


class LanguageMount:
    """WSGI: a path under /zh is the same page in Chinese. The prefix becomes part of SCRIPT_NAME, so every address made in the request keeps it."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/zh" or path.startswith("/zh/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/zh"
            environ["PATH_INFO"] = path[3:] or "/"
            environ[_KEY] = "zh"
        return self.application(environ, start_response)


def current() -> str:
    """The language of the page that is being made."""
    return request.environ.get(_KEY, "en") if has_request_context() else "en"


def gettext(text: str, **facts: Any) -> str:
    """The sentence in the language of the page, its places filled."""
    found = catalogue(current()).gettext(text)
    return found % facts if facts else found


def ngettext(one: str, many: str, n: int, **facts: Any) -> str:
    """The sentence for a number of things; `%(n)s` is the number with its separators."""
    return catalogue(current()).ngettext(one, many, n) % {"n": f"{n:,}", **facts}


def worded(sentence: Message | str) -> str:
    """A `Message` from below in the language of the page, with the sentences among its facts."""
    return worded_in(current(), sentence)


def suggested() -> str:
    """The other language when the browser likes it better than that of the page, else an empty string: it only suggests, nobody is sent anywhere."""
    for tag, _ in request.accept_languages:  # the best liked first
        liked = tag.split("-")[0].lower()
        if liked in LANGUAGES:
            return "" if liked == current() else liked
    return ""


def address_in(language: str) -> str:
    """The path and query of the present page in another language."""
    root = request.script_root.removesuffix("/zh")
    query = request.query_string.decode("utf-8", "replace")
    if len(query) > MAX_QUERY_CHARS:
        query = ""
    # One slash to begin with: "//host" and "/\\host" in a link would be another site.
    path = "/" + quote(request.path.lstrip("/"), safe=_PLAIN_IN_PATHS)
    return f"{root}{'/zh' if language == 'zh' else ''}{path}{'?' if query else ''}{query}"


def date_in_words(partial: str) -> str:
    """A partial ISO date as people write it: "March 2023", "2023年3月"; an empty one stays empty."""
    return date_in(current(), partial)
