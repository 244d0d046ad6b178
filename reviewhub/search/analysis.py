"""From text to the terms an index holds: one rule for documents and for queries, and for every engine.

Han, kana and hangul become pairs of neighbouring characters; the last character of a run stands alone as well, so that every character
begins a term and a query of one character works by prefix. Everything else becomes words: folded, spelt one way, English ones stemmed.
Words joined by a hyphen count as words and, written together, as one more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ..core import stemming
from .han import to_simplified
from .spelling import american

# Longer "words" are debris of formulas and sequences; cut, they still find themselves.
MAX_WORD_CHARS = 64
# What hyphens join is one word too while it is about as long as words are.
MAX_JOINED_PARTS = 3
MAX_JOINED_CHARS = 32

_HAS_HAN = re.compile("[\u3400-\u9fff]")
_CJK = "\u3005\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_WORD_CHARACTER = f"(?:(?![{_CJK}])[^\\W_])"
_RUN = re.compile(f"([{_CJK}]+)|({_WORD_CHARACTER}+(?:['-]{_WORD_CHARACTER}+)*)")
# The same for plain ASCII, which most text is.
_ASCII_RUN = re.compile("[a-z0-9]+(?:['-][a-z0-9]+)*")
# Latin, Greek and Cyrillic accents; the voiced marks of kana lie elsewhere and stay.
_ACCENTS = re.compile("[\u0300-\u036f]")
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "ŧ": "t"})
_LETTERS.update(dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u2032"), "'"))
_LETTERS.update(dict.fromkeys(map(ord, "\u2010\u2012\u2013\u2212"), "-"))
# A Greek letter alone is called by its name; a Greek word is left as it is.
_GREEK_NAMES = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega".split(),
        strict=True,
    )
)
_GREEK_LETTER = re.compile("(?<![α-ω])[α-ω](?![α-ω])")
# µm, µg: where the letter cannot be typed, people write u.
_MICRO = re.compile(r"(?<![^\W\d_])μ(?=(?:m|g|l|s|a|v|w|j|n|t|sv|gy|mol|mm|ci|hz|pa)\b)")
# Words that say nothing of what a paper is about.
_STOP_LINES = """
    a about above after again all also although am among an and any are as at be because been before being below between both but by can
    cannot could did do does doing down during each either et etc few for from further had has have having he her here hers him his how
    however i if in into is it its itself may me might more most must my neither no nor not of off on once only or other our ours out over
    own per same shall she should since so some such than that the their theirs them then there these they this those through thus to too
    under until up upon us very via was we were what when where whether which while who whom whose why will with within without would yet
    you your yours
