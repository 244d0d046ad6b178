"""What readers type, understood: any text at all becomes a `Query`, and nothing raises.

Words (all wanted), "phrases", -not, begin*, one OR other, and author: journal: keyword: funder: title: year: type: language: rated: in
English or Chinese, with half or full width signs. What looks like syntax but is none is taken as words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..core.text import squeezed
from ..papers import identifiers
from ..papers.record import TYPES, UNIQUE_IDENTIFIER_KINDS

# A pasted title or sentence fits; what is longer costs time and finds nothing more.
MAX_CHARS = 1_000
MAX_CLAUSES = 128
# AND, OR and NOT are words like others in a text of so many words that is all in capitals.
MIN_SHOUTED_WORDS = 6
# A latin beginning shorter than this would match a good part of all words.
MIN_PREFIX_CHARS = 3

TEXT_FIELDS = ("author", "journal", "keyword", "funder", "title")
FIELDS = {
    "author": "author", "authors": "author", "作者": "author",
    "journal": "journal", "期刊": "journal", "杂志": "journal", "刊名": "journal",
    "keyword": "keyword", "keywords": "keyword", "关键词": "keyword", "关键字": "keyword",
    "funder": "funder", "funders": "funder", "funding": "funder", "资助": "funder", "基金": "funder", "资金": "funder",
    "title": "title", "标题": "title", "题名": "title", "篇名": "title",
    "year": "year", "年份": "year", "年": "year",
    "type": "type", "类型": "type",
    "language": "language", "lang": "language", "语言": "language", "语种": "language",
    "rated": "rated", "rating": "rated", "评分": "rated",
    "doi": "doi", "pmid": "pmid", "pmcid": "pmcid", "arxiv": "arxiv", "isbn": "isbn", "issn": "issn", "orcid": "orcid",
}  # fmt: skip

_QUOTES = '"“”„«»「」『』＂〝〞'
_CLAUSE = re.compile(
    rf"(?P<sign>(?<!\S)[-\uff0d\u2212](?!\d))?"
    rf"(?:(?P<field>[^\W\d_]+)[:：])?"
    rf"(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]|[{_QUOTES}]?(?P<bare>[^\s{_QUOTES}]+))"
)
_YEAR = re.compile(r"([<>]=?|[≤≥])?([0-9]{4})?(\.\.+|[-–—~～]|…)?([0-9]{4})?")
_STARS = re.compile(r"([<>]=?|[≤≥])?([0-5](?:\.[0-9]{1,2})?)?(\.\.+|[-–—~～]|…)?([0-5](?:\.[0-9]{1,2})?)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,4})?")
# Languages by their names; any other is asked for by its code.
LANGUAGES = {
    "english": "en", "英语": "en", "英文": "en", "chinese": "zh", "中文": "zh", "汉语": "zh", "german": "de", "德语": "de", "德文": "de", "french": "fr",
    "法语": "fr", "法文": "fr", "spanish": "es", "西班牙语": "es", "japanese": "ja", "日语": "ja", "日文": "ja", "korean": "ko", "韩语": "ko", "韩文": "ko",
    "russian": "ru", "俄语": "ru", "俄文": "ru", "portuguese": "pt", "葡萄牙语": "pt", "italian": "it", "意大利语": "it",
}  # fmt: skip
_PMID = re.compile(r"(?:pmid[:\s]|https?:|www\.|pubmed\.|ncbi\.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that is wanted or not. `field` is one of `TEXT_FIELDS`, or "" for anywhere."""

    text: str
    field: str = ""
    kind: str = "words"  # words | phrase | prefix


