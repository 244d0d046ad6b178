"""Readers help each other: data are asked for, others ask with them, a link and a file answer, a reader tries them, an author declines; in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.actor import Actor
from tests.people import person, signed_in
from tests.resources.asking import author_of, paper

from .conftest import Visit, serving
from .test_every_page import _overflow, _violations

WORDS = {
    "en": {
        "ask": "Ask in public", "text": "What exactly, and what for", "public": "Your request is public now", "me too": "Me too", "joined": "You ask for it, too",
        "link": "Link", "words": "In words", "file": "Or a file", "answer": "Answer in public", "thanks": "Everybody who asks for it is told", "works": "Works for me",
        "verified": "Verified working", "why": "Why you cannot give it", "decline": "Decline with this reason", "declined": "Declined by an author",
    },
    "zh": {
        "ask": "公开请求", "text": "具体需要什么、用于什么", "public": "您的请求已公开", "me too": "我也需要", "joined": "您已加入该请求",
        "link": "链接", "words": "文字说明", "file": "或上传文件", "answer": "公开回应", "thanks": "所有请求者都会收到通知", "works": "我这里可用",
        "verified": "经读者验证可用", "why": "为何不能提供", "decline": "以此理由婉拒", "declined": "作者已婉拒",
    },
}  # fmt: skip


@dataclass
class Desk:
    """A running site and the application on its database."""

    address: str
    app: Flask

    def paper(self, language: str) -> int:
        with self.app.extensions["database"].write() as session, session.begin():
            return paper(session, f"Sleep of mice in the {language} laboratory")

    def somebody(self, name: str) -> Actor:
        with self.app.extensions["database"].write() as session, session.begin():
            return person(session, name)

    def author(self, paper_id: int) -> Actor:
        with self.app.extensions["database"].write() as session, session.begin():
            return author_of(session, paper_id)

    def open(self, visit: Visit, who: Actor, path: str) -> Page:
        cookie = signed_in(self.app, who).get_cookie("reviewhub")
        assert cookie is not None
        visit.site = self.address
        visit.context.add_cookies([{"name": "reviewhub", "value": cookie.value, "url": self.address}])
        return visit.go(path)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("asking")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        yield Desk(address, app)
        app.extensions["database"].dispose()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_asked_answered_tried_and_declined(visit: Callable[..., Visit], desk: Desk, language: str, tmp_path: Path) -> None:
    said, prefix = WORDS[language], "/zh" if language == "zh" else ""
    paper_id = desk.paper(language)
    page = desk.open(visit(width=390, scripts=False), desk.somebody("Ada"), f"{prefix}/papers/{paper_id}")
    page.locator("#requests .tag").nth(1).click()
    page.get_by_label(said["text"]).fill("The raw recordings of **figure 2**.")
    page.get_by_role("button", name=said["ask"]).click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(said["public"])
    address = page.url.removeprefix(desk.address)
    assert _overflow(page) == []

    page = desk.open(visit(theme="dark"), desk.somebody("Bo"), address)
    page.get_by_role("button", name=said["me too"]).click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(said["joined"])

    page = desk.open(visit(), desk.somebody("Chen"), address)
    page.get_by_label(said["link"]).fill("https://zenodo.org/records/1")
    page.get_by_role("button", name=said["answer"]).click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(said["thanks"])
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")
    page.get_by_label(said["file"]).set_input_files(table)
    page.get_by_label(said["words"]).fill("And the table itself.")
    page.get_by_role("button", name=said["answer"]).click()
    expect(page.locator("a[download]")).to_have_text("table.csv")
    assert _violations(page) == []

    page = desk.open(visit(width=390), desk.somebody("Dora"), address)
    with page.expect_download() as handed:
        page.locator("a[download]").click()
    assert Path(handed.value.path()).read_text() == "a,b\n1,2\n"
    page.get_by_role("button", name=said["works"]).last.click()
    expect(page.locator("main .flag").first).to_have_text(said["verified"])
    assert _violations(page) == []
    assert _overflow(page) == []

    page = desk.open(visit(), desk.somebody("Eli"), f"{prefix}/papers/{paper_id}/requests?kind=code")
    assert _violations(page) == []
    page.get_by_role("button", name=said["ask"]).click()
    code = page.url.removeprefix(desk.address)
    page = desk.open(visit(theme="dark"), desk.author(paper_id), code)
    page.get_by_label(said["why"]).fill("The code belongs to a company.")
    page.get_by_role("button", name=said["decline"]).click()
    expect(page.locator("main .flag").first).to_have_text(said["declined"])
    assert _violations(page) == []
    for path in ("/requests", "/requests/figures", f"/papers/{paper_id}"):
        page = visit(width=390)
        page.site = desk.address
        seen = page.go(f"{prefix}{path}")
        assert _violations(seen) == []
        assert _overflow(seen) == []
