"""The model: what a site's papers and readers say about which paper lies near which. Pure numbers; decision 40 tells what was tried.

Papers and readers are places 0, 1, 2 … here. Three opinions are made once and asked together:

- text: the words of a paper, of what it cites and is cited by, and of what its readers keep beside it;
- walks: from a paper to a reader, a cited work or a near text, and on to another paper (RP3beta: Paudel et al. 2017, ACM TiiS 7:1);
- readers: what the readers keep whose libraries read alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import scipy.sparse as sp

from .sparse import (
    Floats,
    Ints,
    Matrix,
    best_of_rows,
    compressed,
    empty,
    main_directions,
    nearest,
    product_best,
    scaled,
    shares,
    stacked,
    sums,
    unit_rows,
)  # fmt: skip

# How much each opinion counts. Chosen on libraries of citeulike-t's training rows with some entries hidden, never on its test rows.
TEXT_WEIGHT, WALK_WEIGHT, READER_WEIGHT = 1.0, 1.5, 1.0
# What a step over a near text counts beside a step over a reader or a cited work, and what staying with a paper itself counts.
NEAR_WEIGHT, SELF_WEIGHT = 1.2, 1.0
# Walks that end at popular papers are discounted by popularity to this power; 0 would recommend what everybody has.
DISCOUNT = 0.3
# Directions that a reader's taste is described in; 128 found as much as all words did.
TASTE_DIRECTIONS = 128
# How sharply likeness of taste counts: the fourth power makes ten like-minded readers outweigh thousands of strangers.
TASTE_POWER = 4
# Only so many of the most like-minded readers have a say.
LIKE_MINDED = 1_000
# A reader's library is read by so many of its words: the rest of them weigh next to nothing.
PROFILE_TERMS = 200
# Where there are many papers, words are long lists, and fewer of them say as much.
PROFILE_TERMS_OF_MANY = 60
# The most of a library that counts, so that 50,000 ratings are answered as quickly as fifty.
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Size:
    """How much is remembered of each paper: less where there are many, so that a million fit into 4 GB."""

    terms: int = 150
    neighbours: int = 100
    walks: int = 400
    bridges: int = 40  # near texts are looked for by so many words of each; all 150 found nothing better and took six times as long
    commonest: int = 1_000  # nor is a word in more papers than this a bridge between two


SMALL, LARGE = Size(), Size(terms=40, neighbours=20, walks=40, bridges=20)
_ROWS_AT_ONCE = 20_000
# From so many papers on the large size is used.
MANY_PAPERS = 150_000


def size_for(n_papers: int) -> Size:
    return LARGE if n_papers >= MANY_PAPERS else SMALL


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """What a model is made from. Rows of the first two are papers, of the third readers.

    `terms` counts words. `references` has a column for each work that is cited: the first ones are the papers themselves, others are works that are not here.
    `libraries` says how much each reader has to do with each paper, above 0.
    """

    terms: Matrix
    references: Matrix
    libraries: Matrix

    @property
    def n_papers(self) -> int:
        return int(self.terms.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What is kept: arrays only, so that a file of them can be read where it lies. The last two speak of readers."""

    rarity: Floats  # of each term: the logarithm of papers per paper that has it
    words: Matrix  # papers × terms: each paper's widened text, rows of length 1
    postings: Matrix  # the same turned round
    walks: Matrix  # papers × papers
    tastes: Floats  # papers × directions, in half precision: the largest dense part
    libraries: Matrix  # readers × papers
    reader_tastes: Floats  # readers × directions, rows of length 1

    @property
    def n_papers(self) -> int:
        return int(self.words.shape[0])


PARTS = tuple(field.name for field in fields(Model))


def weighed(terms: Matrix, rarity: Floats) -> Matrix:
    """Counts of words as TF-IDF: rows of length 1."""
    data = np.log(terms.data, dtype=np.float32)
    data += 1
    return unit_rows(scaled(compressed((data, terms.indices, terms.indptr), shape=terms.shape), columns=rarity))


