"""Deciding on runs of ratings that came too fast: who may, with what reason, and what becomes of the score."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from reviewhub.accounts.models import Account
from reviewhub.core import clock
from reviewhub.core.actor import ANYONE, KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.ratings.models import HeldBurst, PaperScore, Rating
from reviewhub.ratings.moderating import MAX_REASON_CHARS, decide, decided, waiting
from reviewhub.ratings.queries import score_of
from reviewhub.ratings.services import recompute
from tests.people import person, rated

REASON = "One voice behind many names."


def burst_on(session: Session, paper_id: int, half_stars: list[int], *, domain: str = "") -> int:
    """Ratings of a paper that wait for a moderator; by members of one organisation if `domain` names it."""
    burst = HeldBurst(paper_id=paper_id, noticed_at=clock.now())
    session.add(burst)
    session.flush()
    raters = [actor.account_id for actor in rated(session, paper_id, half_stars)]
    session.execute(sa.update(Rating).where(Rating.paper_id == paper_id, Rating.account_id.in_(raters)).values(held_by=burst.id))
    if domain:
        for n, account_id in enumerate(raters):
            session.execute(sa.update(Account).where(Account.id == account_id).values(email=f"a{burst.id}.{n}@{domain}", email_key=f"a{burst.id}.{n}@{domain}"))
    session.expire_all()
    recompute(session, paper_id)
    return burst.id


@pytest.fixture
def paper_id(database: Database) -> int:
    with database.write() as session, session.begin():
        return add_or_update(session, KEEPER, [PaperRecord("hand", title="A paper")])[0].paper_id or 0


@pytest.fixture
def moderator(database: Database) -> Actor:
    with database.write() as session, session.begin():
        return person(session, role="moderator")


@pytest.mark.parametrize(("decision", "mean", "n"), [("released", 3.75, 8), ("removed", 2.5, 4)])
def test_the_score_follows_at_once(database: Database, paper_id: int, moderator: Actor, decision: str, mean: float, n: int) -> None:
    with database.write() as session, session.begin():
        rated(session, paper_id, [5] * 4)
        burst_id = burst_on(session, paper_id, [10] * 4)
        assert (score_of(session, paper_id).overall, score_of(session, paper_id).n_held) == (2.5, 4)
        decide(session, moderator, burst_id, decision, REASON)
    with database.read() as session:
        score = score_of(session, paper_id)
        assert (score.overall, score.n, score.n_held, score.n_given) == (mean, n, 0, 8)
        assert waiting(session) == []
        (told,) = decided(session)
        assert (told.id, told.paper_id, told.decision, told.reason, told.n_ratings) == (burst_id, paper_id, decision, REASON, 4)
        assert session.scalars(sa.select(HeldBurst.decided_by)).all() == [moderator.account_id]


def test_what_a_moderator_sees_is_what_comes_to_pass(database: Database, paper_id: int, moderator: Actor) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        st.lists(st.integers(1, 10), max_size=6),
        st.lists(st.integers(1, 10), min_size=1, max_size=6),
        st.sampled_from(["released", "removed"]),
        st.sampled_from(["", "one-lab.example"]),
    )
    def check(honest: list[int], held: list[int], decision: str, domain: str) -> None:
        with database.write() as session:
            rated(session, paper_id, honest)
            burst_id = burst_on(session, paper_id, held, domain=domain)
            (burst,) = waiting(session)
            assert [one.stars for one in burst.ratings] == [value / 2 for value in held]
            assert {bool(one.group_no) for one in burst.ratings} == {bool(domain) and len(held) > 1}
            expected = burst.with_it if decision == "released" else burst.without
            decide(session, moderator, burst_id, decision, REASON)
            kept = session.get(PaperScore, paper_id)
            assert kept is not None
            assert (kept.overall, kept.lower, kept.upper, kept.n_counted) == (expected.overall, expected.lower, expected.upper, expected.n_counted)
            session.rollback()

    check()


def test_two_runs_on_one_paper_are_weighed_each_for_itself(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        rated(session, paper_id, [6])
        first, second = burst_on(session, paper_id, [10]), burst_on(session, paper_id, [2, 2])
        one, other = waiting(session)
    assert (one.id, one.with_it.n_counted, one.without.n_counted) == (first, 2, 1)
    assert (other.id, other.with_it.n_counted, other.without.n_counted) == (second, 3, 1)


def test_a_conflict_outlasts_the_release(database: Database, paper_id: int, moderator: Actor) -> None:
    with database.write() as session, session.begin():
        burst_id = burst_on(session, paper_id, [10, 10])
        session.execute(sa.update(Rating).where(Rating.id == sa.select(sa.func.min(Rating.id)).scalar_subquery()).values(conflict="co-author"))
        session.expire_all()
        recompute(session, paper_id)
        (burst,) = waiting(session)
        decide(session, moderator, burst_id, "released", REASON)
        assert score_of(session, paper_id).n == burst.with_it.n_counted == 1


def test_only_a_moderator_who_is_not_suspended_may_decide(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        burst_id = burst_on(session, paper_id, [10])
        for actor in (ANYONE, KEEPER, person(session), person(session, role="moderator", is_suspended=True)):
            with pytest.raises(NotAllowed):
                decide(session, actor, burst_id, "released", REASON)
        decide(session, person(session, role="admin"), burst_id, "released", REASON)


@pytest.mark.parametrize(
    ("decision", "reason", "field"),
    [("", REASON, "decision"), ("held", REASON, "decision"), ("released", "", "reason"), ("released", "  short   \n\n  ", "reason"), ("removed", "x" * (MAX_REASON_CHARS + 1), "reason")],
)  # fmt: skip
def test_a_decision_needs_a_reason_and_a_known_word(database: Database, paper_id: int, moderator: Actor, decision: str, reason: str, field: str) -> None:
    with database.write() as session, session.begin():
        burst_id = burst_on(session, paper_id, [10])
        with pytest.raises(RuleBroken) as broken:
            decide(session, moderator, burst_id, decision, reason)
        assert broken.value.field == field
        assert len(waiting(session)) == 1


def test_there_is_nothing_to_decide_on_a_run_that_is_not_there(database: Database, moderator: Actor) -> None:
    with database.write() as session, pytest.raises(NotFound):
        decide(session, moderator, 99, "released", REASON)


def test_of_moderators_who_decide_at_once_one_wins_and_the_others_are_told(database: Database, paper_id: int, moderator: Actor) -> None:
    with database.write() as session, session.begin():
        burst_id = burst_on(session, paper_id, [10, 10])
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def work(n: int) -> None:
        barrier.wait()
        decision = ("released", "removed")[n % 2]
        try:
            with database.write() as session, session.begin():
                decide(session, moderator, burst_id, decision, REASON)
            outcomes.append(decision)
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[:3] == ["conflict"] * 3
    with database.read() as session:
        assert decided(session)[0].decision == sorted(outcomes)[3]
        assert score_of(session, paper_id).n == (2 if sorted(outcomes)[3] == "released" else 0)
