"""Lists of papers: all of them, and those of a journal, a keyword, a funder or a printed name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from ..core.text import message, squeezed
from ..discussion.listing import DISCUSSED
from ..papers import queries
from ..papers.queries import Filters, ListPage, page_in
from ..papers.record import TYPES
from ..people import own
from ..people import queries as people
from ..ratings.listing import ORDERS as BY_SCORE
from ..recommendations.queries import TRENDING, trends_of
from ..resources.queries import n_open
from .support import labels, notice
from .support.entry import entry
from .support.language import worded
from .support.looking import scores_for
from .support.rendering import page
from .support.transaction import session

FIRST_YEAR, LAST_YEAR = 1000, 2999
# What the address of a list may say, beside its cursor.
LIST_FIELDS = ("type", "language", "year_from", "year_to", "keyword", "journal", "sort")
# order -> (its name, what it ranks by)
SORTS = {
    "newest": (message("Newest first"), message("By the date of publication.")),
    "added": (message("Recently added"), message("By when the record came here.")),
    "title": (message("By title"), message("In alphabetical order.")),
    "top": (
        message("Top rated"),
        message("By the lower end of the score's 95 % interval, so that many good ratings rank above a few. Only papers with enough ratings are listed."),
    ),
    "trending": (
        message("Trending"),
        message("By how many readers turned to a paper of late; a rating counts more than saving it, and an old turn less than a new one."),
    ),
    "discussed": (message("Most discussed"), message("By the number of comments.")),
    "reviewed": (message("Most reviewed"), message("By the number of written reviews, then of ratings.")),
    "unrated": (message("Needs a first rating"), message("Papers without a rating that counts, the newest first.")),
    "disagree": (message("Readers disagree"), message("By how far the ratings of a paper lie apart. Only papers with enough ratings are listed.")),
}
ORDERS = {**BY_SCORE, DISCUSSED.name: DISCUSSED, TRENDING.name: TRENDING}
_NOT_ENOUGH_ANYWHERE = message("A paper is ranked once it has five ratings from at least two independent groups of raters. None in this list has so many yet.")
# Why a list in this order may be empty although papers are here.
EMPTY = {
    "top": _NOT_ENOUGH_ANYWHERE,
    "disagree": _NOT_ENOUGH_ANYWHERE,
    "trending": message("No paper in this list has been rated or saved within the last eight weeks."),
    "discussed": message("No paper in this list has a comment yet."),
    "reviewed": message("No paper in this list has a rating yet."),
    "unrated": message("No paper in this list is without a rating."),
}

blueprint = Blueprint("browsing", __name__)


@blueprint.get("/papers")
@entry("anyone")
def papers() -> Response:
    """Every paper, narrowed and ordered as the address says."""
    return _list_page("browsing/papers.html", filters_asked())


@blueprint.get("/journals/<int:journal_id>")
@entry("anyone")
def journal(journal_id: int) -> Response:
    """The papers of a journal."""
    subject = queries.journal(session(), journal_id) if journal_id < 2**31 else None
    n_asked = n_open(session(), journal_id=journal_id) if subject else 0
    return _subject_page("journal", subject, Filters(journal_id=journal_id), said=notice.take(), n_asked=n_asked, asked_of={"journal": journal_id})


@blueprint.get("/keywords/<slug>")
@entry("anyone")
def keyword(slug: str) -> Response:
    """The papers that bear a keyword."""
    subject = queries.keyword(session(), slug)
    n_asked = n_open(session(), keyword_id=subject.id) if subject else 0
    filters = Filters(keyword_id=subject.id if subject else None)
    return _subject_page("keyword", subject, filters, said=notice.take(), n_asked=n_asked, asked_of={"keyword": slug})


@blueprint.get("/funders/<int:funder_id>")
@entry("anyone")
def funder(funder_id: int) -> Response:
    """The papers a funder paid for."""
    subject = queries.funder(session(), funder_id) if funder_id < 2**31 else None
    return _subject_page("funder", subject, Filters(funder_id=funder_id))


@blueprint.get("/people/<name_key>")
@entry("anyone")
def person(name_key: str) -> Response:
    """The papers that print a name: several people may share it. Not in search engines; hidden where somebody of that name wished it."""
    subject = queries.printed_name(session(), name_key)
    if subject is not None and people.is_hidden(session(), name_key):
        response = page("people/hidden.html", subject=subject, name_key=name_key, claimed=own.claimed_as(session(), name_key), said=notice.take())
    else:
        claimed = own.claimed_as(session(), name_key) if subject is not None else []
        response = _subject_page("person", subject, Filters(name_key=name_key), name_key=name_key, claimed=claimed, said=notice.take())
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def filters_asked(asked: Mapping[str, str] | None = None) -> Filters:
    """The filters of the address, or of a form; values that are none are passed over."""
    asked = request.args if asked is None else asked
    kind, language = asked.get("type", ""), asked.get("language", "")
    return Filters(
        type=kind if kind in TYPES else "",
        language=language if language in labels.LANGUAGES else "",
        year_from=_year(asked.get("year_from")),
        year_to=_year(asked.get("year_to")),
        keyword=squeezed(asked.get("keyword", "")[:200]),
        journal_id=whole_number(asked.get("journal")),
    )


def _year(text: str | None) -> int | None:
    year = whole_number(text)
    return year if year is not None and FIRST_YEAR <= year <= LAST_YEAR else None


def whole_number(text: str | None) -> int | None:
    """A whole number that fits a key, or None."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


