"""A query as the cluster takes it: bodies of requests, and what their answers say.

Every term is looked up as `analysis` makes it, so nothing that was typed is syntax to the cluster.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from .. import analysis
from ..backend import Facets, Filters, Results
from ..language import Clause, Query
from ..names import said_names
from . import correcting, mapping, ranking
from .bodies import compound, counted, counting, either, n_whole, narrowed, page, phrase, placed, total
from .transport import Json

# Terms of one query that are looked up, beginnings among them: the bound on its cost.
MAX_TERMS = 96
MAX_BEGINNINGS = 6
# More words than these are no longer a list of what is wanted but a description of it: then papers that have some of them count too.
MAX_DEMANDED = 5
# Of a description, and of a few words, so many have to be there.
LEAST_SHARE, MOST_OF_THEM = "20%", "-50%"
# When fewer have all words, those with most follow: a page of results is not left half empty.
FEW = 10
# The words of a name stand in any order, and within one name: `mapping.VALUE_GAP` lies between two.
NAME_SLOP = mapping.VALUE_GAP // 2


class Ask(Protocol):
    """Sends the body of a search; gives its answer or raises IndexAway."""

    def __call__(self, body: Json, *, preference: str = "") -> Json: ...


def search(ask: Ask, asked: Query, filters: Filters, sort: str, offset: int, limit: int, *, facets: bool = False) -> Results:
    """One page of papers: those with every word, few of them followed by those with most, else, `relaxed`, those with some. Without words, all that pass."""
    if asked.says_nothing:
        return Results(0, [], facets=Facets() if facets else None)
    asking = Asking(asked)
    unwanted = [found for clause in asked.unwanted if (found := asking.clause(clause)) is not None]
    narrowing = {"filter": narrowed(asked, filters), "must_not": unwanted}
    # The same copy of a shard is asked for every page of a query: copies differ a little in what they count, and so in their order.
    preference = hashlib.sha256(asked.text.encode("utf-8", "replace")).hexdigest()[:16]

    def answer(wanted: Json | None, *, whole: Json | None = None) -> Json:
        """`whole`: what has all that is wanted, to be counted apart."""
        body = page(sort, offset, limit, has_words=wanted is not None)
        if wanted is not None and sort == "relevance":
            body |= ranking.looked_at_again(asking.typed()) if body["size"] else {}
            wanted = ranking.ranked(wanted, asked.text)
        body["query"] = compound(must=[wanted] if wanted else [], **narrowing)
        if counts := (counting() if facets else {}) | ({"whole": {"filter": whole}} if whole else {}):
            body["aggs"] = counts
        return ask(body, preference=preference)

    wanted = asking.strictly()
    is_relaxed = False
    if wanted is None or asked.is_exact:
        found = answer(wanted)
        n_with_all = total(found)
    elif asking.describes():
        found = answer(asking.loosely(LEAST_SHARE), whole=wanted)
        if not n_whole(found) and asking.replace_unknown(ask):
            found = answer(asking.loosely(LEAST_SHARE), whole=asking.strictly())
        n_with_all = n_whole(found)
        is_relaxed = bool(total(found)) and not n_with_all
    else:
        found = answer(wanted)
        if not total(found) and (said := asking.said(asked.text)):
            found = answer(either(said))
        if not total(found) and asking.replace_unknown(ask):
            wanted = asking.strictly()
            found = answer(wanted)
        n_with_all = total(found)
        fills_up = 0 < n_with_all < FEW and sort == "relevance" and asking.is_list()
        if (not n_with_all or fills_up) and (some := asking.loosely(MOST_OF_THEM if fills_up else "1")) is not None:
            found = answer(ranking.above(wanted, some) if fills_up and wanted else some)
            is_relaxed = bool(total(found)) and not n_with_all
    return Results(
        total=total(found),
        hits=[(int(hit["_id"]), float(hit.get("_score") or 0)) for hit in found["hits"]["hits"]],
        relaxed=is_relaxed,
        n_whole=n_with_all,
        replaced=tuple(asking.replaced.items()),
        terms=frozenset(asking.marked),
        facets=counted(found) if facets else None,
    )


class Asking:
    """One query on its way to the cluster."""

    def __init__(self, asked: Query) -> None:
        self.asked = asked
        self.replaced: dict[str, str] = {}
        self.parted: dict[str, tuple[str, str]] = {}
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
                parts += [either(alternatives)] if alternatives else []
        parts = parts or [found for group in self.asked.wanted if (found := self._small_words(group)) is not None]
        return compound(must=parts) if parts else None

    def loosely(self, at_least: str = "1") -> Json | None:
        """Some of the words that may stand anywhere, so many of them; what was asked of fields is required. None when there is but one word."""
        self.start()
        parts: list[Json] = []
        required: list[Json] = []
        for group in self.asked.wanted:
            fielded = [found for clause in group if clause.field and (found := self.clause(clause)) is not None]
            if fielded:
                required.append(either(fielded))
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
        return compound(must=required, should=parts, minimum_should_match=at_least)

    def typed(self) -> str:
        """The words that may stand anywhere, as they are looked for."""
        return " ".join(self._respelt(clause.text) for group in self.asked.wanted if is_plain(group) for clause in group)

    def clause(self, clause: Clause) -> Json | None:
        """What a clause says, or None when it holds nothing but words that say nothing."""
        if clause.field == "author":
            return self._name(clause)
        field = clause.field or "text"
        if clause.kind == "prefix":
            begun = [self._beginning(field, analysis.fold(clause.text))]
            return either(begun + [self._word(term, field) for piece in self._pieces(clause.text, keep_stops=bool(clause.field)) for term in piece.terms])
        if clause.kind == "phrase" and not clause.field and not analysis.terms(clause.text):
            field = "title"  # "to be or not to be": only there are such words kept
        pieces = self._pieces(clause.text, keep_stops=field != "text")
        if not pieces:
            return None
        if clause.kind == "phrase" and not any(piece.is_prefix for piece in pieces):
            terms = placed(pieces)
            self.marked.update(term for term, _ in terms)
            ways = [phrase(field, terms)]
            if field == "text" and (name := self._name(clause)) is not None:  # names have no places among the words
                ways.append(name)
            return either(ways)
        return compound(must=[self._piece(piece, field) for piece in pieces])

    def replace_unknown(self, ask: Ask) -> bool:
        """Finds for words that stand nowhere the two that they are, or the nearest that do. Whether there was any."""
        lone: dict[str, tuple[str, analysis.Piece]] = {}
        for group in self.asked.wanted:
            for clause in group:
                pieces = analysis.pieces(clause.text, stemmed=clause.field != "author") if clause.kind == "words" else []
                if len(pieces) == 1 and len(pieces[0].terms) == 1 and not pieces[0].is_prefix:
                    lone[clause.text] = clause.field or "text", pieces[0]
        self.parted, self.replaced = correcting.known_instead(ask, lone)
        return bool(self.parted or self.replaced)

    def describes(self) -> bool:
        """Whether the query is longer than a list of words that are all wanted."""
        return self.is_list() and self._n_words() > MAX_DEMANDED

    def is_list(self) -> bool:
        """Whether the query is several words and nothing else, so that papers with most of them are of use too."""
        return all(map(is_plain, self.asked.wanted)) and self._n_words() > 1

    def _n_words(self) -> float:
        # Pairs of characters overlap: two of them are about a word.
        pieces = [piece for group in self.asked.wanted for piece in analysis.pieces(group[0].text)]
        return sum(1 if piece.word.isascii() else max(1.0, len(piece.terms) / 2) for piece in pieces)

    # Parts of clauses

    def _units(self, groups: Sequence[Sequence[Clause]]) -> list[Json]:
        """What each plain word wants, of all groups; one that stands beside another is also there when the two are written as one."""
        joined = [_joined(first, second) for first, second in pairwise(groups)]
        found = []
        for n, group in enumerate(groups):
            ways = [compound(must=[self._piece(piece, "text") for piece in pieces]) for clause in group if (pieces := self._pieces(clause.text))]
            if ways:
                beside = [term for term in (joined[n - 1] if n else "", joined[n] if n < len(joined) else "") if term]
                found.append(either([*ways, *map(self._word, beside)]))
        return found

    def _piece(self, piece: analysis.Piece, field: str) -> Json:
        if piece.is_prefix:
            return self._beginning(field, piece.terms[0])
        ways = [compound(must=[self._word(term, field) for term in piece.terms])]
        if piece.joined:
            ways.append(self._word(piece.joined, field))
        elif parts := self.parted.get(piece.word):
            self.marked.update(parts)
            ways.append(phrase(field, [(part, place) for place, part in enumerate(parts)]))
        return either(ways)

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
            parts.append(_one_name(whole))
        return either([compound(must=parts), *self.said(clause.text)]) if parts else None

    def said(self, text: str) -> list[Json]:
        """The names in Latin letters that a name in Han may be; empty when it is no name."""
        names = said_names(text)
        self.marked.update(part for parts in names for part in parts)
        return [_one_name(parts) for parts in names]

    def _small_words(self, group: Sequence[Clause]) -> Json | None:
        """Words all of which say nothing: they may be a title or a name."""
        ways = []
        for clause in group:
            terms = [term for piece in self._pieces(clause.text, keep_stops=True) for term in piece.terms]
            if terms:
                ways.append(compound(must=[either([self._word(term, "title"), self._word(term, "author")]) for term in terms]))
        return either(ways) if ways else None

    def _beginning(self, field: str, prefix: str) -> Json:
        self._beginnings_left -= 1
        whole = {"term": {field: {"value": prefix}}}
        return whole if self._beginnings_left < 0 else either([{"prefix": {field: {"value": prefix}}}, whole])

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


def _one_name(words: Sequence[str]) -> Json:
    return phrase("author", [(word, place) for place, word in enumerate(dict.fromkeys(words))], slop=NAME_SLOP)


def _joined(first: Sequence[Clause], second: Sequence[Clause]) -> str:
    """The term of two words written as one, empty when they are not two words."""
    if len(first) != 1 or len(second) != 1:
        return ""
    texts = first[0].text, second[0].text
    pieces = [analysis.pieces(text) for text in (*texts, "".join(texts))]
    if any(len(found) != 1 or not found[0].word.isascii() or found[0].is_prefix for found in pieces) or len(pieces[2][0].terms) != 1:
        return ""
    return pieces[2][0].terms[0]
