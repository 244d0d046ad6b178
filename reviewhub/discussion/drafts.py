"""Texts that were begun and not sent: of an account, or of a browser in which nobody is signed in any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy.orm import Session

from ..core.db import Database
from ..core.drafts import Draft, Owner, Shelf
from ..events import TimeCame
from ..ratings.services import lock
from .models import CommentDraft
from .rules import MAX_TEXT_CHARS

__all__ = ["Draft", "Owner"]  # so that doors find all about these drafts here

# Twice what may be sent, so that a text that is too long can be kept until it is shortened.
MAX_DRAFT_CHARS = 2 * MAX_TEXT_CHARS

_SHELF = Shelf(CommentDraft, ("paper_id", "place"), most_chars=MAX_DRAFT_CHARS)
# Drafts of this table become an account's when its owner signs in.
claim = _SHELF.claim


def place_of(parent_id: int | None = None, rating_id: int | None = None) -> str:
    """Where in a record a draft belongs."""
    if parent_id is not None:
        return f"reply:{parent_id}"
    return "paper" if rating_id is None else f"review:{rating_id}"


def place_of_edit(comment_id: int) -> str:
    """Where a changed text of a comment waits."""
    return f"edit:{comment_id}"


def keep(session: Session, owner: Owner, paper_id: int, place: str, fields: Mapping[str, str]) -> dt.datetime:
    """Keeps a text in place of the owner's last one for this place; the time it was saved at. NotFound, RuleBroken when it is far too long."""
    _SHELF.check(fields)
    lock(session, paper_id)
    return _SHELF.keep(session, owner, fields, paper_id=paper_id, place=place)


def draft_of(session: Session, owner: Owner, paper_id: int, place: str) -> Draft | None:
    """The text this owner began in this place. One statement."""
    return _SHELF.find(session, owner, paper_id=paper_id, place=place)


def drop(session: Session, owner: Owner, paper_id: int, place: str) -> None:
    """Throws a draft away, if there is one."""
    _SHELF.drop(session, owner, paper_id=paper_id, place=place)


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: drafts move; the newer of two for one place stays."""
    _SHELF.move(session, "paper_id", kept_id, gone_id)


def drop_old(database: Database, _settings: object, _event: TimeCame) -> None:
    """Throws away what nobody came back for."""
    _SHELF.drop_old(database)
