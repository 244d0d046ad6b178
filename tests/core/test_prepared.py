"""Statements whose text is made once answer as any other statement does."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.core.prepared import Prepared, PreparedList
from reviewhub.papers.models import Paper, PaperFunding
from reviewhub.papers.record import Funding, PaperRecord
from reviewhub.papers.services import add_or_update

EVERYTHING = (
    sa.select(Paper)
    .where(Paper.title_key >= sa.bindparam("first", type_=sa.String), Paper.volume == "7%")
    .order_by(Paper.id)
    .limit(sa.bindparam("n", type_=sa.Integer))
)


@pytest.fixture
def papers(database: Database) -> None:
    """Two papers with values of every type."""
    records = [
        PaperRecord(
            "hand",
            title=f"Title {n} of 100 % \"quoted\" 'text'",
            titles={"zh": "运动"},
            volume="7%",
            funding=[Funding("A Fund", awards=["1", "2"])],
            published="2020",
        )
        for n in range(2)
    ]
    with database.write() as session, session.begin():
        add_or_update(session, KEEPER, records)


def test_the_rows_are_those_of_the_statement_itself(database: Database, papers: None) -> None:
    prepared = Prepared(EVERYTHING)
    for given in ({"first": "", "n": 5}, {"first": "title 1", "n": 5}, {"first": "", "n": 1}, {"first": "zzz", "n": 5}):
        with database.read() as session:
            plain = [
                tuple(row) for row in session.execute(sa.select(*Paper.__table__.c).where(EVERYTHING.whereclause).order_by(Paper.id).limit(given["n"]), given)
            ]  # type: ignore[arg-type]
            assert prepared.rows(session, **given) == plain
    assert prepared.names == tuple(Paper.__table__.c.keys())


def test_values_have_the_types_of_their_columns_on_both_databases(database: Database, papers: None) -> None:
    prepared = Prepared(EVERYTHING)
    with database.read() as session:
        row = dict(zip(prepared.names, prepared.rows(session, first="", n=1)[0], strict=True))
        (funding,) = Prepared(sa.select(PaperFunding.awards).where(PaperFunding.paper_id == sa.bindparam("paper_id", type_=sa.Integer))).rows(
            session, paper_id=row["id"]
        )
    assert row["titles"] == {"zh": "运动"}
    assert row["is_retracted"] is False
    assert row["added_at"].tzinfo == dt.UTC
    assert funding == (["1", "2"],)


def test_constants_of_the_statement_need_not_be_given(database: Database, papers: None) -> None:
    both = sa.union_all(sa.select(sa.literal("a").label("side"), Paper.year), sa.select(sa.literal("b"), sa.literal(5)))
    with database.read() as session:
        assert sorted(Prepared(both).rows(session)) == [("a", 2020), ("a", 2020), ("b", 5)]


def test_what_is_given_is_a_value_and_never_part_of_the_statement(database: Database, papers: None) -> None:
    with database.read() as session:
        assert Prepared(EVERYTHING).rows(session, first="'; DROP TABLE papers; -- %s %(n)s ?", n=5)


def test_a_place_that_is_not_filled_is_an_error(database: Database, papers: None) -> None:
    with database.read() as session, pytest.raises((KeyError, sa.exc.StatementError, sa.exc.ProgrammingError)):
        Prepared(EVERYTHING).rows(session, first="")


def test_a_list_of_keys_is_answered_however_short_it_is(papers: None, database: Database) -> None:
    listed = PreparedList(sa.select(Paper.id, Paper.titles), Paper.id, 3)
    with database.read() as session:
        assert sorted(listed.rows(session, [2, 1])) == [(1, {"zh": "运动"}), (2, {"zh": "运动"})]
        assert listed.rows(session, [2]) == [(2, {"zh": "运动"})]
        assert listed.rows(session, []) == listed.rows(session, [99]) == []
        with pytest.raises(ValueError):
            listed.rows(session, [1, 2, 3, 4])
