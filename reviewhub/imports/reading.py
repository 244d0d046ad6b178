"""Opening what people hand in: plain bytes out of files, text out of bytes; and how much is too much. JSON: `json_stream`.

Everything streams: memory stays flat however long the file is.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from ..core.text import Message, message, without_controls
from ..papers.record import PaperRecord
from ..papers.rules import fault_of

# One record as bytes of its file. A paper with 10,000 authors, their affiliations and 10,000 references stays below; a 50 MB abstract does not.
MAX_RECORD_BYTES = 16 * 2**20
# A longer line is cut here, just past every other limit, so that whoever checks the record still finds it too long.
MAX_LINE_BYTES = MAX_RECORD_BYTES + 1
# Deflate cannot pass 1,032 to 1 and real records reach some 20 to 1. Small files may do what they like, beyond this size a ratio above it is a bomb.
MAX_EXPANSION = 200
EXPANSION_FREE_BYTES = 256 * 2**20

_CHUNK = 1 << 16
# Enough to judge an encoding by: several hundred lines of text that is not ASCII.
_SAMPLE = 1 << 18


class UnreadableFile(Exception):
    """The file, or all that follows a place in it, cannot be read. `where` is that place, empty for the whole file."""

    def __init__(self, reason: Message, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else str(reason))
        self.message = reason
        self.where = where


@dataclass(slots=True)
class Read:
    """One place in a file: the record read there, or the reason why there is none."""

    where: str  # plain, for people: "record 12", "record 12 (line 345)", "record 12 (PMID 123)"
    record: PaperRecord | None
    reason: Message | None = None


def finished(where: str, record: PaperRecord) -> Read:
    """What a reader yields for a record it has put together: the record, or the reason why it is refused (no title, beyond a limit)."""
    reason = fault_of(record)
    return Read(where, None, reason) if reason else Read(where, record)


def shortened(text: str, longest: int = 80) -> str:
    """A piece of a source as a remark may quote it: without controls, cut to `longest` characters."""
    text = without_controls(text[: longest + 1])
    return text if len(text) <= longest else text[: longest - 1] + "…"


# -- Bytes out of files


@contextmanager
def open_plain(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, gunzipped when its first bytes say so, whatever its name.

    Raises UnreadableFile when it is missing, a directory, empty or not ours to read; while reading, when a gzip file is broken,
    ends too early or expands beyond reason.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UnreadableFile(message("this is a directory, not a file"))
        if not stat.S_ISREG(mode):
            raise UnreadableFile(message("this is not a regular file"))
        file = path.open("rb", buffering=_CHUNK)
    except FileNotFoundError:
        raise UnreadableFile(message("there is no such file")) from None
    except PermissionError:
        raise UnreadableFile(message("this file may not be read")) from None
    except OSError as error:
        raise UnreadableFile(message("this file cannot be opened: %(error)s", error=error.strerror or str(error))) from None
    except ValueError:  # a NUL in the name
        raise UnreadableFile(message("there is no such file")) from None
    with file:
        yield plain_bytes(file)


def plain_bytes(file: IO[bytes]) -> BinaryIO:
    """The bytes behind an open, seekable file at its beginning: gunzipped when they are gzip. Raises as `open_plain`."""
    magic = file.read(2)
    file.seek(0)
    if not magic:
        raise UnreadableFile(message("the file is empty"))
    if magic != b"\x1f\x8b":
        return cast(BinaryIO, file)
    unzipped = io.BufferedReader(_Gunzipped(file), _CHUNK)
    if not unzipped.peek(1):
        raise UnreadableFile(message("the file is empty"))
    return cast(BinaryIO, unzipped)


class _Gunzipped(io.RawIOBase):
    """A gzip stream whose faults are `UnreadableFile` and whose expansion is watched."""

    def __init__(self, packed: IO[bytes]) -> None:
        super().__init__()
        self._packed = packed
        self._unpacked = gzip.GzipFile(fileobj=packed, mode="rb")
        self._n_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._unpacked.read1(len(buffer))
        except EOFError:
            raise UnreadableFile(message("the gzip file is cut off: it ends in the middle"), self._place()) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableFile(message("the gzip file is broken: %(error)s", error=str(error)), self._place()) from None
        self._n_bytes += len(data)
        if self._n_bytes > EXPANSION_FREE_BYTES and self._n_bytes > MAX_EXPANSION * self._packed.tell():
            raise UnreadableFile(message("the gzip file expands more than %(n)d times; no real file of records does", n=MAX_EXPANSION), self._place())
        buffer[: len(data)] = data
        return len(data)

    def packed_position(self) -> int:
        """Bytes of the packed file read so far."""
        return self._packed.tell()

    def _place(self) -> str:
        return f"byte {self._n_bytes}"


# -- Text out of bytes

_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")


def encoding_of(sample: bytes) -> str:
    """The encoding a piece of text is most likely in: "utf-8", "utf-16", "gb18030" or "cp1252" (which here includes Latin-1).

    1. A byte order mark settles it. 2. UTF-8 when the bytes are UTF-8, or when valid sequences outnumber stray high bytes: bytes that
    are valid UTF-8 by accident are rare, files patched together from two encodings are not. 3. GB18030 when the bytes decode so and
    most high bytes stand in pairs: accented letters stand alone among ASCII, Han characters do not. 4. Else Windows-1252.
    """
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if sample.startswith(codecs.BOM_UTF8) or sample.isascii():
        return "utf-8"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # incremental: the sample may end within a character
        return "utf-8"
    except UnicodeDecodeError:
        pass
    n_characters = len(_UTF8_CHARACTER.findall(sample))
    n_stray = len(_HIGH.findall(_UTF8_CHARACTER.sub(b"", sample)))
    if n_characters > n_stray:
        return "utf-8"
    try:
        codecs.getincrementaldecoder("gb18030")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    runs = _HIGH_RUN.findall(sample)
    n_paired = sum(len(run) for run in runs if len(run) >= 2)
    return "gb18030" if 2 * n_paired > sum(map(len, runs)) else "cp1252"


def decoded(raw: bytes) -> str:
    """The text of some bytes, by the rule of `encoding_of`; never fails, and holds no byte order mark."""
    return "".join(text_chunks(io.BytesIO(raw)))


def _single_bytes(error: UnicodeError) -> tuple[str, int]:
    """What stands for bytes that the encoding does not know: each by itself as Windows-1252, else as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _windows(error.object[error.start : error.end]), error.end


