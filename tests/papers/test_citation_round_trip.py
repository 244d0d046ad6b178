"""What this site exports reads back through its own importers as the same facts."""

from __future__ import annotations

import io
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewhub.core.text import plain, squeezed
from reviewhub.imports.detecting import READERS, detect
from reviewhub.imports.markup import from_latex_math, from_plain
from reviewhub.imports.reading import open_plain
from reviewhub.papers.citation import FORMATS
from reviewhub.papers.citation.tree import as_words
from reviewhub.papers.names import named
from reviewhub.papers.record import Author, Journal, Keyword, PaperRecord, Section
from reviewhub.papers.rules import fault_of, title_key

ADDRESS = "https://reviewhub.example/papers/17"

every_format = pytest.mark.parametrize("name", FORMATS)


def back(name: str, record: PaperRecord) -> PaperRecord:
    text = FORMATS[name].write(record, "17", ADDRESS)
    (read,) = READERS[name](io.BytesIO(text.encode()))
    assert read.record is not None, (read.reason, text)
    return read.record


def author(family: str, given_names: str, suffix: str = "") -> Author:
    name = named(family, given_names, suffix)
    return Author(name.name, name.family, name.given, name.suffix)


def article(**more: object) -> PaperRecord:
    known = {
        "title": "Sleep and memory in mice", "type": "article", "language": "en", "journal": Journal("Journal of Sleep", "", ["0028-0836"]),
        "volume": "12", "issue": "3", "pages": "45-67", "published": "2023-04-05", "publisher": "A Press",
        "identifiers": {"doi": ["10.1234/abc_d"], "pmid": ["12345"], "arxiv": ["2301.01234"]}, "authors": [author("Doe", "Jane Q.")],
        "keywords": [Keyword("sleep"), Keyword("mice")], "abstracts": {"en": [Section("Mice sleep.")]},
    }  # fmt: skip
    return PaperRecord("hand", **{**known, **more})  # type: ignore[arg-type]


@every_format
def test_an_article_comes_back_as_it_was(name: str) -> None:
    record, found = article(), back(name, article())
    for fact in ("title", "type", "language", "volume", "issue", "pages", "publisher", "published", "keywords", "authors"):
        assert getattr(found, fact) == getattr(record, fact), fact
    assert found.journal == record.journal
    assert {kind: found.identifiers.get(kind) for kind in ("doi", "pmid", "arxiv")} == record.identifiers
    assert [section.html for section in found.abstracts["en"]] == ["Mice sleep."]


@every_format
def test_the_format_is_told_from_the_content(name: str) -> None:
    text = FORMATS[name].write(article(), "17", ADDRESS)
    assert detect(text.encode(), "download") == name


@every_format
def test_the_address_of_this_site_comes_back_as_an_address(name: str) -> None:
    assert ADDRESS in back(name, article()).identifiers["url"]


@every_format
@pytest.mark.parametrize(
    "kind", ["article", "conference-paper", "book", "book-chapter", "thesis", "report", "dataset", "software", "preprint", "patent", "webpage"]
)
def test_the_type_comes_back(name: str, kind: str) -> None:
    assert back(name, article(type=kind)).type == kind


@pytest.mark.parametrize("name", ["bibtex", "ris"])  # CSL has one kind for every piece in a journal
@pytest.mark.parametrize("kind", ["review", "editorial", "letter"])
def test_the_kind_of_a_piece_in_a_journal_comes_back(name: str, kind: str) -> None:
    assert back(name, article(type=kind)).type == kind


@every_format
def test_chinese_people_and_titles_come_back(name: str) -> None:
    record = article(title="运动对卒中后疼痛的影响", language="zh", authors=[author("王", "小明"), author("欧阳", "修")], journal=Journal("康复研究"))
    found = back(name, record)
    assert found.title == record.title
    assert found.authors == record.authors
    assert found.journal.name == "康复研究"


@every_format
def test_groups_particles_and_suffixes_come_back(name: str) -> None:
    people = [author("van den Berg", "Jan"), author("Doe", "John", "Jr"), Author("World Health Organization", is_group=True)]
    found = back(name, article(authors=people))
    assert [(a.name, a.family, a.given) for a in found.authors[:2]] == [(a.name, a.family, a.given) for a in people[:2]]
    assert found.authors[2].name == "World Health Organization"
    if name != "ris":  # RIS has no mark for a group
        assert found.authors[2].is_group


@every_format
def test_three_hundred_authors_come_back(name: str) -> None:
    people = [author(f"Name{chr(97 + n // 26)}{chr(97 + n % 26)}", "Given") for n in range(300)]
    assert back(name, article(authors=people)).authors == people


@every_format
def test_keywords_with_commas_come_back_whole(name: str) -> None:
    words = [Keyword("Pain, Postoperative"), Keyword("sleep")]
    assert back(name, article(keywords=words)).keywords == words


@every_format
def test_raised_figures_and_formulas_come_back_with_their_meaning(name: str) -> None:
    record = article(title=f"10<sup>6</sup> cells of <i>E. coli</i> in CO<sub>2</sub>: {from_latex_math('$x^2$')}")
    found = back(name, record)
    assert squeezed(as_words(found.title)) == squeezed(as_words(record.title))


# Characters people really put into titles, and those that formats trip over.
odd = st.text(alphabet=st.one_of(st.sampled_from("\\{}$&#%_^~<>|`'\"-,;:@=/()[] ab"), st.characters(min_codepoint=0xC0, max_codepoint=0x17F)), max_size=30)


@every_format
@settings(max_examples=150, deadline=None)
@given(text=odd)
def test_any_plain_title_comes_back(name: str, text: str) -> None:
    record = article(title=from_plain(f"Aa {text} zz"))
    assert squeezed(plain(back(name, record).title)) == squeezed(plain(record.title))


@every_format
def test_real_records_come_back(name: str, shared_data: Path) -> None:
    n = 0
    with open_plain(shared_data / "crossref" / "works.jsonl.gz") as stream:
        for read in islice(READERS["crossref-json"](stream), 150):
            if read.record is None or fault_of(read.record):
                continue
            n += 1
            found = back(name, read.record)
            assert title_key(found.title) == title_key(read.record.title)
            assert found.identifier("doi") == read.record.identifier("doi")
            assert found.published == read.record.published
            # A person who stands twice in a list is one in RIS.
            assert {author.name for author in found.authors} == {author.name for author in read.record.authors}
    assert n > 100
