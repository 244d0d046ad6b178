"""Turns that writers of many machines take, kept in the cluster itself: a document that one of them makes and takes away again.

A turn runs out unless it is renewed, so that a writer which died keeps nobody waiting for ever. When clocks of machines differ by more than that, or
a writer sleeps through its turn, two may write at once: then an older version may be written over a newer one, which `check` finds.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator

from ...core.clock import now
from ..backend import IndexBusy
from .transport import BEGINNING, WRITING, Cluster, Json, Refused, Unreachable

# Longer than one request to write may take with all that is tried again, as nothing renews the turn meanwhile.
LEASE_S = 60.0
# How often somebody who waits looks whether it is their turn.
LOOK_S = 0.1

_BODY = {
    "settings": {"index": {"auto_expand_replicas": "0-1", "number_of_shards": 1}},
    "mappings": {"dynamic": "strict", "properties": {"holder": {"type": "keyword"}, "until": {"type": "double"}}},
}


class Turn:
    """A turn that somebody has."""

    def __init__(self, cluster: Cluster, index: str, what: str) -> None:
        self._cluster = cluster
        self._index = index
        self._what = what
        self._holder = uuid.uuid4().hex
        self._place: dict[str, str] = {}  # where it stands in the history of the document: whoever names another place is refused
        self._renewed = 0.0
        self._patience = BEGINNING

    def renew(self) -> None:
        """To be called before each request that writes. Raises IndexBusy when somebody else has taken over."""
        if time.monotonic() - self._renewed > LEASE_S / 4 and not self._written(self._place) and not self._is_ours(self._held()):
            raise IndexBusy(f"the turn to {self._what} has run out")

    def take(self, wait_s: float) -> None:
        """Waits for the turn, so long. Raises IndexBusy."""
        last = time.monotonic() + wait_s
        while not self._taken():
            if time.monotonic() >= last:
                raise IndexBusy(f"another program has the turn to {self._what}")
            time.sleep(LOOK_S)
        self._patience = WRITING

    def give_back(self) -> None:
        """Lets the next one in; a turn that has run out is somebody else's, and one that cannot be given back runs out."""
        with contextlib.suppress(Unreachable, Refused):
            self._cluster.request("DELETE", self._path("_doc"), params=self._place, patience=BEGINNING, also=(404, 409))

    def _taken(self) -> bool:
        found = self._held()
        if found is None:
            return self._written({"op_type": "create"})
        return self._is_ours(found) or (float(found["_source"]["until"]) < now().timestamp() and self._written(_place(found)))

    def _is_ours(self, found: Json | None) -> bool:
        """Whether we have it already: the answer that would have said so was lost on the way."""
        if found is None or found["_source"]["holder"] != self._holder:
            return False
        self._stands(found)
        return True

    def _held(self) -> Json | None:
        try:
            status, found = self._cluster.request("GET", self._path("_doc"), patience=self._patience, also=(404,))
        except Refused as error:
            raise IndexBusy(f"turns cannot be taken: {error}") from error
        if status == 404 and found.get("error"):
            self._make()
        return found if status == 200 else None

    def _make(self) -> None:
        status, answer = self._cluster.request("PUT", f"/{self._index}", _BODY, patience=self._patience, also=(400,))
        kind = answer.get("error", {}).get("type") if status == 400 else ""
        if kind and kind != "resource_already_exists_exception":
            raise IndexBusy(f"turns cannot be taken: {kind}")

    def _written(self, condition: dict[str, str]) -> bool:
        body = {"holder": self._holder, "until": now().timestamp() + LEASE_S}
        status, answer = self._cluster.request("PUT", self._path("_doc"), body, params=condition, patience=self._patience, also=(404, 409))
        if status >= 400:
            return False
        self._stands(answer)
        return True

    def _stands(self, answer: Json) -> None:
        self._place = _place(answer)
        self._renewed = time.monotonic()

    def _path(self, what: str) -> str:
        return f"/{self._index}/{what}/{self._what}"


def _place(found: Json) -> dict[str, str]:
    return {"if_seq_no": str(found["_seq_no"]), "if_primary_term": str(found["_primary_term"])}


@contextlib.contextmanager
def turn(cluster: Cluster, index: str, what: str, wait_s: float) -> Iterator[Turn]:
    """The turn to do something; given back at the end. Raises IndexBusy, Unreachable, Refused."""
    held = Turn(cluster, index, what)
    held.take(wait_s)
    try:
        yield held
    finally:
        held.give_back()
