"""Reads of moderation: what waits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..core.errors import NotAllowed
from ..discussion.models import Comment
from .models import Report, Unmasking

# The oldest first: the next ones come up as these are decided.
MOST_WAITING = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """Reports on one thing. Who reported it is not told."""

    target_kind: str
    target_id: int
    paper_id: int | None
    first_id: int  # the report to decide on; the others of the thing are decided with it
    reported_at: dt.datetime
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks to look behind a pseudonym."""

    id: int
    comment_id: int
    paper_id: int
    pseudonym: str
    reason: str
    asked_at: dt.datetime
    is_own: bool  # asked by this moderator, who cannot agree
    agreed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Reported:
    """A report as its sender sees it."""

    id: int
    target_kind: str
    target_id: int
    paper_id: int | None
    reason: str
    reported_at: dt.datetime
    verdict: str
    verdict_reason: str
    decided_at: dt.datetime | None


def waiting_reports(session: Session, actor: Actor) -> list[Waiting]:
    """What was reported and not decided, by thing, the oldest first. One statement. NotAllowed."""
    _check(actor)
    query = sa.select(Report).where(Report.verdict == "").order_by(Report.reported_at, Report.id).limit(20 * MOST_WAITING)
    by_thing: dict[tuple[str, int], list[Report]] = {}
    for report in session.scalars(query):
        by_thing.setdefault((report.target_kind, report.target_id), []).append(report)
    return [_waiting(some) for some in by_thing.values()][:MOST_WAITING]


def waiting_comments(session: Session, actor: Actor) -> list[int]:
    """Texts of new accounts that wait to be shown, the oldest first. One statement. NotAllowed."""
    _check(actor)
    return list(session.scalars(sa.select(Comment.id).where(Comment.visibility == "waiting").order_by(Comment.id).limit(MOST_WAITING)))


def unmaskings(session: Session, actor: Actor) -> list[Asked]:
    """Who asks to look behind a pseudonym, the newest first. One statement. NotAllowed."""
    _check(actor)
    query = (
        sa.select(Unmasking.id, Comment.id, Comment.paper_id, Comment.pseudonym, Unmasking.reason, Unmasking.asked_at, Unmasking.asked_by, Unmasking.agreed_at)
        .join(Comment, Comment.id == Unmasking.comment_id)
        .order_by(Unmasking.id.desc())
        .limit(MOST_WAITING)
    )
    return [Asked(*row[:6], row[6] == actor.account_id, row[7]) for row in session.execute(query)]


def reports_of(session: Session, account_id: int) -> list[Reported]:
    """What an account reported, and what became of it, the newest first. One statement."""
    columns = tuple(getattr(Report, name) for name in Reported.__dataclass_fields__)
    query = sa.select(*columns).where(Report.account_id == account_id).order_by(Report.id.desc()).limit(MOST_WAITING)
    return [Reported(*row) for row in session.execute(query)]


def _waiting(some: list[Report]) -> Waiting:
    first = some[0]
    reasons, notes = tuple(dict.fromkeys(one.reason for one in some)), tuple(one.note for one in some if one.note)
    return Waiting(first.target_kind, first.target_id, first.paper_id, first.id, first.reported_at, reasons, notes)


def _check(actor: Actor) -> None:
    if not actor.has_role("moderator"):
        raise NotAllowed
