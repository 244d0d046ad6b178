"""An index as it was after one commit, with what queries ask of it as arrays over all documents.

Documents are numbered through all segments. A snapshot never changes and is read by many threads; what it has read it keeps, within bounds.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from .numbers import Array, offsets, ranges
from .segments import LISTS, NO_PLACE, PLACED, TEXT, SegmentFiles, Terms

# Saturation and length of BM25, as they did best on judged collections with all text in one field.
K1 = 1.6
B = 0.75
# What numpy looks numbers up by without making others of them first.
_INDEX = np.dtype(np.int64)
# What a process keeps of lists and masks it has read.
CACHE_BYTES = 40 << 20
# Of a beginning that a great part of all words share, so many of the lists are read.
MAX_EXPANSIONS = 4_096

T = TypeVar("T", bound="Array | Matches | Placed")


@dataclass(frozen=True, slots=True)
class Matches:
    """Documents in order of number, and what each is worth."""

    ids: Array
    scores: Array

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        return int(self.ids.nbytes + self.scores.nbytes)


@dataclass(frozen=True, slots=True)
class Placed:
    """The documents of a segment with a term, where the places of each begin, with one more for the end, and the places."""

    ids: Array
    starts: Array
    places: Array

    @property
    def nbytes(self) -> int:
        return int(self.ids.nbytes + self.starts.nbytes + self.places.nbytes)


@dataclass(frozen=True, slots=True)
class Telling:
    """Terms of some documents, one row for each: which of the documents, the term's number, its weight there, and how many documents have it."""

    owners: Array
    numbers: Array
    weights: Array
    frequencies: Array
    names: Terms | list[bytes]  # by number


NOTHING = Matches(np.empty(0, np.int64), np.empty(0, np.float32))


