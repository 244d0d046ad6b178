"""Crossref's JSON as records."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewhub.imports import crossref_json
from reviewhub.imports.reading import Read
from reviewhub.papers.record import Author, PaperRecord, Reference, Relation
from tests.imports.sane import check, reads, record, records, survives

WORK: dict[str, Any] = {
    "DOI": "10.5555/ABC.1",
    "type": "journal-article",
    "title": ["Growth of <i>Testudo imaginaria</i> in CO<sub>2</sub> &amp; water"],
    "subtitle": ["A made-up study"],
    "container-title": ["Journal of Invented Biology"],
    "short-container-title": ["J. Inv. Biol."],
    "ISSN": ["1234-5679", "1234-0000"],
    "publisher": "Nowhere Press",
    "volume": "12",
    "issue": "3",
    "page": "45-67",
    "language": "en",
    "published-print": {"date-parts": [[2021, 3]]},
    "published-online": {"date-parts": [[2020, 11, 5]]},
    "issued": {"date-parts": [[2020, 11, 5]]},
    "deposited": {"date-parts": [[2022, 1, 2]], "date-time": "2022-01-02T00:00:00Z"},
    "author": [
        {
            "given": "Josiah",
            "family": "Carberry",
            "suffix": "Jr",
            "sequence": "first",
            "ORCID": "http://orcid.org/0000-0002-1825-0097",
            "affiliation": [{"name": "Dept of Psychoceramics, Brown U. E-mail: jc@example.org", "id": [{"id": "https://ror.org/05gq02987", "id-type": "ROR"}]}],
        },
        {"given": "小明", "family": "王", "sequence": "additional", "ORCID": "https://orcid.org/0000-0002-1825-0098"},
        {"name": "The Tortoise Consortium", "sequence": "additional"},
    ],
    "editor": [{"given": "Hand", "family": "Ler"}],
    "subject": ["General Biology", "General Biology", "Ecology &amp; Evolution"],
    "funder": [{"name": "Imaginary Fund", "DOI": "10.13039/501100001809", "award": ["A1", "B2", "A1"]}],
    "license": [
        {"URL": "http://example.org/tdm", "content-version": "tdm"},
        {"URL": "https://creativecommons.org/licenses/by/4.0/", "content-version": "vor"},
    ],
    "link": [{"URL": "https://example.org/a.pdf", "content-type": "application/pdf", "content-version": "vor", "intended-application": "text-mining"}],
    "abstract": "<jats:sec><jats:title>Aim</jats:title><jats:p>To test the growth of E=mc<jats:sup>2</jats:sup> in the field.</jats:p></jats:sec>",
    "reference": [
        {"key": "1", "DOI": "10.5555/REF.1", "unstructured": "Someone (1999). A thing."},
        {"key": "2", "author": "Roe", "year": "2001", "article-title": "On things", "journal-title": "Things", "volume": "4", "issue": "1", "first-page": "9"},
        {"key": "3"},
    ],
    "relation": {
        "has-preprint": [{"id-type": "doi", "id": "10.5555/pre.1", "asserted-by": "object"}],
        "is-supplemented-by": [{"id-type": "uri", "id": "https://example.org"}],
        "cites": [{"id-type": "doi", "id": "10.5555/x"}],
    },
    "updated-by": [{"DOI": "10.5555/ret.1", "type": "retraction", "label": "Retraction", "updated": {"date-parts": [[2023, 2, 1]]}}],
}


def one(**changed: Any) -> PaperRecord:
    return record(crossref_json.read, json.dumps({**WORK, **changed}))


def test_everything_a_work_says_is_kept() -> None:
    found = one()
    assert found.title == "Growth of <i>Testudo imaginaria</i> in CO<sub>2</sub> &amp; water: A made-up study"
    assert (found.type, found.language, found.titles) == ("article", "en", {"en": found.title})
    assert (found.source, found.source_key, found.revised) == ("crossref", "doi:10.5555/abc.1", "2022-01-02")
    assert (found.journal.name, found.journal.abbreviation, found.journal.issns) == ("Journal of Invented Biology", "J. Inv. Biol.", ["1234-5679"])
    assert (found.publisher, found.volume, found.issue, found.pages) == ("Nowhere Press", "12", "3", "45-67")
    assert [keyword.term for keyword in found.keywords] == ["General Biology", "Ecology & Evolution"]
    assert {keyword.kind for keyword in found.keywords} == {"subject"}
    assert [(funding.name, funding.doi, funding.awards) for funding in found.funding] == [("Imaginary Fund", "10.13039/501100001809", ["A1", "B2"])]
    assert found.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert found.full_text_url == "https://example.org/a.pdf"
    assert [(section.label, section.html) for section in found.abstracts["en"]] == [("Aim", "To test the growth of E=mc<sup>2</sup> in the field.")]
    assert found.references == [Reference("Someone (1999). A thing.", "10.5555/ref.1"), Reference("Roe (2001). On things. Things 4(1), 9")]
    assert found.relations == [
        Relation("retracts", False, "10.5555/ret.1", on="2023-02-01", note="Retraction"),
        Relation("is-preprint-of", False, "10.5555/pre.1"),
    ]


def test_authors_stand_in_printed_order_with_affiliation_and_private_address() -> None:
    first, second, group = one().authors
    assert (first.name, first.family, first.given, first.suffix) == ("Josiah Carberry Jr", "Carberry", "Josiah", "Jr")
    assert (first.orcid, first.email) == ("0000-0002-1825-0097", "jc@example.org")
    assert [(place.name, place.ror) for place in first.affiliations] == [("Dept of Psychoceramics, Brown U", "05gq02987")]
    assert (second.name, second.family, second.given, second.orcid) == ("王小明", "王", "小明", "")
    assert group == Author("The Tortoise Consortium", is_group=True)


def test_a_value_that_fails_its_check_is_left_out_and_told() -> None:
    told = " ".join(str(remark) for remark in one().remarks)
    assert "1234-0000 is not a valid ISSN" in told
    assert "0000-0002-1825-0098 is not a valid ORCID" in told


def test_the_editor_of_an_article_is_no_author_but_the_editor_of_a_book_is_named() -> None:
    assert all(author.role == "author" for author in one().authors)
    book = one(type="book", author=[], **{"container-title": []})
    assert [(author.name, author.role) for author in book.authors] == [("Hand Ler", "editor")]


def test_the_earliest_date_counts_and_a_fuller_one_of_the_same_time_is_preferred() -> None:
    blank = dict.fromkeys(("published-print", "published-online", "issued"))
    assert one().published == "2020-11-05"
    assert one(**{**blank, "published-print": {"date-parts": [[2020]]}, "published-online": {"date-parts": [[2020, 4, 1]]}}).published == "2020-04-01"
    assert one(**{**blank, "published-print": {"date-parts": [[1999, 3]]}, "published-online": {"date-parts": [[2008, 5, 1]]}}).published == "1999-03"
    assert one(**{**blank, "issued": {"date-parts": [[None]]}}).published == ""


def test_a_notice_is_typed_by_what_it_does_and_a_new_version_of_itself_is_no_relation() -> None:
    def update(kind: str, doi: str = "10.5555/old") -> PaperRecord:
        return one(**{"update-to": [{"DOI": doi, "type": kind, "label": kind}], "updated-by": [], "relation": {}})

    assert update("retraction").type == "retraction"
    assert update("erratum").type == "correction"
    assert update("expression_of_concern").type == "expression-of-concern"
    assert (update("new_version").type, update("new_version").relations[0].kind) == ("article", "updates")
    assert update("withdrawal").relations == [Relation("withdraws", True, "10.5555/old", note="withdrawal")]
    same = update("correction", "10.5555/ABC.1")
    assert (same.type, same.relations) == ("article", [])


def test_types_and_subtypes_are_told_apart() -> None:
    kinds = {
        ("posted-content", "preprint"): "preprint", ("posted-content", "blog"): "webpage", ("posted-content", None): "preprint", ("book-chapter", None): "book-chapter",
        ("proceedings-article", None): "conference-paper", ("dissertation", None): "thesis", ("peer-review", None): "peer-review", ("unheard-of", None): "other",
    }  # fmt: skip
    for (kind, subtype), expected in kinds.items():
        assert one(type=kind, subtype=subtype).type == expected


def test_a_title_in_chinese_settles_the_language_and_a_translated_title_gives_way_to_the_original() -> None:
    chinese = one(title=["乌龟的生长"], subtitle=[])
    assert (chinese.language, chinese.titles) == ("zh", {"zh": "乌龟的生长"})
    translated = one(title=["The growth of the tortoise in the field"], subtitle=[], **{"original-title": ["乌龟的生长"]})
    assert (translated.title, translated.language) == ("乌龟的生长", "zh")
    assert translated.titles == {"zh": "乌龟的生长", "en": "The growth of the tortoise in the field"}


def test_an_arxiv_doi_gives_the_arxiv_identifier_and_an_open_licence_the_full_text() -> None:
    found = one(DOI="10.48550/arXiv.2101.00001", license=[{"URL": "http://example.org/tdm", "content-version": "tdm"}])
    assert found.identifier("arxiv") == "2101.00001"
    assert (found.licence, found.full_text_url) == ("http://example.org/tdm", "")


def test_a_chapter_with_an_issn_is_filed_under_its_series_and_without_one_under_its_book() -> None:
    both = {"type": "book-chapter", "container-title": ["Notes on Things", "The Book of Things"]}
    assert one(**both).journal.name == "Notes on Things"
    assert one(**both, ISSN=[]).journal.name == "The Book of Things"


def test_a_work_a_list_an_envelope_and_lines_are_all_read() -> None:
    other = {**WORK, "DOI": "10.5555/abc.2"}
    one_text, other_text = json.dumps(WORK), json.dumps(other)
    for text in (
        f"[{one_text}, {other_text}]",
        f"{one_text}\n{other_text}\n",
        json.dumps({"status": "ok", "message": {"items": [WORK, other]}}),
        json.dumps({"message": WORK}) + "\n" + json.dumps({"message": other}),
        json.dumps([WORK, other], indent=1),
    ):
        assert [found.identifier("doi") for found in records(crossref_json.read, text)] == ["10.5555/abc.1", "10.5555/abc.2"]
    assert record(crossref_json.read, json.dumps(WORK, indent=2)).source_key == "doi:10.5555/abc.1"


def test_one_bad_record_is_told_with_its_place_and_the_ones_around_it_get_in() -> None:
    lines = [json.dumps(WORK), "{broken", json.dumps({**WORK, "title": []}), json.dumps({**WORK, "DOI": "not a doi"})]
    found = reads(crossref_json.read, "\n".join(lines))
    assert [one.record is not None for one in found] == [True, False, False, True]
    assert "line 2" in found[1].where
    assert str(found[2].reason) == "no title"
    assert found[3].record is not None
    assert "not a doi is not a valid DOI" in str(found[3].record.remarks[0])


def test_three_thousand_authors_come_whole_and_a_huge_abstract_is_refused() -> None:
    crowd = one(author=[{"given": f"A{n}", "family": f"B{n}"} for n in range(3000)])
    assert [author.name for author in crowd.authors][::2999] == ["A0 B0", "A2999 B2999"]
    [refused] = reads(crossref_json.read, json.dumps({**WORK, "abstract": "<jats:p>" + "word " * 200_000 + "</jats:p>"}))
    assert "abstract of" in str(refused.reason)


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["10.5555/a", "2020", "<b>x", "jats:p", "王小明"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "DOI", "id", "id-type", "type", "date-parts", "URL", "award", "family", "given", "ORCID"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from([*WORK, "update-to", "original-title", "ISBN", "posted", "institution", "resource", "subtype"]), _values))
def test_a_work_of_any_shape_is_read_or_refused(changed: dict[str, Any]) -> None:
    survives(crossref_json.read, json.dumps({**WORK, **changed}).encode())


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    survives(crossref_json.read, raw)
    survives(crossref_json.read, b'{"title": ["x"], "DOI":' + raw)


def test_every_real_work_is_read_and_shows_its_notices_preprints_reviews_and_references(shared_data: Path) -> None:
    places: list[Read] = []
    for name in ("works", "works_with_references"):
        with gzip.open(shared_data / "crossref" / f"{name}.jsonl.gz") as stream:
            places += crossref_json.read(stream)
    assert len(places) == 5874
    refused = [str(place.reason) for place in places if place.record is None]
    assert set(refused) == {"no title"}
    assert len(refused) < 15
    for place in places[::7]:
        check(place)
    found = [place.record for place in places if place.record]
    kinds = {(relation.kind, relation.is_from) for work in found for relation in work.relations}
    assert {("retracts", True), ("corrects", True), ("is-preprint-of", True), ("is-preprint-of", False), ("reviews", True), ("reviews", False)} <= kinds
    assert sum(bool(author.orcid) for work in found for author in work.authors) > 2000
    assert sum(bool(work.published) for work in found) > 0.95 * len(found)
    assert sum(bool(reference.doi) for work in found for reference in work.references) > 5000
