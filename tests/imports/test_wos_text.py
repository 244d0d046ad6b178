"""Web of Science tagged text as records."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewhub.imports import wos_text
from reviewhub.imports.reading import UnreadableFile
from reviewhub.papers.record import Funding, PaperRecord, Reference
from tests.imports.sane import check, reads, record, records, survives

RECORD = """PT J
AU Carberry, JS
   de la Cruz, A
   Wang, XM
AF Carberry, Josiah S.
   de la Cruz, Ana
   Wang, Xiaoming
CA Tortoise Study Grp
TI The slow growth of an invented tortoise: a field
   study in two parts
SO JOURNAL OF INVENTED BIOLOGY
LA English
DT Article
DE tortoise; slow growth; Tortoise
ID FIELD; CARAPACE
AB Background
   Tortoises grow slowly, and nobody has measured how slowly an invented one does so in the field over the whole of its long life.
   Methods
   We waited beside it for as long as our patience lasted and wrote down what we saw, which was very little but all of it true.
   Every second year we measured it again with the same tape, read by the same person, under the same tree beside the same pond.
C1 [Carberry, Josiah S.; de la Cruz, Ana] Brown Univ, Dept Psychoceram, Providence, RI USA.
   [Wang, Xiaoming] Univ Nowhere, Inst Slow Sci, Nowhere City,
   Nowhere.
RP Carberry, JS (corresponding author), Brown Univ, Dept Psychoceram, Providence, RI USA.
EM jc@example.org
RI Wang, Xiaoming/A-1234-2010
OI Carberry, J./0000-0002-1825-0097; Cruz, Ana/0000-0001-5109-3700;
   /0000-0002-1694-233X
FU Imaginary Science Foundation of NowhereImaginary Science Foundation of
   Nowhere [NSF-1, NSF-2]; Slow Trust; Imaginary Science Foundation of
   Nowhere [NSF-3]
FX We thank the funders (grants; see above).
CR Roe R, 2001, THINGS, V4, P9, DOI 10.5555/REF.1
   Poe E, 1845, RAVENS
