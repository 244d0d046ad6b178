"""The public log: appended to, read, verified. Nothing here alters or removes a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from .models import LogEntry, LogHead
from .rules import FIRST_HASH, chained

# Entries on one page of the log.
PAGE_SIZE = 50
# Entries in memory at once, where the whole log is read.
_AT_ONCE = 1_000
# Any number will do, as long as nobody else takes it: the log's own turn on PostgreSQL.
_TURN = 727_043


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as everybody may read it."""

    number: int
    at: str
    role: str
    action: str
    target: str
    paper_id: int | None
    reason: str
    facts: dict[str, Any]
    previous_hash: str
    hash: str


_PUBLIC = tuple(getattr(LogEntry, name) for name in Line.__dataclass_fields__)


def append(
    session: Session,
    actor: Actor,
    action: str,
    target: str,
    *,
    reason: str,
    paper_id: int | None = None,
    account_id: int | None = None,
    facts: dict[str, Any] | None = None,
) -> LogEntry:
    """Writes the next entry. `account_id` (whom it was done to) is kept for moderators, not shown and not hashed; `facts` are public."""
    if session.get_bind().dialect.name == "postgresql":  # one writer at a time until the transaction ends; SQLite has one for everything
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
    head = session.get(LogHead, 1, populate_existing=True)
    if head is None:
        head = LogHead(id=1, number=0, hash=FIRST_HASH)
        session.add(head)
    entry = LogEntry(
        number=head.number + 1, at=clock.now().isoformat(timespec="seconds"), role=actor.role if actor.kind == "account" else actor.kind, action=action,
        target=target, paper_id=paper_id, reason=reason, facts=facts or {}, previous_hash=head.hash, account_id=account_id, by_id=actor.account_id,
    )  # fmt: skip
    entry.hash = chained(head.hash, _hashed(entry))
    head.number, head.hash = entry.number, entry.hash
    session.add(entry)
    session.flush()
    return entry


def lines(session: Session, *, before: int | None = None, action: str = "", target: str = "", size: int = PAGE_SIZE) -> list[Line]:
    """Entries, the newest first, or those before the one of this number; of one action or of one thing only, where it is named. One statement."""
    query = sa.select(*_PUBLIC).order_by(LogEntry.number.desc()).limit(size)
    if action:
        query = query.where(LogEntry.action == action)
    if target:
        query = query.where(LogEntry.target == target)
    return [Line(*row) for row in session.execute(query.where(LogEntry.number < before) if before is not None else query)]


def every_line(session: Session) -> Iterator[Line]:
    """The whole log, the oldest first, read as it is asked for."""
    for row in session.execute(sa.select(*_PUBLIC).order_by(LogEntry.number)).yield_per(_AT_ONCE):
        yield Line(*row)


def faults(session: Session) -> Iterator[str]:
    """What is wrong with the chain, in the order of its numbers; nothing where no line was removed, put in or altered."""
    number, previous = 0, FIRST_HASH
    for line in every_line(session):
        if line.number != number + 1:
            yield f"after entry {number} comes entry {line.number}: {line.number - number - 1} missing"
        if line.previous_hash != previous:
            yield f"entry {line.number} does not follow from entry {number}"
        if chained(line.previous_hash, _hashed(line)) != line.hash:
            yield f"entry {line.number} is not as it was written"
        number, previous = line.number, line.hash
    head = session.get(LogHead, 1)
    last = (head.number, head.hash) if head else (0, FIRST_HASH)
    if last != (number, previous):
        yield f"the log ends with entry {number}, and should end with entry {last[0]}"


def _hashed(entry: LogEntry | Line) -> dict[str, Any]:
    names = ("number", "at", "role", "action", "target", "paper_id", "reason", "facts")
    return {name: getattr(entry, name) for name in names}
