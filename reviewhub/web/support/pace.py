"""How often one address may do a thing. Kept in this process: a site on several processes allows each of them as much."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict, deque

from ...core import clock


class Pace:
    """At most `most` times in `per_s` seconds for one address. Memory is bounded: of more than `MOST_ADDRESSES` the one unseen for longest goes."""

    MOST_ADDRESSES = 20_000

    def __init__(self, most: int, per_s: float) -> None:
        self.most = most
        self.per_s = per_s
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, address: str | None) -> int:
        """Counts one go of this address: 0 when it may, else the seconds until the next one; then nothing is counted."""
        key = _network(address)
        now = clock.now().timestamp()
        with self._lock:
            times = self._times.setdefault(key, deque())
            self._times.move_to_end(key)
            while times and times[0] <= now - self.per_s:
                times.popleft()
            if len(times) >= self.most:
                return max(1, int(times[0] + self.per_s - now) + 1)
            times.append(now)
            while len(self._times) > self.MOST_ADDRESSES:
                self._times.popitem(last=False)
        return 0


def _network(address: str | None) -> str:
    """The address, or for IPv6 the /64 it lies in: that is what one household or server is given."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
