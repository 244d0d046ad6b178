"""Migrating an empty database gives exactly the tables the code declares, on each kind of database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from reviewhub.core import migrating
from reviewhub.core.db import Base, Database
from reviewhub.schema import metadata


def _shape(database: Database) -> dict[str, object]:
    """Everything the database itself tells about its tables, constraints that Alembic does not compare included."""
    inspector = sa.inspect(database.engine)
    told: dict[str, object] = {}
    for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        told[table] = {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)],
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(
                (f["constrained_columns"], f["referred_table"], f["referred_columns"], str(f["options"])) for f in inspector.get_foreign_keys(table)
            ),
            "unique": sorted(u["column_names"] for u in inspector.get_unique_constraints(table)),
            "checks": sorted((str(c["name"]), c["sqltext"]) for c in inspector.get_check_constraints(table)),
            "indexes": sorted((str(i["name"]), str(i["column_names"]), bool(i["unique"])) for i in inspector.get_indexes(table)),
        }
    return told


def test_there_is_one_newest_migration() -> None:
    assert len(migrating.heads()) == 1


def test_migrating_from_zero_equals_the_metadata(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_from_zero_makes_what_creating_the_tables_makes(database: Database, empty_database_url: str) -> None:
    created = Database(empty_database_url)
    Base.metadata.create_all(created.engine)
    try:
        assert _shape(database) == _shape(created)
        assert _shape(database), "no table at all"
    finally:
        created.dispose()


def test_migrating_again_changes_nothing(database: Database) -> None:
    before = migrating.current(database)
    migrating.migrate(database)
    assert migrating.current(database) == before == migrating.heads()[0]


def test_two_processes_may_migrate_at_once(empty_database_url: str) -> None:
    databases = [Database(empty_database_url), Database(empty_database_url)]
    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(migrating.migrate, databases))
        assert [migrating.current(database) for database in databases] == [migrating.heads()[0]] * 2
    finally:
        for database in databases:
            database.dispose()
