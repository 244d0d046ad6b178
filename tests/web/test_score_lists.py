"""Lists by score: what each ranks by is said, a new site says why nothing is ranked yet, and no page costs more than another."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.papers.queries import PAGE_SIZE
from reviewhub.papers.record import Author, Funding, Journal, Keyword, PaperRecord
from reviewhub.web.browsing import SORTS
from tests.people import rated
from tests.web.reading import LANGUAGES, PREFIX, line_ids, one, statements, take_in, tree, words
from tests.web.test_lists import plans, walk

BY_SCORE = ("top", "reviewed", "unrated", "disagree")
# What each paper was given, in half stars, and whether it has been written about.
GIVEN = {"all praise": [10] * 6, "many content": [8] * 30, "torn": [1, 10] * 4, "poor": [2] * 5, "one praise": [10], "four": [9] * 4, "none": []}


@pytest.fixture
def papers(app: Flask) -> dict[str, int]:
    """A paper for each name in GIVEN; all of one journal, keyword, funder and author."""
    records = [
        PaperRecord(
            "hand", title=name, journal=Journal("Bees"), keywords=[Keyword("sleep")], funding=[Funding("A Fund")], authors=[Author("Jane Doe")], language="en",
            published=f"{2000 + n}", identifiers={"doi": [f"10.1234/{n}"]},
        )
        for n, name in enumerate(GIVEN)
    ]  # fmt: skip
    ids = dict(zip(GIVEN, take_in(app, *records), strict=True))
    with app.extensions["database"].write() as session, session.begin():
        for name, half_stars in GIVEN.items():
            rated(session, ids[name], half_stars, text="A word." if name == "poor" else "")
    return ids


EXPECTED = {
    "top": ["many content", "all praise", "torn", "poor"],
    "reviewed": ["poor", "many content", "torn", "all praise", "four", "one praise"],
    "unrated": ["none"],
    "disagree": ["torn", "poor", "many content", "all praise"],
}


@pytest.mark.parametrize("path", ["/papers", "/journals/1", "/keywords/sleep", "/funders/1", "/people/jane-doe"])
@pytest.mark.parametrize("sort", BY_SCORE)
def test_every_list_can_be_ranked_by_what_readers_think(papers: dict[str, int], client: FlaskClient, path: str, sort: str) -> None:
    names = {i: name for name, i in papers.items()}
    page = tree(client.get(f"{path}?sort={sort}"))
    found = [names[i] for i in line_ids(page)]
    if sort == "disagree":  # the last three agree alike
        assert (found[0], set(found)) == ("torn", set(EXPECTED["disagree"]))
    else:
        assert found == EXPECTED[sort]
    narrowed = tree(client.get(f"{path}?sort={sort}&year_to=2003&language=en&type=other"))
    assert [names[i] for i in line_ids(narrowed)] == [name for name in found if papers[name] <= papers["poor"]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sort", SORTS)
def test_each_order_has_an_address_and_a_sentence(papers: dict[str, int], client: FlaskClient, language: str, sort: str) -> None:
    page = tree(client.get(f"{PREFIX[language]}/papers?type=other"))
    orders = one(page, "//nav[@class='orders']")
    hrefs = orders.xpath(".//a/@href")
    (address,) = [href for href in hrefs if parse_qs(urlsplit(href).query)["sort"] == [sort]]
    assert parse_qs(urlsplit(address).query)["type"] == ["other"], "what the list is narrowed to is kept"
    there = tree(client.get(address))
    assert one(there, "//nav[@class='orders']//a[@aria-current='page']/@href") == address
    said = words(one(there, "//p[@class='orders-by']"))
    assert said.endswith({"en": ".", "zh": "。"}[language])
    assert (one(there, "//select[@name='sort']/option[@selected]/@value"), len(hrefs)) == (sort, len(SORTS))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sort", ["top", "disagree"])
def test_a_new_site_says_why_nothing_is_ranked_and_what_to_do(app: Flask, client: FlaskClient, sort: str, language: str) -> None:
    (paper_id,) = take_in(app, PaperRecord("hand", title="A paper that nobody has rated"))
    empty = one(tree(client.get(f"{PREFIX[language]}/papers?sort={sort}")), "//div[@class='empty']")
    assert {"en": "five ratings from at least two", "zh": "五"}[language] in words(empty)
    assert line_ids(tree(client.get(one(empty, ".//a/@href")))) == [paper_id]


@pytest.mark.parametrize(("sort", "half_stars", "said"), [("reviewed", [], "has a rating yet"), ("unrated", [8], "is without a rating")])
def test_the_other_lists_say_why_they_are_empty(app: Flask, client: FlaskClient, sort: str, half_stars: list[int], said: str) -> None:
    (paper_id,) = take_in(app, PaperRecord("hand", title="A paper"))
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_id, half_stars)
    assert said in words(one(tree(client.get(f"/papers?sort={sort}")), "//div[@class='empty']"))


def test_a_paper_whose_only_rating_does_not_count_still_needs_a_first_one(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, PaperRecord("hand", title="A paper"))
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_id, [10], has_conflict=True)
    assert line_ids(tree(client.get("/papers?sort=unrated"))) == [paper_id]
    assert line_ids(tree(client.get("/papers?sort=reviewed"))) == [paper_id]


@pytest.fixture
def many(app: Flask) -> list[int]:
    """Some pages of papers, every other one with an established score."""
    ids = take_in(
        app, *(PaperRecord("hand", title=f"A paper about the number {n}", published="2020", keywords=[Keyword("sleep")]) for n in range(4 * PAGE_SIZE + 8))
    )
    with app.extensions["database"].write() as session, session.begin():
        for n, paper_id in enumerate(ids[::2]):
            rated(session, paper_id, [1 + n % 10, 4, 5, 6, 10 - n % 7])
    return ids


@pytest.mark.parametrize("sort", BY_SCORE)
def test_pages_lead_on_and_back_in_two_statements_each_along_an_index(many: list[int], app: Flask, client: FlaskClient, sort: str) -> None:
    database = app.extensions["database"]
    pages = walk(client, f"/papers?sort={sort}")
    assert sorted(i for page in pages for i in page) == (many[1::2] if sort == "unrated" else many[::2])
    following = tree(client.get(f"/papers?sort={sort}")).xpath("//a[@rel='next']/@href")[0]
    for address in (f"/papers?sort={sort}", following, f"/keywords/sleep?sort={sort}"):
        with statements(database) as said:
            assert client.get(address).status_code == 200
        assert len(said) <= (2 if address.startswith("/papers") else 6)
    plan = "\n".join(plans(database, lambda: client.get(following))[0])
    if database.is_sqlite:
        assert "TEMP B-TREE" not in plan, plan
    else:
        assert "Sort" not in plan, plan
