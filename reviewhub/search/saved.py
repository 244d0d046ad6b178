"""Searches that readers keep: a name for a query with its filters, and a feed of what comes to fit it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field, fields

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.text import message, squeezed
from .backend import SORTS, Filters
from .models import SavedSearch

# Each is asked by a feed reader many times a day; who needs more is a program.
MOST_SAVED = 50
MAX_NAME_CHARS = 120
MAX_WORDS_CHARS = 500
# 128 bits: nobody finds one by trying.
TOKEN_BYTES = 16
# A token as it is written in an address.
TOKEN_CHARS = 22


@dataclass(frozen=True, slots=True)
class Search:
    """What is saved: the query as typed, what it is narrowed to, and the order."""

    words: str = ""
    filters: Filters = field(default_factory=Filters)
    sort: str = "relevance"


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved search as its owner sees it."""

    id: int
    name: str
    search: Search
    token: str
    saved_at: dt.datetime


def save(session: Session, actor: Actor, name: str, search: Search) -> int:
    """Keeps a search under a name; the same search kept before gets the new name. Its id.

    RuleBroken for "name", or for "search" when it says nothing or the account has as many as it may; NotAllowed for who is not signed in.
    """
    account_id = _owner(actor)
    name = _name_of(name)
    search = Search(squeezed(search.words)[:MAX_WORDS_CHARS], search.filters, search.sort if search.sort in SORTS else "relevance")
    if not search.words and search.filters == Filters():
        raise RuleBroken("search", message("There is nothing to save: type a word or choose a filter first."))
    filters = _as_facts(search.filters)
    key = _key_of(search.words, filters, search.sort)
    own = sa.select(SavedSearch).where(SavedSearch.account_id == account_id, SavedSearch.asked_key == key)
    known = session.scalar(own)
    if known is not None:
        known.name = name
        session.flush()
        return known.id
    n_saved = session.scalar(sa.select(sa.func.count()).where(SavedSearch.account_id == account_id)) or 0
    if n_saved >= MOST_SAVED:
        raise RuleBroken("search", message("At most %(most)s searches can be saved. Delete one you no longer need.", most=MOST_SAVED))
    made = SavedSearch(
        account_id=account_id, name=name, words=search.words, filters=filters, sort=search.sort, asked_key=key, token=_new_token(), saved_at=clock.now()
    )
    try:
        with session.begin_nested():
            session.add(made)
    except sa.exc.IntegrityError:  # the same was saved a moment ago, by a second click
        known = session.scalars(own).one()
        known.name = name
        session.flush()
        return known.id
    return made.id


def rename(session: Session, actor: Actor, saved_id: int, name: str) -> None:
    """Gives a saved search another name. RuleBroken("name"), NotFound."""
    _own(session, actor, saved_id).name = _name_of(name)
    session.flush()


def renew_address(session: Session, actor: Actor, saved_id: int) -> None:
    """Gives the feed another address; who has the old one reads it no longer. NotFound."""
    _own(session, actor, saved_id).token = _new_token()
    session.flush()


def delete(session: Session, actor: Actor, saved_id: int) -> None:
    """Forgets a saved search, and its feed with it. NotFound."""
    session.delete(_own(session, actor, saved_id))
    session.flush()


def saved_by(session: Session, account_id: int) -> list[Saved]:
    """The searches an account has saved, the newest first. One statement."""
    rows = session.scalars(sa.select(SavedSearch).where(SavedSearch.account_id == account_id).order_by(SavedSearch.id.desc()))
    return [as_saved(row) for row in rows]


def of_token(session: Session, token: str) -> Saved | None:
    """The saved search whose feed has this token. One statement."""
    if len(token) != TOKEN_CHARS or not token.isascii():
        return None
    row = session.scalar(sa.select(SavedSearch).where(SavedSearch.token == token))
    return as_saved(row) if row else None


def _owner(actor: Actor) -> int:
    if actor.account_id is None:
        raise NotAllowed
    return actor.account_id


def _own(session: Session, actor: Actor, saved_id: int) -> SavedSearch:
    row = session.scalar(sa.select(SavedSearch).where(SavedSearch.id == saved_id, SavedSearch.account_id == _owner(actor)))
    if row is None:
        raise NotFound
    return row


def _name_of(typed: str) -> str:
    name = squeezed(typed)
    if not name:
        raise RuleBroken("name", message("Type a name for this search."))
    if len(name) > MAX_NAME_CHARS:
        raise RuleBroken("name", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_NAME_CHARS, n=len(name)))
    return name


def as_saved(row: SavedSearch) -> Saved:
    """A row as its owner sees it."""
    known = {one.name for one in fields(Filters)}
    filters = Filters(**{name: value for name, value in row.filters.items() if name in known})  # a filter of a later version says nothing here
    return Saved(row.id, row.name, Search(row.words, filters, row.sort), row.token, row.saved_at)


def _as_facts(filters: Filters) -> dict[str, str | int | float]:
    return {name: value for name, value in asdict(filters).items() if value not in ("", None)}


def _key_of(words: str, filters: dict[str, str | int | float], sort: str) -> str:
    return hashlib.sha256(json.dumps([words, filters, sort], sort_keys=True).encode()).hexdigest()[:32]


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
