"""Authors with a keyboard and nothing else: claiming by ORCID, by a mailed link and by a moderator, a dispute from both sides, suggestions, two profiles made one and two again."""

from __future__ import annotations

import re
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.papers.record import Affiliation, Author, PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.people import services
from tests.people import person, signed_in

from .conftest import Visit, serving
from .test_every_page import _overflow, _violations
from .test_settings import push, reach
from .test_whole_life import fill

with warnings.catch_warnings():  # the issuer still uses parts of Authlib that are on their way out
    warnings.simplefilter("ignore")
    import oidc_provider_mock

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# Mail is written by the worker, which looks for jobs every few seconds.
MAIL_WAIT_S = 60.0
ORCIDS = {"en": "0000-0002-1825-0097", "zh": "0000-0001-5109-3700"}
NAMES = {"en": "Lei Wang", "zh": "王蕾"}
STATES = {
    "en": {"waiting": "waiting", "approved": "approved", "disputed": "disputed", "refused": "refused"},
    "zh": {"waiting": "等待", "approved": "已通过", "disputed": "有争议", "refused": "未通过"},
}
FUDAN = Affiliation("Huashan Hospital, Fudan University, Shanghai, China")
MING = Author("Ming Li", "Li", "Ming", affiliations=[FUDAN])


@dataclass
class Shelf:
    """A running site that is registered with an issuer, and the application on its database."""

    address: str
    app: Flask
    outbox: Path

    def papers(self, *records: PaperRecord) -> list[int]:
        with self.app.extensions["database"].write() as session, session.begin():
            return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]

    def somebody(self, name: str, **facts: object) -> Actor:
        with self.app.extensions["database"].write() as session, session.begin():
            return person(session, name, **facts)

    def claim(self, who: Actor, paper_id: int) -> int:
        with self.app.extensions["database"].write() as session, session.begin():
            return services.claim(session, who, paper_id, 1).id

    def sign_in(self, visit: Visit, who: Actor) -> None:
        cookie = signed_in(self.app, who).get_cookie("reviewhub")
        assert cookie is not None
        visit.site = self.address
        visit.context.add_cookies([{"name": "reviewhub", "value": cookie.value, "url": self.address}])

    def link_to(self, email: str) -> str:
        """The path of the link in the one mail to somebody, when it has come."""
        until = time.monotonic() + MAIL_WAIT_S
        while time.monotonic() < until:
            for file in self.outbox.glob("*.eml"):
                mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
                if email in mail["To"] and (body := mail.get_body(("plain",))):
                    return urlsplit(re.findall(r"https?://\S+", body.get_content())[0]).path
            time.sleep(0.1)
        raise AssertionError(f"no mail to {email}")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """The issuer leads back to the address in the settings, so the port is chosen first."""
    home = tmp_path_factory.mktemp("authors")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        orcid = {
            "REVIEWHUB_ORCID_CLIENT_ID": "us", "REVIEWHUB_ORCID_CLIENT_SECRET": "ours", "REVIEWHUB_ORCID_ISSUER": f"http://localhost:{server.server_port}",
        }  # fmt: skip
        with serving(home, port=port, PORT=str(port), **orcid) as address:
            app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
            yield Shelf(address, app, home / "outbox")
            app.extensions["database"].dispose()


def prefix_of(language: str) -> str:
    return "/zh" if language == "zh" else ""


def begun(visit: Callable[..., Visit], shelf: Shelf, language: str, who: Actor | None = None) -> Visit:
    began = visit(locale="zh-CN" if language == "zh" else "en-GB")
    began.site = shelf.address
    # The issuer's page asks a third site for a style sheet.
    began.context.route(lambda url: urlsplit(url).hostname not in ("127.0.0.1", "localhost"), lambda route: route.fulfill(body="", content_type="text/css"))
    if who is not None:
        shelf.sign_in(began, who)
    return began


def author(**facts: object) -> Author:
    return Author("Lei Wang", "Wang", "Lei", affiliations=[FUDAN], **facts)


