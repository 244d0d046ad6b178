"""The home page: what is new, what it is about, a box to search in."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.papers.record import Keyword, PaperRecord, Summary
from reviewhub.web.home import BESIDE, NEWEST
from tests.people import rated
from tests.web.reading import LANGUAGES, PREFIX, Element, all_words, line_ids, one, statements, take_in, tree, words


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_site_says_so_and_how_to_change_it(client: FlaskClient, language: str) -> None:
    page = tree(client.get(f"{PREFIX[language]}/"))
    newest = one(page, "//section[@aria-labelledby='newest']")
    assert one(newest, ".//*[@class='empty-word']").text == {"en": "No data available", "zh": "暂无数据"}[language]
    assert client.get(str(one(newest, ".//a/@href"))).status_code == 200
    assert line_ids(page) == []


def test_the_newest_records_stand_first_with_the_way_to_the_rest(app: Flask, client: FlaskClient) -> None:
    ids = take_in(app, *(PaperRecord("hand", title=f"A paper about the number {n}", published=f"{2020 - n}") for n in range(NEWEST + 3)))
    page = tree(client.get("/"))
    assert line_ids(page) == ids[: -NEWEST - 1 : -1]
    more = one(page, "//section[@aria-labelledby='newest']/p/a/@href")
    assert line_ids(tree(client.get(str(more)))) == ids[::-1]
    assert f"{len(ids)} papers are here" in words(page)


def test_subjects_lead_to_their_papers_the_commonest_first(app: Flask, client: FlaskClient) -> None:
    take_in(app, *(PaperRecord("hand", title=f"A paper about the number {n}", keywords=[Keyword("Pain")] + [Keyword("运动")] * (n == 0)) for n in range(2)))
    page = tree(client.get("/zh/"))
    links = page.xpath("//section[@aria-labelledby='subjects']/ul//a")
    assert [words(link) for link in links] == ["Pain 2", "运动 1"]
    for link, n in zip(links, (2, 1), strict=True):
        assert len(line_ids(tree(client.get(link.get("href"))))) == n


def test_a_line_says_what_the_paper_is_in_the_reader_s_language(app: Flask, client: FlaskClient) -> None:
    record = PaperRecord(
        "hand", title="Pain <i>here</i>", language="en", titles={"en": "Pain <i>here</i>", "zh": "疼痛"}, type="review", published="2020-05",
        summaries={"en": Summary("It hurts."), "zh": Summary("会疼。")},
    )  # fmt: skip
    (paper_id,) = take_in(app, record)
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_id, [9])
    english, chinese = (one(tree(client.get(path)), "//li[@class='line']") for path in ("/", "/zh/"))
    assert one(english, ".//*[@class='line-title']//i").text == "here"
    assert one(english, ".//*[@class='line-title']/@lang") == one(chinese, ".//*[@class='line-title']/@lang") == "en"
    assert (words(one(english, ".//*[@class='kind']")), words(one(chinese, ".//*[@class='kind']"))) == ("Review", "综述")
    assert (all_words(english, ".//*[@class='line-other']"), all_words(chinese, ".//*[@class='line-other']")) == ([], ["疼痛"])
    assert ("It hurts." in words(english), "会疼。" in words(chinese)) == (True, True)
    assert (words(one(english, ".//*[@class='date']")), words(one(chinese, ".//*[@class='date']"))) == ("May 2020", "2020年5月")
    assert ("Not enough ratings" in words(english), "评分不足" in words(chinese)) == (True, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_papers_that_need_a_first_rating_are_shown_and_the_best_rated_once_there_are_any(app: Flask, client: FlaskClient, language: str) -> None:
    ids = take_in(app, *(PaperRecord("hand", title=f"A paper about the number {n}", published=f"{2000 + n}") for n in range(BESIDE + 4)))
    address = f"{PREFIX[language]}/"
    page = tree(client.get(address))
    assert page.xpath("//section[@aria-labelledby='top']") == []
    assert beside(page, "unrated") == ids[: -BESIDE - 1 : -1]
    with app.extensions["database"].write() as session, session.begin():
        rated(session, ids[1], [10] * 5)
        rated(session, ids[-1], [9] * 5)
        rated(session, ids[-2], [10])
    page = tree(client.get(address))
    assert beside(page, "top") == [ids[1], ids[-1]]
    assert beside(page, "unrated") == ids[-3 : -BESIDE - 3 : -1]
    assert words(one(page, "//section[@aria-labelledby='top']//li[1]/span")).endswith("5.0")
    for section, first in (("top", ids[1]), ("unrated", ids[-3])):
        more = one(page, f"//section[@aria-labelledby='{section}']/p/a/@href")
        assert line_ids(tree(client.get(str(more))))[0] == first


def beside(page: Element, section: str) -> list[int]:
    return [int(href.rsplit("/", 1)[1]) for href in page.xpath(f"//section[@aria-labelledby='{section}']//li/a/@href")]


def test_the_page_takes_as_many_statements_for_ten_papers_as_for_one(app: Flask, client: FlaskClient) -> None:
    counts = []
    for n in (1, 2 * NEWEST):
        take_in(app, *(PaperRecord("hand", title=f"A paper about the number {i} of {n}", keywords=[Keyword(f"word {i}")]) for i in range(n)))
        with statements(app.extensions["database"]) as said:
            client.get("/")
        counts.append(len(said))
    assert counts[0] == counts[1] <= 10
