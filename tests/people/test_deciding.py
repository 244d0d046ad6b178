"""Moderators' part: the queue with both sides, decisions with their reason, what happens to the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from reviewhub.accounts.models import Account
from reviewhub.config import Settings
from reviewhub.core.actor import Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import Conflict, NotAllowed, NotFound
from reviewhub.people import deciding, queries, services
from reviewhub.people.models import Claim
from tests.people import person
from tests.people.conftest import LEI, MING, ORCID, AddPaper
from tests.people.test_claiming import claim, outbox, refusal, somebody, state

REASON = "The homepage of the department lists this paper."


@pytest.fixture
def moderator(database: Database) -> Actor:
    return somebody(database, "Mo Derator", role="moderator")


def decide(database: Database, who: Actor, claim_id: int, decision: str, reason: str = REASON, **more: int) -> None:
    with database.write() as session, session.begin():
        deciding.decide(session, who, claim_id, decision, reason, **more)


def test_a_moderator_approves_refuses_and_takes_back(
    database: Database, paper: AddPaper, moderator: Actor, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    who, paper_id = somebody(database), paper(LEI, MING)
    claim_id = claim(database, who, paper_id)
    decide(database, moderator, claim_id, "refuse")
    assert state(database, claim_id) == ("refused", "")
    assert "refused" in str(refusal(database, lambda s: services.claim(s, who, paper_id, 1)))
    claim(database, who, paper_id, evidence="moderator", note="My homepage: https://lei.example")
    assert state(database, claim_id) == ("pending", "")
    decide(database, moderator, claim_id, "approve")
    assert state(database, claim_id) == ("approved", "moderator")
    decide(database, moderator, claim_id, "revoke")
    assert state(database, claim_id)[0] == "revoked"
    run_jobs()
    told = "".join(outbox(settings))
    assert told.count(REASON) >= 2
    with database.read() as session:
        steps = [(step.action, step.by, step.state) for step in queries.steps_of(session, claim_id)]
    assert steps == [
        ("claimed", "claimant", "pending"), ("refused", "moderator", "refused"), ("claimed again", "claimant", "pending"),
        ("approved", "moderator", "approved"), ("revoked", "moderator", "revoked"),
    ]  # fmt: skip


def test_a_question_leaves_the_claim_waiting_and_reaches_the_claimant(
    database: Database, paper: AddPaper, moderator: Actor, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    claim_id = claim(database, somebody(database), paper(LEI, MING))
    decide(database, moderator, claim_id, "ask", "Which group did you work in at the time?")
    run_jobs()
    assert state(database, claim_id)[0] == "pending"
    assert "Which group" in outbox(settings)[-1]


def test_both_sides_of_a_dispute_stand_side_by_side_and_one_word_ends_it(database: Database, paper: AddPaper, moderator: Actor) -> None:
    paper_id = paper(LEI, MING)
    mine, theirs = claim(database, somebody(database, orcid=ORCID), paper_id), claim(database, somebody(database), paper_id)
    other = claim(database, somebody(database, "Ming Li"), paper_id, 2)
    with database.read() as session:
        dispute, single = deciding.queue(session, moderator)
        assert dispute.is_disputed
        assert [(side.claim.id, side.has_orcid, side.fit.verdict) for side in dispute.sides] == [(mine, True, "same"), (theirs, False, "same")]
        assert [side.claim.id for side in single.sides] == [other]
        assert dispute.similar == [("Lei Wang", 1)]
    decide(database, moderator, theirs, "approve")
    assert (state(database, mine)[0], state(database, theirs)) == ("refused", ("approved", "moderator"))
    decide(database, moderator, theirs, "revoke")
    assert state(database, mine)[0] == "refused"


def test_refusing_one_side_gives_the_other_its_proof_back(database: Database, paper: AddPaper, moderator: Actor) -> None:
    paper_id = paper(LEI, MING)
    mine, theirs = claim(database, somebody(database, orcid=ORCID), paper_id), claim(database, somebody(database), paper_id)
    decide(database, moderator, theirs, "refuse")
    assert (state(database, mine), state(database, theirs)[0]) == (("approved", "orcid"), "refused")


def test_a_third_claimant_freezes_what_a_moderator_approved(database: Database, paper: AddPaper, moderator: Actor) -> None:
    paper_id = paper(LEI, MING)
    mine = claim(database, somebody(database), paper_id)
    decide(database, moderator, mine, "approve")
    theirs = claim(database, somebody(database), paper_id)
    assert (state(database, mine)[0], state(database, theirs)[0]) == ("disputed", "disputed")
    decide(database, moderator, theirs, "refuse")
    assert state(database, mine) == ("approved", "moderator")


def test_after_a_no_the_next_yes_is_a_moderator_s_too(database: Database, paper: AddPaper, moderator: Actor) -> None:
    who, paper_id = somebody(database, "Ming Li", orcid=ORCID), paper(LEI, MING)
    claim_id = claim(database, who, paper_id)  # the iD is there, the name is another
    decide(database, moderator, claim_id, "refuse")
    with database.write() as session, session.begin():
        session.get_one(Account, who.account_id).name = "Lei Wang"  # and now it fits
    claim(database, who, paper_id, evidence="orcid")
    assert state(database, claim_id) == ("pending", "")
    with database.read() as session:
        assert "turned this claim down" in str(queries.judgement_of(session, session.get_one(Claim, claim_id)).why)
    decide(database, moderator, claim_id, "approve")
    assert state(database, claim_id) == ("approved", "moderator")
    with database.write() as session, session.begin():
        services.withdraw(session, who, claim_id)
    claim(database, who, paper_id)
    assert state(database, claim_id) == ("approved", "orcid")


def test_only_moderators_decide_never_on_their_own_with_a_reason_and_on_what_they_saw(database: Database, paper: AddPaper, moderator: Actor) -> None:
    paper_id = paper(LEI, MING)
    claim_id = claim(database, somebody(database), paper_id)
    for who in (somebody(database), Actor("account", moderator.account_id, "moderator", True)):
        with pytest.raises(NotAllowed), database.write() as session, session.begin():
            deciding.decide(session, who, claim_id, "approve", REASON)
    assert refusal(database, lambda s: deciding.decide(s, moderator, claim_id, "approve", "ok")).field == "reason"
    assert refusal(database, lambda s: deciding.decide(s, moderator, claim_id, "wave through", REASON)).field == "decision"
    assert refusal(database, lambda s: deciding.decide(s, moderator, claim_id, "revoke", REASON)).field == "decision"
    with pytest.raises(NotFound), database.write() as session, session.begin():
        deciding.decide(session, moderator, 999, "approve", REASON)
    with pytest.raises(Conflict), database.write() as session, session.begin():
        deciding.decide(session, moderator, claim_id, "approve", REASON, seen_version=99)
    own = claim(database, moderator, paper_id, 2)
    assert refusal(database, lambda s: deciding.decide(s, moderator, own, "approve", REASON)).field == "claim"


def test_the_queue_takes_as_many_statements_for_many_cases_as_for_one(database: Database, paper: AddPaper, moderator: Actor) -> None:
    said: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    numbers = []
    for n in range(3):
        claim(database, somebody(database), paper(LEI, MING, title=f"Another long enough title {n}"))
        said.clear()
        with database.read() as session:
            assert len(deciding.queue(session, moderator)) == n + 1
        numbers.append(len(said))
    assert len(set(numbers)) == 1
    assert numbers[0] <= 12
    with database.read() as session:
        cases = deciding.queue(session, moderator)
        assert [len(case.sides) for case in cases] == [1, 1, 1]
        assert cases[0].waits_since <= cases[-1].waits_since
        assert deciding.case_of(session, moderator, cases[1].sides[0].claim.id).paper.id == cases[1].paper.id
        assert queries.n_waiting(session) == 3


def test_a_name_is_hidden_by_whom_it_fits_and_shown_again(database: Database, paper: AddPaper, moderator: Actor) -> None:
    paper(LEI, MING)
    lei, stranger = somebody(database), somebody(database, "Peter Brown")
    with pytest.raises(NotAllowed), database.write() as session, session.begin():
        deciding.hide_name(session, stranger, "lei-wang")
    with pytest.raises(NotFound), database.write() as session, session.begin():
        deciding.hide_name(session, lei, "nobody-at-all")
    with database.write() as session, session.begin():
        deciding.hide_name(session, lei, "lei-wang")
        assert queries.is_hidden(session, "lei-wang")
    with pytest.raises(NotAllowed), database.write() as session, session.begin():
        deciding.show_name(session, stranger, "lei-wang")
    with database.write() as session, session.begin():
        deciding.show_name(session, moderator, "lei-wang")
        assert not queries.is_hidden(session, "lei-wang")


def test_a_claim_of_an_account_that_is_gone_cannot_be_taken_for_a_readers(database: Database, paper: AddPaper) -> None:
    claim_id = claim(database, somebody(database, orcid=ORCID), paper(LEI, MING))
    with database.read() as session:
        assert session.get_one(Claim, claim_id).account_id is not None
    with pytest.raises(NotFound), database.write() as session, session.begin():
        services.withdraw(session, person(session), claim_id)
