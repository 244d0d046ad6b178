"""RIS files as reference managers, publishers and Chinese databases write them, which is not always as the format says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ..core.text import is_han, message, squeezed
from ..papers.identifiers import normalised, normalised_arxiv, normalised_isbn, normalised_issn
from ..papers.names import is_group_name, read_name, split_names
from ..papers.record import Author, PaperRecord, Section
from .collecting import (
    add_affiliation,
    add_dois,
    add_identifier,
    add_issn,
    add_keywords,
    key_of,
    paragraphs,
    put_abstract,
    put_titles,
    settle_arxiv,
    without_emails,
)
from .dates import read_date
from .languages import language_code
from .markup import from_html
from .reading import MAX_RECORD_BYTES, Read, UnreadableFile, finished, shortened
from .tagged import Tagged, tagged_records

_TYPES = {
    "JOUR": "article", "EJOUR": "article", "MGZN": "article", "INPR": "article", "ABST": "article", "JFULL": "other", "NEWS": "news",
    "CONF": "conference-paper", "CPAPER": "conference-paper", "BOOK": "book", "EBOOK": "book", "EDBOOK": "book", "WHOLE": "book", "SER": "book",
    "CHAP": "book-chapter", "ECHAP": "book-chapter", "THES": "thesis", "RPRT": "report", "GOVDOC": "report", "DATA": "dataset", "AGGR": "dataset",
    "DBASE": "dataset", "COMP": "software", "STAND": "standard", "PAT": "patent", "ENCYC": "reference-entry", "DICT": "reference-entry", "ELEC": "webpage",
    "WEB": "webpage", "BLOG": "webpage", "UNPB": "preprint", "MANSCPT": "preprint", "PREPRINT": "preprint", "JOURNAL ARTICLE": "article",
    "BOOK CHAPTER": "book-chapter", "BOOK SECTION": "book-chapter", "CONFERENCE PAPER": "conference-paper", "THESIS": "thesis", "DISSERTATION": "thesis",
    "REPORT": "report", "PATENT": "patent", "DATASET": "dataset", "WEB PAGE": "webpage",
}  # fmt: skip
# What "type of work" (M3) says beside an article.
_WORK_TYPES = {
    "review": "review",
    "editorial": "editorial",
    "letter": "letter",
    "conference paper": "conference-paper",
    "erratum": "correction",
    "retracted": "article",
    "data paper": "article",
    "preprint": "preprint",
    "systematic review": "systematic-review",
    "meta-analysis": "meta-analysis",
}
# Every tag of the format, to tell a tag with odd spacing from a line of text that looks like one ("In - vitro").
_TAG_WORDS = (
    "TY AU A1 A2 A3 A4 TA ED TI T1 T2 T3 TT CT BT AB N1 N2 JF JO JA J1 J2 PY Y1 Y2 DA KW VL IS SP EP SN UR L1 L2 L3 L4 LK DO DI AN DB DP LA PB "
    "CY PP ET NV SE ST CN CA RP AD AV M1 M2 M3 C1 C2 C3 C4 C5 C6 C7 C8 U1 U2 U3 U4 U5 ID LB RN RI OP TN SV ER"
)
_TAGS = frozenset(_TAG_WORDS.split())
_WORDS = frozenset(("IS", "DO", "ID"))  # tags that are words too
_STRICT = re.compile(r"[ \t\u00a0]{0,3}([A-Za-z][A-Za-z0-9])[ \u00a0]{2}-(?:[ \t\u00a0](.*)|)$", re.DOTALL)
_LOOSE = re.compile(r"[ \t\u00a0]{0,3}([A-Za-z][A-Za-z0-9])[ \t\u00a0]{0,4}[-\u2013][ \t\u00a0]*(.*)$", re.DOTALL)
_DOI_LABEL = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi\s*[:=]?\s*)?10\.[0-9]{4,9}/", re.IGNORECASE)
# The ISSNs and ISBNs of one work; a field beyond that is no list of numbers.
MAX_NUMBERS_CHARS = 500
_VOLUME_AND_ISSUE = re.compile(r"([0-9A-Za-z]+)\s*\(([^()]+)\)")
_BOOKS = ("book", "book-chapter", "conference-paper", "reference-entry")


def read(stream: BinaryIO) -> Iterator[Read]:
    """Every record of the file, in order."""
    found = False
    for tagged in tagged_records(stream, _Splitter(), start="TY", end="ER"):
        found = True
        if tagged.is_too_big:
            yield Read(tagged.where, None, message("one record of more than %(n)d MB", n=MAX_RECORD_BYTES >> 20))
        else:
            yield finished(tagged.where, _record_of(tagged))
    if not found:
        raise UnreadableFile(message("there is no record in this file"))


class _Splitter:
    """Tells tags from text. Files that part tag and text by "XX - " do so from the first line on; elsewhere such a line may be text."""

    def __init__(self) -> None:
        self.is_loose = False

    def __call__(self, line: str) -> tuple[str, str]:
        match = _STRICT.match(line)
        if match:
            if match[1] == "TY":
                self.is_loose = False
            return match[1].upper(), (match[2] or "").strip()
        match = _LOOSE.match(line)
        if match and match[1] in _TAGS and (self.is_loose or match[1] not in _WORDS):
            if match[1] == "TY":
                self.is_loose = True
            return match[1], match[2].strip()
        return "", line.strip()


def _record_of(tagged: Tagged) -> PaperRecord:
    record = PaperRecord(source="ris", type=_type_of(tagged), language=language_code(tagged.one("LA")))
    _put_titles(record, tagged)
    abstract = _abstract_lines(tagged)
    put_abstract(record, [Section("\n\n".join(from_html(paragraph) for paragraph in paragraphs(abstract)))])
    _put_identifiers(record, tagged)
    _put_journal(record, tagged)
    record.published, record.published_label = _date_of(tagged)
    _put_authors(record, tagged)
    add_keywords(record, _keywords_of(tagged))
    settle_arxiv(record)
    record.source_key = key_of(record, "wos", "pmid", "doi", "arxiv")
    return record


def _type_of(tagged: Tagged) -> str:
    kind = _TYPES.get(tagged.one("TY").upper(), "other")
    if kind in ("article", "other"):
        return _WORK_TYPES.get(tagged.one("M3").lower(), kind)
    return kind


def _put_titles(record: PaperRecord, tagged: Tagged) -> None:
    title = tagged.one("TI", "T1", "CT")
    if not title:
        title = tagged.one("BT", "T2") if record.type in ("book", "other") else ""
    title = title or tagged.one("ST")
    put_titles(record, from_html(title), from_html(tagged.one("TT")))


def _abstract_lines(tagged: Tagged) -> list[str]:
    for tag in ("AB", "N2"):
        if lines := tagged.lines(tag):
            return lines
    return []


# -- Identifiers and place


def _put_identifiers(record: PaperRecord, tagged: Tagged) -> None:
    for tag in ("DO", "DI"):
        for text in tagged.all(tag):
            add_dois(record, text)
    addresses = [address for tag in ("UR", "LK") for line in tagged.lines(tag) for address in re.split(r"(?<=[;\s])(?=https?://)", line)]
    if not record.identifiers.get("doi"):
        # Where else a DOI is put: fields of one's own choice, the address.
        for text in [*tagged.all("M3"), *tagged.all("L3"), *tagged.all("N1"), *addresses]:
            if _DOI_LABEL.match(text) and add_dois(record, text):
                break
    for address in (address.strip(" ;") for address in addresses):
        arxiv = normalised_arxiv(address) if "arxiv" in address.lower() else None
        if arxiv:
            add_identifier(record, "arxiv", arxiv)
        elif kind := next((kind for kind in ("pmid", "pmcid") if "ncbi.nlm.nih.gov" in address and normalised(kind, address)), ""):
            add_identifier(record, kind, address)
        elif "doi.org/" not in address and address.startswith(("http://", "https://")):
            add_identifier(record, "url", address.split()[0])
    for text in [*tagged.all("AN"), *tagged.all("M1"), *tagged.all("JO"), *tagged.all("T2")]:
        if text.lower().startswith("arxiv:") and (arxiv := normalised_arxiv(text)):
            add_identifier(record, "arxiv", arxiv)
    database = f"{tagged.one('DB')} {tagged.one('DP')}".lower()
    number = tagged.one("AN")
    if number.upper().startswith("WOS:"):
        add_identifier(record, "wos", number)
    elif number.isdigit() and ("pubmed" in database or "medline" in database):
        add_identifier(record, "pmid", number)
    for text in tagged.all("C2"):
        if text.upper().startswith("PMC"):
            add_identifier(record, "pmcid", text.split()[0])
        elif text.isdigit() and 7 <= len(text) <= 8 and ("pubmed" in database or "scopus" in database):
            add_identifier(record, "pmid", text)
    for text in tagged.all("SN"):
        _put_serial_number(record, text)


def _put_serial_number(record: PaperRecord, text: str) -> None:
    """SN holds an ISSN or an ISBN, or several: "1234-5679 (print); 9876-5432"."""
    if normalised_issn(text):
        add_issn(record, text)
        return
    if normalised_isbn(text):
        add_identifier(record, "isbn", text)
        return
    for part in re.split(r"[;,/]|\s+(?=[0-9])|\s*\([^)]*\)\s*", text[:MAX_NUMBERS_CHARS]):
        part = part.strip()
        if normalised_isbn(part):
            add_identifier(record, "isbn", part)
        elif normalised_issn(part):
            add_issn(record, part)
        elif part and any(c.isdigit() for c in part):
            record.remarks.append(message("%(value)s is neither an ISSN nor an ISBN; left out", value=shortened(part)))


def _put_journal(record: PaperRecord, tagged: Tagged) -> None:
    names = [squeezed(name) for tag in ("JF", "T2", "JO", "BT", "C3", "T3", "JA", "J2", "J1") for name in tagged.all(tag)]
    names = [name for name in dict.fromkeys(names) if name and name != record.title]
    if record.type == "thesis":  # a subtitle or a department, if anything
        names = []
    if record.type == "book":  # only its series can stand there
        names = [name for name in names if name in tagged.all("T2") + tagged.all("T3") + tagged.all("JF")]
    journal = record.journal
    journal.name = names[0] if names else ""
    short = squeezed(tagged.one("JA", "J2", "J1") or tagged.one("JO"))
    if short and journal.name and len(short) > len(journal.name) and not tagged.one("JF", "T2"):
        journal.name, short = short, journal.name
    journal.abbreviation = short if short != journal.name and len(short) < len(journal.name) else ""
    record.publisher = without_emails(tagged.one("PB"))
    record.volume = squeezed(tagged.one("VL"))
    record.issue = squeezed(tagged.one("IS", "CP"))
    if not record.issue and record.volume and tagged.one("M1").isdigit():  # what EndNote calls "number"
        record.issue = tagged.one("M1")
    if not record.issue and (match := _VOLUME_AND_ISSUE.fullmatch(record.volume)):
        record.volume, record.issue = match.groups()
    first, last = squeezed(tagged.one("SP")), squeezed(tagged.one("EP"))
    if first and last and last != first and not re.search(r"[-\u2013+]", first):
        record.pages = f"{first}-{last}"
    else:
        record.pages = first or last or squeezed(tagged.one("C7"))


def _date_of(tagged: Tagged) -> tuple[str, str]:
    """PY, made more exact by DA where that is of the same year; without it DA, and Y1, which newer programs no longer mean, last."""
    years, days, old = ([read_date(text) for text in tagged.all(tag)] for tag in ("PY", "DA", "Y1"))
    year = next((pair for pair in years if pair[0]), None)
    day = next((pair for pair in days if pair[0]), None)
    if year and day:
        return (day[0], year[1] or day[1]) if day[0].startswith(year[0]) else year
    if year and len(year[0]) == 4 and days:  # "DA  - DEC 31" beside "PY  - 2019"
        return read_date(f"{year[0]} {tagged.one('DA')}")
    found = [pair for pair in (year, day, *old, *years, *days) if pair]
    return next((pair for pair in found if pair[0]), None) or next((pair for pair in found if pair[1]), ("", ""))


# -- People and keywords


def _put_authors(record: PaperRecord, tagged: Tagged) -> None:
    is_in_book = record.type in _BOOKS
    roles = [("AU", "author"), ("A1", "author"), ("A2", "editor"), ("ED", "editor"), ("A3", "editor"), ("A4", "translator" if is_in_book else "author")]
    if record.type == "patent":  # the office that granted it and whom it is assigned to stand there
        roles = roles[:2]
    seen: set[tuple[str, str]] = set()
    for tag, role in roles:
        for line in tagged.lines(tag):
            for text in split_names(line):
                name = read_name(text)
                if name is not None and (name.name, role) not in seen:
                    seen.add((name.name, role))
                    author = Author(name.name, name.family, name.given, name.suffix, name.other_name, role=role)
                    if is_group_name(text):
                        author = Author(squeezed(text).rstrip(","), role=role, is_group=True)
                    record.authors.append(author)
    places = tagged.lines("AD")
    authors = [author for author in record.authors if author.role == "author"]
    if len(authors) == 1:
        for place in places:
            add_affiliation(authors[0], place)
    elif places and authors:
        record.remarks.append(message("addresses that are not tied to authors; left out"))


def _keywords_of(tagged: Tagged) -> list[str]:
    lines = tagged.lines("KW")
    if len(lines) == 1 and ";" not in lines[0] and "；" not in lines[0]:
        if is_han(lines[0]):
            return re.split("[,，、]", lines[0])
        if lines[0].count(",") >= 2:
            return lines[0].split(",")
    return [part for line in lines for part in re.split("[;；]", line)]
