"""`/subjects`, `/journals`, `/years`: what is here by subject, by journal and by year."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from ..core.text import slug, squeezed
from ..papers import shelves
from .support.entry import entry
from .support.rendering import page
from .support.transaction import session

# A longer beginning of a word or name is none.
MAX_BEGINNING_CHARS = 100

blueprint = Blueprint("shelves", __name__)


@blueprint.get("/subjects")
@entry("anyone")
def subjects() -> Response:
    """The commonest subjects of what came last, or those that begin with what was typed."""
    typed = _typed()
    found = shelves.subjects_like(session(), slug(typed)) if slug(typed) else shelves.subjects(session())
    return page("shelves/subjects.html", found=found, typed=typed)


@blueprint.get("/journals")
@entry("anyone")
def journals() -> Response:
    """Journals by name, from what was typed on."""
    typed, after = _typed(), request.args.get("after", "")[: 2 * MAX_BEGINNING_CHARS]
    found = shelves.journals(session(), beginning=typed, after=after if after.isprintable() else "")
    following = url_for("shelves.journals", after=found.after, q=typed or None) if found.after else ""
    return page("shelves/journals.html", found=found, typed=typed, next_address=following)


@blueprint.get("/years")
@entry("anyone")
def years() -> Response:
    """Years with how many papers are of each."""
    return page("shelves/years.html", found=shelves.years(session()))


def _typed() -> str:
    return squeezed(request.args.get("q", ""))[:MAX_BEGINNING_CHARS]
