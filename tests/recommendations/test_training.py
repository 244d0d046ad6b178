"""Training: from everything the site knows and nobody who is left out; one at a time; the new model in the old one's place, whole."""

from __future__ import annotations

import fcntl
import random
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from reviewhub.accounts.models import Account
from reviewhub.config import Settings
from reviewhub.core import jobs
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.events import TimeCame
from reviewhub.library import services as library
from reviewhub.papers.models import Paper
from reviewhub.papers.record import PaperRecord, Reference
from reviewhub.papers.services import add_or_update
from reviewhub.ratings.services import Given, rate
from reviewhub.recommendations import gathering, handlers, queries, services, storing, training
from reviewhub.recommendations import model as modelling
from reviewhub.recommendations.gathering import gather
from reviewhub.recommendations.storing import Stored
from reviewhub.recommendations.training import train
from tests.people import person

from .conftest import N_PAPERS, Village, record


def stored(database: Database, settings: Settings) -> Stored:
    with database.read() as session:
        row = queries.newest_model(session)
        assert row is not None
        found = storing.opened(settings.home, row.folder)
        assert found is not None
        return found


def test_a_model_holds_every_paper_and_reader_and_its_row_says_so(village: Village, database: Database, settings: Settings) -> None:
    row = train(database, settings)
    assert row
    assert (row.n_papers, row.n_readers, row.n_entries) == (2 * N_PAPERS, 12, 96)
    found = stored(database, settings)
    assert found.paper_ids.tolist() == sorted(i for ids in village.papers.values() for i in ids)
    assert row.size_bytes == sum(path.stat().st_size for path in (storing.folder_of(settings.home) / row.folder).iterdir())
    lichens, pulsars = (sorted(found.places_of(ids).values()) for ids in village.papers.values())
    walks = found.model.walks.toarray()
    assert walks[np.ix_(lichens, lichens)].sum() > 10 * walks[np.ix_(lichens, pulsars)].sum()


def test_the_folder_of_the_old_model_goes_and_who_has_it_open_reads_on(village: Village, database: Database, settings: Settings) -> None:
    first = train(database, settings)
    before = stored(database, settings)
    second = train(database, settings)
    assert first
    assert second
    assert [path.name for path in storing.folder_of(settings.home).glob("model-*")] == [second.folder]
    assert before.model.words.sum() > 0
    assert np.array_equal(before.terms.toarray(), stored(database, settings).terms.toarray())


def test_training_twice_makes_the_same_model(village: Village, database: Database, settings: Settings) -> None:
    train(database, settings)
    first = stored(database, settings)
    train(database, settings)
    second = stored(database, settings)
    assert np.array_equal(first.model.walks.toarray(), second.model.walks.toarray())
    assert np.array_equal(first.model.tastes, second.model.tastes)


def test_only_one_process_trains_at_a_time(village: Village, database: Database, settings: Settings) -> None:
    folder = storing.folder_of(settings.home)
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert train(database, settings) is None
    assert train(database, settings) is not None


