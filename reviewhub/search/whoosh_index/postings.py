"""What a document becomes in a Whoosh index: its fields, and the terms in them with place and weight."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from whoosh import columns, fields, formats

from .. import analysis
from ..documents import Document, Name

# To be raised when the same document would be indexed differently for a reason that `fingerprint` cannot see.
FORMAT = 1
# A word is worth this much more where it stands in the title or the keywords.
TITLE_WEIGHT = 3.0
KEYWORD_WEIGHT = 1.5
# Between two texts of one field, wider than any phrase or nearness looks.
GAP = 20

_SAMPLE = "The Łukasz O'Brien's ﬁrst results: sexing µm-sized H2O droplets, Ünïcode &c. 脊柱侧凸的基因 カタカナ 한국어 T细胞"

Posting = tuple[str, int, float]  # term, position, weight


class Analysed(fields.FieldType):  # type: ignore[misc]
    """Terms with positions and weights, analysed before they come here."""

    def __init__(self) -> None:
        super().__init__(formats.Positions(), None, scorable=True)

    def index(self, value: list[Posting], **_options: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Whoosh's form of a document's postings: (term, frequency, weight, encoded positions)."""
        found: dict[str, tuple[list[int], list[float]]] = {}
        for term, position, weight in value:
            places, weights = found.setdefault(term, ([], []))
            places.append(position)
            weights.append(weight)
        for term, (places, weights) in found.items():
            yield term.encode(), len(places), sum(weights), self.format.encode(places)


class Exact(fields.FieldType):  # type: ignore[misc]
    """Whole values, each found only as it is."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None)

    def index(self, value: Iterable[str], **_options: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Whoosh's form of a document's values: they occur, no more."""
        for text in dict.fromkeys(value):
            yield text.encode(), 1, 1.0, b""


def schema() -> fields.Schema:
    return fields.Schema(
        id=Exact(),
        type=Exact(),
        journal_id=Exact(),
        keyword_slug=Exact(),
        identifier=Exact(),
        title_key=Exact(),
        year=Exact(),
        text=Analysed(),
        title=Analysed(),
        author=Analysed(),
        journal=Analysed(),
        keyword=Analysed(),
        paper=fields.COLUMN(columns.NumericColumn("q")),
        version=fields.COLUMN(columns.NumericColumn("q")),
        published=fields.COLUMN(columns.NumericColumn("i")),
    )


@functools.cache
def fingerprint() -> str:
    """What a build must have been made with to be of use: fields and analysis, seen by what they do to a sample."""
    name = Name("José Q. Núñez-Smith", "Núñez-Smith", "José Q.", "王小明")
    sample = Document(1, 1, "article", 2023, 20230400, 1, [_SAMPLE], [name], [_SAMPLE], [_SAMPLE], ["k"], [_SAMPLE])
    described = [str(FORMAT), *(f"{name}={type(kind).__name__}" for name, kind in sorted(schema().items())), repr(sorted(values_of(sample).items()))]
    return hashlib.sha256("\n".join(described).encode()).hexdigest()


def values_of(document: Document) -> dict[str, Any]:
    """A document as the fields of the index."""
    title = _joined(document.titles, 1.0, keep_stops=True)
    author = _name_postings(document.names)
    values: dict[str, Any] = {
        "id": [str(document.id)],
        "type": [document.type],
        "keyword_slug": document.keyword_slugs,
        "identifier": document.identifiers,
        "title_key": [key for key in map(analysis.title_key, document.titles) if key],
        "text": _everything(document, author),
        "title": title,
        "author": author,
        "journal": _joined(document.journal, 1.0, keep_stops=True),
        "keyword": _joined(document.keywords, 1.0, keep_stops=True),
        "paper": document.id,
        "version": document.version,
        "published": document.published,
    }
    if document.year is not None:
        values["year"] = [year_key(document.year)]
    if document.journal_id is not None:
        values["journal_id"] = [str(document.journal_id)]
    return values


def year_key(year: int) -> str:
    """A year as a term: four digits, so that terms stand in order of time."""
    return f"{min(max(year, 0), 9999):04}"


def _joined(texts: Iterable[str], weight: float, *, keep_stops: bool = False, start: int = 0) -> list[Posting]:
    postings: list[Posting] = []
    for text in texts:
        last = start
        for term, position in analysis.placed(text, keep_stops=keep_stops):
            last = start + position
            postings.append((term, last, weight))
        start = last + GAP
    return postings


def _everything(document: Document, author: list[Posting]) -> list[Posting]:
    postings: list[Posting] = []
    for texts, weight in ((document.titles, TITLE_WEIGHT), (document.keywords, KEYWORD_WEIGHT), (document.journal, 1.0), (document.texts, 1.0)):
        postings += _joined(texts, weight, start=postings[-1][1] + GAP if postings else 0)
    start = postings[-1][1] + GAP if postings else 0
    postings += [(analysis.stem(term), start + position, weight) for term, position, weight in author]
    return postings


def _name_postings(names: list[Name]) -> list[Posting]:
    """Every form under which a person may be looked for; initials stand where the given names stand."""
    postings: list[Posting] = []
    start = 0
    for name in names:
        printed = analysis.words(name.printed)
        given = [word for word in analysis.words(name.given) if word.isascii()]
        forms = dict.fromkeys((term, place) for place, term in enumerate(printed))
        for place, word in enumerate(printed):
            if word in given:
                forms[word[0], place] = None
        if len(given) > 1:
            place = next((place for place, word in enumerate(printed) if word in given), 0)
            forms["".join(given), place] = None
            forms["".join(word[0] for word in given), place] = None
        length = len(printed)
        known = set(printed)
        for part in (name.family, name.given, name.other):
            for word in analysis.words(part):
                if word not in known:
                    known.add(word)
                    forms[word, length] = None
                    length += 1
        postings += [(term, start + place, 1.0) for term, place in forms]
        start += length + GAP
    return sorted(postings, key=lambda posting: posting[1])
