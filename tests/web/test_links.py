"""Every link of every page, in both languages, on the site as it is on its first day; and what reading it leaves behind: nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub import schema
from reviewhub.core.db import Database
from reviewhub.papers.record import Affiliation, Author, Funding, Journal, Keyword, PaperRecord, Reference, Section, Summary
from reviewhub.web.support.language import catalogue
from tests.web.reading import HAN, LANGUAGES, PREFIX, Element, one, take_in, tree, words

# Of each kind of page so many are opened in each language: pages of one kind come from one template.
PER_KIND = 6
ATTRIBUTES = ("title", "aria-label", "placeholder", "alt")


@dataclass
class Visit:
    """What a walk through one language of the site found."""

    language: str
    status: dict[str, int] = field(default_factory=dict)  # address -> status
    pages: dict[str, Element] = field(default_factory=dict)
    links: set[tuple[str, str]] = field(default_factory=set)  # (page, address) of links that stay in the language
    switches: set[tuple[str, str]] = field(default_factory=set)  # links to the other language


def digest(database: Database) -> str:
    """A fingerprint of every row of every table."""
    found = hashlib.sha256()
    with database.read() as session:
        for table in schema.metadata.sorted_tables:
            rows = sorted(repr(tuple(row)) for row in session.execute(sa.select(table)))
            found.update(f"{table.name} {rows}".encode())
    return found.hexdigest()


def visit(client: FlaskClient, language: str) -> Visit:
    """Follows the links of a language from its home page and the first record on."""
    app = client.application
    adapter = app.url_map.bind("reviewhub.test")
    prefix = PREFIX[language]
    found = Visit(language)
    opened: Counter[str] = Counter()
    waiting = deque([f"{prefix}/", f"{prefix}/doi/10.3389/fnmol.2022.1074205"])
    while waiting:
        address = waiting.popleft()
        if address in found.status:
            continue
        path = urlsplit(address).path
        kind, _ = adapter.match(path.removeprefix("/zh") or "/", method="GET")
        if opened[kind] >= PER_KIND:
            continue
        opened[kind] += 1
        answer = client.get(address)
        found.status[address] = answer.status_code
        if answer.status_code in (301, 302):
            waiting.appendleft(answer.headers["Location"])
            assert _language(answer.headers["Location"]) == language, address
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        page = found.pages[address] = tree(answer)
        for element in page.xpath("//a[@href] | //form[@action]"):
            href = element.get("href") or element.get("action")
            if not href.startswith("/"):
                assert href.startswith(("https://", "http://", "#")), f"{address}: {href}"
                continue
            (found.switches if element.get("hreflang") else found.links).add((address, href))
            if not element.get("hreflang"):
                waiting.append(href.partition("#")[0])
    return found


def _language(address: str) -> str:
    return "zh" if re.match(r"/zh(?:/|$)", urlsplit(address).path) else "en"


@pytest.fixture(scope="session")
def visits(shelf_app: Flask) -> dict[str, Visit]:
    """A walk through each language, and the certainty that reading wrote nothing."""
    database = shelf_app.extensions["database"]
    before = digest(database)
    client = shelf_app.test_client()
    found = {language: visit(client, language) for language in LANGUAGES}
    assert digest(database) == before, "a page that was only read changed the database"
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_leads_somewhere(visits: dict[str, Visit], language: str) -> None:
    found = visits[language]
    assert len(found.status) > 50
    kinds = {urlsplit(address).path.removeprefix("/zh").split("/")[1] for address in found.status}
    assert kinds >= {"papers", "journals", "keywords", "funders", "people", "preferences", "search"}
    # What only a reader can do leads a stranger to sign-in, and back.
    to_sign_in = {address for address, status in found.status.items() if status == 303 and re.match(r"(?:/zh)?/(?:follow|library/save)/", address)}
    assert {address: status for address, status in found.status.items() if status not in (200, 301, 302) and address not in to_sign_in} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_stays_in_the_language_of_its_page(visits: dict[str, Visit], language: str) -> None:
    assert [link for link in visits[language].links if _language(link[1]) != language] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_switch_leads_to_the_same_page_in_the_other_language_and_back(visits: dict[str, Visit], shelf: FlaskClient, language: str) -> None:
    found, other = visits[language], {"en": "zh", "zh": "en"}[language]
    by_page: dict[str, set[str]] = {}
    for page, address in found.switches:
        by_page.setdefault(page, set()).add(address)
    assert by_page.keys() == found.pages.keys()
    for page, addresses in by_page.items():
        (address,) = addresses
        assert address == (PREFIX[other] + page.removeprefix("/zh"))
    for address in sorted({next(iter(addresses)) for addresses in by_page.values()})[:: max(1, len(by_page) // 12)]:
        switched = tree(shelf.get(address))
        assert switched.get("lang") == {"en": "en", "zh": "zh-Hans"}[other]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_its_language_and_names_itself(visits: dict[str, Visit], language: str) -> None:
    for address, page in visits[language].pages.items():
        assert page.get("lang") == {"en": "en", "zh": "zh-Hans"}[language]
        assert len(page.xpath("//h1")) == 1, address
        assert words(one(page, "//head/title")).endswith("reviewhub") or address in ("/", "/zh/")
        assert len(page.xpath("//main")) == 1
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), f"{address}: an id stands twice"
        for target in page.xpath("//a[starts-with(@href, '#')]/@href"):
            assert target[1:] in ids, f"{address}: {target}"
        for named in page.xpath("//@aria-labelledby | //@aria-describedby | //label/@for"):
            assert set(named.split()) <= set(ids), f"{address}: {named}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_that_may_be_found_name_their_address_in_each_language(visits: dict[str, Visit], language: str) -> None:
    n = 0
    for address, page in visits[language].pages.items():
        alternates = {link.get("hreflang"): link.get("href") for link in page.xpath("//head/link[@rel='alternate'][@hreflang]")}
        if page.xpath("//meta[@name='robots'][@content='noindex']"):
            continue
        n += 1
        english = "http://reviewhub.test" + (address.removeprefix("/zh") or "/")
        chinese = "http://reviewhub.test/zh" + address.removeprefix("/zh")
        assert one(page, "//head/link[@rel='canonical']/@href") == {"en": english, "zh": chinese}[language]
        assert alternates == {"en": english, "zh-Hans": chinese, "x-default": english}
    assert n > 20


def _told(page: Element) -> list[tuple[str, str]]:
    """(place, text) of what a reader of the page sees or hears that is not marked as being in another language."""
    found = []
    for element in page.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            continue
        language = next((e.get("lang") for e in (element, *element.iterancestors()) if e.get("lang") is not None), "")
        if language == "zh-Hans":
            found += [(f"<{element.tag}>", element.text or "")]
            found += [(f"{name} of <{element.tag}>", value) for name in ATTRIBUTES if (value := element.get(name))]
            found += [("value of a button", element.get("value", ""))] if element.get("type") in ("submit", "button") else []
        parent = element.getparent()
        if parent is not None and element.tail:
            around = next((e.get("lang") for e in (parent, *parent.iterancestors()) if e.get("lang") is not None), "")
            if around == "zh-Hans":
                found.append((f"<{parent.tag}>", element.tail))
    return [(place, " ".join(text.split())) for place, text in found if text.strip()]


def test_no_chinese_page_shows_a_sentence_that_has_a_translation(visits: dict[str, Visit]) -> None:
    known = catalogue("zh")._catalog  # type: ignore[attr-defined] # gettext has no other way to list them
    translated = {english for english, chinese in known.items() if isinstance(english, str) and english and chinese != english}
    assert len(translated) > 150
    shown = [(address, place, text) for address, page in visits["zh"].pages.items() for place, text in _told(page) if text in translated]
    # Words that are also data: a subject or keyword of a record may be spelled as a label is.
    data = {
        words(element)
        for page in visits["zh"].pages.values()
        for element in page.xpath("//a[@class='tag'] | //h1 | //li[@class='line']//a | //dl[@class='facts']//dd")
    }
    assert [found for found in shown if found[2] not in data] == []


# What is written with Latin letters in Chinese, too.
LATIN = re.compile(
    r"reviewhub|DOI|PMID|PubMed Central|PubMed|arXiv|ORCID|ISSN|ROR|MeSH|MathML|LaTeX|RIS|BibTeX|CSL-JSON|JSON lines|cookie|PubMed XML|XML|Crossref|JSON|Web of Science|Zotero|EndNote|NoteExpress"
    r"|gzip|MB|iD|APA|MLA|Chicago|IEEE|GB/T|https?://\S+|doi\.org|[0-9a-z.-]+/[0-9a-z.()-]+|PMC[0-9]*|10\.\S+|Jane Q\. Doe|Doe, Jane Q\.|English"
)
CHINESE_PAPER = PaperRecord(
    "hand", title="运动对脑卒中后疼痛的影响", type="review", language="zh", titles={"zh": "运动对脑卒中后疼痛的影响"}, abstracts={"zh": [Section("一些字。", "目的")]},
    summaries={"zh": Summary("有帮助。", "reviewhub")}, journal=Journal("中国康复", "", ["0028-0836"]), publisher="人民出版社", volume="12", issue="2", pages="34-56", published="2020-05",
    identifiers={"doi": ["10.1234/1"], "pmid": ["12"], "arxiv": ["2301.01234"]},
    authors=[Author("王小明", "王", "小明", is_corresponding=True, is_equal=True, orcid="0000-0002-1825-0097", affiliations=[Affiliation("上海大学", "03yrm5c26")])]
    + [Author(f"王{n}") for n in range(30)] + [Author("张编", role="editor"), Author("李译", role="translator")],
    keywords=[Keyword("运动"), Keyword("疼痛", "mesh", "", True), Keyword("医学", "subject")], funding=[Funding("基金", awards=["12"])], funding_text="感谢。",
    references=[Reference("一项旧作", "10.1234/9")] + [Reference(f"旧作{n}") for n in range(30)], licence="https://creativecommons.org/licenses/by/4.0/",
    full_text_url="https://example.org/1",
)  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/", "/papers", "/papers?year_from=2500", "/papers/1", "/papers/2", "/papers/1/cite", "/papers/add", "/papers/add/by-hand", "/papers/add/by-hand?missing=doi&doi=10.1234/7", "/search",
        "/search?q=%E8%BF%90", "/preferences", "/journals/1", "/funders/1", "/people/%E7%8E%8B%E5%B0%8F%E6%98%8E", "/keywords/%E8%BF%90%E5%8A%A8", "/nowhere", "/doi/10.1234/5", "/doi/5",
        "/papers/99",
    ],
)  # fmt: skip
def test_a_chinese_page_about_chinese_papers_holds_no_english_word(app: Flask, client: FlaskClient, path: str) -> None:
    """Also no word that the templates forgot to give to translation."""
    take_in(app, CHINESE_PAPER, PaperRecord("hand", title="一篇别无所知的论文", language="zh"))
    page = tree(client.get(f"/zh{path}"))
    for quoted in page.xpath("//code | //dl[@class='citations']"):  # what was typed; references in the styles of the West
        quoted.drop_tree()
    told = [(place, LATIN.sub("", text)) for place, text in _told(page)]
    assert any(HAN.search(text) for _, text in told)
    assert [(place, text) for place, text in told if re.search("[A-Za-z]{2,}", text)] == []


def test_the_addresses_of_the_starter_record_lead_to_it(shelf: FlaskClient) -> None:
    answer = shelf.get("/zh/doi/10.3389/fnmol.2022.1074205")
    assert answer.status_code == 302
    page = tree(shelf.get(answer.headers["Location"]))
    assert words(one(page, "//h1")) == "The effect and mechanism of exercise for post-stroke pain"
    described = json.loads(one(page, "//script[@type='application/ld+json']").text)
    assert described["name"] == words(one(page, "//h1"))
    assert "aggregateRating" not in described
