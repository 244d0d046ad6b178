"""Numbers and what stands behind them, in a real browser: score pages in every state, lists by score, my ratings, the moderators' page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core import clock
from reviewhub.papers.models import Paper
from reviewhub.ratings.models import RatingDraft
from reviewhub.ratings.services import Given, rate, withdraw
from tests.people import person, rated, signed_in
from tests.ratings.test_moderating import burst_on

from .conftest import Visit, serving
from .test_every_page import _overflow, _violations


@dataclass
class Rated:
    """A running site with ratings, and the cookie of a moderator who has rated, too."""

    address: str
    cookie: str
    none: int
    few: int
    sure: int  # with a conflict, linked raters and a run that waits
    many: int
    bursts: list[int]  # papers with nothing but a run that waits


@pytest.fixture(scope="module")
def rated_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rated]:
    home = tmp_path_factory.mktemp("rated")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        database = app.extensions["database"]
        with database.write() as session, session.begin():
            ids = list(session.scalars(sa.select(Paper.id).order_by(Paper.id.desc()).limit(12)))
            rated(session, ids[1], [9])
            rated(session, ids[2], [8, 7, 9, 8, 6, 10, 8, 8, 7, 9, 8, 8], novelty=4, text="A word on it.")
            rated(session, ids[2], [10], has_conflict=True)
            burst_on(session, ids[2], [10, 10])
            rated(session, ids[3], [1 + n % 10 for n in range(60)])
            for paper_id in ids[4:8]:
                burst_on(session, paper_id, [10, 9, 10])
            moderator = person(session, "Mei", role="moderator")
            for paper_id in ids[1:4]:
                rate(session, moderator, paper_id, Given(7))
            withdraw(session, moderator, ids[1])
            assert moderator.account_id is not None
            session.add(RatingDraft(paper_id=ids[9], account_id=moderator.account_id, fields={}, saved_at=clock.now()))
        cookie = signed_in(app, moderator).get_cookie("reviewhub")
        assert cookie is not None
        yield Rated(address, cookie.value, ids[0], ids[1], ids[2], ids[3], ids[4:8])
        database.dispose()


def open_as_moderator(visit: Callable[..., Visit], site: Rated, **how: object) -> Visit:
    began = visit(**how)
    began.site = site.address
    began.context.add_cookies([{"name": "reviewhub", "value": site.cookie, "url": site.address}])
    return began


@pytest.mark.parametrize("prefix", ["", "/zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_numbers_is_accessible_and_fits(visit: Callable[..., Visit], rated_site: Rated, prefix: str, theme: str, width: int) -> None:
    began = open_as_moderator(visit, rated_site, width=width, theme=theme)
    faults: list[str] = []
    scores = [f"/papers/{paper_id}/score" for paper_id in (rated_site.none, rated_site.few, rated_site.sure, rated_site.many)]
    for path in (
        *scores,
        "/",
        "/papers?sort=top",
        "/papers?sort=discussed",
        "/papers?sort=unrated",
        "/papers?sort=disagree",
        "/account/ratings",
        "/moderation/ratings",
    ):
        page = began.go(f"{prefix}{path}")
        faults += [f"{path}: {fault}" for fault in (*_violations(page), *_overflow(page))]
    assert not faults, "\n".join(faults)


def test_nothing_scrolls_sideways_in_the_narrowest_window(visit: Callable[..., Visit], rated_site: Rated) -> None:
    """WCAG 1.4.10: 320 pixels are what is left of a window of 1280 at four times the size."""
    began = open_as_moderator(visit, rated_site, width=320)
    papers = (rated_site.none, rated_site.sure, rated_site.many)
    faults: list[str] = []
    for path in (
        *(f"/papers/{n}{part}" for n in papers for part in ("", "/rate", "/score", "/reviews")),
        "/account/ratings",
        "/moderation/ratings",
        "/account/settings",
    ):
        for prefix in ("", "/zh"):
            faults += [f"{prefix}{path}: {fault}" for fault in _overflow(began.go(f"{prefix}{path}"))]
    assert not faults, "\n".join(faults)


def press_until(page: Page, selector: str, key: str = "Tab") -> None:
    """Moves the focus on until it is on this element: nobody gets lost on the way."""
    for _ in range(80):
        page.keyboard.press(key)
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the focus never came to {selector}")


@pytest.mark.parametrize(
    ("prefix", "decision", "said", "n"), [("", "released", "counts now|count now", 3), ("/zh", "removed", "不再计入", 0)], ids=["en-released", "zh-removed"]
)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_moderator_decides_with_the_keyboard_alone(
    visit: Callable[..., Visit], rated_site: Rated, prefix: str, decision: str, said: str, n: int, scripts: bool
) -> None:
    began = open_as_moderator(visit, rated_site, scripts=scripts)
    page = began.go(f"{prefix}/moderation/ratings")
    burst = page.locator("li.burst").last
    paper = burst.locator("h3 a").get_attribute("href")
    n_waiting = page.locator("li.burst").count()
    selector = f"#{burst.get_attribute('id')}"
    press_until(page, f"{selector} textarea")
    page.keyboard.type("Three accounts of one minute's age, one voice.")
    press_until(page, f"{selector} button[value={decision}]")
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_role("status")).to_contain_text(re.compile(said))
    expect(page.locator("li.burst")).to_have_count(n_waiting - 1)
    expect(page.locator("ol.decided li").first).to_contain_text("one voice")
    assert paper is not None
    page = began.go(f"{paper}/score")
    expect(page.locator(".score-rows tbody tr")).to_have_count(3)
    expect(page.locator(".score-rows tbody tr:not(.score-row-out)")).to_have_count(n)


def test_a_reason_too_short_is_refused_with_the_focus_on_it(visit: Callable[..., Visit], rated_site: Rated) -> None:
    """As a browser that does not check forms by itself would send it."""
    began = open_as_moderator(visit, rated_site)
    page = began.go("/moderation/ratings")
    n_waiting = page.locator("li.burst").count()
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    first = page.locator("li.burst").first
    began.expected.add(f"{rated_site.address}/moderation/bursts/{(first.get_attribute('id') or '').removeprefix('burst-')}")
    first.locator("textarea").fill("Too short")
    first.locator("button[value=removed]").click()
    field = page.locator("li.burst").first.locator("textarea")
    expect(field).to_have_value("Too short")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    assert _violations(page) == []
    expect(page.locator("li.burst")).to_have_count(n_waiting)


def test_the_table_of_ratings_can_be_scrolled_with_the_keyboard_on_a_phone(visit: Callable[..., Visit], rated_site: Rated) -> None:
    began = visit(width=390)
    began.site = rated_site.address
    page = began.go(f"/papers/{rated_site.sure}/score")
    table = page.locator("#ratings .table-wrap")
    assert table.evaluate("e => e.scrollWidth > e.clientWidth")
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('#ratings .table-wrap').scrollLeft > 0")


def test_the_badge_and_the_histogram_are_drawn(visit: Callable[..., Visit], rated_site: Rated) -> None:
    began = visit()
    began.site = rated_site.address
    page = began.go(f"/papers/{rated_site.sure}/score")
    assert page.locator(".score-badge img").evaluate("e => e.complete && e.naturalWidth > 100 && e.naturalHeight === 20")
    heights = page.locator(".histogram-bar").evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().height)")
    assert len(heights) == 5
    assert min(heights) > 0
    assert page.locator(".histogram-held").count() == 1
    expect(page.locator(".histogram-legend")).to_be_visible()
    # The shares are told to who cannot see the bars.
    assert page.locator("figure.histogram table tbody tr").count() == 10
