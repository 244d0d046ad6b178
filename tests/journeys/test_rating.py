"""Somebody rates a paper in a real browser: with keys alone, by touch, without scripts; and nothing typed is lost on the way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from reviewhub.accounts.passwords import hash_of
from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.db import Database
from reviewhub.papers.models import Paper
from reviewhub.ratings.services import Given, rate
from tests.people import person, rated, signed_in

from .conftest import Visit, looks, serving
from .test_every_page import _overflow, _violations

Begin = Callable[..., Visit]
PASSWORD = "correct horse battery staple"
REVIEW = "The trial is **well powered**, but $p < 0.05$ is not an effect size."
# WCAG 2.5.5: what a finger can hit.
TOUCH_PX = 44

WORDS = {
    "en": {"rate": "Give your rating", "send": "Send", "preview": "Preview", "change": "Change your rating", "withdraw": "Withdraw my rating", "confirm": "Withdraw it",
           "high": "high", "enter": "Sign in", "thanks": "Thank you", "draft": "Save draft", "look": "Show numbers and reviews", "hidden": "hidden until you rate"},
    "zh": {"rate": "给出您的评分", "send": "提交", "preview": "预览", "change": "修改您的评分", "withdraw": "撤回我的评分", "confirm": "撤回",
           "high": "较高", "enter": "登录", "thanks": "谢谢", "draft": "保存草稿", "look": "显示数字和评论", "hidden": "评分后显示"},
}  # fmt: skip
PREFIX = {"en": "", "zh": "/zh"}


@dataclass
class Site:
    """A running site, its database and papers that nobody has rated."""

    address: str
    database: Database
    fresh: Iterator[int]
    rated: int
    few: int
    cookies: dict[str, str]
    _numbers: Iterator[int]

    def somebody(self, **facts: object) -> str:
        """The address of a new account that can sign in."""
        email = f"jane{next(self._numbers)}@university.example"
        with self.database.write() as session, session.begin():
            person(session, email=email, password_hash=hash_of(PASSWORD), **facts)
        return email


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("rating")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        database = app.extensions["database"]
        with database.write() as session, session.begin():
            ids = list(session.scalars(sa.select(Paper.id).order_by(Paper.id.desc()).limit(20)))
            rated(session, ids[0], [8, 7, 9, 8, 6, 10, 8], novelty=4)
            for n in range(12):
                text = f"{REVIEW}\n\n# Methods\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n- one\n- two\n\nReview {n}"
                rate(session, person(session, f"Reviewer {n}"), ids[0], Given(7, rigor=2, text=text, text_language="en", familiarity=3))
            rate(session, person(session, "王小明"), ids[0], Given(9, text="我认识作者。", text_language="zh", has_conflict=True, conflict_note="同事"))
            rated(session, ids[1], [8, 7])
            people = {
                "own": person(session),
                "blind": person(session, hides_numbers=True),
                "suspended": person(session, is_suspended=True, suspended_because="Sold."),
            }
            rate(session, people["own"], ids[0], Given(7, text="Mine."))
        cookies = {}
        for name, who in people.items():
            cookie = signed_in(app, who).get_cookie("reviewhub")
            assert cookie is not None
            cookies[name] = cookie.value
        yield Site(address, database, iter(ids[2:]), ids[0], ids[1], cookies, itertools.count(1))
        database.dispose()


def begin(visit: Begin, here: Site, who: str = "", **how: object) -> Visit:
    began = visit(**how)
    began.site = here.address
    if who:
        began.context.add_cookies([{"name": "reviewhub", "value": here.cookies[who], "url": here.address}])
    return began


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses the tab key until the element has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"no way to {wanted} with the tab key")


def press(page: Page, wanted: Locator) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Enter")


def sign_in_by_keys(page: Page, email: str, words: dict[str, str]) -> None:
    tab_to(page, page.locator("#email"))
    page.keyboard.type(email)
    tab_to(page, page.locator("#password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_with_keys_alone_from_signed_out_to_withdrawn(visit: Begin, here: Site, language: str, scripts: bool) -> None:
    email, paper_id, said = here.somebody(), next(here.fresh), WORDS[language]
    page = begin(visit, here, scripts=scripts, locale="zh-CN" if language == "zh" else "en-GB").go(f"{PREFIX[language]}/papers/{paper_id}")
    press(page, page.get_by_role("link", name=said["rate"], exact=True))
    page.wait_for_url("**/rate")
    tab_to(page, page.locator("#overall"))
    page.keyboard.press("Space")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(page.locator("input[name=overall]:checked")).to_have_value("3.5")
    tab_to(page, page.locator("input[name=novelty]:checked"))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("group", name="新颖性" if language == "zh" else "Novelty").get_by_role("radio", name=said["high"], exact=True)).to_be_checked()
    tab_to(page, page.locator("#text"))
    page.keyboard.type(REVIEW)
    press(page, page.get_by_role("button", name=said["send"], exact=True))
    page.wait_for_url("**/account/login**")
    sign_in_by_keys(page, email, said)
    page.wait_for_url("**/rate")
    expect(page.locator("#text")).to_have_value(REVIEW)
    expect(page.locator("input[name=overall]:checked")).to_have_value("3.5")
    press(page, page.get_by_role("button", name=said["preview"], exact=True))
    expect(page.locator("#preview math")).to_be_visible()
    expect(page.locator("#preview")).to_be_focused()
    press(page, page.get_by_role("button", name=said["send"], exact=True))
    page.wait_for_url("**/papers/*#reviews")
    expect(page.locator("#reviews").get_by_role("status")).to_contain_text(said["thanks"])
    expect(page.locator(".rating-number")).to_have_text("3.5")
    expect(page.locator("#written-reviews strong")).to_have_text("well powered")
    press(page, page.get_by_role("link", name=said["change"], exact=True))
    page.wait_for_url("**/rate")
    tab_to(page, page.locator("input[name=overall]:checked"))
    page.keyboard.press("ArrowRight")
    press(page, page.get_by_role("button", name=said["send"], exact=True))
    page.wait_for_url("**/papers/*#reviews")
    expect(page.locator(".rating-number")).to_have_text("4.0")
    press(page, page.get_by_role("link", name=said["change"], exact=True))
    press(page, page.get_by_role("link", name=said["withdraw"], exact=True))
    page.wait_for_url("**/rate/withdraw")
    press(page, page.get_by_role("button", name=said["confirm"], exact=True))
    page.wait_for_url("**/papers/*#reviews")
    expect(page.locator(".rating-number")).to_have_text("-")
    expect(page.locator("#written-reviews article")).to_have_count(0)


def test_by_touch_on_a_small_screen_every_choice_can_be_hit(visit: Begin, here: Site) -> None:
    page = begin(visit, here, "own", width=390).go(f"/papers/{next(here.fresh)}/rate")
    boxes = page.locator(".star-choice, .level, .choice, .actions .button").evaluate_all(
        "all => all.map(e => [e.getBoundingClientRect().width, e.getBoundingClientRect().height])"
    )
    assert len(boxes) == 10 + 18 + 5 + 1 + 3
    assert [box for box in boxes if min(box) < TOUCH_PX] == []
    page.locator(".star-choice", has_text="4.5").click()
    page.locator(".level", has_text="I work in the field").click()
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/papers/*#reviews")
    expect(page.locator(".own-rating")).to_contain_text("4.5")


def test_a_screen_reader_hears_groups_values_and_what_is_wrong(visit: Begin, here: Site) -> None:
    began = begin(visit, here, "own")
    page = began.go(f"/papers/{next(here.fresh)}/rate")
    overall = page.get_by_role("group", name="Overall required")
    expect(overall.get_by_role("radio")).to_have_count(10)
    expect(overall.get_by_role("radio", name="3.5 stars", exact=True)).to_have_count(1)
    began.expected.add(page.url)
    page.get_by_role("button", name="Send", exact=True).click()
    alert = page.locator("div[role=alert]")
    expect(alert).to_be_focused()
    alert.get_by_role("link", name="Choose how many stars the paper deserves.").click()
    expect(page.locator("#overall")).to_be_focused()
    expect(overall).to_have_accessible_description("Choose how many stars the paper deserves.")


def test_what_is_chosen_shows_where_the_system_chooses_the_colours(visit: Begin, here: Site) -> None:
    page = begin(visit, here, "own").go(f"/papers/{next(here.fresh)}/rate")
    page.emulate_media(forced_colors="active")
    page.locator("#overall").focus()
    page.keyboard.press("Space")
    edges = page.locator(".star-choice, .level").evaluate_all(
        "all => all.map(e => [e.querySelector('input').checked, parseFloat(getComputedStyle(e).borderTopWidth)])"
    )
    chosen, others = ([width for is_chosen, width in edges if is_chosen == wanted] for wanted in (True, False))
    assert len(chosen) == 1 + 3 + 1
    assert min(chosen) > max(others)


@pytest.mark.parametrize("height", [700, 900])
def test_the_button_to_rate_comes_into_view_beside_a_long_page(visit: Begin, here: Site, height: int) -> None:
    """The panel beside the record may be taller than the window, and must not stand still then."""
    page = begin(visit, here).go(f"/papers/{here.rated}")
    page.set_viewport_size({"width": 1280, "height": height})
    assert page.evaluate("document.documentElement.scrollHeight") > 2 * height
    seen = False
    for _ in range(6):
        box = page.locator(".rating-go a").bounding_box()
        seen = seen or (box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height)
        page.mouse.wheel(0, 200)
        page.wait_for_timeout(50)
    assert seen


def test_a_form_saves_itself_and_is_there_after_a_crash(visit: Begin, here: Site) -> None:
    paper_id = next(here.fresh)
    began = begin(visit, here)
    page = began.go(f"/papers/{paper_id}/rate")
    page.locator("#text").press_sequentially("Half a sentence")
    expect(page.locator("[data-part=saved]")).to_contain_text("Draft saved at")
    page.close()
    again = began.context.new_page()
    again.goto(f"{here.address}/papers/{paper_id}/rate")
    expect(again.locator("#text")).to_have_value("Half a sentence")


def test_the_preview_follows_what_is_typed(visit: Begin, here: Site) -> None:
    page = begin(visit, here).go(f"/papers/{next(here.fresh)}/rate")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("There is no text yet.")
    page.locator("#text").press_sequentially("So *it* is")
    expect(page.locator("#preview em")).to_have_text("it")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_rates_before_looking_sees_numbers_when_they_ask_for_them(visit: Begin, here: Site, language: str) -> None:
    said = WORDS[language]
    page = begin(visit, here, "blind").go(f"{PREFIX[language]}/papers?sort=top")
    expect(page.get_by_text(said["hidden"]).first).to_be_visible()
    page.goto(f"{here.address}{PREFIX[language]}/papers/{here.few}")
    if page.get_by_role("button", name=said["look"]).count():  # the other language came first, and what was seen stays seen
        press(page, page.get_by_role("button", name=said["look"]))
        page.wait_for_url("**#reviews")
    expect(page.locator(".rating-number")).to_have_text("3.8")


@looks
def test_every_page_is_accessible_and_fits(visit: Begin, here: Site, language: str, theme: str, width: int) -> None:
    faults: list[str] = []
    for who, paths in {
        "": ("/rate", "", "/reviews"), "own": ("/rate", "/rate/withdraw", ""), "blind": ("", "/reviews"), "suspended": ("/rate",),
    }.items():  # fmt: skip
        began = begin(visit, here, who, theme=theme, width=width)
        for path in paths:
            page = began.go(f"{PREFIX[language]}/papers/{here.rated}{path}")
            faults += [f"{who} {path}: {fault}" for fault in (*_violations(page), *_overflow(page))]
        if path == "/reviews" and not who:
            page.locator(".review-facts a").last.click()
            faults += [f"review: {fault}" for fault in (*_violations(page), *_overflow(page))]
    began = begin(visit, here, theme=theme, width=width)
    for action in ("preview", "send"):
        page = began.go(f"{PREFIX[language]}/papers/{here.few}/rate")
        page.locator("#text").fill("# So\n\n$x^2$ " + "longword" * 40)
        began.expected.add(page.url)
        page.locator(f"button[value={action}]").last.click()
        page.locator("#preview math, div[role=alert]").first.wait_for()
        faults += [f"{action}: {fault}" for fault in (*_violations(page), *_overflow(page))]
    assert not faults, "\n".join(faults)
