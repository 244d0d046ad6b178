"""Values of a source put into a record: checked, in their one written form, or left out with a remark. Shared by the readers of several formats."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..core.text import folded, message, squeezed
from ..papers.identifiers import dois_in, normalised, normalised_doi, normalised_issn, normalised_orcid
from ..papers.record import Affiliation, Author, Keyword, PaperRecord
from .reading import shortened

EMAIL = re.compile(r"[^\s;,<>()\[\]:]+@[^\s;,<>()\[\]:]+\.[^\s;,<>()\[\]:]+")
_EMAIL_WITH_LABEL = re.compile(rf"[;,.(\[]?\s*(?:electronic address|e-?mails?(?: address(?:es)?)?|电子邮[件箱]|邮箱)?\s*[:：]?\s*<?{EMAIL.pattern}>?[)\]]?\.?", re.IGNORECASE)
_KIND_NAMES = {"doi": "DOI", "pmid": "PMID", "pmcid": "PMCID", "arxiv": "arXiv identifier", "wos": "Web of Science number", "isbn": "ISBN", "url": "web address", "openalex": "OpenAlex identifier"}


def add_identifier(record: PaperRecord, kind: str, text: str) -> bool:
    """Puts one identifier into the record; one that is not what it should be is left out with a remark. Tells whether it went in (or was there)."""
    found = normalised(kind, text)
    if found is None:
        if text.strip():
            record.remarks.append(message("%(value)s is not a %(kind)s; left out", value=shortened(text.strip()), kind=_KIND_NAMES[kind]))
        return False
    values = record.identifiers.setdefault(kind, [])
    if found not in values:
        values.append(found)
    return True


def add_dois(record: PaperRecord, text: str) -> bool:
    """Puts the DOIs of a field into the record that may hold one, several, or a sentence or an address around one."""
    text = text.strip()
    if not text:
        return False
    single = normalised_doi(text) if len(text) < 200 and " " not in text and ";" not in text else None
    found = [single] if single else dois_in(text)
    if not found:
        return add_identifier(record, "doi", text)
    for doi in found:
        add_identifier(record, "doi", doi)
    return True


def add_issn(record: PaperRecord, text: str) -> bool:
    """Puts one ISSN into the record's journal, or leaves it out with a remark."""
    found = normalised_issn(text)
    if found is None:
        if text.strip():
            record.remarks.append(message("%(value)s is not an ISSN; left out", value=shortened(text.strip())))
        return False
    if found not in record.journal.issns:
        record.journal.issns.append(found)
    return True


def orcid_of(record: PaperRecord, text: str) -> str:
    """The ORCID iD in its one written form, or "" with a remark when its checksum fails."""
    found = normalised_orcid(text)
    if found is None:
        if text.strip():
            record.remarks.append(message("%(value)s is not an ORCID iD; left out", value=shortened(text.strip())))
        return ""
    return found


def add_keywords(record: PaperRecord, terms: Iterable[str], kind: str = "author") -> None:
    """Adds keywords of one kind, each once (compared folded), empty ones not."""
    seen = {folded(keyword.term) for keyword in record.keywords if keyword.kind == kind}
    for term in terms:
        term = squeezed(term).strip(" ;,；，")
        key = folded(term) or term
        if term and key not in seen:
            seen.add(key)
            record.keywords.append(Keyword(term, kind))


def add_affiliation(author: Author, name: str, ror: str = "") -> None:
    """Adds an affiliation to an author, the same one only once. An e-mail address in it is taken out: the author's private address."""
    name = squeezed(name).rstrip(" ;,")
    if "@" in name and (match := EMAIL.search(name)):
        author.email = author.email or match.group().rstrip(".")
        name = squeezed(_EMAIL_WITH_LABEL.sub(" ", name)).rstrip(" ;,:(")
    if name and not any(known.name == name for known in author.affiliations):
        author.affiliations.append(Affiliation(name, ror))


def key_of(record: PaperRecord, *kinds: str) -> str:
    """A `source_key` from the first of these kinds that the record has: "doi:10.1/x"."""
    for kind in kinds:
        value = record.identifier(kind)
        if value:
            return value if kind == "wos" else f"{kind}:{value}"
    return ""