def train(corpus: Corpus, size: Size | None = None, *, on_step: Callable[[str], None] = lambda _step: None) -> Model:
    """Makes a model of everything that is known. Deterministic. `on_step` is told what has just been done."""
    size = size or size_for(corpus.n_papers)
    n = corpus.n_papers
    counts = np.bincount(corpus.terms.indices, minlength=corpus.terms.shape[1])
    rarity = np.log((1 + n) / (1 + counts)).astype(np.float32)
    words = widened(weighed(corpus.terms, rarity), corpus, size)
    on_step("words")
    near = nearest(best_of_rows(words, size.bridges), size.neighbours, commonest=size.commonest)
    on_step("near texts")
    walks = walk(corpus, near, size)
    del near
    on_step("walks")
    kept = unit_rows(corpus.libraries)
    profiles = unit_rows(best_of_rows(kept @ words, PROFILE_TERMS))
    tastes = described(words, profiles if profiles.nnz else words)
    reader_tastes = _tastes_of_readers(kept, tastes)
    on_step("tastes")
    return Model(rarity, words, compressed(words.T), walks, tastes, corpus.libraries, reader_tastes)


def widened(plain: Matrix, corpus: Corpus, size: Size) -> Matrix:
    """Each paper's words with those of the papers it cites or is cited by, and of those its readers keep beside it: a short text alone says little."""
    n = corpus.n_papers
    cited = compressed(corpus.references[:, :n])
    beside = product_best(shares(compressed(corpus.libraries.T)), shares(corpus.libraries), size.walks, without_self=True)
    lent = sp.eye_array(n, dtype=np.float32, format="csr") + shares(compressed(cited + cited.T)) + shares(beside)
    return unit_rows(product_best(compressed(lent), best_of_rows(plain, size.terms), size.terms, without_self=False))


def walk(corpus: Corpus, near: Matrix, size: Size) -> Matrix:
    """Where walkers of two steps end, discounted by how popular the end is: papers × papers, the `size.walks` likeliest ends."""
    n = corpus.n_papers
    itself = sp.eye_array(n, dtype=np.float32, format="csr")
    cited = compressed(corpus.references.T)  # a work and those that cite it, and itself where it is here
    cited = compressed(cited + stacked([itself, empty(cited.shape[0] - n, n)]))
    bridges = stacked([corpus.libraries, NEAR_WEIGHT * near + SELF_WEIGHT * itself, cited])
    popularity = sums(bridges, 0)
    discount = np.where(popularity > 0, np.maximum(popularity, 1e-9) ** -DISCOUNT, 0)
    onward = scaled(shares(bridges), columns=discount)
    return product_best(shares(compressed(bridges.T)), onward, size.walks, without_self=True)


def described(words: Matrix, profiles: Matrix) -> Floats:
    """The papers in the directions along which profiles differ most. Terms that nobody uses take no part: most of a million places are empty."""
    used = np.unique(profiles.indices)
    place = np.full(words.shape[1], len(used), np.int32)  # all others: one more place, whose directions are 0
    place[used] = np.arange(len(used), dtype=np.int32)
    packed = compressed((profiles.data, place[profiles.indices], profiles.indptr), shape=(profiles.shape[0], len(used)))
    directions = main_directions(packed, TASTE_DIRECTIONS)
    directions = np.concatenate([directions, np.zeros((1, directions.shape[1]), np.float32)])
    found = np.empty((words.shape[0], directions.shape[1]), np.float16)
    for start in range(0, words.shape[0], _ROWS_AT_ONCE):
        some = words[start : start + _ROWS_AT_ONCE]
        found[start : start + _ROWS_AT_ONCE] = compressed((some.data, place[some.indices], some.indptr), shape=(some.shape[0], len(used) + 1)) @ directions
    return found


def _tastes_of_readers(kept: Matrix, tastes: Floats) -> Floats:
    """Where the libraries lie among the papers' tastes: rows of length 1."""
    found = np.empty((kept.shape[0], tastes.shape[1]), np.float32)
    for start in range(0, kept.shape[0], _ROWS_AT_ONCE):
        some = kept[start : start + _ROWS_AT_ONCE]
        papers, inverse = np.unique(some.indices, return_inverse=True)
        found[start : start + _ROWS_AT_ONCE] = compressed((some.data, inverse, some.indptr), shape=(some.shape[0], len(papers))) @ tastes[papers].astype(
            np.float32
        )
    return unit_dense(found)


def text_scores(model: Model, kept: Ints, weights: Floats) -> Floats:
    """How much each paper's words are those of the papers `kept`."""
    rows = unit_rows(compressed(weights[None, :]) @ model.words[kept])
    return _postings_of(model, rows)


def row_scores(model: Model, row: Matrix) -> Floats:
    """How much each paper's words are those of a text that is not in the model: one row as `weighed` makes it."""
    return _postings_of(model, row)


