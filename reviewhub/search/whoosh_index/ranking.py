"""The order of relevance: what makes one paper better than another beside the words it has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import analysis
from . import evaluating
from .numbers import Array, best
from .snapshot import K1, Matches, Snapshot

# Nothing outweighs being the title that was typed.
EXACT_TITLE = 1_000.0
TITLE_PHRASE = 1.0
MAX_TITLE_PHRASE = 16
# Of a description a paper has to hold this share of what all its words are worth.
LEAST_SHARE = 0.1
# What stands under the words typed: the terms of the papers found first (relevance model 3), and neighbouring words.
FEEDBACK_DOCUMENTS = 5
FEEDBACK_TERMS = 10
TYPED_SHARE = 0.85
IN_ORDER, NEAR = 0.1, 0.05
# Neighbours are looked at in so many of the best papers, feedback is asked for by so many words.
N_NEAR = 200
MIN_FEEDBACK_WORDS = 3
MAX_NEAR_WORDS = 24


def sum_of_rarities(snapshot: Snapshot, parts: Sequence[Matches]) -> float:
    """What all words are worth together that stand anywhere."""
    return float(sum(snapshot.rarity(len(part)) for part in parts if len(part)))


def ranked(snapshot: Snapshot, found: Matches, words: Sequence[tuple[str, int]], text: str, n: int) -> Matches:
    """The same documents with what they are worth in the order of relevance, right for the best `n`."""
    scores = found.scores.copy()
    if len(words) > 1:
        _add_nearness(snapshot, found.ids, scores, words, n)
    if len(words) >= MIN_FEEDBACK_WORDS:
        scores = _with_feedback(snapshot, found.ids, scores, words)
    scores *= lift(snapshot)[found.ids]
    _add_title(snapshot, found.ids, scores, text)
    return Matches(found.ids, scores)


def lift(snapshot: Snapshot) -> Array:
    return np.ones(snapshot.size, np.float32)


def _add_nearness(snapshot: Snapshot, ids: Array, scores: Array, words: Sequence[tuple[str, int]], n: int) -> None:
    """Adds to the best what words are worth that stand together as they were typed."""
    top = np.sort(best(scores, max(N_NEAR, n)))
    words = words[:MAX_NEAR_WORDS]
    in_order, near = evaluating.nearness(snapshot, ids[top], words)
    rarity = np.array([snapshot.rarity(snapshot.frequency("text", term)) for term, _ in words], np.float32)
    pairs = (rarity[:-1] + rarity[1:])[:, None]
    brevity = snapshot.brevity[ids[top]]
    worth = IN_ORDER * pairs * in_order * (K1 + 1) / (in_order + brevity) + NEAR * pairs * near * (K1 + 1) / (near + brevity)
    scores[top] += worth.sum(axis=0)


def _with_feedback(snapshot: Snapshot, ids: Array, scores: Array, words: Sequence[tuple[str, int]]) -> Array:
    """Moves some of the weight to terms that the best papers share."""
    top = best(scores, FEEDBACK_DOCUMENTS)
    if not len(top):
        return scores
    shares = scores[top] / scores[top].sum()
    lengths = snapshot.column("length")
    found: dict[str, float] = {}
    for place, share in zip(top.tolist(), shares.tolist(), strict=True):
        number = int(ids[place])
        terms, weights = snapshot.telling(number)
        for term, weight in zip(terms, (weights / lengths[number] * share).tolist(), strict=True):
            name = term.decode("utf-8", "surrogatepass")
            found[name] = found.get(name, 0.0) + weight
    chosen = sorted(found, key=found.__getitem__, reverse=True)[:FEEDBACK_TERMS]
    whole = sum(found[term] for term in chosen)
    if not whole:
        return scores
    parts = [evaluating.times(evaluating.word(snapshot, "text", term), found[term] / whole) for term in chosen]
    worth = evaluating.total(snapshot, parts)[ids]
    return TYPED_SHARE * scores + np.float32((1 - TYPED_SHARE) * len(words)) * worth


def _add_title(snapshot: Snapshot, ids: Array, scores: Array, text: str) -> None:
    key = analysis.title_key(text)
    if not key:
        return
    _add(ids, scores, evaluating.times(snapshot.matches("title_key", key), EXACT_TITLE))
    typed = [piece for piece in analysis.pieces(text, keep_stops=True) if not piece.is_prefix]
    terms = [(term, piece.position + n) for piece in typed for n, term in enumerate(piece.terms)]
    if 2 <= len(terms) <= MAX_TITLE_PHRASE:
        _add(ids, scores, evaluating.times(evaluating.phrase(snapshot, "title", terms), TITLE_PHRASE))


def _add(ids: Array, scores: Array, found: Matches) -> None:
    """Adds to those of the documents that are found here too."""
    if len(found) and len(ids):
        at = np.searchsorted(ids, found.ids)
        at[at == len(ids)] = 0
        is_there = ids[at] == found.ids
        scores[at[is_there]] += found.scores[is_there]
