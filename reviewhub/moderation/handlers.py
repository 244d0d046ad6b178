"""What happens by itself: suspensions end, merges by imports are logged."""

from __future__ import annotations

import sqlalchemy as sa

from ..accounts.models import Account
from ..core import clock
from ..core.actor import KEEPER
from ..core.db import Database
from ..core.jobs import Handler
from ..events import Event, PapersMerged, TimeCame
from . import merging
from .models import Suspension
from .services import end_suspension

# Who may write again at noon may do so soon after noon.
LOOK_EVERY_S = 300.0
_REASON = "The time it was set for is over."


def end_suspensions(database: Database, _settings: object, _event: TimeCame) -> None:
    """Lets accounts write again whose suspension is over."""
    with database.read() as session:
        over = session.scalars(sa.select(Suspension.account_id).where(Suspension.until <= clock.now())).all()
    for account_id in over:
        with database.write() as session, session.begin():
            standing = session.scalar(sa.select(Suspension).where(Suspension.account_id == account_id).with_for_update())
            if standing is None or standing.until > clock.now():
                continue
            if session.get_one(Account, account_id).is_suspended:
                end_suspension(session, KEEPER, account_id, _REASON)
            else:
                session.delete(standing)


def log_merge(database: Database, _settings: object, event: PapersMerged) -> None:
    """Gives a merge that an import made its line in the log."""
    with database.write() as session, session.begin():
        merging.log_import(session, event.kept_id, event.gone_id)


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {PapersMerged: [log_merge]}
SCHEDULE: dict[Handler, float] = {end_suspensions: LOOK_EVERY_S}
