"""BibTeX and BibLaTeX files as records."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewhub.core.text import folded, plain
from reviewhub.imports import bibtex
from reviewhub.imports.reading import UnreadableFile
from reviewhub.papers.record import PaperRecord
from tests.imports.sane import reads, record, records, survives

ENTRY = r"""@article{carberry2019,
  author    = {Carberry, Josiah S. and de la Cruz, Ana and M{\"u}ller, J{\"o}rg and {Tortoise Study Group} and others},
  title     = {The slow growth of {\emph{Testudo imaginaria}} in {CO}$_2$},
  journal   = "Journal of Invented " # "Biology",
  year      = 2019,
  month     = sep,
  volume    = {14},
  number    = {2},
  pages     = {101--109},
  doi       = {10.5555/BIB\_1},
  issn      = {1234-5679},
  keywords  = {tortoise, slow growth},
  abstract  = {Tortoises grow slowly.

               So do we.},
  publisher = {Nowhere \& Sons},
  url       = {https://example.org/a\_b},
  language  = {english}
}
"""


def field(**fields: str) -> PaperRecord:
    """An entry of these fields and a title."""
    said = ",\n".join(f"  {name.replace('_', '-')} = {{{value}}}" for name, value in {"title": "A title", **fields}.items())
    return record(bibtex.read, f"@article{{key,\n{said}\n}}\n")


def people(source: str) -> list[tuple[str, str, bool]]:
    return [(author.name, author.family, author.is_group) for author in field(author=source).authors]


def test_everything_an_entry_says_is_kept() -> None:
    found = record(bibtex.read, ENTRY)
    assert (found.source, found.source_key, found.type, found.language) == ("bibtex", "doi:10.5555/bib_1", "article", "en")
    assert found.title == "The slow growth of <i>Testudo imaginaria</i> in CO<sub>2</sub>"
    assert (found.journal.name, found.journal.issns, found.publisher) == ("Journal of Invented Biology", ["1234-5679"], "Nowhere & Sons")
    assert (found.published, found.volume, found.issue, found.pages) == ("2019-09", "14", "2", "101-109")
    assert found.identifiers == {"doi": ["10.5555/bib_1"], "url": ["https://example.org/a_b"]}
    assert [keyword.term for keyword in found.keywords] == ["tortoise", "slow growth"]
    assert [(author.name, author.is_group) for author in found.authors] == [
        ("Josiah S. Carberry", False), ("Ana de la Cruz", False), ("Jörg Müller", False), ("Tortoise Study Group", True),
    ]  # fmt: skip
    assert found.abstracts["en"][0].html == "Tortoises grow slowly.\n\nSo do we."
    assert found.remarks == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{World Health Organization}", [("World Health Organization", "", True)]),
        ("{World Health Organization and Friends} and Roe, R.", [("World Health Organization and Friends", "", True), ("R. Roe", "Roe", False)]),
        ("Maria {de la Cruz}", [("Maria de la Cruz", "de la Cruz", False)]),
        ("Ludwig van Beethoven", [("Ludwig van Beethoven", "van Beethoven", False)]),
        ("von Berg, Jr, Anna", [("Anna von Berg Jr", "von Berg", False)]),
        ("{Smith}, {Jane} and {Doe, John}", [("Jane Smith", "Smith", False), ("John Doe", "Doe", False)]),
        (r"{\'E}mile {\O}ster", [("Émile Øster", "Øster", False)]),
        ("王小明 and 欧阳, 修", [("王小明", "王", False), ("欧阳修", "欧阳", False)]),
        ("张三;李小四；王五", [("张三", "张", False), ("李小四", "李", False), ("王五", "王", False)]),
        ("family=Berg, prefix=van den, given=Jan", [("Jan van den Berg", "van den Berg", False)]),
        ("J.~R. Roe\n   AND\tA. Poe", [("J. R. Roe", "Roe", False), ("A. Poe", "Poe", False)]),
        ("Roe, R. and and  and Poe, E. and others", [("R. Roe", "Roe", False), ("E. Poe", "Poe", False)]),
    ],
)
def test_people_are_parted_before_latex_is_read(source: str, expected: list[tuple[str, str, bool]]) -> None:
    assert people(source) == expected


def test_entries_in_parentheses_and_several_on_one_line_are_read() -> None:
    text = '@article(a, title = {One (1)}, note = "a ) in quotes") text @BOOK{b, title="Two"}@misc { c , title = {Three} }'
    assert [found.title for found in records(bibtex.read, text)] == ["One (1)", "Two", "Three"]


def test_macros_are_filled_in_and_an_unknown_one_is_told() -> None:
    text = '@string{jib = "Journal of Invented Biology"}\n@STRING(of = { of })\n@article{a, title = "Growth" # OF # "tortoises", journal = jib, publisher = nowhere, month = 1 # "~" # jan}'
    found = record(bibtex.read, text)
    assert (found.title, found.journal.name, found.publisher) == ("Growth of tortoises", "Journal of Invented Biology", "nowhere")
    assert [str(remark) for remark in found.remarks] == ["the macro nowhere is not defined; its name is used"]


def test_a_field_given_twice_loses_nothing_that_can_be_kept() -> None:
    text = "@article{a, title = {}, title = {The title}, author = {Roe, R.}, author = {Poe, E.}, keywords = {one}, keywords = {two}, year = 2001, year = 2002}"
    found = record(bibtex.read, text)
    assert (found.title, [author.name for author in found.authors], [k.term for k in found.keywords], found.published) == (
        "The title",
        ["R. Roe", "E. Poe"],
        ["one", "two"],
        "2001",
    )


def test_two_entries_of_one_key_are_two_records() -> None:
    assert [found.title for found in records(bibtex.read, "@misc{a, title={One}}\n@misc{a, title={Two}}")] == ["One", "Two"]


@pytest.mark.parametrize("parent_is_first", [True, False])
def test_a_child_takes_from_the_entry_it_refers_to_what_it_lacks(parent_is_first: bool) -> None:
    child = "@inproceedings{child, crossref = {Parent}, title = {On tortoises}, author = {Roe, R.}, pages = {1-2}}\n"
    parent = "@proceedings{parent, title = {Proceedings of Slow Things}, editor = {Poe, E.}, year = 2006, month = oct, doi = {10.5555/proc}}\n"
    found = {one.title: one for one in records(bibtex.read, parent + child if parent_is_first else child + parent)}
    paper = found["On tortoises"]
    assert (paper.journal.name, paper.published, paper.type, paper.identifiers) == ("Proceedings of Slow Things", "2006-10", "conference-paper", {})
    assert [(author.name, author.role) for author in paper.authors] == [("R. Roe", "author"), ("E. Poe", "editor")]
    assert found["Proceedings of Slow Things"].identifier("doi") == "10.5555/proc"


def test_a_child_whose_parent_is_not_there_gets_in_and_says_so() -> None:
    found = record(bibtex.read, "@incollection{a, title = {Alone}, crossref = {gone}}")
    assert "gone, which is not in this file" in str(found.remarks[0])


@pytest.mark.parametrize(
    ("fields", "identifiers"),
    [
        ({"eprint": "2101.00001v2", "archiveprefix": "arXiv"}, {"arxiv": ["2101.00001"]}),
        ({"eprint": "hep-th/9901001"}, {"arxiv": ["hep-th/9901001"]}),
        ({"journal": "arXiv preprint arXiv:2101.00001"}, {"arxiv": ["2101.00001"]}),
        ({"url": "https://doi.org/10.5555/A(1)2"}, {"doi": ["10.5555/a(1)2"]}),
        ({"note": "doi: 10.5555/note.1."}, {"doi": ["10.5555/note.1"]}),
        ({"howpublished": r"\url{https://arxiv.org/abs/2101.00001}"}, {"arxiv": ["2101.00001"]}),
        ({"pmid": "123", "pmcid": "PMC45"}, {"pmid": ["123"], "pmcid": ["PMC45"]}),
        ({"unique_id": "WOS:000123456700001"}, {"wos": ["wos:000123456700001"]}),
        ({"isbn": "3-16-148410-X (pbk), 978-3-16-148410-0"}, {"isbn": ["9783161484100"]}),
    ],
)
def test_identifiers_are_found_where_they_are_put(fields: dict[str, str], identifiers: dict[str, list[str]]) -> None:
    assert field(**fields).identifiers == identifiers


def test_an_arxiv_paper_without_a_journal_is_a_preprint() -> None:
    assert (field(journal="arXiv preprint arXiv:2101.00001").type, field(journal="arXiv preprint arXiv:2101.00001").journal.name) == ("preprint", "arXiv")
    assert field(eprint="2101.00001", archiveprefix="arXiv").type == "preprint"
    assert field(eprint="2101.00001", archiveprefix="arXiv", journal="Things").type == "article"


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ({"year": "2019", "month": "9"}, ("2019-09", "")), ({"year": "2019", "month": "September"}, ("2019-09", "")), ({"year": "2019", "month": "sep", "day": "3"}, ("2019-09-03", "")),
        ({"year": "2019", "month": "Summer"}, ("2019", "2019 Summer")), ({"year": "in press"}, ("", "in press")), ({"date": "2019-09-03"}, ("2019-09-03", "")),
        ({"date": "2019-01/2019-03"}, ("2019-01", "2019-01/2019-03")), ({"year": "{\\natexlab{}}2019"}, ("2019", "")), ({"year": "2019", "month": "12", "day": "31"}, ("2019-12-31", "")),
    ],
)  # fmt: skip
def test_dates_are_read_however_they_are_spread_over_fields(fields: dict[str, str], date: tuple[str, str]) -> None:
    found = field(**fields)
    assert (found.published, found.published_label) == date


def test_a_thesis_has_its_school_and_a_book_its_series() -> None:
    thesis = record(bibtex.read, "@phdthesis{a, title={Slow}, school={University of Nowhere}, year=1999}")
    assert (thesis.type, thesis.publisher, thesis.journal.name) == ("thesis", "University of Nowhere", "")
    book = record(bibtex.read, "@book{a, title={Slow}, subtitle={A history}, series={Slow Series}, publisher={Nowhere}}")
    assert (book.type, book.title, book.journal.name) == ("book", "Slow: A history", "Slow Series")


def test_what_scopus_and_web_of_science_add_is_used() -> None:
    scopus = field(author_keywords="one; two", keywords="Three; Four", document_type="Review", abbrev_source_title="Th.", journal="Things").to_json()
    # Their fields have underscores, which `field` writes as hyphens: so say them as they are.
    text = "@ARTICLE{a, title={T}, journal={Things}, abbrev_source_title={Th.}, author_keywords={one; two}, keywords={Three; Four}, document_type={Review}}"
    found = record(bibtex.read, text)
    assert scopus["title"] == "A title"
    assert [(keyword.term, keyword.kind) for keyword in found.keywords] == [("one", "author"), ("two", "author"), ("Three", "subject"), ("Four", "subject")]
    assert (found.type, found.journal.abbreviation) == ("review", "Th.")
    wos = field(funding_acknowledgement="Slow Fund [1, 2]; Quick Fund", keywords_plus="PLUS; MORE", type="Review")
    assert [(funding.name, funding.awards) for funding in wos.funding] == [("Slow Fund", ["1", "2"]), ("Quick Fund", [])]
    assert ([keyword.term for keyword in wos.keywords], wos.type) == (["PLUS", "MORE"], "review")


def test_journals_that_astronomers_write_as_commands_have_their_names() -> None:
    assert field(journal=r"\apj").journal.name == "The Astrophysical Journal"
    assert field(journal=r"{\mnras}").journal.name == "Monthly Notices of the Royal Astronomical Society"


@pytest.mark.parametrize(
    ("broken", "title"),
    [
        ("@article{a\n  title = {No comma behind the key}\n}", "No comma behind the key"),
        ("@article{a,\n  title = {No comma}\n  year = 2001\n}", "No comma"),
        ("@article{a,\n  title = {Never closed,\n  year = {2001}\n}", "Never closed"),
        ('@article{a,\n  title = "Never closed,\n  year = {2001}\n}', "Never closed"),
        ("@article{a,\n  title = {Never ended},\n  year = 2001,\n", "Never ended"),
        ("@article{a, title = {Two commas},, year = 2001}", "Two commas"),
        ("@article{title = {No key}}", "No key"),
        ("@article{, title = {Empty key}}", "Empty key"),
    ],
)
def test_a_broken_entry_gives_what_can_be_made_out_and_spares_the_next(broken: str, title: str) -> None:
    found = reads(bibtex.read, f"{broken}\n\n{ENTRY}")
    assert found[0].record is not None
    assert found[0].record.title.startswith(title)
    assert found[-1].record is not None
    assert found[-1].record.identifier("doi") == "10.5555/bib_1"


def test_comments_preambles_and_text_between_entries_are_passed_over() -> None:
    text = f'% Encoding: UTF-8\n@comment{{jabref-meta: databaseType:bibtex;}}\n@preamble{{"\\newcommand{{\\x}}{{y}}"}}\nSome text.\n{ENTRY}\n@Comment{{@article{{b, title={{No}}}}}}\n'
    assert len(records(bibtex.read, text)) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_character_sets_are_told_apart(encoding: str) -> None:
    text = "@article{a, title={乌龟在野外的缓慢生长及其机制研究}, author={王小明 and 李四}, journal={虚构生物学报}}"
    found = record(bibtex.read, text.encode(encoding))
    assert (found.title, found.language, found.authors[0].family) == ("乌龟在野外的缓慢生长及其机制研究", "zh", "王")


def test_an_entry_without_a_title_is_refused_with_its_key_and_line() -> None:
    [refused] = reads(bibtex.read, "\n\n@misc{nobody, year = 2001}")
    assert (refused.where, str(refused.reason)) == ("record 1 (line 3, nobody)", "no title")


def test_three_thousand_authors_come_whole_and_an_endless_abstract_is_refused() -> None:
    assert len(field(author=" and ".join(f"Roe{n}, A." for n in range(3000))).authors) == 3000
    for n_words, reason in ((4_000_000, "more than 16 MB"), (1_000_000, "a field of 5000000 characters"), (150_000, "abstract of")):
        refused, after = reads(bibtex.read, "@article{big, title={T}, abstract={" + "word " * n_words + "}}\n" + ENTRY)
        assert reason in str(refused.reason)
        assert after.record is not None


@pytest.mark.parametrize(
    "unit", ["a={", ',\na="{', "@a{b,", "{", '"', "@string{a={", "a=b#", "\na=", "@a(", "a = {\\'", "author={" + " " * 9, "isbn={((", ", author = {a;", "\n\n"]
)
def test_no_text_however_broken_takes_long(unit: str) -> None:
    survives(bibtex.read, ("@article{k, title={T}, " + unit * 30_000).encode())


_pieces = st.sampled_from(
    ["@article{", "@string(", "@comment{", "key,", "\n", "title", "author", " = ", "{", "}", '"', "#", ",", "(", ")", " and ", "crossref", "year", "2001", "\\'", "\\", "$", "@", "王小明", "a", "~", "= {x},\n"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces | st.text(max_size=4), max_size=40).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    survives(bibtex.read, text.encode("utf-8", "replace"))
    survives(bibtex.read, b"@article{k, title={T}, " + text.encode("utf-8", "replace"))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    survives(bibtex.read, raw)
    survives(bibtex.read, b"@misc{k, title={" + raw)


_ENTRY_START = re.compile(r"^[ \t]*@[ \t]*(?!comment|string|preamble|xdata)[a-z]+[ \t]*[{(]", re.IGNORECASE | re.MULTILINE)


def test_every_real_file_of_other_projects_is_read_and_no_entry_is_passed_over(shared_data: Path) -> None:
    n_files = n_entries = n_places = n_records = 0
    reasons = set()
    for archive in sorted((shared_data / "formats").glob("*.tar.gz")):
        with tarfile.open(archive) as files:
            for member in files:
                if not member.name.endswith(".bib"):
                    continue
                content = files.extractfile(member)
                assert content is not None
                raw = content.read()
                n_files += 1
                n_entries += len(_ENTRY_START.findall(raw.decode("latin-1")))
                try:
                    found = reads(bibtex.read, raw)
                except UnreadableFile as error:
                    reasons.add(str(error))
                    continue
                n_places += len(found)
                n_records += sum(one.record is not None for one in found)
                reasons |= {str(one.reason) for one in found if one.reason}
    assert n_files == 1432
    assert n_places >= n_entries
    assert n_records >= 2300
    assert reasons == {"no title", "there is no record in this file"}


def test_the_golden_cases_give_the_people_pages_and_dois_expected_of_them(shared_data: Path) -> None:
    n_items = 0
    with gzip.open(shared_data / "formats" / "golden_cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        for case in map(json.loads, lines):
            if case["translator"] != "BibTeX":
                continue
            found = {folded(plain(one.record.title)): one.record for one in reads(bibtex.read, case["input"]) if one.record}
            for item in case["items"]:
                one = found.get(folded(re.sub("<[^>]*>", "", item["title"])))
                assert one is not None
                if "℡" in item["title"]:  # a table of every character: the reference leaves backslashes in its names, we do not
                    continue
                n_items += 1
                authors = [f"{who.get('firstName', '')} {who['lastName']}".strip() for who in item["creators"] if who["creatorType"] == "author"]
                assert [author.name for author in one.authors if author.role == "author"] == authors
                assert item.get("volume", "") == one.volume
                assert re.sub("[–—]", "-", item.get("pages", "")) == one.pages
                assert item.get("DOI", "").lower() in ("", one.identifier("doi"))
    assert n_items >= 17
