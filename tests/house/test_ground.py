"""The ground under every test."""
from reviewhub.core.db import Database
import sqlalchemy as sa

def test_x(database: Database) -> None:
    with database.read() as session:
        assert session.scalar(sa.text("select count(*) from papers")) == 0
