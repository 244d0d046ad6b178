"""Links of answers: looked at by the worker, dead only after several tries over days, and told to who gave and who asks."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from reviewhub.config import Settings
from reviewhub.core import clock, fetch
from reviewhub.core.db import Database
from reviewhub.events import ResourceAnswered, TimeCame
from reviewhub.resources import handlers, queries
from reviewhub.resources.models import ResourceAnswer
from tests.people import person
from tests.resources.asking import ask, give, paper, state

DAY = dt.timedelta(days=1)


class Web:
    """What the web answers: statuses by address; 0 is no answer, None an address that may not be asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **statuses: int | None) -> None:
        self.statuses: dict[str, int | None] = {"https://zenodo.org/records/1": 200, handlers.REFERENCE: 200}
        self.asked: list[str] = []
        monkeypatch.setattr(fetch, "reach", self.reach)

    def reach(self, _settings: Settings, url: str, *, besides: object = ()) -> int:
        self.asked.append(url)
        status = self.statuses[url]
        if status is None:
            raise fetch.Forbidden(url)
        if status == 0:
            raise fetch.Unreachable(url)
        return status


LINK = "https://zenodo.org/records/1"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    return Web(monkeypatch)


@pytest.fixture
def answered(database: Database) -> tuple[int, int]:
    with database.write() as session, session.begin():
        request = ask(session, person(session), paper(session))
        return request.id, give(session, person(session), request.id).id


def look(database: Database, settings: Settings, *, after: dt.timedelta, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the worker finds so long from now; the state of the request then."""
    at = dt.datetime.now(dt.UTC) + after
    monkeypatch.setattr(clock, "now", lambda: at)
    handlers.check_links(database, settings, TimeCame())
    with database.read() as session:
        return state(session, 1)


def test_a_new_link_is_looked_at_at_once_and_then_once_a_month(
    database: Database, settings: Settings, web: Web, answered: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers.check_new_link(database, settings, ResourceAnswered(answered[1]))
    handlers.check_new_link(database, settings, ResourceAnswered(answered[1]))
    assert web.asked == [LINK]
    look(database, settings, after=29 * DAY, monkeypatch=monkeypatch)
    assert web.asked == [LINK]
    look(database, settings, after=31 * DAY, monkeypatch=monkeypatch)
    assert web.asked == [LINK, LINK]


@pytest.mark.parametrize("status", [404, 410, 503, 0])
def test_a_dead_link_opens_the_request_after_several_tries_over_days_and_may_live_again(
    database: Database, settings: Settings, web: Web, answered: tuple[int, int], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    web.statuses[LINK] = status
    assert [look(database, settings, after=n * DAY, monkeypatch=monkeypatch) for n in range(4)] == ["answered", "answered", "answered", "open"]
    web.statuses[LINK] = 200
    assert look(database, settings, after=40 * DAY, monkeypatch=monkeypatch) == "answered"
    with database.read() as session:
        assert [one.what for one in queries.steps_of(session, answered[0])] == ["asked", "answered", "link-dead", "link-alive"]


@pytest.mark.parametrize("status", [401, 403, 405, 429])
def test_what_machines_are_refused_is_not_dead(
    database: Database, settings: Settings, web: Web, answered: tuple[int, int], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    web.statuses[LINK] = status
    assert [look(database, settings, after=n * 31 * DAY, monkeypatch=monkeypatch) for n in range(6)] == ["answered"] * 6


def test_many_tries_in_one_day_are_not_several_days(database: Database, settings: Settings, web: Web, answered: tuple[int, int]) -> None:
    web.statuses[LINK] = 404
    for _ in range(6):
        with database.write() as session, session.begin():
            session.execute(sa.update(ResourceAnswer).values(check_at=clock.now()))
        handlers.check_links(database, settings, TimeCame())
    with database.read() as session:
        assert state(session, answered[0]) == "answered"


def test_a_link_into_a_closed_network_is_dead_at_once(
    database: Database, settings: Settings, web: Web, answered: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    web.statuses[LINK] = None
    assert look(database, settings, after=DAY, monkeypatch=monkeypatch) == "open"


def test_when_our_own_network_is_away_no_link_is_dead(
    database: Database, settings: Settings, web: Web, answered: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    web.statuses |= {LINK: 0, handlers.REFERENCE: 0}
    assert [look(database, settings, after=n * DAY, monkeypatch=monkeypatch) for n in range(8)] == ["answered"] * 8
