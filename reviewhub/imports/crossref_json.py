"""Crossref's REST JSON: a work, a list, a message envelope, JSON lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ..core.text import message, plain, squeezed
from ..papers.identifiers import dois_in, normalised_arxiv, normalised_doi, normalised_ror
from ..papers.names import is_cjk_name, named, read_name
from ..papers.record import Author, Funding, PaperRecord, Reference, Relation
from .collecting import add_affiliation, add_identifier, add_issn, add_keywords, key_of, orcid_of, put_abstract, put_titles
from .dates import partial_date
from .json_stream import json_objects
from .languages import guessed_language, language_code
from .markup import from_html, from_jats
from .reading import Read, finished, shortened
from .shapes import date_parts, object_of, objects_of, text_of, texts_of

_TYPES = {
    "journal-article": "article", "proceedings-article": "conference-paper", "book-chapter": "book-chapter", "book-section": "book-chapter",
    "book-part": "book-chapter", "book-track": "book-chapter", "book": "book", "monograph": "book", "edited-book": "book", "reference-book": "book",
    "book-set": "book", "book-series": "book", "proceedings": "book", "posted-content": "preprint", "report": "report", "report-component": "report",
    "report-series": "report", "standard": "standard", "dataset": "dataset", "database": "dataset", "dissertation": "thesis", "peer-review": "peer-review",
    "reference-entry": "reference-entry",
}  # fmt: skip
_POSTED = {
    "preprint": "preprint",
    "": "preprint",
    "working_paper": "report",
    "report": "report",
    "dissertation": "thesis",
    "letter": "letter",
    "blog": "webpage",
}
# What an update does to the work it names, and what that makes of the work that carries it.
_UPDATES = {
    "retraction": ("retracts", "retraction"), "partial_retraction": ("corrects", "correction"), "removal": ("withdraws", "retraction"),
    "withdrawal": ("withdraws", "retraction"), "correction": ("corrects", "correction"), "corrigendum": ("corrects", "correction"),
    "erratum": ("corrects", "correction"), "addendum": ("corrects", "correction"), "clarification": ("corrects", "correction"),
    "expression_of_concern": ("expresses-concern-about", "expression-of-concern"), "new_version": ("updates", ""), "new_edition": ("updates", ""),
    "interim_update": ("updates", ""),
}  # fmt: skip
_NOTICE_ORDER = ("retraction", "expression-of-concern", "correction")
# Our kind of relation, and whether the work that carries it is the FROM end.
_RELATIONS = {
    "is-preprint-of": ("is-preprint-of", True), "has-preprint": ("is-preprint-of", False), "is-version-of": ("is-version-of", True),
    "has-version": ("is-version-of", False), "is-manuscript-of": ("is-version-of", True), "has-manuscript": ("is-version-of", False),
    "is-identical-to": ("is-version-of", True), "is-same-as": ("is-version-of", True), "is-expression-of": ("is-version-of", True),
    "has-expression": ("is-version-of", False), "is-variant-form-of": ("is-version-of", True), "is-review-of": ("reviews", True),
    "has-review": ("reviews", False), "is-comment-on": ("comments-on", True), "has-comment": ("comments-on", False), "is-reply-to": ("comments-on", True),
    "has-reply": ("comments-on", False), "is-supplement-to": ("supplements", True), "is-supplemented-by": ("supplements", False),
    "is-part-of": ("is-part-of", True), "has-part": ("is-part-of", False), "is-component-of": ("is-part-of", True),
    "is-translation-of": ("is-translation-of", True), "has-translation": ("is-translation-of", False), "replaces": ("updates", True),
    "is-replaced-by": ("updates", False), "is-continuation-of": ("updates", True), "continues": ("updates", True), "is-continued-by": ("updates", False),
}  # fmt: skip
_DATES = ("published-print", "published-online", "published", "issued", "published-other", "posted")
_LICENCE_ORDER = {"vor": 0, "unspecified": 1, "am": 2, "tdm": 3}
_NOTICE_TITLE = re.compile(
    r"(?:(retraction(?: notice| note)?|withdrawal notice)|(expression of concern)|((?:author |publisher )?(?:correction|corrigendum|erratum)|addendum))\b"
    r"\s*(?:to|for)?\s*[:：“\"]",
    re.IGNORECASE,
)
_CREATIVE_COMMONS = "creativecommons.org/"


def read(stream: BinaryIO) -> Iterator[Read]:
    """Every work of the file, in order."""
    for where, found, reason in json_objects(stream):
        if found is None:
            yield Read(where, None, reason)
            continue
        record = _record_of(found)
        doi = record.identifier("doi")
        yield finished(f"{where}, DOI {doi}" if doi else where, record)


def _record_of(work: dict[str, Any]) -> PaperRecord:
    record = PaperRecord(source="crossref", language=language_code(text_of(work.get("language"))))
    doi = text_of(work.get("DOI"))
    if doi:
        add_identifier(record, "doi", doi)
        if "arxiv" in doi.lower() and (arxiv := normalised_arxiv(doi)):
            add_identifier(record, "arxiv", arxiv)
    for isbn in texts_of(work.get("ISBN")):
        add_identifier(record, "isbn", isbn.rpartition("/")[2])
    _put_titles(record, work)
    _put_abstract(record, work)
    _put_journal(record, work)
    record.published = _published(work)
    record.revised = partial_date(*_three(date_parts(work.get("deposited"))))
    _put_authors(record, work)
    add_keywords(record, (_bare(text) for text in texts_of(work.get("subject"))), "subject")
    _put_licence(record, work)
    record.funding = [funding for found in objects_of(work.get("funder")) if (funding := _funding_of(found))]
    record.references = [reference for found in objects_of(work.get("reference")) if (reference := _reference_of(found))]
    _put_relations(record, work)
    record.type = _type_of(record, work)
    record.source_key = key_of(record, "doi")
    return record


def _bare(text: str) -> str:
    """Text of a field that should be plain but holds entities or markup at times."""
    return plain(from_html(text)) if "&" in text or "<" in text else text


def _type_of(record: PaperRecord, work: dict[str, Any]) -> str:
    notices = {
        _UPDATES[kind][1]
        for found in objects_of(work.get("update-to"))
        if (kind := _update_kind(found)) in _UPDATES and normalised_doi(text_of(found.get("DOI"))) != record.identifier("doi")
    }
    for notice in _NOTICE_ORDER:
        if notice in notices:
            return notice
    kind = text_of(work.get("type"))
    if kind == "posted-content":
        return _POSTED.get(text_of(work.get("subtype")), "other")
    if kind == "journal-article":
        match = _NOTICE_TITLE.match(plain(record.title))
        if match:
            return _NOTICE_ORDER[(match.lastindex or 1) - 1]
    return _TYPES.get(kind, "other")


# -- Titles and abstract


def _put_titles(record: PaperRecord, work: dict[str, Any]) -> None:
    titles = _titles(work.get("title"))
    originals = [title for title in _titles(work.get("original-title")) if title not in titles]
    title = titles[0] if titles else ""
    subtitle = next(iter(_titles(work.get("subtitle"))), "")
    if title and subtitle and plain(subtitle).casefold() not in plain(title).casefold():
        title = f"{title}{' ' if title[-1] in ':?!.–—' else ': '}{subtitle}"
    if not title and originals:
        title = originals.pop(0)
    if not title:
        return
    if originals and guessed_language(plain(title)) == "en" and guessed_language(plain(originals[0])) != "en":
        # The title is a translation, the original one is the work's own. Which language that is, the record may not say ("en" is a default there).
        translated, title = title, originals.pop(0)
        record.language = guessed_language(plain(title)) or (record.language if record.language != "en" else "")
        put_titles(record, title, translated, *titles[1:])
        if record.language:
            record.titles.setdefault(record.language, title)
        return
    put_titles(record, title, *titles[1:], *originals)


def _titles(value: Any) -> list[str]:
    return [found for text in texts_of(value) if (found := from_html(text))]


def _put_abstract(record: PaperRecord, work: dict[str, Any]) -> None:
    text = work.get("abstract")
    if not isinstance(text, str) or not text.strip():
        return
    put_abstract(record, from_jats(text))


# -- Where and when


def _put_journal(record: PaperRecord, work: dict[str, Any]) -> None:
    containers = [_bare(text) for text in texts_of(work.get("container-title"))]
    issns = texts_of(work.get("ISSN"))
    for issn in issns:
        add_issn(record, issn.rpartition("/")[2])
    journal = record.journal
    if containers:
        # Chapters name their series and their book. An ISSN belongs to the series, so the name beside it must be the series' too.
        journal.name = containers[0] if issns else containers[-1]
    elif text_of(work.get("type")) == "posted-content":
        journal.name = _bare(text_of(object_of(work.get("institution")).get("name")))
    abbreviation = _bare(text_of(work.get("short-container-title")) or text_of(work.get("container-title-short")))
    journal.abbreviation = abbreviation if abbreviation != journal.name else ""
    record.publisher = _bare(text_of(work.get("publisher")))
    record.volume = text_of(work.get("volume"))
    record.issue = text_of(work.get("issue"))
    record.pages = text_of(work.get("page")) or text_of(work.get("article-number"))


def _published(work: dict[str, Any]) -> str:
    """The earliest date of publication; a date that says no more than the year or month of a fuller one gives way to it."""
    found = [date for name in _DATES if name in work and (date := partial_date(*_three(date_parts(work.get(name)))))]
    if not found and text_of(work.get("type")) == "dissertation":
        found = [date for name in ("approved", "accepted") if (date := partial_date(*_three(date_parts(work.get(name)))))]
    return min(found, key=_as_late_as_it_may_be, default="")


def _as_late_as_it_may_be(date: str) -> str:
    return date + "-99-99"[len(date) - 4 :] if len(date) < 10 else date


def _three(parts: list[str]) -> tuple[str, str | None, str | None]:
    return (parts[0] if parts else "", parts[1] if len(parts) > 1 else None, parts[2] if len(parts) > 2 else None)


def _put_licence(record: PaperRecord, work: dict[str, Any]) -> None:
    licences = [(text_of(found.get("content-version")), text_of(found.get("URL"))) for found in objects_of(work.get("license"))]
    licences = [(version, url) for version, url in licences if url.startswith(("http://", "https://"))]
    if not licences:
        return
    # A Creative Commons licence is about the reader; the others often only about machines that mine text.
    record.licence = min(licences, key=lambda found: (_CREATIVE_COMMONS not in found[1], _LICENCE_ORDER.get(found[0], 4)))[1]
    if _CREATIVE_COMMONS in record.licence:
        record.full_text_url = _open_link(work)


def _open_link(work: dict[str, Any]) -> str:
    """An address of the full text of a freely licensed work: the page of the publisher's version, else its PDF, else where the DOI leads."""
    links = [
        (text_of(found.get("content-type")), text_of(found.get("URL")))
        for found in objects_of(work.get("link"))
        if text_of(found.get("content-version")) in ("vor", "") and text_of(found.get("intended-application")) != "similarity-checking"
    ]
    for wanted in ("text/html", "application/pdf"):
        for kind, url in links:
            if kind == wanted and url.startswith(("http://", "https://")) and "api." not in url:
                return url
    primary = text_of(object_of(object_of(work.get("resource")).get("primary")).get("URL"))
    return primary if primary.startswith(("http://", "https://")) else ""


