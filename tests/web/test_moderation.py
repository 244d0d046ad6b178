"""The moderators' page: runs of ratings that wait, what is told of them and what is not, and deciding with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.accounts.models import Account
from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.papers.record import PaperRecord
from reviewhub.ratings.models import HeldBurst, Rating
from reviewhub.ratings.moderating import decide
from reviewhub.ratings.queries import score_of
from reviewhub.web.moderation import span_in_words
from tests.people import person, rated, signed_in
from tests.ratings.test_moderating import REASON, burst_on
from tests.web.reading import LANGUAGES, PREFIX, Element, all_words, one, statements, take_in, tree, words


@pytest.fixture
def papers(app: Flask) -> list[int]:
    return take_in(app, *(PaperRecord("hand", title=f"A paper about the number {n}") for n in range(6)))


@pytest.fixture
def moderator(app: Flask) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session, role="moderator")


@pytest.fixture
def browser(app: Flask, moderator: Actor) -> FlaskClient:
    return signed_in(app, moderator)


def hold(app: Flask, paper_id: int, half_stars: list[int]) -> int:
    with app.extensions["database"].write() as session, session.begin():
        return burst_on(session, paper_id, half_stars)


def send(browser: FlaskClient, burst_id: int, prefix: str = "", **fields: Any) -> TestResponse:
    """Fills in the form of a run and presses a button, as a browser would."""
    token = tree(browser.get(f"{prefix}/moderation/ratings")).xpath("//input[@name='csrf_token']/@value")
    return browser.post(f"{prefix}/moderation/bursts/{burst_id}", data={"csrf_token": token[0] if token else "", **fields})


def cells(page: Element, path: str) -> list[list[str]]:
    return [all_words(row, "./th|./td") for row in page.xpath(path)]


@pytest.mark.parametrize("facts", [{"role": "reader"}, {"role": "moderator", "is_suspended": True}])
def test_who_is_no_moderator_is_kept_out(app: Flask, papers: list[int], facts: dict[str, Any]) -> None:
    burst_id = hold(app, papers[0], [10])
    reader = signed_in(app, **facts)
    assert reader.get("/moderation/ratings").status_code == 403
    token = tree(reader.get("/papers/add")).xpath("//input[@name='csrf_token']/@value")[0]
    answer = reader.post(f"/moderation/bursts/{burst_id}", data={"csrf_token": token, "decision": "released", "reason": REASON})
    assert answer.status_code == 403
    assert waits(app, papers[0])


def waits(app: Flask, paper_id: int) -> bool:
    with app.extensions["database"].read() as session:
        return score_of(session, paper_id).n_held > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_nothing_to_do_the_page_says_so(browser: FlaskClient, language: str) -> None:
    assert len(tree(browser.get(f"{PREFIX[language]}/moderation/ratings")).xpath("//div[@class='empty']")) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_is_shown_with_what_it_does_to_the_score_and_without_addresses(app: Flask, browser: FlaskClient, papers: list[int], language: str) -> None:
    with app.extensions["database"].write() as session, session.begin():
        rated(session, papers[0], [6] * 5)
    hold(app, papers[0], [10, 10])
    with app.extensions["database"].write() as session, session.begin():
        now = clock.now()
        held = session.scalars(sa.select(Rating).where(Rating.held_by.is_not(None)).order_by(Rating.id)).all()
        for rating, age in zip(held, (dt.timedelta(minutes=7), dt.timedelta(days=3)), strict=True):
            rating.given_at = dt.datetime(2026, 5, 4, 13, 5, tzinfo=dt.UTC)
            session.execute(sa.update(Account).where(Account.id == rating.account_id).values(joined_at=rating.given_at - age))
        session.execute(sa.update(HeldBurst).values(noticed_at=now - dt.timedelta(hours=5)))
    answer = browser.get(f"{PREFIX[language]}/moderation/ratings")
    burst = one(tree(answer), "//li[@class='burst']")
    tables = burst.xpath(".//table")
    score = cells(tables[0], ".//tbody/tr")
    assert [(row[1], row[3]) for row in score] == [("3.00", "5"), ("3.57", "7")]
    ages = {"en": ["7 minutes", "3 days"], "zh": ["7 分钟", "3 天"]}[language]
    assert [row[:3] for row in cells(tables[1], ".//tbody/tr")] == [["2026-05-04 13:05", "5.0", age] for age in ages]
    assert {"en": "noticed 5 hours ago", "zh": "5 小时前发现"}[language] in words(burst)
    assert "example" not in words(burst)
    assert "Reader" not in words(burst)


def test_the_oldest_run_waits_at_the_top(app: Flask, browser: FlaskClient, papers: list[int]) -> None:
    ids = [hold(app, paper_id, [10]) for paper_id in papers[:3]]
    with app.extensions["database"].write() as session, session.begin():
        for burst_id, hours in zip(ids, (1, 3, 2), strict=True):
            session.execute(sa.update(HeldBurst).where(HeldBurst.id == burst_id).values(noticed_at=clock.now() - dt.timedelta(hours=hours)))
    page = tree(browser.get("/moderation/ratings"))
    assert page.xpath("//li[@class='burst']/@id") == [f"burst-{ids[1]}", f"burst-{ids[2]}", f"burst-{ids[0]}"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("decision", "n"), [("released", 2), ("removed", 0)])
def test_a_decision_is_taken_with_its_reason_and_told(app: Flask, browser: FlaskClient, papers: list[int], decision: str, n: int, language: str) -> None:
    burst_id = hold(app, papers[0], [10, 10])
    answer = send(browser, burst_id, PREFIX[language], decision=decision, reason=REASON)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PREFIX[language]}/moderation/ratings?decided={burst_id}")
    page = tree(browser.get(answer.headers["Location"]))
    assert "A paper about the number 0" in words(one(page, "//p[@role='status']"))
    assert page.xpath("//li[@class='burst']") == []
    decided = words(one(page, "//ol[@class='decided']/li"))
    assert REASON in decided
    with app.extensions["database"].read() as session:
        assert score_of(session, papers[0]).n == n
    for stale in ("", "?decided=999", "?decided=x"):
        assert tree(browser.get(f"/moderation/ratings{stale}")).xpath("//p[@role='status']") == []


@pytest.mark.parametrize("fields", [{"decision": "released", "reason": "No <b>!"}, {"reason": REASON}, {"decision": "destroyed", "reason": REASON}, {"decision": "removed", "reason": "x" * 5_000}])  # fmt: skip
def test_what_cannot_be_taken_comes_back_as_typed_with_what_is_wrong(app: Flask, browser: FlaskClient, papers: list[int], fields: dict[str, str]) -> None:
    other, burst_id = hold(app, papers[1], [2]), hold(app, papers[0], [10])
    answer = send(browser, burst_id, **fields)
    assert answer.status_code == 422
    page = tree(answer)
    area = one(page, f"//textarea[@id='reason-{burst_id}']")
    assert (area.text or "").strip() == fields["reason"]
    assert area.get("aria-invalid") == "true"
    error = one(page, f"//p[@id='reason-{burst_id}-error']")
    assert error.get("id") in area.get("aria-describedby").split()
    assert one(page, f"//textarea[@id='reason-{other}']").text is None
    assert waits(app, papers[0])


def test_who_comes_second_is_told_and_keeps_what_was_typed(app: Flask, browser: FlaskClient, papers: list[int], moderator: Actor) -> None:
    burst_id, _ = hold(app, papers[0], [10]), hold(app, papers[1], [10])
    with app.extensions["database"].write() as session, session.begin():
        decide(session, moderator, burst_id, "removed", "The first decision stands.")
    answer = send(browser, burst_id, decision="released", reason="My well-considered reason.")
    assert answer.status_code == 409
    assert "My well-considered reason." in words(one(tree(answer), "//div[@role='alert']"))
    with app.extensions["database"].read() as session:
        assert session.get(HeldBurst, burst_id).decision == "removed"


def test_a_run_that_is_not_there_is_not_found(app: Flask, browser: FlaskClient, papers: list[int]) -> None:
    hold(app, papers[0], [10])
    for unknown in (999, 2**31, 10**20):
        assert send(browser, unknown, decision="released", reason=REASON).status_code == 404


def test_a_form_without_its_token_changes_nothing(app: Flask, browser: FlaskClient, papers: list[int]) -> None:
    burst_id = hold(app, papers[0], [10])
    assert browser.post(f"/moderation/bursts/{burst_id}", data={"decision": "released", "reason": REASON}).status_code == 400
    assert waits(app, papers[0])


def test_the_page_takes_as_many_statements_for_many_runs_as_for_one(app: Flask, browser: FlaskClient, papers: list[int]) -> None:
    counts = []
    for some in (papers[:1], papers[1:]):
        for paper_id in some:
            hold(app, paper_id, [10, 10])
        with statements(app.extensions["database"]) as said:
            browser.get("/moderation/ratings")
        counts.append(len(said))
    assert counts[0] == counts[1] <= 9


@pytest.mark.parametrize(("span", "said"), [(-5, "1 minute"), (59, "1 minute"), (60, "1 minute"), (7_200, "2 hours"), (86_400 * 400, "400 days")])
def test_a_length_of_time_is_said_in_its_largest_unit(app: Flask, span: int, said: str) -> None:
    with app.test_request_context("/"):
        assert span_in_words(dt.timedelta(seconds=span)) == said
