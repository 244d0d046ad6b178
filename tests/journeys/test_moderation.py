"""Readers and moderators in a browser: a report, its verdict, the public log, a text hidden and shown again, a suspension, two records made one and parted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page, expect

from reviewhub.accounts.services import begin_session
from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.actor import Actor
from tests.discussion.talk import say
from tests.moderation.test_merging import two
from tests.people import person

from .conftest import Visit, serving
from .test_every_page import _overflow, _violations

REASON = "It names a person who has no part in it."
WORDS = {
    "en": {"told": "upheld: the text is hidden", "hidden": "text hidden"},
    "zh": {"told": "已采纳：内容已隐藏", "hidden": "隐藏内容"},
}


@dataclass
class Place:
    """A running site, and the application on its database."""

    address: str
    app: Flask

    def sign_in(self, began: Visit, who: Actor) -> None:
        with self.app.extensions["database"].write() as session, session.begin():
            token, _ = begin_session(session, who.account_id or 0)
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer is not None
        began.context.add_cookies([{"name": "reviewhub", "value": signer.dumps({"_user_id": token, "_fresh": True}), "url": self.address}])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("moderated")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        yield Place(address, app)
        app.extensions["database"].dispose()


def fit(page: Page) -> None:
    """The page that came is fit for everybody."""
    assert [*_violations(page), *_overflow(page)] == [], page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_a_report_to_the_log_and_from_two_records_to_one_and_back(place: Place, visit: Callable[..., Visit], language: str, scripts: bool) -> None:
    prefix, words = "/zh" if language == "zh" else "", WORDS[language]
    with place.app.extensions["database"].write() as session, session.begin():
        reader, writer, moderator = person(session), person(session, "Wilma Writer"), person(session, role="moderator")
        kept, gone = two(session)
        comment_id = say(session, writer, kept, "Doctor X invented it").id
        say(session, reader, gone, "Said on the second record")
    browsers = []
    for who in (reader, moderator, writer):
        began = visit(width=390 if scripts else 1280, scripts=scripts, locale="zh-CN" if language == "zh" else "en-GB")
        began.site = place.address
        place.sign_in(began, who)
        browsers.append(began)
    of_reader, of_moderator, of_writer = browsers

    page = of_reader.go(f"{prefix}/papers/{kept}/comments", 200)
    page.locator(f"#comment-{comment_id} a[href$='/report/comment/{comment_id}']").click()
    if scripts:
        fit(page)
    page.locator("#r-personal-information").check()
    page.locator("#note").fill("The first sentence.")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main").get_by_role("status")).to_be_visible()

    judge = of_moderator.go(f"{prefix}/moderation", 200)
    if scripts:
        fit(judge)
    judge.locator("a[href$='/moderation/reports']").click()
    case = judge.locator(f"#comment-{comment_id}")
    case.locator("textarea").fill(REASON)
    if scripts:
        fit(judge)
    case.locator("button[value=upheld]").click()
    expect(judge.locator("main").get_by_role("status")).to_be_visible()
    page = of_reader.go(f"{prefix}/reports", 200)
    expect(page.locator(".entry").first).to_contain_text(words["told"])
    expect(page.locator(".entry").first).to_contain_text(REASON)
    if scripts:
        fit(page)

    judge = of_moderator.go(f"{prefix}/moderation/comment/{comment_id}", 200)
    for act in ("restore", "hide"):
        judge.locator("main textarea").fill(REASON)
        judge.locator(f"button[value={act}]").click()
        expect(judge.locator("main").get_by_role("status")).to_be_visible()
    judge = of_moderator.go(f"{prefix}/log", 200)
    expect(judge.locator(".entry").first).to_contain_text(words["hidden"])
    if scripts:
        fit(judge)

    judge = of_moderator.go(f"{prefix}/moderation/accounts/{writer.account_id}", 200)
    judge.locator("#reason").fill("Again and again, after two warnings.")
    judge.locator("button[value=suspend]").click()
    expect(judge.locator("main").get_by_role("status")).to_be_visible()
    page = of_writer.go(f"{prefix}/account/suspension", 200)
    expect(page.locator("main")).to_contain_text("Again and again, after two warnings.")
    expect(page.locator(".suspended")).to_be_visible()

    judge = of_moderator.go(f"{prefix}/moderation/records/{kept}/merge?other={gone}", 200)
    if scripts:
        fit(judge)
    judge.locator("#reason").fill("One work under two titles.")
    judge.locator("main form[method=post] button").click()
    expect(judge.locator("main").get_by_role("status")).to_be_visible()
    page = of_reader.go(f"{prefix}/papers/{gone}", 200)
    assert page.url.endswith(f"/papers/{kept}")
    undo = judge.locator(".entry").first
    undo.locator("summary").click()
    undo.locator("textarea").fill("They are two after all.")
    if scripts:
        fit(judge)
    undo.locator("button").click()
    expect(judge.locator("main").get_by_role("status")).to_be_visible()
    page = of_reader.go(f"{prefix}/papers/{gone}/comments", 200)
    expect(page.locator("main")).to_contain_text("Said on the second record")
