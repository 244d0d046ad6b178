"""The database: one engine, one session factory for web, worker, commands and tests; the one place for pragmas."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

T = TypeVar("T")

# PostgreSQL sorts and prefixes text byte by byte under "C", as SQLite does: one order on both.
Key = sa.String().with_variant(sa.String(collation="C"), "postgresql")
Json = sa.JSON().with_variant(JSONB(), "postgresql")

# A writer waits this long for another one before it gives up; batches of an import hold the lock for well under a second.
BUSY_TIMEOUT_MS = 15_000
# PostgreSQL takes at most 65,535 parameters a statement and SQLite 32,766 (999 in old builds): lists of ids are cut to this.
MAX_IDS = 900


class Base(DeclarativeBase):
    """The root of every table: one metadata, one naming convention, so that migrations can name constraints."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def one_of(column: str, values: Sequence[str]) -> str:
    """The text of a CHECK: the column holds one of these words."""
    return f"{column} IN ({', '.join(repr(v) for v in values)})"


class UtcTime(sa.TypeDecorator[dt.datetime]):
    """An aware UTC time; SQLite keeps it without the zone, so it is put back on reading. A naive time is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Turns:
    """Writers of one process go first come, first served: SQLite's own waiting is a lottery that a writer among sixteen can lose for ten seconds."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def take(self, timeout_s: float) -> bool:
        """Waits for the turn; False when it did not come in time."""
        mine = threading.Event()
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            self._waiting.append(mine)
        if mine.wait(timeout_s):
            return True
        with self._guard:
            if mine.is_set():  # it came at the last moment
                return True
            self._waiting.remove(mine)
        return False

    @property
    def n_waiting(self) -> int:
        return len(self._waiting)

    def give_back(self) -> None:
        """Ends the turn; the one who has waited longest has it now."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


class Database:
    """An engine and its sessions. `read()` and `write()` differ on SQLite: a writer takes the lock when it begins, so it never fails halfway."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            connect_args = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
            self.engine = sa.create_engine(self.url, connect_args=connect_args, json_serializer=_as_json, pool_size=pool_size, max_overflow=32)
            event.listen(self.engine, "connect", _set_pragmas)
            self._turns = Turns()
            event.listen(self.engine, "begin", self._begin)
            event.listen(self.engine, "checkin", self._end_turn)
        else:
            self.engine = sa.create_engine(self.url, json_serializer=_as_json, pool_size=pool_size, max_overflow=32, pool_pre_ping=True)
        self._writer = self.engine.execution_options(reviewhub_write=True)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, autoflush=True)

    def read(self) -> Session:
        """A session that only reads: a snapshot that blocks nobody."""
        return self._sessions()

    def write(self) -> Session:
        """A session that may write. On SQLite it waits for the write lock when it begins (BEGIN IMMEDIATE)."""
        return self._sessions(bind=self._writer)

    def dispose(self) -> None:
        self.engine.dispose()

    def _begin(self, connection: sa.Connection) -> None:
        if not connection.get_execution_options().get("reviewhub_write"):
            connection.exec_driver_sql("BEGIN")
            return
        # Writers of other processes have no turn here, and who has waited in vain tries with them: SQLite says what is wrong.
        connection.info["has_turn"] = connection.info.get("has_turn", False) or self._turns.take(BUSY_TIMEOUT_MS / 1000)
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def _end_turn(self, _connection: Any, record: Any) -> None:
        if record.info.pop("has_turn", False):
            self._turns.give_back()


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _as_json(value: Any) -> str:
    """JSON as it is stored: Han takes three bytes a character, not the six of an escape."""
    if value == {} or value == []:  # most of the many small columns of a paper
        return "{}" if isinstance(value, dict) else "[]"
    return _encoder.encode(value)


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event says BEGIN, not the driver
    cursor = connection.cursor()
    _keep_log(cursor)
    for pragma in (
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "synchronous=NORMAL",
        "temp_store=MEMORY",
        "cache_size=-32000",
        "mmap_size=268435456",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _keep_log(cursor: Any) -> None:
    """Sets the write-ahead log. Who opens a new file just before somebody else has set it waits for a lock that the other keeps: tried anew, it is there."""
    cursor.execute("PRAGMA busy_timeout=100")
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
        else:
            return


def in_batches(items: Sequence[T], size: int = MAX_IDS) -> Iterable[Sequence[T]]:
    """The items in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def reserve_ids(session: Session, model: type[Base], n: int, *, above: int = 0) -> range | list[int]:
    """`n` primary keys nobody else will get, for rows whose key must be known before they are inserted.

    SQLite: the write transaction is alone, so the next ones after the highest key and after `above`; PostgreSQL: from the column's sequence.
    """
    key = model.__table__.c.id
    if n == 0:
        return []
    if session.get_bind().dialect.name == "sqlite":
        highest = max(above, session.scalar(sa.select(sa.func.max(key))) or 0)
        return range(highest + 1, highest + 1 + n)
    sequence = session.scalar(sa.text("SELECT pg_get_serial_sequence(:t, 'id')"), {"t": model.__tablename__})
    return list(session.scalars(sa.text("SELECT nextval(:s) FROM generate_series(1, :n)"), {"s": sequence, "n": n}))


_INSERTS: dict[tuple[str, str, tuple[str, ...]], tuple[str, list[tuple[int, Callable[[Any], Any]]]]] = {}


def insert_rows(session: Session, model: type[Base], columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Inserts plain tuples with the driver's own `executemany`: some fifteen times as fast as the unit of work.

    `columns` names what each tuple holds, in order; values pass through the column's type, so JSON and times may be given as they are.
    """
    if not rows:
        return
    connection = session.connection()
    dialect, table = connection.dialect, model.__table__
    key = (dialect.name, model.__tablename__, columns)
    if key not in _INSERTS:
        place = "?" if dialect.name == "sqlite" else "%s"
        named = ", ".join(dialect.identifier_preparer.quote(c) for c in columns)
        sql = f"INSERT INTO {model.__tablename__} ({named}) VALUES ({', '.join([place] * len(columns))})"  # noqa: S608 - names from the models
        processors = [(n, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for n, name in enumerate(columns)]
        _INSERTS[key] = (sql, [(n, process) for n, process in processors if process is not None])
    sql, binders = _INSERTS[key]
    if binders:
        bound = [list(row) for row in rows]
        for n, binder in binders:
            for row in bound:
                row[n] = binder(row[n])
        rows = [tuple(row) for row in bound]
    connection.exec_driver_sql(sql, rows)


def is_refusal(error: sa.exc.DBAPIError) -> bool:
    """Whether the database refused what was to be written, so that trying the same again is no use: a constraint, a value that does not fit."""
    is_over_a_limit = str(getattr(error.orig, "sqlstate", None) or "").startswith("54")  # PostgreSQL: a key too long for its index
    return isinstance(error, (sa.exc.DataError, sa.exc.IntegrityError, sa.exc.InterfaceError)) or is_over_a_limit
