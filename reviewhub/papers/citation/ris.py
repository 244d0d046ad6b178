"""A record as RIS, the tagged format that every reference manager takes."""

from __future__ import annotations

from ..record import Author, PaperRecord
from . import parts

_TYPES = {
    "conference-paper": "CPAPER", "preprint": "UNPB", "book": "BOOK", "book-chapter": "CHAP", "reference-entry": "ENCYC", "thesis": "THES", "report": "RPRT",
    "dataset": "DATA", "software": "COMP", "standard": "STAND", "patent": "PAT", "webpage": "ELEC", "news": "NEWS",
}  # fmt: skip


def ris(record: PaperRecord, key: str, address: str) -> str:
    """One reference, lines ended by CR LF as the format asks. `key` is the paper's number here, `address` its permanent address."""
    kind = _TYPES.get(record.type) or ("JOUR" if parts.is_in_journal(record) else "GEN")
    first, last = parts.page_range(record)
    lines = [("TY", kind), ("ID", key), ("M3", parts.KIND_WORDS.get(record.type, "")), ("TI", parts.title(record))]
    lines += [("AU", _person(author)) for author in parts.people(record)]
    lines += [("A2", _person(author)) for author in parts.people(record, "editor")]
    lines += [("A4", _person(author)) for author in parts.people(record, "translator")]
    date = [*record.published.split("-"), "", ""][:3]
    lines += [
        ("T2", record.journal.name),
        ("J2", record.journal.abbreviation),
        ("PY", parts.year(record)),
        ("DA", "/".join(date) + "/" if record.published else ""),
        ("VL", record.volume),
        ("IS", record.issue),
        ("SP", first),
        ("EP", last),
        ("PB", record.publisher),
        ("DO", record.identifier("doi")),
        ("DB", "PubMed" if record.identifier("pmid") else ""),
        ("AN", record.identifier("pmid")),
        ("C2", record.identifier("pmcid")),
    ]
    lines += [("SN", number) for number in (*record.journal.issns, *record.identifiers.get("isbn", ()))]
    lines += [("UR", url) for url in _addresses(record, address)]
    lines += [("LA", record.language), *(("KW", term) for term in parts.keywords(record)), ("AB", parts.abstract(record))]
    body = "".join(f"{tag}  - {value}\r\n" for tag, text in lines if (value := parts.line(text)))
    return body + "ER  - \r\n"


def _addresses(record: PaperRecord, address: str) -> list[str]:
    arxiv = record.identifier("arxiv")
    return list(dict.fromkeys(filter(None, (record.identifier("url") or address, f"https://arxiv.org/abs/{arxiv}" if arxiv else ""))))


def _person(author: Author) -> str:
    """Family name, given names, suffix, with commas between; a group or a name in one piece as it is printed."""
    if parts.is_whole(author):
        return author.name
    return ", ".join([author.family, author.given, author.suffix] if author.suffix else filter(None, [author.family, author.given]))
