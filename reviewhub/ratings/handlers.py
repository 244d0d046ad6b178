"""What follows from ratings, papers and accounts a moment later. Each of these may run twice: they write what the database says when they run."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from ..core.db import Database
from ..core.jobs import Handler, emit
from ..events import AccountChanged, ClaimChanged, Event, PapersChanged, PapersMerged, RatersLinked, RatingModelMade, TimeCame
from . import drafts, queries, services
from .models import RatingModel
from .rescoring import rescore
from .scoring import lock_all, recompute_all

# Well within the lease of a job; what is left then goes on as another one.
LONGEST_S = 120.0
# So many ratings more or less than the last model was made of are worth a new one before its hour: a twentieth, and not just a few.
MANY_NEW_SHARE = 0.05
MANY_NEW = 20


def papers_changed(database: Database, _settings: object, event: PapersChanged) -> None:
    """Looks for conflicts again, on these papers, and of raters whose ORCID iD stands on them with the papers they rated."""
    with database.read() as session:
        paper_ids = queries.rated_among(session, event.paper_ids) | queries.rated_by_authors_of(session, event.paper_ids)
    _recheck(database, paper_ids)


def papers_merged(database: Database, _settings: object, event: PapersMerged) -> None:
    """Looks for conflicts again: the paper that stays may have other authors now."""
    with database.read() as session:
        paper_ids = queries.rated_among(session, [event.kept_id])
    _recheck(database, paper_ids)


def account_changed(database: Database, _settings: object, event: AccountChanged) -> None:
    """Makes the scores anew of all that this account rated: its name, institution, address or standing may say something else now."""
    with database.read() as session:
        paper_ids = queries.papers_rated_by(session, event.account_id)
    _recheck(database, paper_ids, account_id=event.account_id)


def claim_changed(database: Database, _settings: object, event: ClaimChanged) -> None:
    """Looks for conflicts again: of everybody who rated the claimed paper, and of the claimant with everything else they rated."""
    with database.read() as session:
        here = queries.rated_among(session, [event.paper_id])
        elsewhere = queries.papers_rated_by(session, event.account_id) - here if event.account_id else set()
    _recheck(database, here)
    _recheck(database, elsewhere, account_id=event.account_id)


def raters_linked(database: Database, _settings: object, event: RatersLinked) -> None:
    """Makes the scores anew that both accounts have a part in."""
    with database.read() as session:
        paper_ids = queries.papers_rated_by(session, event.account_id) & queries.papers_rated_by(session, event.other_id)
    for paper_id in sorted(paper_ids):
        with database.write() as session, session.begin():
            lock_all(session, [paper_id])
            recompute_all(session, [paper_id])


def model_made(database: Database, _settings: object, event: RatingModelMade) -> None:
    """Makes the scores anew that an older model stands behind; goes on as another job when that takes long."""
    if not rescore(database, longest_s=LONGEST_S):
        with database.write() as session, session.begin():
            emit(session, event)


def train(database: Database, _settings: object, _event: TimeCame) -> None:
    """Makes prior and leniencies anew."""
    from .modelling import train as train_now  # noqa: PLC0415 - numpy and scipy take half a second to load, and pages never need them

    train_now(database)


def train_when_much_is_new(database: Database, settings: object, event: TimeCame) -> None:
    """Does not wait for the hour when many have rated since."""
    with database.read() as session:
        facts = session.scalar(sa.select(RatingModel.facts).order_by(RatingModel.id.desc()).limit(1))
        before = facts["n_ratings"] if facts else 0
        n_new = abs(queries.n_counted(session) - before)
    if n_new >= max(MANY_NEW, MANY_NEW_SHARE * before):
        train(database, settings, event)


def _recheck(database: Database, paper_ids: Collection[int], *, account_id: int | None = None) -> None:
    for paper_id in sorted(paper_ids):
        with database.write() as session, session.begin():
            services.recheck(session, paper_id, account_id=account_id)


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {
    PapersChanged: [papers_changed],
    PapersMerged: [papers_merged],
    AccountChanged: [account_changed],
    ClaimChanged: [claim_changed],
    RatersLinked: [raters_linked],
    RatingModelMade: [model_made],
}
SCHEDULE: dict[Handler, float] = {train: 3600, train_when_much_is_new: 600, drafts.drop_old: 86_400}
