"""Markdown with formulas, as readers write it, to HTML that is safe to print in a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from . import formulas
from .text import as_typed

# Lists in quotes in lists: nobody reads deeper, and what lies deeper is left out.
_DEEPEST = 20
_LOWEST_HEADING = 6
# An image would be fetched from a stranger's server with every view of the page; what is shown is a link to it.
_LINK = {"href", "title"}
_CLEANER = nh3.Cleaner(
    tags={*"p br hr h3 h4 h5 h6 em strong s code pre blockquote ul ol li a div table thead tbody tr th td".split(), *formulas.TAGS},
    clean_content_tags=set(formulas.DROPPED),
    attributes={
        "a": _LINK, "ol": {"start"}, "th": {"class"}, "td": {"class"}, "div": {"class", "tabindex"}, "table": {"class"},
        **{tag: set(formulas.ATTRIBUTES) for tag in formulas.TAGS},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow ugc noopener noreferrer",
    strip_comments=True,
)  # fmt: skip


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "typographer": False, "linkify": False, "maxNesting": _DEEPEST})
    made.enable(["table", "strikethrough"])
    made.use(dollarmath_plugin, allow_digits=False, allow_space=False, double_inline=True)
    made.add_render_rule("math_inline", _inline)
    made.add_render_rule("math_inline_double", _display)
    made.add_render_rule("math_block", _display)
    made.add_render_rule("image", _image)
    made.add_render_rule("heading_open", _heading)
    made.add_render_rule("heading_close", _heading)
    # Who has no mouse reaches what scrolls sideways with the tab key.
    made.add_render_rule("table_open", lambda *_: '<div class="table-wrap" tabindex="0"><table class="table">')
    made.add_render_rule("table_close", lambda *_: "</table></div>")
    made.add_render_rule("th_open", _cell)
    made.add_render_rule("td_open", _cell)
    return made


def _inline(_renderer: Any, tokens: Sequence[Token], n: int, *_: Any) -> str:
    tex = tokens[n].content
    return formulas.mathml(tex) or f"<code>${escape(tex)}$</code>"


def _display(_renderer: Any, tokens: Sequence[Token], n: int, *_: Any) -> str:
    tex = tokens[n].content.strip()
    found = formulas.mathml(tex, is_display=True) or f"<code>$${escape(tex)}$$</code>"
    return f"<p>{found}</p>\n" if tokens[n].type == "math_block" else found


def _image(_renderer: Any, tokens: Sequence[Token], n: int, *_: Any) -> str:
    address = str(tokens[n].attrGet("src") or "")
    return f'<a href="{escape(address)}">{escape(tokens[n].content or address)}</a>'


def _heading(_renderer: Any, tokens: Sequence[Token], n: int, *_: Any) -> str:
    level = tokens[n].meta["level"]
    return f"<h{level}>" if tokens[n].nesting == 1 else f"</h{level}>\n"


def _number_headings(tokens: Sequence[Token], highest: int) -> None:
    """Gives the headings of a text the levels of the page: the highest used becomes `highest`, and none skips a level on the way down."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    used = sorted({token.tag for token in headings})
    level = highest - 1
    for token in headings:
        if token.nesting == 1:
            level = min(highest + used.index(token.tag), level + 1, _LOWEST_HEADING)
        token.meta["level"] = level


def _cell(_renderer: Any, tokens: Sequence[Token], n: int, *_: Any) -> str:
    is_right = "right" in str(tokens[n].attrGet("style") or "")
    return f'<{tokens[n].tag} class="end">' if is_right else f"<{tokens[n].tag}>"


_PARSER = _parser()


@lru_cache(maxsize=500)
def rendered(text: str, highest: int = 4) -> str:
    """HTML of a text in Markdown, with `$…$` and `$$…$$` as MathML: paragraphs, headings, lists, quotes, code, tables, links. No images, no HTML.

    `highest`: the level of its highest heading, one below that of the writer's name on the page (3 or more).
    """
    tokens = _PARSER.parse(as_typed(text))
    _number_headings(tokens, highest)
    return _CLEANER.clean(_PARSER.renderer.render(tokens, _PARSER.options, {}))
