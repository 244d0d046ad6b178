"""Identifiers of works, people and journals: one written form for each, or None when a text is not one.

Sources: DOI Handbook 2.2 (case-insensitive ASCII, prefix 10.NNNN); ORCID structure (ISO 7064 mod 11-2); ISO 3297 (ISSN, mod 11);
ISBN Users' Manual (mod 11 and mod 10); arXiv identifier scheme (old and new style).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

# Long enough for every DOI met in Crossref's files (the longest real ones are just under 300), short enough for an index.
MAX_DOI_CHARS = 300

# PostgreSQL indexes no more than some 2,700 bytes.
MAX_URL_BYTES = 2_000

_DOI_PREFIX = re.compile(r"^(?:(?:(?:https?:)?//)?(?:[\w-]+\.){0,4}doi\.org[/:]\s*|doi(?:\s*[:=]\s*|\s+|/))+", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\x00-\x20\x7f-\x9f]+")
_DOI_IN_TEXT = re.compile(r"(?<![0-9.])10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\"'<>\x00-\x20\x7f-\x9f]+")
_ORCID = re.compile(r"([0-9]{4})-?([0-9]{4})-?([0-9]{4})-?([0-9]{3}[0-9Xx])/?")
_ORCID_PREFIX = re.compile(r"^(?:https?://)?(?:www\.)?(?:orcid\.org/+|orcid[:\s]\s*)", re.IGNORECASE)
_ISSN = re.compile(r"(?:issn[:\s]*)?([0-9]{4})[-\u2010-\u2015\u2212 ]?([0-9]{3}[0-9Xx])", re.IGNORECASE)
_PMID = re.compile(r"(?:(?:https?://)?(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/|pmid[:\s]*)?0*([1-9][0-9]{0,8})/?", re.IGNORECASE)
_PMCID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:ncbi\.nlm\.nih\.gov/pmc/articles|pmc\.ncbi\.nlm\.nih\.gov/articles|europepmc\.org/articles?)/|pmcid[:\s]*)?(?:pmc)?([1-9][0-9]{0,9})(?:\.[0-9]+)?/?",
    re.IGNORECASE,
)
_ARXIV = re.compile(
    r"(?:(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|arxiv[:\s]\s*|(?:https?://)?(?:dx\.)?(?:doi\.org/)?10\.48550/arxiv\.)?"
    r"([0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}|[a-z-]+(?:\.[a-z]{2})?/[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3})(?:v[0-9]+)?(?:\.pdf)?(?:\s*\[[\w.-]+\])?",
    re.IGNORECASE,
)
_ROR = re.compile(r"(?:https?://)?(?:www\.)?(?:ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})/?", re.IGNORECASE)
_WOS = re.compile(r"(?:(?:wos|isi)[:\s]*)?([A-Z]?[0-9A-Z]{14,15})", re.IGNORECASE)
# Only ASCII letters of a DOI are without case (DOI Handbook 2.2.4); others stay as they are.
_ASCII_LOWER = {n: n + 32 for n in range(ord("A"), ord("Z") + 1)}
_CLOSING = {")": "(", "]": "[", "}": "{", ">": "<"}


def normalised_doi(text: str) -> str | None:
    """The DOI in lower case without resolver or label ("https://doi.org/10.1/X" and "DOI: 10.1/X" alike), or None.

    Percent escapes of a resolver address are resolved; closing punctuation of a sentence is dropped, balanced brackets stay.
    """
    found = text.strip()
    without = _DOI_PREFIX.sub("", found)
    if without != found and "%" in without:
        without = unquote(without)
    found = _trimmed(without.strip())
    if len(found) > MAX_DOI_CHARS or not found.isprintable() or not _DOI.fullmatch(found):
        return None
    return found.translate(_ASCII_LOWER)


def dois_in(text: str) -> list[str]:
    """Every DOI that stands in a piece of text, normalised, in order, each once: a field may hold several, or a sentence around one."""
    found: dict[str, None] = {}
    for match in _DOI_IN_TEXT.finditer(text):
        for part in re.split(r"[;,|](?=\s*(?:https?:|doi|10\.[0-9]{4}))", match.group()):
            doi = normalised_doi(part)
            if doi:
                found[doi] = None
    return list(found)


def _trimmed(doi: str) -> str:
    while doi:
        last = doi[-1]
        if last in ".,;:'\"\u201d\u2019\u3002\uff0c\uff1b" or (last in _CLOSING and doi.count(last) > doi.count(_CLOSING[last])):
            doi = doi[:-1]
        else:
            break
    return doi


def normalised_orcid(text: str) -> str | None:
    """An ORCID iD as 0000-0000-0000-000X when its checksum (ISO 7064 mod 11-2) is right, or None. Addresses and missing hyphens are allowed."""
    match = _ORCID.fullmatch(_ORCID_PREFIX.sub("", text.strip()).strip())
    if not match:
        return None
    digits = "".join(match.groups()).upper()
    if digits.startswith("00000000"):  # no iD was ever given out below 0000-0001
        return None
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    if digits[15] != ("X" if check == 10 else str(check)):
        return None
    return "-".join(digits[n : n + 4] for n in range(0, 16, 4))


def normalised_issn(text: str) -> str | None:
    """An ISSN as 1234-567X when its check digit is right, or None."""
    match = _ISSN.fullmatch(text.strip())
    if not match:
        return None
    digits = (match.group(1) + match.group(2)).upper()
    if digits == "00000000":
        return None
    total = sum(int(digit) * weight for digit, weight in zip(digits[:7], range(8, 1, -1), strict=True))
    check = -total % 11
    if digits[7] != ("X" if check == 10 else str(check)):
        return None
    return f"{digits[:4]}-{digits[4:]}"


def normalised_isbn(text: str) -> str | None:
    """An ISBN as thirteen digits when its check digit is right, or None; ten-digit ones are turned into thirteen."""
    digits = re.sub(r"[\s\u2010-\u2015-]", "", re.sub(r"^\s*isbn(?:-1[03])?[:\s]*", "", text, flags=re.IGNORECASE)).upper()
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        total = sum((10 if d == "X" else int(d)) * weight for d, weight in zip(digits, range(10, 0, -1), strict=True))
        if total % 11:
            return None
        digits = "978" + digits[:9]
        return digits + str(-_isbn_sum(digits) % 10)
    if not re.fullmatch(r"97[89][0-9]{10}", digits) or _isbn_sum(digits) % 10:
        return None
    return digits


def _isbn_sum(digits: str) -> int:
    return sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(digits))


def normalised_pmid(text: str) -> str | None:
    """A PubMed identifier as bare digits, or None."""
    match = _PMID.fullmatch(text.strip()) if text.isascii() else None
    return match.group(1) if match else None


def normalised_pmcid(text: str) -> str | None:
    """A PubMed Central identifier as PMC and digits, or None. A version (".1") is dropped."""
    match = _PMCID.fullmatch(text.strip()) if text.isascii() else None
    return f"PMC{match.group(1)}" if match else None


def normalised_arxiv(text: str) -> str | None:
    """An arXiv identifier without version ("2301.01234", "hep-th/9901001"), or None."""
    match = _ARXIV.fullmatch(text.strip()) if text.isascii() else None
    if not match:
        return None
    found = match.group(1).lower()
    return re.sub(r"\.[a-z]{2}/", "/", found) if "/" in found else found


def normalised_ror(text: str) -> str | None:
    """A ROR identifier as its nine bare characters, or None."""
    match = _ROR.fullmatch(text.strip()) if text.isascii() else None
    return match.group(1).lower() if match else None


def normalised_wos(text: str) -> str | None:
    """A Web of Science accession number as "wos:" and fifteen characters, or None."""
    match = _WOS.fullmatch(text.strip()) if text.isascii() else None
    return f"wos:{match.group(1).lower()}" if match else None


def normalised(kind: str, text: str) -> str | None:
    """The identifier of this kind (`record.IDENTIFIER_KINDS`) in its one written form, or None when it is not one."""
    if kind == "url":
        return text if len(text.encode()) <= MAX_URL_BYTES and re.fullmatch(r"https?://[^\s<>\"']+", text) else None
    if kind == "openalex":
        match = re.fullmatch(r"(?:https?://openalex\.org/)?(W[0-9]+)", text.strip(), re.IGNORECASE | re.ASCII)
        return match.group(1).upper() if match else None
    reader = {
        "doi": normalised_doi,
        "pmid": normalised_pmid,
        "pmcid": normalised_pmcid,
        "arxiv": normalised_arxiv,
        "wos": normalised_wos,
        "isbn": normalised_isbn,
    }[kind]
    return reader(text)
