"""When ratings of one paper come so fast, from accounts so new, and so much alike, that a moderator should look at them first. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .rules import MAX_HALF_STARS

# Accounts made for a purpose are used within days; who has been here for two weeks is a reader.
NEWCOMER = dt.timedelta(days=14)
# A call for votes is answered within the hour.
WITHIN = dt.timedelta(minutes=60)
# A reading group of newcomers has five or six members who rate after the seminar; they count at once.
FEWEST = 8
# A run that drowns in the ratings of others does no harm.
LEAST_SHARE = 0.5
# All of one mind: their mean lies within this of an end of the scale, in half stars. Readers who come together disagree more than that about most papers.
ONE_SIDED = 1.5


@dataclass(frozen=True, slots=True)
class Arrival:
    """One rating of a paper. `overall` in half stars."""

    id: int
    given_at: dt.datetime
    overall: int
    account_age: dt.timedelta | None  # when it was given; None: the account is gone
    burst_id: int | None = None  # it belongs, or belonged, to a run
    decision: str | None = None  # of that run; empty: waits


@dataclass(frozen=True, slots=True)
class Run:
    """Ratings to be held; `burst_id` is the run they join, None when they make a new one."""

    ids: tuple[int, ...]
    burst_id: int | None = None


def run_with(arrivals: Sequence[Arrival], newest_id: int) -> Run | None:
    """The run that this rating, which has just come, makes or joins; None when it is a rating like others.

    A run: `FEWEST` newcomers or more within `WITHIN`, at least `LEAST_SHARE` of all the paper's ratings, of one mind. While it waits, newcomers who come within
    `WITHIN` of its last member belong to it, whatever they give.
    """
    newest = next(a for a in arrivals if a.id == newest_id)
    if not _is_newcomer(newest) or newest.burst_id is not None:
        return None
    for waiting in arrivals:
        if waiting.burst_id is not None and waiting.decision == "" and abs(newest.given_at - waiting.given_at) <= WITHIN:
            return Run((newest_id,), waiting.burst_id)
    near = [a for a in arrivals if _is_newcomer(a) and a.burst_id is None and abs(newest.given_at - a.given_at) <= WITHIN]
    near.sort(key=lambda a: (a.given_at, a.id))
    n_all = sum(a.decision != "removed" for a in arrivals)
    for start in range(len(near)):  # the longest first; a contrary rating an hour ago does not hide a run
        some = near[start:]
        if len(some) < max(FEWEST, LEAST_SHARE * n_all):
            return None
        mean = sum(a.overall for a in some) / len(some)
        if mean <= 1 + ONE_SIDED or mean >= MAX_HALF_STARS - ONE_SIDED:
            return Run(tuple(a.id for a in some))
    return None


def facts_of(members: Sequence[Arrival], n_all: int) -> dict[str, Any]:
    """What the run is told by, for the moderator."""
    times, ages = [m.given_at for m in members], [m.account_age for m in members if m.account_age is not None]
    return {
        "n": len(members),
        "n_all": n_all,
        "minutes": round((max(times) - min(times)).total_seconds() / 60),
        "mean_stars": round(sum(m.overall for m in members) / len(members) / 2, 2),
        "oldest_account_days": max(ages, default=dt.timedelta()).days,
    }


def _is_newcomer(arrival: Arrival) -> bool:
    return arrival.account_age is not None and arrival.account_age < NEWCOMER
