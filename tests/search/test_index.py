"""The index is a shadow of the database: it can lag, break or vanish, and is right again soon."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import sqlalchemy as sa

from reviewhub.config import Settings
from reviewhub.core.db import Database
from reviewhub.papers.models import Paper
from reviewhub.search import documents, services
from reviewhub.search.backend import Filters, IndexAway, IndexBusy
from reviewhub.search.engines import index_for
from reviewhub.search.language import parse
from reviewhub.search.queries import Found
from reviewhub.search.whoosh_index import WhooshIndex, builds, postings

from .conftest import Add

Ask = Callable[..., Found]
Index = Callable[[], int]


@pytest.fixture
def folder(settings: Settings) -> Path:
    return Path(settings.search_url.removeprefix("whoosh:"))


def live(folder: Path) -> Path:
    return folder / (folder / "current").read_text()


def lichen(number: int, version: int = 1) -> documents.Document:
    return documents.Document(number, version, "article", 2024, 20240101, None, [f"Lichen number {number}"], texts=["Growing on rocks."])


def build_of(index: WhooshIndex, numbers: Iterable[int]) -> None:
    index.rebuild(lambda batch: batch.put(map(lichen, numbers)), lambda batch, written: None)


def drop(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        session.execute(sa.delete(Paper).where(Paper.id == paper_id))


def test_what_is_not_built_is_away_and_says_so(add: Add, ask: Ask, database: Database, settings: Settings) -> None:
    add("Lichens")
    assert ask("lichens") == Found(0, [], is_away=True)
    assert services.needs_rebuild(database, settings)
    assert [str(problem) for problem in services.check(database, settings)] == ["The index cannot be used: it has not been built"]


def test_preparing_builds_once_and_then_has_nothing_to_do(add: Add, ask: Ask, database: Database, settings: Settings, folder: Path) -> None:
    add("Lichens")
    assert services.prepare(database, settings) == 1
    build = live(folder)
    assert services.prepare(database, settings) == 0
    assert live(folder) == build
    assert not services.needs_rebuild(database, settings)
    assert services.check(database, settings) == []
    assert ask("lichens").total == 1


def test_updating_adds_changes_and_takes_out(add: Add, ask: Ask, index: Index, database: Database, settings: Settings) -> None:
    gone = add("Lichens of the north")
    index()
    new = add("Lichens of the south")
    assert ask("lichens").ids == [gone]
    services.update(database, settings, [new])
    assert sorted(ask("lichens").ids) == [gone, new]
    with database.write() as session, session.begin():
        session.execute(sa.update(Paper).where(Paper.id == new).values(title="Mosses of the south", version=Paper.version + 1))
    drop(database, gone)
    services.update(database, settings, [gone, new, 999_999])
    assert ask("lichens").total == 0
    assert ask("mosses").ids == [new]
    assert index_for(settings).count() == 1


def test_updating_twice_is_as_updating_once(add: Add, ask: Ask, index: Index, database: Database, settings: Settings) -> None:
    paper = add("Lichens")
    index()
    for _ in range(3):
        services.update(database, settings, [paper, paper])
    assert ask("lichens") == Found(1, [paper])
    assert index_for(settings).count() == 1


def test_comparing_names_what_is_missing_stale_and_too_many(add: Add, index: Index, database: Database, settings: Settings) -> None:
    stale, extra, *_ = [add(f"Lichen {n}") for n in range(20)]
    index()
    missing = add("Moss")
    drop(database, extra)
    with database.write() as session, session.begin():
        session.execute(sa.update(Paper).where(Paper.id == stale).values(version=Paper.version + 1))
    found = services.compare(database, settings)
    assert (found.missing, found.stale, found.extra, found.is_sound) == ([missing], [stale], [extra], False)
    assert len(services.check(database, settings)) == 3
    assert not services.needs_rebuild(database, settings)
    assert services.prepare(database, settings) == 3
    assert services.compare(database, settings).is_sound


def test_an_index_far_behind_is_built_anew(add: Add, index: Index, database: Database, settings: Settings, folder: Path) -> None:
    index()
    before = live(folder)
    for n in range(3):
        add(f"Lichen {n}")
    assert services.needs_rebuild(database, settings)
    assert services.prepare(database, settings) == 3
    assert live(folder) != before
    assert not before.exists()


def test_a_deleted_folder_is_made_anew_by_the_next_change(add: Add, ask: Ask, index: Index, database: Database, settings: Settings, folder: Path) -> None:
    import shutil

    first, second = add("Lichens"), add("Lichens again")
    index()
    assert ask("lichens").total == 2
    shutil.rmtree(folder)
    assert ask("lichens").is_away
    services.update(database, settings, [second])
    assert sorted(ask("lichens").ids) == [first, second]


def harmed(path: Path, harm: str) -> None:
    whole = path.read_bytes()
    if harm == "removed":
        path.unlink()
    else:
        path.write_bytes({"emptied": b"", "cut": whole[: len(whole) // 3], "noise": random.Random(5).randbytes(len(whole))}[harm])


# Whoosh leaves files open that it fails to read; they are closed when the failure is forgotten.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("harm", ["emptied", "cut", "noise", "removed"])
@pytest.mark.parametrize("kind", ["*.toc", "*.trm", "*.doc", "fingerprint", "current"])
def test_a_damaged_file_is_noticed_and_mended(harm: str, kind: str, tmp_path: Path) -> None:
    index = WhooshIndex(tmp_path / "search")
    build_of(index, range(30))
    harmed(index.folder / "current" if kind == "current" else next(live(index.folder).glob(kind)), harm)
    for reader in (WhooshIndex(index.folder), WhooshIndex(index.folder)):
        with pytest.raises(IndexAway):
            reader.search(parse("lichen"), Filters(), "relevance", 0, 50)
        assert reader.trouble()
        with pytest.raises(IndexAway), reader.batch():
            pass
    build_of(index, range(30))
    assert index.trouble() is None
    assert index.search(parse("lichen"), Filters(), "relevance", 0, 50).total == 30


@pytest.mark.parametrize("harm", ["emptied", "cut", "noise", "removed"])
@pytest.mark.parametrize("kind", ["*.ids", "*.wts", "*.cnt", "*.pos"])
def test_damaged_lists_are_found_by_comparing_and_break_no_search(harm: str, kind: str, tmp_path: Path) -> None:
    index = WhooshIndex(tmp_path / "search")
    build_of(index, range(30))
    index.search(parse("lichen"), Filters(), "relevance", 0, 50)  # the files are open now
    harmed(next(live(index.folder).glob(kind)), harm)
    for reader in (index, WhooshIndex(index.folder)):
        for typed in ("lichen", '"lichen number"', "growing on rocks", "number*"):
            with contextlib.suppress(IndexAway):
                reader.search(parse(typed), Filters(), "relevance", 0, 50)
    with pytest.raises(IndexAway):
        WhooshIndex(index.folder).versions()
    build_of(index, range(30))
    assert len(index.versions()) == 30


def test_a_build_that_could_not_be_read_is_not_tried_at_every_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = WhooshIndex(tmp_path / "search")
    build_of(index, range(3))
    next(live(index.folder).glob("*.trm")).unlink()
    assert index.trouble()
    started = time.monotonic()
    for _ in range(20):
        assert index.trouble()
    assert time.monotonic() - started < 1
    build_of(index, range(3))
    assert index.trouble() is None


def test_another_way_of_indexing_asks_for_a_rebuild(
    add: Add, ask: Ask, index: Index, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("Lichens")
    index()
    before = postings.fingerprint()
    monkeypatch.setattr(postings, "FORMAT", postings.FORMAT + 1)
    postings.fingerprint.cache_clear()
    try:
        assert postings.fingerprint() != before
        builds_anew = WhooshIndex(Path(settings.search_url.removeprefix("whoosh:")))
        assert builds_anew.trouble() == "it was built by another version of this program"
    finally:
        monkeypatch.undo()
        postings.fingerprint.cache_clear()
    assert postings.fingerprint() == before


def test_the_old_index_answers_while_the_new_is_built_and_changes_made_meanwhile_are_in_it(
    add: Add, ask: Ask, index: Index, database: Database, settings: Settings
) -> None:
    stays, goes, turns = add("Lichens that stay"), add("Lichens that go"), add("Lichens that turn")
    index()
    came: list[int] = []

    def told(n: int) -> None:
        if came:
            return
        assert sorted(ask("lichens").ids) == [stays, goes, turns]
        came.append(add("Ferns"))
        drop(database, goes)
        with database.write() as session, session.begin():
            session.execute(sa.update(Paper).where(Paper.id == turns).values(title="Mosses", version=Paper.version + 1))
        services.update(database, settings, [*came, goes, turns])
        assert (ask("lichens").ids, ask("mosses").ids, ask("ferns").ids) == ([stays], [turns], came)

    services.rebuild(database, settings, told)
    assert (ask("lichens").ids, ask("mosses").ids, ask("ferns").ids) == ([stays], [turns], came)
    assert services.check(database, settings) == []


def test_a_rebuild_that_fails_leaves_the_old_index_and_nothing_else(
    add: Add, ask: Ask, index: Index, database: Database, settings: Settings, folder: Path
) -> None:
    add("Lichens")
    index()
    before = sorted(folder.iterdir())

    def told(n: int) -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        services.rebuild(database, settings, told)
    assert sorted(p for p in folder.iterdir() if p.is_dir()) == [p for p in before if p.is_dir()]
    assert ask("lichens").total == 1


def test_two_rebuilds_at_once_are_one_too_many(add: Add, index: Index, database: Database, settings: Settings) -> None:
    add("Lichens")

    def told(n: int) -> None:
        with pytest.raises(IndexBusy):
            services.rebuild(database, settings)

    assert services.rebuild(database, settings, told) == 1


def test_a_batch_that_fails_changes_nothing(add: Add, ask: Ask, index: Index, database: Database, settings: Settings) -> None:
    kept = add("Lichens")
    index()
    new = add("Mosses")
    with database.read() as session:
        found = documents.read(session, [new])
    with pytest.raises(ZeroDivisionError), index_for(settings).batch() as batch:  # noqa: PT012
        batch.delete([kept])
        batch.put(found)
        raise ZeroDivisionError
    assert ask("lichens").ids == [kept]
    assert ask("mosses").total == 0
    services.update(database, settings, [new])
    assert ask("mosses").ids == [new]


def test_a_writer_waits_its_turn_and_then_says_busy(add: Add, index: Index, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    index()
    monkeypatch.setattr(builds, "WRITE_WAIT_S", 0.2)
    with index_for(settings).batch(), pytest.raises(IndexBusy), WhooshIndex(Path(settings.search_url.removeprefix("whoosh:"))).batch():
        pass


def test_a_lock_held_by_another_program_says_busy(add: Add, index: Index, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from whoosh import index as whoosh_index

    index()
    monkeypatch.setattr(builds, "WRITE_WAIT_S", 0.2)
    writer = whoosh_index.open_dir(str(live(folder)), indexname="papers").writer()
    try:
        with pytest.raises(IndexBusy), index_for(settings).batch():
            pass
    finally:
        writer.cancel()


def test_another_reader_sees_a_commit_on_its_next_search(add: Add, index: Index, database: Database, settings: Settings, folder: Path) -> None:
    index()
    reader = WhooshIndex(folder)
    paper = add("Lichens")
    assert reader.search(parse("lichens"), Filters(), "relevance", 0, 10).total == 0
    services.update(database, settings, [paper])
    assert reader.search(parse("lichens"), Filters(), "relevance", 0, 10).total == 1
    services.rebuild(database, settings)
    assert reader.search(parse("lichens"), Filters(), "relevance", 0, 10).total == 1


def test_readers_in_many_threads_are_never_disturbed_by_a_writer(tmp_path: Path) -> None:
    index = WhooshIndex(tmp_path / "search")
    build_of(index, range(40))
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        try:
            while not stop.is_set():
                total = index.search(parse("lichen"), Filters(), "relevance", 0, 50).total
                if total != 40:
                    wrong.append(total)
        except Exception as error:  # noqa: BLE001 - whatever a reader meets is told below
            wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in readers:
        thread.start()
    for n in range(12):
        with WhooshIndex(index.folder).batch() as batch:
            batch.put([lichen(n, 2), lichen(n + 1, 2)])
        if n % 4 == 3:
            build_of(index, range(40))
    stop.set()
    for thread in readers:
        thread.join()
    assert wrong == []


def _write_until_killed(folder: str, stage: str, gate: object) -> None:
    """In a process of its own: changes paper 1 and stays where it is to be killed."""
    index = WhooshIndex(Path(folder))
    changed = documents.Document(1, 2, "article", 2024, 20240101, None, ["Changed"])
    with index.batch() as batch:
        batch.put([changed])
        if stage == "before the commit":
            gate.set()  # type: ignore[attr-defined]
            time.sleep(60)
        else:
            from whoosh.index import TOC

            def hang(*_args: object, **_options: object) -> None:
                gate.set()  # type: ignore[attr-defined]
                time.sleep(60)

            TOC.write = hang


@pytest.mark.parametrize("stage", ["before the commit", "within the commit"])
def test_a_writer_killed_between_add_and_commit_leaves_the_index_as_it_was(stage: str, tmp_path: Path) -> None:
    index = WhooshIndex(tmp_path / "search")
    first = documents.Document(1, 1, "article", 2024, 20240101, None, ["Lichens"])
    index.rebuild(lambda batch: batch.put([first]), lambda batch, written: None)
    context = multiprocessing.get_context("spawn")
    gate = context.Event()
    writer = context.Process(target=_write_until_killed, args=(str(index.folder), stage, gate))
    writer.start()
    assert gate.wait(60)
    assert writer.pid
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert index.versions() == {1: 1}
    assert WhooshIndex(index.folder).search(parse("lichens"), Filters(), "relevance", 0, 10).total == 1
    with index.batch() as batch:  # the lock went with the process
        batch.put([documents.Document(1, 3, "article", 2024, 20240101, None, ["Mosses"])])
    assert index.versions() == {1: 3}
    assert index.search(parse("mosses"), Filters(), "relevance", 0, 10).hits[0][0] == 1


def test_an_unknown_engine_is_refused_by_name(settings: Settings) -> None:
    import dataclasses

    with pytest.raises(ValueError, match="REVIEWHUB_SEARCH_URL"):
        index_for(dataclasses.replace(settings, search_url="carrier-pigeon:here"))


def test_versions_of_a_missing_index_raise(tmp_path: Path) -> None:
    with pytest.raises(IndexAway):
        WhooshIndex(tmp_path / "nowhere").versions()


def test_many_papers_are_read_in_few_statements(add: Add, database: Database) -> None:
    ids = [add(f"Lichen {n}", authors=["Ann Other"], keywords=["moss"]) for n in range(20)]
    statements: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with database.read() as session:
        assert [d.id for d in documents.read(session, ids)] == ids
    assert sum(statement.startswith("SELECT") for statement in statements) <= 8


def test_a_whole_book_in_an_abstract_is_cut(add: Add, database: Database) -> None:
    paper = add("A book", abstract="word " * 36_000)
    with database.read() as session:
        (document,) = documents.read(session, [paper])
    assert sum(map(len, document.texts)) == documents.MAX_TEXT_CHARS
