"""Formulas: from TeX to MathML that is safe to print in a page. What MathML may hold is said here, for whoever cleans markup."""

from __future__ import annotations

from functools import lru_cache

import nh3
from latex2mathml.converter import convert

from .text import squeezed, without_controls

# A formula of more characters is not one; `latex2mathml` takes some 2 ms for a hundred of them.
LONGEST_TEX = 2_000

_TAG_NAMES = (
    "math mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup munder mover munderover mmultiscripts "
    "mprescripts none mtable mtr mtd mlabeledtr menclose"
)
TAGS = frozenset(_TAG_NAMES.split())
_ATTRIBUTE_NAMES = (
    "mathvariant display displaystyle scriptlevel stretchy symmetric fence separator form lspace rspace minsize maxsize largeop movablelimits accent "
    "accentunder linethickness columnalign rowalign rowspan columnspan columnlines rowlines width height depth notation"
)
ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
# Go with what is in them: what they hold is for other programs.
DROPPED = frozenset({"script", "style", "annotation", "annotation-xml"})
_CLEANER = nh3.Cleaner(tags=set(TAGS), clean_content_tags=set(DROPPED), attributes={tag: set(ATTRIBUTES) for tag in TAGS}, link_rel=None, strip_comments=True)


@lru_cache(maxsize=4096)
def mathml(tex: str, *, is_display: bool = False) -> str:
    """MathML for one formula in TeX without its dollars, or "" when it cannot be read."""
    if len(tex) > LONGEST_TEX or not tex.strip():
        return ""
    try:
        found = convert(without_controls(tex), display="block" if is_display else "inline")
    except Exception:  # noqa: BLE001 - the converter raises whatever its parser runs into; the formula then stays as TeX
        return ""
    return squeezed(_CLEANER.clean(found).replace("&nbsp;", " ")) if "<math" in found else ""
