"""Templates keep to the content policy, none lies about unused, and each check can fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from jinja2 import meta, nodes

ROOT = Path(__file__).resolve().parents[2]
# Data, not a program: search engines read it.
DATA_TYPES = frozenset({"application/ld+json"})

_ENVIRONMENT = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)


def _templates(root: Path = ROOT) -> list[Path]:
    return sorted(path for path in (root / "templates").rglob("*") if path.is_file())


def faults(path: Path) -> Iterator[str]:
    """What a template has that the content policy would refuse or that switches escaping off, a line each."""
    source = path.read_text()
    tree = _ENVIRONMENT.parse(source)
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name == "safe":
            yield f"line {filtered.lineno}: |safe"
    for block in tree.find_all(nodes.EvalContextModifier):
        if not isinstance(block, nodes.ScopedEvalContextModifier) or any(option.key == "autoescape" for option in block.options):
            yield f"line {block.lineno}: autoescape is changed"
    # Outside expressions; what they print is escaped. An expression within a tag must not hide the rest of it.
    markup = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", lambda found: "\n" * found.group().count("\n") or "0", source, flags=re.DOTALL)
    reader = _Reader()
    reader.feed(markup)
    yield from reader.faults


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        line = f"line {self.getpos()[0]}"
        if tag == "style":
            self.faults.append(f"{line}: <style>")
        if tag == "script" and "src" not in given and given.get("type") not in DATA_TYPES:
            self.faults.append(f"{line}: <script> without src")
        for name, value in attrs:
            if name == "style":
                self.faults.append(f"{line}: style=")
            if name.startswith("on"):
                self.faults.append(f"{line}: {name}=")
            if value and value.strip().lower().startswith("javascript:"):
                self.faults.append(f"{line}: javascript: address")


def unused(root: Path = ROOT) -> set[str]:
    """Templates that neither the code names nor a used template extends, includes or imports."""
    folder = root / "templates"
    names = {str(path.relative_to(folder)): path for path in _templates(root)}
    code = "\n".join(path.read_text() for path in (root / "reviewhub").rglob("*.py"))
    # A name put together by the code ("errors/%s.html") is told by the quoted string up to its variable part.
    waiting = [name for name in names if re.search(rf"""["']{re.escape(name)}["']""", code)]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in used or name not in names:
            continue
        used.add(name)
        waiting += [other for other in meta.find_referenced_templates(_ENVIRONMENT.parse(names[name].read_text())) if other]
    return names.keys() - used


def missing(root: Path = ROOT) -> set[str]:
    """Templates that others ask for and that are not there."""
    folder = root / "templates"
    asked = {other for path in _templates(root) for other in meta.find_referenced_templates(_ENVIRONMENT.parse(path.read_text())) if other}
    return {name for name in asked if not (folder / name).is_file()}


def unused_imports(path: Path) -> Iterator[str]:
    """Names that a template imports from another and never says."""
    tree = _ENVIRONMENT.parse(path.read_text())
    said = [node.name for node in tree.find_all(nodes.Name)]
    for node in tree.find_all(nodes.FromImport):
        for name in node.names:
            alias = name if isinstance(name, str) else name[1]
            if alias not in said:
                yield alias
    for whole in tree.find_all(nodes.Import):
        if whole.target not in said:
            yield whole.target


def test_there_are_templates() -> None:
    assert len(_templates()) > 10


def test_no_template_breaks_the_content_policy_or_switches_escaping_off() -> None:
    assert {str(path.relative_to(ROOT)): found for path in _templates() if (found := list(faults(path)))} == {}


def test_every_template_is_used_and_every_one_asked_for_is_there() -> None:
    assert unused() == set()
    assert missing() == set()


def test_no_template_imports_what_it_does_not_use() -> None:
    assert {str(path.relative_to(ROOT)): found for path in _templates() if (found := list(unused_imports(path)))} == {}


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color: red">x</p>',
        "<style>p {}</style>",
        "<script>alert(1)</script>",
        '<a href="x" onclick="y()">x</a>',
        '<a {% if x %}class="{{ y }}"{% endif %} onfocus="{{ z }}">x</a>',
        '<a href="javascript:x()">x</a>',
        "{{ title|safe }}",
        "{% autoescape false %}{{ title }}{% endautoescape %}",
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, markup: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(markup)
    assert len(list(faults(path))) == 1


def test_scripts_from_files_and_data_for_machines_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text('<script type="module" src="{{ url }}"></script><script type="application/ld+json">{{ data }}</script><p title="{{ on }}">{{ x|e }}</p>')
    assert list(faults(path)) == []


def test_a_planted_unused_template_is_found(tmp_path: Path) -> None:
    (tmp_path / "reviewhub").mkdir()
    (tmp_path / "reviewhub/views.py").write_text('render("papers/record.html")\n')
    for name, source in (("papers/record.html", '{% extends "layout.html" %}'), ("layout.html", '{% include "gone.html" %}'), ("papers/old.html", "")):
        path = tmp_path / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    assert unused(tmp_path) == {"papers/old.html"}
    assert missing(tmp_path) == {"gone.html"}
