"""`/library/import`: a file of references for the library; how far the site is with it, and what came of it."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotAllowed, RuleBroken
from ..core.text import Message, message, squeezed
from ..library import queries, services
from .adding import place_in_words
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

blueprint = Blueprint("library_files", __name__)


@blueprint.get("/library/import")
@entry("reader")
def show() -> Response:
    """The form, and the file that was sent last: how far it is, or what became of it."""
    return _show()


@blueprint.post("/library/import")
@entry("reader")
def take() -> BaseResponse:
    """Takes a file; a job reads it."""
    file = request.files.get("file")
    name = squeezed(re.split(r"[\\/]", (file and file.filename) or "")[-1])
    if file is None or not name:
        return _show(422, error=message("Choose a file first."))
    try:
        services.hand_in(session(), actor(), file.stream.read(), name)
    except RuleBroken as broken:
        session().rollback()
        return _show(422, error=broken.message)
    except NotAllowed:
        abort(403)
    return redirect(url_for("library_files.show"), 303)


def _show(status: int = 200, *, error: Message | None = None) -> Response:
    account_id = actor().account_id
    assert account_id is not None
    upload = queries.newest_upload(session(), account_id)
    problems = [(place_in_words(one["where"]), Message(one["template"], one["facts"])) for one in upload.problems] if upload else []
    n_before = max(0, upload.n_read - upload.n_saved - upload.n_rejected) if upload else 0
    return page("library/import.html", status, upload=upload, problems=problems, n_before=n_before, error=error)
