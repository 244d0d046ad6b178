"""A site from nothing, its processes, and their end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from reviewhub.core.db import Database
from reviewhub.papers.models import Paper
from reviewhub.ratings.models import PaperScore

ROOT = Path(__file__).resolve().parents[2]
STARTER = "10.3389/fnmol.2022.1074205"


def test_setup_makes_a_site_from_nothing_and_may_be_repeated(app: Flask, database: Database) -> None:
    first = app.test_cli_runner().invoke(args=["setup"])
    assert first.exit_code == 0, first.output
    with database.read() as session:
        n = session.scalar(sa.select(sa.func.count()).select_from(Paper)) or 0
        assert n > 60
        assert session.scalars(sa.select(PaperScore.overall)).all() == [900]
    again = app.test_cli_runner().invoke(args=["setup"])
    assert (again.exit_code, again.output) == (0, "")
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Paper)) == n
    found = app.test_cli_runner().invoke(args=["search", "query", STARTER, "--json"])
    assert json.loads(found.stdout)["hits"][0]["title"] == "The effect and mechanism of exercise for post-stroke pain"
    assert app.test_cli_runner().invoke(args=["search", "check"]).exit_code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serving_answers_does_jobs_and_stops_when_told(tmp_path: Path, number: signal.Signals) -> None:
    env = {**os.environ, "REVIEWHUB_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    flask = [sys.executable, "-m", "flask"]
    subprocess.run([*flask, "setup"], cwd=ROOT, env=env, check=True, capture_output=True, timeout=120)
    server = subprocess.Popen([*flask, "serve", "--port", "0"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        told = server.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", told)
        assert address, told
        with urllib.request.urlopen(f"{address[0]}/zh/doi/{STARTER}", timeout=30) as answer:
            page = answer.read().decode()
        assert "评分不足" in page
        record = tmp_path / "one.ris"
        record.write_text("TY  - JOUR\nTI  - Quite unheard of quokka questionnaires\nAU  - Doe, Jane\nPY  - 2020\nER  - \n")
        subprocess.run([*flask, "papers", "import", str(record)], cwd=ROOT, env=env, check=True, capture_output=True, timeout=60)
        assert is_found_soon(f"{address[0]}/search?q=quokka", "quokka questionnaires")
    finally:
        server.send_signal(number)
        _, complaints = server.communicate(timeout=60)
    assert server.returncode == 0
    assert "Traceback" not in complaints


def test_a_port_given_as_an_option_stands_in_absolute_addresses(tmp_path: Path) -> None:
    env = {**os.environ, "REVIEWHUB_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    for name in ("PORT", "REVIEWHUB_SITE_URL"):
        env.pop(name, None)
    flask = [sys.executable, "-m", "flask"]
    subprocess.run([*flask, "setup"], cwd=ROOT, env=env, check=True, capture_output=True, timeout=120)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*flask, "serve", "--port", str(port)], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert f"http://127.0.0.1:{port} " in server.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/robots.txt", timeout=30) as answer:
            assert f"Sitemap: http://127.0.0.1:{port}/sitemap.xml" in answer.read().decode()
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert server.returncode == 0


def is_found_soon(address: str, words: str) -> bool:
    """Whether the worker brings a new paper into the results while we look."""
    for _ in range(120):
        with urllib.request.urlopen(address, timeout=30) as answer:
            if words in re.sub("</?mark>", "", answer.read().decode()):
                return True
        time.sleep(0.25)
    return False
