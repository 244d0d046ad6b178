"""What public pages show, and the number that tells whether it has changed since: a finished page is right as long as its number stands.

A table whose rows a public page shows says so where it is declared (`shown_with`, `shown_everywhere`); triggers then note every change of such rows, whoever
makes it. Papers that were added need no note: the highest id tells of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..config import Settings
from ..events import TimeCame
from .db import Base, Database
from .jobs import Handler

T = TypeVar("T")

_INSERTED, _UPDATED, _DELETED = "INSERT", "UPDATE", "DELETE"
_PREFIX = "page_change"
# Notes that later ones have overtaken go after a while; they only take room.
FORGET_EVERY = dt.timedelta(hours=6)


class PageChange(Base):
    """A change of what the page of a paper shows; of what any page may show where `paper_id` is 0.

    Notes are added and never changed, so that writers need not wait for each other; the newest of a paper stays, so that numbers only grow.
    """

    __tablename__ = "page_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int]

    __table_args__ = (sa.Index("ix_page_changes_paper", "paper_id", "id"),)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which page shows a row, as SQL of `{row}` ("0": any), and which changes of it can be seen: of these columns (none: of all), on these occasions."""

    paper: str
    columns: tuple[str, ...]
    occasions: tuple[str, ...]


def shown_with(paper: str = "{row}.paper_id", *, columns: Sequence[str] = ()) -> Callable[[type[T]], type[T]]:
    """Declares of a table that its rows stand on the page of one paper. `paper`: SQL that names it by `{row}`; `columns`: those shown, none for all."""
    return _declared(Shown(paper, tuple(columns), (_INSERTED, _UPDATED, _DELETED)))


def shown_everywhere(*columns: str, from_the_first: bool = False) -> Callable[[type[T]], type[T]]:
    """Declares of a table that these columns (none: all) stand on any page: once something else leads there, or as soon as a row is added."""
    return _declared(Shown("0", columns, (*([_INSERTED] if from_the_first else []), _UPDATED, _DELETED)))


def _declared(shown: Shown) -> Callable[[type[T]], type[T]]:
    def declare(model: type[T]) -> type[T]:
        model.__table__.info["shown"] = shown  # type: ignore[attr-defined]
        return model

    return declare


def unwatch(connection: sa.Connection) -> None:
    """Takes the triggers away: SQLite cannot make a table anew that a trigger speaks of."""
    if connection.dialect.name == "sqlite":
        for name in connection.scalars(sa.text(f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{_PREFIX}%'")).all():  # noqa: S608
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for name in connection.scalars(sa.text(f"SELECT proname FROM pg_proc WHERE proname LIKE '{_PREFIX}%'")).all():  # noqa: S608
        connection.exec_driver_sql(f"DROP FUNCTION {name}() CASCADE")


def watch(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Makes the triggers of each table that is shown. Called after migrating: who changes what is shown adds a migration, if only an empty one."""
    unwatch(connection)
    for table in metadata.sorted_tables:
        shown: Shown | None = table.info.get("shown")
        if shown is not None:
            for statement in _sqlite(table.name, shown) if connection.dialect.name == "sqlite" else _postgresql(table.name, shown):
                connection.exec_driver_sql(statement)


def _note(paper: str, row: str) -> str:
    """SQL that gives the paper of a row, or nothing."""
    named = paper.format(row=row)
    return f"SELECT {named} WHERE {named} IS NOT NULL"


def _sqlite(table: str, shown: Shown) -> list[str]:
    made = []
    for occasion in shown.occasions:
        of = f" OF {', '.join(shown.columns)}" if occasion == _UPDATED and shown.columns else ""
        rows = {_INSERTED: ("NEW",), _DELETED: ("OLD",), _UPDATED: ("NEW", "OLD")}[occasion]
        notes = " UNION ".join(_note(shown.paper, row) for row in rows)  # one note where both are the same
        made.append(
            f"CREATE TRIGGER {_PREFIX}_{table}_{occasion.lower()} AFTER {occasion}{of} ON {table} BEGIN INSERT INTO page_changes (paper_id) {notes}; END"
        )
    return made


def _postgresql(table: str, shown: Shown) -> list[str]:
    of = f" OF {', '.join(shown.columns)}" if shown.columns else ""
    when = " OR ".join(f"{occasion}{of if occasion == _UPDATED else ''}" for occasion in shown.occasions)
    new, old = _note(shown.paper, "NEW"), _note(shown.paper, "OLD")
    body = f"""
        BEGIN
            IF TG_OP = 'INSERT' THEN INSERT INTO page_changes (paper_id) {new};
            ELSIF TG_OP = 'DELETE' THEN INSERT INTO page_changes (paper_id) {old};
            ELSE INSERT INTO page_changes (paper_id) {new} UNION {old};
            END IF;
            RETURN NULL;
        END"""
    name = f"{_PREFIX}_{table}"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$",
        f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


_OF_A_PAPER = (
    "SELECT (SELECT max(id) FROM page_changes WHERE paper_id = {paper_id}), (SELECT max(id) FROM page_changes WHERE paper_id = 0), (SELECT max(id) FROM papers)"
)
_OF_ANY = "SELECT (SELECT max(id) FROM page_changes), (SELECT max(id) FROM papers)"

# Whoever has written anything holds the lock of a number of their own until the end.
_WRITERS = sa.text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted AND datname = current_database())"
)

Stamp = tuple[int | None, ...]


def stamp_of(database: Database, paper_id: int | None) -> Stamp:
    """What changes when the page of a paper changes; of None: when any page may. One statement, without a session: it is asked for each finished page."""
    text = _OF_ANY if paper_id is None else _OF_A_PAPER.format(paper_id=int(paper_id))
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(text)
        found = cursor.fetchone()
        return tuple(found) if found else ()
    finally:
        connection.close()


def is_quiet(database: Database) -> bool:
    """Whether nobody is in the middle of writing. Numbers are given out before they can be seen: of two writers the later may be seen first, and the
    highest number does not change when the earlier follows. What is read after a stamp and then a quiet moment lacks nothing that the stamp stands for.

    SQLite has one writer at a time, so that numbers come in order there.
    """
    if database.is_sqlite:
        return True
    with database.engine.connect() as connection:
        return not connection.scalar(_WRITERS)


def forget_overtaken(database: Database, _settings: Settings, _event: TimeCame) -> None:
    """Removes the notes that a later one of the same paper has overtaken."""
    newest = sa.select(sa.func.max(PageChange.id)).group_by(PageChange.paper_id)
    with database.write() as session, session.begin():
        session.execute(sa.delete(PageChange).where(PageChange.id.not_in(newest)))


SCHEDULE: dict[Handler, float] = {forget_overtaken: FORGET_EVERY.total_seconds()}
