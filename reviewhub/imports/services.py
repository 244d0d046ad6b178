"""Takes files of records in: read, match, apply, a batch per transaction with its place saved, so that a stopped run goes on where it was."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.db import Database, is_refusal
from ..core.text import Message, message
from ..papers.services import Intake, Mover, Outcome
from .detecting import HEAD_BYTES, READERS, format_of
from .models import ImportRun
from .reading import Read, UnreadableFile, open_plain, position

# One transaction takes so many records: long enough to be quick, short enough that a rating need not wait a second for the lock.
BATCH_RECORDS = 300
# A batch is ended early by this many authors and references, for a hundred papers of 3,000 authors are no short transaction.
BATCH_ROWS = 30_000
# What a run remembers of its problems; the rest is counted.
KEPT_PROBLEMS = 1_000
# How often a batch is tried again when the database is locked by another writer for longer than its busy timeout.
LOCK_TRIES = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """A rejected record, or (`is_rejection` False) a value of a record that was left out."""

    file: str
    where: str
    reason: Message
    is_rejection: bool = True


@dataclass(slots=True)
class Report:
    """What became of one file. `is_unreadable` when nothing at all could be read of it."""

    file: str
    n_read: int = 0
    n_created: int = 0
    n_updated: int = 0
    n_unchanged: int = 0
    n_rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    paper_ids: list[int] = field(default_factory=list)  # in the order of the file; only filled by `import_stream`
    is_unreadable: bool = False
    n_resumed: int = 0  # records that an earlier, stopped run had already taken in

    def note(self, where: str, reason: Message, *, is_rejection: bool = True) -> None:
        if is_rejection:
            self.n_rejected += 1
        self.problems.append(Problem(self.file, where, reason, is_rejection))

    def count(self, read: Read, outcome: Outcome) -> None:
        """Adds what became of one record."""
        match outcome.state:
            case "created":
                self.n_created += 1
            case "updated":
                self.n_updated += 1
            case "unchanged":
                self.n_unchanged += 1
            case _:
                self.note(read.where, outcome.reason or message("The record could not be taken in."))
        for remark in outcome.remarks:
            self.note(read.where, remark, is_rejection=False)


def import_file(
    database: Database,
    actor: Actor,
    path: Path,
    *,
    format: str = "auto",
    movers: Sequence[Mover] = (),
    on_progress: Callable[[int, Report], None] | None = None,
) -> Report:
    """Takes one file in, a transaction a batch. Run again after it was stopped, it goes on at the record where it was.

    `on_progress` gets the bytes of the file read so far and the report. Nothing is raised for a bad file or a bad record: the report says it.
    """
    report = Report(str(path))
    try:
        fingerprint = fingerprint_of(path)
        with open_plain(path) as stream:
            reads = reads_of(stream, path.name, format)
            _run(database, actor, stream, reads, report, fingerprint, movers, on_progress)
    except UnreadableFile as error:
        _note_unreadable(report, error)
    return report


def import_stream(
    session: Session, actor: Actor, stream: BinaryIO, name: str, *, format: str = "auto", most: int | None = None, movers: Sequence[Mover] = ()
) -> Report:
    """Takes records of an open stream of plain bytes into the caller's transaction: what an upload does. At most `most` records are read;
    more make the report end with a problem that says so. The caller commits."""
    report = Report(name)
    intake = Intake(actor, movers)
    try:
        reads = reads_of(stream, name, format)
        for batch in batches(reads if most is None else islice(reads, most)):
            report.paper_ids += [o.paper_id for o in take_in(session, intake, batch, report) if o.paper_id is not None]
        if most is not None and report.n_read >= most and next(reads, None) is not None:
            report.note("", message("Only the first %(most)s records of the file were taken.", most=most))
    except UnreadableFile as error:
        _note_unreadable(report, error)
    return report


def reads_of(stream: BinaryIO, name: str, format: str = "auto") -> Iterator[Read]:
    """What stands in a stream, place by place. Raises UnreadableFile when the format is unknown or not to be told."""
    head = b""
    if format == "auto":
        if stream.seekable():
            head = stream.read(HEAD_BYTES)
            stream.seek(0)
        else:  # a gzip stream, behind a buffer of this size
            head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]  # type: ignore[attr-defined]
    return READERS[format_of(format, head, name)](stream)


def fingerprint_of(path: Path) -> str:
    """A name for the content of a file: the same file moved or renamed is the same file."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except (OSError, ValueError):
        return ""  # `open_plain` says what is wrong with it
    return digest.hexdigest()


def _note_unreadable(report: Report, error: UnreadableFile) -> None:
    report.is_unreadable = report.n_read == 0
    report.note(error.where, error.message)


def _run(
    database: Database, actor: Actor, stream: BinaryIO, reads: Iterator[Read], report: Report, fingerprint: str, movers: Sequence[Mover],
    on_progress: Callable[[int, Report], None] | None,
) -> None:  # fmt: skip
    intake = Intake(actor, movers)
    with database.read() as session:
        run = _Run(_take_up(session, actor, report, fingerprint), fingerprint, actor.is_trusted)
    for _ in range(report.n_resumed):
        if next(reads, None) is None:
            break
    state = "done"
    try:
        for batch in batches(reads):
            _in_transaction(database, intake, batch, report, run)
            if on_progress is not None:
                on_progress(position(stream), report)
    except UnreadableFile as error:
        _note_unreadable(report, error)
        state = "unreadable"
    if run.id is not None:
        with database.write() as session, session.begin():
            session.execute(sa.update(ImportRun).where(ImportRun.id == run.id).values(state=state, ended_at=clock.now(), **_figures(report)))


