"""What the whole site's ratings say: the prior, agreement, leniency; and the scores that follow."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.core import clock
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.jobs import Job, Subscriptions, run_due, subscribe
from reviewhub.events import RatingModelMade, TimeCame
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.ratings import handlers, modelling, rescoring
from reviewhub.ratings.leniency import leniencies_of
from reviewhub.ratings.modelling import LEAST_WEIGHT, MOST_WEIGHT, SMOOTHING, icc_of, prior_of, train
from reviewhub.ratings.models import PaperScore, RaterLeniency, Rating, RatingModel
from reviewhub.ratings.queries import newest_model, prior, score_of
from reviewhub.ratings.rules import DEFAULT_PRIOR_WEIGHT, ENOUGH_TO_COMPARE, RATERS_TO_COMPARE, Prior
from reviewhub.ratings.services import Given, rate, withdraw
from tests.people import person, rated


def ints(*values: int) -> Any:
    return np.array(values, np.int64)


def test_agreement_is_that_of_shrout_and_fleiss() -> None:
    # their table 2: six targets, four judges; ICC(1,1) = 0.17
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    papers = np.repeat(np.arange(6), 4)
    icc, n = icc_of(papers, np.array(table, float).ravel())
    assert n == 6
    assert icc is not None
    assert round(icc, 2) == 0.17


def test_papers_with_one_rating_say_nothing_of_agreement() -> None:
    assert icc_of(ints(1, 2, 3), np.array([1.0, 5, 9])) == (None, 0)
    some, _ = icc_of(ints(1, 1, 2, 2, 2), np.array([1.0, 2, 8, 9, 7]))
    more, _ = icc_of(ints(1, 1, 2, 2, 2, 3), np.array([1.0, 2, 8, 9, 7, 4]))
    assert some == more


def test_without_ratings_the_prior_is_the_default() -> None:
    assert prior_of(ints(), np.array([])) == (Prior(), 0)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10)), max_size=300))
def test_a_prior_is_a_prior_whatever_was_given(given_ratings: list[tuple[int, int]]) -> None:
    papers, values = ints(*(p for p, _ in given_ratings)), np.array([float(v) for _, v in given_ratings])
    found, n_papers = prior_of(papers, values)
    assert abs(sum(found.shares) - 1) < 1e-9
    assert min(found.shares) >= SMOOTHING / (len(values) + 10 * SMOOTHING) - 1e-12
    assert LEAST_WEIGHT <= found.weight <= MOST_WEIGHT
    if n_papers < modelling.ENOUGH_PAPERS:
        assert (found.weight, found.icc) == (DEFAULT_PRIOR_WEIGHT, None)


def made(seed: int, n_papers: int = 300, n_raters: int = 60, each: int = 5) -> tuple[Any, Any, Any, Any]:
    random = np.random.default_rng(seed)
    papers = np.repeat(np.arange(n_papers), each)
    raters = np.concatenate([random.choice(n_raters, each, replace=False) for _ in range(n_papers)])
    leniency = random.normal(0, 1, n_raters)
    values = 6 + random.normal(0, 1.2, n_papers)[papers] + leniency[raters] + random.normal(0, 1, len(papers))
    return papers, raters, values, leniency


def test_leniency_is_found_shrunk_and_equal_to_the_dense_solution() -> None:
    papers, raters, values, truth = made(3)
    found = leniencies_of(papers, raters, values)
    assert found.raters.tolist() == list(range(60))
    assert np.corrcoef(found.effects, truth)[0, 1] > 0.9
    assert abs(found.effects).mean() < abs(truth).mean() * 1.05
    assert {name: round(value) for name, value in found.variances.items()} == {"paper": 1, "rater": 1, "noise": 1}
    design = np.zeros((len(values), 360))
    design[np.arange(len(values)), papers] = 1
    design[np.arange(len(values)), 300 + raters] = 1
    v = found.variances
    ridge = np.diag([v["noise"] / v["paper"]] * 300 + [v["noise"] / v["rater"]] * 60)
    dense = np.linalg.solve(design.T @ design + ridge, design.T @ (values - values.mean()))
    assert np.allclose(found.effects, dense[300:], atol=1e-4)


def test_raters_of_few_ratings_or_lonely_papers_get_no_effect() -> None:
    papers = np.repeat(np.arange(ENOUGH_TO_COMPARE), RATERS_TO_COMPARE)
    raters = np.tile(np.arange(RATERS_TO_COMPARE), ENOUGH_TO_COMPARE)
    values = np.random.default_rng(1).integers(1, 11, len(papers)).astype(float)
    assert leniencies_of(papers, raters, values).raters.tolist() == list(range(RATERS_TO_COMPARE))
    assert leniencies_of(papers[1:], raters[1:], values[1:]).raters.tolist() == [], "the first paper has too few raters now, so everybody has too few ratings"
    lonely = np.concatenate([papers, np.arange(100, 120)]), np.concatenate([raters, np.full(20, 9)]), np.concatenate([values, np.full(20, 5.0)])
    assert leniencies_of(*lonely).raters.tolist() == list(range(RATERS_TO_COMPARE))


@pytest.mark.parametrize("value", [1.0, 10.0])
def test_raters_who_all_give_the_same_are_not_lenient(value: float) -> None:
    papers, raters, values, _ = made(1)
    found = leniencies_of(papers, raters, np.full(len(values), value))
    assert np.allclose(found.effects, 0)


@pytest.fixture
def papers(database: Database) -> list[int]:
    records = [PaperRecord("hand", title=f"A paper about the number {n}", identifiers={"doi": [f"10.1234/{n}"]}) for n in range(40)]
    with database.write() as session, session.begin():
        return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]


@pytest.fixture
def raters(database: Database, papers: list[int]) -> list[Actor]:
    """Four people who have rated all papers; the last is a star more lenient than the others."""
    with database.write() as session, session.begin():
        found = [person(session) for _ in range(4)]
        for n, paper_id in enumerate(papers):
            for m, rater in enumerate(found):
                rate(session, rater, paper_id, Given(min(10, 2 + n % 6 + (n + m) % 2 + (2 if m == 3 else 0))))
        return found


def test_the_model_is_made_from_ratings_that_count_and_all_scores_follow(database: Database, papers: list[int], raters: list[Actor], settings: Any) -> None:
    subscribe(Subscriptions(handlers.SUBSCRIPTIONS))
    with database.read() as session:
        before = score_of(session, papers[0])
        assert prior(session) == Prior()
    assert train(database).model_id is not None
    with database.read() as session:
        now = newest_model(session)
        assert now.prior.icc is not None
        effects = dict(session.execute(sa.select(RaterLeniency.account_id, RaterLeniency.effect)).all())
        assert effects.keys() == {r.account_id for r in raters}
        assert max(effects, key=lambda i: effects[i]) == raters[3].account_id
        assert 100 < effects[raters[3].account_id or 0] < 200
    run_due(database, settings)
    with database.read() as session:
        after = score_of(session, papers[0])
        assert after.overall == before.overall
        assert after.estimate != before.estimate
        kept = session.get_one(PaperScore, papers[0])
        assert kept.adjusted is not None
        assert kept.overall is not None
        assert abs(kept.adjusted - kept.overall) < 50, "the four together are as lenient as the site"
        assert set(session.scalars(sa.select(PaperScore.model_id))) == {now.id}


def test_a_model_that_says_nothing_new_is_not_kept(database: Database, raters: list[Actor]) -> None:
    assert train(database).model_id is not None
    assert train(database).model_id is None
    assert train(database, always=True).model_id is not None
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RatingModel)) == 2


def test_leniencies_follow_once_a_day(database: Database, papers: list[int], raters: list[Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    train(database)
    with database.write() as session, session.begin():
        withdraw(session, raters[3], papers[0])
    assert train(database).model_id is None
    tomorrow = clock.now() + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert train(database).model_id is not None


def test_ratings_that_do_not_count_are_not_learned_from(database: Database, papers: list[int]) -> None:
    with database.write() as session, session.begin():
        rated(session, papers[0], [3, 4])
        rated(session, papers[0], [10] * 5, has_conflict=True)
    assert train(database).n_ratings == 2


def test_rescoring_goes_on_where_it_was_stopped(
    database: Database, papers: list[int], raters: list[Actor], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "BATCH", 7)
    monkeypatch.setattr(handlers, "LONGEST_S", 0.0)
    subscribe(Subscriptions(handlers.SUBSCRIPTIONS))
    model_id = train(database).model_id or 0
    handlers.model_made(database, settings, RatingModelMade(model_id))
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Job.handler == "reviewhub.ratings.handlers.model_made")) == 2, "the rest is another job"
    assert rescoring.rescore(database)
    with database.read() as session:
        assert set(session.scalars(sa.select(PaperScore.model_id))) == {model_id}
    handlers.model_made(database, settings, RatingModelMade(model_id))


def test_many_new_ratings_do_not_wait_for_the_hour(database: Database, papers: list[int]) -> None:
    def n_models() -> int:
        with database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(RatingModel)) or 0

    handlers.train_when_much_is_new(database, None, TimeCame())
    with database.write() as session, session.begin():
        rated(session, papers[0], [2] * (handlers.MANY_NEW - 1))
    handlers.train_when_much_is_new(database, None, TimeCame())
    assert n_models() == 0
    with database.write() as session, session.begin():
        rated(session, papers[1], [2])
    handlers.train_when_much_is_new(database, None, TimeCame())
    assert n_models() == 1


def test_ratings_without_a_score_get_one_and_a_wrong_score_is_mended(app: Flask, database: Database, papers: list[int]) -> None:
    with database.write() as session, session.begin():
        for paper_id in papers[:3]:
            rated(session, paper_id, [4, 9])
        session.execute(sa.delete(PaperScore).where(PaperScore.paper_id.in_(papers[:2])))
        session.execute(sa.update(PaperScore).where(PaperScore.paper_id == papers[2]).values(overall=100))
    assert rescoring.recompute_missing(database) == 2
    assert rescoring.recompute_missing(database) == 0
    told = app.test_cli_runner().invoke(args=["ratings", "recompute"])
    assert (told.exit_code, told.output) == (0, "3 scores\n")
    with database.read() as session:
        assert [score_of(session, i).overall for i in papers[:3]] == [3.25] * 3


def test_the_model_can_be_made_by_hand(app: Flask, database: Database, raters: list[Actor]) -> None:
    told = app.test_cli_runner().invoke(args=["ratings", "model"])
    assert told.exit_code == 0, told.output
    assert "160 ratings count; 40 papers have two or more" in told.output
    assert "ICC 0." in told.output
    assert "4 raters are known" in told.output
    with database.read() as session:
        assert set(session.scalars(sa.select(PaperScore.model_id))) == {newest_model(session).id}
        assert session.scalar(sa.select(sa.func.count()).select_from(Rating)) == 160
