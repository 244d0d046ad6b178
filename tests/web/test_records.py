"""The record page: every part in its order, in both languages, the empty ones too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from reviewhub.core import clock
from reviewhub.core.actor import KEEPER
from reviewhub.papers.models import PaperRedirect
from reviewhub.papers.record import Affiliation, Author, Funding, Journal, Keyword, PaperRecord, Reference, Relation, Section, Summary
from reviewhub.papers.services import add_or_update
from reviewhub.ratings.models import PaperScore

# The labels of the page, in the order in which they stand on it.
PARTS = {
    "en": (
        "Journal", "Publisher", "DOI", "Keywords", "Funding", "Ask authors/readers for more resources", "Summary", "Abstract", "Authors", "I am an author on this paper",
        "Click your name to claim this paper and add it to your profile.", "Reviews", "Primary rating", "Secondary ratings", "Novelty", "Importance", "Scientific rigor",
        "Rate this paper", "Discussion", "Recommended", "No data available",
    ),
    "zh": (
        "期刊", "出版社", "DOI", "关键词", "资金", "向作者/读者索取更多资源", "摘要概要", "摘要", "作者", "我是这篇论文的作者", "点击您的名字以认领此论文并将其添加到您的个人资料中。",
        "评论", "主要评分", "次要评分", "新颖性", "重要性", "科学严谨性", "评价这篇论文", "讨论", "推荐", "暂无数据",
    ),
}  # fmt: skip
BARE = PaperRecord("hand", title="Nothing but a title, and that is all there is")
UNIVERSITY, INSTITUTE = Affiliation("A University", "03yrm5c26"), Affiliation("B Institute")
FULL = PaperRecord(
    "crossref", title="Exercise, CO<sub>2</sub> and <i>pain</i>", type="review", language="en", titles={"en": "Exercise, CO<sub>2</sub> and <i>pain</i>", "zh": "运动与疼痛"},
    abstracts={
        "en": [Section("Some <b>words</b>.\n\nA second paragraph.", "Aim"), Section("With <math><mi>x</mi></math>.", "Methods")],
        "zh": [Section("中文摘要的文字。")],
    },
    summaries={"en": Summary("In one sentence.", "reviewhub"), "zh": Summary("一句话的概要。", "reviewhub")},
    journal=Journal("Journal of Sleep", "J Sleep", ["0028-0836"]), publisher="A Press", volume="12", issue="3", pages="45-67", published="2020-05-06",
    identifiers={"doi": ["10.1234/full"], "pmid": ["1234567"], "arxiv": ["2301.01234"]},
    authors=[
        Author("Jane Doe", "Doe", "Jane", orcid="0000-0002-1825-0097", email="jane@secret.example", is_corresponding=True, affiliations=[UNIVERSITY, INSTITUTE]),
        Author("王小明", "王", "小明", other_name="Xiaoming Wang", email="wang@secret.example", is_equal=True, affiliations=[INSTITUTE]),
        Author("The Mice Group", is_group=True),
    ],
    keywords=[Keyword("stroke"), Keyword("Pain Management", "mesh", "methods", True), Keyword("Medicine", "subject")],
    funding=[Funding("First Fund"), Funding("Second Fund", awards=["G1", "G2"])], references=[Reference(f"Cited work number {n}") for n in range(30)],
    licence="https://creativecommons.org/licenses/by/4.0/", full_text_url="https://example.org/full.pdf",
)  # fmt: skip


def take_in(app: Flask, *records: PaperRecord) -> list[int]:
    with app.extensions["database"].write() as session, session.begin():
        return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]


def shown(client: FlaskClient, path: str) -> html.HtmlElement:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def words(element: html.HtmlElement) -> str:
    return re.sub(r"\s+", " ", element.text_content())


def one(page: html.HtmlElement, path: str) -> html.HtmlElement:
    (found,) = page.xpath(path)
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("record", [BARE, FULL], ids=["bare", "full"])
def test_every_part_stands_on_the_page_in_its_order_also_when_empty(app: Flask, client: FlaskClient, record: PaperRecord, language: str) -> None:
    (paper_id,) = take_in(app, record)
    page = shown(client, f"{'/zh' if language == 'zh' else ''}/papers/{paper_id}")
    main = words(one(page, "//main"))
    place = 0
    for label in PARTS[language]:
        assert label in main
        if label not in ("No data available", "暂无数据"):
            place = main.find(label, place)
            assert place >= 0, label


def test_an_empty_value_is_a_dash_and_nothing_is_invented(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, BARE)
    page = shown(client, f"/papers/{paper_id}")
    facts = {words(row.find("dt")).strip(): words(row.find("dd")).strip() for row in page.xpath("//dl[@class='facts'][1]/div")}
    assert facts == {"Journal": "-", "Publisher": "-", "DOI": "-", "Keywords": "-", "Funding": "-"}
    assert "None" not in words(one(page, "//main"))


def test_the_page_shows_what_the_record_holds(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    page = shown(client, f"/papers/{paper_id}")
    main = words(one(page, "//main"))
    for text in (
        "Review",
        "Journal of Sleep",
        "12",
        "A Press",
        "[G1, G2]",
        "In one sentence.",
        "Jane Doe",
        "王小明",
        "The Mice Group",
        "A University",
        "Cited work number 29",
    ):
        assert text in main
    links = {words(a).strip(): a.get("href") for a in page.xpath("//main//a")}
    assert links["10.1234/full"] == "https://doi.org/10.1234/full"
    assert links["stroke"] == "/keywords/stroke"
    assert links["Jane Doe"] == f"/papers/{paper_id}/authors/1/claim"
    assert links["Second Fund"].startswith("/funders/")
    assert links["Journal of Sleep"].startswith("/journals/")
    assert any(href.startswith("https://orcid.org/0000-0002-1825-0097") for href in links.values())
    assert any("example.org/full.pdf" in href for href in links.values())


def test_nobody_s_e_mail_address_is_on_the_page(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    for path in (f"/papers/{paper_id}", f"/zh/papers/{paper_id}", "/people/jane-doe", "/papers"):
        assert "secret.example" not in client.get(path).text


def test_markup_of_titles_and_formulas_is_kept(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    page = shown(client, f"/papers/{paper_id}")
    title = one(page, "//h1")
    assert (title.find("sub").text, title.find("i").text) == ("2", "pain")
    assert page.xpath("//*[@id='abstract']//math/mi/text()") == ["x"]
    assert [words(p) for p in page.xpath("//*[@id='abstract']//p")][:2] == ["Some words.", "A second paragraph."]
    assert one(page, "//title").text.startswith("Exercise, CO2 and pain")


def test_words_that_look_like_markup_stay_words(app: Flask, client: FlaskClient) -> None:
    nasty = '"><script>alert(1)</script>'
    (paper_id,) = take_in(
        app,
        replace(
            BARE, title="Of &lt;script&gt;alert(1)&lt;/script&gt; and more", journal=Journal(nasty), publisher=nasty, volume=nasty, keywords=[Keyword(nasty)],
            authors=[Author(nasty, affiliations=[Affiliation(nasty)])], funding=[Funding(nasty, awards=[nasty])], references=[Reference(nasty)],
            abstracts={"en": [Section("&lt;script&gt;", nasty)]}, summaries={"en": Summary(nasty)}, published_label=nasty, licence=nasty, funding_text=nasty,
        ),
    )  # fmt: skip
    for path in (f"/papers/{paper_id}", "/papers", "/"):
        page = shown(client, path)
        assert "alert(1)" not in [script.text or "" for script in page.xpath("//script[not(@type='application/ld+json')]")]
        assert [
            script.get("src") or script.get("type")
            for script in page.xpath("//script")
            if not script.get("src") and script.get("type") != "application/ld+json"
        ] == []
    assert '"><script>' not in client.get(f"/papers/{paper_id}").text


def test_both_languages_stand_side_by_side_each_marked_as_what_it_is(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    for path, tag in ((f"/papers/{paper_id}", "en"), (f"/zh/papers/{paper_id}", "zh-Hans")):
        page = shown(client, path)
        assert page.get("lang") == tag
        assert one(page, "//h1").get("lang") == "en"
        chinese = [words(found).strip() for found in page.xpath("//*[@lang='zh-Hans']") if found is not page]
        assert any("运动与疼痛" in text for text in chinese)
        assert any("中文摘要的文字。" in text for text in chinese)
        assert any("Some words." in words(found) for found in page.xpath("//*[@id='abstract']//*[@lang='en']"))


def test_the_abstract_in_the_reader_s_language_comes_first(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    for path, first in ((f"/papers/{paper_id}", "Some words."), (f"/zh/papers/{paper_id}", "中文摘要的文字。")):
        text = words(one(shown(client, path), "//*[@id='abstract']"))
        assert text.find(first) == min(text.find("Some words."), text.find("中文摘要的文字。"))


@pytest.mark.parametrize(
    ("n", "n_groups", "shown_en", "shown_zh", "hidden"),
    [
        (0, 0, ("-", "Be the first to rate"), ("-", "成为第一个评分的人"), "Not enough ratings"),
        (3, 3, ("4.5", "Not enough ratings", "3 of 5"), ("4.5", "评分不足"), "Be the first to rate"),
        (6, 3, ("4.5", "6 ratings"), ("4.5",), "Not enough ratings"),
    ],
)
def test_a_number_claims_no_more_than_it_may(
    app: Flask, client: FlaskClient, n: int, n_groups: int, shown_en: tuple[str, ...], shown_zh: tuple[str, ...], hidden: str
) -> None:
    (paper_id,) = take_in(app, FULL)
    if n:
        with app.extensions["database"].write() as session, session.begin():
            session.execute(sa.insert(PaperScore).values(paper_id=paper_id, n_given=n, n_counted=n, n_groups=n_groups, overall=900, computed_at=clock.now()))
    reviews = words(one(shown(client, f"/papers/{paper_id}"), "//*[@id='reviews']"))
    assert [text for text in shown_en if text not in reviews] == []
    assert hidden not in reviews
    chinese = words(one(shown(client, f"/zh/papers/{paper_id}"), "//*[@id='reviews']"))
    assert [text for text in shown_zh[:1] + shown_zh[2:] if text not in chinese] == []
    machine = json.loads(one(shown(client, f"/papers/{paper_id}"), "//script[@type='application/ld+json']").text)
    assert ("aggregateRating" in machine) == (n >= 5)


def test_a_retracted_paper_says_so_before_anything_else_and_the_notice_leads_back(app: Flask, client: FlaskClient) -> None:
    paper = replace(BARE, identifiers={"doi": ["10.1234/paper"]})
    notice = PaperRecord(
        "crossref", title="Retraction notice of that paper", type="retraction", identifiers={"doi": ["10.1234/notice"]},
        relations=[Relation("retracts", True, doi="10.1234/paper", on="2021-02-03")],
    )  # fmt: skip
    paper_id, notice_id = take_in(app, paper, notice)
    page = shown(client, f"/papers/{paper_id}")
    main = words(one(page, "//main"))
    assert main.find("This paper has been retracted") < main.find(BARE.title)
    assert "3 February 2021" in main
    assert page.xpath(f"//main//a[@href='/papers/{notice_id}']")
    assert shown(client, f"/papers/{notice_id}").xpath(f"//main//a[@href='/papers/{paper_id}']")
    assert "2021年2月3日" in words(shown(client, f"/zh/papers/{paper_id}"))
    assert "Retracted" in words(shown(client, "/papers"))
    machine = json.loads(one(page, "//script[@type='application/ld+json']").text)
    assert machine["creativeWorkStatus"] == "Retracted"


@pytest.mark.parametrize(("kind", "says"), [("corrects", "corrected"), ("expresses-concern-about", "expression of concern"), ("withdraws", "withdrawn")])
def test_other_notices_are_told_too_also_when_they_are_not_here(app: Flask, client: FlaskClient, kind: str, says: str) -> None:
    (paper_id,) = take_in(app, replace(BARE, relations=[Relation(kind, False, doi="10.1234/elsewhere")]))
    page = shown(client, f"/papers/{paper_id}")
    assert says in words(one(page, "//main")).lower()
    assert page.xpath("//main//a[@href='https://doi.org/10.1234/elsewhere']")


def test_preprint_and_article_lead_to_each_other(app: Flask, client: FlaskClient) -> None:
    article = PaperRecord("crossref", title="The article as it was printed at last", identifiers={"doi": ["10.1234/article"]})
    preprint = PaperRecord(
        "crossref", title="What came first was this preprint", type="preprint", identifiers={"doi": ["10.1234/preprint"]},
        relations=[Relation("is-preprint-of", True, doi="10.1234/article")],
    )  # fmt: skip
    article_id, preprint_id = take_in(app, article, preprint)
    assert shown(client, f"/papers/{article_id}").xpath(f"//main//a[@href='/papers/{preprint_id}']")
    assert shown(client, f"/papers/{preprint_id}").xpath(f"//main//a[@href='/papers/{article_id}']")


def test_three_thousand_authors_are_folded_and_quick(app: Flask, client: FlaskClient) -> None:
    crowd = [Author(f"Person Number{n}", f"Number{n}", "Person", affiliations=[Affiliation(f"Place {n % 200}")]) for n in range(3_000)]
    (paper_id,) = take_in(app, replace(BARE, authors=crowd))
    answer = client.get(f"/papers/{paper_id}")
    assert len(answer.data) < 1_000_000
    page = html.fromstring(answer.text)
    authors = one(page, "//*[@id='authors']")
    names = authors.xpath(".//a[contains(@href, '/authors/')]")
    before = [a for a in names if not a.xpath("ancestor::details")]
    assert 10 <= len(before) <= 15
    assert len(names) == 3_000
    assert f"{3_000 - len(before):,}" in words(authors)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    engine = app.extensions["database"].engine
    said: list[str] = []

    def note(*given: object) -> None:
        if str(given[2]).lstrip("( ").startswith("SELECT"):
            said.append(str(given[2]))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_the_page_takes_at_most_thirteen_statements(app: Flask, client: FlaskClient) -> None:
    for paper_id in take_in(app, FULL, BARE):
        with statements(app) as said:
            assert client.get(f"/papers/{paper_id}").status_code == 200
        assert 1 <= len(said) <= 13


def test_machines_read_the_same_facts(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    page = shown(client, f"/zh/papers/{paper_id}")
    tags = {meta.get("name"): meta.get("content") for meta in page.xpath("//meta[starts-with(@name, 'citation_')]")}
    assert (tags["citation_title"], tags["citation_doi"], tags["citation_volume"]) == ("Exercise, CO₂ and pain", "10.1234/full", "12")
    assert one(page, "//link[@rel='canonical']").get("href") == f"http://reviewhub.test/zh/papers/{paper_id}"
    assert {link.get("hreflang"): link.get("href") for link in page.xpath("//head/link[@rel='alternate']")} == {
        "en": f"http://reviewhub.test/papers/{paper_id}",
        "zh-Hans": f"http://reviewhub.test/zh/papers/{paper_id}",
        "x-default": f"http://reviewhub.test/papers/{paper_id}",
    }


@pytest.mark.parametrize("path", ["/doi/10.1234/full", "/doi/10.1234/FULL", "/pmid/1234567", "/arxiv/2301.01234", "/doi/https://doi.org/10.1234/full"])
def test_a_permanent_link_leads_to_the_record_in_the_reader_s_language(app: Flask, client: FlaskClient, path: str) -> None:
    (paper_id,) = take_in(app, FULL)
    for prefix in ("", "/zh"):
        answer = client.get(prefix + path)
        if answer.status_code == 308:  # slashes in a row are made one
            answer = client.get(answer.headers["Location"])
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{prefix}/papers/{paper_id}"


@pytest.mark.parametrize("path", ["/doi/10.5555/nobody", "/pmid/999", "/arxiv/2312.99999"])
def test_an_identifier_that_is_not_here_can_be_added(client: FlaskClient, path: str) -> None:
    for prefix in ("", "/zh"):
        answer = client.get(prefix + path)
        assert answer.status_code == 404
        (link,) = html.fromstring(answer.text).xpath("//main//a[contains(@href, '/papers/add')]")
        assert client.get(link.get("href")).status_code == 200


@pytest.mark.parametrize("path", ["/doi/not-a-doi", "/pmid/abc", "/arxiv/no", "/doi/%00", "/pmid/%F0%9F%98%80"])
def test_what_is_no_identifier_is_told_so(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/papers/1", "/papers/2147483648", "/papers/99999999999999999999999", "/papers/0"])
def test_a_number_without_a_paper_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_address_of_a_merged_paper_leads_to_the_one_that_stays(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.insert(PaperRedirect).values(old_id=paper_id + 500, paper_id=paper_id))
    for prefix in ("", "/zh"):
        answer = client.get(f"{prefix}/papers/{paper_id + 500}")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"{prefix}/papers/{paper_id}"


def test_every_link_of_the_page_leads_somewhere(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    for path in (f"/papers/{paper_id}", f"/zh/papers/{paper_id}"):
        page = shown(client, path)
        for href in {a.get("href").split("#")[0] for a in page.xpath("//a[@href]")}:
            if href.startswith("/"):
                assert client.get(href, follow_redirects=True).status_code == 200, href
        ids = set(page.xpath("//@id"))
        assert {a.get("href")[1:] for a in page.xpath("//a[starts-with(@href, '#')]")} <= ids
