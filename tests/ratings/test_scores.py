"""Scores of papers: one row each, read for a page or a whole list in one statement."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.core.errors import RuleBroken
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update, merge_papers
from reviewhub.ratings.models import PaperScore
from reviewhub.ratings.queries import score_of, scores_of
from reviewhub.ratings.rules import ESTABLISHED, NO_SCORE, NOT_ENOUGH
from reviewhub.ratings.services import carry_over, move_to


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


def test_a_mean_carried_over_is_shown_muted_with_where_it_comes_from(database: Database, papers: list[int]) -> None:
    with database.write() as session, session.begin():
        carry_over(session, papers[0], 4.5, "another page")
    with database.read() as session:
        score = score_of(session, papers[0])
    assert (score.state, score.n, score.overall, score.shown, score.carried_over_from) == (NOT_ENOUGH, 0, 4.5, "4.5", "another page")
    assert (score.novelty, score.importance, score.rigor) == (None, None, None)


def test_carrying_over_again_keeps_the_last(database: Database, papers: list[int]) -> None:
    for stars in (4.5, 3.0):
        with database.write() as session, session.begin():
            carry_over(session, papers[0], stars, "another page")
    with database.read() as session:
        assert score_of(session, papers[0]).overall == 3.0


@pytest.mark.parametrize("stars", [0.0, 0.25, 4.4, 5.5, -1.0, float("nan")])
def test_a_mean_that_nobody_can_give_is_not_carried_over(database: Database, papers: list[int], stars: float) -> None:
    with database.write() as session, pytest.raises(RuleBroken) as broken:
        carry_over(session, papers[0], stars, "another page")
    assert broken.value.field == "overall"
    with database.read() as session:
        assert score_of(session, papers[0]) == NO_SCORE


def test_ratings_of_our_own_stand_before_a_mean_carried_over(database: Database, papers: list[int]) -> None:
    with database.write() as session, session.begin():
        carry_over(session, papers[0], 4.5, "another page")
        session.execute(sa.update(PaperScore).values(n_counted=6, n_groups=3, overall=600))
    with database.read() as session:
        score = score_of(session, papers[0])
    assert (score.state, score.n, score.overall, score.carried_over_from) == (ESTABLISHED, 6, 3.0, "")


def test_a_list_of_scores_takes_one_statement(database: Database, papers: list[int]) -> None:
    with database.write() as session, session.begin():
        for n, paper_id in enumerate(papers):
            carry_over(session, paper_id, 1.0 + n, "another page")
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
        {"n_counted": 0, "n_groups": 0, "carried_over": 900, "carried_over_from": ""},
    ],
)
def test_the_database_keeps_impossible_scores_out(database: Database, papers: list[int], values: dict[str, int]) -> None:
    whole = {"n_counted": 0, "n_groups": 0, "overall": None, "carried_over": None, "carried_over_from": ""} | values
    with database.write() as session, pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.insert(PaperScore).values(paper_id=papers[0], **whole))


def test_a_mean_moves_to_the_paper_that_stays_when_two_become_one(database: Database, papers: list[int]) -> None:
    kept, gone, bystander = papers
    with database.write() as session, session.begin():
        carry_over(session, gone, 4.5, "another page")
        carry_over(session, bystander, 2.0, "another page")
        merge_papers(session, kept, gone, movers=[move_to])
    with database.read() as session:
        assert score_of(session, kept).overall == 4.5
        assert set(scores_of(session, papers)) == {kept, bystander}


def test_the_mean_of_the_paper_that_stays_is_kept(database: Database, papers: list[int]) -> None:
    kept, gone, _ = papers
    with database.write() as session, session.begin():
        carry_over(session, kept, 1.0, "another page")
        carry_over(session, gone, 4.5, "another page")
        merge_papers(session, kept, gone, movers=[move_to])
    with database.read() as session:
        assert scores_of(session, papers).keys() == {kept}
        assert score_of(session, kept).overall == 1.0
