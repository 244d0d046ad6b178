"""From a paper's text to the terms the model counts: stems of words, pairs of neighbouring Han or kana, each as a number.

Numbers are hashes: no dictionary has to be kept or agreed on, and a text of tomorrow or in a language never seen finds its place.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from ..core import stemming
from ..core.text import folded
from .sparse import Matrix, compressed

# A million places: a large site has some 300,000 terms, so every third shares its place with another one, almost always a rare one.
N_TERMS = 1 << 20
# Longer "words" are debris of formulas and sequences.
MAX_WORD_CHARS = 64
# Of a longer text only the beginning counts.
MAX_CHARS = 20_000

# The commonest words of English that are no subject; rarity alone does not silence them where most records are bare titles.
_STOP_LINES = """
    about above after all also among an and any are as at be because been before being between both but by can could did does during each for from
    further had has have he her his how if in into is it its more most not of on or other our over same should some such than that the their them then
    there these they this those through to under until up use used using very via was we were what when where which while who whose why will with
    within without would you your
"""
_STOPS = frozenset(_STOP_LINES.split())

_PIECE = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+)|([^\\W\\d_][^\\W_]+)")


def terms(text: str) -> Iterator[str]:
    """The terms of a plain text, in order. Numbers and single letters tell nothing and are left out; a lone Han character is a term."""
    for match in _PIECE.finditer(folded(text[:MAX_CHARS])):
        if run := match.group(1):
            yield from (run[n : n + 2] for n in range(max(1, len(run) - 1)))
        else:
            yield from _split(match.group(2))


def _split(word: str) -> Iterator[str]:
    """Han that stands within a Latin word ("α波", "X线片") is taken apart from it."""
    for han, latin in re.findall("([\u3040-\uffff]+)|([^\u3040-\uffff]+)", word[:MAX_WORD_CHARS]):
        if han:
            yield from (han[n : n + 2] for n in range(max(1, len(han) - 1)))
        elif len(latin) > 1 and latin not in _STOPS:
            yield stem(latin)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The English stem of a folded word; words with other letters than a to z stay as they are."""
    return stemming.stem(word) if word.isascii() and word.isalpha() else word


@lru_cache(maxsize=300_000)
def place(term: str) -> int:
    """The number of a term."""
    return zlib.crc32(term.encode()) % N_TERMS


def counts(text: str) -> Counter[int]:
    """How often each term stands in a text."""
    return Counter(place(term) for term in terms(text))


def matrix_of(documents: Iterable[Counter[int]]) -> Matrix:
    """Documents as rows of counts."""
    ends, columns, values = [0], list[int](), list[int]()
    for found in documents:
        columns.extend(found)
        values.extend(found.values())
        ends.append(len(columns))
    made = compressed((np.array(values, np.float32), np.array(columns, np.int32), np.array(ends, np.int32)), shape=(len(ends) - 1, N_TERMS))
    made.sort_indices()
    return made


def counted(texts: Iterable[str]) -> Matrix:
    """Texts as rows of counts."""
    return matrix_of(counts(text) for text in texts)
