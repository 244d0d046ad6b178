"""One happening, told once to each who wants to know, by the worker; mail as each wants it."""

from __future__ import annotations

import datetime as dt
import email.policy
import os
import signal
import subprocess
import sys
import time
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from reviewhub.accounts.models import Account
from reviewhub.config import Settings
from reviewhub.core import clock, jobs
from reviewhub.core.actor import ANYONE, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotAllowed, NotFound, RuleBroken
from reviewhub.discussion.services import delete, set_state
from reviewhub.events import CommentShown, FollowersToTell, TimeCame
from reviewhub.moderation.services import decide_report, hide, report
from reviewhub.notifications import handlers, queries, services
from reviewhub.notifications.models import Notice
from reviewhub.notifications.rules import ALL, unsubscribe_token, unsubscribed
from reviewhub.papers.models import Journal, Paper
from reviewhub.papers.services import merge_papers
from tests.discussion.talk import make_author, paper, say
from tests.people import person

SUBSCRIPTIONS = jobs.Subscriptions(handlers.SUBSCRIPTIONS, schedules=[handlers.SCHEDULE])


@pytest.fixture(autouse=True)
def _listening() -> None:
    jobs.subscribe(SUBSCRIPTIONS)


def work(database: Database, settings: Settings) -> None:
    jobs.run_due(database, settings)
    handlers.gather(database, settings, TimeCame())
    jobs.run_due(database, settings)


def outbox(settings: Settings) -> list[EmailMessage]:
    folder = settings.home / "outbox"
    return [BytesParser(policy=email.policy.default).parsebytes(path.read_bytes()) for path in sorted(folder.glob("*.eml"))] if folder.exists() else []


def told(database: Database, who: Actor) -> list[str]:
    with database.read() as session:
        return [one.kind for one in queries.notices_of(session, who.account_id or 0)]


