"""One rule takes texts and queries apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewhub.search import analysis


def test_english_words_are_folded_and_stemmed_and_small_ones_left_out() -> None:
    assert analysis.terms("The Runners were Running to generalized IMMUNOTHERAPIES") == ["runner", "run", "general", "immunotherapi"]


def test_small_words_stay_where_they_are_asked_for() -> None:
    assert analysis.terms("to be or not", keep_stops=True) == ["to", "be", "or", "not"]


def test_accents_ligatures_widths_and_special_letters_fold() -> None:
    assert analysis.words("Ünïcode ﬁrst ＡＢＣ Łódź Ørsted Þór Straße") == ["unicode", "first", "abc", "lodz", "orsted", "thor", "strasse"]


def test_apostrophes_of_every_shape_are_no_part_of_a_word() -> None:
    assert analysis.words("O'Brien O\u2019Brien Alzheimer's Alzheimer\u2019s") == ["obrien", "obrien", "alzheimer", "alzheimer"]


def test_chinese_becomes_pairs_and_its_last_character() -> None:
    assert analysis.terms("脊柱侧凸") == ["脊柱", "柱侧", "侧凸", "凸"]


def test_scripts_part_at_their_border() -> None:
    assert analysis.terms("T细胞的CD8") == ["t", "细胞", "胞的", "的", "cd8"]


def test_voiced_kana_stay_voiced_and_half_width_kana_widen() -> None:
    assert analysis.terms("バス") != analysis.terms("ハス")
    assert analysis.terms("ﾊﾞｽ") == analysis.terms("バス")


def test_hangul_becomes_pairs_however_it_is_written() -> None:
    assert analysis.terms("한국어") == analysis.terms("\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165") == ["한국", "국어", "어"]


def test_a_word_that_is_left_out_leaves_its_place() -> None:
    assert list(analysis.placed("state of the art 的 x")) == [("state", 0), ("art", 3), ("的", 4), ("x", 5)]


def test_a_query_of_one_character_is_a_beginning() -> None:
    assert analysis.pieces("癌") == [analysis.Piece(("癌",), is_prefix=True, word="癌")]


def test_a_run_of_characters_in_a_query_wants_its_pairs_only() -> None:
    assert analysis.pieces("侧凸") == [analysis.Piece(("侧凸",), word="侧凸")]


def test_subscripts_and_full_stops_do_not_make_another_title() -> None:
    assert analysis.title_key("H₂O: a Study.") == analysis.title_key("h2o – A study") == "h2oastudy"


@given(st.text())
def test_what_a_query_wants_stands_in_the_text_it_was_taken_from_at_the_same_place(text: str) -> None:
    indexed = set(analysis.placed(text))
    for piece in analysis.pieces(text):
        for position, term in enumerate(piece.terms, piece.position):
            assert (term, position) in indexed or (piece.is_prefix and any(at == position and found.startswith(term) for found, at in indexed))
        assert not piece.joined or (piece.joined, piece.position) in indexed


@given(st.text())
def test_no_text_makes_an_empty_or_endless_term(text: str) -> None:
    for term in [*analysis.terms(text), *analysis.words(text)]:
        assert 1 <= len(term) <= analysis.MAX_WORD_CHARS
