"""A site of real records tried with simulated readers: what is recommended, why, and how long it takes.

`python bench/trial.py DIR [--chinese FILE] [--readers N] [--shown N]`, on the home that REVIEWHUB_HOME names and that `flask papers import` has filled. DIR is
a collection of libraries (citeulike-t): each of its papers stands for the record here that reads most like it, so that readers who have papers in common there
have papers in common here. FILE: Chinese records as JSON lines (title, abstract, keywords). Prints lists for somebody who knows the field to look at; the last
line is one JSON object. Run it on a home of its own: it adds accounts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # called by its path as well as by its name

from bench.recommendations import peak_mb
from reviewhub.accounts.models import Account
from reviewhub.accounts.services import create_account
from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.text import plain
from reviewhub.library import services as library
from reviewhub.library.queries import kept_by
from reviewhub.papers.models import Paper
from reviewhub.papers.queries import lines_of
from reviewhub.papers.record import Keyword, PaperRecord, Section
from reviewhub.papers.services import add_or_update
from reviewhub.ratings.services import Given, rate
from reviewhub.recommendations import dataset, queries, relating
from reviewhub.recommendations import model as modelling
from reviewhub.recommendations.feed import feed_for
from reviewhub.recommendations.gathering import gather
from reviewhub.recommendations.sparse import Ints, Matrix, compressed
from reviewhub.recommendations.terms import N_TERMS, place, stem
from reviewhub.recommendations.training import train

# Fewer papers than this are no library; whoever has more is cut, as a match is made of the nearest records only.
FEWEST, MOST = 3, 60
# Below this likeness, or with fewer terms in common, a paper of the collection has no like here: a Chinese abstract with two Latin words is like nothing there.
LEAST_LIKENESS = 0.1
FEWEST_SHARED = 8
# Of so many nearest records one is chosen; each stands for a few papers at most, else everybody would keep the same ones.
NEIGHBOURS, MOST_ALIKE = 12, 4
# A record of fewer words is like everything and nothing.
FEWEST_WORDS = 25
# One in so many readers also rates what they keep.
RATES_EVERY = 5
NAME = "Simulated reader"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chinese", type=Path)
    parser.add_argument("--readers", type=int, default=2_000)
    parser.add_argument("--shown", type=int, default=12)
    parser.add_argument("--cold", type=int, nargs=2, metavar=("ACCOUNT", "PAPER"), help=argparse.SUPPRESS)  # a process of its own
    args = parser.parse_args()
    app = create_app(Settings.from_environment())
    database, settings = app.extensions["database"], app.extensions["settings"]
    if args.cold:
        print(json.dumps(cold(database, settings, *args.cold)))
        return
    if args.chinese:
        add_chinese(database, args.chinese)
    accounts = settle(database, args.folder, args.readers)
    started = perf_counter()
    made = train(database, settings)
    assert made is not None, "too few papers, or another process trains"
    print(f"{made.n_papers:,} papers, {made.n_readers:,} readers, {made.n_entries:,} entries: trained in {made.training_s:.1f} s, {peak_mb():.0f} MB at most")
    print("  ".join(f"{name} {value:.3f}" for name, value in made.figures.items()))
    training_s, started = perf_counter() - started, perf_counter()
    with database.read() as session:
        paper_ids = list(session.scalars(sa.select(Paper.id).order_by(Paper.id)))
    relating.relate_in_turn(database, settings.home, paper_ids)
    lists_s = perf_counter() - started
    show(database, settings, paper_ids, accounts, args.shown)
    command = [sys.executable, __file__, str(args.folder), "--cold", str(accounts[0]), str(paper_ids[len(paper_ids) // 2])]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    told |= {"papers": made.n_papers, "readers": made.n_readers, "entries": made.n_entries, "training_and_trial_s": training_s, "training_s": made.training_s}
    told |= {"lists_s": lists_s, "list_ms": 1000 * lists_s / len(paper_ids), "size_mb": made.size_bytes / 1e6, "peak_mb": peak_mb(), **without_list(database)}
    print(json.dumps({name: round(value, 2) for name, value in told.items()}))


def add_chinese(database: Database, path: Path) -> None:
    """Records in Chinese, with their keywords."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    records = [
        PaperRecord(
            "trial", row["title"], f"trial:{row['id']}", type="article", language="zh", titles={"zh": row["title"]},
            abstracts={"zh": [Section(row["abstract"])]}, keywords=[Keyword(word) for word in row["keywords"]],
        )
        for row in rows
    ]  # fmt: skip
    with database.write() as session, session.begin():
        add_or_update(session, KEEPER, records)


