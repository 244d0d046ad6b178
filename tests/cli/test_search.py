"""What a keeper asks of the index, and how a site looks after it by itself: missing, broken or behind, it is mended while the site is up."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from reviewhub.cli import running
from reviewhub.core import jobs
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.search import services
from reviewhub.search.backend import IndexAway
from tests.people import rated

ROOT = Path(__file__).resolve().parents[2]


def add(database: Database, *titles: str) -> list[int]:
    with database.write() as session, session.begin():
        return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, [PaperRecord("hand", title=title, source_key=title) for title in titles])]


def run(app: Flask, *args: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["search", *args])
    return done.exit_code, done.output


def test_words_are_asked_for_and_answered_as_text_or_json(app: Flask, database: Database) -> None:
    first, second = add(database, "Sleep of bees", "Sleep of <i>mice</i>")
    assert run(app, "query", "sleep")[0] == 1  # not built yet
    assert run(app, "rebuild") == (0, "2 papers indexed\n")
    code, said = run(app, "query", "mice")
    assert (code, said) == (0, f"{second:>8}  Sleep of mice\n1 found\n")
    code, said = run(app, "query", "sleep", "--json", "--limit", "1")
    found = json.loads(said)
    assert (code, found["total"], [hit["id"] for hit in found["hits"]]) == (0, 2, [first])
    assert json.loads(run(app, "query", "zzzz", "--json")[1]) == {"total": 0, "relaxed": False, "hits": []}


def test_a_check_names_what_differs_until_it_is_mended(app: Flask, database: Database) -> None:
    code, said = run(app, "check")
    assert code == 1
    assert "cannot be used" in said
    first, _ = add(database, "Sleep of bees", "Sleep of mice")
    run(app, "rebuild")
    assert run(app, "check")[1].splitlines()[-1] == "index and database agree"
    (third,) = add(database, "Sleep of rats")
    with database.write() as session, session.begin():
        rated(session, first, [9])
    code, said = run(app, "check")
    assert code == 1
    assert f"not in the index: {third}" in said
    assert f"score they had before: {first}" in said
    assert "jobs wait" in said
    jobs.run_due(database, app.extensions["settings"])
    assert run(app, "check") == (0, "index and database agree\n")


def test_a_large_site_does_not_wait_for_its_index(app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    add(database, "Sleep of bees", "Sleep of mice")
    monkeypatch.setattr(running, "WORTH_WAITING_FOR", 1)
    said = app.test_cli_runner().invoke(args=["setup", "--soon"])
    assert said.exit_code == 0
    assert "the worker does it" in said.output
    assert services.needs_rebuild(database, app.extensions["settings"])
    assert app.test_cli_runner().invoke(args=["setup"]).output == "Search index: 2 papers.\n"
    assert app.test_cli_runner().invoke(args=["setup", "--soon"]).output == ""


def test_a_site_is_set_up_though_its_search_cannot_be(app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise IndexAway("no node answers")

    monkeypatch.setattr(services, "prepare", refuse)
    done = app.test_cli_runner().invoke(args=["setup"])
    assert done.exit_code == 0
    assert "Search is away: no node answers" in done.output


@contextmanager
def served(home: Path) -> Iterator[str]:
    """`flask serve` on this home; gives its address."""
    env = {**os.environ, "REVIEWHUB_HOME": str(home), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        [sys.executable, "-m", "flask", "serve", "--port", "0"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        told = server.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", told)
        assert address, told
        yield address[0]
    finally:
        server.send_signal(signal.SIGTERM)
        _, complaints = server.communicate(timeout=60)
    assert server.returncode == 0
    assert "fault at" not in complaints, complaints  # a job may fail while its folder goes, and is tried again


def page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def comes_back(address: str) -> bool:
    for _ in range(240):
        if 'class="line"' in page(address):
            return True
        time.sleep(0.25)
    return False


@pytest.mark.parametrize("harm", ["deleted", "emptied", "garbled"])
def test_a_harmed_index_is_mended_when_the_site_starts_and_while_it_runs(tmp_path: Path, harm: str) -> None:
    env = {**os.environ, "REVIEWHUB_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "flask", "setup"], cwd=ROOT, env=env, check=True, capture_output=True, timeout=120)
    folder = tmp_path / "search"
    if harm == "deleted":
        shutil.rmtree(folder)
    for path in [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]:
        path.write_bytes(b"" if harm == "emptied" else bytes(byte ^ 0x5A for byte in path.read_bytes()))
    with served(tmp_path) as address:
        assert comes_back(f"{address}/search?q=exercise")
        shutil.rmtree(folder, ignore_errors=True)
        notes = {prefix: re.search(r'class="note note-warn"[^>]*>([^<]+)', page(f"{address}{prefix}/search?q=exercise")) for prefix in ("", "/zh")}
        if notes[""] and notes["/zh"]:  # it may be back already
            assert "Search is away" in notes[""][1]
            assert "搜索" in notes["/zh"][1]
        assert "<ol" in page(f"{address}/papers")
        assert comes_back(f"{address}/zh/search?q=exercise")
