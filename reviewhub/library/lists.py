"""Writes of lists of papers."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.db import in_batches
from ..core.errors import NotFound, RuleBroken
from ..core.text import as_typed, message, squeezed
from ..papers.models import Paper
from .models import ReadingList, ReadingListItem
from .rules import MAX_DESCRIPTION_CHARS, MAX_ITEM_NOTE_CHARS, MAX_TITLE_CHARS, MOST_LISTS, MOST_ON_LIST, can_change_list
from .services import check_length, lock_account


def make_list(session: Session, actor: Actor, *, title: str, description: str = "", is_public: bool = False) -> ReadingList:
    """Begins a list. NotAllowed, RuleBroken."""
    account_id = lock_account(session, actor)
    n = session.scalar(sa.select(sa.func.count()).select_from(ReadingList).where(ReadingList.account_id == account_id)) or 0
    if n >= MOST_LISTS:
        raise RuleBroken("title", message("You can have at most %(most)s lists.", most=MOST_LISTS))
    title, description = _named(title, description)
    now = clock.now()
    made = ReadingList(account_id=account_id, title=title, description=description, is_public=is_public, made_at=now, changed_at=now)
    session.add(made)
    session.flush()
    return made


def change_list(session: Session, actor: Actor, list_id: int, *, title: str, description: str, is_public: bool) -> None:
    """Names a list anew, shows it to everybody or hides it. NotFound, RuleBroken."""
    found = _own_list(session, actor, list_id)
    found.title, found.description = _named(title, description)
    found.is_public, found.changed_at = is_public, clock.now()
    session.flush()


def delete_list(session: Session, actor: Actor, list_id: int) -> None:
    """Ends a list; its papers stay where they are. NotFound."""
    found = _own_list(session, actor, list_id)
    session.execute(sa.delete(ReadingList).where(ReadingList.id == found.id))
    session.expunge(found)


def put_on_list(session: Session, actor: Actor, list_id: int, paper_id: int, *, note: str = "") -> bool:
    """Puts a paper at the end of a list, with a note; whether it was not on it before. One that is keeps its place, and its note unless there is another.

    NotFound; RuleBroken when the list is full or the note too long."""
    if session.scalar(sa.select(Paper.id).where(Paper.id == paper_id)) is None:
        raise NotFound
    is_new = bool(put_many_on_list(session, actor, list_id, [paper_id]))
    if note.strip():
        set_list_note(session, actor, list_id, paper_id, note)
    return is_new


def put_many_on_list(session: Session, actor: Actor, list_id: int, paper_ids: Sequence[int]) -> int:
    """Puts papers at the end of a list, in this order; how many were not on it before. Papers that are not here are passed over.

    NotFound; RuleBroken when they do not fit."""
    found = _own_list(session, actor, list_id)
    on_it = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(ReadingListItem.position), 0)).where(ReadingListItem.list_id == list_id)
    n, last = session.execute(on_it).one()
    fresh: list[int] = []
    for some in in_batches(list(dict.fromkeys(paper_ids))):
        here = set(session.scalars(sa.select(Paper.id).where(Paper.id.in_(some))))
        here -= set(session.scalars(sa.select(ReadingListItem.paper_id).where(ReadingListItem.list_id == list_id, ReadingListItem.paper_id.in_(some))))
        fresh += [i for i in some if i in here]
    if n + len(fresh) > MOST_ON_LIST:
        raise RuleBroken("paper", message("A list holds at most %(most)s papers.", most=f"{MOST_ON_LIST:,}"))
    if fresh:
        now = clock.now()
        rows = [{"list_id": list_id, "paper_id": i, "position": last + k, "added_at": now, "note": ""} for k, i in enumerate(fresh, 1)]
        session.execute(sa.insert(ReadingListItem), rows)
        found.changed_at = now
        session.flush()
    return len(fresh)


def set_list_note(session: Session, actor: Actor, list_id: int, paper_id: int, note: str) -> None:
    """Says why a paper is on a list; whoever sees the list reads it. NotFound when it is not on it; RuleBroken when it is too long."""
    found = _own_list(session, actor, list_id)
    note = as_typed(note)
    check_length("note", note, MAX_ITEM_NOTE_CHARS)
    item = session.get(ReadingListItem, (list_id, paper_id))
    if item is None:
        raise NotFound
    item.note, found.changed_at = note, clock.now()
    session.flush()


def move_on_list(session: Session, actor: Actor, list_id: int, paper_id: int, place: int) -> None:
    """Moves a paper to a place of its list, counted from 1; beyond the ends means the end. NotFound when it is not on it."""
    found = _own_list(session, actor, list_id)
    rows = session.execute(
        sa.select(ReadingListItem.paper_id, ReadingListItem.position)
        .where(ReadingListItem.list_id == list_id)
        .order_by(ReadingListItem.position, ReadingListItem.paper_id)
    ).all()
    order = [row.paper_id for row in rows]
    if paper_id not in order:
        raise NotFound
    order.remove(paper_id)
    order.insert(min(max(place, 1) - 1, len(order)), paper_id)
    before = {row.paper_id: row.position for row in rows}
    moved = [{"list_id": list_id, "paper_id": i, "position": n} for n, i in enumerate(order, 1) if before[i] != n]
    if moved:
        session.execute(sa.update(ReadingListItem), moved)
        found.changed_at = clock.now()
        session.flush()


def take_off_list(session: Session, actor: Actor, list_id: int, paper_id: int) -> None:
    """Takes a paper off a list. Nothing happens when it is not on it. NotFound when there is no such list."""
    found = _own_list(session, actor, list_id)
    session.execute(sa.delete(ReadingListItem).where(ReadingListItem.list_id == list_id, ReadingListItem.paper_id == paper_id))
    found.changed_at = clock.now()
    session.flush()


def _own_list(session: Session, actor: Actor, list_id: int) -> ReadingList:
    lock_account(session, actor)
    found = session.get(ReadingList, list_id)
    if found is None or not can_change_list(actor, owner_id=found.account_id):
        raise NotFound
    return found


def _named(title: str, description: str) -> tuple[str, str]:
    title, description = squeezed(as_typed(title)), as_typed(description)
    if not title:
        raise RuleBroken("title", message("Give the list a title."))
    check_length("title", title, MAX_TITLE_CHARS)
    check_length("description", description, MAX_DESCRIPTION_CHARS)
    return title, description
