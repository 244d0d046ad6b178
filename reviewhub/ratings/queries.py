"""Scores of papers, for one page or a whole list in one statement; and the ratings behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.db import in_batches
from ..core.prepared import Prepared, PreparedList
from ..papers.models import Authorship
from .models import PaperScore, Rating, RatingModel, Reveal
from .rules import NO_SCORE, PER_LEVEL, PER_STAR, Prior, Score, state_of

_COLUMNS = (
    PaperScore.paper_id, PaperScore.n_counted, PaperScore.n_groups, PaperScore.overall, PaperScore.novelty, PaperScore.importance, PaperScore.rigor,
    PaperScore.lower, PaperScore.upper, PaperScore.estimate, PaperScore.n_given, PaperScore.n_held, PaperScore.n_reviews, PaperScore.histogram,
)  # fmt: skip
# The papers of one page of a list.
_LIST = PreparedList(sa.select(*_COLUMNS), PaperScore.paper_id, 25)
_ONE = Prepared(sa.select(*_COLUMNS).where(PaperScore.paper_id == sa.bindparam("paper_id", type_=sa.Integer)))


def scores_of(session: Session, paper_ids: Sequence[int]) -> dict[int, Score]:
    """The scores of those papers that have one."""
    if 0 < len(paper_ids) <= _LIST.most:
        return {row[0]: _score(row) for row in _LIST.rows(session, paper_ids)}
    found: dict[int, Score] = {}
    for some in in_batches(list(paper_ids)):
        for row in session.execute(sa.select(*_COLUMNS).where(PaperScore.paper_id.in_(some))):
            found[row.paper_id] = _score(tuple(row))
    return found


def score_of(session: Session, paper_id: int) -> Score:
    """The score of one paper; `NO_SCORE` where nobody has rated."""
    rows = _ONE.rows(session, paper_id=paper_id)
    return _score(rows[0]) if rows else NO_SCORE


def _score(row: tuple[Any, ...]) -> Score:
    _, n, n_groups, overall, novelty, importance, rigor, lower, upper, estimate, n_given, n_held, n_reviews, histogram = row
    return Score(
        state_of(n, n_groups), n, _per(PER_STAR, overall), _per(PER_LEVEL, novelty), _per(PER_LEVEL, importance), _per(PER_LEVEL, rigor),
        _per(PER_STAR, lower), _per(PER_STAR, upper), _per(PER_STAR, estimate), n_given, n_held, n_reviews, tuple(histogram),
    )  # fmt: skip


def _per(unit: int, value: int | None) -> float | None:
    return None if value is None else value / unit


@dataclass(frozen=True, slots=True)
class Model:
    """What scores are computed with. Without an id and a time: the default, for nothing was computed from this site's ratings yet."""

    id: int | None
    prior: Prior
    computed_at: dt.datetime | None


NO_MODEL = Model(None, Prior(), None)
_NEWEST = Prepared(sa.select(RatingModel.id, RatingModel.facts, RatingModel.computed_at).order_by(RatingModel.id.desc()).limit(sa.literal_column("1")))


def newest_model(session: Session) -> Model:
    """The model made last. One statement."""
    rows = _NEWEST.rows(session)
    return _model(*rows[0]) if rows else NO_MODEL


def model_of(session: Session, model_id: int | None) -> Model:
    """A model by its id; the default when there is none."""
    found = session.get(RatingModel, model_id) if model_id is not None else None
    return _model(found.id, found.facts, found.computed_at) if found else NO_MODEL


def _model(model_id: int, facts: dict[str, Any], computed_at: dt.datetime) -> Model:
    return Model(model_id, Prior(tuple(facts["shares"]), facts["weight"], facts["icc"]), computed_at)


def prior(session: Session) -> Prior:
    """The prior of the newest model, else the default."""
    return newest_model(session).prior


def own_rating(session: Session, account_id: int, paper_id: int) -> Rating | None:
    """What this account gave this paper."""
    return session.scalar(sa.select(Rating).where(Rating.account_id == account_id, Rating.paper_id == paper_id))


def papers_rated_by(session: Session, account_id: int) -> set[int]:
    """The papers that this account has rated."""
    return set(session.scalars(sa.select(Rating.paper_id).where(Rating.account_id == account_id)))


def rated_among(session: Session, paper_ids: Sequence[int]) -> set[int]:
    """Those of these papers that somebody has rated."""
    return {i for some in in_batches(list(paper_ids)) for i in session.scalars(sa.select(Rating.paper_id).where(Rating.paper_id.in_(some)).distinct())}


def rated_by_authors_of(session: Session, paper_ids: Sequence[int]) -> set[int]:
    """The papers rated by accounts whose ORCID iD stands on one of these papers."""
    rated = sa.select(Rating.paper_id).join(Account, Account.id == Rating.account_id).join(Authorship, Authorship.orcid == Account.orcid).distinct()
    return {i for some in in_batches(list(paper_ids)) for i in session.scalars(rated.where(Authorship.paper_id.in_(some)))}


def n_counted(session: Session) -> int:
    """The ratings of the whole site that count."""
    return session.scalar(sa.select(sa.func.count()).select_from(Rating).where(Rating.exclusion == "")) or 0


def scores_of_older_models(session: Session, most: int) -> list[int]:
    """Papers whose scores were made with another model than the newest."""
    newest = newest_model(session).id
    if newest is None:
        return []
    older = [PaperScore.model_id.is_(None), PaperScore.model_id < newest]  # one after the other: each by the index
    found: list[int] = []
    for is_older in older:
        found += session.scalars(sa.select(PaperScore.paper_id).where(is_older).order_by(PaperScore.model_id).limit(most - len(found)))
    return found


def papers_without_score(session: Session) -> list[int]:
    """Papers with ratings and no score."""
    has_score = sa.select(PaperScore.paper_id).where(PaperScore.paper_id == Rating.paper_id).exists()
    return list(session.scalars(sa.select(Rating.paper_id).where(~has_score).distinct().order_by(Rating.paper_id)))


def has_looked(session: Session, account_id: int, paper_id: int) -> bool:
    """Whether a reader who rates before looking chose to see the numbers of this paper, or has rated it."""
    rated = sa.select(Rating.id).where(Rating.account_id == account_id, Rating.paper_id == paper_id)
    revealed = sa.select(Reveal.paper_id).where(Reveal.account_id == account_id, Reveal.paper_id == paper_id)
    return bool(session.scalar(sa.select(sa.or_(rated.exists(), revealed.exists()))))
