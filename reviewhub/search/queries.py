"""Reads for the search page: from what somebody typed to paper ids in order, with all that the page says about them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..config import Settings
from ..core.prepared import Prepared
from ..core.text import squeezed
from ..papers.models import Authorship, Journal, Keyword, PaperIdentifier
from .backend import FACET_SIZE, SORTS, Facets, Filters, IndexAway, SearchIndex, Suggestions
from .engines import index_for
from .language import Query, identified, parse
from .marking import Marks

__all__ = ["SORTS", "Facets", "Filters", "Found", "Names", "Suggestions", "facet_names", "find", "name_of_orcid", "suggest"]

# Whoever finds more than this has hardly mistyped: then nothing else is proposed.
FEW_ENOUGH_TO_ASK = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. `ids` is one page of paper ids, best first; `total` counts all pages.

    `goes_to` is the paper whose identifier (DOI, PMID, arXiv id … or its address) was typed: the page redirects there.
    `identifier` is that identifier as (kind, value) also when no such paper is here, so that the page can offer to add it.
    `relaxed` is true when nothing held every word and papers with some of them are shown instead; `n_whole` are those with all, before others.
    `replaced` are words that stand nowhere, each with the one that was looked for instead; `better` is what may have been meant, or empty.
    `is_away` is true when the index is missing or broken and waits to be rebuilt: `ids` is empty then and the page should say so.
    """

    total: int
    ids: list[int]
    goes_to: int | None = None
    relaxed: bool = False
    identifier: tuple[str, str] | None = None
    is_away: bool = False
    replaced: tuple[tuple[str, str], ...] = ()
    better: str = ""
    n_whole: int = field(default=0, compare=False)
    facets: Facets | None = None
    marks: Marks = field(default=Marks((), Query()), compare=False)
    query: Query = field(default=Query(), compare=False)


@dataclass(frozen=True, slots=True)
class Names:
    """What facets and filters name by number: journals by id, keywords by id as (slug, term)."""

    journals: dict[int, str] = field(default_factory=dict)
    keywords: dict[int, tuple[str, str]] = field(default_factory=dict)

    def keyword(self, slug: str) -> str:
        """The term of a keyword by its slug; the slug where it is not known."""
        return next((term for known, term in self.keywords.values() if known == slug), slug)


def find(
    settings: Settings, session: Session, text: str, *, type: str = "", year_from: int | None = None, year_to: int | None = None,
    journal_id: int | None = None, keyword: str = "", language: str = "", rated: float | None = None, sort: str = "relevance", offset: int = 0, limit: int = 20,
    facets: bool = False, is_exact: bool = False, corrects: bool = False,
) -> Found:  # fmt: skip
    """Papers for any text whatever; never raises for what was typed. `keyword` is a keyword's slug; years are inclusive; `rated` are stars.

    An empty text lists everything that passes the filters, newest first. `is_exact`: no word may be left out or put otherwise. `corrects`: where little
    is found, says what may have been meant. Safe to call from many threads. An id may be of a paper that has gone a moment ago: callers leave out what
    they do not find. `language.parse` tells what can be typed.
    """
    query = replace(parse(text), is_exact=is_exact)
    if query.goes_to:
        kind, value = query.goes_to
        paper_id = session.scalar(sa.select(PaperIdentifier.paper_id).where(PaperIdentifier.kind == kind, PaperIdentifier.value == value))
        if paper_id is not None:
            return Found(1, [paper_id], goes_to=paper_id, identifier=query.goes_to, query=query)
    filters = Filters(type=type, year_from=year_from, year_to=year_to, journal_id=journal_id, keyword=keyword, language=language, rated=rated)
    index = index_for(settings)
    try:
        results = index.search(query, filters, sort if sort in SORTS else "relevance", max(offset, 0), max(limit, 0), facets=facets)
        better = _better(index, query, results.total) if corrects and not results.replaced else ""
    except IndexAway as error:
        log.info("the search index is away: %s", error)  # the worker says so once, and mends it
        return Found(0, [], identifier=query.goes_to, is_away=True, query=query)
    return Found(
        results.total, [paper_id for paper_id, _ in results.hits], relaxed=results.relaxed, identifier=query.goes_to, replaced=results.replaced, better=better,
        n_whole=results.n_whole, facets=results.facets, marks=Marks(results.terms, query), query=query,
    )  # fmt: skip


