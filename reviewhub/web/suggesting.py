"""`/search/suggest`: what somebody who has begun to type may want, as a little JSON for the script of the search box."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.urls import uri_to_iri

from ..core.text import plain, squeezed
from ..papers.queries import Line, lines_of
from ..search.backend import Suggestions
from ..search.queries import suggest
from .support.entry import entry
from .support.language import gettext, ngettext
from .support.pace import pace_of
from .support.rendering import number
from .support.transaction import session

# Three of a kind fill a screen without hiding the page.
PER_KIND = 3
# One line of the list.
MAX_LABEL_CHARS = 80
# It is asked for with every letter: a few packets on a slow line. Where names are very long the last of the longest group are left out.
MOST_BYTES = 4_800
# What begins with more is a whole title, which Enter finds.
MAX_TYPED_CHARS = 100
# A fast typist asks some five times a second while typing; a whole reading room may come from one address.
MOST, PER_S = 600, 60
# The same beginning is typed again within minutes, by going back and forth; a new paper may be missing from suggestions so long, not from results.
KEPT_S = 60

blueprint = Blueprint("suggesting", __name__)


@blueprint.get("/search/suggest")
@entry("anyone")
def show() -> Response:
    """Papers, authors, journals and keywords that begin so, each with its address. Who asks too often is told when to ask again."""
    wait_s = pace_of("suggest", MOST, PER_S).wait_s(request.remote_addr)
    if wait_s:
        answer = _as_json({"groups": [], "said": ""}, 429)
        answer.headers["Retry-After"] = str(wait_s)
        return answer
    typed = request.args.get("q", "")[:MAX_TYPED_CHARS]
    has_ended = typed[-1:].isspace()  # a blank typed after a word ends it
    typed = squeezed(typed) + (" " if has_ended else "")
    groups = _groups(suggest(current_app.extensions["settings"], typed, PER_KIND)) if typed.strip() else []
    answer = _as_json(_said(groups))
    while len(answer.data) > MOST_BYTES:
        max(groups, key=lambda group: len(group["items"]))["items"].pop()
        answer = _as_json(_said(groups))
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _said(groups: list[dict[str, Any]]) -> dict[str, Any]:
    """The groups, and how many suggestions they hold for who cannot see them."""
    n = sum(len(group["items"]) for group in groups)
    return {"groups": [group for group in groups if group["items"]], "said": ngettext("%(n)s suggestion", "%(n)s suggestions", n) if n else ""}


def _groups(found: Suggestions) -> list[dict[str, Any]]:
    lines = lines_of(session(), found.papers)
    known = (
        (gettext("Papers"), [_item(plain(line.title), _where(line), url_for("records.show", paper_id=line.id)) for line in lines]),
        (gettext("Authors"), [_item(one.label, number(one.n), url_for("searching.show", q=f'author:"{_unquoted(one.label)}"')) for one in found.authors]),
        (gettext("Keywords"), [_item(one.label, number(one.n), url_for("browsing.keyword", slug=one.value)) for one in found.keywords]),
        (gettext("Journals"), [_item(one.label, number(one.n), url_for("browsing.journal", journal_id=int(one.value))) for one in found.journals]),
    )
    return [{"name": name, "items": items} for name, items in known if items]


def _item(label: str, note: str, address: str) -> dict[str, str]:
    return {"label": label if len(label) <= MAX_LABEL_CHARS else f"{label[: MAX_LABEL_CHARS - 1].rstrip()}…", "note": note, "address": uri_to_iri(address)}


def _where(line: Line) -> str:
    """Journal and year, as far as they are known."""
    journal = line.journal if len(line.journal) <= MAX_LABEL_CHARS // 2 else ""
    return " · ".join(part for part in (journal, str(line.year or "")) if part)


def _unquoted(name: str) -> str:
    return name.replace('"', " ")


def _as_json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), status=status, mimetype="application/json")
