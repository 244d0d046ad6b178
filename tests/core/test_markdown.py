"""Markdown of strangers: what it may become, and that nothing it holds breaks out or holds the site up."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree, html

from reviewhub.core.formulas import ATTRIBUTES, TAGS
from reviewhub.core.markdown import rendered

ALLOWED = {
    "p",
    "br",
    "hr",
    "h4",
    "h5",
    "h6",
    "em",
    "strong",
    "s",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
    "div",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
} | TAGS
ALLOWED_ATTRIBUTES = {"href", "title", "rel", "start", "class", "tabindex"} | ATTRIBUTES
REL = "nofollow ugc noopener noreferrer"


def elements(text: str) -> html.HtmlElement:
    return html.fragment_fromstring(rendered(text), create_parent="main")


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("*so* **much** ~~less~~ `code`", "<p><em>so</em> <strong>much</strong> <s>less</s> <code>code</code></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. c\n4. d", '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>'),
        ("> they say", "<blockquote>\n<p>they say</p>\n</blockquote>"),
        ("```\nx < 1\n```", "<pre><code>x &lt; 1\n</code></pre>"),
        ("costs $5, then $10", "<p>costs $5, then $10</p>"),
        ("两个样本的均值*不同*。", "<p>两个样本的均值<em>不同</em>。</p>"),
        ("a\r\nb", "<p>a\nb</p>"),
        ('he said "x" -- (c)', '<p>he said "x" -- (c)</p>'),
        ("", ""),
    ],
)
def test_what_a_reader_writes_is_what_the_page_shows(text: str, becomes: str) -> None:
    assert rendered(text).strip() == becomes


def test_formulas_become_mathml_in_the_line_and_on_their_own() -> None:
    found = elements("Let $x^2 < y$ and\n\n$$\n\\frac{a}{b}\n$$\n")
    assert [math.get("display") for math in found.iter("math")] == ["inline", "block"]
    assert found.xpath("//msup/mi/text()") == ["x"]
    assert found.xpath("//mfrac")
    assert "$" not in found.text_content()


def test_a_formula_that_cannot_be_read_stays_as_it_was_typed() -> None:
    assert elements("So $\\frac{1}{$ fails").text_content().strip() == "So $\\frac{1}{$ fails"


def test_a_formula_cannot_bring_links_or_markup() -> None:
    found = elements(r"$\href{javascript:alert(1)}{x}$ $\text{<img src=x onerror=alert(1)>}$ $\class{evil}{y}$ $\style{color:red}{z}$")
    assert {element.tag for element in found.iterdescendants()} <= ALLOWED
    assert not found.xpath("//@href | //@style | //@onerror")


def test_headings_begin_below_those_of_the_page_and_skip_no_level() -> None:
    found = elements("# One\n\n### Two\n\nx\n\n## Three\n\nUnder\n===")
    assert [element.tag for element in found.iter("h1", "h2", "h3", "h4", "h5", "h6")] == ["h4", "h5", "h5", "h4"]
    assert elements("### only").find("h4") is not None
    assert rendered("# One\n## Two\n### Three\n#### Four\n##### Five", 3).count("<h") == 5
    assert html.fragment_fromstring(rendered("## One", 3)).tag == "h3"


def test_a_picture_becomes_a_link_that_loads_nothing() -> None:
    found = elements('![a graph](https://example.org/a.png "t") ![](https://example.org/b.png)')
    assert [(a.get("href"), a.text) for a in found.iter("a")] == [
        ("https://example.org/a.png", "a graph"),
        ("https://example.org/b.png", "https://example.org/b.png"),
    ]
    assert not list(found.iter("img"))


def test_links_are_marked_as_somebody_s_own() -> None:
    found = elements("[a](https://example.org/) <https://example.org/b> [mail](mailto:a@example.org) [here](/papers/1)")
    assert {a.get("rel") for a in found.iter("a")} == {REL}
    assert [a.get("href") for a in found.iter("a")] == ["https://example.org/", "https://example.org/b", "mailto:a@example.org", "/papers/1"]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#115;cript:alert(1)",
        "vbscript:x",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "ftp://x",
        "\x01javascript:x",
    ],
)
def test_no_link_leads_to_a_program(address: str) -> None:
    for text in (f"[x]({address})", f"[x](<{address}>)", f"![x]({address})", f"<{address}>", f"[x]\n\n[x]: {address}"):
        assert not elements(text).xpath("//a[starts-with(@href, 'java') or contains(@href, ':')][not(starts-with(@href, 'http'))]"), text


def test_html_is_text() -> None:
    found = elements("<script>alert(1)</script>\n\n<b onclick=alert(1)>x</b> <!-- y -->\n\n<iframe src=//evil.example>")
    assert {element.tag for element in found.iterdescendants()} == {"p"}
    assert "<script>alert(1)</script>" in found.text_content()


def test_controls_and_overrides_are_gone_and_joiners_stay() -> None:
    assert elements("a\x00b\u202ec\u2066d\u200be\ufefff").text_content().strip() == "abcdef"
    assert "\u200c" in rendered("می\u200cخواهم")


_PIECES = st.sampled_from(
    ["[", "]", "(", ")", "![", "$", "$$", "\n", "\n\n", "\n$$\n", "`", "```", "*", "**", "_", "~~", "> ", "- ", "1. ", "# ", "|", "|-|\n", "    ", "\\", "<", ">", "&", "&#0;", "&lt;", "\\frac",
     "\\begin{matrix}", "{", "}", "^", "x", " ", "javascript:", "https://a.b", "<script>", "</p>", "\x00", "\u202e", "一", "\U0001f600", "\ud800"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=60).map("".join)))
@example("[x](javascript:alert(1))")
@example("|a|\n|-|\n|<script>|")
def test_whatever_is_typed_becomes_well_formed_html_of_the_allowed_kind(text: str) -> None:
    found = rendered(text)
    page = html.fragment_fromstring(found, create_parent="main") if found else etree.Element("main")
    assert {element.tag for element in page.iterdescendants()} <= ALLOWED
    assert {name for element in page.iterdescendants() for name in element.attrib} <= ALLOWED_ATTRIBUTES
    for link in page.iter("a"):
        address = link.get("href", "")
        assert ":" not in address.split("/")[0].split("?")[0].split("#")[0] or address.lower().startswith(("http:", "https:", "mailto:"))
    # Every tag that is opened is closed: reading it as XML fails otherwise.
    etree.fromstring(f"<main>{found.replace('<br>', '<br/>').replace('<hr>', '<hr/>').replace('&nbsp;', ' ')}</main>")


ATTACKS = {
    "brackets": "[" * 20_000, "pictures": "![" * 10_000, "links": "[](" * 6_000, "open links": "[a](<b" * 3_000, "dollars": "$" * 20_000, "prices": "$a " * 6_000,
    "formulas": "".join(f"$x_{{{n}}}$" for n in range(2_200)), "stars": "*a " * 6_600, "runs": "**a _b " * 2_800, "quotes": ">" * 20_000, "lists": "- " * 10_000,
    "deep lists": "\n".join(" " * n + "- a" for n in range(190)), "backticks": "".join("`" * n + " " for n in range(200)), "angles": "<" * 20_000, "comments": "<!--" * 5_000,
    "bars": "|a" * 10_000, "tables": "|a" * 90 + "\n" + "|-" * 90 + "\n" + ("|a" * 90 + "\n") * 95, "references": "[x]: /u\n" * 2_500, "braces": "$" + "{" * 1_990 + "$",
    "roots": "$" + "\\sqrt{" * 280 + "x" + "}" * 280 + "$",
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_made_to_hold_parsers_up_ends_and_stays_bounded(name: str) -> None:
    found = rendered(ATTACKS[name])
    assert len(found) < 500_000
    assert {element.tag for element in html.fragment_fromstring(found, create_parent="main").iterdescendants()} <= ALLOWED
