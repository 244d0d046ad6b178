"""One segment of an index on disk: which files it has, what is in them, and how they are read.

`.trm`  a container: of each field its terms in order of bytes, how many documents have each, and how many places each takes altogether
`.ids`  document numbers, list after list in the order of the terms, ascending within a list: the lower two bytes of each. In larger segments the
        table of terms says how many of each list are below each multiple of 65,536
`.wts`  of the lists of `text`, the weight in each document, in halves: one byte each
`.pos`  of the lists of fields with places, those places, document after document: two bytes each, the highest bit set in the first of a document.
        A document that has a term in no place has one place, `NO_PLACE`
`.doc`  a container: columns with a value for each document, and the terms that say most of each document

A segment is never changed. Documents that are taken out stand in the table of contents, and go when segments are merged.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .containers import Container, Damaged, Source
from .numbers import Array, offsets, ranges

# Fields in the order in which their lists lie. Only `TEXT` has weights; the lists of `EXACT` fields have document numbers only.
TEXT = "text"
PLACED = (TEXT, "title", "author", "journal", "keyword", "funder")
EXACT = ("identifier", "title_key", "keyword_slug", "beginning")
FIELDS = (*PLACED, *EXACT)
# Words as they are written, with how often: what corrections are made from.
WORDS = "words"

ID, LOWER_ID, WEIGHT, PLACE = np.dtype("<u4"), np.dtype("<u2"), np.dtype("u1"), np.dtype("<u2")
# So many document numbers have the same upper bytes.
BLOCK = 1 << 16
# The largest weight there is room for: a word that stands in a text more often says no more.
MAX_WEIGHT = 255
FIRST, NO_PLACE = 0x8000, 0x7FFF
MAX_PLACE = NO_PLACE - 1
# Every so many terms one is kept at hand to look a term up by; and where that many looked up lately stand.
STEP, MAX_FOUND = 64, 20_000
RAW = (".ids", ".wts", ".pos")

COLUMNS: dict[str, np.dtype[Any]] = {
    "paper": np.dtype("<i8"), "version": np.dtype("<i8"), "published": np.dtype("<i4"), "year": np.dtype("<i2"), "type": np.dtype("u1"),
    "language": np.dtype("u1"), "journal": np.dtype("<i8"), "is_retracted": np.dtype("u1"), "length": np.dtype("<f4"),
}  # fmt: skip
# Columns with any number of values for each document: a column of ends, and one of values.
LISTS: dict[str, np.dtype[Any]] = {"keywords": np.dtype("<u4"), "telling": np.dtype("<u4")}

_no_places = np.empty(0, PLACE)


class Terms:
    """The terms of one field, in order of their bytes."""

    def __init__(self, blob: bytes, ends: Array, n_documents: Array, n_places: Array | None, base: int, places_base: int, n_below: Array | None = None) -> None:
        self._blob = blob
        self.ends = ends  # where each term ends in the blob, with a zero before the first
        self._ends = memoryview(ends.data)
        self.n_documents = n_documents
        self.n_below = n_below  # for each multiple of `BLOCK` in the segment, how many documents of each term are below
        self._found: dict[bytes, int] = {}
        self.starts = offsets(n_documents) + base
        self.place_starts = None if n_places is None else offsets(n_places) + places_base

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, ordinal: int) -> bytes:
        return self._blob[self._ends[ordinal] : self._ends[ordinal + 1]]

    def all(self) -> list[bytes]:
        """Every term."""
        ends = self.ends.tolist()
        return [self._blob[start:end] for start, end in pairwise(ends)]

    @cached_property
    def _steps(self) -> list[bytes]:
        return [self[ordinal] for ordinal in range(0, len(self), STEP)]

    def place(self, term: bytes) -> int:
        """Where the term stands or would stand."""
        low = max(bisect_left(self._steps, term) - 1, 0) * STEP
        return bisect_left(range(len(self)), term, low, min(low + STEP, len(self)), key=self.__getitem__)

    def find(self, term: bytes) -> int:
        """The number of a term, -1 when it is not there."""
        found = self._found.get(term)
        if found is None:
            place = self.place(term)
            found = place if place < len(self) and self[place] == term else -1
            if len(self._found) >= MAX_FOUND:
                self._found = {}
            self._found[term] = found
        return found

    def beginning(self, prefix: bytes) -> tuple[int, int]:
        """From where and to where the terms stand that begin so."""
        start = self.place(prefix)
        # Terms are UTF-8, in which no byte is FF.
        return start, self.place(prefix + b"\xff")

    @cached_property
    def signatures(self) -> tuple[Array, Array]:
        """(lengths in bytes, a bit for each kind of byte that occurs): what is quickly compared before terms are."""
        lengths = np.diff(self.ends)
        if not len(self):
            return lengths, np.empty(0, np.uint64)
        bits = np.uint64(1) << (np.frombuffer(self._blob, np.uint8) & np.uint8(63)).astype(np.uint64)
        return lengths, np.bitwise_or.reduceat(bits, self.ends[:-1].astype(np.int64))


class SegmentFiles:
    """An open segment. Everything is read when it is first needed; what is small stays."""

    def __init__(self, stem: Path, name: str) -> None:
        self.name = name
        self._stem = stem
        self._terms = Container(self._path(".trm"))
        self._documents = Container(self._path(".doc"))
        self.n_documents: int = self._terms.facts["n_documents"]
        self._raw = {ending: Source(self._path(ending)) for ending in RAW}
        for ending, (size, _) in self._terms.facts["files"].items():
            if self._raw[ending].size_bytes != size:
                raise Damaged(f"{self._path(ending).name} has not the size it was written with")
        self._fields: dict[str, Terms] = {}
        self._columns: dict[str, Array] = {}
        self._lock = threading.Lock()

    def _path(self, ending: str) -> Path:
        return self._stem.with_name(self._stem.name + ending)

    def check(self) -> None:
        """Reads all files and compares checksums. Raises Damaged."""
        self._terms.check()
        self._documents.check()
        for ending, (_, checksum) in self._terms.facts["files"].items():
            if self._raw[ending].checksum() != checksum:
                raise Damaged(f"{self._path(ending).name} is damaged")

    # Terms

    def field(self, name: str) -> Terms:
        """The terms of a field."""
        found = self._fields.get(name)
        if found is None:
            with self._lock:
                found = self._fields[name] = self._read_terms(name)
        return found

    def _read_terms(self, name: str) -> Terms:
        read = self._terms.array
        n_places = read(f"{name}.places") if f"{name}.places" in self._terms else None
        base, places_base = self._terms.facts["bases"].get(name, (0, 0))
        n_documents = read(f"{name}.documents")
        n_below = read(f"{name}.below").reshape(-1, len(n_documents)) if len(n_documents) and f"{name}.below" in self._terms else None
        return Terms(self._terms.bytes(f"{name}.terms"), read(f"{name}.ends"), n_documents, n_places, base, places_base, n_below)

    # Lists

    def ids(self, terms: Terms, ordinal: int, kind: np.dtype[Any] = ID) -> Array:
        """The document numbers of a term, as numbers of this kind."""
        found = self._raw[".ids"].array(int(terms.starts[ordinal]), int(terms.n_documents[ordinal]), LOWER_ID).astype(kind)
        if terms.n_below is not None:
            for below in terms.n_below[:, ordinal].tolist():
                found[below:] += BLOCK
        return found

    def ids_between(self, terms: Terms, first: int, last: int) -> Array:
        """The document numbers of all terms from `first` up to, without, `last`, one list after the other."""
        start, stop = int(terms.starts[first]), int(terms.starts[last])
        found = self._raw[".ids"].array(start, stop - start, LOWER_ID).astype(ID)
        if terms.n_below is not None and last > first:
            lists = terms.starts[first : last + 1] - start
            for below in terms.n_below[:, first:last]:
                found[ranges(lists[:-1] + below, np.diff(lists) - below)] += BLOCK
        return found

    def weights(self, terms: Terms, ordinal: int) -> Array:
        """The weights of a term of `text`, in halves."""
        return self._raw[".wts"].array(int(terms.starts[ordinal]), int(terms.n_documents[ordinal]), WEIGHT)

    def places(self, terms: Terms, ordinal: int) -> tuple[Array, Array]:
        """(where the places of each document of a term begin, with one more for the end; the places). `NO_PLACE` is none."""
        if terms.place_starts is None:
            return np.zeros(int(terms.n_documents[ordinal]) + 1, np.uint32), _no_places
        start, end = int(terms.place_starts[ordinal]), int(terms.place_starts[ordinal + 1])
        found = self._raw[".pos"].array(start, end - start, PLACE)
        return np.append((found & FIRST).nonzero()[0].astype(np.uint32), np.uint32(len(found))), found & NO_PLACE

    def raw(self, ending: str, offset: int, n: int, kind: np.dtype[Any]) -> Array:
        """A stretch of one of the files, for merging."""
        return self._raw[ending].array(offset, n, kind)

    # Documents

    def column(self, name: str) -> Array:
        """The values of all documents."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self._documents.array(name)
        return found

    @property
    def languages(self) -> list[str]:
        """What the numbers in the column of languages stand for."""
        found: list[str] = self._documents.facts["languages"]
        return found

    def close(self) -> None:
        self._terms.close()
        self._documents.close()
        for source in self._raw.values():
            source.close()
