"""The database keeps its promises: writers wait for each other, times keep their zone, rows go in as they are."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from reviewhub.core import clock
from reviewhub.core.db import Database, Turns, insert_rows, reserve_ids
from reviewhub.core.jobs import Job
from reviewhub.papers.models import Keyword

COLUMNS = ("id", "event", "handler", "facts", "n_tries", "run_at", "leased_until", "error", "added_at")


def test_rows_go_in_with_json_times_and_nothing_as_they_are(database: Database) -> None:
    now = clock.now()
    facts = {"words": ["a", "疼痛", "%s ? :x"], "n": 1, "none": None}
    with database.write() as session, session.begin():
        ids = list(reserve_ids(session, Job, 2))
        insert_rows(session, Job, COLUMNS, [(i, "E", "h", facts, 0, now, None, "100 % sure?", now) for i in ids])
    with database.read() as session:
        rows = session.scalars(sa.select(Job).order_by(Job.id)).all()
        assert [r.id for r in rows] == ids
        assert (rows[0].facts, rows[0].run_at, rows[0].leased_until, rows[0].error) == (facts, now, None, "100 % sure?")


def test_reserved_keys_are_not_given_out_twice(database: Database) -> None:
    with database.write() as session, session.begin():
        ids = list(reserve_ids(session, Keyword, 3))
        insert_rows(session, Keyword, ("id", "slug", "term"), [(i, str(i), "x") for i in ids])
    with database.write() as session, session.begin():
        session.add(Keyword(slug="next", term="x"))
        session.flush()
        more = list(reserve_ids(session, Keyword, 2))
    assert len({*ids, *more}) == 5


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with database.write() as session, pytest.raises(sa.exc.StatementError, match="without a zone"):
        session.execute(sa.select(Job.id).where(Job.run_at < dt.datetime(2026, 1, 1)))  # noqa: DTZ001


def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    with database.write() as session, session.begin():
        session.add(Keyword(id=1, slug="0", term="0"))
    faults: list[BaseException] = []

    def add(n: int) -> None:
        try:
            for _ in range(n):
                with database.write() as session, session.begin():
                    row = session.get_one(Keyword, 1, with_for_update=True)
                    row.term = str(int(row.term) + 1)
        except BaseException as error:  # noqa: BLE001 - shown to the test below
            faults.append(error)

    threads = [threading.Thread(target=add, args=(25,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.read() as session:
        assert session.get_one(Keyword, 1).term == "100"


def test_writers_go_in_the_order_in_which_they_came(tmp_path: object) -> None:
    turns, order, threads = Turns(), list[int](), list[threading.Thread]()
    assert turns.take(0)
    for n in range(8):
        is_coming = threading.Event()

        def go(n: int = n, is_coming: threading.Event = is_coming) -> None:
            is_coming.set()
            assert turns.take(30)
            order.append(n)
            turns.give_back()

        threads.append(threading.Thread(target=go))
        threads[-1].start()
        assert is_coming.wait(30)
        while turns.n_waiting <= n:
            time.sleep(0.001)
    assert not turns.take(0.01), "who does not wait does not push in either"
    turns.give_back()
    for thread in threads:
        thread.join()
    assert order == list(range(8))
    assert turns.take(0)


def test_a_turn_ends_with_the_transaction_however_it_ends(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite3")
    with database.write() as session:
        session.execute(sa.text("SELECT 1"))
        session.rollback()
        session.execute(sa.text("SELECT 1"))
        session.commit()
        session.execute(sa.text("SELECT 1"))
    with contextlib.suppress(sa.exc.OperationalError), database.write() as session, session.begin():
        session.execute(sa.text("SELECT * FROM nothing"))
    with database.write() as session:
        session.connection().invalidate()
        session.rollback()
    done = threading.Event()

    def write() -> None:
        with database.write() as session, session.begin():
            session.execute(sa.text("SELECT 1"))
        done.set()

    threading.Thread(target=write, daemon=True).start()
    assert done.wait(10)
    database.dispose()


def test_sqlite_runs_with_a_write_ahead_log_and_foreign_keys(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite3")
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert (connection.exec_driver_sql("PRAGMA busy_timeout").scalar() or 0) >= 1000
    database.dispose()


def test_who_opens_a_new_file_waits_for_whoever_is_making_it(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE made (a)")
    other.execute("BEGIN")
    other.execute("SELECT * FROM made").fetchall()  # reads in the old mode, which cannot be changed under it
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    database = Database(f"sqlite:///{path}")
    with database.read() as session:
        assert session.scalar(sa.text("PRAGMA journal_mode")) == "wal"
    database.dispose()
    other.close()
