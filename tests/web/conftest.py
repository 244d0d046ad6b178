"""One site for all tests of pages, emptied before each: a new one would compile every template anew for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub import schema
from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.changes import PageChange
from reviewhub.core.db import Database
from reviewhub.core.migrating import heads
from reviewhub.imports.starter import load_shelf
from reviewhub.search import services as search
from tests.conftest import drop_database

# The site, and the names of its extensions before any test ran: others were put there by a test and go with it.
_Kept = tuple[Flask, frozenset[str]]


def _made(database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, name: str) -> Flask:
    home = tmp_path_factory.mktemp(name)
    if database_kind == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), home / "reviewhub.sqlite3")
        url = f"sqlite:///{home / 'reviewhub.sqlite3'}"
    else:
        url = request.getfixturevalue("postgresql_empty")(f"{request.getfixturevalue('run_name')}_{name}", request.getfixturevalue("postgresql_template"))
    return create_app(site_settings(home, url))


def site_settings(home: Path, database_url: str) -> Settings:
    """Settings of a site whose state lies in one folder and one database."""
    return Settings(
        home=home, database_url=database_url, search_url=f"whoosh:{home / 'search'}", redis_url=None, secret_key="long enough to sign with, for tests only",
        site_url="http://reviewhub.test", mail_url="file:", contact_email=None, port=8000, testing=True,
    )  # fmt: skip


def _put_away(app: Flask, database_kind: str, request: pytest.FixtureRequest, name: str) -> None:
    app.extensions["database"].dispose()
    if database_kind == "postgresql":
        drop_database(request.getfixturevalue("postgresql_url"), f"{request.getfixturevalue('run_name')}_{name}")


@pytest.fixture(scope="session")
def _site(database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Kept]:
    made = _made(database_kind, request, tmp_path_factory, "pages")
    yield made, frozenset(made.extensions)
    _put_away(made, database_kind, request, "pages")


@pytest.fixture(scope="session")
def shelf_app(database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The site as it is on its first day: the starter shelf and its index. For reading only."""
    made = _made(database_kind, request, tmp_path_factory, "shelf")
    assert load_shelf(made.extensions["database"], movers=made.extensions["movers"]) == 138
    search.rebuild(made.extensions["database"], made.extensions["settings"])
    yield made
    _put_away(made, database_kind, request, "shelf")


@pytest.fixture
def app(_site: _Kept) -> Flask:
    """The site on a clean database, without an index. A test that changes the site itself asks for `own_app`."""
    found, kept = _site
    for name in found.extensions.keys() - kept:
        del found.extensions[name]
    emptied(found.extensions["database"])
    found.extensions["kept_pages"].clear()  # another database, in effect: its numbers begin anew
    shutil.rmtree(found.extensions["settings"].home / "search", ignore_errors=True)
    return found


@pytest.fixture
def database(app: Flask) -> Database:
    """The database of the site."""
    found: Database = app.extensions["database"]
    return found


@pytest.fixture
def settings(app: Flask) -> Settings:
    """The settings of the site."""
    found: Settings = app.extensions["settings"]
    return found


@pytest.fixture
def own_app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A site of the test's own, which it may change or break."""
    made = create_app(site_settings(tmp_path, database_url))
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def shelf(shelf_app: Flask) -> FlaskClient:
    """A browser on the site with the starter shelf."""
    return shelf_app.test_client()


def emptied(database: Database) -> None:
    """Takes every row out; numbers begin anew. The mark of the migrations, which a test may have changed, is put back."""
    tables = schema.metadata.sorted_tables[::-1]
    with database.write() as session, session.begin():
        for table in tables:  # for a few rows far quicker than TRUNCATE
            session.execute(sa.delete(table))
        session.execute(sa.delete(PageChange))  # what was noted of the other tables just now
        if not database.is_sqlite:
            numbered = sa.text("SELECT setval(c.oid, 1, false) FROM pg_class c WHERE c.relkind = 'S'")
            session.execute(numbered)
        session.execute(sa.text("UPDATE alembic_version SET version_num = :head"), {"head": heads()[0]})
