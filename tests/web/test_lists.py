"""Lists of papers: every filter and order, page by page, at a cost that does not grow with the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewhub.core.db import Database
from reviewhub.papers.models import Keyword as KeywordRow
from reviewhub.papers.models import Paper
from reviewhub.papers.queries import PAGE_SIZE, SORTS
from reviewhub.papers.record import Author, Funding, Journal, Keyword, PaperRecord
from tests.web.reading import LANGUAGES, PREFIX, all_words, line_ids, one, statements, take_in, tree, words

# Three pages of papers; many share a date or a title, some have no date.
N_PAPERS = 2 * PAGE_SIZE + 9
DATES = ("2020", "2020-03", "2020-03-01", "", "1999", "2021-12-31", "2021")
JOURNALS = ("Bees", "Journal of Sleep", "")
LENIENT = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@dataclass
class Stock:
    """What was put in, and where it went."""

    records: list[PaperRecord]
    ids: list[int]
    journals: dict[str, int] = field(default_factory=dict)

    def having(self, fits: Callable[[PaperRecord], object]) -> set[int]:
        return {paper_id for paper_id, record in zip(self.ids, self.records, strict=True) if fits(record)}


@pytest.fixture
def stock(app: Flask) -> Stock:
    """Some pages of papers with every combination of what can be filtered by."""
    records = [
        PaperRecord(
            "hand", title=f"{('Zebras', 'ants', '蜜蜂', 'Åland')[n % 4]} number {n // 3}", type=("article", "review")[n % 2], language=("en", "zh", "")[n % 3],
            published=DATES[n % len(DATES)], journal=Journal(JOURNALS[n % 3]), keywords=[Keyword("sleep")] * (n % 5 == 0) + [Keyword("蜜蜂")] * (n % 2),
            identifiers={"doi": [f"10.1234/{n}"]}, authors=[Author("Jane Doe")] * (n % 4 == 0) + [Author(f"Author {n}")], funding=[Funding("A Fund")] * (n % 6 == 0),
        )
        for n in range(N_PAPERS)
    ]  # fmt: skip
    ids = take_in(app, *records)
    assert len(set(ids)) == N_PAPERS
    with app.extensions["database"].read() as session:
        found = dict(session.execute(sa.select(Paper.id, Paper.journal_id)).all())
    return Stock(records, ids, {record.journal.name: found[i] for i, record in zip(ids, records, strict=True) if record.journal.name})


def walk(client: FlaskClient, address: str) -> list[list[int]]:
    """The papers of each page from the first on, following "next"; then "previous" must lead back through the same pages."""
    pages: list[list[int]] = []
    while True:
        page = tree(client.get(address))
        pages.append(line_ids(page))
        following = page.xpath("//a[@rel='next']/@href")
        assert bool(page.xpath("//a[@rel='prev']")) == (len(pages) > 1)
        if not following:
            break
        address = following[0]
    for earlier in reversed(pages[:-1]):
        page = tree(client.get(page.xpath("//a[@rel='prev']/@href")[0]))
        assert line_ids(page) == earlier
    assert page.xpath("//a[@rel='prev']") == []
    return pages


@pytest.mark.parametrize("sort", SORTS)
def test_next_leads_through_every_paper_once_and_previous_back(stock: Stock, client: FlaskClient, sort: str) -> None:
    pages = walk(client, f"/papers?sort={sort}")
    assert [len(page) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 9]
    found = [paper_id for page in pages for paper_id in page]
    assert sorted(found) == sorted(stock.ids)
    dates = dict(zip(stock.ids, (record.published for record in stock.records), strict=True))
    if sort == "newest":
        assert found == sorted(stock.ids, key=lambda i: (dates[i], i), reverse=True)
    elif sort == "added":
        assert found == stock.ids[::-1]


FILTERS: dict[str, tuple[str, Callable[[PaperRecord], object]]] = {
    "type": ("review", lambda r: r.type == "review"),
    "language": ("zh", lambda r: r.language == "zh"),
    "year_from": ("2020", lambda r: r.published >= "2020"),
    "year_to": ("2020", lambda r: "" < r.published < "2021"),
    "keyword": ("蜜蜂", lambda r: any(keyword.term == "蜜蜂" for keyword in r.keywords)),
    "journal": ("Bees", lambda r: r.journal.name == "Bees"),
}


def test_filters_alone_and_together_keep_what_fits_in_every_order(stock: Stock, client: FlaskClient) -> None:
    @LENIENT
    @given(st.sets(st.sampled_from(sorted(FILTERS))), st.sampled_from(SORTS), st.sampled_from(LANGUAGES))
    def check(chosen: set[str], sort: str, language: str) -> None:
        values = {name: str(stock.journals[value]) if name == "journal" else value for name, (value, _) in FILTERS.items() if name in chosen}
        pages = walk(client, f"{PREFIX[language]}/papers?{urlencode({**values, 'sort': sort})}")
        found = [paper_id for page in pages for paper_id in page]
        assert len(set(found)) == len(found)
        assert set(found) == stock.having(lambda record: all(FILTERS[name][1](record) for name in chosen))

    check()


def test_the_form_shows_what_was_chosen_and_sends_it_again(stock: Stock, client: FlaskClient) -> None:
    asked = {
        "type": "review",
        "language": "zh",
        "year_from": "1990",
        "year_to": "2021",
        "sort": "title",
        "keyword": "蜜蜂",
        "journal": str(stock.journals["Journal of Sleep"]),
    }
    page = tree(client.get(f"/zh/papers?{urlencode(asked)}"))
    form = one(page, "//form[@class='filters-form']")
    sent = {name: value for name, value in form.form_values() if value}
    assert sent == asked
    assert form.get("action") == "/zh/papers"
    assert page.xpath("//details[@class='filters']/@open")
    assert all_words(page, "//p[@class='narrowed']/a") == ["蜜蜂", "Journal of Sleep"]


@pytest.mark.parametrize(
    "query",
    [
        "type=nonsense", "type=%00", "language=xx", "year_from=abc", "year_from=-5", "year_to=99999", "year_to=%D9%A2%D9%A0%D9%A2%D9%A0", "journal=x", "journal=-1",
        "sort=worst", "after=", "before=%20", "year_from=0&year_to=3000", "nothing=1",
    ],
)  # fmt: skip
def test_values_that_mean_nothing_are_passed_over(stock: Stock, client: FlaskClient, query: str) -> None:
    assert line_ids(tree(client.get(f"/papers?{query}"))) == line_ids(tree(client.get("/papers")))


@pytest.mark.parametrize("cursor", ["x", "WyJuZXdlc3QiLCAiMjAyMCIsIC01XQ", "bnVsbA", "W10", "%00", "é", "A" * 3_000])
@pytest.mark.parametrize("which", ["after", "before"])
def test_a_made_up_cursor_gives_the_first_page(stock: Stock, client: FlaskClient, which: str, cursor: str) -> None:
    page = tree(client.get(f"/papers?{which}={cursor}"))
    assert line_ids(page) == line_ids(tree(client.get("/papers")))
    assert page.xpath("//a[@rel='prev']") == []


def test_a_cursor_of_another_order_gives_the_first_page(stock: Stock, client: FlaskClient) -> None:
    (address,) = tree(client.get("/papers?sort=newest")).xpath("//a[@rel='next']/@href")
    cursor = parse_qs(urlsplit(address).query)["after"][0]
    assert line_ids(tree(client.get(f"/papers?{urlencode({'sort': 'title', 'after': cursor})}"))) == line_ids(tree(client.get("/papers?sort=title")))


def test_nothing_in_the_address_turns_the_links_to_neighbours_elsewhere(stock: Stock, client: FlaskClient) -> None:
    """Names that mean something to the making of addresses are nothing but passengers here."""
    journal = f"/journals/{stock.journals['Bees']}"
    (slug,) = stock_slugs(client, "sleep")
    for path in ("/papers", journal, f"/keywords/{quote('蜜蜂')}", f"/keywords/{slug}", "/people/jane-doe"):
        for name in ("endpoint", "_method", "_scheme", "_external", "_anchor", "journal_id", "slug", "name_key", "self", "values"):
            answer = client.get(f"{path}?{name}=POST&sort=title")
            assert answer.status_code == 200, name
            for href in tree(answer).xpath("//nav[@class='pager']/a/@href"):
                assert href.startswith(f"{path}?")
                assert client.get(href).status_code == 200


def stock_slugs(client: FlaskClient, term: str) -> list[str]:
    with client.application.extensions["database"].read() as session:
        return list(session.scalars(sa.select(KeywordRow.slug).where(KeywordRow.term == term)))


def test_a_list_that_nothing_fits_says_so_and_how_to_widen_it(stock: Stock, client: FlaskClient) -> None:
    page = tree(client.get("/zh/papers?year_from=2500"))
    empty = one(page, "//div[@class='empty']")
    assert words(empty).startswith("暂无数据")
    assert len(line_ids(tree(client.get(str(one(empty, ".//a/@href")))))) == PAGE_SIZE


# path of the page -> which records it lists
SUBJECTS: dict[str, Callable[[PaperRecord], object]] = {
    "journal": lambda r: r.journal.name == "Bees",
    "keyword": lambda r: any(keyword.term == "蜜蜂" for keyword in r.keywords),
    "funder": lambda r: bool(r.funding),
    "person": lambda r: any(author.name == "Jane Doe" for author in r.authors),
}


def subject_path(stock: Stock, kind: str) -> str:
    return {"journal": f"/journals/{stock.journals['Bees']}", "keyword": f"/keywords/{quote('蜜蜂')}", "funder": "/funders/1", "person": "/people/jane-doe"}[
        kind
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_page_of_a_subject_lists_its_papers_and_counts_them(stock: Stock, client: FlaskClient, kind: str, language: str) -> None:
    address = PREFIX[language] + subject_path(stock, kind)
    wanted = stock.having(SUBJECTS[kind])
    assert {i for page in walk(client, address) for i in page} == wanted
    page = tree(client.get(address))
    assert words(one(page, "//header[@class='subject']//dl/div[last()]/dd")) == str(len(wanted))
    assert bool(page.xpath("//meta[@name='robots'][@content='noindex']")) == (kind == "person")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_papers_of_a_subject_can_be_narrowed_where_they_are(stock: Stock, client: FlaskClient, kind: str, language: str) -> None:
    """The form leads to the same page in the same language, and so does the way back to all."""
    address = PREFIX[language] + subject_path(stock, kind)
    form = one(tree(client.get(address)), "//form[@class='filters-form']")
    assert form.get("action") == address
    page = tree(client.get(f"{form.get('action')}?type=review&sort=title"))
    assert set(line_ids(page)) <= stock.having(lambda r: r.type == "review" and SUBJECTS[kind](r))
    for query in ("type=review", "year_from=2500"):
        narrowed = tree(client.get(f"{address}?{query}"))
        assert set(narrowed.xpath("//details[@class='filters']//a/@href") + narrowed.xpath("//div[@class='empty']/p/a/@href")) == {address}


@pytest.mark.parametrize(
    "path", ["/journals/9999", "/journals/99999999999", "/journals/x", "/keywords/nothing", "/funders/0", "/funders/99999999999", "/people/nobody"]
)
def test_there_is_no_page_for_a_subject_that_is_not_here(stock: Stock, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.get(f"/zh{path}").status_code == 404


@pytest.mark.parametrize("query", ["", "?sort=title", "?type=review&language=zh&year_from=1990&year_to=2022&keyword=sleep&sort=added"])
def test_a_list_takes_two_statements(stock: Stock, app: Flask, client: FlaskClient, query: str) -> None:
    with statements(app.extensions["database"]) as said:
        answer = client.get(f"/papers{query}")
    assert answer.status_code == 200
    assert len(said) <= 2


@pytest.mark.parametrize(
    ("sort", "query"), [*((sort, "") for sort in SORTS), ("newest", "type=review&"), ("newest", "language=zh&"), ("newest", "journal={journal}&")]
)
def test_a_page_far_down_walks_an_index_and_sorts_nothing(stock: Stock, app: Flask, client: FlaskClient, sort: str, query: str) -> None:
    """Without a filter in every order; with the commonest filters in the order that people meet first."""
    database = app.extensions["database"]
    address = f"/papers?{query.format(journal=stock.journals['Bees'])}sort={sort}"
    page = tree(client.get(address))
    following = page.xpath("//a[@rel='next']/@href")
    if not following:  # a narrowed list may end on its first page: any cursor of the order will do
        cursor = parse_qs(urlsplit(tree(client.get(f"/papers?sort={sort}")).xpath("//a[@rel='next']/@href")[0]).query)["after"][0]
        following = [f"{address}&{urlencode({'after': cursor})}"]
    said = plans(database, lambda: client.get(following[0]))
    assert len(said) == 2
    plan = "\n".join(said[0])
    if database.is_sqlite:
        assert "TEMP B-TREE" not in plan, plan
        assert "SEARCH papers USING" in plan, plan
    else:
        assert "Sort" not in plan, plan
        assert any("Index" in step and " on papers" in step for step in said[0]), plan


def plans(database: Database, ask: Callable[[], Any]) -> list[list[str]]:
    """How the database goes about each statement of a request."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        assert ask().status_code == 200
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)
    found = []
    with database.engine.connect() as connection:
        if database.is_sqlite:
            return [[str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)] for statement, given in asked]
        # A table of some rows is read whole whatever its indexes; what matters is what can be done once it is large.
        connection.exec_driver_sql("SET enable_seqscan = off")
        connection.exec_driver_sql("SET enable_bitmapscan = off")
        for statement, given in asked:
            found.append([str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", given)])
        connection.rollback()
    return found
