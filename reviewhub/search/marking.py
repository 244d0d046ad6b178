"""Which words of a text a query was about, and the passage of a longer text that shows most of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape

from ..core.text import is_han
from . import analysis
from .language import Clause, Query

# A passage fills two or three lines of a list; Han characters are as wide as two letters.
PASSAGE_CHARS, HAN_PASSAGE_CHARS = 280, 140
# How far before the first word that is marked a sentence may begin for the passage to begin with it; else so much stands before the word.
LOOK_BACK_CHARS, LEAD_CHARS = 120, 50
# Marks looked for in one text for each word: a passage shows a few.
MAX_PLACES = 40

_CJK = "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_CJK_RUN = re.compile(f"[{_CJK}]+")
_LETTER = f"(?:(?![{_CJK}])[^\\W_][\u0300-\u036f]*)"
_WORD = re.compile(f"{_LETTER}+(?:['\u2019]{_LETTER}+)*")
_RUN = re.compile(f"{_CJK_RUN.pattern}|{_WORD.pattern}")
_TOKEN = re.compile(r"\S+")
# Between two words that are one.
_HYPHENS = ("", "-", "\u2010", "\u2011", "\u2013", "\u2212")
_TAG_OR_ENTITY = re.compile(r"(<[^>]*>|&#?\w+;)")
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[^\W_a-z])|[。！？；]\s*")

Span = tuple[int, int]
Piece = tuple[str, bool]  # text, whether it is marked


class Marks:
    """The words to be marked for one query, as an index looked for them."""

    def __init__(self, terms: Collection[str], query: Query) -> None:
        """`terms`: of the analysis, as `Results.terms` gives them."""
        self._terms = frozenset(terms)
        begun = [_begun(clause) for group in query.wanted for clause in group]
        self._prefixes = tuple(prefix for prefixes in begun for prefix in prefixes)
        typed = [piece.word for group in query.wanted for clause in group for piece in analysis.pieces(clause.text) if piece.word]
        # Words that may be marked begin so: a stem, but for its end, or what was typed.
        begins = {term[:-1] if len(term) > 3 else term for term in (*self._terms, *typed)} | set(self._prefixes)
        self._beginnings = sorted(beginning for beginning in begins if beginning.isascii())
        self._characters = sorted(term for term in (*self._terms, *self._prefixes) if _CJK_RUN.fullmatch(term))
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._terms or self._prefixes)

    def spans(self, text: str) -> list[Span]:
        """What is to be marked in a text, in order, without overlaps; words that a hyphen joins are one when both are wanted."""
        found = self._begun_in(text)
        if not text.isascii():
            found.update(self._others_in(text))
        joined: list[Span] = []
        for start, end in sorted(found):
            if joined and text[joined[-1][1] : start] in _HYPHENS:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return joined

    def pieces(self, text: str) -> list[Piece]:
        """A plain text in pieces, marked and not."""
        return _cut(text, self.spans(text))

    def in_text(self, text: str) -> str:
        """A plain text as safe HTML, with `<mark>` around the words."""
        return as_html(self.pieces(text)) if self else escape(text)

    def in_markup(self, markup: str) -> str:
        """Safe inline HTML with `<mark>` around the words; tags, entities and formulas stay as they are."""
        if not self:
            return markup
        made: list[str] = []
        in_formula = False
        for part in _TAG_OR_ENTITY.split(markup):
            if part.startswith("<"):
                in_formula = part.startswith("<math") or (in_formula and not part.startswith("</math"))
            is_text = part and not in_formula and part[0] not in "<&"
            made += [f"<mark>{text}</mark>" if is_marked else text for text, is_marked in self.pieces(part)] if is_text else [part]
        return "".join(made)

    def passage(self, texts: Iterable[str]) -> list[Piece]:
        """The passage with most of the words, of the text that has most; empty when none has any. Plain text in, pieces out."""
        best: tuple[int, str, int] | None = None
        for text in texts:
            found = self._densest(text)
            if found and (best is None or found[0] > best[0]):
                best = (found[0], text, found[1])
        if best is None:
            return []
        _, text, first = best
        start, end = _window(text, first)
        return [*([("… ", False)] if start else []), *self.pieces(text[start:end]), *([(" …", False)] if end < len(text) else [])]

    def _densest(self, text: str) -> tuple[int, int] | None:
        """(how many different words a passage can show, where the first of them begins), None when there is none."""
        places = sorted(self._places(text))
        if not places:
            return None
        room = _room(text) - LEAD_CHARS
        best = (0, 0)
        for n, (start, _) in enumerate(places):
            shown = {word for at, word in places[n : n + MAX_PLACES] if at < start + room}
            if len(shown) > best[0]:
                best = (len(shown), start)
        return best

    def _places(self, text: str) -> list[tuple[int, str]]:
        """(place, what stands there) of words to be marked; those with accents only where there are no others, for that takes far longer."""
        found = [(start, text[start:end][:4].lower()) for start, end in self._begun_in(text)]
        for term in self._characters:
            at = text.find(term)
            for _ in range(MAX_PLACES):
                if at < 0:
                    break
                found.append((at, term))
                at = text.find(term, at + 1)
        if not found and not text.isascii():
            found = [(start, text[start:end].lower()) for start, end in self.spans(text)]
        return found

    def _begun_in(self, text: str) -> set[Span]:
        """Words to be marked by their beginnings: far quicker than word by word."""
        lowered = text.lower()
        if len(lowered) != len(text):  # a few capital letters become two, and places would be others
            return {match.span() for match in _WORD.finditer(text) if self._has(match[0])}
        found: set[Span] = set()
        for beginning in self._beginnings:
            at = lowered.find(beginning)
            for _ in range(MAX_PLACES):
                if at < 0:
                    break
                if (at == 0 or not text[at - 1].isalnum() or _CJK_RUN.match(text, at - 1)) and (word := _WORD.match(text, at)) and self._has(word[0]):
                    found.add(word.span())
                at = lowered.find(beginning, at + len(beginning))
        return found

    def _others_in(self, text: str) -> Iterator[Span]:
        """Words with accents or of other letters, and runs of characters."""
        for token in _TOKEN.finditer(text):
            if token[0].isascii():
                continue
            for run in _RUN.finditer(text, *token.span()):
                if _CJK_RUN.match(run[0]):
                    yield from self._in_characters(run[0], run.start())
                elif not run[0].isascii() and self._has(run[0]):
                    yield run.span()

    def _has(self, word: str) -> bool:
        known = self._known.get(word)
        if known is None:
            terms, folded = _terms_of(word)
            known = not self._terms.isdisjoint(terms) or folded in self._terms or (bool(self._prefixes) and folded.startswith(self._prefixes))
            self._known[word] = known
        return known

    def _in_characters(self, run: str, offset: int) -> list[Span]:
        """Pairs of characters that were looked for, and such as begin what was."""
        folded = analysis.fold(run)
        if len(folded) != len(run):
            return []
        pairs = [(offset + n, offset + n + 2) for n in range(len(run) - 1) if folded[n : n + 2] in self._terms]
        return [*pairs, *((offset + n, offset + n + 1) for n, character in enumerate(folded) if character in self._prefixes)]


def as_html(pieces: Iterable[Piece]) -> str:
    """Pieces of plain text as safe HTML, with `<mark>` around those that are marked."""
    return "".join(f"<mark>{escape(text)}</mark>" if is_marked else escape(text) for text, is_marked in pieces)


def opening(text: str) -> list[Piece]:
    """The beginning of a text, as long as a passage."""
    if not text:
        return []
    start, end = _window(text, 0)
    return [(text[start:end], False), *([(" …", False)] if end < len(text) else [])]


@lru_cache(maxsize=50_000)
def _terms_of(word: str) -> tuple[frozenset[str], str]:
    """(the terms a word is indexed under, the word folded)."""
    folded = analysis.fold(word)
    return frozenset(analysis.terms(word)), folded


def _begun(clause: Clause) -> list[str]:
    if clause.kind == "prefix":
        return [analysis.fold(clause.text)]
    return [piece.terms[0] for piece in analysis.pieces(clause.text) if piece.is_prefix]


def _cut(text: str, spans: Sequence[Span]) -> list[Piece]:
    made: list[Piece] = []
    at = 0
    for start, end in spans:
        made += [(text[at:start], False)] if start > at else []
        made.append((text[start:end], True))
        at = end
    return [*made, (text[at:], False)] if at < len(text) else made


def _room(text: str) -> int:
    return HAN_PASSAGE_CHARS if is_han(text[:400]) else PASSAGE_CHARS


def _window(text: str, first: int) -> tuple[int, int]:
    """Where a passage that shows what stands at `first` begins and ends: with a sentence if one is near, else between words."""
    start = 0
    if first > LEAD_CHARS:
        ends = [match.end() for match in _SENTENCE_END.finditer(text, max(0, first - LOOK_BACK_CHARS), first)]
        start = ends[-1] if ends else _between_words(text, first - LEAD_CHARS, first)
    end = start + _room(text)
    if end >= len(text):
        return start, len(text)
    blank = text.rfind(" ", max(start, end - 30), end)
    return start, blank if blank > first else end


def _between_words(text: str, at: int, until: int) -> int:
    """The next place between two words, or `at` where there is no blank before `until`."""
    blank = text.find(" ", at, until)
    return blank + 1 if blank >= 0 else at
