"""`/papers/<id>/badge.svg`: the score of a paper as a small image for other sites. It says no more than the record page says."""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.text import message
from ..papers import queries
from ..ratings.queries import score_of
from ..ratings.rules import ESTABLISHED, NONE, Score
from .support.entry import entry
from .support.language import LANGUAGES, TAGS, catalogue, current, worded_in
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# Pages that embed a badge may show it this long after the score has changed.
_KEPT_S = 300
# Nothing may be loaded or run from within the image, also where somebody opens it as a page of its own.
_POLICY = "default-src 'none'; sandbox"
# Widths of characters at 11 pixels in Verdana and its likes. What is drawn is stretched to them, so that no font runs over the edge.
_WIDE, _NARROW, _PUNCTUATION = 11.0, 6.6, 4.0
_HEIGHT, _MARGIN = 20, 7
# The colours stand here because an image brings its own: nothing of the site's styles reaches it.
_NAME_FILL, _FILLS, _INK = "#37474b", {"sure": "#7d5200", "few": "#5d676c"}, "#ffffff"

blueprint = Blueprint("badges", __name__)


@blueprint.get("/papers/<int:paper_id>/badge.svg")
@entry("anyone")
def show(paper_id: int) -> BaseResponse:
    """The badge in the language of the address, or in that of `?lang=`."""
    if paper_id > MAX_ID:
        abort(404)
    if not queries.is_here(session(), paper_id):
        kept = queries.redirect_of(session(), paper_id)
        if kept is None:
            abort(404)
        return redirect(url_for("badges.show", paper_id=kept, lang=request.args.get("lang")), 301)
    asked = request.args.get("lang", "")
    language = asked if asked in LANGUAGES else current()
    answer = Response(badge(score_of(session(), paper_id), language), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.add_etag()
    return answer.make_conditional(request)


def badge_words(score: Score, language: str) -> str:
    """What the badge says: "-", "4.5 · not enough ratings" or "4.2 · 12 ratings"."""
    if score.state == NONE:
        return "-"
    if score.state == ESTABLISHED:
        rest = catalogue(language).ngettext("%(n)s rating", "%(n)s ratings", score.n) % {"n": f"{score.n:,}"}
    else:
        rest = worded_in(language, message("not enough ratings"))
    return f"{score.shown} · {rest}"


def badge(score: Score, language: str) -> str:
    """The image: well-formed XML that loads nothing and says in words what it shows."""
    name, words = "reviewhub", badge_words(score, language)
    name_width, words_width = _width(name), _width(words)
    left, whole = name_width + 2 * _MARGIN, name_width + words_width + 4 * _MARGIN
    fill = _FILLS["sure" if score.state == ESTABLISHED else "few"]
    texts = "".join(
        f'<text x="{x:.1f}" y="14" textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs">{escape(said)}</text>'
        for x, width, said in ((_MARGIN, name_width, name), (left + _MARGIN, words_width, words))
    )
    label = escape(f"{name}: {words}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole:.1f}" height="{_HEIGHT}" viewBox="0 0 {whole:.1f} {_HEIGHT}" role="img" aria-label="{label}" '
        f'xml:lang="{TAGS[language]}"><title>{label}</title><clipPath id="round"><rect width="{whole:.1f}" height="{_HEIGHT}" rx="4"/></clipPath>'
        f'<g clip-path="url(#round)"><rect width="{left:.1f}" height="{_HEIGHT}" fill="{_NAME_FILL}"/>'
        f'<rect x="{left:.1f}" width="{whole - left:.1f}" height="{_HEIGHT}" fill="{fill}"/></g>'
        f'<g fill="{_INK}" font-family="Verdana,DejaVu Sans,Geneva,PingFang SC,Microsoft YaHei,Noto Sans CJK SC,sans-serif" font-size="11">{texts}</g></svg>\n'
    )


def _width(text: str) -> float:
    return sum(_WIDE if unicodedata.east_asian_width(c) in "WF" else _PUNCTUATION if c in " .·,-" else _NARROW for c in text)
