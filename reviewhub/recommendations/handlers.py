"""Lists, trends and models follow what happens. Each of these may run twice: they write what the database says when they run.

Numpy and scipy take half a second to load, and pages never need them: they are imported by the job that wants them.
"""

from __future__ import annotations

import datetime as dt
from time import monotonic

import sqlalchemy as sa

from ..config import Settings
from ..core.db import Database
from ..core.jobs import Handler, emit
from ..core.mail import deliver
from ..events import Event, ModelWanted, PapersChanged, PapersMerged, RecommendationModelMade, TimeCame, WeeklyMailDue
from ..papers.models import Paper
from . import queries

# Well within the lease of a job; what is left then goes on as another one.
LONGEST_S = 120.0
# So many papers more or less than the model knows are worth a new one before its hour: a twentieth, and not just a few.
MANY_NEW_SHARE = 0.05
MANY_NEW = 20
# Readers whose mail is begun in one transaction.
MAILS_AT_ONCE = 500
_DAY_S = 86_400.0


def papers_changed(database: Database, settings: Settings, event: PapersChanged) -> None:
    """Makes the lists of these papers anew."""
    from .relating import relate_in_turn  # noqa: PLC0415

    relate_in_turn(database, settings.home, event.paper_ids)


def papers_merged(database: Database, settings: Settings, event: PapersMerged) -> None:
    """Makes the list of the paper that stays anew."""
    from .relating import relate_in_turn  # noqa: PLC0415

    relate_in_turn(database, settings.home, [event.kept_id])


def model_made(database: Database, settings: Settings, event: RecommendationModelMade) -> None:
    """Makes all lists anew that an older model stands behind, or none; goes on as another job when that takes long."""
    from .relating import AT_ONCE, relate_in_turn  # noqa: PLC0415

    until = monotonic() + LONGEST_S
    while True:
        with database.read() as session:
            newest = queries.newest_model(session)
            if newest is None or newest.id != event.model_id:  # a newer one has come: its own job sees to all lists
                return
            waiting = queries.lists_of_older_models(session, event.model_id, AT_ONCE * 10) or queries.papers_without_list(session, AT_ONCE * 10)
        if not waiting:
            return
        relate_in_turn(database, settings.home, waiting)
        with database.read() as session:
            if set(queries.lists_of_older_models(session, event.model_id, AT_ONCE * 10)) & set(waiting):
                return  # the model cannot be used: lists made by text alone stay until there is one that can
        if monotonic() > until:
            with database.write() as session, session.begin():
                emit(session, event)
            return


def train(database: Database, settings: Settings, _event: Event) -> None:
    """Makes a new model."""
    from .training import train as train_now  # noqa: PLC0415

    train_now(database, settings)


def train_when_much_is_new(database: Database, settings: Settings, event: TimeCame) -> None:
    """Does not wait for the day when many papers have come since."""
    with database.read() as session:
        newest = queries.newest_model(session)
        before = newest.n_papers if newest else 0
        n_new = abs((session.scalar(sa.select(sa.func.count()).select_from(Paper)) or 0) - before)
    if n_new >= max(MANY_NEW, MANY_NEW_SHARE * before):
        train(database, settings, event)


def make_trends(database: Database, _settings: object, _event: TimeCame) -> None:
    """Makes the trends anew."""
    from .trending import make_trends as make_now  # noqa: PLC0415

    with database.write() as session, session.begin():
        make_now(session)


def look_who_is_due(database: Database, _settings: object, _event: TimeCame) -> None:
    """Begins the weekly mails that are due, some hundred a transaction."""
    from .mailing import begin_due  # noqa: PLC0415

    while True:
        with database.write() as session, session.begin():
            if begin_due(session, MAILS_AT_ONCE) < MAILS_AT_ONCE:
                return


def mail_weekly(database: Database, settings: Settings, event: WeeklyMailDue) -> None:
    """Fixes what is in a mail and sends it. Run twice it holds the same papers."""
    from .mailing import choose, mail_of  # noqa: PLC0415

    due_at = dt.datetime.fromisoformat(event.due_at)
    with database.write() as session, session.begin():
        choose(session, settings, event.account_id, due_at)
    with database.read() as session:
        mail = mail_of(session, settings, event.account_id, due_at)
    if mail is not None:
        deliver(settings, mail)


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {
    PapersChanged: [papers_changed],
    PapersMerged: [papers_merged],
    RecommendationModelMade: [model_made],
    WeeklyMailDue: [mail_weekly],
    ModelWanted: [train],
}
SCHEDULE: dict[Handler, float] = {train: _DAY_S, train_when_much_is_new: 60, make_trends: 3600, look_who_is_due: 600}
