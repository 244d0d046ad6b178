"""From the markup of sources to ours: safe inline HTML that holds `i b sub sup` and MathML and nothing else.

Every function returns text that may be printed in an HTML page as it is, and that `sanitised` leaves as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache

import nh3
from lxml import etree

from ..core import formulas
from ..core.text import plain, squeezed, without_controls
from ..papers.record import Section

# Beyond this a text is too long for any record and is only escaped, not taken apart; the record is refused for its length.
_LONGEST_MARKUP = 2_000_000
_DEEPEST = 16

_SAME = {"i": "i", "italic": "i", "em": "i", "emph": "i", "b": "b", "bold": "b", "strong": "b", "sub": "sub", "inf": "sub", "sup": "sup"}
_BLOCK_NAMES = (
    "p sec title list list-item disp-formula disp-quote abstract trans-abstract div br break ul ol li dl dt dd def-list def-item table tr "
    "h1 h2 h3 h4 h5 h6 section boxed-text"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
# Markup whose words stay.
_UNWRAPPED_NAMES = (
    "sc scp u underline tt monospace code span font small big styled-content ext-link uri a xref named-content inline-formula alternatives overline roman "
    "sans-serif strike s email institution abbrev abbr q cite related-article related-object milestone-start target formula td th tbody thead body html "
    "blockquote pre center img"
)
_UNWRAPPED = frozenset(_UNWRAPPED_NAMES.split())
# Markup that goes with all that is in it: pictures and what describes them, notes, scripts.
_DROPPED_NAMES = "inline-graphic graphic alt-text long-desc object-id script style annotation annotation-xml fn media inline-supplementary-material"
_DROPPED = frozenset(_DROPPED_NAMES.split())
_KNOWN = _BLOCKS | _UNWRAPPED | _DROPPED | frozenset(_SAME) | {"tex-math", "math"}
_WHOLE = _DROPPED | {"math", "tex-math", "alternatives"}
_PREFIXES = ("jats:", "mml:", "m:", "xhtml:")

_CLEANER = nh3.Cleaner(
    tags={"i", "b", "sub", "sup", *formulas.TAGS},
    clean_content_tags=set(formulas.DROPPED),
    attributes={tag: set(formulas.ATTRIBUTES) for tag in formulas.TAGS},
    link_rel=None,
    strip_comments=True,
)

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_TAG = re.compile(r"""(/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>=]+))?)*)\s*(/?)>""")
_ESCAPED_TAG = re.compile(r"&(?:amp;)?lt;(/?)([A-Za-z][\w:.-]{0,40})((?:\s(?:[^<>&]|&(?:quot|amp|apos);){0,200}?)?/?)&(?:amp;)?gt;")
_EMPTY = re.compile(r"<(i|b|sub|sup)>(\s*)</\1>")
_INDENT_BEFORE_SCRIPT = re.compile(r"\s*\n\s*(?=<su[bp]>)")
_PARAGRAPHS = re.compile(r"\s*\n\s*\n\s*")
_WORD_BEFORE_MATH = re.compile(r"(?<=[a-z]{2})(?=<math)")
_WORD_AFTER_MATH = re.compile(r"(?<=</math>)(?!(?:st|nd|rd|th)\b)(?=[A-Za-z]{2})")
_BLANKS_IN_MATH = re.compile(r"(</\w+>|<(?:math|mrow|m(?:under|over|sub|sup)\w*|mmultiscripts|mfrac|msqrt|mstyle|mt\w|mtable)(?:\s[^<>]*)?>)\s+(?=<)")
_LATEX = re.compile(r"\$\$(?=\S)([^$]+?)\$\$|\$(?=[^\s$])([^$]*?[^\s$\\])\$(?![0-9])|\\\(((?:[^\\]|\\(?!\())+?)\\\)")
_TEX_DOCUMENT = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_ABSTRACT_WORDS = frozenset(("abstract", "summary", "résumé", "resumen", "zusammenfassung", "摘要"))


def from_plain(text: str) -> str:
    """Markup for plain text: entities that the source left in it resolved (`&amp;amp;`, too), then `& < >` escaped."""
    return _escaped(squeezed(_resolved(text)))


def from_html(text: str) -> str:
    """Markup for a title or passage that may hold inline HTML, JATS face markup, MathML or such tags escaped once more.

    What merely looks like a tag ("p<0.05", "the <X> gene") stays as text.
    """
    if "<" not in text and "&" not in text:
        return from_plain(text)
    return " ".join(filter(None, (paragraph for section in _sections(text) for paragraph in (section.label, *section.paragraphs))))


def from_jats(xml: str) -> list[Section]:
    """The sections of an abstract in JATS (with `jats:` or without) or HTML; the label "Abstract" at its beginning is left out.

    A formula stays as MathML; TeX is turned into it where there is no MathML beside it.
    """
    sections: list[Section] = []
    for n, section in enumerate(_sections(xml)):
        label = plain(section.label).strip().rstrip(":：. ")
        if n <= 1 and not sections and label.casefold() in _ABSTRACT_WORDS:
            label = ""
        if section.paragraphs:
            sections.append(Section("\n\n".join(section.paragraphs), label))
    return sections


def from_latex_math(text: str) -> str:
    """Markup for plain text with formulas in TeX: `$…$`, `$$…$$` or `\\(…\\)` as MathML. A formula that cannot be read stays as it is written.

    A dollar opens a formula when no blank follows it and closes one when no blank comes before and no digit after it, so prices stay prices.
    """
    if "$" not in text and "\\(" not in text:
        return from_plain(text)
    found: list[str] = []
    end = 0
    for match in _LATEX.finditer(text):
        formula = formulas.mathml(match[1] or match[2] or match[3], is_display=bool(match[1]))
        if formula:
            found += [_escaped(_resolved(text[end : match.start()])), formula]
            end = match.end()
    found.append(_escaped(_resolved(text[end:])))
    return squeezed("".join(found))


def sanitised(markup: str) -> str:
    """Markup of unknown origin with everything but the allow-list taken out. Paragraphs stay parted by a blank line."""
    if "<" in markup or "&" in markup or ">" in markup:
        markup = _CLEANER.clean(without_controls(markup)).replace("&nbsp;", " ")
    if "\n" in markup:
        return "\n\n".join(filter(None, map(squeezed, _PARAGRAPHS.split(markup))))
    return squeezed(markup)


@lru_cache(maxsize=1024)
def from_mathml(xml: str) -> str:
    """Safe MathML for one `<math>` element, with or without prefixes. `mfenced`, which browsers no longer draw, becomes what it stands for."""
    if "mfenced" in xml:
        xml = _without_fences(xml)
    return _BLANKS_IN_MATH.sub(r"\1", sanitised(re.sub(r"<(/?)[A-Za-z]\w*:", r"<\1", xml)))


def _without_fences(xml: str) -> str:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    wrapped = f'<r xmlns:mml="http://www.w3.org/1998/Math/MathML" xmlns:m="http://www.w3.org/1998/Math/MathML">{xml}</r>'
    try:
        root = etree.fromstring(wrapped.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return xml
    for fenced in list(root.iter("{*}mfenced")):
        namespace = str(fenced.tag).rpartition("mfenced")[0]
        separators = "".join(fenced.get("separators", ",").split())
        inside = list(fenced)
        row = [_operator(namespace, fenced.get("open", "("))]
        for n, child in enumerate(inside):
            row.append(child)
            if separators and n + 1 < len(inside):
                row.append(_operator(namespace, separators[min(n, len(separators) - 1)]))
        row.append(_operator(namespace, fenced.get("close", ")")))
        fenced.attrib.clear()
        fenced.tag = f"{namespace}mrow"
        fenced[:] = row
    return "".join(etree.tostring(child, encoding="unicode") for child in root)


def _operator(namespace: str, sign: str) -> etree._Element:
    element = etree.Element(f"{namespace}mo")
    element.text = sign
    return element


def _resolved(text: str) -> str:
    if "&" not in text:
        return text
    for _ in range(3):  # sources escape twice at times, never more than three times
        found = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
        if found == text:
            break
        text = found
    return text


def _escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


# -- Taking markup apart


class _Part:
    """A section being put together: its label and its paragraphs so far, all markup."""

    __slots__ = ("label", "paragraphs")

    def __init__(self, label: str = "") -> None:
        self.label = label
        self.paragraphs: list[str] = []


def _sections(text: str) -> list[_Part]:
    if len(text) > _LONGEST_MARKUP:
        part = _Part()
        part.paragraphs.append(_escaped(text))
        return [part]
    if "lt;" in text:
        text = _with_escaped_tags(text)
    if "<" not in text:
        part = _Part()
        part.paragraphs.extend(filter(None, (_escaped(squeezed(_resolved(p))) for p in _PARAGRAPHS.split(text))))
        return [part]
    return _Taker().taken(text)


def _with_escaped_tags(text: str) -> str:
    """The text with tags that were escaped once more turned back into tags. One of a single letter must be closed somewhere: <p> may be a mean."""

    def turned(match: re.Match[str]) -> str:
        name = match[2].lower()
        if not _local(name) or (len(name) == 1 and f"/{match[2]}" not in text):
            return match.group()
        return f"<{match[1]}{match[2]}{match[3]}>"

    return _ESCAPED_TAG.sub(turned, text)


class _Taker:
    """One walk over the tags of a text. It never looks back, so its time grows with the length of the text alone."""

    def __init__(self) -> None:
        self._parts = [_Part()]
        self._written: list[str] = []
        self._open: list[str] = []
        self._is_title = False

    def taken(self, text: str) -> list[_Part]:
        closed: dict[str, bool] = {}  # elements taken whole -> whether the text closes them at all
        tokens = _tokens(text)
        for is_tag, name, value in tokens:
            if not is_tag:
                self._written.append(_escaped(_resolved(value)))
            elif name in _SAME:
                self._mark(_SAME[name], is_end=value.startswith("/"))
            elif name in _BLOCKS:
                self._break(name, is_end=value.startswith("/"))
            elif name in _WHOLE and not value.startswith("/") and not value.endswith("/"):
                if name not in closed:
                    closed[name] = re.search(rf"</(?:\w+:)?{name}\s*>", text, re.IGNORECASE) is not None
                if closed[name]:
                    self._write_whole(name, _through(tokens, name, value))
        self._break("", is_end=True)
        return self._parts

    def _write_whole(self, name: str, source: str) -> None:
        if name == "math":
            self._written.append(from_mathml(source))
        elif name == "tex-math":
            self._write_tex(_words(source))
        elif name == "alternatives":
            self._write_alternatives(source)

    def _write_alternatives(self, inner: str) -> None:
        """Of several forms of one formula, MathML before TeX before words."""
        start = re.search(r"<(?:\w+:)?math[\s>]", inner)
        if start:
            end = inner.rfind("</")
            closing = re.search(r"</(?:\w+:)?math\s*>", inner)
            self._written.append(from_mathml(inner[start.start() : closing.end() if closing else end]))
            return
        tex = re.search(r"<(?:jats:)?tex-math[^<>]*>(.*?)</(?:jats:)?tex-math>", inner, re.DOTALL)
        if tex:
            self._write_tex(_words(tex[1]))
        else:
            self._written.append(_escaped(_words(inner)))

    def _write_tex(self, source: str) -> None:
        document = _TEX_DOCUMENT.search(source)
        formula = (document[1] if document else source).strip()
        formula = formula.removeprefix("<?CDATA").removesuffix("?>").strip().strip("$").strip()
        before = "".join(self._written[-1:])
        if before.endswith("</math>"):  # the same formula, already there as MathML
            return
        self._written.append(formulas.mathml(formula) or _escaped(formula))

    def _mark(self, tag: str, *, is_end: bool) -> None:
        if not is_end:
            if (tag in self._open and tag in "ib") or len(self._open) >= _DEEPEST:
                return
            self._open.append(tag)
            self._written.append(f"<{tag}>")
        elif tag in self._open:
            while True:
                last = self._open.pop()
                self._written.append(f"</{last}>")
                if last == tag:
                    return

    def _break(self, name: str, *, is_end: bool) -> None:
        while self._open:
            self._written.append(f"</{self._open.pop()}>")
        text = tidied("".join(self._written))
        self._written = []
        if self._is_title:
            self._parts.append(_Part(text))
        elif text:
            self._parts[-1].paragraphs.append(text)
        self._is_title = name == "title" and not is_end
        if name == "sec" and (self._parts[-1].paragraphs or self._parts[-1].label):
            self._parts.append(_Part())


def _tokens(text: str) -> Iterator[tuple[bool, str, str]]:
    """(False, "", text) for text and (True, local name, what stands between the angle brackets) for each known tag, in order."""
    first, *pieces = text.split("<")
    if first:
        yield False, "", first
    hidden_until = ""
    for piece in pieces:
        if hidden_until:
            end = piece.find(hidden_until)
            if hidden_until == "]]>":
                yield False, "", ("<" + piece) if end < 0 else "<" + piece[:end]
            if end >= 0:
                yield False, "", piece[end + 3 :]
                hidden_until = ""
            continue
        if piece.startswith(("!--", "![CDATA[")):
            mark, hidden_until = (3, "-->") if piece.startswith("!--") else (8, "]]>")
            end = piece.find(hidden_until, mark)
            if hidden_until == "]]>":
                yield False, "", piece[mark:] if end < 0 else piece[mark:end]
            if end >= 0:
                yield False, "", piece[end + 3 :]
                hidden_until = ""
            continue
        if piece.startswith("?"):  # a processing instruction; some publishers hide TeX in one
            end = piece.find("?>")
            if piece.startswith("?CDATA") and end >= 0:
                yield False, "", piece[6:end].strip()
            yield False, "", piece[end + 2 :] if end >= 0 else "<" + piece
            continue
        match = _TAG.match(piece)
        name = _local(match[2]) if match else ""
        if match is None or not name:
            yield False, "", "<" + piece
            continue
        yield True, name, piece[: match.end() - 1]
        if match.end() < len(piece):
            yield False, "", piece[match.end() :]


def _local(name: str) -> str:
    """The name of a tag without prefix when it is markup we know, else ""."""
    lower = name.lower()
    for prefix in _PREFIXES:
        if lower.startswith(prefix):
            return lower[len(prefix) :]
    return lower if lower in _KNOWN or lower in formulas.TAGS else ""


def _through(tokens: Iterator[tuple[bool, str, str]], name: str, tag: str) -> str:
    """The source of an element from its tag, just taken, through its end tag; all that is left when there is none."""
    found = [f"<{tag}>"]
    depth = 1
    for is_tag, inner, value in tokens:
        found.append(f"<{value}>" if is_tag else value if value.find("<") < 0 else value.replace("<", "&lt;"))
        if is_tag and inner == name and not value.endswith("/"):
            depth += -1 if value.startswith("/") else 1
            if depth == 0:
                break
    return "".join(found)


def _words(source: str) -> str:
    """The plain text of a piece of source."""
    return _resolved("".join(value for is_tag, _, value in _tokens(source) if not is_tag))


def escaped(text: str) -> str:
    """Plain text between two pieces of markup: as `from_plain`, with the blanks at its ends."""
    return _escaped(_resolved(text))


def tidied(text: str) -> str:
    """A finished paragraph of markup: empty marks and the line breaks of pretty-printers gone, blanks that formulas lost to their neighbours put back."""
    if "<" in text:
        text = _INDENT_BEFORE_SCRIPT.sub("", text)
        while "></" in text or "> </" in text:
            shorter = _EMPTY.sub(r"\2", text)
            if shorter == text:
                break
            text = shorter
        if "<math" in text:
            text = _WORD_AFTER_MATH.sub(" ", _WORD_BEFORE_MATH.sub(" ", text))
    return squeezed(text)
