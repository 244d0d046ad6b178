"""What the benchmarks feed the site is what the site would be fed: their made-up files read without a complaint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