class _Cache:
    """Arrays that were needed lately, up to a number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes
        self._kept: OrderedDict[Hashable, Array | Matches | Placed] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found  # type: ignore[return-value]
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._left -= made.nbytes
            while self._left < 0 and len(self._kept) > 1:
                self._left += self._kept.popitem(last=False)[1].nbytes
        return made


class Snapshot:
    """All segments of one commit, and the numbers of ratings."""

    def __init__(self, segments: Sequence[tuple[SegmentFiles, Array | None]], standings: dict[str, Array]) -> None:
        """`segments`: each with a mask of what is alive, None when all is. `standings`: as `standings.read` gives them."""
        self.segments = [files for files, _ in segments]
        self.bases = offsets(np.array([files.n_documents for files in self.segments], np.int64)).tolist()
        self.size = self.bases[-1]  # numbers there are
        self._standings = standings
        self.alive: Array | None = None
        if any(mask is not None for _, mask in segments):
            self.alive = np.concatenate([np.ones(files.n_documents, bool) if mask is None else mask for files, mask in segments])
        self.n_documents = self.size if self.alive is None else int(self.alive.sum())
        # Segments never change, and documents are only ever taken out of them.
        self.content = [(files.name, 0 if mask is None else int(files.n_documents - mask.sum())) for files, mask in segments]
        self._lists = _Cache(CACHE_BYTES)
        self._masks = _Cache(CACHE_BYTES // 8)
        self._columns: dict[str, Array] = {}

    def with_standings(self, standings: dict[str, Array]) -> Snapshot:
        """The same text with other numbers."""
        made = Snapshot.__new__(Snapshot)
        made.__dict__.update({name: value for name, value in self.__dict__.items() if name not in _FROM_STANDINGS})
        made._standings = standings
        made._masks = _Cache(CACHE_BYTES // 8)  # some of them are by rating
        return made

    def check(self) -> None:
        """Reads every file whole. Raises Damaged."""
        for files in self.segments:
            files.check()

    # Documents

    def column(self, name: str) -> Array:
        """A value of every document, by its number."""
        found = self._columns.get(name)
        if found is None:
            parts = [files.column(name) for files in self.segments]
            found = self._columns[name] = parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty(0, np.int64)
        return found

    @cached_property
    def languages(self) -> tuple[list[str], Array]:
        """(languages, the number of each document's)."""
        known: dict[str, int] = {"": 0}
        parts = [np.empty(0, np.int64)]
        for files in self.segments:
            translated = np.array([known.setdefault(name, len(known)) for name in files.languages], np.int64)
            parts.append(translated[files.column("language")])
        return list(known), np.concatenate(parts)

    @cached_property
    def brevity(self) -> Array:
        """What BM25 adds to the weight of a word below the line: more for longer texts."""
        lengths = self.column("length")
        some = lengths if self.alive is None else lengths[self.alive]
        mean = float(some.mean()) if len(some) else 1.0
        return (K1 * (1 - B + B * lengths / max(mean, 1.0))).astype(np.float32)

    @cached_property
    def standing(self) -> dict[str, Array]:
        """Lower bound, mean and counts of every document, by its number."""
        papers = self.column("paper")
        found = {name: np.zeros(self.size, values.dtype) for name, values in self._standings.items() if name != "id"}
        rated = self._standings["id"]
        if len(rated):
            places = np.searchsorted(rated, papers)
            places[places == len(rated)] = 0
            has = rated[places] == papers
            for name, column in found.items():
                column[has] = self._standings[name][places[has]]
        return found

    @cached_property
    def standings(self) -> dict[str, Array]:
        """The numbers as they were read, of papers that are here."""
        here = np.isin(self._standings["id"], self.column("paper") if self.alive is None else self.column("paper")[self.alive])
        return {name: values[here] for name, values in self._standings.items()}

    def listed(self, name: str, ids: Array) -> Array:
        """The values of a column of lists of these documents, one after another."""
        found = []
        for files, base, after in zip(self.segments, self.bases[:-1], self.bases[1:], strict=True):
            mine = ids[np.searchsorted(ids, base) : np.searchsorted(ids, after)] - base if len(self.segments) > 1 else ids
            ends = files.column(f"{name}.ends")
            if len(mine) == files.n_documents:
                found.append(files.column(name))
            elif len(mine):
                starts = np.where(mine > 0, ends[mine - (mine > 0)], 0)
                found.append(files.column(name)[ranges(starts, ends[mine] - starts)])
        return np.concatenate(found) if found else np.empty(0, LISTS[name])

    def telling(self, ids: Array) -> Telling:
        """The terms that say most of each of these documents, which are in order of number."""
        owners, numbers, weights, frequencies = [], [], [], []
        of_segments: list[tuple[Terms, Array]] = []
        for files, base, after in zip(self.segments, self.bases[:-1], self.bases[1:], strict=True):
            first, last = np.searchsorted(ids, (base, after)).tolist()
            if first == last:
                continue
            ends = files.column("telling.ends")
            mine = ids[first:last] - base
            starts = np.where(mine > 0, ends[mine - (mine > 0)], 0)
            lengths = ends[mine] - starts
            values = files.column("telling")[ranges(starts, lengths)]
            terms = files.field(TEXT)
            ordinals = values & 0xFFFFFF
            owners.append(np.repeat(np.arange(first, last), lengths))
            numbers.append(ordinals.astype(np.int64))
            weights.append((values >> 24) * np.float32(0.5))
            frequencies.append(terms.n_documents[ordinals])
            of_segments.append((terms, ordinals))
        if not owners:
            return Telling(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.int64), [])
        if len(owners) > 1:  # the same term has another number in every segment
            known: dict[bytes, int] = {}
            numbers = [np.array([known.setdefault(terms[n], len(known)) for n in ordinals.tolist()], np.int64) for terms, ordinals in of_segments]
            return Telling(np.concatenate(owners), np.concatenate(numbers), np.concatenate(weights), np.concatenate(frequencies), list(known))
        return Telling(owners[0], numbers[0], weights[0], frequencies[0], of_segments[0][0])

    # Terms

    def frequency(self, field: str, term: str) -> int:
        """How many documents have a term, with some that may have gone."""
        key = _bytes(term)
        n = 0
        for files in self.segments:
            terms = files.field(field)
            ordinal = terms.find(key)
            if ordinal >= 0:
                n += int(terms.n_documents[ordinal])
        return n

    def found(self, field: str, term: str) -> list[tuple[SegmentFiles, int, Terms, int]]:
        """Where a term stands: segment, its first number, the terms of the field there and the number of this one."""
        key = _bytes(term)
        found = []
        for files, base in zip(self.segments, self.bases[:-1], strict=True):
            terms = files.field(field)
            ordinal = terms.find(key)
            if ordinal >= 0:
                found.append((files, base, terms, ordinal))
        return found

    def matches(self, field: str, term: str) -> Matches:
        """The documents with a term. Of words each is worth what BM25 says; of whole values one."""
        return self._lists.get((field, term), lambda: self._matches(field, term))

    def _matches(self, field: str, term: str) -> Matches:
        ids, weights = [], []
        for files, base, terms, ordinal in self.found(field, term):
            found = files.ids(terms, ordinal, _INDEX)
            if base:
                found += base
            ids.append(found)
            if field == TEXT:
                weights.append(files.weights(terms, ordinal))
            elif field in PLACED:
                weights.append(np.diff(files.places(terms, ordinal)[0]))
        if not ids:
            return NOTHING
        numbers = _joined(ids)
        weight = _joined(weights) if weights else np.empty(0, np.float32)
        if self.alive is not None and not (is_alive := self.alive[numbers]).all():
            numbers, weight = numbers[is_alive], weight[is_alive] if weights else weight
        if not weights:
            return Matches(numbers, np.ones(len(numbers), np.float32))
        scores = weight.astype(np.float32)
        if field == TEXT:
            scores *= np.float32(0.5)  # weights are kept in halves
            below = self.brevity[numbers]
            below += scores
        else:
            below = scores + np.float32(K1)
        scores *= np.float32((K1 + 1) * self.rarity(len(numbers)))
        scores /= below
        return Matches(numbers, scores)

    def rarity(self, n: int) -> float:
        """What a word is worth that `n` documents have."""
        return math.log1p((self.n_documents - n + 0.5) / (n + 0.5)) if n <= self.n_documents else 0.0

    def rarities(self, n: Array) -> Array:
        """The same of many words."""
        found: Array = np.log1p((np.maximum(self.n_documents - n, 0) + 0.5) / (n + 0.5), dtype=np.float32)
        return found

    def beginning(self, field: str, prefix: str) -> Matches:
        """The documents with any term that begins so, each worth one."""
        return self._lists.get((field, prefix, "*"), lambda: self._beginning(field, prefix))

    def _beginning(self, field: str, prefix: str) -> Matches:
        key = _bytes(prefix)
        mask = np.zeros(self.size, bool)
        for files, base in zip(self.segments, self.bases[:-1], strict=True):
            terms = files.field(field)
            first, last = terms.beginning(key)
            if first < last:
                mask[files.ids_between(terms, first, min(last, first + MAX_EXPANSIONS)) + np.int64(base)] = True
        if self.alive is not None:
            mask &= self.alive
        numbers = np.flatnonzero(mask)
        return Matches(numbers, np.ones(len(numbers), np.float32))

    def places(self, field: str, term: str, ids: Array) -> tuple[Array, Array]:
        """Where a term stands in these of its documents: (position among `ids`, place), in order."""
        owners, found = [], []
        for files, base, terms, ordinal in self.found(field, term):
            first, last = (0, len(ids)) if len(self.segments) == 1 else np.searchsorted(ids, (base, base + files.n_documents)).tolist()
            if first == last:
                continue
            placed = self._lists.get((files.name, field, term), lambda files=files, terms=terms, ordinal=ordinal: _placed(files, terms, ordinal))  # type: ignore[misc]
            local = ids[first:last] - base
            at = placed.ids.searchsorted(local.astype(placed.ids.dtype))
            at[at == len(placed.ids)] = 0
            is_there = placed.ids[at] == local
            at = at[is_there]
            starts = placed.starts[at]
            counts = placed.starts[at + 1] - starts
            owners.append((is_there.nonzero()[0] + first).repeat(counts))
            found.append(placed.places[ranges(starts, counts)])
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        owner, place = (owners[0], found[0]) if len(found) == 1 else (np.concatenate(owners), np.concatenate(found))
        if len(place) and place.max() == NO_PLACE:
            is_place = place != NO_PLACE
            owner, place = owner[is_place], place[is_place]
        return owner, place.astype(np.int64)

    # Masks

    def mask(self, key: Hashable, make: Callable[[], Array]) -> Array:
        """A mask or an order over all documents that was made before, or is made now."""
        return self._masks.get(key, make)


_FROM_STANDINGS = ("standing", "standings", "_standings", "_masks")


def _joined(arrays: list[Array]) -> Array:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _placed(files: SegmentFiles, terms: Terms, ordinal: int) -> Placed:
    return Placed(files.ids(terms, ordinal), *files.places(terms, ordinal))


def _bytes(term: str) -> bytes:
    return term.encode("utf-8", "surrogatepass")
