"""Web of Science tagged text ("FN … VR … PT … ER … EF"), as its full-record export writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ..core.text import Message, folded, is_han, message, plain, squeezed
from ..papers.identifiers import dois_in, normalised_orcid
from ..papers.names import read_name
from ..papers.record import Author, Funding, PaperRecord, Reference, Section
from .collecting import EMAIL, add_affiliation, add_dois, add_identifier, add_issn, add_keywords, key_of
from .dates import read_date
from .languages import language_code
from .markup import from_html
from .reading import MAX_RECORD_BYTES, Read, UnreadableFile, finished, shortened
from .tagged import Tagged, tagged_records

# Document types, most telling first: a record carries several ("Article; Proceedings Paper; Retracted Publication").
_TYPES = (
    ("retraction", "retraction"), ("withdrawn publication", "retraction"), ("publication with expression of concern", ""),
    ("expression of concern", "expression-of-concern"), ("correction, addition", "correction"), ("correction", "correction"),
    ("book chapter", "book-chapter"), ("review; book", "review"), ("editorial material", "editorial"), ("proceedings paper", "conference-paper"),
    ("meeting abstract", "conference-paper"), ("meeting summary", "conference-paper"), ("meeting-abstract", "conference-paper"),
    ("conference paper", "conference-paper"), ("data paper", "article"), ("data set", "dataset"), ("data study", "dataset"), ("software", "software"),
    ("news item", "news"), ("letter", "letter"), ("discussion", "comment"), ("review", "review"), ("book", "book"), ("article", "article"),
    ("journal paper", "article"), ("note", "article"), ("reprint", "article"), ("preprint", "preprint"), ("dissertation", "thesis"), ("thesis", "thesis"),
    ("report", "report"), ("patent", "patent"), ("editorial", "editorial"),
)  # fmt: skip
# Types whose name holds a word of the list above but which are something else.
_OTHER_TYPES = frozenset(
    f"{of} review"
    for of in ("book", "software", "hardware", "database", "art exhibit", "film", "music performance", "music score", "record", "dance performance", "theater")
) | {"tv review, radio review", "tv review, radio review, video review"}
_PUBLICATION_TYPES = {"B": "book", "P": "patent", "C": "conference-paper"}
_SEASONS = {"SPR": "Spring", "SUM": "Summer", "FAL": "Autumn", "WIN": "Winter"}

_TAG_LINE = re.compile(r"([A-Z][A-Z0-9])(?: (.*))?$", re.DOTALL)
_FAMILY_FIRST = re.compile(r"^([^,]{2,}) ([A-Z]{1,3})$")  # patents leave out the comma: "YANG Y"
_BRACKETED = re.compile(r"\[([^\]]*)\]\s*(.*)", re.DOTALL)
_CORRESPONDING = re.compile(r"\((?:corresponding|reprint) author\),?", re.IGNORECASE)
_AWARDS = re.compile(r"\s*\[([^\]]*)\]?\s*$")
# Where the name the authors printed ends and the database's own name for the funder begins, without a blank: "FundEuropean Union", "NIMHUnited States".
_GLUED = re.compile(r"(?:(?<=[a-z]{2})|(?<=\))|(?<=[A-Z]{3}))(?=[A-Z][a-z]{2})|(?:(?<=[a-z]{2})|(?<=\)))(?=[A-Z]{4})")
_AGENCY = re.compile(
    r"Foundation|Council|Institut|Ministry|Agency|Universit|Department|Union|Commission|Research|Science|National|Trust|Society|Association|Fund|Office|Program"
    r"|Health|Government|Federal|Cent(?:re|er)|Academ|Charit|Versus Arthritis|Wellcome|Cancer|Ministerio|Consei?l|Consejo|Conselho|Agence|Fonds|Fonda|Funda"
    r"|Stiftung|Dienst"
)
# A funder's name of the longest kind, programme, agency and ministry, twice over.
MAX_FUNDER_CHARS = 1000
_LABEL = re.compile(r"[A-Z][\w/&,()' -]{2,59}:?")
_CR_DOI = re.compile(r"\bDOI (?:DOI )?\[?[^\]]{0,100}?(10\.\S+)", re.IGNORECASE)


def read(stream: BinaryIO) -> Iterator[Read]:
    """Every record of the file, in order."""
    found = False
    for tagged in tagged_records(stream, _split, start="PT", end="ER"):
        found = True
        if tagged.is_too_big:
            yield Read(tagged.where, None, message("one record of more than %(n)d MB", n=MAX_RECORD_BYTES >> 20))
            continue
        yield _record_at(tagged)
    if not found:
        raise UnreadableFile(message("there is no record in this file"))


def _split(line: str) -> tuple[str, str]:
    match = _TAG_LINE.match(line)
    return (match[1], (match[2] or "").strip()) if match else ("", line.strip())


def _record_at(tagged: Tagged) -> Read:
    record = _record_of(tagged)
    where = tagged.where
    if key := record.identifier("wos"):
        where = f"{where[:-1]}, {key.upper()})"
    return finished(where, record)


def _record_of(tagged: Tagged) -> PaperRecord:
    record = PaperRecord(source="wos", type=_type_of(tagged), language=language_code(tagged.one("LA")))
    _put_titles(record, tagged)
    _put_identifiers(record, tagged)
    _put_journal(record, tagged)
    record.published, record.published_label = _date_of(tagged)
    _put_authors(record, tagged)
    add_keywords(record, _listed(tagged.one("DE")))
    add_keywords(record, [*_listed(tagged.one("ID")), *_listed(tagged.one("WC")), *_listed(tagged.one("SC"))], "subject")
    record.funding = funding_of(tagged.one("FU"))
    record.funding_text = squeezed(tagged.one("FX"))
    record.references = [_reference_of(line) for line in tagged.lines("CR")]
    record.source_key = key_of(record, "wos", "pmid", "doi")
    return record


def _listed(text: str) -> list[str]:
    return text.split(";") if text else []


def _type_of(tagged: Tagged) -> str:
    words = [word for part in tagged.one("DT").lower().split(";") if (word := part.strip()) and word != "-"]
    if words and all(word in _OTHER_TYPES for word in words):
        return "other"
    publication = tagged.one("PT")[:1].upper()
    if publication == "J" and "article" in words:  # given at a meeting, printed in a journal
        words = [word for word in words if word != "proceedings paper"]
    for word, kind in _TYPES:
        if kind and word in words:
            return kind
    if publication == "J" and (not words or words == ["abstract only"]):
        return "article"
    if publication == "B" and tagged.one("BP") and tagged.one("SO"):
        return "book-chapter"
    return _PUBLICATION_TYPES.get(publication, "other")


def _put_titles(record: PaperRecord, tagged: Tagged) -> None:
    title = from_html(tagged.one("TI"))
    other = from_html(tagged.one("Z1"))  # of Chinese records, in Chinese
    language = "zh" if is_han(title) else "en"
    record.title = title
    if title:
        record.titles[language] = title
    if other:
        other_language = "zh" if is_han(other) else record.language or "und"
        record.titles.setdefault(other_language, other)
        if other_language == record.language or not title:
            record.title = other
    if sections := _sections_of(tagged.lines("AB")):
        record.abstracts["zh" if is_han(sections[0].html) else "en"] = sections
    if sections := _sections_of(tagged.lines("Z4")):
        record.abstracts.setdefault("zh" if is_han(sections[0].html) else "und", sections)


def _sections_of(lines: list[str]) -> list[Section]:
    """An abstract's sections: lines are paragraphs where any is longer than a wrapped line can be, and a short line before a paragraph is its heading."""
    if not any(len(line) > 120 for line in lines):
        text = from_html(" ".join(lines))
        return [Section(text)] if text else []
    sections: list[Section] = []
    label = ""
    for line in lines:
        if not label and len(line) < 60 and len(line.split()) <= 6 and _LABEL.fullmatch(line):
            label = line.rstrip(":")
            continue
        text = from_html(line)
        if not label and sections:
            sections[-1].html += "\n\n" + text
        elif text:
            sections.append(Section(text, label))
        label = ""
    if label:  # a last short line is no heading
        sections.append(Section(from_html(label)))
    return sections


