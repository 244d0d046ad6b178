"""A query in Whoosh's terms, and its answer."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from whoosh import matching, query, reading, searching
from whoosh.query.spans import SpanNear2

from .. import analysis
from ..backend import Filters, Results
from ..language import Clause, Query
from .postings import year_key

# The words of a name may stand this far apart, in any order; names are wider apart than this (`postings.GAP`).
NAME_SLOP = 8
# Terms of one query that are looked up, beginnings among them, and terms that each of these stands for: the bound on its cost.
MAX_TERMS = 96
MAX_BEGINNINGS = 6
MAX_EXPANSIONS = 2_048
# A longer text is not a phrase of a title: it is the title, or a sentence that is not.
MAX_PHRASE_TERMS = 16
# What comes on top of the sum of the words: nothing outweighs being the title that was typed.
EXACT_TITLE_BOOST = 1_000.0
TITLE_PHRASE_BOOST = 1.0
RUN_BOOST = 0.5


class Near(SpanNear2):  # type: ignore[misc]
    """Whoosh's nearness query, which cannot tell its size (it names a variable that is not there) and knows no boost."""

    def __init__(self, parts: list[query.Query], slop: int = 1, ordered: bool = True, mindist: int = 1, boost: float = 1.0) -> None:
        super().__init__(parts, slop=slop, ordered=ordered, mindist=mindist)
        self.boost = boost

    def _and_query(self) -> query.Query:
        return query.And(self.qs)

    def matcher(self, searcher: searching.Searcher, context: searching.SearchContext | None = None) -> matching.Matcher:
        """The documents of one segment."""
        found = super().matcher(searcher, context)
        return found if self.boost == 1.0 else matching.WrappingMatcher(found, boost=self.boost)


class Gathered(query.Query):  # type: ignore[misc]
    """Documents with any of the terms of a field from `first` on, as long as `goes_on` says so; each is worth the same.

    Their numbers are gathered at once, which is many times as fast as Whoosh's own union of terms.
    """

    def __init__(self, field: str, first: str, goes_on: Callable[[str], bool], at_most: int) -> None:
        self.fieldname = field
        self.first = first
        self.goes_on = goes_on
        self.at_most = at_most
        self.boost = 1.0

    def estimate_size(self, reader: reading.IndexReader) -> int:
        """What `And` orders its parts by."""
        return int(reader.doc_count())

    def matcher(self, searcher: searching.Searcher, context: searching.SearchContext | None = None) -> matching.Matcher:  # noqa: ARG002
        """The documents of one segment."""
        reader = searcher.reader()
        numbers: set[int] = set()
        for field, term in islice(reader.terms_from(self.fieldname, self.first.encode()), self.at_most):
            if field != self.fieldname or not self.goes_on(term.decode()):
                break
            numbers.update(reader.postings(field, term).all_ids())
        return matching.ListMatcher(sorted(numbers), all_weights=1.0) if numbers else matching.NullMatcher()


def beginning(field: str, prefix: str) -> query.Query:
    """Any term that begins so."""
    return Gathered(field, prefix, lambda term: term.startswith(prefix), MAX_EXPANSIONS)


def between(first: int, last: int) -> query.Query:
    """The years, both included."""
    highest = year_key(last)
    return Gathered("year", year_key(first), lambda year: year <= highest, 10_000)


def phrase(field: str, pieces: Sequence[analysis.Piece], boost: float = 1.0) -> query.Query:
    """The terms as they stand: as far from each other as in the query."""
    run: list[query.Query] = []
    whole: query.Query | None = None
    run_at = distance = 0
    for piece in pieces:
        for position, term in enumerate(piece.terms, piece.position):
            if run and position != run_at + 1:
                whole = _after(whole, _consecutive(run), distance)
                run, distance = [], position - run_at
            run.append(query.Term(field, term))
            run_at = position
    whole = _after(whole, _consecutive(run), distance)
    return whole if boost == 1.0 else Near([whole], boost=boost)


def _consecutive(run: list[query.Query]) -> query.Query:
    return Near(run) if len(run) > 1 else run[0]


def _after(before: query.Query | None, after: query.Query, distance: int) -> query.Query:
    return after if before is None else Near([before, after], slop=distance, mindist=distance)


def search(searcher: searching.Searcher, asked: Query, filters: Filters, sort: str, offset: int, limit: int) -> Results:
    """One page of papers: those with every word, else, `relaxed`, those with some. Without words, all that pass, newest first."""
    if asked.says_nothing or not searcher.doc_count():
        return Results(0, [])
    asking = _Asking(searcher.reader(), asked, filters)
    wanted = asking.strictly()
    if wanted is None:
        found = dict.fromkeys(searcher.docs_for_query(asking.narrowed()), 0.0)
        return Results(len(found), _by_date(searcher, found, offset, limit, oldest_first=sort == "oldest"))
    found = _scores(searcher, asking.narrowed(wanted))
    is_relaxed = False
    if not found:
        found = _some_of(searcher, asking)
        is_relaxed = bool(found)
    if sort != "relevance":
        return Results(len(found), _by_date(searcher, found, offset, limit, oldest_first=sort == "oldest"), is_relaxed)
    for number, score in _scores(searcher, asking.bonus()).items():
        if number in found:
            found[number] += score
    return Results(len(found), _best(searcher, found, offset, limit), is_relaxed)