def _postings_of(model: Model, row: Matrix) -> Floats:
    row = best_of_rows(row, PROFILE_TERMS_OF_MANY if model.n_papers >= MANY_PAPERS else PROFILE_TERMS)
    return gathered(model.postings, row.indices, row.data)


def walk_scores(model: Model, kept: Ints, weights: Floats) -> Floats:
    """How likely a walk from the papers `kept` ends at each paper."""
    return gathered(model.walks, kept, weights)


def reader_scores(model: Model, kept: Ints, weights: Floats, *, without_reader: int | None = None) -> Floats:
    """How much each paper is kept by readers whose libraries read like this one; a reader who is in the model is not asked of themselves."""
    chosen, likeness = like_minded(model, kept, weights, without_reader=without_reader)
    sizes = np.maximum(model.libraries.indptr[chosen + 1] - model.libraries.indptr[chosen], 1)
    return gathered(model.libraries, chosen, likeness / np.sqrt(sizes))


def like_minded(model: Model, kept: Ints, weights: Floats, *, without_reader: int | None = None) -> tuple[Ints, Floats]:
    """(the most like-minded readers, how alike each is: the cosine of their tastes to the fourth power)."""
    if not len(model.reader_tastes):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    taste = unit_dense((weights @ np.asarray(model.tastes[kept], np.float32))[None, :])[0]
    likeness = np.maximum(np.asarray(model.reader_tastes @ taste, np.float32), 0) ** TASTE_POWER
    if without_reader is not None:
        likeness[without_reader] = 0
    chosen = np.flatnonzero(likeness)
    if len(chosen) > LIKE_MINDED:
        chosen = np.argpartition(likeness, -LIKE_MINDED)[-LIKE_MINDED:]
    return chosen, likeness[chosen]


def scores(model: Model, kept: Ints, weights: Floats, *, reader: int | None = None) -> Floats:
    """What all three opinions together say of every paper for somebody who keeps these papers (places), each with a weight above 0.

    Every opinion is measured in its own standard deviation. The papers kept are scored too: whoever asks leaves them out.
    """
    kept, weights = heaviest(kept, weights)
    total = np.zeros(model.n_papers, np.float32)
    if not len(kept):
        return total
    add_opinion(total, text_scores(model, kept, weights), TEXT_WEIGHT)
    add_opinion(total, walk_scores(model, kept, weights), WALK_WEIGHT)
    add_opinion(total, reader_scores(model, kept, weights, without_reader=reader), READER_WEIGHT)
    return total


def related_scores(model: Model, paper: int) -> Floats:
    """What text and walks say of every paper beside this one."""
    kept, weights = np.array([paper]), np.ones(1, np.float32)
    total = np.zeros(model.n_papers, np.float32)
    add_opinion(total, text_scores(model, kept, weights), TEXT_WEIGHT)
    add_opinion(total, walk_scores(model, kept, weights), WALK_WEIGHT)
    return total


def heaviest(kept: Ints, weights: Floats) -> tuple[Ints, Floats]:
    """The `MOST_KEPT` papers that weigh most; of equals the later ones."""
    if len(kept) <= MOST_KEPT:
        return kept, weights
    chosen = np.sort(np.argsort(weights, kind="stable")[-MOST_KEPT:])
    return kept[chosen], weights[chosen]


def add_opinion(total: Floats, opinion: Floats, weight: float) -> None:
    """Adds an opinion, in its own standard deviation, to the sum."""
    if not len(opinion):
        return
    variance = float(opinion @ opinion) / len(opinion) - (float(opinion.sum()) / len(opinion)) ** 2
    if variance > 0:
        total += opinion * np.float32(weight / variance**0.5)


def gathered(matrix: Matrix, rows: Ints, weights: Floats) -> Floats:
    """The sum of `weights` times these rows of the matrix, as a dense vector: reads only those rows."""
    starts, ends = matrix.indptr[rows], matrix.indptr[rows + 1]
    lengths = ends - starts
    n = int(lengths.sum())
    if n == 0:
        return np.zeros(matrix.shape[1], np.float32)
    places = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(n)
    summed: Floats = np.bincount(matrix.indices[places], matrix.data[places] * np.repeat(weights, lengths), matrix.shape[1]).astype(np.float32)
    return summed


def unit_dense(rows: Floats) -> Floats:
    """Dense rows of length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    divided: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return divided
