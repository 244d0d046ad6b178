"""When two records tell of the same work, and whose word counts more. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from functools import lru_cache

from ..core.text import Message, folded, is_han, message, plain
from .record import TYPES, UNIQUE_IDENTIFIER_KINDS, PaperRecord

# Whose word counts first, field by field, when both say something. Curated databases stand before publishers' own deposits (they add
# types, languages and author marks), those before aggregators, those before reference managers' files, which anybody may have edited.
SOURCE_RANK = {
    "jats": 5, "pubmed": 10, "wos": 12, "crossref": 14, "datacite": 16, "starter-shelf": 18, "openalex": 20, "csl-json": 30, "endnote": 31,
    "ris": 32, "bibtex": 34, "hand": 40,
}  # fmt: skip
UNKNOWN_SOURCE_RANK = 50

# A folded title weighs one for a letter and three for a Han character. Below this weight ("Editorial", "Book reviews", 编者按) a title
# says too little, and journal, volume or pages must agree as well.
TELLING_TITLE_WEIGHT = 24
TITLE_KEY_CHARS = 200
# A paper may be printed the year after it went online.
YEARS_APART = 1
# Identifiers of one work that never differ between two records of it.
_PROOF = ("doi", "pmid", "pmcid", "arxiv", "wos", "openalex")

# What one record may hold. Longer than any of these was never seen in real files; beyond it something has gone wrong in the file.
# Characters with markup. The longest titles met are conference programmes of some 3,000; formulas as MathML take ten times their source.
MAX_TITLE_CHARS = 20_000
# Abstracts of all sections and languages together. Whole chapters have been filed as abstracts with 60,000; a book is not an abstract.
MAX_ABSTRACT_CHARS = 500_000
# The largest author lists printed so far name some 5,200 (physics) and 15,000 (medicine) people.
MAX_AUTHORS = 20_000
MAX_AFFILIATIONS_PER_AUTHOR = 200
# Book bibliographies reach some 10,000.
MAX_REFERENCES = 50_000
MAX_KEYWORDS = 2_000
MAX_FUNDING = 2_000
# Any one of the short texts: a name, a journal, a funder, an award, a keyword. Consortia that list their members as a "name" reach some 4,000.
MAX_FIELD_CHARS = 10_000
# One affiliation, one reference, the funding statement, one summary.
MAX_PASSAGE_CHARS = 50_000
MAX_CONTENT_BYTES = 16 * 1024 * 1024

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}|und|")


@dataclass(frozen=True, slots=True)
class Sketch:
    """What matching looks at."""

    title_key: str
    year: int | None
    type: str
    first_author: str  # folded family name, or the folded printed name
    identifiers: dict[str, set[str]] = field(default_factory=dict)
    journal: str = ""  # folded
    volume: str = ""
    pages: str = ""


def title_key(title: str) -> str:
    """The folded title, at most `TITLE_KEY_CHARS` characters: equal for two spellings of one title."""
    return folded(plain(title))[:TITLE_KEY_CHARS].strip()


def year_of(published: str) -> int | None:
    """The year of a partial ISO date."""
    return int(published[:4]) if published[:4].isdecimal() and len(published) >= 4 else None


def author_key(family: str, name: str) -> str:
    """What two records compare of a first author: the folded family name, else the last word of the printed name, Han names whole."""
    if family:
        return folded(family)
    key = folded(name)
    return key if is_han(key) or " " not in key else key.rsplit(" ", 1)[1]


def sketch(record: PaperRecord) -> Sketch:
    """The features of a record that matching compares."""
    first = record.authors[0] if record.authors else None
    return Sketch(
        title_key=title_key(record.title),
        year=year_of(record.published),
        type=record.type,
        first_author=author_key(first.family, first.name) if first else "",
        identifiers={kind: set(values) for kind, values in record.identifiers.items() if kind in _PROOF},
        journal=folded(record.journal.name),
        volume=record.volume,
        pages=record.pages,
    )


def is_same_work(a: Sketch, b: Sketch) -> bool:
    """Whether two records without an identifier in common tell of the same work: same title, year (give or take one) and first author,
    nothing that contradicts it. Doubt means no: two records of one paper are a smaller harm than two papers in one record."""
    if not a.title_key or a.title_key != b.title_key:
        return False
    if any(a.identifiers.get(kind) and b.identifiers.get(kind) and not a.identifiers[kind] & b.identifiers[kind] for kind in _PROOF):
        return False
    if (a.type == "preprint") != (b.type == "preprint") and "other" not in (a.type, b.type):
        return False
    if a.year is None or b.year is None or abs(a.year - b.year) > YEARS_APART:
        return False
    if a.volume and b.volume and a.pages and b.pages and a.volume != b.volume and _first_page(a.pages) != _first_page(b.pages):
        return False
    same_place = bool(a.pages and b.pages and _first_page(a.pages) == _first_page(b.pages) and (a.volume == b.volume or not a.volume or not b.volume))
    if a.first_author and b.first_author:
        return a.first_author == b.first_author and (weight(a.title_key) >= TELLING_TITLE_WEIGHT or same_place)
    if a.first_author or b.first_author:
        return same_place
    return same_place and (not a.journal or not b.journal or a.journal == b.journal)


def _first_page(pages: str) -> str:
    return pages.replace("\u2013", "-").split("-")[0].strip().lower()


def weight(key: str) -> int:
    """How much a folded title says: one for a letter, three for a Han character."""
    return sum(3 if is_han(c) else 1 for c in key)


def rank(source: str, is_trusted: bool) -> int:
    """The place of a source in line, lowest first; what readers hand in stands behind everything a keeper imported."""
    return SOURCE_RANK.get(source, UNKNOWN_SOURCE_RANK) + (0 if is_trusted else 1000)


def fault_of(record: PaperRecord) -> Message | None:
    """Why a record cannot be taken in as it is, or None. It is refused whole: a cut abstract or author list would be a false one."""
    if not plain(record.title).strip():
        return message("no title")
    if record.type not in TYPES:
        return message("%(type)s is not a publication type this site knows", type=repr(record.type[:40]))
    if not is_partial_date(record.published):
        return message("%(date)s is not a date", date=repr(record.published[:40]))
    if not all(_LANGUAGE.fullmatch(code) for code in (record.language, *record.titles, *record.abstracts, *record.summaries)):
        return message("a language is not a language code")
    for text in (record.title, *record.titles.values()):
        if len(text) > MAX_TITLE_CHARS:
            return message("title of %(n)d characters; at most %(most)d are taken", n=len(text), most=MAX_TITLE_CHARS)
    n = sum(len(section.html) + len(section.label) for sections in record.abstracts.values() for section in sections)
    if n > MAX_ABSTRACT_CHARS:
        return message("abstract of %(n)d characters; at most %(most)d are taken", n=n, most=MAX_ABSTRACT_CHARS)
    if len(record.authors) > MAX_AUTHORS:
        return message("%(n)d authors; at most %(most)d are taken", n=len(record.authors), most=MAX_AUTHORS)
    if len(record.references) > MAX_REFERENCES:
        return message("%(n)d references; at most %(most)d are taken", n=len(record.references), most=MAX_REFERENCES)
    if len(record.keywords) > MAX_KEYWORDS:
        return message("%(n)d keywords; at most %(most)d are taken", n=len(record.keywords), most=MAX_KEYWORDS)
    if len(record.funding) > MAX_FUNDING:
        return message("%(n)d funders; at most %(most)d are taken", n=len(record.funding), most=MAX_FUNDING)
    return _too_long(record)


def _too_long(record: PaperRecord) -> Message | None:
    journal = record.journal
    fields = [journal.name, journal.abbreviation, record.publisher, record.volume, record.issue, record.pages, record.published_label]
    fields += [record.licence, record.full_text_url]
    fields += [keyword.term for keyword in record.keywords]
    passages = [record.funding_text]
    for author in record.authors:
        if len(author.affiliations) > MAX_AFFILIATIONS_PER_AUTHOR:
            return message("%(n)d affiliations of one author; at most %(most)d are taken", n=len(author.affiliations), most=MAX_AFFILIATIONS_PER_AUTHOR)
        fields.append(author.name)
        passages += [affiliation.name for affiliation in author.affiliations]
    for funding in record.funding:
        fields.append(funding.name)
        fields += funding.awards
    passages += [reference.text for reference in record.references]
    passages += [summary.text for summary in record.summaries.values()]
    longest = max(map(len, fields))
    if longest > MAX_FIELD_CHARS:
        return message("a field of %(n)d characters; at most %(most)d are taken", n=longest, most=MAX_FIELD_CHARS)
    longest = max(map(len, passages))
    if longest > MAX_PASSAGE_CHARS:
        return message("a passage of %(n)d characters; at most %(most)d are taken", n=longest, most=MAX_PASSAGE_CHARS)
    return None


def is_unique_kind(kind: str) -> bool:
    """Whether an identifier of this kind names one work."""
    return kind in UNIQUE_IDENTIFIER_KINDS


@lru_cache(maxsize=20_000)
def is_partial_date(text: str) -> bool:
    """Whether a text is "", "2023", "2023-04" or "2023-04-05" and such a day exists."""
    if not text:
        return True
    parts = text.split("-")
    if [len(p) for p in parts] not in ([4], [4, 2], [4, 2, 2]) or not all(p.isdecimal() and p.isascii() for p in parts):
        return False
    year, month, day = (*map(int, parts), 1, 1)[:3]
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True
