"""Papers written for the search tests, put in through the front door of the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from reviewhub.config import Settings
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers.record import Author, Journal, Keyword, PaperRecord, Section
from reviewhub.papers.services import add_or_update
from reviewhub.search import services
from reviewhub.search.queries import Found, find

Add = Callable[..., int]


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
