"""What a number may claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.ratings.rules import ENOUGH_GROUPS, ENOUGH_RATINGS, ESTABLISHED, NO_SCORE, NONE, NOT_ENOUGH, Score, is_half_star, state_of


@pytest.mark.parametrize(
    ("n", "n_groups", "state"),
    [(0, 0, NONE), (1, 1, NOT_ENOUGH), (4, 4, NOT_ENOUGH), (5, 1, NOT_ENOUGH), (5, 2, ESTABLISHED), (500, 1, NOT_ENOUGH), (500, 400, ESTABLISHED)],
)
def test_a_score_is_established_by_five_ratings_from_two_groups(n: int, n_groups: int, state: str) -> None:
    assert state_of(n, n_groups) == state


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_more_ratings_or_groups_never_take_a_claim_away(n: int, n_groups: int) -> None:
    order = (NONE, NOT_ENOUGH, ESTABLISHED)
    now = order.index(state_of(n, n_groups))
    assert order.index(state_of(n + 1, n_groups)) >= now
    assert order.index(state_of(n, n_groups + 1)) >= now
    assert (order[now] == ESTABLISHED) == (n >= ENOUGH_RATINGS and n_groups >= ENOUGH_GROUPS)


@pytest.mark.parametrize(
    ("score", "shown"), [(NO_SCORE, "-"), (Score(NOT_ENOUGH, 1, 4.5), "4.5"), (Score(ESTABLISHED, 9, 4.0), "4.0"), (Score(ESTABLISHED, 9, 3.26), "3.3")]
)
def test_a_mean_is_shown_with_one_decimal_and_none_as_a_dash(score: Score, shown: str) -> None:
    assert score.shown == shown


def test_ten_values_can_be_given_and_no_other() -> None:
    assert [n / 4 for n in range(-4, 30) if is_half_star(n / 4)] == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]
    assert not is_half_star(float("nan"))
    assert not is_half_star(float("inf"))
