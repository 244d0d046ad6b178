"""Files are taken in whole or up to where they can be read; a run that was stopped goes on; a second run changes nothing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from reviewhub.core.actor import ANYONE, KEEPER
from reviewhub.core.db import Database
from reviewhub.imports import services
from reviewhub.imports.models import ImportRun
from reviewhub.imports.services import Report, import_file, import_stream
from reviewhub.papers.models import Paper, PaperSource
from reviewhub.schema import metadata


def line(n: int, **more: Any) -> str:
    return json.dumps(
        {"source": "test", "title": f"The long enough title of paper number {n}", "type": "article", "identifiers": {"doi": [f"10.1000/{n}"]}, **more}
    )


def written(tmp_path: Path, lines: list[str], name: str = "some.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def figures(report: Report) -> tuple[int, int, int, int, int]:
    return report.n_read, report.n_created, report.n_updated, report.n_unchanged, report.n_rejected


def n_papers(database: Database) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Paper)) or 0


def test_a_second_run_of_a_file_finds_everything_unchanged(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, [line(n) for n in range(700)])
    assert figures(import_file(database, KEEPER, path)) == (700, 700, 0, 0, 0)
    assert figures(import_file(database, KEEPER, path)) == (700, 0, 0, 700, 0)
    assert n_papers(database) == 700


def everything(database: Database) -> list[list[tuple[Any, ...]]]:
    with database.read() as session:
        return [sorted(map(tuple, session.execute(sa.select(table)).all()), key=repr) for table in metadata.sorted_tables]


def test_a_second_run_writes_nothing_at_all(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, [line(n) for n in range(50)] + ["broken"])
    import_file(database, KEEPER, path)
    before = everything(database)
    import_file(database, KEEPER, path)
    assert everything(database) == before


def test_bad_records_are_named_with_place_and_reason_and_the_others_get_in(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, [line(1), '{"source": "test"', line(2), '{"source": "test", "title": ""}', '{"source": "test", "tilte": "x"}', "[1]", line(3)])
    report = import_file(database, KEEPER, path, format="jsonl")
    assert (report.n_created, report.n_rejected) == (3, 4)
    rejected = [p for p in report.problems if p.is_rejection]
    assert len(rejected) == 4
    assert all(p.file == str(path) and p.where and str(p.reason) for p in rejected)


def test_a_stopped_run_goes_on_where_it_was(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, [line(n) for n in range(20)])
    monkeypatch.setattr(services, "BATCH_RECORDS", 5)

    class Stopped(BaseException):
        pass

    def stop(_n_bytes: int, report: Report) -> None:
        if report.n_read == 10:
            raise Stopped

    with pytest.raises(Stopped):
        import_file(database, KEEPER, path, on_progress=stop)
    assert n_papers(database) == 10
    moved = path.rename(tmp_path / "renamed.jsonl")
    report = import_file(database, KEEPER, moved)
    assert report.n_resumed == 10
    assert figures(report) == (20, 20, 0, 0, 0)
    assert figures(import_file(database, KEEPER, moved)) == (20, 0, 0, 20, 0)
    with database.read() as session:
        assert session.scalars(sa.select(ImportRun.state)).all() == ["done"]


def test_a_truncated_gzip_gives_what_is_before_the_cut(database: Database, tmp_path: Path) -> None:
    whole = gzip.compress("\n".join(line(n, publisher=f"{n * 7919 % 104729}" * 50) for n in range(3000)).encode())
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    report = import_file(database, KEEPER, path)
    assert 0 < report.n_created < 3000
    assert not report.is_unreadable
    assert report.n_rejected == len([p for p in report.problems if p.is_rejection]) >= 1
    assert n_papers(database) == report.n_created


@pytest.mark.parametrize("content", [None, b"", b"\x1f\x8b\x08", b"\x00\x01\x02 nothing that anybody knows"])
def test_a_file_of_which_nothing_can_be_read_says_so(database: Database, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    report = import_file(database, KEEPER, path)
    assert report.is_unreadable
    assert str(report.problems[0].reason)
    assert import_file(database, KEEPER, tmp_path).is_unreadable, "a directory"
    assert n_papers(database) == 0


def test_an_unknown_format_is_named_with_those_that_are_known(database: Database, tmp_path: Path) -> None:
    report = import_file(database, KEEPER, written(tmp_path, [line(1)]), format="marc")
    assert report.is_unreadable
    assert "marc" in str(report.problems[0].reason)
    assert "pubmed-xml" in str(report.problems[0].reason)


def test_a_record_the_database_refuses_does_not_take_its_batch_with_it(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewhub.papers import services as papers

    store = papers._store_papers

    def refuse(session: Any, names: Any, ids: Any, best: Any, made: Any) -> None:
        store(session, names, ids, best, made)
        if any("number 3" in b.record.title for b in best):
            session.execute(sa.insert(Paper).values(id=ids[0], title="x", title_key="x", type="article"))  # a key that is taken

    monkeypatch.setattr(papers, "_store_papers", refuse)
    report = import_file(database, KEEPER, written(tmp_path, [line(n) for n in range(6)]))
    assert figures(report) == (6, 5, 0, 0, 1)
    assert "refused" in str(report.problems[0].reason)
    assert n_papers(database) == 5


def test_an_upload_stays_in_the_transaction_of_the_caller_and_within_its_limit(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, [line(n) for n in range(10)])
    with database.write() as session:
        with path.open("rb") as stream:
            report = import_stream(session, ANYONE, stream, "some.jsonl", most=4)
        assert report.n_created == len(report.paper_ids) == 4
        assert "first 4" in str(report.problems[-1].reason)
        session.rollback()
    assert n_papers(database) == 0


def test_the_kept_source_says_whether_a_keeper_or_a_reader_brought_it(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, [line(1)])
    import_file(database, ANYONE, path)
    import_file(database, KEEPER, path)
    with database.read() as session:
        assert session.scalars(sa.select(PaperSource.is_trusted).order_by(PaperSource.id)).all() == [False, True]
