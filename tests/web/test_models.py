"""The keepers' page of recommendation models: which stands behind the lists, what it is worth, whether one is being made."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.core import clock, jobs
from reviewhub.core.jobs import Job
from reviewhub.recommendations.models import RecommendationModel
from reviewhub.recommendations.training import train
from tests.people import signed_in
from tests.recommendations.conftest import settle
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, tree, words

PATH = "/moderation/recommendations"


@pytest.fixture
def keeper(app: Flask) -> FlaskClient:
    return signed_in(app, role="admin")


def test_only_admins_enter(app: Flask, client: FlaskClient) -> None:
    assert client.get(PATH).headers["Location"].startswith("/account/login")
    for role in ("reader", "moderator"):
        browser = signed_in(app, role=role)
        assert browser.get(PATH).status_code == 403
        token = tree(browser.get("/papers/add")).xpath("//input[@name='csrf_token']/@value")[0]
        assert browser.post(f"{PATH}/train", data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_model_it_says_what_lists_come_from(keeper: FlaskClient, language: str) -> None:
    page = tree(keeper.get(f"{PREFIX[language]}{PATH}"))
    assert tree(keeper.get("/moderation")).xpath("//a[@href='/moderation/recommendations']")
    assert {"en": "at least ten papers", "zh": "至少需要十篇论文"}[language] in words(one(page, "//div[@class='empty']"))


def test_each_model_stands_with_date_size_and_figures_the_newest_in_place(app: Flask, keeper: FlaskClient) -> None:
    with app.extensions["database"].write() as session, session.begin():
        settle(session)
    for _ in range(2):
        train(app.extensions["database"], app.extensions["settings"])
    with app.extensions["database"].write() as session, session.begin():
        session.execute(
            sa.update(RecommendationModel).where(RecommendationModel.id == 1).values(figures={"recall@20": 0.25, "recall@100": 0.5, "nDCG@20": 0.125})
        )
    rows = [all_words(row, "./th | ./td") for row in tree(keeper.get(PATH)).xpath("//tbody/tr")]
    assert [("in place" in row[0], *row[1:4], *row[6:]) for row in rows] == [
        (True, "28", "12", "96", "-", "-", "-"), (False, "28", "12", "96", "0.250", "0.500", "0.125"),
    ]  # fmt: skip
    assert all(row[4].endswith("MB") for row in rows)


def test_a_new_model_is_made_when_it_is_wanted(app: Flask, keeper: FlaskClient) -> None:
    with app.extensions["database"].write() as session, session.begin():
        settle(session)
    token = tree(keeper.get(PATH)).xpath("//form//input[@name='csrf_token']/@value")[0]
    answer = keeper.post(f"{PATH}/train", data={"csrf_token": token})
    assert answer.status_code == 303
    page = tree(keeper.get(answer.headers["Location"]))
    assert "A new model is wanted" in words(page)
    assert "waits for the worker" in words(page)
    jobs.run_due(app.extensions["database"], app.extensions["settings"])
    assert "in place" in words(tree(keeper.get(PATH)))


def test_a_training_that_runs_or_failed_is_told_of(app: Flask, keeper: FlaskClient) -> None:
    now = clock.now()
    with app.extensions["database"].write() as session, session.begin():
        session.add(
            Job(
                event="TimeCame",
                handler="reviewhub.recommendations.handlers.train",
                facts={},
                run_at=now,
                added_at=now,
                leased_until=now + dt.timedelta(minutes=5),
            )
        )
    assert "being made right now" in words(tree(keeper.get(PATH)))
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(Job).values(leased_until=None, n_tries=2, error="No space <left>", run_at=now + dt.timedelta(minutes=5)))
    page = tree(keeper.get(PATH))
    assert "The last training failed" in words(page)
    assert words(one(page, "//code")) == "No space <left>"


def test_the_page_takes_few_statements(app: Flask, keeper: FlaskClient) -> None:
    with statements(app.extensions["database"]) as said:
        keeper.get(PATH)
    assert len(said) <= 7
