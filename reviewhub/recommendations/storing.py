"""A model as a folder of arrays under home/recommendations: written whole, then named in the database, read where it lies."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .model import PARTS, Model
from .sparse import Ints, Matrix, compressed

log = logging.getLogger(__name__)

# Changes whenever the arrays mean something else: a folder of another format is not opened, and a new model is made.
FORMAT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """A model with what its places stand for: papers in order of id, readers in order of account."""

    model: Model
    terms: Matrix  # counts, as read from the papers: reused where a paper has not changed since
    paper_ids: Ints
    versions: Ints
    reader_ids: Ints

    def places_of(self, paper_ids: Collection[int]) -> dict[int, int]:
        """The places of those of these papers that are in the model."""
        wanted = np.array(sorted(paper_ids), np.int64)
        if not len(wanted) or not len(self.paper_ids):
            return {}
        places = np.minimum(np.searchsorted(self.paper_ids, wanted), len(self.paper_ids) - 1)
        return {int(i): int(place) for i, place in zip(wanted, places, strict=True) if self.paper_ids[place] == i}

    def reader_of(self, account_id: int) -> int | None:
        """The place of a reader; None for one who is not in the model."""
        place = int(np.searchsorted(self.reader_ids, account_id))
        return place if place < len(self.reader_ids) and self.reader_ids[place] == account_id else None


def folder_of(home: Path) -> Path:
    return home / "recommendations"


def save(home: Path, stored: Stored) -> tuple[str, int]:
    """Writes a model into a folder of its own; its name and size in bytes. Nothing points to it yet."""
    name = f"model-{secrets.token_hex(8)}"
    partial = folder_of(home) / f"{name}.partial"
    partial.mkdir(parents=True)
    np.save(partial / "format.npy", np.array([FORMAT]))
    for part in PARTS:
        _write(partial / part, getattr(stored.model, part))
    _write(partial / "terms", stored.terms)
    for part in ("paper_ids", "versions", "reader_ids"):
        np.save(partial / f"{part}.npy", getattr(stored, part))
    partial.rename(folder_of(home) / name)
    return name, sum(path.stat().st_size for path in (folder_of(home) / name).iterdir())


def _write(path: Path, value: Matrix) -> None:
    if isinstance(value, np.ndarray):
        np.save(path.with_suffix(".npy"), value)
        return
    value = value.sorted_indices()  # nobody can sort what is only mapped
    index = np.int32 if value.nnz < 2**31 else np.int64
    np.save(path.with_suffix(".data.npy"), value.data)
    np.save(path.with_suffix(".indices.npy"), value.indices.astype(index))
    np.save(path.with_suffix(".indptr.npy"), value.indptr.astype(index))
    np.save(path.with_suffix(".shape.npy"), np.array(value.shape))


def _read(path: Path) -> Matrix:
    if path.with_suffix(".npy").exists():
        return np.load(path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
    data, indices, indptr, shape = (
        np.load(path.with_suffix(f".{part}.npy"), mmap_mode="r", allow_pickle=False) for part in ("data", "indices", "indptr", "shape")
    )
    if indptr[-1] != len(data) or len(data) != len(indices) or len(indptr) != shape[0] + 1:
        raise ValueError(f"{path} is damaged")
    return compressed((data, indices, indptr), shape=(int(shape[0]), int(shape[1])), copy=False)


_lock = threading.Lock()
_opened: dict[Path, Stored] = {}


def opened(home: Path, name: str) -> Stored | None:
    """The model in this folder, opened once a process; arrays are mapped, so it takes milliseconds and no memory of its own. None, and a line in the
    log, when the folder is missing, damaged or of another format: lists then do without."""
    path = folder_of(home) / name
    with _lock:
        if path in _opened:
            return _opened[path]
        try:
            if int(np.load(path / "format.npy", allow_pickle=False)[0]) != FORMAT:
                raise ValueError("of another format")
            parts = {part: _read(path / part) for part in PARTS}
            stored = Stored(Model(**parts), _read(path / "terms"), *(_read(path / part) for part in ("paper_ids", "versions", "reader_ids")))
            if len(stored.paper_ids) != stored.model.n_papers or len(stored.versions) != stored.model.n_papers:
                raise ValueError("its parts do not belong together")
        except (OSError, ValueError, EOFError, IndexError) as error:
            log.warning("the recommendation model %s cannot be used: %s", path, error)
            return None
        _opened.clear()
        _opened[path] = stored
        return stored


def remove_others(home: Path, kept: Collection[str]) -> None:
    """Deletes the folders of models that nothing names any more. Who has one open reads on."""
    for path in folder_of(home).glob("model-*"):
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
