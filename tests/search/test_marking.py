"""The words a query was about are marked where they stand, whatever form they have there; a passage shows most of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.core.text import plain
from reviewhub.search import analysis
from reviewhub.search.language import parse
from reviewhub.search.marking import PASSAGE_CHARS, Marks, opening


def marks(typed: str) -> Marks:
    query = parse(typed)
    return Marks({term for group in query.wanted for clause in group for term in analysis.terms(clause.text)}, query)


def marked(typed: str, text: str) -> list[str]:
    return [piece for piece, is_marked in marks(typed).pieces(text) if is_marked]


@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ("sequencing genes", "A gene was sequenced; Genetics.", ["gene", "sequenced"]),
        ("sjogren", "Sjögren's syndrome", ["Sjögren's"]),
        ("tumour", "Tumors and a tumour", ["Tumors", "tumour"]),
        ("stroke", "post-stroke pain, poststroke", ["stroke"]),
        ("post-stroke", "post-stroke pain", ["post-stroke"]),
        ("疼痛", "卒中后疼痛的机制", ["疼痛"]),
        ("卒中后疼痛", "卒中后，疼痛", ["卒中后", "疼痛"]),
        ("痛", "疼痛", ["痛"]),
        ("DNA甲基化", "DNA甲基化与dna", ["DNA甲基化", "dna"]),
        ("genom*", "Genomics, genomes, gene", ["Genomics", "genomes"]),
        ("the", "The end of the day", []),
        ("β-catenin", "β-catenin and beta-catenin", ["β-catenin", "beta-catenin"]),
        ("", "anything", []),
    ],
)
def test_words_are_marked_in_any_form(typed: str, text: str, expected: list[str]) -> None:
    assert marked(typed, text) == expected


def test_markup_stays_whole_and_formulas_are_left_alone() -> None:
    markup = "Pain in <i>pain</i> &amp; <math><mi>pain</mi></math> amp <sub>2</sub> i"
    assert marks("pain").in_markup(markup) == "<mark>Pain</mark> in <i><mark>pain</mark></i> &amp; <math><mi>pain</mi></math> amp <sub>2</sub> i"
    assert marks("amp i").in_markup("a &amp; b <i>c</i>") == "a &amp; b <i>c</i>"


def test_a_passage_shows_where_most_of_the_words_stand_and_begins_with_a_sentence() -> None:
    filler = "Nothing of note was said here about anything at all. " * 12
    text = f"{filler}Pain came first. {filler}Then exercise eased the pain of stroke in mice. {filler}"
    shown = "".join(piece for piece, _ in marks("stroke pain exercise").passage([filler, text]))
    assert shown.startswith("… Then exercise eased the pain of stroke")
    assert shown.endswith(" …")
    assert len(shown) <= PASSAGE_CHARS + 4
    assert marks("stroke").passage([filler]) == []


def test_a_passage_of_characters_is_found() -> None:
    text = "本研究没有说什么。" * 40 + "运动缓解了卒中后疼痛。" + "没有别的。" * 40
    pieces = marks("卒中后疼痛").passage([text])
    assert ("卒中后疼痛", True) in pieces
    assert pieces[1][0].startswith("运动缓解了")


def test_accents_do_not_hide_a_passage() -> None:
    assert ("Sjögren", True) in marks("sjogren").passage(["x " * 300 + "Of Sjögren and others."])


def test_an_opening_is_cut_between_words() -> None:
    assert opening("") == []
    assert opening("Short.") == [("Short.", False)]
    (text, _), rest = opening("word " * 200)
    assert text.endswith("word")
    assert rest == (" …", False)


TEXTS = st.text(alphabet=st.sampled_from("ab β疼痛é-'’ .<>&;ǅİß\u0301"), max_size=60)


@given(st.text(max_size=30) | TEXTS, st.text(max_size=300) | TEXTS)
def test_marking_changes_no_letter(typed: str, text: str) -> None:
    found = marks(typed)
    assert "".join(piece for piece, _ in found.pieces(text)) == text
    passage = "".join(piece for piece, _ in found.passage([text]))
    assert passage.removeprefix("… ").removesuffix(" …") in text
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert re.sub("</?mark>", "", found.in_markup(escaped)) == escaped
    assert plain(found.in_markup(escaped)) == plain(escaped)
