"""Finished pages: handed out again as they are, never to somebody they were not made for, never after a change."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from reviewhub.accounts.models import Account
from reviewhub.config import Settings
from reviewhub.core import changes, clock
from reviewhub.core.changes import PageChange
from reviewhub.core.db import Base, Database
from reviewhub.discussion import services as discussion
from reviewhub.discussion.services import Written
from reviewhub.events import TimeCame
from reviewhub.library import lists as library
from reviewhub.papers.models import Journal, Paper
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import merge_papers
from reviewhub.people.models import Claim, Person
from reviewhub.ratings.services import Given, rate
from reviewhub.recommendations.models import RelatedList, RelatedPaper
from reviewhub.web.support import kept_pages
from tests.people import person, rated, signed_in

from .test_records import FULL, statements, take_in

GZIP = {"Accept-Encoding": "gzip"}
# What tells how a paper was printed changes only with the version of the paper, which is watched.
OF_THE_RECORD = {"authorships", "paper_identifiers", "paper_keywords", "paper_fundings", "paper_references", "paper_relations", "paper_sources"}
# Rows that change only together with a row that is watched.
MADE_TOGETHER = {"related_papers": "related_lists"}


def page(client: FlaskClient, path: str, **headers: str) -> str:
    answer = client.get(path, headers={**GZIP, **headers})
    assert answer.status_code == 200
    return gzip.decompress(answer.data).decode() if answer.headers.get("Content-Encoding") == "gzip" else answer.text


def test_a_page_is_made_once_and_handed_out_as_it_is(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    for path in (f"/papers/{paper_id}", f"/zh/papers/{paper_id}", "/papers"):
        first = client.get(path, headers=GZIP)
        with statements(app) as said:
            again = client.get(path, headers=GZIP)
        assert said == []
        assert (again.status_code, again.data, dict(again.headers)) == (200, first.data, dict(first.headers))
        assert "default-src 'none'" in again.headers["Content-Security-Policy"]


def test_languages_do_not_mix(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    for _ in range(2):
        assert "评分" in page(client, f"/zh/papers/{paper_id}")
        assert "Primary rating" in page(client, f"/papers/{paper_id}")
        assert "本页有中文版" in page(client, f"/papers/{paper_id}", **{"Accept-Language": "zh-CN,zh;q=0.9"})
        assert "本页有中文版" not in page(client, f"/papers/{paper_id}", **{"Accept-Language": "en-GB"})


def test_who_has_the_page_is_told_so(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    etag = client.get(f"/papers/{paper_id}", headers=GZIP).headers["ETag"]
    same = client.get(f"/papers/{paper_id}", headers={**GZIP, "If-None-Match": etag})
    assert (same.status_code, same.data) == (304, b"")
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_id, [8])
    other = client.get(f"/papers/{paper_id}", headers={**GZIP, "If-None-Match": etag})
    assert other.status_code == 200
    assert other.headers["ETag"] != etag


def test_nobody_is_served_what_was_made_for_another(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    path = f"/papers/{paper_id}"
    reader = signed_in(app, name="Somebody Quite Particular")
    assert "Somebody Quite Particular" in page(reader, path)
    assert "Somebody Quite Particular" not in page(client, path)
    assert "Somebody Quite Particular" in page(reader, path)
    dark = app.test_client()
    dark.set_cookie("theme", "dark")
    assert 'data-theme="dark"' in page(dark, path)
    assert 'data-theme="dark"' not in page(client, path)


def test_questions_other_encodings_and_other_methods_go_to_the_site(app: Flask, client: FlaskClient) -> None:
    (paper_id,) = take_in(app, FULL)
    page(client, f"/papers/{paper_id}")
    plain = client.get(f"/papers/{paper_id}")
    assert "Content-Encoding" not in plain.headers
    assert "Primary rating" in plain.text
    assert client.head(f"/papers/{paper_id}", headers=GZIP).data == b""
    assert client.get("/papers?sort=nonsense", headers=GZIP).status_code in (200, 400, 404)
    for missing in ("/papers/999999", "/papers/99999999999", "/papers/0", "/papers/-1"):
        for _ in range(2):
            assert client.get(missing, headers=GZIP).status_code == 404


def _rate(session: Session, paper_id: int) -> str:
    rated(session, paper_id, [9])
    return "rating-not-enough"


def _comment(session: Session, paper_id: int) -> str:
    discussion.write(session, person(session, "A Critic"), paper_id, Written("remark", "Quite a remarkable remark."), secret_key="k")
    return "remarkable remark"


def _claim(session: Session, paper_id: int) -> str:
    author = session.scalar(sa.select(Person)) or Person(name="Jane of the Profile", made_at=clock.now(), changed_at=clock.now())
    session.add(author)
    session.flush()
    who = person(session)
    session.add(
        Claim(
            paper_id=paper_id,
            position=1,
            name="Jane",
            name_key="x",
            person_id=author.id,
            account_id=who.account_id,
            state="approved",
            proof="moderator",
            made_at=clock.now(),
            changed_at=clock.now(),
        )
    )
    return "Confirmed author"


def _journal_renamed(session: Session, _paper_id: int) -> str:
    session.execute(sa.update(Journal).values(name="The Renamed Journal"))
    return "The Renamed Journal"


@pytest.mark.parametrize("change", [_rate, _claim, _journal_renamed])
def test_what_changed_shows_on_the_next_load(app: Flask, client: FlaskClient, change: Callable[[Session, int], str]) -> None:
    (paper_id,) = take_in(app, FULL)
    before = {path: page(client, path) for path in (f"/papers/{paper_id}", f"/zh/papers/{paper_id}")}
    with app.extensions["database"].write() as session, session.begin():
        told = change(session, paper_id)
    assert told in page(client, f"/papers/{paper_id}")
    assert told not in before[f"/papers/{paper_id}"]
    assert page(client, f"/zh/papers/{paper_id}") != before[f"/zh/papers/{paper_id}"]


def test_a_change_of_one_paper_leaves_the_page_of_another(app: Flask, client: FlaskClient) -> None:
    one, other = take_in(app, FULL, PaperRecord("hand", title="Another paper altogether"))
    page(client, f"/papers/{one}")
    page(client, f"/papers/{other}")
    with app.extensions["database"].write() as session, session.begin():
        rated(session, one, [9])
    with statements(app) as said:
        page(client, f"/papers/{other}")
    assert said == []
    with statements(app) as said:
        page(client, f"/papers/{one}")
    assert said


def test_a_paper_that_was_merged_leads_on(app: Flask, client: FlaskClient) -> None:
    kept, gone = take_in(app, FULL, PaperRecord("hand", title="Another paper altogether"))
    for paper_id in (kept, gone):
        page(client, f"/papers/{paper_id}")
    with app.extensions["database"].write() as session, session.begin():
        rated(session, gone, [9])
    assert "rating-not-enough" in page(client, f"/papers/{gone}")
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, kept, gone, movers=app.extensions["movers"])
    assert client.get(f"/papers/{gone}", headers=GZIP).status_code == 301
    assert "rating-not-enough" in page(client, f"/papers/{kept}")


def test_every_table_that_a_kept_page_reads_is_watched(app: Flask, client: FlaskClient) -> None:
    """A page that shows something new of another table would be handed out old: then declare it in the table's model."""
    one, other = take_in(app, FULL, PaperRecord("hand", title="Another paper altogether", authors=[Author("Jane Doe")]))
    with app.extensions["database"].write() as session, session.begin():
        rated(session, one, [9, 8, 7, 3, 2, 6])
        rate(session, person(session), one, Given(8, text="A few words about it. " * 5))
        _comment(session, one)
        _claim(session, one)
        session.add(RelatedList(paper_id=one, made_at=clock.now()))
        session.add(RelatedPaper(paper_id=one, position=1, other_id=other, reasons=[]))
        owner = person(session)
        made = library.make_list(session, owner, title="A list to read", is_public=True)
        library.put_on_list(session, owner, made.id, one)
    with statements(app) as said:
        for path in (f"/papers/{one}", f"/papers/{other}", f"/zh/papers/{one}", "/papers"):
            page(client, path)
    read = {table for statement in said for table in re.findall(r'\b(?:FROM|JOIN)\s+"?([a-z_]+)', statement)}
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    assert {"papers", "ratings", "paper_scores", "claims"} <= read
    unwatched = {name for name in read & tables.keys() if "shown" not in tables[name].info}
    assert unwatched - OF_THE_RECORD <= MADE_TOGETHER.keys()
    assert all("shown" in tables[name].info for name in MADE_TOGETHER.values())


