"""A query as the cluster takes it: bodies of requests, and what their answers say.

Every term is looked up as `analysis` makes it, so nothing that was typed is syntax to the cluster.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol

from ...ratings.rules import PER_STAR
from .. import analysis
from ..backend import FACET_SIZE, RATED_STEPS, Count, Facets, Filters, Results
from ..language import Clause, Query
from . import correcting, mapping
from .transport import Json

# Terms of one query that are looked up, beginnings among them: the bound on its cost.
MAX_TERMS = 96
MAX_BEGINNINGS = 6
# Below this every page is quick; further down a cluster gives nothing (its `max_result_window`), and nobody reads.
MAX_DEPTH = 10_000
# A longer text is not a phrase of a title: it is the title, or a sentence that is not.
MAX_PHRASE_TERMS = 16
# More words than these are no longer a list of what is wanted but a description of it: then papers that have some of them count too.
MAX_DEMANDED = 5
LEAST_SHARE = "20%"
# Nothing outweighs being the title that was typed; neighbouring words weigh little.
EXACT_TITLE, TITLE_PHRASE, IN_ORDER, NEAR = 1_000.0, 1.0, 0.1, 0.05
NEAR_SLOP = 8
MAX_NEAR_WORDS = 24
# The words of a name stand in any order, and within one name: `mapping.VALUE_GAP` lies between two.
NAME_SLOP = mapping.VALUE_GAP // 2
# A year that no paper has.
MAX_YEAR = 9999

# By what each order sorts, the first above all. What has no date comes last, of those alike the later added first.
_NEWEST = [{"published": {"order": "desc", "missing": "_last"}}, {"paper": "desc"}]
_ORDERS: dict[str, list[Any]] = {
    "relevance": ["_score", {"paper": "asc"}],
    "newest": _NEWEST,
    "oldest": [{"published": {"order": "asc", "missing": "_last"}}, {"paper": "asc"}],
    "added": [{"paper": "desc"}],
    "top": [{"lower": "desc"}, *_NEWEST],
    "discussed": [{"n_reviews": "desc"}, {"n_ratings": "desc"}, *_NEWEST],
}
_FACETS = {"types": "type", "journals": "journal_id", "keywords": "keyword_ids", "languages": "language"}
# Each shard names so many of its most frequent values, so that the sums are right, or nearly so, when there are several.
_SHARD_SIZE = 200


class Ask(Protocol):
    """Sends the body of a search; gives its answer or raises IndexAway."""

    def __call__(self, body: Json, *, preference: str = "") -> Json: ...


def search(ask: Ask, asked: Query, filters: Filters, sort: str, offset: int, limit: int, *, facets: bool = False) -> Results:
    """One page of papers: those with every word, else, `relaxed`, those with some. Without words, all that pass, newest first."""
    if asked.says_nothing:
        return Results(0, [], facets=Facets() if facets else None)
    asking = Asking(asked)
    narrowed = _narrowed(asked, filters)
    unwanted = [found for clause in asked.unwanted if (found := asking.clause(clause)) is not None]
    # The same copy of a shard is asked for every page of a query: copies differ a little in what they count, and so in their order.
    preference = hashlib.sha256(asked.text.encode("utf-8", "replace")).hexdigest()[:16]

    def answer(wanted: Json | None, aggregations: Json | None = None) -> Json:
        body = _page(sort, offset, limit, has_words=wanted is not None)
        body["query"] = _bool(filter=narrowed, must_not=unwanted, must=[wanted] if wanted else [], should=asking.preferred() if wanted else [])
        body["aggs"] = (_counting() if facets else {}) | (aggregations or {})
        return ask(body, preference=preference)

    asking.start()
    wanted = asking.strictly()
    is_relaxed = False
    if wanted is None or asked.is_exact:
        found = answer(wanted)
    elif asking.describes():
        found = answer(asking.loosely(LEAST_SHARE), {"has_all": {"filter": wanted}})
        is_relaxed = bool(_total(found)) and not found["aggregations"]["has_all"]["doc_count"]
    else:
        found = answer(wanted)
        if not _total(found) and asking.replace_unknown(ask):
            found = answer(asking.strictly())
        if not _total(found) and (some := asking.loosely()) is not None:
            found = answer(some)
            is_relaxed = bool(_total(found))
    return Results(
        total=_total(found),
        hits=[(int(hit["_id"]), float(hit.get("_score") or 0)) for hit in found["hits"]["hits"]],
        relaxed=is_relaxed,
        replaced=tuple(asking.replaced.items()),
        terms=frozenset(asking.marked),
        facets=_counted(found) if facets else None,
    )


class Asking:
    """One query on its way to the cluster."""

    def __init__(self, asked: Query) -> None:
        self.asked = asked
        self.replaced: dict[str, str] = {}
        self.marked: set[str] = set()
        self.start()

    def start(self) -> None:
        """Counts what is looked up from nothing."""
        self._terms_left = MAX_TERMS
        self._beginnings_left = MAX_BEGINNINGS

    def strictly(self) -> Json | None:
        """Everything that is wanted, or None when no words are."""
        self.start()
        parts = self._units([group for group in self.asked.wanted if is_plain(group)])
        for group in self.asked.wanted:
            if not is_plain(group):
                alternatives = [found for clause in group if (found := self.clause(clause)) is not None]
                parts += [_either(alternatives)] if alternatives else []
        parts = parts or [found for group in self.asked.wanted if (found := self._small_words(group)) is not None]
        return _bool(must=parts) if parts else None

    def loosely(self, at_least: str = "1") -> Json | None:
        """Some of the words that may stand anywhere, so many of them; what was asked of fields is required. None when there is but one word."""
        self.start()
        parts: list[Json] = []
        required: list[Json] = []
        for group in self.asked.wanted:
            fielded = [found for clause in group if clause.field and (found := self.clause(clause)) is not None]
            if fielded:
                required.append(_either(fielded))
                continue
            for clause in group:
                if clause.kind == "prefix":
                    parts.append(self._beginning("text", analysis.fold(clause.text)))
                for piece in self._pieces(clause.text):
                    if piece.is_prefix:
                        parts.append(self._beginning("text", piece.terms[0]))
                    else:
                        parts += [self._word(term) for term in (*piece.terms, *([piece.joined] if piece.joined else ()))]
        if len(parts) < 2:
            return None
        return _bool(must=required, should=parts, minimum_should_match=at_least)

    def preferred(self) -> list[Json]:
        """What makes one paper better than another beside its words: being the title, holding it, and words that stand together as typed."""
        better: list[Json] = []
        key = analysis.title_key(self.asked.text)
        if key:
            better.append({"constant_score": {"filter": {"term": {"title_key": key}}, "boost": EXACT_TITLE}})
            typed = _placed([piece for piece in analysis.pieces(self.asked.text, keep_stops=True) if not piece.is_prefix])
            if 2 <= len(typed) <= MAX_PHRASE_TERMS:
                better.append(_phrase("title", typed, boost=TITLE_PHRASE))
        words = [self._respelt(clause.text) for group in self.asked.wanted if is_plain(group) for clause in group]
        placed = _placed([piece for piece in analysis.pieces(" ".join(words)) if not piece.is_prefix])
        for first, second in pairwise(placed[:MAX_NEAR_WORDS]):
            better += [_phrase("text", [first, second], boost=IN_ORDER), _phrase("text", [first, second], slop=NEAR_SLOP, boost=NEAR)]
        return better

    def clause(self, clause: Clause) -> Json | None:
        """What a clause says, or None when it holds nothing but words that say nothing."""
        if clause.field == "author":
            return self._name(clause)
        field = clause.field or "text"
        if clause.kind == "prefix":
            begun = [self._beginning(field, analysis.fold(clause.text))]
            return _either(begun + [self._word(term, field) for piece in self._pieces(clause.text, keep_stops=bool(clause.field)) for term in piece.terms])
        if clause.kind == "phrase" and not clause.field and not analysis.terms(clause.text):
            field = "title"  # "to be or not to be": only there are such words kept
        pieces = self._pieces(clause.text, keep_stops=field != "text")
        if not pieces:
            return None
        if clause.kind == "phrase" and not any(piece.is_prefix for piece in pieces):
            placed = _placed(pieces)
            self.marked.update(term for term, _ in placed)
            ways = [_phrase(field, placed)]
            if field == "text" and (name := self._name(clause)) is not None:  # names have no places among the words
                ways.append(name)
            return _either(ways)
        return _bool(must=[self._piece(piece, field) for piece in pieces])

    def replace_unknown(self, ask: Ask) -> bool:
        """Finds for words that stand nowhere the nearest that do. Whether there was any."""
        lone: dict[str, tuple[str, analysis.Piece]] = {}
        for group in self.asked.wanted:
            for clause in group:
                pieces = analysis.pieces(clause.text, stemmed=clause.field != "author") if clause.kind == "words" else []
                if len(pieces) == 1 and len(pieces[0].terms) == 1 and not pieces[0].is_prefix:
                    lone[clause.text] = clause.field or "text", pieces[0]
        self.replaced = correcting.nearest(ask, lone)
        return bool(self.replaced)

    def describes(self) -> bool:
        """Whether the query is longer than a list of words that are all wanted, and holds nothing but words."""
        if not all(map(is_plain, self.asked.wanted)):
            return False
        # Pairs of characters overlap: two of them are about a word.
        pieces = [piece for group in self.asked.wanted for piece in analysis.pieces(group[0].text)]
        return sum(1 if piece.word.isascii() else max(1.0, len(piece.terms) / 2) for piece in pieces) > MAX_DEMANDED

    # Parts of clauses

    def _units(self, groups: Sequence[Sequence[Clause]]) -> list[Json]:
        """What each plain word wants, of all groups; one that stands beside another is also there when the two are written as one."""
        joined = [_joined(first, second) for first, second in pairwise(groups)]
        found = []
        for n, group in enumerate(groups):
            ways = [_bool(must=[self._piece(piece, "text") for piece in pieces]) for clause in group if (pieces := self._pieces(clause.text))]
            if ways:
                beside = [term for term in (joined[n - 1] if n else "", joined[n] if n < len(joined) else "") if term]
                found.append(_either([*ways, *map(self._word, beside)]))
        return found

    def _piece(self, piece: analysis.Piece, field: str) -> Json:
        if piece.is_prefix:
            return self._beginning(field, piece.terms[0])
        whole = _bool(must=[self._word(term, field) for term in piece.terms])
        return _either([whole, self._word(piece.joined, field)]) if piece.joined else whole

    def _word(self, term: str, field: str = "text") -> Json:
        self.marked.add(term)
        return {"term": {field: {"value": term}}}

    def _name(self, clause: Clause) -> Json | None:
        """The words of one name, in any order, of one person."""
        if clause.kind == "prefix":
            return self._beginning("author", analysis.fold(clause.text))
        pieces = self._pieces(clause.text, stemmed=False)
        parts = [self._beginning("author", piece.terms[0]) for piece in pieces if piece.is_prefix]
        whole = list(dict.fromkeys(term for piece in pieces if not piece.is_prefix for term in piece.terms))
        self.marked.update(whole)
        if whole:
            parts.append(_phrase("author", [(term, place) for place, term in enumerate(whole)], slop=NAME_SLOP))
        return _bool(must=parts) if parts else None

    def _small_words(self, group: Sequence[Clause]) -> Json | None:
        """Words all of which say nothing: they may be a title or a name."""
        ways = []
        for clause in group:
            terms = [term for piece in self._pieces(clause.text, keep_stops=True) for term in piece.terms]
            if terms:
                ways.append(_bool(must=[_either([self._word(term, "title"), self._word(term, "author")]) for term in terms]))
        return _either(ways) if ways else None

    def _beginning(self, field: str, prefix: str) -> Json:
        self._beginnings_left -= 1
        whole = {"term": {field: {"value": prefix}}}
        return whole if self._beginnings_left < 0 else _either([{"prefix": {field: {"value": prefix}}}, whole])

    def _pieces(self, text: str, *, keep_stops: bool = False, stemmed: bool = True) -> list[analysis.Piece]:
        """The pieces of a text, as many as this query may still look up."""
        kept: list[analysis.Piece] = []
        for piece in analysis.pieces(self._respelt(text), keep_stops=keep_stops, stemmed=stemmed):
            terms = piece.terms[: self._terms_left]
            if terms:
                kept.append(dataclasses.replace(piece, terms=terms))
                self._terms_left -= len(terms)
        return kept

    def _respelt(self, text: str) -> str:
        return self.replaced.get(text, text)


def is_plain(group: Sequence[Clause]) -> bool:
    """Whether a group is nothing but words that may stand anywhere."""
    return all(not clause.field and clause.kind == "words" for clause in group)


def _joined(first: Sequence[Clause], second: Sequence[Clause]) -> str:
    """The term of two words written as one, empty when they are not two words."""
    if len(first) != 1 or len(second) != 1:
        return ""
    texts = first[0].text, second[0].text
    pieces = [analysis.pieces(text) for text in (*texts, "".join(texts))]
    if any(len(found) != 1 or not found[0].word.isascii() or found[0].is_prefix for found in pieces):
        return ""
    return pieces[2][0].terms[0]


def _placed(pieces: Sequence[analysis.Piece]) -> list[tuple[str, int]]:
    return [(term, piece.position + n) for piece in pieces for n, term in enumerate(piece.terms)]


# Bodies


def _bool(**parts: Any) -> Json:
    """A bool query of the parts that are not empty; of one thing that has to hold, that thing."""
    kept = {name: part for name, part in parts.items() if part}
    if list(kept) == ["must"] and len(kept["must"]) == 1:
        only: Json = kept["must"][0]
        return only
    return {"bool": kept} if kept else {"match_all": {}}


def _either(ways: Sequence[Json]) -> Json:
    return ways[0] if len(ways) == 1 else {"bool": {"should": list(ways), "minimum_should_match": 1}}


def _phrase(field: str, terms: Sequence[tuple[str, int]], *, slop: int = 0, boost: float = 1.0) -> Json:
    if len(terms) == 1:
        return {"term": {field: {"value": terms[0][0], "boost": boost}}}
    return {"match_phrase": {field: {"query": mapping.phrase(terms), "slop": slop, "boost": boost}}}


def _page(sort: str, offset: int, limit: int, *, has_words: bool) -> Json:
    size = max(0, min(limit, MAX_DEPTH - offset))
    order = _ORDERS["newest" if sort == "relevance" and not has_words else sort]
    return {"from": offset if size else 0, "size": size, "sort": order, "track_scores": sort == "relevance"}


def _narrowed(asked: Query, filters: Filters) -> list[Json]:
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
    found += [{"range": {"mean": {"gt": 0, "gte": _hundredths(low), "lte": int(round(high * PER_STAR, 3))}}} for low, high in rated]
    return found


def _hundredths(stars: float) -> int:
    """The least whole number that reaches so many stars."""
    return -int(-round(stars * PER_STAR, 3) // 1)


def _counting() -> Json:
    found: Json = {name: {"terms": {"field": field, "size": FACET_SIZE, "shard_size": _SHARD_SIZE}} for name, field in _FACETS.items()}
    found["years"] = {"terms": {"field": "year", "size": MAX_YEAR, "order": {"_key": "asc"}}}
    found["rated"] = {"range": {"field": "mean", "ranges": [{"key": f"{step:.1f}", "from": _hundredths(step)} for step in RATED_STEPS]}}
    return found


# Answers


def _total(answer: Json) -> int:
    return int(answer["hits"]["total"]["value"])


def _counted(answer: Json) -> Facets:
    found = answer["aggregations"]
    values = {name: tuple(Count(str(bucket["key"]), bucket["doc_count"]) for bucket in found[name]["buckets"]) for name in _FACETS}
    reached = {bucket["key"]: bucket["doc_count"] for bucket in found["rated"]["buckets"]}
    return Facets(
        **values,
        rated=tuple(Count(f"{step:.1f}", n) for step in RATED_STEPS if (n := reached.get(f"{step:.1f}"))),
        years=tuple((int(bucket["key"]), bucket["doc_count"]) for bucket in found["years"]["buckets"]),
    )
