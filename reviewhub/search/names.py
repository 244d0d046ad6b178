"""Names as people look for them: every form of an author's, and what may be begun to type for a suggestion. One rule for every engine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ..papers.names import split_cjk
from . import analysis, han
from .documents import Document

# Every name of a paper takes so many places, so that two words belong to one person when their places agree but for the rest.
NAME_PLACES = 8
# Suggestions name the first authors of a paper: of three thousand nobody looks for the last by a beginning.
MAX_SUGGESTED_AUTHORS = 50
MAX_LABEL_CHARS = 160
# A keyword or a journal is suggested by any of its first words.
MAX_BEGINNINGS = 4
BETWEEN = "\x00"


@lru_cache(maxsize=50_000)
def name_forms(printed: str, family: str, given: str, other: str) -> tuple[tuple[str, int], ...]:
    """Every form under which a person may be looked for, with its place; initials stand where the given names stand."""
    words = analysis.words(printed)
    givens = [word for word in analysis.words(given) if word.isascii()]
    forms = dict.fromkeys((term, place) for place, term in enumerate(words))
    for place, word in enumerate(words):
        if word in givens:
            forms[word[0], place] = None
    if len(givens) > 1:
        place = next((place for place, word in enumerate(words) if word in givens), 0)
        forms["".join(givens), place] = None
        forms["".join(word[0] for word in givens), place] = None
    length = len(words)
    known = set(words)
    for sounding, of_whom in ((said_family(printed, family, given), 0), (said_given(printed, family, given), 1)):
        for term in sounding:
            forms[term, length + of_whom] = None
    for first, second in said_names(printed):
        forms |= {(first + second, length): None, (second + first, length): None}
    length += 2
    for part in (family, given, other):
        for word in analysis.words(part):
            if word not in known:
                known.add(word)
                forms[word, length] = None
                length += 1
    return tuple((term, min(place, NAME_PLACES - 1)) for term, place in forms)


@lru_cache(maxsize=50_000)
def text_forms(printed: str, family: str, given: str, other: str) -> tuple[str, ...]:
    """Those forms that stand for the name among all other words too: not the syllables of a Chinese name, many of which are English words."""
    syllables = {term for way in han.syllables(_in_han(printed, family, given)[1]) if len(way) > 1 for term in (*way, way[0][0])}
    return tuple(dict.fromkeys(term for term, _ in name_forms(printed, family, given, other) if term not in syllables))


def said_family(printed: str, family: str, given: str) -> tuple[str, ...]:
    """How the family name of a name in Han is written in pinyin."""
    return han.surname(_in_han(printed, family, given)[0])


def said_given(printed: str, family: str, given: str) -> tuple[str, ...]:
    """How the given name of a name in Han is written in pinyin: whole, by syllables, and by its initials (小明: xiaoming, xiao, ming, x, xm)."""
    forms: dict[str, None] = {}
    for way in han.syllables(_in_han(printed, family, given)[1]):
        forms |= dict.fromkeys(("".join(way), *way, way[0][0], "".join(syllable[0] for syllable in way)))
    return tuple(forms)


def said_names(text: str) -> list[tuple[str, str]]:
    """How what may be a name in Han is written in pinyin: (family name, whole given name) for each way of reading it."""
    family, given = _in_han(text, "", "")
    return [(first, "".join(way)) for first in han.surname(family) for way in han.syllables(given)]


def _in_han(printed: str, family: str, given: str) -> tuple[str, str]:
    """Family and given name of a Chinese, in simplified characters; empty when it is no such name."""
    if printed.isascii():
        return "", ""
    if family and given and not family.isascii() and not given.isascii():
        return analysis.fold(family), analysis.fold(given)
    found = split_cjk(analysis.fold(printed).strip())
    return found if found[0] else ("", "")


def beginnings(document: Document) -> Iterator[str]:
    """What may be begun to type for names of this document: the folded name, its kind (a, j or k), its value and how it is printed."""
    for name in document.names[:MAX_SUGGESTED_AUTHORS]:
        label = name.printed[:MAX_LABEL_CHARS]
        said = [f"{family} {given}" for family, given in said_names(name.printed)[:2]]
        for key in dict.fromkeys((_spaced(name.printed), _spaced(f"{name.family} {name.given}"), _spaced(name.other), *said)):
            if key:
                yield f"{key}{BETWEEN}a{BETWEEN}{BETWEEN}{label}"
    if document.journal and document.journal_id is not None:
        for called in document.journal:
            yield from _by_each_word(called, "j", str(document.journal_id), document.journal[0])
    for term, slug in zip(document.keywords, document.keyword_slugs, strict=True):
        yield from _by_each_word(term, "k", slug, term)


def _by_each_word(name: str, kind: str, value: str, label: str) -> Iterator[str]:
    key = _spaced(name)
    for _ in range(MAX_BEGINNINGS):
        if key:
            yield f"{key}{BETWEEN}{kind}{BETWEEN}{value}{BETWEEN}{label[:MAX_LABEL_CHARS]}"
        key = key.partition(" ")[2]


@lru_cache(maxsize=20_000)
def _spaced(text: str) -> str:
    return " ".join(run.replace("-", " ").replace("'", "") for _, run in analysis.runs(text))[:MAX_LABEL_CHARS]


def beginning_key(text: str) -> str:
    """What somebody has typed, as the names of `beginnings` begin."""
    return _spaced(text)