# -- People


def _put_authors(record: PaperRecord, work: dict[str, Any]) -> None:
    # The editor of an article is who handled it at the journal, no part of its byline.
    is_in_book = text_of(work.get("type")) not in ("journal-article", "posted-content", "peer-review", "dataset", "component")
    for role, field in (("author", "author"), ("editor", "editor"), ("translator", "translator")):
        if role == "editor" and not is_in_book:
            continue
        for found in objects_of(work.get(field)):
            author = _author_of(record, found, role)
            if author is not None:
                record.authors.append(author)


def _author_of(record: PaperRecord, found: dict[str, Any], role: str) -> Author | None:
    family, given, whole = _bare(text_of(found.get("family"))), _bare(text_of(found.get("given"))), _bare(text_of(found.get("name")))
    if family or given:
        name = named(family, given, text_of(found.get("suffix")))
        author = Author(name.name, name.family, name.given, name.suffix, name.other_name, role=role)
    elif whole and is_cjk_name(whole) and len(whole) <= 4 and (person := read_name(whole)):
        author = Author(person.name, person.family, person.given, role=role)
    elif whole:
        author = Author(whole, role=role, is_group=True)
    else:
        return None
    orcid = text_of(found.get("ORCID"))
    if orcid:
        author.orcid = orcid_of(record, orcid)
    for place in objects_of(found.get("affiliation")):
        add_affiliation(author, _affiliation_name(place), _ror_of(place))
    return author