def _subject_page(kind: str, subject: queries.Subject | None, scope: Filters, **context: Any) -> Response:
    if subject is None:
        abort(404)
    asked = filters_asked()
    narrowed = replace(asked, **{name: value for name in ("journal_id", "keyword_id", "funder_id", "name_key") if (value := getattr(scope, name))})
    return _list_page("browsing/subject.html", narrowed, kind=kind, subject=subject, **context)


def _list_page(template: str, filters: Filters, **context: Any) -> Response:
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else "newest"
    found = page_in(session(), ORDERS[sort], filters, after=request.args.get("after", ""), before=request.args.get("before", ""))
    scores = scores_for([line.id for line in found.lines])
    trends = trends_of(session(), [line.id for line in found.lines]) if sort == TRENDING.name else {}
    is_narrowed_to_journal = filters.journal_id is not None and "kind" not in context
    is_narrowed = any((filters.type, filters.language, filters.year_from, filters.year_to, filters.keyword)) or is_narrowed_to_journal
    return page(
        template, found=found, scores=scores, filters=filters, sort=sort, sorts=[(name, worded(words)) for name, (words, _) in SORTS.items()],
        sort_links=[(name, worded(words), _in_order(name)) for name, (words, _) in SORTS.items()], ranked_by=worded(SORTS[sort][1]),
        trends=trends, empty_because=worded(EMPTY.get(sort, "")), is_narrowed=is_narrowed, types=TYPES, languages=labels.LANGUAGES,
        next_address=_neighbour("after", found), previous_address=_neighbour("before", found),
        here=url_for(str(request.endpoint), **(request.view_args or {})), **context,
    )  # fmt: skip


def _neighbour(which: str, found: ListPage) -> str:
    """The address of the next or previous page of this list, or an empty string."""
    cursor = getattr(found, which)
    if not cursor:
        return ""
    return url_for(str(request.endpoint), **(request.view_args or {}), **asked_in(LIST_FIELDS), **{which: cursor})


def _in_order(sort: str) -> str:
    """The address of the first page of this list in another order."""
    kept = {name: value for name, value in asked_in(LIST_FIELDS).items() if name != "sort"}
    return url_for(str(request.endpoint), **(request.view_args or {}), **kept, sort=sort)


def asked_in(fields: tuple[str, ...]) -> dict[str, Any]:
    """What the address says in these fields, to be kept in those of neighbours. Other names stay out: `_method` or `endpoint` would mean something there."""
    return {name: value for name in fields if (value := request.args.get(name))}
