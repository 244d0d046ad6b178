"""Following at the doors: a button on whatever can be followed, a way through sign-in for strangers, the list of what is followed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.notifications import queries
from reviewhub.notifications.models import Follow
from reviewhub.notifications.rules import MOST_FOLLOWED
from reviewhub.papers.models import Keyword, Paper
from reviewhub.search.saved import Search, save
from tests.people import person, signed_in
from tests.web.reading import LANGUAGES, PREFIX, full_record, one, take_in, tree, words


@pytest.fixture
def paper_id(app: Flask) -> int:
    return take_in(app, full_record())[0]


@pytest.fixture
def reader(app: Flask) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session)


def followed(app: Flask, who: Actor) -> list[tuple[str, int]]:
    with app.extensions["database"].read() as session:
        return queries.followed_by(session, who.account_id or 0)


def press(browser: FlaskClient, page: str) -> str:
    """Presses the button that follows or lets go on a page; where it leads."""
    form = one(tree(browser.get(page)), "//form[@class='follow']")
    data = {field.get("name"): field.get("value") for field in form.xpath(".//input | .//button")}
    answer = browser.post(form.get("action"), data=data)
    assert answer.status_code == 303, answer.status_code
    return str(answer.headers["Location"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["paper", "journal", "keyword"])
def test_following_and_letting_go_on_the_page_itself(app: Flask, reader: Actor, paper_id: int, kind: str, language: str) -> None:
    with app.extensions["database"].read() as session:
        keyword = session.scalars(sa.select(Keyword).where(Keyword.term == "stroke")).one()
        target = {"paper": paper_id, "journal": session.get_one(Paper, paper_id).journal_id, "keyword": keyword.id}[kind]
    path = PREFIX[language] + {"paper": f"/papers/{target}", "journal": f"/journals/{target}", "keyword": f"/keywords/{keyword.slug}"}[kind]
    browser = signed_in(app, reader)
    assert press(browser, path) == path
    assert followed(app, reader) == [(kind, target)]
    page = tree(browser.get(path))
    assert one(page, "//form[@class='follow']//button/@value") == "no"
    listed = tree(browser.get(f"{PREFIX[language]}/notifications/follows"))
    assert listed.xpath("//main//li//a/@href") == [path]
    press(browser, path)
    assert followed(app, reader) == []


def test_a_stranger_gets_a_link_and_no_cookie_and_follows_after_signing_in(app: Flask, client: FlaskClient, reader: Actor, paper_id: int) -> None:
    answer = client.get(f"/papers/{paper_id}")
    assert "Set-Cookie" not in answer.headers
    address = one(tree(answer), "//div[@class='record-follow']/a/@href")
    to_sign_in = client.get(address)
    assert to_sign_in.status_code == 303
    assert to_sign_in.headers["Location"].endswith(f"/account/login?next={address}")
    browser = signed_in(app, reader)
    assert browser.get(address).status_code == 200
    assert followed(app, reader) == []  # a look changes nothing
    press(browser, address)
    assert followed(app, reader) == [("paper", paper_id)]


def test_a_saved_search_is_followed_by_its_owner_alone(app: Flask, reader: Actor) -> None:
    with app.extensions["database"].write() as session, session.begin():
        saved_id = save(session, reader, "Sleep and age", Search("sleep"))
    browser = signed_in(app, reader)
    press(browser, "/account/searches")
    assert followed(app, reader) == [("search", saved_id)]
    assert "Sleep and age" in words(one(tree(browser.get("/notifications/follows")), "//main"))
    assert "sort=added" in browser.get(f"/account/searches/{saved_id}").headers["Location"]
    other = signed_in(app)
    assert other.get(f"/follow/search/{saved_id}").status_code == 404
    assert other.get(f"/account/searches/{saved_id}").status_code == 404


@pytest.mark.parametrize("path", ["/follow/paper/99", "/follow/planet/1", "/follow/person/1", "/follow/search/1", "/follow/paper/99999999999"])
def test_what_is_not_there_cannot_be_followed(app: Flask, reader: Actor, path: str) -> None:
    browser = signed_in(app, reader)
    assert browser.get(path).status_code == 404
    token = one(tree(browser.get("/notifications/ways")), "//main//input[@name='csrf_token']/@value")
    assert browser.post(path, data={"csrf_token": token}).status_code == 404
    assert followed(app, reader) == []


def test_one_more_than_can_be_followed_is_told_and_what_is_followed_stays(app: Flask, reader: Actor, paper_id: int) -> None:
    with app.extensions["database"].write() as session, session.begin():
        rows = [{"account_id": reader.account_id, "kind": "journal", "target_id": n, "at": clock.now()} for n in range(10, 10 + MOST_FOLLOWED)]
        session.execute(sa.insert(Follow), rows)
    browser = signed_in(app, reader)
    token = one(tree(browser.get(f"/follow/paper/{paper_id}")), "//main//input[@name='csrf_token']/@value")
    answer = browser.post(f"/follow/paper/{paper_id}", data={"csrf_token": token, "follow": "yes"})
    assert answer.status_code == 422
    assert "2,000" in words(one(tree(answer), "//p[@role='alert']"))
    assert len(followed(app, reader)) == MOST_FOLLOWED
    assert browser.get("/notifications/follows?page=20").status_code == 200
    assert browser.get("/notifications/follows?page=999999").status_code == 200
    assert browser.get("/notifications/follows?page=-1").status_code == 200


def test_the_way_back_stays_on_the_site(app: Flask, reader: Actor, paper_id: int) -> None:
    browser = signed_in(app, reader)
    token = one(tree(browser.get(f"/follow/paper/{paper_id}")), "//main//input[@name='csrf_token']/@value")
    answer = browser.post(f"/follow/paper/{paper_id}", data={"csrf_token": token, "next": "https://evil.example/"})
    assert answer.headers["Location"] == f"/follow/paper/{paper_id}"
