"""LaTeX in the fields of a bibliography as text and as markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewhub.imports.latex import latex_to_html, latex_to_plain


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"M{\"u}ller", "Müller"), (r"\'{\i}ndice", "índice"), (r"caf\'e", "café"), (r"\~n and \c{c}", "ñ and ç"), (r"Erd\H os", "Erdős"), (r"stra{\ss}e", "straße"),
        (r"\O ster", "Øster"), (r"\v s", "š"), (r"10--20", "10–20"), (r"a --- b", "a — b"), (r"``so''", "“so”"), (r"5\% \& \$3", "5% & $3"), (r"a~b", "a b"), (r"{DNA} {{Kept}}", "DNA Kept"),
        (r"\unknown{text} stays", "text stays"), (r"\href{http://example.org}{link}", "link"), (r"\url{http://example.org/a_b}", "http://example.org/a_b"), (r"\textcolor{red}{hot}", "hot"),
        (r"{\TeX}", "TeX"), (r"90$^\circ$C", "90°C"), (r"$\alpha$-helix", "α-helix"), (r"costs $5", "costs $5"), (r"AT{\&}amp;T", "AT&T"), (r"Caf\\'e", "Café"), ("a\n  b", "a b"),
        (r"\begin{it}x\end{it}", "x"), (r"\enquote{said}", "“said”"),
    ],
)  # fmt: skip
def test_accents_signs_and_commands_become_text(source: str, text: str) -> None:
    assert latex_to_plain(source) == text


@pytest.mark.parametrize(
    ("source", "markup"),
    [
        (r"\emph{Testudo} x", "<i>Testudo</i> x"), (r"{\it Testudo} x", "<i>Testudo</i> x"), (r"\textbf{a \emph{b}}", "<b>a <i>b</i></b>"), (r"H$_2$O", "H<sub>2</sub>O"),
        (r"DNA$_{\textrm{2}}$", "DNA<sub>2</sub>"), (r"$4^{th}$", "4<sup>th</sup>"), (r"x\textsuperscript{2}", "x<sup>2</sup>"), (r"a < b \& c", "a &lt; b &amp; c"),
        ("<i>Testudo</i> x", "<i>Testudo</i> x"), (r"\textsc{Small}", "Small"),
    ],
)  # fmt: skip
def test_faces_and_scripts_become_inline_markup(source: str, markup: str) -> None:
    assert latex_to_html(source) == markup


def test_a_formula_becomes_mathml() -> None:
    markup = latex_to_html(r"The case $x^2+\frac{1}{2}$ and \(y\geq 1\)")
    assert markup.count("<math") == 2
    assert "<mfrac>" in markup
    assert "$" not in markup


def test_a_script_in_a_field_is_no_script_on_a_page() -> None:
    assert "<script" not in latex_to_html("<script>alert(1)</script> <i onclick='x'>y</i>")
    assert "onclick" not in latex_to_html("<i onclick='x'>y</i>")


@pytest.mark.parametrize(
    "source",
    [
        "{" * 50_000,
        "}" * 50_000,
        "\\'" * 20_000,
        "$" * 20_001,
        "{\\it " * 20_000 + "x",
        "\\emph{" * 5_000 + "x" + "}" * 5_000,
        "$" + "{" * 3000 + "$",
        "<i" * 20_000,
        "\\(" * 50_000,
        "\\[x" * 50_000,
        " " * 200_000,
    ],
)
def test_what_is_broken_is_still_read_in_reasonable_time(source: str) -> None:
    assert isinstance(latex_to_html(source), str)


_pieces = st.sampled_from(
    [
        "\\",
        "{",
        "}",
        "$",
        "$$",
        "\\'",
        "\\emph",
        "\\it ",
        "\\frac",
        "_",
        "^",
        "~",
        "--",
        "``",
        "<i>",
        "</i>",
        "<",
        "&",
        "\\(",
        "\\)",
        "é",
        "王",
        " ",
        "\n",
        "x",
        "\\url",
        "\\ensuremath",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces | st.text(max_size=5), max_size=25).map("".join))
def test_any_text_is_converted_and_safe(source: str) -> None:
    markup = latex_to_html(source)
    assert all(re.fullmatch(r"i|b|sub|sup|math|m[a-z]+|semantics|annotation|none", tag) for tag in re.findall(r"<\s*/?\s*([a-zA-Z]+)", markup)), markup
    assert markup == markup.strip()
    latex_to_plain(source)
