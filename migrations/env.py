"""Alembic's entry: migrates over the connection it is handed, else over the configured database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from reviewhub.config import Settings
from reviewhub.core import changes
from reviewhub.core.db import Database, UtcTime
from reviewhub.schema import metadata


def _render(kind: str, thing: object, context_of_it: AutogenContext) -> str | bool:
    """Migrations name plain types, so that they stay readable when the project's own types move."""
    if kind == "type" and isinstance(thing, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, sa.JSON) and "postgresql" in thing._variant_mapping:
        context_of_it.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def _run(connection: sa.Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True, compare_type=True, render_item=_render)
    with context.begin_transaction():
        changes.unwatch(connection)
        context.run_migrations()
        changes.watch(connection, metadata)


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    database = Database(Settings.from_environment().database_url)
    with database.engine.execution_options(reviewhub_write=True).begin() as own:
        _run(own)
