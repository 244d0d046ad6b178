"""The order of relevance: what makes one paper better than another beside the words it has.

Weights are those of the embedded engine. What that does with the papers it has found (terms they share, papers like each other) takes a second
look at their terms and is left out here.
"""

from __future__ import annotations

from itertools import pairwise

from ...core.clock import now
from ...ratings.rules import PER_STAR
from .. import analysis
from .bodies import compound, phrase, placed
from .transport import Json

# Nothing outweighs being the title that was typed. Having all words, where those are wanted, counts about as one rare word more.
EXACT_TITLE = 1_000.0
ALL_WORDS = 3.0
TITLE_PHRASE = 1.0
# A longer text is not a phrase of a title: it is the title, or a sentence that is not.
MAX_TITLE_PHRASE = 16
# Neighbouring words, as they were typed and within a few words of each other, are worth this share of what both are. Looked for in the best papers,
# the same for every page, or pages would overlap.
IN_ORDER, NEAR = 0.05, 0.05
NEAR_SLOP = 8
N_NEAR = 200
MAX_NEAR_WORDS = 24
# A paper rated five stars for certain, and one of this year, are worth so much more; one that was retracted is worth that much of itself.
RATED_LIFT, RECENT_LIFT, RETRACTED = 0.08, 0.04, 0.5
RECENT_YEARS = 8.0
_ONE_E_TH = 0.36788


def ranked(wanted: Json, text: str) -> Json:
    """What is wanted, worth more for what it is, and for being the title `text`."""
    return compound(must=[_lifted(wanted)], should=_titles(text))


def looked_at_again(typed: str) -> Json:
    """Part of a body: the best papers once more, worth more for words that stand together as in `typed`; places of words are costly to compare."""
    words = placed([piece for piece in analysis.pieces(typed) if not piece.is_prefix])
    near: list[Json] = []
    for pair in pairwise(words[:MAX_NEAR_WORDS]):
        near += [phrase("text", pair, boost=IN_ORDER), phrase("text", pair, slop=NEAR_SLOP, boost=NEAR)]
    return {"rescore": {"window_size": N_NEAR, "query": {"rescore_query": compound(should=near)}}} if near else {}


def above(whole: Json, some: Json) -> Json:
    """What has all that is wanted, and below it what has some of it."""
    best = {"dis_max": {"queries": [whole, some]}}
    return compound(must=[best], should=[{"constant_score": {"filter": whole, "boost": ALL_WORDS}}])


def _lifted(wanted: Json) -> Json:
    recent = {
        "exp": {"year": {"origin": now().year, "scale": RECENT_YEARS, "decay": _ONE_E_TH}},
        "weight": RECENT_LIFT,
        "filter": {"exists": {"field": "year"}},
    }
    rated = {"field_value_factor": {"field": "lower", "factor": RATED_LIFT / (5 * PER_STAR), "missing": 0}}
    lifted = {"function_score": {"query": wanted, "functions": [{"weight": 1.0}, rated, recent], "score_mode": "sum", "boost_mode": "multiply"}}
    return {"boosting": {"positive": lifted, "negative": {"term": {"is_retracted": True}}, "negative_boost": RETRACTED}}


def _titles(text: str) -> list[Json]:
    key = analysis.title_key(text)
    if not key:
        return []
    found: list[Json] = [{"constant_score": {"filter": {"term": {"title_key": key}}, "boost": EXACT_TITLE}}]
    typed = placed([piece for piece in analysis.pieces(text, keep_stops=True) if not piece.is_prefix])
    if 2 <= len(typed) <= MAX_TITLE_PHRASE:
        found.append(phrase("title", typed, boost=TITLE_PHRASE))
    return found
