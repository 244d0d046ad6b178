"""What the model is worth on a published collection, beside popularity, text alone and neighbours alone."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from . import model as modelling
from .dataset import Collection
from .judging import Figures, best
from .model import Corpus, Model
from .sparse import Floats, Ints, Matrix, compressed, product_best, scaled, sums, unit_rows, without_zeros

# A fifth of all papers is taken out of every library for the third task.
WITHHELD_SHARE = 0.2
# Cosine neighbours of the reference row: as many as the published rows use.
REFERENCE_NEIGHBOURS = 400

Scorer = Callable[[Ints, int], Floats]  # (places of the papers kept, reader) -> score of every paper


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    task: str  # "for you", "related", "cold start"
    method: str  # "popularity", "text alone", "neighbours alone", "the model"
    n_readers: int
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class Times:
    """What it took: seconds of training, by the processor's count and by the clock, and the memory of the process when it was done;
    milliseconds of one reader's and one record's answer (medians)."""

    training_s: float
    training_wall_s: float
    training_mb: float
    reader_ms: float
    record_ms: float


@dataclass(frozen=True, slots=True)
class Reference:
    """The simple ways, over the same corpus."""

    popularity: Floats
    words: Matrix
    postings: Matrix
    neighbours: Matrix

    @classmethod
    def of(cls, corpus: Corpus) -> Reference:
        rarity = np.log((1 + corpus.n_papers) / (1 + np.bincount(corpus.terms.indices, minlength=corpus.terms.shape[1]))).astype(np.float32)
        words = modelling.weighed(corpus.terms, rarity)
        readers = unit_rows(compressed(corpus.libraries.T))
        near = product_best(readers, compressed(readers.T), REFERENCE_NEIGHBOURS, without_self=True)
        return cls(sums(corpus.libraries, 0), words, compressed(words.T), near)

    def by_popularity(self, _kept: Ints, _reader: int) -> Floats:
        return self.popularity

    def by_text(self, kept: Ints, _reader: int) -> Floats:
        profile = np.asarray(self.words[kept].sum(axis=0), np.float32).ravel()
        terms = np.flatnonzero(profile)
        return modelling.gathered(self.postings, terms, profile[terms])

    def by_neighbours(self, kept: Ints, _reader: int) -> Floats:
        return np.asarray(self.neighbours[kept].sum(axis=0), np.float32).ravel()


def evaluate(collection: Collection, *, run: Path | None = None) -> Iterator[Row | Times]:
    """The rows of the table as they are found, and the times. `run`: the file that every reader's 300 best papers are written to."""
    corpus, hidden = collection.corpus, collection.hidden
    started, worked = perf_counter(), process_time()
    model = modelling.train(corpus)
    training = process_time() - worked, perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    simple = Reference.of(corpus)
    methods: list[tuple[str, Scorer]] = [
        ("popularity", simple.by_popularity), ("text alone", simple.by_text), ("neighbours alone", simple.by_neighbours),
        ("the model", lambda kept, reader: modelling.scores(model, kept, _ones(kept), reader=reader)),
    ]  # fmt: skip
    for name, scorer in methods:
        yield _judged("for you", name, scorer, corpus.libraries, hidden)
    first = _first_of_each(corpus.libraries)
    methods[-1] = ("the model", lambda kept, _reader: modelling.related_scores(model, int(kept[0])))
    for name, scorer in methods:
        yield _judged("related", name, scorer, first, hidden, left_out=corpus.libraries)
    if run is not None:
        write_run(run, model, corpus.libraries)
    yield Times(*training, *_answer_times(model, corpus.libraries))
    yield from _cold_start(collection)


def write_run(path: Path, model: Model, libraries: Matrix) -> None:
    """Writes `reader<TAB>item item item …`, 300 a reader, training items left out, for every reader."""
    popularity = sums(libraries, 0)
    with path.open("w") as file:
        for reader in range(libraries.shape[0]):
            kept = _row(libraries, reader)
            found = modelling.scores(model, kept, _ones(kept), reader=reader) if len(kept) else popularity
            file.write(f"{reader}\t{' '.join(map(str, best(found, kept)))}\n")


def _judged(task: str, method: str, scorer: Scorer, libraries: Matrix, hidden: Matrix, *, left_out: Matrix | None = None, among: Ints | None = None) -> Row:
    """Asks for every reader who has both something kept and something hidden. `among`: only these papers are ranked."""
    figures = Figures()
    outside = np.setdiff1d(np.arange(libraries.shape[1]), among) if among is not None else None
    for reader in range(libraries.shape[0]):
        kept, wanted = _row(libraries, reader), _row(hidden, reader)
        if not len(kept) or not len(wanted):
            continue
        out = outside if outside is not None else _row(left_out if left_out is not None else libraries, reader)
        figures.count(best(scorer(kept, reader), out), wanted)
    return Row(task, method, figures.n, figures.means())


def _cold_start(collection: Collection) -> Iterator[Row]:
    """Takes a fifth of all papers out of every library, training and test together, and ranks them among themselves for the readers who had them."""
    corpus = collection.corpus
    everything = compressed(corpus.libraries + collection.hidden)
    everything.data[:] = 1
    n = corpus.n_papers
    withheld = np.sort(np.random.default_rng(0).permutation(n)[: round(n * WITHHELD_SHARE)])
    is_withheld = np.zeros(n, np.float32)
    is_withheld[withheld] = 1
    rest, hidden = (without_zeros(scaled(everything, columns=chosen)) for chosen in (1 - is_withheld, is_withheld))
    without = Corpus(corpus.terms, corpus.references, rest)
    model, simple = modelling.train(without), Reference.of(without)
    yield _judged("cold start", "popularity", simple.by_popularity, rest, hidden, among=withheld)
    yield _judged("cold start", "text alone", simple.by_text, rest, hidden, among=withheld)
    yield _judged("cold start", "the model", lambda kept, reader: modelling.scores(model, kept, _ones(kept), reader=reader), rest, hidden, among=withheld)


def _answer_times(model: Model, libraries: Matrix, n: int = 200) -> tuple[float, float]:
    readers, records = [], []
    for reader in range(min(n, libraries.shape[0])):
        kept = _row(libraries, reader)
        if not len(kept):
            continue
        started = perf_counter()
        best(modelling.scores(model, kept, _ones(kept), reader=reader), kept)
        asked = perf_counter()
        best(modelling.related_scores(model, int(kept[0])), kept[:1])
        readers.append(asked - started)
        records.append(perf_counter() - asked)
    return float(np.median(readers or [0]) * 1000), float(np.median(records or [0]) * 1000)


def _first_of_each(libraries: Matrix) -> Matrix:
    """Each reader with only the first of their papers."""
    firsts = [_row(libraries, reader)[:1] for reader in range(libraries.shape[0])]
    ends = np.cumsum([0, *map(len, firsts)])
    columns = np.concatenate([*firsts, np.zeros(0, np.int32)]).astype(np.int32)
    return compressed((np.ones(len(columns), np.float32), columns, ends), shape=libraries.shape)


def _row(matrix: Matrix, row: int) -> Ints:
    found: Ints = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    return found


def _ones(kept: Ints) -> Floats:
    return np.ones(len(kept), np.float32)
