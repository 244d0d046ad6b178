"""The index is a shadow of the database: it can lag, break or vanish, and is right again soon. Every engine keeps to this."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from reviewhub.config import Settings
from reviewhub.core.db import Database
from reviewhub.papers.models import Paper
from reviewhub.search import documents, engines, services
from reviewhub.search.backend import Filters, IndexAway, IndexBusy, SearchIndex
from reviewhub.search.engines import index_for
from reviewhub.search.language import parse
from reviewhub.search.queries import Found

from .conftest import Add, build_of, lichen

Ask = Callable[..., Found]
Index = Callable[[], int]


def another(settings: Settings) -> SearchIndex:
    """The index as another process has it."""
    return engines._index(settings.search_url, -1)


def drop(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        session.execute(sa.delete(Paper).where(Paper.id == paper_id))


def test_what_is_not_built_is_away_and_says_so(add: Add, ask: Ask, database: Database, settings: Settings) -> None:
    add("Lichens")
    assert ask("lichens") == Found(0, [], is_away=True)
    assert services.needs_rebuild(database, settings)
    assert [str(problem) for problem in services.check(database, settings)] == ["The index cannot be used: it has not been built"]


def test_preparing_builds_once_and_then_has_nothing_to_do(add: Add, ask: Ask, database: Database, settings: Settings) -> None:
    add("Lichens")
    assert services.prepare(database, settings) == 1
    assert services.prepare(database, settings) == 0
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


def test_an_index_far_behind_is_built_anew(add: Add, index: Index, database: Database, settings: Settings) -> None:
    index()
    for n in range(3):
        add(f"Lichen {n}")
    assert services.needs_rebuild(database, settings)
    assert services.prepare(database, settings) == 3


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


def test_another_reader_sees_a_commit_on_its_next_search(add: Add, index: Index, database: Database, settings: Settings) -> None:
    index()
    reader = another(settings)
    paper = add("Lichens")
    assert reader.search(parse("lichens"), Filters(), "relevance", 0, 10).total == 0
    services.update(database, settings, [paper])
    assert reader.search(parse("lichens"), Filters(), "relevance", 0, 10).total == 1
    services.rebuild(database, settings)
    assert reader.search(parse("lichens"), Filters(), "relevance", 0, 10).total == 1


def test_readers_in_many_threads_are_never_disturbed_by_a_writer(settings: Settings) -> None:
    index = index_for(settings)
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
        with another(settings).batch() as batch:
            batch.put([lichen(n, 2), lichen(n + 1, 2)])
        if n % 4 == 3:
            build_of(index, range(40))
    stop.set()
    for thread in readers:
        thread.join()
    assert wrong == []


def test_an_unknown_engine_is_refused_by_name(settings: Settings) -> None:
    import dataclasses

    with pytest.raises(ValueError, match="REVIEWHUB_SEARCH_URL"):
        index_for(dataclasses.replace(settings, search_url="carrier-pigeon:here"))


def test_versions_of_a_missing_index_raise(settings: Settings) -> None:
    with pytest.raises(IndexAway):
        index_for(settings).versions()


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


def test_a_rebuild_that_fails_leaves_the_old_index(add: Add, ask: Ask, index: Index, database: Database, settings: Settings) -> None:
    add("Lichens")
    index()

    def told(n: int) -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        services.rebuild(database, settings, told)
    assert ask("lichens").total == 1
    assert services.rebuild(database, settings) == 1
