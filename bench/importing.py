"""Importing against raw `sqlite3` inserting the same rows; the second run against the first; memory over a large file.

`./run bench importing`, or `python -m bench.importing --papers 20000 --memory-mb 1000`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bench.generating import Generator, write_crossref, write_jsonl, write_pubmed
from bench.measuring import DATA, in_turns, print_ratio, sql_time, timed, workplace
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.core.migrating import migrate
from reviewhub.imports.reading import open_plain
from reviewhub.imports.services import Report, import_file, reads_of

# Tables that an import does not fill, or fills with what has nothing to do with the records.
_NOT_RECORDS = ("alembic_version", "import_runs", "jobs", "sqlite_sequence", "sqlite_stat1")

_numbers = itertools.count()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=3_000, help="records in each generated file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory-mb", type=int, default=100, help="size of the file whose import is watched for memory; 0: leave out")
    parser.add_argument("--watched", type=Path, nargs=2, metavar=("FILE", "DATABASE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.watched:
        _import_watched(*args.watched)
        return
    with workplace() as folder:
        template = folder / "empty.sqlite3"
        database = Database(f"sqlite:///{template}")
        migrate(database)
        database.dispose()
        for name, suffix, write in (
            ("PubMed XML", "xml", write_pubmed),
            ("Crossref JSON", "jsonl", write_crossref),
            ("own JSON lines", "own.jsonl", write_jsonl),
        ):
            path = folder / f"generated.{suffix}"
            write(path, Generator().records(args.papers))
            _compare(f"{name}, {args.papers:,} generated records, {path.stat().st_size / 1e6:.0f} MB", path, template, folder, args.rounds)
        for kind in ("pubmed", "crossref"):
            _import_real(kind, template, folder)
        if args.memory_mb:
            _watch_memory(folder, template, args.memory_mb)


def _fresh(template: Path, folder: Path) -> Path:
    return Path(shutil.copy(template, folder / f"copy-{next(_numbers)}.sqlite3"))


def _import(path: Path, file: Path) -> Report:
    database = Database(f"sqlite:///{file}")
    try:
        report = import_file(database, KEEPER, path)
    finally:
        database.dispose()
    return report


def _compare(title: str, path: Path, template: Path, folder: Path, n_rounds: int) -> None:
    print(f"\n{title}")
    filled = _fresh(template, folder)
    report = _import(path, filled)
    if report.n_created == 0:
        raise SystemExit(f"nothing was imported from {path.name}: {[str(p.reason) for p in report.problems[:3]]}")
    rows = rows_of(filled)
    n_rows = sum(len(found) for _, found in rows)

    def first() -> float:
        copy = _fresh(template, folder)
        seconds = timed(lambda: _import(path, copy))
        copy.unlink()
        return seconds

    def raw() -> float:
        copy = _fresh(template, folder)
        seconds = timed(lambda: insert_raw(copy, rows))
        copy.unlink()
        return seconds

    def again() -> float:
        return timed(lambda: _import(path, filled))

    def parse() -> float:
        return timed(lambda: _parse(path))

    took = in_turns(n_rounds, first=first, raw=raw, again=again, parse=parse)
    n = report.n_created
    print_ratio(f"file to rows / raw sqlite3 ({n_rows / n:.0f} rows a paper)", n / took["first"], n / took["raw"], "papers/s", goal="≥ 0.25")
    print_ratio("second run / first run", n / took["again"], n / took["first"], "papers/s", goal="≥ 2")
    _tell_where_time_goes(path, template, folder, took["parse"])
    filled.unlink()


def rows_of(file: Path) -> list[tuple[str, list[tuple[object, ...]]]]:
    """Each table's INSERT and its rows, parents before children as the import wrote them."""
    connection = sqlite3.connect(file)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid") if name not in _NOT_RECORDS]
    found = []
    for name in names:
        rows = connection.execute(f"SELECT * FROM {name}").fetchall()
        if rows:
            found.append((f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows))
    connection.close()
    return found


