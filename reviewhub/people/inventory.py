"""Which profiles search engines may find: claimed ones, with the time of the last change. Names nobody has claimed stay out."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .ladder import APPROVED
from .models import Claim, Person

_IS_THERE = sa.and_(
    Person.merged_into_id.is_(None), sa.exists().where(Claim.person_id == Person.id, Claim.state == APPROVED, Claim.position > 0).correlate(Person)
)


def profiles_in(session: Session, first: int, last: int) -> list[tuple[int, dt.datetime]]:
    """(id, time of the last change) of the profiles with ids from `first` to `last`, both included, in order. One statement."""
    query = sa.select(Person.id, Person.changed_at).where(Person.id.between(first, last), _IS_THERE).order_by(Person.id)
    return [(row.id, row.changed_at) for row in session.execute(query)]


def last_id(session: Session) -> int:
    """The highest id of a profile, 0 where there is none. One step into the key."""
    return session.scalar(sa.select(sa.func.max(Person.id))) or 0
