"""Scores of papers: one row each, read for a page or a whole list in one statement."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from reviewhub.core import clock
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update, merge_papers
from reviewhub.ratings.models import PaperScore
from reviewhub.ratings.queries import score_of, scores_of
from reviewhub.ratings.rules import NO_SCORE
from reviewhub.ratings.services import move_to
from tests.people import rated


@pytest.fixture
def papers(database: Database) -> list[int]:
    """Three papers that nobody has rated."""
    records = [PaperRecord("hand", title=f"A paper about the number {n}", identifiers={"doi": [f"10.1234/{n}"]}) for n in range(3)]
    with database.write() as session, session.begin():
        return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]


def test_a_paper_that_nobody_rated_has_no_score(database: Database, papers: list[int]) -> None:
    with database.read() as session:
        assert score_of(session, papers[0]) == NO_SCORE
        assert scores_of(session, papers) == {}
        assert scores_of(session, []) == {}


def test_a_list_of_scores_takes_one_statement(database: Database, papers: list[int]) -> None:
    with database.write() as session, session.begin():
        for n, paper_id in enumerate(papers):
            rated(session, paper_id, [2 + 2 * n])
    said: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    with database.read() as session:
        found = scores_of(session, [*papers, 99_999])
    assert {paper_id: score.overall for paper_id, score in found.items()} == dict(zip(papers, (1.0, 2.0, 3.0), strict=True))
    assert len([statement for statement in said if statement.startswith("SELECT")]) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"n_counted": 1, "overall": None, "n_groups": 1},
        {"n_counted": 0, "overall": 900, "n_groups": 0},
        {"n_counted": 1, "n_groups": 2, "overall": 900},
        {"n_counted": 1, "n_groups": 1, "overall": 1001},
        {"n_given": 0, "n_counted": 1, "n_groups": 1, "overall": 900},
    ],
)
def test_the_database_keeps_impossible_scores_out(database: Database, papers: list[int], values: dict[str, int]) -> None:
    whole = {"n_given": 9, "n_counted": 0, "n_groups": 0, "overall": None, "computed_at": clock.now()} | values
    with database.write() as session, pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.insert(PaperScore).values(paper_id=papers[0], **whole))


def test_a_mean_moves_to_the_paper_that_stays_when_two_become_one(database: Database, papers: list[int]) -> None:
    kept, gone, bystander = papers
    with database.write() as session, session.begin():
        rated(session, gone, [9])
        rated(session, bystander, [4])
        merge_papers(session, kept, gone, movers=[move_to])
    with database.read() as session:
        assert score_of(session, kept).overall == 4.5
        assert set(scores_of(session, papers)) == {kept, bystander}


def test_ratings_of_both_count_when_two_papers_become_one(database: Database, papers: list[int]) -> None:
    kept, gone, _ = papers
    with database.write() as session, session.begin():
        rated(session, kept, [2])
        rated(session, gone, [9])
        merge_papers(session, kept, gone, movers=[move_to])
    with database.read() as session:
        assert scores_of(session, papers).keys() == {kept}
        assert score_of(session, kept).overall == 2.75, "both people rated it"
