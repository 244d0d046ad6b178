"""`flask papers …` as a keeper uses it: exit codes, the table, the JSON object, what comes out goes in again."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

RIS = "TY  - JOUR\nTI  - The long enough title of a paper about pain\nAU  - Doe, Jane\nPY  - 2020\nDO  - 10.1000/{n}\nER  - \n"


def run(app: Flask, *words: Any) -> Result:
    return app.test_cli_runner().invoke(args=["papers", *map(str, words)])


def as_json(app: Flask, *words: Any) -> tuple[int, dict[str, Any]]:
    result = run(app, "import", "--json", *words)
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.ris"
    path.write_text("".join(RIS.format(n=n).replace("pain", f"pain {n}") for n in range(3)))
    return path


def test_the_figures_and_the_exit_code_of_a_good_file(app: Flask, good: Path) -> None:
    assert as_json(app, good) == (0, {"read": 3, "created": 3, "updated": 0, "unchanged": 0, "rejected": 0, "problems": []})
    assert as_json(app, good) == (0, {"read": 3, "created": 0, "updated": 0, "unchanged": 3, "rejected": 0, "problems": []})


def test_a_rejection_names_file_place_and_reason_and_ends_with_one(app: Flask, good: Path) -> None:
    good.write_text("TY  - JOUR\nAU  - Doe, Jane\nER  - \n" + good.read_text())
    code, found = as_json(app, good)
    assert (code, found["created"], found["rejected"]) == (1, 3, 1)
    (problem,) = [p for p in found["problems"] if p["kind"] == "rejected"]
    assert problem["file"] == str(good)
    assert "record 1" in problem["where"]
    assert problem["reason"] == "no title"


def test_a_value_that_fails_its_check_is_told_and_the_record_gets_in(app: Flask, good: Path) -> None:
    good.write_text(good.read_text().replace("10.1000/0", "not a doi").replace("PY  - 2020", "PY  - 0000-00-00", 1))
    code, found = as_json(app, good)
    assert (code, found["created"], found["rejected"]) == (0, 3, 0)
    assert any("not a doi" in p["reason"] and p["where"] for p in found["problems"])


@pytest.mark.parametrize("name", ["missing.ris", ".", "empty.ris", "unknown.bin", "cut.ris.gz", "bomb.xml", "outside.xml"])
def test_a_file_that_cannot_be_read_ends_with_two_and_the_others_get_in(app: Flask, good: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("THE SECRET")
    contents = {
        "empty.ris": b"",
        "unknown.bin": bytes(range(256)),
        "cut.ris.gz": gzip.compress(good.read_bytes())[:20],
        "bomb.xml": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><PubmedArticleSet>&b;</PubmedArticleSet>',
        "outside.xml": f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{tmp_path}/secret">]><PubmedArticleSet>&a;</PubmedArticleSet>'.encode(),
    }
    if name in contents:
        (tmp_path / name).write_bytes(contents[name])
    code, found = as_json(app, tmp_path / name, good)
    assert (code, found["created"]) == (2, 3)
    (problem,) = found["problems"]
    assert problem["file"] == str(tmp_path / name)
    assert problem["reason"]
    assert "SECRET" not in json.dumps(found)


def test_the_table_adds_up(app: Flask, good: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.bib"
    other.write_text("@article{a, title={Another long enough title}, author={Roe, Rae}, year=2001}\n@article{b, year=2002}\n")
    result = run(app, "import", good, other)
    assert result.exit_code == 1
    rows = {words[0]: words[1:] for words in (line.split() for line in result.stdout.splitlines()) if words}
    assert rows[str(good)] == ["3", "3", "0", "0", "0"]
    assert rows[str(other)] == ["2", "1", "0", "0", "1"]
    assert rows["all"][1:] == ["5", "4", "0", "0", "1"]
    assert "no title" in result.stdout


def test_a_format_that_is_not_read_yet_is_refused_by_name(app: Flask, good: Path) -> None:
    result = run(app, "import", "--format", "endnote-xml", good)
    assert result.exit_code == 2
    assert "endnote-xml" in result.stderr
    assert "pubmed-xml" in result.stderr


def test_what_comes_out_goes_in_again_unchanged(app: Flask, good: Path, tmp_path: Path) -> None:
    run(app, "import", good)
    exported = run(app, "export")
    assert exported.exit_code == 0
    lines = exported.stdout.splitlines()
    assert len(lines) == 3
    path = tmp_path / "all.jsonl"
    path.write_text(exported.stdout)
    assert as_json(app, path)[1]["unchanged"] == 3
