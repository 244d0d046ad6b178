"""`/search`: from what somebody typed to papers."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..papers.queries import lines_of
from ..papers.record import TYPES
from ..search.queries import SORTS, find
from .browsing import LIST_FIELDS, asked_in, filters_asked
from .support.entry import entry
from .support.looking import scores_for
from .support.rendering import page
from .support.transaction import session

PAGE_SIZE = 20
# Nobody reads further; a deeper page costs more and helps only machines.
MOST_PAGES = 50
MAX_QUERY_CHARS = 500

blueprint = Blueprint("searching", __name__)


@blueprint.get("/search")
@entry("anyone")
def show() -> BaseResponse:
    """The results; an identifier goes straight to its record."""
    words = request.args.get("q", "").replace("\x00", "").strip()[:MAX_QUERY_CHARS]
    filters = filters_asked()
    sort = request.args.get("sort", "relevance")
    sort = sort if sort in SORTS else "relevance"
    number = _page_number(request.args.get("page", "1"))
    found = find(
        current_app.extensions["settings"], session(), words, type=filters.type, year_from=filters.year_from, year_to=filters.year_to,
        journal_id=filters.journal_id, keyword=filters.keyword, sort=sort, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE,
    )  # fmt: skip
    if found.goes_to is not None:
        return redirect(url_for("records.show", paper_id=found.goes_to), 302)
    lines = lines_of(session(), found.ids)
    kept = asked_in(("q", *LIST_FIELDS))
    has_next = number * PAGE_SIZE < found.total and number < MOST_PAGES
    answer: Response = page(
        "search/show.html", words=words, found=found, lines=lines, scores=scores_for(found.ids), filters=filters, sort=sort, sorts=SORTS, types=TYPES,
        number=number, previous_address=url_for("searching.show", **kept, page=number - 1) if number > 1 else "",
        next_address=url_for("searching.show", **kept, page=number + 1) if has_next else "",
    )  # fmt: skip
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _page_number(text: str) -> int:
    """The number of a page, 1 where the address says nothing sensible."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 6
    return min(max(int(text), 1), MOST_PAGES) if is_number else 1
