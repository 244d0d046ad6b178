"""Which raters of a paper are one opinion: colleagues, sign-ups from one place within an hour, accounts that rate in step. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Accounts made one after the other at one desk; people who register at a workshop are linked as well, and that is as it should be: they came together.
SAME_HOUR = dt.timedelta(hours=1)
# Two people who read the same paper rate it within minutes by chance now and then, a second one seldom; a third time is a habit.
SAME_SETS = 3
WITHIN = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Rater:
    """What links raters. `joined_from` is a keyed hash of an address block."""

    account_id: int
    organisation: str  # domain of the address; empty: a public mail service, or none
    joined_at: dt.datetime
    joined_from: str  # empty: unknown


def group_numbers(raters: Sequence[Rater], in_step: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The group of each rater who is linked with another, by account, from 1 in the order of `raters`. `in_step`: pairs of accounts that rate in step."""
    parent = {r.account_id: r.account_id for r in raters}

    def root(account_id: int) -> int:
        while parent[account_id] != account_id:
            parent[account_id] = account_id = parent[parent[account_id]]
        return account_id

    for one, other in _pairs(raters):
        parent[root(one)] = root(other)
    for one, other in in_step:
        if one in parent and other in parent:
            parent[root(one)] = root(other)
    members: dict[int, list[int]] = {}
    for rater in raters:
        members.setdefault(root(rater.account_id), []).append(rater.account_id)
    groups = [ids for ids in members.values() if len(ids) > 1]
    return {account_id: number for number, ids in enumerate(groups, 1) for account_id in ids}


def _pairs(raters: Sequence[Rater]) -> Iterable[tuple[int, int]]:
    """As many pairs as hold the groups together: each rater with the one before of the same organisation, or place and hour."""
    last: dict[str, int] = {}
    for rater in raters:
        if rater.organisation:
            yield last.setdefault(rater.organisation, rater.account_id), rater.account_id
    newest: dict[str, Rater] = {}
    for rater in sorted((r for r in raters if r.joined_from), key=lambda r: r.joined_at):
        before = newest.get(rater.joined_from)
        if before is not None and rater.joined_at - before.joined_at <= SAME_HOUR:
            yield before.account_id, rater.account_id
        newest[rater.joined_from] = rater


def is_in_step(times: Iterable[tuple[dt.datetime, dt.datetime]]) -> bool:
    """Whether two raters rate in step, from when each of them rated the papers that both have rated."""
    return sum(abs(one - other) <= WITHIN for one, other in times) >= SAME_SETS
