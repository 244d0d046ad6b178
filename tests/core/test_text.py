"""Text is compared alike however it was typed, and shown without what a page should not hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.core.text import folded, is_han, message, plain, slug, squeezed, without_controls


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Naïve  BAYES", "naive bayes"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("post-stroke pain", "Post Stroke Pain."),
        ("straße", "STRASSE"),
        ("ﬁne", "fine"),
        ("𝑨", "a"),
        ("中文，标题！", "中文 标题"),
        ("バス", "ﾊﾞｽ"),
        ("한국어", "한국어"),
    ],
)
def test_two_ways_of_writing_fold_to_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_letters_that_part_words_stay_apart() -> None:
    assert folded("バス") != folded("ハス")
    assert folded("疼痛") != folded("头痛")


@given(st.text(max_size=60))
def test_folding_and_slugs_are_stable_and_squeezing_leaves_no_controls(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert "  " not in folded(text)
    assert slug(slug(text)) == slug(text)
    assert not set(slug(text)) & set("/?#& ")
    assert without_controls(squeezed(text)) == squeezed(text)


def test_plain_text_of_markup_keeps_its_words_and_signs() -> None:
    assert plain("H<sub>2</sub>O &amp; <i>p</i> &lt; 0.05 &amp;lt;") == "H2O & p < 0.05 &lt;"


def test_a_message_reads_as_its_sentence() -> None:
    assert str(message("%(n)s of 5 %%", n=3)) == "3 of 5 %"
    assert str(message("100 %")) == "100 %"


def test_han_is_told_apart() -> None:
    assert is_han("abc 疼")
    assert not is_han("abc ハングル 한")
