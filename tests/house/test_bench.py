"""What the benchmarks feed the site is what the site would be fed: their made-up files read without a complaint."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench import ratings as rating_bench
from bench.generating import Generator, write_crossref, write_jsonl, write_pubmed
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.imports.reading import open_plain
from reviewhub.imports.services import import_file, reads_of
from reviewhub.papers.record import PaperRecord

FORMATS = [("made.xml", write_pubmed), ("made.xml.gz", write_pubmed), ("made.crossref.json", write_crossref), ("made.jsonl", write_jsonl)]


@pytest.mark.parametrize(("name", "write"), FORMATS)
def test_generated_records_come_back_from_their_file(tmp_path: Path, name: str, write: Callable[[Path, Iterator[PaperRecord]], None]) -> None:
    path = tmp_path / name
    write(path, Generator().records(40))
    with open_plain(path) as stream:
        found = list(reads_of(stream, name))
    assert [read.reason for read in found] == [None] * 40
    for read, made in zip(found, Generator().records(40), strict=True):
        assert read.record is not None
        assert read.record.remarks == []
        assert read.record.title.rstrip(".") == made.title.rstrip(".")
        assert read.record.identifier("doi") == made.identifier("doi")
        assert [(a.family, a.orcid) for a in read.record.authors] == [(a.family, a.orcid) for a in made.authors]
        assert len(read.record.references) == len(made.references)
        assert read.record.journal.issns == made.journal.issns


def test_generated_records_go_in_and_the_second_run_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "made.xml"
    write_pubmed(path, Generator().records(60))
    first, second = (import_file(database, KEEPER, path) for _ in range(2))
    assert (first.n_created, first.n_rejected, second.n_unchanged) == (60, 0, 60)


RATINGS = [{"id": n, "rating": f"{n % 5 + 3};{n % 5 + 4};{n % 7 + 2};5", "confidence": "3;4;2;5", "keywords": "pain; exercise"} for n in range(40)]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("is_packed", [False, True])
def test_ratings_are_read_plain_or_packed_and_the_figures_come_last(tmp_path: Path, is_packed: bool) -> None:
    path = tmp_path / "ratings.jsonl"
    text = "\n".join(json.dumps(line) for line in RATINGS).encode()
    path.write_bytes(gzip.compress(text, mtime=0) if is_packed else text)
    ended = subprocess.run([sys.executable, "bench/ratings.py", str(path), "--ratings", "2000"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert {str(k): told["hidden"]["others"][str(k)]["n"] for k in (1, 2, 3)} == {"1": 40, "2": 40, "3": 40}
    assert told["leniency"]["rmse_adjusted"] < told["leniency"]["rmse_plain"]
    assert told["colluders"]["honest"] == 6.0
    assert round(told["colluders"]["mean"], 1) <= 6.6
    assert told["colluders"]["estimate"] <= told["colluders"]["mean"]


@pytest.mark.parametrize(
    "content", [b"", b"no json", b'{"id": 1}', b'{"rating": "three"}', b"[1]", b'{"rating": "1;2;3"}', b"\xff\xfe", gzip.compress(b"{}" * 9, mtime=0)[:-9]]
)
def test_a_file_that_holds_no_ratings_is_named_with_the_reason(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    monkeypatch.setattr(sys, "argv", ["ratings.py", str(path)])
    with pytest.raises(SystemExit) as ended:
        rating_bench.main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{path}: ")
    assert len(said.splitlines()) == 1


def test_ratings_on_another_scale_come_back_from_ours() -> None:
    values = rating_bench.np.array([-3.0, -1.0, 0.0, 1.5, 3.0])
    scale = rating_bench.Scale(values)
    ours = scale.ours(values)
    assert (ours.min(), ours.max()) == (1, 10)
    assert all(abs(scale.theirs(float(o)) - v) <= 0.34 for o, v in zip(ours, values, strict=True))
    own = rating_bench.Scale(rating_bench.np.array([1.0, 3, 10]))
    assert own.ours(rating_bench.np.array([1.0, 3, 10])).tolist() == [1, 3, 10]


def _signatures(folder: Path, *, with_papers: bool) -> None:
    """Two people of one name, four papers each, at two places and with colleagues of their own; packed as the published sets are."""
    signatures, clusters, papers = {}, {}, {}
    for n in range(8):
        whose = n % 2
        about = {"position": 0, "block": "w zhang", "first": "Wei", "middle": None, "last": "Zhang", "suffix": None, "given_name": "Wei Zhang"}
        about["affiliations"] = [f"University of {('Here', 'There')[whose]}"] if n < 6 else []
        signatures[str(n)] = {"signature_id": str(n), "paper_id": 100 + n, "author_info": about}
        clusters.setdefault(f"c{whose}", {"cluster_id": f"c{whose}", "signature_ids": []})["signature_ids"].append(str(n))
        authors = [{"position": 0, "author_name": "Wei Zhang"}, {"position": 1, "author_name": ("Anna Berg", "Otto Stein")[whose]}]
        papers[str(100 + n)] = {"paper_id": 100 + n, "title": f"Paper {n}", "authors": authors, "journal_name": "Annals"}
    files = {"signatures": signatures, "clusters": clusters} | ({"papers": papers} if with_papers else {})
    for name, content in files.items():
        (folder / f"made_{name}.json.gz").write_bytes(gzip.compress(json.dumps(content).encode(), mtime=0))


@pytest.mark.parametrize("with_papers", [False, True])
def test_claims_are_measured_on_any_set_of_that_form_and_the_figures_come_last(tmp_path: Path, with_papers: bool) -> None:
    _signatures(tmp_path, with_papers=with_papers)
    ended = subprocess.run(
        [sys.executable, "bench/claims.py", str(tmp_path), "--authorships", "600"], cwd=ROOT, capture_output=True, text=True, timeout=180
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert (told["n_authorships"], told["n_people"], told["approved_namesakes"]) == (8, 2, 0)
    assert (told["name_fit"]["recall"], told["name_fit"]["n_namesakes"]) == (1.0, 8)
    assert told["suggestions"]["precision"] == 1.0
    # Papers without an institution are told by the colleagues on them, where these are known.
    assert told["suggestions"]["recall"] == (1.0 if with_papers else 0.75)
    assert told["suggesting"]["median_ms"] > 0
