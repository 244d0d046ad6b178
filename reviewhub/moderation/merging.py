"""Two records made one by a moderator, and parted again: what moved goes back, what went comes back, less what its owner has changed or taken away since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import WORKER, Actor
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.text import message
from ..discussion import voices
from ..discussion.counting import recount
from ..papers import services as papers
from ..papers.models import Paper, PaperRedirect, PaperSource
from ..papers.record import UNIQUE_IDENTIFIER_KINDS
from ..people import rehanging
from ..ratings.scoring import lock_all, recompute
from . import journal, log
from .journal import Hanging, Row
from .models import LogEntry, RecordMerge, RecordMergeRow
from .services import reason_of

# Merges on one page, the newest first.
MOST_MERGES = 50
_BY_IMPORT = "An import found one identifier on both."


def merge(session: Session, actor: Actor, kept_id: int, gone_id: int, reason: str, *, movers: Sequence[papers.Mover]) -> LogEntry:
    """Makes two records one: the address of the second leads to the first. Emits PapersMerged, PapersChanged.

    Raises NotAllowed (no moderator; an author of either), NotFound (no such record), RuleBroken("reason", "other").
    """
    _check(session, actor, kept_id, gone_id)
    reason = reason_of(reason)
    if kept_id == gone_id:
        raise RuleBroken("other", message("These are one record already."))
    lock_all(session, sorted((kept_id, gone_id)))
    if len(session.scalars(sa.select(Paper.id).where(Paper.id.in_((kept_id, gone_id)))).all()) != 2:
        raise NotFound
    papers.merge_papers(session, kept_id, gone_id, movers=movers)
    papers.refresh(session, [kept_id])
    _make_anew(session, kept_id)
    made: RecordMerge = session.info.pop("merged")
    made.reason, made.made_by, made.is_logged = reason, actor.account_id, True
    return log.append(session, actor, "merge-records", f"paper:{kept_id}", reason=reason, paper_id=kept_id, facts={"gone": gone_id})


def undo(session: Session, actor: Actor, merge_id: int, reason: str) -> LogEntry:
    """Parts two records that were made one. Emits PapersChanged. Raises NotAllowed, NotFound, RuleBroken("reason", "merge"), Conflict (undone meanwhile)."""
    if not actor.has_role("moderator"):
        raise NotAllowed
    reason = reason_of(reason)
    found = session.get(RecordMerge, merge_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    if found.undone_at is not None:
        raise Conflict
    if session.scalar(sa.select(Paper.id).where(Paper.id == found.kept_id)) is None:
        raise RuleBroken("merge", message("The record was made part of another one since. Undo that first."))
    _check(session, actor, found.kept_id)
    lock_all(session, [found.kept_id])
    kept_id, gone_id = found.kept_id, found.gone_id
    session.execute(sa.delete(PaperRedirect).where(PaperRedirect.old_id == gone_id))
    session.execute(sa.insert(Paper.__table__).values(**journal.read(Paper.__table__, found.paper)))  # type: ignore[arg-type]
    session.execute(sa.update(PaperRedirect).where(PaperRedirect.old_id.in_(found.redirect_ids)).values(paper_id=gone_id))
    sources = [*found.source_ids, *_told_since(session, found)]
    session.execute(sa.update(PaperSource).where(PaperSource.id.in_(sources), PaperSource.paper_id == kept_id).values(paper_id=gone_id))
    _put_back(session, found)
    session.expire_all()
    papers.refresh(session, [kept_id, gone_id])
    for paper_id in (kept_id, gone_id):
        _make_anew(session, paper_id)
    rehanging.follow(session, [kept_id, gone_id])
    session.get_one(RecordMerge, merge_id).undone_at = clock.now()
    return log.append(session, actor, "undo-merge", f"paper:{kept_id}", reason=reason, paper_id=kept_id, facts={"back": gone_id})


def merges(session: Session, actor: Actor) -> list[RecordMerge]:
    """What was merged, the newest first, by moderators and by imports. One statement. NotAllowed."""
    if not actor.has_role("moderator"):
        raise NotAllowed
    return list(session.scalars(sa.select(RecordMerge).order_by(RecordMerge.id.desc()).limit(MOST_MERGES)))


def log_import(session: Session, kept_id: int, gone_id: int) -> None:
    """Writes the line of a merge that an import made; nothing where it stands already."""
    query = sa.select(RecordMerge).where(RecordMerge.kept_id == kept_id, RecordMerge.gone_id == gone_id, RecordMerge.is_logged.is_(sa.false()))
    for one in session.scalars(query.with_for_update()).all():
        one.is_logged = True
        log.append(session, WORKER, "merge-records", f"paper:{kept_id}", reason=_BY_IMPORT, paper_id=kept_id, facts={"gone": gone_id})


def _check(session: Session, actor: Actor, *paper_ids: int) -> None:
    if not actor.has_role("moderator") or any(voices.is_perhaps_author(session, actor.account_id, one) for one in paper_ids):
        raise NotAllowed


def _make_anew(session: Session, paper_id: int) -> None:
    recompute(session, paper_id)
    recount(session, paper_id)


def _told_since(session: Session, found: RecordMerge) -> list[int]:
    """Sources that came after the merge and speak of the second record: they bear an identifier of it and none of the first."""
    own: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    later: list[tuple[int, set[tuple[str, str]]]] = []
    query = sa.select(PaperSource).where(PaperSource.paper_id == found.kept_id)
    for source in session.scalars(query):
        record = papers.record_of(source.content)
        named = {(kind, value) for kind in UNIQUE_IDENTIFIER_KINDS for value in record.identifiers.get(kind, ())}
        if source.added_at > found.made_at and source.id not in found.source_ids:
            later.append((source.id, named))
        else:
            own[source.id in found.source_ids] |= named
    return [source_id for source_id, named in later if named & own[True] and not named & own[False]]


def _put_back(session: Session, found: RecordMerge) -> None:
    """First what moved, then what was made goes, what went comes back, what moved and hangs on that, and at last what was changed."""
    rows: dict[str, dict[str, list[RecordMergeRow]]] = {}
    for row in session.scalars(sa.select(RecordMergeRow).where(RecordMergeRow.merge_id == found.id).order_by(RecordMergeRow.id)):
        rows.setdefault(row.move, {}).setdefault(row.table_name, []).append(row)
    tables = journal.hanging()

    def of(move: str, one: Hanging) -> list[RecordMergeRow]:
        return rows.get(move, {}).get(one.table.name, [])

    moves = [(one, before, row.after) for one in tables for row in of("moved", one) for before in row.before.get("rows", [row.before])]
    later = [move for move in moves if not _move(session, found, *move)]
    for one in reversed(tables):
        for row in of("made", one):
            session.execute(sa.delete(one.table).where(_is(one.table, row.after)))
    renamed: dict[tuple[str, int], int] = {}
    for one in tables:
        for row in of("taken", one):
            if not row.after or _stands(session, one, found, row.after):
                _insert(session, one.table, row.before, renamed)
    for move in later:
        _move(session, found, *move)
    for one in tables:
        for row in of("changed", one):
            _change(session, one.table, row, renamed)


def _is(table: sa.Table, row: Row) -> sa.ColumnElement[bool]:
    """The row with this primary key."""
    values = journal.read(table, row)
    return sa.and_(*(column == values[column.name] for column in table.primary_key))


def _move(session: Session, found: RecordMerge, one: Hanging, before: Row, after: Row) -> bool:
    """Moves a row back; False where a constraint forbids it, as for a tag whose paper has not come back to the library yet."""
    key, values = journal.read(one.table, before), {one.column: found.gone_id}
    here = sa.and_(one.table.c[one.column] == found.kept_id, *(one.table.c[name] == key[name] for name in one.key))
    now = session.execute(sa.select(one.table).where(here)).mappings().first()
    if now is None:  # taken away since
        return True
    present = journal.told(dict(now))
    values |= {name: key[name] for name in before if name not in one.key and present[name] == after.get(name)}
    return _try(session, sa.update(one.table).where(here).values(**values)) is not None


def _stands(session: Session, one: Hanging, found: RecordMerge, instead: Row) -> bool:
    """Whether the row that stayed in place of one that went is still there, on either record: else its owner has taken both away."""
    values = journal.read(one.table, instead)
    here = [one.table.c[name] == values[name] for name in one.key]
    if one.column:
        here.append(one.table.c[one.column].in_((found.kept_id, found.gone_id)))
    return session.execute(sa.select(sa.literal(1)).select_from(one.table).where(*here)).first() is not None


def _insert(session: Session, table: sa.Table, row: Row, renamed: dict[tuple[str, int], int]) -> None:
    """Puts a row back; under another number where SQLite has given its own to a newer one."""
    values = _following(table, journal.read(table, row), renamed)
    if "id" in values and session.execute(sa.select(table.c.id).where(table.c.id == values["id"])).first() is not None:
        old = values.pop("id")
        made = _try(session, sa.insert(table).values(**values))
        if made is not None:
            renamed[(table.name, old)] = made.inserted_primary_key[0]
        return
    _try(session, sa.insert(table).values(**values))


def _change(session: Session, table: sa.Table, row: RecordMergeRow, renamed: dict[tuple[str, int], int]) -> None:
    now = session.execute(sa.select(table).where(_is(table, row.before))).mappings().first()
    if now is None:
        return
    present, before = journal.told(dict(now)), _following(table, journal.read(table, row.before), renamed)
    values = {name: before[name] for name in row.before if name not in table.primary_key.columns and present[name] == row.after[name]}
    if values:
        _try(session, sa.update(table).where(_is(table, row.before)).values(**values))


def _following(table: sa.Table, values: Row, renamed: dict[tuple[str, int], int]) -> Row:
    """The values, led to rows that came back under another number."""
    for key in table.foreign_keys:
        value = values.get(key.parent.name)
        if value is not None and (key.column.table.name, value) in renamed:
            values[key.parent.name] = renamed[(key.column.table.name, value)]
    return values


def _try(session: Session, statement: Any) -> Any:
    """Does it, unless a constraint forbids: what it refers to has gone since, or its owner has put another in its place."""
    try:
        with session.begin_nested():
            return session.execute(statement)
    except sa.exc.IntegrityError:
        return None
