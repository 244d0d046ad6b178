"""The words for the vocabularies of the record: publication types, languages, relations, fields, sources."""

from __future__ import annotations

from functools import lru_cache

from ...core.text import Message, message
from .language import current, worded, worded_in

BCP47 = {"zh": "zh-Hans", "und": ""}

TYPES = {
    "article": message("Article"), "review": message("Review"), "systematic-review": message("Systematic review"), "meta-analysis": message("Meta-analysis"),
    "clinical-trial": message("Clinical trial"), "case-report": message("Case report"), "editorial": message("Editorial"), "letter": message("Letter"),
    "comment": message("Comment"), "news": message("News"), "conference-paper": message("Conference paper"), "preprint": message("Preprint"),
    "book": message("Book"), "book-chapter": message("Book chapter"), "thesis": message("Thesis"), "report": message("Report"), "dataset": message("Dataset"),
    "software": message("Software"), "standard": message("Standard"), "patent": message("Patent"), "peer-review": message("Peer review"),
    "protocol": message("Protocol"), "reference-entry": message("Reference entry"), "webpage": message("Web page"), "retraction": message("Retraction notice"),
    "correction": message("Correction notice"), "expression-of-concern": message("Expression of concern"), "other": message("Other"),
}  # fmt: skip

LANGUAGES = {
    "en": message("English"), "zh": message("Chinese"), "ja": message("Japanese"), "ko": message("Korean"), "de": message("German"), "fr": message("French"),
    "es": message("Spanish"), "pt": message("Portuguese"), "it": message("Italian"), "ru": message("Russian"), "pl": message("Polish"), "nl": message("Dutch"),
    "tr": message("Turkish"), "ar": message("Arabic"), "fa": message("Persian"), "uk": message("Ukrainian"), "cs": message("Czech"),
}  # fmt: skip

IDENTIFIERS = {
    "doi": message("DOI"), "pmid": message("PubMed"), "pmcid": message("PubMed Central"), "arxiv": message("arXiv"), "openalex": message("OpenAlex"),
    "wos": message("Web of Science"), "isbn": message("ISBN"), "url": message("Web address"),
}  # fmt: skip

# How one end of a relation is worded on the page of the other: (kind, this page is FROM) -> the words before the other work.
RELATIONS = {
    ("retracts", True): message("Retracts"), ("retracts", False): message("Retracted by"),
    ("withdraws", True): message("Withdraws"), ("withdraws", False): message("Withdrawn by"),
    ("corrects", True): message("Corrects"), ("corrects", False): message("Corrected by"),
    ("expresses-concern-about", True): message("Expresses concern about"), ("expresses-concern-about", False): message("Concern expressed in"),
    ("updates", True): message("Updates"), ("updates", False): message("Updated by"),
    ("comments-on", True): message("Comments on"), ("comments-on", False): message("Commented on in"),
    ("reviews", True): message("Review of"), ("reviews", False): message("Reviewed in"),
    ("is-preprint-of", True): message("Published as"), ("is-preprint-of", False): message("Preprint"),
    ("is-version-of", True): message("Version of"), ("is-version-of", False): message("Other version"),
    ("is-translation-of", True): message("Translation of"), ("is-translation-of", False): message("Translated as"),
    ("republishes", True): message("Republishes"), ("republishes", False): message("Republished as"),
    ("supplements", True): message("Supplement to"), ("supplements", False): message("Supplemented by"),
    ("is-part-of", True): message("Part of"), ("is-part-of", False): message("Has part"),
}  # fmt: skip

FIELDS = {
    "title": message("Title"), "type": message("Type"), "language": message("Language"), "publisher": message("Publisher"), "journal": message("Journal"),
    "volume": message("Volume"), "issue": message("Issue"), "pages": message("Pages"), "published": message("Date"), "titles": message("Titles"),
    "abstracts": message("Abstract"), "summaries": message("Summary"), "authors": message("Authors"), "keywords": message("Keywords"),
    "licence": message("Licence"), "full_text_url": message("Full text"), "funding": message("Funding"), "funding_text": message("Funding statement"),
    "references": message("References"), "relations": message("Related records"), "identifiers": message("Identifiers"), "*": message("Every field"),
}  # fmt: skip

SOURCES = {
    "pubmed": message("PubMed"), "crossref": message("Crossref"), "wos": message("Web of Science"), "ris": message("a RIS file"),
    "bibtex": message("a BibTeX file"), "csl-json": message("a CSL-JSON file"), "starter-shelf": message("the starter shelf"), "hand": message("typed by hand"),
    "jsonl": message("a file of our own format"),
}  # fmt: skip

_TABLES = {"type": TYPES, "language": LANGUAGES, "identifier": IDENTIFIERS, "field": FIELDS}
_BY_READER = message("%(source)s, handed in by a reader")


def label_of(table: str, key: str) -> str:
    """The word for a value of a vocabulary ("type", "language", "identifier", "field"); a value without one stands for itself."""
    return _label(table, key, current())


@lru_cache(maxsize=2_000)
def _label(table: str, key: str, language: str) -> str:
    found = _TABLES[table].get(key)
    return worded_in(language, found) if found else key


def relation_label(kind: str, is_from: bool) -> str:
    """The words before the other work, seen from the page of one end."""
    found = RELATIONS.get((kind, is_from))
    return worded(found) if found else kind


def source_label(source: str) -> str:
    """A source, or several parted by commas, in words."""
    names = []
    for part in source.split(", "):
        name = part.removesuffix(" (reader)")
        words: Message | str = SOURCES.get(name, name)
        names.append(worded(message(_BY_READER.template, source=worded(words))) if name != part else worded(words))
    return worded(message("; ")).join(names)
