"""The index behind its alias: builds, readers, and writers that take turns."""

from __future__ import annotations

import contextlib
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from ..backend import Batch, Filters, IndexAway, IndexBusy, Results, Suggestions
from ..documents import Standing
from ..language import Query
from . import asking, correcting, mapping, suggesting
from .transport import READING, WRITING, Cluster, Json, Patience, Refused, Unreachable
from .turns import Turn, turn
from .writing import DocumentsRefused, Writer

# How long a writer waits for another one. Jobs are tried again, so this need not outlast a rebuild.
WRITE_WAIT_S = 20.0
# For so long an index that was fit for use is taken to be so: another program version may have swapped its own in.
BELIEVED_S = 5.0
# Rows of one request when all of an index is read; the most that a cluster gives.
PAGE = 10_000

# What may stand in the name of an index, so that what belongs to it can be told by its beginning.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


class OpenSearchIndex:
    """A `backend.SearchIndex` on a cluster. `name` is the alias; all indices that belong to it begin so."""

    def __init__(self, urls: list[str], name: str) -> None:
        self.name = name
        self._cluster = Cluster(urls)
        self._fit_until = 0.0

    def trouble(self) -> str | None:
        try:
            self._fit_until = 0.0
            self.count()
        except IndexAway as error:
            return str(error)
        return None

    def count(self) -> int:
        return int(self.ask({"query": {"match_all": {}}, "size": 0})["hits"]["total"]["value"])

    def versions(self) -> dict[int, int]:
        self._fit_until = 0.0
        return {row[0]: row[1] for row in self._rows(self.name, {"match_all": {}}, ("version",), self._read)}

    def standings(self) -> dict[int, Standing]:
        rated = {"bool": {"should": [{"range": {name: {"gt": 0}}} for name in mapping.NUMBERS]}}
        return {row[0]: Standing(*row) for row in self._rows(self.name, rated, mapping.NUMBERS, self._read)}

    @contextlib.contextmanager
    def batch(self) -> Iterator[Batch]:
        with _written(), self._turn("write", WRITE_WAIT_S) as held:
            self._live_and_fit(WRITING)
            writer = Writer(self._cluster, self.name, held.renew, flushes=False, is_alias=True)
            yield writer
            writer.finish()
        if writer.refused:
            raise DocumentsRefused(f"{len(writer.refused)} papers cannot be indexed: {dict(list(writer.refused.items())[:10])}")

    def rebuild(self, fill: Callable[[Batch], None], catch_up: Callable[[Batch, dict[int, int]], None]) -> None:
        with _written(), self._turn("rebuild", 0) as rebuilding:
            build = f"{self.name}-build-{uuid.uuid4().hex}"
            try:
                self._make(build)
                writer = Writer(self._cluster, build, rebuilding.renew, flushes=True, is_alias=False)
                fill(writer)
                writer.finish()
                with self._turn("write", WRITE_WAIT_S) as held:
                    written = self._rows(build, {"match_all": {}}, ("version",), self._read_to_write)
                    writer = Writer(self._cluster, build, lambda: _renew(held, rebuilding), flushes=True, is_alias=False)
                    catch_up(writer, {row[0]: row[1] for row in written})
                    writer.finish()
                    _renew(held, rebuilding)
                    self._swap(build)
            except BaseException:
                with contextlib.suppress(Unreachable, Refused):
                    self._drop([build])
                raise
            with contextlib.suppress(Unreachable, Refused):  # what stays is dropped by the next rebuild
                self._drop([index for index in self._builds() if index != build])

    def search(self, query: Query, filters: Filters, sort: str, offset: int, limit: int, *, facets: bool = False) -> Results:
        return asking.search(self.ask, query, filters, sort, offset, limit, facets=facets)

    def suggest(self, text: str, limit: int) -> Suggestions:
        return suggesting.suggest(self.ask, text, limit)

    def correct(self, text: str) -> str:
        return correcting.corrected(self.ask, text)

    # Readers

    def ask(self, body: Json, *, preference: str = "") -> Json:
        """The whole answer to a search: never a part of one. Raises IndexAway."""
        return self._read(self.name, body, preference)

    def _read(self, index: str, body: Json, preference: str = "") -> Json:
        try:
            if time.monotonic() >= self._fit_until:
                self._live_and_fit(READING)
                self._fit_until = time.monotonic() + BELIEVED_S
            return self._searched(index, body, READING, preference)
        except Unreachable as error:
            raise IndexAway(str(error)) from error
        except Refused as error:
            self._fit_until = 0.0
            if error.kind == "index_not_found_exception":
                raise IndexAway("it has not been built") from error
            raise IndexAway(f"the cluster refuses: {error}") from error

    def _read_to_write(self, index: str, body: Json) -> Json:
        return self._searched(index, body, WRITING, "")

    def _searched(self, index: str, body: Json, patience: Patience, preference: str) -> Json:
        """An answer from every shard in time; half an answer is tried for once more, on another node, and then is none. Raises Unreachable, Refused."""
        params = {"allow_partial_search_results": "false"} | ({"preference": preference} if preference else {})
        sent = {"_source": False, "track_total_hits": True, "timeout": f"{patience.read_s - 1:.0f}s", **body}  # it gives up of its own accord before we do
        trouble = ""
        for is_last in (False, True):
            try:
                _, answer = self._cluster.request("POST", f"/{index}/_search", sent, params=params, patience=patience)
            except Refused as error:
                if error.status != 404 or is_last:  # else the index may have been swapped away while it was asked
                    raise
                continue
            if "hits" not in answer:
                raise Unreachable("its answer to a search has no results in it")
            shards = answer.get("_shards", {})
            if not shards.get("failed") and not answer.get("timed_out"):
                return answer
            trouble = "it ran out of time" if answer.get("timed_out") else f"{shards['failed']} of {shards.get('total')} shards failed"
        raise Unreachable(f"only a part of the index answered: {trouble}")

    def _rows(self, index: str, query: Json, fields: tuple[str, ...], read: Callable[[str, Json], Json]) -> Iterator[list[int]]:
        """Of every document that a query finds its paper and these numbers, in order of paper; a hit is known by what it is sorted by."""
        body: dict[str, Any] = {"query": query, "size": PAGE, "sort": [{name: "asc"} for name in ("paper", *fields)]}
        while True:
            hits = read(index, body)["hits"]["hits"]
            for hit in hits:
                yield hit["sort"]
            if len(hits) < PAGE:
                return
            body["search_after"] = hits[-1]["sort"]

    # Builds

    def _live_and_fit(self, patience: Patience) -> None:
        """Raises IndexAway when the alias names no index that this program can use; Unreachable, Refused."""
        status, found = self._cluster.request("GET", f"/{self.name}/_mapping", patience=patience, also=(404,))
        if status == 404:
            raise IndexAway("it has not been built")
        if self.name in found or len(found) != 1:
            raise IndexAway(f"{self.name} is not the alias of one index")
        (live,) = found.values()
        if live.get("mappings", {}).get("_meta", {}).get("fingerprint") != mapping.fingerprint():
            raise IndexAway("it was built by another version of this program")

    def _builds(self) -> list[str]:
        _, found = self._cluster.request("GET", f"/{self.name}-build-*/_alias", patience=WRITING)
        return list(found)

    def _swap(self, build: str) -> None:
        """One step: whoever searches finds the one before or this one."""
        status, found = self._cluster.request("GET", f"/_alias/{self.name}", patience=WRITING, also=(404,))
        before = [index for index in found if index != build] if status == 200 else []
        if status == 404 and self._is_index():
            # Somebody wrote to the name while nothing had it, and the cluster made an index of it.
            before, actions = [], [{"remove_index": {"index": self.name}}]
        else:
            actions = [{"remove": {"index": index, "alias": self.name}} for index in before]
        actions.append({"add": {"index": build, "alias": self.name}})
        try:
            self._cluster.request("POST", "/_aliases", {"actions": actions}, patience=WRITING)
        except Refused:
            # Done already, if the answer to our first try was lost.
            status, found = self._cluster.request("GET", f"/_alias/{self.name}", patience=WRITING, also=(404,))
            if status == 404 or list(found) != [build]:
                raise
        self._fit_until = 0.0

    def _is_index(self) -> bool:
        status, found = self._cluster.request("GET", f"/{self.name}/_mapping", patience=WRITING, also=(404,))
        return status == 200 and self.name in found

    def _make(self, build: str) -> None:
        status, answer = self._cluster.request("PUT", f"/{build}", mapping.body(), patience=WRITING, also=(400,))
        if status == 400 and answer["error"].get("type") != "resource_already_exists_exception":  # else the answer to our first try was lost
            raise Refused(status, str(answer["error"].get("type")), str(answer["error"].get("reason")))

    def _drop(self, indices: list[str]) -> None:
        for index in indices:
            self._cluster.request("DELETE", f"/{index}", patience=WRITING, also=(404,))

    def _turn(self, what: str, wait_s: float) -> contextlib.AbstractContextManager[Turn]:
        return turn(self._cluster, f"{self.name}-turns", what, wait_s)


def _renew(*held: Turn) -> None:
    for turn_held in held:
        turn_held.renew()


@contextlib.contextmanager
def _written() -> Iterator[None]:
    """What happens to writers in the words of the protocol: a cluster that is away is not mended by building, only by waiting."""
    try:
        yield
    except Unreachable as error:
        raise IndexBusy(f"the cluster does not answer: {error}") from error
    except Refused as error:
        if error.kind == "index_not_found_exception":
            raise IndexAway("it has not been built") from error
        raise IndexBusy(f"the cluster refuses: {error}") from error