def insert_raw(file: Path, rows: list[tuple[str, list[tuple[object, ...]]]]) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "foreign_keys=OFF", "synchronous=NORMAL", "temp_store=MEMORY", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
    for statement, found in rows:
        connection.executemany(statement, found)
    connection.execute("COMMIT")
    connection.close()


def _parse(path: Path) -> int:
    with open_plain(path) as stream:
        return sum(1 for _ in reads_of(stream, path.name))


def _tell_where_time_goes(path: Path, template: Path, folder: Path, parsing: float) -> None:
    copy = _fresh(template, folder)
    database = Database(f"sqlite:///{copy}")
    with sql_time(database.engine) as sql:
        whole = timed(lambda: import_file(database, KEEPER, path))
    database.dispose()
    copy.unlink()
    rest = max(0.0, whole - parsing - sql.seconds)
    shares = (("reading the file", parsing), (f"{sql.n:,} statements", sql.seconds), ("matching, merging, rows", rest))
    print("  where the time goes: " + ", ".join(f"{name} {100 * seconds / whole:.0f} %" for name, seconds in shares), flush=True)


def _import_real(kind: str, template: Path, folder: Path) -> None:
    if not (DATA / kind).is_dir():
        print(f"\nreal {kind} records: left out, there is no ../shared/data/{kind}")
        return
    copy = _fresh(template, folder)
    start = time.perf_counter()
    reports = [_import(path, copy) for path in sorted((DATA / kind).rglob("*")) if path.is_file()]
    seconds = time.perf_counter() - start
    n, bad = sum(r.n_read for r in reports), sum(r.n_rejected for r in reports)
    copy.unlink()
    print(f"\nreal {kind} records: {n:,} in {len(reports)} files, {n / seconds:,.0f} a second, {bad} rejected", flush=True)


def _watch_memory(folder: Path, template: Path, megabytes: int) -> None:
    path = folder / "large.xml.gz"
    sample = folder / "sample.xml"
    write_pubmed(sample, Generator(2).records(200))
    n = max(1_000, round(megabytes * 1e6 / (sample.stat().st_size / 200)))
    write_pubmed(path, Generator(2).records(n))
    copy = _fresh(template, folder)
    print(f"\nmemory over PubMed XML of {megabytes:,} MB unpacked, {n:,} records, in a process of its own")
    said = subprocess.run([sys.executable, "-m", "bench.importing", "--watched", path, copy], capture_output=True, text=True, check=True).stdout
    told = json.loads(said)
    own = told["own_mb"]
    quarters = [max(own[len(own) * q // 4 : max(len(own) * (q + 1) // 4, len(own) * q // 4 + 1)]) for q in range(4)]
    print(f"  highest in each quarter of the run: {', '.join(f'{q:.0f}' for q in quarters)} MB of its own   goal ≤ 300, flat")
    print(f"  {told['resident_mb']:.0f} MB with the pages of the database file that are mapped")
    print(f"  {n / told['seconds']:,.0f} papers/s")


def _import_watched(path: Path, file: Path) -> None:
    stop = threading.Event()
    samples: list[tuple[float, float]] = []
    watcher = threading.Thread(target=_sample, args=(stop, samples.append))
    watcher.start()
    start = time.perf_counter()
    report = _import(path, file)
    seconds = time.perf_counter() - start
    stop.set()
    watcher.join()
    if report.n_rejected or report.is_unreadable:
        raise SystemExit(f"{report.n_rejected} rejected: {[str(p.reason) for p in report.problems[:3]]}")
    print(json.dumps({"own_mb": [own for own, _ in samples], "resident_mb": max(whole for _, whole in samples), "seconds": seconds}))


def _sample(stop: threading.Event, keep: Callable[[tuple[float, float]], None]) -> None:
    process = psutil.Process()
    while True:
        told = process.memory_info()
        # What SQLite maps of its file counts as shared: the system may take it back at any time.
        keep(((told.rss - getattr(told, "shared", 0)) / 1e6, told.rss / 1e6))
        if stop.wait(0.2):
            return


if __name__ == "__main__":
    main()
