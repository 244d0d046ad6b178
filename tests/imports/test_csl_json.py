"""CSL-JSON as records."""

from __future__ import annotations

import contextlib
import gzip
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewhub.imports import csl_json
from reviewhub.imports.reading import Read, UnreadableFile
from reviewhub.papers.record import PaperRecord
from tests.imports.sane import reads, record, records, survives

ITEM: dict[str, Any] = {
    "id": "carberry2019",
    "type": "article-journal",
    "title": "The slow growth of <i>Testudo imaginaria</i>",
    "container-title": "Journal of Invented Biology",
    "container-title-short": "J. Inv. Biol.",
    "author": [
        {
            "family": "Carberry",
            "given": "Josiah",
            "suffix": "Jr",
            "ORCID": "https://orcid.org/0000-0002-1825-0097",
            "affiliation": [{"name": "Brown University"}],
        },
        {"family": "Cruz", "given": "Ana", "non-dropping-particle": "de la"},
        {"literal": "Tortoise Study Group"},
    ],
    "issued": {"date-parts": [["2019", 9, "3"]]},
    "volume": 14,
    "issue": "2",
    "page": "101-109",
    "DOI": "https://doi.org/10.5555/CSL.1",
    "ISSN": "1234-5679, 0000-0019",
    "URL": "https://example.org/a",
    "PMID": "12345",
    "abstract": "Tortoises grow slowly.\n\nSo do we.",
    "keyword": "tortoise, slow growth",
    "language": "en-GB",
    "publisher": "Nowhere Press",
}


def one(**changed: Any) -> PaperRecord:
    return record(csl_json.read, json.dumps([{**ITEM, **changed}]))


def test_everything_an_item_says_is_kept() -> None:
    found = one()
    assert (found.source, found.source_key, found.type, found.language) == ("csl-json", "doi:10.5555/csl.1", "article", "en")
    assert found.titles == {"en": "The slow growth of <i>Testudo imaginaria</i>"}
    assert (found.journal.name, found.journal.abbreviation, found.journal.issns) == ("Journal of Invented Biology", "J. Inv. Biol.", ["1234-5679", "0000-0019"])
    assert (found.published, found.volume, found.issue, found.pages, found.publisher) == ("2019-09-03", "14", "2", "101-109", "Nowhere Press")
    assert found.identifiers == {"doi": ["10.5555/csl.1"], "pmid": ["12345"], "url": ["https://example.org/a"]}
    assert [keyword.term for keyword in found.keywords] == ["tortoise", "slow growth"]
    assert found.abstracts["en"][0].html == "Tortoises grow slowly.\n\nSo do we."
    first, second, group = found.authors
    assert (first.name, first.suffix, first.orcid, first.affiliations[0].name) == ("Josiah Carberry Jr", "Jr", "0000-0002-1825-0097", "Brown University")
    assert (second.name, second.family) == ("Ana de la Cruz", "de la Cruz")
    assert (group.name, group.is_group) == ("Tortoise Study Group", True)


