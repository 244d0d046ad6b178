"""Somebody comes for something to read: three questions, a list with reasons, a word on a paper and the way back; with keys, without scripts, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.recommendations.training import train
from tests.people import person, signed_in

from .conftest import Visit, looks, serving
from .test_every_page import _overflow, _violations
from .test_settings import push, reach

Begin = Callable[..., Visit]
PREFIX = {"en": "", "zh": "/zh"}
WORDS = {
    "en": {"fields": "These are my fields", "noted": "Your fields are noted", "field": "in your field", "less": "Not interested", "gone": "You will not see it again",
           "undo": "Take it back", "back": "Taken back", "likes": "I like these: into my library", "saved": "because you saved", "library": "what you rate, save and follow", "more": "More like this"},
    "zh": {"fields": "这些是我的领域", "noted": "已记下您的领域", "field": "属于您的领域", "less": "不感兴趣", "gone": "不会再向您推荐",
           "undo": "撤回", "back": "已撤回", "likes": "我喜欢这些：放入文献库", "saved": "因为您收藏了", "library": "与您评分、收藏和关注的内容相近", "more": "多推荐这类"},
}  # fmt: skip


@dataclass
class Site:
    """A running site with a model, and the application on its database."""

    address: str
    app: Flask

    def enter(self, visit: Visit, **facts: object) -> None:
        """Signs somebody new in."""
        with self.app.extensions["database"].write() as session, session.begin():
            who = person(session, **facts)
        cookie = signed_in(self.app, who).get_cookie("reviewhub")
        assert cookie is not None
        visit.site = self.address
        visit.context.add_cookies([{"name": "reviewhub", "value": cookie.value, "url": self.address}])


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("for-you")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        train(app.extensions["database"], app.extensions["settings"])  # or the worker has, a moment ago
        yield Site(address, app)
        app.extensions["database"].dispose()


def titles(page: Page) -> list[str]:
    return page.locator("main ol.lines").first.locator(".line-title").all_inner_texts()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_nothing_known_to_a_list_of_one_s_own(visit: Begin, here: Site, language: str, scripts: bool) -> None:
    began = visit(width=390, scripts=scripts)
    here.enter(began)
    said, prefix = WORDS[language], PREFIX[language]
    page = began.go(f"{prefix}/for-you")
    main = page.locator("main")
    assert len(titles(page)) == 20
    page.locator("input[name=field]").first.check()
    page.get_by_role("button", name=said["fields"]).click()
    expect(main.get_by_role("status")).to_contain_text(said["noted"])
    expect(main.locator(".why").first).to_contain_text(said["field"], ignore_case=True)

    first = titles(page)[0]
    main.get_by_role("button", name=f"{said['less']}").first.click()
    expect(main.get_by_role("status")).to_contain_text(said["gone"])
    assert first not in titles(page)
    main.get_by_role("status").get_by_role("button", name=said["undo"]).click()
    expect(main.get_by_role("status")).to_contain_text(said["back"])
    assert first in titles(page)

    page.goto(f"{here.address}{prefix}/for-you/start")
    boxes = page.locator("input[name=paper]")
    for n in range(2):
        boxes.nth(n).check()
    page.get_by_role("button", name=said["likes"]).click()
    # What the picked papers bring depends on what readers of the journeys before picked: named where something ties the two, else said in general.
    expect(main.locator(".why").first).to_contain_text(re.compile(f"{said['saved']}|{said['library']}", re.IGNORECASE))
    main.get_by_role("button", name=said["more"]).first.click()
    page.goto(f"{here.address}{prefix}/for-you/choices")
    assert len(page.locator(".own-list li").all()) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_with_keys_alone(visit: Begin, here: Site, language: str) -> None:
    began = visit()
    here.enter(began)
    said = WORDS[language]
    page = began.go(f"{PREFIX[language]}/for-you/start")
    reach(page, "input[name=field]")
    page.keyboard.press("Space")
    push(page, ".question[aria-labelledby=q-fields] button")
    expect(page.locator("main").get_by_role("status")).to_contain_text(said["noted"])


@looks
def test_every_page_is_accessible_and_fits(visit: Begin, here: Site, language: str, theme: str, width: int) -> None:
    began = visit(width=width, theme=theme)
    here.enter(began, role="admin")
    faults: list[str] = []
    for path in ("/for-you", "/for-you/start", "/for-you/choices", "/for-you?language=de", "/moderation/recommendations", "/account/settings", "/"):
        page = began.go(f"{PREFIX[language]}{path}")
        faults += [f"{path}: {fault}" for fault in (*_violations(page), *_overflow(page))]
    assert not faults, "\n".join(faults)
