"""What is folded, what is told at once to whom it concerns, and what authors hear of their own papers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from reviewhub.config import Settings
from reviewhub.core import clock, jobs
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.events import ClaimNews, PaperRated, PapersChanged, TimeCame
from reviewhub.library.models import LibraryItem
from reviewhub.library.rules import STATES
from reviewhub.notifications import folding, handlers, queries, searches, services
from reviewhub.notifications.models import Bulletin, Notice
from reviewhub.notifications.telling import Told
from reviewhub.papers.models import Keyword, Paper
from reviewhub.papers.record import Author, Journal, PaperRecord, Relation
from reviewhub.papers.record import Keyword as Term
from reviewhub.papers.services import add_or_update
from reviewhub.people.models import Claim, Person
from reviewhub.people.services import claim
from reviewhub.ratings.services import Given, rate
from reviewhub.search import watching
from tests.discussion.talk import ORCID, say
from tests.people import person, rated

from .test_telling import outbox, told

SUBSCRIPTIONS = jobs.Subscriptions(handlers.SUBSCRIPTIONS, schedules=[handlers.SCHEDULE])


@pytest.fixture(autouse=True)
def _listening() -> None:
    jobs.subscribe(SUBSCRIPTIONS)


def take_in(session: Session, n: int, title: str = "Paper", **more: Any) -> list[int]:
    facts: dict[str, Any] = {"journal": Journal("Sleep Letters"), "keywords": [Term("sleep")]} | more
    records = [PaperRecord("hand", title=f"{title} of the number {k} in a long row", **facts) for k in range(n)]
    return [one.paper_id or 0 for one in add_or_update(session, KEEPER, records)]


def pass_time(database: Database, settings: Settings, hours: float) -> None:
    """The worker comes by so much later."""
    with time_machine.travel(clock.now() + dt.timedelta(hours=hours)):
        jobs.run_due(database, settings)
        folding.look_for_news(database, settings, TimeCame())
        jobs.run_due(database, settings)


def notices(database: Database, who: Actor) -> list[Told]:
    with database.read() as session:
        return queries.notices_of(session, who.account_id or 0)


def own_paper(session: Session, author: Actor, title: str = "Own work on sleep") -> int:
    """A paper that somebody has claimed."""
    (outcome,) = add_or_update(session, KEEPER, [PaperRecord("hand", title=title, authors=[Author("Josiah Carberry", orcid=ORCID)])])
    assert claim(session, author, outcome.paper_id or 0, 1, evidence="orcid").state == "approved"
    return outcome.paper_id or 0


def josiah(session: Session) -> Actor:
    return person(session, "Josiah Carberry", orcid=ORCID)


def test_an_import_is_one_notice_and_nothing_old_is_news(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        follower, of_keyword = person(session), person(session)
        (first,) = take_in(session, 1, "Known")
        services.follow(session, follower, "journal", session.get_one(Paper, first).journal_id or 0)
        services.follow(session, of_keyword, "keyword", session.scalars(sa.select(Keyword.id)).one())
    pass_time(database, settings, 0)
    with database.write() as session, session.begin():
        take_in(session, 37, "Fresh")
    pass_time(database, settings, 0.2)
    assert notices(database, follower) == []  # more may come
    with database.write() as session, session.begin():
        take_in(session, 3, "Late")
    pass_time(database, settings, 1.5)
    for who, kind in ((follower, "journal"), (of_keyword, "keyword")):
        (one,) = notices(database, who)
        assert (one.kind, one.of_kind, one.n, len(one.papers)) == ("papers", kind, 40, 5)
        assert "Late" in one.papers[0][1]
    with database.write() as session, session.begin():
        take_in(session, 2, "Next")
    pass_time(database, settings, 3)
    assert len(notices(database, follower)) == 1  # once a day is enough
    pass_time(database, settings, 30)
    assert [one.n for one in notices(database, follower)] == [2, 40]
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Bulletin)) == 4


def test_who_follows_an_author_hears_of_papers_that_come_to_the_profile(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        author, follower = josiah(session), person(session)
        own_paper(session, author)
        services.follow(session, follower, "person", session.scalars(sa.select(Person.id)).one())
    pass_time(database, settings, 0)
    with database.write() as session, session.begin():
        own_paper(session, author, "Another work on dreams")
    pass_time(database, settings, 0.1)
    pass_time(database, settings, 2)
    (one,) = notices(database, follower)
    assert (one.of_kind, one.n, one.of_name) == ("person", 1, "Josiah Carberry")
    assert one.papers[0][1] == "Another work on dreams"


def test_a_followed_search_is_asked_once_a_day(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Known(searches.Unknown):
        most_counted = 500

        def names(self, _session: Session, _account_id: int, saved_ids: Any) -> dict[int, str]:
            return dict.fromkeys(saved_ids, "Dreams")

        def come_since(self, _settings: Settings, _session: Session, _saved_id: int, paper_id: int) -> list[int] | None:
            asked.append(paper_id)
            return [paper_id + 2, paper_id + 1]

    monkeypatch.setattr(searches, "_asked", Known())
    with database.write() as session, session.begin():
        follower = person(session)
        take_in(session, 3)
        services.follow(session, follower, "search", 7)
    pass_time(database, settings, 1)
    assert asked == []
    pass_time(database, settings, 25)
    (one,) = notices(database, follower)
    assert (one.kind, one.of_name, one.n, asked) == ("search", "Dreams", 2, [3])
    pass_time(database, settings, 26)
    assert len(asked) == 1


def test_what_is_known_of_saved_searches_is_their_owner_s(database: Database, settings: Settings) -> None:
    from reviewhub.search.saved import Search, save

    known = watching.SavedSearches()
    with database.write() as session, session.begin():
        mine, other = person(session), person(session)
        saved_id = save(session, mine, "Mine", Search("sleep"))
        assert known.names(session, mine.account_id or 0, [saved_id, 99]) == {saved_id: "Mine"}
        assert known.names(session, other.account_id or 0, [saved_id]) == {}
        assert known.come_since(settings, session, 99, 0) is None


def test_a_retraction_is_told_at_once_to_who_follows_rated_or_keeps_and_once(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        paper_id = add_or_update(session, KEEPER, [PaperRecord("hand", title="A finding", identifiers={"doi": ["10.5555/1"]})])[0].paper_id or 0
        follower, keeper, stranger = person(session), person(session), person(session)
        services.follow(session, follower, "paper", paper_id)
        session.add(LibraryItem(account_id=keeper.account_id or 0, paper_id=paper_id, state=STATES[0], saved_at=clock.now()))
        (rater,) = rated(session, paper_id, [8])
    jobs.run_due(database, settings)
    with database.write() as session, session.begin():
        notice = PaperRecord(
            "hand",
            title="Retraction: A finding",
            type="retraction",
            identifiers={"doi": ["10.5555/2"]},
            relations=[Relation("retracts", True, doi="10.5555/1")],
        )
        add_or_update(session, KEEPER, [notice])
    jobs.run_due(database, settings)
    for _ in range(2):  # whatever is said again of the same notice
        handlers.papers_changed(database, settings, PapersChanged((paper_id, paper_id + 1)))
        jobs.run_due(database, settings)
    for who in (follower, keeper, rater):
        (one,) = notices(database, who)
        assert (one.kind, one.what, one.paper_id) == ("alarm", "retraction", paper_id)
    assert told(database, stranger) == []
    assert len(outbox(settings)) == 3
    assert all("retracted" in str(mail["Subject"]) for mail in outbox(settings))


def test_followers_hear_of_a_review_once_and_not_of_what_is_held(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        (paper_id,) = take_in(session, 1)
        follower, writer = person(session), person(session, "Named Writer")
        services.follow(session, follower, "paper", paper_id)
        services.follow(session, writer, "paper", paper_id)
        rate(session, writer, paper_id, Given(8, text="It **holds** what it says."))
    jobs.run_due(database, settings)
    with database.write() as session, session.begin():
        rate(session, writer, paper_id, Given(6, text="It holds less."))
    jobs.run_due(database, settings)
    (one,) = notices(database, follower)
    assert (one.kind, one.who, one.head) == ("review", "Named Writer", "It holds less.")
    assert told(database, writer) == []
    with database.write() as session, session.begin():
        rate(session, writer, paper_id, Given(6))
    (one,) = notices(database, follower)
    assert (one.is_there, one.who, one.head) == (False, "", "")


def test_authors_hear_of_their_papers_if_they_wish_and_never_whose_rating(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        author, writer = josiah(session), person(session, "Named Writer")
        paper_id = own_paper(session, author)
        session.execute(sa.delete(jobs.Job))
        rate(session, writer, paper_id, Given(8, text="It holds."))
        rated(session, paper_id, [7, 9])
        say(session, writer, paper_id, "A word.")
        say(session, author, paper_id, "Thank you.")
    jobs.run_due(database, settings)
    assert sorted(one.head for one in notices(database, author)) == ["A word.", "It holds."]
    pass_time(database, settings, 2)
    folded = notices(database, author)[0]
    assert (folded.kind, folded.n, folded.who, folded.head) == ("own-ratings", 3, "", "")
    with database.write() as session, session.begin():
        session.execute(sa.update(Person).values(is_told=False))
        say(session, writer, paper_id, "One more.")
        rated(session, paper_id, [3])
    pass_time(database, settings, 30)
    assert len(notices(database, author)) == 3


def test_news_of_a_claim_stand_in_the_list_and_are_mailed_by_others(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        author = josiah(session)
        own_paper(session, author)
        claim_id = session.scalars(sa.select(Claim.id)).one()
    for _ in range(2):
        handlers.claim_news(database, settings, ClaimNews(claim_id, "approved"))
    jobs.run_due(database, settings)
    (one,) = notices(database, author)
    assert (one.kind, one.what, one.path) == ("claim", "approved", f"/people/claims/{claim_id}")
    assert outbox(settings) == []


def test_a_rating_that_is_gone_by_then_is_nothing_to_tell(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        (paper_id,) = take_in(session, 1)
    handlers.paper_rated(database, settings, PaperRated(paper_id, 99))
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
