"""What is in a library and on lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.actor import Actor
from ..core.db import in_batches
from ..core.errors import NotFound
from .models import LibraryItem, LibraryTag, LibraryUpload, ReadingList, ReadingListItem
from .rules import STATES, can_see_list, tag_key

# Papers on one page of a library or a list.
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Kept:
    """A paper in a library."""

    paper_id: int
    state: str
    saved_at: dt.datetime
    note: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """Some of a library, newest first; `older` is the place to go on from, None at the end."""

    items: list[Kept]
    older: tuple[dt.datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list as lists of lists show it."""

    id: int
    title: str
    is_public: bool
    n_papers: int
    changed_at: dt.datetime
    owner_id: int
    owner: str


@dataclass(frozen=True, slots=True)
class ListShown:
    """One list with its papers, in their order."""

    line: ListLine
    description: str
    paper_ids: list[int] = field(default_factory=list)


def library_page(
    session: Session, account_id: int, *, state: str = "", tag: str = "", older: tuple[dt.datetime, int] | None = None, size: int = PAGE_SIZE
) -> LibraryPage:
    """Some of a library, narrowed to a state or a tag. Two statements, however large it is."""
    query = sa.select(LibraryItem.paper_id, LibraryItem.state, LibraryItem.saved_at, LibraryItem.note).where(LibraryItem.account_id == account_id)
    if state in STATES:
        query = query.where(LibraryItem.state == state)
    if tag:
        tagged = sa.select(LibraryTag.paper_id).where(LibraryTag.account_id == account_id, LibraryTag.tag_key == tag_key(tag))
        query = query.where(LibraryItem.paper_id.in_(tagged))
    if older is not None:
        at, paper_id = older
        query = query.where(sa.or_(LibraryItem.saved_at < at, sa.and_(LibraryItem.saved_at == at, LibraryItem.paper_id < paper_id)))
    rows = session.execute(query.order_by(LibraryItem.saved_at.desc(), LibraryItem.paper_id.desc()).limit(size + 1)).all()
    shown = rows[:size]
    tags = tags_on(session, account_id, [row.paper_id for row in shown])
    items = [Kept(row.paper_id, row.state, row.saved_at, row.note, tags.get(row.paper_id, ())) for row in shown]
    return LibraryPage(items, (shown[-1].saved_at, shown[-1].paper_id) if len(rows) > size else None)


def tags_on(session: Session, account_id: int, paper_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of these papers in this library, in alphabetical order."""
    found: dict[int, list[str]] = {}
    for some in in_batches(list(paper_ids)):
        query = sa.select(LibraryTag.paper_id, LibraryTag.tag).where(LibraryTag.account_id == account_id, LibraryTag.paper_id.in_(some))
        for paper_id, tag in session.execute(query.order_by(LibraryTag.tag_key)):
            found.setdefault(paper_id, []).append(tag)
    return {paper_id: tuple(tags) for paper_id, tags in found.items()}


def states_of(session: Session, account_id: int, paper_ids: Sequence[int]) -> dict[int, str]:
    """The state of those of these papers that are in this library: what the button beside a result shows. One statement for a page."""
    found: dict[int, str] = {}
    for some in in_batches(list(paper_ids)):
        query = sa.select(LibraryItem.paper_id, LibraryItem.state).where(LibraryItem.account_id == account_id, LibraryItem.paper_id.in_(some))
        found.update((row.paper_id, row.state) for row in session.execute(query))
    return found


def counts_of(session: Session, account_id: int) -> dict[str, int]:
    """How many papers of a library are in each state."""
    query = sa.select(LibraryItem.state, sa.func.count()).where(LibraryItem.account_id == account_id).group_by(LibraryItem.state)
    return dict.fromkeys(STATES, 0) | dict(session.execute(query).all())


def tags_of(session: Session, account_id: int) -> list[tuple[str, int]]:
    """The tags of a library with how many papers have each, the commonest first."""
    n = sa.func.count()
    query = sa.select(sa.func.min(LibraryTag.tag), n).where(LibraryTag.account_id == account_id).group_by(LibraryTag.tag_key)
    return [(tag, count) for tag, count in session.execute(query.order_by(n.desc(), LibraryTag.tag_key))]


def kept_by(session: Session, account_id: int, *, state: str = "", tag: str = "") -> list[int]:
    """All papers of a library, newest first, narrowed as `library_page`."""
    query = sa.select(LibraryItem.paper_id).where(LibraryItem.account_id == account_id)
    if state in STATES:
        query = query.where(LibraryItem.state == state)
    if tag:
        query = query.where(
            LibraryItem.paper_id.in_(sa.select(LibraryTag.paper_id).where(LibraryTag.account_id == account_id, LibraryTag.tag_key == tag_key(tag)))
        )
    return list(session.scalars(query.order_by(LibraryItem.saved_at.desc(), LibraryItem.paper_id.desc())))


_N_PAPERS = sa.select(sa.func.count()).where(ReadingListItem.list_id == ReadingList.id).scalar_subquery()
_LINE = (ReadingList.id, ReadingList.title, ReadingList.is_public, _N_PAPERS, ReadingList.changed_at, ReadingList.account_id, Account.name)


def lists_of(session: Session, account_id: int, *, only_public: bool = False) -> list[ListLine]:
    """The lists of an account, the one changed last first."""
    query = sa.select(*_LINE).join(Account, Account.id == ReadingList.account_id).where(ReadingList.account_id == account_id)
    if only_public:
        query = query.where(ReadingList.is_public.is_(True))
    return [ListLine(*row) for row in session.execute(query.order_by(ReadingList.changed_at.desc(), ReadingList.id.desc()))]


def lists_with(session: Session, paper_id: int, *, most: int = 10) -> list[ListLine]:
    """Public lists that hold a paper, the one changed last first."""
    holding = sa.select(ReadingListItem.list_id).where(ReadingListItem.paper_id == paper_id)
    query = sa.select(*_LINE).join(Account, Account.id == ReadingList.account_id).where(ReadingList.id.in_(holding), ReadingList.is_public.is_(True))
    return [ListLine(*row) for row in session.execute(query.order_by(ReadingList.changed_at.desc(), ReadingList.id.desc()).limit(most))]


def list_shown(session: Session, actor: Actor, list_id: int) -> ListShown:
    """A list with its papers. NotFound when there is none, or it is not for this actor to see. Two statements."""
    query = sa.select(*_LINE, ReadingList.description).join(Account, Account.id == ReadingList.account_id).where(ReadingList.id == list_id)
    row = session.execute(query).first()
    if row is None or not can_see_list(actor, owner_id=row.account_id, is_public=row.is_public):
        raise NotFound
    papers = sa.select(ReadingListItem.paper_id).where(ReadingListItem.list_id == list_id).order_by(ReadingListItem.position, ReadingListItem.paper_id)
    return ListShown(ListLine(*row[:-1]), row.description, list(session.scalars(papers)))


def newest_upload(session: Session, account_id: int) -> LibraryUpload | None:
    """The file that was handed in last, with how far it is."""
    return session.scalar(sa.select(LibraryUpload).where(LibraryUpload.account_id == account_id).order_by(LibraryUpload.id.desc()).limit(1))
