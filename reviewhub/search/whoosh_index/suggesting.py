"""What somebody who has begun to type may want."""

from __future__ import annotations

import numpy as np

from .. import analysis
from ..backend import Suggestion, Suggestions
from ..names import BETWEEN, beginning_key
from .numbers import Array, best
from .snapshot import Snapshot

# Of the names that begin so, the most frequent ones are looked at of each segment: the same name may stand in several.
N_LOOKED_AT = 64
# Titles that begin so are compared up to this number: a letter begins a thousand titles, and none of them is meant.
MAX_TITLES = 2_000
# Nobody types more before choosing, and titles are compared no further.
MAX_CHARS = 300


def suggest(snapshot: Snapshot, text: str, limit: int) -> Suggestions:
    """Papers by the beginning of their titles; authors, journals and keywords by that of their names, or of a word of them."""
    text = text[:MAX_CHARS]
    key = beginning_key(text)
    if not key or limit <= 0:
        return Suggestions()
    # A blank typed after a word ends the word.
    if text[-1:].isspace() and " " not in key[-1:] and key.isascii():
        key += " "
    found: dict[tuple[str, str, str], int] = {}
    for files in snapshot.segments:
        terms = files.field("beginning")
        first, last = terms.beginning(key.rstrip().encode("utf-8", "surrogatepass") if key.endswith(" ") else key.encode("utf-8", "surrogatepass"))
        for place in best(terms.n_documents[first:last].astype(np.int64), N_LOOKED_AT).tolist():
            name, kind, value, label = terms[first + place].decode("utf-8", "surrogatepass").split(BETWEEN)
            if key.endswith(" ") and not f"{name} ".startswith(key):
                continue
            found[kind, value, label] = found.get((kind, value, label), 0) + int(terms.n_documents[first + place])
    kinds: dict[str, list[Suggestion]] = {"a": [], "j": [], "k": []}
    seen: set[tuple[str, str]] = set()
    for (kind, value, label), n in sorted(found.items(), key=lambda one: (-one[1], one[0])):
        if len(kinds[kind]) < limit and (kind, value or label) not in seen:
            seen.add((kind, value or label))
            kinds[kind].append(Suggestion(label, value or label, n))
    return Suggestions(_titles(snapshot, text, limit), tuple(kinds["a"]), tuple(kinds["j"]), tuple(kinds["k"]))


def _titles(snapshot: Snapshot, text: str, limit: int) -> tuple[int, ...]:
    key = analysis.title_key(text).encode("utf-8", "surrogatepass")
    numbers: list[Array] = []
    room = MAX_TITLES
    for files, base in zip(snapshot.segments, snapshot.bases[:-1], strict=True):
        terms = files.field("title_key")
        first, last = terms.beginning(key)
        last = min(last, first + room)
        room -= last - first
        if first < last:
            numbers.append(files.ids_between(terms, first, last).astype(np.int64) + base)
    if not key or not numbers:
        return ()
    ids = np.unique(np.concatenate(numbers))
    if snapshot.alive is not None:
        ids = ids[snapshot.alive[ids]]
    worth = snapshot.standing["lower"][ids].astype(np.int64) * 100_000_000 + snapshot.column("published")[ids]
    return tuple(snapshot.column("paper")[ids[best(worth, limit)]].tolist())
