"""Takes records in: matches each with what is there, keeps what its source said, and writes the best of all sources.

The only door through which the scholarly record changes: imports, uploads and forms all come through `add_or_update`.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.db import in_batches, insert_rows, reserve_ids
from ..core.jobs import emit
from ..core.text import Message, message, without_controls
from ..events import PapersChanged, PapersMerged
from . import notices, rows
from .merging import Merged, Said, merged
from .models import Authorship, Paper, PaperFunding, PaperIdentifier, PaperKeyword, PaperRedirect, PaperReference, PaperRelation, PaperSource
from .naming import Names
from .record import UNIQUE_IDENTIFIER_KINDS, PaperRecord
from .rules import MAX_CONTENT_BYTES, Sketch, author_key, fault_of, is_same_work, sketch

# Work for a PapersChanged handler is cut into pieces of this many papers.
MAX_EVENT_IDS = 1_000
# Deflate's quickest level: a record shrinks to a third, at a tenth of the time of the default level.
_DEFLATE_LEVEL = 1
_SUSPECT = re.compile(r"\\u00[01][0-9a-f]|\\u007f|[\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_CHILDREN = (PaperIdentifier, Authorship, PaperKeyword, PaperFunding, PaperReference)

Mover = Callable[[Session, int, int], None]  # (session, kept_id, gone_id)


@dataclass(slots=True)
class Outcome:
    """What became of one record: "created", "updated", "unchanged" or "rejected", with the reason of a rejection."""

    state: str
    paper_id: int | None = None
    reason: Message | None = None
    remarks: list[Message] = field(default_factory=list)


@dataclass(slots=True)
class _Work:
    """A paper that this batch makes or changes."""

    said: list[Said]
    features: Sketch
    paper_id: int = 0  # 0: to be made
    new_sources: list[tuple[bytes, PaperRecord, bytes, bool]] = field(default_factory=list)


class Intake:
    """Takes in batches of records over one session after another; remembers names between batches. Not for several threads.

    `movers` are called when two papers turn out to be one, before the second goes: they move what other domains hang on a paper.
    """

    # More names than this are forgotten and looked up again, so that memory stays flat over a long run.
    MOST_NAMES = 200_000

    def __init__(self, actor: Actor, movers: Sequence[Mover] = ()) -> None:
        self.actor = actor
        self.movers = movers
        self._names: Names | None = None

    def forget(self) -> None:
        """To be called after a rollback: what was remembered may not exist."""
        self._names = None

    def add_or_update(self, session: Session, records: Sequence[PaperRecord]) -> list[Outcome]:
        """Takes the records in, in order; one outcome each. Emits `PapersChanged`. The caller commits, and calls `forget` when it rolls back.

        A record seen before, to the last character, is unchanged and nothing is written for it. Records of one work within the batch find
        each other. Raises nothing for a bad record: that is a rejection.
        """
        _take_turns(session)
        outcomes: list[Outcome] = [Outcome("rejected")] * len(records)
        fresh: list[tuple[int, PaperRecord, bytes, bytes]] = []
        seen: dict[bytes, int] = {}
        for n, record in enumerate(records):
            if reason := fault_of(record):
                outcomes[n] = Outcome("rejected", None, reason, record.remarks)
                continue
            record, content = _clean(record)
            if len(content) > MAX_CONTENT_BYTES:
                outcomes[n] = Outcome("rejected", None, message("The record is larger than %(most)s MB.", most=MAX_CONTENT_BYTES // 1024**2), record.remarks)
                continue
            digest = hashlib.blake2b(content, digest_size=16, key=b"trusted" if self.actor.is_trusted else b"reader").digest()
            fresh.append((n, record, content, digest))
        known = _known_digests(session, [digest for *_, digest in fresh])
        new = []
        for n, record, content, digest in fresh:
            if digest in known:
                outcomes[n] = Outcome("unchanged", known[digest], None, record.remarks)
            elif digest in seen:
                outcomes[n] = Outcome("unchanged", None, None, record.remarks)
            else:
                seen[digest] = n
                new.append((n, record, content, digest))
        if new:
            placed = self._write(session, new)
            for (n, record, _, _), (work, state) in zip(new, placed, strict=True):
                outcomes[n] = Outcome(state, work.paper_id, None, record.remarks)
        for n, _, _, digest in fresh:
            if outcomes[n].paper_id is None:
                outcomes[n].paper_id = outcomes[seen[digest]].paper_id
        return outcomes

    def _write(self, session: Session, new: list[tuple[int, PaperRecord, bytes, bytes]]) -> list[tuple[_Work, str]]:
        """Matches, merges and writes; for each record its paper and "created" or "updated"."""
        if self._names is None or len(self._names.keywords) + len(self._names.journals) + len(self._names.funders) > self.MOST_NAMES:
            self._names = Names(session)
        self._names.session = session
        sketches = [sketch(record) for _, record, _, _ in new]
        finder = _Finder(session, sketches)
        placed: list[tuple[_Work, str]] = []
        by_id: dict[int, _Work] = {}
        works: list[_Work] = []
        for (_, record, content, digest), features in zip(new, sketches, strict=True):
            said = Said(record, self.actor.is_trusted, order=1 << 62)
            matches = finder.find(features)
            work = next((m for m in matches if isinstance(m, _Work)), None)
            ids = sorted(m for m in matches if isinstance(m, int))
            state = "updated"
            if work is None and ids:
                work = by_id.get(ids[0])
                if work is None:
                    work = by_id[ids[0]] = _Work([], features, ids[0])
                    works.append(work)
            elif work is None:
                work, state = _Work([], features), "created"
                works.append(work)
            for other in (i for i in ids if i != work.paper_id):
                if self.actor.is_trusted and finder.are_mergeable(work.paper_id or None, other, features):
                    if work.paper_id:
                        merge_papers(session, work.paper_id, other, movers=self.movers)
                    else:
                        work.paper_id = other
                    by_id[other] = work
            work.said.append(said)
            work.new_sources.append((digest, record, content, self.actor.is_trusted))
            finder.remember(features, work)
            placed.append((work, state))
        self._store(session, works)
        return placed

    def _store(self, session: Session, works: list[_Work]) -> None:
        old = [w for w in works if w.paper_id]
        made = [w for w in works if not w.paper_id]
        for work, earlier in zip(old, _said_of(session, [w.paper_id for w in old]), strict=True):
            work.said = [*earlier, *work.said]
        best = [merged(w.said) for w in works]
        for work, paper_id in zip(made, reserve_ids(session, Paper, len(made), above=_highest_given(session)), strict=True):
            work.paper_id = paper_id
        _store_papers(session, self._names or Names(session), [w.paper_id for w in works], best, {w.paper_id for w in made})
        now = clock.now()
        insert_rows(
            session, PaperSource, rows.SOURCE,
            [
                (w.paper_id, digest, record.source, record.source_key, record.revised, is_trusted, now, zlib.compress(content, _DEFLATE_LEVEL))
                for w in works for digest, record, content, is_trusted in w.new_sources
            ],
        )  # fmt: skip
        _announce(session, [w.paper_id for w in works])


def add_or_update(session: Session, actor: Actor, records: Sequence[PaperRecord], *, movers: Sequence[Mover] = ()) -> list[Outcome]:
    """Takes a few records in at once; see `Intake.add_or_update`."""
    return Intake(actor, movers).add_or_update(session, records)


def merge_papers(session: Session, kept_id: int, gone_id: int, *, movers: Sequence[Mover] = ()) -> None:
    """Makes two papers one: all that sources said of the second is kept under the first, its address leads there. Emits `PapersMerged`.

    The caller writes the kept paper again afterwards (`refresh`, or by going on with an intake).
    """
    for mover in movers:
        mover(session, kept_id, gone_id)
    session.execute(sa.update(PaperSource).where(PaperSource.paper_id == gone_id).values(paper_id=kept_id))
    session.execute(sa.update(PaperRedirect).where(PaperRedirect.paper_id == gone_id).values(paper_id=kept_id))
    session.execute(sa.delete(Paper).where(Paper.id == gone_id))
    session.execute(sa.insert(PaperRedirect).values(old_id=gone_id, paper_id=kept_id))
    emit(session, PapersMerged(kept_id, gone_id))


def refresh(session: Session, paper_ids: Sequence[int]) -> None:
    """Writes papers again from what their sources said: after a change of the merging rules. Emits `PapersChanged`."""
    _take_turns(session)
    for some in in_batches(sorted(set(paper_ids)), 200):
        said = _said_of(session, some)
        _store_papers(session, Names(session), list(some), [merged(s) for s in said], set())
        _announce(session, list(some))


def record_of(content: bytes) -> PaperRecord:
    """The record kept in a `PaperSource.content`."""
    return PaperRecord.from_json(json.loads(zlib.decompress(content)))


def said_of_paper(session: Session, paper_id: int) -> list[Said]:
    """Everything that sources said of one paper, in the order it came in."""
    return _said_of(session, [paper_id])[0]


def said_of_papers(session: Session, paper_ids: Sequence[int]) -> list[list[Said]]:
    """The same of several papers, in the order of the ids."""
    return _said_of(session, paper_ids)


def _highest_given(session: Session) -> int:
    """The highest number of a paper that was made part of another: it leads there, and the paper may come back."""
    return session.scalar(sa.select(sa.func.max(PaperRedirect.old_id))) or 0


def _take_turns(session: Session) -> None:
    """One intake at a time, until its transaction ends: two that find the same new journal at once would make it twice.
    SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT pg_advisory_xact_lock(727042)"))