def _affiliation_name(place: dict[str, Any]) -> str:
    name = text_of(place.get("name"))
    if len(place) > 1:
        name = ", ".join(part for part in (*texts_of(place.get("department")), name, *texts_of(place.get("place"))) if part)
    return _bare(name)


def _ror_of(found: dict[str, Any]) -> str:
    for name in objects_of(found.get("id")):
        if text_of(name.get("id-type")).upper() == "ROR" and (ror := normalised_ror(text_of(name.get("id")))):
            return ror
    return ""


# -- Funding, references, relations


def _funding_of(found: dict[str, Any]) -> Funding | None:
    name = _bare(text_of(found.get("name")))
    if not name:
        return None
    funding = Funding(name, normalised_doi(text_of(found.get("DOI"))) or "", _ror_of(found))
    for award in texts_of(found.get("award")):
        if award not in funding.awards:
            funding.awards.append(award)
    return funding


def _reference_of(found: dict[str, Any]) -> Reference | None:
    text = _bare(text_of(found.get("unstructured"))) or _composed(found)
    doi = text_of(found.get("DOI"))
    known = normalised_doi(doi) or "" if doi else ""
    if not known and "10." in text:
        dois = dois_in(text)
        known = dois[0] if len(dois) == 1 else ""
    return Reference(text, known) if text or known else None


