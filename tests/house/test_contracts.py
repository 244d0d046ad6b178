"""The floor plan holds, and each contract can fail: a copy of the package with a violation planted in it is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")


def _judge(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINTER, "--no-cache"], cwd=root, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and its contracts, to spoil."""
    shutil.copytree(ROOT / "reviewhub", tmp_path / "reviewhub", ignore=shutil.ignore_patterns("__pycache__", "*.po", "*.jsonl"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    judged = _judge(ROOT)
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [
        ("Imports go downward", "core/clock.py", "import reviewhub.papers.models"),
        ("Imports go downward", "papers/rules.py", "import reviewhub.ratings.rules"),
        ("Imports go downward", "search/queries.py", "import reviewhub.imports.models"),
        ("Imports go downward", "cli/__init__.py", "import reviewhub.web"),
        ("Imports go downward", "events.py", "import reviewhub.config"),
        ("Inside a domain", "papers/models.py", "import reviewhub.papers.services"),
        ("Inside a domain", "papers/services.py", "import reviewhub.papers.handlers"),
        ("Only the doors", "papers/services.py", "from flask import request"),
        ("Only the doors", "core/text.py", "import flask_login"),
        ("Rules compute", "papers/rules.py", "import sqlalchemy"),
        ("Rules compute", "ratings/rules.py", "from reviewhub.core.clock import now"),
        ("Only the index package", "search/services.py", "import whoosh.index"),
        ("Only core.fetch", "imports/services.py", "import requests"),
    ],
)
def test_a_violation_is_refused(copy: Path, contract: str, module: str, line: str) -> None:
    spoiled = copy / "reviewhub" / module
    spoiled.parent.mkdir(exist_ok=True)
    (spoiled.parent / "__init__.py").touch()
    if line.endswith("papers.handlers"):
        (copy / "reviewhub/papers/handlers.py").touch()
    before = spoiled.read_text() if spoiled.exists() else ""
    # A function's body is the place a hurried hand would hide it in.
    spoiled.write_text(f"{before}\n\ndef planted():\n    {line}\n")
    judged = _judge(copy)
    assert judged.returncode == 1
    broken = [said for said in judged.stdout.splitlines() if " BROKEN" in said]
    assert any(said.startswith(contract) for said in broken), judged.stdout


def test_a_package_that_is_not_on_the_floor_plan_is_refused(copy: Path) -> None:
    (copy / "reviewhub/helpers").mkdir()
    (copy / "reviewhub/helpers/__init__.py").touch()
    judged = _judge(copy)
    assert judged.returncode == 1
    assert "helpers" in judged.stdout
