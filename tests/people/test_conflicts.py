"""What the rating engine learns of claims, at once, forth and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from reviewhub.accounts.models import Account
from reviewhub.core.actor import Actor
from reviewhub.core.db import Database
from reviewhub.core.jobs import emit
from reviewhub.events import AccountChanged
from reviewhub.papers.record import Author
from reviewhub.people import merging, queries, services
from reviewhub.people.identities import FromClaims
from reviewhub.ratings import identities
from reviewhub.ratings.models import Rating
from reviewhub.ratings.services import Given, rate
from tests.people import person
from tests.people.conftest import LEI, MING, ORCID, AddPaper


@pytest.fixture(autouse=True)
def asked() -> Iterator[None]:
    """Ratings ask the claims, as they do in the site."""
    identities.ask(identities.FromRecord(), FromClaims())
    yield
    identities.ask(identities.FromRecord())


def rater(database: Database, paper_id: int, **facts: str) -> Actor:
    with database.write() as session, session.begin():
        who = person(session, **facts)
        rate(session, who, paper_id, Given(8))
        return who


def exclusion(database: Database, who: Actor, paper_id: int) -> str:
    with database.read() as session:
        return session.scalar(sa.select(Rating.exclusion).where(Rating.account_id == who.account_id, Rating.paper_id == paper_id)) or ""


def claim(database: Database, who: Actor, paper_id: int, position: int) -> int:
    with database.write() as session, session.begin():
        return services.claim(session, who, paper_id, position).id


def test_a_claim_makes_a_rating_that_of_an_author_and_giving_it_up_takes_that_back(database: Database, paper: AddPaper, run_jobs: Callable[[], int]) -> None:
    paper_id = paper(LEI, MING)
    who = rater(database, paper_id, name="Ming Li")
    assert exclusion(database, who, paper_id) == ""
    claim_id = claim(database, who, paper_id, 2)  # it waits; who says so does not rate the paper meanwhile
    run_jobs()
    assert exclusion(database, who, paper_id) == "own-paper"
    with database.write() as session, session.begin():
        services.withdraw(session, who, claim_id)
    run_jobs()
    assert exclusion(database, who, paper_id) == ""


def test_colleagues_of_an_author_do_not_count_once_the_author_has_claimed_the_paper(database: Database, paper: AddPaper, run_jobs: Callable[[], int]) -> None:
    paper_id = paper(LEI, MING)
    by_address = rater(database, paper_id, name="Somebody Else", email="some.body@cs.fudan.edu.cn")
    by_statement = rater(database, paper_id, name="Another One", institution="Fudan University")
    elsewhere = rater(database, paper_id, name="A Third", institution="Peking University")
    assert {exclusion(database, who, paper_id) for who in (by_address, by_statement, elsewhere)} == {""}
    with database.write() as session, session.begin():
        lei = person(session, name="Lei Wang", orcid=ORCID, email="lei@fudan.edu.cn")
    claim_id = claim(database, lei, paper_id, 1)
    run_jobs()
    assert [exclusion(database, who, paper_id) for who in (by_address, by_statement, elsewhere)] == ["same-institution", "same-institution", ""]
    with database.write() as session, session.begin():
        services.withdraw(session, lei, claim_id)
    run_jobs()
    assert {exclusion(database, who, paper_id) for who in (by_address, by_statement, elsewhere)} == {""}


def test_an_author_who_moves_takes_the_conflict_along(database: Database, paper: AddPaper, run_jobs: Callable[[], int]) -> None:
    paper_id = paper(Author("Lei Wang", "Wang", "Lei", orcid=ORCID), MING)
    colleague = rater(database, paper_id, name="Somebody Else", institution="Tsinghua University")
    with database.write() as session, session.begin():
        lei = person(session, name="Lei Wang", orcid=ORCID)
    claim(database, lei, paper_id, 1)
    run_jobs()
    assert exclusion(database, colleague, paper_id) == ""
    with database.write() as session, session.begin():
        session.execute(sa.update(Account).where(Account.id == lei.account_id).values(institution="Tsinghua University"))
        emit(session, AccountChanged(lei.account_id or 0))
    run_jobs()
    assert exclusion(database, colleague, paper_id) == "same-institution"


def test_parting_a_paper_from_the_profile_frees_nobody_to_rate_it_but_a_moderator_may(database: Database, paper: AddPaper, run_jobs: Callable[[], int]) -> None:
    paper_id, other_id = paper(LEI, MING), paper(LEI, MING, title="Another long enough title")
    with database.write() as session, session.begin():
        who, moderator = person(session, name="Lei Wang"), person(session, role="moderator")
        rate(session, who, paper_id, Given(10))
    claims = [claim(database, who, one, 1) for one in (paper_id, other_id)]
    with database.write() as session, session.begin():
        owner = queries.person_of(session, who.account_id or 0)
        assert owner is not None
        person_id = owner.id
        change_id = merging.split(session, who, person_id, claims[:1], "These are not mine at all.").id
    run_jobs()
    assert exclusion(database, who, paper_id) == "own-paper"
    with database.write() as session, session.begin():
        merging.undo(session, who, change_id)
        merging.split(session, moderator, person_id, claims[:1], "These are a namesake's papers.")
    run_jobs()
    assert exclusion(database, who, paper_id) == ""


def test_papers_claimed_tell_co_authors(database: Database, paper: AddPaper, run_jobs: Callable[[], int]) -> None:
    rated_id = paper(MING, title="The paper that is rated here")
    other_id = paper(Author("L. Wang", "Wang", "L."), MING, title="Another paper of both of them", published="2026-01")
    who = rater(database, rated_id, name="Lei Wang")
    assert exclusion(database, who, rated_id) == ""
    claim(database, who, other_id, 1)
    run_jobs()
    assert exclusion(database, who, rated_id) == "co-author"
