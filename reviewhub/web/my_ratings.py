"""`/account/ratings`: what the reader has rated, began to rate and took back; and how their ratings compare."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from ..papers.queries import lines_of
from ..ratings import own, words
from ..ratings.queries import scores_of
from ..ratings.rules import ENOUGH_TO_COMPARE, RATERS_TO_COMPARE
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1

blueprint = Blueprint("my_ratings", __name__)


@blueprint.get("/account/ratings")
@entry("reader")
def show() -> Response:
    """The reader's own ratings, the newest first."""
    account_id = actor().account_id
    assert account_id is not None
    found = own.ratings_of(session(), account_id, before=_id_asked("before"), after=_id_asked("after"))
    is_first = found.newer is None
    drafts, withdrawn = (own.drafts_of(session(), account_id), own.withdrawn_of(session(), account_id)) if is_first else ([], [])
    paper_ids = [one.paper_id for one in found.ratings]
    shown_ids = {*paper_ids, *(one.paper_id for one in drafts), *(one.paper_id for one in withdrawn)}
    lines = {line.id: line for line in lines_of(session(), list(shown_ids))}
    return page(
        "my_ratings/show.html", found=found, lines=lines, scores=scores_of(session(), paper_ids), drafts=drafts, withdrawn=withdrawn, words=words,
        comparison=own.comparison_of(session(), account_id), enough=ENOUGH_TO_COMPARE, enough_raters=RATERS_TO_COMPARE,
        newer=url_for("my_ratings.show", after=found.newer) if found.newer else "", older=url_for("my_ratings.show", before=found.older) if found.older else "",
    )  # fmt: skip


def _id_asked(name: str) -> int | None:
    """A number of the address that fits an id, else None."""
    text = request.args.get(name, "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else 0
    return number if 0 < number <= MAX_ID else None
