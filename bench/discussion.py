"""A discussion of 5,000 comments against one of 40, whose first page is as full, and a comment that 10,000 follow against one that nobody does.

`./run bench discussion`, on a SQLite file of its own, below the pages: what the database and the domains take. The worker's share is printed beside.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.measuring import in_turns, print_ratio, workplace
from reviewhub.accounts.models import Account
from reviewhub.accounts.services import create_account
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
_SECRET = "of no one"
_TEXT = "The effect seems large for so few people, and the interval in table 2 says as much. " * 3


def main() -> None:
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
