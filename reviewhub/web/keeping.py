"""The button beside every paper: saves it to the reader's library, or lets go of it; and what it does for who is not signed in."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.text import message
from ..library import queries, services
from ..library.rules import STATES
from ..papers.queries import is_here, lines_of, redirect_of
from .support import notice, wishing
from .support.entry import came_from, entry
from .support.rendering import page
from .support.signing import actor, reader
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
_HAS_WORDS = message("You have written something on this paper, or read in it. Removing it from the library loses that, so please say so here.")

blueprint = Blueprint("keeping", __name__)


@blueprint.post("/library/papers")
@entry("reader")
def keep() -> BaseResponse:
    """Saves the paper of the button that was pressed, or lets go of it. Answers a script with JSON: `kept`, or the `address` of a page that asks first."""
    wants_saved = "save" in request.form
    paper_id = _living(request.form.get("save" if wants_saved else "remove", ""))
    try:
        if wants_saved:
            services.save(session(), actor(), paper_id)
        elif _is_bare(paper_id):
            services.remove(session(), actor(), paper_id)
        else:
            notice.leave(_HAS_WORDS)
            address = url_for("shelf.item", paper_id=paper_id)
            return jsonify({"address": address}) if _wants_json() else redirect(address, 303)
    except NotAllowed:
        abort(403)
    except RuleBroken as broken:
        return page("library/refused.html", 422, fault=broken.message)
    return jsonify({"kept": wants_saved}) if _wants_json() else redirect(f"{_way_back(paper_id)}#t{paper_id}", 303)


@blueprint.get("/library/save/<int:paper_id>")
@entry("anyone")
def save(paper_id: int) -> BaseResponse:
    """Where the button leads who is not signed in: to sign in, which saves the paper. Who is signed in presses once more: reading writes nothing."""
    paper_id = _living(str(paper_id))
    back = came_from() or url_for("records.show", paper_id=paper_id)
    if reader() is None:
        answer = redirect(url_for("accounts.login", next=back), 303)
        wishing.remember(answer, paper_id)
        return answer
    return page("library/save.html", line=lines_of(session(), [paper_id])[0])


def _living(number: str) -> int:
    """The paper of a number, or the one it was made part of. NotFound."""
    paper_id = int(number) if number.isascii() and number.isdecimal() and len(number) <= 10 else 0
    if not 0 < paper_id <= MAX_ID:
        raise NotFound
    if is_here(session(), paper_id):
        return paper_id
    kept = redirect_of(session(), paper_id)
    if kept is None:
        raise NotFound
    return kept


def _is_bare(paper_id: int) -> bool:
    """Whether nothing is lost when the reader lets go of the paper but that it was saved."""
    who = reader()
    kept = queries.kept_one(session(), who.account_id, paper_id) if who else None
    return kept is None or (kept.state == STATES[0] and not kept.note and not kept.tags)


def _way_back(paper_id: int) -> str:
    """The page the button stood on; from the page that asks once more, to the record."""
    back, asking = came_from(), url_for("keeping.save", paper_id=paper_id)
    return back if back and back != asking else url_for("records.show", paper_id=paper_id)


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"
