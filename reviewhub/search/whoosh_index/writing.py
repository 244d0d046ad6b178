"""Changes to a build: new segments, documents taken out, small segments merged, and the numbers of ratings beside them."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np
from whoosh import index
from whoosh.filedb.filestore import FileStorage
from whoosh.util.filelock import try_for

from ..backend import IndexBusy
from ..documents import Document, Standing
from . import merging, standings
from .codec import INDEX_NAME, ArrayCodec, ArraySegment
from .inverting import SegmentBuilder
from .numbers import Array
from .postings import schema
from .segments import SegmentFiles

# Segments that are merged when there are so many of them and all are small: each costs every query a little.
N_SMALL, SMALL_DOCUMENTS = 4, 1_000
# A segment is merged into those before it while they are at least this share of it together: so each document is moved a few times only.
WORTH_MERGING = 0.5
# A larger segment is left alone: merging it would keep other writers waiting.
MAX_MERGED_DOCUMENTS = 300_000
# Unless so many of its documents have gone.
MAX_GONE = 0.4


class BuildWriter:
    """Changes to one build, visible together when committed. Holds Whoosh's lock."""

    def __init__(self, folder: Path, wait_s: float) -> None:
        self._folder = folder
        self._storage = FileStorage(str(folder))
        self._lock = self._storage.lock(f"{INDEX_NAME}_WRITELOCK")
        if not try_for(self._lock.acquire, timeout=wait_s, delay=0.05):
            raise IndexBusy("another program writes to the index")
        try:
            contents = index.TOC.read(self._storage, INDEX_NAME)
        except BaseException:
            self._lock.release()
            raise
        self._generation: int = contents.generation + 1
        self._segments: list[ArraySegment] = contents.segments
        self._new: list[ArraySegment] = []
        self._builder = SegmentBuilder()
        self._gone: set[int] = set()
        self._standings: dict[int, Standing] = {}

    # A `backend.Batch`

    def put(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self._gone.add(document.id)
            self._standings[document.id] = document.standing or Standing(document.id)
            self._builder.add(document)
            if self._builder.is_full:
                self._write()

    def delete(self, ids: Collection[int]) -> None:
        self._gone.update(ids)
        self._standings.update((paper_id, Standing(paper_id)) for paper_id in ids)

    def stand(self, standings: Iterable[Standing]) -> None:
        self._standings.update((standing.id, standing) for standing in standings)

    # Its end

    def commit(self, *, tidy: bool = False) -> None:
        """Makes everything visible. `tidy`: all is merged into few segments, as is worth while when an index is new."""
        if len(self._builder):
            self._write()
        has_changed = bool(self._new)
        for segment in self._segments:
            has_changed |= self._take_out(segment)
        if has_changed:
            groups = _all_in_groups(self._segments + self._new) if tidy else _worth_merging(self._segments + self._new)
            for group in groups:
                self._merge(group)
            segments = [segment for segment in self._segments + self._new if _left(segment)]
            index.TOC(schema(), segments, self._generation).write(self._storage, INDEX_NAME)
        standings.change(self._folder, self._standings.values())
        if has_changed:
            index.clean_files(self._storage, INDEX_NAME, self._generation, segments)

    def cancel(self) -> None:
        """Drops everything."""
        for segment in self._new:
            for path in self._folder.glob(f"{segment.segment_id()}.*"):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets the next writer in."""
        self._lock.release()

    def _write(self) -> None:
        segment = ArraySegment(ArrayCodec(), INDEX_NAME)
        self._new.append(segment)
        segment.set_doc_count(self._builder.write(self._folder / segment.segment_id()))

    def _take_out(self, segment: ArraySegment) -> bool:
        """Marks what has gone of a segment that was there before. Whether there was any."""
        if not self._gone:
            return False
        with contextlib.closing(segment.opened(self._storage)) as files:
            papers = files.column("paper")
        numbers = np.flatnonzero(np.isin(papers, np.fromiter(self._gone, np.int64, len(self._gone))))
        found = set(numbers.tolist()) - set(segment.deleted_docs())
        for number in found:
            segment.delete_document(number)
        return bool(found)

    def _merge(self, group: list[ArraySegment]) -> None:
        merged = ArraySegment(ArrayCodec(), INDEX_NAME)
        with contextlib.ExitStack() as opened:
            parts: list[tuple[SegmentFiles, Array]] = []
            for segment in group:
                files = opened.enter_context(contextlib.closing(segment.opened(self._storage)))
                parts.append((files, alive(segment)))
            merged.set_doc_count(merging.merge(parts, self._folder / merged.segment_id()))
        place = next(n for n, segment in enumerate(self._segments + self._new) if segment is group[0])
        segments = self._segments + self._new
        segments[place] = merged
        self._segments, self._new = [segment for segment in segments if not any(segment is one for one in group)], []


def alive(segment: ArraySegment) -> Array:
    """A mask of the documents that have not been taken out."""
    mask = np.ones(segment.doc_count_all(), bool)
    gone = list(segment.deleted_docs())
    if gone:
        mask[gone] = False
    return mask


def _left(segment: ArraySegment) -> int:
    return int(segment.doc_count_all() - segment.deleted_count())


def _worth_merging(segments: list[ArraySegment]) -> Iterator[list[ArraySegment]]:
    """The small segments while they are many or outgrow the next, and those of which little is left."""
    by_size = sorted((segment for segment in segments if _left(segment) <= MAX_MERGED_DOCUMENTS), key=_left)
    group: list[ArraySegment] = []
    n_documents = 0
    for segment in by_size:
        is_small = n_documents + _left(segment) <= SMALL_DOCUMENTS
        if group and not is_small and n_documents < WORTH_MERGING * _left(segment):
            break
        if n_documents + _left(segment) > MAX_MERGED_DOCUMENTS:
            break
        group.append(segment)
        n_documents += _left(segment)
    if len(group) > 1 and (n_documents > SMALL_DOCUMENTS or len(group) >= N_SMALL):
        yield group
    else:
        group = []
    for segment in segments:
        if segment.deleted_count() > MAX_GONE * segment.doc_count_all() and not any(segment is one for one in group) and _left(segment):
            yield [segment]


def _all_in_groups(segments: list[ArraySegment]) -> Iterator[list[ArraySegment]]:
    """All segments, in groups as large as may be."""
    group: list[ArraySegment] = []
    for segment in segments:
        if group and sum(map(_left, group)) + _left(segment) > MAX_MERGED_DOCUMENTS:
            if len(group) > 1:
                yield group
            group = []
        group.append(segment)
    if len(group) > 1:
        yield group
