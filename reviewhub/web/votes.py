"""Helpful or not: votes on comments and on reviews."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import Conflict, NotAllowed, NotFound
from ..discussion import queries
from ..discussion import votes as services
from ..ratings.reviews import review
from .discussion import comment_at
from .forms.comment import MAX_ID
from .support.entry import entry, own_path
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# What a button says, and what it means; "none" takes the word back.
_SAID = {"yes": True, "no": False, "none": None}

blueprint = Blueprint("votes", __name__)


@blueprint.post("/papers/<int:paper_id>/comments/<int:comment_id>/vote")
@entry("reader")
def on_comment(paper_id: int, comment_id: int) -> BaseResponse:
    """Counts a vote on a comment."""
    one = comment_at(paper_id, comment_id)
    try:
        services.vote_on_comment(session(), actor(), comment_id, _vote())
    except NotAllowed:
        abort(403)
    except Conflict as error:  # taken away meanwhile
        raise NotFound from error
    found = queries.comment_of(session(), comment_id, actor())
    return _answer(found, url_for("discussion.show", paper_id=one.paper_id, comment_id=comment_id), f"comment-{comment_id}")


@blueprint.post("/papers/<int:paper_id>/reviews/<int:rating_id>/vote")
@entry("reader")
def on_review(paper_id: int, rating_id: int) -> BaseResponse:
    """Counts a vote on a written review."""
    one = review(session(), rating_id) if rating_id <= MAX_ID else None
    if one is None or one.paper_id != paper_id:
        raise NotFound
    try:
        services.vote_on_review(session(), actor(), rating_id, _vote())
    except NotAllowed:
        abort(403)
    found = queries.standings_of(session(), [rating_id], actor())[rating_id]
    return _answer(found, url_for("reviews.show", paper_id=paper_id, rating_id=rating_id), f"review-{rating_id}")


def _vote() -> bool | None:
    said = request.form.get("vote", "")
    if said not in _SAID:
        abort(400)
    return _SAID[said]


def _answer(thing: queries.Said | queries.Standing | None, address: str, anchor: str) -> Response | BaseResponse:
    """For the script the buttons as they stand now, else the page the vote was given on."""
    if request.form.get("piece") == "1":
        return page("discussion/voted.html", thing=thing, address=f"{address}/vote")
    return redirect(f"{own_path(request.form.get('next', '')) or address}#{anchor}", 303)