def expect_state(page: Page, language: str, state: str) -> None:
    expect(page.locator("h1 .flag")).to_contain_text(STATES[language][state])


def follow(page: Page, selector: str) -> None:
    """Goes to a link or button and uses it; the page that comes is fit for everybody."""
    push(page, selector)
    assert [*_violations(page), *_overflow(page)] == [], page.url


def choose(page: Page, value: str) -> None:
    """Goes to the radio buttons of the ladder and moves to this one."""
    for _ in range(60):
        if page.evaluate("document.activeElement.name") == "evidence":
            break
        page.keyboard.press("Tab")
    for _ in range(6):
        if page.evaluate("document.activeElement.value") == value and page.evaluate("document.activeElement.checked"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the keyboard does not reach {value}")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_a_name_on_the_record_by_orcid_to_a_profile_and_suggestions(shelf: Shelf, visit: Callable[..., Visit], language: str) -> None:
    prefix, orcid = prefix_of(language), ORCIDS[language]
    first, *more = shelf.papers(
        PaperRecord("hand", title=f"Walking after a stroke, told in {language}", authors=[author(orcid=orcid), MING]),
        *(PaperRecord("hand", title=f"Pain after a stroke, part {n}, in {language}", authors=[author(orcid=orcid), MING]) for n in range(2)),
    )
    began = begun(visit, shelf, language)
    page = began.go(f"{prefix}/papers/{first}")
    follow(page, f"a[href$='/papers/{first}/authors/1/claim']")
    follow(page, "main a.button-primary")
    push(page, "form[action$='/account/orcid'] button")
    assert urlsplit(page.url).hostname == "localhost", page.url
    fill(page, "input[name=sub]", orcid)
    with page.expect_navigation(url=f"{shelf.address}/**"):
        page.keyboard.press("Enter")
    reach(page, "#name")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(NAMES[language])
    follow(page, "main form button[type=submit]")
    assert urlsplit(page.url).path == f"{prefix}/papers/{first}/authors/1/claim"
    expect(page.locator("input[name=evidence]:checked")).to_have_value("orcid")
    follow(page, "main form button[type=submit]")
    expect_state(page, language, "approved")
    began.go(f"{prefix}/people/claims/suggested")
    follow(page, "button[name=mine]")
    follow(page, "button[name=not_mine]")
    expect(page.locator("button[name=mine]")).to_have_count(0)
    began.go(f"{prefix}/people/claims")
    expect(page.locator(".claim-line")).to_have_count(2)
    follow(page, "main a[href*='/people/']:not([href*='claims']):not([href*='profile'])")
    expect(page.locator("h1")).to_contain_text(NAMES[language])
    expect(page.locator(".line")).to_have_count(2)
    began.go(f"{prefix}/papers/{first}")
    expect(page.locator(".author-mark")).to_have_count(1)
    expect(page.locator(".orcid-sure")).to_have_count(1)
    assert more


@pytest.mark.parametrize("language", ["en", "zh"])
def test_by_a_link_mailed_to_the_printed_address(shelf: Shelf, visit: Callable[..., Visit], language: str) -> None:
    prefix, printed = prefix_of(language), f"lei-{language}@fudan.example"
    (paper_id,) = shelf.papers(PaperRecord("hand", title=f"Letters on sleep, in {language}", authors=[author(email=printed), MING]))
    began = begun(visit, shelf, language, shelf.somebody(NAMES[language], language=language))
    page = began.go(f"{prefix}/papers/{paper_id}")
    follow(page, f"a[href$='/papers/{paper_id}/authors/1/claim']")
    assert printed not in page.content()
    choose(page, "mail")
    follow(page, "main form button[type=submit]")
    expect_state(page, language, "waiting")
    link = shelf.link_to(printed)
    assert link.startswith(f"{prefix}/people/claims/link/")
    began.go(link)
    follow(page, "main form button[type=submit]")
    expect_state(page, language, "approved")
    began.go(link, 410)
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_dispute_from_both_sides_and_the_moderator_who_ends_it(shelf: Shelf, visit: Callable[..., Visit], language: str) -> None:
    prefix = prefix_of(language)
    (paper_id,) = shelf.papers(PaperRecord("hand", title=f"A quarrel over mice, in {language}", authors=[author(), MING]))
    sides = []
    for note in ("I wrote it in my second year.", "It was me: see the page of the ward."):
        began = begun(visit, shelf, language, shelf.somebody(NAMES[language]))
        page = began.go(f"{prefix}/papers/{paper_id}/authors/1/claim")
        choose(page, "moderator")
        fill(page, "#note", note)
        follow(page, "main form button[type=submit]")
        sides.append((began, urlsplit(page.url).path))
    for began, path in sides:
        expect_state(began.go(path), language, "disputed")
    judge = begun(visit, shelf, language, shelf.somebody("Mo", role="moderator"))
    page = judge.go(f"{prefix}/moderation/claims")
    assert [*_violations(page), *_overflow(page)] == []
    for _ in range(20):  # the cases of other tests may wait as well
        page.keyboard.press("j")
        if page.evaluate("title => document.activeElement.closest('article')?.textContent.includes(title)", f"A quarrel over mice, in {language}"):
            break
    number = sides[1][1].rsplit("/", 1)[1]
    fill(page, f"#reason-{number}", "The page of the ward names the second claimant.")
    follow(page, f"form[action$='/moderation/claims/{number}'] button[value=approve]")
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    for (began, path), state in zip(sides, ("refused", "approved"), strict=True):
        page = began.go(path)
        expect_state(page, language, state)
        expect(page.locator("main")).to_contain_text("The page of the ward names")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_profiles_made_one_and_two_again(shelf: Shelf, visit: Callable[..., Visit], language: str) -> None:
    prefix = prefix_of(language)
    addresses = [f"{n}-{language}@merge.example" for n in ("one", "two")]
    papers = shelf.papers(*(PaperRecord("hand", title=f"Merging rivers, {email}", authors=[author(email=email)]) for email in addresses))
    who = [shelf.somebody("Lei Wang", email=email) for email in addresses]
    for one, paper_id in zip(who, papers, strict=True):
        shelf.claim(one, paper_id)
    first, second = (begun(visit, shelf, language, one) for one in who)
    page = second.go(f"{prefix}/people/claims")
    follow(page, "main a[href*='/people/']:not([href*='claims']):not([href*='profile'])")
    address = urlsplit(page.url).path
    page = first.go(address)
    follow(page, "a[href$='/merge']")
    follow(page, "main form button[type=submit]")
    page = second.go(f"{prefix}/people/claims")
    follow(page, "button[name=agrees][value=yes]")
    page = first.go(address)
    assert urlsplit(page.url).path != address
    expect(page.locator(".line")).to_have_count(2)
    follow(page, "a[href$='/changes']")
    follow(page, "main form button[type=submit]")
    page = first.go(address)
    assert urlsplit(page.url).path == address
    expect(page.locator(".line")).to_have_count(1)


def test_connecting_orcid_on_the_way_leads_back_to_the_claim(shelf: Shelf, visit: Callable[..., Visit]) -> None:
    orcid = "0000-0002-9079-593X"
    (paper_id,) = shelf.papers(PaperRecord("hand", title="Connected on the way", authors=[author(orcid=orcid), MING]))
    began = begun(visit, shelf, "en", shelf.somebody("Lei Wang"))
    page = began.go(f"/papers/{paper_id}/authors/1/claim")
    expect(page.locator("#e-orcid")).to_have_count(0)
    push(page, "form[action$='/account/orcid'] button")
    fill(page, "input[name=sub]", orcid)
    with page.expect_navigation(url=f"{shelf.address}/**"):
        page.keyboard.press("Enter")
    assert urlsplit(page.url).path == f"/papers/{paper_id}/authors/1/claim"
    follow(page, "main form button[type=submit]")
    expect_state(page, "en", "approved")
