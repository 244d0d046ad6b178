"""`/trending`: how the trend of a paper is computed, with what is at the top now."""

from __future__ import annotations

from flask import Blueprint, Response

from ..papers.queries import Filters, page_in
from ..recommendations import rules
from ..recommendations.queries import TRENDING, trends_made_at, trends_of
from .support.entry import entry
from .support.rendering import page
from .support.transaction import session

# Enough to see the formula at work; the list has the rest.
SHOWN = 10
# The example of the page: so many accounts that know one paper, all rating it today.
RING = 50

blueprint = Blueprint("trends", __name__)


@blueprint.get("/trending")
@entry("anyone")
def show() -> Response:
    """The formula in words and signs, its constants, and the highest trends with their readers."""
    lines = page_in(session(), TRENDING, Filters(), size=SHOWN).lines
    ring = rules.trend([(rules.RATING_TURN, rules.breadth(1), 0.0)] * RING)
    readers = rules.trend([(rules.RATING_TURN, 1.0, 0.0)] * 5)
    return page(
        "trends/show.html", lines=lines, trends=trends_of(session(), [line.id for line in lines]), made_at=trends_made_at(session()), rules=rules,
        n_ring=RING, ring=ring, readers=readers,
    )  # fmt: skip
