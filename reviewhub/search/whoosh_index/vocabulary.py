"""Words that are like other words: what a misspelt one may have been, and two that are written as one."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from .. import analysis
from ..language import MAX_CHARS
from .numbers import Array, best
from .segments import WORDS, Terms
from .snapshot import Snapshot

# A slip of the finger or two, by the length of the word: in short words every other word is near.
MIN_CHARS, MIN_CHARS_OF_TWO = 4, 8
# Words that share most letters are compared letter by letter, so many of each segment.
MAX_COMPARED = 300
# While there are more than these, those go first that share no stretch of the word: between two edits some stretch is left whole.
FEW_COMPARED = 40
# Of a word that occurs so seldom a like one is proposed only if it occurs so many times as often.
SELDOM, MUCH_OFTENER = 2, 100
MAX_CORRECTED = 8
# A word that hardly anything has is also looked for as two, neither shorter than this.
HARDLY_ANY, MIN_PART_CHARS = 3, 3
PARTED_CHARS = range(8, 33)

_TYPED = re.compile(r"[^\W\d_]+(?![\w:：'/.@-])")


def nearest_word(snapshot: Snapshot, field: str, word: str) -> str:
    """The most frequent of the words nearest to one that stands nowhere, as it is written; empty when none is near enough."""
    found = _near(snapshot, ("author",) if field == "author" else (WORDS, "author") if field == "text" else (WORDS,), word)
    return found[0] if found else ""


def corrected(snapshot: Snapshot, text: str) -> str:
    """The text with words that are unknown here, or nearly so, put as they are usually written; empty when nothing is to be put right."""
    if len(text) > MAX_CHARS:
        return ""
    left = MAX_CORRECTED

    def instead(match: re.Match[str]) -> str:
        nonlocal left
        typed = match[0]
        word = analysis.fold(typed)
        if left <= 0 or len(word) < MIN_CHARS or analysis.is_stop(word) or not word.isascii():
            return typed
        n = snapshot.frequency(WORDS, word) + snapshot.frequency("author", word)
        if n > SELDOM or (n == 0 and snapshot.frequency("text", analysis.stem(word))):
            return typed
        left -= 1
        found = _near(snapshot, (WORDS, "author"), word)
        return found[0] if found and found[1] > n * MUCH_OFTENER else typed

    better = _TYPED.sub(instead, text)
    return better if analysis.fold(better) != analysis.fold(text) else ""


def parted(snapshot: Snapshot, field: str, word: str, n_found: int) -> tuple[str, ...]:
    """The terms of two words that one may have been meant as, "poststroke"; empty when it is frequent or there are no such words."""
    if n_found > HARDLY_ANY or len(word) not in PARTED_CHARS or not (word.isascii() and word.isalpha()):
        return ()
    best_parts: tuple[str, ...] = ()
    most = 0
    for n in range(MIN_PART_CHARS, len(word) - MIN_PART_CHARS + 1):
        first, second = word[:n], word[n:]
        if analysis.is_stop(first) or analysis.is_stop(second):
            continue
        parts = analysis.stem(first), analysis.stem(second)
        n_first = snapshot.frequency(field, parts[0])
        n_rarer = min(n_first, snapshot.frequency(field, parts[1])) if n_first > most else 0
        if n_rarer > most:
            best_parts, most = parts, n_rarer
    return best_parts


def _near(snapshot: Snapshot, fields: tuple[str, ...], word: str) -> tuple[str, int] | None:
    """(the nearest word, how often it occurs)."""
    if len(word) < MIN_CHARS or not word.isascii() or not word.isalpha():
        return None
    at_most = 2 if len(word) >= MIN_CHARS_OF_TWO else 1
    counts: dict[str, int] = {}
    stretches = _stretches(word, at_most)
    for files in snapshot.segments:
        for field in fields:
            terms = files.field(field)
            ordinals = _resembling(terms, word.encode(), at_most).tolist()
            for ordinal in ordinals:
                found = terms[ordinal].decode("utf-8", "surrogatepass")
                if found.isalpha() and (len(ordinals) <= FEW_COMPARED or any(found.find(*stretch) >= 0 for stretch in stretches)):
                    counts[found] = counts.get(found, 0) + int(terms.n_documents[ordinal])
    ranked = []
    for found, n in counts.items():
        distance = edits(word, found, at_most)
        if 0 < distance <= at_most:
            ranked.append((distance, found[0] != word[0], -n, found))
    if not ranked:
        return None
    _, _, n, nearest = min(ranked)
    return nearest, -n


def _stretches(word: str, at_most: int) -> list[tuple[str, int, int]]:
    """Stretches of the word of which one is left whole whatever so many edits do (two letters that change places may spoil two), with from where and
    to where each may stand."""
    n = 2 * at_most + 1
    ends = [len(word) * place // n for place in range(n + 1)]
    return [(word[start:end], max(0, start - at_most), end + at_most) for start, end in pairwise(ends)]


def _resembling(terms: Terms, word: bytes, at_most: int) -> Array:
    """The numbers of terms that are as long and have nearly the same letters: those alone can be near."""
    lengths, letters = terms.signatures
    own = np.bitwise_or.reduce(np.uint64(1) << (np.frombuffer(word, np.uint8) & np.uint8(63)).astype(np.uint64))
    of_length = np.flatnonzero((lengths >= len(word) - at_most) & (lengths <= len(word) + at_most))
    theirs = letters[of_length]
    # Each edit takes one kind of letter away at most, and brings one.
    chosen = of_length[(np.bitwise_count(theirs & ~own) <= at_most) & (np.bitwise_count(own & ~theirs) <= at_most)]
    if len(chosen) > MAX_COMPARED:
        worth = -np.bitwise_count(letters[chosen] ^ own).astype(np.int64) * (1 << 40) + terms.n_documents[chosen]
        return np.asarray(chosen[best(worth, MAX_COMPARED)])
    return np.asarray(chosen)


def edits(first: str, second: str, at_most: int) -> int:
    """Letters put in, left out, changed, or swapped with their neighbour, between two words; more than `at_most` when they are more."""
    if abs(len(first) - len(second)) > at_most:
        return at_most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for n, letter in enumerate(first, 1):
        above, row = row, [n]
        for m, other in enumerate(second, 1):
            cost = min(above[m] + 1, row[m - 1] + 1, above[m - 1] + (letter != other))
            if n > 1 and m > 1 and letter == second[m - 2] and first[n - 2] == other:
                cost = min(cost, before[m - 2] + 1)
            row.append(cost)
        if min(row) > at_most:
            return at_most + 1
        before = above
    return row[-1]
