"""The button beside every paper: pressed, let go of, without a script and with one; what it does for who is not signed in, and what it costs a page."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.accounts import passwords
from reviewhub.accounts.models import Account
from reviewhub.library import queries, services
from reviewhub.papers.record import Author, Journal, Keyword, PaperRecord
from reviewhub.papers.services import merge_papers
from tests.people import person, signed_in
from tests.web.reading import LANGUAGES, PREFIX, one, statements, take_in, tree, words

N_PAPERS = 12


@pytest.fixture
def papers(app: Flask) -> list[int]:
    return take_in(
        app,
        *(
            PaperRecord(
                "hand", title=f"Lichen number {n}", authors=[Author("Jane Doe")], journal=Journal("Bees"), keywords=[Keyword("sleep")], published="2020"
            )
            for n in range(N_PAPERS)
        ),
    )


def kept_by(app: Flask, account_id: int) -> list[int]:
    with app.extensions["database"].read() as session:
        return sorted(queries.kept_by(session, account_id))


def reader(app: Flask, **facts: Any) -> tuple[FlaskClient, int]:
    with app.extensions["database"].write() as session, session.begin():
        who = person(session, **facts)
    return signed_in(app, who), who.account_id or 0


def press(browser: FlaskClient, page: str, paper_id: int, **more: Any) -> TestResponse:
    """Presses the button of a paper on a page, as a browser without scripts would."""
    shown = tree(browser.get(page))
    form = one(shown, "//form[@id='keep']")
    (button,) = shown.xpath(f"//button[@form='keep'][@value='{paper_id}']")
    data = {"csrf_token": one(form, ".//input[@name='csrf_token']/@value"), button.get("name"): button.get("value")}
    return browser.post(form.get("action"), data=data, headers={"Referer": f"http://localhost{page}", **more})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["/", "/papers?sort=title", "/journals/1", "/keywords/sleep", "/people/jane-doe", "/papers/3"])
def test_every_paper_has_a_button_that_leads_back_to_where_one_was(app: Flask, papers: list[int], page: str, language: str) -> None:
    browser, account_id = reader(app)
    page = PREFIX[language] + page.rstrip("/") if page == "/" and language == "zh" else PREFIX[language] + page
    answer = press(browser, page, papers[2])
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{page}#t{papers[2]}"
    assert kept_by(app, account_id) == [papers[2]]
    pressed = one(tree(browser.get(page)), "//button[@form='keep'][@aria-pressed='true']")
    assert (pressed.get("name"), pressed.get("value"), words(pressed)) == ("remove", str(papers[2]), {"en": "Saved", "zh": "已保存"}[language])
    assert one(tree(browser.get(page)), f"//*[@id='{pressed.get('aria-describedby')}']") is not None
    assert press(browser, page, papers[2]).status_code == 303
    assert kept_by(app, account_id) == []


def test_a_script_is_told_what_came_of_it(app: Flask, papers: list[int]) -> None:
    browser, account_id = reader(app)
    assert press(browser, "/papers", papers[0], Accept="application/json").json == {"kept": True}
    assert press(browser, "/papers", papers[0], Accept="application/json").json == {"kept": False}
    press(browser, "/papers", papers[0])
    with app.extensions["database"].write() as session, session.begin():
        services.set_note(session, _actor(app, account_id), papers[0], "mine")
    assert press(browser, "/zh/papers", papers[0], Accept="application/json").json == {"address": f"/zh/library/papers/{papers[0]}"}


@pytest.mark.parametrize("change", ["state", "note", "tags"])
def test_what_somebody_wrote_on_a_paper_is_not_lost_by_one_press(app: Flask, papers: list[int], change: str) -> None:
    browser, account_id = reader(app)
    with app.extensions["database"].write() as session, session.begin():
        who = _actor(app, account_id)
        services.save(session, who, papers[0])
        {"state": services.set_state, "note": services.set_note, "tags": services.set_tags}[change](session, who, papers[0], "read")
    answer = press(browser, "/papers", papers[0])
    assert answer.headers["Location"] == f"/library/papers/{papers[0]}"
    assert kept_by(app, account_id) == [papers[0]]
    page = tree(browser.get(answer.headers["Location"]))
    assert "please say so here" in words(one(page, "//main//p[@role='status']"))


@pytest.mark.parametrize("page", ["/", "/papers", "/search?q=lichen", "/journals/1", "/papers/3", "/zh/papers"])
def test_who_is_not_signed_in_gets_links_and_no_cookie(client: FlaskClient, papers: list[int], page: str) -> None:
    answer = client.get(page)
    assert "Set-Cookie" not in answer.headers
    shown = tree(answer)
    assert not shown.xpath("//form[@id='keep'] | //*[@name='csrf_token']")
    if "search" not in page:  # there is no index here
        links = shown.xpath(f"//a[@class='keep'][contains(@href, '/library/save/{papers[2]}')]")
        assert [link.get("rel") for link in links] == ["nofollow"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_signing_in_saves_what_was_pressed_before_and_leads_back(app: Flask, client: FlaskClient, papers: list[int], language: str) -> None:
    prefix, password = PREFIX[language], "a long enough password 9"
    with app.extensions["database"].write() as session, session.begin():
        who = person(session, email="jane@university.example")
        session.get_one(Account, who.account_id).password_hash = passwords.hash_of(password)
    page = f"{prefix}/papers?sort=title"
    pressed = client.get(f"{prefix}/library/save/{papers[4]}", headers={"Referer": f"http://localhost{page}"})
    assert pressed.status_code == 303
    form = client.get(pressed.headers["Location"])
    fields = {i.get("name"): i.get("value") or "" for i in tree(form).xpath("//main//form//input[@name]")}
    answer = client.post(f"{prefix}/account/login", data={**fields, "email": "jane@university.example", "password": password})
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert kept_by(app, who.account_id or 0) == [papers[4]]
    assert client.get_cookie("reviewhub_wish") is None


@pytest.mark.parametrize("wish", ["999999", "0", "-1", "x", "9" * 30, "%00", "١"])
def test_a_wish_that_means_nothing_keeps_nobody_out(app: Flask, papers: list[int], wish: str) -> None:
    password = "a long enough password 9"
    with app.extensions["database"].write() as session, session.begin():
        who = person(session, email="jane@university.example")
        session.get_one(Account, who.account_id).password_hash = passwords.hash_of(password)
    client = app.test_client()
    client.set_cookie("reviewhub_wish", wish)
    fields = {i.get("name"): i.get("value") or "" for i in tree(client.get("/account/login")).xpath("//main//form//input[@name]")}
    answer = client.post("/account/login", data={**fields, "email": "jane@university.example", "password": password})
    assert answer.status_code == 303
    assert kept_by(app, who.account_id or 0) == []


def test_the_page_behind_the_link_asks_once_more_who_is_signed_in(app: Flask, papers: list[int]) -> None:
    browser, account_id = reader(app)
    page = f"/library/save/{papers[1]}"
    assert browser.get(page).status_code == 200
    assert kept_by(app, account_id) == []
    assert press(browser, page, papers[1]).headers["Location"] == f"/papers/{papers[1]}#t{papers[1]}"
    assert kept_by(app, account_id) == [papers[1]]


def test_papers_that_are_not_here_and_strangers_are_refused(app: Flask, client: FlaskClient, papers: list[int]) -> None:
    browser, account_id = reader(app)
    token = one(tree(browser.get("/papers")), "//form[@id='keep']/input/@value")
    for number in ("999999", "0", "-3", "x", "", "9" * 40, "\x00"):
        assert browser.post("/library/papers", data={"csrf_token": token, "save": number}).status_code == 404, number
    assert browser.get("/library/save/99999999999").status_code == 404
    assert browser.post("/library/papers", data={"save": papers[0]}).status_code == 400
    assert client.post("/library/papers", data={"save": papers[0]}).status_code in (303, 400)
    assert kept_by(app, account_id) == []


def test_a_merged_paper_saves_the_one_it_became(app: Flask, papers: list[int]) -> None:
    browser, account_id = reader(app)
    token = one(tree(browser.get("/papers")), "//form[@id='keep']/input/@value")
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, papers[0], papers[1], movers=app.extensions["movers"])
    for _ in range(2):  # twice is once
        assert browser.post("/library/papers", data={"csrf_token": token, "save": papers[1]}).status_code == 303
    assert kept_by(app, account_id) == [papers[0]]


def test_a_suspended_reader_reads_only(app: Flask, papers: list[int]) -> None:
    browser, account_id = reader(app, is_suspended=True)
    assert press(browser, "/papers", papers[0]).status_code == 403
    assert kept_by(app, account_id) == []


def test_a_full_library_says_so(app: Flask, papers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    browser, account_id = reader(app)
    press(browser, "/papers", papers[0])
    monkeypatch.setattr(services, "MOST_ITEMS", 1)
    answer = press(browser, "/zh/papers", papers[1])
    assert answer.status_code == 422
    assert "最多" in words(one(tree(answer), "//*[@role='alert']"))
    assert kept_by(app, account_id) == [papers[0]]


@pytest.mark.parametrize("page", ["/", "/papers"])
def test_the_buttons_of_a_page_cost_one_statement_however_many_there_are(app: Flask, papers: list[int], page: str) -> None:
    browser, account_id = reader(app)
    with app.extensions["database"].write() as session, session.begin():
        services.save_many(session, _actor(app, account_id), papers[:5])
    with statements(app.extensions["database"]) as said:
        shown = tree(browser.get(page))
    assert len(shown.xpath("//button[@form='keep']")) >= 10
    assert sum("FROM library_items" in statement for statement in said) == 1


def _actor(app: Flask, account_id: int) -> Any:
    from reviewhub.core.actor import Actor

    return Actor("account", account_id, "reader")


def test_no_one_else_sees_what_is_kept(app: Flask, papers: list[int]) -> None:
    browser, account_id = reader(app)
    press(browser, "/papers", papers[0])
    other, _ = reader(app)
    assert not tree(other.get("/papers")).xpath("//button[@aria-pressed='true']")
    with app.extensions["database"].read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Account)) == 2
        assert account_id
