"""The numbers that ratings give papers, in a small file beside the segments: a rating replaces it, and no text is touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np

from ..documents import Standing
from . import containers
from .numbers import Array

FILE = "standings"
NUMBERS = tuple(field.name for field in fields(Standing))


def read(folder: Path) -> dict[str, Array]:
    """The numbers of all papers that have any, by `NUMBERS`, in order of `id`. Raises Damaged."""
    try:
        file = containers.Container(folder / FILE)
    except FileNotFoundError:
        return {name: np.empty(0, np.int64) for name in NUMBERS}
    try:
        return {name: file.array(name) for name in NUMBERS}
    finally:
        file.close()


def change(folder: Path, standings: Iterable[Standing]) -> None:
    """Puts these in place of what was known of the same papers; readers find the file before or after. Only one writer at a time may call this."""
    changed = {standing.id: standing for standing in standings}
    before = read(folder)
    numbers = np.fromiter(changed, np.int64, len(changed))
    is_kept = ~np.isin(before["id"], numbers)
    added = [astuple(standing) for standing in changed.values() if not standing.is_empty]
    if is_kept.all() and not added:
        return
    columns = np.array(added, np.int64).reshape(-1, len(NUMBERS)).T
    after = {name: np.concatenate((before[name][is_kept], column)) for name, column in zip(NUMBERS, columns, strict=True)}
    order = np.argsort(after["id"])
    beside = folder / f"{FILE}.new"
    containers.write(beside, {name: column[order] for name, column in after.items()}, {})
    beside.replace(folder / FILE)
