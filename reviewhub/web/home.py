"""`/`: what the site is, a search box, the newest records, the best rated ones and some that nobody has rated."""

from __future__ import annotations

from flask import Blueprint, Response

from ..papers import queries
from ..ratings import listing
from .support.entry import entry
from .support.looking import scores_for
from .support.rendering import page
from .support.transaction import session

# Enough to look around, not so many that the page is a list.
NEWEST = 10
# Of the lists beside it: a taste, with a link to the rest.
BESIDE = 5

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@entry("anyone")
def show() -> Response:
    """The home page."""
    newest = queries.list_papers(session(), queries.Filters(), sort="added", size=NEWEST)
    top, unrated = (listing.list_papers(session(), queries.Filters(), sort=sort, size=BESIDE) for sort in ("top", "unrated"))
    scores = scores_for([line.id for found in (newest, top) for line in found.lines])
    subjects = queries.common_keywords(session())
    return page(
        "home/show.html", lines=newest.lines, top=top.lines, unrated=unrated.lines, scores=scores, subjects=subjects, n_papers=queries.n_papers(session())
    )
