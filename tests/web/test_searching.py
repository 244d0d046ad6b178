"""The search page: from what somebody typed to papers, whatever they typed."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewhub.app import create_app
from reviewhub.papers.record import Author, Journal, Keyword, PaperRecord, Section
from reviewhub.search import services as search
from reviewhub.web.searching import MAX_QUERY_CHARS, MOST_PAGES, PAGE_SIZE
from tests.web.reading import LANGUAGES, PREFIX, line_ids, one, statements, take_in, tree, words

LENIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def papers(app: Flask) -> list[int]:
    """Two pages of papers on sleep, of which some are on bees, and one in Chinese; all in the index."""
    records = [
        PaperRecord(
            "hand", title=f"Sleep of {'bees' if n % 5 == 0 else 'mice'} in the year {n}", type="review" if n % 2 else "article", published=f"{1990 + n}", language="en",
            journal=Journal("Journal of Nights" if n % 3 else "Wings"), keywords=[Keyword("night")] * (n % 4 == 0), identifiers={"doi": [f"10.1234/{n}"], "pmid": [f"{100 + n}"]},
            authors=[Author("Jane Doe")] * (n == 7), abstracts={"en": [Section("Nobody knows why.")]},
        )
        for n in range(PAGE_SIZE + 10)
    ]  # fmt: skip
    records.append(PaperRecord("hand", title="睡眠与蜜蜂的关系", language="zh", published="2001"))
    ids = take_in(app, *records)
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    return ids


def found(client: FlaskClient, language: str = "en", **asked: str) -> list[int]:
    return line_ids(tree(client.get(f"{PREFIX[language]}/search?{urlencode(asked)}")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_find_papers_in_either_language_of_the_site(papers: list[int], client: FlaskClient, language: str) -> None:
    bees = {papers[n] for n in range(0, PAGE_SIZE + 10, 5)}
    assert set(found(client, language, q="bees")) == bees
    assert found(client, language, q="睡眠") == [papers[-1]]
    assert found(client, language, q="Jane Doe") == [papers[7]]
    page = tree(client.get(f"{PREFIX[language]}/search?q=bees"))
    assert str(len(bees)) in words(one(page, "//p[@class='results-count']"))
    assert one(page, "//input[@id='q']/@value") == "bees"


def test_next_and_previous_lead_through_all_that_was_found_once(papers: list[int], client: FlaskClient) -> None:
    first = tree(client.get("/zh/search?q=sleep&sort=oldest"))
    second = tree(client.get(str(one(first, "//a[@rel='next']/@href"))))
    assert line_ids(first) + line_ids(second) == papers[:-1]
    assert second.xpath("//a[@rel='next']") == []
    again = tree(client.get(str(one(second, "//a[@rel='prev']/@href"))))
    assert line_ids(again) == line_ids(first)
    assert again.xpath("//a[@rel='prev']") == []


def test_filters_and_orders_hold_together(papers: list[int], client: FlaskClient) -> None:
    assert found(client, q="sleep", type="review", year_from="1995", year_to="1999") == sorted(
        papers[5:10:2], key=found(client, q="sleep", type="review").index
    )
    assert found(client, q="bees", sort="newest") == papers[0 : PAGE_SIZE + 10 : 5][::-1]
    assert found(client, q="bees", sort="oldest") == papers[0 : PAGE_SIZE + 10 : 5]
    assert set(found(client, q="bees", keyword="night")) == {papers[0], papers[20]}
    assert found(client, q="bees", year_from="2500") == []
    page = tree(client.get("/search?q=bees&type=review&keyword=night&year_from=1990&sort=newest"))
    form = one(page, "//form[@class='filters-form']")
    assert {name: value for name, value in form.form_values() if value} == {
        "q": "bees",
        "type": "review",
        "keyword": "night",
        "year_from": "1990",
        "sort": "newest",
    }


@pytest.mark.parametrize("typed", ["10.1234/3", "https://doi.org/10.1234/3", "doi:10.1234/3", "pmid:103", "PMID 103", "https://pubmed.ncbi.nlm.nih.gov/103/"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_identifier_goes_straight_to_its_record(papers: list[int], client: FlaskClient, typed: str, language: str) -> None:
    answer = client.get(f"{PREFIX[language]}/search?{urlencode({'q': typed})}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{PREFIX[language]}/papers/{papers[3]}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_identifier_that_is_not_here_can_be_added(papers: list[int], client: FlaskClient, language: str) -> None:
    empty = one(tree(client.get(f"{PREFIX[language]}/search?q=10.1234/none")), "//div[@class='empty']")
    form = tree(client.get(str(one(empty, ".//a/@href"))))
    assert one(form, "//input[@name='identifier']/@value") == "10.1234/none"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_finds_nothing_is_told_what_to_try(papers: list[int], client: FlaskClient, language: str) -> None:
    empty = one(tree(client.get(f"{PREFIX[language]}/search?q=zzzzzz")), "//div[@class='empty']")
    assert words(empty).startswith({"en": "No data available", "zh": "暂无数据"}[language])
    assert client.get(str(one(empty, ".//a/@href"))).status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999", "", "1.5", "２", str(MOST_PAGES), str(MOST_PAGES + 1)])
def test_a_page_number_that_is_none_is_no_fault(papers: list[int], client: FlaskClient, number: str) -> None:
    answer = client.get(f"/search?{urlencode({'q': 'sleep', 'page': number})}")
    assert answer.status_code == 200
    if number not in ("99999999", str(MOST_PAGES), str(MOST_PAGES + 1)):
        assert len(line_ids(tree(answer))) == PAGE_SIZE


@pytest.mark.parametrize("language", LANGUAGES)
def test_while_the_index_is_away_the_page_says_so_and_browsing_works(own_app: Flask, language: str) -> None:
    home = own_app.extensions["settings"].home
    made = create_app(replace(own_app.extensions["settings"], search_url=f"whoosh:{home / 'nowhere'}"))
    answer = made.test_client().get(f"{PREFIX[language]}/search?q=sleep")
    made.extensions["database"].dispose()
    assert answer.status_code == 200
    note = one(tree(answer), "//p[contains(@class, 'note-warn')]")
    assert ("Search" in words(note)) == (language == "en")
    assert tree(answer).xpath("//p[@class='results-count']") == []


def test_a_search_takes_three_statements(papers: list[int], app: Flask, client: FlaskClient) -> None:
    for query in ("q=sleep", "q=bees&type=review&keyword=night", "q=zzzz", "q=10.1234/3", "q=10.1234/none", ""):
        with statements(app.extensions["database"]) as said:
            client.get(f"/search?{query}")
        assert len(said) <= 3, said


def test_nothing_that_can_be_typed_is_a_fault(papers: list[int], client: FlaskClient) -> None:
    pieces = st.sampled_from(
        [
            '"',
            "(",
            ")",
            "*",
            "?",
            "~",
            "^",
            ":",
            "AND",
            "OR",
            "NOT",
            "-",
            "+",
            "title:",
            "[1 TO 2]",
            "睡眠",
            "sleep",
            "be*",
            "10.1234/",
            "\\",
            "\x00",
            "<b>",
            " ",
        ]
    )

    @LENIENT
    @given(
        st.one_of(
            st.text(max_size=40),
            st.lists(pieces, max_size=8).map("".join),
            st.lists(pieces, max_size=8).map(" ".join),
            st.text(min_size=1, max_size=3).map(lambda t: t * 300),
        )
    )
    def check(typed: str) -> None:
        answer = client.get(f"/search?{urlencode({'q': typed.encode('utf-8', 'surrogatepass')})}")
        assert answer.status_code in (200, 302)
        if answer.status_code == 200:
            shown = one(tree(answer), "//input[@id='q']").get("value")
            assert len(shown) <= MAX_QUERY_CHARS

    check()


def test_results_are_kept_out_of_search_engines(papers: list[int], client: FlaskClient) -> None:
    answer = client.get("/search?q=sleep")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert tree(answer).xpath("//meta[@name='robots'][@content='noindex']")
