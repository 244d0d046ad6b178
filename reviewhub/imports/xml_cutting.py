"""Cuts a long XML file into the elements that are records, and parses each by itself.

So one broken record costs that record only, memory stays flat, and no document type, hence no entity, ever reaches the parser of a record.
What stands around the records goes through a parser that keeps nothing: it tells when the file as a whole is broken or cut off. Several
documents one after the other in one file are read one after the other.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from lxml import etree

from ..core.text import Message, message
from .reading import MAX_RECORD_BYTES, UnreadableFile, byte_chunks, decoded, shortened

if TYPE_CHECKING:
    from lxml.etree import ParserTarget

# Character sets that hold ASCII as ASCII, so that the marks of XML can be found in their bytes before they are decoded.
_ENCODINGS = re.compile(r"utf-?8|u?s?-?ascii|iso8859-\d+|cp125\d|gb18030|gbk|gb2312|big5|euc_(?:jp|kr)|koi8-[ru]|mac-roman")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
# A comment or processing instruction of more than this is taken for broken XML.
_LONGEST_ASIDE = 1 << 20
_ASIDES = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>", b"<?xml": b"?>"}
_CLOSED_AT_ONCE = re.compile(rb"<[^<>]*/>")
# A mark that ends so near the end of what has been read may be the beginning of a longer one.
_LONGEST_MARK = 64

# What is not a character of XML, and references to such characters.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));")
_NAMED_ENTITY = re.compile(rb"&(?!(?:lt|gt|amp|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")
_BARE_AMPERSAND = re.compile(rb"&(?!#?[A-Za-z0-9]{1,32};)")


@dataclass(slots=True)
class Cut:
    """One record of the file: its element, or None and the reason; `remark` says what had to be mended to read it."""

    element: etree._Element | None
    reason: Message | None = None
    remark: Message | None = None
    source: bytes = b""  # the beginning of a record that could not be parsed


def cut(stream: BinaryIO, records: tuple[str, ...], roots: tuple[str, ...]) -> Iterator[Cut]:
    """The records (elements of these names, the outermost first) of every document in the stream, in order.

    `roots` are the names a document may begin with when no XML declaration parts it from the one before.
    Raises UnreadableFile when an entity is declared, when the file ends within a document, and when it holds no record at all.
    """
    return _Cutter(stream, records, roots).cuts()


class _Depth:
    """A target for a parser that keeps nothing but how deep it is."""

    def __init__(self) -> None:
        self.depth = 0
        self.is_begun = False

    def start(self, _tag: str, _attributes: Mapping[str, str]) -> None:
        self.depth += 1
        self.is_begun = True

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def close(self) -> None:
        """There is no tree to give."""


class _Outline:
    """What is left of a document when its records are taken out, checked for being XML and forgotten."""

    def __init__(self) -> None:
        self._seen = _Depth()
        target = cast("ParserTarget[None]", self._seen)
        self._parser = etree.XMLParser(target=target, encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
        self.n_records = 0
        self.error: Message | None = None

    def feed(self, data: bytes) -> None:
        if data and self.error is None and (self._seen.is_begun or not data.isspace()):
            try:
                self._parser.feed(data)
            except etree.XMLSyntaxError as error:
                self.error = broken_xml(error)

    @property
    def is_begun(self) -> bool:
        return self._seen.is_begun

    @property
    def is_open(self) -> bool:
        return self._seen.depth > 0


def broken_xml(error: etree.XMLSyntaxError) -> Message:
    return message("broken XML: %(error)s", error=shortened(error.msg or "it cannot be parsed", 200))


class _Cutter:
    def __init__(self, stream: BinaryIO, records: tuple[str, ...], roots: tuple[str, ...]) -> None:
        self._chunks = _as_utf8(byte_chunks(stream))
        self._buffer = b""
        self._at = 0
        self._n_read = 0
        self._n_cuts = 0
        self._outline = _Outline()
        self._waiting_error: Message | None = None
        names = rf"(?P<record>{'|'.join(records)})|(?P<root>{'|'.join(roots)})"
        self._mark = re.compile(rf"<(?:!--|!\[CDATA\[|!ENTITY|\?xml(?=\s)|\?|!DOCTYPE|(?:{names})(?=[\s>/]))".encode())
        # All begin with one literal "<", by which the search runs sixteen times as fast as over alternatives that each begin with it.
        self._ends = {name.encode(): re.compile(rf"<(?:(?P<end>/{name}\s*>)|{name}(?=[\s>])|\?xml\s|!DOCTYPE\s)".encode()) for name in records}
        self._parser = etree.XMLParser(
            encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
            remove_comments=True, remove_pis=True, collect_ids=False,
        )  # fmt: skip

    def cuts(self) -> Iterator[Cut]:
        for found in self._cuts():
            self._n_cuts += 1
            yield found
        if self._n_cuts == 0:
            raise UnreadableFile(self._waiting_error or self._outline.error or message("there is no record in this file"))

    def _cuts(self) -> Iterator[Cut]:
        while True:
            match = self._mark.search(self._buffer, self._at)
            if match is None:
                # A mark may begin in the last few bytes and end in the next ones.
                safe = max(self._at, len(self._buffer) - _LONGEST_MARK)
                self._outline.feed(self._buffer[self._at : safe])
                self._at = safe
                if not self._more():
                    self._outline.feed(self._buffer[self._at :])
                    yield from self._end_document(is_last=True)
                    return
                continue
            if match.end() + _LONGEST_MARK > len(self._buffer) and self._more():
                continue
            self._outline.feed(self._buffer[self._at : match.start()])
            self._at = match.start()
            yield from self._at_mark(match)

    def _at_mark(self, match: re.Match[bytes]) -> Iterator[Cut]:
        mark = match.group()
        if mark == b"<!ENTITY":
            raise UnreadableFile(message("the file declares an entity; no file of records needs one, and they are a known means of attack"), self._where())
        if match["record"]:
            if self._waiting_error:
                yield Cut(None, self._waiting_error)
                self._waiting_error = None
            yield from self._record(match["record"])
            return
        is_new_document = mark in (b"<!DOCTYPE", b"<?xml") or match["root"]
        if is_new_document and self._outline.is_begun:
            yield from self._end_document()
        if mark in _ASIDES:
            self._feed_through(_ASIDES[mark], len(mark))
        else:
            self._outline.feed(mark)
            self._at += len(mark)

    def _end_document(self, *, is_last: bool = False) -> Iterator[Cut]:
        """Closes the books on one document. What is wrong with it is told, at the end of the file as the end of reading."""
        outline, self._outline = self._outline, _Outline()
        error = outline.error
        if error is None and outline.is_open:
            error = message("the XML is cut off: it ends in the middle")
        elif error is None and outline.is_begun and outline.n_records == 0:
            error = message("this document holds no record")
        if error is None:
            return
        if is_last and outline.is_open:
            if self._n_cuts == 0 and outline.error is None and outline.n_records == 0:
                raise UnreadableFile(error)
            raise UnreadableFile(error, self._where())
        if self._n_cuts:
            yield Cut(None, error)
        else:
            self._waiting_error = error

    def _record(self, name: bytes) -> Iterator[Cut]:
        self._outline.n_records += 1
        pattern = self._ends[name]
        searched = self._at + len(name) + 1
        while (match := pattern.search(self._buffer, searched)) is None:
            searched = max(searched, len(self._buffer) - _LONGEST_MARK) - self._at
            if len(self._buffer) - self._at > MAX_RECORD_BYTES:
                yield from self._too_big(pattern)
                return
            if not self._more():
                if _CLOSED_AT_ONCE.match(self._buffer, self._at):
                    break
                raise UnreadableFile(message("the XML is cut off: it ends in the middle"), self._where())
            searched += self._at
        start = self._at
        if single := _CLOSED_AT_ONCE.match(self._buffer, start):
            self._at = single.end()
        elif match is not None and match["end"]:
            self._at = match.end()
        else:
            assert match is not None
            self._at = match.start()
            yield Cut(None, message("broken XML: the record does not end"), source=self._buffer[start : start + 2000])
            return
        yield self._parsed(self._buffer[start : self._at])

    def _too_big(self, pattern: re.Pattern[bytes]) -> Iterator[Cut]:
        """Leaves out a record too big to hold: moves behind its end, holding none of it."""
        source = self._buffer[self._at : self._at + 2000]
        yield Cut(None, message("one record of more than %(n)d MB", n=MAX_RECORD_BYTES >> 20), source=source)
        self._at += 16  # past its own beginning
        while (match := pattern.search(self._buffer, self._at)) is None:
            self._at = max(self._at, len(self._buffer) - _LONGEST_MARK)
            if not self._more():
                raise UnreadableFile(message("the XML is cut off: it ends in the middle"), self._where())
        self._at = match.end() if match["end"] else match.start()

    def _parsed(self, source: bytes) -> Cut:
        try:
            return Cut(etree.fromstring(source, self._parser))
        except etree.XMLSyntaxError as error:
            reason = broken_xml(error)
        mended, remark = _mended(source)
        if mended != source:
            try:
                return Cut(etree.fromstring(mended, self._parser), remark=remark)
            except etree.XMLSyntaxError as error:
                reason = broken_xml(error)
        return Cut(None, reason, source=source[:2000])

    def _feed_through(self, end: bytes, searched: int) -> None:
        """Gives the outline an aside whole, through its end mark."""
        while (found := self._buffer.find(end, self._at + searched)) < 0:
            searched = max(searched, len(self._buffer) - self._at - len(end))
            if searched > _LONGEST_ASIDE or not self._more():
                raise UnreadableFile(message("broken XML: %(error)s", error="a comment or instruction does not end"), self._where())
        stop = found + len(end)
        self._outline.feed(self._buffer[self._at : stop])
        self._at = stop

    def _more(self) -> bool:
        """Reads on; what lies behind is let go. False at the end."""
        rest = self._buffer[self._at :]
        pieces, size, wanted = [rest], 0, max(1 << 18, len(rest))
        while size < wanted:
            piece = next(self._chunks, None)
            if piece is None:
                break
            pieces.append(piece)
            size += len(piece)
        if not size:
            return False
        self._n_read += self._at
        self._buffer, self._at = b"".join(pieces), 0
        return True

    def _where(self) -> str:
        return f"record {self._n_cuts + 1}"


def _as_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The stream in UTF-8, whatever the first XML declaration says it is in."""
    first = next(chunks, b"")
    while len(first) < 300 and (more := next(chunks, b"")):
        first += more
    declared = _DECLARED.match(first.lstrip()[:300])
    name = "utf-8"
    if declared:
        asked = declared[1].decode("ascii")
        try:
            name = codecs.lookup(asked).name
        except LookupError:
            name = asked.lower()
    if name.startswith("utf-16") or name in ("utf-8", "ascii"):  # UTF-16 has been turned into UTF-8 with its byte order mark
        yield first
        yield from chunks
        return
    if not _ENCODINGS.fullmatch(name):
        raise UnreadableFile(message("the character set %(name)s is not read here", name=shortened(name)))
    decoder = codecs.getincrementaldecoder(name)("replace")
    yield decoder.decode(first).encode("utf-8", "replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", True).encode("utf-8", "replace")


def _mended(source: bytes) -> tuple[bytes, Message | None]:
    """A record whose bytes are no XML, made into such where it is plain what was meant, and what was done to it."""
    remark = None
    try:
        source.decode("utf-8")
    except UnicodeDecodeError:
        source = decoded(source).encode("utf-8", "replace")
        remark = message("the record is not in the character set that the file names; it was read as what its bytes look like")
    if _NOT_XML.search(source):
        source = _NOT_XML.sub(b"", source)
        remark = remark or message("control characters left out")
    source = _NAMED_ENTITY.sub(_named, source)
    source = _BARE_AMPERSAND.sub(b"&amp;", source)
    if b"xmlns:mml" not in source and b"<mml:" in source:
        source = re.sub(rb"^<[A-Za-z]+", lambda match: match.group() + b' xmlns:mml="http://www.w3.org/1998/Math/MathML"', source, count=1)
    return source, remark


def _named(match: re.Match[bytes]) -> bytes:
    """The character an HTML entity names; the record's own document type, which might name others, is not read."""
    name = match[1].decode("ascii")
    character = html.unescape(f"&{name}")
    return match.group() if character.startswith("&") else character.encode("utf-8")
