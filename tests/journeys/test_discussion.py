"""A discussion in a real browser, in both languages, with and without scripts: ask, reply, answer as the author, vote, edit, mark answered, delete."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.discussion.services import Written, write
from reviewhub.papers.record import Author, PaperRecord, Section
from reviewhub.papers.services import add_or_update
from reviewhub.people.services import claim
from tests.people import person, signed_in

from .conftest import Visit, looks, serving
from .test_every_page import _overflow, _violations

Begin = Callable[..., Visit]
ORCID = "0000-0002-1825-0097"
PREFIX = {"en": "", "zh": "/zh"}
WORDS = {
    "en": {"write": "Write a comment", "send": "Send", "reply": "Reply", "edit": "Edit", "save": "Save the change", "edited": "edited", "delete": "Delete",
           "confirm": "Delete it", "state": "Set its state", "set": "Set it", "answered": "answered", "helpful": "Helpful", "author": "Author of this paper", "alias": "Write under a pseudonym",
           "pseudonym": "pseudonym", "gone": "Its writer has taken it back", "preview": "Preview"},
    "zh": {"write": "发表评论", "send": "提交", "reply": "回复", "edit": "编辑", "save": "保存修改", "edited": "已编辑", "delete": "删除",
           "confirm": "删除", "state": "设置状态", "set": "确定", "answered": "已回答", "helpful": "有帮助", "author": "本文作者", "alias": "使用化名",
           "pseudonym": "化名", "gone": "已由发表者删除", "preview": "预览"},
}  # fmt: skip


@dataclass
class Site:
    """A running site with people who can sign in, and papers that nobody has spoken about."""

    address: str
    database: Database
    fresh: Iterator[int]
    cookies: dict[str, str]
    talked: int


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("discussion")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        database, cookies = app.extensions["database"], {}
        with database.write() as session, session.begin():
            author = Author("Josiah Carberry", "Carberry", "Josiah", orcid=ORCID)
            records = [
                PaperRecord("hand", title=f"On sleep, part {n}", authors=[author], abstracts={"en": [Section("Forty mice slept well.")]}) for n in range(12)
            ]
            ids = [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]
            people = {"asker": person(session, "Amara Okafor"), "author": person(session, "Josiah Carberry", orcid=ORCID), "other": person(session, "王小明")}
            for paper_id in ids:
                claim(session, people["author"], paper_id, 1, evidence="orcid")
            head = write(session, people["asker"], ids[0], Written("question", "How many?", passage="Forty mice"), secret_key=app.secret_key)
            for n in range(30):
                write(session, people["other"], ids[0], Written("remark", f"Remark {n}"), secret_key=app.secret_key)
                write(session, people["other"], ids[0], Written("answer", f"Answer {n}", parent_id=head.id), secret_key=app.secret_key)
        for name, who in people.items():
            cookie = signed_in(app, who).get_cookie("reviewhub")
            assert cookie is not None
            cookies[name] = cookie.value
        yield Site(address, database, itertools.chain(ids[1:]), cookies, ids[0])
        database.dispose()


def begin(visit: Begin, here: Site, who: str = "", **how: object) -> Visit:
    began = visit(**how)
    began.site = here.address
    if who:
        began.context.add_cookies([{"name": "reviewhub", "value": here.cookies[who], "url": here.address}])
    return began


def press(page: Page, name: str, role: str = "link") -> None:
    page.locator("main").get_by_role(role, name=name, exact=True).first.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_the_question_to_the_tombstone(visit: Begin, here: Site, language: str, scripts: bool) -> None:
    said, path = WORDS[language], f"{PREFIX[language]}/papers/{next(here.fresh)}"
    asker, author, other = (begin(visit, here, who, scripts=scripts) for who in ("asker", "author", "other"))
    page = asker.go(path)
    page.locator("#say-kind").select_option("question")
    page.locator("#say-text").fill("How many *mice*, if $n > 4$?")
    press(page, said["preview"], "button")
    expect(page.locator("#say-preview math")).to_be_visible()
    press(page, said["send"], "button")
    page.wait_for_url("**/comments/*#comment-*")
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    thread = page.url.split("#")[0].removeprefix(here.address)

    page = author.go(path)
    expect(page.locator(".record-open a")).to_be_visible()
    press(page, said["reply"])
    page.wait_for_url("**/comments/new?parent=*")
    expect(page.locator("#say-kind")).to_have_value("author-reply")
    page.locator("#say-text").fill("Forty.")
    press(page, said["send"], "button")
    page.wait_for_url("**#comment-*")
    expect(page.locator(".comment-reply .flag-author")).to_have_text(said["author"])

    page = other.go(path)
    vote = page.locator(".comment-reply .vote").first
    vote.press("Enter")
    expect(page.locator(".comment-reply .vote").first).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".comment-reply .vote").first).to_contain_text("1")
    if scripts:
        expect(page.locator(".comment-reply .vote").first).to_be_focused()

    page = asker.go(thread)
    press(page, said["edit"])
    page.locator("#say-text").fill("How many mice were there?")
    press(page, said["save"], "button")
    page.wait_for_url("**#comment-*")
    press(page, said["edited"])
    expect(page.locator("main")).to_contain_text("if n")
    page = asker.go(thread)
    press(page, said["state"])
    expect(page.get_by_role("radio", name=said["answered"])).to_be_checked()
    press(page, said["set"], "button")
    expect(page.locator(".state").first).to_have_text(said["answered"])
    press(page, said["delete"])
    press(page, said["confirm"], "button")
    expect(page.locator(".comment-gone")).to_contain_text(said["gone"])
    expect(page.locator(".comment-reply .prose")).to_have_text("Forty.")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_under_a_pseudonym_no_name_is_told(visit: Begin, here: Site, language: str) -> None:
    said, path = WORDS[language], f"{PREFIX[language]}/papers/{next(here.fresh)}"
    page = begin(visit, here, "asker").go(path)
    page.locator("#say-text").fill("A doubt")
    page.get_by_label(said["alias"]).check()
    press(page, said["send"], "button")
    page.wait_for_url("**#comment-*")
    page = begin(visit, here).go(path)
    expect(page.locator("#discussion .comment-fact").first).to_have_text(said["pseudonym"])
    expect(page.locator("main")).not_to_contain_text("Amara")


def test_a_link_to_a_comment_far_down_leads_to_it(visit: Begin, here: Site) -> None:
    page = begin(visit, here).go(f"/papers/{here.talked}/comments#comment-61")
    page.wait_for_url("**/comments/61#comment-61")
    expect(page.locator("#comment-61")).to_be_in_viewport()


def test_words_of_the_abstract_are_selected_and_commented_on(visit: Begin, here: Site) -> None:
    page = begin(visit, here, "other").go(f"/papers/{next(here.fresh)}")
    link = page.locator("[data-behaviour=passages]")
    expect(link).to_be_hidden()
    page.evaluate("() => getSelection().selectAllChildren(document.querySelector('#abstract .abstract p'))")
    expect(link).to_be_visible()
    link.click()
    page.wait_for_url("**passage=**")
    expect(page.locator("#say-passage")).to_have_value("Forty mice slept well.")
    page.locator("#say-text").fill("All of them?")
    press(page, "Send", "button")
    expect(page.locator(".passage")).to_contain_text("Forty mice slept well.")


@looks
def test_its_pages_are_accessible_and_fit(visit: Begin, here: Site, language: str, theme: str, width: int) -> None:
    faults: list[str] = []
    base = f"{PREFIX[language]}/papers/{here.talked}"
    for who, paths in {
        "": (base, f"{base}/comments", f"{base}/comments?order=newest", f"{base}/comments/1", f"{base}/comments/new?parent=1", f"{base}/comments/1/history"),
        "asker": (base, f"{base}/comments/1", f"{base}/comments/1/edit", f"{base}/comments/1/state", f"{base}/comments/1/delete"),
    }.items():
        began = begin(visit, here, who, width=width, theme=theme)
        for path in paths:
            page = began.go(path)
            faults += [f"{path}: {fault}" for fault in (*_violations(page), *_overflow(page))]
    assert not faults, "\n".join(faults)
