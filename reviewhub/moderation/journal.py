"""What hung on two records before they were made one, and after: kept by row, so that it can be parted again. `begin` is the first mover, `end` the last.

Which tables hang on a record the schema says: those that refer to papers, and those that refer to these. What is made anew from the rest is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.db import Base, in_batches
from ..papers.models import Paper, PaperRedirect, PaperSource
from .models import RecordMerge, RecordMergeRow, Report

Row = dict[str, Any]
Key = tuple[Any, ...]

# The record itself is written from its sources; lists, trends and scores are computed.
_MADE_ANEW = frozenset(
    {
        "paper_identifiers", "authorships", "paper_keywords", "paper_fundings", "paper_references", "paper_relations", "paper_sources", "paper_redirects",
        "paper_scores", "related_lists", "related_papers", "paper_trends",
    }
)  # fmt: skip
# A column that names a record without a foreign key, and when: what is followed may be of other kinds.
_BY_KIND = {"follows": ("target_id", ("kind", "paper"))}


@dataclass(frozen=True, slots=True)
class Hanging:
    """A table of which rows hang on a record: by `column`, or by the rows of other tables (`parents`: own column, table)."""

    table: sa.Table
    column: str = ""
    only: tuple[str, str] | None = None
    parents: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> list[str]:
        """What tells a row from others of its record."""
        return [column.name for column in self.table.primary_key if column.name != self.column]


@dataclass(slots=True)
class Picture:
    """Rows by table, record (0: hangs by other rows) and key."""

    rows: dict[str, dict[tuple[int, Key], Row]] = field(default_factory=dict)


@cache
def hanging() -> tuple[Hanging, ...]:
    """The tables, those that others refer to first."""
    found: dict[str, Hanging] = {}
    tables = [table for table in Base.metadata.sorted_tables if table.name not in _MADE_ANEW]
    for table in tables:
        if table.name in _BY_KIND:
            found[table.name] = Hanging(table, *_BY_KIND[table.name])
            continue
        for key in table.foreign_keys:
            referred = key.column.table.name
            if referred == "papers" or (referred in found and key.column.name == found[referred].column):
                found[table.name] = Hanging(table, key.parent.name)
    for table in tables:
        parents = tuple((key.parent.name, key.column.table.name) for key in table.foreign_keys if key.column.table.name in found and key.column.name == "id")
        if table.name not in found and parents:
            found[table.name] = Hanging(table, parents=parents)
    return tuple(found[table.name] for table in tables if table.name in found)


def begin(session: Session, kept_id: int, gone_id: int) -> None:
    """Takes the picture before anything moves. Reports, which nobody else moves, move here."""
    session.flush()
    before = _picture(session, kept_id, gone_id)
    paper = session.execute(sa.select(Paper.__table__).where(Paper.id == gone_id)).mappings().one()
    sources = session.scalars(sa.select(PaperSource.id).where(PaperSource.paper_id == gone_id)).all()
    redirects = session.scalars(sa.select(PaperRedirect.old_id).where(PaperRedirect.paper_id == gone_id)).all()
    merge = RecordMerge(
        kept_id=kept_id, gone_id=gone_id, made_at=clock.now(), paper=told(dict(paper)), source_ids=sorted(sources), redirect_ids=sorted(redirects)
    )
    session.info["merging"] = (merge, before)
    session.execute(sa.update(Report).where(Report.paper_id == gone_id).values(paper_id=kept_id))


def end(session: Session, kept_id: int, gone_id: int) -> None:
    """Takes the picture after everything has moved, and keeps what became of each row."""
    session.flush()
    merge, before = session.info.pop("merging")
    after = _picture(session, kept_id, gone_id)
    session.add(merge)
    session.flush()
    for one in hanging():
        for row in _became(one, before.rows[one.table.name], after.rows[one.table.name], kept_id, gone_id):
            row.merge_id = merge.id
            session.add(row)
    session.flush()
    session.info["merged"] = merge


def told(row: Row) -> Row:
    """A row as JSON keeps it."""
    return {
        name: value.isoformat() if isinstance(value, (dt.datetime, dt.date)) else value.hex() if isinstance(value, bytes) else value
        for name, value in row.items()
    }


def read(table: sa.Table, row: Row) -> Row:
    """A row as the database takes it."""
    found: Row = {}
    for name, value in row.items():
        kind = table.c[name].type
        if isinstance(value, str) and isinstance(kind, sa.LargeBinary):
            found[name] = bytes.fromhex(value)
        elif isinstance(value, str) and not isinstance(kind, (sa.String, sa.JSON)):
            found[name] = dt.datetime.fromisoformat(value)
        else:
            found[name] = value
    return found


def _picture(session: Session, kept_id: int, gone_id: int) -> Picture:
    found = Picture()
    for one in hanging():
        table, rows = one.table, {}
        for condition in _conditions(one, found, kept_id, gone_id):
            for row in session.execute(sa.select(table).where(condition)).mappings():
                kept = told(dict(row))
                rows[(row[one.column] if one.column else 0, tuple(kept[name] for name in one.key))] = kept
        found.rows[table.name] = rows
    return found


def _conditions(one: Hanging, found: Picture, kept_id: int, gone_id: int) -> Iterator[sa.ColumnElement[bool]]:
    if one.column:
        of_kind = one.table.c[one.only[0]] == one.only[1] if one.only else sa.true()
        yield sa.and_(one.table.c[one.column].in_((kept_id, gone_id)), of_kind)
        return
    for column, parent in one.parents:
        for some in in_batches([row["id"] for row in found.rows.get(parent, {}).values()]):
            yield one.table.c[column].in_(some)


def _became(one: Hanging, before: dict[tuple[int, Key], Row], after: dict[tuple[int, Key], Row], kept_id: int, gone_id: int) -> Iterator[RecordMergeRow]:
    name = one.table.name
    plain_moves: list[Row] = []
    by_account = {row.get("account_id"): row for (side, _), row in after.items() if side == kept_id}
    for key in dict.fromkeys(key for _, key in (*before, *after)):
        stays, went = before.get((kept_id if one.column else 0, key)), before.get((gone_id, key)) if one.column else None
        now = after.get((kept_id if one.column else 0, key))
        if went is not None and now is not None and stays is None:
            other = {column for column in went if went[column] != now[column]} - {one.column}
            which = {column: now[column] for column in one.key}
            if other:
                yield RecordMergeRow(
                    table_name=name,
                    move="moved",
                    account_id=went.get("account_id"),
                    before={**which, **{c: went[c] for c in other}},
                    after={**which, **{c: now[c] for c in other}},
                )
            else:
                plain_moves.append(which)
            continue
        if went is not None:
            yield _taken(name, went, now or by_account.get(went.get("account_id") or 0))
        if stays is not None and now is None:
            yield _taken(name, stays, by_account.get(stays.get("account_id") or 0))
        elif stays is not None and now is not None and stays != now:
            pk = {column.name: now[column.name] for column in one.table.primary_key}
            changed = [column for column in stays if stays[column] != now[column]]
            yield RecordMergeRow(
                table_name=name,
                move="changed",
                account_id=stays.get("account_id"),
                before={**pk, **{c: stays[c] for c in changed}},
                after={**pk, **{c: now[c] for c in changed}},
            )
        elif stays is None and went is None and now is not None:
            yield RecordMergeRow(
                table_name=name, move="made", account_id=now.get("account_id"), before={}, after={c.name: now[c.name] for c in one.table.primary_key}
            )
    if plain_moves:
        yield RecordMergeRow(table_name=name, move="moved", before={"rows": plain_moves}, after={})


def _taken(name: str, row: Row, instead: Row | None) -> RecordMergeRow:
    """A row that went. `after`: the one of the same account that stayed in its place."""
    return RecordMergeRow(table_name=name, move="taken", account_id=row.get("account_id"), before=row, after=instead or {})
