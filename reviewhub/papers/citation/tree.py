"""Safe inline HTML read into a small tree, and out again as text that keeps what raised and lowered figures mean."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Alternative writings of a formula that stand inside it.
HIDDEN = frozenset({"annotation", "annotation-xml"})
_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_NUMBER = re.compile(r"[\d.,/*\u2212+-]+")
_MARKS = {"sub": ("_", _LOWERED), "msub": ("_", _LOWERED), "sup": ("^", _RAISED), "msup": ("^", _RAISED)}


@dataclass(slots=True)
class Element:
    """A tag with what is in it, in order."""

    tag: str
    parts: list[Element | str] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        return [part for part in self.parts if isinstance(part, Element)]

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its name is the base class's
        element = Element(tag)
        self._open[-1].parts.append(element)
        self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its name is the base class's
        self._open[-1].parts.append(Element(tag))

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self._open[1:]):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(data)


def parsed(markup: str) -> Element:
    """The tree under a root without a tag. Never raises; tags that are not closed end with the text."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.root


def as_words(markup: str) -> str:
    """The markup as plain text in which 10<sup>6</sup> is 10⁶ and not 106; formulas on one line (x², a/b, √(x))."""
    return _words(parsed(markup)) if "<" in markup else html.unescape(markup)


def as_html(markup: str) -> str:
    """The markup as HTML that holds text, `sub` and `sup` only."""
    return _html(parsed(markup))


def _html(part: Element | str) -> str:
    if isinstance(part, str):
        return html.escape(part, quote=False)
    if part.tag == "math":
        return html.escape(_words(part), quote=False)
    inside = "".join(_html(inner) for inner in part.parts)
    return f"<{part.tag}>{inside}</{part.tag}>" if part.tag in ("sub", "sup") and inside else inside


def _words(part: Element | str) -> str:
    if isinstance(part, str):
        return part
    children = part.children
    if part.tag in HIDDEN:
        return ""
    if part.tag in ("sub", "sup"):
        return _moved(part.tag, "".join(_words(inner) for inner in part.parts))
    if part.tag in ("msub", "msup") and len(children) == 2:
        return _words(children[0]).strip() + _moved(part.tag, _words(children[1]).strip())
    if part.tag == "msubsup" and len(children) == 3:
        return _words(children[0]).strip() + _moved("msub", _words(children[1]).strip()) + _moved("msup", _words(children[2]).strip())
    if part.tag == "mfrac" and len(children) == 2:
        return "/".join(_grouped(_words(child).strip()) for child in children)
    if part.tag == "msqrt":
        return f"√{_grouped(''.join(_words(inner) for inner in part.parts).strip())}"
    return "".join(_words(inner) for inner in part.parts)


def _moved(tag: str, text: str) -> str:
    sign, table = _MARKS[tag]
    if not text.strip():
        return text
    if all(ord(c) in table for c in text):
        return text.translate(table)
    # Words set high for looks (trade marks, ordinals) and lowered ones (La0.7) read well in line; a raised number is another number there.
    return f"{sign}{_grouped(text)}" if tag.startswith("m") or (tag == "sup" and _NUMBER.fullmatch(text)) else text


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"
