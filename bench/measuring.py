"""How figures are taken and printed: rounds that take turns, medians, ratios with both their sides."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder inside the checkout that goes when the measuring is over."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build, prefix="bench-") as folder:
        yield Path(folder)


def in_turns(n_rounds: int, **measures: Callable[[], float]) -> dict[str, float]:
    """Takes every measure once a round, the order turned about each time, so that a slow minute of the machine hits all alike; their medians."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    names = list(measures)
    for n in range(n_rounds):
        for name in names if n % 2 == 0 else reversed(names):
            found[name].append(measures[name]())
    return {name: statistics.median(values) for name, values in found.items()}


def timed(work: Callable[[], object]) -> float:
    """Seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@dataclass
class SqlTime:
    """What an engine was asked while this was watching."""

    n: int = 0
    seconds: float = 0.0
    statements: list[str] = field(default_factory=list)


@contextmanager
def sql_time(engine: sa.Engine) -> Iterator[SqlTime]:
    """Counts statements and the seconds the driver took for them; fetching rows is not in it."""
    told = SqlTime()
    starts: list[float] = []

    def before(*_: object) -> None:
        starts.append(time.perf_counter())

    def after(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        told.seconds += time.perf_counter() - starts.pop()
        told.n += 1
        told.statements.append(statement)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def print_ratio(name: str, ours: float, reference: float, unit: str, *, goal: str = "") -> None:
    """One line: our figure, what it is measured against, the ratio of the two, and what it should be."""
    print(f"  {name:<44} {ours:>10,.0f} / {reference:>10,.0f} {unit:<10} = {ours / reference:>6.3f}" + (f"   goal {goal}" if goal else ""), flush=True)
