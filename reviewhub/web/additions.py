"""`/papers/<id>/from-authors`: what authors add to the record of their own paper, in their own name. The record itself stays as printed."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotFound, RuleBroken
from ..core.i18n import LANGUAGES
from ..core.text import Message, message
from ..papers.queries import lines_of
from ..people import adding
from ..people.models import LINK_KINDS, TEXT_KINDS
from .support import notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor
from .support.tokens import STALE, check_themselves, is_fresh
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# The fields of the form: "summary-en" … "data", each with what it sets.
FIELDS = {f"{kind}-{language}": (kind, language) for kind in TEXT_KINDS for language in LANGUAGES} | {kind: (kind, "") for kind in LINK_KINDS}

_SAVED = message("Saved. It stands on the record, in your name.")
_NOT_YOURS = message("Only the corresponding author adds to a record, once their claim is approved; where none is marked, any author with an approved claim.")

blueprint = Blueprint("additions", __name__)


@blueprint.route("/papers/<int:paper_id>/from-authors", methods=["GET", "POST"])
@entry("reader")
def edit(paper_id: int) -> BaseResponse:
    """A plain summary, title and abstract in either language, links to code and data."""
    if paper_id > MAX_ID or not lines_of(session(), [paper_id]):
        raise NotFound
    if not adding.may_add(session(), actor(), paper_id):
        return page("additions/edit.html", 403, line=lines_of(session(), [paper_id])[0], fault=_NOT_YOURS)
    if request.method == "GET":
        return _form(paper_id, _known(paper_id))
    typed = {name: request.form.get(name, "") for name in FIELDS}
    if not is_fresh():
        return _form(paper_id, typed, 400, {"": STALE})
    known = _known(paper_id)
    for name, (kind, language) in FIELDS.items():
        if typed[name].strip() == known[name] or name not in request.form:
            continue
        try:
            adding.add_word(session(), actor(), paper_id, kind=kind, text=typed[name], language=language)
        except RuleBroken as broken:
            session().rollback()
            return _form(paper_id, typed, 422, {name: broken.message})
    notice.leave(_SAVED)
    return redirect(url_for("records.show", paper_id=paper_id), 303)


check_themselves(blueprint, edit)


def _known(paper_id: int) -> dict[str, str]:
    """What stands in each field."""
    said = {(word.kind, word.language): word.text for word in adding.words_of(session(), paper_id)}
    return {name: said.get(place, "") for name, place in FIELDS.items()}


def _form(paper_id: int, values: dict[str, str], status: int = 200, errors: dict[str, Message] | None = None) -> Response:
    lines = lines_of(session(), [paper_id])
    if not lines:
        abort(404)
    return page("additions/edit.html", status, line=lines[0], values=values, errors=errors or {}, most=adding.MOST_CHARS)
