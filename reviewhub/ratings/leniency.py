"""How lenient raters are: the ridge-regularised additive model y = μ + paper + rater + noise, over all ratings that count. Pure; half stars throughout.

Henderson's mixed-model equations with the variance components found by moments. The effects of papers are eliminated (their block is diagonal), which leaves
one sparse symmetric system in the raters, solved by conjugate gradients: a million ratings take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg

from .rules import ENOUGH_TO_COMPARE, RATERS_TO_COMPARE

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Effects are shown in tenths of a star; this is far below.
_TOLERANCE = 1e-6
_MOST_STEPS = 500
# What each variance is at least, as a share of the whole: moments of few ratings can come out below nothing.
_LEAST_SHARES = {"paper": 0.05, "rater": 0.01, "noise": 0.1}


@dataclass(frozen=True, slots=True)
class Leniencies:
    """`raters` (ids), how far each gives above others in half stars, and from how many ratings that is known; the variances it was found with."""

    raters: Ints
    effects: Floats
    n_ratings: Ints
    variances: dict[str, float]


NOTHING = Leniencies(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), {})


def leniencies_of(papers: Ints, raters: Ints, values: Floats) -> Leniencies:
    """The effects of raters with `ENOUGH_TO_COMPARE` ratings or more of papers that `RATERS_TO_COMPARE` people or more have rated; of others, none.

    One element of each array is one rating: whose paper, by whom, how many half stars.
    """
    _, paper_no, n_raters = np.unique(papers, return_inverse=True, return_counts=True)
    is_told = n_raters[paper_no] >= RATERS_TO_COMPARE
    ids, rater_no, n_ratings = np.unique(raters[is_told], return_inverse=True, return_counts=True)
    is_known = n_ratings >= ENOUGH_TO_COMPARE
    if not is_known.any():
        return NOTHING
    _, paper_no = np.unique(paper_no[is_told], return_inverse=True)
    values = values[is_told]
    variances = _variances(paper_no, rater_no, values, is_known)
    ridge_paper, ridge_rater = variances["noise"] / variances["paper"], variances["noise"] / variances["rater"]
    column = np.cumsum(is_known) - 1
    rows = is_known[rater_no]
    shape = (int(paper_no.max()) + 1, int(is_known.sum()))
    incidence = sparse.csr_array((np.ones(int(rows.sum())), (paper_no[rows], column[rater_no[rows]])), shape=shape)
    across = incidence.T.tocsr()
    left = values - values.mean()
    of_paper = 1 / (np.bincount(paper_no, minlength=shape[0]) + ridge_paper)
    diagonal = n_ratings[is_known] + ridge_rater
    wanted = np.bincount(column[rater_no[rows]], left[rows], shape[1]) - across @ (of_paper * np.bincount(paper_no, left, shape[0]))

    def times(effects: Floats) -> Floats:
        found: Floats = diagonal * effects - across @ (of_paper * (incidence @ effects))
        return found

    system = LinearOperator((shape[1], shape[1]), matvec=times, dtype=np.float64)
    scaled = LinearOperator((shape[1], shape[1]), matvec=lambda v: v / diagonal, dtype=np.float64)
    effects, _ = cg(system, wanted, rtol=_TOLERANCE, maxiter=_MOST_STEPS, M=scaled)
    return Leniencies(ids[is_known], effects, n_ratings[is_known], variances)


def _variances(paper_no: Ints, rater_no: Ints, values: Floats, is_known: npt.NDArray[np.bool_]) -> dict[str, float]:
    """The variance between papers, between raters and of the noise, by moments.

    Ratings of one paper differ by raters and noise, ratings of one rater by papers and noise, all ratings by the three together: three equations.
    """
    whole = max(float(values.var()), 1e-9)
    of_known = is_known[rater_no]
    in_paper, in_rater = _within(paper_no, values), _within(rater_no[of_known], values[of_known])
    found = {"paper": whole - in_paper, "rater": whole - in_rater, "noise": in_paper + in_rater - whole}
    return {name: max(value, _LEAST_SHARES[name] * whole) for name, value in found.items()}


def _within(group: Ints, values: Floats) -> float:
    """The pooled variance within groups."""
    n = np.bincount(group)
    sums, squares = np.bincount(group, values), np.bincount(group, values**2)
    degrees = (n - 1)[n > 1].sum()
    return float((squares[n > 1] - sums[n > 1] ** 2 / n[n > 1]).sum() / degrees) if degrees else 0.0
