"""Arithmetic on arrays that both writing and asking need."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def ranges(starts: Array, lengths: Array) -> Array:
    """The numbers of all the ranges, one range after another: [5, 9], [2, 3] become 5 6 9 10 11."""
    total = int(lengths.sum())
    if not total:
        return np.empty(0, np.int64)
    ends = np.cumsum(lengths, dtype=np.int64)
    return np.arange(total, dtype=np.int64) + np.repeat(starts.astype(np.int64) - (ends - lengths), lengths)


def offsets(lengths: Array) -> Array:
    """Where each of the ranges begins when they stand one after another; one more for the end."""
    found = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=found[1:])
    return found


def best(scores: Array, n: int) -> Array:
    """The places of the `n` highest numbers, highest first; of equal ones the first come first."""
    if n <= 0:
        return np.empty(0, np.int64)
    if n < len(scores):
        least = np.partition(scores, len(scores) - n)[len(scores) - n]
        above = np.flatnonzero(scores > least)
        places = np.concatenate((above, np.flatnonzero(scores == least)[: n - len(above)]))
    else:
        places = np.arange(len(scores))
    found: Array = places[np.lexsort((places, -scores[places]))]
    return found
