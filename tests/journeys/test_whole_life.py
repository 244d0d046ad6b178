"""A new reader from registering to leaving, with the keys of a keyboard and nothing else: the mail from the outbox, a rating that comes, changes and goes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit, serving
from .test_every_page import DOI, _overflow, _violations
from .test_settings import push, reach

PASSWORD = "seven wooden doors and a kettle"
REVIEW = "Few trials, and **small** ones: $\\frac{n}{2} < 30$ in most."
# Mail is written by the worker, which looks for jobs every few seconds.
MAIL_WAIT_S = 60.0

WORDS = {
    "en": {"few": "Not enough ratings", "first": "1 of 5", "second": "2 of 5", "thanks": "Thank you", "high": "high", "strong": "very strong", "draft": "Go on with your draft",
           "wrong": "do not belong together", "gone": "Your account is deleted"},
    "zh": {"few": "评分不足", "first": "1/5", "second": "2/5", "thanks": "谢谢", "high": "较高", "strong": "很强", "draft": "继续填写草稿", "wrong": "不匹配", "gone": "账号已删除"},
}  # fmt: skip
NAMES = {"en": "Ana Souza", "zh": "王小明"}


@dataclass
class Home:
    """A running site and the folder its mail is written to."""

    address: str
    outbox: Path

    def link_to(self, email: str) -> str:
        """The path of the link in the one mail to somebody, when it has come."""
        until = time.monotonic() + MAIL_WAIT_S
        while time.monotonic() < until:
            for file in self.outbox.glob("*.eml"):
                mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
                if email in mail["To"] and (body := mail.get_body(("plain",))):
                    (address,) = re.findall(r"https?://\S+", body.get_content())
                    return urlsplit(address).path
            time.sleep(0.1)
        raise AssertionError(f"no mail to {email}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("life")
    with serving(folder) as address:
        yield Home(address, folder / "outbox")


def fill(page: Page, selector: str, text: str) -> None:
    """Goes to a field and types."""
    reach(page, selector)
    page.keyboard.type(text)


def choose(page: Page, name: str, key: str, times: int) -> None:
    """Goes to a group of radio buttons and moves the choice."""
    page.keyboard.press("Tab")
    for _ in range(60):
        if page.evaluate("document.activeElement.name") == name:
            break
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == name, f"the keyboard does not reach {name}"
    for _ in range(times):
        page.keyboard.press(key)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_registering_to_leaving(home: Home, visit: Callable[..., Visit], language: str, scripts: bool) -> None:
    said, prefix = WORDS[language], "/zh" if language == "zh" else ""
    email = f"reader.{language}.{scripts}@university.example".lower()
    began = visit(scripts=scripts, locale="zh-CN" if language == "zh" else "en-GB")
    began.site = home.address
    faults: list[str] = []
    number, panel = ".rating-number", "#reviews"

    def look() -> None:
        # axe waits for a promise, and no promise is kept where scripts are off.
        faults.extend(f"{page.url}: {fault}" for fault in (*(_violations(page) if scripts else ()), *_overflow(page)))

    def numbers(shown: str, of: str) -> None:
        expect(page.locator(number)).to_have_text(shown)
        expect(page.locator(f"{panel} .rating-state")).to_contain_text(said["few"])
        expect(page.locator(f"{panel} .rating-state")).to_contain_text(of)

    # A stranger finds the paper, and registers from there.
    page = began.go(f"{prefix}/papers")
    fill(page, "#top-q", DOI)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    if "/search" in page.url:
        push(page, ".line-title a")
    record = urlsplit(page.url).path
    numbers("4.5", said["first"])
    look()
    push(page, ".top-account a[href*='/account/register']")
    look()
    fill(page, "#name", NAMES[language])
    fill(page, "#email", email)
    fill(page, "#password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_visible()
    assert urlsplit(page.url).path.startswith(f"{prefix}/account/register/"), page.url
    look()
    link = home.link_to(email)
    assert link.startswith(f"{prefix}/account/confirm/"), "the mail is written, and leads to a page, in the language of who registered"
    began.go(link)
    look()
    push(page, "main form button[type=submit]")
    assert urlsplit(page.url).path == record, "back where they came from"
    expect(page.locator(".top-account-name")).to_have_text(NAMES[language])

    # Signs out and in again: the password works, and another does not.
    leave(page)
    push(page, ".top-account a[href*='/account/login']")
    look()
    began.expected.add(f"{home.address}{prefix}/account/login")
    fill(page, "#email", email)
    fill(page, "#password", "not the one")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(said["wrong"])
    expect(page.locator("#email")).to_have_value(email)
    look()
    fill(page, "#password", PASSWORD)
    reach(page, "#remember")
    page.keyboard.press("Space")
    push(page, "form:has(#remember) button[type=submit]")
    began.go(record)

    # Rates: half stars and criteria by the arrows, a review with a formula, seen before it is sent.
    push(page, ".rating-go a")
    look()
    choose(page, "overall", "Space", 1)
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    choose(page, "novelty", "ArrowLeft", 2)
    choose(page, "rigor", "ArrowLeft", 1)
    fill(page, "#text", REVIEW)
    reach(page, "button[value=preview]")
    page.keyboard.press("Enter")
    expect(page.locator("#preview math mfrac")).to_be_visible()
    look()
    for name, value in (("overall", "3.5"), ("novelty", "4"), ("importance", ""), ("rigor", "5")):
        expect(page.locator(f"input[name={name}]:checked")).to_have_value(value)
    push(page, ".actions button[value=send]")
    expect(page.locator(f"{panel} [role=status]")).to_contain_text(said["thanks"])
    numbers("4.0", said["second"])
    expect(page.locator(".rating-secondary dd")).to_have_text([re.compile(f"^{said['high']}.*4.0"), "-", re.compile(f"^{said['strong']}.*5.0")])
    expect(page.locator("#written-reviews article")).to_contain_text(NAMES[language])
    expect(page.locator("#written-reviews article math mfrac")).to_be_visible()
    look()

    # Changes it.
    push(page, ".rating-go a")
    expect(page.locator("#text")).to_have_value(REVIEW)
    choose(page, "overall", "ArrowLeft", 2)
    push(page, ".actions button[value=send]")
    numbers("3.5", said["second"])
    push(page, "#written-reviews .review-facts a")
    expect(page.locator(".history li")).to_have_count(2)
    look()

    # Takes it back: the numbers are as before, and the text is a draft.
    began.go(record)
    push(page, ".rating-go a")
    push(page, ".withdraw a")
    look()
    push(page, "main form button[type=submit]")
    numbers("4.5", said["first"])
    expect(page.locator("#written-reviews article")).to_have_count(0)
    expect(page.locator(".rating-go a")).to_have_text(said["draft"])
    began.go(f"{prefix}/account/ratings")
    expect(page.locator(".own-list li")).to_have_count(2)
    look()
    began.go(f"{record}/rate")
    expect(page.locator("#text")).to_have_value(REVIEW)
    push(page, ".actions button[value=send]")
    numbers("3.5", said["second"])

    # Leaves, and everything goes along.
    leave(page)
    push(page, ".top-account a[href*='/account/login']")
    fill(page, "#email", email)
    fill(page, "#password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    open_menu(page)
    push(page, "a[href$='/account/settings']")
    look()
    push(page, "a[href$='/account/delete']")
    look()
    fill(page, "#password", PASSWORD)
    push(page, ".button-danger")
    expect(page.locator("h1")).to_contain_text(said["gone"])
    look()
    began.go(record)
    numbers("4.5", said["first"])
    push(page, ".top-account a[href*='/account/login']")
    fill(page, "#email", email)
    fill(page, "#password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(said["wrong"])
    assert not faults, "\n".join(faults)


def open_menu(page: Page) -> None:
    """Opens the menu under the reader's name."""
    reach(page, ".top-account summary")
    page.keyboard.press("Enter")
    expect(page.locator(".top-account ul")).to_be_visible()


def leave(page: Page) -> None:
    """Signs out through the menu."""
    open_menu(page)
    push(page, "a[href$='/account/logout']")
    push(page, "main form button[type=submit]")
