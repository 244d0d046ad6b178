"""What authors add to the record of their paper: in their name, beside what was printed, for readers to see and machines not to mistake."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.core.actor import Actor
from reviewhub.papers.record import PaperRecord
from reviewhub.people import services
from tests.people import person, signed_in
from tests.people.conftest import LEI, MING, ORCID
from tests.web.reading import LANGUAGES, PREFIX, one, take_in, tree, words


@pytest.fixture
def paper_id(app: Flask) -> int:
    return take_in(app, PaperRecord("hand", title="Sleep and memory in mice", language="en", authors=[LEI, MING]))[0]


@pytest.fixture
def lei(app: Flask, paper_id: int) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        who = person(session, name="Lei Wang", orcid=ORCID)
        services.claim(session, who, paper_id, 1)
    return who


def send(browser: FlaskClient, path: str, **fields: Any) -> TestResponse:
    token = tree(browser.get(path)).xpath("//input[@name='csrf_token']/@value")
    return browser.post(path, data={"csrf_token": token[0] if token else "", **fields})


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_author_adds_stands_on_the_record_in_their_name_and_goes_with_the_claim(
    app: Flask, client: FlaskClient, paper_id: int, lei: Actor, language: str
) -> None:
    browser, path = signed_in(app, lei), f"{PREFIX[language]}/papers/{paper_id}/from-authors"
    said = {
        "summary-en": "Mice that sleep remember more. <b>Really</b>.", "title-zh": "小鼠的睡眠与记忆", "abstract-zh": "第一段。\n\n第二段。", "code": "https://example.org/code",
    }  # fmt: skip
    assert send(browser, path, **said).status_code == 303
    record = tree(client.get(f"{PREFIX[language]}/papers/{paper_id}"))
    summary = one(record, "//*[@id='summary']")
    assert said["summary-en"] in words(summary)
    assert "Lei Wang" in words(summary)
    assert one(record, "//p[@class='record-other-title']").get("lang") == "zh-Hans"
    assert "第二段。" in words(one(record, "//*[@id='abstract']"))
    assert record.xpath("//dl[@class='facts']//a[@href='https://example.org/code'][contains(@rel, 'ugc')]")
    assert words(one(record, "//h1")) == "Sleep and memory in mice"
    form = tree(browser.get(path))
    assert one(form, "//*[@id='abstract-zh']").text_content().strip() == said["abstract-zh"]
    assert send(browser, path, **(said | {"summary-en": ""})).status_code == 303
    assert "Mice that sleep" not in client.get(f"/papers/{paper_id}").get_data(as_text=True)
    with app.extensions["database"].write() as session, session.begin():
        services.withdraw(session, lei, 1)
    assert "小鼠的睡眠与记忆" not in client.get(f"/papers/{paper_id}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "text"), [("code", "javascript:alert(1)"), ("data", "not an address"), ("summary-en", "x" * 1_501), ("title-zh", "字" * 501)]
)
def test_a_fault_loses_nothing_that_was_typed_and_changes_nothing(app: Flask, client: FlaskClient, paper_id: int, lei: Actor, field: str, text: str) -> None:
    browser, path = signed_in(app, lei), f"/papers/{paper_id}/from-authors"
    answer = send(browser, path, **{"abstract-en": "All well here.", field: text})
    assert answer.status_code == 422
    page = tree(answer)
    typed = one(page, f"//*[@id='{field}']")
    assert text in (typed.get("value") or typed.text_content())
    assert typed.get("aria-invalid") == "true"
    assert "All well here." in one(page, "//*[@id='abstract-en']").text_content()
    assert "All well here." not in client.get(f"/papers/{paper_id}").get_data(as_text=True)
    stale = browser.post(path, data={"csrf_token": "old", "abstract-en": "Typed before lunch."})
    assert (stale.status_code, "Typed before lunch." in stale.get_data(as_text=True)) == (400, True)


def test_nobody_else_adds_anything(app: Flask, client: FlaskClient, paper_id: int, lei: Actor) -> None:
    path = f"/papers/{paper_id}/from-authors"
    assert client.get(path).status_code == 303
    stranger = signed_in(app)
    assert stranger.get(path).status_code == 403
    token = tree(stranger.get("/papers/add")).xpath("//input[@name='csrf_token']/@value")[0]
    assert stranger.post(path, data={"csrf_token": token, "summary-en": "I say so."}).status_code == 403
    assert "I say so." not in client.get(f"/papers/{paper_id}").get_data(as_text=True)
    assert stranger.get("/papers/99999/from-authors").status_code == 404
