"""Two claimants in the same moment: never two approved, never one that nobody froze."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from reviewhub.accounts.services import digest_of
from reviewhub.core.actor import Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import RuleBroken
from reviewhub.people import proving, services
from reviewhub.people.models import Claim, ClaimLink
from tests.people.conftest import LEI, MING, ORCID, AddPaper
from tests.people.test_claiming import claim, somebody


def _at_once(*works: object) -> list[object]:
    barrier, found = threading.Barrier(len(works)), list[object]([None] * len(works))

    def run(n: int) -> None:
        barrier.wait(timeout=30)
        try:
            found[n] = works[n]()  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001 - what went wrong is what the test looks at
            found[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


@pytest.mark.parametrize("_round", range(3))
def test_claims_made_at_once_freeze_each_other(database: Database, paper: AddPaper, _round: int) -> None:
    paper_id = paper(LEI, MING)
    claimants = [somebody(database, orcid=ORCID), somebody(database, email="lwang@fudan.edu.cn"), somebody(database)]

    def claiming(who: Actor) -> object:
        return lambda: claim(database, who, paper_id)

    made = _at_once(*map(claiming, claimants))
    assert all(isinstance(one, int) for one in made), made
    with database.read() as session:
        assert [c.state for c in session.scalars(sa.select(Claim))] == ["disputed"] * 3


def test_a_link_opened_in_two_browsers_at_once_works_once(database: Database, paper: AddPaper) -> None:
    who, paper_id = somebody(database), paper(LEI, MING)
    claim_id = claim(database, who, paper_id, evidence="mail")
    with database.write() as session, session.begin():
        session.execute(sa.update(ClaimLink).values(digest=digest_of("a token")))

    def opening() -> str:
        with database.write() as session, session.begin():
            return proving.open_link(session, who, "a token").state

    found = _at_once(opening, opening)
    assert sorted(map(type, found), key=lambda t: t.__name__) == [RuleBroken, str]
    with database.read() as session:
        assert session.get_one(Claim, claim_id).state == "approved"


def test_one_account_that_claims_twice_at_once_has_one_claim(database: Database, paper: AddPaper) -> None:
    who, paper_id = somebody(database, orcid=ORCID), paper(LEI, MING)

    def claiming() -> int:
        with database.write() as session, session.begin():
            return services.claim(session, who, paper_id, 1).id

    found = _at_once(claiming, claiming)
    assert any(isinstance(one, int) for one in found), found
    with database.read() as session:
        assert [c.state for c in session.scalars(sa.select(Claim))] == ["approved"]