def test_each_watched_table_has_its_triggers(database: Database) -> None:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            found = set(connection.scalars(sa.text("SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'")))
        else:
            found = set(connection.scalars(sa.text("SELECT DISTINCT event_object_table FROM information_schema.triggers")))
    assert found == {table.name for table in Base.metadata.sorted_tables if "shown" in table.info}


def test_a_writer_who_is_not_done_keeps_pages_from_being_kept(app: Flask, client: FlaskClient, database: Database) -> None:
    """Numbers are given out before they can be seen: a page made in between is right, and not to be kept."""
    if database.is_sqlite:
        pytest.skip("one writer at a time: numbers come in order")
    (paper_id,) = take_in(app, FULL)
    with database.write() as slow, database.write() as quick:
        rated(slow, paper_id, [2])  # takes its numbers first …
        quick.execute(sa.update(Account).values(institution="Elsewhere"))
        slow.flush()
        quick.execute(sa.insert(PageChange).values(paper_id=paper_id))
        quick.commit()  # … and is seen last
        assert not changes.is_quiet(database)
        before = page(client, f"/papers/{paper_id}")
        slow.commit()
    assert page(client, f"/papers/{paper_id}") != before


def test_notes_that_were_overtaken_go_and_numbers_only_grow(app: Flask, client: FlaskClient, database: Database, settings: Settings) -> None:
    (paper_id,) = take_in(app, FULL)
    with database.write() as session, session.begin():
        rated(session, paper_id, [9, 8, 7])
    before, stamp = page(client, f"/papers/{paper_id}"), changes.stamp_of(database, paper_id)
    changes.forget_overtaken(database, settings, TimeCame())
    with database.read() as session:
        left = session.scalars(sa.select(PageChange.paper_id).order_by(PageChange.paper_id)).all()
    assert left == sorted(set(left))
    assert changes.stamp_of(database, paper_id) == stamp
    with statements(app) as said:
        assert page(client, f"/papers/{paper_id}") == before
    assert said == []


