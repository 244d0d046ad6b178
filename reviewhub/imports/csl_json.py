"""CSL-JSON: what citation processors read and reference managers write; also what doi.org answers, which mixes in Crossref's shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ..core.text import message, plain, squeezed
from ..papers.identifiers import normalised_arxiv
from ..papers.names import Name, is_cjk_name, is_group_name, named, read_name
from ..papers.record import Author, PaperRecord, Section
from .collecting import (
    add_affiliation,
    add_dois,
    add_identifier,
    add_issn,
    add_keywords,
    key_of,
    orcid_of,
    put_abstract,
    put_titles,
    settle_arxiv,
    without_emails,
)
from .dates import partial_date, read_date, season_name
from .json_stream import json_objects
from .languages import language_code
from .markup import from_html, from_jats
from .reading import Read, finished
from .shapes import date_parts, object_of, text_of, texts_of

_TYPES = {
    "article": "preprint", "article-journal": "article", "article-magazine": "article", "article-newspaper": "news", "book": "book",
    "chapter": "book-chapter", "classic": "book", "collection": "book", "dataset": "dataset", "document": "other", "entry": "reference-entry",
    "entry-dictionary": "reference-entry", "entry-encyclopedia": "reference-entry", "manuscript": "other", "paper-conference": "conference-paper",
    "patent": "patent", "periodical": "other", "post": "webpage", "post-weblog": "webpage", "report": "report", "review": "review", "review-book": "other",
    "software": "software", "standard": "standard", "thesis": "thesis", "webpage": "webpage", "speech": "conference-paper",
    # Crossref's and DataCite's own words, which doi.org lets through.
    "journal-article": "article", "book-chapter": "book-chapter", "monograph": "book", "edited-book": "book", "proceedings-article": "conference-paper",
    "posted-content": "preprint", "dissertation": "thesis", "peer-review": "peer-review", "reference-entry": "reference-entry", "component": "other",
}  # fmt: skip
_ROLES = (("author", "author"), ("editor", "editor"), ("container-author", "editor"), ("translator", "translator"))
# Reference managers keep what the format has no field for as "name: value" lines in the note.
_NOTE_LINE = re.compile(r"^[ \t]{0,8}(DOI|PMID|PMCID|arXiv|ISSN|ISBN|original-title)[ \t]{0,8}:(.+)$", re.IGNORECASE | re.MULTILINE)
_MARKUP = re.compile(r"<(?:jats:|/?[a-zA-Z])")


def read(stream: BinaryIO) -> Iterator[Read]:
    """Every item of the file, in order."""
    for where, found, reason in json_objects(stream):
        if found is None:
            yield Read(where, None, reason)
            continue
        if not _is_item(found):
            yield Read(where, None, message("this is not a CSL-JSON item: it has neither a type nor any other field of one"))
            continue
        name = text_of(found.get("id"))
        yield finished(f"{where}, {name[:80]}" if name else where, _record_of(found))


def _is_item(found: dict[str, Any]) -> bool:
    return any(field in found for field in ("type", "issued", "container-title", "author", "DOI", "title"))


def _record_of(item: dict[str, Any]) -> PaperRecord:
    record = PaperRecord(source="csl-json", type=_type_of(item), language=language_code(text_of(item.get("language"))))
    note = {match[1].lower(): match[2].strip() for match in _NOTE_LINE.finditer(item["note"])} if isinstance(item.get("note"), str) else {}
    title = text_of(item.get("title"))
    if not title and record.type == "book":
        title = text_of(item.get("container-title"))
    original = text_of(item.get("original-title")) or note.get("original-title", "")
    put_titles(record, from_html(title), from_html(original))
    _put_abstract(record, item.get("abstract"))
    _put_identifiers(record, item, note)
    _put_journal(record, item)
    record.published, record.published_label = _issued(item)
    for field, role in _ROLES:
        for found in _names(item.get(field)):
            author = _author_of(record, found, role)
            if author is not None:
                record.authors.append(author)
    add_keywords(record, _keywords_of(item.get("keyword") or item.get("keywords")))
    add_keywords(record, (_bare(text) for value in (item.get("categories"), item.get("subject")) for text in texts_of(value)), "subject")
    licence = text_of(object_of(item.get("license")).get("URL")) or text_of(item.get("license"))
    record.licence = licence or text_of(item.get("copyright"))
    settle_arxiv(record)
    record.source_key = key_of(record, "doi", "pmid", "arxiv")
    return record


def _bare(text: str) -> str:
    return plain(from_html(text)) if "&" in text or "<" in text else text


def _type_of(item: dict[str, Any]) -> str:
    kind = _TYPES.get(text_of(item.get("type")).lower(), "other")
    genre = text_of(item.get("genre")).lower()
    if "preprint" in genre or (kind == "preprint" and text_of(item.get("container-title")) and text_of(item.get("volume"))):
        return "preprint" if "preprint" in genre else "article"  # "article" is a preprint in CSL 1.0.2, was any article before
    if "thesis" in genre or "dissertation" in genre:
        return "thesis"
    return kind


def _put_abstract(record: PaperRecord, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        return
    if _MARKUP.search(value):
        put_abstract(record, from_jats(value))
    else:
        put_abstract(record, [Section("\n\n".join(found for part in re.split(r"\n\s*\n", value) if (found := from_html(part))))])


def _put_identifiers(record: PaperRecord, item: dict[str, Any], note: dict[str, str]) -> None:
    add_dois(record, text_of(item.get("DOI")) or note.get("doi", ""))
    add_identifier(record, "pmid", text_of(item.get("PMID")) or note.get("pmid", ""))
    add_identifier(record, "pmcid", text_of(item.get("PMCID")) or note.get("pmcid", ""))
    for isbn in [*texts_of(item.get("ISBN")), note.get("isbn", "")]:
        for part in re.split(r"[;,]\s*|\s+(?=97[89])", isbn):
            add_identifier(record, "isbn", part.rpartition("/")[2])
    for issn in [*texts_of(item.get("ISSN")), note.get("issn", "")]:
        for part in re.split(r"[;,\s]+", issn):
            add_issn(record, part.rpartition("/")[2])
    address = text_of(item.get("URL"))
    for text in (
        note.get("arxiv", ""),
        text_of(item.get("number")),
        text_of(item.get("archive_location")),
        text_of(item.get("container-title")),
        address,
        record.identifier("doi"),
    ):
        if "arxiv" in text.lower() and (arxiv := normalised_arxiv(text)):
            add_identifier(record, "arxiv", arxiv)
    if address.startswith(("http://", "https://")) and "doi.org/" not in address and "arxiv.org/" not in address:
        add_identifier(record, "url", address)


def _put_journal(record: PaperRecord, item: dict[str, Any]) -> None:
    journal = record.journal
    names = [_bare(text) for text in texts_of(item.get("container-title"))]
    journal.name = names[0] if names else _bare(text_of(item.get("collection-title")))
    if record.type == "book" and plain(record.title) == journal.name:
        journal.name = ""
    short = _bare(text_of(item.get("container-title-short")) or text_of(item.get("journalAbbreviation")) or text_of(item.get("short-container-title")))
    journal.abbreviation = short if short != journal.name else ""
    record.publisher = without_emails(_bare(text_of(item.get("publisher"))))
    record.volume = text_of(item.get("volume"))
    record.issue = text_of(item.get("issue"))
    if not record.issue and record.type in ("report", "standard", "patent"):
        record.issue = text_of(item.get("number"))
    record.pages = text_of(item.get("page")) or text_of(item.get("article-number"))
    if not record.pages and record.type == "article":
        record.pages = text_of(item.get("number"))
    first = text_of(item.get("page-first"))
    record.pages = record.pages or first


def _issued(item: dict[str, Any]) -> tuple[str, str]:
    for field in ("issued", "published-print", "published-online", "published", "available-date"):
        value = item.get(field)
        if isinstance(value, str | int):
            found = read_date(text_of(value))
        elif isinstance(value, dict):
            found = _date_of(value)
        else:
            continue
        if found[0] or found[1]:
            return found
    return "", ""


def _date_of(value: dict[str, Any]) -> tuple[str, str]:
    parts = date_parts(value)
    date = partial_date(*[*parts, None, None][:3]) if parts else ""
    if not date:
        for field in ("raw", "literal"):
            if text := text_of(value.get(field)):
                return read_date(text)
        return "", " ".join(parts)
    season = text_of(value.get("season"))
    if season and len(date) == 4:
        return date, f"{date} {season_name(season)}"
    if value.get("circa") and value["circa"] not in ("0", "false"):
        return date, f"c. {date}"
    return date, ""


# -- People


def _names(value: Any) -> list[dict[str, Any]]:
    """The names of a field; bare strings, which some writers put there, as literals."""
    if isinstance(value, list):
        return [found if isinstance(found, dict) else {"literal": found} for found in value]
    return [value] if isinstance(value, dict) else [{"literal": value}] if isinstance(value, str) else []


def _author_of(record: PaperRecord, found: dict[str, Any], role: str) -> Author | None:
    name = _name_of(found)
    if name is None:
        return None
    person, is_group = name
    author = Author(person.name, person.family, person.given, person.suffix, person.other_name, role=role, is_group=is_group)
    for field in ("ORCID", "orcid"):
        if text := text_of(found.get(field)):
            author.orcid = orcid_of(record, text)
    for place in found["affiliation"] if isinstance(found.get("affiliation"), list) else [found.get("affiliation")]:
        add_affiliation(author, _bare(text_of(place.get("name")) if isinstance(place, dict) else text_of(place)))
    return author


def _name_of(found: dict[str, Any]) -> tuple[Name, bool] | None:
    family, given = _bare(text_of(found.get("family"))), _bare(text_of(found.get("given")))
    if family or given:
        before = " ".join(part for part in (text_of(found.get("non-dropping-particle")), text_of(found.get("dropping-particle"))) if part)
        if before:
            family = f"{before}{'' if before.endswith(('’', chr(39))) else ' '}{family}"
        if not given and not is_cjk_name(family) and len(family.split()) > 2:  # a whole organisation in the field for family names
            return Name(family), True
        return named(family, given, text_of(found.get("suffix"))), False
    literal = _bare(text_of(found.get("literal")) or text_of(found.get("name")))
    if not literal:
        return None
    if (is_cjk_name(literal) and len(re.sub(r"\s", "", literal)) <= 4) or literal.count(",") == 1:
        person = read_name(literal)
        return (person, False) if person else None
    person = read_name(literal)
    if person is None:
        return None
    # A literal is an organisation, unless an initial in it says otherwise.
    is_person = (
        1 < len(literal.split()) < 5 and any(len(word.rstrip(".")) == 1 and word[0].isupper() for word in literal.split()) and not is_group_name(literal)
    )
    return (person, False) if is_person else (Name(squeezed(literal)), True)


def _keywords_of(value: Any) -> list[str]:
    if isinstance(value, list):
        return texts_of(value)
    text = text_of(value)
    return re.split("[;；]", text) if ";" in text or "；" in text else re.split("[,，、]", text)
