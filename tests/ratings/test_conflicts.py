"""Raters who wrote the paper, or lately another with one of its authors: shown with their label, and not counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from reviewhub.accounts.models import Account
from reviewhub.core import clock
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.jobs import emit
from reviewhub.events import AccountChanged, PapersChanged, PapersMerged
from reviewhub.papers.record import Affiliation, Author, PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.ratings import handlers, identities
from reviewhub.ratings.models import Rating
from reviewhub.ratings.queries import score_of
from reviewhub.ratings.services import Given, rate
from tests.people import person

ORCID, OTHER_ORCID = "0000-0002-1825-0097", "0000-0001-5109-3700"
FUDAN = Affiliation("Huashan Hospital, Fudan University, Shanghai, China")
PEKING = Affiliation("School of Medicine, Peking University, Beijing, China")
NOW_YEAR = clock.now().year
LEI = Author("Lei Wang", "Wang", "Lei", orcid=ORCID, affiliations=[FUDAN])
LI = Author("Ming Li", "Li", "Ming", affiliations=[FUDAN])
LI_BY_ID = Author("M. Li", "Li", "M.", orcid=OTHER_ORCID, affiliations=[FUDAN])


def by(*authors: Author, title: str = "A long enough title of a paper", **fields: Any) -> PaperRecord:
    return PaperRecord("hand", title=title, authors=[replace(author) for author in authors], **fields)


def at(place: Affiliation, author: Author) -> Author:
    return replace(author, affiliations=[place])


def paper(database: Database, record: PaperRecord) -> int:
    with database.write() as session, session.begin():
        return add_or_update(session, KEEPER, [record])[0].paper_id or 0


def conflict(database: Database, paper_id: int, **facts: Any) -> str:
    """What is found when somebody like this rates the paper."""
    with database.write() as session, session.begin():
        rating = rate(session, person(session, **facts), paper_id, Given(8))
        session.refresh(rating)
        assert rating.exclusion == rating.conflict
        return rating.conflict


OWN: list[tuple[Author, dict[str, Any], bool]] = [
    (Author("Lei Wang", "Wang", "Lei", orcid=ORCID), {"name": "L. W.", "orcid": ORCID}, True),
    (Author("Lei Wang", "Wang", "Lei"), {"name": "Lei Wang", "institution": "Fudan University"}, True),
    (Author("Lei Wang", "Wang", "Lei"), {"name": "Wang Lei", "institution": "Fudan University"}, True),
    (Author("Lei Wang", "Wang", "Lei", other_name="王磊"), {"name": "王磊", "institution": "Fudan University"}, True),
    (Author("王磊", "王", "磊"), {"name": "Lei Wang (王磊)", "institution": "Fudan University"}, True),
    (Author("Lei Wang", "Wang", "Lei", email="lwang@fudan.edu.cn"), {"name": "Lei Wang", "email": "wang.lei@m.fudan.edu.cn"}, True),
    # a name alone is nobody's
    (Author("Lei Wang", "Wang", "Lei"), {"name": "Lei Wang"}, False),
    (Author("Lei Wang", "Wang", "Lei"), {"name": "Lei Wang", "institution": "Peking University"}, False),
    (Author("Lei Wang", "Wang", "Lei", email="lwang@gmail.com"), {"name": "Lei Wang", "email": "wang.lei@gmail.com"}, False),
    (Author("Lei Wang", "Wang", "Lei", orcid=ORCID), {"name": "Lei Wang", "orcid": OTHER_ORCID, "institution": "Fudan University"}, False),
    (Author("Lei Wang", "Wang", "Lei"), {"name": "Li Wang", "institution": "Fudan University"}, False),
    (Author("Lei Wang", "Wang", "Lei", role="editor"), {"name": "Lei Wang", "institution": "Fudan University"}, False),
    (Author("Fudan Group", is_group=True), {"name": "Fudan Group", "institution": "Fudan University"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("author", "facts", "is_own"), OWN)
def test_an_author_is_known_by_orcid_or_by_name_and_institution(database: Database, author: Author, facts: dict[str, Any], is_own: bool) -> None:
    paper_id = paper(database, by(LI, author if author.is_group else at(FUDAN, author)))
    assert conflict(database, paper_id, **facts) == ("own-paper" if is_own else "")


def test_an_institution_of_another_author_of_the_paper_confirms_nothing(database: Database) -> None:
    paper_id = paper(database, by(at(PEKING, Author("Lei Wang", "Wang", "Lei")), LI))
    assert conflict(database, paper_id, name="Lei Wang", institution="Fudan University") == ""
    assert conflict(database, paper_id, name="Lei Wang", institution="Peking University") == "own-paper"


@pytest.mark.parametrize(
    ("here", "there", "published", "elsewhere", "is_co_author"),
    [
        (LI, LI, f"{NOW_YEAR - 2}-03-01", FUDAN, True),
        (LI_BY_ID, Author("Ming Li", "Li", "Ming", orcid=OTHER_ORCID), f"{NOW_YEAR - 2}", PEKING, True),
        (LI, LI, f"{NOW_YEAR - 5}", FUDAN, True),
        (LI, LI, f"{NOW_YEAR - 6}-12-31", FUDAN, False),
        (LI, LI, f"{NOW_YEAR - 2}-03-01", PEKING, False),
        (LI, Author("Ming Liu", "Liu", "Ming", affiliations=[FUDAN]), f"{NOW_YEAR - 2}", FUDAN, False),
        (LI_BY_ID, Author("M. Li", "Li", "M.", orcid="0000-0002-9079-593X", affiliations=[FUDAN]), f"{NOW_YEAR - 2}", FUDAN, False),
    ],
)
def test_a_co_author_of_the_last_five_years_is_found(
    database: Database, here: Author, there: Author, published: str, elsewhere: Affiliation, is_co_author: bool
) -> None:
    rated_id = paper(database, by(here, title="The paper that is rated here"))
    paper(database, by(LEI, at(elsewhere, there), title="Another paper of both of them", published=published))
    assert conflict(database, rated_id, name="L. W.", orcid=ORCID) == ("co-author" if is_co_author else "")
    assert conflict(database, rated_id, name="Somebody Else", institution="Fudan University") == ""


def test_a_rater_who_wrote_alone_is_no_co_author_of_a_namesake(database: Database) -> None:
    rated_id = paper(database, by(Author("Lei Wang", "Wang", "Lei", orcid=OTHER_ORCID, affiliations=[FUDAN]), title="The paper that is rated here"))
    paper(database, by(LEI, title="A paper by one author alone", published=f"{NOW_YEAR - 1}"))
    assert conflict(database, rated_id, name="L. W.", orcid=ORCID) == ""


def test_own_paper_outweighs_a_declaration_and_the_rating_stays_to_be_seen(database: Database) -> None:
    paper_id = paper(database, by(LEI))
    with database.write() as session, session.begin():
        rate(session, person(session, orcid=ORCID), paper_id, Given(10, text="Fine work.", has_conflict=True))
    with database.read() as session:
        score = score_of(session, paper_id)
        assert (score.n, score.n_given, score.n_reviews) == (0, 1, 1)
        assert session.scalars(sa.select(Rating.exclusion)).all() == ["own-paper"]


def _rated(database: Database, paper_id: int, **facts: Any) -> Actor:
    with database.write() as session, session.begin():
        who = person(session, **facts)
        rate(session, who, paper_id, Given(10))
        return who


def _exclusions(database: Database, paper_id: int) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(Rating.exclusion).where(Rating.paper_id == paper_id).order_by(Rating.id)))


def test_a_conflict_is_found_when_the_record_or_the_account_says_more(database: Database) -> None:
    paper_id = paper(database, by(Author("Lei Wang", "Wang", "Lei"), identifiers={"doi": ["10.1000/1"]}))
    who = _rated(database, paper_id, orcid=ORCID)
    assert _exclusions(database, paper_id) == [""]
    paper(database, by(LEI, identifiers={"doi": ["10.1000/1"]}))
    for _ in range(2):  # jobs may run twice
        handlers.papers_changed(database, None, PapersChanged((paper_id,)))
        assert _exclusions(database, paper_id) == ["own-paper"]
    with database.write() as session, session.begin():
        session.get_one(Account, who.account_id).orcid = OTHER_ORCID
    handlers.account_changed(database, None, AccountChanged(who.account_id or 0))
    assert _exclusions(database, paper_id) == [""]
    with database.read() as session:
        assert score_of(session, paper_id).n == 1


def test_a_new_paper_can_make_somebody_a_co_author_of_what_they_rated(database: Database) -> None:
    rated_id = paper(database, by(LI, title="The paper that is rated here"))
    _rated(database, rated_id, orcid=ORCID)
    new_id = paper(database, by(LEI, LI, title="Another paper of both of them", published=f"{NOW_YEAR - 1}"))
    handlers.papers_changed(database, None, PapersChanged((new_id,)))
    assert _exclusions(database, rated_id) == ["co-author"]


def test_a_merged_paper_and_a_suspended_account_are_looked_at_again(database: Database) -> None:
    paper_id = paper(database, by(LI))
    who = _rated(database, paper_id)
    handlers.papers_merged(database, None, PapersMerged(paper_id, 99_999))
    assert _exclusions(database, paper_id) == [""]
    with database.write() as session, session.begin():
        session.get_one(Account, who.account_id).is_suspended = True
    handlers.account_changed(database, None, AccountChanged(who.account_id or 0))
    assert _exclusions(database, paper_id) == ["suspended"]


def test_papers_and_accounts_that_are_gone_meanwhile_are_passed_over(database: Database) -> None:
    handlers.papers_changed(database, None, PapersChanged((4, 5)))
    handlers.papers_merged(database, None, PapersMerged(4, 5))
    handlers.account_changed(database, None, AccountChanged(6))
    with database.write() as session, session.begin():
        emit(session, AccountChanged(6))


def test_what_another_domain_knows_of_authorships_holds(database: Database) -> None:
    paper_id = paper(database, by(LI))

    class Claims:
        def authorships_of(self, _session: object, account_ids: Any, paper_id: int, _since: int) -> dict[int, set[tuple[int, int]]]:
            return {account_id: {(paper_id, 1)} for account_id in account_ids}

        def authors_of(self, _session: object, _paper_id: int) -> dict[int, set[int]]:
            return {}

    identities.ask(identities.FromRecord(), Claims())
    try:
        assert conflict(database, paper_id) == "own-paper"
    finally:
        identities.ask(identities.FromRecord())


def test_finding_conflicts_takes_few_statements_however_many_papers(database: Database) -> None:
    rated_id = paper(database, by(LI, title="The paper that is rated here"))
    for n in range(6):
        paper(database, by(LEI, LI, title=f"Paper {n} of both of them together", published=f"{NOW_YEAR - 1}", identifiers={"doi": [f"10.1000/{n}"]}))
    with database.write() as session, session.begin():
        who = person(session, orcid=ORCID, name="Lei Wang", institution="Fudan University")
    said: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    with database.write() as session, session.begin():
        rate(session, who, rated_id, Given(9))
    assert len([one for one in said if one.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]) <= 24, said


def test_the_days_between_count(database: Database) -> None:
    rated_id = paper(database, by(LI, title="The paper that is rated here"))
    day = clock.now().date() - dt.timedelta(days=5 * 366 + 40)
    paper(database, by(LEI, LI, title="Another paper of both of them", published=day.isoformat()))
    assert conflict(database, rated_id, orcid=ORCID) == ""