def _put_identifiers(record: PaperRecord, tagged: Tagged) -> None:
    add_dois(record, tagged.one("DI"))
    number = tagged.one("UT")
    if number.upper().startswith("MEDLINE:"):
        add_identifier(record, "pmid", number[8:])
    elif ":" not in number or number.upper().startswith(("WOS:", "ISI:")):  # INSPEC:, CABI: and others number the databases beside
        add_identifier(record, "wos", number)
    for text in re.split(r"[;\s]+", tagged.one("PM")):
        add_identifier(record, "pmid", text)
    for text in re.split(r"[;\s]+", tagged.one("BN")):
        add_identifier(record, "isbn", text)


def _put_journal(record: PaperRecord, tagged: Tagged) -> None:
    journal = record.journal
    # A volume of a series is named with its number; the ISSN belongs to the series.
    journal.name = squeezed(tagged.one("SE", "SO") if tagged.one("PT") == "S" and tagged.one("SN") else tagged.one("SO", "CT", "SE"))
    if record.type == "book" and folded(journal.name) == folded(plain(record.title)):
        journal.name = ""
    journal.abbreviation = squeezed(tagged.one("JI", "J9"))
    for tag in ("SN", "EI"):
        for text in re.split(r"[;\s]+", tagged.one(tag)):
            add_issn(record, text)
    record.publisher = squeezed(tagged.one("PU"))
    record.volume = squeezed(tagged.one("VL"))
    supplement = squeezed(tagged.one("SU"))
    record.issue = " ".join(part for part in (squeezed(tagged.one("IS")), supplement and f"Suppl. {supplement}") if part)
    first, last = squeezed(tagged.one("BP", "BR")), squeezed(tagged.one("EP"))
    pages = f"{first}-{last}" if first and last and last not in ("+", first) else first
    record.pages = pages or squeezed(tagged.one("AR", "PS"))


