"""Saved searches as what an account has: they go with it, and are in what its owner downloads."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.belongings import Exported, Item
from ..accounts.exporting import in_iso
from ..core.text import message
from .models import SavedSearch


def items(_session: Session, _account_id: int) -> list[Item]:
    """Nothing of it could stay without its owner."""
    return []


def erase(session: Session, account_id: int, _keys: Collection[str]) -> None:
    """Erases the saved searches of an account; their feeds end."""
    session.execute(sa.delete(SavedSearch).where(SavedSearch.account_id == account_id))


def release(_session: Session, _account_id: int, _keys: Collection[str]) -> None:
    """There is nothing to leave behind."""


def export(session: Session, account_id: int) -> list[Exported]:
    """The saved searches, with the tokens of their feeds."""
    rows = session.scalars(sa.select(SavedSearch).where(SavedSearch.account_id == account_id).order_by(SavedSearch.id))
    saved = [
        {"name": row.name, "words": row.words, "filters": row.filters, "sort": row.sort, "feed_token": row.token, "saved_at": in_iso(row.saved_at)}
        for row in rows
    ]
    return [Exported("searches.json", saved, message("searches you saved."))]
