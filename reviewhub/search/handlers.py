"""The index follows what happens to papers. Each of these may run twice: they write what the database says when they run."""

from __future__ import annotations

import logging

from ..config import Settings
from ..core.db import Database
from ..core.jobs import Handler
from ..events import Event, PaperRated, PapersChanged, PapersMerged, TimeCame
from . import services
from .backend import IndexAway, IndexBusy

log = logging.getLogger(__name__)

# An index that has gone while the site runs is built anew: so long search is away at most, and the building. To look costs next to nothing.
MEND_S = 20.0
# Scores also change without a rating: by a new model, a moderator, a suspended account. Results follow within this time; to compare reads every score.
CATCH_UP_S = 300.0


def index_changed(database: Database, settings: Settings, event: PapersChanged) -> None:
    """Brings these papers up to date. Raises IndexBusy when another writer holds the index; the job is tried again then."""
    services.update(database, settings, event.paper_ids)


def index_merged(database: Database, settings: Settings, event: PapersMerged) -> None:
    """Takes the paper that was merged away out, and brings the other up to date."""
    services.update(database, settings, (event.kept_id, event.gone_id))


def index_rated(database: Database, settings: Settings, event: PaperRated) -> None:
    """Brings the numbers of this paper up to date: its score, how many rated it, how many wrote. Raises IndexBusy."""
    services.stand(database, settings, [event.paper_id])


def catch_up(database: Database, settings: Settings, _event: TimeCame) -> None:
    """Brings scores up to date that changed without an event; what cannot be done now is done the next time."""
    try:
        services.catch_up_scores(database, settings)
    except (IndexAway, IndexBusy) as error:
        log.info("scores in the index are left as they are for now: %s", error)


def mend(database: Database, settings: Settings, _event: TimeCame) -> None:
    """Builds an index that has gone. Where that fails it is tried again the next time: jobs that are tried again would pile up beside those to come."""
    try:
        services.mend(database, settings)
    except (IndexAway, IndexBusy, OSError) as error:
        log.warning("the search index cannot be built now: %s", error)


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {PapersChanged: [index_changed], PapersMerged: [index_merged], PaperRated: [index_rated]}
SCHEDULE: dict[Handler, float] = {mend: MEND_S, catch_up: CATCH_UP_S}
