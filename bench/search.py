"""How quick search is: against SQLite's FTS5 and, where it is installed, tantivy, on the same records and queries, in turns in one run.

`./run bench search`, or `python -m bench.search --records 17000 100000 --queries 40`. Prints processor time for a query by kind, and ratios; then
how fast records are indexed, how much disk and memory the index takes, how long it takes to open, and from a rating to the results.
tantivy is compared with only if `import tantivy` works: `pip install --target FOLDER tantivy`, and PYTHONPATH=FOLDER.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bench.asked import BESIDE, KINDS, Asked, queries
from bench.measuring import print_ratio, workplace
from bench.rivals import PAGE, Rival, rivals
from bench.shelf import pool, shelf
from reviewhub.search.backend import Filters
from reviewhub.search.documents import Document, Standing
from reviewhub.search.language import parse
from reviewhub.search.whoosh_index import WhooshIndex


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--records", type=int, nargs="+", default=[17_000], help="sizes of the shelf: 17000 100000 300000")
    parser.add_argument("--queries", type=int, default=30, help="queries of each kind")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--opened", type=Path, nargs=2, metavar=("FOLDER", "QUERIES"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.opened:
        _tell_cost_of_opening(*args.opened)
        return
    for n in args.records:
        with workplace() as folder:
            _compare(folder, n, args.queries, args.rounds)


def answer(index: WhooshIndex, asked: Asked) -> int:
    """One page as the site asks for it."""
    sort = "newest" if asked.kind == "sort" else "relevance"
    return index.search(parse(asked.typed), Filters(), sort, asked.offset, PAGE, facets=asked.kind == "facets").total


def _compare(folder: Path, n: int, n_queries: int, n_rounds: int) -> None:
    documents = list(shelf(n))
    print(f"\n{n:,} records, {'drawn from real ones' if pool().is_real else 'made up'}", flush=True)
    index = WhooshIndex(folder / "search")
    others = rivals(folder)
    seconds = {"reviewhub": _spent(lambda: index.rebuild(lambda batch: batch.put(documents), lambda _batch, _written: None))}
    for other in others:
        seconds[other.name] = _spent(lambda other=other: other.fill(documents))  # type: ignore[misc]
    asked = queries(documents, n_queries)
    _tell_times(index, others, asked, n_rounds)
    for other in others:
        print_ratio(f"records indexed a second, against {other.name}", n / seconds["reviewhub"], n / seconds[other.name], "a second", goal="0.4 of tantivy")
    sizes = {path.name: _size(path) for path in folder.iterdir()}
    for other, name in ((other, "tantivy" if other.name == "tantivy" else "fts5.sqlite3") for other in others):
        print_ratio(f"disk, against {other.name}", sizes["search"] / 1e6, sizes[name] / 1e6, "MB", goal="at most 2 of tantivy")
    _tell_opening(folder, [one.typed for some in asked.values() for one in some])
    _tell_freshness(index, documents)


def _spent(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _size(path: Path) -> int:
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file()) if path.is_dir() else path.stat().st_size


def _tell_times(index: WhooshIndex, others: list[Rival], asked: dict[str, list[Asked]], n_rounds: int) -> None:
    """Processor milliseconds of every query, asked for the first time and, the least of the rounds, again; the engines take turns query by query."""
    engines: dict[str, Callable[[Asked], int]] = {"reviewhub": lambda one: answer(index, one)} | {other.name: other.answer for other in others}
    first: dict[str, dict[str, list[float]]] = {name: {kind: [] for kind in asked} for name in engines}
    again: dict[str, dict[str, list[float]]] = {name: {kind: [] for kind in asked} for name in engines}
    for kind, some in asked.items():
        for n, one in enumerate(some):
            for name in list(engines)[:: 1 if n % 2 else -1]:
                first[name][kind].append(_spent(lambda: engines[name](one)) * 1000)  # noqa: B023 - called at once
        for one in some:
            taken: dict[str, list[float]] = {name: [] for name in engines}
            for n in range(n_rounds):
                for name in list(engines)[:: 1 if n % 2 else -1]:
                    taken[name].append(_spent(lambda: engines[name](one)) * 1000)  # noqa: B023
            for name in engines:
                again[name][kind].append(min(taken[name]))
    print("  milliseconds of processor time, p50 / p95" + "".join(f"{name:>20}" for name in engines))
    for kind in asked:
        print(f"  {kind:<41}" + "".join(_both(again[name][kind]) for name in engines) + ("   not in the mix" if kind in BESIDE else ""), flush=True)
    for title, times in (("all fifteen kinds", again), ("all, asked for the first time", first)):
        mixed = {name: [one for kind in KINDS for one in times[name][kind]] for name in engines}
        print(f"  {title:<41}" + "".join(_both(mixed[name]) for name in engines))
        for other in others:
            ours, theirs = mixed["reviewhub"], mixed[other.name]
            goal = "   goal p95 at most 1.0" if other.name == "tantivy" else ""
            print(f"    against {other.name:<12} p50 = {statistics.median(ours) / statistics.median(theirs):.3f}   p95 = {_p95(ours) / _p95(theirs):.3f}{goal}")
    if len(others) < 2:
        print("  tantivy is not installed here, so it is not compared with")


def _both(some: list[float]) -> str:
    return f"{statistics.median(some):>11.2f} /{_p95(some):>7.2f}"


def _p95(some: list[float]) -> float:
    return sorted(some)[int(0.95 * len(some))]


def _tell_opening(folder: Path, typed: list[str]) -> None:
    """In a process of its own, as a worker of the site opens it."""
    (folder / "typed.json").write_text(json.dumps(typed))
    command = [sys.executable, "-m", "bench.search", "--opened", str(folder / "search"), str(folder / "typed.json")]
    print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="", flush=True)


def _tell_cost_of_opening(folder: Path, typed: Path) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    started = time.perf_counter()
    index = WhooshIndex(folder)
    index.count()
    opened = time.perf_counter() - started
    index.search(parse("gene expression"), Filters(), "relevance", 0, PAGE)
    first = time.perf_counter() - started
    after_one = process.memory_info().rss
    for text in json.loads(typed.read_text()):
        index.search(parse(text), Filters(), "relevance", 0, PAGE, facets=True)
    print(f"  opened in {opened * 1000:.0f} ms (goal 100), first results after {first * 1000:.0f} ms", end="; ")
    mb = [(rss - before) / 1e6 for rss in (after_one, process.memory_info().rss)]
    print(f"memory taken: {mb[0]:.0f} MB after one query, {mb[1]:.0f} MB after {len(json.loads(typed.read_text())):,} (goal 150 at 100,000 records)")


def _tell_freshness(index: WhooshIndex, documents: list[Document]) -> None:
    """From a rating, and from a new paper, to a search in another process's index object that shows it."""
    reader = WhooshIndex(index.folder)
    reader.count()

    def rated() -> None:
        with index.batch() as batch:
            batch.stand([Standing(documents[0].id, 900, 950, 20, 3)])
        assert reader.search(parse("rated:>=4"), Filters(), "top", 0, 1).hits[0][0] == documents[0].id

    def added() -> None:
        with index.batch() as batch:
            batch.put([Document(10**9, 1, "article", 2025, 20250101, None, ["Zyzzyva recently described"])])
        assert reader.search(parse("zyzzyva"), Filters(), "relevance", 0, 1).total == 1

    for name, work in (("rating", rated), ("new paper", added)):
        start = time.perf_counter()
        work()
        print(f"  {name} to results: {(time.perf_counter() - start) * 1000:.0f} ms (goal 2,000)", flush=True)


if __name__ == "__main__":
    main()