def _scores(searcher: searching.Searcher, wanted: query.Query) -> dict[int, float]:
    """The score of every document that matches, by its number in the index."""
    context = searcher.context(needs_current=True)
    found: dict[int, float] = {}
    for leaf, start in searcher.leaf_searchers():
        _add_scores(found, wanted.matcher(leaf, context), start)
    return found


def _add_scores(found: dict[int, float], matcher: matching.Matcher, start: int) -> None:
    is_active, number_of, score, step = matcher.is_active, matcher.id, matcher.score, matcher.next
    known = found.get
    while is_active():
        number = start + number_of()
        found[number] = known(number, 0.0) + score()
        step()


def _some_of(searcher: searching.Searcher, asking: _Asking) -> dict[int, float]:
    """As `_scores`, for documents with some of the words: word by word, which is several times as fast as Whoosh's union."""
    terms, in_fields = asking.loosely()
    if len(terms) < 2:
        return {}
    found: dict[int, float] = {}
    context = searcher.context(needs_current=True)
    for leaf, start in searcher.leaf_searchers():
        for term in terms:
            _add_scores(found, term.matcher(leaf, context), start)
    if asking.is_narrow or in_fields:
        passing = searcher.docs_for_query(asking.narrowed(*in_fields))
        return {number: found[number] for number in passing if number in found}
    return found


def _best(searcher: searching.Searcher, found: dict[int, float], offset: int, limit: int) -> list[tuple[int, float]]:
    papers = searcher.reader().column_reader("paper")
    best = heapq.nlargest(offset + limit, ((score, -number) for number, score in found.items()))
    return [(papers[-number], score) for score, number in best[offset:]]


def _by_date(searcher: searching.Searcher, numbers: Iterable[int], offset: int, limit: int, *, oldest_first: bool) -> list[tuple[int, float]]:
    """Those without a date come last in both orders."""
    reader = searcher.reader()
    papers, dates = reader.column_reader("paper"), reader.column_reader("published")
    if oldest_first:
        keys = ((dates[n] or 99_999_999, papers[n]) for n in numbers)
        return [(paper, 0.0) for _, paper in heapq.nsmallest(offset + limit, keys)[offset:]]
    keys = ((dates[n], papers[n]) for n in numbers)
    return [(paper, 0.0) for _, paper in heapq.nlargest(offset + limit, keys)[offset:]]


