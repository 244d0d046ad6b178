"""OpenSearch for tests: an emulator that is started once, or the cluster that REVIEWHUB_TEST_OPENSEARCH_URL names."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reviewhub.search.opensearch_index.transport import WRITING, Cluster

CLUSTER_VARIABLE = "REVIEWHUB_TEST_OPENSEARCH_URL"
# Where the tests of every engine run.
ENGINES = ("whoosh", "emulator", *(("cluster",) if os.environ.get(CLUSTER_VARIABLE) else ()))


@contextmanager
def emulator() -> Iterator[str]:
    """The address of a running emulator; skips where there is none for this machine."""
    osmem = pytest.importorskip("osmem_server", reason="no emulator of OpenSearch for this machine: osmem-server is not installed")
    words = [osmem.resolve_binary(), "--no-ja", "--parent-pid", str(os.getpid())]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            yield str(json.loads(process.stdout.readline())["url"])
        finally:
            process.kill()


def cluster_url() -> str:
    """The nodes of the real cluster, commas between them."""
    return os.environ[CLUSTER_VARIABLE]


def clear(urls: list[str], name: str) -> None:
    """Deletes all that belongs to an index."""
    cluster = Cluster(urls)
    _, found = cluster.request("GET", f"/{name}*/_alias", patience=WRITING)
    for index in found:
        cluster.request("DELETE", f"/{index}", patience=WRITING, also=(404,))
