"""Takes files of references into readers' libraries: each record goes through the same door as any import, and the paper onto the shelf."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from time import monotonic

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.db import Database
from ..core.errors import NotAllowed, RuleBroken
from ..core.text import Message
from ..library import services as library
from ..library.models import LibraryUpload
from ..papers.services import Intake
from .reading import Read, UnreadableFile, plain_bytes
from .services import Problem, Report, batches, reads_of, take_in

# Problems that an upload remembers; the rest is counted.
KEPT_PROBLEMS = 100


def shelve(database: Database, upload_id: int, *, longest_s: float) -> bool:
    """Takes a file that was handed in into its owner's library, a transaction a batch, from where it was left. True when the file is done with,
    False when there was not enough time. Papers taken in and shelved are announced with each batch."""
    until = monotonic() + longest_s
    with database.read() as session:
        row = session.execute(
            sa.select(LibraryUpload.content, LibraryUpload.file_name, LibraryUpload.n_read, Account.id, Account.role, Account.is_suspended)
            .join(Account, Account.id == LibraryUpload.account_id)
            .where(LibraryUpload.id == upload_id, LibraryUpload.state == "waiting")
        ).first()
    if row is None or row.content is None:
        return True
    owner = Actor("account", row.id, row.role, row.is_suspended)
    intake = Intake(owner)  # a reader's word merges no papers, so nothing has to move
    state = "done"
    try:
        reads = reads_of(plain_bytes(io.BytesIO(zlib.decompress(row.content))), row.file_name)
        for batch in batches(_skipping(reads, row.n_read)):
            _shelve_batch(database, intake, owner, upload_id, batch)
            if monotonic() > until:
                return False
    except UnreadableFile as error:
        state = "unreadable"
        _end(database, upload_id, state, error.message)
        return True
    except NotAllowed:  # suspended meanwhile
        _end(database, upload_id, state)
        return True
    except RuleBroken as error:  # the library is full
        _end(database, upload_id, state, error.message)
        return True
    _end(database, upload_id, state)
    return True


def _skipping(reads: Iterator[Read], n: int) -> Iterator[Read]:
    return islice(reads, n, None)


def _shelve_batch(database: Database, intake: Intake, owner: Actor, upload_id: int, batch: Sequence[Read]) -> None:
    report = Report("")
    with database.write() as session, session.begin():
        try:
            outcomes = take_in(session, intake, batch, report)
            n_saved = library.save_many(session, owner, [o.paper_id for o in outcomes if o.paper_id is not None])
        except Exception:
            intake.forget()
            raise
        upload = session.get_one(LibraryUpload, upload_id)
        upload.n_read += len(batch)
        upload.n_saved += n_saved
        upload.n_rejected += report.n_rejected
        _note(session, upload, [p for p in report.problems if p.is_rejection])


def _note(session: Session, upload: LibraryUpload, problems: Sequence[Problem]) -> None:
    room = KEPT_PROBLEMS - len(upload.problems)
    if room > 0 and problems:
        upload.problems = [*upload.problems, *({"where": p.where, "template": p.reason.template, "facts": p.reason.facts} for p in problems[:room])]
    session.flush()


def _end(database: Database, upload_id: int, state: str, problem: Message | None = None) -> None:
    with database.write() as session, session.begin():
        upload = session.get(LibraryUpload, upload_id)
        if upload is None:  # its owner has left meanwhile
            return
        upload.state = state if state == "done" or upload.n_read == 0 else "done"
        upload.content, upload.ended_at = None, clock.now()
        if problem is not None:
            upload.n_rejected += 1
            _note(session, upload, [Problem("", "", problem)])
