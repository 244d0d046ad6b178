"""Files that readers handed in are taken in a moment later."""

from __future__ import annotations

from ..core.db import Database
from ..core.jobs import Handler, emit
from ..events import Event, LibraryFileHanded
from .shelving import shelve

# Well within the lease of a job; what is left then goes on as another one.
LONGEST_S = 120.0


def library_file_handed(database: Database, _settings: object, event: LibraryFileHanded) -> None:
    """Reads the file into its owner's library. Run twice, it goes on where the first run left off."""
    if not shelve(database, event.upload_id, longest_s=LONGEST_S):
        with database.write() as session, session.begin():
            emit(session, event)


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {LibraryFileHanded: [library_file_handed]}
