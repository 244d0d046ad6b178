"""Lists: browse, and the pages of a journal, a keyword, a funder and a printed name."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from reviewhub.core import clock
from reviewhub.core.actor import KEEPER
from reviewhub.papers.models import Funder, Journal
from reviewhub.papers.record import Author, Funding, Keyword, PaperRecord
from reviewhub.papers.record import Journal as JournalSaid
from reviewhub.papers.services import add_or_update
from reviewhub.ratings.models import PaperScore

N = 60


@pytest.fixture
def shelf(app: Flask) -> list[int]:
    """Sixty papers, the later the newer."""
    records = [
        PaperRecord(
            "hand", title=f"Paper number {n:02} of the shelf", published=f"{1960 + n}", type="review" if n % 2 else "article", language="en", titles={"zh": f"第{n:02}篇论文"},
            journal=JournalSaid("Journal of Shelves", "J Shelves", ["0028-0836"]), identifiers={"doi": [f"10.1234/{n}"]}, authors=[Author("Jane Doe"), Author(f"Author {n}")],
            keywords=[Keyword("shelf"), Keyword("古籍")], funding=[Funding("A Fund", "10.13039/100000001")],
        )
        for n in range(N)
    ]  # fmt: skip
    with app.extensions["database"].write() as session, session.begin():
        return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]


def page(client: FlaskClient, path: str) -> html.HtmlElement:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def titles(found: html.HtmlElement) -> list[str]:
    return [heading.text_content().strip() for heading in found.xpath("//main//li//h2 | //main//li//h3")]


def numbers(found: html.HtmlElement) -> list[int]:
    return [int(re.search(r"number (\d+)", title).group(1)) for title in titles(found)]  # type: ignore[union-attr]


def ids(app: Flask, model: type) -> int:
    with app.extensions["database"].read() as session:
        return int(session.scalars(sa.select(model.id)).one())  # type: ignore[attr-defined]


def test_following_next_shows_every_paper_once_and_previous_leads_back(client: FlaskClient, shelf: list[int]) -> None:
    seen: list[int] = []
    trail: list[str] = []
    address = "/papers"
    while address:
        trail.append(address)
        found = page(client, address)
        seen += numbers(found)
        address = next(iter(found.xpath("//main//a[@rel='next']/@href")), "")
    assert seen == list(reversed(range(N)))
    assert len(trail) == 3
    (back,) = found.xpath("//main//a[@rel='prev']/@href")
    assert numbers(page(client, back)) == numbers(page(client, trail[1]))
    assert page(client, trail[0]).xpath("//main//a[@rel='prev']") == []


def test_filters_and_order_are_kept_from_page_to_page(client: FlaskClient, shelf: list[int]) -> None:
    found = page(client, "/zh/papers?type=review&sort=title&year_from=1961")
    assert numbers(found)[:3] == [1, 3, 5]
    (following,) = found.xpath("//main//a[@rel='next']/@href")
    assert following.startswith("/zh/papers?")
    second = page(client, following)
    assert all(n % 2 for n in numbers(second))
    assert second.xpath("//select[@name='type']/option[@selected]/@value") == ["review"]
    assert second.xpath("//select[@name='sort']/option[@selected]/@value") == ["title"]
    assert second.xpath("//input[@name='year_from']/@value") == ["1961"]


@pytest.mark.parametrize(
    ("query", "n"),
    [("year_from=2018", 2), ("year_to=1960", 1), ("year_from=1970&year_to=1971&type=article", 1), ("keyword=shelf", 25), ("keyword=%E5%8F%A4%E7%B1%8D", 25), ("keyword=none", 0),
     ("language=zh", 0), ("type=review&keyword=shelf&year_from=2000", 10)],
)  # fmt: skip
def test_a_list_is_narrowed(client: FlaskClient, shelf: list[int], query: str, n: int) -> None:
    assert len(titles(page(client, f"/papers?{query}"))) == n


@pytest.mark.parametrize(
    "query",
    ["type=nonsense", "language=xx", "year_from=abc", "year_from=-5", "year_from=99999999999999", "year_to=0", "sort=nonsense", "after=nonsense", "before=%00", "after=%F0%9F%98%80",
     "journal=abc", "type=review%00", "year_from=%D9%A1%D9%A9%D9%A9%D9%A9", "unknown=1"],
)  # fmt: skip
def test_a_value_that_is_none_narrows_nothing(client: FlaskClient, shelf: list[int], query: str) -> None:
    assert numbers(page(client, f"/papers?{query}")) == list(range(N - 1, N - 26, -1))


def test_a_list_that_is_empty_says_what_one_can_do(client: FlaskClient, shelf: list[int]) -> None:
    found = page(client, "/papers?year_from=1900&year_to=1900")
    assert "No data available" in found.text_content()
    assert found.xpath("//main//a[@href='/papers']")
    assert "暂无数据" in page(client, "/zh/papers?year_from=1900&year_to=1900").text_content()


def test_an_empty_site_invites_to_add_the_first_paper(client: FlaskClient) -> None:
    for path in ("/", "/papers", "/zh", "/zh/papers"):
        found = page(client, path)
        assert titles(found) == []
        assert found.xpath("//main//a[contains(@href, '/papers/add')]")
        assert ("暂无数据" if path.startswith("/zh") else "No data available") in found.text_content()


def test_titles_in_the_reader_s_language_stand_beside_the_printed_ones(client: FlaskClient, shelf: list[int]) -> None:
    assert "第59篇论文" in page(client, "/zh/papers").text_content()
    assert "第59篇论文" not in page(client, "/papers").text_content()


def test_a_list_claims_no_more_of_a_score_than_the_record_page(app: Flask, client: FlaskClient, shelf: list[int]) -> None:
    with app.extensions["database"].write() as session, session.begin():
        rows = [(shelf[-1], 3, 3, 900), (shelf[-2], 6, 3, 700), (shelf[-3], 60, 1, 800)]
        for paper_id, n, n_groups, overall in rows:
            session.execute(
                sa.insert(PaperScore).values(paper_id=paper_id, n_given=n, n_counted=n, n_groups=n_groups, overall=overall, computed_at=clock.now())
            )
    few, sure, one_group, none = [" ".join(line.text_content().split()) for line in page(client, "/papers").xpath("//main//li[@class='line']")][:4]
    assert "4.5" in few
    assert "Not enough ratings · 3 of 5" in few
    assert "3.5" in sure
    assert "Not enough" not in sure
    assert "Not enough ratings" in one_group
    assert re.match(r"- ?Be the first to rate", none)
    assert "评分不足 · 3/5" in " ".join(page(client, "/zh/papers").text_content().split())


def test_a_list_takes_two_statements(app: Flask, client: FlaskClient, shelf: list[int]) -> None:
    said: list[str] = []
    engine = app.extensions["database"].engine
    sa.event.listen(engine, "before_cursor_execute", lambda *given: said.append(given[2]) if "SELECT" in given[2] else None)
    for path in ("/papers", "/papers?type=review&keyword=shelf&sort=title"):
        said.clear()
        assert len(titles(page(client, path))) == 25
        assert len(said) == 2


def test_a_journal_a_keyword_a_funder_and_a_name_list_their_papers(app: Flask, client: FlaskClient, shelf: list[int]) -> None:
    paths = {
        f"/journals/{ids(app, Journal)}": "Journal of Shelves", "/keywords/shelf": "shelf", "/keywords/%E5%8F%A4%E7%B1%8D": "古籍",
        f"/funders/{ids(app, Funder)}": "A Fund", "/people/jane-doe": "Jane Doe",
    }  # fmt: skip
    for prefix in ("", "/zh"):
        for path, name in paths.items():
            found = page(client, prefix + path)
            assert name in found.xpath("//h1")[0].text_content()
            assert len(titles(found)) == 25
            assert str(N) in found.xpath("//main")[0].text_content()
            (following,) = found.xpath("//main//a[@rel='next']/@href")
            assert following.startswith(prefix + path.split("%")[0])
            assert numbers(page(client, following))[0] == N - 26
            assert numbers(page(client, f"{prefix}{path}?year_to=1961&sort=title")) == [0, 1]


def test_the_page_of_a_printed_name_claims_nothing(client: FlaskClient, shelf: list[int]) -> None:
    answer = client.get("/people/jane-doe")
    assert "noindex" in answer.headers["X-Robots-Tag"]
    found = html.fromstring(answer.text)
    assert found.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert "several people may share it" in found.text_content()
    assert numbers(page(client, "/people/author-7")) == [7]


@pytest.mark.parametrize(
    "path",
    [
        "/journals/999",
        "/journals/99999999999999999999",
        "/journals/abc",
        "/keywords/none",
        "/keywords/%00",
        "/funders/999",
        "/funders/99999999999999999999",
        "/people/nobody",
        "/people/%00",
    ],
)
def test_what_is_not_here_is_not_found(client: FlaskClient, shelf: list[int], path: str) -> None:
    for prefix in ("", "/zh"):
        assert client.get(prefix + path).status_code == 404


def test_the_home_page_shows_the_newest_the_subjects_and_a_search_box(client: FlaskClient, shelf: list[int]) -> None:
    found = page(client, "/")
    assert numbers(found)[:3] == [59, 58, 57]
    assert found.xpath("//main//a[@href='/keywords/shelf']")
    assert found.xpath("//main//form[@action='/search']//input[@name='q']")
    assert str(N) in found.xpath("//main")[0].text_content()
