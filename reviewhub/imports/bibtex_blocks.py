"""The entries of a BibTeX file with their fields as they are written, LaTeX and all.

Own, because bibtexparser 2 reads a file whole and passes over entries in parentheses, "@article( … )", without a word. The grammar is small;
most of this is about files that break it: missing commas, quotes and braces, fields given twice, entries that never end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .reading import MAX_RECORD_BYTES

# An entry begins at any "@word{" outside of another one; inside one that is still open, only at the beginning of a line and with a key behind it.
_START = re.compile(r"@[ \t]*([A-Za-z][\w:+-]*)[ \t]*([{(])")
_START_INSIDE = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]+[ \t]*[{(][ \t]*(?:[^\s{}()\"=,]*[ \t]*,.*|[^\s{}()\"=,]*)$")
_FIELD_START = re.compile(r"[ \t\r\n,]*([A-Za-z0-9_][^\s=,{}\"#@]*)\s*=\s*")
_NEXT_FIELD = re.compile(r"(?:^|[\n,])[ \t]*[A-Za-z][\w:.+-]*[ \t]*=[ \t]*[{\"\w]")
_BRACES = re.compile(r"[{}]")
_MARKS = re.compile(r"[{})\"]")
_BRACES_AND_QUOTES = re.compile(r"[{\"]")
_BARE = re.compile(r"[^\s,#{}\"=]+")
_HASH = re.compile(r"\s*#\s*")


@dataclass(slots=True)
class Block:
    """One entry, or one @string. `fields` holds every value of every field, names in lower case."""

    kind: str
    line: int
    key: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)
    is_too_big: bool = False
    is_broken: bool = False  # it never ended, or part of it could not be made out
    unknown_macros: list[str] = field(default_factory=list)


def blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Every entry of a file but comments and preambles; @string blocks are taken in and no longer told."""
    macros: dict[str, str] = {}
    for kind, text, line, is_whole, is_too_big in _raw_blocks(lines):
        if kind in ("comment", "preamble"):
            continue
        if is_too_big:
            yield Block(kind, line, is_too_big=True)
        elif kind == "string":
            block = Block(kind, line)
            _read_fields(block, text, macros)
            macros.update({name: values[0] for name, values in block.fields.items()})
        else:
            block = Block(kind, line, is_broken=not is_whole)
            _read_fields(block, _after_key(block, text), macros)
            yield block


# -- Where entries begin and end


def _raw_blocks(lines: Iterable[str]) -> Iterator[tuple[str, str, int, bool, bool]]:
    """Kind, text between the delimiters, first line, whether it ended properly, whether it is too big."""
    kind, closing, begin = "", "", 0
    parts: list[str] = []
    size, depth, is_quoted = 0, 0, False
    for number, line in enumerate(lines, 1):
        at = 0
        if kind and _START_INSIDE.match(line):
            yield kind, "\n".join(parts), begin, False, size > MAX_RECORD_BYTES
            kind = ""
        while True:
            if not kind:
                match = _START.search(line, at)
                if match is None:
                    break
                kind, closing, begin = match[1].lower(), "}" if match[2] == "{" else ")", number
                parts, size, depth, is_quoted = [], len(match.group()), 0, False
                at = match.end()
            end, depth, is_quoted = _end_in(line, at, closing, depth, is_quoted)
            piece = line[at:] if end < 0 else line[at:end]
            size += len(piece) + 1
            if size <= MAX_RECORD_BYTES:
                parts.append(piece)
            if end < 0:
                break
            yield kind, "\n".join(parts), begin, True, size > MAX_RECORD_BYTES
            kind, at = "", end + 1
    if kind:
        yield kind, "\n".join(parts), begin, False, size > MAX_RECORD_BYTES


