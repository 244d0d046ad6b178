"""What tests put into the site and read off its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers.record import Affiliation, Author, Funding, Journal, Keyword, PaperRecord, Reference, Section, Summary
from reviewhub.papers.services import add_or_update

Element = html.HtmlElement
LANGUAGES = ("en", "zh")
PREFIX = {"en": "", "zh": "/zh"}
HAN = re.compile("[\u4e00-\u9fff]")


def take_in(app: Flask, *records: PaperRecord) -> list[int]:
    """The records as papers; their ids in order."""
    with app.extensions["database"].write() as session, session.begin():
        outcomes = add_or_update(session, KEEPER, records)
    assert all(outcome.paper_id for outcome in outcomes), outcomes
    return [outcome.paper_id or 0 for outcome in outcomes]


def tree(answer: TestResponse) -> Element:
    """The page as elements."""
    assert answer.mimetype == "text/html", answer.headers
    return html.document_fromstring(answer.get_data(as_text=True))


def words(element: Element) -> str:
    """The text of an element, blanks squeezed."""
    return " ".join(element.text_content().split())


def one(element: Element, path: str) -> Any:
    """The only thing at an XPath."""
    (found,) = element.xpath(path)
    return found


def all_words(element: Element, path: str) -> list[str]:
    """The texts of the elements at an XPath."""
    return [words(found) for found in element.xpath(path)]


def line_ids(page: Element) -> list[int]:
    """The papers of a list, in order."""
    return [int(href.rsplit("/", 1)[1]) for href in page.xpath("//li[@class='line']//*[@class='line-title']/a/@href")]


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement said meanwhile, but for those that begin and end transactions."""
    said: list[str] = []

    def note(*given: Any) -> None:
        said.append(given[2])

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)
        said[:] = [statement for statement in said if not statement.startswith("BEGIN")]


FORMULA = "<math><msup><mi>x</mi><mn>2</mn></msup></math>"
SECRET = "jane@secret.example"


def full_record(**more: Any) -> PaperRecord:
    """A record with a bit of everything."""
    home, other = Affiliation("A University", "03yrm5c26"), Affiliation("B Institute")
    known: dict[str, Any] = {
        "title": "Exercise and <i>pain</i> at H<sub>2</sub>O", "type": "review", "language": "en",
        "titles": {"en": "Exercise and <i>pain</i> at H<sub>2</sub>O", "zh": "运动与疼痛"},
        "abstracts": {"en": [Section(f"Some <b>words</b> on {FORMULA}.\n\nA second paragraph.", "Aim"), Section("More.", "Methods")], "zh": [Section("一些字。")]},
        "summaries": {"en": Summary("It helps."), "zh": Summary("有帮助。", "reviewhub")},
        "journal": Journal("Nature", "Nat.", ["0028-0836", "1476-4687"]), "publisher": "Springer", "volume": "12", "issue": "2", "pages": "34-56", "published": "2020-05-06",
        "identifiers": {"doi": ["10.1000/1"], "pmid": ["12"], "pmcid": ["PMC34"], "arxiv": ["2301.01234"]},
        "authors": [
            Author("Jane Doe", "Doe", "Jane", orcid="0000-0002-1825-0097", email=SECRET, is_corresponding=True, is_equal=True, affiliations=[home, other]),
            Author("王小明", "王", "小明", other_name="Xiaoming Wang", is_equal=True, affiliations=[other]),
            Author("The Group", is_group=True),
            Author("Ed Itor", role="editor"),
        ],
        "keywords": [Keyword("stroke"), Keyword("Exercise", "mesh", "methods", True), Keyword("Medicine", "subject")],
        "funding": [Funding("NSF", "10.13039/100000001", awards=["G1", "G2"]), Funding("A Fund")], "funding_text": "We thank them.",
        "references": [Reference("A work of old", "10.1000/9", "99"), Reference("Another")],
        "licence": "https://creativecommons.org/licenses/by/4.0/", "full_text_url": "https://example.org/1.pdf",
    }  # fmt: skip
    return PaperRecord("crossref", **(known | more))


def bare_record(**more: Any) -> PaperRecord:
    """A record of which nothing but the title is known."""
    return PaperRecord("hand", **({"title": "Nothing but a title"} | more))
