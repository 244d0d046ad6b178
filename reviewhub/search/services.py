"""Keeping the index what the database says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from ..config import Settings
from ..core.db import Database, in_batches
from ..core.text import Message, message
from ..papers.models import Paper
from . import documents
from .backend import Batch, IndexAway
from .engines import index_for

# Papers read and written at a time while building: some megabytes of text.
BUILD_BATCH = 500
# Papers made visible together when an index is put right.
REPAIR_BATCH = 1_000

# The share of papers up to which an index is mended; beyond, building beside costs less and leaves it in one piece.
WORTH_MENDING = 0.25

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Differences:
    """How the index differs from the database; ids in order. `trouble` says why it cannot be compared at all."""

    trouble: str | None = None
    n_papers: int = 0
    missing: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    misrated: list[int] = field(default_factory=list)  # with other numbers of ratings; else as they should be

    @property
    def wrong(self) -> list[int]:
        """Papers whose text is to be written or taken out."""
        return [*self.missing, *self.stale, *self.extra]

    @property
    def is_sound(self) -> bool:
        return not (self.trouble or self.wrong or self.misrated)


def compare(database: Database, settings: Settings) -> Differences:
    """Compares the version and the score of every paper. A change whose job has not been done yet shows as a difference."""
    index = index_for(settings)
    try:
        indexed, rated = index.versions(), index.standings()
    except IndexAway as error:
        return Differences(trouble=str(error))
    return replace(_differences(database, indexed), misrated=_misrated(database, indexed.keys(), rated))


def check(database: Database, settings: Settings) -> list[Message]:
    """What is wrong with the index, a sentence for each kind of difference; empty when it says what the database says."""
    found = compare(database, settings)
    if found.trouble:
        return [message("The index cannot be used: %(trouble)s", trouble=found.trouble)]
    kinds = (
        (found.missing, "%(n)s papers are not in the index: %(ids)s"),
        (found.stale, "%(n)s papers are in the index as they were before: %(ids)s"),
        (found.extra, "%(n)s papers in the index are not in the database: %(ids)s"),
        (found.misrated, "%(n)s papers stand in the index with the score they had before: %(ids)s"),
    )
    return [Message(template, {"n": len(ids), "ids": ", ".join(map(str, ids[:10])) + (" …" if len(ids) > 10 else "")}) for ids, template in kinds if ids]


def needs_rebuild(database: Database, settings: Settings) -> bool:
    """Whether the index is missing, broken, of an older shape, or so far behind that it is quicker made anew. Else the jobs mend it, or `prepare`."""
    found = compare(database, settings)
    return bool(found.trouble) or _is_far_behind(found)


def prepare(database: Database, settings: Settings) -> int:
    """Makes the index fit for use: builds it when it is missing or broken, else puts right what differs. How many papers were written.

    Cheap when there is nothing to do. Raises IndexBusy.
    """
    found = compare(database, settings)
    if found.trouble or _is_far_behind(found):
        return rebuild(database, settings)
    for ids in in_batches(found.wrong, REPAIR_BATCH):
        update(database, settings, ids)
    stand(database, settings, found.misrated)
    return len({*found.wrong, *found.misrated})


def update(database: Database, settings: Settings, ids: Collection[int]) -> None:
    """Makes the index say of these papers what the database says now; those that are gone go. Builds the index when it is away. Raises IndexBusy."""
    try:
        with index_for(settings).batch() as batch:
            _put_right(database, batch, ids)
    except IndexAway as error:
        log.warning("building the search index: %s", error)
        rebuild(database, settings)


def stand(database: Database, settings: Settings, ids: Collection[int]) -> None:
    """Makes the index say of these papers what their ratings say now: cheap, no text is read. Builds the index when it is away. Raises IndexBusy."""
    if not ids:
        return
    try:
        with index_for(settings).batch() as batch, database.read() as session:  # read when it is our turn: who writes last knows most
            known = {standing.id: standing for standing in documents.standings(session, sorted(ids))}
            batch.stand(known.get(paper_id, documents.Standing(paper_id)) for paper_id in ids)
    except IndexAway as error:
        log.warning("building the search index: %s", error)
        rebuild(database, settings)


def catch_up_scores(database: Database, settings: Settings) -> int:
    """Puts right the scores that changed without a rating: a new model, a run released, an account suspended. How many. Raises IndexBusy.

    Nothing while the index is away: when it is built it has the scores of then.
    """
    try:
        misrated = _misrated(database, None, index_for(settings).standings())
    except IndexAway:
        return 0
    stand(database, settings, misrated)
    return len(misrated)


def mend(database: Database, settings: Settings) -> None:
    """Builds the index when it is away, else does nothing. Raises IndexBusy."""
    if trouble := index_for(settings).trouble():
        log.warning("building the search index: %s", trouble)
        rebuild(database, settings)


def rebuild(database: Database, settings: Settings, told: Callable[[int], None] | None = None) -> int:
    """Makes the index anew while the old one answers. Calls `told` with the number of papers so far. How many there were. Raises IndexBusy."""
    n = 0

    def fill(batch: Batch) -> None:
        nonlocal n
        last = 0
        while True:
            with database.read() as session:  # a session each: a long one would keep SQLite's log from being cut
                ids = session.scalars(sa.select(Paper.id).where(Paper.id > last).order_by(Paper.id).limit(BUILD_BATCH)).all()
                found = documents.read(session, ids)
            if not ids:
                return
            batch.put(found)
            last = ids[-1]
            n += len(found)
            if told:
                told(n)

    def catch_up(batch: Batch, written: dict[int, int]) -> None:
        _put_right(database, batch, _differences(database, written).wrong)

    index_for(settings).rebuild(fill, catch_up)
    return n


def _put_right(database: Database, batch: Batch, ids: Collection[int]) -> None:
    with database.read() as session:
        found = documents.read(session, sorted(ids))
    there = {document.id for document in found}
    batch.delete([paper_id for paper_id in set(ids) if paper_id not in there])
    batch.put(found)


def _differences(database: Database, indexed: dict[int, int]) -> Differences:
    with database.read() as session:
        wanted = documents.versions(session)
    return Differences(
        n_papers=len(wanted),
        missing=sorted(wanted.keys() - indexed.keys()),
        stale=sorted(paper_id for paper_id, version in wanted.items() if indexed.get(paper_id, version) != version),
        extra=sorted(indexed.keys() - wanted.keys()),
    )


def _misrated(database: Database, indexed: Collection[int] | None, rated: dict[int, documents.Standing]) -> list[int]:
    """Papers whose numbers differ; of those that are in the index when it is told what is."""
    with database.read() as session:
        wanted = {standing.id: standing for standing in documents.standings(session) if not standing.is_empty}
    differing = (paper_id for paper_id in wanted.keys() | rated.keys() if wanted.get(paper_id) != rated.get(paper_id))
    return sorted(paper_id for paper_id in differing if indexed is None or paper_id in indexed)


def _is_far_behind(found: Differences) -> bool:
    return len(found.wrong) > WORTH_MENDING * (found.n_papers + len(found.extra))
