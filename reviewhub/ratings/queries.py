"""Scores of papers, for one page or a whole list in one statement."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.db import in_batches
from .models import PaperScore
from .rules import NO_SCORE, Score, state_of

# A mean is kept in hundredths of a half star.
PER_STAR = 200


def scores_of(session: Session, paper_ids: Sequence[int]) -> dict[int, Score]:
    """The scores of those papers that have one."""
    found: dict[int, Score] = {}
    for some in in_batches(list(paper_ids)):
        columns = (PaperScore.paper_id, PaperScore.n_counted, PaperScore.n_groups, PaperScore.overall, PaperScore.carried_over, PaperScore.carried_over_from)
        for paper_id, n, n_groups, overall, carried_over, source in session.execute(sa.select(*columns).where(PaperScore.paper_id.in_(some))):
            state = state_of(n, n_groups, has_carried_over=carried_over is not None)
            mean = overall if n else carried_over
            found[paper_id] = Score(state, n, None if mean is None else mean / PER_STAR, carried_over_from="" if n else source)
    return found


def score_of(session: Session, paper_id: int) -> Score:
    """The score of one paper; `NO_SCORE` where nobody has rated."""
    return scores_of(session, [paper_id]).get(paper_id, NO_SCORE)
