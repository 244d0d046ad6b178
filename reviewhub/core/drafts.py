"""Forms that were begun and not sent, of an account or of a browser in which nobody is signed in: one logic for every table of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from . import clock
from .db import Database
from .errors import RuleBroken
from .text import message, without_controls

# Drafts of nobody go after two weeks: longer than the way through a full mailbox, shorter than a table of leavings.
NOBODY_S_LAST = dt.timedelta(days=14)
# Of one owner at a time; the oldest goes for a new one. Nobody reads so many papers at once.
MOST_DRAFTS = 50


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose drafts: those of an account, or of the browser that holds the token with this digest. One of the two is given."""

    account_id: int | None = None
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was typed, field by field."""

    fields: dict[str, str]
    saved_at: dt.datetime


class Shelf:
    """The drafts of one table. Its columns: `account_id`, `digest`, `fields`, `saved_at`, and those of `key`, which say of what a draft is.

    Each owner has one draft for each value of the key. Whoever writes holds the lock of what the draft is of.
    """

    def __init__(self, model: type[Any], key: tuple[str, ...], *, most_chars: int) -> None:
        self._model = model
        self._key = key
        self._most_chars = most_chars

    def is_owner(self, owner: Owner) -> sa.ColumnElement[bool]:
        """The condition that a draft is this owner's."""
        model = self._model
        found: sa.ColumnElement[bool] = model.account_id == owner.account_id if owner.account_id is not None else model.digest == owner.digest
        return found

    def check(self, fields: Mapping[str, str]) -> None:
        """Raises RuleBroken("text") for a form that is far too long to be kept."""
        size = sum(map(len, fields.values()))
        if size > self._most_chars:
            raise RuleBroken("text", message("At most %(most)s characters fit here; these are %(n)s.", most=self._most_chars, n=size))

    def keep(self, session: Session, owner: Owner, fields: Mapping[str, str], **of: Any) -> dt.datetime:
        """Keeps a form in place of the owner's last one of the same thing; the time it was saved at. RuleBroken as `check`."""
        self.check(fields)
        known = session.scalars(sa.select(self._model).where(self.is_owner(owner)).order_by(self._model.saved_at)).all()
        draft = next((one for one in known if self._place(one) == tuple(of[name] for name in self._key)), None)
        if draft is None:
            for oldest in known[: max(0, len(known) - MOST_DRAFTS + 1)]:
                session.delete(oldest)
            draft = self._model(**of, account_id=owner.account_id, digest=owner.digest)
            session.add(draft)
        draft.fields, draft.saved_at = {name: without_controls(text) for name, text in fields.items()}, clock.now()
        session.flush()
        saved_at: dt.datetime = draft.saved_at
        return saved_at

    def find(self, session: Session, owner: Owner, **of: Any) -> Draft | None:
        """The form this owner began. One statement."""
        row = session.execute(sa.select(self._model.fields, self._model.saved_at).where(self.is_owner(owner), *self._is_of(of))).first()
        return Draft(row.fields, row.saved_at) if row else None

    def drop(self, session: Session, owner: Owner, **of: Any) -> None:
        """Throws a draft away, if there is one."""
        session.execute(sa.delete(self._model).where(self.is_owner(owner), *self._is_of(of)))

    def claim(self, session: Session, account_id: int, digest: bytes) -> int:
        """Whoever typed into this browser has signed in: its drafts become the account's, the newer of two of one thing stays. The number claimed."""
        own = {self._place(one): one for one in session.scalars(sa.select(self._model).where(self._model.account_id == account_id))}
        found = session.scalars(sa.select(self._model).where(self._model.digest == digest)).all()
        for draft in found:
            self._settle(session, own.get(self._place(draft)), draft, account_id=account_id, digest=None)
        session.flush()
        return len(found)

    def move(self, session: Session, column: str, kept: int, gone: int) -> None:
        """Two things became one: drafts move; the newer of two of one owner stays."""
        place = getattr(self._model, column)

        def whose(draft: Any) -> tuple[Any, ...]:
            return (draft.account_id, draft.digest, *(getattr(draft, name) for name in self._key if name != column))

        own = {whose(one): one for one in session.scalars(sa.select(self._model).where(place == kept))}
        for draft in session.scalars(sa.select(self._model).where(place == gone)).all():
            self._settle(session, own.get(whose(draft)), draft, **{column: kept})
        session.flush()

    def drop_old(self, database: Database) -> None:
        """Throws away what nobody came back for."""
        with database.write() as session, session.begin():
            session.execute(sa.delete(self._model).where(self._model.account_id.is_(None), self._model.saved_at < clock.now() - NOBODY_S_LAST))

    def _place(self, draft: Any) -> tuple[Any, ...]:
        return tuple(getattr(draft, name) for name in self._key)

    def _is_of(self, of: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
        return [getattr(self._model, name) == of[name] for name in self._key]

    @staticmethod
    def _settle(session: Session, twin: Any, draft: Any, **values: object) -> None:
        """Gives a draft these values, unless the twin it would meet there is newer; the older of the two goes."""
        if twin is not None:
            older, newer = sorted((twin, draft), key=lambda one: one.saved_at)
            session.delete(older)
            session.flush()
            if newer is twin:
                return
        for name, value in values.items():
            setattr(draft, name, value)
