"""Whom something concerns: account ids in order, some hundred at a time. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..library.models import LibraryItem
from ..people.ladder import APPROVED
from ..people.models import Claim, Person, PersonAccount
from ..ratings.models import Rating
from .models import Follow


def followers(session: Session, kind: str, target_ids: Sequence[int], *, after: int, most: int) -> list[int]:
    """Who follows any of these things, with ids above `after`. One statement."""
    query = sa.select(Follow.account_id).where(Follow.kind == kind, Follow.target_id.in_(target_ids), Follow.account_id > after)
    return list(session.scalars(query.distinct().order_by(Follow.account_id).limit(most)))


def concerned(session: Session, paper_id: int, *, after: int, most: int) -> list[int]:
    """Who follows, rated or keeps a paper. One statement, an index each."""
    sides = [
        sa.select(column).where(is_of_it, column > after).order_by(column).limit(most).subquery()
        for column, is_of_it in (
            (Follow.account_id, sa.and_(Follow.kind == "paper", Follow.target_id == paper_id)),
            (Rating.account_id, Rating.paper_id == paper_id),
            (LibraryItem.account_id, LibraryItem.paper_id == paper_id),
        )
    ]
    everybody = sa.union(*(sa.select(side.c.account_id) for side in sides)).subquery()
    return list(session.scalars(sa.select(everybody.c.account_id).order_by(everybody.c.account_id).limit(most)))


def authors(session: Session, paper_id: int, *, but: int | None = None) -> list[int]:
    """The accounts with an approved claim on a paper that wish to hear of it. One statement."""
    query = (
        sa.select(PersonAccount.account_id)
        .join(Person, Person.id == PersonAccount.person_id)
        .join(Claim, Claim.person_id == Person.id)
        .where(Claim.paper_id == paper_id, Claim.state == APPROVED, Claim.position > 0, Person.is_told.is_(True))
    )
    return [one for one in session.scalars(query.distinct().order_by(PersonAccount.account_id)) if one != but]
