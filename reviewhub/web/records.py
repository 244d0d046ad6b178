"""`/papers/<id>`: the record page; and the permanent links that lead to it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..discussion import words as saying
from ..papers import queries
from ..papers.identifiers import normalised
from ..ratings import words
from ..ratings.rules import ESTABLISHED
from . import structured_data
from .pages import discussion
from .pages import record as pages
from .support import labels, language, looking, notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1

blueprint = Blueprint("records", __name__)


@blueprint.get("/papers/<int:paper_id>")
@entry("anyone")
def show(paper_id: int) -> BaseResponse:
    """The record page; the address of a paper that was found to be another leads there."""
    if paper_id > MAX_ID:
        abort(404)
    own = looking.standing(paper_id)
    is_hidden = looking.is_hidden(own)
    found = pages.gather(session(), paper_id, language.current(), actor=actor(), is_hidden=is_hidden)
    if found is None:
        kept = queries.redirect_of(session(), paper_id)
        if kept is None:
            abort(404)
        return redirect(url_for("records.show", paper_id=kept), 301)
    answer: Response = page(
        "papers/show.html", page=found, paper=found.paper, record=found.record, score=found.score, own=own, said=notice.take(), words=words, labels=labels,
        talk=discussion.part(session(), paper_id, actor(), is_hidden=is_hidden), saying=saying,
        **_for_machines(found),
    )  # fmt: skip
    return answer


def _for_machines(found: pages.Page) -> dict[str, Any]:
    """What search engines and reference managers read of the page."""
    site_url = current_app.extensions["settings"].site_url
    path = f"/papers/{found.paper.id}"
    address = f"{site_url}{'/zh' if language.current() == 'zh' else ''}{path}"
    score = found.score
    rating = structured_data.Rating(score.overall, score.n, score.state == ESTABLISHED) if score.overall is not None and score.n else None
    notices = [structured_data.Notice(b.kind, f"{site_url}/papers/{b.paper_id}" if b.paper_id else _outside(b.key)) for b in found.banners]
    return {
        "json_ld": structured_data.as_script(structured_data.json_ld(found.record, address, rating=rating, notices=notices)),
        "citation_tags": structured_data.highwire(found.record, address),
        "canonical": address,
        "alternates": structured_data.languages_of(site_url, path),
    }


def _outside(key: str) -> str:
    """The address of a work that is not here, from its key ("doi:…", "pmid:…", "arxiv:…")."""
    kind, _, value = key.partition(":")
    return {"doi": f"https://doi.org/{value}", "pmid": f"https://pubmed.ncbi.nlm.nih.gov/{value}/", "arxiv": f"https://arxiv.org/abs/{value}"}.get(kind, "")


@blueprint.get("/doi/<path:doi>", defaults={"kind": "doi"})
@blueprint.get("/pmid/<doi>", defaults={"kind": "pmid"})
@blueprint.get("/arxiv/<path:doi>", defaults={"kind": "arxiv"})
@entry("anyone")
def permanent(kind: str, doi: str) -> BaseResponse:
    """From an identifier to its record; where it is not here, a page that offers to add it."""
    value = normalised(kind, doi)
    paper_id = queries.id_of(session(), kind, value) if value else None
    if paper_id is not None:
        return redirect(url_for("records.show", paper_id=paper_id), 302)
    answer: Response = page("errors/unknown_identifier.html", 404, kind=kind, value=value, typed=doi[:200])
    return answer
