"""What a document becomes in the cluster: its fields, and the terms in each, already analysed.

Texts are sent as terms with blanks between them, in the order of their places; `GAP` stands where a place holds nothing that is indexed, and the
cluster drops it and leaves the place. What shares a place with another term is sent as a text of its own.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from itertools import chain
from typing import Any

from ...papers.record import TYPES
from .. import analysis
from ..documents import Document, Name, Standing
from ..names import beginnings, name_forms, text_forms

# To be raised when the same document would be indexed differently for a reason that `fingerprint` cannot see.
FORMAT = 1
# No term is written so.
GAP = "_"
# How often a text is sent that weighs more than others: whole numbers, where the embedded engine has 3 and 1.5.
TITLE_TIMES, KEYWORD_TIMES = 3, 2
# Between two values of a field; wider than any phrase reaches, and wider than a name is long.
VALUE_GAP = 100
# Corrections are made of words, not of formulas.
WORD_CHARS = range(3, 25)
# A value that is compared whole is cut here: Lucene refuses a document with a longer term than 32,766 bytes.
MAX_VALUE_CHARS = 8_000
# Saturation and length of BM25, as in the embedded engine.
K1, B = 1.6, 0.75

NUMBERS = ("lower", "mean", "n_ratings", "n_reviews")

_SAMPLE = "The Łukasz O'Brien's ﬁrst results: sexing µm-sized H2O droplets, TNF-α tumours, Ünïcode &c. 脊柱侧凸的基因 カタカナ 한국어 T细胞 後台"


def _text() -> dict[str, Any]:
    return {"type": "text", "analyzer": "terms", "position_increment_gap": VALUE_GAP}


def body() -> dict[str, Any]:
    """What an index is created with. Shards and replicas are left to the cluster and its templates."""
    whole, number = {"type": "keyword"}, {"type": "integer"}
    return {
        "settings": {
            "index": {
                # Changes show when a batch ends and says so.
                "refresh_interval": "-1",
                "similarity": {"default": {"type": "BM25", "k1": K1, "b": B}},
                "analysis": {
                    "filter": {"gaps": {"type": "stop", "stopwords": [GAP]}},
                    "analyzer": {"terms": {"type": "custom", "tokenizer": "whitespace", "filter": ["gaps"]}},
                },
            }
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": {"fingerprint": fingerprint()},
            "properties": {
                "text": _text(),
                "title": _text(),
                "author": _text(),
                "journal": _text(),
                "keyword": _text(),
                "funder": _text(),
                "words": {"type": "text", "analyzer": "terms", "index_options": "freqs", "norms": False},
                "identifier": whole,
                "title_key": whole,
                "keyword_slug": whole,
                "beginning": whole,
                "type": whole,
                "language": whole,
                "journal_id": {"type": "long"},
                "keyword_ids": {"type": "long"},
                "paper": {"type": "long"},
                "version": {"type": "long"},
                "published": number,
                "year": number,
                "is_retracted": {"type": "boolean"},
                **dict.fromkeys(NUMBERS, number),
            },
        },
    }


@functools.cache
def fingerprint() -> str:
    """What an index must have been made with to be of use: fields and analysis, seen by what they do to a sample."""
    name = Name("José Q. Núñez-Smith", "Núñez-Smith", "José Q.", "王小明")
    sample = Document(
        1, 1, "article", 2023, 20230400, 1, [_SAMPLE], [name, Name("呂小明")], [_SAMPLE], [_SAMPLE], ["k"], [1], [_SAMPLE], [_SAMPLE], ["doi:10.1/x"], "en"
    )
    described = (FORMAT, GAP, VALUE_GAP, K1, B, TYPES, sorted(source(sample).items()))
    return hashlib.sha256(repr(described).encode()).hexdigest()


def source(document: Document) -> dict[str, Any]:
    """A document as it is sent."""
    titles, keywords, journal, texts = (list(map(analysis.tokens, some)) for some in (document.titles, document.keywords, document.journal, document.texts))
    names = [(name.printed, name.family, name.given, name.other) for name in document.names]
    stems = dict.fromkeys(analysis.stem(term) for name in names for term in text_forms(*name))
    sent: dict[str, Any] = {
        "paper": document.id,
        "version": document.version,
        "text": [*_terms(titles) * TITLE_TIMES, *_terms(keywords) * KEYWORD_TIMES, *_terms(journal), *_terms(texts), *stems],
        "title": _terms(titles, keep_stops=True),
        "author": [" ".join(dict.fromkeys(term for term, _ in name_forms(*name))) for name in names],
        "journal": _terms(journal, keep_stops=True),
        "keyword": _terms(keywords, keep_stops=True),
        "funder": _terms(map(analysis.tokens, document.funders), keep_stops=True),
        "words": " ".join(_words(chain(*titles, *keywords, *journal, *texts))),
        "identifier": [value[:MAX_VALUE_CHARS] for value in document.identifiers],
        "title_key": [key for key in map(analysis.title_key, document.titles) if key],
        "keyword_slug": document.keyword_slugs,
        "beginning": list(dict.fromkeys(beginnings(document))),
        "keyword_ids": document.keyword_ids,
        "type": document.type,
        "is_retracted": document.is_retracted,
        **numbers(document.standing or Standing(document.id)),
    }
    # What is not known is not sent: it is found by no range, and comes last in every order.
    if document.published:
        sent["published"] = document.published
    if document.year and 0 < document.year <= 9999:
        sent["year"] = document.year
    if document.journal_id is not None:
        sent["journal_id"] = document.journal_id
    if document.language:
        sent["language"] = document.language
    return sent


def numbers(standing: Standing) -> dict[str, int]:
    """What changes of a document with its ratings."""
    return {name: getattr(standing, name) for name in NUMBERS}


def phrase(terms: Iterable[tuple[str, int]]) -> str:
    """Terms with their places as a text that the cluster takes apart to just these."""
    by_place: dict[int, str] = {}
    for term, place in terms:
        by_place.setdefault(place, term)
    if not by_place:
        return ""
    first = min(by_place)
    return " ".join(by_place.get(place, GAP) for place in range(first, max(by_place) + 1))


@functools.lru_cache(maxsize=200_000)
def _expanded(token: str, keep_stops: bool) -> tuple[int, tuple[tuple[str, int], ...]]:
    return analysis.expanded(token, keep_stops=keep_stops)


def _terms(texts: Iterable[list[str]], *, keep_stops: bool = False) -> list[str]:
    """Each text, given as tokens, as its terms in their places; terms that share a place with another come after all of them."""
    found: list[str] = []
    beside: dict[str, None] = {}
    for tokens in texts:
        places: list[str] = []
        for token in tokens:
            n_places, terms = _expanded(token, keep_stops)
            if n_places == 1 and len(terms) == 1:  # as nearly all are
                places.append(terms[0][0])
                continue
            start = len(places)
            places += [GAP] * n_places
            for term, place in terms:
                if places[start + place] == GAP:
                    places[start + place] = term
                else:
                    beside[term] = None
        found.append(" ".join(places))
    return [*found, *beside]


def _words(tokens: Iterable[str]) -> list[str]:
    return [token for token in dict.fromkeys(tokens) if len(token) in WORD_CHARS and token < "\u2e80" and token.isalpha()]
