"""`/papers/<id>/cite`: the paper as a reference in the usual styles, and as a file for reference managers."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..papers import queries
from ..papers.citation import FORMATS, STYLES, citation_key
from ..papers.merging import merged
from ..papers.record import PaperRecord
from ..papers.services import said_of_paper
from .support import citation_files
from .support.entry import entry
from .support.rendering import page
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1

blueprint = Blueprint("citing", __name__)


@blueprint.get("/papers/<int:paper_id>/cite")
@entry("anyone")
def show(paper_id: int) -> BaseResponse:
    """The reference in each style, to be copied, and the files."""
    record = _record(paper_id)
    if isinstance(record, BaseResponse):
        return record
    styles = [(name, style.name, style.write(record)) for name, style in STYLES.items()]
    answer: Response = page("citing/show.html", paper_id=paper_id, record=record, styles=styles, formats=FORMATS)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@blueprint.get("/papers/<int:paper_id>/cite/<format_name>")
@entry("anyone")
def download(paper_id: int, format_name: str) -> BaseResponse:
    """One of the files."""
    chosen = citation_files.format_asked(format_name)
    record = _record(paper_id)
    if isinstance(record, BaseResponse):
        return record
    key = str(paper_id)
    address = f"{current_app.extensions['settings'].site_url}/papers/{paper_id}"
    return citation_files.sent(chosen, citation_key(record, key), chosen.write(record, key, address))


def _record(paper_id: int) -> PaperRecord | BaseResponse:
    """The best of what all sources said, or where a paper that was found to be another went."""
    said = said_of_paper(session(), paper_id) if paper_id <= MAX_ID else []
    if said:
        return merged(said).record
    kept = queries.redirect_of(session(), paper_id) if paper_id <= MAX_ID else None
    if kept is None or request.endpoint is None:
        abort(404)
    return redirect(url_for(request.endpoint, **{**(request.view_args or {}), "paper_id": kept}), 301)