class _Asking:
    """One query on its way into Whoosh's terms."""

    def __init__(self, reader: reading.IndexReader, asked: Query, filters: Filters) -> None:
        self.reader = reader
        self.asked = asked
        self.terms_left = MAX_TERMS
        self.beginnings_left = MAX_BEGINNINGS
        self.narrowing = _narrowing(asked, filters)
        self.unwanted: list[query.Query] = [query.Term("type", kind) for kind in asked.unwanted_types]
        self.unwanted += [found for clause in asked.unwanted if (found := self._clause(clause)) is not None]

    @property
    def is_narrow(self) -> bool:
        """Whether anything but words decides what passes."""
        return bool(self.narrowing or self.unwanted)

    def narrowed(self, *wanted: query.Query) -> query.Query:
        """What is wanted, within what the filters let pass, without what is not wanted."""
        parts = [*self.narrowing, *wanted]
        found = query.And(parts) if len(parts) > 1 else parts[0] if parts else query.Every()
        return query.AndNot(found, query.Or(self.unwanted)) if self.unwanted else found

    def strictly(self) -> query.Query | None:
        """Everything that is wanted, or None when no words are."""
        groups = [found for group in self.asked.wanted if (found := _any_of(self._clause(clause) for clause in group)) is not None]
        if groups:
            return query.And(groups)
        names = [found for group in self.asked.wanted if (found := _any_of(self._small_words(clause) for clause in group)) is not None]
        return query.And(names) if names else None

    def loosely(self) -> tuple[list[query.Query], list[query.Query]]:
        """The words that may stand anywhere, of which some are to be there, and what was asked of fields, which stays required."""
        self.terms_left = MAX_TERMS
        self.beginnings_left = MAX_BEGINNINGS
        words: list[query.Query] = []
        in_fields: list[query.Query] = []
        for group in self.asked.wanted:
            fielded = _any_of(self._clause(clause) for clause in group if clause.field)
            if fielded is not None:
                in_fields.append(fielded)
                continue
            for clause in group:
                if clause.kind == "prefix":
                    words.append(self._beginning("text", analysis.fold(clause.text)))
                for piece in self._pieces(clause.text):
                    words += [self._beginning("text", piece.terms[0])] if piece.is_prefix else [query.Term("text", term) for term in piece.terms]
        return words, in_fields

    def bonus(self) -> query.Query:
        """What makes one paper better than another though it need not hold: being the title that was typed, words that stand together."""
        found: list[query.Query] = []
        key = analysis.title_key(self.asked.text)
        if key:
            found.append(query.Term("title_key", key, boost=EXACT_TITLE_BOOST))
        words = [clause for group in self.asked.wanted for clause in group if not clause.field]
        typed = [piece for piece in analysis.pieces(" ".join(clause.text for clause in words), keep_stops=True) if not piece.is_prefix]
        if 2 <= sum(len(piece.terms) for piece in typed) <= MAX_PHRASE_TERMS:
            found.append(phrase("title", typed, TITLE_PHRASE_BOOST))
        unbroken = [piece for clause in words for piece in analysis.pieces(clause.text) if 2 <= len(piece.terms) <= MAX_PHRASE_TERMS]
        found += [phrase("text", [piece], RUN_BOOST) for piece in unbroken]
        return query.Or(found) if found else query.NullQuery

    def _clause(self, clause: Clause) -> query.Query | None:
        """A clause, or None when it holds nothing but words that say nothing."""
        if clause.field == "author":
            return self._name(clause)
        field = clause.field or "text"
        if clause.kind == "prefix":
            begun: list[query.Query] = [self._beginning(field, analysis.fold(clause.text))]
            begun += [query.Term(field, term) for piece in analysis.pieces(clause.text, keep_stops=bool(clause.field)) for term in piece.terms]
            return query.Or(begun)
        if clause.kind == "phrase" and not clause.field and not analysis.terms(clause.text):
            field = "title"  # "to be or not to be": only there are such words kept
        pieces = self._pieces(clause.text, keep_stops=field != "text")
        if not pieces:
            return None
        if clause.kind == "phrase" and not any(piece.is_prefix for piece in pieces):
            return phrase(field, pieces)
        parts: list[query.Query] = []
        for piece in pieces:
            parts += [self._beginning(field, piece.terms[0])] if piece.is_prefix else [query.Term(field, term) for term in piece.terms]
        return query.And(parts) if len(parts) > 1 else parts[0]

    def _name(self, clause: Clause) -> query.Query | None:
        """The words of one name, in any order, near each other."""
        if clause.kind == "prefix":
            return self._beginning("author", analysis.fold(clause.text))
        pieces = self._pieces(clause.text, stemmed=False)
        whole = [query.Term("author", term) for piece in pieces if not piece.is_prefix for term in piece.terms]
        parts: list[query.Query] = [self._beginning("author", piece.terms[0]) for piece in pieces if piece.is_prefix]
        if whole:
            parts.append(Near(whole, slop=NAME_SLOP, ordered=False) if len(whole) > 1 else whole[0])
        return query.And(parts) if len(parts) > 1 else parts[0] if parts else None

    def _small_words(self, clause: Clause) -> query.Query | None:
        """A clause all of whose words say nothing: they may be a title or a name."""
        terms = [term for piece in self._pieces(clause.text, keep_stops=True) for term in piece.terms]
        return query.And([query.Or([query.Term("title", term), query.Term("author", term)]) for term in terms]) if terms else None

    def _beginning(self, field: str, prefix: str) -> query.Query:
        self.beginnings_left -= 1
        return beginning(field, prefix) if self.beginnings_left >= 0 else query.Term(field, prefix)

    def _pieces(self, text: str, *, keep_stops: bool = False, stemmed: bool = True) -> list[analysis.Piece]:
        """The pieces of a text, as many as this query may still look up."""
        kept: list[analysis.Piece] = []
        for piece in analysis.pieces(text, keep_stops=keep_stops, stemmed=stemmed):
            terms = piece.terms[: self.terms_left]
            if terms:
                kept.append(dataclasses.replace(piece, terms=terms))
                self.terms_left -= len(terms)
        return kept


def _narrowing(asked: Query, filters: Filters) -> list[query.Query]:
    found: list[query.Query] = [query.Term("identifier", f"{kind}:{value}") for kind, value in asked.identifiers]
    ranges = [*asked.years]
    if filters.year_from is not None or filters.year_to is not None:
        ranges.append((filters.year_from or 0, 9999 if filters.year_to is None else filters.year_to))
    for first, last in ranges:
        found.append(between(first, last) if first <= last else query.NullQuery)
    if asked.types:
        found.append(query.Or([query.Term("type", kind) for kind in asked.types]))
    if filters.type:
        found.append(query.Term("type", filters.type))
    if filters.journal_id is not None:
        found.append(query.Term("journal_id", str(filters.journal_id)))
    if filters.keyword:
        found.append(query.Term("keyword_slug", filters.keyword))
    return found


def _any_of(found: Iterable[query.Query | None]) -> query.Query | None:
    known = [one for one in found if one is not None]
    return query.Or(known) if len(known) > 1 else known[0] if known else None
