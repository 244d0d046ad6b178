"""Work that is done later: rows in the main database, written in the transaction that causes them, taken by workers under a lease.

A job is done at least once. A worker that dies loses only its lease: the job becomes free again when the lease runs out.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..events import Event, TimeCame
from . import clock
from .db import Base, Database, UtcTime

# A handler that takes longer than this is taken for dead and its job given to another worker.
LEASE_S = 300
# After so many failures a job rests in the table, with its error, for a keeper to see.
MAX_TRIES = 12
# Wait before the next try, doubled with each: 1 s, 2 s, 4 s … at most ten minutes.
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 600.0

# How often a worker looks whether something of the schedule is due.
LOOK_EVERY_S = 5.0

log = logging.getLogger(__name__)

Handler = Callable[[Database, Any, Any], None]  # (database, settings, event); may be called more than once for one event


class Job(Base):
    """One handler's share of one event."""

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str]  # class name in events.py
    handler: Mapped[str]  # dotted name
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    n_tries: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    leased_until: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    error: Mapped[str] = mapped_column(default="")
    added_at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.Index("ix_jobs_due", "run_at", "id"),)


class Timer(Base):
    """When something that is done now and then is next due."""

    __tablename__ = "timers"
    handler: Mapped[str] = mapped_column(primary_key=True)
    run_at: Mapped[dt.datetime] = mapped_column(UtcTime)


def handler_name(handler: Handler) -> str:
    """The dotted name under which a job remembers its handler."""
    return f"{handler.__module__}.{handler.__qualname__}"


class Subscriptions:
    """Which handlers each event goes to. `app` and the tests build one from the `SUBSCRIPTIONS` and `SCHEDULE`s of the domains.

    `schedules` say what is done now and then, and every how many seconds.
    """

    def __init__(self, *tables: Mapping[type[Event], list[Handler]], schedules: Sequence[Mapping[Handler, float]] = ()) -> None:
        self.by_event: dict[str, tuple[type[Event], list[Handler]]] = {TimeCame.__name__: (TimeCame, [])}
        self.by_name: dict[str, Handler] = {}
        self.every_s = {handler_name(h): seconds for schedule in schedules for h, seconds in schedule.items()}
        self.by_name.update({handler_name(h): h for schedule in schedules for h in schedule})
        for table in tables:
            for event, handlers in table.items():
                _, known = self.by_event.setdefault(event.__name__, (event, []))
                known.extend(handlers)
                self.by_name.update({handler_name(h): h for h in handlers})


_subscriptions = Subscriptions()


def subscribe(subscriptions: Subscriptions) -> None:
    """Sets what `emit` of this process writes jobs for. Called once, by whoever starts the process."""
    global _subscriptions
    _subscriptions = subscriptions


def emit(session: Session, event: Event) -> None:
    """Writes one job per handler of this event into the session's transaction: they exist if, and only if, it is committed."""
    found = _subscriptions.by_event.get(type(event).__name__)
    if not found:
        return
    now = clock.now()
    facts = dataclasses.asdict(event)
    rows = [
        {"event": type(event).__name__, "handler": handler_name(h), "facts": facts, "run_at": now, "added_at": now, "n_tries": 0, "error": ""} for h in found[1]
    ]
    session.execute(sa.insert(Job), rows)


def tick(database: Database, subscriptions: Subscriptions | None = None) -> int:
    """Writes a job for everything of the schedule whose time has come; what was never done is due at once. The number of jobs written."""
    every_s, now = (subscriptions or _subscriptions).every_s, clock.now()

    def due(session: Session) -> list[str]:
        later = set(session.scalars(sa.select(Timer.handler).where(Timer.run_at > now)))
        return sorted(every_s.keys() - later)

    with database.read() as session:
        if not due(session):
            return 0
    with database.write() as session, session.begin():
        known = dict(session.execute(sa.select(Timer.handler, Timer.run_at).with_for_update()).all())
        wanted = due(session)
        for name in wanted:
            next_at = now + dt.timedelta(seconds=every_s[name])
            if name in known:
                session.execute(sa.update(Timer).where(Timer.handler == name).values(run_at=next_at))
            else:
                session.execute(sa.insert(Timer).values(handler=name, run_at=next_at))
            session.execute(sa.insert(Job).values(event=TimeCame.__name__, handler=name, facts={}, run_at=now, added_at=now, n_tries=0, error=""))
        return len(wanted)


