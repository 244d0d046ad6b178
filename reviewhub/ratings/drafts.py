"""Rating forms that were begun and not sent: of an account, or of a browser in which nobody is signed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy.orm import Session

from ..core.db import Database
from ..core.drafts import Draft, Owner, Shelf
from ..events import TimeCame
from .models import RatingDraft
from .services import lock

__all__ = ["Draft", "Owner"]  # so that doors find all about these drafts here

# Twice what may be sent, so that a text that is too long can be kept until it is shortened.
MAX_DRAFT_CHARS = 50_000

_SHELF = Shelf(RatingDraft, ("paper_id",), most_chars=MAX_DRAFT_CHARS)
# Drafts of this table become an account's when its owner signs in.
claim = _SHELF.claim


def keep(session: Session, owner: Owner, paper_id: int, fields: Mapping[str, str]) -> dt.datetime:
    """Keeps a form in place of the owner's last one for this paper; the time it was saved at. NotFound, RuleBroken when it is far too long."""
    _SHELF.check(fields)
    lock(session, paper_id)
    return _SHELF.keep(session, owner, fields, paper_id=paper_id)


def draft_of(session: Session, owner: Owner, paper_id: int) -> Draft | None:
    """The form this owner began for this paper."""
    return _SHELF.find(session, owner, paper_id=paper_id)


def drop(session: Session, owner: Owner, paper_id: int) -> None:
    """Throws the owner's draft for this paper away, if there is one."""
    _SHELF.drop(session, owner, paper_id=paper_id)


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: drafts move; the newer of two stays."""
    _SHELF.move(session, "paper_id", kept_id, gone_id)


def drop_old(database: Database, _settings: object, _event: TimeCame) -> None:
    """Throws away what nobody came back for."""
    _SHELF.drop_old(database)
