"""What search engines are told of: every record in both languages, and nothing that is not worth finding."""

from __future__ import annotations

import urllib.robotparser

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from reviewhub.core.actor import KEEPER
from reviewhub.papers.models import Paper
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.web import sitemap

SITE = "http://reviewhub.test"
SPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def add_papers(app: Flask, n: int) -> list[int]:
    records = [PaperRecord("hand", title=f"Paper number {i}", identifiers={"doi": [f"10.1234/{i}"]}) for i in range(n)]
    with app.extensions["database"].write() as session, session.begin():
        return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]


def tree(client: FlaskClient, path: str) -> etree._Element:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/xml"
    return etree.fromstring(answer.data)


def texts(element: etree._Element, path: str) -> list[str]:
    return [str(found) for found in element.xpath(path, namespaces=SPACES)]


def test_every_record_stands_once_in_each_language_with_the_other_beside_it(app: Flask, client: FlaskClient) -> None:
    ids = add_papers(app, 3)
    (pages, papers) = texts(tree(client, "/sitemap.xml"), "//s:loc/text()")
    assert (pages, papers) == (f"{SITE}/sitemap-pages.xml", f"{SITE}/sitemap-1.xml")
    found = tree(client, "/sitemap-1.xml")
    assert texts(found, "//s:loc/text()") == [f"{SITE}{language}/papers/{i}" for i in ids for language in ("", "/zh")]
    first = found[0]
    assert texts(first, "x:link/@hreflang") == ["en", "zh-Hans", "x-default"]
    assert texts(first, "x:link/@href") == [f"{SITE}/papers/{ids[0]}", f"{SITE}/zh/papers/{ids[0]}", f"{SITE}/papers/{ids[0]}"]


def test_the_day_of_the_last_change_is_told(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = add_papers(app, 1)
    with app.extensions["database"].read() as session:
        changed_at = session.scalar(sa.select(Paper.changed_at).where(Paper.id == paper_id))
    assert changed_at is not None
    assert set(texts(tree(client, "/sitemap-1.xml"), "//s:lastmod/text()")) == {changed_at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def test_only_runs_of_ids_with_papers_have_a_file(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "PAPERS_PER_FILE", 2)
    ids = add_papers(app, 7)
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.delete(Paper).where(Paper.id.in_(ids[2:4])))
    numbers = [int(address.rsplit("-", 1)[1].removesuffix(".xml")) for address in texts(tree(client, "/sitemap.xml"), "//s:loc/text()")[1:]]
    assert numbers == sorted({(i - 1) // 2 + 1 for i in ids[:2] + ids[4:]})
    listed = [address for number in numbers for address in texts(tree(client, f"/sitemap-{number}.xml"), "//s:loc/text()") if "/zh/" not in address]
    assert listed == [f"{SITE}/papers/{i}" for i in ids[:2] + ids[4:]]
    gone = next(number for number in range(1, 5) if number not in numbers)
    assert client.get(f"/sitemap-{gone}.xml").status_code == 404


def test_an_empty_site_has_a_sitemap_of_its_pages(client: FlaskClient) -> None:
    assert texts(tree(client, "/sitemap.xml"), "//s:loc/text()") == [f"{SITE}/sitemap-pages.xml"]
    assert texts(tree(client, "/sitemap-pages.xml"), "//s:loc/text()") == [
        f"{SITE}{language}{path}" for path in ("/", "/papers", "/subjects", "/journals", "/years", "/trending") for language in ("", "/zh")
    ]


@pytest.mark.parametrize("number", ["0", "1", "99999", "9999999999999999999999", "x"])
def test_a_file_that_is_not_there_is_not_found(client: FlaskClient, number: str) -> None:
    assert client.get(f"/sitemap-{number}.xml").status_code == 404


def test_records_may_be_found_and_results_may_not(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    rules = urllib.robotparser.RobotFileParser()
    rules.parse(answer.text.splitlines())
    for path in ("/", "/papers/17", "/zh/papers/17", "/papers", "/papers?type=review", "/journals/3", "/doi/10.1234/abc", "/static/css/site.css"):
        assert rules.can_fetch("Googlebot", SITE + path), path
    for path in (
        "/search?q=x",
        "/zh/search?q=x",
        "/papers?after=x",
        "/zh/papers?before=x",
        "/papers/add",
        "/zh/papers/add",
        "/account/login",
        "/api/v1/papers",
    ):
        assert not rules.can_fetch("Googlebot", SITE + path), path
    assert rules.site_maps() == [f"{SITE}/sitemap.xml"]
