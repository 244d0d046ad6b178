"""Dates of publication as sources write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.imports.dates import month_number, partial_date, read_date, season_name


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2023", "2023"), ("2023-04", "2023-04"), ("2023-4-5", "2023-04-05"), ("2023/04/05", "2023-04-05"), ("2023.04.05", "2023-04-05"), ("20230405", "2023-04-05"),
        ("2009//", "2009"), ("2009/03//", "2009-03"), ("2023-04-05T10:11:12Z", "2023-04-05"), ("2023 Apr 5", "2023-04-05"), ("2023 Sept. 12", "2023-09-12"), ("Apr 2023", "2023-04"),
        ("April 5, 2023", "2023-04-05"), ("5 April 2023", "2023-04-05"), ("5th April 2023", "2023-04-05"), ("DEC 31 2019", "2019-12-31"), ("12/2005", "2005-12"), ("25/06/2003", "2003-06-25"),
        ("06/25/2003", "2003-06-25"), ("2023年4月5日", "2023-04-05"), ("2023年4月", "2023-04"), ("1999年", "1999"), ("１９９９年", "1999"), ("août 2011", "2011-08"), ("3 de mayo de 2010", "2010-05-03"),
        ("2023-00-00", "2023"), ("2023-04-00", "2023-04"),
    ],
)  # fmt: skip
def test_a_date_that_is_one_is_read_whole_and_needs_no_label(text: str, date: str) -> None:
    assert read_date(text) == (date, "")


@pytest.mark.parametrize(
    ("text", "date", "label"),
    [
        ("2023 Winter", "2023", "2023 Winter"), ("1998 Dec-1999 Jan", "1998-12", "1998 Dec-1999 Jan"), ("2000 Nov-Dec", "2000-11", "2000 Nov-Dec"), ("JUL-AUG 2018", "2018-07", "JUL-AUG 2018"),
        ("2000 Spring-Summer", "2000", "2000 Spring-Summer"), ("2005 Jan 1-15", "2005-01-01", "2005 Jan 1-15"), ("c1999", "1999", "c1999"), ("[1999?]", "1999", "[1999?]"),
        ("2004-03-03/2004-05-05", "2004-03-03", "2004-03-03/2004-05-05"), ("1998-1999", "1998", "1998-1999"), ("2023///Spring", "2023", "2023 Spring"), ("2023-02-31", "2023-02", "2023-02-31"),
        ("2023-13", "2023", "2023-13"), ("二〇一〇年三月", "2010", "二〇一〇年三月"), ("in press", "", "in press"), ("1066", "", "1066"), ("3000", "", "3000"), ("-0044", "", "-0044"),
    ],
)  # fmt: skip
def test_what_a_date_field_says_beyond_a_date_is_kept_as_its_label(text: str, date: str, label: str) -> None:
    assert read_date(text) == (date, label)


@pytest.mark.parametrize("text", ["", " ", "0000", "0000-00-00", "0000/00/00", "-"])
def test_a_date_that_says_nothing_leaves_nothing(text: str) -> None:
    assert read_date(text) == ("", "")


def test_a_day_and_a_month_that_could_be_either_way_round_are_not_guessed() -> None:
    assert read_date("05/06/2003") == ("2003", "05/06/2003")


def test_parts_that_cannot_be_are_left_out_from_the_small_end() -> None:
    assert partial_date(2024, 2, 29) == "2024-02-29"
    assert partial_date(2023, 2, 29) == "2023-02"
    assert partial_date("2023", "13", "1") == "2023"
    assert partial_date("2023", None, 7) == "2023"
    assert partial_date(12, 1, 1) == ""
    assert partial_date(None) == ""


def test_months_are_known_by_number_and_by_name() -> None:
    assert [month_number(text) for text in ("1", "12", "Jan", "sept.", "März", "décembre", 7)] == [1, 12, 1, 9, 3, 12, 7]
    assert [month_number(text) for text in ("0", "13", "Winter", "", None)] == [None] * 5


def test_seasons_are_named() -> None:
    assert [season_name(text) for text in ("1", 4, "23", "Easter")] == ["Spring", "Winter", "Autumn", "Easter"]


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{1,4}[-/. ][A-Za-z0-9]{1,9}[-/. ][0-9]{0,4}", fullmatch=True))
def test_any_text_gives_a_date_or_none_and_a_label_that_is_short(text: str) -> None:
    date, label = read_date(text)
    assert re.fullmatch(r"(?:[12][0-9]{3}(?:-[0-9]{2}(?:-[0-9]{2})?)?)?", date)
    assert len(label) <= 100
    assert read_date(date) == (date, "")
