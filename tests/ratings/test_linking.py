"""Raters who are one opinion share a group and count as √k; runs of newcomers wait for a moderator."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.accounts.models import Account
from reviewhub.core import clock
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.jobs import Subscriptions, run_due, subscribe
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.ratings import handlers
from reviewhub.ratings.bursts import FEWEST, NEWCOMER, Arrival, run_with
from reviewhub.ratings.linking import SAME_HOUR, SAME_SETS, WITHIN, Rater, group_numbers, is_in_step
from reviewhub.ratings.models import HeldBurst, PaperScore, RaterLink, Rating
from reviewhub.ratings.moderating import decide
from reviewhub.ratings.queries import score_of
from reviewhub.ratings.services import Given, rate, withdraw
from tests.people import person

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def papers(database: Database) -> list[int]:
    records = [PaperRecord("hand", title=f"A paper about the number {n}", identifiers={"doi": [f"10.1234/{n}"]}) for n in range(5)]
    with database.write() as session, session.begin():
        return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the time."""

    def put(now: dt.datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: now)

    put(START)
    return put


def give(database: Database, who: Actor, paper_id: int, half_stars: int = 8) -> None:
    with database.write() as session, session.begin():
        rate(session, who, paper_id, Given(half_stars))


def people(database: Database, *facts: dict[str, Any]) -> list[Actor]:
    with database.write() as session, session.begin():
        return [person(session, **one) for one in facts]


def groups(database: Database, paper_id: int) -> list[int]:
    with database.read() as session:
        return list(session.scalars(sa.select(Rating.group_no).where(Rating.paper_id == paper_id).order_by(Rating.id)))


def of(n: int, organisation: str = "", joined_at: dt.datetime = START, place: str = "") -> Rater:
    return Rater(n, organisation, joined_at, place)


def test_colleagues_and_neighbours_of_an_hour_are_linked_through_each_other() -> None:
    raters = [of(1, "a.edu"), of(2), of(3, "a.edu", START, "x"), of(4, "", START + SAME_HOUR, "x"), of(5, "b.edu"), of(6, "b.edu"), of(7, "", START, "y")]
    assert group_numbers(raters, []) == {1: 1, 3: 1, 4: 1, 5: 2, 6: 2}


def test_a_place_links_for_an_hour_and_an_unknown_place_never() -> None:
    late = START + SAME_HOUR + dt.timedelta(seconds=1)
    assert group_numbers([of(1, "", START, "x"), of(2, "", late, "x"), of(3), of(4)], []) == {}


def test_pairs_in_step_link_those_who_are_there() -> None:
    assert group_numbers([of(1), of(2), of(3)], [(1, 3), (2, 9)]) == {1: 1, 3: 1}


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.integers(0, 300), st.sampled_from(["", "x", "y"])), max_size=12), st.randoms(), st.data())
def test_links_are_the_same_in_any_order_and_hold_for_every_pair(facts: list[tuple[str, int, str]], random: Any, data: st.DataObject) -> None:
    raters = [of(n, organisation, START + minutes * MINUTE, place) for n, (organisation, minutes, place) in enumerate(facts)]
    in_step = data.draw(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=4))
    found = group_numbers(raters, in_step)
    mixed = list(raters)
    random.shuffle(mixed)
    again = group_numbers(mixed, in_step)
    as_sets = [{frozenset(k for k, v in one.items() if v == n) for n in one.values()} for one in (found, again)]
    assert as_sets[0] == as_sets[1]
    assert sorted(set(found.values())) == list(range(1, len(set(found.values())) + 1))
    for one in raters:
        for other in raters:
            is_linked = (one.organisation and one.organisation == other.organisation) or (
                one.joined_from and one.joined_from == other.joined_from and abs(one.joined_at - other.joined_at) <= SAME_HOUR
            )
            if is_linked and one != other:
                assert found[one.account_id] == found[other.account_id]


def test_three_papers_within_minutes_are_in_step_and_two_are_chance() -> None:
    near, far = (START, START + WITHIN), (START, START + WITHIN + MINUTE)
    assert not is_in_step([near] * (SAME_SETS - 1) + [far] * 5)
    assert is_in_step([near] * SAME_SETS + [far] * 5)


def test_colleagues_count_as_the_root_of_their_number(database: Database, papers: list[int]) -> None:
    raters = people(database, *({"email": f"r{n}@m.fudan.edu.cn"} for n in range(4)), {}, {"email": "a@gmail.com"}, {"email": "b@gmail.com"})
    for rater, value in zip(raters, [10, 10, 10, 10, 4, 4, 4], strict=True):
        give(database, rater, papers[0], value)
    assert groups(database, papers[0]) == [1, 1, 1, 1, 0, 0, 0]
    with database.read() as session:
        kept = session.get_one(PaperScore, papers[0])
        assert (kept.n_groups, kept.overall) == (4, math.floor(100 * (2 * 10 + 3 * 4) / 5 + 0.5))


