"""A reader searches with the keyboard alone, is shown what may be meant while typing, narrows, undoes, and finds; also where no script runs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import Visit

Begin = Callable[..., Visit]
TITLE = "The effect and mechanism of exercise for post-stroke pain"
PREFIX = {"en": "", "zh": "/zh"}


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]


def tab_to(page: Page, name: str | re.Pattern[str]) -> None:
    """Goes on with Tab until a thing of this name has the focus, as somebody without a mouse does."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("(document.activeElement.ariaLabel || document.activeElement.innerText || '').replace(/\\s+/g, ' ').trim()")
        if re.search(name, focused):
            return
    raise AssertionError(f"Tab leads to nothing that is called {name}")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_with_the_keyboard_alone_a_paper_is_suggested_and_opened(visit: Begin, language: str) -> None:
    page = visit().go(f"{PREFIX[language]}/")
    page.keyboard.press("/")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("the effect and mech")
    option = page.get_by_role("option", name=re.compile(TITLE[:40]))
    expect(option).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status").filter(has_text={"en": "suggestion", "zh": "建议"}[language])).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    expect(box).to_have_value("the effect and mech")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"{PREFIX[language]}/papers/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(TITLE)


def test_escape_closes_what_is_suggested_and_enter_alone_searches(visit: Begin) -> None:
    page = visit().go("/papers")
    box = page.get_by_role("combobox")
    box.focus()
    page.keyboard.type("exercise")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("exercise")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("listbox").get_by_role("option").last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=exercise")


def test_what_was_suggested_goes_when_the_box_is_left(visit: Begin) -> None:
    page = visit().go("/")
    page.get_by_role("combobox").fill("exer")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_suggestion_can_be_clicked(visit: Begin) -> None:
    page = visit(width=390).go("/")
    page.get_by_role("combobox").fill("the effect and mech")
    page.get_by_role("option", name=re.compile(TITLE[:40])).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(TITLE)


def test_when_suggestions_fail_searching_goes_on(visit: Begin) -> None:
    began = visit()
    page = began.go("/")
    asked: list[str] = []

    def refuse(route: object) -> None:
        asked.append("once")
        route.fulfill(status=429, headers={"Retry-After": "60"}, body="{}")  # type: ignore[attr-defined]

    page.route("**/search/suggest?**", refuse)
    began.expected.update(f"{began.site}/search/suggest?q={typed}" for typed in ("exer", "exercise"))
    box = page.get_by_role("combobox")
    with page.expect_response("**/search/suggest?**"):
        box.fill("exer")
    box.fill("exercise")
    page.wait_for_timeout(500)
    assert asked == ["once"]
    expect(page.get_by_role("listbox")).to_be_hidden()
    box.press("Enter")
    page.wait_for_url("**/search?q=exercise")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_with_the_keyboard_alone_results_are_narrowed_and_the_filter_taken_off_again(visit: Begin, language: str) -> None:
    page = visit().go(f"{PREFIX[language]}/search")
    n_all = page.locator(".results-count").inner_text()
    tab_to(page, {"en": r"^Review \d", "zh": r"^综述 \d"}[language])
    page.keyboard.press("Enter")
    page.wait_for_url("**type=review**")
    expect(page.locator(".chip")).to_have_count(1)
    assert violations(page) == []
    tab_to(page, {"en": r"^Remove filter: Review", "zh": r"^移除筛选条件： ?综述"}[language])
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator(".results-count")).to_have_text(n_all)
    tab_to(page, r"^(19|20)\d\d(–\d{4})?[:：]")
    page.keyboard.press("Enter")
    page.wait_for_url("**year_from=**")
    tab_to(page, {"en": "^Oldest first", "zh": "^最早"}[language])
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=oldest**")


def test_on_a_phone_filters_open_above_the_results_without_a_script(visit: Begin) -> None:
    page = visit(width=390, scripts=False).go("/zh/search")
    value = page.locator(".facet-value").first
    expect(value).to_be_hidden()
    page.locator(".narrowing > summary").click()
    expect(value).to_be_visible()
    assert value.bounding_box()["y"] < page.locator(".lines").bounding_box()["y"]
    value.click()
    expect(page.locator(".chip")).to_have_count(1)


def test_on_a_desk_filters_stand_open_beside_the_results_without_a_script(visit: Begin) -> None:
    page = visit(width=1280, scripts=False).go("/search")
    expect(page.locator(".facet-value").first).to_be_visible()
    assert page.locator(".facets").bounding_box()["x"] < page.locator(".lines").bounding_box()["x"]
    page.locator("#q").fill("exercise post-stroke pain")
    page.locator("#q").press("Enter")
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_state_of_the_page_is_accessible_and_fits(visit: Begin, theme: str, width: int) -> None:
    began = visit(width=width, theme=theme)
    queries = (
        "q=exercise&type=review&year_from=2000&rated=4",
        "q=exercise+zzzzqqq",
        "q=exercsie",
        "q=zzzzqqq",
        "q=exercise&exact=1&sort=top",
        "",
        "q=10.1234/none",
        "q=" + "x+" * 300,
    )
    for query in queries:
        for language in ("", "/zh"):
            page = began.go(f"{language}/search?{query}")
            if width == 390 and page.locator(".narrowing > summary").count():
                page.locator(".narrowing > summary").click()
            assert violations(page) == [], query
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, query