def _composed(found: dict[str, Any]) -> str:
    """A reference put together from its parts: author (year) title. journal volume(issue), page."""
    get = {name: _bare(text_of(value)) for name, value in found.items() if not isinstance(value, dict)}
    head = " ".join(part for part in (get.get("author"), f"({get['year']})" if get.get("year") else "") if part)
    title = get.get("article-title") or get.get("volume-title") or ""
    place = next((get[name] for name in ("journal-title", "volume-title", "series-title", "standard-designator") if get.get(name) and get[name] != title), "")
    numbers = (get.get("volume") or "") + (f"({get['issue']})" if get.get("issue") else "")
    page = get.get("first-page") or ""
    tail = ", ".join(part for part in (" ".join(part for part in (place, numbers) if part), page) if part)
    return squeezed(". ".join(part.rstrip(".") for part in (head, title, tail) if part))


def _update_kind(found: dict[str, Any]) -> str:
    return text_of(found.get("type")).lower().replace("-", "_").replace(" ", "_")


def _put_relations(record: PaperRecord, work: dict[str, Any]) -> None:
    own = record.identifier("doi")
    seen = set()
    for field, is_from in (("update-to", True), ("updated-by", False)):
        for found in objects_of(work.get(field)):
            kind = _update_kind(found)
            doi = normalised_doi(text_of(found.get("DOI")))
            if doi is None:
                record.remarks.append(message("%(value)s is not a valid DOI; left out", value=shortened(text_of(found.get("DOI")) or "-")))
            elif doi != own and kind in _UPDATES and (_UPDATES[kind][0], is_from, doi) not in seen:
                seen.add((_UPDATES[kind][0], is_from, doi))
                on = partial_date(*_three(date_parts(found.get("updated"))))
                record.relations.append(Relation(_UPDATES[kind][0], is_from, doi, on=on, note=text_of(found.get("label"))))
    for name, others in object_of(work.get("relation")).items():
        if name not in _RELATIONS:
            continue
        kind, is_from = _RELATIONS[name]
        for found in objects_of(others):
            relation = _relation_to(kind, is_from, text_of(found.get("id-type")), text_of(found.get("id")))
            if relation and relation.doi != (own or None) and (kind, is_from, relation.doi or relation.pmid or relation.arxiv) not in seen:
                seen.add((kind, is_from, relation.doi or relation.pmid or relation.arxiv))
                record.relations.append(relation)


def _relation_to(kind: str, is_from: bool, id_type: str, value: str) -> Relation | None:
    arxiv = normalised_arxiv(value) if id_type == "arxiv" or "arxiv" in value.lower() else None
    if arxiv:
        return Relation(kind, is_from, arxiv=arxiv)
    if id_type == "pmid" and value.isdigit():
        return Relation(kind, is_from, pmid=value)
    doi = normalised_doi(value) if id_type == "doi" else None
    return Relation(kind, is_from, doi) if doi else None
