"""Which reader a file needs: by the name of its format, else by what its first bytes look like, else by its name."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from ..core.text import Message, message
from .reading import Read, UnreadableFile, decoded

Reader = Callable[[BinaryIO], Iterator[Read]]

# As many bytes of a file's beginning as `detect` can make use of.
HEAD_BYTES = 1 << 16


def _reader(module: str) -> Reader:
    """A reader whose module is loaded when it is first used: each brings a parser of its own."""

    def read(stream: BinaryIO) -> Iterator[Read]:
        found = importlib.import_module(f".{module}", __package__)
        return cast(Reader, found.read)(stream)

    return read


READERS: dict[str, Reader] = {
    "pubmed-xml": _reader("pubmed_xml"),
    "crossref-json": _reader("crossref_json"),
    "wos-text": _reader("wos_text"),
    "ris": _reader("ris"),
    "bibtex": _reader("bibtex"),
    "csl-json": _reader("csl_json"),
    "jsonl": _reader("jsonl"),
}
# Formats that have a name already and no reader yet.
NOT_YET = ("openalex-json", "datacite-json", "jats-xml", "endnote-xml")

_NAMES = {
    "bib": "bibtex", "bibtex": "bibtex", "biblatex": "bibtex", "ris": "ris", "csljson": "csl-json", "ciw": "wos-text", "isi": "wos-text", "jsonl": "jsonl",
}  # fmt: skip
_XML_ROOT = re.compile(r"<(?![?!])(?:\w+:)?([A-Za-z][\w.-]*)")
_XML_ROOTS = {
    "PubmedArticleSet": "pubmed-xml", "PubmedArticle": "pubmed-xml", "PubmedBookArticle": "pubmed-xml", "PubmedBookArticleSet": "pubmed-xml",
    "MedlineCitationSet": "pubmed-xml", "MedlineCitation": "pubmed-xml", "article": "jats-xml", "pmc-articleset": "jats-xml",
}  # fmt: skip
_RIS = re.compile(r"^\ufeff?[ \t]*TY {1,2}- ?[A-Z]", re.MULTILINE)
_WOS = re.compile(r"^\ufeff?FN (?:Clarivate|Thomson|ISI)|^PT [A-Z]\r?$(?s:.*?)^(?:AU|TI|SO) ", re.MULTILINE)
_BIBTEX = re.compile(r"^\s*@[A-Za-z][\w-]*\s*[{(]", re.MULTILINE)
_KEY = re.compile(r'"([\w-]{1,40})"\s*:')


def detect(head: bytes, name: str = "") -> str | None:
    """The format of a file that begins with `head` (already gunzipped; HEAD_BYTES of it suffice), or None.

    What the bytes say goes before what the name says. May be a format that has no reader yet.
    """
    text = decoded(head[:HEAD_BYTES]).lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return _detect_xml(text)
    if text.startswith(("{", "[")):
        found = _detect_json(text)
        if found:
            return found
    if _WOS.search(text):
        return "wos-text"
    if _RIS.search(text):
        return "ris"
    if _BIBTEX.search(text):
        return "bibtex"
    plain_name = name.lower().removesuffix(".gz")
    return _NAMES.get(plain_name.rpartition(".")[2]) if "." in plain_name else None


def format_of(asked: str, head: bytes, name: str = "") -> str:
    """The format to read a file as: the one asked for, or what it looks like when that is "auto". Always a key of READERS.

    Raises UnreadableFile when there is no such format, when this build does not read it, or when nothing can be made out.
    """
    found = asked if asked != "auto" else detect(head, name)
    if found in READERS:
        return found
    if found in NOT_YET:
        raise UnreadableFile(message("the format %(format)s is not read yet", format=found))
    if asked != "auto":
        raise UnreadableFile(unknown_format(asked))
    raise UnreadableFile(message("the format of this file cannot be made out"))


def unknown_format(asked: str) -> Message:
    return message("there is no format %(format)r; known are %(known)s", format=asked[:40], known=", ".join(READERS))


def _detect_xml(text: str) -> str | None:
    bare = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    root = _XML_ROOT.search(bare)
    if root is None:
        return None
    if root[1] == "xml" and re.search(r"<records?\b", bare):
        return "endnote-xml"
    return _XML_ROOTS.get(root[1])


def _detect_json(text: str) -> str | None:
    """By the names of the members in the first part of the file; each format has some that no other uses."""
    keys = set(_KEY.findall(text))
    if keys >= {"source", "title"} and keys & {"authors", "source_key", "identifiers", "titles", "abstracts", "summaries"} and not keys & {"DOI", "id"}:
        return "jsonl"
    if re.search(r"https?://openalex\.org/", text) and keys & {"authorships", "abstract_inverted_index", "primary_location", "display_name"}:
        return "openalex-json"
    if keys & {"titles", "attributes"} and keys & {"creators", "schemaVersion", "relatedIdentifiers", "types"}:
        return "datacite-json"
    if keys & {"message-type", "is-referenced-by-count", "reference-count", "references-count", "indexed", "deposited"}:
        return "crossref-json"
    if re.search(r'"(?:title|container-title)"\s*:\s*\[', text) and "DOI" in keys:
        return "crossref-json"
    if keys & {"issued", "container-title", "author", "DOI", "title", "citation-key", "title-short"}:
        return "csl-json"
    return None
