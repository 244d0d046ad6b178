"""Text and safe inline HTML as LaTeX. Letters outside ASCII stay as they are: today's BibTeX styles and engines read UTF-8."""

from __future__ import annotations

import re

from .tree import HIDDEN, Element, parsed

# Characters with a meaning in LaTeX. Braces are spelled out, since BibTeX counts them even behind a backslash.
_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    '"': r"\textquotedbl{}", "\u00a0": "~",
}  # fmt: skip
_TABLE = str.maketrans(_ESCAPES)
# Signs that TeX joins when two stand together ("--" becomes a dash, "''" a quotation mark).
_LIGATURE = re.compile("([-',])(?=\\1)")
_INLINE = {"i": "textit", "em": "textit", "b": "textbf", "strong": "textbf", "sub": "textsubscript", "sup": "textsuperscript", "sc": "textsc"}
_SIGN_WORDS = (
    "α alpha β beta γ gamma δ delta ε varepsilon ϵ epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi ρ rho σ sigma ς varsigma "
    "τ tau υ upsilon φ varphi ϕ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega "
    "≤ leq ≥ geq ≠ neq ≈ approx ≡ equiv ∼ sim ≃ simeq ∝ propto × times · cdot ⋅ cdot ÷ div ± pm ∓ mp → rightarrow ← leftarrow ↔ leftrightarrow ⇒ Rightarrow "
    "∞ infty ∈ in ∉ notin ⊂ subset ⊆ subseteq ∪ cup ∩ cap ∑ sum ∏ prod ∫ int ∂ partial ∇ nabla √ surd ∀ forall ∃ exists ∅ emptyset ℓ ell ℏ hbar ∗ ast "
    "⊗ otimes ⊕ oplus † dagger ⟨ langle ⟩ rangle ‖ | … ldots ⋯ cdots ′ prime ≪ ll ≫ gg ∧ wedge ∨ vee ⊥ perp ∥ parallel ∘ circ"
)
_SIGNS = _SIGN_WORDS.split()
_MATH_SIGNS = {sign: f"\\{word} " for sign, word in zip(_SIGNS[::2], _SIGNS[1::2], strict=True)}
# A real minus; the invisible signs of MathML (application, times, separator).
_MATH_SIGNS |= {"\u2212": "-", "\u2061": "", "\u2062": "", "\u2063": "", "\u00a0": " "}
_ACCENTS = {"¯": "bar", "‾": "bar", "^": "hat", "ˆ": "hat", "~": "tilde", "˜": "tilde", "→": "vec", "˙": "dot", "¨": "ddot"}
_MATH_ESCAPES = {
    "\\": r"\backslash ", "{": r"\lbrace ", "}": r"\rbrace ", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_", "^": r"\hat{}", "~": r"\sim ",
}  # fmt: skip
_MATH_TABLE = str.maketrans(_MATH_SIGNS | _MATH_ESCAPES)


def escaped(text: str) -> str:
    """Plain text as LaTeX with the same letters."""
    return _LIGATURE.sub(r"\1{}", text.translate(_TABLE))


def from_markup(markup: str) -> str:
    """Safe inline HTML as LaTeX: sub- and superscripts, italics, bold and formulas kept."""
    if "<" not in markup and "&" not in markup:
        return escaped(markup)
    return "".join(_text(part) for part in parsed(markup).parts)


def _text(part: Element | str) -> str:
    if isinstance(part, str):
        return escaped(part)
    if part.tag == "math":
        formula = "".join(_math(inner) for inner in part.parts).strip()
        return f"${formula}$" if formula else ""
    if part.tag in HIDDEN:
        return ""
    inside = "".join(_text(inner) for inner in part.parts)
    return f"\\{_INLINE[part.tag]}{{{inside}}}" if part.tag in _INLINE and inside else inside


def _math(part: Element | str) -> str:
    if isinstance(part, str):
        return part.strip().translate(_MATH_TABLE)
    if part.tag in HIDDEN:
        return ""
    parts = part.children
    if part.tag in _ARRANGED and len(parts) == _ARRANGED[part.tag]:
        return _arranged(part.tag, parts)
    if part.tag == "msqrt":
        return f"\\sqrt{{{_row(part)}}}"
    if part.tag == "mtext":
        return f"\\text{{{escaped(''.join(p for p in part.parts if isinstance(p, str)))}}}"
    if part.tag == "mtable":
        return "\\begin{matrix}" + r" \\ ".join(" & ".join(_row(cell) for cell in row.children) for row in parts) + "\\end{matrix}"
    if part.tag == "mfenced":
        return f"({','.join(_math(inner) for inner in parts)})"
    if part.tag == "semantics":
        return _math(parts[0]) if parts else ""
    inside = _row(part)
    return f"\\mathrm{{{inside}}}" if part.tag == "mi" and len(inside) > 1 and inside.isalpha() else inside


def _row(element: Element) -> str:
    return "".join(_math(inner) for inner in element.parts)


_ARRANGED = {"msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "mfrac": 2, "mroot": 2}


def _arranged(tag: str, parts: list[Element]) -> str:
    first, *rest = (_math(part).strip() for part in parts)
    if tag == "mfrac":
        return f"\\frac{{{first}}}{{{rest[0]}}}"
    if tag == "mroot":
        return f"\\sqrt[{rest[0]}]{{{first}}}"
    if tag == "mover" and (accent := _ACCENTS.get("".join(p for p in parts[1].parts if isinstance(p, str)).strip())):
        return f"\\{accent}{{{first}}}"
    marks = {"msub": "_", "munder": "_", "msup": "^", "mover": "^"}.get(tag, "_^")
    return (first if len(first) == 1 else f"{{{first}}}") + "".join(f"{mark}{{{text}}}" for mark, text in zip(marks, rest, strict=True))
