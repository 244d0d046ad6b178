"""What every search engine offers here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from .documents import Document
from .language import Query


class IndexAway(Exception):
    """The index cannot be read: it is missing, of an older shape, or broken. It waits to be rebuilt."""


class IndexBusy(Exception):
    """Another process has been writing for longer than it is worth waiting; to be tried again later."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What results are narrowed to, beside what the query says. Empty values narrow nothing; years are inclusive."""

    type: str = ""
    year_from: int | None = None
    year_to: int | None = None
    journal_id: int | None = None
    keyword: str = ""  # slug


@dataclass(frozen=True, slots=True)
class Results:
    """One page of (paper id, score), best first, of `total`. `relaxed`: nothing had every word, so these have some of them."""

    total: int
    hits: list[tuple[int, float]]
    relaxed: bool = False


class Batch(Protocol):
    """Changes that become visible together."""

    def put(self, documents: Iterable[Document]) -> None:
        """Adds the documents, each in place of an older one of its id. An id comes at most once in a batch."""

    def delete(self, ids: Collection[int]) -> None:
        """Takes these papers out; those that are not in it are passed over."""


class SearchIndex(Protocol):
    """A search engine. Its methods may be called from many threads and processes."""

    def trouble(self) -> str | None:
        """Why the index has to be rebuilt before it can be used, or None when it is sound."""

    def count(self) -> int:
        """How many papers are in it. Raises IndexAway."""

    def versions(self) -> dict[int, int]:
        """The version of every paper in it, by id. Raises IndexAway."""

    def batch(self) -> AbstractContextManager[Batch]:
        """Changes the index: all that was put and deleted is there when the block ends, nothing of it when the block raises.

        Writers take turns; read what is to be put inside the block, so that the newest is written last. Raises IndexAway, IndexBusy.
        """

    def rebuild(self, fill: Callable[[Batch], None], catch_up: Callable[[Batch, dict[int, int]], None]) -> None:
        """Makes the index anew beside the old one, which answers meanwhile, and swaps.

        `fill` puts everything. `catch_up` is called when writers wait, with the versions that were written, to put right what has changed
        since. Raises IndexBusy when a rebuild is under way.
        """

    def search(self, query: Query, filters: Filters, sort: str, offset: int, limit: int) -> Results:
        """Papers for a query. Raises IndexAway."""
