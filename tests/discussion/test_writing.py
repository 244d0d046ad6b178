"""Writing, editing, deleting; limits; what becomes of the counts."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
import time_machine

from reviewhub.core import clock
from reviewhub.core.actor import ANYONE, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from reviewhub.core.jobs import Job, Subscriptions, subscribe
from reviewhub.discussion import drafts, queries
from reviewhub.discussion.models import Comment, CommentMention, CommentVersion, Discussion
from reviewhub.discussion.moderating import hide, lock_record, lock_thread, release, restore
from reviewhub.discussion.rules import MAX_MENTIONS, MAX_TEXT_CHARS
from reviewhub.discussion.services import allowance_of, delete, edit
from reviewhub.events import CommentShown
from reviewhub.papers.services import merge_papers
from reviewhub.ratings.services import Given, rate
from tests.discussion.talk import make_author, paper, say
from tests.people import person


@pytest.fixture
def paper_id(database: Database) -> int:
    with database.write() as session, session.begin():
        return paper(session)


def test_a_reply_to_a_reply_stands_beside_it(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        asker, other = person(session), person(session)
        head = say(session, asker, paper_id, kind="question")
        reply = say(session, other, paper_id, "Forty.", "answer", parent_id=head.id)
        third = say(session, asker, paper_id, "Thanks.", parent_id=reply.id)
        (thread,) = queries.threads(session, paper_id, ANYONE).threads
    assert (thread.id, thread.state, thread.n_replies) == (head.id, "open", 2)
    assert [(one.id, one.parent_id, one.number) for one in thread.replies] == [(reply.id, head.id, 1), (third.id, head.id, 2)]


def test_the_head_of_the_record_counts(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        who = person(session)
        say(session, who, paper_id, "One?", "question")
        say(session, who, paper_id, "Two?", "question")
        gone = say(session, who, paper_id, "Three?", "question")
        say(session, who, paper_id, "Table 2 adds up to 110 %.", "suspected-error")
        delete(session, who, gone.id)
        delete(session, who, gone.id)
        counts = queries.counts_of(session, paper_id)
        assert (counts.n_open_questions, counts.n_open_errors, counts.n_comments, counts.n_threads) == (2, 1, 3, 4)
        assert queries.counts_of(session, paper_id + 1) == queries.NO_DISCUSSION


def test_a_comment_on_a_review_outlasts_it(database: Database, paper_id: int) -> None:
    from reviewhub.ratings.services import withdraw

    with database.write() as session, session.begin():
        reviewer, reader = person(session), person(session)
        rating = rate(session, reviewer, paper_id, Given(8, text="Well done."))
        comment = say(session, reader, paper_id, "Why?", rating_id=rating.id)
        assert queries.threads(session, paper_id, ANYONE).threads == []
        assert [one.id for one in queries.threads(session, paper_id, ANYONE, rating_id=rating.id).threads] == [comment.id]
        withdraw(session, reviewer, paper_id)
        session.expire_all()
        found = queries.comment_of(session, comment.id, ANYONE)
        assert found is not None
        assert (found.rating_id, found.is_on_review, found.text) == (None, True, "Why?")


def test_who_may_not_write(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        for nobody in (ANYONE, person(session, is_suspended=True)):
            with pytest.raises(NotAllowed):
                say(session, nobody, paper_id)
        who = person(session)
        with pytest.raises(NotFound):
            say(session, who, paper_id + 1)
        with pytest.raises(NotFound):
            say(session, who, paper_id, parent_id=99)
        with pytest.raises(NotFound):
            say(session, who, paper_id, rating_id=99)
        other = say(session, who, paper(session, "Another paper"))
        with pytest.raises(NotFound):
            say(session, who, paper_id, parent_id=other.id)


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("text", {"text": ""}),
        ("text", {"text": " \u200b\n\u202e "}),
        ("text", {"text": "x" * (MAX_TEXT_CHARS + 1)}),
        ("text", {"text": "x" * 2 * 1024**2}),
        ("text", {"text": "@somebody " * (MAX_MENTIONS + 1)}),
        ("text", {"text": "@a " * 10_000}),
        ("kind", {"kind": "praise"}),
        ("kind", {"kind": "author-reply"}),
        ("passage", {"passage": "x" * 501}),
    ],
)
def test_bad_input_is_told_and_changes_nothing(database: Database, paper_id: int, field: str, facts: dict[str, str]) -> None:
    with database.write() as session, session.begin():
        who = person(session)
        with pytest.raises(RuleBroken) as broken:
            say(session, who, paper_id, **facts)
        assert broken.value.field == field
        assert session.scalar(sa.select(sa.func.count()).select_from(Comment)) == 0


def test_sent_twice_is_written_once(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        who, other = person(session), person(session)
        first = say(session, who, paper_id)
        assert say(session, who, paper_id).id == first.id
        assert say(session, other, paper_id).id != first.id
        assert say(session, who, paper_id, parent_id=first.id).id != first.id
        with time_machine.travel(clock.now() + dt.timedelta(hours=2)):
            assert say(session, who, paper_id).id != first.id


def test_sixteen_write_at_once_and_all_stand(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        people = [person(session) for _ in range(16)]
        head = say(session, people[0], paper_id, "Begin.")
    barrier, faults = threading.Barrier(16), []

    def go(who: Actor) -> None:
        try:
            barrier.wait(60)
            for n in range(3):
                for _ in range(2):  # pressed twice
                    with database.write() as session, session.begin():
                        say(session, who, paper_id, f"Text {n}", parent_id=head.id)
        except BaseException as error:  # noqa: BLE001 - shown to the test below
            faults.append(error)

    threads = [threading.Thread(target=go, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.read() as session:
        assert session.scalars(sa.select(Comment.number).where(Comment.parent_id == head.id).order_by(Comment.number)).all() == list(range(1, 49))
        assert queries.counts_of(session, paper_id).n_comments == 49


def test_an_edit_keeps_what_stood(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        who = person(session)
        comment = say(session, who, paper_id, "Frist")
        edit(session, who, comment.id, "First", seen_version=1)
        with pytest.raises(Conflict):
            edit(session, who, comment.id, "Second", seen_version=1)
        with pytest.raises(NotAllowed):
            edit(session, person(session), comment.id, "Second", seen_version=2)
        said = queries.comment_of(session, comment.id, ANYONE)
        assert said is not None
        assert (said.text, said.is_edited, said.version) == ("First", True, 2)
        assert [(one.version, one.text) for one in queries.history_of(session, comment.id)] == [(1, "Frist")]


def test_what_is_deleted_leaves_a_tombstone_without_a_word(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        who, other = person(session), person(session)
        comment = say(session, who, paper_id, "Something I regret")
        edit(session, who, comment.id, "Something else I regret", seen_version=1)
        say(session, other, paper_id, "But why?", parent_id=comment.id)
        with pytest.raises(NotAllowed):
            delete(session, other, comment.id)
        delete(session, who, comment.id)
        (thread,) = queries.threads(session, paper_id, ANYONE).threads
        assert (thread.visibility, thread.text, thread.voice, len(thread.replies)) == ("deleted", "", queries.Voice(), 1)
        assert session.scalars(sa.select(CommentVersion.text)).all() == []
        with pytest.raises(Conflict):
            say(session, other, paper_id, "Too late", parent_id=comment.id)
        with pytest.raises(Conflict):
            edit(session, who, comment.id, "Back again", seen_version=3)


def test_mentions_reach_those_who_take_part(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        wei, han, stranger = person(session, "Wei Zhang"), person(session, "张伟"), person(session, "Not Here")
        say(session, wei, paper_id, "One")
        say(session, han, paper_id, "Two")
        who = person(session)
        text = "@Wei Zhang, see what @张伟说得对 and @Not Here think; me@wei.example and $x@y$ are none."
        comment = say(session, who, paper_id, text)
        told = set(session.scalars(sa.select(CommentMention.account_id).where(CommentMention.comment_id == comment.id)))
    assert told == {wei.account_id, han.account_id}
    assert stranger.account_id not in told


def test_first_texts_with_a_link_wait_for_a_moderator(database: Database, paper_id: int) -> None:
    subscribe(Subscriptions({CommentShown: [_noted]}))
    with database.write() as session, session.begin():
        new = person(session, joined_at=clock.now() - dt.timedelta(hours=3))
        moderator = person(session, role="moderator")
        assert allowance_of(session, new).links_wait
        waiting = say(session, new, paper_id, "Buy at https://example.org")
        assert waiting.visibility == "waiting"
        assert session.scalar(sa.select(sa.func.count()).where(Job.event == "CommentShown")) == 0
        assert queries.threads(session, paper_id, ANYONE).threads == []
        assert queries.threads(session, paper_id, person(session)).threads == []
        assert [one.id for one in queries.threads(session, paper_id, new).threads] == [waiting.id]
        with pytest.raises(NotAllowed):
            release(session, person(session), waiting.id)
        release(session, moderator, waiting.id)
        assert session.scalars(sa.select(Job.facts).where(Job.event == "CommentShown")).all() == [{"comment_id": waiting.id}]
        with pytest.raises(Conflict):
            release(session, moderator, waiting.id)
        for n in range(2):
            say(session, new, paper_id, f"A remark {n}")
        assert not allowance_of(session, new).links_wait
        assert say(session, new, paper_id, "www.example.org").visibility == "shown"


def _noted(*_: object) -> None:
    """Somebody who listens."""


def test_limits_are_shown_before_they_bite(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        new = person(session, joined_at=clock.now() - dt.timedelta(hours=1))
        assert (allowance_of(session, new).most, allowance_of(session, new).left) == (5, 5)
        for n in range(5):
            say(session, new, paper_id, f"Text {n}")
        allowance = allowance_of(session, new)
        assert allowance.left == 0
        assert allowance.again_at is not None
        with pytest.raises(RuleBroken) as broken:
            say(session, new, paper_id, "One more")
        assert broken.value.field == "text"
        with time_machine.travel(allowance.again_at + dt.timedelta(seconds=1)):
            assert say(session, new, paper_id, "One more").visibility == "shown"


def test_hiding_restoring_and_locking(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        who, moderator = person(session), person(session, role="moderator")
        comment = say(session, who, paper_id, "You fool")
        hide(session, moderator, comment.id)
        (thread,) = queries.threads(session, paper_id, ANYONE).threads
        assert (thread.visibility, thread.text) == ("hidden", "")
        restore(session, moderator, comment.id)
        assert queries.threads(session, paper_id, ANYONE).threads[0].text == "You fool"
        lock_thread(session, moderator, comment.id)
        with pytest.raises(Conflict):
            say(session, who, paper_id, "More", parent_id=comment.id)
        with pytest.raises(Conflict):
            edit(session, who, comment.id, "More", seen_version=1)
        lock_record(session, moderator, paper_id)
        with pytest.raises(Conflict):
            say(session, who, paper_id, "Elsewhere")
        lock_record(session, moderator, paper_id, is_locked=False)
        say(session, who, paper_id, "Elsewhere")


def test_a_moderator_never_judges_their_own(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        writes = person(session, role="moderator")
        own = say(session, writes, paper_id)
        wrote = make_author(session, person(session, role="moderator"))
        for judge in (writes, wrote, person(session), ANYONE):
            with pytest.raises(NotAllowed):
                hide(session, judge, own.id)
        with pytest.raises(NotAllowed):
            lock_record(session, wrote, paper_id)


def test_drafts_survive_a_lost_session_and_go_when_sent(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        who = person(session)
        browser = drafts.Owner(digest=b"d" * 32)
        drafts.keep(session, browser, paper_id, "paper", {"text": "Half a sent"})
        assert drafts.claim(session, who.account_id or 0, b"d" * 32) == 1
        mine = drafts.Owner(who.account_id)
        found = drafts.draft_of(session, mine, paper_id, "paper")
        assert found is not None
        assert found.fields == {"text": "Half a sent"}
        say(session, who, paper_id, "Half a sentence")
        assert drafts.draft_of(session, mine, paper_id, "paper") is None
        with pytest.raises(RuleBroken):
            drafts.keep(session, mine, paper_id, "paper", {"text": "x" * (2 * MAX_TEXT_CHARS + 1)})


def test_a_merge_takes_the_discussion_along(database: Database) -> None:
    with database.write() as session, session.begin():
        kept, gone = paper(session, "Kept"), paper(session, "Gone")
        who = person(session)
        first = say(session, who, kept, "Here", is_pseudonymous=True)
        second = say(session, who, gone, "There", "question", is_pseudonymous=True)
        assert first.pseudonym != second.pseudonym
        from reviewhub.app import MOVERS

        merge_papers(session, kept, gone, movers=MOVERS)
    with database.read() as session:
        assert queries.counts_of(session, kept).n_open_questions == 1
        assert len(set(session.scalars(sa.select(Comment.pseudonym).where(Comment.paper_id == kept)))) == 1
        assert session.scalars(sa.select(Discussion.paper_id)).all() == [kept]
