"""Bodies of requests from their parts, and what answers say. Knows nothing of where the parts come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...ratings.rules import PER_STAR
from .. import analysis
from ..backend import FACET_SIZE, RATED_STEPS, Count, Facets, Filters
from ..language import Query
from . import mapping
from .transport import Json

# Below this every page is quick; further down a cluster gives nothing (its `max_result_window`), and nobody reads.
MAX_DEPTH = 10_000
# A year that no paper has.
MAX_YEAR = 9999

# By what each order sorts, the first above all. What has no date comes last, of those alike the later added first.
_NEWEST = [{"published": {"order": "desc", "missing": "_last"}}, {"paper": "desc"}]
_ORDERS: dict[str, list[Any]] = {
    "newest": _NEWEST,
    "oldest": [{"published": {"order": "asc", "missing": "_last"}}, {"paper": "asc"}],
    "added": [{"paper": "desc"}],
    "top": [{"lower": "desc"}, *_NEWEST],
    "discussed": [{"n_reviews": "desc"}, {"n_ratings": "desc"}, *_NEWEST],
}
_FACETS = {"types": "type", "journals": "journal_id", "keywords": "keyword_ids", "languages": "language"}
# Each shard names so many of its most frequent values, so that the sums are right, or nearly so, when there are several.
_SHARD_SIZE = 200


def placed(pieces: Sequence[analysis.Piece]) -> list[tuple[str, int]]:
    """The terms of pieces with their places."""
    return [(term, piece.position + n) for piece in pieces for n, term in enumerate(piece.terms)]


def compound(**parts: Any) -> Json:
    """A bool query of the parts that are not empty; of one thing that has to hold, that thing."""
    kept = {name: part for name, part in parts.items() if part}
    if list(kept) == ["must"] and len(kept["must"]) == 1:
        only: Json = kept["must"][0]
        return only
    return {"bool": kept} if kept else {"match_all": {}}


def either(ways: Sequence[Json]) -> Json:
    """One of the ways has to hold."""
    return ways[0] if len(ways) == 1 else {"bool": {"should": list(ways), "minimum_should_match": 1}}


def phrase(field: str, terms: Sequence[tuple[str, int]], *, slop: int = 0, boost: float = 1.0) -> Json:
    """Terms in their places; with `slop`, moved so many places altogether."""
    if len(terms) == 1:
        return {"term": {field: {"value": terms[0][0], "boost": boost}}}
    return {"match_phrase": {field: {"query": mapping.phrase(terms), "slop": slop, "boost": boost}}}


def page(sort: str, offset: int, limit: int, *, has_words: bool) -> Json:
    """Which of the results are wanted, in which order."""
    size = max(0, min(limit, MAX_DEPTH - offset))
    found: Json = {"from": offset if size else 0, "size": size}
    if sort == "relevance" and has_words:
        return found  # by score; a sort, even by that, cannot be looked at again
    return found | {"sort": _ORDERS["newest" if sort == "relevance" else sort]}


def narrowed(asked: Query, filters: Filters) -> list[Json]:
    """What has to hold beside words."""
    found: list[Json] = [{"term": {"identifier": f"{kind}:{value}"}} for kind, value in asked.identifiers]
    years = list(asked.years)
    if filters.year_from is not None or filters.year_to is not None:
        years.append((filters.year_from or 0, MAX_YEAR if filters.year_to is None else filters.year_to))
    found += [{"range": {"year": {"gte": min(max(first, 0), MAX_YEAR + 1), "lte": min(max(last, 0), MAX_YEAR)}}} for first, last in years]
    for field, values in (("type", asked.types), ("type", (filters.type,)), ("language", asked.languages), ("language", (filters.language,))):
        if any(values):
            found.append({"terms": {field: list(values)}})
    for field, unwanted in (("type", asked.unwanted_types), ("language", asked.unwanted_languages)):
        if unwanted:
            found.append({"bool": {"must_not": [{"terms": {field: list(unwanted)}}]}})
    if filters.journal_id is not None:
        found.append({"term": {"journal_id": filters.journal_id}} if abs(filters.journal_id) < 1 << 63 else {"match_none": {}})
    if filters.keyword:
        found.append({"term": {"keyword_slug": filters.keyword}})
    rated = [*asked.rated, *([(filters.rated, 5.0)] if filters.rated is not None else [])]
    found += [{"range": {"mean": {"gte": max(1, _hundredths(low)), "lte": int(round(high * PER_STAR, 3))}}} for low, high in rated]
    return found


def _hundredths(stars: float) -> int:
    """The least whole number that reaches so many stars."""
    return -int(-round(stars * PER_STAR, 3) // 1)


def counting() -> Json:
    """Aggregations for facets."""
    found: Json = {name: {"terms": {"field": field, "size": FACET_SIZE, "shard_size": _SHARD_SIZE}} for name, field in _FACETS.items()}
    found["years"] = {"terms": {"field": "year", "size": MAX_YEAR, "order": {"_key": "asc"}}}
    found["rated"] = {"range": {"field": "mean", "ranges": [{"key": f"{step:.1f}", "from": _hundredths(step)} for step in RATED_STEPS]}}
    return found


def total(answer: Json) -> int:
    """How many were found."""
    return int(answer["hits"]["total"]["value"])


def n_whole(answer: Json) -> int:
    """How many of those found were counted apart, as having all."""
    return int(answer["aggregations"]["whole"]["doc_count"])


def counted(answer: Json) -> Facets:
    """The facets that were asked for by `counting`."""
    found = answer["aggregations"]
    values = {name: tuple(Count(str(bucket["key"]), bucket["doc_count"]) for bucket in found[name]["buckets"]) for name in _FACETS}
    reached = {bucket["key"]: bucket["doc_count"] for bucket in found["rated"]["buckets"]}
    return Facets(
        **values,
        rated=tuple(Count(f"{step:.1f}", n) for step in RATED_STEPS if (n := reached.get(f"{step:.1f}"))),
        years=tuple((int(bucket["key"]), bucket["doc_count"]) for bucket in found["years"]["buckets"]),
    )