def _end_in(line: str, at: int, closing: str, depth: int, is_quoted: bool) -> tuple[int, int, bool]:
    """Where in a line the entry ends (-1: not here), with the depth of braces and whether a quoted value is open, carried from line to line."""
    if closing == "}":
        if at == 0 and line.count("}") <= depth:  # it cannot end here
            return -1, depth + line.count("{") - line.count("}"), is_quoted
        for match in _BRACES.finditer(line, at):
            depth += 1 if match.group() == "{" else -1
            if depth < 0:
                return match.start(), 0, False
        return -1, depth, is_quoted
    for match in _MARKS.finditer(line, at):
        mark = match.group()
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth = max(0, depth - 1)
        elif depth == 0 and mark == '"':
            is_quoted = not is_quoted
        elif depth == 0 and mark == ")" and not is_quoted:
            return match.start(), 0, False
    return -1, depth, is_quoted


# -- What stands in them


def _after_key(block: Block, text: str) -> str:
    head, comma, rest = text.partition(",")
    if "=" in head:  # no key at all
        return text
    block.key = head.strip()[:200]
    return rest if comma else ""


def _read_fields(block: Block, text: str, macros: dict[str, str]) -> None:
    fields = _Fields(block, text, macros)
    at = 0
    while True:
        match = _FIELD_START.match(text, at)
        if match is None:
            found = _NEXT_FIELD.search(text, at)
            if text[at : found.start() if found else None].strip(" \t\r\n,"):
                block.is_broken = True
            if found is None:
                return
            match = _FIELD_START.match(text, found.start())
            if match is None:
                return
        value, at = fields.value(match.end())
        block.fields.setdefault(match[1].lower(), []).append(value)


class _Fields:
    """The values in the text of one entry. Which brace closes which is settled once, so that no text takes long, however broken."""

    def __init__(self, block: Block, text: str, macros: dict[str, str]) -> None:
        self.block = block
        self.text = text
        self.macros = macros
        self.closing: dict[int, int] = {}
        opened: list[int] = []
        for match in _BRACES.finditer(text):
            if match.group() == "{":
                opened.append(match.start())
            elif opened:
                self.closing[opened.pop()] = match.start()

    def value(self, at: int) -> tuple[str, int]:
        """The value that begins here and where it ends: pieces in braces or quotes, numbers and macros, joined by #."""
        pieces: list[str] = []
        while True:
            first = self.text[at : at + 1]
            if first == "{":
                end = self.closing.get(at, -1)
                piece, at = (self.text[at + 1 : end], end + 1) if end >= 0 else self._unended(at)
            elif first == '"':
                end = self._end_of_quoted(at)
                piece, at = (self.text[at + 1 : end], end + 1) if end >= 0 else self._unended(at)
            else:
                match = _BARE.match(self.text, at)
                if match is None:
                    return "".join(pieces), at
                piece, at = self._macro(match.group()), match.end()
            pieces.append(piece)
            joint = _HASH.match(self.text, at)
            if joint is None:
                return "".join(pieces), at
            at = joint.end()

    def _end_of_quoted(self, at: int) -> int:
        at += 1
        while match := _BRACES_AND_QUOTES.search(self.text, at):
            if match.group() == '"':
                return match.start()
            at = self.closing.get(match.start(), match.start()) + 1  # a quote within braces ends nothing; a brace that is never closed is a character
        return -1

    def _unended(self, at: int) -> tuple[str, int]:
        """A value whose end is missing goes to where the next field begins."""
        self.block.is_broken = True
        found = _NEXT_FIELD.search(self.text, at + 1)
        end = found.start() if found else len(self.text)
        return self.text[at + 1 : end].rstrip(" \t\r\n,"), end

    def _macro(self, name: str) -> str:
        known = self.macros.get(name.lower())
        if known is not None:
            return known
        if not name[0].isdigit() and name.lower()[:3] not in _MONTHS and name.lower() not in self.block.unknown_macros:
            self.block.unknown_macros.append(name.lower())
        return name


_MONTHS = frozenset(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