def _date_of(tagged: Tagged) -> tuple[str, str]:
    year, day = tagged.one("PY"), tagged.one("PD")
    day = _SEASONS.get(day.upper(), day)
    if year and day and year not in day:
        return read_date(f"{year} {day}")
    found = read_date(day or year)
    if year and not found[0]:
        return read_date(year)
    return found if found[0] else read_date(tagged.one("EA"))


# -- People


@dataclass(slots=True)
class _Person:
    """An author with the names the file calls them by: in full (AF) and with initials (AU)."""

    author: Author
    called: set[str]
    families: set[str]
    initials: set[str]


def _put_authors(record: PaperRecord, tagged: Tagged) -> None:
    short = _names_in(tagged, "AU") or _names_in(tagged, "BA")
    full = _names_in(tagged, "AF") or _names_in(tagged, "BF") or short
    second = _names_in(tagged, "Z2")
    people: list[_Person] = []
    for n, text in enumerate(full):
        name = read_name(text)
        if name is None:
            continue
        abbreviated = short[n] if len(short) == len(full) else text
        author = Author(name.name, name.family, name.given, name.suffix, name.other_name)
        if len(second) == len(full) and second[n] != text:
            author.other_name = author.other_name or squeezed(second[n])
        record.authors.append(author)
        people.append(_person(author, text, abbreviated))
    for text in [*tagged.lines("CA"), *tagged.lines("GP")]:
        for group in text.split(";"):
            if squeezed(group):
                record.authors.append(Author(squeezed(group), is_group=True))
    for text in [*_names_in(tagged, "BE"), *_names_in(tagged, "ED")]:
        name = read_name(text)
        if name is not None:
            record.authors.append(Author(name.name, name.family, name.given, name.suffix, role="editor"))
    index = _People(people)
    _put_affiliations(index, tagged)
    _mark_corresponding(index, tagged)
    _put_orcids(record, index, tagged)


def _names_in(tagged: Tagged, tag: str) -> list[str]:
    return [_FAMILY_FIRST.sub(r"\1, \2", name.strip()) for line in tagged.lines(tag) for name in line.split(";") if name.strip()]


def _person(author: Author, *texts: str) -> _Person:
    called = {folded(text) for text in texts}
    families = {folded(text.split(",")[0]) for text in texts}
    initials = {found[0] for text in texts if (found := folded(text.partition(",")[2]))}
    return _Person(author, called, families, initials)


class _People:
    """The authors of one record, found again by the names that other fields call them by."""

    def __init__(self, people: list[_Person]) -> None:
        self.people = people
        self._by_name: dict[str, list[_Person]] = {}
        self._by_family: dict[str, list[_Person]] = {}
        self._by_word: dict[str, list[_Person]] = {}  # of a family name
        for person in people:
            for name in person.called:
                self._by_name.setdefault(name, []).append(person)
            for family in person.families:
                self._by_family.setdefault(family, []).append(person)
            for word in {word for family in person.families for word in family.split()}:
                self._by_word.setdefault(word, []).append(person)

    def find(self, text: str) -> Author | None:
        """The one author a name means: by the whole name, by family name and initial, by part of a family name and initial; None when not certain."""
        name = folded(text)
        if len(same := self._by_name.get(name, [])) == 1:
            return same[0].author
        family = folded(text.split(",")[0])
        initial = folded(text.partition(",")[2])[:1]
        near = [p for p in self._by_family.get(family, ()) if not initial or initial in p.initials]
        if not near and initial:
            words = set(family.split())
            sharing = {id(person): person for word in words for person in self._by_word.get(word, ())}.values()
            near = [p for p in sharing if initial in p.initials and any(words <= set(f.split()) or set(f.split()) <= words for f in p.families)]
        return near[0].author if len(near) == 1 else None


