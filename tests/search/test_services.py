"""The index follows ratings, and says what the database says: each way it can differ is found and mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from reviewhub.config import Settings
from reviewhub.core import jobs
from reviewhub.core.db import Database
from reviewhub.events import PaperRated, TimeCame
from reviewhub.papers.services import merge_papers
from reviewhub.ratings import drafts
from reviewhub.ratings import services as ratings
from reviewhub.ratings.models import PaperScore
from reviewhub.ratings.services import Given, rate, withdraw
from reviewhub.search import handlers, services
from reviewhub.search.backend import IndexAway, IndexBusy
from reviewhub.search.engines import index_for
from reviewhub.search.queries import Found
from tests.people import person, rated

from .conftest import Add, lose

Ask = Callable[..., Found]
Index = Callable[[], int]


@pytest.fixture(autouse=True)
def subscribed() -> Iterator[None]:
    before = jobs._subscriptions
    jobs.subscribe(jobs.Subscriptions(handlers.SUBSCRIPTIONS))
    yield
    jobs.subscribe(before)


def give(database: Database, paper_id: int, *half_stars: int) -> None:
    with database.write() as session, session.begin():
        rated(session, paper_id, half_stars)


def test_five_ratings_make_a_paper_pass_and_lead_as_soon_as_their_jobs_are_done(
    add: Add, ask: Ask, index: Index, database: Database, settings: Settings
) -> None:
    plain, praised = add("Lichens of the north"), add("Lichens of the south", published="1990")
    index()
    give(database, praised, 9, 9, 10, 8, 9)
    assert ask("lichens", rated=4).ids == []
    jobs.run_due(database, settings)
    assert ask("lichens", rated=4).ids == [praised]
    assert ask("lichens", rated=4.8).ids == []
    assert ask("lichens", sort="top").ids == [praised, plain]
    assert services.check(database, settings) == []


def test_a_written_review_counts_for_what_is_discussed(add: Add, ask: Ask, index: Index, database: Database, settings: Settings) -> None:
    first, second = add("Lichens of the north", published="2001"), add("Lichens of the south", published="1990")
    index()
    with database.write() as session, session.begin():
        rate(session, person(session), second, Given(7, text="A careful study."))
    jobs.run_due(database, settings)
    assert ask("lichens", sort="discussed").ids == [second, first]


def test_the_last_rating_taken_back_leaves_no_number(add: Add, index: Index, database: Database, settings: Settings) -> None:
    paper = add("Lichens")
    index()
    with database.write() as session, session.begin():
        rater = person(session)
        rate(session, rater, paper, Given(7))
    jobs.run_due(database, settings)
    assert index_for(settings).standings()[paper].n_ratings == 1
    with database.write() as session, session.begin():
        withdraw(session, rater, paper)
    jobs.run_due(database, settings)
    assert index_for(settings).standings() == {}
    assert services.check(database, settings) == []


def test_a_merge_brings_the_ratings_of_both_to_the_one_that_stays(add: Add, ask: Ask, index: Index, database: Database, settings: Settings) -> None:
    kept, gone = add("Lichens of the north", published="2001"), add("Lichens of the south", published="1990")
    give(database, kept, 9, 9, 9)
    give(database, gone, 9, 9)
    index()
    assert ask("lichens", rated=4).ids == []
    with database.write() as session, session.begin():
        merge_papers(session, kept, gone, movers=(drafts.move_to, ratings.move_to))
    jobs.run_due(database, settings)
    assert ask("lichens", rated=4).ids == [kept]
    assert services.check(database, settings) == []


def test_a_score_that_changed_without_a_rating_is_found_and_put_right(add: Add, ask: Ask, index: Index, database: Database, settings: Settings) -> None:
    paper, other = add("Lichens"), add("Mosses")
    give(database, paper, 9, 9, 9, 9, 9)
    index()
    jobs.run_due(database, settings)
    with database.write() as session, session.begin():
        session.execute(sa.update(PaperScore).values(overall=PaperScore.overall - 300))
    found = services.compare(database, settings)
    assert (found.misrated, found.wrong, found.is_sound) == ([paper], [], False)
    assert len(services.check(database, settings)) == 1
    handlers.catch_up(database, settings, TimeCame())
    assert services.check(database, settings) == []
    assert ask("", rated=4).ids == []
    assert ask("").ids == [other, paper]


def test_preparing_puts_scores_right_too(add: Add, index: Index, database: Database, settings: Settings) -> None:
    paper = add("Lichens")
    index()
    give(database, paper, 9)
    assert services.prepare(database, settings) == 1
    assert services.compare(database, settings).is_sound
    assert services.prepare(database, settings) == 0


def test_a_rating_of_a_paper_that_is_gone_does_no_harm(add: Add, index: Index, database: Database, settings: Settings) -> None:
    add("Lichens")
    index()
    handlers.index_rated(database, settings, PaperRated(99, 1))
    assert services.check(database, settings) == []


def test_an_index_that_has_gone_while_the_site_runs_is_built_anew_in_time(add: Add, ask: Ask, index: Index, database: Database, settings: Settings) -> None:
    paper = add("Lichens")
    index()
    lose(settings)
    assert ask("lichens").is_away
    handlers.mend(database, settings, TimeCame())
    assert ask("lichens").ids == [paper]


def test_a_rating_builds_an_index_that_has_gone(add: Add, ask: Ask, index: Index, database: Database, settings: Settings) -> None:
    paper = add("Lichens")
    index()
    lose(settings)
    handlers.index_rated(database, settings, PaperRated(paper, 1))
    assert ask("lichens").ids == [paper]


@pytest.mark.parametrize("error", [IndexBusy("another process builds it"), IndexAway("no node answers"), OSError(28, "No space left on device")])
def test_what_cannot_be_mended_now_is_left_to_the_next_time(
    error: Exception, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(services, "rebuild", refuse)
    handlers.mend(database, settings, TimeCame())
    assert str(error) in caplog.text
    handlers.catch_up(database, settings, TimeCame())
