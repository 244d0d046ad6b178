"""What every search engine offers here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from .documents import Document, Standing
from .language import Query

# What results can be ordered by. "top" puts established scores first, by their lower bound; "discussed" counts written reviews; "added" is what came
# here last, by id, which feeds need: a paper of old that is new here is news.
SORTS = ("relevance", "newest", "oldest", "added", "top", "discussed")
# Values that a facet names, the most frequent first; years are all named.
FACET_SIZE = 10
# Steps of the facet of scores, in stars: papers whose established mean reaches each.
RATED_STEPS = (4.5, 4.0, 3.0, 2.0)


class IndexAway(Exception):
    """The index cannot be read: it is missing, of an older shape, or broken. It waits to be rebuilt."""


class IndexBusy(Exception):
    """Nothing can be written now: another process has been writing for longer than it is worth waiting, or the engine is out of reach. Try again later."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What results are narrowed to, beside what the query says. Empty values narrow nothing; years are inclusive.

    `rated`: stars that an established mean has to reach; 0 lets any established score pass.
    """

    type: str = ""
    year_from: int | None = None
    year_to: int | None = None
    journal_id: int | None = None
    keyword: str = ""  # slug
    language: str = ""
    rated: float | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many results have this value."""

    value: str
    n: int


@dataclass(frozen=True, slots=True)
class Facets:
    """What all results (not only the page shown) have in common, each with the number of papers; values without papers are left out.

    `journals` and `keywords` name ids of the database, whose names the caller looks up; `rated` names `RATED_STEPS` as "4.0" and so on.
    """

    types: tuple[Count, ...] = ()
    journals: tuple[Count, ...] = ()
    keywords: tuple[Count, ...] = ()
    languages: tuple[Count, ...] = ()
    rated: tuple[Count, ...] = ()
    years: tuple[tuple[int, int], ...] = ()  # (year, papers), in order of time


@dataclass(frozen=True, slots=True)
class Results:
    """One page of (paper id, score), best first, of `total`; and what was done to the query to find them.

    `relaxed`: nothing had every word, so these have some of them. `n_whole`: so many of the results have all that was wanted; the others, with
    which few are filled up when sorted by relevance, have most of the words. `replaced`: words that stand nowhere, each with the word that was
    looked for instead. `terms`: the terms whose words a page may mark (`marking.Marks`). `facets` only where they were asked for.
    """

    total: int
    hits: list[tuple[int, float]]
    relaxed: bool = False
    n_whole: int = 0
    replaced: tuple[tuple[str, str], ...] = ()
    terms: frozenset[str] = frozenset()
    facets: Facets | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something whose name begins as was typed. `value`: a journal's id, a keyword's slug, an author's printed name; `n`: how many papers have it."""

    label: str
    value: str
    n: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What a beginning may become, the most frequent first. `papers`: ids of papers whose title begins so, the best rated and newest first."""

    papers: tuple[int, ...] = ()
    authors: tuple[Suggestion, ...] = ()
    journals: tuple[Suggestion, ...] = ()
    keywords: tuple[Suggestion, ...] = ()


class Batch(Protocol):
    """Changes that become visible together."""

    def put(self, documents: Iterable[Document]) -> None:
        """Adds the documents with their standing, each in place of an older one of its id. An id comes at most once in a batch."""

    def delete(self, ids: Collection[int]) -> None:
        """Takes these papers out; those that are not in it are passed over."""

    def stand(self, standings: Iterable[Standing]) -> None:
        """Changes the numbers of these papers and nothing else: cheap. Those of papers that are not in the index are passed over."""


class SearchIndex(Protocol):
    """A search engine. Its methods may be called from many threads and processes."""

    def trouble(self) -> str | None:
        """Why the index has to be rebuilt before it can be used, or None when it is sound."""

    def count(self) -> int:
        """How many papers are in it. Raises IndexAway."""

    def versions(self) -> dict[int, int]:
        """The version of every paper in it, by id. Raises IndexAway."""

    def standings(self) -> dict[int, Standing]:
        """The numbers of every paper that has any, by id. Raises IndexAway."""

    def batch(self) -> AbstractContextManager[Batch]:
        """Changes the index: all that was put and deleted is there when the block ends, nothing of it when the block raises.

        Writers take turns; read what is to be put inside the block, so that the newest is written last. Raises IndexAway, IndexBusy.
        """

    def rebuild(self, fill: Callable[[Batch], None], catch_up: Callable[[Batch, dict[int, int]], None]) -> None:
        """Makes the index anew beside the old one, which answers meanwhile, and swaps.

        `fill` puts everything. `catch_up` is called when writers wait, with the versions that were written, to put right what has changed
        since. Raises IndexBusy when a rebuild is under way.
        """

    def search(self, query: Query, filters: Filters, sort: str, offset: int, limit: int, *, facets: bool = False) -> Results:
        """Papers for a query, in an order of `SORTS`. `total` is exact. Raises IndexAway."""

    def suggest(self, text: str, limit: int) -> Suggestions:
        """What somebody who has typed so much may want, at most `limit` of each kind. Raises IndexAway."""

    def correct(self, text: str) -> str:
        """The text with words that are rare or unknown here put as they are usually written; empty when there is nothing better. Raises IndexAway."""
