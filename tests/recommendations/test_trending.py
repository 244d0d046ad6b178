"""Trends: recent turns of broad readers raise a paper; rings, one-paper accounts and readers who are left out do not."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from reviewhub.core import clock
from reviewhub.core.db import Database
from reviewhub.library import services as library
from reviewhub.library.models import LibraryItem
from reviewhub.papers.models import Paper
from reviewhub.papers.queries import Filters, page_in
from reviewhub.ratings.models import Rating
from reviewhub.ratings.services import Given, rate
from reviewhub.recommendations import queries, services
from reviewhub.recommendations.trending import make_trends
from tests.people import person

from .conftest import Village


def ranked(database: Database) -> list[int]:
    with database.write() as session, session.begin():
        make_trends(session)
        return [line.id for line in page_in(session, queries.TRENDING, Filters(), size=100).lines]


@pytest.fixture
def quiet(village: Village, database: Database) -> Village:
    """The village a year ago: what its readers keep is no news any more."""
    with database.write() as session, session.begin():
        session.execute(sa.update(LibraryItem).values(saved_at=clock.now() - dt.timedelta(days=365)))
    return village


def test_what_is_old_is_no_trend(quiet: Village, database: Database) -> None:
    assert ranked(database) == []


def test_papers_that_are_turned_to_now_come_first_and_fade(quiet: Village, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    rated_one, saved_one = quiet.papers["lichens"][:2]
    with database.write() as session, session.begin():
        for reader in quiet.readers["lichens"]:
            rate(session, reader, rated_one, Given(8))
        library.save(session, quiet.readers["lichens"][0], quiet.papers["pulsars"][0])
    assert ranked(database) == [rated_one, quiet.papers["pulsars"][0]]
    with database.read() as session:
        now, n = queries.trends_of(session, [rated_one, saved_one])[rated_one]
        assert n == 6
    later = clock.now() + dt.timedelta(days=14)
    monkeypatch.setattr(clock, "now", lambda: later)
    ranked(database)
    with database.read() as session:
        assert queries.trends_of(session, [rated_one])[rated_one][0] < now / 1.5


def test_a_ring_of_fifty_new_accounts_stays_below_ten_readers(quiet: Village, database: Database) -> None:
    pushed, honest = quiet.papers["lichens"][0], quiet.papers["pulsars"][0]
    with database.write() as session, session.begin():
        for _ in range(50):
            rate(session, person(session), pushed, Given(10))
        for reader in [*quiet.readers["pulsars"], *quiet.readers["lichens"][:4]]:
            rate(session, reader, honest, Given(8))
    assert ranked(database) == [honest, pushed]
    with database.read() as session:
        assert queries.trends_of(session, [pushed])[pushed][1] == 50  # shown: who looks sees fifty readers and a low place


def test_ratings_that_do_not_count_and_readers_who_are_left_out_are_no_turn(quiet: Village, database: Database) -> None:
    held, private = quiet.papers["lichens"][:2]
    with database.write() as session, session.begin():
        reader = quiet.readers["lichens"][0]
        rate(session, reader, held, Given(9))
        session.execute(sa.update(Rating).where(Rating.paper_id == held).values(exclusion="held"))
        other = quiet.readers["lichens"][1]
        rate(session, other, private, Given(9))
        services.leave_out(session, other, is_left_out=True)
    assert ranked(database) == []


def test_retracted_papers_do_not_trend(quiet: Village, database: Database) -> None:
    with database.write() as session, session.begin():
        rate(session, quiet.readers["lichens"][0], quiet.papers["lichens"][0], Given(9))
        session.execute(sa.update(Paper).where(Paper.id == quiet.papers["lichens"][0]).values(is_retracted=True))
    assert ranked(database) == []
