"""Weights and formulas keep what their sentences promise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.recommendations import rules


def test_only_glad_readers_show_interest() -> None:
    assert [rules.interest_of(half_stars) for half_stars in range(1, 11)] == [0, 0, 0, 0, 0.5, 0.5, 1, 1, 1, 1]


def test_a_ring_counts_as_its_root() -> None:
    assert 50 * rules.ring_weight(50) == pytest.approx(50**0.5)
    assert rules.ring_weight(1) == 1


@given(st.lists(st.tuples(st.sampled_from([1.0, 2.0]), st.floats(0, 1), st.floats(0, 60)), max_size=20), st.floats(0.1, 10))
def test_a_trend_grows_with_readers_and_fades_with_time(turns: list[tuple[float, float, float]], days: float) -> None:
    now = rules.trend(turns)
    assert now >= 0
    assert rules.trend([*turns, (1.0, 1.0, 0.0)]) > now
    assert rules.trend([(kind, broad, age + days) for kind, broad, age in turns]) <= now


def test_a_week_halves_a_turn() -> None:
    assert rules.trend([(2.0, 1.0, rules.HALF_LIFE_DAYS)]) == pytest.approx(rules.trend([(1.0, 1.0, 0.0)]))


def test_fifty_accounts_that_know_one_paper_rise_no_higher_than_five_readers() -> None:
    ring = rules.trend([(rules.RATING_TURN, rules.breadth(1), 0.0)] * 50)
    assert ring <= rules.trend([(rules.RATING_TURN, 1.0, 0.0)] * 5)
    assert ring < rules.trend([(rules.RATING_TURN, 1.0, 0.0)] * 10)


def test_lists_are_various_and_hold_no_copies() -> None:
    kinds = "aaabbc"
    alike = lambda a, b: 0.8 if kinds[a] == kinds[b] else 0.0  # noqa: E731
    assert rules.various([1.0, 0.99, 0.98, 0.9, 0.89, 0.7], alike, 3) == [0, 3, 5]
    assert rules.various([1.0, 0.9, 0.8], lambda _a, _b: 1.0, 3) == [0]
    assert rules.various([1.0, 0.9, 0.8], lambda _a, _b: 0.0, 5, left=[0]) == [1, 2]
    assert rules.various([], alike, 3) == []


@given(st.lists(st.floats(0.01, 1), max_size=12), st.integers(0, 12))
def test_without_likeness_the_order_is_that_of_the_values(values: list[float], most: int) -> None:
    chosen = rules.various(values, lambda _a, _b: 0.0, most)
    assert [values[n] for n in chosen] == sorted(values, reverse=True)[:most]


KINDS = {
    "cites": {}, "cited": {}, "references": {"n": 6}, "authors": {"n": 2, "names": "A, B"}, "keywords": {"words": "pain"}, "subjects": {"words": "Ecology"}, "readers": {"n": 12},
    "words": {"words": "pain"}, "for-rated": {"title": "T", "stars": "4.5"}, "for-saved": {"title": "T"}, "for-own": {"title": "T"}, "for-more": {"title": "T"},
    "field": {"words": "pain"}, "like-minded": {"n": 3}, "popular": {"n": 3}, "first-rating": {}, "new": {}, "text": {}, "of a later version": {},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("of_that", [True, False])
def test_every_reason_is_a_sentence_with_its_facts(kind: str, of_that: bool) -> None:
    said = str(rules.worded(kind, KINDS[kind], of_that=of_that))
    assert said
    assert all(str(fact) in said for name, fact in KINDS[kind].items() if not (kind == "authors" and name == "n"))
    assert "this paper" not in said or not of_that
