"""Our own JSON lines: one `PaperRecord.to_json()` a line, what an export writes.

Nothing in it is trusted for having our form: identifiers are checked, markup goes through the allow-list, addresses must be web addresses.
A record that an export wrote comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, TypeVar

from ..core.text import message, squeezed
from ..papers.identifiers import normalised, normalised_doi, normalised_pmid, normalised_ror
from ..papers.record import IDENTIFIER_KINDS, KEYWORD_KINDS, RELATION_KINDS, TYPES, Author, Funding, Keyword, PaperRecord, Section, Summary
from .collecting import EMAIL, add_identifier, add_issn, orcid_of
from .dates import partial_date
from .json_stream import json_objects
from .languages import language_code
from .markup import sanitised
from .reading import Read, finished, shortened

T = TypeVar("T")

_ROLES = ("author", "editor", "translator")
_PARTIAL_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
# Names of sources are our own short words.
_LONGEST_SOURCE = 40
# RFC 5321, 4.5.3.1.3, without the angle brackets.
_LONGEST_EMAIL = 254


def read(stream: BinaryIO) -> Iterator[Read]:
    """Every record of the file, in order."""
    for where, found, reason in json_objects(stream):
        if found is None:
            yield Read(where, None, reason)
            continue
        try:
            record = PaperRecord.from_json(found)
        except ValueError as error:
            yield Read(where, None, message("this is not a record of ours: %(error)s", error=shortened(str(error), 200)))
            continue
        _check(record)
        yield finished(where, record)


def _check(record: PaperRecord) -> None:
    """Puts every value into its one written form; what is not what it should be is left out with a remark."""
    record.source = squeezed(record.source)[:_LONGEST_SOURCE] or "jsonl"
    record.source_key = squeezed(record.source_key)
    if record.type not in TYPES:
        _leave_out(record, record.type, "type")
        record.type = "other"
    _check_words(record)
    for name in ("publisher", "volume", "issue", "pages", "published_label", "licence", "funding_text"):
        setattr(record, name, squeezed(getattr(record, name)))
    record.published = _date(record, record.published, "published")
    record.revised = _date(record, record.revised, "revised")
    if record.licence.partition(":")[0].lower() in ("javascript", "data", "vbscript"):
        _leave_out(record, record.licence, "licence")
        record.licence = ""
    record.full_text_url = _checked(record, record.full_text_url, normalised("url", record.full_text_url), "full_text_url")
    _check_identifiers(record)
    for author in record.authors:
        _check_author(record, author)
    record.authors = [author for author in record.authors if author.name]
    _check_keywords(record)
    for funding in record.funding:
        _check_funding(record, funding)
    record.funding = [funding for funding in record.funding if funding.name]
    _check_links(record)


def _leave_out(record: PaperRecord, value: str, field: str) -> None:
    record.remarks.append(message("%(value)s is not valid in the field %(field)s; left out", value=shortened(value.strip()), field=field))


def _checked(record: PaperRecord, value: str, found: str | None, field: str) -> str:
    if found is None and value.strip():
        _leave_out(record, value, field)
    return found or ""


def _date(record: PaperRecord, text: str, field: str) -> str:
    """As much of a date as is one."""
    match = _PARTIAL_DATE.fullmatch(text.strip())
    found = partial_date(*match.groups()) if match else ""
    if found != text.strip():
        _leave_out(record, text, field)
    return found


def _check_words(record: PaperRecord) -> None:
    record.language = _checked(record, record.language, language_code(record.language) or None, "language")
    record.title = sanitised(record.title)
    record.titles = {language: title for language, markup in _by_language(record, "titles", record.titles).items() if (title := sanitised(markup))}
    abstracts: dict[str, list[Section]] = {}
    for language, sections in _by_language(record, "abstracts", record.abstracts, unknown="und").items():
        cleaned = [Section(sanitised(section.html), squeezed(section.label)) for section in sections]
        if kept := [section for section in cleaned if section.html]:
            abstracts[language] = kept
    record.abstracts = abstracts
    given = _by_language(record, "summaries", record.summaries)
    summaries = {language: Summary(squeezed(summary.text), squeezed(summary.by)) for language, summary in given.items()}
    record.summaries = {language: summary for language, summary in summaries.items() if summary.text}


def _by_language(record: PaperRecord, field: str, values: dict[str, T], unknown: str = "") -> dict[str, T]:
    found: dict[str, T] = {}
    for name, value in values.items():
        language = language_code(name) or unknown
        if not language:
            _leave_out(record, name, field)
        else:
            found.setdefault(language, value)
    return found


def _check_identifiers(record: PaperRecord) -> None:
    given, record.identifiers = record.identifiers, {}
    for kind, values in given.items():
        if kind not in IDENTIFIER_KINDS:
            _leave_out(record, kind, "identifiers")
            continue
        for value in values:
            add_identifier(record, kind, value)
    journal = record.journal
    journal.name, journal.abbreviation = squeezed(journal.name), squeezed(journal.abbreviation)
    issns, journal.issns = journal.issns, []
    for issn in issns:
        add_issn(record, issn)


def _check_author(record: PaperRecord, author: Author) -> None:
    for name in ("name", "family", "given", "suffix", "other_name"):
        setattr(author, name, squeezed(getattr(author, name)))
    if not author.name:
        author.name = f"{author.given} {author.family}".strip()
    if author.orcid:
        author.orcid = orcid_of(record, author.orcid)
    is_email = len(author.email) <= _LONGEST_EMAIL and EMAIL.fullmatch(author.email)
    author.email = _checked(record, author.email, author.email if is_email else None, "authors.email")
    if author.role not in _ROLES:
        _leave_out(record, author.role, "authors.role")
        author.role = "author"
    for affiliation in author.affiliations:
        affiliation.name = squeezed(affiliation.name)
        affiliation.ror = _ror(record, affiliation.ror, "authors.affiliations.ror")
    author.affiliations = [affiliation for affiliation in author.affiliations if affiliation.name]


def _ror(record: PaperRecord, text: str, field: str) -> str:
    return _checked(record, text, normalised_ror(text) if text else None, field)


def _check_keywords(record: PaperRecord) -> None:
    kept: list[Keyword] = []
    for keyword in record.keywords:
        keyword.term, keyword.qualifier = squeezed(keyword.term), squeezed(keyword.qualifier)
        if keyword.kind not in KEYWORD_KINDS:
            _leave_out(record, keyword.kind, "keywords.kind")
        elif keyword.term:
            kept.append(keyword)
    record.keywords = kept


def _check_funding(record: PaperRecord, funding: Funding) -> None:
    funding.name = squeezed(funding.name)
    funding.doi = _checked(record, funding.doi, normalised_doi(funding.doi), "funding.doi")
    funding.ror = _ror(record, funding.ror, "funding.ror")
    funding.awards = [award for found in funding.awards if (award := squeezed(found))]


def _check_links(record: PaperRecord) -> None:
    for reference in record.references:
        reference.text = squeezed(reference.text)
        reference.doi = _checked(record, reference.doi, normalised_doi(reference.doi), "references.doi")
        reference.pmid = _checked(record, reference.pmid, normalised_pmid(reference.pmid), "references.pmid")
    record.references = [reference for reference in record.references if reference.text or reference.doi or reference.pmid]
    kept = []
    for relation in record.relations:
        if relation.kind not in RELATION_KINDS:
            _leave_out(record, relation.kind, "relations.kind")
            continue
        relation.doi = _checked(record, relation.doi, normalised_doi(relation.doi), "relations.doi")
        relation.pmid = _checked(record, relation.pmid, normalised_pmid(relation.pmid), "relations.pmid")
        relation.arxiv = _checked(record, relation.arxiv, normalised("arxiv", relation.arxiv), "relations.arxiv")
        relation.on = _date(record, relation.on, "relations.on")
        relation.note = squeezed(relation.note)
        if relation.doi or relation.pmid or relation.arxiv or relation.note:
            kept.append(relation)
    record.relations = kept
