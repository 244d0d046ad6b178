"""How often one network, or one of anything, may do a thing.

Counted by Flask-Limiter's storage: in this process, or in Redis by setting, so that several web machines count together. While Redis is away each
process counts for itself.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

# Redis is asked again after so long: each try that fails makes somebody wait.
ASK_AGAIN_S = 30
# How long Redis may take to answer.
REDIS_WAIT_S = 1

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Pace:
    """At most `most` times in `per_s` seconds for one address. Memory is bounded: of more than `MOST_ADDRESSES` the one first seen goes."""

    MOST_ADDRESSES = 20_000

    def __init__(self, most: int, per_s: float, *, name: str = "", shared: RateLimiter | None = None) -> None:
        """`shared` counts for several processes, under `name`; without it this process counts alone."""
        self.most = most
        self.per_s = per_s
        self._name = name
        self._item = RateLimitItemPerSecond(most, int(per_s))
        self._memory = MemoryStorage()
        self._own: RateLimiter = MovingWindowRateLimiter(self._memory)
        self._shared = shared
        self._shared_from = 0.0

    def wait_s(self, address: str | None) -> int:
        """Counts one go of this address: 0 when it may, else the seconds until the next one; then nothing is counted."""
        return 0 if self._ask(lambda by: by.hit(self._item, self._name, network_of(address))) else self._left_s(address)

    def wait_before_s(self, address: str | None) -> int:
        """As `wait_s`, and counts nothing: for what counts only when it fails."""
        return 0 if self._ask(lambda by: by.test(self._item, self._name, network_of(address))) else self._left_s(address)

    def forget(self, address: str | None) -> None:
        """Begins anew with this address."""
        self._ask(lambda by: by.clear(self._item, self._name, network_of(address)))

    def _left_s(self, address: str | None) -> int:
        free_at = self._ask(lambda by: by.get_window_stats(self._item, self._name, network_of(address))).reset_time
        return max(1, int(free_at - time.time()) + 1)

    def _ask(self, question: Callable[[RateLimiter], Answer]) -> Answer:
        """The answer of the shared count, or of this process when there is none or it is away."""
        if self._shared is not None and time.time() >= self._shared_from:
            try:
                return question(self._shared)
            except self._shared.storage.base_exceptions:
                log.warning("the shared count of tries is away; this process counts alone", exc_info=True)
                self._shared_from = time.time() + ASK_AGAIN_S
        answer = question(self._own)
        while len(self._memory.events) > self.MOST_ADDRESSES:
            self._memory.clear(next(iter(self._memory.events)))
        return answer


def bind(app: Flask) -> None:
    """Gives the application its counts."""
    redis_url = app.extensions["settings"].redis_url
    waits: dict[str, str | int] = {"socket_connect_timeout": REDIS_WAIT_S, "socket_timeout": REDIS_WAIT_S} if redis_url else {}
    limiter = Limiter(
        lambda: network_of(request.remote_addr), storage_uri=redis_url or "memory://", storage_options=waits, strategy="moving-window", key_prefix="reviewhub"
    )
    limiter.init_app(app)
    app.extensions["counts"] = limiter.limiter if redis_url else None


def pace_of(name: str, most: int, per_s: float) -> Pace:
    """The site's pace of this name, counted together by all its processes when there is a Redis."""
    key = f"{name}_pace"
    if key not in current_app.extensions:
        current_app.extensions.setdefault(key, Pace(most, per_s, name=f"reviewhub/{name}", shared=current_app.extensions["counts"]))
    found: Pace = current_app.extensions[key]
    return found


def network_of(address: str | None) -> str:
    """The address, or for IPv6 the /64 it lies in: that is what one household or server is given."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return address or "-"
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
