"""What is in a library and on lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.actor import Actor
from ..core.db import in_batches
from ..core.errors import NotFound
from ..core.prepared import Prepared
from ..core.text import folded
from ..papers.models import Paper
from .models import LibraryItem, LibraryTag, LibraryUpload, ReadingList, ReadingListItem
from .rules import STATES, can_see_list, tag_key

Fields = TypeVarTuple("Fields")

# Papers on one page of a library.
PAGE_SIZE = 25
# Words that are looked for in a library; each is one more look at every entry.
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Kept:
    """A paper in a library."""

    paper_id: int
    state: str
    saved_at: dt.datetime
    note: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a library: what is empty narrows nothing. `words` stand in titles, names of authors, DOIs, notes or tags, each somewhere."""

    state: str = ""
    tag: str = ""
    words: str = ""

    @property
    def is_all(self) -> bool:
        return not (self.state in STATES or self.tag or self.words)


ALL = Part()


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """Some of a library; `after` and `before` are the papers at its ends, to go on from, 0 where nothing follows."""

    items: list[Kept]
    after: int = 0
    before: int = 0


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
    notes: dict[int, str] = field(default_factory=dict)  # by paper; those that have one
    added_at: dict[int, dt.datetime] = field(default_factory=dict)  # by paper


# order -> what it goes by, and whether downwards. The paper comes last, so that no two entries share a place.
_ORDERS: dict[str, tuple[tuple[Any, ...], bool]] = {
    "saved": ((LibraryItem.saved_at, LibraryItem.paper_id), True),
    "oldest": ((LibraryItem.saved_at, LibraryItem.paper_id), False),
    "published": ((Paper.published, LibraryItem.paper_id), True),
    "title": ((Paper.title_key, LibraryItem.paper_id), False),
}
SORTS = tuple(_ORDERS)


def library_page(
    session: Session, account_id: int, part: Part = ALL, *, sort: str = SORTS[0], after: int = 0, before: int = 0, size: int = PAGE_SIZE
) -> LibraryPage:
    """Some of a library in one of `SORTS`, found by the paper where another page ended; one that is not kept (any more) gives the first page.

    Two statements, three beyond the first page, however large the library is."""
    columns, is_descending = _ORDERS.get(sort, _ORDERS[SORTS[0]])
    place = _place_of(session, account_id, columns, after or before)
    is_backwards = place is not None and not after
    downwards = is_descending != is_backwards
    query = _of_part(sa.select(LibraryItem.paper_id, LibraryItem.state, LibraryItem.saved_at, LibraryItem.note), account_id, part, columns)
    if place is not None:
        here, there = sa.tuple_(*columns), sa.tuple_(*(sa.literal(value, column.type) for value, column in zip(place, columns, strict=True)))
        query = query.where(here < there if downwards else here > there)
    rows = session.execute(query.order_by(*(c.desc() if downwards else c.asc() for c in columns)).limit(size + 1)).all()
    has_more, shown = len(rows) > size, rows[:size]
    if is_backwards:
        shown = shown[::-1]
    if not shown:
        return LibraryPage([])
    tags = tags_on(session, account_id, [row.paper_id for row in shown])
    items = [Kept(row.paper_id, row.state, row.saved_at, row.note, tags.get(row.paper_id, ())) for row in shown]
    has_next, has_previous = (True, has_more) if is_backwards else (has_more, place is not None)
    return LibraryPage(items, items[-1].paper_id if has_next else 0, items[0].paper_id if has_previous else 0)


def kept_one(session: Session, account_id: int, paper_id: int) -> Kept | None:
    """A paper of a library with its tags, or None when it is not kept. Two statements."""
    query = sa.select(LibraryItem.paper_id, LibraryItem.state, LibraryItem.saved_at, LibraryItem.note)
    row = session.execute(query.where(LibraryItem.account_id == account_id, LibraryItem.paper_id == paper_id)).first()
    return Kept(*row, tags_on(session, account_id, [paper_id]).get(paper_id, ())) if row else None


def _place_of(session: Session, account_id: int, columns: Sequence[Any], paper_id: int) -> Sequence[Any] | None:
    """Where a paper stands in an order of a library."""
    if not paper_id:
        return None
    query = sa.select(*columns).select_from(LibraryItem).join(Paper, Paper.id == LibraryItem.paper_id)
    return session.execute(query.where(LibraryItem.account_id == account_id, LibraryItem.paper_id == paper_id)).first()


def _of_part(query: sa.Select[*Fields], account_id: int, part: Part, columns: Sequence[Any] = ()) -> sa.Select[*Fields]:
    """The entries of a part of a library; papers are joined only where the part or the order asks for them."""
    query = query.where(LibraryItem.account_id == account_id)
    words = part.words.split()[:MOST_WORDS]
    if words or any(column.class_ is Paper for column in columns):
        query = query.join(Paper, Paper.id == LibraryItem.paper_id)
    if part.state in STATES:
        query = query.where(LibraryItem.state == part.state)
    if part.tag:
        query = query.where(LibraryItem.paper_id.in_(_tagged(account_id, LibraryTag.tag_key == tag_key(part.tag))))
    return query.where(*(_has_word(account_id, word) for word in words))