"""
_STOPS = frozenset(_STOP_LINES.split())


@dataclass(frozen=True, slots=True)
class Piece:
    """One word, or one run of characters without blanks, of a query. All `terms` are wanted, next to each other, or `joined` in their place.

    `position`: where the first stands, counting what is left out. `is_prefix`: the only term is the beginning of what is wanted.
    `word`: as it was typed, folded.
    """

    terms: tuple[str, ...]
    position: int = 0
    is_prefix: bool = False
    joined: str = ""
    word: str = ""


def fold(text: str) -> str:
    """Lower case, full width and ligatures and compatibility forms unified, accents dropped, Greek letters named, Han simplified."""
    if text.isascii():
        return text.lower()
    unified = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    unified = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", unified)))
    unified = _MICRO.sub("u", unified)
    if _HAS_HAN.search(unified):
        unified = unified.translate(to_simplified())
    return _GREEK_LETTER.sub(lambda letter: _GREEK_NAMES.get(letter[0], letter[0]), unified)


def runs(text: str) -> Iterator[tuple[bool, str]]:
    """The folded words, with their hyphens, and unbroken runs of Han, kana or hangul in a text: (whether it is such a run, the run)."""
    for match in _RUN.finditer(fold(text)):
        if match.group(1):
            yield True, match.group(1)
        else:
            yield False, match.group(2)


def tokens(text: str) -> list[str]:
    """What stands in a text, one after another: folded words as they are written, and pairs of characters. `expanded` says what is indexed of each."""
    folded = fold(text)
    if folded.isascii():
        return _ASCII_RUN.findall(folded)
    found: list[str] = []
    for cjk, word in _RUN.findall(folded):
        if cjk:
            found += [cjk[n : n + 2] for n in range(len(cjk))]
        else:
            found.append(word)
    return found


def expanded(token: str, *, keep_stops: bool = False, stemmed: bool = True) -> tuple[int, tuple[tuple[str, int], ...]]:
    """The places a token takes, and its terms, each with its place among them. Words that are left out leave their place.

    Of names, which are not `stemmed`, no word is left out and none is joined.
    """
    if token.isalnum():  # one word, as nearly all are, or characters
        word = token[:MAX_WORD_CHARS]
        if not stemmed:
            return 1, ((word, 0),)
        return (1, ()) if word in _STOPS and not keep_stops else (1, ((stem(word), 0),))
    parts = _parts(token)
    if not stemmed:
        return len(parts), tuple((part, place) for place, part in enumerate(parts))
    found = [(stem(part), place) for place, part in enumerate(parts) if keep_stops or part not in _STOPS]
    if joined := _joined(parts):
        found.append((joined, 0))
    return len(parts), tuple(found)


def placed(text: str, *, keep_stops: bool = False, stemmed: bool = True) -> Iterator[tuple[str, int]]:
    """What is indexed of a text: terms with their positions."""
    position = 0
    for token in tokens(text):
        n_places, found = expanded(token, keep_stops=keep_stops, stemmed=stemmed)
        for term, place in found:
            yield term, position + place
        position += n_places


def terms(text: str, *, keep_stops: bool = False) -> list[str]:
    """The terms of `placed`, in order."""
    return [term for term, _ in placed(text, keep_stops=keep_stops)]


def words(text: str) -> list[str]:
    """The terms of a name, in order: its place in the list is the position of each."""
    return [term for term, _ in placed(text, stemmed=False)]


def pieces(text: str, *, keep_stops: bool = False, stemmed: bool = True) -> list[Piece]:
    """What a query's text asks for: the counterpart of `placed`."""
    return list(_pieces(text, keep_stops, stemmed))


@lru_cache(maxsize=4_096)  # a query is looked at from several sides
def _pieces(text: str, keep_stops: bool, stemmed: bool) -> tuple[Piece, ...]:
    found: list[Piece] = []
    position = 0
    for is_cjk, run in runs(text):
        if is_cjk:
            if len(run) == 1:
                found.append(Piece((run,), position, is_prefix=True, word=run))
            else:
                found.append(Piece(tuple(run[n : n + 2] for n in range(len(run) - 1)), position, word=run))
            position += len(run)
            continue
        parts = _parts(run)
        if not stemmed:
            found += [Piece((part,), position + place, word=part) for place, part in enumerate(parts)]
        elif len(parts) == 1:
            if keep_stops or parts[0] not in _STOPS:
                found.append(Piece((stem(parts[0]),), position, word=parts[0]))
        elif all(keep_stops or part not in _STOPS for part in parts):
            found.append(Piece(tuple(map(stem, parts)), position, joined=_joined(parts), word="".join(parts)))
        else:  # between words that say nothing each of the others stands for itself
            found += [Piece((stem(part),), position + place, word=part) for place, part in enumerate(parts) if part not in _STOPS]
        position += len(parts)
    return tuple(found)


def title_key(text: str) -> str:
    """A title as it is compared with a whole query: folded, without punctuation and blanks. Empty when it holds no letter or digit."""
    return "".join(run if is_cjk else "".join(_parts(run)) for is_cjk, run in runs(text))[:200]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The English stem of a folded word, however it is spelt; what is no word of Latin letters stays as it is."""
    return stemming.stem(american(word)) if word.isascii() and word.isalpha() else word


def is_stop(word: str) -> bool:
    """Whether a folded word says nothing of what a paper is about."""
    return word in _STOPS


def _parts(word: str) -> list[str]:
    """The words that hyphens join, without the possessive and apostrophes: O'Brien is found as obrien, Alzheimer's as alzheimer."""
    if "'" in word:
        word = "-".join(part.removesuffix("'s").replace("'", "") for part in word.split("-"))
    return [part[:MAX_WORD_CHARS] for part in word.split("-")]


def _joined(parts: list[str]) -> str:
    """The stem of the words as one, empty when they are too many or no words."""
    whole = "".join(parts)
    if not 1 < len(parts) <= MAX_JOINED_PARTS or len(whole) > MAX_JOINED_CHARS or whole.isdigit():
        return ""
    return stem(whole)
