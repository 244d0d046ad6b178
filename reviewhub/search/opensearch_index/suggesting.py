"""What somebody who has begun to type may want."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .. import analysis
from ..backend import Suggestion, Suggestions
from ..names import BETWEEN, beginning_key
from .transport import Json

if TYPE_CHECKING:
    from .asking import Ask

# Of the names that begin so, the most frequent ones are looked at.
N_LOOKED_AT = 64
# Nobody types more before choosing.
MAX_CHARS = 300
# What means something in the cluster's regular expressions.
_SPECIAL = re.compile(r'[.?+*|{}\[\]()"\\#@&<>~^$-]')


def suggest(ask: Ask, text: str, limit: int) -> Suggestions:
    """Papers by the beginning of their titles; authors, journals and keywords by that of their names, or of a word of them."""
    text = text[:MAX_CHARS]
    key = beginning_key(text)
    if not key or limit <= 0:
        return Suggestions()
    # A blank typed after a word ends the word.
    is_ended = text[-1:].isspace() and key.isascii()
    pattern = _SPECIAL.sub(lambda sign: f"\\{sign[0]}", key)
    found = ask(
        {
            "size": 0,
            "track_total_hits": False,
            "query": {"prefix": {"beginning": {"value": key}}},
            "aggs": {"names": {"terms": {"field": "beginning", "include": f"{pattern}[ {BETWEEN}].*" if is_ended else f"{pattern}.*", "size": N_LOOKED_AT}}},
        }
    )
    return _gathered(found, limit, _titles(ask, text, limit))


def _gathered(answer: Json, limit: int, papers: tuple[int, ...]) -> Suggestions:
    counts: dict[tuple[str, str, str], int] = {}
    for bucket in answer["aggregations"]["names"]["buckets"]:
        _, kind, value, label = bucket["key"].split(BETWEEN)
        counts[kind, value, label] = counts.get((kind, value, label), 0) + bucket["doc_count"]
    kinds: dict[str, list[Suggestion]] = {"a": [], "j": [], "k": []}
    seen: set[tuple[str, str]] = set()
    for (kind, value, label), n in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        if len(kinds[kind]) < limit and (kind, value or label) not in seen:
            seen.add((kind, value or label))
            kinds[kind].append(Suggestion(label, value or label, n))
    return Suggestions(papers, tuple(kinds["a"]), tuple(kinds["j"]), tuple(kinds["k"]))


def _titles(ask: Ask, text: str, limit: int) -> tuple[int, ...]:
    key = analysis.title_key(text)
    if not key:
        return ()
    order = [{"lower": "desc"}, {"published": {"order": "desc", "missing": "_last"}}, {"paper": "asc"}]
    found = ask({"size": limit, "track_total_hits": False, "query": {"prefix": {"title_key": {"value": key}}}, "sort": order})
    return tuple(int(hit["_id"]) for hit in found["hits"]["hits"])
