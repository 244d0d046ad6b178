"""Two records made one and parted again: everything readers see is as it was, less what its owner changed or took away meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from reviewhub.app import MOVERS
from reviewhub.core import clock
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Base, Database
from reviewhub.core.drafts import Owner
from reviewhub.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from reviewhub.discussion import drafts as comment_drafts
from reviewhub.discussion.counting import recount
from reviewhub.discussion.models import Comment
from reviewhub.discussion.votes import vote_on_comment
from reviewhub.events import PapersMerged
from reviewhub.library import lists
from reviewhub.library import services as library
from reviewhub.library.models import ReadingList
from reviewhub.library.rules import STATES
from reviewhub.moderation import journal, log, merging, services
from reviewhub.moderation.handlers import log_merge
from reviewhub.moderation.models import RecordMerge
from reviewhub.notifications.services import follow
from reviewhub.papers.models import Paper
from reviewhub.papers.queries import redirect_of
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import add_or_update, merge_papers
from reviewhub.people import services as claiming
from reviewhub.ratings import drafts
from reviewhub.ratings.models import Rating
from reviewhub.ratings.scoring import recompute
from reviewhub.ratings.services import Given, rate, withdraw
from reviewhub.resources.models import ResourceAnswer, ResourceAsker, ResourceRequest
from tests.discussion.talk import make_author, say
from tests.people import person

REASON = "One work under two titles."
# What changes with every writing of a record and is not shown, and the numbers of rows that are written anew.
_LEFT_OUT = {"papers": {"version", "changed_at"}, "paper_scores": {"computed_at"}, "paper_identifiers": {"id"}, "paper_relations": {"id"}}
# Tables of papers that hang on them and are written from their sources.
_OF_PAPERS = (
    "papers",
    "paper_identifiers",
    "authorships",
    "paper_keywords",
    "paper_fundings",
    "paper_references",
    "paper_sources",
    "paper_redirects",
    "paper_scores",
)


def two(session: Session, **more: Any) -> tuple[int, int]:
    """Two records that nobody would take for one by their identifiers."""
    n = (session.scalar(sa.select(sa.func.max(Paper.id))) or 0) + 1
    records = [
        PaperRecord(
            "hand", title=f"Sleep and memory, {word} {n}", authors=[Author(name="Josiah Carberry", orcid="0000-0002-1825-0097")],
            identifiers={"doi": [f"10.1000/{word}.{n}"]}, **more,
        )
        for word in ("preprint", "article")
    ]  # fmt: skip
    first, second = (outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records))
    return first, second


def seen(session: Session) -> dict[str, list[str]]:
    """Every row that hangs on a record, and the records."""
    session.flush()
    session.expire_all()
    names = [*(one.table.name for one in journal.hanging()), *_OF_PAPERS]
    found = {}
    for name in names:
        table = Base.metadata.tables[name]
        rows = [{c: v for c, v in row.items() if c not in _LEFT_OUT.get(name, set())} for row in session.execute(sa.select(table)).mappings()]
        found[name] = sorted(repr(journal.told(row)) for row in rows)
    return found


def busy_with(session: Session, who: Actor, paper_id: int, things: set[str], n: int) -> None:
    """Lets somebody do some things with a paper."""
    if "rates" in things:
        rate(session, who, paper_id, Given(1 + (3 * n + paper_id) % 10, text=f"Review {n}" if n % 2 else ""))
    if "says" in things:
        head = say(session, who, paper_id, f"Said {n} on {paper_id}", is_pseudonymous=n % 2 == 0)
        vote_on_comment(session, person(session), head.id, True)
        say(session, person(session), paper_id, f"Reply {n} on {paper_id}", parent_id=head.id)
    if "follows" in things:
        follow(session, who, "paper", paper_id)
    if "asks" in things:
        standing = session.scalar(sa.select(ResourceRequest).where(ResourceRequest.paper_id == paper_id))
        if standing is None:
            standing = ResourceRequest(paper_id=paper_id, kind="data", text=f"Data, {n}", account_id=who.account_id, asked_at=clock.now(), n_askers=1)
            session.add(standing)
            session.flush()
            session.add(ResourceAnswer(request_id=standing.id, text="Here", account_id=person(session).account_id, answered_at=clock.now()))
        session.add(ResourceAsker(request_id=standing.id, account_id=who.account_id, text=f"Me too {n}", at=clock.now()))
    if "reports" in things:
        texts = session.scalars(sa.select(Comment.id).where(Comment.paper_id == paper_id, Comment.account_id != who.account_id).limit(1)).all()
        for comment_id in texts:
            services.report(session, who, "comment", comment_id, "spam")
    if "keeps" in things:
        library.save(session, who, paper_id, state=STATES[(n + paper_id) % len(STATES)])
        library.set_note(session, who, paper_id, f"Note {n} on {paper_id}" if n % 2 else "")
        library.set_tags(session, who, paper_id, ["sleep", f"tag {paper_id}"][: 1 + n % 2])
    if "lists" in things:
        own = session.scalar(sa.select(ReadingList.id).where(ReadingList.account_id == who.account_id))
        own = own or lists.make_list(session, who, title=f"List {n}").id
        lists.put_on_list(session, who, own, paper_id, note=f"Why {n}" if n % 2 else "")
    if "claims" in things:
        claiming.claim(session, who, paper_id, 1)
    if "refuses" in things and "claims" not in things:
        claiming.not_mine(session, who, paper_id, 1)
    if "drafts" in things:
        owner = Owner(who.account_id) if n % 2 else Owner(digest=bytes([n]) * 32)
        drafts.keep(session, owner, paper_id, {"overall": "7", "text": f"Begun {n}"})
        comment_drafts.keep(session, owner, paper_id, comment_drafts.place_of(), {"text": f"Half said {n}"})
    if "hides" in things:
        for rating_id in session.scalars(sa.select(Rating.id).where(Rating.paper_id == paper_id, Rating.account_id == who.account_id, Rating.text != "")).all():
            services.hide(session, person(session, role="moderator"), "review", rating_id, "It goes too far.")
    session.flush()


_THINGS = st.sets(st.sampled_from(["rates", "says", "follows", "asks", "reports", "keeps", "lists", "claims", "refuses", "drafts", "hides"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(doings=st.lists(st.tuples(_THINGS, _THINGS), min_size=1, max_size=4))
def test_merging_and_undoing_leaves_everything_as_it_was(database: Database, doings: list[tuple[set[str], set[str]]]) -> None:
    with database.write() as session, session.begin():
        moderator = person(session, role="moderator")
        kept, gone = two(session)
        for n, (on_kept, on_gone) in enumerate(doings):
            who = person(session, "Josiah Carberry" if {"claims", "refuses"} & (on_kept | on_gone) else "")
            busy_with(session, who, kept, on_kept, n)
            busy_with(session, who, gone, on_gone, n)
        for paper_id in (kept, gone):
            recompute(session, paper_id)
            recount(session, paper_id)
        before = seen(session)
        merging.merge(session, moderator, kept, gone, REASON, movers=MOVERS)
        assert redirect_of(session, gone) == kept
        assert session.get(Paper, gone) is None
        merge_id = session.scalars(sa.select(sa.func.max(RecordMerge.id))).one()
        merging.undo(session, moderator, merge_id, "They are two after all.")
        after = seen(session)
        assert redirect_of(session, gone) is None
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {name: before[name] for name in before if after[name] != before[name]}


def test_what_owners_did_since_stands(database: Database) -> None:
    with database.write() as session, session.begin():
        moderator, both, left, wrote = person(session, role="moderator"), person(session), person(session), person(session)
        kept, gone = two(session)
        for who in (both, left):
            rate(session, who, kept, Given(4))
            rate(session, who, gone, Given(8, text="The newer one"))
        said = say(session, wrote, gone, "As it was")
        merging.merge(session, moderator, kept, gone, REASON, movers=MOVERS)
        withdraw(session, left, kept)
        later = say(session, wrote, kept, "Said on the record that was one")
        (merge_id,) = session.scalars(sa.select(RecordMerge.id))
        merging.undo(session, moderator, merge_id, "They are two after all.")
        session.expire_all()
        ratings = session.execute(sa.select(Rating.paper_id, Rating.account_id, Rating.overall).order_by(Rating.paper_id)).all()
        assert ratings == [(kept, both.account_id, 4), (gone, both.account_id, 8)]
        assert (session.get_one(Comment, said.id).paper_id, session.get_one(Comment, later.id).paper_id) == (gone, kept)
        assert [line.action for line in log.lines(session)] == ["undo-merge", "merge-records"]
        assert list(log.faults(session)) == []


def test_a_merge_by_an_import_is_logged_once_and_can_be_undone(database: Database) -> None:
    with database.write() as session, session.begin():
        kept, gone = two(session)
        merge_papers(session, kept, gone, movers=MOVERS)
    for _ in range(2):
        log_merge(database, None, PapersMerged(kept, gone))
    with database.write() as session, session.begin():
        (line,) = log.lines(session)
        assert (line.role, line.action, line.facts) == ("worker", "merge-records", {"gone": gone})
        moderator = person(session, role="moderator")
        (found,) = merging.merges(session, moderator)
        merging.undo(session, moderator, found.id, "They are two after all.")
        with pytest.raises(Conflict):
            merging.undo(session, moderator, found.id, "They are two after all.")
        assert session.get(Paper, gone) is not None


def test_who_may_not_merge_and_what_cannot_be(database: Database) -> None:
    with database.write() as session, session.begin():
        kept, gone = two(session)
        moderator = person(session, role="moderator")
        author = make_author(session, person(session, role="moderator"))
        for who in (person(session), author, person(session, role="moderator", is_suspended=True)):
            with pytest.raises(NotAllowed):
                merging.merge(session, who, kept, gone, REASON, movers=MOVERS)
        for other, reason, error in ((kept, REASON, RuleBroken), (gone, "No", RuleBroken), (10**6, REASON, NotFound)):
            with pytest.raises(error):
                merging.merge(session, moderator, kept, other, reason, movers=MOVERS)
        third, _ = two(session)
        merging.merge(session, moderator, kept, gone, REASON, movers=MOVERS)
        merging.merge(session, moderator, third, kept, REASON, movers=MOVERS)
        second, first = merging.merges(session, moderator)
        with pytest.raises(RuleBroken):
            merging.undo(session, moderator, first.id, "They are two after all.")
        merging.undo(session, moderator, second.id, "They are two after all.")
        assert (redirect_of(session, gone), redirect_of(session, kept)) == (kept, None)
        merging.undo(session, moderator, first.id, "They are two after all.")
        assert redirect_of(session, gone) is None


def test_the_number_of_a_record_that_was_merged_is_not_given_to_another(database: Database) -> None:
    with database.write() as session, session.begin():
        kept, gone = two(session)
        merge_papers(session, kept, gone, movers=MOVERS)
        session.flush()
        assert min(two(session)) > gone
