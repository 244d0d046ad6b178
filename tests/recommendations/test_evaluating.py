"""The collection is read in every shape it comes in, the table stands beside the simple ways, and a bad folder is named with the reason."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from reviewhub.recommendations import dataset
from reviewhub.recommendations.dataset import BadFolder
from reviewhub.recommendations.evaluating import Row, Times, evaluate

from .conftest import WORDS

N_EACH = 30


def write(folder: Path, *, titles: bool = False, packed: bool = False, citations: bool = True, readers: int = 40) -> Path:
    """A collection of two fields: readers keep ten papers of theirs, five to train on."""
    chosen = random.Random(3)
    fields = [WORDS["lichens"], WORDS["pulsars"]]
    vocabulary = fields[0] + fields[1]
    texts = [[chosen.choice(fields[i // N_EACH]) for _ in range(12)] for i in range(2 * N_EACH)]
    libraries = [chosen.sample(range(n % 2 * N_EACH, n % 2 * N_EACH + N_EACH), 10) for n in range(readers)]

    def put(name: str, lines: list[str]) -> None:
        text = "\n".join(lines) + "\n"
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / name).write_text(text)

    if titles:
        put("titles.txt", [" ".join(text) for text in texts])
    else:
        put("vocabulary.dat", vocabulary)
        put("mult.dat", [f"{len(set(text))} " + " ".join(f"{vocabulary.index(word)}:{text.count(word)}" for word in sorted(set(text))) for text in texts])
    if citations:
        put("citations.dat", [f"1 {(i + 1) % N_EACH + i // N_EACH * N_EACH}" for i in range(2 * N_EACH)])
    for part, cut in (("train", slice(0, 5)), ("test", slice(5, 10))):
        put(f"cf-{part}-1-users.dat", ["0"] * readers)
        put(f"cf-{part}-10-users.dat", [f"5 {' '.join(map(str, kept[cut]))}" for kept in libraries])
    return folder


@pytest.mark.parametrize("shape", [{}, {"titles": True}, {"packed": True}, {"citations": False, "titles": True, "packed": True}])
def test_a_collection_is_read_in_any_shape(tmp_path: Path, shape: dict[str, bool]) -> None:
    found = dataset.read(write(tmp_path, **shape))
    assert found.corpus.n_papers == 2 * N_EACH
    assert found.corpus.libraries.shape == found.hidden.shape == (40, 2 * N_EACH)
    assert found.corpus.libraries.nnz == found.hidden.nnz == 200  # of the split with the longest lists
    assert (found.corpus.references.nnz > 0) == shape.get("citations", True)
    assert found.corpus.terms[[0]].nnz > 3


def test_the_table_has_a_row_for_each_task_and_way_and_the_model_knows_the_fields(tmp_path: Path) -> None:
    told = list(evaluate(dataset.read(write(tmp_path)), run=tmp_path / "run"))
    rows = {(row.task, row.method): row for row in told if isinstance(row, Row)}
    ways = ["popularity", "text alone", "neighbours alone", "the model"]
    assert set(rows) == {(task, way) for task in ("for you", "related") for way in ways} | {("cold start", way) for way in ways if way != "neighbours alone"}
    assert sum(isinstance(row, Times) for row in told) == 1
    for task in ("for you", "related", "cold start"):
        assert rows[task, "the model"].figures["nDCG@20"] > rows[task, "popularity"].figures["nDCG@20"]
    assert rows["for you", "the model"].n_readers == 40


def test_the_run_holds_every_reader_s_papers_without_those_trained_on(tmp_path: Path) -> None:
    collection = dataset.read(write(tmp_path))
    list(evaluate(collection, run=tmp_path / "run"))
    lines = (tmp_path / "run").read_text().splitlines()
    assert [int(line.split("\t")[0]) for line in lines] == list(range(40))
    for reader, line in enumerate(lines):
        items = [int(word) for word in line.split("\t")[1].split(" ")]
        kept = set(collection.corpus.libraries[[reader]].indices.tolist())
        assert len(items) == len(set(items)) == 2 * N_EACH - 5
        assert not kept & set(items)
        assert sum(item // N_EACH == reader % 2 for item in items[:20]) >= 18


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: [path.unlink() for path in folder.glob("cf-train*")], "no cf-train"),
        (lambda folder: (folder / "mult.dat").unlink(), "neither mult.dat nor titles.txt"),
        (lambda folder: (folder / "mult.dat").write_text("2 1:1 nonsense\n"), "line 1"),
        (lambda folder: (folder / "cf-test-10-users.dat").write_text("1 3\n1 x\n"), "line 2"),
        (lambda folder: (folder / "cf-test-10-users.dat").rename(folder / "cf-test-10-users.dat.gz"), "cannot be read"),
        (lambda folder: [path.write_text("") for path in folder.glob("*.dat")], "No paper"),
    ],
)
def test_a_bad_folder_is_named_with_the_reason(tmp_path: Path, app: Flask, spoil: Callable[[Path], object], said: str) -> None:
    spoil(write(tmp_path))
    with pytest.raises(BadFolder) as refused:
        dataset.read(tmp_path)
    assert said in str(refused.value.args[0])
    ended = app.test_cli_runner().invoke(args=["recommendations", "evaluate", str(tmp_path)])
    assert ended.exit_code == 2
    assert said in ended.output


def test_the_commands_print_what_they_made(tmp_path: Path, app: Flask) -> None:
    from .conftest import settle

    ended = app.test_cli_runner().invoke(args=["recommendations", "evaluate", str(write(tmp_path))])
    assert ended.exit_code == 0, ended.output
    assert "recall@300" in ended.output
    assert "cold start" in ended.output
    none = app.test_cli_runner().invoke(args=["recommendations", "train"])
    assert none.output.startswith("No model")
    with app.extensions["database"].write() as session, session.begin():
        settle(session)
    made = app.test_cli_runner().invoke(args=["recommendations", "train"])
    assert made.output.startswith("28 papers, 12 readers, 96 entries")
    assert made.output.endswith("28 lists of related papers\n")


def test_on_real_libraries_the_model_stands_above_the_simple_ways(shared_data: Path) -> None:
    """A tenth of the readers, to be quick; the whole is what `flask recommendations evaluate` is for."""
    from reviewhub.recommendations import model as modelling
    from reviewhub.recommendations.evaluating import _judged, _ones

    collection = dataset.read(shared_data / "recommendations" / "citeulike-t")
    model = modelling.train(collection.corpus)
    some = collection.hidden
    some.data[:] = 1
    some = dataset.from_lists([some[[n]].indices.tolist() if n % 10 == 0 else [] for n in range(some.shape[0])], some.shape[1])
    row = _judged("for you", "the model", lambda kept, reader: modelling.scores(model, kept, _ones(kept), reader=reader), collection.corpus.libraries, some)
    assert row.n_readers > 200
    assert row.figures["recall@50"] > 0.25
    assert row.figures["recall@300"] > 0.5
