"""Asking other machines: what comes is taken whole or not at all, and whether it is worth another try is told apart."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from reviewhub.config import Settings
from reviewhub.core import fetch

ANSWERS = {
    "/good": (200, b'{"a": [1, "\xe7\x8e\x8b"]}'), "/gone": (404, b"{}"), "/private": (403, b"{}"), "/busy": (429, b"{}"), "/broken": (503, b"{}"),
    "/page": (200, b"<html>"), "/large": (200, json.dumps("x" * 2_000).encode()),
}  # fmt: skip


HEARD: list[str] = []


class _Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        HEARD.append(self.headers["User-Agent"])
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of a machine that answers."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_json_comes_back_and_the_site_says_who_asks(service: str, settings: Settings) -> None:
    assert fetch.json_of(settings, f"{service}/good") == {"a": [1, "王"]}
    assert settings.site_url in HEARD[-1]


@pytest.mark.parametrize("path", ["/gone", "/private", "/page", "/large"])
def test_what_trying_again_would_not_mend_is_refused(service: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(fetch, "MOST_BYTES", 1_000)
    with pytest.raises(fetch.Refused):
        fetch.json_of(settings, service + path)


@pytest.mark.parametrize("path", ["/busy", "/broken"])
def test_what_may_go_better_later_is_unreachable(service: str, settings: Settings, path: str) -> None:
    with pytest.raises(fetch.Unreachable):
        fetch.json_of(settings, service + path)


def test_a_machine_that_is_not_there_is_unreachable_and_files_are_not_read(settings: Settings) -> None:
    with pytest.raises(fetch.Unreachable):
        fetch.json_of(settings, "http://127.0.0.1:9/")
    with pytest.raises(fetch.Refused):
        fetch.json_of(settings, "file:///etc/hostname")