def test_names_come_in_every_shape_they_are_written_in() -> None:
    names: list[Any] = [
        {"family": "王", "given": "小明"},
        {"literal": "欧阳修"},
        {"family": "王小明"},
        "Roe, Richard",
        {"literal": "Jane Q. Public"},
        {"literal": "OpenTortoise"},
        {},
        None,
        {"literal": "et al."},
    ]
    found = one(author=names).authors
    assert [(author.name, author.family, author.is_group) for author in found] == [
        ("王小明", "王", False), ("欧阳修", "欧阳", False), ("王小明", "王", False), ("Richard Roe", "Roe", False), ("Jane Q. Public", "Public", False), ("OpenTortoise", "", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("issued", "date"),
    [
        ({"date-parts": [[2019]]}, ("2019", "")), ({"date-parts": [[2019, 9], [2019, 10]]}, ("2019-09", "")), ({"date-parts": [[2019]], "season": 1}, ("2019", "2019 Spring")),
        ({"raw": "2023 Winter"}, ("2023", "2023 Winter")), ({"literal": "in press"}, ("", "in press")), ({"date-parts": [[None]]}, ("", "")), ({"date-parts": []}, ("", "")),
        ("2019-09", ("2019-09", "")), (2019, ("2019", "")), ({"date-parts": [[2019]], "circa": True}, ("2019", "c. 2019")), ({"date-parts": [[0, 0, 0]]}, ("", "0 0 0")),
    ],
)  # fmt: skip
def test_dates_come_in_every_shape_they_are_written_in(issued: Any, date: tuple[str, str]) -> None:
    found = one(issued=issued)
    assert (found.published, found.published_label) == date


def test_identifiers_kept_in_the_note_are_found() -> None:
    found = one(DOI=None, PMID=None, note="read it twice\nDOI: 10.5555/csl.2\nPMID: 99\nPMCID: PMC5")
    assert (found.identifier("doi"), found.identifier("pmid"), found.identifier("pmcid")) == ("10.5555/csl.2", "99", "PMC5")


def test_types_are_told_apart() -> None:
    assert one(type="paper-conference").type == "conference-paper"
    assert one(type="chapter").type == "book-chapter"
    assert one(type="thesis").type == "thesis"
    assert one(type="article", volume=None, **{"container-title": "arXiv:2101.00001"}).type == "preprint"
    assert one(type="article").type == "article"
    assert one(type="never heard of").type == "other"


def test_a_chinese_item_has_its_title_and_abstract_under_chinese() -> None:
    found = one(
        title="乌龟的缓慢生长",
        abstract="乌龟生长缓慢。",
        language=None,
        keyword="乌龟；生长",
        **{"original-title": "The slow growth of the tortoise in the field"},
    )
    assert (found.language, found.titles["zh"], found.abstracts["zh"][0].html) == ("zh", "乌龟的缓慢生长", "乌龟生长缓慢。")
    assert found.titles["en"] == "The slow growth of the tortoise in the field"
    assert [keyword.term for keyword in found.keywords] == ["乌龟", "生长"]


def test_a_title_of_han_characters_alone_may_be_japanese_where_the_item_says_so() -> None:
    assert one(title="亀類成長機構研究", language="ja").titles == {"ja": "亀類成長機構研究"}
    assert one(title="亀類成長機構研究", language="en").language == "zh"


def test_one_item_a_list_and_lines_are_read_and_a_stranger_among_them_is_told() -> None:
    assert len(records(csl_json.read, json.dumps(ITEM))) == 1
    assert len(records(csl_json.read, "\n".join([json.dumps(ITEM)] * 3))) == 3
    found = reads(csl_json.read, json.dumps([ITEM, {"colour": "green"}, 7, {**ITEM, "title": ""}, ITEM]))
    assert [one.record is not None for one in found] == [True, False, False, False, True]
    assert "not a CSL-JSON item" in str(found[1].reason)
    assert str(found[3].reason) == "no title"
    assert "carberry2019" in found[4].where


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["10.5555/a", "2020", "<b>x", "王小明", "1234-5679"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["family", "given", "literal", "date-parts", "raw", "season", "name", "ORCID", "affiliation"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from([*ITEM, "editor", "note", "ISBN", "genre", "number", "categories", "license", "original-title"]), _values))
def test_an_item_of_any_shape_is_read_or_refused(changed: dict[str, Any]) -> None:
    survives(csl_json.read, json.dumps([{**ITEM, **changed}]).encode())


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    survives(csl_json.read, raw)
    survives(csl_json.read, b'[{"title": "x", "author":' + raw)


def test_every_real_file_of_other_projects_is_read(shared_data: Path) -> None:
    n_files = n_records = 0
    for archive in sorted((shared_data / "formats").glob("*.tar.gz")):
        with tarfile.open(archive) as files:
            for member in files:
                if member.name.endswith(".json"):
                    content = files.extractfile(member)
                    assert content is not None
                    n_files += 1
                    found: list[Read] = []
                    with contextlib.suppress(UnreadableFile):
                        found = reads(csl_json.read, content.read())
                    if "csl" in member.name or "citeproc" in member.name:
                        n_records += sum(one.record is not None for one in found)
    assert n_files >= 90
    assert n_records >= 60


def test_a_thousand_real_chinese_records_are_read_with_their_keywords(shared_data: Path) -> None:
    with gzip.open(shared_data / "chinese" / "csl_records.jsonl.gz") as stream:
        found = [one.record for one in csl_json.read(stream) if one.record]
    assert len(found) == 1000
    assert sum("zh" in one.abstracts and one.language == "zh" for one in found) >= 999  # one is in English
    assert sum(bool(one.keywords) for one in found) >= 999


def test_the_golden_case_gives_what_is_expected_of_it(shared_data: Path) -> None:
    with gzip.open(shared_data / "formats" / "golden_cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        [case] = [case for case in map(json.loads, lines) if case["translator"] == "CSL JSON"]
    [item], found = case["items"], record(csl_json.read, case["input"])
    assert (found.title, found.publisher, found.volume) == (item["title"], item["publisher"], item["volume"])
    assert found.identifier("isbn") == item["ISBN"].replace("-", "")
