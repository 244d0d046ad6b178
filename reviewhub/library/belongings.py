"""Libraries and lists as what an account has: erased or left without a name, and handed out to their owner."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.belongings import Exported, Item
from ..accounts.exporting import in_iso
from ..core.text import message, plain
from ..papers.models import Paper
from . import queries
from .models import LibraryItem, LibraryUpload, ReadingList, ReadingListItem


def items(session: Session, account_id: int) -> list[Item]:  # noqa: ARG001 - the signature of a domain's share
    """Nothing: a library is private, and a list is its owner's selection; both go with the account."""
    return []


def erase(session: Session, account_id: int, keys: Collection[str]) -> None:  # noqa: ARG001
    """Erases the library with its tags and notes, the lists, and files that wait."""
    for model in (LibraryItem, ReadingList, LibraryUpload):
        session.execute(sa.delete(model).where(model.account_id == account_id))


def release(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Nothing stays without its owner."""


def export(session: Session, account_id: int) -> list[Exported]:
    """The library with tags, notes and states, and the lists with their papers."""
    return [
        Exported("library.json", _library(session, account_id), message("the papers you keep, with your tags, notes and how far you have read.")),
        Exported("lists.json", _lists(session, account_id), message("your lists, public and private, with their papers.")),
    ]


def _library(session: Session, account_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        sa.select(LibraryItem, Paper.title, Paper.doi)
        .join(Paper, Paper.id == LibraryItem.paper_id)
        .where(LibraryItem.account_id == account_id)
        .order_by(LibraryItem.saved_at, LibraryItem.paper_id)
    ).all()
    tags = queries.tags_on(session, account_id, [item.paper_id for item, _, _ in rows])
    return [
        {
            "paper": item.paper_id, "title": plain(title), "doi": doi, "saved_at": in_iso(item.saved_at), "state": item.state, "note": item.note,
            "tags": list(tags.get(item.paper_id, ())),
        }
        for item, title, doi in rows
    ]  # fmt: skip


def _lists(session: Session, account_id: int) -> list[dict[str, Any]]:
    on_lists: dict[int, list[dict[str, Any]]] = {}
    rows = session.execute(
        sa.select(ReadingListItem.list_id, ReadingListItem.paper_id, Paper.title, Paper.doi, ReadingListItem.note)
        .join(ReadingList, ReadingList.id == ReadingListItem.list_id)
        .join(Paper, Paper.id == ReadingListItem.paper_id)
        .where(ReadingList.account_id == account_id)
        .order_by(ReadingListItem.list_id, ReadingListItem.position)
    )
    for list_id, paper_id, title, doi, note in rows:
        on_lists.setdefault(list_id, []).append({"paper": paper_id, "title": plain(title), "doi": doi, "note": note})
    found = session.scalars(sa.select(ReadingList).where(ReadingList.account_id == account_id).order_by(ReadingList.id))
    return [
        {
            "list": one.id, "title": one.title, "description": one.description, "is_public": one.is_public, "made_at": in_iso(one.made_at),
            "changed_at": in_iso(one.changed_at), "papers": on_lists.get(one.id, []),
        }
        for one in found
    ]  # fmt: skip
