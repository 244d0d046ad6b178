"""Texts of every script become terms; the same text always the same ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.recommendations import terms as module
from reviewhub.recommendations.terms import N_TERMS, counted, counts, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lichens of the North", ["lichen", "north"]),
        ("Déjà-vu", ["deja", "vu"]),
        ("中风后疼痛", ["中风", "风后", "后疼", "疼痛"]),
        ("痛", ["痛"]),
        ("X线片 and β-blockers", ["线片", "blocker"]),
        ("Исследование боли", ["исследование", "боли"]),
        ("1234 5 a", []),
        ("", []),
    ],
)
def test_text_is_cut_into_stems_and_pairs(text: str, expected: list[str]) -> None:
    assert list(terms(text)) == expected


@given(st.text(max_size=200))
def test_any_text_is_counted(text: str) -> None:
    found = counts(text)
    assert all(0 <= place < N_TERMS for place in found)
    assert found == counts(text)


def test_rows_hold_the_counts_of_their_texts() -> None:
    matrix = counted(["moss moss bark", "", "bark"])
    assert matrix.shape == (3, N_TERMS)
    assert sorted(matrix[[0]].data) == [1, 2]
    assert [matrix.indptr[n + 1] - matrix.indptr[n] for n in range(3)] == [2, 0, 1]


def test_only_the_beginning_of_a_book_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CHARS", 10)
    assert list(terms("moss bark lichen")) == ["moss", "bark"]
