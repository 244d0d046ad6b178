"""Requests to the nodes of a cluster: which node is asked, how long it may take, and what is tried again.

The only module beside `core.fetch` that knows an HTTP client. A node that cannot be reached rests for a while and another is asked; a cluster
that says it has too much to do (429) is asked again after a wait that doubles and is drawn at random, so that those who wait do not all come
back at once. Everything sent from here may be done twice: documents carry their ids, and turns are known by their holder.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

# A node in reach takes a connection in milliseconds; one that is gone may say nothing at all.
CONNECT_S = 1.0
# A node that failed is not asked for so long, longer each time, while there are others; long rests would hide that it is back.
REST_S, LONGEST_REST_S = 1.0, 15.0
# What is kept open to each node: as many as a process has threads that search.
CONNECTIONS = 16
# The first wait after "too many requests"; it doubles.
WAIT_S = 0.1
# Answers that mean: not now, or not from here.
TOO_MANY, AWAY = 429, (502, 503, 504)
# Of an answer that is not understood so much goes into the message.
SHOWN_CHARS = 200

Json = dict[str, Any]


class Unreachable(Exception):
    """No node gave a usable answer in the time there was."""


class Refused(Exception):
    """The cluster understood and will not do it. `kind` is OpenSearch's name of the fault, such as index_not_found_exception."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"{status} {kind}: {reason}"[: 2 * SHOWN_CHARS])
        self.status = status
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take with all that is tried again, and how often; `read_s` bounds each try.

    `waits`: whether a node is waited for when all of them rest.
    """

    n_tries: int
    read_s: float
    whole_s: float
    waits: bool = False


# Somebody waits for the page.
READING = Patience(n_tries=3, read_s=4.0, whole_s=6.0)
# A job asks whether it can begin; it is not worth keeping all others waiting, as it comes again.
BEGINNING = Patience(n_tries=3, read_s=10.0, whole_s=10.0)
# A job has begun; it has to end before the turn it holds runs out (`turns.LEASE_S`).
WRITING = Patience(n_tries=8, read_s=30.0, whole_s=40.0, waits=True)


class _Node:
    """One node: its connections, and how it has been."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self.name = f"{parts.scheme}://{host}{port}"  # without the password: it is told in messages
        self.path = parts.path.rstrip("/")
        login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else None
        self.headers = dict(urllib3.make_headers(basic_auth=login, accept_encoding=True, keep_alive=True))
        self.pool = urllib3.connection_from_url(self.name, maxsize=CONNECTIONS, retries=False)
        self.rests_until = 0.0
        self.n_failures = 0


class Cluster:
    """A pool of nodes of one cluster, for many threads of one process."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._nodes = [_Node(url) for url in urls]
        self._next = random.randrange(len(urls))  # noqa: S311 - so that processes do not all begin with the same
        self._last_trouble = ""
        self._lock = threading.Lock()

    def request(
        self, method: str, path: str, body: Json | bytes | None = None, *, patience: Patience, params: Mapping[str, str] | None = None,
        also: Iterable[int] = (),
    ) -> tuple[int, Json]:  # fmt: skip
        """(status, answer) of a request that may be done twice; statuses from 300 up only where they stand in `also`. Raises Unreachable, Refused."""
        target = f"{path}?{urlencode(params)}" if params else path
        if isinstance(body, dict):
            body = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
            kind = "application/json"
        else:
            kind = "application/x-ndjson"
        until = time.monotonic() + patience.whole_s
        wait_s = WAIT_S
        trouble = f"no node has answered lately, {self._last_trouble}"
        n_tries = max(patience.n_tries, len(self._nodes) + 1)
        for n in range(n_tries):
            node = self._chosen(until if patience.waits else 0.0)
            if node is None:
                break
            left_s = until - time.monotonic()
            if left_s <= 0:
                break
            status, answer, trouble, after_s = self._tried(node, method, target, body, kind, min(patience.read_s, left_s))
            if status and status not in (TOO_MANY, *AWAY):
                if status < 300 or status in also:
                    return status, answer
                raise _refusal(status, answer)
            if status:  # it is there and says: not now
                pause_s = max(random.uniform(0, wait_s), after_s)  # noqa: S311 - spreads who waits, hides nothing
                wait_s *= 2
                if n + 1 == n_tries or time.monotonic() + pause_s >= until:
                    break
                time.sleep(pause_s)
        raise Unreachable(trouble)

    def _tried(self, node: _Node, method: str, target: str, body: bytes | None, kind: str, read_s: float) -> tuple[int, Json, str, float]:
        """(status or 0, answer, what went wrong, seconds the node asks to wait)."""
        headers = node.headers | ({"Content-Type": kind} if body is not None else {})
        try:
            response = node.pool.urlopen(
                method, node.path + target, body=body, headers=headers, timeout=urllib3.Timeout(connect=CONNECT_S, read=read_s), redirect=False,
                retries=False,
            )  # fmt: skip
        except HTTPError as error:
            # A connection that was kept open too long, or one costly query, says nothing of the node: for those it rests only the second time.
            rests = isinstance(error, ConnectTimeoutError | NewConnectionError) or node.n_failures > 0
            return 0, {}, self._failed(node, f"{node.name} does not answer: {type(error).__name__}", rests=rests), 0.0
        try:
            answer = json.loads(response.data) if response.data else {}
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            # Whoever answered is not the search engine: something stands before it.
            return 0, {}, self._failed(node, f"{node.name} answers {response.status} with something else than JSON", rests=True), 0.0
        told = f"{node.name} answers {response.status}: {_told(answer)}"
        if response.status in AWAY and "error" not in answer:
            self._failed(node, told, rests=True)
        else:
            self._well(node)
        return response.status, answer, told, _seconds(response.headers.get("Retry-After"))

    # Nodes

    def _chosen(self, until: float) -> _Node | None:
        """The next node that does not rest; when all do, the first to have rested, if that is before `until`: who waits for a page is told at once."""
        while True:
            now = time.monotonic()
            with self._lock:
                for _ in self._nodes:
                    node = self._nodes[self._next]
                    self._next = (self._next + 1) % len(self._nodes)
                    if node.rests_until <= now:
                        return node
                first = min(node.rests_until for node in self._nodes)
            if first >= until:
                return None
            time.sleep(first - now)

    def _failed(self, node: _Node, trouble: str, *, rests: bool) -> str:
        with self._lock:
            self._last_trouble = trouble
            if rests:
                node.rests_until = time.monotonic() + min(REST_S * 2 ** min(node.n_failures, 10), LONGEST_REST_S)
            node.n_failures += 1
        return trouble

    def _well(self, node: _Node) -> None:
        with self._lock:
            node.n_failures, node.rests_until = 0, 0.0


def _refusal(status: int, answer: Json) -> Refused:
    error = answer.get("error")
    if isinstance(error, dict):
        return Refused(status, str(error.get("type", "")), str(error.get("reason", "")))
    return Refused(status, "", str(error or ""))


def _told(answer: Json) -> str:
    error = answer.get("error")
    told = f"{error.get('type')}: {error.get('reason')}" if isinstance(error, dict) else str(error or "")
    return told[:SHOWN_CHARS]


def _seconds(text: str | None) -> float:
    """What a Retry-After says in seconds; a date, which no search engine sends, is taken as nothing."""
    return float(text) if text and text.isascii() and text.isdecimal() else 0.0
