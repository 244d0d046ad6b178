"""Every page, in both languages, themes and widths: nothing for axe to complain of, nothing that scrolls sideways on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.jobs import run_due
from reviewhub.discussion.services import edit
from reviewhub.library.lists import make_list, put_many_on_list
from reviewhub.library.services import save_many
from reviewhub.moderation.services import report
from reviewhub.notifications.services import follow
from reviewhub.papers.models import Paper
from tests.discussion.talk import say
from tests.people import person, rated, signed_in
from tests.resources.asking import ask, give, paper

from .conftest import Visit, looks, serving

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
# Pages of a record, and of who is signed in; {names} are filled in by `furnished`. Each is seen twice in each language, with another width and theme.
FURNISHED = (
    "/papers/{paper}", "/papers/{paper}/comments", "/papers/{paper}/comments/new", "/papers/{paper}/comments/{comment}",
    "/papers/{paper}/comments/{comment}/history", "/papers/{paper}/reviews", "/papers/{paper}/score", "/papers/{paper}/requests",
    "/papers/{paper}/requests?kind=code", "/papers/{paper}/requests/{request}", "/requests", "/requests?kind=data", "/requests/figures",
    "/journals/{journal}", "/keywords/sleep", "/lists/{list}", "/trending", "/subjects", "/journals", "/years", "/log", "/log/how", "/search?q=sleep",
)  # fmt: skip
SIGNED_IN = (
    *FURNISHED, "/", "/papers/{paper}/comments/{comment}/edit", "/papers/{paper}/comments/{comment}/delete", "/papers/{paper}/comments/{comment}/state",
    "/papers/{paper}/rate", "/for-you", "/for-you/start", "/for-you/choices", "/library", "/library/papers/{paper}", "/library/import", "/lists",
    "/lists/{list}/edit", "/notifications", "/notifications/ways", "/notifications/follows", "/reports", "/report/comment/{other}", "/people/claims",
    "/account/settings", "/account/ratings", "/account/searches",
)  # fmt: skip
MODERATORS = (
    "/moderation", "/moderation/claims", "/moderation/ratings", "/moderation/reports", "/moderation/texts", "/moderation/pseudonyms", "/moderation/locks",
    "/moderation/suspensions", "/moderation/merges", "/moderation/recommendations", "/moderation/comment/{other}", "/moderation/request/{request}",
    "/moderation/records/{paper}", "/moderation/records/{paper}/merge", "/moderation/accounts/{account}", "/papers/{paper}", "/papers/{paper}/requests/{request}",
)  # fmt: skip
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


@looks
def test_every_page_is_accessible_and_fits(visit: Callable[..., Visit], one_of_each: dict[str, int], language: str, theme: str, width: int) -> None:
    began = visit(width=width, theme=theme)
    faults: list[str] = []
    for path, status in one_of_each.items():
        page = began.go(path if language == "en" else f"/zh{path}", status)
        faults += [f"{path}: {fault}" for fault in (*_violations(page), *_overflow(page))]
    assert not faults, "\n".join(faults)


@dataclass(frozen=True, slots=True)
class Furnished:
    """A site in which people have done something, with the numbers of its pages and the cookies of those who are signed in."""

    address: str
    numbers: dict[str, int]
    cookies: dict[str, str]

    def faults(self, began: Visit, paths: Sequence[str], prefix: str, who: str = "") -> list[str]:
        """What is wrong with these pages as this person sees them."""
        began.site = self.address
        if who:
            began.context.add_cookies([{"name": "reviewhub", "value": self.cookies[who], "url": self.address}])
        found: list[str] = []
        for path in paths:
            page = began.go(prefix + path.format(**self.numbers))
            found += [f"{who or 'anyone'} {page.viewport_size} {path}: {fault}" for fault in (*_violations(page), *_overflow(page))]
        return found


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    home = tmp_path_factory.mktemp("furnished")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        with app.extensions["database"].write() as session, session.begin():
            reader, writer, moderator = person(session, "Ada Reader"), person(session, "王小明"), person(session, "Mo Moderator", role="admin")
            paper_id = paper(session)
            follow(session, reader, "paper", paper_id)
            rated(session, paper_id, [9, 8, 3, 10, 6])
            own = say(session, reader, paper_id, "How many mice took part? $n<20$", "question")
            other = say(session, writer, paper_id, "https://example.org/" + "x" * 200, "suspected-error")
            say(session, writer, paper_id, "Forty.", "answer", parent_id=own.id)
            edit(session, reader, own.id, "How many mice took part, and of which strain?", seen_version=own.version)
            request = ask(session, reader, paper_id, text="The raw recordings of **figure 2**, see https://example.org/" + "y" * 150)
            give(session, writer, request.id, url=f"https://zenodo.org/{'z' * 200}", licence="CC BY 4.0", text="See table 3.")
            ask(session, writer, paper_id, "code", "The scripts.")
            list_id = make_list(session, reader, title="What to read on sleep", description="Two\nlines", is_public=True).id
            put_many_on_list(session, reader, list_id, [paper_id])
            save_many(session, reader, [paper_id])
            report(session, reader, "comment", other.id, "spam", "It leads to a shop.")
            rows = {"paper": paper_id, "comment": own.id, "other": other.id, "request": request.id, "list": list_id, "account": writer.account_id or 0}
            rows["journal"] = session.scalars(sa.select(Paper.journal_id).where(Paper.id == paper_id)).one() or 0
        run_due(app.extensions["database"], app.extensions["settings"])
        cookies = {}
        for name, who in {"reader": reader, "moderator": moderator}.items():
            cookie = signed_in(app, who).get_cookie("reviewhub")
            assert cookie is not None
            cookies[name] = cookie.value
        yield Furnished(address, rows, cookies)
        app.extensions["database"].dispose()


@pytest.mark.parametrize(("language", "who", "width", "theme"), [
    ("en", "", 390, "dark"), ("zh", "", 1280, "light"),
    ("en", "reader", 1280, "dark"), ("zh", "reader", 390, "light"), ("en", "reader", 390, "light"), ("zh", "reader", 1280, "dark"),
    ("en", "moderator", 390, "light"), ("zh", "moderator", 1280, "dark"), ("zh", "moderator", 390, "dark"),
])  # fmt: skip
def test_every_page_of_a_site_in_use(visit: Callable[..., Visit], furnished: Furnished, language: str, who: str, width: int, theme: str) -> None:
    paths = {"": FURNISHED, "reader": SIGNED_IN, "moderator": MODERATORS}[who]
    faults = furnished.faults(visit(width=width, theme=theme), paths, "/zh" if language == "zh" else "", who)
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
