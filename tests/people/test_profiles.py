"""Profiles: what they show, how they are renamed, merged, split and put back, and what becomes of them when an account ends."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from reviewhub.accounts.erasing import delete_account
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotAllowed, NotFound
from reviewhub.papers.record import Author
from reviewhub.papers.services import add_or_update
from reviewhub.people import belongings, merging, profiles, queries, services
from reviewhub.people.models import Claim, Person
from tests.people.conftest import FUDAN, LEI, MING, ORCID, OTHER_ORCID, PEKING, AddPaper
from tests.people.test_claiming import claim, refusal, somebody, state

AS_LI = Author("Lei Li", "Li", "Lei", orcid=ORCID, affiliations=[PEKING])
REASON = "Both profiles list the same homepage."


def person_id(database: Database, who: Actor) -> int:
    with database.read() as session:
        found = queries.person_of(session, who.account_id or 0)
        assert found is not None
        return found.id


def n_papers(database: Database, who: int) -> int:
    found = profile(database, who)
    return found.n_papers if found else 0


def profile(database: Database, who: int) -> queries.Profile | None:
    with database.read() as session:
        return queries.profile(session, who)


def test_a_profile_shows_papers_by_year_and_places_over_time(database: Database, paper: AddPaper) -> None:
    who = somebody(database, "Lei Wang", orcid=ORCID)
    older = paper(Author("L. Wang", "Wang", "L.", orcid=ORCID, affiliations=[PEKING]), MING, title="An older paper of theirs", published="2012-03")
    newer = [paper(LEI, MING, title=f"A newer paper of theirs {n}", published=f"2020-0{n}") for n in (1, 2)]
    for paper_id in (older, *newer):
        claim(database, who, paper_id)
    found = profile(database, person_id(database, who))
    assert found is not None
    assert [(year, [line.id for line, _ in lines]) for year, lines in found.papers_by_year] == [(2020, newer[::-1]), (2012, [older])]
    assert [(place.name, place.first_year, place.last_year, place.n_papers) for place in found.places] == [
        (FUDAN.name, 2020, 2020, 2),
        (PEKING.name, 2012, 2012, 1),
    ]
    assert (found.orcids, found.n_papers, found.account_ids) == ([ORCID], 3, [who.account_id])
    with database.read() as session:
        mark = queries.marks_of(session, older)[1]
        assert (mark.name, mark.proof, mark.has_orcid, mark.state) == ("Lei Wang", "orcid", True, "approved")
        assert queries.is_author(session, who.account_id or 0, older)


def test_nothing_is_shown_before_something_is_approved(database: Database, paper: AddPaper) -> None:
    who = somebody(database)
    claim(database, who, paper(LEI, MING))
    assert profile(database, person_id(database, who)) is None


def test_a_new_name_is_shown_everywhere_and_the_old_one_goes_on_fitting_unseen(database: Database, paper: AddPaper) -> None:
    who = somebody(database, "Lei Wang", orcid=ORCID)
    first, second = paper(LEI, MING), paper(LEI, MING, title="Another long enough title")
    claim(database, who, first)
    with database.write() as session, session.begin():
        profiles.rename(session, who, name="Lena Li", other_name="李蕾")
        session.execute(sa.text("UPDATE accounts SET name = 'Lena Li'"))
    found = profile(database, person_id(database, who))
    assert found is not None
    assert (found.name, found.other_name, found.other_names) == ("Lena Li", "李蕾", [])
    assert state(database, claim(database, who, second)) == ("approved", "orcid")
    third = paper(Author("Lei Li", "Li", "Lei", orcid=ORCID), title="A third long enough title")
    assert state(database, claim(database, who, third)) == ("approved", "orcid")
    with database.read() as session:
        assert queries.marks_of(session, first)[1].name == "Lena Li"
        printed = queries.printed(session, first, 1)
        assert printed is not None
        assert printed.name == "Lei Wang"


def test_names_and_links_are_taken_as_they_should_be_or_refused(database: Database, paper: AddPaper) -> None:
    who = somebody(database, "Lei Wang", orcid=ORCID)
    with pytest.raises(NotFound), database.write() as session, session.begin():
        profiles.rename(session, who, name="Lei")
    claim(database, who, paper(LEI, MING))
    with database.write() as session, session.begin():
        profiles.set_names(session, who, [("王磊", "other", True), ("Lei Zhao", "former", False)])
        profiles.set_links(session, who, [("", "https://lei.example/papers"), ("Group", "http://group.example")])
        profiles.choose(session, who, shows_activity=True, is_told=False)
    found = profile(database, person_id(database, who))
    assert found is not None
    assert found.other_names == [("王磊", "other")]
    assert found.links == [{"words": "lei.example/papers", "url": "https://lei.example/papers"}, {"words": "Group", "url": "http://group.example"}]
    assert found.shows_activity
    for url in ("javascript:alert(1)", "https://", "https://a.example/<script>", "ftp://a.example", "https://a.example/" + "x" * 999):
        assert refusal(database, lambda s, url=url: profiles.set_links(s, who, [("", url)])).field == "links"
    assert refusal(database, lambda s: profiles.rename(s, who, name="https://spam.example")).field == "name"
    assert refusal(database, lambda s: profiles.set_names(s, who, [("x" * 200, "other", True)])).field == "names"
    assert refusal(database, lambda s: profiles.set_names(s, who, [("Lei", "pet name", True)])).field == "names"


def test_two_accounts_of_one_person_become_one_profile_and_two_again(database: Database, paper: AddPaper) -> None:
    one, other = somebody(database, "Lei Wang", orcid=ORCID), somebody(database, "Lei Li", orcid=OTHER_ORCID)
    first = paper(LEI, MING)
    second = paper(Author("Lei Li", "Li", "Lei", orcid=OTHER_ORCID), title="Another long enough title")
    claims = claim(database, one, first), claim(database, other, second)
    kept, gone = person_id(database, one), person_id(database, other)
    with database.write() as session, session.begin():
        change_id = merging.ask_merge(session, one, gone).id
    assert refusal(database, lambda s: merging.ask_merge(s, one, gone)).field == "other"
    with pytest.raises(NotFound), database.write() as session, session.begin():
        merging.answer_merge(session, one, change_id, agrees=True)
    with database.write() as session, session.begin():
        merging.answer_merge(session, other, change_id, agrees=True)
    with database.read() as session:
        assert queries.living_id(session, gone) == kept
        assert queries.profile(session, gone) is None
        assert set(queries.orcids_of(session, kept)) == {ORCID, OTHER_ORCID}
        assert queries.claimants(session, second) == {one.account_id: {1}, other.account_id: {1}}
        assert {"Lei Wang", "Lei Li"} <= {name.name for name in queries.names_of(session, kept)}
    assert n_papers(database, kept) == 2
    with database.write() as session, session.begin():
        merging.undo(session, other, change_id)
    with database.read() as session:
        assert queries.living_id(session, gone) == gone
    assert (n_papers(database, kept), n_papers(database, gone)) == (1, 1)
    assert [state(database, one)[0] for one in claims] == ["approved", "approved"]
    assert refusal(database, lambda s: merging.undo(s, other, change_id)).field == "change"


def test_a_merge_that_is_refused_changes_nothing(database: Database, paper: AddPaper) -> None:
    one, other = somebody(database, "Lei Wang", orcid=ORCID), somebody(database, "Ming Li")
    paper_id = paper(LEI, MING)
    claim(database, one, paper_id)
    claim(database, other, paper_id, 2)
    with database.write() as session, session.begin():
        change = merging.ask_merge(session, one, person_id(database, other))
        merging.answer_merge(session, other, change.id, agrees=False)
        assert change.state == "refused"
    assert refusal(database, lambda s: merging.ask_merge(s, one, person_id(database, one))).field == "other"


def test_who_disputes_with_themselves_is_at_peace_after_a_merge(database: Database, paper: AddPaper) -> None:
    one, other, moderator = somebody(database, orcid=ORCID), somebody(database), somebody(database, "Mo", role="moderator")
    paper_id = paper(LEI, MING)
    first, second = claim(database, one, paper_id), claim(database, other, paper_id)
    assert state(database, first)[0] == "disputed"
    with database.write() as session, session.begin():
        merging.merge(session, moderator, person_id(database, one), person_id(database, other), REASON)
    assert (state(database, first), state(database, second)[0]) == (("approved", "orcid"), "withdrawn")


def test_a_moderator_merges_and_splits_with_a_reason_and_puts_it_back(database: Database, paper: AddPaper) -> None:
    one, moderator, stranger = somebody(database, orcid=ORCID), somebody(database, "Mo", role="moderator"), somebody(database, "Peter Brown")
    papers = [paper(LEI, MING, title=f"Another long enough title {n}") for n in range(3)]
    claims = [claim(database, one, paper_id) for paper_id in papers]
    whose = person_id(database, one)
    for who, ids, reason, field in (
        (moderator, claims[:1], "no", "reason"),
        (moderator, [], REASON, "claims"),
        (moderator, claims, REASON, "claims"),
        (moderator, [999], REASON, "claims"),
    ):
        assert refusal(database, lambda s, who=who, ids=ids, reason=reason: merging.split(s, who, whose, ids, reason)).field == field
    with pytest.raises(NotAllowed), database.write() as session, session.begin():
        merging.split(session, stranger, whose, claims[:1], REASON)
    with database.write() as session, session.begin():
        change = merging.split(session, moderator, whose, claims[:1], REASON)
        change_id, made = change.id, change.other_id or 0
    assert (n_papers(database, whose), n_papers(database, made)) == (2, 1)
    with pytest.raises(NotAllowed), database.write() as session, session.begin():
        merging.undo(session, stranger, change_id, REASON)
    with database.write() as session, session.begin():
        merging.undo(session, moderator, change_id, REASON)
    assert n_papers(database, whose) == 3
    with database.read() as session:
        assert queries.living_id(session, made) == whose
        assert [one.state for one in merging.changes_of(session, whose)] == ["undone"]


def _end(database: Database, who: Actor, *, keep: tuple[str, ...] = ()) -> None:
    with database.write() as session, session.begin():
        delete_account(session, who.account_id or 0, keep=keep, belongings=[belongings])


def test_the_end_of_an_account_takes_the_profile_along_or_leaves_it_as_the_owner_wishes(database: Database, paper: AddPaper) -> None:
    goes, stays = somebody(database, orcid=ORCID), somebody(database, "Ming Li", orcid=OTHER_ORCID)
    first = paper(LEI, Author("Ming Li", "Li", "Ming", orcid=OTHER_ORCID))
    claim(database, goes, first)
    claim(database, stays, first, 2)
    gone, kept = person_id(database, goes), person_id(database, stays)
    with database.read() as session:
        told = {file.path: file.content for file in belongings.export(session, goes.account_id or 0)}
        assert json.dumps(told)
        assert [(one["paper"], one["state"], one["proof"]) for one in told["claims.json"]] == [(first, "approved", "orcid")]
        assert [item.key for item in belongings.items(session, stays.account_id or 0)] == [f"profile:{kept}"]
    _end(database, goes)
    _end(database, stays, keep=(f"profile:{kept}",))
    with database.read() as session:
        assert session.get(Person, gone) is None
        assert [(c.position, c.account_id, c.state) for c in session.scalars(sa.select(Claim))] == [(2, None, "approved")]
        found = queries.profile(session, kept)
        assert found is not None
        assert (found.account_ids, found.orcids, found.n_papers) == ([], [], 1)


def test_the_end_of_an_account_ends_its_disputes(database: Database, paper: AddPaper) -> None:
    one, other = somebody(database, orcid=ORCID), somebody(database)
    paper_id = paper(LEI, MING)
    mine = claim(database, one, paper_id)
    claim(database, other, paper_id)
    _end(database, other)
    assert state(database, mine) == ("approved", "orcid")


def test_claims_follow_their_name_when_the_author_list_changes(database: Database, paper: AddPaper, run_jobs: Callable[[], int]) -> None:
    doi = {"doi": ["10.5555/list"]}
    paper_id = paper(LEI, MING, identifiers=doi)
    lei, ming = somebody(database, orcid=ORCID), somebody(database, "Ming Li")
    first, second = claim(database, lei, paper_id), claim(database, ming, paper_id, 2)
    from reviewhub.papers.record import PaperRecord

    with database.write() as session, session.begin():
        more = [Author("Anna Schmidt", "Schmidt", "Anna"), MING, LEI]
        record = PaperRecord("pubmed", "A long enough title of a paper", "pmid:1", authors=more, identifiers=doi)
        assert add_or_update(session, KEEPER, [record])[0].paper_id == paper_id
    run_jobs()
    with database.read() as session:
        names = [one.name for one in queries.printed_on(session, [paper_id])]
        places = {c.id: c.position for c in session.scalars(sa.select(Claim))}
        assert names[places[first] - 1] == "Lei Wang"
        assert names[places[second] - 1] == "Ming Li"
        assert [c.state for c in session.scalars(sa.select(Claim).order_by(Claim.id))] == ["approved", "pending"]


def test_claims_move_with_a_record_that_is_found_to_be_another(database: Database, paper: AddPaper, run_jobs: Callable[[], int]) -> None:
    from reviewhub.papers.services import merge_papers, refresh
    from reviewhub.people.rehanging import move_to

    kept, gone = paper(LEI, MING), paper(LEI, MING, title="Another long enough title")
    lei, ming, rival = somebody(database, orcid=ORCID), somebody(database, "Ming Li"), somebody(database)
    both = claim(database, lei, kept), claim(database, lei, gone)
    of_ming, of_rival = claim(database, ming, gone, 2), claim(database, rival, gone)
    assert state(database, both[1])[0] == "disputed"
    with database.write() as session, session.begin():
        merge_papers(session, kept, gone, movers=[move_to])
        refresh(session, [kept])
    run_jobs()
    with database.read() as session:
        left = {c.id: (c.paper_id, c.position, c.state) for c in session.scalars(sa.select(Claim))}
    assert left == {both[0]: (kept, 1, "disputed"), of_ming: (kept, 2, "pending"), of_rival: (kept, 1, "disputed")}
    refused = refusal(database, lambda s: services.claim(s, lei, gone, 1))
    assert (refused.field, refused.facts) == ("paper", {"kept_id": kept})