def test_texts_that_did_not_change_are_not_read_again(village: Village, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    train(database, settings)
    read: list[int] = []
    counts_of = gathering.counts_of
    monkeypatch.setattr(gathering, "counts_of", lambda session, ids: read.extend(ids) or counts_of(session, ids))
    with database.write() as session, session.begin():
        new = add_or_update(session, KEEPER, [record("lichens", 40), PaperRecord("crossref", title="Moss itself", identifiers={"doi": ["10.1234/lichens.2"]})])
    train(database, settings)
    assert sorted(read) == sorted({o.paper_id for o in new})
    changed = stored(database, settings)
    with database.read() as session:
        _, terms, *_ = gather(session, None)
    assert np.array_equal(terms.toarray(), changed.terms.toarray())


def test_who_is_left_out_or_suspended_and_what_was_disliked_or_does_not_count_is_not_learned_from(village: Village, database: Database) -> None:
    papers = village.papers["lichens"]
    with database.write() as session, session.begin():
        out, suspended, kept = (person(session) for _ in range(3))
        for reader in (out, suspended, kept):
            library.save_many(session, reader, papers[:3])
            rate(session, reader, papers[3], Given(9))
            rate(session, reader, papers[4], Given(6))
            rate(session, reader, papers[0], Given(1))  # saved, read, not liked
        services.leave_out(session, out, is_left_out=True)
        session.execute(sa.update(Account).where(Account.id == suspended.account_id).values(is_suspended=True))
        corpus, _, paper_ids, _, reader_ids = gather(session, None)
    assert kept.account_id in reader_ids
    assert not {out.account_id, suspended.account_id} & set(reader_ids.tolist())
    row = corpus.libraries[[reader_ids.tolist().index(kept.account_id)]]
    assert {int(paper_ids[place]): value for place, value in zip(row.indices, row.data, strict=True)} == {
        papers[1]: 1,
        papers[2]: 1,
        papers[3]: 1,
        papers[4]: 0.5,
    }


def test_fifty_accounts_with_one_library_weigh_as_seven_readers(village: Village, database: Database) -> None:
    with database.write() as session, session.begin():
        ring = [person(session) for _ in range(50)]
        for reader in ring:
            library.save_many(session, reader, [village.papers["lichens"][0], village.papers["pulsars"][0]])
        corpus, _, _, _, reader_ids = gather(session, None)
    rows = corpus.libraries[np.searchsorted(reader_ids, [r.account_id for r in ring])]
    assert float(rows.sum()) / 2 == pytest.approx(50**0.5, rel=1e-4)


def test_a_ring_pushes_a_paper_no_further_than_its_root_of_readers_would(village: Village, database: Database) -> None:
    """Fifty accounts keep part of a field beside one paper of another: for readers of the field it rises as if eight had done so."""
    pushed, field = village.papers["pulsars"][0], village.papers["lichens"]

    def pull(n: int) -> float:
        with database.write() as session:
            for _ in range(n):
                library.save_many(session, person(session), [*field[:5], pushed])
            corpus, _, paper_ids, *_ = gather(session, None)
            if n < 50:  # as many readers who have nothing to do with each other
                corpus.libraries.data[:] = 1
            session.rollback()
        made = modelling.train(corpus)
        kept = np.searchsorted(paper_ids, field[:5])
        found = modelling.walk_scores(made, kept, np.ones(5, np.float32))
        return float(found[np.searchsorted(paper_ids, pushed)] / found[kept].mean())

    assert pull(0) < pull(50) <= pull(8)


def test_cited_works_are_columns_by_any_of_their_identifiers(database: Database) -> None:
    with database.write() as session, session.begin():
        made = add_or_update(
            session, KEEPER,
            [
                PaperRecord("test", title="The classic", identifiers={"doi": ["10.1/classic"], "pmid": ["123"]}),
                PaperRecord("test", title="Cites by DOI", references=[Reference("", "10.1/classic"), Reference("", "10.9/away"), Reference("", "10.9/lonely"), Reference("Text only")]),
                PaperRecord("test", title="Cites by PMID", references=[Reference("", "", "123"), Reference("", "10.9/away"), Reference("", "10.9/away")]),
                PaperRecord("test", title="Cites itself", identifiers={"doi": ["10.1/self"]}, references=[Reference("", "10.1/self")]),
            ],
        )  # fmt: skip
        corpus, _, paper_ids, *_ = gather(session, None)
    assert paper_ids.tolist() == [o.paper_id for o in made]
    assert corpus.references.toarray().tolist() == [[0, 0, 0, 0, 0], [1, 0, 0, 0, 1], [1, 0, 0, 0, 1], [0, 0, 0, 0, 0]]


def test_a_site_of_a_few_papers_has_no_model(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        add_or_update(session, KEEPER, [record("lichens", n) for n in range(training.FEWEST_PAPERS - 1)])
    assert train(database, settings) is None
    assert list(storing.folder_of(settings.home).glob("model-*")) == []


def test_offline_figures_come_with_the_model_when_there_are_readers_enough(village: Village, database: Database, settings: Settings) -> None:
    first = train(database, settings)
    assert first
    assert first.figures == {}
    with database.write() as session, session.begin():
        for n in range(training.FEWEST_JUDGED):
            library.save_many(session, person(session), random.Random(n + 50).sample(village.papers["lichens"], 9))
    row = train(database, settings)
    assert row
    assert row.figures["n_readers"] >= training.FEWEST_JUDGED
    assert 0.5 < row.figures["recall@20"] <= 1


def test_a_new_model_is_made_when_much_is_new_and_not_before(village: Village, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def model_ids() -> list[int]:
        with database.read() as session:
            return [row.id for row in queries.models(session)]

    handlers.train_when_much_is_new(database, settings, TimeCame())
    assert len(model_ids()) == 1
    handlers.train_when_much_is_new(database, settings, TimeCame())
    assert len(model_ids()) == 1
    monkeypatch.setattr(handlers, "MANY_NEW", 3)
    with database.write() as session, session.begin():
        add_or_update(session, KEEPER, [record("pulsars", 100 + n) for n in range(3)])
    handlers.train_when_much_is_new(database, settings, TimeCame())
    assert len(model_ids()) == 2


def test_the_site_trains_daily_and_looks_for_much_that_is_new() -> None:
    from reviewhub.app import SCHEDULES

    every_s = jobs.Subscriptions(schedules=SCHEDULES).every_s
    assert every_s["reviewhub.recommendations.handlers.train"] == 86_400
    assert every_s["reviewhub.recommendations.handlers.train_when_much_is_new"] <= 60
    assert every_s["reviewhub.recommendations.handlers.make_trends"] <= 3600


def test_pages_do_not_load_scipy() -> None:
    import subprocess
    import sys

    said = subprocess.run(
        [sys.executable, "-c", "import sys, reviewhub.app; print('scipy' in sys.modules)"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        check=True,
    )
    assert said.stdout.strip() == "False"


def test_a_deleted_paper_is_gone_with_the_next_model(village: Village, database: Database, settings: Settings) -> None:
    train(database, settings)
    with database.write() as session, session.begin():
        session.execute(sa.delete(Paper).where(Paper.id == village.papers["lichens"][0]))
    train(database, settings)
    assert village.papers["lichens"][0] not in stored(database, settings).paper_ids
