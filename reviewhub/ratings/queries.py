"""Scores of papers, for one page or a whole list in one statement."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.db import in_batches
from ..core.prepared import Prepared
from .models import PaperScore
from .rules import NO_SCORE, Score, state_of

# A mean is kept in hundredths of a half star.
PER_STAR = 200


_COLUMNS = (PaperScore.paper_id, PaperScore.n_counted, PaperScore.n_groups, PaperScore.overall, PaperScore.carried_over, PaperScore.carried_over_from)
_ONE = Prepared(sa.select(*_COLUMNS).where(PaperScore.paper_id == sa.bindparam("paper_id", type_=sa.Integer)))


def scores_of(session: Session, paper_ids: Sequence[int]) -> dict[int, Score]:
    """The scores of those papers that have one."""
    found: dict[int, Score] = {}
    for some in in_batches(list(paper_ids)):
        for row in session.execute(sa.select(*_COLUMNS).where(PaperScore.paper_id.in_(some))):
            found[row.paper_id] = _score(*row)
    return found


def score_of(session: Session, paper_id: int) -> Score:
    """The score of one paper; `NO_SCORE` where nobody has rated."""
    rows = _ONE.rows(session, paper_id=paper_id)
    return _score(*rows[0]) if rows else NO_SCORE


def _score(_paper_id: int, n: int, n_groups: int, overall: int | None, carried_over: int | None, source: str) -> Score:
    state = state_of(n, n_groups, has_carried_over=carried_over is not None)
    mean = overall if n else carried_over
    return Score(state, n, None if mean is None else mean / PER_STAR, carried_over_from="" if n else source)
