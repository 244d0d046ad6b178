"""My ratings: everything of one reader, nothing of anybody else's."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.papers.record import PaperRecord
from reviewhub.ratings.models import RaterLeniency, Rating, RatingDraft
from reviewhub.ratings.own import PAGE_SIZE
from reviewhub.ratings.rules import ENOUGH_TO_COMPARE
from reviewhub.ratings.services import Given, rate, recompute, withdraw
from tests.people import person, rated, signed_in
from tests.web.reading import LANGUAGES, PREFIX, Element, all_words, one, statements, take_in, tree, words

N_PAPERS = 2 * PAGE_SIZE + 4


@pytest.fixture
def papers(app: Flask) -> list[int]:
    return take_in(app, *(PaperRecord("hand", title=f"A paper about the number {n}") for n in range(N_PAPERS)))


@pytest.fixture
def me(app: Flask) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session, "Mei")


@pytest.fixture
def browser(app: Flask, me: Actor) -> FlaskClient:
    return signed_in(app, me)


def give(app: Flask, who: Actor, paper_id: int, half_stars: int = 8, **given: object) -> None:
    with app.extensions["database"].write() as session, session.begin():
        rate(session, who, paper_id, Given(half_stars, **given))


def listed(page: Element) -> list[int]:
    return [int(href.rsplit("/", 1)[1]) for href in page.xpath("//li[contains(@class, 'own-line')]//h3/a/@href")]


def test_who_is_not_signed_in_is_led_to_the_sign_in_page(app: Flask) -> None:
    assert getattr(app.view_functions["my_ratings.show"], "entry", None) == "reader"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_has_rated_nothing_is_shown_where_to_begin(browser: FlaskClient, papers: list[int], language: str) -> None:
    answer = browser.get(f"{PREFIX[language]}/account/ratings")
    assert answer.headers["Cache-Control"].startswith("private")
    page = tree(answer)
    assert browser.get(one(page, "//div[@class='empty']//a/@href")).status_code == 200
    assert str(ENOUGH_TO_COMPARE) in words(one(page, "//section[@aria-labelledby='h-compare']"))
    assert page.xpath("//section[@aria-labelledby='h-drafts' or @aria-labelledby='h-withdrawn']") == []


def test_own_ratings_come_newest_first_page_by_page_and_nobody_else_s(app: Flask, browser: FlaskClient, me: Actor, papers: list[int]) -> None:
    with app.extensions["database"].write() as session, session.begin():
        for paper_id in papers:
            rate(session, me, paper_id, Given(8))
    give(app, signed_in_other(app), papers[0])
    pages = [tree(browser.get("/account/ratings"))]
    while more := pages[-1].xpath("//a[@rel='next']/@href"):
        pages.append(tree(browser.get(more[0])))
    assert [i for page in pages for i in listed(page)] == papers[::-1]
    assert [len(listed(page)) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 4]
    for n in (2, 1):
        assert listed(tree(browser.get(one(pages[n], "//a[@rel='prev']/@href")))) == listed(pages[n - 1])
    assert pages[0].xpath("//a[@rel='prev']") == []


def signed_in_other(app: Flask) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session)


@pytest.mark.parametrize("query", ["before=x", "after=-1", "before=99999999999", "after=٣", "before=0", "before=&after="])
def test_numbers_that_are_none_give_the_first_page(app: Flask, browser: FlaskClient, me: Actor, papers: list[int], query: str) -> None:
    give(app, me, papers[0])
    assert listed(tree(browser.get(f"/account/ratings?{query}"))) == [papers[0]]


def test_a_line_says_the_own_stars_beside_what_all_readers_say(app: Flask, browser: FlaskClient, me: Actor, papers: list[int]) -> None:
    give(app, me, papers[0], 10, text="My words.")
    give(app, me, papers[0], 9, text="My words.")
    with app.extensions["database"].write() as session, session.begin():
        rated(session, papers[0], [2, 2, 2])
    line = one(tree(browser.get("/account/ratings")), "//li[contains(@class, 'own-line')]")
    assert words(one(line, ".//div[@class='own-stars']")) == "Your rating: 4.5"
    facts = words(one(line, ".//p[@class='line-facts']"))
    assert "1.9" in facts
    assert "Not enough ratings · 4 of 5" in facts
    assert "changed" in facts
    assert "with a review" in facts
    assert "does not count" not in facts


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rating_that_does_not_count_says_why(app: Flask, browser: FlaskClient, me: Actor, papers: list[int], language: str) -> None:
    give(app, me, papers[0], has_conflict=True)
    flag = one(tree(browser.get(f"{PREFIX[language]}/account/ratings")), "//li[contains(@class, 'own-line')]//span[contains(@class, 'flag')]")
    assert {"en": "does not count: Declared conflict of interest", "zh": "不计入：已声明利益冲突"}[language] == words(flag)


def test_what_was_begun_and_what_was_taken_back_stand_beside(app: Flask, browser: FlaskClient, me: Actor, papers: list[int]) -> None:
    for paper_id in papers[:3]:
        give(app, me, paper_id, 7)
    other = signed_in_other(app)
    give(app, other, papers[5])
    with app.extensions["database"].write() as session, session.begin():
        for paper_id in papers[:2]:
            withdraw(session, me, paper_id)
        withdraw(session, other, papers[5])
        rate(session, me, papers[1], Given(9))
        session.add(RatingDraft(paper_id=papers[7], account_id=me.account_id, fields={}, saved_at=clock.now()))
        session.add(RatingDraft(paper_id=papers[8], account_id=other.account_id, fields={}, saved_at=clock.now()))
    page = tree(browser.get("/account/ratings"))
    assert one(page, "//section[@aria-labelledby='h-drafts']//a[@class='button']/@href") == f"/papers/{papers[7]}/rate"
    (gone,) = all_words(page, "//section[@aria-labelledby='h-withdrawn']//li")
    assert gone.startswith("A paper about the number 0 3.5 stars, taken back")
    assert listed(page) == [papers[1], papers[2]]


COMPARED = {80: "0.4 stars more than they do", -100: "0.5 stars less than they do", 9: "as many stars as they do"}


@pytest.mark.parametrize(("effect", "said"), COMPARED.items())
def test_how_the_ratings_compare_is_told_to_their_owner(app: Flask, browser: FlaskClient, me: Actor, effect: int, said: str) -> None:
    with app.extensions["database"].write() as session, session.begin():
        session.add(RaterLeniency(account_id=me.account_id, effect=effect, n_ratings=23, computed_at=clock.now()))
    told = words(one(tree(browser.get("/account/ratings")), "//section[@aria-labelledby='h-compare']"))
    assert said in told
    assert "from 23 ratings" in told
    assert "Only you see this" in told
    assert said not in words(tree(signed_in(app).get("/account/ratings")))


def test_before_there_is_enough_it_says_what_is_needed(app: Flask, browser: FlaskClient, me: Actor, papers: list[int]) -> None:
    for n, paper_id in enumerate(papers[:4]):
        give(app, me, paper_id)
        with app.extensions["database"].write() as session, session.begin():
            rated(session, paper_id, [8] * n)
    told = words(one(tree(browser.get("/account/ratings")), "//section[@aria-labelledby='h-compare']"))
    assert "It takes 8 ratings of papers that at least 3 people have rated to tell. So far you have given 2." in told


def test_the_page_takes_as_many_statements_for_many_ratings_as_for_one(app: Flask, browser: FlaskClient, me: Actor, papers: list[int]) -> None:
    counts = []
    for some in (papers[:1], papers[1:]):
        with app.extensions["database"].write() as session, session.begin():
            now = clock.now()
            session.add_all(Rating(paper_id=paper_id, account_id=me.account_id, overall=8, given_at=now, changed_at=now) for paper_id in some)
            session.flush()
            for paper_id in some:
                recompute(session, paper_id)
        with statements(app.extensions["database"]) as said:
            browser.get("/account/ratings")
        counts.append(len(said))
    assert counts[0] == counts[1] <= 9


def test_ratings_of_a_paper_that_is_gone_are_gone(app: Flask, browser: FlaskClient, me: Actor, papers: list[int]) -> None:
    give(app, me, papers[0])
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.text("DELETE FROM papers WHERE id = :id"), {"id": papers[0]})
    assert listed(tree(browser.get("/account/ratings"))) == []
