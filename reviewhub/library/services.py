"""Writes of libraries."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.db import Base, in_batches
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import Message, as_typed, message, squeezed
from ..events import LibraryChanged, LibraryFileHanded
from ..papers.models import Paper
from .models import LibraryItem, LibraryTag, LibraryUpload, ReadingListItem
from .rules import (
    MAX_NOTE_CHARS,
    MAX_TAG_CHARS,
    MOST_ITEMS,
    MOST_TAGS,
    STATES,
    tag_key,
    tags_in,
)  # fmt: skip

# Event lists are cut to this many papers.
MAX_EVENT_IDS = 1_000


def save(session: Session, actor: Actor, paper_id: int, *, state: str = STATES[0]) -> None:
    """Keeps a paper; one that is kept already stays as it is. NotFound, NotAllowed, RuleBroken (the library is full). Emits LibraryChanged."""
    if session.scalar(sa.select(Paper.id).where(Paper.id == paper_id)) is None:
        raise NotFound
    _check_state(state)
    save_many(session, actor, [paper_id], state=state)


def save_many(session: Session, actor: Actor, paper_ids: Sequence[int], *, state: str = STATES[0], tags: Iterable[str] = ()) -> int:
    """Keeps papers, with these tags on those that are new; how many are new. Papers that are not here are passed over.

    NotAllowed, RuleBroken (too many, a tag too long). Emits LibraryChanged."""
    account_id = lock_account(session, actor)
    marks = checked_tags(tags)
    fresh: list[int] = []
    for some in in_batches(list(dict.fromkeys(paper_ids))):
        here = set(session.scalars(sa.select(Paper.id).where(Paper.id.in_(some))))
        here -= set(session.scalars(sa.select(LibraryItem.paper_id).where(LibraryItem.account_id == account_id, LibraryItem.paper_id.in_(some))))
        fresh += [i for i in some if i in here]
    if not fresh:
        return 0
    n_kept = session.scalar(sa.select(sa.func.count()).select_from(LibraryItem).where(LibraryItem.account_id == account_id)) or 0
    if n_kept + len(fresh) > MOST_ITEMS:
        raise RuleBroken("library", message("A library holds at most %(most)s papers.", most=MOST_ITEMS))
    now = clock.now()
    rows = [{"account_id": account_id, "paper_id": i, "state": state, "saved_at": now, "note": ""} for i in fresh]
    session.execute(_insert(session, LibraryItem).on_conflict_do_nothing(), rows)
    if marks:
        tagged = [{"account_id": account_id, "paper_id": i, "tag": tag, "tag_key": tag_key(tag)} for i in fresh for tag in marks]
        session.execute(_insert(session, LibraryTag).on_conflict_do_nothing(), tagged)
    _announce(session, account_id, fresh)
    return len(fresh)


def remove(session: Session, actor: Actor, paper_id: int) -> None:
    """Takes a paper out of the library, with its tags and note. Nothing happens when it is not there. Emits LibraryChanged."""
    account_id = lock_account(session, actor)
    item = session.get(LibraryItem, (account_id, paper_id))
    if item is not None:
        session.delete(item)
        session.flush()
        _announce(session, account_id, [paper_id])


def set_state(session: Session, actor: Actor, paper_id: int, state: str) -> None:
    """Says how far the reader has read. NotFound when the paper is not in the library; RuleBroken for a word that is no state."""
    _check_state(state)
    _item(session, actor, paper_id).state = state
    session.flush()


def set_note(session: Session, actor: Actor, paper_id: int, note: str) -> None:
    """Keeps a private note. NotFound when the paper is not in the library; RuleBroken when it is too long."""
    note = as_typed(note)
    check_length("note", note, MAX_NOTE_CHARS)
    _item(session, actor, paper_id).note = note
    session.flush()


def set_tags(session: Session, actor: Actor, paper_id: int, tags: str | Iterable[str]) -> None:
    """Puts these tags in place of those that were there. NotFound when the paper is not in the library; RuleBroken when they are too many or too long."""
    marks = checked_tags(tags)
    item = _item(session, actor, paper_id)
    session.execute(sa.delete(LibraryTag).where(LibraryTag.account_id == item.account_id, LibraryTag.paper_id == paper_id))
    session.add_all(LibraryTag(account_id=item.account_id, paper_id=paper_id, tag=tag, tag_key=tag_key(tag)) for tag in marks)
    session.flush()


def remove_many(session: Session, actor: Actor, paper_ids: Sequence[int]) -> int:
    """Takes papers out of the library, with their tags and notes; how many were in it. Emits LibraryChanged."""
    gone: list[int] = []
    for account_id, here in _kept_of(session, actor, paper_ids):
        session.execute(sa.delete(LibraryItem).where(LibraryItem.account_id == account_id, LibraryItem.paper_id.in_(here)))
        gone += here
    if actor.account_id is not None:
        _announce(session, actor.account_id, gone)
    return len(gone)


def set_state_of(session: Session, actor: Actor, paper_ids: Sequence[int], state: str) -> int:
    """Says of papers in the library how far the reader has read; how many they are. Others are passed over. RuleBroken for a word that is no state."""
    _check_state(state)
    n = 0
    for account_id, here in _kept_of(session, actor, paper_ids):
        session.execute(sa.update(LibraryItem).where(LibraryItem.account_id == account_id, LibraryItem.paper_id.in_(here)).values(state=state))
        n += len(here)
    return n


def add_tags(session: Session, actor: Actor, paper_ids: Sequence[int], tags: str | Iterable[str]) -> int:
    """Puts tags on papers in the library, beside those they have; how many papers they are. Others are passed over.

    RuleBroken when there is no tag, one is too long, or a paper would have too many; then the transaction is to be given up."""
    marks = checked_tags(tags)
    if not marks:
        raise RuleBroken("tags", message("Type a tag first."))
    n = 0
    for account_id, here in _kept_of(session, actor, paper_ids):
        rows = [{"account_id": account_id, "paper_id": i, "tag": tag, "tag_key": tag_key(tag)} for i in here for tag in marks]
        session.execute(_insert(session, LibraryTag).on_conflict_do_nothing(), rows)
        of_these = sa.and_(LibraryTag.account_id == account_id, LibraryTag.paper_id.in_(here))
        counted = sa.select(LibraryTag.paper_id).where(of_these).group_by(LibraryTag.paper_id).having(sa.func.count() > MOST_TAGS).limit(1)
        if session.scalar(counted) is not None:
            raise RuleBroken("tags", _too_many_tags())
        n += len(here)
    return n


def take_tags(session: Session, actor: Actor, paper_ids: Sequence[int], tags: str | Iterable[str]) -> int:
    """Takes tags off papers in the library; how many papers these are, with the tags or without. RuleBroken when there is no tag."""
    keys = [tag_key(tag) for tag in checked_tags(tags)]
    if not keys:
        raise RuleBroken("tags", message("Type a tag first."))
    n = 0
    for account_id, here in _kept_of(session, actor, paper_ids):
        of_these = sa.and_(LibraryTag.account_id == account_id, LibraryTag.paper_id.in_(here), LibraryTag.tag_key.in_(keys))
        session.execute(sa.delete(LibraryTag).where(of_these))
        n += len(here)
    return n


def hand_in(session: Session, actor: Actor, content: bytes, file_name: str) -> LibraryUpload:
    """Takes a file of references for the library; a job reads it. One at a time: RuleBroken while another waits. Emits LibraryFileHanded."""
    account_id = lock_account(session, actor)
    if session.scalar(sa.select(LibraryUpload.id).where(LibraryUpload.account_id == account_id, LibraryUpload.state == "waiting").limit(1)):
        raise RuleBroken("file", message("The file you sent before is still being read. Wait until it is done."))
    if not content.strip():
        raise RuleBroken("file", message("The file is empty."))
    made = LibraryUpload(account_id=account_id, file_name=squeezed(file_name)[:200], content=zlib.compress(content, 1), handed_at=clock.now())
    session.add(made)
    session.flush()
    emit(session, LibraryFileHanded(made.id))
    return made


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: whoever keeps the second keeps the first instead; who kept both keeps one, with the tags of both and both notes."""
    at_once = {"synchronize_session": False}
    both = sa.select(LibraryItem.account_id).where(LibraryItem.paper_id == kept_id)
    _join(session, kept_id, gone_id, list(session.scalars(both.where(LibraryItem.account_id.in_(_keepers(gone_id))))))
    session.execute(sa.delete(LibraryItem).where(LibraryItem.paper_id == gone_id, LibraryItem.account_id.in_(both)), execution_options=at_once)
    session.execute(sa.update(LibraryItem).where(LibraryItem.paper_id == gone_id).values(paper_id=kept_id), execution_options=at_once)
    lists = sa.select(ReadingListItem.list_id).where(ReadingListItem.paper_id == kept_id)
    for note in session.execute(
        sa.select(ReadingListItem.list_id, ReadingListItem.note).where(ReadingListItem.paper_id == gone_id, ReadingListItem.note != "")
    ):
        on_both = sa.and_(ReadingListItem.list_id == note.list_id, ReadingListItem.paper_id == kept_id)
        joined = sa.case((ReadingListItem.note == "", note.note), else_=ReadingListItem.note.concat("\n\n").concat(note.note))
        session.execute(sa.update(ReadingListItem).where(on_both).values(note=joined), execution_options=at_once)
    session.execute(sa.delete(ReadingListItem).where(ReadingListItem.paper_id == gone_id, ReadingListItem.list_id.in_(lists)), execution_options=at_once)
    session.execute(sa.update(ReadingListItem).where(ReadingListItem.paper_id == gone_id).values(paper_id=kept_id), execution_options=at_once)
    session.expire_all()