def settle(database: Database, folder: Path, most: int) -> list[int]:
    """Accounts with the libraries of the collection's readers; those that are here already where this ran before."""
    with database.read() as session:
        known = list(session.scalars(sa.select(Account.id).where(Account.name.startswith(NAME)).order_by(Account.id)))
        if known:
            return known
        corpus, _, paper_ids, _, _ = gather(session, None)
    collection = dataset.read(folder)
    like = nearest(in_our_terms(collection.corpus.terms, folder), corpus.terms)
    both = (collection.corpus.libraries + collection.hidden).tocsr()
    drawn, found = random.Random(1), []
    with database.write() as session, session.begin():
        for reader in range(both.shape[0]):
            kept = list(dict.fromkeys(int(paper_ids[like[i]]) for i in both.indices[both.indptr[reader] : both.indptr[reader + 1]] if like[i] >= 0))[:MOST]
            if len(kept) < FEWEST or len(found) == most:
                continue
            n = len(found)
            who = Actor("account", create_account(session, name=f"{NAME} {n}", email=f"reader@simulated-{n}.example").id, "reader")
            library.save_many(session, who, kept)
            if n % RATES_EVERY == 0:
                for paper_id in kept[:3]:
                    rate(session, who, paper_id, Given(drawn.choice((5, 6, 7, 8, 8, 9, 9, 10))))
            found.append(who.account_id or 0)
    print(f"{len(found):,} readers; {int((like >= 0).sum()):,} of {len(like):,} papers of the collection have their like here")
    return found


def in_our_terms(theirs: Matrix, folder: Path) -> Matrix:
    """The counts of the collection, whose columns are lines of its vocabulary, with the columns that the same words have here."""
    with gzip.open(folder / "vocabulary.dat.gz", "rt", encoding="utf-8") as file:
        columns = np.array([place(stem(word.strip())) for word in file], np.int32)
    return compressed((theirs.data, columns[theirs.indices], theirs.indptr), shape=theirs.shape)


def nearest(theirs: Matrix, ours: Matrix) -> Ints:
    """For each paper of the collection the place of a record here that reads like it, the likest first; -1 where none does, or others had it."""
    n_papers = np.bincount(ours.indices, minlength=N_TERMS)
    rarity = np.where(n_papers > 1, np.log(1 + (1 + ours.shape[0]) / (1 + n_papers)), 0).astype(np.float32)  # what stands nowhere here tells nothing
    here = modelling.weighed(ours, rarity)
    here = (here.multiply((np.diff(ours.indptr) >= FEWEST_WORDS)[:, None])).T.tocsr()
    words = ours.sign().T.tocsr()
    pairs: list[tuple[float, int, int]] = []
    for start in range(0, theirs.shape[0], 500):
        some = theirs[start : start + 500]
        alike = (modelling.weighed(some, rarity) @ here).toarray()
        alike[(some.sign() @ words).toarray() < FEWEST_SHARED] = 0
        near = np.argpartition(-alike, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        pairs += [(float(alike[n, one]), start + n, int(one)) for n, places in enumerate(near) for one in places if alike[n, one] >= LEAST_LIKENESS]
    found, taken = np.full(theirs.shape[0], -1, np.int64), np.zeros(ours.shape[0], np.int64)
    for _, i, one in sorted(pairs, reverse=True):
        if found[i] < 0 and taken[one] < MOST_ALIKE:
            found[i] = one
            taken[one] += 1
    return found


def show(database: Database, settings: Settings, paper_ids: list[int], accounts: list[int], n: int) -> None:
    """Some records and some readers, with what is recommended and why."""
    drawn = random.Random(2)
    with database.read() as session:
        for line in lines_of(session, sorted(drawn.sample(paper_ids, n))):
            print(f"\n# {plain(line.title)} ({line.year})")
            for one in queries.related_to(session, line.id).papers:
                print(f"  - {plain(one.title)[:110]} ({one.year}) | {'; '.join(map(str, one.reasons))}")
        for account in drawn.sample(accounts, max(1, n // 4)):
            feed = feed_for(session, settings.home, account, most=8)
            kept = lines_of(session, kept_by(session, account)[:8])
            print(f"\n## keeps: {' | '.join(plain(line.title)[:60] for line in kept)}")
            titles = {line.id: plain(line.title) for line in lines_of(session, [one.paper_id for one in feed.entries])}
            for one in feed.entries:
                print(f"  - {titles[one.paper_id][:100]} | {'; '.join(str(reason)[:110] for reason in one.reasons)}")


def cold(database: Database, settings: Settings, account: int, paper: int) -> dict[str, float]:
    """What a reader and a record wait for, in a process that has just come up."""
    started = perf_counter()
    with database.read() as session:
        queries.related_to(session, paper)
    told = {"record_ms": (perf_counter() - started) * 1000}
    for name in ("first_reader_ms", "reader_ms"):
        started = perf_counter()
        with database.read() as session:
            feed_for(session, settings.home, account)
        told[name] = (perf_counter() - started) * 1000
    return told


def without_list(database: Database) -> dict[str, float]:
    """How many records have nothing to recommend, and how long the lists of the others are."""
    with database.read() as session:
        n = sa.select(sa.func.count()).select_from(queries.RelatedPaper).group_by(queries.RelatedPaper.paper_id).subquery()
        lengths = session.scalars(sa.select(sa.column("count_1")).select_from(n)).all()
        n_papers = session.scalar(sa.select(sa.func.count()).select_from(Paper)) or 1
    return {"share_without_list": 1 - len(lengths) / n_papers, "mean_length": float(np.mean(lengths)) if lengths else 0.0}


if __name__ == "__main__":
    main()
