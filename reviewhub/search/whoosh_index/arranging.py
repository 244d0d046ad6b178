"""Results in order, and what they have in common."""

from __future__ import annotations

import numpy as np

from ...papers.record import TYPES
from ...ratings.rules import PER_STAR
from ..backend import FACET_SIZE, RATED_STEPS, Count, Facets
from .numbers import Array, best
from .snapshot import Matches, Snapshot

# A date, eight digits, and room for what stands above it in an order.
_DATES = 100_000_000
_PAPERS = 1 << 36


def ordered(snapshot: Snapshot, found: Matches, sort: str, offset: int, limit: int) -> Array:
    """Which of the documents found stand on this page, in order."""
    if offset >= len(found):
        return np.empty(0, np.int64)
    if sort == "relevance":
        return best(found.scores, offset + limit)[offset:]
    order = snapshot.mask(("order", sort), lambda: _order(snapshot, sort))
    return best(order[found.ids], offset + limit)[offset:]


def _order(snapshot: Snapshot, sort: str) -> Array:
    """A number for every document, the highest for the first. Those without a date come last, of those alike the later added first."""
    published = snapshot.column("published").astype(np.int64)
    newest = published * _PAPERS + snapshot.column("paper")
    if sort == "newest":
        return newest
    if sort == "added":
        return snapshot.column("paper").astype(np.int64)
    if sort == "oldest":
        oldest: Array = np.where(published > 0, _DATES - published, 0) * _PAPERS - snapshot.column("paper")
        return oldest
    standing = snapshot.standing
    if sort == "top":
        above: Array = standing["lower"].astype(np.int64) * _DATES
    else:
        above = standing["n_reviews"].astype(np.int64) * (_DATES * 1_000) + np.minimum(standing["n_ratings"], 999).astype(np.int64) * _DATES
    return above + published


def counted(snapshot: Snapshot, ids: Array) -> Facets:
    """How many of the documents have each value."""
    if not len(ids):
        return Facets()
    languages, language = snapshot.languages
    years = np.bincount(snapshot.column("year")[ids])
    mean = snapshot.standing["mean"][ids]
    steps = [(step, int((mean >= step * PER_STAR).sum())) for step in RATED_STEPS]
    return Facets(
        types=tuple(Count(TYPES[n], count) for n, count in _most(snapshot.column("type")[ids])),
        journals=tuple(Count(str(n), count) for n, count in _most(snapshot.column("journal")[ids], none=0)),
        keywords=tuple(Count(str(n), count) for n, count in _most(snapshot.listed("keywords", ids))),
        languages=tuple(Count(languages[n], count) for n, count in _most(language[ids], none=0)),
        rated=tuple(Count(f"{step:.1f}", n) for step, n in steps if n),
        years=tuple((year, int(years[year])) for year in np.flatnonzero(years).tolist() if year),
    )


def _most(values: Array, none: int | None = None) -> list[tuple[int, int]]:
    """The most frequent values, with how often, the most frequent first. `none` stands for no value."""
    if not len(values):
        return []
    counts = np.bincount(values)
    if none is not None:
        counts[none] = 0
    return [(n, int(counts[n])) for n in best(counts, FACET_SIZE).tolist() if counts[n]]
