"""Files of tagged lines, record by record: what RIS and Web of Science text have in common.

Own and small, because rispy reads a file whole, keeps only the first of repeated tags and drops a last record without its end tag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from .reading import MAX_RECORD_BYTES, text_lines

# What a format makes of one line: its tag and text, or no tag and the text that goes on.
SplitLine = Callable[[str], tuple[str, str]]


@dataclass(slots=True)
class Tagged:
    """One record: for every tag its values in order, each value a list of lines. `n` counts from 1, `line` is where it begins in the file."""

    n: int
    line: int
    fields: dict[str, list[list[str]]] = field(default_factory=dict)
    size: int = 0
    last: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        return f"record {self.n} (line {self.line})"

    @property
    def is_too_big(self) -> bool:
        return self.size > MAX_RECORD_BYTES

    def add(self, tag: str, text: str) -> None:
        self.size += len(text) + 16  # a line weighs in memory even when it is empty
        if self.is_too_big:  # counted on, no longer kept
            return
        text = " ".join(text.split())
        if tag:
            self.last = [text]
            self.fields.setdefault(tag, []).append(self.last)
        else:
            self.last.append(text)

    def lines(self, tag: str) -> list[str]:
        """Every line of every value of a tag that holds something."""
        return [line for value in self.fields.get(tag, ()) for line in value if line]

    def all(self, tag: str) -> list[str]:
        """Every value of a tag, its lines joined by a blank."""
        return [text for value in self.fields.get(tag, ()) if (text := " ".join(line for line in value if line))]

    def one(self, *tags: str) -> str:
        """The first value of the first of these tags that has one."""
        for tag in tags:
            if found := self.all(tag):
                return found[0]
        return ""


def tagged_records(stream: BinaryIO, split: SplitLine, start: str, end: str) -> Iterator[Tagged]:
    """The records of a stream. A record begins at its start tag and ends at the end tag, the next start tag or the end of the file."""
    record: Tagged | None = None
    n = 0
    for number, line in enumerate(text_lines(stream), 1):
        tag, text = split(line)
        if tag == start and text:
            if record and record.fields:
                yield record
            n += 1
            record = Tagged(n, number)
            record.add(tag, text)
        elif record is None:
            continue  # head lines, text between records
        elif tag == end:
            yield record
            record = None
        else:
            record.add(tag, text)
    if record and record.fields:
        yield record
