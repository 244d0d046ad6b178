"""Which documents pass what is asked beside words: years, types, journals, scores. A mask over all documents, kept for the next query like it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...papers.record import TYPES
from ...ratings.rules import PER_STAR
from ..backend import Filters
from ..language import Query
from .numbers import Array
from .snapshot import Matches, Snapshot


def passing(snapshot: Snapshot, asked: Query, filters: Filters, unwanted: Iterable[Matches | None]) -> Array | None:
    """A mask of what passes, None when everything does."""
    narrowing = (filters, asked.identifiers, asked.years, asked.types, asked.unwanted_types, asked.languages, asked.unwanted_languages, asked.rated)
    mask = snapshot.alive
    if any(narrowing[1:]) or filters != Filters():
        mask = snapshot.mask(narrowing, lambda: _mask(snapshot, asked, filters))
    out = [found.ids for found in unwanted if found is not None and len(found)]
    if out:
        mask = np.ones(snapshot.size, bool) if mask is None else mask.copy()
        for ids in out:
            mask[ids] = False
    return mask


def _mask(snapshot: Snapshot, asked: Query, filters: Filters) -> Array:
    mask = np.ones(snapshot.size, bool) if snapshot.alive is None else snapshot.alive.copy()
    years = list(asked.years)
    if filters.year_from is not None or filters.year_to is not None:
        years.append((filters.year_from or 0, 9999 if filters.year_to is None else filters.year_to))
    for first, last in years:
        year = snapshot.column("year")
        # Year 0 is no year.
        mask &= (year >= min(max(first, 1), 10_000)) & (year <= min(max(last, 0), 9999))
    for types in (asked.types, (filters.type,) if filters.type else ()):
        if types:
            mask &= np.isin(snapshot.column("type"), [TYPES.index(name) for name in types if name in TYPES])
    if asked.unwanted_types:
        mask &= ~np.isin(snapshot.column("type"), [TYPES.index(name) for name in asked.unwanted_types])
    for languages in (asked.languages, (filters.language,) if filters.language else ()):
        if languages:
            mask &= _written_in(snapshot, languages)
    if asked.unwanted_languages:
        mask &= ~_written_in(snapshot, asked.unwanted_languages)
    if filters.journal_id is not None:
        mask &= snapshot.column("journal") == (filters.journal_id or -1)
    if filters.keyword:
        mask &= _having(snapshot, "keyword_slug", filters.keyword)
    for kind, value in asked.identifiers:
        mask &= _having(snapshot, "identifier", f"{kind}:{value}")
    rated = list(asked.rated)
    if filters.rated is not None:
        rated.append((filters.rated, 5.0))
    for low, high in rated:
        mean = snapshot.standing["mean"]
        mask &= (mean > 0) & (mean >= round(low * PER_STAR, 3)) & (mean <= round(high * PER_STAR, 3))
    return mask


def _written_in(snapshot: Snapshot, languages: tuple[str, ...]) -> Array:
    names, numbers = snapshot.languages
    return np.isin(numbers, [n for n, name in enumerate(names) if name in languages])


def _having(snapshot: Snapshot, field: str, value: str) -> Array:
    mask = np.zeros(snapshot.size, bool)
    mask[snapshot.matches(field, value).ids] = True
    return mask