def _keepers(paper_id: int) -> sa.Select[int]:
    return sa.select(LibraryItem.account_id).where(LibraryItem.paper_id == paper_id)


def _join(session: Session, kept_id: int, gone_id: int, account_ids: Sequence[int]) -> None:
    for account_id in account_ids:
        kept, gone = (session.get_one(LibraryItem, (account_id, i)) for i in (kept_id, gone_id))
        kept.note = "\n\n".join(note for note in dict.fromkeys((kept.note, gone.note)) if note)
        kept.saved_at = min(kept.saved_at, gone.saved_at)
        kept.state = max(kept.state, gone.state, key=STATES.index)
        tags = session.execute(sa.select(LibraryTag.tag, LibraryTag.tag_key).where(LibraryTag.account_id == account_id, LibraryTag.paper_id == gone_id)).all()
        rows = [{"account_id": account_id, "paper_id": kept_id, "tag": tag, "tag_key": key} for tag, key in tags]
        if rows:
            session.execute(_insert(session, LibraryTag).on_conflict_do_nothing(), rows)
    session.flush()


def lock_account(session: Session, actor: Actor) -> int:
    """The account, locked against another browser of the same person. NotAllowed."""
    if actor.account_id is None or actor.is_suspended:
        raise NotAllowed
    if session.scalar(sa.select(Account.id).where(Account.id == actor.account_id).with_for_update(key_share=True)) is None:
        raise NotAllowed
    return actor.account_id


