"""Reads for the search page: from what somebody typed to paper ids in order."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..config import Settings
from ..core.text import folded
from ..papers.models import Paper, PaperKeyword, Keyword

# What `find` can order by; anything else is taken as "relevance".
SORTS = ("relevance", "newest", "oldest")


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

    An empty text lists everything that passes the filters, newest first. Safe to call from many threads.
    """
    query = sa.select(Paper.id)
    for word in folded(text).split()[:8]:
        query = query.where(Paper.title_key.contains(word, autoescape=True))
    if type:
        query = query.where(Paper.type == type)
    if year_from is not None:
        query = query.where(Paper.year >= year_from)
    if year_to is not None:
        query = query.where(Paper.year <= year_to)
    if journal_id is not None:
        query = query.where(Paper.journal_id == journal_id)
    if keyword:
        query = query.where(Paper.id.in_(sa.select(PaperKeyword.paper_id).join(Keyword).where(Keyword.slug == keyword)))
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    order = (Paper.published, Paper.id) if sort == "oldest" else (Paper.published.desc(), Paper.id.desc())
    return Found(total, list(session.scalars(query.order_by(*order).offset(offset).limit(limit))))
