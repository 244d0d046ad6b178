"""Runs of ratings that came too fast: what a moderator sees of them, and what the moderator's word does. No address is told to anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.text import message, squeezed
from . import queries
from .models import HeldBurst, Rating
from .rules import DECISIONS, Counting, Sheet, compute
from .services import lock, recompute

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
    group_no: int
    has_text: bool
    exclusion: str  # "held", or what outweighs it


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
    """The runs that wait, the oldest first. Three statements."""
    query = sa.select(HeldBurst.id, HeldBurst.paper_id, HeldBurst.noticed_at).where(HeldBurst.decision == "")
    bursts = session.execute(query.order_by(HeldBurst.noticed_at, HeldBurst.id).limit(MOST_WAITING)).all()
    given = (
        sa.select(Rating, Account.joined_at)
        .outerjoin(Account, Account.id == Rating.account_id)
        .where(Rating.paper_id.in_({burst.paper_id for burst in bursts}))
        .order_by(Rating.id)
    )
    by_paper: dict[int, list[tuple[Rating, dt.datetime | None]]] = {}
    for rating, joined_at in session.execute(given) if bursts else ():
        by_paper.setdefault(rating.paper_id, []).append((rating, joined_at))
    prior = queries.prior(session)
    found = []
    for burst in bursts:
        rated = by_paper.get(burst.paper_id, [])
        held_ids = {rating.id for rating, _ in rated if rating.held_by == burst.id}
        now = [_counting(rating) for rating, _ in rated]
        released = [replace(one, exclusion="") if one.id in held_ids and one.exclusion == "held" else one for one in now]
        ratings = [_held(rating, joined_at) for rating, joined_at in rated if rating.id in held_ids]
        found.append(Burst(burst.id, burst.paper_id, burst.noticed_at, ratings, compute(now, prior), compute(released, prior)))
    return found


def decided(session: Session, *, ids: Sequence[int] = ()) -> list[Decided]:
    """The runs decided last, the latest first; or those of these ids. One statement."""
    n = sa.select(sa.func.count()).where(Rating.held_by == HeldBurst.id).scalar_subquery()
    query = sa.select(HeldBurst.id, HeldBurst.paper_id, HeldBurst.decision, HeldBurst.reason, HeldBurst.decided_at, n).where(HeldBurst.decision != "")
    query = query.where(HeldBurst.id.in_(ids)) if ids else query
    return [Decided(*row) for row in session.execute(query.order_by(HeldBurst.decided_at.desc(), HeldBurst.id.desc()).limit(MOST_DECIDED))]


def decide(session: Session, actor: Actor, burst_id: int, decision: str, reason: str) -> None:
    """Releases the ratings of a run, so that they count, or removes them, so that they never will; the score is right when this returns.

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


def _counting(rating: Rating) -> Counting:
    return Counting(
        rating.id, rating.overall, rating.novelty, rating.importance, rating.rigor, rating.group_no, rating.exclusion, rating.is_blind,
        has_text=bool(rating.text),
    )  # fmt: skip


def _held(rating: Rating, joined_at: dt.datetime | None) -> Held:
    age = None if joined_at is None else max(rating.given_at - joined_at, dt.timedelta())
    return Held(rating.overall / 2, rating.given_at, age, rating.group_no, bool(rating.text), rating.exclusion)
