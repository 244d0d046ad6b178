r"""LaTeX as it stands in BibTeX fields, turned into safe inline HTML or plain text.

Own and small: a field is a line of text with accents, a little markup and here and there a formula, and it must never fail. Names of symbols come
from pylatexenc's table, formulas go to `markup.from_latex_math`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache

from pylatexenc.latex2text import get_default_latex_context_db

from ..core.text import plain, squeezed
from .markup import from_html, from_latex_math

# Deeper nesting than any author writes; what lies below is kept as it stands, without its braces.
MAX_DEPTH = 40
# A formula in a title or abstract is a line; longer ones are kept as their source.
MAX_FORMULA_CHARS = 2000

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b",
    "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328", "b": "\u0331", "t": "\u0361", "h": "\u0309",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "SS": "ẞ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ",
    "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ", "textquotesingle": "'", "textquotedbl": '"',
    "textasciitilde": "~", "textasciicircum": "^", "textbackslash": "\\", "textbar": "|", "textless": "<", "textgreater": ">", "textunderscore": "_",
    "textendash": "–", "textemdash": "—", "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“", "textquotedblright": "”", "dots": "…",
    "ldots": "…", "textellipsis": "…", "backslash": "\\", "slash": "/", "cyrchar": "", "TeX": "TeX", "LaTeX": "LaTeX", "BibTeX": "BibTeX", "textmu": "µ",
    "degree": "°", "celsius": "°C", "textdegree": "°", "par": " ", "newline": " ", "quad": " ", "qquad": " ", "space": " ", "textvisiblespace": " ",
    "lbrace": "{", "rbrace": "}", "textbraceleft": "{", "textbraceright": "}", "textasciigrave": "`", "percent": "%", "ast": "*", "sim": "∼", "prime": "′",
}  # fmt: skip
_SIGNS = {
    "&": "&",
    "%": "%",
    "$": "$",
    "#": "#",
    "_": "_",
    "{": "{",
    "}": "}",
    " ": " ",
    "\n": " ",
    "\t": " ",
    ",": " ",
    ";": " ",
    ":": " ",
    "!": "",
    "/": "",
    "-": "",
    "\\": " ",
    "@": "",
    "*": "",
    "|": "‖",
    "+": "",
}
_MARKS = {
    "emph": "i", "textit": "i", "textsl": "i", "mkbibemph": "i", "mathit": "i", "textbf": "b", "mkbibbold": "b", "mathbf": "b", "textsuperscript": "sup",
    "mkbibsuperscript": "sup", "textsubscript": "sub", "mkbibsubscript": "sub", "sp": "sup", "sb": "sub",
}  # fmt: skip
_SWITCHES = {"it": "i", "itshape": "i", "em": "i", "sl": "i", "slshape": "i", "bf": "b", "bfseries": "b"}
_QUOTES = {"enquote", "mkbibquote"}
# Commands whose first argument is no text.
_WITHOUT_FIRST = {
    "textcolor", "foreignlanguage", "bibinfo", "href", "color", "vspace", "hspace", "label", "noopsort", "cite", "citep", "citet", "raisebox", "fontsize",
    "hyphenation", "begin", "end", "selectlanguage", "vskip", "hskip", "input", "includegraphics",
}  # fmt: skip
_RAW = {"url", "path", "nolinkurl"}

_SPECIAL = re.compile(r"[\\{}$~]|--|``|''")
_TOKEN = re.compile(
    r"\\(?:[A-Za-z]+\*?|.|$)|[{}$~]|-{2,}|``|''|</?(?:i|b|em|strong|sub|sup|sc|scp|span)(?: [^<>]{0,80})?>|[^\\{}$~\-`'<]+|.", re.DOTALL | re.IGNORECASE
)
_DOUBLED = re.compile(r"\\\\(?=['\"`^~=.]\{?\\?[A-Za-z])")  # an accent whose backslash was escaped once too often
_PLAIN_MATH = re.compile(r"[0-9.,/%+*=<>() -]*")
_SCRIPT = re.compile(r"\s*([0-9]*)([_^])\s*(?:\{([^{}^_$]*(?:\{[^{}^_$]*\}[^{}^_$]*)*)\}|([^\\{}]|\\[A-Za-z]+))\s*")
_ONE_COMMAND = re.compile(r"\s*\\([A-Za-z]+)\s*")


def latex_to_html(text: str) -> str:
    """The text of a BibTeX field as safe inline HTML, white space squeezed; never raises."""
    if not _SPECIAL.search(text):
        return _finished(_escaped(text), "<" in text)
    reader = _Latex(text)
    return _finished(reader.read(), reader.has_html)


def latex_to_plain(text: str) -> str:
    """The text of a BibTeX field as plain text, white space squeezed; never raises."""
    if not _SPECIAL.search(text) and "&" not in text:
        return squeezed(text)
    return plain(latex_to_html(text))


def _finished(markup: str, has_html: bool) -> str:
    if has_html:
        markup = from_html(re.sub(r"&lt;(/?(?:i|b|em|strong|sub|sup|sc|scp|span)(?: [^<>]{0,80}?)?)&gt;", r"<\1>", markup, flags=re.IGNORECASE))
    return squeezed(unicodedata.normalize("NFC", markup))


def _escaped(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@cache
def _symbols() -> dict[str, str]:
    """Commands that stand for one piece of text ("alpha" -> "α"), as pylatexenc knows them."""
    known: dict[str, str] = {}
    for category in get_default_latex_context_db().d.values():
        for name, spec in category["macros"].items():
            if isinstance(spec.simplify_repl, str) and "%" not in spec.simplify_repl:
                known[name] = spec.simplify_repl
    return known


class _Latex:
    """One field being read: tokens from left to right, groups by recursion."""

    def __init__(self, text: str) -> None:
        # Publishers' exports escape the ampersand of an entity that was left in their data.
        text = text.replace(r"{\&}amp;", r"\&").replace(r"\&amp;", r"\&")
        self.text = _DOUBLED.sub(r"\\", text) if "\\\\" in text else text
        self.tokens = [(match.group(), match.start()) for match in _TOKEN.finditer(self.text)]
        self.at = 0
        self.depth = 0
        self.has_html = False
        self.without_end: set[str] = set()  # marks of formulas that nothing more closes

    def read(self) -> str:
        parts = []
        while self.at < len(self.tokens):  # a closing brace too many ends a run, not the field
            parts.append(self._run())
        return "".join(parts)

    def _run(self) -> str:
        """Everything to the end of this group; the closing brace is taken."""
        parts: list[str] = []
        while self.at < len(self.tokens):
            token, start = self.tokens[self.at]
            self.at += 1
            first = token[0]
            if first == "}":
                break
            if first == "{":
                parts.append(self._group())
            elif first == "$":
                parts.append(self._dollars(start))
            elif first == "\\":
                parts.append(self._command(token, start))
            elif first == "~":
                parts.append(" ")
            elif first == "-" and len(token) > 1:
                parts.append("–" if len(token) == 2 else "—" if len(token) == 3 else token)
            elif token in ("``", "''"):
                parts.append("“" if token == "``" else "”")
            else:
                if first == "<" and len(token) > 1:
                    self.has_html = True
                parts.append(_escaped(token))
        return "".join(parts)

    def _group(self) -> str:
        if self.depth >= MAX_DEPTH:
            return ""  # the brace alone is dropped, its contents follow
        self.depth += 1
        found = self._run()
        self.depth -= 1
        return found

    def _command(self, token: str, start: int) -> str:
        name = token[1:].rstrip("*")
        if not name:
            return "" if token == "\\" else _SIGNS.get(token[1:], "")
        if name in _ACCENTS and (not name.isalpha() or self._has_argument()):
            return _accented(self._argument(), _ACCENTS[name])
        if name in _SIGNS:
            return _escaped(_SIGNS[name]) if name != "&" else "&amp;"
        if name in "([":
            return self._formula(start + len(token), "\\)" if name == "(" else "\\]")
        if not name.isalpha():
            return ""
        if name in _LETTERS:
            self._skip_blank()
            return _escaped(_LETTERS[name])
        if name in _MARKS:
            return f"<{_MARKS[name]}>{self._argument()}</{_MARKS[name]}>"
        if name in _SWITCHES:
            self._skip_blank()
            return f"<{_SWITCHES[name]}>{self._rest_of_group()}</{_SWITCHES[name]}>"
        if name in _QUOTES:
            return f"“{self._argument()}”"
        if name == "ensuremath":
            return _math(self._raw_argument())
        if name in _RAW:
            return _escaped(self._raw_argument())
        if name in _WITHOUT_FIRST:
            self._raw_argument()
            return ""
        symbol = _symbols().get(name)
        self._skip_blank()
        return _escaped(symbol) if symbol else ""  # of a command we do not know, its arguments stay

    def _rest_of_group(self) -> str:
        """To the end of the open group; its closing brace is left for the group."""
        if self.depth >= MAX_DEPTH:
            return ""
        self.depth += 1
        found = self._run()
        self.depth -= 1
        if self.at and self.tokens[self.at - 1][0] == "}":
            self.at -= 1
        return found

    def _has_argument(self) -> bool:
        following = self.tokens[self.at][0] if self.at < len(self.tokens) else ""
        return bool(following) and (following[0] in "{\\" or following[0].isspace() or following[0].isalpha())

    def _skip_blank(self) -> None:
        """White space behind a command belongs to it."""
        if self.at < len(self.tokens):
            token, start = self.tokens[self.at]
            bare = token.lstrip()
            if bare != token and token[0] != "\\":
                if bare:
                    self.tokens[self.at] = (bare, start + len(token) - len(bare))
                else:
                    self.at += 1

    def _argument(self) -> str:
        """The next argument, converted: a group, a command or one character."""
        self._skip_blank()
        if self.at >= len(self.tokens):
            return ""
        token, start = self.tokens[self.at]
        if token == "{":
            self.at += 1
            return self._group()
        if token[0] == "\\" and self.depth < MAX_DEPTH:
            self.at += 1
            self.depth += 1
            found = self._command(token, start)
            self.depth -= 1
            return found
        if token[0] in "}$\\":
            return ""
        self._take_one(token, start)
        return _escaped(token[0])

    def _raw_argument(self) -> str:
        """The next argument as its source, without its braces."""
        self._skip_blank()
        if self.at >= len(self.tokens):
            return ""
        token, start = self.tokens[self.at]
        if token != "{":
            if token[0] in "}\\$":
                return ""
            self._take_one(token, start)
            return token[0]
        level, begin = 0, start + 1
        while self.at < len(self.tokens):
            token, start = self.tokens[self.at]
            self.at += 1
            level += (token == "{") - (token == "}")
            if level == 0:
                return self.text[begin:start]
        return self.text[begin:]

    def _take_one(self, token: str, start: int) -> None:
        if len(token) > 1:
            self.tokens[self.at] = (token[1:], start + 1)
        else:
            self.at += 1

    def _dollars(self, start: int) -> str:
        mark = "$"
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "$":
            mark = "$$"
            self.at += 1
        return self._formula(start + len(mark), mark)

    def _formula(self, begin: int, mark: str) -> str:
        """The formula that begins here and ends with the mark; without an end the mark is a character of the text (a price, mostly)."""
        here = self.at
        while mark not in self.without_end and self.at < len(self.tokens):
            token, start = self.tokens[self.at]
            self.at += 1
            if token == mark or (mark == "$$" and token == "$" and self.text.startswith("$$", start)):
                if mark == "$$":
                    self.at += 1
                return _math(self.text[begin:start])
        self.at = here
        self.without_end.add(mark)
        return _escaped(mark) if mark[0] == "$" else ""


def _accented(base: str, accent: str) -> str:
    if not base or base[0] in "<&":
        return base
    first = {"ı": "i", "ȷ": "j"}.get(base[0], base[0])
    if accent == "\u0361" and len(base) > 1:  # a tie stands over two letters
        return unicodedata.normalize("NFC", first + accent) + base[1:]
    return unicodedata.normalize("NFC", first + accent) + base[1:]


def _math(source: str) -> str:
    """A formula: as text with sub- and superscript where that is all it is ("$_2$", "$\\alpha$", "$>$"), else as MathML."""
    if len(source) > MAX_FORMULA_CHARS:
        return _escaped(source)
    if _PLAIN_MATH.fullmatch(source):
        return _escaped(source)
    if match := _ONE_COMMAND.fullmatch(source):
        symbol = _LETTERS.get(match[1]) or _symbols().get(match[1])
        if symbol:
            return _escaped(symbol)
    if match := _SCRIPT.fullmatch(source):
        inner = latex_to_plain(match[3] if match[3] is not None else match[4])
        mark = "sub" if match[2] == "_" else "sup"
        return match[1] + ("°" if inner == "∘" else f"<{mark}>{_escaped(inner)}</{mark}>")
    if not source.strip():
        return ""
    return from_latex_math(f"${source.strip()}$")
