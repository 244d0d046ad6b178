"""What documents match and what they are worth, in arrays: every word is one addition to one array."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..names import NAME_PLACES
from .numbers import Array
from .snapshot import K1, NOTHING, Matches, Snapshot

# Two words are near each other within so many places; texts of a field are further apart.
WINDOW = 8
# Looking a document up in a list costs about so many times what copying a number does.
_LOOK_UP = 12
# A larger product of matrices is worked out by several threads, which costs more than it saves.
SMALL_PRODUCT = 1 << 18
# Document and place in one number.
_PLACE_BITS = 17


def both(snapshot: Snapshot, parts: Sequence[Matches]) -> Matches:
    """Documents in all parts, worth the sum."""
    if not all(map(len, parts)):
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    first, *others = sorted(parts, key=len)
    ids, scores = first.ids, first.scores
    for other in others:
        if len(ids) * _LOOK_UP > snapshot.size // 8 + 2 * len(other):
            spread = np.zeros(snapshot.size, np.float32)
            spread[other.ids] = other.scores
            worth = spread[ids]
            is_there = worth > 0
        else:
            at = np.searchsorted(other.ids, ids)
            at[at == len(other)] = 0
            is_there = other.ids[at] == ids
            worth = other.scores[at]
        ids, scores = ids[is_there], scores[is_there] + worth[is_there]
        if not len(ids):
            return NOTHING
    return Matches(ids, scores)


def either(snapshot: Snapshot, parts: Sequence[Matches]) -> Matches:
    """Documents in any part, worth the sum."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    return gathered(total(snapshot, parts))


def total(snapshot: Snapshot, parts: Sequence[Matches]) -> Array:
    """What each document of the index is worth by all parts together."""
    worth = np.zeros(snapshot.size, np.float32)
    for part in parts:
        worth[part.ids] += part.scores
    return worth


def gathered(worth: Array) -> Matches:
    """The documents that are worth anything."""
    ids = np.flatnonzero(worth)
    return Matches(ids, worth[ids])


def times(found: Matches, factor: float) -> Matches:
    """The same documents, worth more or less."""
    return Matches(found.ids, found.scores * np.float32(factor))


def word(snapshot: Snapshot, field: str, term: str) -> Matches:
    """The documents with a word, worth what BM25 says."""
    return snapshot.matches(field, term)


def phrase(snapshot: Snapshot, field: str, terms: Sequence[tuple[str, int]]) -> Matches:
    """The documents in which the terms stand in these places to each other."""
    found = both(snapshot, [word(snapshot, field, term) for term, _ in dict.fromkeys(terms)])
    if not len(found) or len(terms) < 2:
        return found
    keys: Array | None = None
    for term, place in sorted(terms, key=lambda one: snapshot.frequency(field, one[0])):
        owners, places = snapshot.places(field, term, found.ids)
        starts = owners << _PLACE_BITS | places - place + terms[-1][1]  # never below zero
        keys = starts if keys is None else keys[_is_in(keys, starts)]
    assert keys is not None
    return _chosen(found, keys >> _PLACE_BITS)


def one_name(snapshot: Snapshot, parts: Sequence[Sequence[str]]) -> Matches:
    """The documents with a name that has, of each of the parts, one of its terms; in any order."""
    found = both(snapshot, [either(snapshot, [word(snapshot, "author", term) for term in terms]) for terms in parts])
    if not len(found) or len(parts) < 2:
        return found
    keys: Array | None = None
    for terms in parts:
        mine = []
        for term in terms:
            owners, places = snapshot.places("author", term, found.ids)
            mine.append(owners << _PLACE_BITS | places // NAME_PLACES)
        names = np.unique(np.concatenate(mine))
        keys = names if keys is None else keys[_is_in(keys, names)]
    assert keys is not None
    return _chosen(found, keys >> _PLACE_BITS)


def nearness(snapshot: Snapshot, ids: Array, words: Sequence[tuple[str, int]]) -> tuple[Array, Array]:
    """How often neighbours among the words stand in these documents as they were typed, and how often near each other: for each pair a row."""
    pairs = list(pairwise(words))
    in_order, near = np.zeros((len(pairs), len(ids)), np.float32), np.zeros((len(pairs), len(ids)), np.float32)
    keys = {term: _keys(*snapshot.places("text", term, ids)) for term, _ in words}
    for n, ((first, place), (second, other)) in enumerate(pairs):
        a, b = keys[first], keys[second]
        if first == second or not len(a) or not len(b):
            continue
        if other - place <= WINDOW:
            in_order[n] = np.bincount(a[_is_in(a + (other - place), b)] >> _PLACE_BITS, minlength=len(ids))
        at = np.searchsorted(b, a)
        after = b[np.minimum(at, len(b) - 1)]
        before = b[np.maximum(at - 1, 0)]
        is_near = (np.abs(after - a) <= WINDOW) | (np.abs(a - before) <= WINDOW)
        near[n] = np.bincount(a[is_near] >> _PLACE_BITS, minlength=len(ids))
    return in_order, near


def kinship(snapshot: Snapshot, ids: Array) -> Array:
    """How alike each two of these documents are by the terms that say most of them, from 0 to 1; themselves 0."""
    told = snapshot.telling(ids)
    worth = told.weights * np.float32(K1 + 1) / (told.weights + snapshot.brevity[ids][told.owners]) * snapshot.rarities(told.frequencies)
    lengths = np.sqrt(np.bincount(told.owners, weights=worth * worth, minlength=len(ids))) + 1e-9
    order = told.numbers.argsort(kind="stable")
    numbers = told.numbers[order]
    is_new = numbers[1:] != numbers[:-1]
    is_shared = np.zeros(len(numbers), bool)  # what one document alone has makes it like no other
    is_shared[1:] = ~is_new
    is_shared[:-1] |= ~is_new
    columns = np.cumsum(np.concatenate(([False], is_new)))[is_shared]
    columns = np.cumsum(np.diff(columns, prepend=-1) > 0) - 1
    owners = told.owners[order][is_shared]
    rows = np.zeros((len(ids), int(columns[-1]) + 1 if len(columns) else 0), np.float32)
    rows[owners, columns] = worth[order][is_shared] / lengths[owners]
    step = max(1, SMALL_PRODUCT // max(1, rows.size))
    alike = np.concatenate([rows[n : n + step] @ rows.T for n in range(0, len(ids), step)])
    np.fill_diagonal(alike, 0)
    return alike


def _keys(owners: Array, places: Array) -> Array:
    # Places are below 2^16: whatever is near to one of another document would have to be further off than the window.
    found: Array = owners << _PLACE_BITS | places
    return found


def _is_in(some: Array, others: Array) -> Array:
    """Which of some numbers are among the others; both in order."""
    if not len(others):
        return np.zeros(len(some), bool)
    at = np.searchsorted(others, some)
    at[at == len(others)] = 0
    found: Array = others[at] == some
    return found


def _chosen(found: Matches, places: Array) -> Matches:
    chosen = np.unique(places)
    return Matches(found.ids[chosen], found.scores[chosen])