@dataclass(frozen=True, slots=True)
class Query:
    """A query as every engine takes it. Each of `wanted` is a group of alternatives, of which one is to hold."""

    text: str = ""  # the whole of it, cleaned: what an exact title is compared with
    wanted: tuple[tuple[Clause, ...], ...] = ()
    unwanted: tuple[Clause, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()  # (kind, value): papers that carry one, or whose author or journal does
    years: tuple[tuple[int, int], ...] = ()  # each a range, both ends in it, all to hold
    types: tuple[str, ...] = ()  # one of them, when there are any
    unwanted_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # one of them, when there are any
    unwanted_languages: tuple[str, ...] = ()
    rated: tuple[tuple[float, float], ...] = ()  # stars of an established mean: each a range, both ends in it, all to hold
    goes_to: tuple[str, str] | None = None  # the whole text is an identifier of one work
    is_exact: bool = False  # nothing may be left out or put otherwise, also when nothing is found so

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed. A text without any word, "~~", is not empty: it wants what is not there."""
        return not self.text

    @property
    def says_nothing(self) -> bool:
        """Whether something was typed, but nothing that can be looked for."""
        narrows = self.identifiers or self.years or self.types or self.unwanted_types or self.languages or self.unwanted_languages or self.rated
        return bool(self.text) and not (self.wanted or self.unwanted or narrows)


def parse(text: str) -> Query:
    """Understands any text whatever. What lies past `MAX_CHARS` characters or `MAX_CLAUSES` clauses is left out."""
    clean = squeezed(text[: 4 * MAX_CHARS])[:MAX_CHARS].strip()
    whole = identified(clean)
    if whole:
        goes_to = whole if whole[0] in UNIQUE_IDENTIFIER_KINDS else None
        return Query(text=clean, identifiers=(whole,), goes_to=goes_to)
    reading = _Reading(shouts=clean == clean.upper() and len(clean.split()) >= MIN_SHOUTED_WORDS)
    for n, match in enumerate(_CLAUSE.finditer(clean)):
        if n == MAX_CLAUSES:
            break
        reading.take(match)
    return Query(
        text=clean,
        wanted=tuple(tuple(group) for group in reading.wanted),
        unwanted=tuple(reading.unwanted),
        identifiers=tuple(reading.identifiers),
        years=tuple(reading.years),
        types=tuple(reading.types),
        unwanted_types=tuple(reading.unwanted_types),
        languages=tuple(reading.languages),
        unwanted_languages=tuple(reading.unwanted_languages),
        rated=tuple(reading.rated),
    )


def identified(text: str) -> tuple[str, str] | None:
    """(kind, value) when the whole text is an identifier or the address of one, else None.

    Bare numbers are PMIDs only from five digits on, so that years and titles like "1984" stay words.
    """
    if not text or len(text) > 400:
        return None
    text = text.strip("<>[](){}.,; ")
    labelled = re.match(r"(doi|pmid|pmcid|arxiv|isbn|issn|orcid|wos|openalex)\s*[:：]\s*(.+)", text, re.IGNORECASE)
    if labelled:
        return _of_kind(labelled.group(1).lower(), labelled.group(2))
    for kind in ("arxiv", "doi", "orcid", "issn"):
        found = _of_kind(kind, text)
        if found:
            return found
    if _PMID.match(text) or re.fullmatch(r"[1-9][0-9]{4,8}", text):
        found = _of_kind("pmid", text)
        if found:
            return found
    if "pmc" in text.lower() or "europepmc" in text.lower():
        found = _of_kind("pmcid", text)
        if found:
            return found
    if "openalex.org" in text.lower():
        return _of_kind("openalex", text)
    if re.fullmatch(r"97[89][0-9 -]{10,14}", text):
        return _of_kind("isbn", text)
    return None


def _of_kind(kind: str, text: str) -> tuple[str, str] | None:
    if kind == "orcid":
        value = identifiers.normalised_orcid(text)
    elif kind == "issn":
        value = identifiers.normalised_issn(text)
    else:
        value = identifiers.normalised(kind, f"wos:{text}" if kind == "wos" else text)
    return (kind, value) if value else None


class _Reading:
    """What has been understood so far, clause by clause."""

    def __init__(self, *, shouts: bool) -> None:
        self.shouts = shouts
        self.wanted: list[list[Clause]] = []
        self.unwanted: list[Clause] = []
        self.identifiers: list[tuple[str, str]] = []
        self.years: list[tuple[int, int]] = []
        self.types: list[str] = []
        self.unwanted_types: list[str] = []
        self.languages: list[str] = []
        self.unwanted_languages: list[str] = []
        self.rated: list[tuple[float, float]] = []
        self.negates = False  # NOT stood before
        self.joins = False  # OR stood before

    def take(self, match: re.Match[str]) -> None:
        label, phrase, bare = match["field"] or "", match["phrase"], match["bare"] or ""
        if not label and bare in (("&&", "||") if self.shouts else ("AND", "OR", "NOT", "&&", "||")):
            self.joins = bare in ("OR", "||") and bool(self.wanted)
            self.negates = bare == "NOT"
            return
        is_not = bool(match["sign"]) or self.negates
        field = FIELDS.get(label.lower(), "")
        if not self._narrow(field, phrase or bare, is_not):
            if label and phrase is None and label.lower() not in FIELDS:  # "Methods:results" names no field: both are words
                bare = f"{label} {bare}"
            self._add(_clause(field if field in TEXT_FIELDS else "", phrase, bare), is_not)
        self.negates = self.joins = False

    def _narrow(self, field: str, text: str, is_not: bool) -> bool:
        """Takes year:, type:, language:, rated: and identifiers. False when the text is not what the field holds: then it is words."""
        if field == "type":
            kind = "-".join(text.lower().replace("_", " ").replace("-", " ").split())
            if kind in TYPES:
                (self.unwanted_types if is_not else self.types).append(kind)
                return True
        elif field == "language":
            code = LANGUAGES.get(text.lower(), text.lower())
            if _LANGUAGE.fullmatch(code):
                (self.unwanted_languages if is_not else self.languages).append(code)
                return True
        elif is_not or field in TEXT_FIELDS:
            return False
        elif field == "rated":
            stars = _stars(text)
            if stars:
                self.rated.append(stars)
                return True
        elif field == "year":
            years = _years(text)
            if years:
                self.years.append(years)
                return True
        elif field:
            found = _of_kind(field, text)
            if found:
                self.identifiers.append(found)
                return True
        return False

    def _add(self, clause: Clause | None, is_not: bool) -> None:
        if clause is None:
            return
        if is_not:
            self.unwanted.append(clause)
        elif self.joins:
            self.wanted[-1].append(clause)
        elif [clause] not in self.wanted:
            self.wanted.append([clause])


def _clause(field: str, phrase: str | None, bare: str) -> Clause | None:
    if phrase is not None:
        return Clause(phrase, field, "phrase") if _has_word(phrase) else None
    if not _has_word(bare):
        return None
    stem = bare.rstrip("*＊")
    if stem != bare and len(stem) >= MIN_PREFIX_CHARS and re.fullmatch(r"\w+", stem):
        return Clause(stem, field, "prefix")
    return Clause(bare, field)


def _has_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def _years(text: str) -> tuple[int, int] | None:
    found = _bounds(_YEAR, text)
    if found is None:
        return None
    how, first, last = found
    if how == "..":
        low, high = int(first or 0), int(last or 9999)
        return min(low, high), max(low, high)
    year = int(first)
    return {"": (year, year), ">": (year + 1, 9999), "<": (0, year - 1), ">=": (year, 9999), "<=": (0, year)}[how]


def _stars(text: str) -> tuple[float, float] | None:
    found = _bounds(_STARS, text)
    if found is None:
        return None
    how, first, last = found
    if how == "..":
        low, high = float(first or 0), float(last or 5)
        return min(low, high), max(low, high)
    stars = float(first)
    # "rated:4" means at least. No mean lies within the thousandth: they are kept in hundredths of a half star.
    return {"": (stars, 5.0), ">": (stars + 0.001, 5.0), "<": (0.0, stars - 0.001), ">=": (stars, 5.0), "<=": (0.0, stars)}[how]


def _bounds(pattern: re.Pattern[str], text: str) -> tuple[str, str, str] | None:
    """A number alone (""), with a sign before it, or two with dots between (".."): how, the first, the last. None when it is nothing of that."""
    match = pattern.fullmatch(text.strip())
    if not match:
        return None
    sign, first, dots, last = (part or "" for part in match.groups())
    if sign or not dots:
        is_good = first and not dots and not last
        return (sign.replace("≥", ">=").replace("≤", "<="), first, "") if is_good else None
    return ("..", first, last) if first or last else None
