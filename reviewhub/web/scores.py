"""`/papers/<id>/score`: how the numbers of a paper were computed, rating by rating; `.json` for programs."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..papers import queries
from ..ratings import words
from ..ratings.breakdown import breakdown_of
from ..ratings.queries import has_looked
from ..ratings.rules import DEFAULT_PRIOR_WEIGHT, ENOUGH_GROUPS, ENOUGH_RATINGS, FORMULA_VERSION
from .badges import badge_words
from .support import language
from .support.entry import entry
from .support.rendering import page
from .support.signing import reader
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# Rows of the table on one page: few papers have more, and a thousand rows are nothing to read.
ROWS = 200

blueprint = Blueprint("scores", __name__)


@blueprint.get("/papers/<int:paper_id>/score")
@entry("anyone")
def show(paper_id: int) -> BaseResponse:
    """The score page; for a reader who rates before looking, a page that offers to look."""
    lines = queries.lines_of(session(), [paper_id]) if paper_id <= MAX_ID else []
    if not lines:
        return _elsewhere(paper_id)
    if _waits(paper_id):
        answer: BaseResponse = page("scores/hidden.html", line=lines[0])
        return answer
    found = breakdown_of(session(), paper_id)
    first = _first_row(len(found.rows))
    return page(
        "scores/show.html", line=lines[0], found=found, score=found.score, rows=found.rows[first : first + ROWS], words=words, embed=_embed(paper_id),
        badge_words=badge_words(found.score, language.current()), earlier=_from(paper_id, first - ROWS) if first else "",
        later=_from(paper_id, first + ROWS) if first + ROWS < len(found.rows) else "", version=FORMULA_VERSION, enough_ratings=ENOUGH_RATINGS,
        enough_groups=ENOUGH_GROUPS, default_weight=DEFAULT_PRIOR_WEIGHT,
    )  # fmt: skip


def _elsewhere(paper_id: int) -> BaseResponse:
    """Where a paper that was found to be another went; NotFound when there was none."""
    kept = queries.redirect_of(session(), paper_id) if paper_id <= MAX_ID else None
    if kept is None:
        abort(404)
    return redirect(url_for(str(request.endpoint), paper_id=kept), 301)


def _waits(paper_id: int) -> bool:
    """Whether this reader wants to rate before looking, and has neither rated nor chosen to look."""
    found = reader()
    return found is not None and found.hides_numbers and not has_looked(session(), found.account_id, paper_id)


def _first_row(n_rows: int) -> int:
    """The row that the table begins with: what `?from=` says, if there is such a row."""
    asked = request.args.get("from", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= 9 else 1
    return number - 1 if 1 <= number <= n_rows else 0


def _from(paper_id: int, first: int) -> str:
    return url_for("scores.show", paper_id=paper_id, **{"from": max(first, 0) + 1, "_anchor": "ratings"})  # type: ignore[arg-type]


def _embed(paper_id: int) -> str:
    """The HTML that shows the badge on another site."""
    root = f"{current_app.extensions['settings'].site_url}{'/zh' if language.current() == 'zh' else ''}"
    alt = language.gettext("Rating on reviewhub")
    return f'<a href="{root}/papers/{paper_id}"><img src="{root}/papers/{paper_id}/badge.svg" alt="{alt}"></a>'
