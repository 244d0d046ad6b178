"""What the formulas promise of any ratings whatever."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from reviewhub.ratings.rules import (
    CRITERIA,
    ENOUGH_LENIENCIES,
    EXCLUSIONS,
    MAX_HALF_STARS,
    Counting,
    Prior,
    compute,
    percentages,
    weights_of,
)

LEVELS = st.none() | st.integers(1, 5)
ONE = st.builds(
    Counting, id=st.integers(1, 10_000), overall=st.integers(1, 10), novelty=LEVELS, importance=LEVELS, rigor=LEVELS, group_no=st.integers(0, 3),
    exclusion=st.sampled_from(["", "", "", *EXCLUSIONS]), is_blind=st.booleans(), correction=st.none() | st.integers(-300, 300), has_text=st.booleans(),
)  # fmt: skip
RATINGS = st.lists(ONE, max_size=20, unique_by=lambda r: r.id)
PRIORS = st.builds(
    lambda counts, weight: Prior(tuple(n / sum(counts) for n in counts), weight), st.lists(st.integers(1, 99), min_size=10, max_size=10), st.floats(0.5, 10)
)


@given(RATINGS, PRIORS)
def test_means_lie_within_what_was_given(ratings: list[Counting], prior: Prior) -> None:
    sheet, counted = compute(ratings, prior), [r for r in ratings if not r.exclusion]
    if not counted:
        assert (sheet.overall, sheet.estimate, sheet.lower, sheet.upper, sheet.n_counted, sheet.n_groups) == (None, None, None, None, 0, 0)
        return
    values = [100 * r.overall for r in counted]
    assert sheet.overall is not None
    assert min(values) <= sheet.overall <= max(values)
    for name in CRITERIA:
        judged = [100 * getattr(r, name) for r in counted if getattr(r, name) is not None]
        assert (sheet.criteria[name] is None) == (not judged)
        assert sheet.n_criteria[name] == len(judged)
        assert sheet.criteria[name] is None or min(judged) <= (sheet.criteria[name] or 0) <= max(judged)
    assert sheet.n_blind + sheet.n_open == sheet.n_counted == len(counted)
    assert 0 < sheet.n_groups <= sheet.n_counted <= sheet.n_given == len(ratings)


@given(RATINGS, PRIORS)
def test_the_interval_holds_the_estimate_and_the_scale_holds_the_interval(ratings: list[Counting], prior: Prior) -> None:
    sheet = compute(ratings, prior)
    if sheet.estimate is not None:
        assert sheet.lower is not None
        assert sheet.upper is not None
        assert 100 <= sheet.lower <= sheet.estimate <= sheet.upper <= 100 * MAX_HALF_STARS


@given(RATINGS, PRIORS, st.randoms())
def test_the_order_of_ratings_does_not_matter(ratings: list[Counting], prior: Prior, random: Any) -> None:
    mixed = list(ratings)
    random.shuffle(mixed)
    assert compute(mixed, prior) == compute(ratings, prior)


@given(RATINGS, PRIORS, st.lists(st.integers(1, 10), max_size=20))
def test_a_rating_that_does_not_count_changes_no_number(ratings: list[Counting], prior: Prior, others: list[int]) -> None:
    counted = [r for r in ratings if not r.exclusion]
    changed = [replace(r, overall=1 + (r.overall + 4) % 10, novelty=5, correction=7, group_no=1) if r.exclusion else r for r in ratings]
    one, other, alone = compute(ratings, prior), compute(changed, prior), compute(counted, prior)
    assert replace(one, n_reviews=0) == replace(other, n_reviews=0)
    assert replace(one, n_given=0, n_held=0, n_reviews=0) == replace(alone, n_given=0, n_held=0, n_reviews=0)


@given(RATINGS)
def test_k_linked_raters_count_as_the_root_of_k(ratings: list[Counting]) -> None:
    weights = weights_of(ratings)
    for group in {r.group_no for r in ratings} - {0}:
        members = [r.id for r in ratings if r.group_no == group and not r.exclusion]
        assert math.isclose(sum(weights[i] for i in members), math.sqrt(len(members)))
    assert all(weights[r.id] == 1 for r in ratings if not r.group_no and not r.exclusion)


@given(st.integers(1, 10), st.integers(1, 40), PRIORS)
def test_the_estimate_moves_from_the_prior_to_the_mean_and_the_interval_narrows(value: int, n: int, prior: Prior) -> None:
    assume(n >= prior.weight)  # before that, ratings that contradict the prior make the outcome less certain, and the interval says so
    few, many = (compute([Counting(i, value) for i in range(k)], prior) for k in (n, 4 * n))
    assert few.estimate is not None
    assert many.estimate is not None
    assert abs(many.estimate - 100 * value) <= abs(few.estimate - 100 * value) + 1
    assert few.lower is not None
    assert few.upper is not None
    assert many.lower is not None
    assert many.upper is not None
    assert many.upper - many.lower <= few.upper - few.lower + 1


@given(st.lists(ONE, min_size=1, max_size=12, unique_by=lambda r: r.id), st.integers(-200, 200))
def test_a_leniency_all_raters_share_comes_off_whole_and_of_two_raters_nothing_is_told(ratings: list[Counting], correction: int) -> None:
    alike = [replace(r, exclusion="", correction=correction) for r in ratings]
    sheet = compute(alike, Prior())
    assert sheet.overall is not None
    if len(alike) < ENOUGH_LENIENCIES:
        assert (sheet.adjusted, sheet.correction) == (None, None)
    else:
        assert sheet.adjusted is not None
        assert abs(sheet.adjusted - (sheet.overall - correction)) <= 1


@given(st.lists(st.integers(0, 10_000), min_size=10, max_size=10))
def test_percentages_add_up_to_a_hundred_and_stay_within_one_of_the_truth(counts: list[int]) -> None:
    assume(sum(counts))
    found = percentages(counts)
    assert sum(found) == 100
    assert all(abs(shown - 100 * n / sum(counts)) < 1 for shown, n in zip(found, counts, strict=True))


def test_five_accounts_of_one_hand_hardly_move_twelve_honest_ratings() -> None:
    honest = [Counting(n, value) for n, value in enumerate((4, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7, 8))]
    assert compute(honest, Prior()).overall == 600
    sheet = compute([*honest, *(Counting(100 + n, 10, group_no=1) for n in range(5))], Prior())
    assert sheet.overall is not None
    assert round(sheet.overall / 100, 1) <= 6.6
    assert sheet.n_groups == 13
