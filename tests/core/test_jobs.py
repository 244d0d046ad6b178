"""Jobs exist if, and only if, the change that causes them is committed; each is done, even when a worker dies over it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from reviewhub.core import clock, jobs
from reviewhub.core.db import Database
from reviewhub.events import PapersChanged, PapersMerged

done: list[Any] = []


def note(database: Database, settings: Any, event: Any) -> None:
    done.append((settings, event))


def fail(database: Database, settings: Any, event: Any) -> None:
    raise RuntimeError("no luck")


@pytest.fixture
def subscriptions() -> Iterator[jobs.Subscriptions]:
    done.clear()
    mine = jobs.Subscriptions({PapersChanged: [note], PapersMerged: [fail]})
    before = jobs._subscriptions
    jobs.subscribe(mine)
    yield mine
    jobs.subscribe(before)


def emit(database: Database, event: Any, *, is_committed: bool = True) -> None:
    with database.write() as session:
        jobs.emit(session, event)
        session.commit() if is_committed else session.rollback()


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = clock.now() + dt.timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "now", lambda: now)


def test_a_job_gets_the_event_as_it_was_and_is_gone_when_done(database: Database, subscriptions: jobs.Subscriptions) -> None:
    emit(database, PapersChanged((1, 2)))
    assert jobs.run_due(database, "settings") == 1
    assert done == [("settings", PapersChanged((1, 2)))]
    assert jobs.run_due(database, "settings") == 0


def test_what_is_rolled_back_leaves_no_job(database: Database, subscriptions: jobs.Subscriptions) -> None:
    emit(database, PapersChanged((1,)), is_committed=False)
    assert jobs.run_due(database, None) == 0
    assert done == []


def test_a_failing_job_keeps_its_error_and_is_tried_again_later(database: Database, subscriptions: jobs.Subscriptions, monkeypatch: pytest.MonkeyPatch) -> None:
    emit(database, PapersMerged(1, 2))
    assert jobs.run_due(database, None) == 1
    with database.read() as session:
        job = session.scalars(sa.select(jobs.Job)).one()
        assert (job.n_tries, job.error) == (1, "RuntimeError: no luck")
    assert not jobs.run_next(database, None), "it waits before the next try"
    later(monkeypatch, 2)
    assert jobs.run_next(database, None)


def test_a_job_that_fails_for_good_rests_in_the_table_and_is_counted(
    database: Database, subscriptions: jobs.Subscriptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit(database, PapersMerged(1, 2))
    for n in range(jobs.MAX_TRIES):
        later(monkeypatch, jobs.LONGEST_WAIT_S * (n + 1))
        assert jobs.run_next(database, None)
    later(monkeypatch, 10 * jobs.LONGEST_WAIT_S)
    assert not jobs.run_next(database, None)
    with database.read() as session:
        assert jobs.counts(session) == {"waiting": 0, "failed": 1}


def test_the_job_of_a_worker_that_died_is_free_again_when_its_lease_ends(
    database: Database, subscriptions: jobs.Subscriptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit(database, PapersChanged((1,)))
    assert jobs.take(database) is not None  # and the worker dies here
    assert not jobs.run_next(database, None)
    later(monkeypatch, jobs.LEASE_S + 1)
    assert jobs.run_next(database, None)
    assert len(done) == 1


def test_workers_side_by_side_do_every_job_once(database: Database, subscriptions: jobs.Subscriptions) -> None:
    for n in range(40):
        emit(database, PapersChanged((n,)))
    stop = threading.Event()
    workers = [threading.Thread(target=jobs.work, args=(database, None, stop), kwargs={"pause_s": 0.01}) for _ in range(4)]
    for worker in workers:
        worker.start()
    waited = threading.Event()
    for _ in range(1000):
        if len(done) >= 40:
            break
        waited.wait(0.02)
    stop.set()
    for worker in workers:
        worker.join(10)
        assert not worker.is_alive()
    assert sorted(event.paper_ids[0] for _, event in done) == list(range(40))
