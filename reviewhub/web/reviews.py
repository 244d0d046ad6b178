"""`/papers/<id>/reviews`: the written reviews of a paper, the page of each, and each as a file of Markdown."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.text import message, plain
from ..discussion import words as saying
from ..discussion.queries import Standing, best_reviews, standings_of
from ..papers import queries as papers
from ..papers.queries import Line
from ..ratings import words
from ..ratings.reviews import Review, history_of, review, reviews_of
from ..ratings.rules import CRITERIA
from . import structured_data
from .pages import discussion
from .support import language, looking, signing
from .support.entry import entry
from .support.language import worded
from .support.rendering import page
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# What everybody agrees to who sends a review.
LICENCE, LICENCE_ADDRESS = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
# As much of a text as a search engine shows of it.
_MOST_BODY_CHARS = 5_000
# What YAML would read as the end of a line within quotes.
_LINE_ENDS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x85\u2028\u2029"}

_ORDERS = {"best": message("Most helpful first"), "newest": message("Newest first")}

blueprint = Blueprint("reviews", __name__)


@blueprint.get("/papers/<int:paper_id>/reviews")
@entry("anyone")
def list_(paper_id: int) -> BaseResponse:
    """All written reviews, the most helpful or the newest first, page by page."""
    line = _line(paper_id)
    if line is None:
        return _elsewhere(paper_id, "reviews.list_")
    if looking.is_hidden(looking.standing(paper_id)):
        return page("reviews/list.html", line=line, is_hidden=True)
    orders = [
        ("best", worded(_ORDERS["best"]), url_for("reviews.list_", paper_id=paper_id)),
        ("newest", worded(_ORDERS["newest"]), url_for("reviews.list_", paper_id=paper_id, order="newest")),
    ]
    if request.args.get("order") == "newest" or not request.args.keys().isdisjoint(("before", "after")):
        newest = reviews_of(session(), paper_id, before=_mark("before"), after=_mark("after"))
        return page(
            "reviews/list.html", line=line, found=newest, words=words, is_hidden=False, orders=orders, order="newest",
            standings=standings_of(session(), [one.id for one in newest.reviews], signing.actor()),
            newer=url_for("reviews.list_", paper_id=paper_id, order="newest", after=newest.after) if newest.after else "",
            older=url_for("reviews.list_", paper_id=paper_id, order="newest", before=newest.before) if newest.before else "",
        )  # fmt: skip
    rank, below = _mark("rank"), _mark("below")
    best = best_reviews(session(), paper_id, signing.actor(), after=None if rank is None or below is None else (rank, below))
    return page(
        "reviews/list.html", line=line, found=best, words=words, is_hidden=False, orders=orders, order="best", standings=best.standings,
        newer=url_for("reviews.list_", paper_id=paper_id) if below is not None else "",
        older=url_for("reviews.list_", paper_id=paper_id, rank=best.after[0], below=best.after[1]) if best.after else "",
    )  # fmt: skip


@blueprint.get("/papers/<int:paper_id>/reviews/<int:rating_id>")
@entry("anyone")
def show(paper_id: int, rating_id: int) -> BaseResponse:
    """One review, with how its stars changed."""
    one = _review(rating_id)
    if one.paper_id != paper_id:
        return _elsewhere(paper_id, "reviews.show", one)
    (line,) = papers.lines_of(session(), [paper_id])
    who = signing.reader()
    is_own = who is not None and one.account_id == who.account_id
    if looking.is_hidden(looking.standing(paper_id)):
        return page("reviews/show.html", line=line, one=None, words=words)
    return page(
        "reviews/show.html", line=line, one=one, history=history_of(session(), rating_id), words=words, is_own=is_own, json_ld=_json_ld(line, one),
        licence=(LICENCE, LICENCE_ADDRESS),
        standing=standings_of(session(), [rating_id], signing.actor()).get(rating_id, Standing()),
        talk=discussion.part(session(), paper_id, signing.actor(), rating_id=rating_id), saying=saying,
    )  # fmt: skip


@blueprint.get("/papers/<int:paper_id>/reviews/<int:rating_id>.md")
@entry("anyone")
def export(paper_id: int, rating_id: int) -> BaseResponse:
    """The review as a file: what it is about and who wrote it, then the text as it was typed."""
    one = _review(rating_id)
    if one.paper_id != paper_id:
        return _elsewhere(paper_id, "reviews.export", one)
    if one.is_hidden:
        abort(404)
    if looking.is_hidden(looking.standing(paper_id)):
        return redirect(url_for("reviews.show", paper_id=paper_id, rating_id=rating_id), 303)
    (line,) = papers.lines_of(session(), [paper_id])
    answer = Response(_as_markdown(line, papers.identifier_of(session(), paper_id, "doi"), one), mimetype="text/markdown")
    answer.headers["Content-Disposition"] = f'attachment; filename="review-{rating_id}.md"'
    return answer


def _line(paper_id: int) -> Line | None:
    lines = papers.lines_of(session(), [paper_id]) if 0 < paper_id <= MAX_ID else []
    return lines[0] if lines else None


def _review(rating_id: int) -> Review:
    found = review(session(), rating_id) if rating_id <= MAX_ID else None
    if found is None:
        abort(404)
    return found


def _elsewhere(paper_id: int, endpoint: str, one: Review | None = None) -> BaseResponse:
    """To the paper that this one was found to be; a review must stand there."""
    kept = papers.redirect_of(session(), paper_id) if paper_id <= MAX_ID else None
    if kept is None or (one and one.paper_id != kept):
        abort(404)
    more: dict[str, Any] = {"rating_id": one.id} if one else {}
    return redirect(url_for(endpoint, paper_id=kept, **more), 301)


def _mark(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _json_ld(line: Line, one: Review) -> Any:
    """The review for search engines; only one that counts is told to them."""
    if one.exclusion or one.is_hidden:
        return None
    site_url = current_app.extensions["settings"].site_url
    described = {
        "@context": "https://schema.org",
        "@type": "Review",
        "url": structured_data.canonical(site_url, f"/papers/{line.id}/reviews/{one.id}", language.current()),
        "itemReviewed": {"@type": "ScholarlyArticle", "name": plain(line.title), "url": f"{site_url}/papers/{line.id}"},
        "author": {"@type": "Person", "name": one.name},
        "reviewRating": {"@type": "Rating", "ratingValue": one.stars, "bestRating": 5, "worstRating": 0.5},
        "reviewBody": one.text[:_MOST_BODY_CHARS],
        "inLanguage": one.text_language,
        "datePublished": one.given_at.date().isoformat(),
        "dateModified": one.changed_at.date().isoformat(),
        "license": LICENCE_ADDRESS,
    }
    return structured_data.as_script(described)


def _as_markdown(line: Line, doi: str, one: Review) -> str:
    """Front matter in YAML (every text quoted as JSON quotes it, which YAML reads alike), then the text."""
    site_url = current_app.extensions["settings"].site_url
    facts: dict[str, Any] = {
        "paper": plain(line.title), "doi": doi, "address": f"{site_url}/papers/{line.id}/reviews/{one.id}",
        "reviewer": one.name or words.FORMER_READER.template, "stars": one.stars, **{name: getattr(one, name) for name in CRITERIA},
        "date": one.given_at.date().isoformat(), "changed": one.changed_at.date().isoformat() if one.is_changed else None, "language": one.text_language,
        "conflict": one.conflict_note, "not_counted": one.exclusion, "licence": f"{LICENCE} ({LICENCE_ADDRESS})",
    }  # fmt: skip
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False).translate(_LINE_ENDS)}" for name, value in facts.items() if value not in ("", None))
    return "---\n" + "\n".join(lines) + f"\n---\n\n{one.text}\n"
