"""What holds for everything a reader of a format yields, whatever it was given."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from reviewhub.imports.reading import Read, UnreadableFile
from reviewhub.papers.identifiers import normalised, normalised_issn, normalised_orcid
from reviewhub.papers.record import IDENTIFIER_KINDS, KEYWORD_KINDS, RELATION_KINDS, TYPES, PaperRecord

Reader = Callable[[BinaryIO], Iterator[Read]]

_DATE = re.compile(r"(?:[12][0-9]{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?)?")
_HTML_TAG = re.compile(r"<\s*/?\s*([a-zA-Z][\w:-]*)")
_INLINE = {"i", "b", "sub", "sup", "sc"}
_MATHML = re.compile(r"math|m[a-z]+|semantics|annotation|none|mprescripts")


def reads(read: Reader, source: str | bytes) -> list[Read]:
    """Everything the reader yields for a text or some bytes, each checked."""
    found = list(read(io.BytesIO(source.encode() if isinstance(source, str) else source)))
    for one in found:
        check(one)
    return found


def records(read: Reader, source: str | bytes) -> list[PaperRecord]:
    """The records alone; fails when any place could not be read."""
    found = reads(read, source)
    assert [str(one.reason) for one in found if one.record is None] == []
    return [one.record for one in found if one.record is not None]


def record(read: Reader, source: str | bytes) -> PaperRecord:
    """The one record there is."""
    [found] = records(read, source)
    return found


def survives(read: Reader, source: bytes) -> None:
    """Any bytes at all are read, or refused with a reason."""
    with contextlib.suppress(UnreadableFile):
        reads(read, source)


def check(one: Read) -> None:
    """Either a record that keeps the promises of `PaperRecord`, or a reason."""
    assert one.where
    if one.record is None:
        assert one.reason is not None
        assert str(one.reason)
        return
    assert one.reason is None
    found = one.record
    assert PaperRecord.from_json(found.to_json()) == dataclasses.replace(found, remarks=[])
    assert found.type in TYPES
    assert _DATE.fullmatch(found.published)
    assert _DATE.fullmatch(found.revised)
    for kind, values in found.identifiers.items():
        assert kind in IDENTIFIER_KINDS
        assert all(normalised(kind, value) == value for value in values)
        assert len(set(values)) == len(values)
    assert all(normalised_issn(issn) == issn for issn in found.journal.issns)
    for author in found.authors:
        assert author.name.strip()
        assert not author.orcid or normalised_orcid(author.orcid) == author.orcid
        assert all("@" not in place.name or "." not in place.name.partition("@")[2] for place in author.affiliations)
    assert all(keyword.term.strip() and keyword.kind in KEYWORD_KINDS for keyword in found.keywords)
    assert all(relation.kind in RELATION_KINDS and (relation.doi or relation.pmid or relation.arxiv) for relation in found.relations)
    assert all(str(remark) for remark in found.remarks)
    markup = [found.title, *found.titles.values(), *(section.html for sections in found.abstracts.values() for section in sections)]
    assert markup[0].strip()
    for text in markup:
        assert all(tag in _INLINE or _MATHML.fullmatch(tag) for tag in _HTML_TAG.findall(text)), text
