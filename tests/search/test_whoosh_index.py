"""What only the engine in a folder has: files that are harmed, locks, and writers that are killed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewhub.config import Settings
from reviewhub.core.db import Database
from reviewhub.search import documents, services
from reviewhub.search.backend import Filters, IndexAway, IndexBusy
from reviewhub.search.engines import index_for
from reviewhub.search.language import parse
from reviewhub.search.queries import Found
from reviewhub.search.whoosh_index import WhooshIndex, builds, postings

from .conftest import Add, build_of

ENGINES = ("whoosh",)

Ask = Callable[..., Found]
Index = Callable[[], int]


@pytest.fixture
def folder(settings: Settings) -> Path:
    return Path(settings.search_url.removeprefix("whoosh:"))


def live(folder: Path) -> Path:
    return folder / (folder / "current").read_text()


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
@pytest.mark.parametrize("kind", ["*.ids", "*.wts", "*.pos"])
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


def test_a_rebuild_leaves_nothing_of_the_build_before(add: Add, index: Index, folder: Path) -> None:
    index()
    before = live(folder)
    add("Lichens")
    index()
    assert live(folder) != before
    assert [path for path in folder.iterdir() if path.is_dir()] == [live(folder)]


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
