"""Saved searches as far as following them goes. They are kept by a domain that stands beside this one: `app` hands in what knows them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from sqlalchemy.orm import Session

from ..config import Settings


class Searches(Protocol):
    """Something that knows saved searches."""

    @property
    def most_counted(self) -> int:
        """More papers than these are not counted."""
        ...

    def names(self, session: Session, account_id: int, saved_ids: Collection[int]) -> dict[int, str]:
        """What these searches are called, of those that are this account's."""
        ...

    def come_since(self, settings: Settings, session: Session, saved_id: int, paper_id: int) -> list[int] | None:
        """The papers with ids above this one that fit, the newest first; None while that cannot be said."""
        ...


class Unknown:
    """Where nobody keeps searches there are none."""

    most_counted = 0

    def names(self, _session: Session, _account_id: int, _saved_ids: Collection[int]) -> dict[int, str]:
        return {}

    def come_since(self, _settings: Settings, _session: Session, _saved_id: int, _paper_id: int) -> list[int] | None:
        return None


_asked: Searches = Unknown()


def ask(searches: Searches) -> None:
    """Sets who is asked about saved searches. Called once, by whoever starts the process."""
    global _asked
    _asked = searches


def known() -> Searches:
    """Who knows of saved searches."""
    return _asked
