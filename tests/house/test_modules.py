"""What every module owes its reader."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for folder in ("reviewhub", "bench", "tests", "migrations") for path in (ROOT / folder).rglob("*.py"))
# Folders whose name says nothing collect everything.
NAMELESS = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}


def _names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_every_module_says_in_a_docstring_what_it_is() -> None:
    silent = [path for path in MODULES if path.stat().st_size and not (ast.get_docstring(ast.parse(path.read_text())) or "").strip()]
    assert _names(silent) == []


def test_every_package_says_in_a_docstring_what_it_is() -> None:
    silent = [path for path in (ROOT / "reviewhub").rglob("__init__.py") if not ast.get_docstring(ast.parse(path.read_text()))]
    assert _names(silent) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert _names([path for path in MODULES if path.stem in NAMELESS or NAMELESS & set(path.relative_to(ROOT).parts[:-1])]) == []


def test_only_the_places_that_may_commit_do() -> None:
    """Services change and flush; the request, the job runner, the import and the commands end the transaction (and the search index its own)."""
    may = re.compile(r"core/(jobs|db|migrating)\.py|web/support/|cli/|imports/services\.py|search/whoosh_index|app\.py")
    committing = [
        path
        for path in (ROOT / "reviewhub").rglob("*.py")
        if not may.search(str(path.relative_to(ROOT)))
        and any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit" for node in ast.walk(ast.parse(path.read_text()))
        )
    ]
    assert _names(committing) == []


def _pins(path: Path) -> dict[str, str]:
    return {_plain(name): version for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", path.read_text(), re.MULTILINE)}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _wanted(lines: list[str]) -> dict[str, str]:
    matches = [re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*)(?:;.*)?", line) for line in lines]
    return {_plain(m.group(1)): m.group(2) for m in matches if m}


@pytest.mark.parametrize("kind", ["base", "dev"])
def test_the_lock_pins_every_direct_requirement_within_its_bounds(kind: str) -> None:
    from packaging.specifiers import SpecifierSet

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = project["project"]["dependencies"] if kind == "base" else project["dependency-groups"]["dev"]
    pins = _pins(ROOT / ("requirements.txt" if kind == "base" else "requirements-dev.txt"))
    wanted = _wanted(lines)
    assert len(wanted) == len(lines), "a requirement could not be read"
    wrong = {
        name: (bounds, pins.get(name)) for name, bounds in wanted.items() if name not in pins or not SpecifierSet(bounds).contains(pins[name], prereleases=True)
    }
    assert wrong == {}


def test_both_locks_agree() -> None:
    base, dev = _pins(ROOT / "requirements.txt"), _pins(ROOT / "requirements-dev.txt")
    assert {name: (base[name], dev[name]) for name in base.keys() & dev.keys() if base[name] != dev[name]} == {}


def test_every_pin_has_a_hash() -> None:
    for path in (ROOT / "requirements.txt", ROOT / "requirements-dev.txt"):
        entries = re.split(r"\n(?=[A-Za-z0-9])", path.read_text())[1:]
        assert entries
        assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_site_imports_only_what_is_installed_with_it() -> None:
    """`./run` installs requirements.txt alone; a package of the tests must not be needed to serve."""
    pins = {_plain(name) for name in _pins(ROOT / "requirements.txt")}
    homes = packages_distributions()
    lacking = set()
    for path in sorted((ROOT / "reviewhub").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"reviewhub", "_typeshed"}:  # the last for types alone
                if not pins & {_plain(home) for home in homes.get(name, [])}:
                    lacking.add(f"{path.relative_to(ROOT)}: {name}")
    assert lacking == set()
