"""Which papers there are and when each last changed: what a site map needs, cheap at a million papers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .models import Paper


def first_id_from(session: Session, paper_id: int) -> int | None:
    """The lowest id of a paper that is not below `paper_id`: one step into the primary key."""
    return session.scalar(sa.select(sa.func.min(Paper.id)).where(Paper.id >= paper_id))


def runs_of_ids(session: Session, size: int) -> Iterator[int]:
    """The numbers, from 1, of the runs of `size` ids that hold a paper (run 1 is the ids 1 to `size`): one step into the key for each."""
    found = first_id_from(session, 1)
    while found is not None:
        number = (found - 1) // size + 1
        yield number
        found = first_id_from(session, number * size + 1)


def changes_in(session: Session, first: int, last: int) -> list[tuple[int, dt.datetime]]:
    """(id, time of the last change) of the papers with ids from `first` to `last`, both included, in order."""
    query = sa.select(Paper.id, Paper.changed_at).where(Paper.id.between(first, last)).order_by(Paper.id)
    return [(row.id, row.changed_at) for row in session.execute(query)]
