"""What the search box is told while somebody types: little, quick, and never an error."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.papers.record import Author, Journal, Keyword, PaperRecord
from reviewhub.search import services as search
from reviewhub.web.suggesting import MOST
from tests.web.reading import LANGUAGES, PREFIX, line_ids, statements, take_in, tree

MOST_BYTES = 5_000


@pytest.fixture
def papers(app: Flask) -> list[int]:
    records = [
        PaperRecord("hand", title=f"Sleep of <i>bees</i>, part {n}", published=f"{2000 + n}", journal=Journal("Sleep and Wings"), keywords=[Keyword("sleep disorders")], authors=[Author("Jane Sleeper", "Sleeper", "Jane"), Author("王小明")])
        for n in range(5)
    ]  # fmt: skip
    ids = take_in(app, *records, PaperRecord("hand", title="睡眠与蜜蜂的关系", language="zh", published="2001"))
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    return ids


def suggested(client: FlaskClient, typed: str, language: str = "en") -> dict[str, list[dict[str, str]]]:
    answer = client.get(f"{PREFIX[language]}/search/suggest?{urlencode({'q': typed})}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert len(answer.data) < MOST_BYTES
    return {group["name"]: group["items"] for group in answer.json["groups"]}


def test_papers_authors_journals_and_keywords_are_named_with_their_addresses(papers: list[int], client: FlaskClient) -> None:
    found = suggested(client, "slee")
    assert list(found) == ["Papers", "Authors", "Keywords", "Journals"]
    assert found["Papers"][0] == {"label": "Sleep of bees, part 4", "note": "Sleep and Wings · 2004", "address": f"/papers/{papers[4]}"}
    assert (found["Authors"][0]["label"], found["Authors"][0]["note"]) == ("Jane Sleeper", "5")
    for group in found.values():
        for item in group:
            assert client.get(item["address"]).status_code == 200
    assert set(line_ids(tree(client.get(found["Authors"][0]["address"])))) == set(papers[:5])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_its_own_words_and_addresses(papers: list[int], client: FlaskClient, language: str) -> None:
    found = suggested(client, "睡眠", language)
    ((name, (item,)),) = found.items()
    assert name == {"en": "Papers", "zh": "论文"}[language]
    assert item["address"] == f"{PREFIX[language]}/papers/{papers[5]}"


@pytest.mark.parametrize("typed", ["", " ", "\x00", "~~", "zzzz", '"', "a" * 5000, "%", "\ud800", "睡" * 2000, "*"])
def test_nothing_that_can_be_typed_is_a_fault(papers: list[int], client: FlaskClient, typed: str) -> None:
    suggested(client, typed.encode("utf-8", "surrogatepass"))  # type: ignore[arg-type]
    assert client.get("/search/suggest").json == {"groups": [], "said": ""}


def test_the_longest_names_stay_small(app: Flask, client: FlaskClient) -> None:
    long = "睡眠" * 400
    records = [PaperRecord("hand", title=f"{long}{n}", journal=Journal(f"{long}{n}"), keywords=[Keyword(f"睡眠{n}{long}"[:200])], authors=[Author(f"睡眠{n}{long}"[:200])]) for n in range(8)]  # fmt: skip
    take_in(app, *records)
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    assert "论文" in suggested(client, "睡眠", "zh")


def test_it_may_be_kept_a_while_sets_no_cookie_and_takes_one_statement(papers: list[int], app: Flask, client: FlaskClient) -> None:
    with statements(app.extensions["database"]) as said:
        answer = client.get("/search/suggest?q=slee")
    assert len(said) == 1
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_who_asks_too_often_is_told_when_to_ask_again(app: Flask, client: FlaskClient) -> None:
    for _ in range(MOST):
        assert client.get("/search/suggest").status_code == 200
    answer = client.get("/search/suggest?q=slee")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "max-age" not in answer.headers.get("Cache-Control", "")
    assert client.get("/search?q=slee").status_code == 200


def test_while_the_index_is_away_nothing_is_suggested(client: FlaskClient) -> None:
    assert suggested(client, "sleep") == {}


def test_every_page_has_a_box_that_knows_where_to_ask(papers: list[int], client: FlaskClient) -> None:
    for path in ("/", "/papers", "/search?q=sleep", f"/papers/{papers[0]}"):
        for language in LANGUAGES:
            (form,) = tree(client.get(f"{PREFIX[language]}{path}")).xpath("//form[@role='search']")
            assert form.get("data-suggest") == f"{PREFIX[language]}/search/suggest"
            assert form.get("action") == f"{PREFIX[language]}/search"
            assert form.get("data-label")
