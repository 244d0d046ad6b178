"""Segments of arrays as Whoosh knows segments: its table of contents names them, its locks guard them, its readers and queries read them.

What is asked on a page does not come this way: `snapshot` reads the same files a list at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from whoosh import formats, reading
from whoosh.codec import base, whoosh3
from whoosh.filedb.filestore import FileStorage
from whoosh.matching import ListMatcher, Matcher

from .segments import FIELDS, NO_PLACE, PLACED, TEXT, SegmentFiles

INDEX_NAME = "papers"


class ArrayCodec(whoosh3.W3Codec):  # type: ignore[misc]
    """Whoosh's standard codec with lists as arrays. It reads; `inverting` and `merging` write."""

    def new_segment(self, storage: FileStorage, indexname: str) -> ArraySegment:  # noqa: ARG002
        return ArraySegment(self, indexname)

    def terms_reader(self, storage: FileStorage, segment: ArraySegment) -> ArrayTermsReader:
        return ArrayTermsReader(segment.opened(storage))

    def per_document_reader(self, storage: FileStorage, segment: ArraySegment) -> ArrayDocumentReader:
        return ArrayDocumentReader(segment, segment.opened(storage))

    def per_document_writer(self, storage: FileStorage, segment: ArraySegment) -> Any:
        raise NotImplementedError("segments of arrays are written whole, by SegmentBuilder")

    def field_writer(self, storage: FileStorage, segment: ArraySegment) -> Any:
        raise NotImplementedError("segments of arrays are written whole, by SegmentBuilder")


class ArraySegment(whoosh3.W3Segment):  # type: ignore[misc]
    """A segment, and which of its documents have gone. This is what the table of contents keeps."""

    def __init__(self, codec: ArrayCodec, indexname: str) -> None:
        super().__init__(codec, indexname)
        self._deleted: set[int] = set()

    def should_assemble(self) -> bool:
        return False

    def opened(self, storage: FileStorage) -> SegmentFiles:
        """Its files. Raises Damaged, FileNotFoundError."""
        return SegmentFiles(Path(storage.folder) / self.segment_id(), self.segment_id())


class ArrayTermsReader(base.TermsReader):  # type: ignore[misc]
    """Terms and lists, one at a time, for Whoosh's queries."""

    def __init__(self, files: SegmentFiles) -> None:
        self._files = files

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        field, text = term
        return field in FIELDS and self._files.field(field).find(text) >= 0

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for field in self.indexed_field_names():
            yield from self.terms_from(field, b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        terms = self._files.field(fieldname)
        for ordinal in range(terms.place(prefix), len(terms)):
            yield fieldname, terms[ordinal]

    def items(self) -> Iterator[tuple[tuple[str, bytes], reading.TermInfo]]:
        for field, text in self.terms():
            yield (field, text), self.term_info(field, text)

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], reading.TermInfo]]:
        for field, text in self.terms_from(fieldname, prefix):
            yield (field, text), self.term_info(field, text)

    def term_info(self, fieldname: str, text: bytes) -> reading.TermInfo:
        terms, ordinal = self._found(fieldname, text)
        weights = self._weights(fieldname, text)
        ids = self._files.ids(terms, ordinal)
        return reading.TermInfo(sum(weights), len(ids), minlength=1, maxlength=1, maxweight=max(weights), minid=int(ids[0]), maxid=int(ids[-1]))

    def frequency(self, fieldname: str, text: bytes) -> float:
        return sum(self._weights(fieldname, text))

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        terms, ordinal = self._found(fieldname, text)
        return int(terms.n_documents[ordinal])

    def matcher(self, fieldname: str, text: bytes, format_: formats.Format, scorer: Any = None) -> Matcher:
        terms, ordinal = self._found(fieldname, text)
        values: list[bytes] | None = None
        if fieldname in PLACED:
            ends, places = (found.tolist() for found in self._files.places(terms, ordinal))
            values = [format_.encode([place for place in places[start:end] if place != NO_PLACE]) for start, end in pairwise(ends)]
        return ListMatcher(self._files.ids(terms, ordinal).tolist(), self._weights(fieldname, text), values, format_, scorer=scorer, term=(fieldname, text))

    def indexed_field_names(self) -> list[str]:
        return list(FIELDS)

    def cursor(self, fieldname: str, fieldobj: Any) -> Any:
        raise NotImplementedError("terms are not walked by Whoosh's automata")

    def close(self) -> None:
        self._files.close()

    def _found(self, field: str, text: bytes) -> tuple[Any, int]:
        terms = self._files.field(field)
        ordinal = terms.find(text)
        if ordinal < 0:
            raise reading.TermNotFound(f"{field}:{text!r}")
        return terms, ordinal

    def _weights(self, field: str, text: bytes) -> list[float]:
        terms, ordinal = self._found(field, text)
        if field == TEXT:
            halves: list[int] = self._files.weights(terms, ordinal).tolist()
            return [weight / 2 for weight in halves]
        return [1.0] * int(terms.n_documents[ordinal])


class ArrayDocumentReader(whoosh3.W3PerDocReader):  # type: ignore[misc]
    """What Whoosh asks about documents: which there are, and how long their text is."""

    def __init__(self, segment: ArraySegment, files: SegmentFiles) -> None:
        self._segment = segment
        self._files = files
        self._doccount = segment.doc_count_all()

    def has_column(self, fieldname: str) -> bool:  # noqa: ARG002
        return False

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return int(self._files.column("length")[docnum]) if fieldname == TEXT else default

    def field_length(self, fieldname: str) -> int:
        return int(self._files.column("length").sum()) if fieldname == TEXT else 0

    def min_field_length(self, fieldname: str) -> int:
        return int(self._files.column("length").min(initial=0)) if fieldname == TEXT else 0

    def max_field_length(self, fieldname: str) -> int:
        return int(self._files.column("length").max(initial=0)) if fieldname == TEXT else 0

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return {"paper": int(self._files.column("paper")[docnum])}

    def close(self) -> None:
        self._files.close()
