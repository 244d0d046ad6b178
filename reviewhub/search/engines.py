"""Which search engine the settings ask for."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from ..config import Settings
from .backend import SearchIndex
from .opensearch_index import NAME, OpenSearchIndex
from .whoosh_index import WhooshIndex

DEFAULT_NAME = "reviewhub"


def index_for(settings: Settings) -> SearchIndex:
    """The index that `settings.search_url` names; one object per process. Nothing is opened before it is used."""
    return _index(settings.search_url, os.getpid())


@lru_cache(maxsize=8)
def _index(url: str, _process: int) -> SearchIndex:
    kind, _, place = url.partition(":")
    if kind == "whoosh" and place:
        return WhooshIndex(Path(place))
    if kind == "opensearch":
        nodes, _, name = place.partition("#")
        urls = [node.strip() for node in nodes.split(",")]
        if all(map(_is_node, urls)) and NAME.fullmatch(name or DEFAULT_NAME):
            return OpenSearchIndex(urls, name or DEFAULT_NAME)
        # Not told what it is: there may be a password in it.
        raise ValueError("REVIEWHUB_SEARCH_URL has to be opensearch:http://HOST:PORT, more of them after commas, and #name at the end if it is not #reviewhub")
    raise ValueError(f"REVIEWHUB_SEARCH_URL has to be whoosh:FOLDER or opensearch:URL,URL…#NAME, not {kind}:…")


def _is_node(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:  # a port that is no number
        return False
