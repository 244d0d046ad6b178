"""How recommendations stand: models with their figures, lists that wait, and whether a model is being made. For the keepers' page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.jobs import MAX_TRIES, Job, Timer, handler_name
from ..papers.models import Paper
from . import handlers, queries
from .models import RecommendationModel, RelatedList

_TRAINING = (handler_name(handlers.train), handler_name(handlers.train_when_much_is_new))


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest model is in place; older ones are only remembered. `state` is "training", "waiting" (a job is due), "failed" or "resting"."""

    models: list[RecommendationModel]
    n_papers: int
    n_lists: int
    n_older: int  # lists that an older model stands behind, or none
    state: str
    error: str
    next_at: dt.datetime | None


def standing(session: Session) -> Standing:
    """How it stands now. Five statements."""
    models = queries.models(session)
    n_lists, n_older = session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(RelatedList.model_id < (models[0].id if models else 0))).select_from(RelatedList)
    ).one()
    now = clock.now()
    jobs = session.execute(sa.select(Job.leased_until, Job.n_tries, Job.error, Job.run_at).where(Job.handler.in_(_TRAINING))).all()
    failed = next((job for job in jobs if job.n_tries >= MAX_TRIES), None)
    state = (
        "training" if any(job.leased_until is not None and job.leased_until > now for job in jobs)
        else "failed" if failed or any(job.error for job in jobs)
        else "waiting" if any(job.run_at <= now for job in jobs)
        else "resting"
    )  # fmt: skip
    error = next((job.error for job in jobs if job.error), "")
    next_at = session.scalar(sa.select(Timer.run_at).where(Timer.handler == _TRAINING[0]))
    n_papers = session.scalar(sa.select(sa.func.count()).select_from(Paper)) or 0
    return Standing(models, n_papers, n_lists, n_older, state, error, next_at)
