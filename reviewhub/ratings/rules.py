"""What a number may claim: weights, means, intervals and the states of a score. Pure: `compute` is the one place that makes numbers out of ratings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

# Changes whenever a formula below changes its result; shown on every score page.
FORMULA_VERSION = "1"

# A mean of fewer ratings says more about its raters than about the paper; sites that show it earlier see it swing by a star.
ENOUGH_RATINGS = 5
# Five colleagues from one laboratory are one opinion.
ENOUGH_GROUPS = 2

# How a rater compares is told from so many ratings on, of papers that so many people have rated: fewer say more about the papers than about the rater.
ENOUGH_TO_COMPARE = 8
RATERS_TO_COMPARE = 3
# How lenient fewer raters are, taken together, would tell how lenient one of them is.
ENOUGH_LENIENCIES = 3

NONE, NOT_ENOUGH, ESTABLISHED = "none", "not-enough", "established"

MAX_HALF_STARS = 10
CRITERIA = ("novelty", "importance", "rigor")
MAX_LEVEL = 5
# 1: outside the field; 2: know the field in general; 3: work in the field; 4: work on this very question.
MAX_FAMILIARITY = 4
# A thorough referee's report has some 10,000 characters.
MAX_TEXT_CHARS = 20_000
# A declaration says who and how; the story belongs into the text.
MAX_NOTE_CHARS = 1_000

# Found from the record, in the order of their weight.
CONFLICTS = ("own-paper", "co-author", "same-institution")
# Why a rating is shown and does not count; the first that holds is named. "held": too fast, waits for a moderator; "removed": a moderator decided so;
# "suspended": the account is; "former": the account is gone, and nobody can say whether its owner rated again.
EXCLUSIONS = ("removed", "suspended", "former", *CONFLICTS, "declared", "held")
DECISIONS = ("released", "removed")

# A mean is kept in hundredths of a half star, a star has two halves.
PER_STAR = 200
PER_LEVEL = 100

# Two-sided 95 % of the normal distribution.
Z_95 = 1.959963984540054
# Prior weight where the site has too few ratings to tell: two ratings' worth. Journal referees agree with ICC 0.34, which gives (1 - 0.34) / 0.34 = 1.94
# (Bornmann, Mutz, Daniel 2010, PLoS ONE 5:e14331).
DEFAULT_PRIOR_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of a paper before anybody rated it: the share of each half-star value among all ratings, worth `weight` ratings."""

    shares: tuple[float, ...] = (0.1,) * MAX_HALF_STARS  # of 1, 2 … 10 half stars; they add up to 1
    weight: float = DEFAULT_PRIOR_WEIGHT
    icc: float | None = None  # None: too few ratings to compute it, the default weight is used


@dataclass(frozen=True, slots=True)
class Counting:
    """A rating as the formulas see it. `overall` in half stars, criteria in levels, `correction` in hundredths of a half star."""

    id: int
    overall: int
    novelty: int | None = None
    importance: int | None = None
    rigor: int | None = None
    group_no: int = 0  # linked raters share a number; 0: linked with nobody
    exclusion: str = ""
    is_blind: bool = False
    correction: int | None = None  # how much more lenient the rater is than others; None: not known
    has_text: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything computed from the ratings of a paper. Means, ends and spread in hundredths of a half star, of criteria in hundredths of a level."""

    n_given: int = 0
    n_counted: int = 0
    n_groups: int = 0
    n_held: int = 0
    n_reviews: int = 0
    overall: int | None = None
    estimate: int | None = None
    lower: int | None = None
    upper: int | None = None
    spread: int | None = None
    criteria: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(CRITERIA))
    n_criteria: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CRITERIA, 0))
    blind_mean: int | None = None
    n_blind: int = 0
    open_mean: int | None = None
    n_open: int = 0
    adjusted: int | None = None
    correction: float | None = None  # what leniency takes off the mean, in half stars, unrounded; None where `adjusted` is
    n_lenient: int = 0  # raters who are known to be more or less lenient than others
    histogram: tuple[int, ...] = (0,) * MAX_HALF_STARS
    weights: dict[int, float] = field(default_factory=dict)  # by rating; only those that count


@dataclass(frozen=True, slots=True)
class Score:
    """What is shown of a paper's ratings, everywhere alike. Overall values in stars, 0.5 to 5.0, criteria 1 to 5; None where there is none."""

    state: str = NONE
    n: int = 0  # ratings that count
    overall: float | None = None
    novelty: float | None = None
    importance: float | None = None
    rigor: float | None = None
    lower: float | None = None  # ends of the 95 % interval
    upper: float | None = None
    estimate: float | None = None  # what one more reader is expected to give
    n_given: int = 0
    n_held: int = 0
    n_reviews: int = 0
    histogram: tuple[int, ...] = ()
    is_hidden: bool = False  # the reader wants to rate before looking

    @property
    def shown(self) -> str:
        """The mean with one decimal, or "-"."""
        return "-" if self.overall is None else f"{self.overall:.1f}"


NO_SCORE = Score()


