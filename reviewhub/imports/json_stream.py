"""The records of a JSON file one by one, whichever way it holds them, without holding the file.

Known ways: one object; a list; an envelope `{"message": {…}}` or `{"message": {"items": […]}}` or `{"items": […]}` (what Crossref
answers and publishes); JSON lines, of envelopes too; objects one after the other, printed over several lines each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ..core.text import Message, message
from .reading import MAX_RECORD_BYTES, UnreadableFile, text_chunks

# Where the record stands, the object, or None and the reason why it could not be read.
Place = tuple[str, dict[str, Any] | None, Message | None]

# A literal or an escape is shorter: an error farther from the end of what has been read so far does not come from its being cut there.
_LONGEST_TOKEN = 16
_AT_LEAST_CHARS = 1 << 18
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_BRACKET_OR_QUOTE = re.compile(r'["\[\]{}]')
_QUOTE_OR_ESCAPE = re.compile(r'["\\]')


def json_objects(stream: BinaryIO) -> Iterator[Place]:
    """Every record of a JSON file. A broken one is reported and does not stop the ones after it; raises UnreadableFile when nothing more can be made out."""
    return _Scanner(stream).places()


class _Broken(Exception):
    """The value at the current place is not JSON."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _CutOff(_Broken):
    """The text ends within a value."""

    def __init__(self) -> None:
        super().__init__(message("the JSON is cut off: it ends in the middle"))


def _broken(error: Exception, start: int = 0) -> _Broken:
    if isinstance(error, json.JSONDecodeError):
        return _Broken(message("broken JSON: %(error)s (character %(n)d of the record)", error=error.msg, n=error.pos - start + 1))
    if isinstance(error, RecursionError):
        return _Broken(message("broken JSON: nested too deeply"))
    return _Broken(message("broken JSON: a number is too long"))  # thousands of digits: the only other fault the decoder finds


