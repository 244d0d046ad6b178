"""A discussion of 5,000 comments against one of 40, whose first page is as full, and a comment that 10,000 follow against one that nobody does.

`./run bench discussion`, on a SQLite file of its own: below the pages, what the database and the domains take, with the worker's share beside; the
record's whole page; and sixteen people who write through the site as `./run` serves it for a minute (`--writing-s`), of whose texts none may be lost,
doubled or refused, or the bench ends with an error.
"""

from __future__ import annotations

import argparse
import http.client
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.measuring import in_turns, print_ratio, timed, workplace
from bench.serving import start_waitress
from reviewhub.accounts.models import Account
from reviewhub.accounts.services import begin_session, create_account
from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core import clock, jobs
from reviewhub.core.actor import ANYONE, KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.migrating import migrate
from reviewhub.discussion import queries
from reviewhub.discussion.counting import recount
from reviewhub.discussion.models import Comment
from reviewhub.discussion.rules import NEW_ACCOUNT
from reviewhub.discussion.services import Written, write
from reviewhub.notifications import handlers
from reviewhub.notifications.models import Follow
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update

N_COMMENTS, N_FEW, REPLIES_EACH, N_FOLLOWERS, N_ROUNDS = 5_000, 40, 1, 10_000, 60
N_WRITERS = 16
# An account may write a hundred texts a day; whoever writes without a pause needs several.
TEXTS_OF_AN_ACCOUNT, ACCOUNTS_OF_A_WRITER = 90, 12
_SECRET = "of no one"
_TEXT = "The effect seems large for so few people, and the interval in table 2 says as much. " * 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writing-s", type=float, default=60, help="how long sixteen people write through the site")
    args = parser.parse_args()
    with workplace() as home:
        database = Database(f"sqlite:///{home / 'discussion.sqlite3'}")
        migrate(database)
        jobs.subscribe(jobs.Subscriptions(handlers.SUBSCRIPTIONS))
        with database.write() as session, session.begin():
            few, many, quiet, followed = (_paper(session, f"Paper number {n} of four") for n in range(4))
            people = [Actor("account", create_account(session, name=f"Reader {n}", email=f"reader{n}@a.example").id, "reader") for n in range(N_ROUNDS + 1)]
            session.execute(sa.update(Account).values(joined_at=clock.now() - NEW_ACCOUNT))
            _fill(session, few, N_FEW, people[0])
            _fill(session, many, N_COMMENTS, people[0])
            _follow(session, followed)
        took = in_turns(N_ROUNDS, few=_opening(database, few), many=_opening(database, many))
        print_ratio(f"first page of {N_COMMENTS:,} comments against {N_FEW}", took["many"] * 1000, took["few"] * 1000, "ms", goal="at most 1.3")
        took = in_turns(N_ROUNDS, quiet=_writing(database, quiet, people[1:]), followed=_writing(database, followed, people[1:]))
        print_ratio(f"a comment with {N_FOLLOWERS:,} followers against none", took["followed"] * 1000, took["quiet"] * 1000, "ms", goal="1")
        with database.write() as session, session.begin():
            session.execute(sa.delete(jobs.Job))
            write(session, people[1], followed, Written("remark", "One to tell."), secret_key=_SECRET)
        start = time.perf_counter()
        jobs.run_due(database, Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        print(f"  told to all of them by the worker in {time.perf_counter() - start:.2f} s")
        database.dispose()
    with workplace() as home:
        _through_the_site(home, args.writing_s)


def _through_the_site(home: Path, writing_s: float) -> None:
    settings = Settings.from_environment({"REVIEWHUB_HOME": str(home)})
    app = create_app(settings)
    database: Database = app.extensions["database"]
    migrate(database)
    with database.write() as session, session.begin():
        few, many, written = (_paper(session, f"Paper number {n} of three") for n in range(3))
        who = Actor("account", create_account(session, name="Reader", email="reader@a.example").id, "reader")
        _fill(session, few, N_FEW, who)
        _fill(session, many, N_COMMENTS, who)
        accounts = [create_account(session, name=f"W {n}", email=f"w{n}@b{n}.example").id for n in range(N_WRITERS * ACCOUNTS_OF_A_WRITER)]
        session.execute(sa.update(Account).values(joined_at=clock.now() - NEW_ACCOUNT))
        tokens = [begin_session(session, account_id)[0] for account_id in accounts]
    client = app.test_client()
    pages = {name: f"/papers/{paper_id}" for name, paper_id in (("few", few), ("many", many))}
    took = in_turns(N_ROUNDS, **{name: (lambda path=path: timed(lambda: client.get(path))) for name, path in pages.items()})
    print_ratio(f"record page of {N_COMMENTS:,} comments against {N_FEW}", took["many"] * 1000, took["few"] * 1000, "ms", goal="at most 1.3")
    signing = app.session_interface.get_signing_serializer(app)
    assert signing is not None
    cookies = [f"reviewhub={signing.dumps({'_user_id': token, '_fresh': True})}" for token in tokens]
    writers = [Writer(written, cookies[n::N_WRITERS], f"writer {n}") for n in range(N_WRITERS)]
    with start_waitress("wsgi:app", "/healthz", REVIEWHUB_HOME=str(home)) as port:
        threads = [threading.Thread(target=one.write_on, args=(port, time.monotonic() + writing_s)) for one in writers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with database.read() as session:
        there = list(session.scalars(sa.select(Comment.text).where(Comment.paper_id == written)))
        counted = queries.counts_of(session, written).n_comments
    sent = [text for one in writers for text in one.sent]
    faults = [fault for one in writers for fault in one.faults]
    waits = sorted(wait for one in writers for wait in one.waits)
    n_lost, n_doubled = len(set(sent) - set(there)), len(there) - len(set(there))
    print(f"  {N_WRITERS} writers, {len(sent):,} comments in {writing_s:.0f} s: {n_lost} lost, {n_doubled} doubled, {len(faults)} refused, {counted:,} counted")
    print(f"  a writer waits {1000 * statistics.median(waits):.0f} ms (median), {1000 * waits[-1]:.0f} ms at most")
    database.dispose()
    if n_lost or n_doubled or faults or counted != len(sent):
        sys.exit(f"not every comment was taken once: {faults[:3]}")


class Writer:
    """Somebody with several browsers, who writes one comment after the other."""

    def __init__(self, paper_id: int, cookies: list[str], name: str) -> None:
        self.path = f"/papers/{paper_id}/comments"
        self.cookies = cookies
        self.name = name
        self.sent: list[str] = []
        self.waits: list[float] = []
        self.faults: list[str] = []

    def write_on(self, port: int, until: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for cookie in self.cookies:
            headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("GET", f"{self.path}/new", headers=headers)
            opened = connection.getresponse()
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', opened.read().decode())
            headers["Cookie"] = (opened.getheader("Set-Cookie") or cookie).partition(";")[0]
            for n in range(TEXTS_OF_AN_ACCOUNT):
                if time.monotonic() >= until:
                    connection.close()
                    return
                text = f"{self.name}, {self.cookies.index(cookie)}, {n}"
                body = urlencode({"csrf_token": token[1] if token else "", "kind": "remark", "text": text})
                start = time.perf_counter()
                connection.request("POST", self.path, body=body, headers=headers)
                answer = connection.getresponse()
                answer.read()
                self.waits.append(time.perf_counter() - start)
                self.sent.append(text)
                if answer.status != 303:
                    self.faults.append(f"{text}: {answer.status}")
        connection.close()


def _paper(session: Session, title: str) -> int:
    found = add_or_update(session, KEEPER, [PaperRecord("hand", title=title)])[0].paper_id
    assert found is not None
    return found


def _fill(session: Session, paper_id: int, n: int, who: Actor) -> None:
    now = clock.now()
    common = {"paper_id": paper_id, "kind": "remark", "text": _TEXT, "account_id": who.account_id, "written_at": now, "changed_at": now}
    heads = session.scalars(sa.insert(Comment).returning(Comment.id), [{**common, "number": 0, "n_replies": REPLIES_EACH}] * (n // (1 + REPLIES_EACH))).all()
    session.execute(sa.insert(Comment), [{**common, "parent_id": head, "number": k + 1} for head in heads for k in range(REPLIES_EACH)])
    recount(session, paper_id)


def _follow(session: Session, paper_id: int) -> None:
    now = clock.now()
    rows = [{"name": "Follower", "joined_at": now, "hides_numbers": False, "is_suspended": False}] * N_FOLLOWERS
    accounts = session.scalars(sa.insert(Account).returning(Account.id), rows).all()
    session.execute(sa.insert(Follow), [{"account_id": one, "kind": "paper", "target_id": paper_id, "at": now} for one in accounts])


def _opening(database: Database, paper_id: int) -> Callable[[], float]:
    def measure() -> float:
        start = time.perf_counter()
        with database.read() as session:
            queries.counts_of(session, paper_id)
            queries.threads(session, paper_id, ANYONE)
        return time.perf_counter() - start

    return measure


def _writing(database: Database, paper_id: int, people: list[Actor]) -> Callable[[], float]:
    left = iter(people)

    def measure() -> float:
        who = next(left)
        start = time.perf_counter()
        with database.write() as session, session.begin():
            write(session, who, paper_id, Written("remark", f"Text at {start}"), secret_key=_SECRET)
        return time.perf_counter() - start

    return measure


if __name__ == "__main__":
    main()
