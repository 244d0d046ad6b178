"""Claims: what proves an authorship and what does not, who is told, who is refused and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from reviewhub.config import Settings
from reviewhub.core.actor import ANYONE, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotAllowed, NotFound, RuleBroken
from reviewhub.papers.models import Paper
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.people import ladder, proving, queries, services
from reviewhub.people.deciding import close_authorship
from reviewhub.people.models import Claim
from tests.people import person
from tests.people.conftest import ANNA, FUDAN, LEI, MING, ORCID, OTHER_ORCID, AddPaper


def somebody(database: Database, name: str = "Lei Wang", **facts: Any) -> Actor:
    with database.write() as session, session.begin():
        return person(session, name=name, **facts)


def claim(database: Database, who: Actor, paper_id: int, position: int = 1, **more: Any) -> int:
    with database.write() as session, session.begin():
        return services.claim(session, who, paper_id, position, **more).id


def state(database: Database, claim_id: int) -> tuple[str, str]:
    with database.read() as session:
        found = session.get_one(Claim, claim_id)
        return found.state, found.proof


def refusal(database: Database, work: Callable[[Any], object]) -> RuleBroken:
    """The refusal of some work, after which nothing is different."""
    with database.read() as session:
        before = [(c.id, c.state, c.version, c.evidence) for c in session.scalars(sa.select(Claim).order_by(Claim.id))]
    with pytest.raises(RuleBroken) as broken, database.write() as session, session.begin():
        work(session)
    with database.read() as session:
        assert [(c.id, c.state, c.version, c.evidence) for c in session.scalars(sa.select(Claim).order_by(Claim.id))] == before
    return broken.value


def outbox(settings: Settings) -> list[str]:
    folder = Path(settings.home) / "outbox"
    return [path.read_text() for path in sorted(folder.glob("*.eml"))] if folder.exists() else []


def token_of(mail: str) -> str:
    return mail.split("/people/claims/link/")[1].split()[0].strip('"')


def test_the_orcid_id_printed_for_this_author_proves_it(database: Database, paper: AddPaper) -> None:
    claim_id = claim(database, somebody(database, orcid=ORCID), paper(LEI, MING))
    assert state(database, claim_id) == ("approved", "orcid")


def test_the_id_on_a_name_that_is_another_waits_for_a_moderator(database: Database, paper: AddPaper) -> None:
    claim_id = claim(database, somebody(database, "Ming Li", orcid=ORCID), paper(LEI, MING))
    assert state(database, claim_id) == ("pending", "")
    with database.read() as session:
        assert session.get_one(Claim, claim_id).rungs == ("orcid",)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"email": "wang.lei@m.fudan.edu.cn"},  # a namesake at the same university has such an address as well
        {"institution": "Fudan University"},
        {"orcid": OTHER_ORCID},
        {"orcid": OTHER_ORCID, "email": "lwang@fudan.edu.cn"},  # another iD than the printed one speaks against it
    ],
)
def test_a_name_and_what_namesakes_share_never_approves(database: Database, paper: AddPaper, facts: dict[str, Any]) -> None:
    assert state(database, claim(database, somebody(database, **facts), paper(LEI, MING)))[0] == "pending"


def test_an_address_of_the_institution_stands_on_the_claim(database: Database, paper: AddPaper) -> None:
    claim_id = claim(database, somebody(database, email="wang.lei@m.fudan.edu.cn"), paper(LEI, MING))
    with database.read() as session:
        assert [(one["rung"], one["fact"]) for one in session.get_one(Claim, claim_id).evidence] == [("institution", "fudan.edu.cn")]


def test_what_a_reader_handed_in_proves_nothing_to_that_reader(database: Database) -> None:
    who = somebody(database, orcid=ORCID, email="lwang@fudan.edu.cn")
    with database.write() as session, session.begin():
        paper_id = add_or_update(session, who, [PaperRecord("hand", title="A paper nobody else has told of", authors=[replace(LEI)])])[0].paper_id or 0
    claim_id = claim(database, who, paper_id)
    with database.read() as session:
        assert session.get_one(Claim, claim_id).evidence == []
    assert state(database, claim_id) == ("pending", "")
    assert "handed in" in str(refusal(database, lambda s: services.claim(s, who, paper_id, 1, evidence="mail")))


def test_whose_proved_address_is_the_printed_one_is_the_author(database: Database, paper: AddPaper) -> None:
    claim_id = claim(database, somebody(database, email="LWang@Fudan.edu.cn"), paper(LEI, MING))
    assert state(database, claim_id) == ("approved", "mail")
    with database.read() as session:
        assert session.get_one(Claim, claim_id).evidence[0]["fact"] == "l…@fudan.edu.cn"


def test_a_link_mailed_to_the_printed_address_proves_it_once(database: Database, paper: AddPaper, settings: Settings, run_jobs: Callable[[], int]) -> None:
    who, paper_id = somebody(database), paper(LEI, MING)
    claim_id = claim(database, who, paper_id, evidence="mail")
    run_jobs()
    [mail] = outbox(settings)
    assert "To: lwang@fudan.edu.cn" in mail
    token = token_of(mail)
    assert state(database, claim_id) == ("pending", "")
    other = somebody(database, "Lei Wang")
    assert "another account" in str(refusal(database, lambda s: proving.open_link(s, other, token)))
    assert refusal(database, lambda s: proving.open_link(s, who, "no such token")).field == "token"
    with database.write() as session, session.begin():
        proving.open_link(session, who, token)
    assert state(database, claim_id) == ("approved", "mail")
    assert "used already" in str(refusal(database, lambda s: proving.open_link(s, who, token)))


def test_an_old_link_is_refused_with_the_reason(
    database: Database, paper: AddPaper, settings: Settings, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    who = somebody(database)
    claim(database, who, paper(LEI, MING), evidence="mail")
    run_jobs()
    token = token_of(outbox(settings)[0])
    later = services.clock.now() + ladder.LINK_LASTS
    monkeypatch.setattr("reviewhub.core.clock.now", lambda: later)
    assert "too old" in str(refusal(database, lambda s: proving.open_link(s, who, token)))


def test_no_more_than_some_links_go_to_one_address(database: Database, paper: AddPaper) -> None:
    papers = [paper(LEI, MING, title=f"Another long enough title {n}") for n in range(ladder.LINKS_PER_ADDRESS_A_DAY + 1)]
    for paper_id in papers[:-1]:
        claim(database, somebody(database), paper_id, evidence="mail")
    who = somebody(database)
    assert refusal(database, lambda s: services.claim(s, who, papers[-1], 1, evidence="mail")).field == "evidence"


def test_a_co_author_confirms_and_one_who_was_only_confirmed_cannot(database: Database, paper: AddPaper) -> None:
    paper_id = paper(LEI, MING, ANNA)
    lei, ming, anna = somebody(database, orcid=ORCID), somebody(database, "Ming Li"), somebody(database, "Anna Schmidt")
    claim(database, lei, paper_id)
    of_ming, of_anna = claim(database, ming, paper_id, 2), claim(database, anna, paper_id, 3)
    with pytest.raises(NotAllowed), database.write() as session, session.begin():
        services.confirm(session, anna, of_ming)
    with database.write() as session, session.begin():
        services.confirm(session, lei, of_ming)
    assert state(database, of_ming) == ("approved", "co-author")
    assert refusal(database, lambda s: services.confirm(s, ming, of_anna)).field == "claim"
    assert state(database, of_anna) == ("pending", "")


def test_a_co_author_cannot_make_a_name_fit(database: Database, paper: AddPaper) -> None:
    paper_id = paper(LEI, MING)
    lei, stranger = somebody(database, orcid=ORCID), somebody(database, "Peter Brown")
    claim(database, lei, paper_id)
    claim_id = claim(database, stranger, paper_id, 2)
    with database.write() as session, session.begin():
        services.confirm(session, lei, claim_id)
    assert state(database, claim_id) == ("pending", "")


WORKS: dict[str, Any] = {
    "group": [
        {
            "work-summary": [
                {
                    "external-ids": {"external-id": [{"external-id-type": "doi", "external-id-value": "10.5555/ABC", "external-id-relationship": "self"}]},
                    "source": {"source-client-id": {"path": "0000-0001-9884-1913"}, "source-name": {"value": "Crossref"}},
                }
            ]
        }
    ]
}


def _typed_in() -> dict[str, Any]:
    summary = WORKS["group"][0]["work-summary"][0]
    return {"group": [{"work-summary": [{**summary, "source": {"source-orcid": {"path": ORCID}}}]}]}


@pytest.mark.parametrize(
    ("works", "expected"),
    [
        (WORKS, ("approved", "works")),
        (_typed_in(), ("pending", "")),
        ({"group": []}, ("pending", "")),
        (None, ("pending", "")),
        ({"group": "?"}, ("pending", "")),
    ],
)
def test_the_public_works_list_proves_it_when_somebody_else_told(
    database: Database, paper: AddPaper, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch, works: Any, expected: tuple[str, str]
) -> None:
    asked: list[str] = []

    def answer(_settings: Settings, url: str) -> Any:
        asked.append(url)
        return works

    monkeypatch.setattr("reviewhub.core.fetch.json_of", answer)
    paper_id = paper(Author("L. Wang", "Wang", "L."), MING, identifiers={"doi": ["10.5555/abc"]})
    claim_id = claim(database, somebody(database, orcid=ORCID), paper_id, evidence="works")
    run_jobs()
    assert asked == [f"https://pub.orcid.org/v3.0/{ORCID}/works"]
    assert state(database, claim_id) == expected


def test_two_claimants_of_one_authorship_are_both_frozen_and_both_told(
    database: Database, paper: AddPaper, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    paper_id = paper(LEI, MING)
    first, second = somebody(database, orcid=ORCID, email="one@fudan.edu.cn"), somebody(database, email="two@fudan.edu.cn")
    mine = claim(database, first, paper_id)
    theirs = claim(database, second, paper_id)
    assert (state(database, mine)[0], state(database, theirs)[0]) == ("disputed", "disputed")
    run_jobs()
    assert {mail.split("To: ")[1].split("\n")[0] for mail in outbox(settings)} == {"one@fudan.edu.cn", "two@fudan.edu.cn"}
    with database.read() as session:
        assert queries.marks_of(session, paper_id)[1].state == "disputed"
    with database.write() as session, session.begin():
        services.withdraw(session, second, theirs)
    assert state(database, mine) == ("approved", "orcid")


def test_a_stranger_without_proof_freezes_nobody(database: Database, paper: AddPaper) -> None:
    paper_id = paper(LEI, MING)
    mine = claim(database, somebody(database, orcid=ORCID), paper_id)
    theirs = claim(database, somebody(database, "Peter Brown"), paper_id)
    assert (state(database, mine)[0], state(database, theirs)[0]) == ("approved", "pending")


def test_a_withdrawn_claim_may_be_made_again(database: Database, paper: AddPaper) -> None:
    who, paper_id = somebody(database, orcid=ORCID), paper(LEI, MING)
    claim_id = claim(database, who, paper_id)
    with database.write() as session, session.begin():
        services.withdraw(session, who, claim_id)
    assert state(database, claim_id)[0] == "withdrawn"
    assert claim(database, who, paper_id) == claim_id
    assert state(database, claim_id) == ("approved", "orcid")
    with database.read() as session:
        assert [step.action for step in queries.steps_of(session, claim_id)] == ["claimed", "withdrawn", "claimed again"]


def test_bad_claims_are_refused_with_a_clear_answer(database: Database, paper: AddPaper) -> None:
    group = Author("The Trial Group", is_group=True)
    dead = Author("Jane Roe †", "Roe", "Jane")
    paper_id = paper(LEI, MING, group, dead, Author("Ed Itor", "Itor", "Ed", role="editor"))
    who = somebody(database)
    for position, field in ((99, "position"), (0, "position"), (-1, "position"), (3, "position"), (4, "position"), (5, "position")):
        assert refusal(database, lambda s, n=position: services.claim(s, who, paper_id, n)).field == field
    for more, field in (
        ({"evidence": "my word"}, "evidence"), ({"evidence": "orcid"}, "evidence"), ({"evidence": "works"}, "evidence"), ({"note": "x" * 9_999}, "note"),
    ):  # fmt: skip
        assert refusal(database, lambda s, more=more: services.claim(s, who, paper_id, 1, **more)).field == field
    assert refusal(database, lambda s: services.claim(s, who, paper_id, 2, evidence="mail")).field == "evidence"
    with pytest.raises(NotFound), database.write() as session, session.begin():
        services.claim(session, who, 999_999, 1)
    for nobody in (ANYONE, Actor("account", who.account_id, "reader", True)):
        with pytest.raises(NotAllowed), database.write() as session, session.begin():
            services.claim(session, nobody, paper_id, 1)


def test_a_retracted_paper_and_an_author_who_died_are_not_claimed(database: Database, paper: AddPaper) -> None:
    paper_id, moderator, who = paper(LEI, MING), somebody(database, "Mo", role="moderator"), somebody(database)
    with database.write() as session, session.begin():
        close_authorship(session, moderator, paper_id, 1)
    assert "died" in str(refusal(database, lambda s: services.claim(s, who, paper_id, 1)))
    with database.write() as session, session.begin():
        session.execute(sa.update(Paper).values(is_retracted=True))
    assert "retracted" in str(refusal(database, lambda s: services.claim(s, who, paper_id, 2)))


def test_one_claims_one_name_of_a_paper_and_not_twice(database: Database, paper: AddPaper) -> None:
    who, paper_id = somebody(database, orcid=ORCID), paper(LEI, MING, Author("Lei Wang", "Wang", "Lei", affiliations=[FUDAN]))
    claim(database, who, paper_id)
    assert refusal(database, lambda s: services.claim(s, who, paper_id, 1)).field == "claim"
    assert refusal(database, lambda s: services.claim(s, who, paper_id, 2)).field == "claim"
    assert refusal(database, lambda s: services.claim(s, who, paper_id, 3)).field == "claim"


def test_fifty_claims_an_hour_are_too_many(database: Database, paper: AddPaper) -> None:
    who = somebody(database, orcid=ORCID)
    papers = [paper(LEI, MING, title=f"Another long enough title {n}") for n in range(ladder.CLAIMS_PER_HOUR + 1)]
    with database.write() as session, session.begin():
        for paper_id in papers[:-1]:
            services.claim(session, who, paper_id, 1)
    assert "within an hour" in str(refusal(database, lambda s: services.claim(s, who, papers[-1], 1)))


def test_claims_that_wait_pile_up_only_so_far(database: Database, paper: AddPaper) -> None:
    who = somebody(database)
    papers = [paper(LEI, MING, title=f"Another long enough title {n}") for n in range(ladder.MOST_PENDING + 1)]
    with database.write() as session, session.begin():
        for paper_id in papers[:-1]:
            services.claim(session, who, paper_id, 1)
    assert "waiting" in str(refusal(database, lambda s: services.claim(s, who, papers[-1], 1)))


def test_what_a_claimant_writes_is_kept_as_text(database: Database, paper: AddPaper) -> None:
    claim_id = claim(database, somebody(database), paper(LEI, MING), note="<script>alert(1)</script>\u202e I wrote it\x00")
    with database.read() as session:
        assert session.get_one(Claim, claim_id).note == "<script>alert(1)</script> I wrote it"
