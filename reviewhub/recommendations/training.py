"""A new model in the place of the old one. For the worker and for `flask recommendations train`."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import numpy as np
import sqlalchemy as sa

from ..config import Settings
from ..core import clock
from ..core.db import Database
from ..core.jobs import emit
from ..events import RecommendationModelMade
from . import model as modelling
from . import storing
from .gathering import gather
from .judging import Figures, best
from .model import Corpus
from .models import RecommendationModel
from .queries import newest_model
from .sparse import compressed, without_zeros
from .storing import Stored

# Of fewer papers a model says nothing that their texts do not.
FEWEST_PAPERS = 10
# Offline figures need readers with something to hide; of fewer, a figure would be an accident. And a trial costs as much as the training itself.
FEWEST_JUDGED, MOST_JUDGED = 50, 2_000
FEWEST_ENTRIES = 5
HIDDEN_SHARE = 0.2
MOST_TRIED_PAPERS = 100_000
# Rows of earlier models stay for the admin's page; their folders go.
KEPT_ROWS = 30


def train(database: Database, settings: Settings) -> RecommendationModel | None:
    """Makes a model of everything the site knows and puts it in place. None when there are too few papers, or when another process is at it.

    The folder is written first and named in the database then, so that whoever looks finds the old model or the new one, whole. Emits RecommendationModelMade.
    """
    with _alone(settings.home) as is_alone:
        if not is_alone:
            return None
        started = perf_counter()
        with database.read() as session:
            last = newest_model(session)
            before = storing.opened(settings.home, last.folder) if last else None
            corpus, terms, paper_ids, versions, reader_ids = gather(session, before)
        if len(paper_ids) < FEWEST_PAPERS:
            return None
        made = modelling.train(corpus)
        training_s = perf_counter() - started
        figures = trial(corpus) if corpus.n_papers <= MOST_TRIED_PAPERS else {}
        folder, size_bytes = storing.save(settings.home, Stored(made, terms, paper_ids, versions, reader_ids))
        with database.write() as session, session.begin():
            row = RecommendationModel(
                folder=folder, made_at=clock.now(), n_papers=len(paper_ids), n_readers=len(reader_ids), n_entries=int(corpus.libraries.nnz),
                size_bytes=size_bytes, training_s=training_s, figures=figures,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.execute(sa.delete(RecommendationModel).where(RecommendationModel.id <= row.id - KEPT_ROWS))
            emit(session, RecommendationModelMade(row.id))
        storing.remove_others(settings.home, {folder})
        return row


def trial(corpus: Corpus) -> dict[str, float]:
    """What a model made of four fifths of the libraries finds of the last fifth; nothing when too few readers keep enough to tell."""
    libraries = corpus.libraries
    lengths = np.diff(libraries.indptr)
    judged = np.flatnonzero(lengths >= FEWEST_ENTRIES)
    if len(judged) < FEWEST_JUDGED:
        return {}
    random = np.random.default_rng(0)
    judged = np.sort(random.permutation(judged)[:MOST_JUDGED])
    is_hidden = np.zeros(libraries.nnz, bool)
    for reader in judged:
        start, n = libraries.indptr[reader], lengths[reader]
        is_hidden[start + random.permutation(n)[: max(1, round(n * HIDDEN_SHARE))]] = True
    rest = without_zeros(compressed((np.where(is_hidden, 0, libraries.data), libraries.indices, libraries.indptr), shape=libraries.shape))
    model = modelling.train(Corpus(corpus.terms, corpus.references, rest))
    figures = Figures()
    for reader in judged:
        start, end = libraries.indptr[reader], libraries.indptr[reader + 1]
        wanted = libraries.indices[start:end][is_hidden[start:end]]
        kept = rest.indices[rest.indptr[reader] : rest.indptr[reader + 1]]
        weights = rest.data[rest.indptr[reader] : rest.indptr[reader + 1]]
        figures.count(best(modelling.scores(model, kept, weights, reader=int(reader)), kept), wanted)
    return {"n_readers": figures.n, **{name: round(value, 4) for name, value in figures.means().items()}}


@contextmanager
def _alone(home: Path) -> Iterator[bool]:
    """True for the one process that trains; a second one would do the same work for nothing. Ends with the process, however that ends."""
    folder = storing.folder_of(home)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
