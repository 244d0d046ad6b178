"""`/`: what the site is, a search box, the newest records, and what readers make of others: top rated, trending, discussed, disputed, waiting for a rating."""

from __future__ import annotations

from flask import Blueprint, Response

from ..papers import queries
from ..papers.queries import Filters, page_in
from ..recommendations.queries import new_in_fields, taste_of, trends_of
from .browsing import ORDERS
from .support.entry import entry
from .support.looking import scores_for
from .support.rendering import page
from .support.signing import reader
from .support.transaction import session

# Enough to look around, not so many that the page is a list.
NEWEST = 10
# Of the lists beside it: a taste, with a link to the rest.
BESIDE = 5
LISTS = ("top", "trending", "discussed", "disagree", "unrated")

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@entry("anyone")
def show() -> Response:
    """The home page: ten short statements, two or three more for who is signed in."""
    newest = queries.list_papers(session(), Filters(), sort="added", size=NEWEST).lines
    lists = {name: page_in(session(), ORDERS[name], Filters(), size=BESIDE).lines for name in LISTS}
    who = reader()
    fields = taste_of(session(), who.account_id).fields if who else ()
    in_fields = queries.lines_of(session(), new_in_fields(session(), fields, BESIDE)) if fields else []
    scores = scores_for([line.id for lines in (newest, lists["top"], lists["disagree"]) for line in lines])
    return page(
        "home/show.html", lines=newest, lists=lists, in_fields=in_fields, has_fields=bool(fields), scores=scores,
        trends=trends_of(session(), [line.id for line in lists["trending"]]), subjects=queries.common_keywords(session()), n_papers=queries.n_papers(session()),
    )  # fmt: skip
