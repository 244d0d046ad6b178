"""A reader with a keyboard and nothing else: papers saved from a list, tagged, noted, put on a list, taken from a file; with scripts and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import expect

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.actor import Actor
from reviewhub.library import lists, queries, services
from reviewhub.papers.models import Paper
from tests.people import person, signed_in

from .conftest import Visit, looks, serving
from .test_every_page import _overflow, _violations
from .test_settings import push, reach
from .test_whole_life import fill

# A file is read by the worker, which looks for jobs now and then; a page with scripts looks every two seconds.
FILE_WAIT_MS = 60_000
BIBTEX = "@article{a, title={A paper nobody had before}, author={Roe, Jane}, year={2001}}\n@article{b, year={1999}}\n"


@dataclass
class Stacks:
    """A running site and the application on its database."""

    address: str
    app: Flask

    def reader(self, visit: Visit) -> Actor:
        """Somebody new, who is signed in in this browser."""
        with self.app.extensions["database"].write() as session, session.begin():
            who = person(session, "Lin Mei")
        cookie = signed_in(self.app, who).get_cookie("reviewhub")
        assert cookie is not None
        visit.site = self.address
        visit.context.add_cookies([{"name": "reviewhub", "value": cookie.value, "url": self.address}])
        return who

    def kept(self, who: Actor) -> list[queries.Kept]:
        with self.app.extensions["database"].read() as session:
            found = (queries.kept_one(session, who.account_id or 0, i) for i in queries.kept_by(session, who.account_id or 0))
            return [one for one in found if one]


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stacks]:
    home = tmp_path_factory.mktemp("stacks")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        yield Stacks(address, app)
        app.extensions["database"].dispose()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_a_button_in_a_list_to_a_list_of_ones_own(stacks: Stacks, visit: Callable[..., Visit], tmp_path: Path, language: str, scripts: bool) -> None:
    prefix = "/zh" if language == "zh" else ""
    began = visit(scripts=scripts, locale="zh-CN" if language == "zh" else "en-GB")
    who = stacks.reader(began)
    page = began.go(f"{prefix}/papers?sort=title")
    button = page.locator("button.keep").nth(2)
    number = button.get_attribute("value") or ""
    selector = f"button.keep[value='{number}']"
    reach(page, selector)
    if scripts:
        page.keyboard.press("Enter")
        expect(page.locator(selector)).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("document.activeElement.value") == number, "the focus stays on the button"
        assert urlsplit(page.url).fragment == "", "nothing was loaded anew"
        page.keyboard.press("Enter")
        expect(page.locator(selector)).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("Enter")
    else:
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url.endswith(f"{prefix}/papers?sort=title#t{number}")
    expect(page.locator(selector)).to_have_attribute("aria-pressed", "true")
    assert [one.paper_id for one in stacks.kept(who)] == [int(number)]

    page = began.go(f"{prefix}/library")
    push(page, "a.shelf-edit")
    fill(page, "#tags", "pain, 中风")
    fill(page, "#note", "See page 3.")
    push(page, "main form.shelf-item button[type=submit]")
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    assert [(one.tags, one.note) for one in stacks.kept(who)] == [(("pain", "中风"), "See page 3.")]
    fill(page, "#title", "Where to begin")
    push(page, "form[action$='/lists'] button[type=submit]")
    expect(page.locator("input[name=list]:checked")).to_have_count(1)

    # What was written on it is not lost by one press.
    page = began.go(f"{prefix}/papers?sort=title")
    reach(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert urlsplit(page.url).path == f"{prefix}/library/papers/{number}"

    page = began.go(f"{prefix}/library")
    reach(page, "input[name=paper]")
    page.keyboard.press("Space")
    push(page, "button[name=do][value=read]")
    expect(page.locator("main").get_by_role("status").first).to_be_visible()
    assert [one.state for one in stacks.kept(who)] == ["read"]

    page = began.go(f"{prefix}/library/import")
    file = tmp_path / "mine.bib"
    file.write_text(BIBTEX)
    page.set_input_files("#file", file)
    push(page, "main form button[type=submit]")
    if scripts:
        expect(page.locator("table.figures")).to_be_visible(timeout=FILE_WAIT_MS)
    else:
        _wait_for_figures(began, prefix)
    assert page.locator("table.figures td").all_inner_texts() == ["1", "0", "1"]
    assert len(stacks.kept(who)) == 2


def _wait_for_figures(began: Visit, prefix: str) -> None:
    """Looks again, as the link on the page offers, until the file has been read."""
    for _ in range(60):
        if began.page.locator("table.figures").count():
            return
        began.page.wait_for_timeout(1_000)
        began.go(f"{prefix}/library/import")
    raise AssertionError("the file is not read")


@looks
def test_every_page_of_a_library_is_accessible_and_fits(stacks: Stacks, visit: Callable[..., Visit], language: str, theme: str, width: int) -> None:
    prefix = "/zh" if language == "zh" else ""
    began = visit(width=width, theme=theme)
    who = stacks.reader(began)
    faults = [f"{path}: {fault}" for path in ("/library", "/lists") for fault in _faults(began, prefix + path)]
    with stacks.app.extensions["database"].write() as session, session.begin():
        ids = list(session.scalars(sa.select(Paper.id).order_by(Paper.id).limit(30)))
        services.save_many(session, who, ids)
        services.set_tags(session, who, ids[29], ["pain", "中风", "a-very-long-tag-without-a-single-blank-in-it-60-characters"])
        services.set_note(session, who, ids[29], "https://example.org/" + "x" * 200)
        list_id = lists.make_list(session, who, title="W" * 120, description="Two\nlines", is_public=True).id
        lists.put_many_on_list(session, who, list_id, ids[:3])
        lists.set_list_note(session, who, list_id, ids[0], "y" * 200)
        services.hand_in(session, who, BIBTEX.encode(), "z" * 150 + ".bib")
    paths = (
        "/library", "/library?tag=pain&q=nothing", f"/library/papers/{ids[29]}", "/library/import", "/lists", f"/lists/{list_id}", f"/lists/{list_id}/edit",
        f"/papers/{ids[0]}", "/papers", "/library/save/1",
    )  # fmt: skip
    faults += [f"{path}: {fault}" for path in paths for fault in _faults(began, prefix + path)]
    began.context.clear_cookies()
    faults += [f"{path}, not signed in: {fault}" for path in ("/papers", f"/lists/{list_id}") for fault in _faults(began, prefix + path)]
    assert not faults, "\n".join(faults)


def _faults(began: Visit, path: str) -> list[str]:
    page = began.go(path)
    return [*_violations(page), *_overflow(page)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_is_not_signed_in_presses_first_and_signs_in_then(stacks: Stacks, visit: Callable[..., Visit], language: str) -> None:
    prefix = "/zh" if language == "zh" else ""
    began = visit()
    began.site = stacks.address
    page = began.go(f"{prefix}/papers")
    push(page, "a.keep")
    assert urlsplit(page.url).path == f"{prefix}/account/login"
    assert [cookie["name"] for cookie in began.context.cookies() if cookie["name"] == "reviewhub_wish"]
