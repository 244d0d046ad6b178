"""The figures of a ranking against ones counted by hand, and against a slow count of any ranking."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.recommendations.judging import DEPTH, Figures, best


def figures(ranking: list[int], wanted: list[int]) -> dict[str, float]:
    made = Figures()
    made.count(np.array(ranking, np.int64), np.array(wanted, np.int64))
    return made.means()


def test_a_ranking_counted_by_hand() -> None:
    found = figures([7, 3, 9, 1], [3, 1, 5])
    assert found["recall@20"] == found["recall@300"] == pytest.approx(2 / 3)
    assert found["nDCG@20"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / math.log2(4)))
    assert found["MAP"] == pytest.approx((1 / 2 + 2 / 4) / 3)


def test_means_are_over_readers_who_want_something() -> None:
    made = Figures()
    for ranking, wanted in (([1, 2], [1]), ([1, 2], [9]), ([1, 2], [])):
        made.count(np.array(ranking), np.array(wanted, np.int64))
    assert made.n == 2
    assert made.means()["recall@20"] == 0.5
    assert Figures().means()["MAP"] == 0


@given(st.permutations(range(40)), st.sets(st.integers(0, 60), min_size=1, max_size=30))
def test_any_ranking_is_counted_as_the_definition_says(ranking: list[int], wanted: set[int]) -> None:
    found = figures(ranking, sorted(wanted))
    assert found["recall@20"] == pytest.approx(len(wanted & set(ranking[:20])) / len(wanted))
    ideal = sum(1 / math.log2(n + 2) for n in range(min(20, len(wanted))))
    assert found["nDCG@20"] == pytest.approx(sum(1 / math.log2(n + 2) for n, item in enumerate(ranking[:20]) if item in wanted) / ideal)
    precisions = [len(wanted & set(ranking[: n + 1])) / (n + 1) for n, item in enumerate(ranking) if item in wanted]
    assert found["MAP"] == pytest.approx(sum(precisions) / min(len(wanted), DEPTH))


def test_the_best_are_in_order_without_those_left_out_and_equals_by_place() -> None:
    scores = np.array([0.5, 2.0, 0.5, 3.0, -1.0], np.float32)
    assert best(scores, np.array([3])).tolist() == [1, 0, 2, 4]
    assert best(scores, np.array([], np.int64), 2).tolist() == [3, 1]
    assert best(np.zeros(0, np.float32), np.array([], np.int64)).tolist() == []
