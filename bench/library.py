"""A file of references taken into a library against raw `sqlite3` inserting the same rows; then the pages of that library against a small one's.

`./run bench library`, or `python -m bench.library --entries 100000`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

import psutil

from bench.importing import insert_raw, rows_of
from bench.measuring import in_turns, print_ratio, timed, workplace
from reviewhub.accounts.services import begin_session, create_account
from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.actor import Actor
from reviewhub.core.db import Database
from reviewhub.core.migrating import migrate
from reviewhub.imports import shelving
from reviewhub.library import queries, services
from reviewhub.library.models import LibraryUpload

# What a handler takes at a time; a longer file goes on in further jobs.
AT_ONCE_S = 120.0
SMALL = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    args = parser.parse_args()
    with workplace() as home:
        settings = Settings.from_environment({"REVIEWHUB_HOME": str(home)})
        database = Database(settings.database_url)
        migrate(database)
        file = Path(str(database.url.database))
        database.dispose()
        empty = Path(shutil.copy(file, home / "empty.sqlite3"))
        database = Database(settings.database_url)
        owner = _newcomer(database, "large")
        content = b"".join(_entry(n) for n in range(args.entries))
        with database.write() as session, session.begin():
            upload = services.hand_in(session, owner, content, "library.bib")
        print(f"\nBibTeX file of {args.entries:,} entries, {len(content) / 1e6:.0f} MB")
        process = psutil.Process()
        before, start, n_jobs = process.memory_info().rss, time.perf_counter(), 1
        while not shelving.shelve(database, upload.id, longest_s=AT_ONCE_S):
            n_jobs += 1
        seconds, grown = time.perf_counter() - start, process.memory_info().rss - before
        with database.read() as session:
            done = session.get_one(LibraryUpload, upload.id)
            if (done.n_saved, done.n_rejected) != (args.entries, 0):
                sys.exit(f"{done.n_saved} taken and {done.n_rejected} rejected: {done.problems[:2]}")
        database.dispose()
        rows = rows_of(file)
        raw = timed(lambda: insert_raw(empty, rows))
        print_ratio("file to library / raw sqlite3", args.entries / seconds, args.entries / raw, "papers/s")
        print(f"  {seconds:.0f} s in {n_jobs} job(s); {grown / 1e6:.0f} MB more resident at the end, mapped pages of the database among them", flush=True)
        _compare_pages(settings, owner)


def _entry(n: int) -> bytes:
    words = "abcdefghij"[n % 10]
    return (
        f"@article{{k{n},\n  title = {{Effects of factor {n} on {words}-type responses in cohort {n // 7}}},\n"
        f"  author = {{Family{n % 5000}, Jane and Other{n % 700}, Ming}},\n  journal = {{Journal {n % 400}}},\n  year = {{{1970 + n % 55}}},\n"
        f"  doi = {{10.5555/k{n}}}\n}}\n"
    ).encode()


def _newcomer(database: Database, name: str) -> Actor:
    with database.write() as session, session.begin():
        account = create_account(session, name=name, email=f"{name}@example.org", role="reader")
        return Actor("account", account.id, account.role)


def _compare_pages(settings: Settings, owner: Actor) -> None:
    app = create_app(settings)
    database: Database = app.extensions["database"]
    small = _newcomer(database, "small")
    with database.write() as session, session.begin():
        ids = queries.kept_by(session, owner.account_id or 0)
        services.save_many(session, small, ids[:SMALL], tags=["some"])
        services.add_tags(session, owner, ids[: len(ids) // 2], "some")
    clients = {}
    for name, who in (("large", owner), ("small", small)):
        clients[name] = app.test_client()
        with database.write() as session, session.begin():
            token, _ = begin_session(session, who.account_id or 0)
        with clients[name].session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
    print(f"\npages of a library of {len(ids):,} papers against one of {SMALL}")
    pages = (
        ("newest", "/library"), ("deep", f"/library?after={ids[len(ids) // 2]}"), ("by title", "/library?sort=title"), ("a tag", "/library?tag=some"),
        ("two words", "/library?q=factor+cohort"), ("a word nobody wrote", "/library?q=zebra"),
    )  # fmt: skip
    for what, path in pages:
        took = in_turns(5, **{name: (lambda client=client, path=path: 1000 * timed(lambda: client.get(path))) for name, client in clients.items()})
        print_ratio(what, took["large"], took["small"], "ms")
    start = time.perf_counter()
    n_bytes = sum(len(piece) for piece in clients["large"].get("/library/cite/ris", buffered=False).response)
    print(f"  export as RIS: {n_bytes / 1e6:.0f} MB, {len(ids) / (time.perf_counter() - start):,.0f} papers/s", flush=True)
    database.dispose()


if __name__ == "__main__":
    main()