def test_each_is_told_once_and_nobody_of_what_they_did(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        asker, follower, both, writer = person(session), person(session), person(session, "Wei Zhang"), person(session)
        head = say(session, asker, paper_id, "How many?", "question")
        say(session, both, paper_id, "I wonder too", parent_id=head.id)
        for who in (asker, follower, both, writer):
            services.follow(session, who, "paper", paper_id)
            services.follow(session, who, "paper", paper_id)
        session.execute(sa.delete(jobs.Job))
        say(session, writer, paper_id, "Forty, @Wei Zhang.", "answer", parent_id=head.id)
    work(database, settings)
    assert [told(database, who) for who in (asker, follower, both, writer)] == [["reply"], ["comment"], ["mention"], []]
    assert sorted(mail["To"] for mail in outbox(settings)) == sorted(_address(database, who) for who in (asker, both))
    with database.write() as session, session.begin():
        set_state(session, asker, head.id, "answered")
    work(database, settings)
    assert [told(database, who) for who in (asker, follower)] == [["reply"], ["state", "comment"]]


def _address(database: Database, who: Actor) -> str:
    with database.read() as session:
        return str(session.get_one(Account, who.account_id).email)


def test_a_job_that_runs_twice_tells_once(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        paper_id, follower = paper(session), person(session)
        services.follow(session, follower, "paper", paper_id)
        comment = say(session, person(session), paper_id)
    for _ in range(3):
        handlers.comment_shown(database, settings, CommentShown(comment.id))
        handlers.tell_followers(database, settings, FollowersToTell(comment.id, 0, 0))
    work(database, settings)
    assert told(database, follower) == ["comment"]


def test_journals_and_merges(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        kept, gone, follower = paper(session, "Kept"), paper(session, "Gone"), person(session)
        services.follow(session, follower, "paper", kept)
        services.follow(session, follower, "paper", gone)
        of_journal = person(session)
        journal = Journal(name="Sleep", name_key="sleep")
        session.add(journal)
        session.flush()
        services.follow(session, of_journal, "journal", journal.id)
        from reviewhub.app import MOVERS

        merge_papers(session, kept, gone, movers=MOVERS)
        session.execute(sa.update(Paper).where(Paper.id == kept).values(journal_id=journal.id))
        assert queries.followed_by(session, follower.account_id or 0) == [("paper", kept)]
        say(session, person(session), kept)
        services.unfollow(session, follower, "paper", kept)
        assert not queries.follows(session, follower.account_id or 0, "paper", kept)
    work(database, settings)
    assert told(database, of_journal) == ["comment"]
    assert told(database, follower) == []


@pytest.mark.parametrize("end", ["deleted", "hidden"])
def test_nothing_is_mailed_of_what_is_gone(database: Database, settings: Settings, end: str) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        asker, answers, follower = person(session), person(session), person(session)
        services.follow(session, follower, "paper", paper_id)
        head = say(session, asker, paper_id)
        reply = say(session, answers, paper_id, "A secret slip", parent_id=head.id)
    for _ in range(6):  # the notices are written, no mail yet
        jobs.run_next(database, settings)
    with database.write() as session, session.begin():
        for comment, writer in ((reply, answers), (head, asker)):
            if end == "deleted":
                delete(session, writer, comment.id)
            else:
                hide(session, person(session, role="moderator"), "comment", comment.id, "Not for everybody.")
    work(database, settings)
    assert not [mail for mail in outbox(settings) if "slip" in str(mail)]
    with database.read() as session:
        assert not any(one.is_there for one in queries.notices_of(session, follower.account_id or 0))


def test_what_waits_tells_nobody(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        paper_id, follower = paper(session), person(session)
        services.follow(session, follower, "paper", paper_id)
        say(session, person(session, joined_at=clock.now()), paper_id, "Buy at https://example.org")
    work(database, settings)
    assert told(database, follower) == []


def test_a_digest_comes_in_the_reader_s_language_and_ends_by_one_click(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session, "Sleep &amp; <i>memory</i>")
        reader, writer = person(session, language="zh"), person(session, "Named Writer")
        services.follow(session, reader, "paper", paper_id)
        for n in range(3):
            say(session, writer, paper_id, f"Remark {n}")
        say(session, person(session), paper_id, "Under cover", is_pseudonymous=True)
    work(database, settings)
    assert outbox(settings) == []
    with time_machine.travel(clock.now() + dt.timedelta(hours=25)):
        work(database, settings)
    (mail,) = outbox(settings)
    body, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert body is not None
    assert page is not None
    text = body.get_content()
    assert all(f"Remark {n}" in text for n in range(3))
    assert "Sleep & memory" in text
    assert f"http://reviewhub.test/zh/papers/{paper_id}/comments" in text
    assert 'lang="zh-Hans"' in page.get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(mail["List-Unsubscribe"]).strip("<>")
    assert address in text
    with database.write() as session, session.begin():
        assert services.unsubscribe(session, address.rsplit("/", 1)[1], secret_key=settings.secret_key) == ALL
        assert set(queries.ways_of(session, reader.account_id or 0).values()) == {"off"}
        say(session, writer, paper_id, "One more")
    with time_machine.travel(clock.now() + dt.timedelta(days=8)):
        work(database, settings)
    assert len(outbox(settings)) == 1
    assert len(told(database, reader)) == 5  # the page still tells


def test_a_token_that_is_none_of_ours_does_nothing(database: Database) -> None:
    token = unsubscribe_token("a", 7, "reply")
    assert unsubscribed("a", token) == (7, "reply")
    for forged in ("", "7.reply", token[:-1], token.replace("7", "8", 1), token.replace("reply", ALL), f"{token}é", "٧.reply.x", "9" * 400 + ".reply.x"):
        assert unsubscribed("a", forged) is None
    assert unsubscribed("b", token) is None
    with database.write() as session, pytest.raises(NotFound):
        services.unsubscribe(session, token, secret_key="b")


def test_who_may_what(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id, reader = paper(session), person(session)
        with pytest.raises(NotAllowed):
            services.follow(session, ANYONE, "paper", paper_id)
        for kind, target in (("paper", 99), ("planet", 1)):
            with pytest.raises(NotFound):
                services.follow(session, reader, kind, target)
        for kind, way in (("reply", "hourly"), ("gossip", "on")):
            with pytest.raises(RuleBroken):
                services.choose_way(session, reader, kind, way)
        services.choose_way(session, reader, "reply", "weekly")
        assert queries.ways_of(session, reader.account_id or 0)["reply"] == "weekly"


def test_the_sender_of_a_report_hears_the_verdict(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        comment, sender = say(session, person(session), paper_id), person(session)
        made = report(session, sender, "comment", comment.id, "spam")
        decide_report(session, person(session, role="moderator"), made.id, "upheld", "It sells something.")
    work(database, settings)
    assert told(database, sender) == ["verdict"]
    with database.write() as session, session.begin():
        assert queries.n_unread(session, sender.account_id or 0) == 1
        (one,) = queries.notices_of(session, sender.account_id or 0)
        services.mark_read(session, sender, up_to=one.id)
        assert queries.n_unread(session, sender.account_id or 0) == 0


_WORKER = """
import sys, threading
import reviewhub.schema
from reviewhub.config import Settings
from reviewhub.core import jobs
from reviewhub.core.db import Database
from reviewhub.notifications import handlers
handlers.AT_ONCE = 20
jobs.subscribe(jobs.Subscriptions(handlers.SUBSCRIPTIONS))
print("up", flush=True)
jobs.work(Database(sys.argv[1]), Settings.from_environment(), threading.Event(), pause_s=0.01)
"""


def test_a_worker_that_is_killed_loses_no_notice_and_doubles_none(database: Database, settings: Settings, tmp_path: Path) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        followers = [person(session) for _ in range(400)]
        for who in followers:
            services.follow(session, who, "paper", paper_id)
        say(session, make_author(session, person(session)), paper_id)

    def n_told() -> int:
        with database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Notice)) or 0

    n_kills = 0
    for target in (1, 120, 240):
        command = [sys.executable, "-c", _WORKER, database.url.render_as_string(hide_password=False)]
        worker = subprocess.Popen(command, env={**os.environ, "REVIEWHUB_HOME": str(tmp_path)}, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        try:
            until = time.monotonic() + 60
            while n_told() < target and worker.poll() is None and time.monotonic() < until:
                time.sleep(0.002)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            assert worker.stdout is not None
            worker.stdout.close()
        n_kills += 0 < n_told() < len(followers)
        with database.write() as session, session.begin():  # as if the dead worker's lease had run out
            session.execute(sa.update(jobs.Job).values(leased_until=None))
    assert n_kills > 0, "the worker was never killed in the middle"
    jobs.run_due(database, settings)
    with database.read() as session:
        by_account = dict(session.execute(sa.select(Notice.account_id, sa.func.count()).group_by(Notice.account_id)).all())
    assert by_account == {who.account_id: 1 for who in followers}
