"""From text to the terms an index holds: one rule for documents and for queries, and for every engine.

Han, kana and hangul become pairs of neighbouring characters; the last character of a run stands alone as well, so that every character
begins a term and a query of one character works by prefix. Everything else becomes words: folded, English ones stemmed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]

# Longer "words" are debris of formulas and sequences; cut, they still find themselves.
MAX_WORD_CHARS = 64

_CJK = "\u3005\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_WORD_CHARACTER = f"(?:(?![{_CJK}])[^\\W_])"
_RUN = re.compile(f"([{_CJK}]+)|({_WORD_CHARACTER}+(?:'{_WORD_CHARACTER}+)*)")
# Latin, Greek and Cyrillic accents; the voiced marks of kana lie elsewhere and stay.
_ACCENTS = re.compile("[\u0300-\u036f]")
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "ŧ": "t"})
_LETTERS.update(dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u2032"), "'"))
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

_stemmer = snowballstemmer.stemmer("english")


@dataclass(frozen=True, slots=True)
class Piece:
    """One word, or one run of characters without blanks, of a query. All `terms` are wanted, next to each other.

    `position`: where the first stands, counting what is left out. `is_prefix`: the only term is the beginning of what is wanted.
    """

    terms: tuple[str, ...]
    position: int = 0
    is_prefix: bool = False


def fold(text: str) -> str:
    """Lower case, full width and ligatures and compatibility forms unified, accents dropped."""
    if text.isascii():
        return text.lower()
    unified = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", unified)))


def runs(text: str) -> Iterator[tuple[bool, str]]:
    """The folded words and unbroken runs of Han, kana or hangul in a text: (whether it is such a run, the run)."""
    for match in _RUN.finditer(fold(text)):
        if match.group(1):
            yield True, match.group(1)
        else:
            yield False, _bare(match.group(2))


def placed(text: str, *, keep_stops: bool = False, stemmed: bool = True) -> Iterator[tuple[str, int]]:
    """What is indexed of a text: stems and pairs of characters, with their positions. Words that are left out leave their place.

    Of names, which are not `stemmed`, no word is left out.
    """
    position = 0
    for is_cjk, run in runs(text):
        if is_cjk:
            for n in range(len(run)):
                yield run[n : n + 2], position + n
            position += len(run)
            continue
        if not stemmed:
            yield run, position
        elif keep_stops or run not in _STOPS:
            yield stem(run), position
        position += 1


def terms(text: str, *, keep_stops: bool = False) -> list[str]:
    """The terms of `placed`, in order."""
    return [term for term, _ in placed(text, keep_stops=keep_stops)]


def words(text: str) -> list[str]:
    """The terms of a name, in order: its place in the list is the position of each."""
    return [term for term, _ in placed(text, stemmed=False)]


def pieces(text: str, *, keep_stops: bool = False, stemmed: bool = True) -> list[Piece]:
    """What a query's text asks for: the counterpart of `placed`."""
    found: list[Piece] = []
    position = 0
    for is_cjk, run in runs(text):
        if is_cjk and len(run) == 1:
            found.append(Piece((run,), position, is_prefix=True))
        elif is_cjk:
            found.append(Piece(tuple(run[n : n + 2] for n in range(len(run) - 1)), position))
        elif not stemmed:
            found.append(Piece((run,), position))
        elif keep_stops or run not in _STOPS:
            found.append(Piece((stem(run),), position))
        position += len(run) if is_cjk else 1
    return found


def title_key(text: str) -> str:
    """A title as it is compared with a whole query: folded, without punctuation and blanks. Empty when it holds no letter or digit."""
    return "".join(run for _, run in runs(text))[:200]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The English stem of a folded word; words of other languages pass through the same rule on both sides."""
    return str(_stemmer.stemWord(word)) or word


def _bare(word: str) -> str:
    """Without the possessive and without apostrophes: O'Brien is found as obrien, Alzheimer's as alzheimer."""
    if "'" in word:
        word = word.removesuffix("'s").replace("'", "")
    return word[:MAX_WORD_CHARS]
