"""The pages of notices: the list, what is read, how it is mailed, what is followed, and the door that ends mail for whoever has it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.notifications import queries, services
from reviewhub.notifications.rules import ALL, KINDS, MAILED_ELSEWHERE, unsubscribe_token
from reviewhub.notifications.services import Happening, tell
from tests.discussion.talk import paper, say
from tests.people import person, signed_in
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, tree, words


@pytest.fixture
def reader(app: Flask) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session)


@pytest.fixture
def paper_id(app: Flask) -> int:
    with app.extensions["database"].write() as session, session.begin():
        return paper(session, "Sleep &amp; <i>memory</i>")


def tell_of(app: Flask, reader: Actor, paper_id: int, n: int = 1) -> list[int]:
    with app.extensions["database"].write() as session, session.begin():
        comments = [say(session, person(session, "Wei Zhang"), paper_id, f"Text **number** {k}").id for k in range(n)]
        for comment_id in comments:
            tell(session, [reader.account_id or 0], "reply", Happening(f"comment:{comment_id}", clock.now(), paper_id, comment_id))
        return [told.id for told in queries.notices_of(session, reader.account_id or 0)]


def push(browser: FlaskClient, path: str, page: str = "/notifications/ways", **fields: str) -> int:
    token = tree(browser.get(page)).xpath("//input[@name='csrf_token']/@value")[0]
    return browser.post(path, data={"csrf_token": token, **fields}).status_code


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_quotes_links_and_counts_and_reading_is_noted(app: Flask, reader: Actor, paper_id: int, language: str) -> None:
    ids = tell_of(app, reader, paper_id, 2)
    browser, prefix = signed_in(app, reader), PREFIX[language]
    page = tree(browser.get(f"{prefix}/notifications"))
    assert all_words(page, "//blockquote") == ["Text number 1", "Text number 0"]
    assert page.xpath("//p[@class='notice-line']/a/@href")[0] == f"{prefix}/papers/{paper_id}/comments/2#comment-2"
    assert "Sleep & memory" in words(one(page, "//li[@id='notice-1']"))
    assert words(one(page, "//a[@class='top-notices']//span[@class='count']")).startswith("2")
    assert push(browser, f"{prefix}/notifications/{ids[0]}/read") == 303
    assert len(tree(browser.get(f"{prefix}/notifications")).xpath("//li[contains(@class, 'notice-new')]")) == 1
    assert push(browser, f"{prefix}/notifications/read", up_to=str(ids[0])) == 303
    page = tree(browser.get(f"{prefix}/notifications"))
    assert not page.xpath("//li[contains(@class, 'notice-new')]")
    assert not page.xpath("//a[@class='top-notices']//span")


def test_what_is_gone_is_not_quoted(app: Flask, reader: Actor, paper_id: int) -> None:
    tell_of(app, reader, paper_id)
    with app.extensions["database"].write() as session, session.begin():
        from reviewhub.moderation.services import hide

        hide(session, person(session, role="moderator"), "comment", 1, "Not for everybody.")
    page = tree(signed_in(app, reader).get("/notifications"))
    assert not page.xpath("//blockquote")
    assert "no longer be read" in words(one(page, "//ol[@class='notices']"))


def test_the_empty_page_says_what_to_do_and_pages_are_turned(app: Flask, reader: Actor, paper_id: int) -> None:
    browser = signed_in(app, reader)
    assert "press “Follow”" in words(one(tree(browser.get("/notifications")), "//div[@class='empty']"))
    with app.extensions["database"].write() as session, session.begin():
        for n in range(queries.PAGE_SIZE + 5):
            tell(session, [reader.account_id or 0], "verdict", Happening(f"report:{n}", clock.now(), paper_id, what="upheld"))
    first = tree(browser.get("/notifications"))
    assert len(first.xpath("//ol[@class='notices']/li")) == queries.PAGE_SIZE
    second = tree(browser.get(one(first, "//a[@rel='next']/@href")))
    assert len(second.xpath("//ol[@class='notices']/li")) == 5
    back = tree(browser.get(one(second, "//a[@rel='prev']/@href")))
    assert back.xpath("//ol[@class='notices']/li/@id") == first.xpath("//ol[@class='notices']/li/@id")
    assert "a moderator acted on it" in words(first)


def test_the_pages_take_few_statements(app: Flask, reader: Actor, paper_id: int) -> None:
    tell_of(app, reader, paper_id, 8)
    browser = signed_in(app, reader)
    browser.get("/notifications")
    with statements(app.extensions["database"]) as said:
        browser.get("/notifications")
    assert len(said) <= 6, said
    with statements(app.extensions["database"]) as said:
        browser.get("/notifications/ways")
    assert len(said) <= 4, said


@pytest.mark.parametrize("path", ["/notifications/0/read", "/notifications/99/read", "/notifications/99999999999/read"])
def test_nobody_reads_for_others_and_numbers_that_are_none_are_refused(app: Flask, reader: Actor, paper_id: int, path: str) -> None:
    (notice_id,) = tell_of(app, reader, paper_id)
    other = signed_in(app)
    assert push(other, path) == 404
    assert push(other, f"/notifications/{notice_id}/read") == 404
    assert push(other, "/notifications/read", up_to="x") == 400
    with app.extensions["database"].read() as session:
        assert queries.n_unread(session, reader.account_id or 0) == 1


def test_ways_are_kept_all_or_none(app: Flask, reader: Actor) -> None:
    browser = signed_in(app, reader)
    page = tree(browser.get("/notifications/ways"))
    assert set(page.xpath("//select/@name")) == set(KINDS) - MAILED_ELSEWHERE
    assert push(browser, "/notifications/ways", reply="weekly", papers="off") == 303
    assert push(browser, "/notifications/ways", reply="off", papers="hourly") == 422
    assert tree(browser.get("/notifications/ways")).xpath("//select[@name='reply']/option[@selected]/@value") == ["weekly"]
    with app.extensions["database"].read() as session:
        ways = queries.ways_of(session, reader.account_id or 0)
    assert (ways["reply"], ways["papers"]) == ("weekly", "off")


def token_of(app: Flask, reader: Actor, kind: str) -> str:
    return unsubscribe_token(app.extensions["settings"].secret_key, reader.account_id or 0, kind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_ends_by_one_press_signed_out_and_a_look_ends_nothing(app: Flask, client: FlaskClient, reader: Actor, language: str) -> None:
    path = f"{PREFIX[language]}/notifications/unsubscribe/{token_of(app, reader, 'comment')}"
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert tree(answer).xpath("//form[@method='post']//button")

    def way(kind: str) -> str:
        with app.extensions["database"].read() as session:
            return queries.ways_of(session, reader.account_id or 0)[kind]

    assert way("comment") == "daily"
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert client.post(path).status_code == 200
    assert (way("comment"), way("reply")) == ("off", "on")
    assert client.post(f"/notifications/unsubscribe/{token_of(app, reader, ALL)}").status_code == 200
    assert way("reply") == "off"


@pytest.mark.parametrize("token", ["x", "1.reply.0", "%00", "９.all.x", "1.all." + "f" * 5000, "../1"])
def test_a_token_that_is_none_gets_a_clear_page_and_changes_nothing(client: FlaskClient, token: str) -> None:
    for answer in (client.get(f"/notifications/unsubscribe/{token}"), client.post(f"/notifications/unsubscribe/{token}")):
        assert answer.status_code in (404, 405)


def test_the_token_of_an_account_that_is_gone(app: Flask, client: FlaskClient) -> None:
    token = unsubscribe_token(app.extensions["settings"].secret_key, 4711, ALL)
    answer = client.post(f"/notifications/unsubscribe/{token}")
    assert answer.status_code == 404
    assert "does not work" in words(one(tree(answer), "//h1"))


def test_what_befalls_is_told_in_words(app: Flask, reader: Actor, paper_id: int) -> None:
    with app.extensions["database"].write() as session, session.begin():
        tell(session, [reader.account_id or 0], "alarm", Happening("alarm:1", clock.now(), paper_id, what="retraction"))
        services.follow(session, reader, "paper", paper_id)
    browser = signed_in(app, reader)
    assert "was retracted" in words(one(tree(browser.get("/notifications")), "//ol[@class='notices']"))
    assert "撤稿" in words(one(tree(browser.get("/zh/notifications")), "//ol[@class='notices']"))
