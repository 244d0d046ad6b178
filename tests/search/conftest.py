"""Papers written for the search tests, put in through the front door of the record."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest

from reviewhub.config import Settings
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers.record import Author, Journal, Keyword, PaperRecord, Section
from reviewhub.papers.services import add_or_update
from reviewhub.search import services
from reviewhub.search.backend import SearchIndex
from reviewhub.search.documents import Document
from reviewhub.search.queries import Found, find

from . import opensearch

Add = Callable[..., int]

_numbers = itertools.count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", getattr(metafunc.module, "ENGINES", opensearch.ENGINES), scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Each engine sees papers only: one kind of database is enough for those that are not the default."""
    chosen, left_out = [], []
    for item in items:
        has = getattr(item, "callspec", None)
        engine, kind = (has.params.get("engine", "whoosh"), has.params.get("database_kind")) if has else ("whoosh", None)
        (left_out if engine != "whoosh" and kind == "postgresql" and config.getoption("--database") == "both" else chosen).append(item)
    if left_out:
        items[:] = chosen
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    """An emulator of OpenSearch, one for all tests of this process."""
    with opensearch.emulator() as url:
        yield url


@pytest.fixture(scope="session")
def search_url_of(request: pytest.FixtureRequest, run_name: str) -> Iterator[Callable[[str], str]]:
    """Gives the address of an index of its own in an OpenSearch of this kind."""
    made: list[tuple[list[str], str]] = []

    def new(engine: str) -> str:
        nodes = request.getfixturevalue("emulator_url") if engine == "emulator" else opensearch.cluster_url()
        name = f"{run_name}-{next(_numbers)}".replace("_", "-").lower()
        if engine == "cluster":
            made.append((nodes.split(","), name))
        return f"opensearch:{nodes}#{name}"

    yield new
    for urls, name in made:
        opensearch.clear(urls, name)


@pytest.fixture
def settings(settings: Settings, engine: str, search_url_of: Callable[[str], str]) -> Settings:
    """Settings of a site with an index of its own: each test of this folder runs once on each engine, but for those of one engine alone."""
    return settings if engine == "whoosh" else dataclasses.replace(settings, search_url=search_url_of(engine))


def record(
    title: str, *, abstract: str = "", authors: Sequence[str | Author] = (), keywords: Sequence[str] = (), journal: Journal | None = None, **rest: Any
) -> PaperRecord:
    """A record with what matters to a search; `rest` goes to `PaperRecord`."""
    return PaperRecord(
        source="test", title=title, source_key=title, type=rest.pop("type", "article"), journal=journal or Journal(), keywords=[Keyword(k) for k in keywords],
        abstracts={"und": [Section(html=abstract)]} if abstract else {}, authors=[a if isinstance(a, Author) else Author(a) for a in authors], **rest,
    )  # fmt: skip


@pytest.fixture
def add(database: Database) -> Add:
    """Adds a paper to the database, not to the index; gives its id."""

    def added(title: str, **facts: Any) -> int:
        with database.write() as session, session.begin():
            (outcome,) = add_or_update(session, KEEPER, [record(title, **facts)])
        return outcome.paper_id

    return added


@pytest.fixture
def ask(database: Database, settings: Settings) -> Callable[..., Found]:
    """Asks as the search page does."""

    def asked(text: str, **filters: Any) -> Found:
        with database.read() as session:
            return find(settings, session, text, **filters)

    return asked


@pytest.fixture
def index(database: Database, settings: Settings) -> Callable[[], int]:
    """Builds the index from what is in the database."""
    return lambda: services.rebuild(database, settings)


def lichen(number: int, version: int = 1) -> Document:
    """A document that needs no database."""
    return Document(number, version, "article", 2024, 20240101, None, [f"Lichen number {number}"], texts=["Growing on rocks."])


def build_of(index: SearchIndex, numbers: Iterable[int]) -> None:
    """Builds an index of these lichens."""
    index.rebuild(lambda batch: batch.put(map(lichen, numbers)), lambda batch, written: None)


def lose(settings: Settings) -> None:
    """Takes the index away from under the site."""
    kind, _, place = settings.search_url.partition(":")
    if kind == "whoosh":
        shutil.rmtree(place)
    else:
        nodes, _, name = place.partition("#")
        opensearch.clear(nodes.split(","), name)
