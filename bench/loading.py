"""Asks a server for pages as fast as it gives them, over eight connections that stay open: with wrk where it is, else with threads of our own."""

from __future__ import annotations

import http.client
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from itertools import cycle

CONNECTIONS = 8
# What every browser says; the same for the site and for the reference.
HEADERS = {"Accept-Encoding": "gzip", "Accept": "text/html"}

# Each connection goes round the paths, so that no single page stays warm alone.
_SCRIPT = """
local paths = {{{paths}}}
local n = 0
request = function()
  n = n % #paths + 1
  return wrk.format("GET", paths[n])
end
"""


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def pages_a_second(port: int, paths: Sequence[str], seconds: float) -> float:
    """Answers a second. RuntimeError when any answer is not 200."""
    return _by_wrk(port, paths, seconds) if has_wrk() else _by_threads(port, paths, seconds)


def _by_wrk(port: int, paths: Sequence[str], seconds: float) -> float:
    headers = [part for name, value in HEADERS.items() for part in ("-H", f"{name}: {value}")]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT.format(paths=", ".join(f'"{path}"' for path in paths)))
        script.flush()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", script.name, *headers, f"http://127.0.0.1:{port}"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"not every answer was good:\n{said}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if found is None:
        raise RuntimeError(f"wrk said nothing of its rate:\n{said}")
    return float(found.group(1))


def _by_threads(port: int, paths: Sequence[str], seconds: float) -> float:
    counts: list[int] = []
    faults: list[str] = []
    until = time.perf_counter() + seconds

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        n = 0
        for path in cycle(paths):
            if time.perf_counter() > until:
                break
            connection.request("GET", path, headers=HEADERS)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                faults.append(f"{path}: {answer.status}")
                break
            n += 1
        counts.append(n)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(f"not every answer was good: {faults[:3]}")
    return sum(counts) / seconds


def answer_of(port: int, path: str) -> tuple[int, bytes]:
    """Status and body as they come over the wire."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=HEADERS)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def wait_until_up(port: int, path: str, process: subprocess.Popen[bytes], *, wait_s: float = 60.0) -> None:
    """Returns when the address answers 200."""
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            if answer_of(port, path)[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"no answer on port {port} within {wait_s:.0f} s")
