"""Libraries as files: what is handed in lands on the shelf through the site's own readers, what comes out reads back in."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest

from reviewhub.app import MOVERS, SUBSCRIPTIONS
from reviewhub.config import Settings
from reviewhub.core import jobs
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import RuleBroken
from reviewhub.imports import handlers, shelving
from reviewhub.imports.services import import_stream
from reviewhub.library import queries, services
from reviewhub.library.writing import written
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import add_or_update
from tests.people import person


@pytest.fixture(autouse=True)
def subscribed() -> Iterator[None]:
    before = jobs._subscriptions
    jobs.subscribe(jobs.Subscriptions(handlers.SUBSCRIPTIONS))
    yield
    jobs.subscribe(before)


@pytest.fixture
def reader(database: Database) -> Actor:
    with database.write() as session, session.begin():
        return person(session)


def entries(n: int) -> bytes:
    return "\n\n".join(
        f"@article{{key{i}, title={{A study of subject number {i}}}, author={{Doe, Jane}}, year={{2001}}, doi={{10.1234/{i}}}}}" for i in range(n)
    ).encode()


def handed(database: Database, reader: Actor, content: bytes, name: str = "mine.bib") -> int:
    with database.write() as session, session.begin():
        return services.hand_in(session, reader, content, name).id


def shelf(database: Database, reader: Actor) -> list[int]:
    with database.read() as session:
        return sorted(queries.kept_by(session, reader.account_id or 0))


def test_a_file_that_was_handed_in_is_on_the_shelf_when_its_job_is_done(database: Database, settings: Settings, reader: Actor) -> None:
    handed(database, reader, entries(40) + b"\n\n@article{broken, title={")
    jobs.run_due(database, settings)
    with database.read() as session:
        upload = queries.newest_upload(session, reader.account_id or 0)
        assert upload is not None
        assert (upload.state, upload.n_saved, upload.content) == ("done", 40, None)
        assert upload.n_rejected == len(upload.problems) == 1
    assert len(shelf(database, reader)) == 40


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.ris", b"TY  - JOUR\nTI  - A study of lichens in the north\nAU  - Doe, Jane\nPY  - 2001\nER  - \n"),
        (
            "mine.json",
            json.dumps(
                [{"type": "article-journal", "title": "A study of lichens in the north", "issued": {"date-parts": [[2001]]}, "author": [{"family": "Doe"}]}]
            ).encode(),
        ),
    ],
)
def test_every_format_of_the_site_is_taken(database: Database, settings: Settings, reader: Actor, name: str, content: bytes) -> None:
    handed(database, reader, content, name)
    jobs.run_due(database, settings)
    assert len(shelf(database, reader)) == 1


def test_a_reader_s_file_finds_papers_that_are_here_and_does_not_overrule_them(database: Database, settings: Settings, reader: Actor) -> None:
    with database.write() as session, session.begin():
        (here,) = add_or_update(session, KEEPER, [PaperRecord("crossref", title="The true title of it", identifiers={"doi": ["10.1234/0"]})])
    handed(database, reader, entries(1))
    jobs.run_due(database, settings)
    assert shelf(database, reader) == [here.paper_id]
    with database.read() as session:
        assert "The true title of it" in "".join(written(session, [here.paper_id or 0], "ris", site_url="http://x"))


@pytest.mark.parametrize("content", [b"no references at all", b"\x00\x01\x02" * 500, b"{" * 3000])
def test_a_file_that_cannot_be_read_is_said_to_be_so(database: Database, settings: Settings, reader: Actor, content: bytes) -> None:
    handed(database, reader, content, "mine.txt")
    jobs.run_due(database, settings)
    with database.read() as session:
        upload = queries.newest_upload(session, reader.account_id or 0)
        assert upload is not None
        assert (upload.state, upload.n_saved) == ("unreadable", 0)
        assert upload.problems
    assert jobs.run_due(database, settings) == 0


def test_a_long_file_goes_on_where_it_was_left_and_another_waits_its_turn(database: Database, settings: Settings, reader: Actor) -> None:
    upload_id = handed(database, reader, entries(700))
    with pytest.raises(RuleBroken):
        handed(database, reader, entries(1))
    assert not shelving.shelve(database, upload_id, longest_s=0)
    assert len(shelf(database, reader)) == 300  # one batch
    jobs.run_due(database, settings)
    assert len(shelf(database, reader)) == 700
    assert handed(database, reader, entries(1)) != upload_id


def test_what_is_left_when_the_time_is_over_becomes_another_job(database: Database, settings: Settings, reader: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "LONGEST_S", 0.0)
    handed(database, reader, entries(700))
    assert jobs.run_due(database, settings) == 4  # three batches, and a look that finds nothing more
    assert len(shelf(database, reader)) == 700


def test_an_owner_who_left_meanwhile_leaves_no_shelf(database: Database, settings: Settings, reader: Actor) -> None:
    from reviewhub.accounts.erasing import delete_account
    from reviewhub.library import belongings

    upload_id = handed(database, reader, entries(3))
    with database.write() as session, session.begin():
        delete_account(session, reader.account_id or 0, keep=[], belongings=[belongings])
    assert shelving.shelve(database, upload_id, longest_s=60)
    assert shelf(database, reader) == []


@pytest.mark.parametrize("format_name", ["bibtex", "ris", "csl-json"])
def test_a_library_that_was_written_out_reads_back_as_the_same_papers(database: Database, reader: Actor, format_name: str) -> None:
    records = [
        PaperRecord("hand", title=title, published="2001-02", type="article", authors=[Author("Jane Doe", "Doe", "Jane"), Author("王伟", "王", "伟")], identifiers={"doi": [f"10.1234/{n}"]})
        for n, title in enumerate(["Sleep in mice & men", "运动与疼痛的关系研究", "On {braces} and “quotes”"])
    ]  # fmt: skip
    with database.write() as session, session.begin():
        ids = [o.paper_id or 0 for o in add_or_update(session, KEEPER, records)]
        file = "".join(written(session, [*ids, 999_999], format_name, site_url="http://reviewhub.test"))
        report = import_stream(session, reader, io.BytesIO(file.encode()), f"library.{format_name}", movers=MOVERS)
        assert (report.n_read, report.n_rejected, report.n_created) == (3, 0, 0)
        assert report.paper_ids == ids


def test_the_site_hands_library_files_to_their_job() -> None:
    names = jobs.Subscriptions(*SUBSCRIPTIONS).by_event["LibraryFileHanded"][1]
    assert names == [handlers.library_file_handed]