def test_sign_ups_of_one_hour_and_place_are_linked(database: Database, papers: list[int]) -> None:
    when = clock.now() - 100 * DAY
    for rater in people(
        database,
        *({"joined_from": "k1", "joined_at": when + n * 40 * MINUTE} for n in range(3)),
        {"joined_from": "k1", "joined_at": when + 10 * DAY},
        {"joined_from": "k2", "joined_at": when},
    ):
        give(database, rater, papers[0])
    assert groups(database, papers[0]) == [1, 1, 1, 0, 0]


def test_a_rating_that_does_not_count_links_nobody(database: Database, papers: list[int]) -> None:
    first, second = people(database, {"email": "a@lab.example"}, {"email": "b@lab.example"})
    give(database, first, papers[0])
    with database.write() as session, session.begin():
        rate(session, second, papers[0], Given(8, has_conflict=True))
    assert groups(database, papers[0]) == [0, 0]
    with database.write() as session, session.begin():
        rate(session, second, papers[0], Given(8))
    assert groups(database, papers[0]) == [1, 1]


def _in_turn(database: Database, at: Any, pair: Sequence[Actor], papers: Sequence[int], apart: dt.timedelta) -> None:
    for n, paper_id in enumerate(papers):
        for m, rater in enumerate(pair):
            at(START + n * DAY + m * apart)
            give(database, rater, paper_id)


def test_accounts_that_rate_in_step_are_linked_wherever_both_rated(database: Database, papers: list[int], at: Any, settings: Any) -> None:
    subscribe(Subscriptions(handlers.SUBSCRIPTIONS))
    pair = people(database, {}, {})
    at(START - 30 * DAY)
    give(database, pair[0], papers[4])
    at(START - 20 * DAY)
    give(database, pair[1], papers[4])
    _in_turn(database, at, pair, papers[:2], 5 * MINUTE)
    assert [groups(database, i) for i in papers[:2]] == [[0, 0], [0, 0]]
    _in_turn(database, at, pair, papers[2:3], 5 * MINUTE)
    assert groups(database, papers[2]) == [1, 1], "the third time shows at once"
    run_due(database, settings)
    assert [groups(database, i) for i in (*papers[:3], papers[4])] == [[1, 1]] * 4
    with database.write() as session, session.begin():
        withdraw(session, pair[0], papers[1])
        assert session.scalars(sa.select(RaterLink.account_id)).all() == []
    run_due(database, settings)
    assert [groups(database, i) for i in (papers[0], papers[2], papers[4])] == [[0, 0]] * 3


def test_readers_of_the_same_papers_on_other_hours_are_not_linked(database: Database, papers: list[int], at: Any) -> None:
    pair = people(database, {}, {})
    _in_turn(database, at, pair, papers, 11 * MINUTE)
    assert [groups(database, i) for i in papers] == [[0, 0]] * 5


# Runs.


def run(values: Sequence[int], *, minutes: float = 1, age: dt.timedelta = DAY, others: Sequence[int] = ()) -> list[Arrival]:
    old = [Arrival(n, START - 90 * DAY, value, 200 * DAY) for n, value in enumerate(others, 1)]
    return old + [Arrival(100 + n, START + n * minutes * MINUTE, value, age) for n, value in enumerate(values)]


def last(arrivals: list[Arrival]) -> tuple[int, ...]:
    found = run_with(arrivals, arrivals[-1].id)
    return found.ids if found else ()


