"""Rating forms that were begun and not sent: of an account, or of a browser in which nobody is signed in."""

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
from .models import RatingDraft
from .services import lock

# Drafts of nobody go after two weeks: longer than the way through a full mailbox, shorter than a table of leavings.
NOBODY_S_LAST = dt.timedelta(days=14)
# Of one owner at a time; the oldest goes for a new one. Nobody reads so many papers at once.
MOST_DRAFTS = 50
# Twice what may be sent, so that a text that is too long can be kept until it is shortened.
MAX_DRAFT_CHARS = 50_000


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose drafts: those of an account, or of the browser that holds the token with this digest. One of the two is given."""

    account_id: int | None = None
    digest: bytes | None = None

    @property
    def is_owner(self) -> sa.ColumnElement[bool]:
        if self.account_id is not None:
            return RatingDraft.account_id == self.account_id
        return RatingDraft.digest == self.digest


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was typed, field by field."""

    fields: dict[str, str]
    saved_at: dt.datetime


def keep(session: Session, owner: Owner, paper_id: int, fields: Mapping[str, str]) -> dt.datetime:
    """Keeps a form in place of the owner's last one for this paper; the time it was saved at. NotFound, RuleBroken when it is far too long."""
    size = sum(map(len, fields.values()))
    if size > MAX_DRAFT_CHARS:
        raise RuleBroken("text", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_DRAFT_CHARS, n=size))
    lock(session, paper_id)
    now = clock.now()
    known = session.scalars(sa.select(RatingDraft).where(owner.is_owner).order_by(RatingDraft.saved_at)).all()
    draft = next((one for one in known if one.paper_id == paper_id), None)
    if draft is None:
        for oldest in known[: max(0, len(known) - MOST_DRAFTS + 1)]:
            session.delete(oldest)
        draft = RatingDraft(paper_id=paper_id, account_id=owner.account_id, digest=owner.digest)
        session.add(draft)
    draft.fields, draft.saved_at = dict(fields), now
    session.flush()
    return now


def draft_of(session: Session, owner: Owner, paper_id: int) -> Draft | None:
    """The form this owner began for this paper."""
    row = session.execute(sa.select(RatingDraft.fields, RatingDraft.saved_at).where(owner.is_owner, RatingDraft.paper_id == paper_id)).first()
    return Draft(row.fields, row.saved_at) if row else None


def drop(session: Session, owner: Owner, paper_id: int) -> None:
    """Throws the owner's draft for this paper away, if there is one."""
    session.execute(sa.delete(RatingDraft).where(owner.is_owner, RatingDraft.paper_id == paper_id))


def claim(session: Session, account_id: int, digest: bytes) -> int:
    """Whoever typed into this browser has signed in: its drafts become the account's, the newer of two for one paper stays. The number claimed."""
    own = {draft.paper_id: draft for draft in session.scalars(sa.select(RatingDraft).where(RatingDraft.account_id == account_id))}
    found = session.scalars(sa.select(RatingDraft).where(RatingDraft.digest == digest)).all()
    for draft in found:
        _settle(session, own.get(draft.paper_id), draft, account_id=account_id, digest=None)
    session.flush()
    return len(found)


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: drafts move; the newer of two stays."""
    own = {(d.account_id, d.digest): d for d in session.scalars(sa.select(RatingDraft).where(RatingDraft.paper_id == kept_id))}
    for draft in session.scalars(sa.select(RatingDraft).where(RatingDraft.paper_id == gone_id)).all():
        _settle(session, own.get((draft.account_id, draft.digest)), draft, paper_id=kept_id)
    session.flush()


def drop_old(database: Database, _settings: object, _event: TimeCame) -> None:
    """Throws away what nobody came back for."""
    with database.write() as session, session.begin():
        session.execute(sa.delete(RatingDraft).where(RatingDraft.account_id.is_(None), RatingDraft.saved_at < clock.now() - NOBODY_S_LAST))


def _settle(session: Session, twin: RatingDraft | None, draft: RatingDraft, **values: object) -> None:
    """Gives a draft these values, unless the twin it would meet there is newer; the older of the two goes."""
    if twin is not None:
        older, newer = sorted((twin, draft), key=lambda d: d.saved_at)
        session.delete(older)
        session.flush()
        if newer is twin:
            return
    for name, value in values.items():
        setattr(draft, name, value)
