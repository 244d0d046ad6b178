"""Ratings written by sixteen readers at once, through the site as `./run` serves it, against a constant response and against bare SQLite.

`./run bench rating_writes`. Every reader rates papers drawn at random, and all of them one paper in common; afterwards nothing may be lost and every
score must equal one computed from scratch, or the bench ends with an error.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import random
import re
import sqlite3
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa

from bench.generating import Generator, write_jsonl
from bench.loading import pages_a_second
from bench.measuring import print_ratio, workplace
from bench.serving import start_waitress
from reviewhub.accounts.services import begin_session, create_account
from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core import clock
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.core.jobs import run_due
from reviewhub.core.migrating import migrate
from reviewhub.imports.services import import_file
from reviewhub.papers.models import Paper
from reviewhub.ratings.models import PaperScore, Rating
from reviewhub.ratings.services import recompute_all

N_CLIENTS = 16
# Readers of long standing, each of an organisation of their own: nothing is held and nobody is linked at the beginning.
LONG_STANDING_S = 100 * 86_400
LONGEST_WAIT_S = 1.0


@dataclass
class Client:
    """A reader with a browser that is signed in."""

    cookie: str
    papers: list[int]
    waits: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def rate_all(self, port: int, start: threading.Barrier) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("GET", f"/papers/{self.papers[0]}/rate", headers=headers)
        opened = connection.getresponse()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', opened.read().decode())
        headers["Cookie"] = (opened.getheader("Set-Cookie") or self.cookie).partition(";")[0]
        start.wait()
        for paper_id in self.papers:
            fields = {"csrf_token": token[1] if token else "", "action": "send", "version": "0", "overall": str(random.randint(1, 5)), "rigor": "3"}
            began = time.perf_counter()
            connection.request("POST", f"/papers/{paper_id}/rate", body=urlencode(fields), headers=headers)
            answer = connection.getresponse()
            answer.read()
            self.waits.append(time.perf_counter() - began)
            if answer.status != 303:
                self.faults.append(f"paper {paper_id}: {answer.status}")
        connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=4_000)
    parser.add_argument("--each", type=int, default=60, help="ratings of each reader")
    args = parser.parse_args()
    with workplace() as home:
        settings = Settings.from_environment({"REVIEWHUB_HOME": str(home)})
        clients = _prepare(settings, home, args.papers, args.each)
        with start_waitress("wsgi:app", "/papers", REVIEWHUB_HOME=str(home)) as port:
            took = _rate(clients, port)
        with start_waitress("bench.constant:app", "/", CONSTANT_BYTES="5") as port:
            constant = pages_a_second(port, ["/"], 3)
        n = sum(len(c.waits) for c in clients)
        waits = sorted(wait for c in clients for wait in c.waits)
        faults = [fault for c in clients for fault in c.faults]
        wrong = _wrong(settings, clients)
        print(f"{N_CLIENTS} readers, {n:,} ratings in {took:.1f} s; {len(faults)} errors, {len(wrong)} lost or wrong")
        print(f"  a reader waits {1000 * statistics.median(waits):.0f} ms (median), {1000 * waits[-1]:.0f} ms at most   goal ≤ {1000 * LONGEST_WAIT_S:.0f}")
        print_ratio("ratings through the site / hello", n / took, constant, "a second", goal="≥ 0.4")
        print_ratio("ratings through the site / bare SQLite", n / took, _bare_rate(home), "a second")
        if faults or wrong:
            sys.exit(f"not every rating was taken: {faults[:3]} {wrong[:3]}")


def _prepare(settings: Settings, home: Path, n_papers: int, each: int) -> list[Client]:
    app = create_app(settings)
    database: Database = app.extensions["database"]
    migrate(database)
    file = home / "papers.jsonl"
    write_jsonl(file, Generator().records(n_papers))
    import_file(database, KEEPER, file, format="jsonl")
    chance = random.Random(1)
    clients = []
    with database.write() as session, session.begin():
        ids = list(session.scalars(sa.select(Paper.id).order_by(Paper.id)))
        for n in range(N_CLIENTS):
            account = create_account(session, name=f"Reader {n}", email=f"reader@university-{n}.example", role="reader")
            account.joined_at = clock.now() - dt.timedelta(seconds=LONG_STANDING_S)
            token, _ = begin_session(session, account.id)
            papers = chance.sample(ids[1:], each - 1)
            papers.insert(each // 2, ids[0])
            browser = app.test_client()
            with browser.session_transaction() as kept:
                kept["_user_id"], kept["_fresh"] = token, True
            cookie = browser.get_cookie("reviewhub")
            clients.append(Client(f"{cookie.key}={cookie.value}" if cookie else "", papers))
    database.dispose()
    return clients


def _rate(clients: list[Client], port: int) -> float:
    start = threading.Barrier(len(clients) + 1)
    threads = [threading.Thread(target=client.rate_all, args=(port, start)) for client in clients]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _wrong(settings: Settings, clients: list[Client]) -> list[str]:
    """What is missing, and the scores that are not what they would be if they were made anew."""
    database = Database(settings.database_url)
    run_due(database, settings)  # who rates in step is found as it happens; earlier papers of the two follow in a job
    columns = [c for c in PaperScore.__table__.columns if c.name not in ("computed_at", "model_id")]
    with database.write() as session:
        n = session.scalar(sa.select(sa.func.count()).select_from(Rating)) or 0
        wanted = sum(len(c.papers) for c in clients)
        found = [] if n == wanted else [f"{n} ratings of {wanted}"]
        before = {row.paper_id: tuple(row) for row in session.execute(sa.select(*columns))}
        recompute_all(session, sorted({paper_id for c in clients for paper_id in c.papers}))
        after = {row.paper_id: tuple(row) for row in session.execute(sa.select(*columns))}
        found += [f"paper {paper_id}: {before.get(paper_id)} instead of {row}" for paper_id, row in after.items() if before.get(paper_id) != row]
        session.rollback()
    database.dispose()
    return found


def _bare_rate(home: Path) -> float:
    """Transactions a second of one connection that only inserts a row and adds to a sum, with the pragmas of the site."""
    connection = sqlite3.connect(home / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("CREATE TABLE ratings (id INTEGER PRIMARY KEY, paper_id INT, account_id INT, overall INT, UNIQUE (paper_id, account_id))")
    connection.execute("CREATE TABLE scores (paper_id INTEGER PRIMARY KEY, n INT, total INT)")
    n = 5_000
    began = time.perf_counter()
    for i in range(n):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO ratings (paper_id, account_id, overall) VALUES (?, ?, 7)", (i % 500, i))
        connection.execute("INSERT INTO scores VALUES (?, 1, 7) ON CONFLICT DO UPDATE SET n = n + 1, total = total + 7", (i % 500,))
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return n / took


if __name__ == "__main__":
    main()
