"""Reads of notices: the reader's list, what is followed, how they want to hear."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.db import in_batches
from ..core.prepared import Prepared
from ..papers.models import Journal, Keyword, Paper
from ..people.models import Person
from . import searches
from .models import Follow, Notice, NoticeSetting
from .rules import DEFAULT_WAYS, FOLLOWED
from .telling import Told, told_of

PAGE_SIZE = 30
FOLLOWS_PAGE_SIZE = 100
# More than this is "many" beside the bell, and need not be counted.
MOST_COUNTED = 100
# Profiles that were made part of one that was made part of one … are nobody's life, but a fault.
_MOST_HOPS = 20

_ACCOUNT_ID = sa.bindparam("account_id", type_=sa.Integer)
_SOME_UNREAD = sa.select(Notice.id).where(Notice.account_id == _ACCOUNT_ID, Notice.read_at.is_(None)).limit(MOST_COUNTED).subquery()
_UNREAD = Prepared(sa.select(sa.func.count()).select_from(_SOME_UNREAD))
_FOLLOWS = Prepared(
    sa.select(Follow.account_id).where(
        Follow.account_id == _ACCOUNT_ID, Follow.kind == sa.bindparam("kind", type_=sa.String), Follow.target_id == sa.bindparam("target_id", type_=sa.Integer)
    )
)


@dataclass(frozen=True, slots=True)
class Followed:
    """Something that a reader follows. `name` is safe inline HTML of a paper, plain text else; empty where it is no longer here."""

    kind: str
    target_id: int
    name: str
    slug: str = ""  # of a keyword


def notices_of(session: Session, account_id: int, *, before: int | None = None, after: int | None = None, size: int = PAGE_SIZE) -> list[Told]:
    """Notices, the newest first, or those older than the one of the id `before`, or next newer than `after`. At most eight statements."""
    query = sa.select(Notice).where(Notice.account_id == account_id).limit(size)
    if after is not None:
        rows = list(session.scalars(query.where(Notice.id > after).order_by(Notice.id)))[::-1]
    else:
        rows = list(session.scalars((query.where(Notice.id < before) if before is not None else query).order_by(Notice.id.desc())))
    return told_of(session, account_id, rows)


def n_unread(session: Session, account_id: int) -> int:
    """How many notices were not read, counted up to `MOST_COUNTED`. One statement, from an index that holds only those."""
    return int(_UNREAD.rows(session, account_id=account_id)[0][0])


def follows(session: Session, account_id: int, kind: str, target_id: int) -> bool:
    """Whether an account follows something. One statement."""
    return bool(_FOLLOWS.rows(session, account_id=account_id, kind=kind, target_id=target_id))


def followed_among(session: Session, account_id: int, kind: str, target_ids: Collection[int]) -> set[int]:
    """Those of a page of things that an account follows. One statement."""
    query = sa.select(Follow.target_id).where(Follow.account_id == account_id, Follow.kind == kind, Follow.target_id.in_(target_ids))
    return set(session.scalars(query))


def followed_by(session: Session, account_id: int) -> list[tuple[str, int]]:
    """What an account follows, the latest first. One statement."""
    query = sa.select(Follow.kind, Follow.target_id).where(Follow.account_id == account_id).order_by(Follow.at.desc(), Follow.target_id)
    return [(kind, target_id) for kind, target_id in session.execute(query)]


def follows_of(session: Session, account_id: int, *, offset: int = 0, size: int = FOLLOWS_PAGE_SIZE) -> list[Followed]:
    """A page of what an account follows, by kind and then the latest first, with names. At most six statements."""
    by_kind = sa.case({kind: n for n, kind in enumerate(FOLLOWED)}, value=Follow.kind)
    query = sa.select(Follow.kind, Follow.target_id).where(Follow.account_id == account_id).order_by(by_kind, Follow.at.desc(), Follow.target_id)
    rows = session.execute(query.offset(offset).limit(size)).all()
    ids = {kind: [row.target_id for row in rows if row.kind == kind] for kind in FOLLOWED}
    names: dict[tuple[str, int], tuple[str, str]] = {}
    nothing = sa.literal("")
    columns = {
        "paper": (Paper.id, Paper.title, nothing), "journal": (Journal.id, Journal.name, nothing), "keyword": (Keyword.id, Keyword.term, Keyword.slug),
        "person": (Person.id, Person.name, nothing),
    }  # fmt: skip
    for kind, (key, name, slug) in columns.items():
        if ids[kind]:
            for row in session.execute(sa.select(key, name, slug).where(key.in_(ids[kind]))).all():
                names[kind, row[0]] = (row[1], row[2])
    if ids["search"]:
        names |= {("search", n): (name, "") for n, name in searches.known().names(session, account_id, ids["search"]).items()}
    return [Followed(row.kind, row.target_id, *names.get((row.kind, row.target_id), ("", ""))) for row in rows]


def n_followed(session: Session, account_id: int) -> int:
    """How much an account follows. One statement."""
    return session.scalar(sa.select(sa.func.count()).where(Follow.account_id == account_id)) or 0


def ways_of(session: Session, account_id: int) -> dict[str, str]:
    """How an account hears of each kind. One statement."""
    return DEFAULT_WAYS | {row.kind: row.way for row in session.execute(sa.select(NoticeSetting.kind, NoticeSetting.way).filter_by(account_id=account_id))}


def way_of_each(session: Session, account_ids: Collection[int], kind: str) -> dict[int, str]:
    """How each of at most some hundred accounts hears of a kind. One statement."""
    chosen = sa.select(NoticeSetting.account_id, NoticeSetting.way).where(NoticeSetting.account_id.in_(account_ids), NoticeSetting.kind == kind)
    return dict.fromkeys(account_ids, DEFAULT_WAYS[kind]) | {row.account_id: row.way for row in session.execute(chosen)}


def merged_into(session: Session, person_id: int) -> list[int]:
    """A profile and all that were made part of it: who followed one of those follows it. A statement for each step of merges."""
    found, last = [person_id], [person_id]
    for _ in range(_MOST_HOPS):
        last = [one for some in in_batches(last) for one in session.scalars(sa.select(Person.id).where(Person.merged_into_id.in_(some)))]
        if not last:
            break
        found += last
    return found
