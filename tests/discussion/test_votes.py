"""Helpful votes, the order they give, and both sides where readers disagree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.core.actor import ANYONE
from reviewhub.core.db import Database
from reviewhub.core.errors import Conflict, NotAllowed, NotFound
from reviewhub.discussion import belongings, queries
from reviewhub.discussion.rules import RANK_UNIT, helpfulness, is_disputed
from reviewhub.discussion.services import delete
from reviewhub.discussion.votes import vote_on_comment, vote_on_review
from reviewhub.ratings.services import Given, rate
from tests.discussion.talk import paper, say
from tests.people import person


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_more_votes_of_the_same_share_rank_higher(n_helpful: int, n_other: int) -> None:
    n = n_helpful + n_other
    rank = helpfulness(n_helpful, n)
    assert 0 <= rank < RANK_UNIT
    assert rank <= RANK_UNIT * n_helpful / max(n, 1) + 1
    assert helpfulness(2 * n_helpful, 2 * n) >= rank
    assert helpfulness(n_helpful + 1, n + 1) >= rank


def test_wilson_s_bound_is_that_of_the_literature() -> None:
    assert helpfulness(10, 10) == pytest.approx(722_467, abs=1)  # of 10 of 10 the bound is 0.7225
    assert helpfulness(0, 0) == helpfulness(0, 5) == 0


@pytest.mark.parametrize(
    ("histogram", "disputed"),
    [
        ((0,) * 10, False),
        ((0, 2, 0, 0, 0, 0, 0, 0, 2, 0), True),
        ((0, 1, 0, 0, 0, 0, 0, 0, 9, 0), False),
        ((0, 0, 0, 0, 0, 9, 0, 0, 0, 0), False),
        ((1, 1, 0, 0, 0, 1, 1, 3, 1, 0), True),
        ((1, 1, 0, 0, 0, 0, 0, 9, 0, 0), False),
    ],
)
def test_when_readers_disagree(histogram: tuple[int, ...], disputed: bool) -> None:
    assert is_disputed(histogram) is disputed


def test_a_vote_counts_once_and_can_be_taken_back(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        writer, reader = person(session), person(session)
        comment = say(session, writer, paper_id)
        for word, expected in ((True, (1, 1)), (True, (1, 1)), (False, (0, 1)), (None, (0, 0)), (None, (0, 0)), (True, (1, 1))):
            vote_on_comment(session, reader, comment.id, word)
            (said,) = queries.threads(session, paper_id, reader).threads
            assert (said.n_helpful, said.n_votes, said.own_vote) == (*expected, word)
        for nobody in (writer, ANYONE, person(session, is_suspended=True)):
            with pytest.raises(NotAllowed):
                vote_on_comment(session, nobody, comment.id, True)
        belongings.erase(session, reader.account_id or 0, [])
        assert comment.n_votes == 0
        delete(session, writer, comment.id)
        with pytest.raises(Conflict):
            vote_on_comment(session, reader, comment.id, True)
        with pytest.raises(NotFound):
            vote_on_comment(session, reader, 99, True)


def test_best_first_and_newest_by_choice_page_by_page(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        people = [person(session) for _ in range(4)]
        comments = [say(session, people[0], paper_id, f"Remark {n}") for n in range(7)]
        for n, voters in ((2, 3), (4, 1)):
            for voter in people[1 : 1 + voters]:
                vote_on_comment(session, voter, comments[n].id, True)
        newest, best = [6, 5, 4, 3, 2, 1, 0], [2, 4, 6, 5, 3, 1, 0]
        for order, expected in (("newest", newest), ("best", best)):
            found, after = [], None
            while True:
                page = queries.threads(session, paper_id, ANYONE, order=order, after=after, size=3)
                found += [one.id for one in page.threads]
                after = page.after
                if after is None:
                    break
            assert found == [comments[n].id for n in expected]


def test_the_best_of_both_sides(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        for_it = [rate(session, person(session), paper_id, Given(9, text=f"Good {n}")) for n in range(2)]
        against = [rate(session, person(session), paper_id, Given(3, text=f"Bad {n}")) for n in range(2)]
        reader = person(session)
        for rating in (for_it[0], against[0]):
            vote_on_review(session, reader, rating.id, True)
        assert queries.sides_of(session, paper_id) == queries.Sides(for_it[0].id, against[0].id)
        standings = queries.standings_of(session, [for_it[0].id, for_it[1].id], reader)
        assert {one: (s.n_votes, s.own_vote) for one, s in standings.items()} == {for_it[0].id: (1, True)}
        with pytest.raises(NotAllowed):
            vote_on_review(session, ANYONE, for_it[0].id, True)
        with pytest.raises(NotFound):
            vote_on_review(session, reader, 99, True)
        assert queries.sides_of(session, paper(session, "Nobody rated this")) is None
