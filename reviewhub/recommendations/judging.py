"""How good a ranking is: recall, nDCG and mean average precision over readers, as they are published."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .sparse import Floats, Ints

CUTS = (20, 50, 100, 300)
DEPTH = max(CUTS)
GAIN_DEPTH = 20


def best(scores: Floats, left_out: Ints, depth: int = DEPTH) -> Ints:
    """The places of the highest scores, best first, equals by place; without those `left_out`."""
    kept = scores.copy()
    kept[left_out] = -np.inf
    n = min(depth, len(kept))
    chosen = np.argpartition(kept, -n)[-n:] if n < len(kept) else np.arange(len(kept))
    ordered = chosen[np.lexsort((chosen, -kept[chosen]))]
    return ordered[np.isfinite(kept[ordered])]


@dataclass(slots=True)
class Figures:
    """Sums over readers."""

    n: int = 0
    recalls: list[float] = field(default_factory=lambda: [0.0] * len(CUTS))
    gain: float = 0.0
    precision: float = 0.0

    def count(self, ranking: Ints, wanted: Ints) -> None:
        """Adds one reader: hits in the first M over all that is wanted; gain over the best gain possible; precision at each hit of the first 300."""
        if not len(wanted):
            return
        is_hit = np.isin(ranking[:DEPTH], wanted)
        hits = np.concatenate([np.cumsum(is_hit), np.full(max(0, DEPTH - len(is_hit)), is_hit.sum())])
        self.n += 1
        for n, cut in enumerate(CUTS):
            self.recalls[n] += hits[cut - 1] / len(wanted)
        discounts = 1 / np.log2(np.arange(2, GAIN_DEPTH + 2))
        first = is_hit[:GAIN_DEPTH]
        self.gain += float(first @ discounts[: len(first)] / discounts[: len(wanted)].sum())
        places = np.flatnonzero(is_hit) + 1
        self.precision += float((np.arange(1, len(places) + 1) / places).sum() / min(len(wanted), DEPTH))

    def means(self) -> dict[str, float]:
        """The figures by name."""
        n = max(1, self.n)
        return {**{f"recall@{cut}": value / n for cut, value in zip(CUTS, self.recalls, strict=True)}, "nDCG@20": self.gain / n, "MAP": self.precision / n}
