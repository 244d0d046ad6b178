"""Asks other machines: the one place that speaks HTTP. Short waits, capped sizes, identified by the site's contact address.

`json_of` asks services that the settings name. `reach` asks addresses that strangers typed, and is the guard against being sent into one's own network.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Collection
from time import monotonic
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests

from ..config import Settings
from .addresses import Address, Place, is_public, place_of

# To connect, and between two pieces of the answer.
WAIT_S = (5.0, 15.0)
# The works of the busiest ORCID records take some five megabytes.
MOST_BYTES = 20 * 1024**2
_PIECE = 64 * 1024

# A link of a stranger: how long all of it may take, names and redirects included; how many redirects browsers and readers put up with; and how
# much is read, which is the head of the answer alone.
REACH_WAIT_S = 12.0
MOST_HOPS = 5
MOST_HEAD_BYTES = 32 * 1024
_HEAD_PIECE = 4 * 1024
# Addresses of one name that are tried: the first may be of a family that this machine has no way to.
_MOST_TRIED = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AS_IS = "/%:=&?~+!$,;'@()*[]"


class Unreachable(Exception):
    """The other machine does not answer, or answers with a fault of its own: worth another try later."""


class Refused(Exception):
    """The other machine has no such thing or does not give it: trying again is no use."""


class Forbidden(Exception):
    """The address is none of the public web, or leads to none: it is not asked at all."""


def json_of(settings: Settings, url: str) -> Any:
    """What a service answers as JSON. Raises Unreachable, Refused (4xx, too large, no JSON)."""
    headers = {"Accept": "application/json", "User-Agent": _agent(settings)}
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


def reach(settings: Settings, url: str, *, besides: Collection[tuple[str, int]] = ()) -> int:
    """Asks for an address that somebody typed, follows its redirects, and tells the status of the last answer; the page itself is not read.

    Each hop is looked at anew: scheme, port and name by `addresses.place_of`, then every address that the name has by `addresses.is_public`, and the
    connection goes to the very address that was looked at, so that a name cannot mean something else a moment later. Nothing is sent but the question.
    `besides`: hosts with their ports that are asked although they are not public; for tests.
    Raises Forbidden, Unreachable (no such name, no answer in `REACH_WAIT_S`, a head that is none or too long, more than `MOST_HOPS` redirects).
    """
    until = monotonic() + REACH_WAIT_S
    for _ in range(MOST_HOPS + 1):
        place = place_of(url, besides=besides)
        if place is None:
            raise Forbidden(url)
        addresses = _resolved(place, until)
        if (place.host, place.port) not in besides and not all(map(is_public, addresses)):
            raise Forbidden(url)
        status, location = _head_of(_question(settings, place), place, addresses[:_MOST_TRIED], until)
        if status not in _REDIRECTS or not location:
            return status
        try:
            url = urljoin(url, quote(location, safe=_AS_IS)).partition("#")[0]
        except ValueError as error:
            raise Forbidden(location) from error
    raise Unreachable(f"{url}: more than {MOST_HOPS} redirects")


def _agent(settings: Settings) -> str:
    return f"reviewhub ({settings.site_url}; mailto:{settings.contact_email or 'none'})"


def _question(settings: Settings, place: Place) -> bytes:
    host = f"[{place.host}]" if ":" in place.host else place.host
    lines = (
        f"GET {quote(place.path, safe=_AS_IS)} HTTP/1.1", f"Host: {host}:{place.port}" if place.port not in (80, 443) else f"Host: {host}",
        f"User-Agent: {_agent(settings)}", "Accept: */*", "Connection: close", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode("ascii", "replace")


def _resolved(place: Place, until: float) -> list[Address]:
    """Every address of a host. The system's own waiting for name servers is longer than ours, so a thread waits in our place."""
    if place.literal is not None:
        return [place.literal]
    found: list[Address] = []

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except OSError:  # no such name
            return
        found.extend(dict.fromkeys(ipaddress.ip_address(info[4][0]) for info in infos))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_left_s(place, until))
    if asking.is_alive() or not found:
        raise Unreachable(f"{place.host}: no such name")
    return found


def _head_of(question: bytes, place: Place, addresses: list[Address], until: float) -> tuple[int, str]:
    """Status and Location of the answer of the first of these addresses that takes a connection."""
    for address in addresses:
        try:
            plain = socket.create_connection((str(address), place.port), _left_s(place, until))
        except OSError:
            continue
        try:
            with plain, _secured(plain, place) as line:
                line.sendall(question)
                return _read_head(line, place, until)
        except OSError as error:  # timeouts and faults of TLS are such, too
            raise Unreachable(f"{place.host}: {type(error).__name__}") from error
    raise Unreachable(f"{place.host}: no connection")


def _secured(plain: socket.socket, place: Place) -> socket.socket:
    """The connection with TLS where the address says so. Certificates are not judged: nothing secret is sent, nothing that comes is believed but the
    status, and many servers of institutions send half a chain, which browsers complete."""
    if place.scheme == "http":
        return plain
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=place.host)


def _read_head(line: socket.socket, place: Place, until: float) -> tuple[int, str]:
    """Status and Location, from no more bytes and no longer than may be; "100 Continue" and its like are passed over."""
    head, n_read = b"", 0
    while True:
        first, end, rest = head.replace(b"\r\n", b"\n").partition(b"\n\n")
        if end:
            status, location = _status_of(first, place)
            if status >= 200:
                return status, location
            head = rest
            continue
        if n_read > MOST_HEAD_BYTES:
            raise Unreachable(f"{place.host}: a head of more than {MOST_HEAD_BYTES} bytes")
        line.settimeout(_left_s(place, until))
        piece = line.recv(_HEAD_PIECE)
        if not piece:
            raise Unreachable(f"{place.host}: the answer ends in its head")
        head += piece
        n_read += len(piece)


def _status_of(head: bytes, place: Place) -> tuple[int, str]:
    first, *lines = head.decode("latin-1").split("\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isascii() or not rest[:3].isdigit() or int(rest[:3]) < 100:
        raise Unreachable(f"{place.host}: no HTTP")
    named = (one.partition(":") for one in lines)
    return int(rest[:3]), next((_as_utf8(value.strip()) for name, _, value in named if name.strip().lower() == "location"), "")


def _as_utf8(value: str) -> str:
    return value.encode("latin-1").decode("utf-8", "replace")


def _left_s(place: Place, until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise Unreachable(f"{place.host}: no answer in time")
    return left
