"""Our stems are those of Snowball's English rules."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
import snowballstemmer
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reviewhub.core.stemming import stem
from reviewhub.search.spelling import american

reference = snowballstemmer.stemmer("english")

_BEGINNINGS = "st bl sk spr qu past inter gener commun organ univers even cann inn earr herr out succ proc exc a e i o u y".split()
_ENDINGS = (
    "s es ies ied sses ss us ed ing edly ingly eed eedly y ly li ation ational ization izer ator alism logi ologist iveness fulness ousness ful ness ative icate ical "
    "alize iciti ance ence able ible ate ive ize iti al ism sion tion er ous ant ent ment ement e l ll le at bl iz bb tt lessly bility aliti"
).split()
_words = st.tuples(
    st.sampled_from(["", *_BEGINNINGS]), st.text("abcdefghijklmnopqrstuvwxyz", max_size=5), st.lists(st.sampled_from(_ENDINGS), max_size=3).map("".join)
).map("".join)


@hypothesis_settings(max_examples=1_500, deadline=None)
@given(word=_words.filter(bool))
@example(word="dying")
@example(word="skies")
@example(word="ayyyy")
@example(word="generalizations")
@example(word="ee")
@example(word="s")
@example(word="ss")
@example(word="ied")
def test_any_word_has_the_stem_it_has_elsewhere(word: str) -> None:
    assert stem(word) == reference.stemWord(word)


def test_every_word_of_real_abstracts_has_the_stem_it_has_elsewhere(shared_data: Path) -> None:
    with gzip.open(shared_data / "search" / "scifact" / "docs.jsonl.gz", "rt", encoding="utf-8") as file:
        words = {word for line in file for word in re.findall("[a-z]+", json.loads(line)["abstract"].lower())}
    assert len(words) > 20_000
    assert [word for word in words if stem(word) != reference.stemWord(word)] == []


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("running", "run"),
        ("studies", "studi"),
        ("immunotherapies", "immunotherapi"),
        ("hopping", "hop"),
        ("hoping", "hope"),
        ("agreed", "agre"),
        ("relational", "relat"),
    ],
)
def test_forms_of_a_word_share_a_stem(word: str, wanted: str) -> None:
    assert stem(american(word)) == wanted