def _tagged(account_id: int, is_meant: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(LibraryTag.paper_id).where(LibraryTag.account_id == account_id, is_meant)


def _has_word(account_id: int, word: str) -> sa.ColumnElement[bool]:
    """The word stands in the title, in either language, in an author's name, in the DOI, in the note or in a tag."""
    key = folded(word)
    return sa.or_(
        *([Paper.title_key.contains(key, autoescape=True)] if key else []),
        sa.cast(Paper.titles, sa.String).icontains(word, autoescape=True),
        Paper.authors_line.icontains(word, autoescape=True),
        Paper.doi.contains(word.casefold(), autoescape=True),
        LibraryItem.note.icontains(word, autoescape=True),
        LibraryItem.paper_id.in_(_tagged(account_id, LibraryTag.tag_key.contains(tag_key(word), autoescape=True))),
    )


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


def n_kept(session: Session, account_id: int, part: Part = ALL) -> int:
    """How many papers a part of a library has."""
    return session.scalar(_of_part(sa.select(sa.func.count()).select_from(LibraryItem), account_id, part)) or 0


def kept_by(session: Session, account_id: int, part: Part = ALL) -> list[int]:
    """All papers of a part of a library, those saved last first."""
    query = _of_part(sa.select(LibraryItem.paper_id), account_id, part)
    return list(session.scalars(query.order_by(LibraryItem.saved_at.desc(), LibraryItem.paper_id.desc())))


_N_PAPERS = sa.select(sa.func.count()).where(ReadingListItem.list_id == ReadingList.id).scalar_subquery()
_LINE = (ReadingList.id, ReadingList.title, ReadingList.is_public, _N_PAPERS, ReadingList.changed_at, ReadingList.account_id, Account.name)


def lists_of(session: Session, account_id: int, *, only_public: bool = False) -> list[ListLine]:
    """The lists of an account, the one changed last first."""
    query = sa.select(*_LINE).join(Account, Account.id == ReadingList.account_id).where(ReadingList.account_id == account_id)
    if only_public:
        query = query.where(ReadingList.is_public.is_(True))
    return [ListLine(*row) for row in session.execute(query.order_by(ReadingList.changed_at.desc(), ReadingList.id.desc()))]


_LISTS_WITH = Prepared(
    sa.select(*_LINE)
    .join(Account, Account.id == ReadingList.account_id)
    .where(
        ReadingList.id.in_(sa.select(ReadingListItem.list_id).where(ReadingListItem.paper_id == sa.bindparam("paper_id", type_=sa.Integer))),
        ReadingList.is_public.is_(True),
    )
    .order_by(ReadingList.changed_at.desc(), ReadingList.id.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)


def lists_with(session: Session, paper_id: int, *, most: int = 10) -> list[ListLine]:
    """Public lists that hold a paper, the one changed last first."""
    return [ListLine(*row) for row in _LISTS_WITH.rows(session, paper_id=paper_id, most=most)]


def list_shown(session: Session, actor: Actor, list_id: int) -> ListShown:
    """A list with its papers. NotFound when there is none, or it is not for this actor to see. Two statements."""
    query = sa.select(*_LINE, ReadingList.description).join(Account, Account.id == ReadingList.account_id).where(ReadingList.id == list_id)
    row = session.execute(query).first()
    if row is None or not can_see_list(actor, owner_id=row.account_id, is_public=row.is_public):
        raise NotFound
    on_it = sa.select(ReadingListItem.paper_id, ReadingListItem.note, ReadingListItem.added_at).where(ReadingListItem.list_id == list_id)
    found = session.execute(on_it.order_by(ReadingListItem.position, ReadingListItem.paper_id)).all()
    notes, added_at = {one.paper_id: one.note for one in found if one.note}, {one.paper_id: one.added_at for one in found}
    return ListShown(ListLine(*row[:-1]), row.description, [one.paper_id for one in found], notes, added_at)


def lists_holding(session: Session, account_id: int, paper_id: int) -> set[int]:
    """Which lists of an account hold a paper."""
    query = sa.select(ReadingListItem.list_id).join(ReadingList, ReadingList.id == ReadingListItem.list_id)
    return set(session.scalars(query.where(ReadingList.account_id == account_id, ReadingListItem.paper_id == paper_id)))


def newest_upload(session: Session, account_id: int) -> LibraryUpload | None:
    """The file that was handed in last, with how far it is."""
    return session.scalar(sa.select(LibraryUpload).where(LibraryUpload.account_id == account_id).order_by(LibraryUpload.id.desc()).limit(1))
