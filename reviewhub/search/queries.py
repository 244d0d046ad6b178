"""Reads for the search page: from what somebody typed to paper ids in order."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..config import Settings
from ..papers.models import PaperIdentifier
from .backend import Filters, IndexAway
from .engines import index_for
from .language import parse

# What `find` can order by; anything else is taken as "relevance".
SORTS = ("relevance", "newest", "oldest")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. `ids` is one page of paper ids, best first; `total` counts all pages.

    `goes_to` is the paper whose identifier (DOI, PMID, arXiv id … or its address) was typed: the page redirects there.
    `identifier` is that identifier as (kind, value) also when no such paper is here, so that the page can offer to add it.
    `relaxed` is true when nothing held every word and papers with some of them are shown instead.
    `is_away` is true when the index is missing or broken and waits to be rebuilt: `ids` is empty then and the page should say so.
    """

    total: int
    ids: list[int]
    goes_to: int | None = None
    relaxed: bool = False
    identifier: tuple[str, str] | None = None
    is_away: bool = False


def find(
    settings: Settings, session: Session, text: str, *, type: str = "", year_from: int | None = None, year_to: int | None = None,
    journal_id: int | None = None, keyword: str = "", sort: str = "relevance", offset: int = 0, limit: int = 20,
) -> Found:  # fmt: skip
    """Papers for any text whatever; never raises for what was typed. `keyword` is a keyword's slug; years are inclusive.

    An empty text lists everything that passes the filters, newest first. Safe to call from many threads. An id may be of a paper
    that has gone a moment ago: callers leave out what they do not find. `language.parse` tells what can be typed.
    """
    query = parse(text)
    if query.goes_to:
        kind, value = query.goes_to
        paper_id = session.scalar(sa.select(PaperIdentifier.paper_id).where(PaperIdentifier.kind == kind, PaperIdentifier.value == value))
        if paper_id is not None:
            return Found(1, [paper_id], goes_to=paper_id, identifier=query.goes_to)
    filters = Filters(type=type, year_from=year_from, year_to=year_to, journal_id=journal_id, keyword=keyword)
    try:
        results = index_for(settings).search(query, filters, sort if sort in SORTS else "relevance", max(offset, 0), max(limit, 0))
    except IndexAway as error:
        log.warning("the search index is away: %s", error)
        return Found(0, [], identifier=query.goes_to, is_away=True)
    return Found(results.total, [paper_id for paper_id, _ in results.hits], relaxed=results.relaxed, identifier=query.goes_to)
