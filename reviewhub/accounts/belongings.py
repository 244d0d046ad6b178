"""What other domains keep for an account: each says what is there, and erases, releases or hands it out when its owner asks.

`app.BELONGINGS` lists them. Domains above know accounts, so that accounts need not know them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from ..core.text import Message


@dataclass(frozen=True, slots=True)
class Item:
    """Something an account has that could stay when the account goes. `key` is like no other item's ("rating:12"); `title` is safe inline HTML."""

    key: str
    kind: Message
    title: str
    words: Message


@dataclass(frozen=True, slots=True)
class Exported:
    """A file for the owner of an account: bytes as they are, anything else is written as JSON. `words` explain it."""

    path: str
    content: Any
    words: Message


class Belongings(Protocol):
    """One domain's share of what an account has."""

    def items(self, session: Session, account_id: int) -> list[Item]:
        """What its owner may have erased or kept without their name, newest first."""
        ...

    def erase(self, session: Session, account_id: int, keys: Collection[str]) -> None:
        """Erases these items and everything else of the account that is not an item."""
        ...

    def release(self, session: Session, account_id: int, keys: Collection[str]) -> None:
        """Takes the account off these items; they stay as of a former reader."""
        ...

    def export(self, session: Session, account_id: int) -> list[Exported]:
        """Everything it keeps for the account, for its owner to read."""
        ...
