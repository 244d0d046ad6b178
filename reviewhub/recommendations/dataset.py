"""Published test collections of readers' libraries (the layout of citeulike-a and citeulike-t), as a corpus and what was kept aside."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.text import message
from .model import Corpus
from .sparse import Matrix, compressed, csr, empty, from_lists
from .terms import N_TERMS, counted


class BadFolder(Exception):
    """The folder does not hold what is expected; the first argument is a Message."""


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """A corpus made of the training rows, and the hidden rest of each reader's library."""

    corpus: Corpus
    hidden: Matrix  # readers × papers


def read(folder: Path) -> Collection:
    """Reads a folder: `cf-train-*` and `cf-test-*` (the split with the longest lists where there are several), text from `mult.dat` or `titles.txt`,
    `citations.dat` where there is one; each plain or .gz. Raises BadFolder."""
    train, test = (_lists(_split(folder, part)) for part in ("train", "test"))
    terms = _terms(folder)
    found = _find(folder, "citations.dat")
    cited = _lists(found) if found else []
    n = max(terms.shape[0], 1 + max((i for lists in (train, test, cited) for found_ids in lists for i in found_ids), default=-1), len(cited))
    if n == 0:
        raise BadFolder(message("No paper is in %(folder)s.", folder=str(folder)))
    terms = compressed((terms.data, terms.indices, np.concatenate([terms.indptr, np.full(n - terms.shape[0], terms.indptr[-1])])), shape=(n, terms.shape[1]))
    references = from_lists([*cited, *[[]] * (n - len(cited))], n) if cited else empty(n, n)
    rows = max(len(train), len(test))
    libraries, hidden = (from_lists([*lists, *[[]] * (rows - len(lists))], n) for lists in (train, test))
    return Collection(Corpus(terms, references, libraries), hidden)


def _split(folder: Path, part: str) -> Path:
    found = sorted(folder.glob(f"cf-{part}-*"), key=lambda path: [int(number) for number in re.findall(r"\d+", path.name)])
    if not found:
        raise BadFolder(message("There is no cf-%(part)s-… in %(folder)s.", part=part, folder=str(folder)))
    return found[-1]


def _find(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _lines(path: Path) -> Iterator[str]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") if path.suffix == ".gz" else path.open(encoding="utf-8", errors="replace") as file:
            yield from file
    except (OSError, EOFError) as error:
        raise BadFolder(message("%(file)s cannot be read: %(reason)s.", file=str(path), reason=str(error))) from error


def _lists(path: Path) -> list[list[int]]:
    """Each line: how many there are, then that many ids."""
    found = []
    for number, line in enumerate(_lines(path), 1):
        try:
            _, *ids = [int(word) for word in line.split()] or [0]
        except ValueError:
            raise BadFolder(message("%(file)s, line %(line)s: not a list of numbers.", file=str(path), line=number)) from None
        found.append(ids)
    return found


def _terms(folder: Path) -> Matrix:
    if path := _find(folder, "mult.dat"):
        return _from_counts(path)
    if path := _find(folder, "titles.txt"):
        return counted(line for line in _lines(path))
    raise BadFolder(message("There is neither mult.dat nor titles.txt in %(folder)s.", folder=str(folder)))


def _from_counts(path: Path) -> Matrix:
    """Each line: how many words, then word:count."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[int] = []
    n = 0
    for number, line in enumerate(_lines(path), 1):
        n = number
        for pair in line.split()[1:]:
            word, _, count = pair.partition(":")
            if not (word.isdigit() and count.isdigit()):
                raise BadFolder(message("%(file)s, line %(line)s: not a list of word:count.", file=str(path), line=number))
            if int(count):
                rows.append(number - 1)
                columns.append(int(word) % N_TERMS)
                values.append(int(count))
    return csr(np.array(rows, np.int32), np.array(columns, np.int32), np.array(values, np.float32), (n, N_TERMS))
