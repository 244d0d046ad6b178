"""Atom feeds (RFC 4287), for programs that look now and then for what is new."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from flask import Response, request

from ...core.text import without_controls
from .language import TAGS, current

MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something new: texts are plain; `address` is whole and stays the same for ever, for programs know the entry by it."""

    address: str
    title: str
    updated_at: dt.datetime
    authors: Sequence[str] = ()
    summary: str = ""


def feed(*, address: str, page_address: str, title: str, subtitle: str, updated_at: dt.datetime, entries: Sequence[Entry], kept_s: int) -> Response:
    """The feed in the language of the request, or 304 for who has it as it is.

    `page_address`: the page that shows the same; `kept_s`: how long it may be kept, in seconds.
    """
    body = "".join(
        (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{TAGS[current()]}">\n',
            f"<id>{_text(address)}</id>\n<title>{_text(title)}</title>\n<subtitle>{_text(subtitle)}</subtitle>\n<updated>{_time(updated_at)}</updated>\n",
            f'<author><name>reviewhub</name></author>\n<link rel="self" type={quoteattr(MEDIA_TYPE)} href={quoteattr(address)}/>\n',
            f'<link rel="alternate" type="text/html" href={quoteattr(page_address)}/>\n',
            *map(_entry, entries),
            "</feed>\n",
        )
    )
    answer = Response(body, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    answer.headers["Cache-Control"] = f"private, max-age={kept_s}"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.set_etag(hashlib.sha256(body.encode()).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


def _entry(entry: Entry) -> str:
    authors = "".join(f"<author><name>{_text(name)}</name></author>" for name in entry.authors)
    summary = f'<summary type="text">{_text(entry.summary)}</summary>' if entry.summary else ""
    return (
        f"<entry><id>{_text(entry.address)}</id><title>{_text(entry.title)}</title><updated>{_time(entry.updated_at)}</updated>{authors}"
        f'<link rel="alternate" type="text/html" href={quoteattr(entry.address)}/>{summary}</entry>\n'
    )


def _text(text: str) -> str:
    return escape(without_controls(text))


def _time(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