def _kept_of(session: Session, actor: Actor, paper_ids: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """The account, locked, with those of these papers that it keeps, some at a time. NotAllowed."""
    account_id = lock_account(session, actor)
    for some in in_batches(list(dict.fromkeys(paper_ids))):
        here = sa.select(LibraryItem.paper_id).where(LibraryItem.account_id == account_id, LibraryItem.paper_id.in_(some))
        if found := list(session.scalars(here)):
            yield account_id, found


def _item(session: Session, actor: Actor, paper_id: int) -> LibraryItem:
    found = session.get(LibraryItem, (lock_account(session, actor), paper_id))
    if found is None:
        raise NotFound
    return found


def checked_tags(tags: str | Iterable[str]) -> list[str]:
    """The tags as they are kept. RuleBroken when they are too many, or one is too long."""
    found = tags_in(tags)
    if len(found) > MOST_TAGS:
        raise RuleBroken("tags", _too_many_tags())
    if any(len(tag) > MAX_TAG_CHARS for tag in found):
        raise RuleBroken("tags", message("A tag has at most %(most)s characters.", most=MAX_TAG_CHARS))
    return found


def _too_many_tags() -> Message:
    return message("A paper can have at most %(most)s tags.", most=MOST_TAGS)


def _check_state(state: str) -> None:
    if state not in STATES:
        raise RuleBroken("state", message("Choose one from the list."))


def check_length(field: str, text: str, most: int) -> None:
    """RuleBroken when a text is longer than it may be."""
    if len(text) > most:
        raise RuleBroken(field, message("At most %(most)s characters fit here; these are %(n)s.", most=f"{most:,}", n=f"{len(text):,}"))


def _announce(session: Session, account_id: int, paper_ids: Sequence[int]) -> None:
    for some in in_batches(paper_ids, MAX_EVENT_IDS):
        emit(session, LibraryChanged(account_id, tuple(some)))


def _insert(session: Session, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(model) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(model)
