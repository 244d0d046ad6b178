"""OpenSearch for tests: an emulator that is started once, or the cluster that REVIEWHUB_TEST_OPENSEARCH_URL names."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import urllib3

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


@dataclass
class Answer:
    """What a node says instead of passing a request on. `delay_s`: after so long; status 0: it hangs up without a word."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


# (method, path with parameters, body): an answer, or None to pass the request on.
Rule = Callable[[str, str, bytes], Answer | None]


class Node:
    """A node between a site and an OpenSearch: passes requests on, but for those that its rule answers. Everything asked is in `asked`."""

    def __init__(self, behind: str) -> None:
        self.asked: list[tuple[str, str]] = []
        self.rule: Rule | None = None
        self._behind = behind
        self._pool = urllib3.PoolManager()
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = node.answer(self.command, self.path, sent, {name.lower(): value for name, value in self.headers.items()})
                if not answer.status:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                said = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body if answer.body is not None else {}).encode()
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(said)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):  # whoever asked has given up
                    self.wfile.write(said)

            do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815 - so the library calls them

            def log_message(self, *_: object) -> None:
                return

        self._handler = Handler
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listens, on the port it had before."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Is gone: connections are refused. Those that stand are answered with a hang-up."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, method: str, path: str, sent: bytes, headers: dict[str, str]) -> Answer:
        if self._server is None:
            return Answer(0)
        self.asked.append((method, path))
        answer = self.rule(method, path, sent) if self.rule else None
        if answer:
            time.sleep(answer.delay_s)
            return answer
        passed = self._pool.request(method, self._behind + path, body=sent or None, headers={"Content-Type": headers.get("content-type", "application/json")})
        return Answer(passed.status, passed.data)
