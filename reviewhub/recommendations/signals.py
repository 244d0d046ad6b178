"""What a reader follows, as the feed asks for it. Whoever keeps that stands on the same floor: `app` calls `ask` with its query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.orm import Session


class Followed(Protocol):
    """Something that knows what an account follows."""

    def __call__(self, session: Session, account_id: int) -> Sequence[tuple[str, int]]:
        """Kinds ("paper", "journal", "keyword", …) with ids, the latest first."""
        ...


def nothing(session: Session, account_id: int) -> Sequence[tuple[str, int]]:  # noqa: ARG001 - as the protocol says
    """Where nothing can be followed."""
    return ()


_asked: Followed = nothing


def ask(followed: Followed) -> None:
    """Sets who is asked. Called once, by whoever starts the process."""
    global _asked
    _asked = followed


def followed_by(session: Session, account_id: int, *, most: int) -> dict[str, list[int]]:
    """What an account follows by kind, the latest first; at most so many of each kind."""
    found: dict[str, list[int]] = {}
    for kind, target_id in _asked(session, account_id):
        ids = found.setdefault(kind, [])
        if len(ids) < most:
            ids.append(target_id)
    return found