def _put_affiliations(people: _People, tagged: Tagged) -> None:
    addresses: list[str] = []
    for line in tagged.lines("C1"):
        is_open = bool(addresses) and (addresses[-1].count("[") > addresses[-1].count("]") or not (addresses[-1].endswith(".") or line.startswith("[")))
        if is_open:
            addresses[-1] += " " + line
        else:
            addresses.append(line)
    for text in addresses:
        match = _BRACKETED.fullmatch(text)
        if match:
            address = match[2].strip().rstrip(".")
            for name in match[1].split(";"):
                author = people.find(name.strip())
                if author is not None:
                    add_affiliation(author, address)
        elif len(addresses) == 1 or len(people.people) == 1:  # without names, one address is everybody's and one author has every address
            for person in people.people:
                add_affiliation(person.author, text.rstrip("."))


def _mark_corresponding(people: _People, tagged: Tagged) -> None:
    text = tagged.one("RP")
    marked: list[Author] = []
    parts = _CORRESPONDING.split(text)
    if len(parts) > 1:
        # Before each mark stand the names, after the address of the ones before: "Doe, J; Roe, R (corresponding author), Univ, City.; Poe, E (…".
        named_parts = [parts[0], *(part.rpartition(".;")[2] for part in parts[1:-1])]
        names = [name for part in named_parts for name in part.split(";")]
    else:
        names = [",".join(text.split(",")[:2])]
    for name in names:
        author = people.find(name.strip()) if name.strip() else None
        if author is not None:
            author.is_corresponding = True
            if all(author is not known for known in marked):
                marked.append(author)
    emails = list(dict.fromkeys(EMAIL.findall(tagged.one("EM"))))
    if len(emails) == 1 and len(marked) == 1:
        marked[0].email = emails[0]
        return
    for email in emails:
        local = folded(email.partition("@")[0]).replace(" ", "")
        candidates = marked or [person.author for person in people.people]
        fitting = [author for author in candidates if len(family := folded(author.family).replace(" ", "")) >= 4 and family in local]
        if len(fitting) == 1 and not fitting[0].email:
            fitting[0].email = email


def _put_orcids(record: PaperRecord, people: _People, tagged: Tagged) -> None:
    for part in _listed(tagged.one("OI")):
        name, _, value = part.strip().rpartition("/")
        if not value.strip():
            continue
        orcid = normalised_orcid(value)
        if orcid is None:
            record.remarks.append(message("%(value)s is not a valid ORCID iD; left out", value=shortened(value.strip())))
            continue
        author = people.find(squeezed(name)) if name.strip() else None
        if author is None and not name.strip() and len(people.people) == 1:
            author = people.people[0].author
        if author is None:
            record.remarks.append(_nobodys(orcid, name))
        elif not author.orcid:
            author.orcid = orcid


def _nobodys(orcid: str, name: str) -> Message:
    if name.strip():
        return message("ORCID iD %(value)s of %(name)s fits none of the authors with certainty; left out", value=orcid, name=shortened(squeezed(name)))
    return message("ORCID iD %(value)s stands without a name; left out", value=orcid)


# -- Funding and references


def funding_of(text: str) -> list[Funding]:
    """ "Funder A [1, 2]; Funder B" as funders with their awards; one that is named twice is one with all its awards."""
    found: dict[str, Funding] = {}
    for part in _outside_brackets(text):
        match = _AWARDS.search(part)
        name = squeezed(_printed_funder(part[: match.start()] if match else part))
        if not name:
            continue
        funding = found.setdefault(folded(name) or name, Funding(name))
        for award in match[1].split(",") if match else ():
            award = squeezed(award)
            if award and award not in funding.awards:
                funding.awards.append(award)
    return list(found.values())


def _outside_brackets(text: str) -> list[str]:
    """The text cut at semicolons that stand outside of square brackets."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"[\[\];]", text):
        mark = match.group()
        if mark == "[":
            depth += 1
        elif mark == "]":
            depth = max(0, depth - 1)
        elif depth == 0:
            parts.append(text[start : match.start()])
            start = match.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _printed_funder(text: str) -> str:
    """The funder as the authors printed it, without the name of the database's own that is set right behind it."""
    for match in _GLUED.finditer(text[:MAX_FUNDER_CHARS]):
        printed, own = text[: match.start()], text[match.start() :]
        is_name = len(printed.split()) > 1 or printed.isupper()
        if own.startswith(printed) or printed.endswith(")") or (is_name and (own.isupper() or (len(own.split()) > 1 and _AGENCY.search(own)))):
            return printed
    return text


def _reference_of(text: str) -> Reference:
    match = _CR_DOI.search(text)
    dois = dois_in(match[1].rstrip("],")) if match else []
    return Reference(squeezed(text), dois[0] if dois else "")
