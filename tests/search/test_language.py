"""What readers type is understood, and nothing they type is an error."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.search.language import MAX_CHARS, MAX_CLAUSES, Clause, Query, parse


def wanted(text: str) -> list[Clause]:
    return [clause for group in parse(text).wanted for clause in group]


def test_words_are_each_wanted() -> None:
    assert parse("scoliosis gene").wanted == ((Clause("scoliosis"),), (Clause("gene"),))


@pytest.mark.parametrize("typed", ['"exact words"', "“exact words”", "「exact words」", "«exact words»", "＂exact words＂"])
def test_quotes_of_every_kind_make_a_phrase(typed: str) -> None:
    assert wanted(typed) == [Clause("exact words", kind="phrase")]


def test_a_quote_that_is_never_closed_is_no_phrase() -> None:
    assert wanted('"half a phrase') == [Clause("half"), Clause("a"), Clause("phrase")]
    assert wanted('author:"Jane Roe') == [Clause("Jane", "author"), Clause("Roe")]


def test_a_minus_before_a_word_or_phrase_takes_away_and_a_hyphen_does_not() -> None:
    query = parse('COVID-19 -mice -"in vitro" NOT rats')
    assert query.wanted == ((Clause("COVID-19"),),)
    assert query.unwanted == (Clause("mice"), Clause("in vitro", kind="phrase"), Clause("rats"))


@pytest.mark.parametrize("typed", ["author:王小明", "作者：王小明", "作者:王小明", "AUTHORS:王小明"])
def test_fields_are_known_by_english_and_chinese_names_with_either_colon(typed: str) -> None:
    assert wanted(typed) == [Clause("王小明", "author")]


def test_a_field_takes_a_phrase() -> None:
    assert wanted('journal:"Cell Reports" title:"a b"') == [Clause("Cell Reports", "journal", "phrase"), Clause("a b", "title", "phrase")]


def test_or_joins_its_neighbours() -> None:
    assert parse("gene OR protein mouse").wanted == ((Clause("gene"), Clause("protein")), (Clause("mouse"),))


@pytest.mark.parametrize(
    ("typed", "years"),
    [
        ("year:2019..2023", (2019, 2023)), ("year:2023-2019", (2019, 2023)), ("year:2020", (2020, 2020)), ("year:2020..", (2020, 9999)), ("year:..2020", (0, 2020)),
        ("year:>=2020", (2020, 9999)), ("year:>2020", (2021, 9999)), ("year:<2020", (0, 2019)), ("年份：2019～2023", (2019, 2023)),
    ],
)  # fmt: skip
def test_years_are_understood_as_ranges(typed: str, years: tuple[int, int]) -> None:
    assert parse(typed) == Query(text=parse(typed).text, years=(years,))


@pytest.mark.parametrize("typed", ["year:soon", "year:..", "year:>2019..2020", "type:nonsense", "doi:none"])
def test_what_a_field_does_not_hold_is_words(typed: str) -> None:
    query = parse(typed)
    assert not query.years
    assert not query.types
    assert not query.identifiers
    assert bool(query.wanted) == any(c.isalnum() for c in typed.partition(":")[2])


def test_a_colon_in_a_pasted_title_is_no_field() -> None:
    assert [c.text for c in wanted("Sequencing:results of a trial")] == ["Sequencing results", "of", "a", "trial"]


def test_types_are_known_however_they_are_written() -> None:
    assert parse('type:"Case Report"').types == parse("type:case-report").types == parse("type:case_report").types == ("case-report",)
    assert parse("-type:review").unwanted_types == ("review",)


@pytest.mark.parametrize(
    ("typed", "goes_to"),
    [
        ("10.1000/ABC.def", ("doi", "10.1000/abc.def")), ("https://doi.org/10.1000/abc", ("doi", "10.1000/abc")), ("doi: 10.1000/abc.", ("doi", "10.1000/abc")),
        ("PMID: 12345678", ("pmid", "12345678")), ("33445566", ("pmid", "33445566")), ("https://pubmed.ncbi.nlm.nih.gov/33445566/", ("pmid", "33445566")),
        ("PMC1234567", ("pmcid", "PMC1234567")), ("arXiv:2301.01234v2", ("arxiv", "2301.01234")), ("https://arxiv.org/abs/2301.01234", ("arxiv", "2301.01234")),
    ],
)  # fmt: skip
def test_an_identifier_or_its_address_goes_straight_to_its_paper(typed: str, goes_to: tuple[str, str]) -> None:
    assert parse(typed).goes_to == goes_to
    assert parse(f"  {typed} ").goes_to == goes_to


@pytest.mark.parametrize("typed", ["1984", "2020", "electromagnetic", "12 angry men", "W12345", "10.5", "the 10.1000/abc effect"])
def test_what_only_resembles_an_identifier_stays_words(typed: str) -> None:
    assert parse(typed).goes_to is None
    assert parse(typed).wanted


def test_an_orcid_an_issn_and_an_isbn_find_papers_but_are_no_paper() -> None:
    for typed, found in (("https://orcid.org/0000-0002-1825-0097", ("orcid", "0000-0002-1825-0097")), ("1234-5679", ("issn", "1234-5679"))):
        assert parse(typed).identifiers == (found,)
        assert parse(typed).goes_to is None


def test_a_beginning_needs_three_letters() -> None:
    assert wanted("immun*") == [Clause("immun", kind="prefix")]
    assert wanted("i*") == [Clause("i*")]


@pytest.mark.parametrize("typed", ["~~", "*", "\x00\x01", '""', "-", ":", "((()))", "\ud800", "？！"])
def test_a_text_without_a_word_says_nothing(typed: str) -> None:
    query = parse(typed)
    assert not query.wanted
    assert query.says_nothing or query.is_empty


@given(st.text() | st.text(alphabet='"“”-:*()~ aORN作者年year:.20 \n').map(lambda text: text * 3))
def test_any_text_at_all_is_a_query(text: str) -> None:
    query = parse(text)
    assert len(query.text) <= MAX_CHARS
    assert sum(map(len, query.wanted)) + len(query.unwanted) <= MAX_CLAUSES
    assert all(clause.text for group in query.wanted for clause in group)


@pytest.mark.parametrize("piece", ['"', "a ", "(", "-", "author:", "10.1000/", "9", "年", "https://", "a:", "～"])
def test_two_megabytes_are_understood_in_no_time(piece: str) -> None:
    started = time.process_time()
    parse(piece * (2_000_000 // len(piece)))
    assert time.process_time() - started < 0.5


def test_in_a_text_all_in_capitals_operators_are_words() -> None:
    assert len(parse("THE EFFECT OF DRUGS OR DIET NOT ALONE").wanted) == 8
    assert not parse("THE EFFECT OF DRUGS OR DIET NOT ALONE").unwanted
    assert len(parse("TNF OR IL6").wanted) == 1


def test_a_minus_before_a_number_is_no_not() -> None:
    assert not parse("stored at -80 degrees").unwanted
    assert parse("stored -frozen").unwanted