def _clean(record: PaperRecord) -> tuple[PaperRecord, bytes]:
    """The record without characters that a database refuses or a page should not show, and its JSON."""
    found = record.to_json()
    text = _as_json(found)
    if _SUSPECT.search(text):
        found = _without_controls(found)
        text = _as_json(found)
        remarks = record.remarks
        record = PaperRecord.from_json(found)
        record.remarks = remarks
    return record, text.encode()


def _without_controls(value: Any) -> Any:
    if isinstance(value, str):
        return without_controls(value)
    if isinstance(value, list):
        return [_without_controls(v) for v in value]
    if isinstance(value, dict):
        return {without_controls(k): _without_controls(v) for k, v in value.items()}
    return value


def _known_digests(session: Session, digests: Sequence[bytes]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for some in in_batches(digests):
        found.update((bytes(d), i) for d, i in session.execute(sa.select(PaperSource.digest, PaperSource.paper_id).where(PaperSource.digest.in_(some))))
    return found


class _Finder:
    """Finds the paper of a record: by identifiers, then by title, year and first author; in the database and among this batch's own."""

    def __init__(self, session: Session, sketches: list[Sketch]) -> None:
        self.by_identifier: dict[tuple[str, str], int | _Work] = {}
        self.by_title: dict[str, list[tuple[Sketch, int | _Work]]] = {}
        self.sketches: dict[int, Sketch] = {}
        values = sorted({v for s in sketches for values in s.identifiers.values() for v in values})
        for some in in_batches(values):
            found = session.execute(sa.select(PaperIdentifier.kind, PaperIdentifier.value, PaperIdentifier.paper_id).where(PaperIdentifier.value.in_(some)))
            self.by_identifier.update({(kind, value): i for kind, value, i in found if kind in UNIQUE_IDENTIFIER_KINDS})
        keys = sorted({s.title_key for s in sketches} - {""})
        known: list[Any] = []
        columns = (Paper.id, Paper.title_key, Paper.year, Paper.type, Paper.volume, Paper.pages)
        for some in in_batches(keys):
            known += session.execute(sa.select(*columns).where(Paper.title_key.in_(some))).all()
        missing = {i for i in self.by_identifier.values() if isinstance(i, int)} - {row.id for row in known}
        for ids in in_batches(sorted(missing)):
            known += session.execute(sa.select(*columns).where(Paper.id.in_(ids))).all()
        self._sketch(session, known)

    def _sketch(self, session: Session, known: list[Any]) -> None:
        ids = [row.id for row in known]
        first: dict[int, str] = {}
        identifiers: dict[int, dict[str, set[str]]] = {}
        for some in in_batches(ids):
            names = sa.select(Authorship.paper_id, Authorship.family, Authorship.name).where(Authorship.paper_id.in_(some), Authorship.position == 1)
            first.update((i, author_key(family, name)) for i, family, name in session.execute(names))
            for i, kind, value in session.execute(
                sa.select(PaperIdentifier.paper_id, PaperIdentifier.kind, PaperIdentifier.value).where(PaperIdentifier.paper_id.in_(some))
            ):
                if kind in UNIQUE_IDENTIFIER_KINDS:
                    identifiers.setdefault(i, {}).setdefault(kind, set()).add(value)
        for row in known:
            features = Sketch(row.title_key, row.year, row.type, first.get(row.id, ""), identifiers.get(row.id, {}), "", row.volume, row.pages)
            self.sketches[row.id] = features
            self.by_title.setdefault(row.title_key, []).append((features, row.id))

    def find(self, features: Sketch) -> list[int | _Work]:
        """Every paper that has an identifier of this record, the best identifier first; if none has, the paper of the same title, year and author."""
        found: dict[int, int | _Work] = {}
        for kind in UNIQUE_IDENTIFIER_KINDS:
            for value in features.identifiers.get(kind, ()):
                if (match := self.by_identifier.get((kind, value))) is not None:
                    found[_identity(match)] = match
        if found:
            return list(found.values())
        return [match for other, match in self.by_title.get(features.title_key, ()) if is_same_work(features, other)][:1]

    def are_mergeable(self, kept_id: int | None, other_id: int, features: Sketch) -> bool:
        """Whether a record that bears identifiers of two papers shows them to be one: their titles agree with its own and nothing contradicts."""
        a, b = self.sketches.get(kept_id or other_id), self.sketches.get(other_id)
        return bool(a and b and a.title_key == b.title_key == features.title_key and (a.type == "preprint") == (b.type == "preprint"))

    def remember(self, features: Sketch, work: _Work) -> None:
        """Lets later records of the batch find this one."""
        for kind, values in features.identifiers.items():
            for value in values:
                self.by_identifier.setdefault((kind, value), work)
        self.by_title.setdefault(features.title_key, []).insert(0, (features, work))


def _identity(match: int | _Work) -> int:
    return match if isinstance(match, int) else match.paper_id or -id(match)


def _said_of(session: Session, paper_ids: Sequence[int]) -> list[list[Said]]:
    found: dict[int, list[Said]] = {i: [] for i in paper_ids}
    for some in in_batches(list(paper_ids), 200):
        columns = (PaperSource.paper_id, PaperSource.id, PaperSource.is_trusted, PaperSource.content)
        for paper_id, order, is_trusted, content in session.execute(sa.select(*columns).where(PaperSource.paper_id.in_(some)).order_by(PaperSource.id)):
            found[paper_id].append(Said(record_of(content), is_trusted, order))
    return [found[i] for i in paper_ids]


def _store_papers(session: Session, names: Names, paper_ids: Sequence[int], best: Sequence[Merged], made: set[int]) -> None:
    """Writes the rows of papers: inserts those in `made`, replaces the others."""
    records = [b.record for b in best]
    names.learn(records)
    now = clock.now()
    changed = [i for i in paper_ids if i not in made]
    for some in in_batches(changed):
        for child in _CHILDREN:
            session.execute(sa.delete(child).where(child.paper_id.in_(some)))
        session.execute(sa.delete(PaperRelation).where(PaperRelation.told_by_id.in_(some)))
    fixed = {"is_retracted": False, "has_concern": False, "is_corrected": False, "version": 1, "added_at": now, "changed_at": now}
    new_rows = []
    for paper_id, found in zip(paper_ids, best, strict=True):
        values = rows.paper_values(found.record, names, found.field_sources)
        if paper_id in made:
            values = {**values, **fixed, "id": paper_id}
            new_rows.append(tuple(values[c] for c in rows.PAPER))
        else:
            session.execute(sa.update(Paper).where(Paper.id == paper_id).values(**values, version=Paper.version + 1, changed_at=now))
    insert_rows(session, Paper, rows.PAPER, new_rows)
    pairs = list(zip(paper_ids, records, strict=True))
    insert_rows(session, PaperIdentifier, rows.IDENTIFIER, _own_identifiers(session, pairs))
    insert_rows(session, Authorship, rows.AUTHORSHIP, [row for i, r in pairs for row in rows.authorship_rows(i, r)])
    insert_rows(session, PaperKeyword, rows.KEYWORD, [row for i, r in pairs for row in rows.keyword_rows(i, r, names)])
    insert_rows(session, PaperFunding, rows.FUNDING, [row for i, r in pairs for row in rows.funding_rows(i, r, names)])
    insert_rows(session, PaperReference, rows.REFERENCE, [row for i, r in pairs for row in rows.reference_rows(i, r)])
    insert_rows(session, PaperRelation, rows.RELATION, [row for i, r in pairs for row in rows.relation_rows(i, r)])
    notices.resolve(session, list(paper_ids), [f"{kind}:{v}" for r in records for kind in ("doi", "pmid", "arxiv") for v in r.identifiers.get(kind, ())])


def _own_identifiers(session: Session, pairs: list[tuple[int, PaperRecord]]) -> list[tuple[Any, ...]]:
    """Identifier rows without those of a unique kind that stand on another paper: the first paper keeps them, the source keeps its word."""
    found = [row for i, r in pairs for row in rows.identifier_rows(i, r)]
    taken: dict[tuple[str, str], int] = {}
    values = sorted({value for kind, value, _, _ in found if kind in UNIQUE_IDENTIFIER_KINDS})
    for some in in_batches(values):
        for kind, value, i in session.execute(
            sa.select(PaperIdentifier.kind, PaperIdentifier.value, PaperIdentifier.paper_id).where(PaperIdentifier.value.in_(some))
        ):
            taken[(kind, value)] = i
    kept = []
    for row in found:
        kind, value, paper_id, _ = row
        if kind not in UNIQUE_IDENTIFIER_KINDS or taken.setdefault((kind, value), paper_id) == paper_id:
            kept.append(row)
    return kept


def _announce(session: Session, paper_ids: Iterable[int]) -> None:
    for some in in_batches(sorted(paper_ids), MAX_EVENT_IDS):
        emit(session, PapersChanged(tuple(some)))
