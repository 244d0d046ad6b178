"""A record as a BibTeX entry, in the dialect that both BibTeX and biblatex read."""

from __future__ import annotations

import re
from urllib.parse import quote

from ...core.text import folded, plain
from ..record import Author, PaperRecord
from . import parts
from .latex import escaped, from_markup

_ENTRIES = {
    "conference-paper": "inproceedings", "book": "book", "book-chapter": "incollection", "reference-entry": "incollection", "thesis": "phdthesis",
    "report": "techreport", "standard": "techreport", "dataset": "dataset", "software": "software", "webpage": "online", "patent": "patent",
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORD = re.compile(r"[^\s{}\\$]+")
# Characters that end or break a field that BibTeX takes letter by letter.
_NOT_IN_ADDRESSES = re.compile(r"[\s{}\\%#\"<>^`|~]")


def citation_key(record: PaperRecord, key: str) -> str:
    """A key of ASCII letters that stays unique on this site: first family name and year for people, the paper's own number for certainty."""
    authors = parts.people(record) or record.authors
    name = ""
    if authors:
        first = authors[0]
        name = next((word for text in (first.family, first.other_name, first.name) if (word := re.sub("[^a-z]", "", folded(text)))), "")
    return f"{name[:30] or 'paper'}{parts.year(record)}-{key}"


def bibtex(record: PaperRecord, key: str, address: str) -> str:
    """One entry. `key` is the paper's number here, `address` its permanent address."""
    kind = _entry(record)
    place = _place_field(kind)
    names = {role: _people(parts.people(record, role)) for role in ("author", "editor", "translator")}
    fields = {"title": _title(record), **names, "type": parts.KIND_WORDS.get(record.type, "")}
    if record.journal.name:
        fields[place] = escaped(parts.line(record.journal.name))
    if record.journal.abbreviation and place == "journal":
        fields["shortjournal"] = escaped(parts.line(record.journal.abbreviation))
    publisher = "school" if kind == "phdthesis" else "institution" if kind == "techreport" else "publisher"
    first, last = parts.page_range(record)
    date = parts.date_parts(record)
    fields |= {
        "year": parts.year(record),
        "month": _MONTHS[date[1] - 1] if len(date) > 1 and 1 <= date[1] <= 12 else "",
        "day": str(date[2]) if len(date) > 2 else "",
        "volume": escaped(parts.line(record.volume)),
        "number": escaped(parts.line(record.issue)),
        "pages": f"{first}--{last}" if last else escaped(first),
        publisher: escaped(parts.line(record.publisher)),
        "doi": _address(record.identifier("doi"), "https://doi.org/"),
        "pmid": record.identifier("pmid"),
        "pmcid": record.identifier("pmcid"),
        "issn": ", ".join(record.journal.issns),
        "isbn": record.identifier("isbn"),
        "eprint": record.identifier("arxiv"),
        "archiveprefix": "arXiv" if record.identifier("arxiv") else "",
        "url": _address(record.identifier("url") or address),
        "language": record.language,
        "keywords": _keywords(record),
        "abstract": escaped(parts.abstract(record)),
    }
    body = "".join(f",\n  {name} = {value if name == 'month' else f'{{{value}}}'}" for name, value in fields.items() if value)
    return f"@{kind}{{{citation_key(record, key)}{body}\n}}\n"


def _entry(record: PaperRecord) -> str:
    return "article" if parts.is_in_journal(record) else _ENTRIES.get(record.type, "misc")


def _place_field(kind: str) -> str:
    if kind in ("inproceedings", "incollection"):
        return "booktitle"
    return "series" if kind in ("book", "phdthesis", "techreport") else "journal"


def _people(authors: list[Author]) -> str:
    return " and ".join(filter(None, (_person(author) for author in authors)))


def _person(author: Author) -> str:
    name = parts.line(author.name)
    if author.is_group:
        return f"{{{escaped(name)}}}" if name else ""
    family, given, suffix = (parts.line(text) for text in (author.family, author.given, author.suffix))
    if not family:
        return escaped(name) if _reads_as_one(name) else f"{{{escaped(name)}}}"
    given_tex, suffix_tex = (escaped(text) if _reads_as_one(text) else f"{{{escaped(text)}}}" for text in (given, suffix))
    family_tex = escaped(family) if _reads_as_one(family) and (" " not in family or family[0].isupper() or given) else f"{{{escaped(family)}}}"
    if not given and not suffix:
        return family_tex if " " not in family else f"{{{escaped(family)}}}"
    return ", ".join(filter(None, (family_tex, suffix_tex, given_tex)))


def _reads_as_one(text: str) -> bool:
    """Whether BibTeX would not cut this at a comma or at "and"."""
    return "," not in text and not re.search(r"(?:^|\s)and(?:\s|$)", text, re.IGNORECASE)


def _title(record: PaperRecord) -> str:
    """The title as LaTeX, with braces around words whose capitals a style must not lower: those with a capital inside ("mRNA", "DNA"),
    and in a title that is not written with capitals throughout, every word with one but the first."""
    tex = from_markup(record.title)
    words = re.findall(r"[^\W\d_]{4,}", plain(record.title).strip().partition(" ")[2])
    is_in_sentence_case = sum(word[0].isupper() for word in words) * 2 <= len(words)
    first = True

    def guarded(match: re.Match[str]) -> str:
        nonlocal first
        word, was_first, first = match[0], first, False
        has_inner = any(c.isupper() for c in word[1:])
        return f"{{{word}}}" if has_inner or (word[0].isupper() and is_in_sentence_case and not was_first) else word

    # Only text outside commands and formulas is touched.
    pieces = re.split(r"(\$[^$]*\$|\\[a-zA-Z]+(?:\{[^{}]*\})?|\\.)", tex)
    return parts.line("".join(piece if n % 2 else _WORD.sub(guarded, piece) for n, piece in enumerate(pieces)))


def _keywords(record: PaperRecord) -> str:
    terms = parts.keywords(record)
    between = "; " if any("," in term or "\uff0c" in term for term in terms) else ", "
    return escaped(between.join(terms))


def _address(value: str, resolver: str = "") -> str:
    """A DOI or address as BibTeX can hold it: what would break the field is percent-encoded, a DOI then written with its resolver."""
    if not _NOT_IN_ADDRESSES.search(value):
        return value
    if resolver:
        return resolver + quote(value, safe="/:;()[]!*',.-_=+@&?")
    return _NOT_IN_ADDRESSES.sub(lambda match: match[0] if match[0] in "%#~" else quote(match[0]), value)
