"""Reads of moderation: what waits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.errors import NotAllowed
from ..discussion.models import Comment, Discussion
from ..people.ladder import DISPUTED, PENDING
from ..people.models import Claim
from ..ratings.models import HeldBurst
from ..resources.models import ResourceAnswer, ResourceRequest
from .models import Report, Suspension, Unmasking
from .rules import UNMASKING_LASTS

# The oldest first: the next ones come up as these are decided.
MOST_WAITING = 50
# Of a text, enough to know it by.
HEAD_CHARS = 120


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
    check(actor)
    query = sa.select(Report).where(Report.verdict == "").order_by(Report.reported_at, Report.id).limit(20 * MOST_WAITING)
    by_thing: dict[tuple[str, int], list[Report]] = {}
    for report in session.scalars(query):
        by_thing.setdefault((report.target_kind, report.target_id), []).append(report)
    return [_waiting(some) for some in by_thing.values()][:MOST_WAITING]


def waiting_texts(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """Kind and id of texts of new accounts that wait to be shown, the oldest first. One statement. NotAllowed."""
    check(actor)
    waiting = _waiting_texts().subquery()
    rows = session.execute(sa.select(waiting.c.kind, waiting.c.id).order_by(waiting.c.at, waiting.c.kind, waiting.c.id).limit(MOST_WAITING))
    return [(kind, target_id) for kind, target_id in rows]


def unmaskings(session: Session, actor: Actor) -> list[Asked]:
    """Who asks to look behind a pseudonym, the newest first. One statement. NotAllowed."""
    check(actor)
    query = (
        sa.select(Unmasking.id, Comment.id, Comment.paper_id, Comment.pseudonym, Unmasking.reason, Unmasking.asked_at, Unmasking.asked_by, Unmasking.agreed_at)
        .join(Comment, Comment.id == Unmasking.comment_id)
        .order_by(Unmasking.id.desc())
        .limit(MOST_WAITING)
    )
    return [Asked(*row[:6], row[6] == actor.account_id, row[7]) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Queue:
    """How much waits for a moderator, and since when."""

    n: int = 0
    oldest_at: dt.datetime | None = None


def queues(session: Session, actor: Actor) -> dict[str, Queue]:
    """What waits: "ratings", "reports", "texts", "claims", "pseudonyms". Five statements. NotAllowed."""
    check(actor)
    n_things = sa.func.count(sa.distinct(Report.target_kind.concat(":").concat(sa.cast(Report.target_id, sa.String))))
    asked = sa.and_(Unmasking.agreed_at.is_(None), Unmasking.asked_at > clock.now() - UNMASKING_LASTS)
    texts = _waiting_texts().subquery()
    counted: dict[str, sa.Select[int, Any]] = {
        "ratings": sa.select(sa.func.count(), sa.func.min(HeldBurst.noticed_at)).where(HeldBurst.decision == ""),
        "reports": sa.select(n_things, sa.func.min(Report.reported_at)).where(Report.verdict == ""),
        "texts": sa.select(sa.func.count(), sa.func.min(texts.c.at)),
        "claims": sa.select(sa.func.count(), sa.func.min(Claim.made_at)).where(Claim.state.in_((PENDING, DISPUTED))),
        "pseudonyms": sa.select(sa.func.count(), sa.func.min(Unmasking.asked_at)).where(asked),
    }
    return {name: Queue(*session.execute(query).one()) for name, query in counted.items()}


@dataclass(frozen=True, slots=True)
class Suspended:
    """An account that may not write."""

    account_id: int
    name: str
    because: str
    until: dt.datetime | None


def suspended(session: Session, actor: Actor) -> list[Suspended]:
    """Who is suspended; whose suspension ends soonest stands first, then those without an end. One statement. NotAllowed."""
    check(actor)
    query = (
        sa.select(Account.id, Account.name, Account.suspended_because, Suspension.until)
        .outerjoin(Suspension, Suspension.account_id == Account.id)
        .where(Account.is_suspended)
        .order_by(Suspension.until.is_(None), Suspension.until, Account.id)
        .limit(MOST_WAITING)
    )
    return [Suspended(*row) for row in session.execute(query)]


def suspended_until(session: Session, account_id: int) -> dt.datetime | None:
    """When the suspension of an account ends by itself; None: it has no end, or there is none. One statement."""
    return session.scalar(sa.select(Suspension.until).where(Suspension.account_id == account_id))


@dataclass(frozen=True, slots=True)
class Locked:
    """A thread (`comment_id`) or a whole record that takes no more comments."""

    paper_id: int
    comment_id: int | None = None
    head: str = ""  # the beginning of the thread


def locks(session: Session, actor: Actor) -> list[Locked]:
    """Records and threads that are locked, records first. Two statements. NotAllowed."""
    check(actor)
    records = session.scalars(sa.select(Discussion.paper_id).where(Discussion.is_locked).order_by(Discussion.paper_id).limit(MOST_WAITING))
    heads = sa.select(Comment.paper_id, Comment.id, sa.case((Comment.visibility == "shown", sa.func.substr(Comment.text, 1, HEAD_CHARS)), else_=""))
    threads = session.execute(heads.where(Comment.is_locked).order_by(Comment.id.desc()).limit(MOST_WAITING))
    return [*(Locked(paper_id) for paper_id in records), *(Locked(*row) for row in threads)]


def reports_of(session: Session, account_id: int) -> list[Reported]:
    """What an account reported, and what became of it, the newest first. One statement."""
    columns = tuple(getattr(Report, name) for name in Reported.__dataclass_fields__)
    query = sa.select(*columns).where(Report.account_id == account_id).order_by(Report.id.desc()).limit(MOST_WAITING)
    return [Reported(*row) for row in session.execute(query)]


def target_of_report(session: Session, actor: Actor, report_id: int) -> tuple[str, int] | None:
    """What a report is about. One statement. NotAllowed."""
    check(actor)
    row = session.execute(sa.select(Report.target_kind, Report.target_id).where(Report.id == report_id)).first()
    return (row[0], row[1]) if row else None


def waiting_report_of(session: Session, actor: Actor, target_kind: str, target_id: int) -> int | None:
    """The report of this reader on this thing that waits for a verdict. One statement."""
    own = sa.select(Report.id).where(Report.account_id == actor.account_id, Report.target_kind == target_kind, Report.target_id == target_id)
    return session.scalar(own.where(Report.verdict == "").limit(1))


def _waiting_texts() -> sa.CompoundSelect[Any]:
    """What waits, of every kind: its kind, id and since when."""
    return sa.union_all(
        sa.select(sa.literal("comment").label("kind"), Comment.id, Comment.changed_at.label("at")).where(Comment.visibility == "waiting"),
        sa.select(sa.literal("request"), ResourceRequest.id, ResourceRequest.asked_at).where(ResourceRequest.visibility == "waiting"),
        sa.select(sa.literal("answer"), ResourceAnswer.id, ResourceAnswer.answered_at).where(ResourceAnswer.visibility == "waiting"),
    )


def _waiting(some: list[Report]) -> Waiting:
    first = some[0]
    reasons, notes = tuple(dict.fromkeys(one.reason for one in some)), tuple(one.note for one in some if one.note)
    return Waiting(first.target_kind, first.target_id, first.paper_id, first.id, first.reported_at, reasons, notes)


def check(actor: Actor) -> None:
    """Raises NotAllowed for who is no moderator."""
    if not actor.has_role("moderator"):
        raise NotAllowed
