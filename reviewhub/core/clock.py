"""The time, from one place so that tests can set it."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """The aware UTC time."""
    return dt.datetime.now(dt.UTC)
