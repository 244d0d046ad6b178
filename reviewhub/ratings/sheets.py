"""The whole computation of a paper's score as JSON, so that anybody can repeat it: what went in, the formulas, what came out.

Everything is in stars (0.5 to 5.0), criteria in levels (1 to 5). Nothing in it tells who a rater is, or how lenient one of them is.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.i18n import LANGUAGES, worded_in
from ..core.prepared import Prepared
from ..core.text import Message, message
from . import queries, words
from .models import PaperScore, RaterLeniency, Rating
from .rules import (
    CRITERIA,
    ENOUGH_GROUPS,
    ENOUGH_LENIENCIES,
    ENOUGH_RATINGS,
    FORMULA_VERSION,
    MAX_HALF_STARS,
    PER_LEVEL,
    PER_STAR,
    Z_95,
    Counting,
    Prior,
    Sheet,
    compute,
    percentages,
    state_of,
)

# Changes when a field of the JSON gets another name or meaning.
FORMAT_VERSION = 1

_BORNMANN = "Bornmann L, Mutz R, Daniel H-D (2010). PLoS ONE 5(12): e14331. https://doi.org/10.1371/journal.pone.0014331"
_MILLER = "Miller E. Ranking Items With Star Ratings. https://www.evanmiller.org/ranking-items-with-star-ratings.html"
_HAMILTON = "Balinski ML, Young HP (1982). Fair Representation: Meeting the Ideal of One Man, One Vote (Hamilton's method)."
_SHROUT = "Shrout PE, Fleiss JL (1979). Psychological Bulletin 86(2): 420-428, ICC(1,1). https://doi.org/10.1037/0033-2909.86.2.420"
_HENDERSON = "Henderson CR (1975). Biometrics 31(2): 423-447. https://doi.org/10.2307/2529430"

# name -> (what is computed, in words and signs; where it comes from; empty: from here)
FORMULAS: dict[str, tuple[Message, str]] = {
    "weight": (message("w = 1; for each of k linked raters w = 1 / √k, so that together they count as √k. Ratings that do not count have no weight."), ""),
    "mean": (message("mean = Σwy / Σw, y being the stars of a rating; criteria, blind and open means alike, over the ratings that hold such a value."), ""),
    "spread": (message("spread = √(Σw(y − mean)² / Σw)"), ""),
    "estimate": (
        message("estimate = (Σwy + m·μ) / (Σw + m): the prior, whose mean is μ, counts as much as m ratings. What one more reader is expected to give."),
        _MILLER,
    ),
    "interval": (
        message("interval = estimate ± z·√((E[y²] − estimate²) / (Σw + m + 1)), with E[y²] = (Σwy² + m·Σsv²) / (Σw + m), cut to 0.5 … 5; s is the share "
                "the prior gives to v stars, z that of 95 %."),
        _MILLER,
    ),
    "prior": (
        message("m = (1 − ICC) / ICC, from 0.5 to 10; 2 as long as fewer than 30 papers have two ratings, for journal referees agree with ICC 0.34. "
                "The shares are those of all ratings on this site that count, each value having been given twice more."),
        _BORNMANN,
    ),
    "icc": (
        message("ICC = (B − W) / (B + (k − 1)·W), B and W being the mean squares between and within papers, k the mean number of ratings a paper."),
        _SHROUT,
    ),
    "adjusted": (
        message("adjusted = mean − Σwc / Σw, c being how much more a rater gives than others give the same papers: the rater's effect in y = μ + paper + "
                "rater + noise, both effects shrunk (ridge). 0 for raters it is not known of. Only the sum is told."),
        _HENDERSON,
    ),
    "percentages": (message("Whole percentages add up to 100: the largest remainders are rounded up."), _HAMILTON),
    "rounding": (message("Results are rounded half up: stars to 1/200, levels to 1/100. Sums run in the order of the numbers."), ""),
}  # fmt: skip

_RATINGS = Prepared(
    sa.select(
        Rating.id, Rating.overall, Rating.novelty, Rating.importance, Rating.rigor, Rating.group_no, Rating.exclusion, Rating.is_blind,
        RaterLeniency.effect, (Rating.text != "").label("has_text"), Rating.given_at, RaterLeniency.computed_at,
    )
    .outerjoin(RaterLeniency, RaterLeniency.account_id == Rating.account_id)
    .where(Rating.paper_id == sa.bindparam("paper_id", type_=sa.Integer))
    .order_by(Rating.id)
)  # fmt: skip


def sheet_of(session: Session, paper_id: int) -> dict[str, Any]:
    """The sheet of one paper, ready for `json.dumps`. Three statements; a paper that nobody has rated has an empty one."""
    kept = session.get(PaperScore, paper_id)
    model = queries.model_of(session, kept.model_id) if kept else queries.newest_model(session)
    rows = _RATINGS.rows(session, paper_id=paper_id)
    counting = [Counting(*row[:10]) for row in rows]
    sheet = compute(counting, model.prior)
    lenient_at = max((row[11] for row in rows if row[11] is not None), default=None)
    return {
        "format_version": FORMAT_VERSION,
        "formula_version": FORMULA_VERSION,
        "paper": paper_id,
        "computed_at": _iso(kept.computed_at if kept else None),
        "state": state_of(sheet.n_counted, sheet.n_groups),
        "thresholds": {"ratings": ENOUGH_RATINGS, "groups": ENOUGH_GROUPS, "lenient_raters": ENOUGH_LENIENCIES},
        "z": Z_95,
        "prior": _prior(model.prior, model.computed_at),
        "leniency": None if sheet.correction is None else {
            "correction": sheet.correction / 2, "n_raters": sheet.n_lenient, "computed_at": _iso(lenient_at),
        },
        "ratings": [_rating(number, one, row[10], sheet) for number, (one, row) in enumerate(zip(counting, rows, strict=True), 1)],
        "results": _results(sheet),
        "formulas": {name: {"text": _worded(text), "source": source or None} for name, (text, source) in FORMULAS.items()},
    }  # fmt: skip


def _prior(prior: Prior, computed_at: dt.datetime | None) -> dict[str, Any]:
    shares = [{"stars": n / 2, "share": share} for n, share in enumerate(prior.shares, 1)]
    mean = sum(one["share"] * one["stars"] for one in shares)
    return {"shares": shares, "mean": mean, "weight": prior.weight, "icc": prior.icc, "computed_at": _iso(computed_at)}


def _rating(number: int, one: Counting, given_at: dt.datetime, sheet: Sheet) -> dict[str, Any]:
    reason = words.EXCLUSIONS.get(one.exclusion)
    return {
        "number": number,
        "day": given_at.date().isoformat(),
        "stars": one.overall / 2,
        **{name: getattr(one, name) for name in CRITERIA},
        "is_blind": one.is_blind,
        "has_review": one.has_text,
        "group": one.group_no or None,
        "weight": sheet.weights.get(one.id),
        "exclusion": {"code": one.exclusion, "label": _worded(reason[0]), "reason": _worded(reason[1])} if reason else None,
    }


def _results(sheet: Sheet) -> dict[str, Any]:
    in_stars = ("overall", "estimate", "lower", "upper", "spread", "blind_mean", "open_mean", "adjusted")
    counts = ("n_given", "n_counted", "n_groups", "n_held", "n_reviews", "n_blind", "n_open")
    shares = percentages(sheet.histogram)
    return {
        **{name: getattr(sheet, name) for name in counts},
        **{name: _per(PER_STAR, getattr(sheet, name)) for name in in_stars},
        **{name: {"mean": _per(PER_LEVEL, sheet.criteria[name]), "n": sheet.n_criteria[name]} for name in CRITERIA},
        "histogram": [{"stars": (n + 1) / 2, "n": sheet.histogram[n], "percent": shares[n]} for n in range(MAX_HALF_STARS)],
    }


def _per(unit: int, value: int | None) -> float | None:
    return None if value is None else value / unit


def _iso(time: dt.datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds")


def _worded(sentence: Message) -> dict[str, str]:
    return {language: worded_in(language, sentence) for language in LANGUAGES}
