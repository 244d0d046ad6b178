"""What people type to add a paper, before any page is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.core import clock
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.rules import MAX_ABSTRACT_CHARS, MAX_TITLE_CHARS, fault_of
from reviewhub.web.forms.adding import FIELDS, ByHand, Identified, identified

GOOD = {"title": "Sleep in mice", "authors": "Jane Doe", "published": "2023"}


def record(**typed: str) -> PaperRecord:
    form = ByHand.of({**GOOD, **typed})
    found = form.record()
    assert found is not None, form.errors
    return found


def errors(**typed: str) -> dict[str, str]:
    form = ByHand.of({**GOOD, **typed})
    assert form.record() is None
    return {name: str(error) for name, error in form.errors.items()}


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("10.1234/ABC", "doi", "10.1234/abc"),
        (" https://doi.org/10.1234/abc ", "doi", "10.1234/abc"),
        ("doi:10.1234/abc", "doi", "10.1234/abc"),
        ("https://publisher.example/doi/full/10.1002/abc.123", "doi", "10.1002/abc.123"),
        ("12345678", "pmid", "12345678"),
        ("PMID: 12345678", "pmid", "12345678"),
        ("https://pubmed.ncbi.nlm.nih.gov/12345678/", "pmid", "12345678"),
        ("PMC1234567", "pmcid", "PMC1234567"),
        ("arXiv:2301.01234v2", "arxiv", "2301.01234"),
        ("https://arxiv.org/abs/2301.01234", "arxiv", "2301.01234"),
        ("https://arxiv.org/pdf/hep-th/9901001", "arxiv", "hep-th/9901001"),
        ("https://doi.org/10.48550/arXiv.2301.01234", "arxiv", "2301.01234"),
    ],
)
def test_an_identifier_is_known_in_every_form_people_paste(typed: str, kind: str, value: str) -> None:
    assert identified(typed) == Identified(kind, value)


@pytest.mark.parametrize("typed", ["", "   ", "sleep in mice", "https://example.org/", "10.1234", "10.1/a and 10.1234/b; 10.1234/c", "0", "１２３"])
def test_what_names_no_one_work_is_not_taken_for_an_identifier(typed: str) -> None:
    assert identified(typed) is None


@given(st.text(max_size=200))
def test_any_text_can_be_typed_as_identifier(text: str) -> None:
    found = identified(text)
    assert found is None or found.value


def test_a_filled_form_is_a_record() -> None:
    found = record(
        type="review", language="en", title="Effects of CO2 & sleep: $x^2$", title_other="二氧化碳与睡眠", authors="Doe, Jane Q.\r\n王小明\n\nJan van den Berg",
        groups="Sleep Group", journal="Journal of Sleep", volume="12", issue="3", pages="45-67", published="2023-04", doi="https://doi.org/10.1234/ABC",
        pmid="12345", arxiv="2301.01234", url="https://example.org/x",
        keywords="sleep; Pain, Postoperative；mice、Sleep", abstract_en="One.\n\nTwo.", abstract_zh="摘要。",
    )  # fmt: skip
    assert found.source == "hand"
    assert found.title.startswith("Effects of CO2 &amp; sleep: <math")
    assert found.titles == {"en": found.title, "zh": "二氧化碳与睡眠"}
    assert [(a.name, a.family, a.is_group) for a in found.authors] == [
        ("Jane Q. Doe", "Doe", False), ("王小明", "王", False), ("Jan van den Berg", "van den Berg", False), ("Sleep Group", "", True),
    ]  # fmt: skip
    assert found.identifiers == {"doi": ["10.1234/abc"], "pmid": ["12345"], "arxiv": ["2301.01234"], "url": ["https://example.org/x"]}
    assert [k.term for k in found.keywords] == ["sleep", "Pain, Postoperative", "mice"]
    assert found.abstracts["en"][0].html == "One.\n\nTwo."
    assert (found.published, found.volume, found.pages) == ("2023-04", "12", "45-67")
    assert fault_of(found) is None


def test_keywords_parted_by_commas_only_are_parted_there() -> None:
    assert [k.term for k in record(keywords="睡眠，小鼠, sleep").keywords] == ["睡眠", "小鼠", "sleep"]


def test_a_chinese_title_is_known_as_chinese_without_being_told() -> None:
    found = record(title="小鼠的睡眠", title_other="Sleep in mice")
    assert found.titles == {"zh": "小鼠的睡眠", "en": "Sleep in mice"}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("title", ""), ("title", "…"), ("title", "x" * (MAX_TITLE_CHARS + 1)), ("title_other", "Sleep in rats"), ("type", "poem"), ("type", "retraction"),
        ("language", "xx"),
        ("authors", "Jane Doe\n---"), ("authors", "x" * 501), ("published", "next year"), ("published", "2023-13"), ("published", "1399"),
        ("published", "2023-02-30"),         ("doi", "10.1234"), ("pmid", "abc"), ("pmcid", "PMCx"), ("arxiv", "2399.1"), ("url", "javascript:alert(1)"), ("volume", "x" * 61),
        ("keywords", ";".join(map(str, range(101)))),
        ("abstract_en", "x" * (MAX_ABSTRACT_CHARS + 1)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(field: str, typed: str) -> None:
    found = errors(**{"language": "en", field: typed})
    assert list(found) == [field]
    assert found[field]


def test_a_year_may_lie_one_ahead_but_not_two() -> None:
    this = clock.now().year
    assert record(published=str(this + 1)).published == str(this + 1)
    assert list(errors(published=str(this + 2))) == ["published"]


@pytest.mark.parametrize("missing", ["authors", "published"])
def test_without_author_year_or_identifier_nobody_could_tell_the_paper(missing: str) -> None:
    assert list(errors(**{missing: ""})) == [missing]
    assert record(**{missing: "", "doi": "10.1234/abc"}).identifier("doi") == "10.1234/abc"
    assert list(errors(**{missing: "", "url": "https://example.org/x"})) == [missing]


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=80)))
def test_any_text_in_any_field_is_a_record_or_an_error(typed: dict[str, str]) -> None:
    form = ByHand.of(typed)
    found = form.record()
    if found is None:
        assert form.errors
    else:
        assert fault_of(found) is None
        assert PaperRecord.from_json(found.to_json()) == found
