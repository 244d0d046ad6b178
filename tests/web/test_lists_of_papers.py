"""Lists at their door: made, shown, kept private, put in order, annotated, sent out; on records and profiles; and everything that is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from reviewhub.core.actor import Actor
from reviewhub.library import lists, queries, rules
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import merge_papers
from tests.people import person, signed_in
from tests.web.reading import LANGUAGES, PREFIX, line_ids, one, statements, take_in, tree, words

ATOM = {"a": "http://www.w3.org/2005/Atom"}
EVIL = "<script>alert(1)</script> & “quotes”"


@pytest.fixture
def papers(app: Flask) -> list[int]:
    return take_in(
        app, *(PaperRecord("hand", title=f"Lichen number {n}", authors=[Author("Jane Doe")], identifiers={"doi": [f"10.5555/p{n}"]}) for n in range(60))
    )


@pytest.fixture
def who(app: Flask) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session, "Lin Mei")


@pytest.fixture
def browser(app: Flask, who: Actor) -> FlaskClient:
    return signed_in(app, who)


def made(app: Flask, who: Actor, paper_ids: list[int] | None = None, **facts: Any) -> int:
    with app.extensions["database"].write() as session, session.begin():
        found = lists.make_list(session, who, **{"title": "Pain after stroke", "is_public": True, **facts})
        lists.put_many_on_list(session, who, found.id, paper_ids or [])
        return found.id


def send(browser: FlaskClient, path: str, **fields: Any) -> TestResponse:
    token = tree(browser.get("/lists")).xpath("//input[@name='csrf_token']/@value")[0]
    return browser.post(path, data={"csrf_token": token, **fields})


def on(app: Flask, who: Actor, list_id: int) -> list[int]:
    with app.extensions["database"].read() as session:
        return queries.list_shown(session, who, list_id).paper_ids


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_an_empty_page_to_a_public_list(app: Flask, client: FlaskClient, browser: FlaskClient, papers: list[int], language: str) -> None:
    prefix = PREFIX[language]
    assert tree(browser.get(f"{prefix}/lists")).xpath("//*[@class='empty']")
    answer = send(browser, f"{prefix}/lists", title=f"  {EVIL} ", description=f"{EVIL}\nline two", is_public="yes")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{prefix}/lists/1")
    assert send(browser, f"{prefix}/lists/1/papers", identifier="https://doi.org/10.5555/P3", note=EVIL).headers["Location"] == f"{prefix}/lists/1#t{papers[3]}"
    send(browser, f"{prefix}/lists/1/papers", identifier="10.5555/p4")
    send(browser, f"{prefix}/lists/1/papers", identifier="10.5555/p4")
    shown = client.get(f"{prefix}/lists/1")
    assert "Set-Cookie" not in shown.headers
    assert "<script>alert" not in shown.get_data(as_text=True)
    page = tree(shown)
    assert words(one(page, "//h1")) == EVIL
    assert "Lin Mei" in words(one(page, "//p[@class='eyebrow']"))
    assert line_ids(page) == [papers[3], papers[4]]
    assert words(one(page, "//p[@class='list-note']")) == EVIL
    assert not page.xpath("//main//form")
    assert [words(li) for li in tree(browser.get(f"{prefix}/lists")).xpath("//li[@class='list-line']/a")] == [EVIL]


@pytest.mark.parametrize("path", ["/lists/{}", "/zh/lists/{}", "/lists/{}/cite/ris", "/feeds/lists/{}.atom", "/lists/{}/edit"])
def test_a_private_list_is_not_there_for_others(app: Flask, client: FlaskClient, who: Actor, papers: list[int], path: str) -> None:
    list_id = made(app, who, papers[:2], is_public=False)
    other = signed_in(app)
    for address in (path.format(list_id), path.format(999), path.format(2**40)):
        assert other.get(address).status_code == 404
        assert client.get(address).status_code == (303 if "edit" in path else 404)
    mine = signed_in(app, who).get(path.format(list_id))
    assert mine.status_code == (404 if "feeds" in path else 200)


def test_nobody_changes_a_list_of_somebody_else(app: Flask, who: Actor, papers: list[int]) -> None:
    list_id = made(app, who, papers[:3])
    other = signed_in(app)
    for path, fields in (
        (f"/lists/{list_id}/edit", {"title": "Mine now"}),
        (f"/lists/{list_id}/delete", {}),
        (f"/lists/{list_id}/papers", {"identifier": "10.5555/p9"}),
        (f"/lists/{list_id}/papers/{papers[0]}", {"do": "remove"}),
        (f"/lists/{list_id}/papers/{papers[0]}", {"do": "down"}),
    ):
        assert send(other, path, **fields).status_code == 404
    page = tree(other.get(f"/lists/{list_id}"))
    assert not page.xpath("//main//form | //a[contains(@href, 'edit')]")
    assert on(app, who, list_id) == papers[:3]


def test_papers_are_put_in_order_annotated_and_taken_off(app: Flask, browser: FlaskClient, who: Actor, papers: list[int]) -> None:
    a, b, c, d = papers[:4]
    list_id = made(app, who, [a, b, c, d])
    for paper, fields, expected in (
        (c, {"do": "up"}, [a, c, b, d]),
        (a, {"do": "up"}, [a, c, b, d]),
        (a, {"do": "down"}, [c, a, b, d]),
        (d, {"do": "place", "place": "1"}, [d, c, a, b]),
        (d, {"do": "place", "place": "99999"}, [c, a, b, d]),
        (b, {"do": "top"}, [b, c, a, d]),
        (c, {"do": "note", "note": "read this"}, [b, c, a, d]),
        (a, {"do": "remove"}, [b, c, d]),
    ):
        answer = send(browser, f"/lists/{list_id}/papers/{paper}", **fields)
        assert answer.status_code == 303
        assert on(app, who, list_id) == expected, fields
    assert "read this" in words(one(tree(browser.get(f"/lists/{list_id}")), f"//textarea[@id='note-{c}']"))
    assert send(browser, f"/lists/{list_id}/papers/{a}", do="up").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        ("/lists", {"title": " \u200b", "description": "kept"}, "title"),
        ("/lists", {"title": "x" * 201, "description": "kept"}, "title"),
        ("/lists", {"title": "kept", "description": "x" * 5_001}, "description"),
        ("/lists/1/edit", {"title": "", "description": "kept"}, "title"),
        ("/lists/1/papers", {"identifier": "nonsense", "note": "kept"}, "identifier"),
        ("/lists/1/papers", {"identifier": "", "note": "kept"}, "identifier"),
        ("/lists/1/papers", {"identifier": "10.5555/unknown", "note": "kept"}, "identifier"),
        ("/lists/1/papers", {"identifier": "10.5555/p9", "note": "x" * 2_000_000}, "note"),
        ("/lists/1/papers/1", {"do": "note", "note": "x" * 2_001}, "note-1"),
        ("/lists/1/papers/1", {"do": "place", "place": "first"}, "place-1"),
        ("/lists/1/papers/1", {"do": "eat"}, "place-1"),
    ],
)
def test_bad_input_comes_back_with_what_was_typed_and_a_reason(
    app: Flask, browser: FlaskClient, who: Actor, papers: list[int], language: str, path: str, fields: dict[str, str], field: str
) -> None:
    made(app, who, papers[:1])
    answer = send(browser, PREFIX[language] + path, **fields)
    assert answer.status_code == 422
    page = tree(answer)
    assert words(one(page, f"//*[@id='{field}-error']"))
    for name, value in fields.items():
        if value == "kept":
            assert value in [*page.xpath(f"//input[@name='{name}']/@value"), *(e.text_content().strip() for e in page.xpath(f"//textarea[@name='{name}']"))]
    with app.extensions["database"].read() as session:
        (line,) = queries.lists_of(session, who.account_id or 0)
        assert (line.title, line.n_papers) == ("Pain after stroke", 1)


def test_too_many_lists_and_too_long_ones_are_refused(app: Flask, browser: FlaskClient, who: Actor, papers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    list_id = made(app, who, papers[:3])
    monkeypatch.setattr(lists, "MOST_LISTS", 1)
    monkeypatch.setattr(lists, "MOST_ON_LIST", 3)
    assert rules.MOST_ON_LIST < 10_000
    assert send(browser, "/lists", title="Another").status_code == 422
    assert send(browser, f"/lists/{list_id}/papers", identifier="10.5555/p7").status_code == 422
    assert on(app, who, list_id) == papers[:3]


def test_a_long_list_comes_in_pages_at_the_cost_of_one(app: Flask, client: FlaskClient, who: Actor, papers: list[int]) -> None:
    short, long = made(app, who, papers[:1]), made(app, who, papers)
    costs = []
    for list_id in (short, long):
        with statements(app.extensions["database"]) as said:
            client.get(f"/lists/{list_id}")
        costs.append(len(said))
    assert costs == [4, 4]
    first = tree(client.get(f"/lists/{long}"))
    second = tree(client.get(one(first, "//a[@rel='next']/@href")))
    assert line_ids(first) + line_ids(second) == papers
    assert client.get(f"/lists/{long}?page=99999").status_code == 200
    assert client.get(f"/lists/{long}?page=x").status_code == 200


def test_records_and_profiles_name_public_lists_only(app: Flask, client: FlaskClient, who: Actor, papers: list[int]) -> None:
    assert not tree(client.get(f"/papers/{papers[0]}")).xpath("//*[@id='lists']")
    made(app, who, papers[:1], title="Hidden", is_public=False)
    assert not tree(client.get(f"/papers/{papers[0]}")).xpath("//*[@id='lists']")
    list_id = made(app, who, papers[:1], title=EVIL)
    page = tree(client.get(f"/zh/papers/{papers[0]}"))
    assert page.xpath("//*[@id='lists']//a/@href") == [f"/zh/lists/{list_id}"]
    assert EVIL in words(one(page, "//*[@id='lists']"))


def test_a_public_list_has_a_feed_and_files(app: Flask, client: FlaskClient, who: Actor, papers: list[int]) -> None:
    list_id = made(app, who, papers[:3], title=EVIL)
    with app.extensions["database"].write() as session, session.begin():
        lists.set_list_note(session, who, list_id, papers[1], EVIL)
    answer = client.get(f"/feeds/lists/{list_id}.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = etree.fromstring(answer.data)
    assert feed.findtext("a:title", namespaces=ATOM) == f"{EVIL} · reviewhub"
    assert len(feed.findall("a:entry", ATOM)) == 3
    assert [e.text for e in feed.findall("a:entry/a:summary", ATOM)] == [EVIL]
    assert client.get(f"/feeds/lists/{list_id}.atom", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert f"/feeds/lists/{list_id}.atom" in tree(client.get(f"/lists/{list_id}")).xpath("//link[@type='application/atom+xml']/@href")[0]
    assert client.get(f"/lists/{list_id}/cite/bibtex").data.count(b"@") >= 3
    assert client.get(f"/lists/{list_id}/cite/word").status_code == 404


def test_a_list_follows_its_papers_and_ends_without_them(app: Flask, browser: FlaskClient, who: Actor, papers: list[int]) -> None:
    list_id = made(app, who, papers[:3])
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, papers[9], papers[1], movers=app.extensions["movers"])
    assert line_ids(tree(browser.get(f"/lists/{list_id}"))) == [papers[0], papers[9], papers[2]]
    assert send(browser, f"/lists/{list_id}/edit", title="Renamed", description="Now private").status_code == 303
    assert signed_in(app).get(f"/lists/{list_id}").status_code == 404
    assert words(one(tree(browser.get(f"/lists/{list_id}")), "//h1")) == "Renamed"
    assert send(browser, f"/lists/{list_id}/delete").headers["Location"] == "/lists"
    assert browser.get(f"/lists/{list_id}").status_code == 404
    assert browser.get(f"/papers/{papers[0]}").status_code == 200
