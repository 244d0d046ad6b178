"""A merged record as rows of its tables: tuples in the order of the column names beside them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..core.text import plain, slug
from .names import Name
from .namesakes import namesake_key
from .naming import Names
from .record import Author, PaperRecord, Relation
from .rules import title_key, year_of

PAPER = (
    "id", "type", "language", "title", "title_key", "year", "published", "published_label", "journal_id", "publisher_id", "volume", "issue", "pages", "doi",
    "n_authors", "authors_line", "is_retracted", "has_concern", "is_corrected", "licence", "full_text_url", "version", "added_at", "changed_at", "titles",
    "summaries", "abstracts", "affiliations", "funding_text", "field_sources",
)  # fmt: skip
IDENTIFIER = ("kind", "value", "paper_id", "position")
AUTHORSHIP = (
    "paper_id", "position", "name", "name_key", "namesake_key", "family", "given", "suffix", "other_name", "orcid", "email", "role", "is_group",
    "is_corresponding", "is_equal", "affiliation_numbers",
)  # fmt: skip
KEYWORD = ("paper_id", "position", "keyword_id", "kind", "term", "qualifier", "is_major")
FUNDING = ("paper_id", "position", "funder_id", "name", "awards")
REFERENCE = ("paper_id", "position", "text", "doi", "pmid")
RELATION = ("told_by_id", "kind", "is_from", "other_key", "on", "note")
SOURCE = ("paper_id", "digest", "source", "source_key", "revised", "is_trusted", "added_at", "content")

# A list shows this many names of a paper; the rest are counted.
NAMES_IN_LINE = 6


def name_slug(name: str) -> str:
    """The address of the page of a printed name. A name of signs only is kept as it is."""
    return slug(name) or plain(name).strip()[:80].replace("/", "-") or "-"


def paper_values(record: PaperRecord, names: Names, field_sources: dict[str, str]) -> dict[str, Any]:
    """Columns of `Paper` but its id, version, times and marks of notices."""
    affiliations = number_affiliations(record.authors)
    authors = [a for a in record.authors if a.role == "author"] or record.authors
    return {
        "type": record.type,
        "language": record.language,
        "title": record.title,
        "title_key": title_key(record.title),
        "year": year_of(record.published),
        "published": record.published,
        "published_label": record.published_label,
        "journal_id": names.journal_id(record),
        "publisher_id": names.publisher_id(record),
        "volume": record.volume,
        "issue": record.issue,
        "pages": record.pages,
        "doi": record.identifier("doi") or None,
        "n_authors": len(record.authors),
        "authors_line": "; ".join(a.name for a in authors[:NAMES_IN_LINE]),
        "licence": record.licence,
        "full_text_url": record.full_text_url,
        "titles": record.titles,
        "summaries": {language: asdict(s) for language, s in record.summaries.items()},
        "abstracts": {language: [asdict(s) for s in sections] for language, sections in record.abstracts.items()},
        "affiliations": [{"name": name, "ror": ror} for name, ror in affiliations],
        "funding_text": record.funding_text,
        "field_sources": field_sources,
    }


def number_affiliations(authors: list[Author]) -> dict[tuple[str, str], int]:
    """Every affiliation of a paper once, in order of first mention, numbered from 1."""
    found: dict[tuple[str, str], int] = {}
    for author in authors:
        for affiliation in author.affiliations:
            found.setdefault((affiliation.name, affiliation.ror), len(found) + 1)
    return found


def identifier_rows(paper_id: int, record: PaperRecord) -> list[tuple[Any, ...]]:
    return [(kind, value, paper_id, n) for kind, values in record.identifiers.items() for n, value in enumerate(dict.fromkeys(values))]


def authorship_rows(paper_id: int, record: PaperRecord) -> list[tuple[Any, ...]]:
    numbers = number_affiliations(record.authors)
    return [
        (
            paper_id, n, a.name, name_slug(a.name), "" if a.is_group else namesake_key(Name(a.name, a.family, a.given)), a.family, a.given, a.suffix,
            a.other_name, a.orcid or None, a.email, a.role, a.is_group, a.is_corresponding, a.is_equal,
            list(dict.fromkeys(numbers[(f.name, f.ror)] for f in a.affiliations)),
        )
        for n, a in enumerate(record.authors, 1)
    ]  # fmt: skip


def keyword_rows(paper_id: int, record: PaperRecord, names: Names) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    seen = set()
    for keyword in record.keywords:
        keyword_id = names.keyword_id(keyword.term)
        key = (keyword_id, keyword.kind, keyword.qualifier.lower())
        if keyword_id is not None and key not in seen:  # None: a term of signs only, which has no page and says nothing
            seen.add(key)
            found.append((paper_id, len(found) + 1, keyword_id, keyword.kind, keyword.term, keyword.qualifier, keyword.is_major))
    return found


def funding_rows(paper_id: int, record: PaperRecord, names: Names) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for one in record.funding:
        funder_id = names.funder_id(one.name, one.doi)
        if funder_id is not None:
            found.append((paper_id, len(found) + 1, funder_id, one.name, one.awards))
    return found


def reference_rows(paper_id: int, record: PaperRecord) -> list[tuple[Any, ...]]:
    return [(paper_id, n, r.text, r.doi or None, r.pmid or None) for n, r in enumerate(record.references, 1)]


def other_key(relation: Relation) -> str:
    """The identifier of the other work with its kind before it; empty when the source names none."""
    for kind in ("doi", "pmid", "arxiv"):
        if value := getattr(relation, kind):
            return f"{kind}:{value}"
    return ""


def relation_rows(paper_id: int, record: PaperRecord) -> list[tuple[Any, ...]]:
    own = {f"{kind}:{value}" for kind, values in record.identifiers.items() for value in values}
    found: dict[tuple[str, bool, str], tuple[Any, ...]] = {}
    for relation in record.relations:
        key = other_key(relation) or f"note:{relation.note[:200]}"
        if key not in own:  # a record that relates to itself is a slip of its source
            found.setdefault((relation.kind, relation.is_from, key), (paper_id, relation.kind, relation.is_from, key, relation.on, relation.note))
    return list(found.values())
