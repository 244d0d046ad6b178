"""Writes of libraries and lists."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.db import Base, in_batches
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import as_typed, message, squeezed
from ..events import LibraryChanged, LibraryFileHanded
from ..papers.models import Paper
from .models import LibraryItem, LibraryTag, LibraryUpload, ReadingList, ReadingListItem
from .rules import (
    MAX_DESCRIPTION_CHARS,
    MAX_NOTE_CHARS,
    MAX_TAG_CHARS,
    MAX_TITLE_CHARS,
    MOST_ITEMS,
    MOST_LISTS,
    MOST_ON_LIST,
    MOST_TAGS,
    STATES,
    can_change_list,
    tag_key,
    tags_in,
)  # fmt: skip

# Event lists are cut to this many papers.
MAX_EVENT_IDS = 1_000


def save(session: Session, actor: Actor, paper_id: int, *, state: str = STATES[0]) -> None:
    """Keeps a paper; one that is kept already stays as it is. NotFound, NotAllowed, RuleBroken (the library is full). Emits LibraryChanged."""
    if session.scalar(sa.select(Paper.id).where(Paper.id == paper_id)) is None:
        raise NotFound
    if state not in STATES:
        raise RuleBroken("state", message("Choose one from the list."))
    save_many(session, actor, [paper_id], state=state)


def save_many(session: Session, actor: Actor, paper_ids: Sequence[int], *, state: str = STATES[0], tags: Iterable[str] = ()) -> int:
    """Keeps papers, with these tags on those that are new; how many are new. Papers that are not here are passed over.

    NotAllowed, RuleBroken (too many, a tag too long). Emits LibraryChanged."""
    account_id = _lock(session, actor)
    marks = _tags(tags)
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
    account_id = _lock(session, actor)
    item = session.get(LibraryItem, (account_id, paper_id))
    if item is not None:
        session.delete(item)
        session.flush()
        _announce(session, account_id, [paper_id])


def set_state(session: Session, actor: Actor, paper_id: int, state: str) -> None:
    """Says how far the reader has read. NotFound when the paper is not in the library; RuleBroken for a word that is no state."""
    if state not in STATES:
        raise RuleBroken("state", message("Choose one from the list."))
    _item(session, actor, paper_id).state = state
    session.flush()


def set_note(session: Session, actor: Actor, paper_id: int, note: str) -> None:
    """Keeps a private note. NotFound when the paper is not in the library; RuleBroken when it is too long."""
    note = as_typed(note)
    if len(note) > MAX_NOTE_CHARS:
        raise RuleBroken("note", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_NOTE_CHARS, n=len(note)))
    _item(session, actor, paper_id).note = note
    session.flush()


def set_tags(session: Session, actor: Actor, paper_id: int, tags: str | Iterable[str]) -> None:
    """Puts these tags in place of those that were there. NotFound when the paper is not in the library; RuleBroken when they are too many or too long."""
    marks = _tags(tags)
    item = _item(session, actor, paper_id)
    session.execute(sa.delete(LibraryTag).where(LibraryTag.account_id == item.account_id, LibraryTag.paper_id == paper_id))
    session.add_all(LibraryTag(account_id=item.account_id, paper_id=paper_id, tag=tag, tag_key=tag_key(tag)) for tag in marks)
    session.flush()


def make_list(session: Session, actor: Actor, *, title: str, description: str = "", is_public: bool = False) -> ReadingList:
    """Begins a list. NotAllowed, RuleBroken."""
    account_id = _lock(session, actor)
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


def put_on_list(session: Session, actor: Actor, list_id: int, paper_id: int) -> None:
    """Puts a paper at the end of a list; once is enough. NotFound, RuleBroken when the list is full."""
    found = _own_list(session, actor, list_id)
    if session.scalar(sa.select(Paper.id).where(Paper.id == paper_id)) is None:
        raise NotFound
    on_it = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(ReadingListItem.position), 0)).where(ReadingListItem.list_id == list_id)
    n, last = session.execute(on_it).one()
    if session.get(ReadingListItem, (list_id, paper_id)) is not None:
        return
    if n >= MOST_ON_LIST:
        raise RuleBroken("paper", message("A list holds at most %(most)s papers.", most=MOST_ON_LIST))
    now = clock.now()
    session.add(ReadingListItem(list_id=list_id, paper_id=paper_id, position=last + 1, added_at=now))
    found.changed_at = now
    session.flush()


def take_off_list(session: Session, actor: Actor, list_id: int, paper_id: int) -> None:
    """Takes a paper off a list. Nothing happens when it is not on it. NotFound when there is no such list."""
    found = _own_list(session, actor, list_id)
    session.execute(sa.delete(ReadingListItem).where(ReadingListItem.list_id == list_id, ReadingListItem.paper_id == paper_id))
    found.changed_at = clock.now()
    session.flush()


def hand_in(session: Session, actor: Actor, content: bytes, file_name: str) -> LibraryUpload:
    """Takes a file of references for the library; a job reads it. One at a time: RuleBroken while another waits. Emits LibraryFileHanded."""
    account_id = _lock(session, actor)
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


def _lock(session: Session, actor: Actor) -> int:
    """The account, locked against another browser of the same person. NotAllowed."""
    if actor.account_id is None or actor.is_suspended:
        raise NotAllowed
    if session.scalar(sa.select(Account.id).where(Account.id == actor.account_id).with_for_update(key_share=True)) is None:
        raise NotAllowed
    return actor.account_id


def _item(session: Session, actor: Actor, paper_id: int) -> LibraryItem:
    found = session.get(LibraryItem, (_lock(session, actor), paper_id))
    if found is None:
        raise NotFound
    return found


def _own_list(session: Session, actor: Actor, list_id: int) -> ReadingList:
    _lock(session, actor)
    found = session.get(ReadingList, list_id)
    if found is None or not can_change_list(actor, owner_id=found.account_id):
        raise NotFound
    return found


def _tags(tags: str | Iterable[str]) -> list[str]:
    found = tags_in(tags)
    if len(found) > MOST_TAGS:
        raise RuleBroken("tags", message("A paper can have at most %(most)s tags.", most=MOST_TAGS))
    if any(len(tag) > MAX_TAG_CHARS for tag in found):
        raise RuleBroken("tags", message("A tag has at most %(most)s characters.", most=MAX_TAG_CHARS))
    return found


def _named(title: str, description: str) -> tuple[str, str]:
    title, description = squeezed(as_typed(title)), as_typed(description)
    if not title:
        raise RuleBroken("title", message("Give the list a title."))
    for name, text, most in (("title", title, MAX_TITLE_CHARS), ("description", description, MAX_DESCRIPTION_CHARS)):
        if len(text) > most:
            raise RuleBroken(name, message("At most %(most)s characters fit here; these are %(n)s.", most=most, n=len(text)))
    return title, description


def _announce(session: Session, account_id: int, paper_ids: Sequence[int]) -> None:
    for some in in_batches(paper_ids, MAX_EVENT_IDS):
        emit(session, LibraryChanged(account_id, tuple(some)))


def _insert(session: Session, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(model) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(model)
