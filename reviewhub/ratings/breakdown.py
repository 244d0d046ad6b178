"""Everything behind the score of a paper, rating by rating: what the score page shows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.prepared import Prepared
from . import queries
from .models import PaperScore, Rating, RatingModel
from .rules import CRITERIA, MAX_HALF_STARS, NO_SCORE, PER_LEVEL, PER_STAR, Counting, Prior, Score, weights_of


@dataclass(frozen=True, slots=True)
class Row:
    """One rating. `number` counts the ratings of the paper in the order they were given; nothing here tells who the rater is."""

    id: int
    number: int
    given_at: dt.datetime
    stars: float  # 0.5 to 5.0
    levels: dict[str, int | None]  # 1 to 5 by criterion
    weight: float | None  # None: does not count
    group_no: int  # 0: linked with nobody
    is_blind: bool
    exclusion: str
    has_text: bool


@dataclass(frozen=True, slots=True)
class Side:
    """The mean of some of the ratings that count, in stars, and how many they are."""

    mean: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The score of a paper and all it was computed from. Means of stars 0.5 to 5.0, of criteria 1 to 5."""

    score: Score
    n_groups: int
    criteria: dict[str, Side]
    blind: Side
    seen: Side
    adjusted: float | None  # None: not known of enough raters how lenient they are
    rows: list[Row]
    group_sizes: dict[int, int]  # of the ratings that count
    held: tuple[int, ...]  # ratings of 1, 2 … 10 half stars that wait for a moderator
    prior: Prior
    prior_mean: float  # stars
    prior_at: dt.datetime | None  # None: nothing was computed yet, the default stands


_RATINGS = Prepared(
    sa.select(
        Rating.id, Rating.given_at, Rating.overall, Rating.novelty, Rating.importance, Rating.rigor, Rating.group_no, Rating.is_blind, Rating.exclusion,
        (Rating.text != "").label("has_text"),
    )
    .where(Rating.paper_id == sa.bindparam("paper_id", type_=sa.Integer))
    .order_by(Rating.id)
)  # fmt: skip


def breakdown_of(session: Session, paper_id: int) -> Breakdown:
    """The score of a paper, its ratings and the prior they are weighed against. Five statements."""
    found = _RATINGS.rows(session, paper_id=paper_id)
    weights = weights_of([Counting(row[0], row[2], group_no=row[6], exclusion=row[8]) for row in found])
    rows = [_row(number, kept, weights) for number, kept in enumerate(found, 1)]
    held = [0] * MAX_HALF_STARS
    for row in rows:
        held[int(row.stars * 2) - 1] += row.exclusion == "held"
    prior = queries.prior(session)
    sums = session.get(PaperScore, paper_id)
    nothing = Side(None, 0)
    return Breakdown(
        score=queries.score_of(session, paper_id) if sums else NO_SCORE, n_groups=sums.n_groups if sums else 0,
        criteria={name: _side(getattr(sums, name), getattr(sums, f"n_{name}"), PER_LEVEL) if sums else nothing for name in CRITERIA},
        blind=_side(sums.blind_mean, sums.n_blind) if sums else nothing, seen=_side(sums.open_mean, sums.n_open) if sums else nothing,
        adjusted=sums.adjusted / PER_STAR if sums and sums.adjusted is not None else None,
        rows=rows, group_sizes=dict(Counter(row.group_no for row in rows if row.group_no and row.weight is not None)), held=tuple(held), prior=prior,
        prior_mean=sum(share * value for value, share in enumerate(prior.shares, 1)) / 2,
        prior_at=session.scalar(sa.select(RatingModel.computed_at).order_by(RatingModel.id.desc()).limit(1)),
    )  # fmt: skip


def _row(number: int, kept: tuple[Any, ...], weights: dict[int, float]) -> Row:
    rating_id, given_at, overall, novelty, importance, rigor, group_no, is_blind, exclusion, has_text = kept
    levels = dict(zip(CRITERIA, (novelty, importance, rigor), strict=True))
    return Row(rating_id, number, given_at, overall / 2, levels, weights.get(rating_id), group_no, bool(is_blind), exclusion, bool(has_text))


def _side(mean: int | None, n: int, unit: int = PER_STAR) -> Side:
    return Side(None if mean is None else mean / unit, n)
