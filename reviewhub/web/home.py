"""`/`: what the site is, a search box, the newest records."""

from __future__ import annotations

from flask import Blueprint, Response

from ..papers import queries
from ..ratings.queries import scores_of
from .support.entry import entry
from .support.rendering import page
from .support.transaction import session

# Enough to look around, not so many that the page is a list.
NEWEST = 10

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@entry("anyone")
def show() -> Response:
    """The home page."""
    newest = queries.list_papers(session(), queries.Filters(), sort="added", size=NEWEST)
    scores = scores_of(session(), [line.id for line in newest.lines])
    subjects = queries.common_keywords(session())
    return page("home/show.html", lines=newest.lines, scores=scores, subjects=subjects, n_papers=queries.n_papers(session()))
