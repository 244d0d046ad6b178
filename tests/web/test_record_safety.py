"""The record page on its first day, and under records that mean harm: whatever a file says, the page stays ours."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from reviewhub.app import create_app
from reviewhub.imports import jsonl
from reviewhub.papers.record import Author, Keyword, PaperRecord, Reference, Section
from reviewhub.papers.services import merge_papers
from tests.web.conftest import emptied
from tests.web.reading import LANGUAGES, PREFIX, SECRET, Element, all_words, full_record, one, statements, take_in, tree, words

LENIENT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
STARTER = "10.3389/fnmol.2022.1074205"

# The headings and labels of the page in their order, word for word.
LABELS = {
    "zh": (
        "期刊", "出版社", "DOI", "关键词", "资金", "向作者/读者索取更多资源", "摘要概要", "摘要", "作者", "评论", "主要评分", "次要评分", "新颖性", "重要性", "科学严谨性", "评价这篇论文", "讨论", "推荐",
    ),
    "en": (
        "Journal", "Publisher", "DOI", "Keywords", "Funding", "Ask authors/readers for more resources", "Summary", "Abstract", "Authors", "Reviews", "Primary rating",
        "Secondary ratings", "Novelty", "Importance", "Scientific rigor", "Rate this paper", "Discussion", "Recommended",
    ),
}  # fmt: skip
NOTHING = {"zh": "暂无数据", "en": "No data available"}


def is_in_order(found: list[str], wanted: tuple[str, ...]) -> bool:
    rest = iter(found)
    return all(label in rest for label in wanted)


def fact(page: Element, label: str) -> Element:
    """The value beside a label."""
    return one(page, f"//article//dl[@class='facts']/div[dt[normalize-space()='{label}']]/dd")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_record_stands_as_the_page_it_follows(shelf: FlaskClient, language: str) -> None:
    answer = shelf.get(f"{PREFIX[language]}/doi/{STARTER}", follow_redirects=True)
    page = tree(answer)
    labels = LABELS[language]
    headings = all_words(page, "//article//h1 | //article//h2 | //article//h3 | //article//dt")
    assert is_in_order(headings, labels), headings
    assert [headings.count(label) for label in labels] == [1] * len(labels)
    assert words(one(page, "//p[@class='record-kind']")).split()[-1] == {"zh": "综述", "en": "Review"}[language]
    assert words(one(page, "//h1")) == "The effect and mechanism of exercise for post-stroke pain"
    assert words(fact(page, labels[0])) == "-"
    assert words(fact(page, labels[1])) == "FRONTIERS MEDIA SA"
    assert one(fact(page, "DOI"), ".//a/@href") == f"https://doi.org/{STARTER}"
    assert all_words(fact(page, labels[3]), ".//a") == ["stroke", "post-stroke pain", "exercise", "analgesic effect", "analgesic mechanism"]
    assert all_words(fact(page, labels[4]), ".//ol/li") == [
        "Shanghai Frontiers Science Research Base of Exercise and Metabolic Health",
        "Talent Development Fund of Shanghai Municipal [21MC1930200]",
        "Shanghai Clinical Research Center for Rehabilitation Medicine [11DZ2261100]",
        "Shanghai Key Lab of Human Performance (Shanghai University of Sport) [2021081]",
    ]
    assert words(one(page, "//section[@id='summary']")).count("This article reviews the effectiveness and mechanisms of exercise interventions") == 1
    assert "Potential mechanisms for exercise intervention include modulation of synaptic plasticity" in words(one(page, "//section[@id='abstract']"))
    claim = {
        "zh": ("我是这篇论文的作者", "点击您的名字以认领此论文并将其添加到您的个人资料中。"),
        "en": ("I am an author on this paper", "Click your name to claim this paper and add it to your profile."),
    }[language]
    assert all(sentence in words(one(page, "//section[@id='authors']")) for sentence in claim)
    rating = one(page, "//section[@id='reviews']")
    assert words(one(rating, ".//p[starts-with(@class, 'rating-number')]")) == "4.5"
    assert words(one(rating, ".//p[@class='rating-state']/strong")) == {"zh": "评分不足", "en": "Not enough ratings"}[language]
    assert all_words(rating, ".//div[@class='rating-secondary']//dd") == ["-", "-", "-"]
    assert words(one(page, "//section[@id='recommended']")).startswith(f"{labels[-1]} {NOTHING[language]}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_of_an_empty_record_is_there_and_says_what_one_can_do(app: Flask, client: FlaskClient, language: str) -> None:
    (paper_id,) = take_in(app, PaperRecord("hand", title="Nothing but a title"))
    page = tree(client.get(f"{PREFIX[language]}/papers/{paper_id}"))
    labels = LABELS[language]
    assert is_in_order(all_words(page, "//article//h1 | //article//h2 | //article//h3 | //article//dt"), labels)
    assert [words(fact(page, label)) for label in labels[:5]] == ["-"] * 5
    assert words(one(page, "//p[starts-with(@class, 'rating-number')]")) == "-"
    assert all_words(page, "//div[@class='rating-secondary']//dd") == ["-", "-", "-"]
    for part in ("requests", "summary", "abstract", "authors", "discussion", "recommended"):
        empty = one(page, f"//section[@id='{part}']//div[@class='empty']")
        assert words(one(empty, "./p[1]")) == NOTHING[language]
        assert words(one(empty, "./p[2]")), part
    assert "None" not in words(one(page, "//article"))


# What somebody who means harm would write, and what anybody might.
_SHARP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "' onmouseover='alert(1)", "</title><script>alert(1)</script>", "</script><script>alert(1)",
    "<!--", "-->", "]]>", "<![CDATA[<b>", "&lt;script&gt;alert(1)&lt;/script&gt;", "&amp;lt;img src=x&amp;gt;", "<b onclick=alert(1)>x</b>", "<a href=javascript:alert(1)>x</a>",
    "<math><mtext><script>alert(1)</script></mtext></math>", "<math href='javascript:alert(1)'><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>", "<style>*{display:none}</style>", "<sub>2", "</sub></p></article>", "<i><b>x</i></b>",
    "{{ 7*7 }}", "{% raw %}", "%(n)s %s %", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "//evil.example", "<table><tr><td>", "<form action=//evil.example>",
    "<iframe src=//evil.example>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil.example>", "x\u202etxt.exe", "\u2028", "p < 0.05 & q > 1",
)  # fmt: skip
_TEXT = st.one_of(
    st.sampled_from(_SHARP), st.lists(st.one_of(st.sampled_from(_SHARP), st.text(max_size=12)), min_size=1, max_size=4).map("".join), st.text(max_size=20)
)


@st.composite
def wild_records(draw: st.DrawFn) -> dict[str, Any]:
    """A record in our own format that holds anything at all in each of its places."""

    def text() -> str:
        return draw(_TEXT)

    return {
        "source": draw(st.sampled_from(["pubmed", text()])), "title": f"Title {text()}", "type": draw(st.sampled_from(["review", text()])), "language": draw(st.sampled_from(["en", "zh", "", text()])),
        "titles": {"en": text(), "zh": f"标题{text()}", text(): text()}, "abstracts": {"en": [{"html": f"Aim. {text()}", "label": text()}, {"html": text()}], "und": [{"html": text()}]},
        "summaries": {"en": {"text": f"Sum {text()}", "by": text()}, "zh": {"text": text()}}, "journal": {"name": f"Journal {text()}", "abbreviation": text()},
        "publisher": text(), "volume": text(), "issue": text(), "pages": text(), "published": draw(st.sampled_from(["2020", "2020-05-06", text()])), "published_label": text(),
        "identifiers": {"doi": ["10.1234/" + re.sub(r"\s", "", text())], "url": ["https://example.org/" + text()], text(): [text()]},
        "authors": [{"name": f"Jane {text()}", "family": text(), "suffix": text(), "other_name": text(), "email": SECRET, "affiliations": [{"name": f"Place {text()}", "ror": text()}]}],
        "keywords": [{"term": f"key {text()}", "kind": kind, "qualifier": text()} for kind in ("author", "mesh", "subject")], "licence": draw(st.sampled_from(["http" + text(), text()])),
        "full_text_url": draw(st.sampled_from(["https://example.org/" + text(), text()])), "funding": [{"name": f"Fund {text()}", "awards": [text()]}], "funding_text": text(),
        "references": [{"text": f"Ref {text()}", "doi": "10.1234/" + text()}],
        "relations": [{"kind": "retracts", "is_from": False, "doi": "10.1234/" + text(), "note": f"note {text()}"}, {"kind": "is-preprint-of", "is_from": True, "note": f"note {text()}"}],
    }  # fmt: skip


_MARKUP = {"i", "b", "sub", "sup"}


def shapes(page: Element) -> set[tuple[str, tuple[str, ...]]]:
    """Every element with the names of its attributes."""
    return {(element.tag, tuple(sorted(element.attrib))) for element in page.iter() if isinstance(element.tag, str)}


def _is_inline(tag: str, attributes: tuple[str, ...]) -> bool:
    if tag in _MARKUP:
        return not attributes
    return (
        (tag == "math" or tag.startswith("m"))
        and tag not in ("main", "map", "mark", "menu", "meta", "meter")
        and not any(name.startswith("on") or "href" in name for name in attributes)
    )


def harmless_shapes(app: Flask, client: FlaskClient, language: str) -> set[tuple[str, tuple[str, ...]]]:
    """What pages hold of records that mean no harm: full and bare ones, long and short ones."""
    relations = [
        {"kind": "retracts", "is_from": False, "doi": "10.1234/none"},
        {"kind": "is-preprint-of", "is_from": True, "note": "a note"},
        {"kind": "corrects", "is_from": False, "note": "a note"},
    ]
    some = full_record(identifiers={"doi": ["10.1234/a"]}, licence="Free", language="").to_json() | {"relations": relations}
    others = [
        PaperRecord.from_json(some), full_record(identifiers={"doi": ["10.1234/b"]}, full_text_url="", titles={"en": "a", "zh": "b", "fr": "c"}, published="2020"),
        PaperRecord("hand", title="Another one without anything", licence="Free"), PaperRecord("hand", title="One more", abstracts={"und": [Section("x", "y")], "en": [Section("x")]}, authors=[Author("J")]),
    ]  # fmt: skip
    found: set[tuple[str, tuple[str, ...]]] = set()
    for paper_id in take_in(app, *others):
        found |= shapes(tree(client.get(f"{PREFIX[language]}/papers/{paper_id}")))
    emptied(app.extensions["database"])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_a_file_says_becomes_part_of_the_page_but_the_allowed_markup(app: Flask, client: FlaskClient, language: str) -> None:
    harmless = harmless_shapes(app, client, language)

    @LENIENT
    @given(wild_records())
    def check(said: dict[str, Any]) -> None:
        emptied(app.extensions["database"])
        (read,) = jsonl.read(io.BytesIO(json.dumps(said).encode() + b"\n"))
        assert read.record is not None, read.reason
        (paper_id,) = take_in(app, read.record)
        for path in (f"/papers/{paper_id}", "/papers", f"/papers/{paper_id}/cite"):
            answer = client.get(PREFIX[language] + path)
            assert answer.status_code == 200
            page = tree(answer)
            if path.startswith(f"/papers/{paper_id}") and not path.endswith("cite"):
                strange = {shape for shape in shapes(page) - harmless if not _is_inline(*shape)}
                assert strange == set()
            assert len(re.findall("<script", answer.text, re.IGNORECASE)) == len(page.xpath("//script")) <= 2
            for element in page.iter():
                if isinstance(element.tag, str):
                    assert element.tag not in ("style", "iframe", "object", "base", "img")
                    assert not any(name.startswith("on") for name in element.attrib)
            for address in page.xpath("//@href | //@src | //@action"):
                assert address.startswith(("https://", "http://", "#")) or (address.startswith("/") and not address.startswith("//")), address
            for described in page.xpath("//script[@type='application/ld+json']"):
                assert json.loads(described.text)["@context"] == "https://schema.org"
            assert SECRET not in answer.text
            assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", answer.text)

    check()


def test_sub_and_superscripts_and_formulas_are_kept_wherever_a_title_stands(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, full_record())
    page = tree(client.get(f"/papers/{paper_id}"))
    assert html.tostring(one(page, "//h1"), encoding="unicode", with_tail=False).endswith(">Exercise and <i>pain</i> at H<sub>2</sub>O</h1>")
    assert one(page, "//section[@id='abstract']//math/msup/mn").text == "2"
    assert "<sub>2</sub>" in client.get("/papers").text
    assert one(page, "//title").text == "Exercise and pain at H2O · reviewhub"


def test_nobody_s_e_mail_address_is_on_any_page(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, full_record())
    adapter = app.url_map.bind("reviewhub.test")
    paths = {f"{prefix}/papers/{paper_id}/cite/{name}" for name in ("bibtex", "ris", "csl-json") for prefix in PREFIX.values()}
    paths |= {
        f"{prefix}{path}"
        for path in ("/", "/papers", "/search?q=jane", f"/papers/{paper_id}", f"/papers/{paper_id}/cite", "/sitemap-1.xml")
        for prefix in PREFIX.values()
    }
    paths |= {
        href for href in tree(client.get(f"/papers/{paper_id}")).xpath("//article//a/@href") if href.startswith("/") and adapter.test(href.split("?")[0], "GET")
    }
    assert len(paths) > 20
    for path in paths:
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        assert "secret" not in answer.text.lower(), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_addresses_for_machines_name_the_site_as_its_keeper_does(own_app: Flask, language: str) -> None:
    made = create_app(replace(own_app.extensions["settings"], site_url="https://papers.example/rate"))
    (paper_id,) = take_in(made, full_record())
    page = tree(made.test_client().get(f"{PREFIX[language]}/papers/{paper_id}?utm_source=mail"))
    made.extensions["database"].dispose()
    english, chinese = f"https://papers.example/rate/papers/{paper_id}", f"https://papers.example/rate/zh/papers/{paper_id}"
    own = {"en": english, "zh": chinese}[language]
    assert one(page, "//link[@rel='canonical']/@href") == own
    assert {link.get("hreflang"): link.get("href") for link in page.xpath("//head/link[@rel='alternate']")} == {
        "en": english,
        "zh-Hans": chinese,
        "x-default": english,
    }
    described = json.loads(one(page, "//script[@type='application/ld+json']").text)
    assert described["url"] == own
    assert "aggregateRating" not in described
    tags = {(tag.get("name"), tag.get("content")) for tag in page.xpath("//meta[starts-with(@name, 'citation_')]")}
    assert tags >= {
        ("citation_title", "Exercise and pain at H₂O"), ("citation_author", "Jane Doe"), ("citation_author", "王小明"), ("citation_journal_title", "Nature"), ("citation_doi", "10.1000/1"),
        ("citation_publication_date", "2020/05/06"), ("citation_firstpage", "34"), ("citation_lastpage", "56"), ("citation_abstract_html_url", own), ("citation_pdf_url", "https://example.org/1.pdf"),
    }  # fmt: skip


def test_a_record_takes_thirteen_statements_however_much_it_holds(app: Flask, client: FlaskClient) -> None:
    big = full_record(
        authors=[Author(f"Person {n}") for n in range(300)],
        references=[Reference(f"Work {n}", f"10.1000/ref{n}") for n in range(100)],
        keywords=[Keyword(f"word {n}") for n in range(40)],
    )
    for paper_id in take_in(app, PaperRecord("hand", title="Nothing but a title"), big):
        with statements(app.extensions["database"]) as said:
            assert client.get(f"/papers/{paper_id}").status_code == 200
        assert len(said) <= 13


def test_three_thousand_authors_weigh_less_than_a_megabyte_and_are_all_there(app: Flask, client: FlaskClient) -> None:
    names = [f"Author Number{n}" for n in range(2_900)] + [f"作者{n}" for n in range(100)]
    (paper_id,) = take_in(app, full_record(authors=[Author(name) for name in names]))
    answer = client.get(f"/zh/papers/{paper_id}")
    page = tree(answer)
    assert len(answer.data) < 1_000_000
    assert all_words(page, "//section[@id='authors']//ul[@class='authors']/li") == names
    assert len(page.xpath("//section[@id='authors']//ul[not(ancestor::details)]/li")) == 12
    assert "2,988" in words(one(page, "//section[@id='authors']//details[@class='more']/summary"))


def test_a_long_list_of_references_is_folded_and_keeps_its_numbers(app: Flask, client: FlaskClient) -> None:
    (cited,) = take_in(app, PaperRecord("hand", title="The cited work", identifiers={"doi": ["10.1000/ref3"]}))
    (paper_id,) = take_in(app, full_record(references=[Reference(f"Work {n}", f"10.1000/ref{n}") for n in range(1, 101)]))
    references = one(tree(client.get(f"/papers/{paper_id}")), "//section[@id='references']")
    assert words(one(references, ".//h2")) == "References 100"
    shown, folded = references.xpath(".//ol")
    assert [words(li).startswith(f"Work {n}") for n, li in enumerate(shown.xpath("./li"), 1)] == [True] * 20
    assert (folded.get("start"), len(folded.xpath("./li")), folded.getparent().tag) == ("21", 80, "details")
    assert one(shown, "./li[3]/a/@href") == f"/papers/{cited}"
    citing = one(tree(client.get(f"/papers/{cited}")), "//section[@id='recommended']/h3[last()]/following-sibling::ul//a")
    assert (citing.get("href"), words(citing)) == (f"/papers/{paper_id}", "Exercise and pain at H2O")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_of_a_merged_paper_leads_on_for_good_in_the_reader_s_language(app: Flask, client: FlaskClient, language: str) -> None:
    kept, gone = take_in(app, PaperRecord("hand", title="The one that stays"), PaperRecord("hand", title="The one that goes"))
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, kept, gone)
    for tail in ("", "/cite"):
        answer = client.get(f"{PREFIX[language]}/papers/{gone}{tail}")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"{PREFIX[language]}/papers/{kept}{tail}")