def take(database: Database) -> tuple[int, str, str, dict[str, Any], int] | None:
    """Leases the next job that is due: (id, event, handler, facts, tries so far), or None when nothing is due."""
    now = clock.now()
    free = sa.or_(Job.leased_until.is_(None), Job.leased_until < now)
    due = (
        sa.select(Job.id, Job.event, Job.handler, Job.facts, Job.n_tries)
        .where(Job.run_at <= now, free, Job.n_tries < MAX_TRIES)
        .order_by(Job.run_at, Job.id)
        .limit(1)
    )
    with database.read() as session:  # an idle worker must not take the write lock every half second
        if session.execute(due).first() is None:
            return None
    with database.write() as session, session.begin():
        row = session.execute(due.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        session.execute(sa.update(Job).where(Job.id == row.id).values(leased_until=now + dt.timedelta(seconds=LEASE_S), n_tries=row.n_tries + 1))
        return row.id, row.event, row.handler, row.facts, row.n_tries


def run_next(database: Database, settings: Any, subscriptions: Subscriptions | None = None) -> bool:
    """Does one job that is due, if there is one. A failing handler is noted on its job, which is tried again later. True if there was a job."""
    subscriptions = subscriptions or _subscriptions
    taken = take(database)
    if taken is None:
        return False
    job_id, event_name, name, facts, n_tries = taken
    try:
        kind, _ = subscriptions.by_event[event_name]
        values = {field: tuple(v) if isinstance(v, list) else v for field, v in facts.items()}
        subscriptions.by_name[name](database, settings, kind(**values))
    except Exception as error:
        log.exception("job %s (%s) failed", job_id, name)
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**n_tries)
        with database.write() as session, session.begin():
            session.execute(
                sa.update(Job)
                .where(Job.id == job_id)
                .values(error=f"{type(error).__name__}: {error}"[:2000], leased_until=None, run_at=clock.now() + dt.timedelta(seconds=wait_s))
            )
        return True
    with database.write() as session, session.begin():
        session.execute(sa.delete(Job).where(Job.id == job_id))
    return True


def run_due(database: Database, settings: Any, subscriptions: Subscriptions | None = None) -> int:
    """Does every job that is due now; the number done. What tests and `flask setup` call in place of a worker."""
    n = 0
    while run_next(database, settings, subscriptions):
        n += 1
    return n


def work(database: Database, settings: Any, stop: threading.Event, *, pause_s: float = 0.5) -> None:
    """Does jobs until `stop` is set, looking for new ones every `pause_s` seconds; finishes the one in hand."""
    next_look = 0.0
    while not stop.is_set():
        try:
            if monotonic() >= next_look:
                tick(database)
                next_look = monotonic() + LOOK_EVERY_S
            was_busy = run_next(database, settings)
        except sa.exc.IntegrityError:  # two workers wrote the first timer at once: the other one's stands
            continue
        except sa.exc.OperationalError:
            log.exception("the database is away; trying again")
            stop.wait(5)
            continue
        if not was_busy:
            stop.wait(pause_s)


def counts(session: Session) -> dict[str, int]:
    """How many jobs wait and how many have failed for good."""
    failed = sa.func.count().filter(Job.n_tries >= MAX_TRIES, Job.leased_until.is_(None))
    row = session.execute(sa.select(sa.func.count(), failed).select_from(Job)).one()
    return {"waiting": row[0] - row[1], "failed": row[1]}
