"""Searches that a reader keeps, and the feeds of what comes to fit them."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from reviewhub.accounts.erasing import delete_account
from reviewhub.papers.record import Author, Journal, PaperRecord, Section
from reviewhub.search import saved
from reviewhub.search import services as search
from reviewhub.search.backend import Filters
from reviewhub.search.models import SavedSearch
from reviewhub.search.saved import MOST_SAVED, Search
from tests.people import person, signed_in
from tests.web.reading import LANGUAGES, PREFIX, all_words, line_ids, one, statements, take_in, tree, words

ATOM = "{http://www.w3.org/2005/Atom}"
QUERY = "q=bees&type=review&year_from=1990&sort=oldest"


@pytest.fixture
def papers(app: Flask) -> list[int]:
    records = [
        PaperRecord("hand", title=f"Sleep of <i>bees</i> &amp; others, part {n}", type="review" if n % 2 else "article", published=f"{2010 - n}", journal=Journal("Wings"), authors=[Author("Jane Doe"), Author("王小明")], abstracts={"en": [Section("Nobody <b>knows</b> why.")]})
        for n in range(6)
    ]  # fmt: skip
    ids = take_in(app, *records)
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    return ids


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    return signed_in(app)


def token_of(client: FlaskClient, path: str) -> str:
    return str(tree(client.get(path)).xpath("//main//input[@name='csrf_token']/@value")[0])


def keep(client: FlaskClient, query: str = QUERY, **fields: str) -> str:
    """Saves a search as a reader would; the path of its feed."""
    path = f"/account/searches/new?{query}"
    form = one(tree(client.get(path)), "//main//form")
    answer = client.post("/account/searches", data={**dict(form.form_values()), **fields})
    assert answer.status_code == 303, answer.text
    page = tree(client.get(answer.headers["Location"]))
    return str(page.xpath("//main//a[contains(@href, '/feeds/')]/@href")[0])


def feed_of(client: FlaskClient, path: str) -> etree._Element:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    return etree.fromstring(answer.data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_search_is_saved_from_its_results_and_leads_back_to_them(papers: list[int], reader: FlaskClient, language: str) -> None:
    results = tree(reader.get(f"{PREFIX[language]}/search?{QUERY}"))
    form_page = tree(reader.get(str(one(results, "//p[@class='results-save']/a/@href"))))
    form = one(form_page, "//main//form")
    assert dict(form.form_values())["name"] == "bees"
    answer = reader.post(form.get("action"), data={**dict(form.form_values()), "name": "Bees, asleep"})
    assert answer.status_code == 303
    page = tree(reader.get(answer.headers["Location"]))
    assert all_words(page, "//h2") == ["Bees, asleep"]
    back = str(one(page, "//h2/a/@href"))
    assert line_ids(tree(reader.get(back))) == line_ids(results) == [papers[5], papers[3], papers[1]]
    assert "sort=oldest" in back


def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_the_search(papers: list[int], client: FlaskClient) -> None:
    results = tree(client.get(f"/search?{QUERY}"))
    form = tree(client.get(str(one(results, "//p[@class='results-save']/a/@href"))))
    (way_on,) = form.xpath("//main//input[@name='next']/@value")
    assert urlsplit(way_on).path == "/account/searches/new"
    assert dict(parse_qsl(urlsplit(way_on).query)) == dict(parse_qsl(QUERY))
    for path in (way_on, "/account/searches"):
        assert client.get(path).status_code == 303


def test_the_same_search_is_kept_once_under_its_newest_name(papers: list[int], reader: FlaskClient) -> None:
    first, second = keep(reader, name="One"), keep(reader, name="Two")
    assert first == second
    assert all_words(tree(reader.get("/account/searches")), "//h2") == ["Two"]
    keep(reader, "q=bees", name="Three")
    assert all_words(tree(reader.get("/account/searches")), "//h2") == ["Three", "Two"]


def test_it_is_renamed_given_another_address_and_deleted(papers: list[int], reader: FlaskClient, client: FlaskClient) -> None:
    path = keep(reader, name="One")
    page = tree(reader.get("/account/searches"))
    rename, renew, delete = page.xpath("//div[@class='saved-forms']/form/@action")
    csrf = token_of(reader, "/account/searches")
    assert reader.post(rename, data={"csrf_token": csrf, "name": "Another"}).status_code == 303
    assert all_words(tree(reader.get("/account/searches")), "//h2") == ["Another"]
    assert reader.post(renew, data={"csrf_token": csrf}).status_code == 303
    renewed = str(tree(reader.get("/account/searches")).xpath("//a[contains(@href, '/feeds/')]/@href")[0])
    assert renewed != path
    assert client.get(path).status_code == 404
    assert client.get(renewed).status_code == 200
    assert reader.post(delete, data={"csrf_token": csrf}).status_code == 303
    assert client.get(renewed).status_code == 404
    assert tree(reader.get("/account/searches")).xpath("//h2") == []


@pytest.mark.parametrize("name", ["", "   ", "\x00", "x" * 121])
def test_a_name_that_is_none_is_refused_and_nothing_is_lost(papers: list[int], reader: FlaskClient, name: str) -> None:
    csrf = token_of(reader, f"/account/searches/new?{QUERY}")
    answer = reader.post("/account/searches", data={"csrf_token": csrf, "q": "bees", "type": "review", "name": name})
    assert answer.status_code == 422
    form = one(tree(answer), "//main//form")
    kept = dict(form.form_values())
    assert (kept["q"], kept["type"], kept["name"]) == ("bees", "review", name.replace("\x00", ""))
    keep(reader, name="One")
    rename = tree(reader.get("/account/searches")).xpath("//div[@class='saved-forms']/form/@action")[0]
    answer = reader.post(rename, data={"csrf_token": csrf, "name": name})
    assert answer.status_code == 422
    assert one(tree(answer), "//input[@name='name']").get("aria-invalid") == "true"
    assert all_words(tree(reader.get("/account/searches")), "//h2") == ["One"]


def test_what_says_nothing_is_not_saved_and_there_is_an_end(papers: list[int], app: Flask, reader: FlaskClient) -> None:
    csrf = token_of(reader, "/account/searches/new?q=bees")
    assert reader.post("/account/searches", data={"csrf_token": csrf, "q": "", "name": "All"}).status_code == 422
    for n in range(MOST_SAVED):
        assert reader.post("/account/searches", data={"csrf_token": csrf, "q": f"bees {n}", "name": f"{n}"}).status_code == 303
    refused = reader.post("/account/searches", data={"csrf_token": csrf, "q": "bees and more", "name": "More"})
    assert refused.status_code == 422
    assert str(MOST_SAVED) in words(one(tree(refused), "//div[@role='alert']"))
    assert reader.post("/account/searches", data={"csrf_token": csrf, "q": "bees 0", "name": "Nought"}).status_code == 303
    with statements(app.extensions["database"]) as said:
        page = tree(reader.get("/account/searches"))
    assert len(page.xpath("//h2")) == MOST_SAVED
    assert len(said) <= 5, said


def test_nobody_reaches_the_searches_of_another(papers: list[int], app: Flask, reader: FlaskClient) -> None:
    keep(reader, name="Mine")
    actions = tree(reader.get("/account/searches")).xpath("//div[@class='saved-forms']/form/@action")
    other = signed_in(app)
    csrf = token_of(other, "/account/searches/new?q=bees")
    for action in (*actions, "/account/searches/99999999999/delete", "/account/searches/4000/delete"):
        assert other.post(action, data={"csrf_token": csrf, "name": "Theirs"}).status_code == 404
        assert other.post(action, data={"name": "Theirs"}).status_code == 400
    assert all_words(tree(other.get("/account/searches")), "//h2") == []
    assert all_words(tree(reader.get("/account/searches")), "//h2") == ["Mine"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_feed_lists_what_fits_the_last_added_first(papers: list[int], app: Flask, reader: FlaskClient, client: FlaskClient, language: str) -> None:
    path = keep(reader, name="Bees & <others>")
    root = feed_of(client, f"{PREFIX[language]}{path}")
    site = app.extensions["settings"].site_url
    assert root.findtext(f"{ATOM}title") == "Bees & <others> · reviewhub"
    assert root.findtext(f"{ATOM}id") == root.find(f"{ATOM}link[@rel='self']").get("href") == f"{site}{PREFIX[language]}{path}"
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [f"{site}{PREFIX[language]}/papers/{papers[n]}" for n in (5, 3, 1)]
    assert entries[0].findtext(f"{ATOM}title") == "Sleep of bees & others, part 5"
    assert entries[0].findtext(f"{ATOM}summary") == "Wings · 2005\n\nNobody knows why." if language == "en" else "Wings · 2005年\n\nNobody knows why."
    assert [name.text for name in entries[0].iter(f"{ATOM}name")] == ["Jane Doe", "王小明"]
    for updated in root.iter(f"{ATOM}updated"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", updated.text)
    page = root.find(f"{ATOM}link[@rel='alternate']").get("href").removeprefix(site)
    assert line_ids(tree(client.get(page))) == [papers[5], papers[3], papers[1]]


def test_a_new_paper_comes_into_the_feed_and_who_has_it_all_is_told_so(papers: list[int], app: Flask, reader: FlaskClient, client: FlaskClient) -> None:
    path = keep(reader, "q=bees", name="Bees")
    first = client.get(path)
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    (added,) = take_in(app, PaperRecord("hand", title="Bees of old", published="1901"))
    search.update(app.extensions["database"], app.extensions["settings"], [added])
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert again.text.index("Bees of old") < again.text.index("part 5")
    assert "Set-Cookie" not in again.headers
    assert again.headers["X-Robots-Tag"] == "noindex"
    assert again.headers["Cache-Control"].startswith("private")


def test_a_feed_never_widens_what_was_asked(papers: list[int], reader: FlaskClient, client: FlaskClient) -> None:
    for query in ("q=bees+submarines", "q=beess"):
        assert feed_of(client, keep(reader, query, name="Rare")).findall(f"{ATOM}entry") == []


def test_a_feed_takes_three_statements(papers: list[int], app: Flask, reader: FlaskClient, client: FlaskClient) -> None:
    path = keep(reader)
    with statements(app.extensions["database"]) as said:
        client.get(path)
    assert len(said) == 3, said


@pytest.mark.parametrize("token", ["x", "x" * 22, "../x", "é" * 22, "%00" * 22, "x" * 5000])
def test_an_address_that_is_none_is_not_found(papers: list[int], client: FlaskClient, token: str) -> None:
    assert client.get(f"/feeds/searches/{token}.atom").status_code == 404


def test_while_the_index_is_away_a_feed_asks_to_come_back(app: Flask, reader: FlaskClient, client: FlaskClient) -> None:
    answer = client.get(keep(reader, "q=bees", name="Bees"))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_saved_searches_are_in_what_their_owner_downloads_and_go_with_the_account(papers: list[int], app: Flask, client: FlaskClient) -> None:
    database = app.extensions["database"]
    with database.write() as session, session.begin():
        who = person(session)
        saved.save(session, who, "Bees", Search("bees", Filters(type="review", rated=4.0), "top"))
    reader = signed_in(app, who)
    (path,) = tree(reader.get("/account/searches")).xpath("//a[contains(@href, '/feeds/')]/@href")
    packed = reader.post("/account/download", data={"csrf_token": token_of(reader, "/account/settings")})
    (kept,) = json.loads(zipfile.ZipFile(io.BytesIO(packed.data)).read("searches.json"))
    assert (kept["name"], kept["words"], kept["filters"], kept["sort"]) == ("Bees", "bees", {"type": "review", "rated": 4.0}, "top")
    assert kept["feed_token"] in path
    with database.write() as session, session.begin():
        delete_account(session, who.account_id, keep=(), belongings=app.extensions["belongings"])
    assert client.get(path).status_code == 404
    with database.read() as session:
        assert session.query(SavedSearch).count() == 0


def test_who_clicks_twice_has_saved_once(app: Flask) -> None:
    database = app.extensions["database"]
    with database.write() as session, session.begin():
        who = person(session)
    at_once = threading.Barrier(4)

    def click(n: int) -> int:
        at_once.wait(30)
        with database.write() as session, session.begin():
            return saved.save(session, who, f"Bees {n}", Search("bees"))

    with ThreadPoolExecutor(4) as clicks:
        assert len(set(clicks.map(click, range(4)))) == 1
    with database.read() as session:
        assert session.query(SavedSearch).count() == 1
