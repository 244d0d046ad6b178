"""What a record page tells machines: schema.org JSON-LD, Highwire `citation_*` tags, and the addresses of its languages.

Data only; the template prints it. Everything is made from the `PaperRecord` behind the page, so people and machines read the same facts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ..papers.citation import parts
from ..papers.record import Author, Funding, PaperRecord

# A page lists thousands of authors in a few kilobytes; the same people three times over for machines would outweigh the page.
MOST_PEOPLE = 200
# Characters of the abstract that machines get; the page holds all of it.
MOST_ABSTRACT_CHARS = 5_000

_KINDS = {
    "book": "Book", "book-chapter": "Chapter", "thesis": "Thesis", "report": "Report", "dataset": "Dataset", "software": "SoftwareSourceCode",
    "webpage": "WebPage", "standard": "CreativeWork", "patent": "CreativeWork", "other": "CreativeWork", "peer-review": "Review",
}  # fmt: skip
_ADDRESSES = {
    "doi": "https://doi.org/{}", "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/", "pmcid": "https://pmc.ncbi.nlm.nih.gov/articles/{}/",
    "arxiv": "https://arxiv.org/abs/{}", "openalex": "https://openalex.org/{}",
}  # fmt: skip
# What would end a script element, begin a comment in one, or end a line of JavaScript of old.
_UNSAFE_IN_HTML = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Rating:
    """A paper's overall score for machines. Only an established one may be told (docs: what a number may claim)."""

    mean: float  # 0.5 to 5.0
    n_raters: int
    is_established: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A retraction, withdrawal, correction or expression of concern about the paper: its kind in `record.NOTICE_KINDS` and its address."""

    kind: str
    address: str = ""


def json_ld(record: PaperRecord, address: str, *, rating: Rating | None = None, notices: Iterable[Notice] = (), site_name: str = "reviewhub") -> dict[str, Any]:
    """The schema.org description of the work. `address` is the absolute address of its page; what is not known is left out."""
    journal = parts.line(record.journal.name)
    first, last = parts.page_range(record)
    notices = list(notices)
    is_retracted = any(notice.kind in ("retracts", "withdraws") for notice in notices)
    described = {
        "@context": "https://schema.org",
        "@type": _KINDS.get(record.type, "ScholarlyArticle") if not (record.type == "other" and journal) else "ScholarlyArticle",
        "@id": address,
        "url": address,
        "name": parts.title(record),
        "headline": parts.title(record),
        "alternateName": _other_titles(record),
        "genre": record.type,
        "inLanguage": record.language,
        "author": [_person(author) for author in parts.people(record)[:MOST_PEOPLE]],
        "editor": [_person(author) for author in parts.people(record, "editor")[:MOST_PEOPLE]],
        "translator": [_person(author) for author in parts.people(record, "translator")[:MOST_PEOPLE]],
        "datePublished": record.published,
        "publisher": _organisation(record.publisher),
        "isPartOf": _container(record),
        "pagination": parts.line(record.pages),
        "pageStart": first if last else "",
        "pageEnd": last,
        "identifier": [_property(kind, value) for kind, values in record.identifiers.items() if kind != "url" for value in values],
        "sameAs": same_as(record),
        "keywords": parts.keywords(record),
        "abstract": parts.abstract(record)[:MOST_ABSTRACT_CHARS],
        "description": next((parts.line(summary.text) for summary in record.summaries.values()), ""),
        "license": record.licence if record.licence.startswith(("https://", "http://")) else "",
        "isAccessibleForFree": True if record.full_text_url else None,
        "encoding": {"@type": "MediaObject", "contentUrl": record.full_text_url} if _is_address(record.full_text_url) else {},
        "funder": [found for funding in record.funding if (found := _funder(funding))],
        "funding": [
            {"@type": "Grant", "identifier": award} | ({"funder": funder} if (funder := _funder(funding)) else {})
            for funding in record.funding
            for award in funding.awards
        ],
        "creativeWorkStatus": "Retracted" if is_retracted else "Preprint" if record.type == "preprint" else "",
        "correction": [notice.address for notice in notices if notice.address],
        "includedInDataCatalog": {"@type": "DataCatalog", "name": site_name} if record.type == "dataset" else {},
        "aggregateRating": _rating(rating),
    }
    return {name: value for name, value in described.items() if value}


def profile_ld(
    name: str, address: str, *, other_names: Iterable[str] = (), orcids: Iterable[str] = (), links: Iterable[str] = (), affiliation: str = "", n_papers: int = 0
) -> dict[str, Any]:
    """The schema.org description of a claimed profile. ORCID iDs are authenticated ones; what is not known is left out."""
    person = {
        "@type": "Person",
        "@id": address,
        "name": parts.line(name),
        "alternateName": [found for one in other_names if (found := parts.line(one))],
        "url": address,
        "sameAs": [*(f"https://orcid.org/{orcid}" for orcid in orcids), *(link for link in links if _is_address(link))],
        "affiliation": _organisation(affiliation),
        "agentInteractionStatistic": {"@type": "InteractionCounter", "interactionType": "https://schema.org/WriteAction", "userInteractionCount": n_papers},
    }
    return {"@context": "https://schema.org", "@type": "ProfilePage", "url": address, "mainEntity": {name: value for name, value in person.items() if value}}


def as_script(described: dict[str, Any]) -> Markup:
    """JSON for the inside of a script element: no text in it can end the element, and it reads back as the same values."""
    return Markup(json.dumps(described, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE_IN_HTML))  # noqa: S704 - made safe by the table


def highwire(record: PaperRecord, address: str) -> list[tuple[str, str]]:
    """The `citation_*` tags that Google Scholar and reference managers read, as (name, content) in order."""
    first, last = parts.page_range(record)
    journal = parts.line(record.journal.name)
    full_text = record.full_text_url if _is_address(record.full_text_url) else ""
    tags = [("citation_title", parts.title(record))]
    for author in parts.people(record)[:MOST_PEOPLE]:
        tags.append(("citation_author", parts.line(author.name)))
        tags += [("citation_author_institution", parts.line(place.name)) for place in author.affiliations[:5]]
        if author.orcid:
            tags.append(("citation_author_orcid", f"https://orcid.org/{author.orcid}"))
    tags += [
        ("citation_publication_date", record.published.replace("-", "/")),
        (_container_tag(record), journal),
        ("citation_journal_abbrev", parts.line(record.journal.abbreviation)),
        ("citation_volume", parts.line(record.volume)),
        ("citation_issue", parts.line(record.issue)),
        ("citation_firstpage", first),
        ("citation_lastpage", last),
        ("citation_doi", record.identifier("doi")),
        ("citation_pmid", record.identifier("pmid")),
        ("citation_arxiv_id", record.identifier("arxiv")),
        *(("citation_issn", issn) for issn in record.journal.issns),
        *(("citation_isbn", isbn) for isbn in record.identifiers.get("isbn", ())),
        (_publisher_tag(record), parts.line(record.publisher)),
        ("citation_language", record.language),
        *(("citation_keywords", term) for term in parts.keywords(record)),
        ("citation_abstract_html_url", address),
        ("citation_pdf_url" if _is_pdf(full_text) else "citation_fulltext_html_url", full_text),
    ]
    return [(name, content) for name, content in tags if content]


def same_as(record: PaperRecord) -> list[str]:
    """Addresses of the same work elsewhere, the DOI first."""
    known = [_ADDRESSES[kind].format(value) for kind in _ADDRESSES for value in record.identifiers.get(kind, ())[:1]]
    return known + [url for url in record.identifiers.get("url", ()) if _is_address(url)]


def languages_of(site_url: str, path: str) -> list[tuple[str, str]]:
    """(hreflang, absolute address) of a page in every language and for readers of none. `path` is the English path with its query."""
    return [("en", site_url + path), ("zh-Hans", f"{site_url}/zh{path}"), ("x-default", site_url + path)]


def canonical(site_url: str, path: str, language: str) -> str:
    """The one address of a page in a language ("en" or "zh"). `path` is the English path."""
    return f"{site_url}/zh{path}" if language == "zh" else site_url + path


def _other_titles(record: PaperRecord) -> list[str]:
    own = parts.title(record)
    found = (parts.title(PaperRecord("", title=title)) for title in record.titles.values())
    return [title for title in dict.fromkeys(found) if title != own]


def _person(author: Author) -> dict[str, Any]:
    if author.is_group:
        return {"@type": "Organization", "name": parts.line(author.name)}
    described = {
        "@type": "Person",
        "name": parts.line(author.name),
        "familyName": parts.line(author.family),
        "givenName": parts.line(author.given),
        "honorificSuffix": parts.line(author.suffix),
        "alternateName": parts.line(author.other_name),
        "sameAs": f"https://orcid.org/{author.orcid}" if author.orcid else "",
        "affiliation": [found for place in author.affiliations if (found := _organisation(place.name, ror=place.ror))],
    }
    return {name: value for name, value in described.items() if value}


def _funder(funding: Funding) -> dict[str, str]:
    return _organisation(funding.name, doi=funding.doi, ror=funding.ror)


def _organisation(name: str, *, doi: str = "", ror: str = "") -> dict[str, str]:
    if not parts.line(name):
        return {}
    known = f"https://doi.org/{doi}" if doi else f"https://ror.org/{ror}" if ror else ""
    return {"@type": "Organization", "name": parts.line(name)} | ({"sameAs": known} if known else {})


def _container(record: PaperRecord) -> dict[str, Any]:
    """The journal, or the volume or issue within it; the book or proceedings of a part of one."""
    name = parts.line(record.journal.name)
    if not name and not record.journal.issns:
        return {}
    kind = "Book" if record.type in ("book-chapter", "reference-entry") else "PublicationVolume"
    if parts.is_in_journal(record) or record.journal.issns:
        kind = "Periodical"
    container: dict[str, Any] = {"@type": kind}
    if name:
        container["name"] = name
    if record.journal.issns:
        container["issn"] = record.journal.issns
    if record.volume and kind == "Periodical":
        container = {"@type": "PublicationVolume", "volumeNumber": parts.line(record.volume), "isPartOf": container}
    if record.issue and kind == "Periodical":
        container = {"@type": "PublicationIssue", "issueNumber": parts.line(record.issue), "isPartOf": container}
    return container


def _property(kind: str, value: str) -> dict[str, str]:
    described = {"@type": "PropertyValue", "propertyID": kind.upper(), "value": value}
    return described | ({"url": _ADDRESSES[kind].format(value)} if kind in _ADDRESSES else {})


def _rating(rating: Rating | None) -> dict[str, Any]:
    if rating is None or not rating.is_established:
        return {}
    return {"@type": "AggregateRating", "ratingValue": round(rating.mean, 2), "bestRating": 5, "worstRating": 0.5, "ratingCount": rating.n_raters}


def _container_tag(record: PaperRecord) -> str:
    if record.type == "conference-paper":
        return "citation_conference_title"
    return "citation_inbook_title" if record.type in ("book-chapter", "reference-entry") else "citation_journal_title"


def _publisher_tag(record: PaperRecord) -> str:
    return {"thesis": "citation_dissertation_institution", "report": "citation_technical_report_institution"}.get(record.type, "citation_publisher")


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _is_pdf(url: str) -> bool:
    path = url.split("?")[0].rstrip("/").lower()
    return path.endswith((".pdf", "/pdf"))
