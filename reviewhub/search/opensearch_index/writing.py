"""Changes on their way to the cluster: requests of bounded size, and what became of each document in them."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from ..documents import Document, Standing
from . import mapping
from .transport import TOO_MANY, WAIT_S, WRITING, Cluster, Json, Refused, Unreachable

# One request: small enough for the limits that hosted clusters have, large enough that their number does not matter.
MAX_BYTES, MAX_ACTIONS = 4_000_000, 1_000
# How often those documents are sent again for which a node had no room; waits double from `WAIT_S`.
MAX_ROUNDS = 8

log = logging.getLogger(__name__)


class DocumentsRefused(Exception):
    """Some documents could not be indexed as they are; all others were."""


class Writer:
    """A `backend.Batch`: collects actions on one index or alias, and sends them as bulk requests.

    `flushes`: whether what has come together is sent at once, as while an index is filled; else nothing is before the end. `before_each` is called
    before each request. `is_alias`: the index is named by its alias, and is not to be made by writing to it.
    """

    def __init__(self, cluster: Cluster, index: str, before_each: Callable[[], None], *, flushes: bool, is_alias: bool) -> None:
        self._cluster = cluster
        self._index = index
        self._before_each = before_each
        self._flushes = flushes
        self._params = {"require_alias": "true"} if is_alias else {}
        self._actions: list[bytes] = []
        self._n_bytes = 0
        self.refused: dict[str, str] = {}  # why, by id

    def put(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self._add("index", document.id, mapping.source(document))

    def delete(self, ids: Collection[int]) -> None:
        for paper_id in ids:
            self._add("delete", paper_id)

    def stand(self, standings: Iterable[Standing]) -> None:
        for standing in standings:
            self._add("update", standing.id, {"doc": mapping.numbers(standing)}, retry_on_conflict=3)

    def finish(self) -> None:
        """Sends what is left and makes everything visible. Raises Unreachable, Refused."""
        for start in self._starts():
            self._send(start)
        self._actions = []
        _, answer = self._cluster.request("POST", f"/{self._index}/_refresh", patience=WRITING)
        if answer.get("_shards", {}).get("failed"):
            raise Unreachable("what was written is not visible on every shard")

    def _add(self, kind: str, paper_id: int, body: Json | None = None, **more: Any) -> None:
        action = _line({kind: {"_id": str(paper_id), **more}}) + (_line(body) if body is not None else b"")
        self._actions.append(action)
        self._n_bytes += len(action)
        if self._flushes and (self._n_bytes >= MAX_BYTES or len(self._actions) >= MAX_ACTIONS):
            for some in self._starts():
                self._send(some)
            self._actions, self._n_bytes = [], 0

    def _starts(self) -> Iterable[list[bytes]]:
        """The actions in portions; a document that is too large by itself goes alone."""
        some: list[bytes] = []
        n_bytes = 0
        for action in self._actions:
            if some and (n_bytes + len(action) > MAX_BYTES or len(some) >= MAX_ACTIONS):
                yield some
                some, n_bytes = [], 0
            some.append(action)
            n_bytes += len(action)
        if some:
            yield some

    def _send(self, actions: list[bytes]) -> None:
        wait_s = WAIT_S
        for n in range(MAX_ROUNDS):
            self._before_each()
            _, answer = self._cluster.request("POST", f"/{self._index}/_bulk", b"".join(actions), params=self._params, patience=WRITING)
            actions = self._left(actions, answer)
            if not actions:
                return
            if n + 1 < MAX_ROUNDS:
                time.sleep(random.uniform(0, wait_s))  # noqa: S311 - spreads who waits, hides nothing
                wait_s *= 2
        raise Unreachable(f"it has no room for {len(actions)} documents")

    def _left(self, actions: list[bytes], answer: Json) -> list[bytes]:
        """Those of the actions that are to be sent again. Raises Refused when the index is not there."""
        items = answer.get("items", [])
        if len(items) != len(actions):
            raise Unreachable("its answer does not fit what was sent")
        if not answer.get("errors"):
            return []
        left = []
        for action, item in zip(actions, items, strict=True):
            ((kind, done),) = item.items()
            status, error = done.get("status", 500), done.get("error")
            if status < 300 or (status == 404 and (kind == "delete" or _kind(error) == "document_missing_exception")):
                continue
            if status == TOO_MANY or status >= 500:
                left.append(action)
            elif _kind(error) == "index_not_found_exception":
                raise Refused(status, _kind(error), str(error.get("reason")))
            else:
                self.refused[done.get("_id", "?")] = f"{status} {_kind(error)}: {error.get('reason') if isinstance(error, dict) else error}"
                log.error("paper %s cannot be indexed: %s", done.get("_id"), self.refused[done.get("_id", "?")][:500])
        return left


def _line(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _kind(error: Any) -> str:
    return str(error.get("type")) if isinstance(error, dict) else ""