def suggest(settings: Settings, text: str, limit: int) -> Suggestions:
    """What somebody who has typed so much may want; nothing while the index is away."""
    try:
        return index_for(settings).suggest(text, limit)
    except IndexAway as error:
        log.info("the search index is away: %s", error)  # the worker says so once, and mends it
        return Suggestions()


def name_of_orcid(session: Session, text: str) -> str:
    """The key of the printed name that an ORCID iD stands beside, when the text is one and there is but one such name; else empty.

    One statement, none for other texts.
    """
    whole = identified(squeezed(text))
    if not whole or whole[0] != "orcid":
        return ""
    keys = session.scalars(sa.select(Authorship.name_key).where(Authorship.orcid == whole[1], Authorship.name_key != "").distinct().limit(2)).all()
    return keys[0] if len(keys) == 1 else ""


def facet_names(session: Session, journal_ids: Collection[int], keyword_ids: Collection[int], slugs: Collection[str] = ()) -> Names:
    """The names of journals and keywords by id, and of keywords by slug. One statement, none when there is nothing to name."""
    if not (journal_ids or keyword_ids or slugs):
        return Names()
    if len(journal_ids) <= len(_JOURNALS) and len(keyword_ids) <= len(_KEYWORDS) and len(slugs) <= 1:
        rows = _prepared_names().rows(session, **_filled(_JOURNALS, journal_ids), **_filled(_KEYWORDS, keyword_ids), slug=next(iter(slugs), ""))
    else:
        rows = [tuple(row) for row in session.execute(_names(Journal.id.in_(journal_ids), sa.or_(Keyword.id.in_(keyword_ids), Keyword.slug.in_(slugs))))]
    return Names(
        {number: name for kind, number, name, _ in rows if kind == "journal"}, {number: (slug, name) for kind, number, name, slug in rows if kind == "keyword"}
    )


# As many as facets name, and one more for the filter that is on.
_JOURNALS = tuple(f"journal_{n}" for n in range(FACET_SIZE + 1))
_KEYWORDS = tuple(f"keyword_{n}" for n in range(FACET_SIZE))


def _names(journals: sa.ColumnElement[bool], keywords: sa.ColumnElement[bool]) -> sa.CompoundSelect[Any]:
    return sa.union_all(
        sa.select(sa.literal_column("'journal'", sa.String).label("kind"), Journal.id, Journal.name, sa.literal_column("''", sa.String).label("slug")).where(
            journals
        ),
        sa.select(sa.literal_column("'keyword'", sa.String), Keyword.id, Keyword.term, Keyword.slug).where(keywords),
    )


@lru_cache(maxsize=1)
def _prepared_names() -> Prepared:
    def places(names: Sequence[str]) -> list[sa.BindParameter[int]]:
        return [sa.bindparam(name, type_=sa.Integer) for name in names]

    is_slug = Keyword.slug == sa.bindparam("slug", type_=sa.String)
    return Prepared(_names(Journal.id.in_(places(_JOURNALS)), sa.or_(Keyword.id.in_(places(_KEYWORDS)), is_slug)))


def _filled(places: Sequence[str], ids: Collection[int]) -> dict[str, int]:
    """A value for each place; those left over hold 0, which no row has."""
    return dict(zip(places, [*ids, *(0 for _ in range(len(places) - len(ids)))], strict=True))


def _better(index: SearchIndex, query: Query, total: int) -> str:
    return index.correct(query.text) if total <= FEW_ENOUGH_TO_ASK and query.wanted else ""
