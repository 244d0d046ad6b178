"""What is turned to these days, made anew by the worker."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.db import insert_rows
from ..library.models import LibraryItem
from ..ratings.models import Rating
from .models import PaperTrend, ReaderTaste
from .rules import RATING_TURN, SAVING_TURN, WINDOW_DAYS, breadth, ring_weight, trend

_DAY_S = 86_400.0


def make_trends(session: Session) -> int:
    """Makes the trends anew from ratings that count and from saving, within the window; how many papers have one.

    An account has one turn a paper, its weightiest. Raters of a paper who are linked with each other count as the root of their number.
    """
    now = clock.now()
    since = now - dt.timedelta(days=WINDOW_DAYS)
    out = sa.select(ReaderTaste.account_id).where(ReaderTaste.is_left_out.is_(True))
    turns: dict[tuple[int, int], tuple[float, dt.datetime, int]] = {}
    saved = sa.select(LibraryItem.paper_id, LibraryItem.account_id, LibraryItem.saved_at).where(LibraryItem.saved_at >= since)
    for paper, account, at in session.execute(saved.where(LibraryItem.account_id.not_in(out))):
        turns[paper, account] = (SAVING_TURN, at, 0)
    rated = sa.select(Rating.paper_id, Rating.account_id, Rating.given_at, Rating.group_no).where(
        Rating.given_at >= since, Rating.exclusion == "", Rating.account_id.is_not(None), Rating.account_id.not_in(out)
    )
    for paper, rater, at, group in session.execute(rated):
        turns[paper, rater or 0] = (RATING_TURN, at, group)
    broad = _breadths(session, {account for _, account in turns})
    groups = Counter((paper, group) for (paper, _), (_, _, group) in turns.items() if group)
    by_paper: dict[int, list[tuple[float, float, float]]] = {}
    for (paper, account), (kind, at, group) in turns.items():
        weight = kind * (ring_weight(groups[paper, group]) if group else 1.0)
        by_paper.setdefault(paper, []).append((weight, broad.get(account, 0.0), (now - at).total_seconds() / _DAY_S))
    session.execute(sa.delete(PaperTrend))
    rows = [(paper, round(1000 * trend(found)), len(found), now) for paper, found in sorted(by_paper.items())]
    insert_rows(session, PaperTrend, ("paper_id", "trend", "n_readers", "made_at"), rows)
    return len(rows)


def _breadths(session: Session, account_ids: set[int]) -> dict[int, float]:
    """How broad each account's interest is: over everything it ever rated or kept, not only within the window."""
    kept = sa.select(LibraryItem.account_id, LibraryItem.paper_id)
    both = kept.union(sa.select(Rating.account_id, Rating.paper_id).where(Rating.account_id.is_not(None))).subquery()
    counted = sa.select(both.c.account_id, sa.func.count()).group_by(both.c.account_id)
    return {account: breadth(n) for account, n in session.execute(counted) if account in account_ids}
