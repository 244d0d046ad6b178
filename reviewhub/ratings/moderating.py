"""Runs of ratings that came too fast: what a moderator sees of them, and what the moderator's word does. No address is told to anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message, squeezed
from ..events import PaperRated
from . import queries, scoring
from .models import HeldBurst, Rating
from .rules import DECISIONS, Counting, Sheet, compute
from .scoring import Row, lock, recompute

# Waiting runs on one page, the oldest first: the next ones come up as these are decided.
MOST_WAITING = 20
# Decided runs that are shown below.
MOST_DECIDED = 20
# A reason of one word is none: people whose ratings are taken out will read it.
MIN_REASON_CHARS = 10
MAX_REASON_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Held:
    """One rating of a run."""

    stars: float  # 0.5 to 5.0
    given_at: dt.datetime
    account_age: dt.timedelta | None  # when it was given; None: the account is gone
    group_no: int  # raters who would be linked with each other share a number
    has_text: bool


@dataclass(frozen=True, slots=True)
class Burst:
    """A run of ratings of one paper, and the score of the paper as it is and as it would be if the run counted."""

    id: int
    paper_id: int
    noticed_at: dt.datetime
    ratings: list[Held]
    without: Sheet
    with_it: Sheet


@dataclass(frozen=True, slots=True)
class Decided:
    """A run that a moderator has decided on."""

    id: int
    paper_id: int
    decision: str  # rules.DECISIONS
    reason: str
    decided_at: dt.datetime
    n_ratings: int


def waiting(session: Session) -> list[Burst]:
    """The runs that wait, the oldest first. Four statements."""
    query = sa.select(HeldBurst.id, HeldBurst.paper_id, HeldBurst.noticed_at).where(HeldBurst.decision == "")
    bursts = session.execute(query.order_by(HeldBurst.noticed_at, HeldBurst.id).limit(MOST_WAITING)).all()
    gathered = scoring.gathered(session, sorted({burst.paper_id for burst in bursts})) if bursts else {}
    prior = queries.newest_model(session).prior
    found = []
    for burst in bursts:
        rows, in_step = gathered[burst.paper_id]
        released = [replace(row, decision="released") if row.held_by == burst.id else row for row in rows]
        # Raters are linked as they would be if the run counted.
        then = scoring.settled(released, in_step)
        ratings = [_held(row, one) for row, one in zip(rows, then, strict=True) if row.held_by == burst.id]
        found.append(
            Burst(burst.id, burst.paper_id, burst.noticed_at, ratings, compute(scoring.settled(rows, in_step), prior), compute(then, prior))
        )  # fmt: skip
    return found


def decided(session: Session, *, ids: Sequence[int] = ()) -> list[Decided]:
    """The runs decided last, the latest first; or those of these ids. One statement."""
    n = sa.select(sa.func.count()).where(Rating.held_by == HeldBurst.id).scalar_subquery()
    query = sa.select(HeldBurst.id, HeldBurst.paper_id, HeldBurst.decision, HeldBurst.reason, HeldBurst.decided_at, n).where(HeldBurst.decision != "")
    query = query.where(HeldBurst.id.in_(ids)) if ids else query
    return [Decided(*row) for row in session.execute(query.order_by(HeldBurst.decided_at.desc(), HeldBurst.id.desc()).limit(MOST_DECIDED))]


def decide(session: Session, actor: Actor, burst_id: int, decision: str, reason: str) -> None:
    """Releases the ratings of a run, so that they count, or removes them, so that they never will; the score is right when this returns.
    Emits PaperRated for each that is released.

    Raises NotAllowed (no moderator), RuleBroken (a decision that is none, a reason too short or too long), NotFound, Conflict (somebody has decided meanwhile).
    """
    if not actor.has_role("moderator"):
        raise NotAllowed
    if decision not in DECISIONS:
        raise RuleBroken("decision", message("Choose one from the list."))
    reason = squeezed(reason)
    if not MIN_REASON_CHARS <= len(reason) <= MAX_REASON_CHARS:
        raise RuleBroken("reason", message("Give the reason in %(least)s to %(most)s characters.", least=MIN_REASON_CHARS, most=MAX_REASON_CHARS))
    paper_id = session.scalar(sa.select(HeldBurst.paper_id).where(HeldBurst.id == burst_id))
    if paper_id is None:
        raise NotFound
    lock(session, paper_id)
    burst = session.get(HeldBurst, burst_id, with_for_update=True, populate_existing=True)
    if burst is None:
        raise NotFound
    if burst.decision:
        raise Conflict
    burst.decision, burst.reason, burst.decided_at, burst.decided_by = decision, reason, clock.now(), actor.account_id
    session.flush()
    recompute(session, paper_id)
    if decision == "released":  # as if they were given now
        for account_id in session.scalars(
            sa.select(Rating.account_id).where(Rating.held_by == burst_id, Rating.account_id.is_not(None)).order_by(Rating.id)
        ).all():
            emit(session, PaperRated(paper_id, account_id or 0))


def _held(row: Row, then: Counting) -> Held:
    age = None if row.joined_at is None else max(row.given_at - row.joined_at, dt.timedelta())
    return Held(row.overall / 2, row.given_at, age, then.group_no, bool(row.has_text))
