"""Rate before you look: a reader who asked for it sees no numbers of a paper until they have rated it or chosen to look."""

from __future__ import annotations

from collections.abc import Sequence

from ...ratings.queries import scores_of
from ...ratings.reviews import Standing, looked_at, standing_of
from ...ratings.rules import Score
from . import keeping
from .signing import reader
from .transaction import session

HIDDEN = Score(is_hidden=True)


def standing(paper_id: int) -> Standing:
    """Where the reader stands with a paper. One statement for who is signed in, none for others."""
    who = reader()
    return standing_of(session(), who.account_id, paper_id) if who else Standing()


def is_hidden(own: Standing) -> bool:
    """Whether the numbers and reviews of the paper are hidden from the reader who stands so with it."""
    who = reader()
    return who is not None and who.hides_numbers and not own.has_looked


def shown_scores(scores: dict[int, Score]) -> dict[int, Score]:
    """The scores as the reader may see them. One statement more, and only for who rates before looking."""
    who = reader()
    if who is None or not who.hides_numbers or not scores:
        return scores
    seen = looked_at(session(), who.account_id, scores.keys())
    return {paper_id: score if paper_id in seen else HIDDEN for paper_id, score in scores.items()}


def scores_for(paper_ids: Sequence[int]) -> dict[int, Score]:
    """The scores of the papers of a list that have one, as the reader may see them. The buttons that save these papers are asked for together."""
    keeping.expect(paper_ids)
    return shown_scores(scores_of(session(), paper_ids))
