"""Retractions, corrections and doubts that were not known before: found in the relations of papers, each sounded once."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.db import in_batches
from ..papers.models import PaperRelation
from . import audience, services
from .models import PaperAlarm
from .rules import ALARMS


def sound(session: Session, paper_ids: Sequence[int]) -> list[int]:
    """Notes what has befallen these papers, and those that they are notices of; the alarms that somebody is to be told of.

    Both records, or several sources, may tell of one notice: it counts once. At most four statements for some hundred papers, and two for each new alarm.
    """
    found = []
    for some in in_batches(list(paper_ids), 400):
        told = _relations(session, sa.or_(PaperRelation.told_by_id.in_(some), PaperRelation.other_id.in_(some)))
        targets = sorted({target for target, _, _ in told})
        for ids in in_batches(targets, 400):
            found += _sound(session, ids)
    return found


def _sound(session: Session, paper_ids: Sequence[int]) -> list[int]:
    notices: dict[tuple[int, str], set[int | str]] = {}
    for target, what, source in _relations(session, sa.or_(PaperRelation.told_by_id.in_(paper_ids), PaperRelation.other_id.in_(paper_ids))):
        if target in paper_ids:
            notices.setdefault((target, what), set()).add(source)
    heard = sa.select(PaperAlarm.paper_id, PaperAlarm.what, sa.func.max(PaperAlarm.number)).where(PaperAlarm.paper_id.in_(paper_ids))
    known = {(paper_id, what): number for paper_id, what, number in session.execute(heard.group_by(PaperAlarm.paper_id, PaperAlarm.what))}
    found = []
    for (paper_id, what), sources in sorted(notices.items()):
        before = known.get((paper_id, what), 0)
        made = [services.sound_alarm(session, paper_id, what, number) for number in range(before + 1, len(sources) + 1)]
        new = [one for one in made if one is not None]
        if new and audience.concerned(session, paper_id, after=0, most=1):
            found.append(new[-1])  # two corrections that came at once are one piece of news
    return found


def _relations(session: Session, which: sa.ColumnElement[bool]) -> list[tuple[int, str, int | str]]:
    """(the paper it befell, what, which notice says so: its id when it is here, else its identifier)."""
    columns = (PaperRelation.told_by_id, PaperRelation.other_id, PaperRelation.other_key, PaperRelation.kind, PaperRelation.is_from)
    found: list[tuple[int, str, int | str]] = []
    for told_by, other_id, other_key, kind, is_from in session.execute(sa.select(*columns).where(PaperRelation.kind.in_(ALARMS), which)):
        if not is_from:
            found.append((told_by, ALARMS[kind], other_id or other_key))
        elif other_id is not None:
            found.append((other_id, ALARMS[kind], told_by))
    return found
