"""Pages against a constant Flask response of the same size under the same server; a page far down a list against its first; where the time goes.

`./run bench pages`, or `python -m bench.pages --papers 16000`.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import jinja2
import sqlalchemy as sa
from flask import Flask

from bench.generating import Generator, write_jsonl
from bench.loading import answer_of, has_wrk, pages_a_second
from bench.measuring import in_turns, print_ratio, sql_time, workplace
from bench.serving import free_port, process, start_waitress
from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.core.migrating import migrate
from reviewhub.imports.services import import_file
from reviewhub.papers.models import Paper

# Records that the load goes round: more than any connection asks for in a row, few enough to name.
N_RECORDS = 200
# Far enough down that counting from the top would show.
DEEP = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=16_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="of load for each measure and round")
    args = parser.parse_args()
    with workplace() as home:
        settings = Settings.from_environment({"REVIEWHUB_HOME": str(home)})
        ids = _fill(settings, home, args.papers)
        step = max(1, len(ids) // N_RECORDS)
        records = [f"/papers/{i}" for i in ids[::step][:N_RECORDS]]
        pages = {
            "record page": records,
            "record page, made anew": [f"{path}?anew" for path in records],  # a page with a question is not kept
            "record page, Chinese": [f"/zh{path}" for path in records],
            "browse list": ["/papers"],
            "browse list, made anew": ["/papers?anew"],
            "home": ["/"],
        }
        print(f"{args.papers:,} papers; load by {'wrk' if has_wrk() else 'threads of Python'}, 8 connections, gzip accepted")
        for server, start in (("waitress, as ./run serves", start_waitress), ("gunicorn gthread, two workers", _start_gunicorn)):
            _compare(server, start, home, pages, args.rounds, args.seconds)
        _look_inside(settings, pages)


def _fill(settings: Settings, home: Path, n: int) -> list[int]:
    database = Database(settings.database_url)
    migrate(database)
    file = home / "papers.jsonl"
    write_jsonl(file, Generator().records(n))
    start = time.perf_counter()
    report = import_file(database, KEEPER, file, format="jsonl")
    print(f"{report.n_created:,} papers made in {time.perf_counter() - start:.0f} s", flush=True)
    file.unlink()
    with database.read() as session:
        ids = list(session.scalars(sa.select(Paper.id).order_by(Paper.id)))
    database.dispose()
    return ids


def _start_gunicorn(target: str, path: str, **environment: str) -> AbstractContextManager[int]:
    port = free_port()
    words = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "4", "-b", f"127.0.0.1:{port}", target]
    return process(words, path, port, **environment)


def _compare(server: str, start: Callable[..., AbstractContextManager[int]], home: Path, pages: dict[str, list[str]], n_rounds: int, seconds: float) -> None:
    print(f"\n{server}")
    with ExitStack() as running:
        site = running.enter_context(start("wsgi:app", "/papers", REVIEWHUB_HOME=str(home)))
        hello = running.enter_context(start("bench.constant:app", "/", CONSTANT_BYTES="5"))
        for name, paths in pages.items():
            size = round(statistics.median(_size(site, path) for path in paths[:: max(1, len(paths) // 20)]))
            with start("bench.constant:app", "/", CONSTANT_BYTES=str(size)) as constant:
                took = in_turns(
                    n_rounds,
                    ours=lambda paths=paths: pages_a_second(site, paths, seconds),
                    same=lambda constant=constant: pages_a_second(constant, ["/"], seconds),
                    hello=lambda: pages_a_second(hello, ["/"], seconds),
                )
            print_ratio(f"{name} / constant of {size / 1000:.1f} kB", took["ours"], took["same"], "pages/s")
            print_ratio(f"{name} / hello", took["ours"], took["hello"], "pages/s")


def _size(port: int, path: str) -> int:
    status, body = answer_of(port, path)
    if status != 200:
        raise RuntimeError(f"{path} answered {status}")
    return len(body)


def _look_inside(settings: Settings, pages: dict[str, list[str]]) -> None:
    """In one process and one thread, without a server: statements, their time, rendering, the rest."""
    app = create_app(settings)
    database: Database = app.extensions["database"]
    print("\nwhere the time goes (in process, no server; median of a page in ms)")
    for name, paths in pages.items():
        _print_parts(app, database, name, paths)
    _compare_depth(app)
    database.dispose()


def _print_parts(app: Flask, database: Database, name: str, paths: list[str]) -> None:
    client = app.test_client()
    for path in paths[:5]:
        client.get(path)
    totals, sql_times, renderings, counts = [], [], [], []
    for path in (paths * 50)[:200]:
        with sql_time(database.engine) as sql, _rendering() as rendering:
            start = time.perf_counter()
            answer = client.get(path)
            totals.append(1000 * (time.perf_counter() - start))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        sql_times.append(1000 * sql.seconds)
        renderings.append(1000 * sum(rendering))
        counts.append(sum(not s.startswith(("BEGIN", "PRAGMA", "ROLLBACK", "COMMIT")) for s in sql.statements))
    total, in_sql, in_template = map(statistics.median, (totals, sql_times, renderings))
    print(
        f"  {name:<24} {total:6.2f} = {statistics.median(counts):.0f} SQL statements {in_sql:.2f} + templates {in_template:.2f}"
        f" + the rest {total - in_sql - in_template:.2f}; {len(answer.data) / 1000:.0f} kB",
        flush=True,
    )


@contextmanager
def _rendering() -> Iterator[list[float]]:
    """Seconds of each outermost rendering of a template."""
    told: list[float] = []
    original = jinja2.Template.render

    def render(self: jinja2.Template, *args: object, **facts: object) -> str:
        start = time.perf_counter()
        try:
            return original(self, *args, **facts)
        finally:
            told.append(time.perf_counter() - start)

    jinja2.Template.render = render  # type: ignore[method-assign]
    try:
        yield told
    finally:
        jinja2.Template.render = original  # type: ignore[method-assign]


def _compare_depth(app: Flask) -> None:
    client = app.test_client()
    path, n = "/papers", 1
    while n < DEEP and (following := _next_of(client.get(path).text)):
        path, n = following, n + 1

    def took(path: str) -> float:
        start = time.perf_counter()
        for _ in range(20):
            client.get(path)
        return (time.perf_counter() - start) / 20 * 1e6

    medians = in_turns(7, deep=lambda: took(path), first=lambda: took("/papers"))
    print_ratio(f"page {n} of the list / page 1", medians["deep"], medians["first"], "µs", goal="≤ 1.2")


def _next_of(html: str) -> str | None:
    found = re.search(r'<a\b[^>]*\brel="next"[^>]*>', html)
    href = re.search(r'href="([^"]+)"', found.group()) if found else None
    return href.group(1).replace("&amp;", "&") if href else None


if __name__ == "__main__":
    main()
