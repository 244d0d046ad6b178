"""Lists of papers ordered by what their ratings say: queries over papers and scores together, page by page like all lists."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..papers.models import Paper
from ..papers.queries import ORDERS as PAPER_ORDERS
from ..papers.queries import PAGE_SIZE, Filters, ListPage, Order, page_in
from .models import PaperScore

_OF_PAPER = PaperScore.paper_id == Paper.id
_ESTABLISHED = (PaperScore.is_established.is_(sa.true()),)
_COUNTED = sa.select(PaperScore.paper_id).where(_OF_PAPER, PaperScore.n_counted > 0).exists()

# Established scores only, the surest good ones first: a lower bound does not let five enthusiasts pass a hundred content readers.
TOP = Order("top", (PaperScore.lower, PaperScore.paper_id), True, PaperScore, _OF_PAPER, _ESTABLISHED)
# Written reviews, then ratings.
REVIEWED = Order("reviewed", (PaperScore.n_reviews, PaperScore.n_given, PaperScore.paper_id), True, PaperScore, _OF_PAPER, is_walked=True)
# No rating that counts; the newest first.
UNRATED = Order("unrated", (Paper.published, Paper.id), True, only=(~_COUNTED,))
# Established scores only, by how far the ratings lie apart.
DISAGREE = Order("disagree", (PaperScore.spread, PaperScore.paper_id), True, PaperScore, _OF_PAPER, _ESTABLISHED)

ORDERS = {**PAPER_ORDERS, **{order.name: order for order in (TOP, REVIEWED, UNRATED, DISAGREE)}}
SORTS = tuple(ORDERS)


def list_papers(session: Session, filters: Filters, *, sort: str = "newest", after: str = "", before: str = "", size: int = PAGE_SIZE) -> ListPage:
    """One page of papers in one of `SORTS` (another name: the first); `papers.queries.page_in` says the rest. One statement."""
    return page_in(session, ORDERS.get(sort, ORDERS[SORTS[0]]), filters, after=after, before=before, size=size)
