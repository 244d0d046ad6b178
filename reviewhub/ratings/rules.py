"""What a number may claim: the states of a score and their thresholds. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# A mean of fewer ratings says more about its raters than about the paper; sites that show it earlier see it swing by a star.
ENOUGH_RATINGS = 5
# Five colleagues from one laboratory are one opinion.
ENOUGH_GROUPS = 2

NONE, NOT_ENOUGH, ESTABLISHED = "none", "not-enough", "established"


@dataclass(frozen=True, slots=True)
class Score:
    """What is shown of a paper's ratings, everywhere alike. Means in stars, 0.5 to 5.0; None where there is none.

    `carried_over_from` names the page whose mean is shown when it did not say how many rated: then `n` is 0 and the state "not-enough".
    """

    state: str = NONE
    n: int = 0
    overall: float | None = None
    novelty: float | None = None
    importance: float | None = None
    rigor: float | None = None
    carried_over_from: str = ""

    @property
    def shown(self) -> str:
        """The mean with one decimal, or "-"."""
        return "-" if self.overall is None else f"{self.overall:.1f}"


NO_SCORE = Score()


def state_of(n_counted: int, n_groups: int, *, has_carried_over: bool = False) -> str:
    """The state of a score from the ratings that count and the independent groups of their raters."""
    if n_counted >= ENOUGH_RATINGS and n_groups >= ENOUGH_GROUPS:
        return ESTABLISHED
    return NOT_ENOUGH if n_counted or has_carried_over else NONE


def is_half_star(stars: float) -> bool:
    """Whether a value is one of the ten that people can give: 0.5, 1.0 … 5.0."""
    return 0.5 <= stars <= 5.0 and float(stars * 2).is_integer()