class _Scanner:
    def __init__(self, stream: BinaryIO) -> None:
        self._chunks = text_chunks(stream)
        self._text = ""
        self._at = 0
        self._is_ended = False
        self._n_records = 0
        # Raw tabs and line ends inside strings do occur; NaN and the infinities are no values of any field.
        self._decoder = json.JSONDecoder(strict=False, parse_constant=lambda _name: None)

    def places(self) -> Iterator[Place]:
        first = self._skip_space()
        if not first:
            raise UnreadableFile(message("there is no record in this file"))
        if first not in "{[":
            raise UnreadableFile(message("this is not JSON"))
        return self._lines() if first == "{" and self._is_by_lines() else self._values()

    # -- the text

    def _more(self) -> bool:
        """Reads on, by as much as there is; what lies behind is let go. False at the end."""
        if self._is_ended:
            return False
        rest = self._text[self._at :]
        pieces, size, wanted = [rest], 0, max(_AT_LEAST_CHARS, len(rest))
        while size < wanted:
            piece = next(self._chunks, None)
            if piece is None:
                self._is_ended = True
                break
            pieces.append(piece)
            size += len(piece)
        self._text, self._at = "".join(pieces), 0
        return size > 0

    def _skip_space(self) -> str:
        """Moves to the next character that is not white space and gives it; "" at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _end_of_line(self, start: int) -> int:
        """Where the line at `start` characters from here ends, reading on as needed; -1 when it is longer than any record."""
        searched = start
        while True:
            end = self._text.find("\n", self._at + searched)
            if end >= 0:
                return end - self._at
            searched = len(self._text) - self._at
            if searched - start > MAX_RECORD_BYTES:
                return -1
            if not self._more():
                return searched

    def _place(self, detail: str = "") -> str:
        self._n_records += 1
        return f"record {self._n_records}{detail}"

    # -- one record a line

    def _is_by_lines(self) -> bool:
        """Whether the first line is a whole object, or, should it be broken, the second one looks like one."""
        end = self._end_of_line(0)
        if end < 0:
            return False
        try:
            self._parsed(self._text[self._at : self._at + end])
            return True
        except _Broken:
            pass
        second_end = self._end_of_line(end + 1)
        second = self._text[self._at + end + 1 : self._at + second_end].strip() if second_end > end else ""
        return second.startswith("{") and second.endswith("}")

    def _parsed(self, text: str) -> Any:
        try:
            return self._decoder.decode(text)
        except (ValueError, RecursionError) as error:
            raise _broken(error) from None

    def _lines(self) -> Iterator[Place]:
        n_line = 1
        while self._at < len(self._text) or self._more():
            end = self._end_of_line(0)
            if end < 0:
                yield self._place(f" (line {n_line})"), None, _too_big()
                self._drop_line()
            else:
                line = self._text[self._at : self._at + end].strip(" \t\r\ufeff")
                self._at += end + 1
                if line:
                    try:
                        for found in _unwrapped(self._parsed(line)):
                            yield self._told(found, f" (line {n_line})")
                    except _Broken as error:
                        yield self._place(f" (line {n_line})"), None, error.reason
            n_line += 1

    def _drop_line(self) -> None:
        while (end := self._text.find("\n", self._at)) < 0:
            self._at = len(self._text)
            if not self._more():
                return
        self._at = end + 1

    # -- any other way

    def _values(self) -> Iterator[Place]:
        while first := self._skip_space():
            try:
                if first == "[":
                    yield from self._elements()
                elif first == "{":
                    yield from self._object(depth=0)
                else:
                    raise _Broken(message("broken JSON: an object was expected"))
            except _Broken as error:
                where = self._place()
                if not self._find_next_object():
                    raise UnreadableFile(error.reason, where) from None
                yield where, None, error.reason

    def _find_next_object(self) -> bool:
        """Moves to the next line that begins with a bracket: where the object after a broken one begins when objects are printed over several lines."""
        while True:
            found = self._text.find("\n{", self._at)
            if found >= 0:
                self._at = found + 1
                return True
            self._at = max(self._at, len(self._text) - 1)
            if not self._more():
                return False

    def _object(self, depth: int) -> Iterator[Place]:
        """An object member by member, so that an envelope's list need not be held."""
        self._at += 1
        found: dict[str, Any] = {}
        is_envelope = False
        while (first := self._skip_space()) != "}":
            if first == ",":
                self._at += 1
                continue
            name = self._value() if first == '"' else None
            if not isinstance(name, str) or self._skip_space() != ":":
                raise _CutOff() if self._is_ended and self._at >= len(self._text) else _Broken(message("broken JSON: a name and a colon were expected"))
            self._at += 1
            first = self._skip_space()
            if name == "message" and first == "{" and depth == 0:
                is_envelope = True
                yield from self._object(depth=1)
            elif name == "items" and first == "[":
                is_envelope = True
                yield from self._elements()
            else:
                found[name] = self._value()
        self._at += 1
        if not is_envelope:
            yield self._told(found)

    def _elements(self) -> Iterator[Place]:
        self._at += 1
        while (first := self._skip_space()) != "]":
            if not first:
                raise _CutOff()
            if first == ",":
                self._at += 1
                continue
            try:
                value = self._value()
            except _CutOff:
                raise
            except _Broken as error:
                yield self._place(), None, error.reason
                self._skip_value()
                continue
            yield self._told(value)
        self._at += 1

    def _value(self) -> Any:
        """The value that begins here. Whether it is broken or just not all read yet shows in how far from the end of the text the error lies."""
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
                if end < len(self._text) or self._is_ended or self._text[end - 1] in '"]}':
                    self._at = end
                    return value
            except json.JSONDecodeError as error:
                is_open = error.msg.startswith("Unterminated") or error.pos + _LONGEST_TOKEN >= len(self._text)
                if not is_open:
                    raise _broken(error, self._at) from None
                if self._is_ended:
                    raise (_CutOff() if error.pos + 1 >= len(self._text) or error.msg.startswith("Unterminated") else _broken(error, self._at)) from None
            except (ValueError, RecursionError) as error:
                raise _broken(error) from None
            if len(self._text) - self._at > MAX_RECORD_BYTES:
                raise _Broken(_too_big())
            self._more()

    def _skip_value(self) -> None:
        """Moves behind the value that begins here by its brackets and quotes alone, holding none of it."""
        depth = 0
        is_in_string = False
        while True:
            match = (_QUOTE_OR_ESCAPE if is_in_string else _BRACKET_OR_QUOTE).search(self._text, self._at)
            if match is None:
                self._at = len(self._text)
                if not self._more():
                    raise _CutOff()
                continue
            mark = match.group()
            self._at = match.end()
            if mark == "\\":
                if self._at >= len(self._text) and not self._more():
                    raise _CutOff()
                self._at += 1
            elif mark == '"':
                is_in_string = not is_in_string
            elif mark in "[{":
                depth += 1
            else:
                depth -= 1
                if depth < 0 and mark == "]":  # the end of the list itself: the value was no bracketed one
                    self._at -= 1
            if depth <= 0 and mark in "]}":
                return

    def _told(self, value: Any, detail: str = "") -> Place:
        where = self._place(detail)
        return (where, value, None) if isinstance(value, dict) else (where, None, message("a JSON object was expected here"))


def _unwrapped(value: Any) -> list[Any]:
    """The records in what stands on one line: itself, or what its envelope holds."""
    if isinstance(value, dict):
        inner = value.get("message")
        if isinstance(inner, dict):
            value = inner
        items = value.get("items")
        if isinstance(items, list):
            return items
    return value if isinstance(value, list) else [value]


def _too_big() -> Message:
    return message("one record of more than %(n)d MB", n=MAX_RECORD_BYTES >> 20)