@dataclass(slots=True)
class _Run:
    """The row of a run. There is none until the first batch that changes something: a file seen before leaves no trace at all."""

    id: int | None
    fingerprint: str
    is_trusted: bool

    def save(self, session: Session, report: Report) -> None:
        """Notes the place in the transaction of the batch that led there."""
        if self.id is None and not (report.n_created or report.n_updated):
            return
        if self.id is None:
            begun = ImportRun(file_name=report.file, fingerprint=self.fingerprint, is_trusted=self.is_trusted, state="running", started_at=clock.now())
            session.add(begun)
            session.flush()
            self.id = begun.id
        session.execute(sa.update(ImportRun).where(ImportRun.id == self.id).values(**_figures(report)))


def _take_up(session: Session, actor: Actor, report: Report, fingerprint: str) -> int | None:
    """Finds the run of this file that was stopped and puts its figures into the report. Its id, or None when there is none."""
    stopped = session.execute(
        sa.select(ImportRun)
        .where(ImportRun.fingerprint == fingerprint, ImportRun.state == "running", ImportRun.is_trusted == actor.is_trusted)
        .order_by(ImportRun.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if stopped is None:
        return None
    report.n_read = report.n_resumed = stopped.cursor
    report.n_created, report.n_updated = stopped.n_created, stopped.n_updated
    report.n_unchanged, report.n_rejected = stopped.n_unchanged, stopped.n_rejected
    report.problems = [Problem(report.file, p["where"], Message(p["template"], p["facts"]), p["is_rejection"]) for p in stopped.problems]
    return stopped.id


def _figures(report: Report) -> dict[str, Any]:
    kept = [{"where": p.where, "template": p.reason.template, "facts": p.reason.facts, "is_rejection": p.is_rejection} for p in report.problems[:KEPT_PROBLEMS]]
    return {
        "cursor": report.n_read, "n_created": report.n_created, "n_updated": report.n_updated, "n_unchanged": report.n_unchanged,
        "n_rejected": report.n_rejected, "problems": kept,
    }  # fmt: skip


def batches(reads: Iterable[Read]) -> Iterator[list[Read]]:
    """Runs of records that make a transaction of bearable length. What was read before a file turns out broken comes out before the error."""
    batch: list[Read] = []
    n_rows = 0
    try:
        for read in reads:
            batch.append(read)
            if read.record is not None:
                n_rows += len(read.record.authors) + len(read.record.references)
            if len(batch) >= BATCH_RECORDS or n_rows >= BATCH_ROWS:
                yield batch
                batch, n_rows = [], 0
    except UnreadableFile:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _in_transaction(database: Database, intake: Intake, batch: Sequence[Read], report: Report, run: _Run) -> None:
    """Takes a batch in and saves the place, both or neither; tries again when another writer held the lock too long."""
    before, known_id = _snapshot(report), run.id
    for n in range(LOCK_TRIES):
        try:
            with database.write() as session, session.begin():
                take_in(session, intake, batch, report)
                run.save(session, report)
            return
        except sa.exc.OperationalError as error:
            intake.forget()
            _restore(report, before)
            run.id = known_id
            if n == LOCK_TRIES - 1:
                raise
            log.warning("the database refused a batch (%s); trying again", error.orig)
            time.sleep(0.5 * 2**n)


def _snapshot(report: Report) -> tuple[int, int, int, int, int, int]:
    return report.n_read, report.n_created, report.n_updated, report.n_unchanged, report.n_rejected, len(report.problems)


def _restore(report: Report, before: tuple[int, int, int, int, int, int]) -> None:
    report.n_read, report.n_created, report.n_updated, report.n_unchanged, report.n_rejected, n_problems = before
    del report.problems[n_problems:]


def take_in(session: Session, intake: Intake, batch: Sequence[Read], report: Report) -> list[Outcome]:
    """Takes one batch in; if the database refuses it, its records one by one, so that only the culprit stays out."""
    good = [read for read in batch if read.record is not None]
    records = [read.record for read in good if read.record is not None]
    try:
        with session.begin_nested():
            outcomes = intake.add_or_update(session, records)
    except sa.exc.DBAPIError as error:
        if not is_refusal(error):
            raise
        log.warning("a batch was refused (%s); taking its records one by one", error.orig)
        intake.forget()
        outcomes = [_one_by_one(session, intake, read) for read in good]
    waiting = iter(outcomes)
    for read in batch:
        report.n_read += 1
        if read.record is None:
            report.note(read.where, read.reason or message("The record could not be read."))
        else:
            report.count(read, next(waiting))
    return outcomes


def _one_by_one(session: Session, intake: Intake, read: Read) -> Outcome:
    assert read.record is not None
    try:
        with session.begin_nested():
            return intake.add_or_update(session, [read.record])[0]
    except sa.exc.DBAPIError as error:
        if not is_refusal(error):
            raise
        intake.forget()
        log.exception("a record was refused by the database: %s", read.where)
        return Outcome("rejected", None, message("The database refused the record: %(error)s", error=str(error.orig).strip().splitlines()[0][:300]))
