"""Servers that the benches ask: the site and the constant response, as processes of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from bench.loading import wait_until_up
from bench.measuring import ROOT


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(words: list[str], path: str, port: int, **environment: str) -> Iterator[int]:
    """Runs a server from the root of the checkout until the block ends; its port, once `path` answers 200."""
    env = {**os.environ, **environment, "PORT": str(port)}
    server = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_up(port, path, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


def start_waitress(target: str, path: str, **environment: str) -> AbstractContextManager[int]:
    """The site ("wsgi:app") or the constant response, under the server that `./run` uses."""
    port = free_port()
    words = [sys.executable, "-m", "flask", "serve"] if target == "wsgi:app" else [sys.executable, "-m", "bench.constant"]
    return process(words, path, port, **environment)
