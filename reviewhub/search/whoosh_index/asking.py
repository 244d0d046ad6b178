"""A query in Whoosh's terms, and its answer."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from itertools import islice

from whoosh import collectors, query, reading, searching
from whoosh.query.spans import SpanNear2

from .. import analysis
from ..backend import Filters, Results
from ..language import Clause, Query

# The words of a name may stand this far apart, in any order; names are wider apart than this (`postings.GAP`).
NAME_SLOP = 8
# Terms of one query that are looked up, and terms that a beginning stands for: the bound on its cost.
MAX_TERMS = 96
MAX_EXPANSIONS = 512
# A longer text is not a phrase of a title: it is the title, or a sentence that is not.
MAX_PHRASE_TERMS = 16
# What comes on top of the sum of the words: nothing outweighs being the title that was typed.
EXACT_TITLE_BOOST = 1_000.0
TITLE_PHRASE_BOOST = 1.0
RUN_BOOST = 0.5


def search(searcher: searching.Searcher, asked: Query, filters: Filters, sort: str, offset: int, limit: int) -> Results:
    """One page of papers: those with every word, else, `relaxed`, those with some. Without words, all that pass, newest first."""
    if asked.says_nothing or not searcher.doc_count():
        return Results(0, [])
    asking = _Asking(searcher.reader(), asked, filters)
    wanted = asking.strictly()
    required = asking.narrowed(wanted)
    numbers = list(searcher.docs_for_query(required))
    relaxed = False
    if not numbers and (loosely := asking.loosely()) is not None:
        required = asking.narrowed(loosely)
        numbers = list(searcher.docs_for_query(required))
        relaxed = bool(numbers)
    if sort == "relevance" and wanted is not None:
        hits = _best(searcher, asking.ranked(required), offset, limit) if offset < len(numbers) else []
    else:
        hits = _by_date(searcher, numbers, offset, limit, oldest_first=sort == "oldest")
    return Results(len(numbers), hits, relaxed)


def _best(searcher: searching.Searcher, ranked: query.Query, offset: int, limit: int) -> list[tuple[int, float]]:
    collector = collectors.TopCollector(limit=offset + limit)
    searcher.search_with_collector(ranked, collector)
    papers = searcher.reader().column_reader("paper")
    return [(papers[number], score) for score, number in collector.results().top_n[offset:]]


def _by_date(searcher: searching.Searcher, numbers: Sequence[int], offset: int, limit: int, *, oldest_first: bool) -> list[tuple[int, float]]:
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
        self.narrowing = _narrowing(asked, filters)
        self.unwanted: list[query.Query] = [query.Term("type", kind) for kind in asked.unwanted_types]
        self.unwanted += [found for clause in asked.unwanted if (found := self._clause(clause)) is not None]

    def narrowed(self, wanted: query.Query | None) -> query.Query:
        """What is wanted, within what the filters let pass, without what is not wanted."""
        parts = [*self.narrowing, *([wanted] if wanted is not None else [])]
        found = query.And(parts) if len(parts) > 1 else parts[0] if parts else query.Every()
        return query.AndNot(found, query.Or(self.unwanted)) if self.unwanted else found

    def strictly(self) -> query.Query | None:
        """Everything that is wanted, or None when no words are."""
        groups = [found for group in self.asked.wanted if (found := _any_of(self._clause(clause) for clause in group)) is not None]
        if groups:
            return query.And(groups)
        names = [found for group in self.asked.wanted if (found := _any_of(self._small_words(clause) for clause in group)) is not None]
        return query.And(names) if names else None

    def loosely(self) -> query.Query | None:
        """Some of the words that may stand anywhere, and everything that was asked of a field; None when that is no looser."""
        self.terms_left = MAX_TERMS
        somewhere: list[query.Query] = []
        in_fields: list[query.Query] = []
        for group in self.asked.wanted:
            fielded = [found for clause in group if clause.field and (found := self._clause(clause)) is not None]
            if fielded:
                in_fields.append(query.Or(fielded) if len(fielded) > 1 else fielded[0])
                continue
            for clause in group:
                if clause.kind == "prefix":
                    somewhere.append(self._beginning("text", clause.text))
                for piece in self._pieces(clause.text):
                    somewhere += [self._beginning("text", piece.terms[0])] if piece.is_prefix else [query.Term("text", term) for term in piece.terms]
        if len(somewhere) < 2:
            return None
        return query.And([*in_fields, query.Or(somewhere)]) if in_fields else query.Or(somewhere)

    def ranked(self, required: query.Query) -> query.Query:
        """What is required, with what makes one paper better than another though it need not hold."""
        extras: list[query.Query] = []
        key = analysis.title_key(self.asked.text)
        if key:
            extras.append(query.Term("title_key", key, boost=EXACT_TITLE_BOOST))
        words = [clause for group in self.asked.wanted for clause in group if not clause.field]
        typed = analysis.terms(" ".join(clause.text for clause in words), keep_stops=True)
        if 2 <= len(typed) <= MAX_PHRASE_TERMS:
            extras.append(query.Phrase("title", typed, boost=TITLE_PHRASE_BOOST))
        unbroken = [list(piece.terms) for clause in words for piece in analysis.pieces(clause.text)]
        extras += [query.Phrase("text", terms, boost=RUN_BOOST) for terms in unbroken if 2 <= len(terms) <= MAX_PHRASE_TERMS]
        return query.AndMaybe(required, query.Or(extras)) if extras else required

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
            terms = [term for piece in pieces for term in piece.terms]
            return query.Phrase(field, terms) if len(terms) > 1 else query.Term(field, terms[0])
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
            parts.append(SpanNear2(whole, slop=NAME_SLOP, ordered=False) if len(whole) > 1 else whole[0])
        return query.And(parts) if len(parts) > 1 else parts[0] if parts else None

    def _small_words(self, clause: Clause) -> query.Query | None:
        """A clause all of whose words say nothing: they may be a title or a name."""
        terms = [term for piece in self._pieces(clause.text, keep_stops=True) for term in piece.terms]
        return query.And([query.Or([query.Term("title", term), query.Term("author", term)]) for term in terms]) if terms else None

    def _beginning(self, field: str, prefix: str) -> query.Query:
        terms = [query.Term(field, term) for term in islice(self.reader.expand_prefix(field, prefix), MAX_EXPANSIONS)]
        return query.Or(terms) if terms else query.NullQuery

    def _pieces(self, text: str, *, keep_stops: bool = False, stemmed: bool = True) -> list[analysis.Piece]:
        """The pieces of a text, as many as this query may still look up."""
        kept: list[analysis.Piece] = []
        for piece in analysis.pieces(text, keep_stops=keep_stops, stemmed=stemmed):
            terms = piece.terms[: self.terms_left]
            if terms:
                kept.append(analysis.Piece(terms, piece.is_prefix))
                self.terms_left -= len(terms)
        return kept


def _narrowing(asked: Query, filters: Filters) -> list[query.Query]:
    found: list[query.Query] = [query.Term("identifier", f"{kind}:{value}") for kind, value in asked.identifiers]
    ranges = [*asked.years]
    if filters.year_from is not None or filters.year_to is not None:
        ranges.append((filters.year_from or 0, 9999 if filters.year_to is None else filters.year_to))
    for first, last in ranges:
        first, last = max(first, 0), min(last, 9999)
        found.append(query.NumericRange("year", first, last) if first <= last else query.NullQuery)
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
