"""`/sitemap.xml` and `/robots.txt`: so that search engines find every record, and only what is worth finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, current_app

from ..core.db import Database
from ..papers import inventory
from ..people import inventory as profiles
from .structured_data import languages_of
from .support.entry import entry

# The protocol allows 50,000 addresses a file; each paper has one in each language, and shorter files are fetched in one go.
PAPERS_PER_FILE = 10_000
# Ids beyond this do not fit their column.
MAX_ID = 2**31 - PAPERS_PER_FILE
# Papers read at a time while a file is written.
_BATCH = 1_000
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
# Search results are without end, further pages of lists repeat what the sitemap says, and what follows is for its reader alone.
# No line may be the beginning of a record's address for a crawler that stops reading at "?" or "*": "/papers?" would hide every record.
_CLOSED = (
    "/search", "/papers?after=", "/papers?before=", "/papers/add", "/papers/*/rate", "/papers/*/cite", "/papers/*/authors/", "/account/", "/for-you",
    "/library", "/lists/", "/notifications", "/follow/", "/moderation", "/api/",
)  # fmt: skip

blueprint = Blueprint("sitemap", __name__)


@blueprint.get("/robots.txt")
@entry("anyone")
def robots() -> Response:
    """Lets records be found in both languages, and names the sitemap."""
    lines = ["User-agent: *"]
    lines += [f"Disallow: {prefix}{path}" for prefix in ("", "/zh") for path in _CLOSED]
    lines += ["", f"Sitemap: {_site_url()}/sitemap.xml", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@blueprint.get("/sitemap.xml")
@entry("anyone")
def index() -> Response:
    """Names the files below, one for each run of ids that has papers."""
    return Response(_index(current_app.extensions["database"], _site_url()), mimetype="application/xml")


@blueprint.get("/sitemap-pages.xml")
@entry("anyone")
def pages() -> Response:
    """The pages that are not records."""
    site_url = _site_url()
    body = "".join(_addresses(site_url, path) for path in ("/", "/papers", "/subjects", "/journals", "/years", "/trending"))
    return Response(f"{_urlset()}{body}</urlset>\n", mimetype="application/xml")


@blueprint.get("/sitemap-<int:number>.xml")
@entry("anyone")
def papers(number: int) -> Response:
    """The records with ids of one run, counted from 1, in each language, with the day they last changed."""
    first = (number - 1) * PAPERS_PER_FILE + 1
    database = current_app.extensions["database"]
    with database.read() as session:
        found = inventory.first_id_from(session, first) if 0 < first < MAX_ID else None
    if found is None or found >= first + PAPERS_PER_FILE:
        abort(404)
    # The answer is written batch by batch, each with a session of its own: the request's is gone by then.
    return Response(_papers(database, _site_url(), first), mimetype="application/xml")


@blueprint.get("/sitemap-people-<int:number>.xml")
@entry("anyone")
def people(number: int) -> Response:
    """The claimed profiles with ids of one run, counted from 1, in each language."""
    first = (number - 1) * PAPERS_PER_FILE + 1
    database = current_app.extensions["database"]
    with database.read() as session:
        is_there = 0 < first < MAX_ID and first <= profiles.last_id(session)
    if not is_there:
        abort(404)
    return Response(_profiles(database, _site_url(), first), mimetype="application/xml")


def _site_url() -> str:
    return str(current_app.extensions["settings"].site_url)


def _urlset() -> str:
    return f'{_HEAD}<urlset {_SPACES} xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'


def _index(database: Database, site_url: str) -> Iterator[str]:
    yield f"{_HEAD}<sitemapindex {_SPACES}>\n<sitemap><loc>{escape(site_url)}/sitemap-pages.xml</loc></sitemap>\n"
    with database.read() as session:
        for number in inventory.runs_of_ids(session, PAPERS_PER_FILE):
            yield f"<sitemap><loc>{escape(site_url)}/sitemap-{number}.xml</loc></sitemap>\n"
        last = profiles.last_id(session)
    for number in range(1, -(-last // PAPERS_PER_FILE) + 1):
        yield f"<sitemap><loc>{escape(site_url)}/sitemap-people-{number}.xml</loc></sitemap>\n"
    yield "</sitemapindex>\n"


def _papers(database: Database, site_url: str, first: int) -> Iterator[str]:
    yield _urlset()
    end = first + PAPERS_PER_FILE
    for start in range(first, end, _BATCH):
        with database.read() as session:
            changes = inventory.changes_in(session, start, min(start + _BATCH, end) - 1)
        yield "".join(_addresses(site_url, f"/papers/{paper_id}", changed_at) for paper_id, changed_at in changes)
    yield "</urlset>\n"


def _profiles(database: Database, site_url: str, first: int) -> Iterator[str]:
    yield _urlset()
    end = first + PAPERS_PER_FILE
    for start in range(first, end, _BATCH):
        with database.read() as session:
            found = profiles.profiles_in(session, start, min(start + _BATCH, end) - 1)
        yield "".join(_addresses(site_url, f"/people/{person_id}", changed_at) for person_id, changed_at in found)
    yield "</urlset>\n"


def _addresses(site_url: str, path: str, changed_at: dt.datetime | None = None) -> str:
    """The page in each language; each names all of them, as the protocol of search engines asks."""
    addresses = [(language, escape(address)) for language, address in languages_of(site_url, path)]
    alternates = "".join(f'<xhtml:link rel="alternate" hreflang="{language}" href="{address}"/>' for language, address in addresses)
    changed = f"<lastmod>{changed_at:%Y-%m-%dT%H:%M:%SZ}</lastmod>" if changed_at else ""
    return "".join(f"<url><loc>{address}</loc>{changed}{alternates}</url>\n" for language, address in addresses if language != "x-default")