def _windows(raw: bytes) -> str:
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:  # five bytes that Windows-1252 leaves open
        return raw.decode("latin-1")


codecs.register_error("reviewhub-single-bytes", _single_bytes)


def _decoded_line(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        if encoding == "utf-8":  # a stray line in another encoding
            encoding = encoding_of(line)
        return line.decode(encoding, "reviewhub-single-bytes")


def byte_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces, UTF-16 already turned into UTF-8, no byte order mark."""
    first = stream.read(_CHUNK)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        while first:
            yield decoder.decode(first).encode("utf-8", "replace")
            first = stream.read(_CHUNK)
        yield decoder.decode(b"", True).encode("utf-8", "replace")
        return
    yield first.removeprefix(codecs.BOM_UTF8)
    while chunk := stream.read(_CHUNK):
        yield chunk


def _raw_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends (LF, CRLF or a lone CR), each cut to MAX_LINE_BYTES."""
    rest = b""
    pieces: list[bytes] = []  # of a line that goes on over several chunks
    held = 0
    for chunk in chunks:
        if rest:
            chunk = rest + chunk
            rest = b""
        if chunk.endswith(b"\r"):  # an LF may follow
            chunk, rest = chunk[:-1], b"\r"
        lines = (chunk + b"|").splitlines()  # the mark keeps an empty last line
        lines[-1] = lines[-1][:-1]
        if len(lines) > 1 and pieces:
            pieces.append(lines[0])
            yield b"".join(pieces)[:MAX_LINE_BYTES]
            pieces, held = [], 0
            yield from lines[1:-1]
        else:
            yield from lines[:-1]
        if held <= MAX_LINE_BYTES and lines[-1]:
            pieces.append(lines[-1])
            held += len(lines[-1])
    if pieces or rest:
        yield b"".join(pieces)[:MAX_LINE_BYTES]


def text_lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of a stream without their ends, decoded as `encoding_of` says; a line beyond MAX_LINE_BYTES is cut there.

    The encoding is settled once, at the first line that is not ASCII, from the quarter of a megabyte that begins there. In a UTF-8 file
    a line that is not UTF-8 is read by itself as what it is.
    """
    lines = _raw_lines(byte_chunks(stream))
    for line in lines:
        if line.isascii():
            yield line.decode("ascii")
            continue
        ahead, size = [line], len(line)
        for more in lines:
            ahead.append(more)
            size += len(more) + 1
            if size > _SAMPLE:
                break
        encoding = encoding_of(b"\n".join(ahead)[: 2 * _SAMPLE])
        for waiting in ahead:
            yield _decoded_line(waiting, encoding)
        for later in lines:
            yield _decoded_line(later, encoding)


def text_chunks(stream: BinaryIO) -> Iterator[str]:
    """The text of a stream in pieces of no particular length, for formats without lines; the encoding is settled as in `text_lines`."""
    chunks = byte_chunks(stream)
    for chunk in chunks:
        if chunk.isascii():
            yield chunk.decode("ascii")
            continue
        ahead, size = [chunk], len(chunk)
        while size < _SAMPLE and (more := next(chunks, b"")):
            ahead.append(more)
            size += len(more)
        sample = b"".join(ahead)
        decoder = codecs.getincrementaldecoder(encoding_of(sample))("reviewhub-single-bytes")
        yield decoder.decode(sample)
        for later in chunks:
            yield decoder.decode(later)
        yield decoder.decode(b"", True)


def position(stream: BinaryIO) -> int:
    """How many bytes of the file behind a stream of `plain_bytes` have been read, packed ones where it is packed; for a progress bar."""
    raw = getattr(stream, "raw", None)
    return raw.packed_position() if isinstance(raw, _Gunzipped) else stream.tell()
