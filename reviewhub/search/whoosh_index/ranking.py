"""The order of relevance: what makes one paper better than another beside the words it has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...ratings.rules import PER_STAR
from .. import analysis
from . import evaluating
from .numbers import Array, best
from .snapshot import K1, NOTHING, Matches, Snapshot

# Nothing outweighs being the title that was typed. Having all words, where those are wanted, counts about as one rare word more.
EXACT_TITLE = 1_000.0
ALL_WORDS = 3.0
TITLE_PHRASE = 1.0
MAX_TITLE_PHRASE = 16
# Of a description a paper has to be worth this share of what all words are worth once; of a few words it has to hold that share.
LEAST_SHARE = 0.2
MOST_OF_THEM = 0.4
# Neighbouring words, as they were typed and within a few words of each other, are worth this share of what both are. Looked for in the best papers.
IN_ORDER, NEAR = 0.05, 0.05
N_NEAR = 100
MAX_NEAR_WORDS = 24
# What stands under the words typed: the terms of the papers found first (relevance model 3). Asked for by so many words.
FEEDBACK_DOCUMENTS = 5
FEEDBACK_TERMS = 10
TYPED_SHARE = 0.9
MIN_FEEDBACK_WORDS = 3
# Papers alike are about one thing: each of the best takes a share of its worth from those it is most like (the higher the power, the fewer they are),
# and gains by being like many.
N_KIN = 50
KIN_SHARE, KIN_POWER, KIN_GAIN = 0.25, 4, 0.05
# A paper rated five stars for certain, and one of the newest year, are worth so much more; one that was retracted is worth that much of itself.
RATED_LIFT, RECENT_LIFT, RETRACTED = 0.08, 0.04, 0.5
RECENT_YEARS = 8.0


def sum_of_rarities(snapshot: Snapshot, parts: Sequence[Matches]) -> float:
    """What all words are worth together that stand anywhere."""
    return sum(snapshot.rarity(len(part)) for part in parts if len(part))


def held(snapshot: Snapshot, parts: Sequence[Matches]) -> Array:
    """What the words are worth together that each document has, however often."""
    worth = np.zeros(snapshot.size, np.float32)
    for part in parts:
        worth[part.ids] += np.float32(snapshot.rarity(len(part)))
    return worth


def ranked(snapshot: Snapshot, found: Matches, words: Sequence[tuple[str, int]], n_words: float, text: str, whole: Array | None) -> Matches:
    """The same documents with what they are worth in the order of relevance.

    `words`: terms typed and their places; `n_words`: how many words that is about. `whole`: documents that have all words, where others have not.
    """
    scores = found.scores.copy()
    key = analysis.title_key(text)
    titled = snapshot.matches("title_key", key) if key else NOTHING
    is_open = len(scores) > 1 and not len(titled)  # the paper whose title was typed is found: in which order the others follow matters less
    if len(words) > 1 and is_open:
        _add_nearness(snapshot, found.ids, scores, words)
    if n_words >= MIN_FEEDBACK_WORDS and is_open:
        scores = _with_feedback(snapshot, found.ids, scores, words)
        _let_kin_agree(snapshot, found.ids, scores)
    scores *= snapshot.mask(("lift",), lambda: _lift(snapshot))[found.ids]
    if whole is not None:
        scores[np.searchsorted(found.ids, whole)] += ALL_WORDS
    if len(titled):
        _add(found.ids, scores, evaluating.times(titled, EXACT_TITLE))
    else:
        _add_title_phrase(snapshot, found.ids, scores, text)
    return Matches(found.ids, scores)


def _lift(snapshot: Snapshot) -> Array:
    """What each document's worth is multiplied by for what it is, whatever was asked."""
    years = snapshot.column("year").astype(np.float32)
    age = years.max(initial=0) - years
    recent = np.where(years > 0, np.exp(-age / RECENT_YEARS), 0)
    rated = snapshot.standing["lower"] / np.float32(5 * PER_STAR)
    lift = 1 + RECENT_LIFT * recent + RATED_LIFT * rated
    lift[snapshot.column("is_retracted") > 0] *= RETRACTED
    return lift.astype(np.float32)


def _add_nearness(snapshot: Snapshot, ids: Array, scores: Array, words: Sequence[tuple[str, int]]) -> None:
    """Adds to the best what words are worth that stand together as they were typed."""
    top = np.sort(best(scores, N_NEAR))
    words = words[:MAX_NEAR_WORDS]
    in_order, near = evaluating.nearness(snapshot, ids[top], words)
    rarity = snapshot.rarities(np.array([snapshot.frequency("text", term) for term, _ in words]))
    pairs = (rarity[:-1] + rarity[1:])[:, None]
    brevity = snapshot.brevity[ids[top]]
    worth = IN_ORDER * pairs * in_order * (K1 + 1) / (in_order + brevity) + NEAR * pairs * near * (K1 + 1) / (near + brevity)
    scores[top] += worth.sum(axis=0)


def _with_feedback(snapshot: Snapshot, ids: Array, scores: Array, words: Sequence[tuple[str, int]]) -> Array:
    """Moves some of the weight to terms that the best papers share."""
    top = np.sort(best(scores, FEEDBACK_DOCUMENTS))
    if not len(top):
        return scores
    told = snapshot.telling(ids[top])
    shares = scores[top] / scores[top].sum() / snapshot.column("length")[ids[top]]
    known, rows = np.unique(told.numbers, return_inverse=True)
    weights = np.bincount(rows, weights=told.weights * shares[told.owners], minlength=len(known))
    chosen = best(weights, FEEDBACK_TERMS)
    whole = float(weights[chosen].sum())
    if not whole:
        return scores
    parts = []
    for weight, number in zip(weights[chosen].tolist(), known[chosen].tolist(), strict=True):
        term = told.names[number].decode("utf-8", "surrogatepass")
        parts.append(evaluating.times(evaluating.word(snapshot, "text", term), weight / whole))
    worth = evaluating.total(snapshot, parts)[ids]
    mixed: Array = TYPED_SHARE * scores + np.float32((1 - TYPED_SHARE) * len(words)) * worth
    return mixed


def _let_kin_agree(snapshot: Snapshot, ids: Array, scores: Array) -> None:
    """Changes the scores of the best by those of the papers like them; the others stay below."""
    top = np.sort(best(scores, N_KIN))
    if len(top) < 3:
        return
    alike = evaluating.kinship(snapshot, ids[top])
    before = scores[top]
    gained = before + np.float32(KIN_GAIN) * (alike @ before)
    shares = alike**KIN_POWER
    shares /= shares.sum(axis=1, keepdims=True) + np.float32(1e-9)
    after = (1 - KIN_SHARE) * gained + KIN_SHARE * (shares @ gained)
    if len(top) < len(scores):
        least = float(after.min())
        scores *= min(1.0, least / max(float(before.min()), 1e-9))
    scores[top] = after


def _add_title_phrase(snapshot: Snapshot, ids: Array, scores: Array, text: str) -> None:
    """Adds to papers in whose title all that was typed stands as it was typed."""
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
