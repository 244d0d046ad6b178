"""`/search`: from what somebody typed to papers."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..search.queries import name_of_orcid
from .pages.search import MAX_TYPED_CHARS, asked, found_for, results_page
from .support.entry import entry
from .support.rendering import page
from .support.transaction import session

blueprint = Blueprint("searching", __name__)


@blueprint.get("/search")
@entry("anyone")
def show() -> BaseResponse:
    """The results; an identifier goes straight to its record, an ORCID iD to its name. A text that nobody can have meant is refused."""
    if len(request.args.get("q", "")) > MAX_TYPED_CHARS:
        return _kept_out(page("search/too_long.html", 400, most=MAX_TYPED_CHARS))
    wanted = asked()
    if not wanted.is_narrowed and (name_key := name_of_orcid(session(), wanted.words)):
        return redirect(url_for("browsing.person", name_key=name_key), 302)
    found = found_for(session(), wanted)
    if found.goes_to is not None:
        return redirect(url_for("records.show", paper_id=found.goes_to), 302)
    return _kept_out(page("search/show.html", results=results_page(session(), wanted, found)))


def _kept_out(answer: Response) -> Response:
    """Results are without end: search engines are to leave them out."""
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