def test_pages_take_no_more_room_than_is_given(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = take_in(app, *(PaperRecord("hand", title=f"Paper number {n} of a longer row") for n in range(6)))
    size = len(client.get(f"/papers/{ids[0]}", headers=GZIP).data)
    monkeypatch.setattr(kept_pages, "MOST_BYTES", 3 * size + size // 2)
    for paper_id in ids:
        page(client, f"/papers/{paper_id}")
    kept = []
    for paper_id in reversed(ids):
        with statements(app) as said:
            page(client, f"/papers/{paper_id}")
        kept.append(not said)
        if said:
            break
    assert kept == [True, True, True, False]


def test_a_page_with_something_for_one_reader_is_not_kept(app: Flask) -> None:
    def made(environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Encoding", "gzip"), ("Set-Cookie", "a=b")])
        return [b"mine"]

    layer, told = kept_pages.KeptPages(made, app.extensions["database"]), []
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/papers", "HTTP_ACCEPT_ENCODING": "gzip"}
    assert list(layer(dict(asked), lambda *given: told.append(given))) == [b"mine"]
    assert told[0][0] == "200 OK"
    assert layer._pages == {}


def test_a_database_that_is_away_is_told_by_the_site(own_app: Flask) -> None:
    database: Database = own_app.extensions["database"]
    with database.write() as session, session.begin():
        session.execute(sa.text("DROP TABLE page_changes"))
        assert session.scalar(sa.select(sa.func.count()).select_from(Paper)) == 0
    assert own_app.test_client().get("/papers", headers=GZIP).status_code == 200
