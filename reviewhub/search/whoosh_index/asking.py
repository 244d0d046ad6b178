"""A query as an index takes it: which documents have what is wanted, and in which order they come."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from .. import analysis
from ..backend import Filters, Results
from ..language import Clause, Query
from ..names import said_names
from . import evaluating, ranking
from .arranging import counted, ordered
from .narrowing import passing
from .numbers import Array
from .snapshot import NOTHING, Matches, Snapshot
from .vocabulary import nearest_word, parted

# Terms of one query that are looked up, beginnings among them: the bound on its cost.
MAX_TERMS = 128
MAX_BEGINNINGS = 6
# A longer text is not a phrase of a title: it is the title, or a sentence that is not.
MAX_PHRASE_TERMS = 16
# More words than these are no longer a list of what is wanted but a description of it: then papers that have most of what matters count too.
MAX_DEMANDED = 5
# When fewer have all words, those with most follow: a page of results is not left half empty.
FEW = 10
# Words that stand nowhere are looked for under a like spelling, so many of them.
MAX_REPLACED = 4


def search(snapshot: Snapshot, asked: Query, filters: Filters, sort: str, offset: int, limit: int, *, facets: bool = False) -> Results:
    """One page of papers: those with every word, else, `relaxed`, those with some. Without words, all that pass, newest first."""
    if asked.says_nothing or not snapshot.n_documents:
        return Results(0, [], facets=counted(snapshot, np.empty(0, np.int64)) if facets else None)
    asking = Asking(snapshot, asked)
    mask = passing(snapshot, asked, filters, [asking.clause(clause) for clause in asked.unwanted])
    answer = asking.found(mask, fills_up=sort == "relevance")
    if answer is None:  # no words: everything that passes
        ids = np.arange(snapshot.size) if mask is None else np.flatnonzero(mask)
        answer = Found(Matches(ids, np.zeros(len(ids), np.float32)), len(ids))
        sort = "newest" if sort == "relevance" else sort
    found = answer.matches
    if sort == "relevance":
        found = ranking.ranked(snapshot, found, asking.typed_words(), asking.n_words, asked.text, answer.whole)
    chosen = ordered(snapshot, found, sort, offset, limit)
    papers = snapshot.column("paper")[found.ids[chosen]].tolist()
    return Results(
        total=len(found),
        hits=list(zip(papers, found.scores[chosen].tolist(), strict=True)),
        relaxed=answer.is_relaxed,
        n_whole=answer.n_whole,
        replaced=tuple(asking.replaced.items()),
        terms=frozenset(asking.marked),
        facets=counted(snapshot, found.ids) if facets else None,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """The documents that answer a query; `n_whole` of them have all that is wanted. `whole`: which, where that is to count in their order."""

    matches: Matches
    n_whole: int
    whole: Array | None = None
    is_relaxed: bool = False


class Asking:
    """One query on its way through an index."""

    def __init__(self, snapshot: Snapshot, asked: Query) -> None:
        self.snapshot = snapshot
        self.asked = asked
        self.replaced: dict[str, str] = {}
        self.marked: set[str] = set()
        self._start()

    def _start(self) -> None:
        self.terms_left = MAX_TERMS
        self.beginnings_left = MAX_BEGINNINGS

    def found(self, mask: Array | None, *, fills_up: bool) -> Found | None:
        """The documents that have what is wanted and pass, None when no words are wanted. `fills_up`: few are followed by those with most words."""
        wanted = self.strictly()
        if wanted is None:
            return None
        whole = _only(wanted, mask)
        if self.asked.is_exact:
            return Found(whole, len(whole))
        if not len(whole) and len(said := _only(self._said(self.asked.text), mask)):
            return Found(said, len(said))
        if not len(whole) and self._replace_unknown():
            whole = _only(self.strictly() or NOTHING, mask)
        if self._describes():
            some = _only(self.loosely(ranking.LEAST_SHARE), mask)
            return Found(some, len(whole), is_relaxed=not len(whole)) if len(some) > len(whole) else Found(whole, len(whole))
        if not len(whole):
            some = _only(self.loosely(), mask)
            return Found(some, 0, is_relaxed=bool(len(some)))
        if fills_up and len(whole) < FEW and self._is_list():
            some = _only(self.loosely(ranking.MOST_OF_THEM), mask)
            if len(some):
                return Found(_followed(self.snapshot, whole, some), len(whole), whole.ids)
        return Found(whole, len(whole))

    def strictly(self) -> Matches | None:
        """Everything that is wanted, or None when no words are."""
        self._start()
        plain = [group for group in self.asked.wanted if _is_plain(group)]
        parts = self._units(plain)
        for group in self.asked.wanted:
            if not _is_plain(group):
                alternatives = [found for clause in group if (found := self.clause(clause)) is not None]
                if alternatives:
                    parts.append(evaluating.either(self.snapshot, alternatives))
        if parts:
            return evaluating.both(self.snapshot, parts)
        small = [found for group in self.asked.wanted if (found := self._small_words(group)) is not None]
        return evaluating.both(self.snapshot, small) if small else None

    def loosely(self, at_least: float = 0.0) -> Matches:
        """Documents with some of the words that may stand anywhere, `at_least` that share of what they are all worth; what was asked of fields is required."""
        self._start()
        parts: list[Matches] = []
        required: list[Matches] = []
        n_typed: dict[str, int] = {}
        for group in self.asked.wanted:
            fielded = [found for clause in group if clause.field and (found := self.clause(clause)) is not None]
            if fielded:
                required.append(evaluating.either(self.snapshot, fielded))
                continue
            for clause in group:
                if clause.field:
                    continue
                if clause.kind == "prefix":
                    parts.append(self._beginning("text", analysis.fold(clause.text)))
                for piece in self._pieces(clause.text):
                    if piece.is_prefix:
                        parts.append(self._beginning("text", piece.terms[0]))
                    for term in () if piece.is_prefix else piece.terms:
                        n_typed[term] = n_typed.get(term, 0) + 1
                    if piece.joined and not all(self.snapshot.frequency("text", term) for term in piece.terms):
                        n_typed.setdefault(piece.joined, 1)
        for joined in self._neighbours_joined():
            n_typed.setdefault(joined, 1)
        parts += [evaluating.times(self._word(term), n) if n > 1 else self._word(term) for term, n in n_typed.items()]
        if len(parts) < 2:
            return NOTHING
        worth = evaluating.total(self.snapshot, parts)
        if at_least:
            held = ranking.held(self.snapshot, parts) if at_least == ranking.MOST_OF_THEM else worth
            worth[held < at_least * ranking.sum_of_rarities(self.snapshot, parts)] = 0
        found = evaluating.gathered(worth)
        return evaluating.both(self.snapshot, [found, *required]) if required else found

    def typed_words(self) -> list[tuple[str, int]]:
        """The terms of the words that may stand anywhere, as they follow each other, with their places."""
        words: list[tuple[str, int]] = []
        start = 0
        for group in self.asked.wanted:
            for clause in group:
                if not clause.field:
                    pieces = [piece for piece in analysis.pieces(self._respelt(clause.text)) if not piece.is_prefix]
                    words += [(term, start + piece.position + n) for piece in pieces for n, term in enumerate(piece.terms)]
                    start += max(1, len(analysis.tokens(clause.text)))
        return words[:MAX_TERMS]

    def clause(self, clause: Clause) -> Matches | None:
        """The documents with what a clause says, or None when it holds nothing but words that say nothing."""
        if clause.field == "author":
            return self._name(clause)
        field = clause.field or "text"
        if clause.kind == "prefix":
            begun = [self._beginning(field, analysis.fold(clause.text))]
            begun += [self._word(term, field) for piece in self._pieces(clause.text, keep_stops=bool(clause.field)) for term in piece.terms]
            return evaluating.either(self.snapshot, begun)
        if clause.kind == "phrase" and not clause.field and not analysis.terms(clause.text):
            field = "title"  # "to be or not to be": only there are such words kept
        pieces = self._pieces(clause.text, keep_stops=field != "text")
        if not pieces:
            return None
        if clause.kind == "phrase" and not any(piece.is_prefix for piece in pieces):
            found = self._phrase(field, pieces)
            if field == "text" and not len(found):  # names have no places among the words
                found = self._name(clause) or found
            return found
        return evaluating.both(self.snapshot, [self._piece(piece, field) for piece in pieces])

    # Parts of clauses

    def _units(self, groups: Sequence[Sequence[Clause]]) -> list[Matches]:
        """What each plain word wants, of all groups; two that follow each other are also wanted as one word where there is such a word."""
        found: list[Matches] = []
        before: tuple[str, Matches] | None = None
        for group in groups:
            alternatives = []
            for clause in group:
                pieces = self._pieces(clause.text)
                alternatives += [evaluating.both(self.snapshot, [self._piece(piece, "text") for piece in pieces])] if pieces else []
            if not alternatives:
                before = None
                continue
            unit = evaluating.either(self.snapshot, alternatives)
            word = group[0].text if len(group) == 1 else ""
            joined = self._joined(before[0], word) if before and word else ""
            if before and joined:
                found[-1] = evaluating.either(self.snapshot, [evaluating.both(self.snapshot, [before[1], unit]), self._word(joined)])
                before = None
                continue
            found.append(unit)
            before = (word, unit) if word else None
        return found

    def _joined(self, first: str, second: str) -> str:
        """The term of two words written as one, empty when nothing has it."""
        whole = analysis.pieces(f"{first}{second}")
        apart = [analysis.pieces(first), analysis.pieces(second)]
        if any(len(pieces) != 1 or not pieces[0].word.isascii() for pieces in (whole, *apart)) or len(whole[0].terms) != 1:
            return ""
        term = whole[0].terms[0]
        return term if self.snapshot.frequency("text", term) else ""

    def _neighbours_joined(self) -> list[str]:
        """Words that were typed as two of which one stands nowhere; where both do, two words say more than their sum."""
        words = [group[0].text for group in self.asked.wanted if len(group) == 1 and _is_plain(group)]
        is_known = [all(self.snapshot.frequency("text", term) for piece in analysis.pieces(word) for term in piece.terms) for word in words]
        pairs = zip(pairwise(words), pairwise(is_known), strict=True)
        return [joined for (first, second), known in pairs if not all(known) and (joined := self._joined(first, second))]

    def _piece(self, piece: analysis.Piece, field: str) -> Matches:
        if piece.is_prefix:
            return self._beginning(field, piece.terms[0])
        found = evaluating.both(self.snapshot, [self._word(term, field) for term in piece.terms])
        ways = [found]
        if piece.joined:
            ways.append(self._word(piece.joined, field))
        elif len(piece.terms) == 1 and (parts := parted(self.snapshot, field, piece.word, len(found))):
            self.marked.update(parts)
            ways.append(evaluating.phrase(self.snapshot, field, [(part, place) for place, part in enumerate(parts)]))
        return evaluating.either(self.snapshot, ways)

    def _word(self, term: str, field: str = "text") -> Matches:
        self.marked.add(term)
        return evaluating.word(self.snapshot, field, term)

    def _phrase(self, field: str, pieces: Sequence[analysis.Piece]) -> Matches:
        terms = [(term, piece.position + n) for piece in pieces for n, term in enumerate(piece.terms)]
        self.marked.update(term for term, _ in terms)
        return evaluating.phrase(self.snapshot, field, terms)

    def _name(self, clause: Clause) -> Matches | None:
        """The words of one name, in any order, of one person."""
        if clause.kind == "prefix":
            return self._beginning("author", analysis.fold(clause.text))
        pieces = self._pieces(clause.text, stemmed=False)
        self.marked.update(term for piece in pieces for term in piece.terms)
        parts: list[Matches] = [self._beginning("author", piece.terms[0]) for piece in pieces if piece.is_prefix]
        whole = [[term] for piece in pieces if not piece.is_prefix for term in piece.terms]
        if whole:
            parts.append(evaluating.one_name(self.snapshot, whole))
        return evaluating.either(self.snapshot, [evaluating.both(self.snapshot, parts), self._said(clause.text)]) if parts else None

    def _said(self, text: str) -> Matches:
        """The documents with a name in Latin letters that a name in Han may be."""
        said = [evaluating.one_name(self.snapshot, [[family], [given]]) for family, given in said_names(text)]
        self.marked.update(part for parts in said_names(text) for part in parts)
        return evaluating.either(self.snapshot, said)

    def _small_words(self, group: Iterable[Clause]) -> Matches | None:
        """Words all of which say nothing: they may be a title or a name."""
        ways = []
        for clause in group:
            terms = [term for piece in self._pieces(clause.text, keep_stops=True) for term in piece.terms]
            if terms:
                named = [evaluating.either(self.snapshot, [self._word(term, "title"), self._word(term, "author")]) for term in terms]
                ways.append(evaluating.both(self.snapshot, named))
        return evaluating.either(self.snapshot, ways) if ways else None

    def _beginning(self, field: str, prefix: str) -> Matches:
        self.beginnings_left -= 1
        if self.beginnings_left < 0:
            return evaluating.word(self.snapshot, field, prefix)
        found = self.snapshot.beginning(field, prefix)
        whole = evaluating.word(self.snapshot, field, prefix)
        return evaluating.either(self.snapshot, [evaluating.times(found, self.snapshot.rarity(len(found))), whole])

    def _pieces(self, text: str, *, keep_stops: bool = False, stemmed: bool = True) -> list[analysis.Piece]:
        """The pieces of a text, as many as this query may still look up."""
        kept: list[analysis.Piece] = []
        for piece in analysis.pieces(self._respelt(text), keep_stops=keep_stops, stemmed=stemmed):
            terms = piece.terms[: self.terms_left]
            if terms:
                kept.append(dataclasses.replace(piece, terms=terms))
                self.terms_left -= len(terms)
        return kept

    # Words that stand nowhere

    def _respelt(self, text: str) -> str:
        return self.replaced.get(text, text)

    def _replace_unknown(self) -> bool:
        """Finds for words that stand nowhere the nearest that do. Whether there was any."""
        for group in self.asked.wanted:
            for clause in group:
                if clause.kind != "words" or len(self.replaced) >= MAX_REPLACED:
                    continue
                pieces = analysis.pieces(clause.text, stemmed=clause.field != "author")
                if len(pieces) != 1 or len(pieces[0].terms) != 1 or pieces[0].is_prefix:
                    continue
                field = clause.field or "text"
                if not self.snapshot.frequency(field, pieces[0].terms[0]) and (like := nearest_word(self.snapshot, field, pieces[0].word)):
                    self.replaced[clause.text] = like
        return bool(self.replaced)

    def _describes(self) -> bool:
        """Whether the query is longer than a list of words that are all wanted."""
        return self._is_list() and self.n_words > MAX_DEMANDED

    def _is_list(self) -> bool:
        """Whether the query is several words and nothing else, so that papers with most of them are of use too."""
        return all(map(_is_plain, self.asked.wanted)) and self.n_words > 1

    @cached_property
    def n_words(self) -> float:
        """How many words were typed that may stand anywhere."""
        n_words = 0.0
        for group in self.asked.wanted:
            for piece in analysis.pieces(group[0].text) if not group[0].field else ():
                # Pairs of characters overlap: two of them are about a word.
                n_words += 1 if piece.word.isascii() else max(1.0, len(piece.terms) / 2)
        return n_words


def _followed(snapshot: Snapshot, whole: Matches, some: Matches) -> Matches:
    """Both, those in both worth what they are worth in `some`."""
    worth = np.zeros(snapshot.size, np.float32)
    worth[whole.ids] = whole.scores
    worth[some.ids] = some.scores
    return evaluating.gathered(worth)


def _is_plain(group: Sequence[Clause]) -> bool:
    return all(not clause.field and clause.kind == "words" for clause in group)


def _only(found: Matches, mask: Array | None) -> Matches:
    if mask is None or not len(found):
        return found
    passes = mask[found.ids]
    return Matches(found.ids[passes], found.scores[passes])
