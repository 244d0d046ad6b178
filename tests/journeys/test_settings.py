"""The owner of an account with a keyboard and nothing else: another name, a browser signed out, everything as a zip, the end with one thing kept."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from reviewhub.accounts import passwords
from reviewhub.accounts.models import Account, AccountSession
from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.actor import Actor
from reviewhub.papers.models import Paper
from reviewhub.ratings.models import Rating
from reviewhub.ratings.services import Given, rate
from tests.people import person, signed_in

from .conftest import Visit, looks, serving
from .test_every_page import _overflow, _violations

PASSWORD = "seven wooden doors and a kettle"
# More stops than any page here has: whoever does not get there by then never will.
MOST_STOPS = 120


@dataclass
class Inhabited:
    """A running site, and the application on its database."""

    address: str
    app: Flask

    def newcomer(self) -> tuple[Actor, str, list[int]]:
        """Somebody with two ratings and a second browser: who, the cookie of the first one, the papers."""
        with self.app.extensions["database"].write() as session, session.begin():
            who = person(session, "Wang", password_hash=passwords.hash_of(PASSWORD))
            papers = list(session.scalars(sa.select(Paper.id).order_by(Paper.id).limit(2)))
            for paper_id in papers:
                rate(session, who, paper_id, Given(8, text="A word on it."))
        signed_in(self.app, who)
        cookie = signed_in(self.app, who).get_cookie("reviewhub")
        assert cookie is not None
        return who, cookie.value, papers


@pytest.fixture(scope="module")
def inhabited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inhabited]:
    home = tmp_path_factory.mktemp("inhabited")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        yield Inhabited(address, app)
        app.extensions["database"].dispose()


def reach(page: Page, selector: str) -> None:
    """Presses Tab until the element has the focus, and the focus can be seen."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", f"nobody sees that {selector} has the focus"
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def push(page: Page, selector: str) -> None:
    """Goes to a button and presses it."""
    reach(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_another_name_to_the_end(inhabited: Inhabited, visit: Callable[..., Visit], language: str, scripts: bool) -> None:
    who, cookie, (kept, erased) = inhabited.newcomer()
    began = visit(scripts=scripts, locale="zh-CN" if language == "zh" else "en-GB")
    began.site = inhabited.address
    began.context.add_cookies([{"name": "reviewhub", "value": cookie, "url": inhabited.address}])
    prefix = "/zh" if language == "zh" else ""
    database = inhabited.app.extensions["database"]
    page = began.go(f"{prefix}/account/settings")

    reach(page, "#name")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("王小明")
    push(page, "form[action$='/settings/profile'] button")
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    assert page.locator("#name").input_value() == "王小明"

    assert page.locator(".browser").count() == 2
    push(page, ".browser:not(:has(.tag)) button")
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    assert page.locator(".browser").count() == 1

    reach(page, "form[action$='/download'] button")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    with zipfile.ZipFile(download.value.path()) as file:
        assert json.loads(file.read("account.json"))["name"] == "王小明"
        assert len(json.loads(file.read("ratings.json"))["ratings"]) == 2

    push(page, "a[href$='/account/delete']")
    with database.read() as session:
        rating_id = session.scalar(sa.select(Rating.id).where(Rating.account_id == who.account_id, Rating.paper_id == kept))
    reach(page, "#rest-erase")
    reach(page, f"select[name='item:rating:{rating_id}']")
    page.keyboard.press("End")
    reach(page, "#password")
    page.keyboard.type(PASSWORD)
    push(page, ".button-danger")
    assert page.url.endswith(f"{prefix}/account/deleted")
    with database.read() as session:
        assert session.get(Account, who.account_id) is None
        assert session.scalar(sa.select(sa.func.count()).select_from(AccountSession).where(AccountSession.account_id == who.account_id)) == 0
        rating = session.get(Rating, rating_id)
        assert rating is not None
        assert (rating.account_id, rating.exclusion, rating.text) == (None, "former", "A word on it.")
        assert session.scalar(sa.select(Rating.id).where(Rating.paper_id == erased, Rating.account_id.is_(None), Rating.id > rating_id)) is None


@looks
def test_every_page_of_an_account_is_accessible_and_fits(inhabited: Inhabited, visit: Callable[..., Visit], language: str, theme: str, width: int) -> None:
    _, cookie, _ = inhabited.newcomer()
    began = visit(width=width, theme=theme)
    began.site = inhabited.address
    began.context.add_cookies([{"name": "reviewhub", "value": cookie, "url": inhabited.address}])
    prefix = "/zh" if language == "zh" else ""
    faults: list[str] = []

    def look(page: Page) -> None:
        faults.extend(f"{page.url}: {fault}" for fault in (*_violations(page), *_overflow(page)))

    for path, status in {"/account/settings?done=profile": 200, "/account/delete": 200, "/account/deleted": 200, "/account/address/none": 404}.items():
        look(began.go(prefix + path, status))
    began.expected |= {f"{inhabited.address}{prefix}/account/{path}" for path in ("settings/profile", "settings/password", "delete")}
    for path, field, button in (
        ("settings", "#name", "form[action$='/settings/profile'] button"),
        ("settings", "#current", "form[action$='/settings/password'] button"),
        ("delete", "#password", ".button-danger"),
    ):
        page = began.go(f"{prefix}/account/{path}")
        page.fill(field, "")
        page.locator(button).click()
        expect(page.locator("[aria-invalid=true]")).to_have_count(1)
        look(page)
    assert not faults, "\n".join(faults)
