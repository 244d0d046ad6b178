"""Uploaded files: what they are by their content, and the folder they lie in under the digest of it.

A file is looked at as bytes and given out as bytes. Nothing here unpacks an archive, decodes an image or runs anything: a bomb lies still.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..core.errors import RuleBroken
from ..core.text import Message, as_typed, message, squeezed

MAX_BYTES = 20 * 1024**2
MAX_NAME_CHARS = 120
_PIECE = 256 * 1024
# Enough for every mark that is looked for; the name of the first entry of an archive is among them.
_HEAD_BYTES = 512

TEXT = "text/plain"
_ZIP = "application/zip"
# What a file may be: its type, by the endings that say so.
_TYPES = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/tiff": ("tif", "tiff"),
    _ZIP: ("zip",),
    "application/gzip": ("gz", "tgz", "rds", "rdata"),
    "application/x-hdf5": ("h5", "hdf5", "nc", "h5ad", "mat"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    TEXT: ("txt", "csv", "tsv", "md", "json", "ipynb", "py", "r", "rmd", "jl", "m", "do", "sps", "bib", "ris", "tex", "fasta", "fa", "pdb", "yaml", "yml"),
}
ENDINGS = {ending: kind for kind, endings in _TYPES.items() for ending in endings}
_MARKS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
)
# Archives of office programs are told by the name of their first entry, which stands in the open (ECMA-376 part 2; ODF 1.3 part 2, 3.3).
_OFFICE_FIRST = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/", b"ppt/", b"customXml/")
_OFFICE = frozenset(kind for kind in _TYPES if "openxmlformats" in kind)
# Files of HDF5 may begin with a block of their writer's, as MATLAB's do.
_HDF5_BLOCK = 512
# What a browser or a shell might take for a page or a program, whatever it is called.
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|\?xml|html|head|body|script|svg|iframe|style|meta|link)", re.IGNORECASE)
_SHELL = re.compile(rb"#! ?/\S*(?:sh|perl|ruby|osascript)\b")
# Characters that file systems or shells take for more than a name.
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_LYING = message("The file is called “%(name)s”, but its content is something else. Name it after what it is, or pack it into a ZIP archive.")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that may be kept: its cleaned name, its type by content, its digest and size. `stream` stands at its beginning."""

    name: str
    content_type: str
    digest: str
    size_bytes: int
    stream: BinaryIO


def received(given_name: str, stream: BinaryIO) -> Upload:
    """What somebody sent, looked through to its end. Raises RuleBroken("file"): empty, too large, of no type that is taken, or called what it is not."""
    name = clean_name(given_name)
    expected = ENDINGS.get(name.rpartition(".")[2].lower()) if "." in name else None
    if expected is None:
        raise _fault(message("Files that can be uploaded end in: %(endings)s. Pack others into a ZIP archive.", endings=", ".join(ENDINGS)))
    hashed, size, head, is_text = hashlib.sha256(), 0, b"", _TextReader()
    for piece in _pieces(stream):
        size += len(piece)
        if size > MAX_BYTES:
            raise _fault(message("A file may have up to %(most)s MB. Compress it, split it, or link to where it lies.", most=MAX_BYTES // 1024**2))
        hashed.update(piece)
        if len(head) < 2 * _HEAD_BYTES:
            head = (head + piece)[: 2 * _HEAD_BYTES]
        is_text.read(piece)
    if size == 0:
        raise _fault(message("The file “%(name)s” is empty.", name=name))
    if not _fits(expected, head, is_text=is_text.ends_well()):
        raise _fault(Message(_LYING.template, {"name": name}))
    stream.seek(0)
    return Upload(name, expected, hashed.hexdigest(), size, stream)


def clean_name(given: str) -> str:
    """A name that every system takes for a name and nothing else: no path, no control or direction marks, not hidden, not too long; its ending stays."""
    last = re.split(r"[\\/]", given)[-1]
    plain = _NOT_IN_NAMES.sub("_", squeezed(as_typed(unicodedata.normalize("NFC", last)))).strip(" .-_")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[: MAX_NAME_CHARS - len(ending) - 1].rstrip(' .')}{dot}{ending}" if dot and len(ending) < 12 else plain[:MAX_NAME_CHARS]


def path_of(home: Path, digest: str) -> Path:
    """Where the file with this digest lies."""
    return home / "uploads" / digest[:2] / digest


def keep(home: Path, upload: Upload) -> None:
    """Puts a file into its place, whole or not at all. One that is there already is left."""
    place = path_of(home, upload.digest)
    if place.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = place.with_name(f".{upload.digest}.{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in _pieces(upload.stream):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place)


def drop(home: Path, digest: str) -> None:
    """Takes a file out of its place, if it is there."""
    path_of(home, digest).unlink(missing_ok=True)


def kept(home: Path) -> Iterator[Path]:
    """Every file that lies there, half written ones included."""
    return (home / "uploads").glob("??/*")


def _fits(expected: str, head: bytes, *, is_text: bool) -> bool:
    if expected == TEXT:
        return is_text and not _PAGE.match(head) and not _SHELL.match(head)
    if not head.startswith(b"PK\x03\x04"):
        found = next((kind for mark, kind in _MARKS if head.startswith(mark)), "")
        if not found and head[_HDF5_BLOCK:].startswith(b"\x89HDF\r\n\x1a\n"):
            found = "application/x-hdf5"
        return found == expected
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if first == b"mimetype":
        return head[38:].startswith(expected.encode()) or expected == _ZIP
    return expected == _ZIP or (expected in _OFFICE and first.startswith(_OFFICE_FIRST))


class _TextReader:
    """Tells whether bytes are text in UTF-8, or in UTF-16 with its mark, without controls that no text has."""

    _CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None
        self._is_text = True

    def read(self, piece: bytes) -> None:
        if self._decoder is None:
            is_wide = piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            self._decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8")()
        self._take(piece, is_last=False)

    def ends_well(self) -> bool:
        self._take(b"", is_last=True)
        return self._is_text

    def _take(self, piece: bytes, *, is_last: bool) -> None:
        if not self._is_text or self._decoder is None:
            return
        try:
            self._is_text = not self._CONTROLS.search(self._decoder.decode(piece, is_last))
        except UnicodeDecodeError:
            self._is_text = False


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while piece := stream.read(_PIECE):
        yield piece


def _fault(words: Message) -> RuleBroken:
    return RuleBroken("file", words)
