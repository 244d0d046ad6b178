"""The public log: whole as written, and every way of tampering shows."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.moderation import log
from reviewhub.moderation.models import LogEntry, LogHead
from reviewhub.moderation.rules import FIRST_HASH, chained
from tests.people import person


def write(database: Database, n: int) -> None:
    with database.write() as session, session.begin():
        for i in range(n):
            log.append(session, KEEPER, "hide", f"comment:{i}", reason=f"Reason № {i} 理由", paper_id=i, facts={"n": i, "reasons": ["spam"]})


def faults(database: Database) -> list[str]:
    with database.read() as session:
        return list(log.faults(session))


def test_a_log_that_nobody_touched_is_whole(database: Database) -> None:
    assert faults(database) == []
    write(database, 5)
    assert faults(database) == []
    with database.read() as session:
        found = log.lines(session)
        assert [line.number for line in found] == [5, 4, 3, 2, 1]
        assert found[-1].previous_hash == FIRST_HASH
        assert [line.number for line in log.lines(session, before=3)] == [2, 1]


def test_anyone_can_check_a_line_from_what_is_shown(database: Database) -> None:
    write(database, 1)
    with database.read() as session:
        (line,) = log.lines(session)
    shown = {name: getattr(line, name) for name in ("number", "at", "role", "action", "target", "paper_id", "reason", "facts")}
    assert chained(line.previous_hash, shown) == line.hash


def _remove(number: int) -> Any:
    return sa.delete(LogEntry).where(LogEntry.number == number)


def _alter(**values: object) -> Any:
    return sa.update(LogEntry).where(LogEntry.number == 3).values(**values)


@pytest.mark.parametrize(
    "tampering",
    [
        [_remove(1)],
        [_remove(3)],
        [_remove(5)],
        [_remove(4), _remove(5)],
        [sa.delete(LogEntry)],
        [_alter(reason="Something else")],
        [_alter(role="admin")],
        [_alter(facts={})],
        [_alter(paper_id=None)],
        [_alter(hash="f" * 64)],
        [_remove(3), sa.update(LogEntry).where(LogEntry.number == 4).values(number=3), sa.update(LogEntry).where(LogEntry.number == 5).values(number=4)],
        [sa.update(LogHead).values(hash="f" * 64)],
    ],
)
def test_tampering_shows(database: Database, tampering: list[Any]) -> None:
    write(database, 5)
    with database.write() as session, session.begin():
        for statement in tampering:
            session.execute(statement)
    assert faults(database) != []


def test_writers_at_once_make_one_chain(database: Database) -> None:
    barrier = threading.Barrier(8)

    def go() -> None:
        barrier.wait(60)
        for _ in range(3):
            write(database, 1)

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults(database) == []
    with database.read() as session:
        assert len(log.lines(session)) == 24


def test_it_names_nobody(database: Database) -> None:
    with database.write() as session, session.begin():
        moderator, reader = _people(session)
        log.append(session, moderator, "suspend", "account", reason="For a good reason.", account_id=reader.account_id)
    with database.read() as session:
        (line,) = log.lines(session)
        assert (line.role, line.target) == ("moderator", "account")
        assert not {"account_id", "by_id"} & set(log.Line.__dataclass_fields__)
    with database.write() as session, session.begin():  # an account that goes leaves the chain as it is
        session.execute(sa.update(LogEntry).values(account_id=None, by_id=None))
    assert faults(database) == []


def _people(session: Session) -> tuple[Actor, Actor]:
    return person(session, role="moderator"), person(session)


def test_the_command_says_so(app: Flask, database: Database) -> None:
    def run() -> Any:
        return app.test_cli_runner().invoke(args=["moderation", "verify-log"])

    assert (run().exit_code, run().output) == (0, "The log is empty, and whole.\n")
    write(database, 3)
    assert run().exit_code == 0
    assert "3 entries, whole" in run().output
    with database.write() as session, session.begin():
        session.execute(_remove(2))
    assert run().exit_code == 1
    assert "after entry 1 comes entry 3: 1 missing" in run().output
