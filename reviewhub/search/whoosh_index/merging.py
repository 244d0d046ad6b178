"""Several segments made one: their lists put behind each other, without the documents that have gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from .inverting import SegmentWriter
from .numbers import Array, ranges
from .segments import BLOCK, COLUMNS, FIELDS, FIRST, LISTS, PLACE, PLACED, TEXT, WEIGHT, WORDS, SegmentFiles, Terms

# Postings that are moved at a time: some 100 MB while they are.
STRETCH = 2_000_000


def merge(parts: Sequence[tuple[SegmentFiles, Array]], stem: Path) -> int:
    """Writes the files of a segment with the documents of all `parts` that are alive (a mask for each). How many there are."""
    numbers = []
    n_documents = 0
    for _, alive in parts:
        renumbered = np.cumsum(alive, dtype=np.int64) - 1 + n_documents
        renumbered[~alive] = -1
        numbers.append(renumbered)
        n_documents += int(alive.sum())
    files = [files for files, _ in parts]
    written = SegmentWriter(stem, n_documents)
    text_ranks: list[Array] = []
    for field in FIELDS:
        ranks = _merge_field(written, field, files, numbers)
        if field == TEXT:
            text_ranks = ranks
    columns = {name: _joined([part.column(name)[alive] for part, alive in parts]) for name in COLUMNS if name != "language"}
    languages: dict[str, int] = {"": 0}
    codes = []
    for part, alive in parts:
        translated = np.array([languages.setdefault(name, min(len(languages), 255)) for name in part.languages], COLUMNS["language"])
        codes.append(translated[part.column("language")[alive]])
    columns["language"] = _joined(codes)
    for name in LISTS:
        values, lengths = [], []
        for n, (part, alive) in enumerate(parts):
            ends = part.column(f"{name}.ends").astype(np.int64)
            starts = np.concatenate(([0], ends))[:-1][alive]
            length = ends[alive] - starts
            found = part.column(name)[ranges(starts, length)]
            if name == "telling":
                rank = text_ranks[n][found & 0xFFFFFF]
                # Every term of a document that is alive is still there.
                found = (rank | found.astype(np.int64) & 0xFF000000).astype(LISTS[name])
            values.append(found)
            lengths.append(length)
        columns[name], columns[f"{name}.ends"] = _joined(values), np.cumsum(_joined(lengths)).astype("<u4")
    written.documents(columns, list(languages))
    _merge_words(written, files)
    written.finish()
    return n_documents


def _joined(arrays: list[Array]) -> Array:
    return np.concatenate(arrays) if arrays else np.empty(0, np.int64)


def _merge_field(written: SegmentWriter, field: str, files: Sequence[SegmentFiles], numbers: Sequence[Array]) -> list[Array]:
    """Writes the lists of a field and its terms. For each segment, the new number of each of its terms, -1 of those that are gone."""
    terms = [part.field(field) for part in files]
    known = [part.all() for part in terms]
    union = sorted(set().union(*known))
    rank_of = {term: rank for rank, term in enumerate(union)}
    ranks = [np.fromiter((rank_of[term] for term in some), np.int64, len(some)) for some in known]
    rank = _joined(ranks)
    order = np.argsort(rank, kind="stable")  # segments stay in order within a term
    part_of = np.repeat(np.arange(len(files)), [len(some) for some in known])[order]
    ordinal_of = _joined([np.arange(len(some)) for some in known])[order]
    n_documents = np.zeros(len(union), np.int64)
    n_places = np.zeros(len(union), np.int64)
    n_below = np.zeros((max(written.n_documents - 1, 0) // BLOCK, len(union)), np.int64)
    for some in _stretches(rank[order], part_of, ordinal_of, terms):
        _move(written, field, files, terms, numbers, *some, n_documents, n_places, n_below)
    is_left = n_documents > 0
    left = [term for term, stays in zip(union, is_left.tolist(), strict=True) if stays]
    written.field(field, left, n_documents[is_left], n_places[is_left] if field in PLACED else None, n_below[:, is_left] if len(n_below) else None)
    new = np.cumsum(is_left) - 1
    new[~is_left] = -1
    return [new[some] for some in ranks]


def _stretches(rank: Array, part: Array, ordinal: Array, terms: Sequence[Terms]) -> Iterator[tuple[Array, Array, Array]]:
    """(new term, segment, old term) of the lists, as many at a time as may be in memory; a long list alone."""
    sizes = np.zeros(len(rank), np.int64)
    for n, some in enumerate(terms):
        mine = part == n
        sizes[mine] = some.n_documents[ordinal[mine]]
    upto = np.cumsum(sizes)
    start = 0
    while start < len(rank):
        before = int(upto[start - 1]) if start else 0
        end = max(int(np.searchsorted(upto, before + STRETCH, "right")), start + 1)
        yield rank[start:end], part[start:end], ordinal[start:end]
        start = end


def _move(
    written: SegmentWriter, field: str, files: Sequence[SegmentFiles], terms: Sequence[Terms], numbers: Sequence[Array],
    rank: Array, part: Array, ordinal: Array, n_documents: Array, n_places: Array, n_below: Array,
) -> None:  # fmt: skip
    """Moves these lists, in this order, and adds up what the new terms have."""
    sizes = np.zeros(len(rank), np.int64)
    sources = np.zeros(len(rank), np.int64)  # where a list begins among those that are read
    read: dict[str, list[Array]] = {name: [] for name in ("ids", "weights", "places")}
    place_sizes, place_sources = np.zeros(len(rank), np.int64), np.zeros(len(rank), np.int64)
    n_read = n_places_read = 0
    for n, some in enumerate(terms):
        mine = np.flatnonzero(part == n)
        if not len(mine):
            continue
        first, last = int(ordinal[mine[0]]), int(ordinal[mine[-1]]) + 1  # the terms of one segment are in order, so its lists lie together
        start, stop = int(some.starts[first]), int(some.starts[last])
        sizes[mine] = some.n_documents[ordinal[mine]]
        sources[mine] = some.starts[ordinal[mine]] - start + n_read
        read["ids"].append(numbers[n][files[n].ids_between(some, first, last)])
        n_read += stop - start
        if field == TEXT:
            read["weights"].append(files[n].raw(".wts", start, stop - start, WEIGHT))
        if some.place_starts is not None:
            begin, end = int(some.place_starts[first]), int(some.place_starts[last])
            place_sizes[mine] = some.place_starts[ordinal[mine] + 1] - some.place_starts[ordinal[mine]]
            place_sources[mine] = some.place_starts[ordinal[mine]] - begin + n_places_read
            read["places"].append(files[n].raw(".pos", begin, end - begin, PLACE))
            n_places_read += end - begin
    source = ranges(sources, sizes)
    ids = _joined(read["ids"])[source]
    is_left = ids >= 0
    written.ids(ids[is_left])
    new = np.repeat(rank, sizes)
    ids, new = ids[is_left], new[is_left]
    n_documents += np.bincount(new, minlength=len(n_documents))
    for block, below in enumerate(n_below, 1):
        below += np.bincount(new[ids < block * BLOCK], minlength=len(below))
    if field == TEXT:
        written.weights(_joined(read["weights"])[source][is_left])
    if field in PLACED:
        places = _joined(read["places"])[ranges(place_sources, place_sizes)]
        owner = np.cumsum(places >= FIRST) - 1
        stays = is_left[owner]
        written.places(places[stays])
        n_places += np.bincount(np.repeat(rank, sizes)[owner[stays]], minlength=len(n_places))


def _merge_words(written: SegmentWriter, files: Sequence[SegmentFiles]) -> None:
    """Adds up how often words occur. What has gone is not taken off: it is only what corrections are guessed from."""
    counts: dict[bytes, int] = {}
    for part in files:
        words = part.field(WORDS)
        for word, n in zip(words.all(), words.n_documents.tolist(), strict=True):
            counts[word] = counts.get(word, 0) + n
    found = sorted(counts)
    written.words(found, np.array([counts[word] for word in found], np.uint32))
