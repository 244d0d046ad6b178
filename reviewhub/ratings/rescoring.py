"""Scores of many papers made anew, a batch in a transaction: after a new model, after a migration, by a keeper's command."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import sqlalchemy as sa

from ..core.db import Database, in_batches
from . import queries
from .models import Rating
from .scoring import lock_all, recompute_all

# Papers in one transaction: it holds the write lock for some tenths of a second, and readers who rate meanwhile hardly wait.
BATCH = 100


def rescore(database: Database, *, longest_s: float | None = None) -> bool:
    """Makes scores anew that are of an older model than the newest; False when time ran out before the end."""
    until = None if longest_s is None else monotonic() + longest_s
    while until is None or monotonic() < until:
        with database.write() as session, session.begin():
            paper_ids = queries.scores_of_older_models(session, BATCH)
            if not paper_ids:
                return True
            lock_all(session, paper_ids)
            recompute_all(session, paper_ids)
    return False


def recompute_missing(database: Database) -> int:
    """Makes the scores of papers that have ratings and no score, as after a migration; their number."""
    with database.read() as session:
        paper_ids = queries.papers_without_score(session)
    return sum(_recompute(database, paper_ids))


def recompute_everything(database: Database) -> Iterator[int]:
    """Makes every score anew; how many papers each batch had."""
    with database.read() as session:
        paper_ids = list(session.scalars(sa.select(Rating.paper_id).distinct().order_by(Rating.paper_id)))
    yield from _recompute(database, paper_ids)


def _recompute(database: Database, paper_ids: list[int]) -> Iterator[int]:
    for some in in_batches(paper_ids, BATCH):
        with database.write() as session, session.begin():
            lock_all(session, some)
            recompute_all(session, some)
        yield len(some)
