"""Words that are like other words: what a misspelt one may have been, by the cluster's term suggester."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from .. import analysis
from ..language import MAX_CHARS
from .bodies import phrase
from .transport import Json

if TYPE_CHECKING:
    from .asking import Ask

# A slip of the finger or two, by the length of the word: in short words every other word is near.
MIN_CHARS, MIN_CHARS_OF_TWO = 4, 8
# Of a word that occurs so seldom a like one is proposed only if it occurs so many times as often.
SELDOM, MUCH_OFTENER = 2, 100
MAX_CORRECTED = 8
# Words that stand nowhere are looked for under a like spelling, so many of them.
MAX_REPLACED = 4
# One of such a length may be two, neither shorter than this.
PARTED_CHARS, MIN_PART_CHARS = range(8, 33), 3

_TYPED = re.compile(r"[^\W\d_]+(?![\w:：'/.@-])")


def known_instead(ask: Ask, lone: Mapping[str, tuple[str, analysis.Piece]]) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """For those of the words (as typed: field and piece) that stand nowhere: the terms of the two words they are, by word; or the nearest word, as typed."""
    words = {f"n{n}": (typed, field, piece) for n, (typed, (field, piece)) in enumerate(lone.items()) if _is_like_a_word(piece.word)}
    if not words:
        return {}, {}
    aggregations: Json = {name: {"filter": {"term": {field: piece.terms[0]}}} for name, (_, field, piece) in words.items()}
    for name, (_, field, piece) in words.items():
        for parts in _parts(piece.word) if field != "author" else ():
            aggregations[f"{name} {' '.join(parts)}"] = {"filter": phrase(field, list(zip(parts, (0, 1), strict=True)))}
    answer = ask({"size": 0, "aggs": aggregations, "suggest": _suggesting({name: (piece.word, _fields(field)) for name, (_, field, piece) in words.items()})})
    counts = {name: bucket["doc_count"] for name, bucket in answer["aggregations"].items()}
    parted: dict[str, tuple[str, str]] = {}
    replaced: dict[str, str] = {}
    for name, (typed, _, piece) in words.items():
        if counts[name] or len(parted) + len(replaced) >= MAX_REPLACED:
            continue
        ways = [(n, key) for key, n in counts.items() if key.startswith(f"{name} ") and n]
        if ways:
            _, first, second = max(ways)[1].split()
            parted[piece.word] = first, second
        elif likest := _likest(answer, name, piece.word):
            replaced[typed] = likest[0]
    return parted, replaced


def _parts(word: str) -> Iterator[tuple[str, str]]:
    """The terms of two words, for each place where one may have been written as two."""
    if len(word) in PARTED_CHARS:
        for n in range(MIN_PART_CHARS, len(word) - MIN_PART_CHARS + 1):
            if not analysis.is_stop(word[:n]) and not analysis.is_stop(word[n:]):
                yield analysis.stem(word[:n]), analysis.stem(word[n:])


def corrected(ask: Ask, text: str) -> str:
    """The text with words that are unknown here, or nearly so, put as they are usually written; empty when nothing is to be put right."""
    if len(text) > MAX_CHARS:
        return ""
    words: dict[str, str] = {}
    for match in _TYPED.finditer(text):
        word = analysis.fold(match[0])
        if len(words) < MAX_CORRECTED and _is_like_a_word(word) and not analysis.is_stop(word):
            words.setdefault(word, f"n{len(words)}")
    if not words:
        return ""
    aggregations: Json = {}
    for word, name in words.items():
        aggregations[f"{name}w"] = {"filter": {"bool": {"should": [{"term": {"words": word}}, {"term": {"author": word}}]}}}
        aggregations[f"{name}s"] = {"filter": {"term": {"text": analysis.stem(word)}}}
    answer = ask({"size": 0, "aggs": aggregations, "suggest": _suggesting({name: (word, ("words", "author")) for word, name in words.items()})})
    instead: dict[str, str] = {}
    for word, name in words.items():
        n, n_stems = (answer["aggregations"][f"{name}{kind}"]["doc_count"] for kind in "ws")
        if n <= SELDOM and (n or not n_stems):
            likest = _likest(answer, name, word)
            if likest and likest[1] > n * MUCH_OFTENER:
                instead[word] = likest[0]
    better = _TYPED.sub(lambda match: instead.get(analysis.fold(match[0]), match[0]), text)
    return better if analysis.fold(better) != analysis.fold(text) else ""


def _is_like_a_word(word: str) -> bool:
    return len(word) >= MIN_CHARS and word.isascii() and word.isalpha()


def _fields(field: str) -> tuple[str, ...]:
    return {"author": ("author",), "text": ("words", "author")}.get(field, ("words",))


def _suggesting(wanted: Mapping[str, tuple[str, Iterable[str]]]) -> Json:
    return {
        f"{name}_{field}": {
            "text": word,
            "term": {
                "field": field,
                "suggest_mode": "always",
                "max_edits": 2 if len(word) >= MIN_CHARS_OF_TWO else 1,
                "prefix_length": 0,
                "min_word_length": MIN_CHARS,
                "string_distance": "damerau_levenshtein",
                "accuracy": 0.5,
            },
        }
        for name, (word, fields) in wanted.items()
        for field in fields
    }


def _likest(answer: Json, name: str, word: str) -> tuple[str, int] | None:
    """(the nearest word, in how many papers it is): the likest first, then one that begins alike, then the most frequent."""
    found = []
    for field in ("words", "author"):
        for entry in answer["suggest"].get(f"{name}_{field}", ()):
            options = [option for option in entry["options"] if option["text"] != word and option["text"].isalpha()]
            found += [(-round(option["score"], 3), option["text"][0] != word[0], -option["freq"], option["text"]) for option in options]
    if not found:
        return None
    _, _, n, likest = min(found)
    return likest, -n
