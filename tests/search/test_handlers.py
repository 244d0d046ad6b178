"""A change of a paper shows in results as soon as its job is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from reviewhub.config import Settings
from reviewhub.core import jobs
from reviewhub.core.db import Database
from reviewhub.events import PapersChanged
from reviewhub.papers.services import merge_papers
from reviewhub.search import handlers, services
from reviewhub.search.engines import index_for
from reviewhub.search.queries import Found
from reviewhub.search.whoosh_index import builds

from .conftest import Add

Ask = Callable[..., Found]


@pytest.fixture(autouse=True)
def subscribed() -> Iterator[None]:
    before = jobs._subscriptions
    jobs.subscribe(jobs.Subscriptions(handlers.SUBSCRIPTIONS))
    yield
    jobs.subscribe(before)


def test_a_new_paper_is_found_when_its_job_is_done(add: Add, ask: Ask, database: Database, settings: Settings) -> None:
    services.rebuild(database, settings)
    paper = add("Lichens")
    assert ask("lichens").total == 0
    assert jobs.run_due(database, settings) == 1
    assert ask("lichens").ids == [paper]


def test_the_first_job_builds_an_index_that_is_not_there(add: Add, ask: Ask, database: Database, settings: Settings) -> None:
    paper = add("Lichens")
    jobs.run_due(database, settings)
    assert ask("lichens").ids == [paper]


def test_a_merged_paper_leaves_the_results_to_the_one_that_stays(add: Add, ask: Ask, database: Database, settings: Settings) -> None:
    kept, gone = add("Lichens of the north", published="2001"), add("Lichens of the south", published="1990")
    jobs.run_due(database, settings)
    assert sorted(ask("lichens").ids) == [kept, gone]
    with database.write() as session, session.begin():
        merge_papers(session, kept, gone)
    jobs.run_due(database, settings)
    assert ask("lichens").ids == [kept]
    assert services.check(database, settings) == []


def test_a_job_that_runs_twice_does_no_harm(add: Add, ask: Ask, database: Database, settings: Settings) -> None:
    paper = add("Lichens")
    for _ in range(2):
        handlers.index_changed(database, settings, PapersChanged((paper, paper + 1)))
    assert ask("lichens").ids == [paper]


def test_a_thousand_papers_are_one_job(add: Add, ask: Ask, database: Database, settings: Settings) -> None:
    services.rebuild(database, settings)
    paper = add("Lichens")
    handlers.index_changed(database, settings, PapersChanged((paper, *range(paper + 1, paper + 1_000))))
    assert index_for(settings).count() == 1


def test_a_busy_index_sends_the_job_back_to_be_tried_again(add: Add, ask: Ask, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    services.rebuild(database, settings)
    paper = add("Lichens")
    monkeypatch.setattr(builds, "WRITE_WAIT_S", 0.1)
    with index_for(settings).batch():
        assert jobs.run_next(database, settings)
    with database.read() as session:
        error, n_tries = session.execute(sa.select(jobs.Job.error, jobs.Job.n_tries)).one()
    assert error.startswith("IndexBusy")
    assert n_tries == 1
    with database.write() as session, session.begin():
        session.execute(sa.update(jobs.Job).values(run_at=jobs.Job.added_at))
    assert jobs.run_due(database, settings) == 1
    assert ask("lichens").ids == [paper]
