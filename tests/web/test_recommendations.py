"""What a record recommends: related papers with true reasons in the reader's language, and something to read while the list waits."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.papers.record import Keyword, PaperRecord
from reviewhub.papers.services import merge_papers
from reviewhub.recommendations.models import RelatedPaper
from reviewhub.recommendations.relating import relate_in_turn
from tests.recommendations.conftest import record
from tests.web.reading import LANGUAGES, PREFIX, Element, all_words, one, statements, take_in, tree, words


def relate(app: Flask, paper_ids: list[int]) -> None:
    relate_in_turn(app.extensions["database"], app.extensions["settings"].home, paper_ids)


def part(client: FlaskClient, paper_id: int, language: str = "en") -> Element:
    return one(tree(client.get(f"{PREFIX[language]}/papers/{paper_id}")), "//section[@id='recommended']")


def listed(found: Element) -> list[int]:
    return [int(href.rsplit("/", 1)[1]) for href in found.xpath(".//ol[@class='related']/li/p[1]/a/@href")]


@pytest.fixture
def field(app: Flask) -> list[int]:
    """Papers of one field, with their lists."""
    ids = take_in(app, *(record("lichens", n) for n in range(6)))
    relate(app, ids)
    return ids


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_record_shows_related_papers_each_with_a_reason(client: FlaskClient, field: list[int], language: str) -> None:
    found = part(client, field[0], language)
    assert set(listed(found)) <= set(field[1:])
    assert len(listed(found)) >= 3
    reasons = all_words(found, ".//p[@class='why']")
    assert len(reasons) == len(listed(found))
    assert all({"en": "same keywords: lichens", "zh": "关键词相同：lichens"}[language] in reason for reason in reasons)
    assert client.get(found.xpath(".//ol[@class='related']//a/@href")[0]).status_code == 200
    assert not found.xpath(".//div[@class='empty']")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_that_waits_says_so_and_offers_what_readers_turn_to(app: Flask, client: FlaskClient, language: str) -> None:
    waiting, other = take_in(app, PaperRecord("hand", title="A lonely one", keywords=[Keyword("solitude")]), PaperRecord("hand", title="Another"))
    found = part(client, waiting, language)
    assert {"en": "The list is being put together", "zh": "正在生成"}[language] in words(one(found, ".//div[@class='empty']"))
    assert found.xpath(".//div[@class='empty']//a/@href") == [f"{PREFIX[language]}/keywords/solitude"]
    assert found.xpath(".//ul[@class='relations']//a/@href") == [f"{PREFIX[language]}/papers/{other}"]
    relate(app, [waiting, other])
    assert {"en": "Nothing here is near enough", "zh": "还没有"}[language] in words(one(part(client, waiting, language), ".//div[@class='empty']"))


def test_titles_and_reasons_are_text_and_nothing_else(app: Flask, client: FlaskClient) -> None:
    bad = "<script>alert(1)</script>"
    with_markup = [record("lichens", n, keywords=[Keyword(bad)], title=f"Lichen &lt;script&gt; thallus moss {n}") for n in range(2)]
    ids = take_in(app, *with_markup)
    relate(app, ids)
    found = part(client, ids[0])
    assert bad in words(one(found, ".//p[@class='why']"))
    assert found.xpath(".//script") == []


def test_a_paper_that_is_retracted_or_merged_away_drops_out_at_once(app: Flask, client: FlaskClient, field: list[int]) -> None:
    first, second = listed(part(client, field[0]))[:2]
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, second, first, movers=app.extensions["movers"])
    assert first not in listed(part(client, field[0]))
    with app.extensions["database"].write() as session, session.begin():
        from reviewhub.papers.models import Paper

        session.get_one(Paper, second).is_retracted = True
    assert second not in listed(part(client, field[0]))


def test_a_reason_of_a_later_version_says_the_least_that_is_true(app: Flask, client: FlaskClient, field: list[int]) -> None:
    with app.extensions["database"].write() as session, session.begin():
        first = session.get_one(RelatedPaper, (field[0], 1))
        first.reasons = [{"kind": "of a kind that is not known yet"}]
    assert all_words(part(client, field[0]), ".//p[@class='why']")[0] == "similar text"


def test_a_list_costs_one_statement_and_a_missing_one_two_more(app: Flask, client: FlaskClient, field: list[int]) -> None:
    counts = []
    (waiting,) = take_in(app, record("lichens", 99))
    for paper_id in (field[0], waiting):
        with statements(app.extensions["database"]) as said:
            client.get(f"/papers/{paper_id}")
        counts.append(len(said))
    assert counts[1] - counts[0] == 2