NR 2
PU NOWHERE PRESS
SN 1234-5679
EI 0000-0019
J9 J INVENT BIOL
JI J. Invent. Biol.
PD SEP
PY 2019
VL 14
IS 2
SU 1
BP 101
EP 109
DI 10.5555/WOS.1; 10.5555/wos.2
WC Biology; Ecology
SC Life Sciences & Biomedicine - Other Topics
UT WOS:000123456700001
PM 12345678
ER
"""
FILE = f"\ufeffFN Clarivate Analytics Web of Science\nVR 1.0\n{RECORD}\nEF"


def changed(**fields: str) -> PaperRecord:
    """The record with some fields said otherwise (or, empty, not at all)."""
    kept, skip = [], False
    for line in RECORD.splitlines():
        if line[:2].strip():
            skip = line[:2] in fields
        if not skip:
            kept.append(line)
    said = [f"{tag} {value}" for tag, value in fields.items() if value]
    return record(wos_text.read, "\n".join([*kept[:1], *said, *kept[1:]]))


def test_everything_a_record_says_is_kept() -> None:
    found = record(wos_text.read, FILE)
    assert found.title == "The slow growth of an invented tortoise: a field study in two parts"
    assert (found.type, found.language, list(found.titles)) == ("article", "en", ["en"])
    assert (found.source, found.source_key) == ("wos", "wos:000123456700001")
    assert found.identifiers == {"doi": ["10.5555/wos.1", "10.5555/wos.2"], "wos": ["wos:000123456700001"], "pmid": ["12345678"]}
    assert (found.journal.name, found.journal.abbreviation) == ("JOURNAL OF INVENTED BIOLOGY", "J. Invent. Biol.")
    assert found.journal.issns == ["1234-5679", "0000-0019"]
    assert (found.publisher, found.volume, found.issue, found.pages) == ("NOWHERE PRESS", "14", "2 Suppl. 1", "101-109")
    assert (found.published, found.published_label) == ("2019-09", "")
    assert [(keyword.term, keyword.kind) for keyword in found.keywords] == [
        ("tortoise", "author"), ("slow growth", "author"), ("FIELD", "subject"), ("CARAPACE", "subject"), ("Biology", "subject"), ("Ecology", "subject"),
        ("Life Sciences & Biomedicine - Other Topics", "subject"),
    ]  # fmt: skip
    assert found.references == [Reference("Roe R, 2001, THINGS, V4, P9, DOI 10.5555/REF.1", "10.5555/ref.1"), Reference("Poe E, 1845, RAVENS")]
    assert found.funding_text == "We thank the funders (grants; see above)."


def test_the_abstract_keeps_its_headings_and_paragraphs() -> None:
    background, methods = record(wos_text.read, FILE).abstracts["en"]
    assert (background.label, methods.label) == ("Background", "Methods")
    assert methods.html.count("\n\n") == 1
    [wrapped] = changed(AB="Lines of some seventy characters were\n   wrapped by the program that wrote them.").abstracts["en"]
    assert wrapped.html == "Lines of some seventy characters were wrapped by the program that wrote them."


def test_full_names_go_with_their_addresses_marks_and_identifiers() -> None:
    josiah, ana, xiaoming, group = record(wos_text.read, FILE).authors
    assert [author.name for author in (josiah, ana, xiaoming)] == ["Josiah S. Carberry", "Ana de la Cruz", "Xiaoming Wang"]
    assert [place.name for place in josiah.affiliations] == ["Brown Univ, Dept Psychoceram, Providence, RI USA"]
    assert [place.name for place in xiaoming.affiliations] == ["Univ Nowhere, Inst Slow Sci, Nowhere City, Nowhere"]
    assert (josiah.is_corresponding, josiah.email, ana.is_corresponding, ana.email) == (True, "jc@example.org", False, "")
    assert (josiah.orcid, ana.orcid, xiaoming.orcid) == ("0000-0002-1825-0097", "0000-0001-5109-3700", "")
    assert (group.name, group.is_group) == ("Tortoise Study Grp", True)


def test_an_orcid_without_a_sure_owner_is_left_out_and_told() -> None:
    assert [str(remark) for remark in record(wos_text.read, FILE).remarks] == ["ORCID iD 0000-0002-1694-233X stands without a name; left out"]
    found = changed(AU="Li, W\n   Li, W", AF="", OI="Li, W/0000-0002-1825-0097; Li, W/1111", C1="", RP="", EM="")
    assert [author.orcid for author in found.authors if not author.is_group] == ["", ""]
    assert [str(remark).split(" ")[-2:] for remark in found.remarks] == [["left", "out"]] * 2


def test_addresses_of_mail_go_to_an_author_only_when_it_is_certain_whose_they_are() -> None:
    two = changed(RP="Carberry, JS; Wang, XM (corresponding author), Brown Univ.", EM="x1@example.org; josiah.carberry@example.org")
    assert [(author.is_corresponding, author.email) for author in two.authors[:3]] == [(True, "josiah.carberry@example.org"), (False, ""), (True, "")]


def test_a_funder_named_twice_is_one_with_all_its_grants_and_keeps_the_name_that_was_printed() -> None:
    assert record(wos_text.read, FILE).funding == [
        Funding("Imaginary Science Foundation of Nowhere", awards=["NSF-1", "NSF-2", "NSF-3"]),
        Funding("Slow Trust"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Slow Agency (SA)Federal Slow Agency", "Slow Agency (SA)"), ("NISSNational Institute of Slow Science (NISS)", "NISS"), ("Slow Growth FundEuropean Union (EU)", "Slow Growth Fund"),
        ("McDonald Foundation", "McDonald Foundation"), ("AstraZeneca", "AstraZeneca"), ("GlaxoSmithKline plc", "GlaxoSmithKline plc"), ("CNPq", "CNPq"),
    ],
)  # fmt: skip
def test_the_database_s_own_name_glued_behind_a_funder_is_taken_off(text: str, name: str) -> None:
    assert changed(FU=f"{text} [1]").funding == [Funding(name, awards=["1"])]


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ("Review", "review"), ("Article; Proceedings Paper", "article"), ("Correction", "correction"), ("Editorial Material", "editorial"), ("Meeting Abstract", "conference-paper"),
        ("Book Review", "other"), ("Retraction", "retraction"), ("Article; Retracted Publication", "article"), ("", "article"), ("Letter", "letter"),
    ],
)  # fmt: skip
def test_document_types_are_told_apart(document: str, kind: str) -> None:
    assert changed(DT=document).type == kind


def test_odd_dates_and_pages_are_taken_for_what_they_are() -> None:
    assert (changed(PD="DEC 31").published, changed(PD="").published) == ("2019-12-31", "2019")
    spring = changed(PD="SPR")
    assert (spring.published, spring.published_label) == ("2019", "2019 Spring")
    assert changed(BP="", EP="", AR="e0207499").pages == "e0207499"
    assert changed(EP="+").pages == "101"


def test_a_chinese_title_beside_the_english_one_is_the_title_of_a_chinese_paper() -> None:
    found = changed(LA="Chinese", Z1="乌龟的生长")
    assert (found.title, found.language) == ("乌龟的生长", "zh")
    assert found.titles["en"].startswith("The slow growth")


def test_a_record_that_never_ends_and_one_without_a_title_leave_the_others_alone() -> None:
    text = f"{RECORD.removesuffix('ER' + chr(10))}\n{RECORD}\nPT J\nAU Roe, R\nER\n{RECORD}".replace("\n", "\r\n")
    found = reads(wos_text.read, text)
    assert [one.record is not None for one in found] == [True, True, False, True]
    assert str(found[2].reason) == "no title"
    assert found[2].where.startswith("record 3 (line ")


def test_a_record_without_end_tag_or_line_end_is_still_a_record() -> None:
    assert len(records(wos_text.read, RECORD[:-4])) == 1


def test_an_abstract_without_end_is_refused_with_a_reason() -> None:
    [refused] = reads(wos_text.read, RECORD.replace("Background", "word " * 4_000_000))
    assert "more than 16 MB" in str(refused.reason)


@pytest.mark.parametrize("text", ["nothing of the kind", "FN x\nVR 1.0\nEF\n"])
def test_a_file_without_records_says_so(text: str) -> None:
    with pytest.raises(UnreadableFile, match="no record"):
        reads(wos_text.read, text)


@pytest.mark.parametrize("tag", ["AF", "TI", "C1", "RP", "EM", "OI", "FU", "CR", "DI", "SN", "PD"])
@pytest.mark.parametrize("unit", ["a", " ", ";", "[", "A; ", "[A, B] C. ", "@", "FundEurope ", "DOI ", "A, B/0;", "(corresponding author)"])
def test_no_text_takes_long(tag: str, unit: str) -> None:
    survives(wos_text.read, f"PT J\nAU A, B\nTI x\n{tag} {unit * 5_000}\nER\n".encode())


_lines = st.builds(
    "{} {}".format,
    st.sampled_from(["PT", "AU", "AF", "TI", "C1", "RP", "EM", "OI", "FU", "DT", "PD", "PY", "CR", "DI", "UT", "SN", "ER", "  ", "AB", "Z1"]),
    st.text(max_size=30) | st.sampled_from(["J", "Li, W", "[Li, W] X.", "[[;", "A [1", "A/0000-0002-1825-0097", "2019", "王小明"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_lines, max_size=25))
def test_any_tagged_lines_are_read_or_refused(lines: list[str]) -> None:
    survives(wos_text.read, "\n".join(["PT J", "TI x", *lines]).encode("utf-8", "replace"))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    survives(wos_text.read, raw)
    survives(wos_text.read, b"PT J\nTI " + raw)


def test_every_real_record_is_read_and_shows_its_funders_grants_addresses_and_identifiers(shared_data: Path) -> None:
    with gzip.open(shared_data / "wos" / "sample.txt.gz") as stream:
        places = list(wos_text.read(stream))
    for place in places:
        check(place)
    found = [place.record for place in places if place.record]
    assert len(found) == len(places) == 400
    authors = [author for one in found for author in one.authors if not author.is_group]
    assert sum(bool(author.affiliations) for author in authors) > 0.9 * len(authors)
    assert sum(bool(author.orcid) for author in authors) > 500
    assert sum(any(author.is_corresponding for author in one.authors) for one in found) > 385
    assert sum(len(one.funding) for one in found) > 700
    assert sum(len(funding.awards) for one in found for funding in one.funding) > 450
    assert all(";" not in doi and len(doi) < 200 for one in found for doi in one.identifiers.get("doi", []))
