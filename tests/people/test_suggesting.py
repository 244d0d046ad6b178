""" "Is this you?": what is suggested after a first claim, what is not, and that a "no" is remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.core.actor import Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotFound
from reviewhub.papers.record import Author
from reviewhub.people import queries, services, suggesting
from reviewhub.people.deciding import decide
from reviewhub.people.likeness import Crowd, Facts, Trace, likeness
from reviewhub.people.models import Claim
from reviewhub.people.rules import COMPATIBLE, DIFFERENT, SAME, fit_texts
from tests.people.conftest import ANNA, FUDAN, LEI, MING, ORCID, OTHER_ORCID, PEKING, AddPaper
from tests.people.test_claiming import claim, somebody, state

PLAIN = Author("Lei Wang", "Wang", "Lei", affiliations=[FUDAN])


def suggested(database: Database, who: Actor) -> suggesting.Suggestions:
    with database.read() as session:
        person = queries.person_of(session, who.account_id or 0)
        assert person is not None
        return suggesting.suggestions(session, person.id)


def ids(found: suggesting.Suggestions) -> list[int]:
    return [one.paper.id for one in found.found]


@pytest.fixture
def lei(database: Database, paper: AddPaper) -> Actor:
    """Lei Wang of Fudan, with three approved papers written with Ming Li."""
    who = somebody(database, orcid=ORCID)
    for n in range(3):
        claim(database, who, paper(LEI, MING, title=f"A paper of Lei Wang, number {n}"))
    return who


def test_the_same_id_institution_or_co_authors_are_suggested_and_said(database: Database, paper: AddPaper, lei: Actor) -> None:
    by_orcid = paper(replace(LEI, name="L. Wang", given="L.", affiliations=[PEKING]), title="With the iD beside it")
    by_place = paper(PLAIN, title="At the same hospital")
    by_people = paper(MING, replace(PLAIN, affiliations=[]), title="With the same colleague")
    found = suggested(database, lei)
    assert set(ids(found)) == {by_orcid, by_place, by_people}
    assert found.found[0].paper.id == by_orcid
    words = {one.paper.id: " ".join(map(str, one.parts)) for one in found.found}
    assert "ORCID" in words[by_orcid]
    assert "institution" in words[by_place]
    assert "co-authors" in words[by_people]
    assert all(0.8 <= one.score < 1 for one in found.found)
    assert {one.paper.id: one.position for one in found.found}[by_people] == 2


def test_namesakes_elsewhere_with_other_ids_or_names_are_not(database: Database, paper: AddPaper, lei: Actor) -> None:
    paper(replace(PLAIN, affiliations=[PEKING]), ANNA, title="A namesake at another university")
    paper(replace(PLAIN, orcid=OTHER_ORCID), title="A namesake with another iD at the same hospital")
    paper(Author("Lili Wang", "Wang", "Lili", affiliations=[FUDAN]), title="Another name")
    paper(Author("Lei Wang Group", is_group=True), title="A group")
    paper(replace(PLAIN, role="editor"), ANNA, title="An editor")
    found = suggested(database, lei)
    assert ids(found) == []
    assert (found.n_papers_of_name, found.n_people_of_name) == (5, 1)


def test_nothing_is_suggested_before_a_first_claim_is_approved(database: Database, paper: AddPaper) -> None:
    who = somebody(database)
    claim(database, who, paper(PLAIN, MING))
    paper(PLAIN, title="Another long enough title")
    assert suggested(database, who).found == []


def test_not_mine_is_never_asked_again_and_makes_the_rest_less_likely(database: Database, paper: AddPaper, lei: Actor) -> None:
    first, second = paper(PLAIN, title="Of a namesake, as it turns out"), paper(PLAIN, title="Another of the namesake")
    assert set(ids(suggested(database, lei))) == {first, second}
    with database.write() as session, session.begin():
        services.not_mine(session, lei, first, 1)
        services.not_mine(session, lei, first, 1)
    assert ids(suggested(database, lei)) == []  # three yes and one no of this name at this hospital: not likely enough any more
    claim(database, lei, first)  # a mistake: claiming takes the no back
    assert second in ids(suggested(database, lei))
    with pytest.raises(NotFound), database.write() as session, session.begin():
        services.not_mine(session, somebody(database), first, 1)


def test_no_more_is_asked_than_is_known(database: Database, paper: AddPaper, lei: Actor) -> None:
    for n in range(6):
        paper(PLAIN, title=f"At the same hospital, number {n}")
        paper(LEI, title=f"With the iD beside it, number {n}")
    found = suggested(database, lei)
    assert [one.score > 0.995 for one in found.found] == [True] * 6 + [False] * 3


def test_what_somebody_else_has_claimed_is_not_suggested(database: Database, paper: AddPaper, lei: Actor) -> None:
    taken = paper(replace(PLAIN, orcid=OTHER_ORCID, email="l.w@fudan.edu.cn"), title="Of the other Lei Wang")
    claim(database, somebody(database, orcid=OTHER_ORCID), taken)
    waiting = paper(PLAIN, title="Claimed and waiting")
    claim(database, somebody(database), waiting)
    assert ids(suggested(database, lei)) == []
    assert suggested(database, lei).n_people_of_name == 2


def test_suggestions_are_taken_up_in_one_go_and_climb_the_ladder(database: Database, paper: AddPaper, lei: Actor) -> None:
    proved, other = paper(LEI, title="With the iD beside it"), paper(PLAIN, title="At the same hospital")
    with database.write() as session, session.begin():
        done = suggesting.accept(session, lei, [(proved, 1), (other, 1), (other, 7), (other, 1)])
    assert (done.n_approved, done.n_waiting, done.n_left) == (1, 1, 0)
    with database.read() as session:
        assert [c.state for c in session.scalars(sa.select(Claim).order_by(Claim.id))] == [*["approved"] * 4, "pending"]
    assert ids(suggested(database, lei)) == []


def test_more_than_an_hour_s_worth_is_left_for_later(database: Database, paper: AddPaper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CLAIMS_PER_HOUR", 3)
    monkeypatch.setattr(suggesting, "CLAIMS_PER_HOUR", 3)
    who = somebody(database, orcid=ORCID)
    papers = [paper(LEI, title=f"Another long enough title {n}") for n in range(5)]
    assert state(database, claim(database, who, papers[0]))[0] == "approved"
    with database.write() as session, session.begin():
        done = suggesting.accept(session, who, [(paper_id, 1) for paper_id in papers[1:]])
    assert (done.n_approved, done.n_waiting, done.n_left) == (2, 0, 2)


def test_a_name_that_a_moderator_approved_against_all_appearance_teaches_too(database: Database, paper: AddPaper) -> None:
    who, moderator = somebody(database, "Peter Brown"), somebody(database, "Mo", role="moderator")
    for n in range(2):
        claim_id = claim(database, who, paper(PLAIN, MING, title=f"Written under another name, number {n}"))
        with database.write() as session, session.begin():
            decide(session, moderator, claim_id, "approve", "Shown in a letter of the publisher.")
    own_name = paper(Author("Peter Brown", "Brown", "Peter"), MING, title="Written under the own name")
    assert ids(suggested(database, who)) == [own_name]


def test_a_chinese_name_finds_its_pinyin_and_the_other_way_round(database: Database, paper: AddPaper) -> None:
    who = somebody(database, "王磊", orcid=ORCID)
    for n in range(2):
        claim(database, who, paper(Author("王磊", "王", "磊", orcid=ORCID), MING, title=f"A paper of 王磊, number {n}"))
    in_pinyin, turned = paper(Author("Lei Wang", "Wang", "Lei"), MING, title="In pinyin"), paper(Author("Wang L", "Wang", "L"), MING, title="With an initial")
    assert set(ids(suggested(database, who))) == {in_pinyin, turned}


def test_suggesting_takes_as_many_statements_for_many_namesakes_as_for_few(database: Database, paper: AddPaper, lei: Actor) -> None:
    def n_statements() -> int:
        said: list[str] = []

        def count(*told: object) -> None:
            said.append(str(told[2]))

        sa.event.listen(database.engine, "before_cursor_execute", count)
        suggested(database, lei)
        sa.event.remove(database.engine, "before_cursor_execute", count)
        return len(said)

    paper(PLAIN, MING, title="A paper at the same hospital")
    before = n_statements()
    for n in range(12):
        paper(PLAIN, MING, title=f"Another long enough title {n}")
    assert n_statements() == before <= 20


def test_every_statement_of_suggesting_goes_by_an_index(database: Database, paper: AddPaper, lei: Actor) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses by the size of tables, which are empty here")
    for n in range(3):
        paper(PLAIN, MING, title=f"Another long enough title {n}")
    said: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        said.append((statement, parameters))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    suggested(database, lei)
    sa.event.remove(database.engine, "before_cursor_execute", note)
    with database.engine.connect() as connection:
        plans = [str(row[3]) for statement, values in said for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert len(plans) > len(said) > 10
    assert [plan for plan in plans if plan.startswith("SCAN") and "CONSTANT" not in plan and "SUBQUERY" not in plan] == []


FIT = {verdict: fit_texts(["Lei Wang"], printed) for verdict, printed in ((SAME, "Lei Wang"), (COMPATIBLE, "L. Wang"), (DIFFERENT, "Anna Li"))}
FACTS = st.builds(
    Facts, st.sampled_from(list(FIT.values())), st.floats(0, 1), st.integers(1, 50), st.integers(0, 50), st.booleans(), st.integers(0, 50), st.integers(0, 50),
    st.integers(0, 50), st.booleans(), st.booleans(), st.integers(0, 9), st.integers(0, 9), st.booleans(), st.booleans(), st.integers(0, 9),
)  # fmt: skip


@given(FACTS)
def test_a_score_is_a_chance_with_its_reasons_and_names_that_differ_have_none(facts: Facts) -> None:
    found = likeness(facts)
    assert 0 <= found.score < 1
    assert found.parts
    assert all(str(part) for part in found.parts)
    if facts.fit.verdict == DIFFERENT or facts.is_other_orcid:
        assert found.score == 0


@given(FACTS)
def test_a_further_co_author_never_makes_it_less_likely(facts: Facts) -> None:
    assert likeness(replace(facts, n_rare_co_authors=facts.n_rare_co_authors + 1)).score >= likeness(facts).score


@given(st.lists(st.tuples(st.sampled_from(["own", "others", "nobody's"]), st.sampled_from(["", "fudan", "peking"])), max_size=12))
def test_the_share_of_a_crowd_stays_a_share(rows: list[tuple[str, str]]) -> None:
    traces = [
        Trace(n, 1, "lei-wang", FIT[SAME], institutions=frozenset({place} - {""}), is_own=whose == "own", is_others=whose == "others")
        for n, (whose, place) in enumerate(rows)
    ]
    crowd = Crowd(traces)
    for one in traces:
        if not one.is_own and not one.is_others:
            assert -1e-9 <= crowd.facts_of(one).share <= 1 + 1e-9
