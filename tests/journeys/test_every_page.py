"""Every page, in both languages, themes and widths: nothing for axe to complain of, nothing that scrolls sideways on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from .conftest import Visit

DOI = "10.3389/fnmol.2022.1074205"
# What each kind of page has in its address; one of each is looked at.
KINDS = {
    "home": r"/",
    "browse": r"/papers",
    "record": r"/papers/\d+",
    "add": r"/papers/add",
    "journal": r"/journals/[^/]+",
    "keyword": r"/keywords/[^/]+",
    "funder": r"/funders/[^/]+",
    "claim": r"/papers/\d+/authors/\d+/claim",
    "author": r"/people/[^/]+",
}
# Pages that no link need lead to, with the status they answer.
MORE = {
    f"/doi/{DOI}": 200,
    "/papers?type=review&sort=title": 200,
    "/papers?year_from=1900&year_to=1900": 200,
    "/search?q=exercise": 200,
    "/search?q=zzzzzzzzzzzz": 200,
    "/requests": 200,
    "/requests/figures": 200,
    "/papers?sort=trending": 200,
    "/trending": 200,
    "/subjects": 200,
    "/journals": 200,
    "/years": 200,
    "/for-you/unsubscribe/nobody": 404,
    "/log": 200,
    "/log/how": 200,
    "/notifications/unsubscribe/none": 404,
    "/nowhere": 404,
    "/doi/10.5555/nobody.knows.this": 404,
}
MAX_PAGES_READ = 60


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") if tag == "a" else None
        if href and href.startswith("/") and not href.startswith("/zh"):
            self.found.append(urlsplit(href).path)


def _kind_of(path: str) -> str:
    return next((name for name, pattern in KINDS.items() if re.fullmatch(pattern, path)), "")


@pytest.fixture(scope="module")
def one_of_each(site: str) -> dict[str, int]:
    """Paths and their status: one page of each kind, found by following links from the home page."""
    found: dict[str, str] = {}
    # The record every site begins with has funders, and no author; others have authors.
    waiting, seen = ["/", f"/doi/{DOI}"], set()
    for _ in range(MAX_PAGES_READ):
        if not waiting or len(found) == len(KINDS):
            break
        path = next((path for path in waiting if _kind_of(path) not in found), waiting[0])
        waiting.remove(path)
        with urlopen(f"{site}{path}") as answer:
            found.setdefault(_kind_of(urlsplit(answer.url).path), urlsplit(answer.url).path)
            links = _Links()
            links.feed(answer.read().decode())
        waiting += [link for link in dict.fromkeys(links.found) if link not in seen and _kind_of(link)]
        seen.update(links.found)
    found.pop("", None)
    assert found.keys() == KINDS.keys(), f"no link leads to: {sorted(KINDS.keys() - found.keys())}"
    return dict.fromkeys(found.values(), 200) | MORE


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_is_accessible_and_fits(visit: Callable[..., Visit], one_of_each: dict[str, int], language: str, theme: str, width: int) -> None:
    began = visit(width=width, theme=theme)
    faults: list[str] = []
    for path, status in one_of_each.items():
        page = began.go(path if language == "en" else f"/zh{path}", status)
        faults += [f"{path}: {fault}" for fault in (*_violations(page), *_overflow(page))]
    assert not faults, "\n".join(faults)


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"axe {one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]


def _overflow(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide <= 0:
        return []
    culprits = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
    )
    return [f"scrolls sideways by {wide} px: {culprits}"]


def test_the_checks_of_pages_can_fail(browser: object, visit: Callable[..., Visit]) -> None:
    page = visit(width=390).page
    page.set_content('<html lang="en"><title>x</title><main><img src="data:,"><div style="width: 900px">wide</div></main></html>')
    assert any("image-alt" in fault for fault in _violations(page))
    assert _overflow(page)
