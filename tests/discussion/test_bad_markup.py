"""Scripts in a comment stay inert, and no nesting is too deep."""

from __future__ import annotations

import itertools
import re

import pytest
from lxml import html

from reviewhub.core.actor import ANYONE
from reviewhub.core.db import Database
from reviewhub.core.markdown import rendered
from reviewhub.discussion import queries
from reviewhub.discussion.rules import MAX_TEXT_CHARS
from tests.discussion.talk import paper, say
from tests.people import person

_TAGS = ["img", "svg", "body", "iframe", "video", "audio", "input", "details", "math", "object", "marquee", "form", "a", "style", "x"]
_HANDLERS = ["onerror", "onload", "onclick", "onmouseover", "onfocus", "ontoggle", "onbegin", "OnErRoR"]
_ADDRESSES = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java&#10;script:alert(1)", "&#106;avascript:alert(1)", "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD4=", "\x01javascript:alert(1)", "javascript&colon;alert(1)", "file:///etc/passwd",
]  # fmt: skip
_FRAMES = ["[x]({})", "[x](<{}>)", "![x]({})", "<{}>", "[x]: {}\n\n[x]", '<a href="{}">x</a>', '<iframe src="{}">', "**[x]({} 'y')**", "> - [x]({})"]
_LOOSE = [
    "<script>alert(1)</script>", "<scr<script>ipt>alert(1)</script>", "<script\n>alert(1)</script\n>", "<<script>alert(1)//<</script>", "</p><script>alert(1)</script>",
    "<!--<img src=--><img src=x onerror=alert(1)//>", "<style>@import'//x';</style>", "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "$\\href{javascript:alert(1)}{x}$", "$$\\url{javascript:alert(1)}$$", "$<script>alert(1)</script>$", "`<script>alert(1)</script>`", "```\n</code><script>alert(1)</script>\n```",
    "<svg><animate onbegin=alert(1) attributeName=x>", '[x](https://a.example "\\"onmouseover=alert(1)")', "| a |\n|-|\n| <script>alert(1)</script> |", "<base href=//x>",
    "<meta http-equiv=refresh content=0;url=javascript:alert(1)>", "<link rel=stylesheet href=javascript:alert(1)>", "\u202e<script>alert(1)</script>",
]  # fmt: skip
VECTORS = [
    *(f"<{tag} src=x href=x {handler}=alert(1)>" for tag, handler in itertools.product(_TAGS, _HANDLERS)),
    *(frame.format(address) for frame, address in itertools.product(_FRAMES, _ADDRESSES)),
    *_LOOSE,
]


def test_the_corpus_is_as_large_as_asked() -> None:
    assert len(set(VECTORS)) >= 200


def test_every_vector_stays_inert(database: Database) -> None:
    with database.write() as session, session.begin():
        comment = say(session, person(session), paper(session), "\n\n".join(VECTORS)[:MAX_TEXT_CHARS])
        said = queries.comment_of(session, comment.id, ANYONE)
    assert said is not None
    for text in [said.text, *VECTORS]:
        tree = html.fragment_fromstring(rendered(text), create_parent="div")
        for element in tree.iter():
            if not isinstance(element.tag, str):
                continue
            assert element.tag not in {
                "script",
                "style",
                "iframe",
                "img",
                "svg",
                "object",
                "embed",
                "form",
                "input",
                "base",
                "meta",
                "link",
                "video",
                "audio",
            }, text
            assert not [name for name in element.attrib if name.startswith("on") or name in ("style", "src", "srcdoc")], text
            assert _scheme(element.get("href") or "") in ("", "http", "https", "mailto"), text


def _scheme(address: str) -> str:
    """The scheme as browsers read it: blanks and controls before it, and line ends within, do not count."""
    found = re.match("([a-z][a-z0-9+.-]*):", re.sub(r"^[\x00-\x20]+|[\t\r\n]", "", address).lower())
    return found[1] if found else ""


@pytest.mark.parametrize(
    "text", ["- " * 4_999 + "x", "> " * 4_999 + "x", "1. " * 3_300 + "x", "[" * 9_999, "*" * 9_999, "$" * 9_999, "`" * 9_999, "| " * 4_999]
)
def test_ten_thousand_of_anything_render(database: Database, text: str) -> None:
    with database.write() as session, session.begin():
        comment = say(session, person(session), paper(session), text)
    assert len(rendered(comment.text)) < 100 * MAX_TEXT_CHARS
