"""Files of named arrays: written once, read array by array when first needed, each checked by its checksum.

Files are read, not mapped into memory: a mapped file that somebody cuts short kills the process that looks at it.
"""

from __future__ import annotations

import io
import json
import os
import struct
import weakref
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .numbers import Array

_MAGIC = b"RHarray1"
# Behind the kind of an array that is compressed.
_SQUEEZED = "z"
WORTH_SQUEEZING = 0.6
# Magic, size and checksum of the directory, which stands behind the arrays.
_TAIL = struct.Struct("<8sQI")


class Damaged(Exception):
    """A file of the index does not hold what was written."""


class Source:
    """An open file of which parts are read from any thread."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._close = weakref.finalize(self, os.close, self._descriptor)
        self.size_bytes = os.fstat(self._descriptor).st_size

    def read(self, offset: int, size: int) -> bytes:
        """Exactly so many bytes. Raises Damaged."""
        found = os.pread(self._descriptor, size, offset)
        while len(found) < size:  # one call gives two gigabytes at most
            more = os.pread(self._descriptor, size - len(found), offset + len(found))
            if not more:
                raise Damaged(f"{self.name} ends too early")
            found += more
        return found

    def array(self, offset: int, n: int, kind: np.dtype[Any]) -> Array:
        """`n` numbers from the `offset`th on."""
        return np.frombuffer(self.read(offset * kind.itemsize, n * kind.itemsize), kind)

    def checksum(self) -> int:
        """Of all of it: reads it whole."""
        found, offset = 0, 0
        while part := os.pread(self._descriptor, 1 << 20, offset):
            found, offset = zlib.crc32(part, found), offset + len(part)
        return found

    def close(self) -> None:
        self._close()


class Container:
    """An open file of arrays."""

    def __init__(self, path: Path) -> None:
        self._source = Source(path)
        size = self._source.size_bytes
        if size < _TAIL.size:
            raise Damaged(f"{path.name} is no file of arrays")
        magic, directory_bytes, checksum = _TAIL.unpack(self._source.read(size - _TAIL.size, _TAIL.size))
        start = size - _TAIL.size - directory_bytes
        if magic != _MAGIC or start < 0:
            raise Damaged(f"{path.name} is no file of arrays")
        directory = self._source.read(start, directory_bytes)
        if zlib.crc32(directory) != checksum:
            raise Damaged(f"the directory of {path.name} is damaged")
        described = json.loads(directory)
        self.facts: dict[str, Any] = described["facts"]
        self._places: dict[str, tuple[str, int, int, int]] = {name: tuple(place) for name, place in described["arrays"].items()}

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def bytes(self, name: str) -> bytes:
        """An array as it lies in the file. Raises Damaged."""
        kind, offset, size, checksum = self._places[name]
        found = self._source.read(offset, size)
        if zlib.crc32(found) != checksum:
            raise Damaged(f"{name} in {self._source.name} is damaged")
        return zlib.decompress(found) if kind.endswith(_SQUEEZED) else found

    def array(self, name: str) -> Array:
        """An array, read-only. Raises Damaged."""
        return np.frombuffer(self.bytes(name), np.dtype(self._places[name][0].removesuffix(_SQUEEZED)))

    def check(self) -> None:
        """Reads everything. Raises Damaged."""
        for name in self._places:
            self.bytes(name)

    def close(self) -> None:
        self._source.close()


def write(path: Path, arrays: Mapping[str, Array | bytes], facts: Mapping[str, Any], *, squeezed: bool = False) -> None:
    """Makes such a file; `squeezed`: arrays that get much smaller are compressed, which costs something when they are first read."""
    places: dict[str, tuple[str, int, int, int]] = {}
    with path.open("wb") as file:
        for name, array in arrays.items():
            kind = "|u1" if isinstance(array, bytes) else array.dtype.str
            data = array if isinstance(array, bytes) else np.ascontiguousarray(array).data.cast("B") if array.size else b""
            if squeezed and len(small := zlib.compress(data, 1)) < WORTH_SQUEEZING * len(data):
                data, kind = small, kind + _SQUEEZED
            places[name] = (kind, file.tell(), len(data), zlib.crc32(data))
            file.write(data)
        directory = json.dumps({"facts": dict(facts), "arrays": places}).encode()
        file.write(directory)
        file.write(_TAIL.pack(_MAGIC, len(directory), zlib.crc32(directory)))


class Sink:
    """A file that arrays are appended to, with the checksum of all of it."""

    def __init__(self, path: Path) -> None:
        self._file: io.BufferedWriter = path.open("wb")
        self.n_bytes = 0
        self.checksum = 0

    def append(self, array: Array) -> None:
        if array.size:
            data = np.ascontiguousarray(array).data.cast("B")
            self._file.write(data)
            self.n_bytes += len(data)
            self.checksum = zlib.crc32(data, self.checksum)

    def close(self) -> None:
        self._file.close()
