"""Links between works: finds the other end when it is here, and keeps the marks of retraction, concern and correction on the papers they concern."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.db import in_batches
from .models import Paper, PaperIdentifier, PaperRelation


def resolve(session: Session, paper_ids: Sequence[int], keys: Sequence[str]) -> None:
    """After papers were written: links what they tell of to papers that are here, what others told of them to them (`keys`: their identifiers
    as "doi:…", "pmid:…", "arxiv:…"), and renews the marks at every end that is concerned."""
    concerned: set[int] = set(paper_ids)
    for some in in_batches(list(dict.fromkeys(keys))):
        told = sa.select(PaperRelation.id).where(PaperRelation.other_key.in_(some), PaperRelation.other_id.is_(None))
        _link(session, told, concerned)
    for ids in in_batches(list(paper_ids)):
        told = sa.select(PaperRelation.id).where(PaperRelation.told_by_id.in_(ids), PaperRelation.other_id.is_(None))
        _link(session, told, concerned)
        ends = sa.select(PaperRelation.told_by_id, PaperRelation.other_id).where(sa.or_(PaperRelation.told_by_id.in_(ids), PaperRelation.other_id.in_(ids)))
        concerned.update(i for pair in session.execute(ends) for i in pair if i)
    mark(session, sorted(concerned), touched=set(paper_ids))


def _link(session: Session, told: sa.Select[int], concerned: set[int]) -> None:
    """Sets `other_id` of these relations where the other work is here; both ends are then concerned."""
    found = session.execute(sa.select(PaperRelation.id, PaperRelation.told_by_id, PaperRelation.other_key).where(PaperRelation.id.in_(told))).all()
    if not found:
        return
    values = sorted({key.split(":", 1)[1] for _, _, key in found})
    ids: dict[str, int] = {}
    for some in in_batches(values):
        for kind, value, i in session.execute(
            sa.select(PaperIdentifier.kind, PaperIdentifier.value, PaperIdentifier.paper_id).where(PaperIdentifier.value.in_(some))
        ):
            ids[f"{kind}:{value}"] = i
    for relation_id, told_by, key in found:
        other = ids.get(key)
        if other and other != told_by:
            session.execute(sa.update(PaperRelation).where(PaperRelation.id == relation_id).values(other_id=other))
            concerned.update((told_by, other))


def mark(session: Session, paper_ids: Sequence[int], *, touched: set[int]) -> None:
    """Sets the three marks of these papers from the relations. Papers not in `touched` get a new version, for their pages now show another link."""
    marks = {"retracts": "is_retracted", "withdraws": "is_retracted", "expresses-concern-about": "has_concern", "corrects": "is_corrected"}
    for some in in_batches(list(paper_ids)):
        wanted: dict[int, set[str]] = {i: set() for i in some}
        about = sa.select(PaperRelation.told_by_id, PaperRelation.other_id, PaperRelation.kind, PaperRelation.is_from).where(
            PaperRelation.kind.in_(marks), sa.or_(PaperRelation.told_by_id.in_(some), PaperRelation.other_id.in_(some))
        )
        for told_by, other, kind, is_from in session.execute(about):
            target = other if is_from else told_by
            if target in wanted:
                wanted[target].add(marks[kind])
        now_marked = session.execute(sa.select(Paper.id, Paper.is_retracted, Paper.has_concern, Paper.is_corrected).where(Paper.id.in_(some)))
        for row in now_marked.all():
            values = {name: name in wanted[row.id] for name in ("is_retracted", "has_concern", "is_corrected")}
            is_other = any(getattr(row, name) != value for name, value in values.items())
            if row.id not in touched:
                session.execute(sa.update(Paper).where(Paper.id == row.id).values(**values, version=Paper.version + 1, changed_at=clock.now()))
            elif is_other:
                session.execute(sa.update(Paper).where(Paper.id == row.id).values(**values))
