"""Asks other machines: the one place that speaks HTTP. Short waits, capped sizes, identified by the site's contact address."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import requests

from ..config import Settings

# To connect, and between two pieces of the answer.
WAIT_S = (5.0, 15.0)
# The works of the busiest ORCID records take some five megabytes.
MOST_BYTES = 20 * 1024**2
_PIECE = 64 * 1024


class Unreachable(Exception):
    """The other machine does not answer, or answers with a fault of its own: worth another try later."""


class Refused(Exception):
    """The other machine has no such thing or does not give it: trying again is no use."""


def json_of(settings: Settings, url: str) -> Any:
    """What a service answers as JSON. Raises Unreachable, Refused (4xx, too large, no JSON)."""
    headers = {"Accept": "application/json", "User-Agent": f"reviewhub ({settings.site_url}; mailto:{settings.contact_email or 'none'})"}
    if urlsplit(url).scheme not in ("http", "https"):
        raise Refused("not an address of the web")
    try:
        with requests.get(url, headers=headers, timeout=WAIT_S, stream=True, allow_redirects=True) as answer:
            if answer.status_code == 429 or answer.status_code >= 500:
                raise Unreachable(f"{url}: {answer.status_code}")
            if answer.status_code >= 400:
                raise Refused(f"{url}: {answer.status_code}")
            body = bytearray()
            for piece in answer.iter_content(_PIECE):
                body += piece
                if len(body) > MOST_BYTES:
                    raise Refused(f"{url}: more than {MOST_BYTES} bytes")
    except requests.RequestException as error:
        raise Unreachable(f"{url}: {type(error).__name__}") from error
    try:
        return json.loads(bytes(body))
    except ValueError as error:
        raise Refused(f"{url}: not JSON") from error
