"""`/papers/<id>/score`: how the numbers of a paper were computed, rating by rating; `.json` for programs. Both are made from one sheet, so they agree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.text import Message, message
from ..papers import queries
from ..ratings import words
from ..ratings.queries import score_of
from ..ratings.rules import MAX_HALF_STARS
from ..ratings.sheets import sheet_of
from .badges import badge_words
from .support import language, looking
from .support.entry import entry
from .support.rendering import page
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# Rows of the table on one page: few papers have more, and a thousand rows are nothing to read.
ROWS = 200
# What the formulas of a sheet are called.
FORMULA_NAMES: Mapping[str, Message] = {
    "weight": message("Weight of a rating"), "mean": message("Mean"), "spread": message("Spread"), "estimate": message("Next rating"),
    "interval": message("Interval and ranking"), "prior": message("What is usual here"), "icc": message("Agreement of raters"),
    "adjusted": message("Adjusted mean"), "percentages": message("Percentages"), "rounding": message("Rounding"),
}  # fmt: skip

blueprint = Blueprint("scores", __name__)


@blueprint.get("/papers/<int:paper_id>/score")
@entry("anyone")
def show(paper_id: int) -> BaseResponse:
    """The score page; for a reader who rates before looking, a page that offers to look."""
    lines = queries.lines_of(session(), [paper_id]) if paper_id <= MAX_ID else []
    if not lines:
        return _elsewhere(paper_id)
    if looking.is_hidden(looking.standing(paper_id)):
        answer: BaseResponse = page("scores/hidden.html", line=lines[0])
        return answer
    sheet, score = sheet_of(session(), paper_id), score_of(session(), paper_id)
    ratings = sheet["ratings"]
    first = _first_row(len(ratings))
    return page(
        "scores/show.html", line=lines[0], sheet=sheet, results=sheet["results"], score=score, rows=ratings[first : first + ROWS], words=words,
        held=_held(ratings), group_sizes=Counter(one["group"] for one in ratings if one["group"] and one["weight"]), formula_names=FORMULA_NAMES,
        embed=_embed(paper_id), badge_words=badge_words(score, language.current()), earlier=_from(paper_id, first - ROWS) if first else "",
        later=_from(paper_id, first + ROWS) if first + ROWS < len(ratings) else "",
    )  # fmt: skip


@blueprint.get("/papers/<int:paper_id>/score.json")
@entry("anyone")
def data(paper_id: int) -> BaseResponse:
    """The sheet for programs (docs/score-json.md); public, also from the pages of other sites, and the same for everybody."""
    if paper_id > MAX_ID or not queries.is_here(session(), paper_id):
        return _elsewhere(paper_id)
    body = json.dumps(sheet_of(session(), paper_id), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    answer = Response(body, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.add_etag()
    return answer.make_conditional(request)


def _elsewhere(paper_id: int) -> BaseResponse:
    """Where a paper that was found to be another went; NotFound when there was none."""
    kept = queries.redirect_of(session(), paper_id) if paper_id <= MAX_ID else None
    if kept is None:
        abort(404)
    return redirect(url_for(str(request.endpoint), paper_id=kept), 301)


def _held(ratings: list[dict[str, Any]]) -> list[int]:
    """How many ratings of 1, 2 … 10 half stars wait for a moderator."""
    counts = Counter(one["stars"] * 2 for one in ratings if one["exclusion"] and one["exclusion"]["code"] == "held")
    return [counts[n] for n in range(1, MAX_HALF_STARS + 1)]


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
