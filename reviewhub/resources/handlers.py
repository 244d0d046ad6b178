"""What the worker does for requests: looks at links, erases files that nothing holds, notes that authors stay silent. Each may run twice."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from ..config import Settings
from ..core import clock, fetch
from ..core.db import Database
from ..core.jobs import Handler
from ..events import Event, ResourceAnswered, TimeCame, UploadUnwanted
from . import answering, services, uploads
from .models import ResourceAnswer, ResourceRequest
from .rules import SILENT_AFTER, TOLD

# Links of one round: each may take `fetch.REACH_WAIT_S`, and a job that takes longer than its lease is given to another worker.
LINKS_AT_ONCE = 15
LOOK_EVERY_S = 900.0
SWEEP_EVERY_S = 86_400.0
# A file without an answer may belong to a request that has not ended yet.
STRAY_AFTER = dt.timedelta(hours=1)
# Asked when no link of a round answered at all: if this does not either, it is our own network that is away, and nobody's link is dead.
REFERENCE = "https://doi.org/"
# Hosts with their ports that are asked although they are not public: none. Tests set their own server here.
BESIDES: frozenset[tuple[str, int]] = frozenset()


def check_new_link(database: Database, settings: Settings, event: ResourceAnswered) -> None:
    """Looks at the link of an answer that was just given, so that a typing error shows at once."""
    with database.read() as session:
        given = session.get(ResourceAnswer, event.answer_id)
        due = [(given.id, given.url)] if given is not None and given.check_at is not None and given.checked_at is None else []
    _check(database, settings, due)


def check_links(database: Database, settings: Settings, _event: TimeCame) -> None:
    """Looks at the links that are due, some at a time."""
    with database.read() as session:
        wanted = sa.select(ResourceAnswer.id, ResourceAnswer.url).where(ResourceAnswer.check_at <= clock.now()).order_by(ResourceAnswer.check_at)
        due = [(row.id, row.url) for row in session.execute(wanted.limit(LINKS_AT_ONCE))]
    _check(database, settings, due)


def drop_upload(database: Database, settings: Settings, event: UploadUnwanted) -> None:
    """Erases a file with its last answer."""
    with database.write() as session, session.begin():
        answering.drop_file(session, settings.home, event.digest)


def sweep_uploads(database: Database, settings: Settings, _event: TimeCame) -> None:
    """Erases files that belong to nothing: of records that are gone, and of requests that failed after their file was written."""
    with database.read() as session:
        left = answering.unheld_files(session)
    for digest in left:
        with database.write() as session, session.begin():
            answering.drop_file(session, settings.home, digest)
    until = clock.now() - STRAY_AFTER
    strays = [path for path in uploads.kept(settings.home) if dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) < until]
    for path in strays:
        with database.write() as session, session.begin():
            if not answering.known_files(session, [path.name]):
                path.unlink(missing_ok=True)


def note_silence(database: Database, _settings: Settings, _event: TimeCame) -> None:
    """Requests whose authors were told long ago and have said nothing count as out of their reach."""
    with database.read() as session:
        silent = sa.select(ResourceRequest.id).where(ResourceRequest.state == TOLD, ResourceRequest.told_at < clock.now() - SILENT_AFTER)
        request_ids = session.scalars(silent.order_by(ResourceRequest.id)).all()
    for request_id in request_ids:
        with database.write() as session, session.begin():
            services.note_silence(session, request_id)


def _check(database: Database, settings: Settings, due: list[tuple[int, str]]) -> None:
    """Asks first and writes afterwards: no transaction is open while another machine takes its time."""
    told = [(answer_id, url, _status(settings, url)) for answer_id, url in due]
    if told and all(status == 0 for _, _, status in told) and _status(settings, REFERENCE) == 0:
        return
    for answer_id, url, status in told:
        with database.write() as session, session.begin():
            if session.get(ResourceAnswer, answer_id) is not None:
                answering.note_check(session, answer_id, url, status)


def _status(settings: Settings, url: str) -> int | None:
    """The HTTP status, 0 for no answer, None for an address that may not be asked."""
    try:
        return fetch.reach(settings, url, besides=BESIDES)
    except fetch.Unreachable:
        return 0
    except fetch.Forbidden:
        return None


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {ResourceAnswered: [check_new_link], UploadUnwanted: [drop_upload]}
SCHEDULE: dict[Handler, float] = {check_links: LOOK_EVERY_S, sweep_uploads: SWEEP_EVERY_S, note_silence: SWEEP_EVERY_S}
