"""RIS files as records."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewhub.imports import ris
from reviewhub.imports.reading import UnreadableFile
from reviewhub.papers.record import PaperRecord
from tests.imports.sane import reads, record, survives

RECORD = """TY  - JOUR
AU  - Carberry, Josiah S.
AU  - de la Cruz, Ana
A1  - Tortoise Study Group of Nowhere
TI  - The slow growth of an invented tortoise
JF  - Journal of Invented Biology
JA  - J. Inv. Biol.
PY  - 2019/09/03/
VL  - 14
IS  - 2
SP  - 101
EP  - 109
SN  - 1234-5679 (print); 0000-0019
DO  - https://doi.org/10.5555/RIS.1
UR  - https://example.org/a
KW  - tortoise
KW  - slow growth; carapace
AB  - Tortoises grow slowly.
LA  - eng
PB  - Nowhere Press
ER  -
"""


def changed(*lines: str, without: str = "") -> PaperRecord:
    """The record with more lines and without those of some tags."""
    kept = [line for line in RECORD.splitlines() if line[:2] not in without.split()]
    return record(ris.read, "\n".join([*kept[:-1], *lines, kept[-1]]))


def test_everything_a_record_says_is_kept() -> None:
    found = record(ris.read, RECORD)
    assert (found.source, found.source_key, found.type, found.language) == ("ris", "doi:10.5555/ris.1", "article", "en")
    assert (found.title, found.titles) == ("The slow growth of an invented tortoise", {"en": "The slow growth of an invented tortoise"})
    assert (found.journal.name, found.journal.abbreviation, found.journal.issns) == ("Journal of Invented Biology", "J. Inv. Biol.", ["1234-5679", "0000-0019"])
    assert (found.published, found.volume, found.issue, found.pages, found.publisher) == ("2019-09-03", "14", "2", "101-109", "Nowhere Press")
    assert found.identifiers == {"doi": ["10.5555/ris.1"], "url": ["https://example.org/a"]}
    assert [keyword.term for keyword in found.keywords] == ["tortoise", "slow growth", "carapace"]
    assert [(author.name, author.is_group) for author in found.authors] == [
        ("Josiah S. Carberry", False),
        ("Ana de la Cruz", False),
        ("Tortoise Study Group of Nowhere", True),
    ]
    assert found.abstracts["en"][0].html == "Tortoises grow slowly."
    assert found.remarks == []


@pytest.mark.parametrize(
    "text",
    [
        RECORD.replace("  - ", " - "),
        RECORD.replace("  - ", "-").replace("ER  -", "ER-"),
        RECORD.replace("  - ", "  -\t"),
        RECORD.replace("\n", "\r\n"),
        RECORD.replace("\n", "\r"),
        RECORD.replace("\n", "\n\n"),
        "\ufeff" + RECORD,
        RECORD.removesuffix("ER  -\n"),
        "1.\n\nProvider: somebody\n" + RECORD,
        "".join(line[:2].lower() + line[2:] for line in RECORD.splitlines(keepends=True)),
        RECORD.replace("LA  - eng", "LA  - eng\nZZ  - nobody knows this tag\nC9  - nor this"),
    ],
)
def test_the_same_record_is_read_however_it_is_spaced_ended_or_introduced(text: str) -> None:
    assert record(ris.read, text).to_json() == record(ris.read, RECORD).to_json()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_chinese_export_is_read_in_every_encoding_it_comes_in(encoding: str) -> None:
    text = "TY  - JOUR\nA1  - 王小明;欧阳修;\nT1  - 乌龟在野外的缓慢生长及其机制研究\nJF  - 虚构生物学报\nY1  - 2019\nK1  -\nKW  - 乌龟;生长;野外\nAD  - 无名大学;\nN2  - 乌龟生长缓慢，本文对此进行了研究。\nER  -\n"
    found = record(ris.read, text.encode(encoding))
    assert (found.title, found.language, found.journal.name) == ("乌龟在野外的缓慢生长及其机制研究", "zh", "虚构生物学报")
    assert [(author.family, author.given) for author in found.authors] == [("王", "小明"), ("欧阳", "修")]
    assert [keyword.term for keyword in found.keywords] == ["乌龟", "生长", "野外"]
    assert found.abstracts["zh"][0].html == "乌龟生长缓慢，本文对此进行了研究。"


def test_latin_1_is_read_as_it_was_meant() -> None:
    assert record(ris.read, "TY  - JOUR\nAU  - Müller, Jörg\nTI  - Über Schildkröten\nER  -\n".encode("latin-1")).authors[0].name == "Jörg Müller"


def test_a_tag_like_word_in_an_abstract_stays_in_it_and_wrapped_lines_are_joined() -> None:
    found = changed("AB  - It grows in vitro\nIS - it is said - slowly.", without="AB")
    assert found.abstracts["en"][0].html == "It grows in vitro IS - it is said - slowly."
    assert found.issue == "2"
    long = "x" * 130
    assert changed(f"AB  - {long}\nSecond.", without="AB").abstracts["en"][0].html == f"{long}\n\nSecond."


def test_a_doi_is_found_where_publishers_put_it() -> None:
    for line in ("M3  - doi: 10.5555/RIS.2", "N1  - 10.5555/ris.2", "L3  - 10.5555/ris.2", "UR  - https://dx.doi.org/10.5555/ris.2"):
        assert changed(line, without="DO UR").identifiers == {"doi": ["10.5555/ris.2"]}
    assert "not-a-doi is not a valid DOI" in str(changed("DO  - not-a-doi", without="DO").remarks[0])


def test_other_identifiers_are_taken_from_where_databases_put_them() -> None:
    assert changed("UR  - https://arxiv.org/abs/2101.00001v2", without="UR").identifier("arxiv") == "2101.00001"
    assert changed("UR  - https://pubmed.ncbi.nlm.nih.gov/12345", without="UR").identifier("pmid") == "12345"
    assert changed("AN  - WOS:000123456700001").identifier("wos") == "wos:000123456700001"
    assert changed("DB  - PubMed", "AN  - 12345").identifier("pmid") == "12345"
    assert changed("C2  - PMC123").identifier("pmcid") == "PMC123"
    assert changed("SN  - 978-3-16-148410-0", without="SN").identifier("isbn") == "9783161484100"
    assert "neither an ISSN nor an ISBN" in str(changed("SN  - 1234-0000", without="SN").remarks[0])


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        (["PY  - 2019", "DA  - 2019/09/03"], ("2019-09-03", "")), (["PY  - 2019", "DA  - 2021/01/01"], ("2019", "")), (["PY  - 2019", "DA  - DEC 31"], ("2019-12-31", "")),
        (["Y1  - 1900/01/01", "DA  - 1950/01/01"], ("1950-01-01", "")), (["Y1  - 2009///Winter"], ("2009", "2009 Winter")), (["PY  - 0000"], ("", "")), (["PY  - in press"], ("", "in press")),
    ],
)  # fmt: skip
def test_the_date_fields_are_weighed_against_each_other(lines: list[str], date: tuple[str, str]) -> None:
    found = changed(*lines, without="PY")
    assert (found.published, found.published_label) == date


def test_a_chapter_has_its_book_and_editors_and_a_book_only_its_series() -> None:
    place = "T2  - The Book of Slow Things\nA2  - Roe, Richard"
    chapter = record(ris.read, RECORD.replace("TY  - JOUR", "TY  - CHAP").replace("JF  - Journal of Invented Biology\nJA  - J. Inv. Biol.", place))
    assert (chapter.type, chapter.journal.name) == ("book-chapter", "The Book of Slow Things")
    assert [author.role for author in chapter.authors] == ["author", "author", "author", "editor"]
    book = record(ris.read, "TY  - BOOK\nBT  - The Book of Slow Things\nT3  - Slow Series\nA2  - Roe, R.\nSN  - 978-3-16-148410-0\nER  -\n")
    assert (book.type, book.title, book.journal.name, book.identifier("isbn")) == ("book", "The Book of Slow Things", "Slow Series", "9783161484100")


def test_what_stands_as_a_journal_but_is_arxiv_makes_a_preprint() -> None:
    found = changed("JF  - arXiv:2101.00001 [q-bio]", without="JF JA DO VL")
    assert (found.type, found.journal.name, found.identifier("arxiv")) == ("preprint", "arXiv", "2101.00001")


def test_addresses_go_to_the_only_author_and_are_otherwise_told_as_left_out() -> None:
    alone = changed("AU  - Roe, R.", "AD  - University of Nowhere, r.roe@example.org", without="AU A1").authors[0]
    assert ([place.name for place in alone.affiliations], alone.email) == (["University of Nowhere"], "r.roe@example.org")
    assert "not tied to authors" in str(changed("AD  - University of Nowhere").remarks[0])


def test_a_record_without_a_title_does_not_stop_the_next() -> None:
    found = reads(ris.read, "TY  - JOUR\nAU  - Roe, R.\nER  -\n\n" + RECORD)
    assert [(one.where, str(one.reason) if one.reason else "") for one in found] == [("record 1 (line 1)", "no title"), ("record 2 (line 5)", "")]


def test_control_characters_are_taken_out() -> None:
    assert record(ris.read, RECORD.replace("The slow", "The\x00 \x07slow\u202e")).title == "The slow growth of an invented tortoise"


def test_a_file_without_records_says_so() -> None:
    with pytest.raises(UnreadableFile, match="no record"):
        reads(ris.read, "Dear Sir or Madam,\n")


@pytest.mark.parametrize("tag", ["AU", "TI", "JF", "SN", "UR", "AD", "KW", "DO", "PY", "T2", "M3", "SP"])
@pytest.mark.parametrize("unit", ["a", " ", ";", "(", "@", "a@", "1.", "王，", "arxiv:a-", "http://;", "10.5555/"])
def test_no_text_takes_long(tag: str, unit: str) -> None:
    survives(ris.read, f"TY  - JOUR\nTI  - x\n{tag}  - arXiv {unit * 5_000}\nER  -\n".encode())


_lines = st.builds(
    "{}{}{}".format,
    st.sampled_from(["TY", "AU", "A2", "TI", "T2", "JO", "PY", "DA", "KW", "SN", "DO", "UR", "AB", "SP", "EP", "AD", "ER", "M3", "AN", "zz", "In"]),
    st.sampled_from(["  - ", " - ", "-", "  -", " "]),
    st.text(max_size=25) | st.sampled_from(["JOUR", "2019/1/1/", "1234-5679", "10.5555/a", "王小明，李四", "arXiv:2101.00001", "a;b;;", "<b>"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_lines, max_size=25))
def test_any_tagged_lines_are_read_or_refused(lines: list[str]) -> None:
    survives(ris.read, "\n".join(["TY  - JOUR", "TI  - x", *lines]).encode("utf-8", "replace"))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    survives(ris.read, raw)
    survives(ris.read, b"TY  - JOUR\nTI  - " + raw)


def test_every_real_file_of_other_projects_is_read(shared_data: Path) -> None:
    n_files = n_records = 0
    reasons = set()
    for archive in sorted((shared_data / "formats").glob("*.tar.gz")):
        with tarfile.open(archive) as files:
            for member in files:
                if member.name.endswith(".ris") and not member.name.endswith("example_wos.ris"):
                    content = files.extractfile(member)
                    assert content is not None
                    n_files += 1
                    try:
                        found = reads(ris.read, content.read())
                    except UnreadableFile as error:
                        reasons.add(str(error))
                        continue
                    n_records += sum(one.record is not None for one in found)
                    reasons |= {str(one.reason) for one in found if one.reason}
    assert n_files >= 40
    assert n_records >= 40
    assert reasons <= {"no title", "there is no record in this file"}


def test_the_golden_cases_give_the_titles_and_people_expected_of_them(shared_data: Path) -> None:
    n_cases = 0
    with gzip.open(shared_data / "formats" / "golden_cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        for case in map(json.loads, lines):
            if case["translator"] == "RIS":
                n_cases += 1
                found = {one.record.title: one.record for one in reads(ris.read, case["input"]) if one.record}
                for item in case["items"]:
                    if item.get("title"):
                        authors = [f"{who['firstName']} {who['lastName']}" for who in item["creators"] if who["creatorType"] in ("author", "inventor")]
                        assert [author.name for author in found[item["title"]].authors] == authors
    assert n_cases >= 5
