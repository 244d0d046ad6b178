"""Which search engine the settings ask for."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from ..config import Settings
from .backend import SearchIndex
from .whoosh_index import WhooshIndex


def index_for(settings: Settings) -> SearchIndex:
    """The index that `settings.search_url` names; one object per process. Nothing is opened before it is used."""
    return _index(settings.search_url, os.getpid())


@lru_cache(maxsize=8)
def _index(url: str, _process: int) -> SearchIndex:
    kind, _, place = url.partition(":")
    if kind == "whoosh" and place:
        return WhooshIndex(Path(place))
    raise ValueError(f"REVIEWHUB_SEARCH_URL has to be whoosh:FOLDER, not {url!r}")
