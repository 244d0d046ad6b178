"""What every test may ask for: a clean migrated database of each kind, settings in a folder of its own, the site and a client."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import sqlalchemy as sa

from reviewhub.config import Settings
from reviewhub.core.db import Database
from reviewhub.core.migrating import migrate
from tests import postgresql

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

KINDS = ("sqlite", "postgresql")

# No test is about time: machines are busy. Where a change is judged it is judged by the same examples each time; elsewhere they vary.
hypothesis.settings.register_profile("reviewhub", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("reviewhub")

_server = pytest.StashKey[postgresql.Server]()
_no_server = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=(*KINDS, "both"), default="both", help="run database tests on this kind only")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--database") == "sqlite":
        config.stash[_no_server] = "left out by --database=sqlite"
        return
    try:
        server = postgresql.find()
        if getattr(config.option, "numprocesses", None):  # this process only hands out work: the others share what it starts
            os.environ[postgresql.SHARED_VARIABLE] = server.url()
    except postgresql.NoServer as error:
        if os.environ.get("CI"):
            raise pytest.UsageError(str(error)) from error
        config.stash[_no_server] = str(error)
    else:
        config.stash[_server] = server


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(_server, None):
        server.stop()
    if not hasattr(config, "workerinput"):
        os.environ.pop(postgresql.SHARED_VARIABLE, None)


def pytest_report_header(config: pytest.Config) -> list[str]:
    server = config.stash.get(_server, None)
    on = f"PostgreSQL {server.version}, {server.origin}" if server else f"PostgreSQL: skipped, {config.stash[_no_server]}"
    return [f"databases: SQLite {sqlite3.sqlite_version}; {on}"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("database_kind", KINDS if chosen == "both" else (chosen,), scope="session")


@pytest.fixture(scope="session")
def run_name() -> str:
    """A word that no other process of this machine has in the names of its databases."""
    return f"reviewhub_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    assert not path.with_name(f"{path.name}-wal").exists(), "the template still has a write-ahead log; a copy would miss what is in it"
    return path


@pytest.fixture(scope="session")
def postgresql_url(pytestconfig: pytest.Config) -> str:
    """The maintenance database of the server; skips where there is none."""
    server = pytestconfig.stash.get(_server, None)
    if server is None:
        pytest.skip(f"no PostgreSQL: {pytestconfig.stash[_no_server]}")
    return server.url()


@pytest.fixture(scope="session")
def postgresql_empty(postgresql_url: str, run_name: str) -> Callable[..., str]:
    """Makes a database by name, from a template if one is named; gives its URL. Whoever makes it drops it."""

    def make(name: str, template: str = "template0") -> str:
        _say(postgresql_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return sa.make_url(postgresql_url).set(database=name).render_as_string(hide_password=False)

    return make


def drop_database(postgresql_url: str, name: str) -> None:
    """Removes a test database, whoever still talks to it."""
    _say(postgresql_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _say(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_url: str, postgresql_empty: Callable[..., str], run_name: str) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    name = f"{run_name}_template"
    database = Database(postgresql_empty(name))
    migrate(database)
    database.dispose()
    yield name
    drop_database(postgresql_url, name)


_numbers = itertools.count(1)


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, run_name: str) -> Iterator[str]:
    """The URL of a database without any table."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    name = f"{run_name}_{next(_numbers)}"
    yield request.getfixturevalue("postgresql_empty")(name)
    drop_database(request.getfixturevalue("postgresql_url"), name)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, run_name: str) -> Iterator[str]:
    """The URL of a migrated database without any row."""
    if database_kind == "sqlite":
        path = tmp_path / "reviewhub.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    name = f"{run_name}_{next(_numbers)}"
    yield request.getfixturevalue("postgresql_empty")(name, request.getfixturevalue("postgresql_template"))
    drop_database(request.getfixturevalue("postgresql_url"), name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database without any row: the test runs once on SQLite and once on PostgreSQL."""
    made = Database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a site whose state lives in the test's folder and in the test's database."""
    home = tmp_path / "home"
    home.mkdir()
    return Settings(
        home=home, database_url=database_url, search_url=f"whoosh:{home / 'search'}", redis_url=None, secret_key="long enough to sign with, for tests only",
        site_url="http://reviewhub.test", mail_url="file:", contact_email=None, port=8000, testing=True,
    )  # fmt: skip


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The site on a clean database."""
    from reviewhub.app import create_app

    made = create_app(settings)
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies that speaks to `app` in process."""
    return app.test_client()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real records beside the checkout; skips where it is not."""
    found = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not found.is_dir():
        pytest.skip(f"the real records are not here: no {re.sub(r'.*/(?=[^/]+/[^/]+$)', '…/', str(found))}")
    return found
