"""What a document becomes in the index: its terms, with place and weight, and the names that somebody may begin to type."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from functools import lru_cache

from whoosh import fields, formats

from ...papers.record import TYPES
from .. import analysis
from ..documents import Document, Name
from .segments import COLUMNS, EXACT, LISTS, PLACED

# To be raised when the same document would be indexed differently for a reason that `fingerprint` cannot see.
FORMAT = 2
# A word is worth this much more where it stands in the title or the keywords; weights are kept in halves.
TITLE_WEIGHT = 3.0
KEYWORD_WEIGHT = 1.5
# Between two texts of one field, wider than any phrase or nearness looks.
GAP = 20
# Every name of a paper takes so many places, so that two words belong to one person when their places agree but for the rest.
NAME_PLACES = 16
# Suggestions name the first authors of a paper: of three thousand nobody looks for the last by a beginning.
MAX_SUGGESTED_AUTHORS = 50
MAX_LABEL_CHARS = 160
# A keyword or a journal is suggested by any of its first words.
MAX_BEGINNINGS = 4
BETWEEN = "\x00"

_SAMPLE = "The Łukasz O'Brien's ﬁrst results: sexing µm-sized H2O droplets, TNF-α tumours, Ünïcode &c. 脊柱侧凸的基因 カタカナ 한국어 T细胞 後台"


def schema() -> fields.Schema:
    """The fields as Whoosh's own readers see them."""
    placed = {name: fields.FieldType(formats.Positions(), None, scorable=name == "text") for name in PLACED}
    exact = {name: fields.FieldType(formats.Existence(), None) for name in EXACT}
    return fields.Schema(**placed, **exact)


@functools.cache
def fingerprint() -> str:
    """What a build must have been made with to be of use: files and analysis, seen by what they do to a sample."""
    name = Name("José Q. Núñez-Smith", "Núñez-Smith", "José Q.", "王小明")
    sample = Document(1, 1, "article", 2023, 20230400, 1, [_SAMPLE], [name], [_SAMPLE], [_SAMPLE], ["k"], [1], [_SAMPLE], [_SAMPLE])
    described = (
        FORMAT, TITLE_WEIGHT, KEYWORD_WEIGHT, GAP, NAME_PLACES, PLACED, EXACT, TYPES, [(name, kind.str) for name, kind in {**COLUMNS, **LISTS}.items()],
        list(analysis.placed(_SAMPLE)), name_forms(name.printed, name.family, name.given, name.other), list(beginnings(sample)),
    )  # fmt: skip
    return hashlib.sha256(repr(described).encode()).hexdigest()


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
    for part in (family, given, other):
        for word in analysis.words(part):
            if word not in known:
                known.add(word)
                forms[word, length] = None
                length += 1
    return tuple((term, min(place, NAME_PLACES - 1)) for term, place in forms)


def beginnings(document: Document) -> Iterator[str]:
    """What may be begun to type for names of this document: the folded name, its kind (a, j or k), its value and how it is printed."""
    for name in document.names[:MAX_SUGGESTED_AUTHORS]:
        label = name.printed[:MAX_LABEL_CHARS]
        for key in dict.fromkeys((_spaced(name.printed), _spaced(f"{name.family} {name.given}"), _spaced(name.other))):
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
