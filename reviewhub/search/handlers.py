"""The index follows what happens to papers. Each of these may run twice: they write what the database says when they run."""

from __future__ import annotations

from ..config import Settings
from ..core.db import Database
from ..core.jobs import Handler
from ..events import Event, PapersChanged, PapersMerged
from . import services


def index_changed(database: Database, settings: Settings, event: PapersChanged) -> None:
    """Brings these papers up to date. Raises IndexBusy when another writer holds the index; the job is tried again then."""
    services.update(database, settings, event.paper_ids)


def index_merged(database: Database, settings: Settings, event: PapersMerged) -> None:
    """Takes the paper that was merged away out, and brings the other up to date."""
    services.update(database, settings, (event.kept_id, event.gone_id))


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {PapersChanged: [index_changed], PapersMerged: [index_merged]}