def test_eight_newcomers_of_one_mind_within_the_hour_are_a_run() -> None:
    assert last(run([10] * FEWEST)) == tuple(range(100, 100 + FEWEST))
    assert last(run([1, 2] * (FEWEST // 2))) == tuple(range(100, 100 + FEWEST))


@pytest.mark.parametrize(
    "arrivals",
    [
        run([10] * (FEWEST - 1)),  # a reading group
        run([10, 9, 8, 7, 6, 8, 9, 7]),  # readers who disagree
        run([10] * FEWEST, minutes=9),  # word of mouth
        run([10] * FEWEST, age=NEWCOMER),  # readers of long standing
        run([10] * FEWEST, others=[5] * (FEWEST + 1)),  # one opinion among many
    ],
)
def test_what_is_no_run(arrivals: list[Arrival]) -> None:
    assert last(arrivals) == ()


def test_readers_of_long_standing_are_not_held_with_a_run() -> None:
    arrivals = run([10] * FEWEST)
    arrivals.insert(3, Arrival(50, START + MINUTE, 10, 300 * DAY))
    assert 50 not in last(arrivals)
    assert run_with(arrivals, 50) is None


def test_a_contrary_rating_at_the_beginning_does_not_hide_a_run() -> None:
    assert set(range(103, 103 + FEWEST)) <= set(last(run([1, 1, 1, *[10] * FEWEST])))


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 10), st.integers(0, 40)), min_size=1, max_size=30))
def test_only_newcomers_within_the_hour_are_ever_held(facts: list[tuple[int, int, int]]) -> None:
    arrivals = [Arrival(n, START + minutes * MINUTE, value, age * DAY) for n, (minutes, value, age) in enumerate(sorted(facts))]
    found = run_with(arrivals, arrivals[-1].id)
    if found:
        held = [a for a in arrivals if a.id in found.ids]
        assert len(held) >= FEWEST
        assert 2 * len(held) >= len(arrivals)
        assert all(a.account_age is not None and a.account_age < NEWCOMER for a in held)
        assert max(a.given_at for a in held) - min(a.given_at for a in held) <= HOUR


def newcomers(database: Database, n: int) -> list[Actor]:
    return people(database, *({"joined_at": clock.now() - DAY} for _ in range(n)))


def exclusions(database: Database, paper_id: int) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(Rating.exclusion).where(Rating.paper_id == paper_id).order_by(Rating.id)))


def burst(database: Database, paper_id: int, at: Any, n: int = FEWEST) -> list[Actor]:
    raters = newcomers(database, n)
    for m, rater in enumerate(raters):
        at(START + m * MINUTE)
        give(database, rater, paper_id, 10)
    return raters


def test_a_run_is_held_shown_and_told_to_the_moderator(database: Database, papers: list[int], at: Any) -> None:
    for rater in people(database, {}, {}, {}):
        give(database, rater, papers[0], 5)
    burst(database, papers[0], at, FEWEST - 1)
    assert exclusions(database, papers[0]) == [""] * (FEWEST + 2), "seven count like everybody"
    late = newcomers(database, 2)
    give(database, late[0], papers[0], 10)
    assert exclusions(database, papers[0]) == [""] * 3 + ["held"] * FEWEST
    at(START + 30 * MINUTE)
    give(database, late[1], papers[0], 6)
    (old,) = people(database, {})
    give(database, old, papers[0], 10)
    assert exclusions(database, papers[0]) == [""] * 3 + ["held"] * (FEWEST + 1) + [""], "who comes now belongs to it, readers of long standing do not"
    with database.read() as session:
        score = score_of(session, papers[0])
        assert (score.n, score.n_held, score.n_given) == (4, FEWEST + 1, FEWEST + 5)
        kept = session.scalars(sa.select(HeldBurst)).one()
        assert kept.why == {"n": FEWEST + 1, "n_all": FEWEST + 4, "minutes": 30, "mean_stars": 4.78, "oldest_account_days": 1}


def test_a_released_run_counts_and_is_not_held_again(database: Database, papers: list[int], at: Any) -> None:
    burst(database, papers[0], at)
    with database.write() as session, session.begin():
        decide(session, person(session, role="moderator"), session.scalars(sa.select(HeldBurst.id)).one(), "released", "A class that read it together.")
    assert exclusions(database, papers[0]) == [""] * FEWEST
    give(database, newcomers(database, 1)[0], papers[0], 10)
    assert exclusions(database, papers[0]) == [""] * (FEWEST + 1)


@pytest.mark.parametrize(("decision", "then"), [("", "held"), ("removed", "removed"), ("released", "")])
def test_taking_a_held_rating_back_and_giving_it_anew_leads_nowhere(database: Database, papers: list[int], at: Any, decision: str, then: str) -> None:
    raters = burst(database, papers[0], at)
    with database.write() as session, session.begin():
        if decision:
            decide(session, person(session, role="moderator"), session.scalars(sa.select(HeldBurst.id)).one(), decision, "For a good reason.")
        withdraw(session, raters[2], papers[0])
    at(START + 5 * HOUR)
    give(database, raters[2], papers[0], 9)
    assert exclusions(database, papers[0])[-1] == then


def test_an_account_that_changes_its_address_changes_its_group(database: Database, papers: list[int]) -> None:
    first, second = people(database, {"email": "a@lab.example"}, {"email": "b@other.example"})
    for rater in (first, second):
        give(database, rater, papers[0])
    with database.write() as session, session.begin():
        session.get_one(Account, second.account_id).email_key = "b@lab.example"
    handlers.account_changed(database, None, handlers.AccountChanged(second.account_id or 0))
    assert groups(database, papers[0]) == [1, 1]
