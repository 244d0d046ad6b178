"""Texts that were begun and not sent: of an account, or of a browser in which nobody is signed in any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.db import Database
from ..core.errors import RuleBroken
from ..core.text import message
from ..events import TimeCame
from ..ratings.services import lock
from .models import CommentDraft
from .rules import MAX_TEXT_CHARS

# Drafts of nobody go after two weeks, as those of ratings.
NOBODY_S_LAST = dt.timedelta(days=14)
# Of one owner at a time; the oldest goes for a new one.
MOST_DRAFTS = 50
# Twice what may be sent, so that a text that is too long can be kept until it is shortened.
MAX_DRAFT_CHARS = 2 * MAX_TEXT_CHARS


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose drafts: those of an account, or of the browser that holds the token with this digest. One of the two is given."""

    account_id: int | None = None
    digest: bytes | None = None

    @property
    def is_owner(self) -> sa.ColumnElement[bool]:
        return CommentDraft.account_id == self.account_id if self.account_id is not None else CommentDraft.digest == self.digest


def place_of(parent_id: int | None = None, rating_id: int | None = None) -> str:
    """Where in a record a draft belongs."""
    if parent_id is not None:
        return f"reply:{parent_id}"
    return "paper" if rating_id is None else f"review:{rating_id}"


def keep(session: Session, owner: Owner, paper_id: int, place: str, fields: Mapping[str, str]) -> dt.datetime:
    """Keeps a text in place of the owner's last one for this place; the time it was saved at. NotFound, RuleBroken when it is far too long."""
    size = sum(map(len, fields.values()))
    if size > MAX_DRAFT_CHARS:
        raise RuleBroken("text", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_DRAFT_CHARS, n=size))
    lock(session, paper_id)
    known = session.scalars(sa.select(CommentDraft).where(owner.is_owner).order_by(CommentDraft.saved_at)).all()
    draft = next((one for one in known if (one.paper_id, one.place) == (paper_id, place)), None)
    if draft is None:
        for oldest in known[: max(0, len(known) - MOST_DRAFTS + 1)]:
            session.delete(oldest)
        draft = CommentDraft(paper_id=paper_id, place=place, account_id=owner.account_id, digest=owner.digest)
        session.add(draft)
    draft.fields, draft.saved_at = dict(fields), clock.now()
    session.flush()
    return draft.saved_at


def drafts_of(session: Session, owner: Owner, paper_id: int) -> dict[str, dict[str, str]]:
    """The texts this owner began in a record, by place. One statement."""
    rows = session.execute(sa.select(CommentDraft.place, CommentDraft.fields).where(owner.is_owner, CommentDraft.paper_id == paper_id))
    return {row.place: row.fields for row in rows}


def drop(session: Session, owner: Owner, paper_id: int, place: str) -> None:
    """Throws a draft away, if there is one."""
    session.execute(sa.delete(CommentDraft).where(owner.is_owner, CommentDraft.paper_id == paper_id, CommentDraft.place == place))


def claim(session: Session, account_id: int, digest: bytes) -> int:
    """Whoever typed into this browser has signed in: its drafts become the account's, the newer of two for one place stays. The number claimed."""
    own = {(d.paper_id, d.place): d for d in session.scalars(sa.select(CommentDraft).where(CommentDraft.account_id == account_id))}
    found = session.scalars(sa.select(CommentDraft).where(CommentDraft.digest == digest)).all()
    for draft in found:
        _settle(session, own.get((draft.paper_id, draft.place)), draft, account_id=account_id, digest=None)
    session.flush()
    return len(found)


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: drafts move; the newer of two for one place stays."""
    own = {(d.account_id, d.digest, d.place): d for d in session.scalars(sa.select(CommentDraft).where(CommentDraft.paper_id == kept_id))}
    for draft in session.scalars(sa.select(CommentDraft).where(CommentDraft.paper_id == gone_id)).all():
        _settle(session, own.get((draft.account_id, draft.digest, draft.place)), draft, paper_id=kept_id)
    session.flush()


def drop_old(database: Database, _settings: object, _event: TimeCame) -> None:
    """Throws away what nobody came back for."""
    with database.write() as session, session.begin():
        session.execute(sa.delete(CommentDraft).where(CommentDraft.account_id.is_(None), CommentDraft.saved_at < clock.now() - NOBODY_S_LAST))


def _settle(session: Session, twin: CommentDraft | None, draft: CommentDraft, **values: object) -> None:
    """Gives a draft these values, unless the twin it would meet there is newer; the older of the two goes."""
    if twin is not None:
        older, newer = sorted((twin, draft), key=lambda d: d.saved_at)
        session.delete(older)
        session.flush()
        if newer is twin:
            return
    for name, value in values.items():
        setattr(draft, name, value)
