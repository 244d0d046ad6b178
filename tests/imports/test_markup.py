"""Whatever markup a source sends, what comes out is safe to print and says the same."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.core.text import plain, squeezed
from reviewhub.imports.markup import from_html, from_jats, from_latex_math, from_mathml, from_plain, sanitised

MML = '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML" alttext="a > b" onclick="x()"><mml:mi>α</mml:mi></mml:math>'
WILD = st.lists(
    st.sampled_from(
        [
            "<", ">", "&", '"', "'", "/", "<i>", "</i>", "<b", "<sub>", "</sub>", "<p>", "</p>", "<jats:title>", "</jats:title>", "<script>", "</script>", "<style>",
            "<math>", "</math>", "<mml:mi>", "</mml:mi>", "<mtext>", "<annotation-xml encoding='text/html'>", "<img src=x onerror=alert(1)>", "<a href='javascript:x'>",
            "<svg onload=x>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "&lt;i&gt;", "&lt;script&gt;", "&amp;lt;", "&#60;", "&#x3c;script&#x3e;", "$x$", "$", "\\(", "\\)",
            "\\frac{1}{2}", "<tex-math>", "</tex-math>", "<alternatives>", "</alternatives>", "中文", "word", " ", "\n", "\n\n", "\u202e", "\x00", "<mfenced>", "</mfenced>",
        ]
    ),
    max_size=14,
).map("".join) | st.text(max_size=60)  # fmt: skip
# What may stand in our markup: text without angle brackets, our four tags, MathML tags with harmless attributes.
OURS = re.compile(r"(?:[^<>]|</?(?:i|b|sub|sup)>|</?(?:math|none|m[a-z]+)(?: [a-z]+=\"[^\"<>]*\")*>)*")
EVERY: list[Callable[[str], str]] = [from_plain, from_html, from_latex_math, from_mathml, sanitised, lambda text: "\n\n".join(s.html for s in from_jats(text))]


@given(WILD, st.sampled_from(EVERY))
def test_nothing_but_our_own_markup_ever_comes_out(text: str, convert: Callable[[str], str]) -> None:
    found = convert(text)
    assert OURS.fullmatch(found), found
    assert not re.search(r"<[^>]*\b(?:on\w+|href|src|style|id|class)=", found)


@given(WILD, st.sampled_from(EVERY))
def test_what_comes_out_is_left_alone_by_the_gate(text: str, convert: Callable[[str], str]) -> None:
    found = convert(text)
    assert sanitised(found) == found


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], blacklist_characters="&"), max_size=80))
def test_plain_text_keeps_every_character(text: str) -> None:
    assert plain(from_plain(text)) == " ".join(text.split())


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("p<0.05 & q > 1", "p&lt;0.05 &amp; q &gt; 1"),
        ("Smith &amp;amp; Jones", "Smith &amp; Jones"),
        ("Caf&eacute; &#8211; na&#xEF;ve", "Café – naïve"),
        ("AT&T; R&D", "AT&amp;T; R&amp;D"),
        ("  two\n lines\t", "two lines"),
    ],
)
def test_plain_text_is_escaped_and_its_entities_resolved(given_text: str, expected: str) -> None:
    assert from_plain(given_text) == expected


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Growth of <i>E. coli</i> in H<sub>2</sub>O", "Growth of <i>E. coli</i> in H<sub>2</sub>O"),
        ("<em>a</em> <strong>b</strong> <jats:italic>c</jats:italic> <EMPH>d</EMPH>", "<i>a</i> <b>b</b> <i>c</i> <i>d</i>"),
        ("&lt;i&gt;Homo&lt;/i&gt; &amp;lt;sub&amp;gt;2&amp;lt;/sub&amp;gt;", "<i>Homo</i> <sub>2</sub>"),
        ("The <scp>DNA</scp> of <span class='x'>x</span>", "The DNA of x"),
        ("The <ORF1> gene at p<0.05", "The &lt;ORF1&gt; gene at p&lt;0.05"),
        ("The mean &lt;p&gt; of all", "The mean &lt;p&gt; of all"),
        ("a<script>alert(1)</script>b<style>x{}</style>c", "abc"),
        ("one<br/>two<p>three</p>", "one two three"),
        ("<i>never closed", "<i>never closed</i>"),
        ("<i>crossed<b>over</i>here</b>", "<i>crossed<b>over</b></i>here"),
        ("a<sub></sub>b<i> </i>c", "ab c"),
        ("x <!-- no --> y <![CDATA[a<b]]> z", "x y a&lt;b z"),
        (f"decay of{MML}particles", "decay of <math><mi>α</mi></math> particles"),
        (f"the {MML}th of {MML}-decay", "the <math><mi>α</mi></math>th of <math><mi>α</mi></math>-decay"),
        ("<math><mi>a</mi><annotation>a</annotation></math>", "<math><mi>a</mi></math>"),
        ("<math><mi>broken off", "broken off"),
        ("U<jats:italic>x</jats:italic>\n       <jats:sub>2</jats:sub>", "U<i>x</i><sub>2</sub>"),
    ],
)
def test_titles_keep_their_face_markup_and_lose_all_else(given_text: str, expected: str) -> None:
    assert from_html(given_text) == expected


def test_fences_become_the_brackets_they_stand_for() -> None:
    source = '<mml:math><mml:mfenced open="[" close=")" separators=";"><mml:mn>0</mml:mn><mml:mn>1</mml:mn></mml:mfenced></mml:math>'
    assert from_mathml(source) == "<math><mrow><mo>[</mo><mn>0</mn><mo>;</mo><mn>1</mn><mo>)</mo></mrow></math>"


def sections(xml: str) -> list[tuple[str, str]]:
    return [(section.label, section.html) for section in from_jats(xml)]


def test_sections_of_an_abstract_keep_labels_and_paragraphs() -> None:
    xml = """<jats:title>Abstract</jats:title>
      <jats:sec><jats:title>Background:</jats:title><jats:p>First &amp; <jats:italic>best</jats:italic>.</jats:p><jats:p>Second.</jats:p></jats:sec>
      <jats:sec><jats:title>R<jats:sup>2</jats:sup></jats:title><jats:p>Third.</jats:p></jats:sec>
      <jats:sec><jats:p>No label.</jats:p></jats:sec>"""
    assert sections(xml) == [("Background", "First &amp; <i>best</i>.\n\nSecond."), ("R2", "Third."), ("", "No label.")]


@pytest.mark.parametrize(
    "xml",
    [
        "A plain one.",
        "<p>A plain one.</p>",
        "<jats:p>A plain one.</jats:p>",
        "<jats:title>ABSTRACT</jats:title><jats:p>A plain one.</jats:p>",
        "&lt;p&gt;A plain one.&lt;/p&gt;",
    ],
)
def test_an_abstract_without_sections_is_one_section(xml: str) -> None:
    assert sections(xml) == [("", "A plain one.")]


@pytest.mark.parametrize("xml", ["", "  ", "<jats:p/>", "<jats:title>Abstract</jats:title>", "<!-- none -->"])
def test_an_empty_abstract_has_no_section(xml: str) -> None:
    assert sections(xml) == []


def test_lists_become_paragraphs() -> None:
    assert sections(
        "<jats:p>We show<jats:list><jats:list-item><jats:p>one</jats:p></jats:list-item><jats:list-item><jats:p>two</jats:p></jats:list-item></jats:list></jats:p>"
    ) == [("", "We show\n\none\n\ntwo")]


def test_mathml_goes_before_tex_and_tex_becomes_mathml() -> None:
    both = (
        f"<jats:p>Of <jats:inline-formula><jats:alternatives><jats:tex-math>$$\\beta$$</jats:tex-math>{MML}</jats:alternatives></jats:inline-formula>.</jats:p>"
    )
    assert sections(both) == [("", "Of <math><mi>α</mi></math>.")]
    tex = "<jats:p>Of <jats:inline-formula><jats:alternatives><jats:inline-graphic/><jats:tex-math>$x_1$</jats:tex-math></jats:alternatives></jats:inline-formula>.</jats:p>"
    [(_, found)] = sections(tex)
    assert "<msub><mi>x</mi><mn>1</mn></msub>" in found
    assert "tex-math" not in found


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("costs $5 and $6.50, or US$26", "costs $5 and $6.50, or US$26"),
        ("a $ b $ c", "a $ b $ c"),
        ("an $\\notacommand{$ here", "an $\\notacommand{$ here"),
        ("no formula & none", "no formula &amp; none"),
    ],
)
def test_dollars_that_are_no_formula_stay(given_text: str, expected: str) -> None:
    assert from_latex_math(given_text) == expected


@pytest.mark.parametrize("text", ["the $\\alpha$-helix", "the \\(\\alpha\\)-helix", "the $$\\alpha$$-helix"])
def test_formulas_in_tex_become_mathml(text: str) -> None:
    found = from_latex_math(text)
    assert "<mi>α</mi>" in found
    assert found.startswith("the <math display=")
    assert found.endswith("</math>-helix")


def test_untrusted_markup_keeps_its_paragraphs() -> None:
    assert sanitised("one <i>x</i>\n\n two<iframe src=x></iframe>\nthree \n \n four") == "one <i>x</i>\n\ntwo three\n\nfour"


@pytest.mark.parametrize(
    "piece",
    ["<sub>", "<!--", '<a b="', "<a  ", "<i>x</i>", "$a", "&lt;a ", "&amp;", "<math>", "<sub></sub>", "<alternatives>", "\n \n", "<tex-math>", "<?", "\\("],
)
@pytest.mark.parametrize("convert", EVERY)
def test_time_grows_with_the_length_of_the_text_and_no_faster(piece: str, convert: Callable[[str], str]) -> None:
    text = piece * (120_000 // len(piece))
    began = time.process_time()
    convert(text)
    assert time.process_time() - began < 5  # quadratic behaviour takes minutes


def test_markup_of_real_titles_and_abstracts_is_safe_and_loses_no_words(shared_data: Path) -> None:
    n_marked = 0
    with gzip.open(shared_data / "crossref" / "works.jsonl.gz") as file:
        for line in file:
            work = json.loads(line)
            for title in work.get("title") or []:
                found = from_html(title)
                assert OURS.fullmatch(found)
                assert sanitised(found) == found
                if "<" not in title and "&" not in title:
                    assert plain(found) == squeezed(title)
                n_marked += "<" in found
            for section in from_jats(work.get("abstract") or ""):
                assert OURS.fullmatch(section.html)
                assert "jats:" not in section.html
                assert section.html
                assert sanitised(section.html) == section.html
    assert n_marked > 100
