"""Brings a database to the newest shape with Alembic, called directly."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from .db import Database

ROOT = Path(__file__).resolve().parents[2]


def configuration() -> Config:
    """Alembic's configuration, from pyproject.toml."""
    return Config(toml_file=ROOT / "pyproject.toml")


def heads() -> tuple[str, ...]:
    """The newest revisions in the migrations folder; there is to be one."""
    return tuple(ScriptDirectory.from_config(configuration()).get_heads())


def current(database: Database) -> str | None:
    """The revision a database is at, or None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(database: Database) -> None:
    """Upgrades to the newest revision; nothing happens when it is there. Two processes may call it at once: one waits."""
    if current(database) in heads():
        return
    engine = database.engine.execution_options(reviewhub_write=True)
    with engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(727041)"))
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
