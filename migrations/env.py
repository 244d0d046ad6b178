"""Alembic's entry: migrates over the connection it is handed, else over the configured database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from reviewhub.config import Settings
from reviewhub.core.db import Database
from reviewhub.schema import metadata


def _run(connection: sa.Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    database = Database(Settings.from_environment().database_url)
    with database.engine.execution_options(reviewhub_write=True).begin() as own:
        _run(own)
