"""What the ratings of the whole site say about ratings: the prior that small numbers are weighed against, and how lenient raters are. For the worker."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from ..accounts.models import Account
from ..core import clock
from ..core.db import Database, in_batches, insert_rows
from ..core.jobs import emit
from ..events import RatingModelMade
from . import queries
from .leniency import Floats, Ints, Leniencies, leniencies_of
from .models import RaterLeniency, Rating, RatingModel
from .rules import DEFAULT_PRIOR_WEIGHT, FORMULA_VERSION, MAX_HALF_STARS, Prior

# Papers with two ratings or more from which agreement can be told at all; the ICC of fewer swings by 0.2 and more.
ENOUGH_PAPERS = 30
# Agreement so poor that a paper needs more ratings than it will ever get, or so good that one rating says it all, is an accident of few data.
LEAST_WEIGHT, MOST_WEIGHT = 0.5, 10.0
# Each value counts as given so often more: on a site of ten ratings no value is impossible, on one of a thousand this is not seen.
SMOOTHING = 2.0
# A prior that moved less moves no shown estimate by a tenth of a star.
NOTICEABLE_SHARE = 0.01
NOTICEABLE_WEIGHT = 0.1
# Leniencies change a little with every rating; adjusted means follow once a day.
LENIENCIES_LAST = dt.timedelta(days=1)
_CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Trained:
    """What was found, and whether it took the place of the model before."""

    prior: Prior
    leniencies: Leniencies
    n_ratings: int
    n_papers: int  # with two ratings or more
    model_id: int | None  # None: what was there before stands

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "shares": list(self.prior.shares), "weight": self.prior.weight, "icc": self.prior.icc, "n_ratings": self.n_ratings, "n_papers": self.n_papers,
            "n_lenient": len(self.leniencies.raters), "variances": {name: round(value, 4) for name, value in self.leniencies.variances.items()},
        }  # fmt: skip


def train(database: Database, *, always: bool = False) -> Trained:
    """Makes the model anew from all ratings that count, and puts it in the place of the one before if it differs noticeably, or `always`.

    Emits RatingModelMade then.
    """
    with database.read() as session:
        papers, raters, values = _counted(session)
        before = queries.newest_model(session)
        known = dict(session.execute(sa.select(RaterLeniency.account_id, RaterLeniency.effect)).all())
    prior, n_papers = prior_of(papers, values)
    found = leniencies_of(papers, raters, values)
    effects = {int(rater): int(np.floor(effect * 100 + 0.5)) for rater, effect in zip(found.raters, found.effects, strict=True)}
    now = clock.now()
    is_old = before.computed_at is None or now - before.computed_at >= LENIENCIES_LAST
    trained = Trained(prior, found, len(values), n_papers, None)
    if not always and not _moved(before.prior, prior) and not (is_old and effects != known):
        return trained
    with database.write() as session, session.begin():
        model = RatingModel(computed_at=now, formula=FORMULA_VERSION, facts=trained.facts)
        session.add(model)
        session.flush()
        session.execute(sa.delete(RaterLeniency))
        standing = {i for some in in_batches(sorted(effects)) for i in session.scalars(sa.select(Account.id).where(Account.id.in_(some)))}
        counts = dict(zip(effects, found.n_ratings.tolist(), strict=True))
        rows = [(rater, effect, counts[rater], now) for rater, effect in effects.items() if rater in standing]
        insert_rows(session, RaterLeniency, ("account_id", "effect", "n_ratings", "computed_at"), rows)
        emit(session, RatingModelMade(model.id))
        return Trained(prior, found, len(values), n_papers, model.id)


def prior_of(papers: Ints, values: Floats) -> tuple[Prior, int]:
    """The prior that these ratings make (one element each: whose paper, how many half stars), and the papers its weight was told from."""
    counts = np.bincount(values.astype(np.int64), minlength=MAX_HALF_STARS + 1)[1:] + SMOOTHING
    shares = tuple(float(share) for share in counts / counts.sum())
    icc, n_papers = icc_of(papers, values)
    if icc is None or n_papers < ENOUGH_PAPERS:
        return Prior(shares, DEFAULT_PRIOR_WEIGHT, None), n_papers
    weight = MOST_WEIGHT if icc <= 0 else min(MOST_WEIGHT, max(LEAST_WEIGHT, (1 - icc) / icc))
    return Prior(shares, round(weight, 4), round(icc, 4)), n_papers


def icc_of(papers: Ints, values: Floats) -> tuple[float | None, int]:
    """ICC(1) of papers with two ratings or more, by one-way random effects analysis of variance for groups of different sizes; and their number."""
    _, number, sizes = np.unique(papers, return_inverse=True, return_counts=True)
    is_told = sizes[number] >= 2
    _, number, sizes = np.unique(number[is_told], return_inverse=True, return_counts=True)
    values = values[is_told]
    n, n_papers = len(values), len(sizes)
    if n_papers < 2 or n == n_papers:
        return None, n_papers
    means = np.bincount(number, values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum() / (n_papers - 1))
    within = float(((values - means[number]) ** 2).sum() / (n - n_papers))
    size = (n - float((sizes**2).sum()) / n) / (n_papers - 1)
    whole = between + (size - 1) * within
    return ((between - within) / whole if whole else None), n_papers


def _moved(before: Prior, now: Prior) -> bool:
    by_share = max(abs(one - other) for one, other in zip(before.shares, now.shares, strict=True))
    return by_share >= NOTICEABLE_SHARE or abs(before.weight - now.weight) >= NOTICEABLE_WEIGHT


def _counted(session: sa.orm.Session) -> tuple[Ints, Ints, Floats]:
    """Paper, rater and half stars of every rating that counts."""
    told = sa.select(Rating.paper_id, Rating.account_id, Rating.overall).where(Rating.exclusion == "", Rating.account_id.is_not(None))
    chunks = [np.array([tuple(row) for row in some], np.int64) for some in session.execute(told.execution_options(yield_per=_CHUNK)).partitions()]
    whole = np.concatenate(chunks) if chunks else np.empty((0, 3), np.int64)
    return whole[:, 0], whole[:, 1], whole[:, 2].astype(np.float64)
