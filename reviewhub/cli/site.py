"""What a command needs of the application: its settings, its database, and what has to be told when papers are merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import current_app

from ..config import Settings
from ..core.db import Database
from ..papers.services import Mover


class Site(NamedTuple):
    settings: Settings
    database: Database
    movers: Sequence[Mover]


def this_site() -> Site:
    """The site that `flask` was started for."""
    known = current_app.extensions
    return Site(known["settings"], known["database"], known["movers"])
