"""A reader comes for a record, changes the language, follows its threads, browses, brings records of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit

DOI = "10.3389/fnmol.2022.1074205"
TITLE = "The effect and mechanism of exercise for post-stroke pain"
# The words of the page this site follows, as they stand there.
CHINESE_LABELS = (
    "期刊", "出版社", "DOI", "关键词", "资金", "向作者/读者索取更多资源", "摘要概要", "摘要", "作者", "我是这篇论文的作者", "点击您的名字以认领此论文并将其添加到您的个人资料中。",
    "评论", "主要评分", "评分不足", "次要评分", "新颖性", "重要性", "科学严谨性", "评价这篇论文", "讨论", "推荐", "暂无数据",
)  # fmt: skip
ENGLISH_LABELS = (
    "Journal", "Publisher", "DOI", "Keywords", "Funding", "Ask authors/readers for more resources", "Summary", "Abstract", "Authors", "I am an author on this paper",
    "Click your name to claim this paper and add it to your profile.", "Reviews", "Primary rating", "Not enough ratings", "Secondary ratings", "Novelty",
    "Importance", "Scientific rigor", "Rate this paper", "Discussion", "Recommended", "No data available",
)  # fmt: skip

Begin = Callable[..., Visit]


def _shows(page: Page, *texts: str) -> None:
    shown = page.locator("body").inner_text()
    assert [text for text in texts if text not in shown] == []


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_the_permanent_link_leads_to_the_record_with_every_part(visit: Begin) -> None:
    page = visit().go(f"/doi/{DOI}")
    assert re.search(r"/papers/\d+$", page.url)
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    _shows(page, *ENGLISH_LABELS, "4.5", "FRONTIERS MEDIA SA", "21MC1930200", "11DZ2261100", "2021081")


def test_the_chinese_record_has_every_label_of_the_source_page(visit: Begin) -> None:
    page = visit(locale="zh-CN").go(f"/zh/doi/{DOI}")
    assert re.search(r"/zh/papers/\d+$", page.url)
    assert page.locator("html").get_attribute("lang", timeout=1000).startswith("zh")
    _shows(page, *CHINESE_LABELS, TITLE, "综述", "4.5")


def test_the_language_changes_and_the_record_stays(visit: Begin, scripts: bool) -> None:
    page = visit(scripts=scripts).go(f"/doi/{DOI}")
    english = page.url
    page.get_by_role("link", name="中文").first.click()
    page.wait_for_url("**/zh/papers/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(TITLE)
    _shows(page, "期刊", "出版社")
    page.get_by_role("link", name="English").first.click()
    page.wait_for_url(english)
    _shows(page, "Journal", "Publisher")


def test_a_keyword_leads_to_the_papers_that_have_it(visit: Begin, scripts: bool) -> None:
    page = visit(scripts=scripts).go(f"/doi/{DOI}")
    page.get_by_role("link", name="post-stroke pain", exact=True).first.click()
    page.wait_for_url("**/keywords/post-stroke-pain")
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


def test_browsing_narrows_by_type_and_keeps_the_language(visit: Begin, scripts: bool) -> None:
    page = visit(scripts=scripts).go("/zh/papers")
    kind = page.locator("select[name=type]").first
    if not kind.is_visible():
        page.locator("details:has(select[name=type]) > summary").first.click()
    kind.select_option("review")
    page.locator("form:has(select[name=type])").first.get_by_role("button").first.click()
    page.wait_for_url(re.compile(r"/zh/papers\?.*type=review"))
    assert "期刊论文" not in page.locator("main ol, main ul").first.inner_text()
    expect(page.get_by_role("link", name=TITLE).first).to_be_visible()
    assert page.locator("select[name=type]").first.input_value() == "review"


def test_sorting_by_title_changes_the_order(visit: Begin) -> None:
    began = visit()
    page = began.go("/papers?sort=title")
    titles = page.locator("main h2, main h3").all_inner_texts()
    plain = [re.sub(r"\W+", " ", title).strip().lower() for title in titles if re.match(r"[A-Za-z]", title)]
    assert len(plain) > 5
    assert plain == sorted(plain)


def test_the_search_box_on_the_home_page_finds_the_record(visit: Begin, scripts: bool) -> None:
    page = visit(scripts=scripts).go("/")
    page.locator("main input[name=q]").first.fill("exercise post-stroke pain")
    page.locator("main input[name=q]").first.press("Enter")
    page.wait_for_url("**/search?**")
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


RIS = """TY  - JOUR
TI  - A garden of tests grown in {place}
AU  - Doe, Jane Q.
AU  - 王, 小明
PY  - 2021
JO  - Journal of Made-up Gardens
DO  - 10.5555/garden.{place}
KW  - made-up gardening
ER  -
TY  - JOUR
AU  - Nobody, Nameless
PY  - 2020
ER  -
"""


def test_a_file_of_the_readers_own_records_is_uploaded_and_read(visit: Begin, scripts: bool, tmp_path: Path) -> None:
    place = "sunshine" if scripts else "moonlight"
    title = f"A garden of tests grown in {place}"
    file = tmp_path / "garden.ris"
    file.write_text(RIS.format(place=place))
    began = visit(scripts=scripts)
    page = began.go("/papers/add")
    page.set_input_files("input[type=file][name=file]", file)
    page.locator("form:has(input[name=file])").get_by_role("button").last.click()
    # One record is in; the one without a title is refused, with its place.
    expect(page.get_by_text("garden.ris").first).to_be_visible()
    _shows(page, "2", "no title")
    began.go(f"/doi/10.5555/garden.{place}")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    _shows(page, "Jane Q. Doe", "王小明", "Journal of Made-up Gardens")


def test_an_unknown_doi_offers_to_add_it(visit: Begin) -> None:
    page = visit().go("/doi/10.5555/nobody.knows.this", status=404)
    page.locator("main a[href*='/papers/add']").first.click()
    expect(page.locator("input[name=identifier]").first).to_have_value(re.compile(r"10\.5555/nobody\.knows\.this"))