def state_of(n_counted: int, n_groups: int) -> str:
    """The state of a score from the ratings that count and the independent groups of their raters."""
    if n_counted >= ENOUGH_RATINGS and n_groups >= ENOUGH_GROUPS:
        return ESTABLISHED
    return NOT_ENOUGH if n_counted else NONE


def weights_of(ratings: Sequence[Counting]) -> dict[int, float]:
    """The weight of each rating that counts: 1, or 1 / √k for each of k linked raters, who so count as √k together."""
    counted = [r for r in ratings if not r.exclusion]
    sizes = Counter(r.group_no for r in counted if r.group_no)
    return {r.id: 1 / math.sqrt(sizes[r.group_no]) if r.group_no else 1.0 for r in counted}


def compute(ratings: Sequence[Counting], prior: Prior) -> Sheet:
    """The sheet of a paper's ratings.

    Mean: Σwy / Σw over the ratings that count. Estimate: (Σwy + mμ₀) / (Σw + m), the mean of a Dirichlet posterior with the prior's shares worth m ratings.
    Interval: estimate ± 1.96 √((E[y²] - E[y]²) / (Σw + m + 1)), after Evan Miller, "Ranking Items With Star Ratings", with that prior in place of one rating
    of each value. Adjusted: the mean less Σwc / Σw, c being what a rater gives more than others do (0 where that is not known). Sums run in the order of ids;
    results are rounded half up to hundredths of a half star.
    """
    ordered = sorted(ratings, key=lambda r: r.id)
    counted = [r for r in ordered if not r.exclusion]
    weights = weights_of(ordered)
    histogram = [0] * MAX_HALF_STARS
    for r in counted:
        histogram[r.overall - 1] += 1
    n_held, n_reviews = sum(r.exclusion == "held" for r in ordered), sum(r.has_text for r in ordered)
    if not counted:
        return Sheet(n_given=len(ordered), n_held=n_held, n_reviews=n_reviews)
    total = sum(weights.values())
    known = [r for r in counted if r.correction is not None]
    correction = sum(weights[r.id] * (r.correction or 0) / 100 for r in known) / total if len(known) >= ENOUGH_LENIENCIES else None
    mean = sum(weights[r.id] * r.overall for r in counted) / total
    estimate, deviation = _posterior(counted, weights, total, prior)
    blind, seen = [r for r in counted if r.is_blind], [r for r in counted if not r.is_blind]
    judged = {name: [r for r in counted if getattr(r, name) is not None] for name in CRITERIA}
    return Sheet(
        n_given=len(ordered), n_counted=len(counted), n_held=n_held, n_reviews=n_reviews,
        n_groups=len({r.group_no for r in counted if r.group_no}) + sum(not r.group_no for r in counted),
        overall=hundredths(mean), estimate=hundredths(estimate),
        lower=hundredths(max(1.0, estimate - Z_95 * deviation)), upper=hundredths(min(float(MAX_HALF_STARS), estimate + Z_95 * deviation)),
        spread=hundredths(math.sqrt(sum(weights[r.id] * (r.overall - mean) ** 2 for r in counted) / total)),
        criteria={name: _mean_of(some, weights, name) for name, some in judged.items()}, n_criteria={name: len(some) for name, some in judged.items()},
        blind_mean=_mean_of(blind, weights, "overall"), n_blind=len(blind), open_mean=_mean_of(seen, weights, "overall"), n_open=len(seen),
        adjusted=None if correction is None else hundredths(mean - correction), correction=correction, n_lenient=len(known), histogram=tuple(histogram),
        weights=weights,
    )  # fmt: skip


def _posterior(counted: Sequence[Counting], weights: dict[int, float], total: float, prior: Prior) -> tuple[float, float]:
    """Mean and standard deviation of what the paper's mean may be, in half stars."""
    first = sum(share * value for value, share in enumerate(prior.shares, 1))
    second = sum(share * value**2 for value, share in enumerate(prior.shares, 1))
    whole = total + prior.weight
    mean = (sum(weights[r.id] * r.overall for r in counted) + prior.weight * first) / whole
    square = (sum(weights[r.id] * r.overall**2 for r in counted) + prior.weight * second) / whole
    return mean, math.sqrt(max(0.0, square - mean**2) / (whole + 1))


def _mean_of(some: Sequence[Counting], weights: dict[int, float], name: str) -> int | None:
    if not some:
        return None
    return hundredths(sum(weights[r.id] * getattr(r, name) for r in some) / sum(weights[r.id] for r in some))


def hundredths(value: float) -> int:
    """A value in hundredths, rounded half up."""
    return math.floor(value * 100 + 0.5)


def percentages(counts: Sequence[int]) -> list[int]:
    """Whole percentages that add up to 100, by the largest remainder (the first of equals first); all zero where there is nothing."""
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    floors = [100 * n // total for n in counts]
    by_remainder = sorted(range(len(counts)), key=lambda i: (-(100 * counts[i] % total), i))
    for i in by_remainder[: 100 - sum(floors)]:
        floors[i] += 1
    return floors


def is_half_star(stars: float) -> bool:
    """Whether a value is one of the ten that people can give: 0.5, 1.0 … 5.0."""
    return 0.5 <= stars <= 5.0 and float(stars * 2).is_integer()
