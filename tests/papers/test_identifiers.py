"""Identifiers have one written form, and what is not one is told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.papers import identifiers as i
from reviewhub.papers.record import IDENTIFIER_KINDS


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.1000/ABC", "10.1000/abc"),
        ("https://doi.org/10.1000/abc%2FDef", "10.1000/abc/def"),
        ("http://dx.doi.org/10.1000/x", "10.1000/x"),
        ("doi:10.1000/x", "10.1000/x"),
        ("DOI: 10.1000/x.", "10.1000/x"),
        ("doi:https://doi.org/10.1000/x", "10.1000/x"),
        ("10.1002/(SICI)1097-4636(199823)43:4<338::AID-JBM16>3.0.CO;2-B", "10.1002/(sici)1097-4636(199823)43:4<338::aid-jbm16>3.0.co;2-b"),
        ("10.1016/S0140-6736(97)11096-0", "10.1016/s0140-6736(97)11096-0"),
        ("(10.1000/x)", None),
        ("10.1000/x)", "10.1000/x"),
        ("10.1000", None),
        ("10.1/x", None),
        ("11.1000/x", None),
        ("10.1000/", None),
        ("10.1000/a b", None),
        ("not a doi", None),
        ("", None),
        ("10.1000/" + "x" * 400, None),
    ],
)
def test_a_doi_loses_its_resolver_its_label_and_its_case(text: str, doi: str | None) -> None:
    assert i.normalised_doi(text) == doi


def test_a_field_with_several_dois_gives_each_of_them_once_in_order() -> None:
    text = "10.1007/abc; https://doi.org/10.1007/DEF 10.1000/xyz, 10.1007/ABC (see 10.5555/12)."
    assert i.dois_in(text) == ["10.1007/abc", "10.1007/def", "10.1000/xyz", "10.5555/12"]


@pytest.mark.parametrize(
    ("text", "orcid"),
    [
        ("0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("http://www.orcid.org/0000000218250097", "0000-0002-1825-0097"),
        ("0000-0002-1694-233x", "0000-0002-1694-233X"),
        ("0000-0002-1825-0098", None),
        ("0000-0000-0000-0001", None),
        ("1825-0097", None),
    ],
)
def test_an_orcid_needs_its_checksum(text: str, orcid: str | None) -> None:
    assert i.normalised_orcid(text) == orcid


@given(st.integers(10**8, 10**15 - 1), st.integers(0, 10))
def test_exactly_one_check_digit_makes_an_orcid(digits: int, wrong: int) -> None:
    body = f"{digits:015d}"
    right = [c for c in "0123456789X" if i.normalised_orcid(body + c)]
    assert len(right) == 1
    other = "0123456789X"[wrong]
    assert (i.normalised_orcid(body + other) is None) == (other != right[0])


@pytest.mark.parametrize(
    ("text", "issn"),
    [
        ("0378-5955", "0378-5955"),
        ("03785955", "0378-5955"),
        ("2434-561x", "2434-561X"),
        ("ISSN 0378-5955", "0378-5955"),
        ("0378-5954", None),
        ("0000-0000", None),
        ("", None),
    ],
)
def test_an_issn_needs_its_check_digit(text: str, issn: str | None) -> None:
    assert i.normalised_issn(text) == issn


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("isbn", "0-306-40615-2", "9780306406157"),
        ("isbn", "978-0-306-40615-7", "9780306406157"),
        ("isbn", "978-0-306-40615-8", None),
        ("pmid", "PMID: 00123", "123"),
        ("pmid", "https://pubmed.ncbi.nlm.nih.gov/123/", "123"),
        ("pmid", "0", None),
        ("pmid", "１２３", None),
        ("pmcid", "pmc123.2", "PMC123"),
        ("arxiv", "arXiv:2301.01234v3", "2301.01234"),
        ("arxiv", "https://arxiv.org/abs/math.GT/0309136v2", "math/0309136"),
        ("arxiv", "10.48550/arXiv.2301.01234", "2301.01234"),
        ("arxiv", "2313.01234", None),
        ("wos", "WOS:000123456700001", "wos:000123456700001"),
        ("openalex", "https://openalex.org/w123", "W123"),
        ("url", "https://example.org/a b", None),
        ("url", "javascript:alert(1)", None),
    ],
)
def test_every_kind_has_one_form(kind: str, text: str, value: str | None) -> None:
    assert i.normalised(kind, text) == value


@given(
    st.sampled_from(IDENTIFIER_KINDS), st.one_of(st.text(max_size=80), st.from_regex(r"(doi:|https?://doi\.org/)?10\.[0-9]{4,6}/[!-~]{1,30}", fullmatch=True))
)
def test_a_normalised_identifier_stays_as_it_is(kind: str, text: str) -> None:
    once = i.normalised(kind, text)
    assert once is None or i.normalised(kind, once) == once
