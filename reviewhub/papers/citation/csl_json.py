"""A record as CSL-JSON (schema csl-data 1.0.2), what citation processors and Zotero read."""

from __future__ import annotations

import json
import re
from typing import Any

from ...core.text import plain
from ..record import Author, PaperRecord
from . import parts
from .tree import as_words

_TYPES = {
    "conference-paper": "paper-conference", "preprint": "article", "book": "book", "book-chapter": "chapter", "reference-entry": "entry-encyclopedia",
    "thesis": "thesis", "report": "report", "dataset": "dataset", "software": "software", "standard": "standard", "patent": "patent", "peer-review": "review",
    "webpage": "webpage",
}  # fmt: skip
# The inline marks that CSL processors understand; formulas become plain text.
_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
_OTHER_TAGS = re.compile(r"</?(?!(?:i|b|sub|sup)>)[a-zA-Z][^>]*>")


def csl_json(record: PaperRecord, key: str, address: str) -> str:
    """An array of one item. `key` is the paper's number here, `address` its permanent address."""
    return json.dumps([csl_item(record, key, address)], ensure_ascii=False, indent=2) + "\n"


def csl_item(record: PaperRecord, key: str, address: str) -> dict[str, Any]:
    """The item as JSON values; what is not known is left out."""
    pages = parts.page_range(record)
    item = {
        "id": key,
        "type": _TYPES.get(record.type) or ("article-journal" if parts.is_in_journal(record) else "document"),
        "genre": "preprint" if record.type == "preprint" else "",
        "title": _rich(record.title),
        "author": [_person(author) for author in parts.people(record)],
        "editor": [_person(author) for author in parts.people(record, "editor")],
        "translator": [_person(author) for author in parts.people(record, "translator")],
        "issued": _date(record),
        "container-title": parts.line(record.journal.name),
        "container-title-short": parts.line(record.journal.abbreviation),
        "publisher": parts.line(record.publisher),
        "volume": parts.line(record.volume),
        "issue": parts.line(record.issue),
        "page": "-".join(filter(None, pages)),
        "DOI": record.identifier("doi"),
        "PMID": record.identifier("pmid"),
        "PMCID": record.identifier("pmcid"),
        "ISSN": ", ".join(record.journal.issns),
        "ISBN": record.identifier("isbn"),
        "archive": "arXiv" if record.identifier("arxiv") else "",
        "archive_location": f"arXiv:{record.identifier('arxiv')}" if record.identifier("arxiv") else "",
        "URL": record.identifier("url") or address,
        "language": record.language,
        "keyword": ("; " if any("," in k for k in parts.keywords(record)) else ", ").join(parts.keywords(record)),
        "abstract": parts.abstract(record),
    }
    return {name: value for name, value in item.items() if value}


def _date(record: PaperRecord) -> dict[str, Any]:
    found = parts.date_parts(record)
    if found:
        return {"date-parts": [found]}
    return {"literal": parts.line(record.published_label)} if record.published_label else {}


def _person(author: Author) -> dict[str, str]:
    if parts.is_whole(author):
        return {"literal": parts.line(author.name)}
    found = {"family": author.family, "given": author.given, "suffix": author.suffix}
    return {name: parts.line(value) for name, value in found.items() if value}


def _rich(markup: str) -> str:
    found = _MATH.sub(lambda match: as_words(match[0]), markup) if "<math" in markup else markup
    found = _OTHER_TAGS.sub("", found)
    # CSL text is not HTML: only the marks are tags, everything else stands for itself.
    marks = re.split(r"(</?(?:i|b|sub|sup)>)", found)
    return parts.line("".join(mark if n % 2 else plain(mark) for n, mark in enumerate(marks)))
