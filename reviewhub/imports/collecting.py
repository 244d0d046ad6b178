"""Values of a source put into a record: checked, in their one written form, or left out with a remark. Shared by the readers of several formats."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..core.text import folded, message, plain, squeezed
from ..papers.identifiers import dois_in, normalised, normalised_arxiv, normalised_doi, normalised_issn, normalised_orcid
from ..papers.record import Affiliation, Author, Keyword, PaperRecord, Section
from .languages import guessed_language
from .reading import shortened

EMAIL = re.compile(r"[^\s;,<>()\[\]:@]{1,64}@ ?[^\s;,<>()\[\]:@]{1,255}\.[^\s;,<>()\[\]:@]{1,63}")  # a blank behind the @ is a slip of the typesetter
_EMAIL_WITH_LABEL = re.compile(
    rf"[;,.(\[]?\s*(?:electronic address|e-?mails?(?: address(?:es)?)?|电子邮[件箱]|邮箱)?\s*[:：]?\s*<?{EMAIL.pattern}>?[)\]]?\.?", re.IGNORECASE
)
# Programs that wrap lines do so at 70 to 80 characters, a few at 100.
LONGEST_WRAPPED_LINE = 120
_SCRIPTS = ("zh", "ja", "ko")
MAX_SERVER_CHARS = 200  # "arXiv e-prints, arXiv:2101.00001 [q-bio.PE]" and the like
_ARXIV_SERVER = re.compile(r"arxiv\b|CoRR(?:$|,|\s+abs/)", re.IGNORECASE)
_ARXIV_IN_TEXT = re.compile(r"(?:arxiv:|abs/|\b)((?:[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7}|[0-9]{4}\.[0-9]{4,5}))(?:v[0-9]+)?\b", re.IGNORECASE)
_KIND_NAMES = {
    "doi": "DOI",
    "pmid": "PMID",
    "pmcid": "PMCID",
    "arxiv": "arXiv identifier",
    "wos": "Web of Science number",
    "isbn": "ISBN",
    "url": "web address",
    "openalex": "OpenAlex identifier",
}


def add_identifier(record: PaperRecord, kind: str, text: str) -> bool:
    """Puts one identifier into the record; one that is not what it should be is left out with a remark. Tells whether it went in (or was there)."""
    found = normalised(kind, text)
    if found is None:
        if text.strip():
            record.remarks.append(message("%(value)s is not a valid %(kind)s; left out", value=shortened(text.strip()), kind=_KIND_NAMES[kind]))
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
            record.remarks.append(message("%(value)s is not a valid ISSN; left out", value=shortened(text.strip())))
        return False
    if found not in record.journal.issns:
        record.journal.issns.append(found)
    return True


def orcid_of(record: PaperRecord, text: str) -> str:
    """The ORCID iD in its one written form, or "" with a remark when its checksum fails."""
    found = normalised_orcid(text)
    if found is None:
        if text.strip():
            record.remarks.append(message("%(value)s is not a valid ORCID iD; left out", value=shortened(text.strip())))
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
        author.email = author.email or match.group().rstrip(".").replace(" ", "")
        name = without_emails(name)
    if name and not any(known.name == name for known in author.affiliations):
        author.affiliations.append(Affiliation(name, ror))


def put_titles(record: PaperRecord, title: str, *others: str) -> None:
    """Sets the titles (markup): the first is the one of the work itself, the others are translations; each under its language where that is plain."""
    record.title = title
    if not title:
        return
    language = _language_of(record, plain(title))
    if language in _SCRIPTS:  # the script knows better than a field that was never changed
        record.language = language
    language = language or ("" if any(others) else record.language)
    if language:
        record.titles[language] = title
    for other in others:
        other_language = guessed_language(plain(other)) if other else ""
        if other_language:
            record.titles.setdefault(other_language, other)


def put_abstract(record: PaperRecord, sections: list[Section]) -> None:
    """Adds an abstract under its language: what its words say, else the language of the work, else "und"."""
    sections = [section for section in sections if section.html]
    if sections:
        words = plain(max((section.html for section in sections), key=len)[:1000])
        record.abstracts.setdefault(_language_of(record, words) or record.language or "und", sections)


def _language_of(record: PaperRecord, text: str) -> str:
    """What the text shows of its language; Han characters alone are no objection to Japanese or Korean where the record says so."""
    language = guessed_language(text)
    return record.language if language == "zh" and record.language in ("ja", "ko") else language


def paragraphs(lines: list[str]) -> list[str]:
    """Lines of a long text as paragraphs: the lines themselves where any is longer than a wrapped line can be, else all of them as one."""
    lines = [line for line in lines if line.strip()]
    return lines if any(len(line) > LONGEST_WRAPPED_LINE for line in lines) else [" ".join(lines)] if lines else []


def without_emails(text: str) -> str:
    """The text without e-mail addresses and the words that announce them: nobody's address is shown."""
    text = squeezed(text)
    return squeezed(_EMAIL_WITH_LABEL.sub(" ", text)).rstrip(" ;,:(") if "@" in text else text


def settle_arxiv(record: PaperRecord) -> None:
    """Takes what stands as a journal ("arXiv preprint arXiv:2101.00001", "ArXiv e-prints") for what it is: the server and, in it, the identifier."""
    journal = record.journal
    name = journal.name[:MAX_SERVER_CHARS]
    if not _ARXIV_SERVER.match(name):
        return
    match = _ARXIV_IN_TEXT.search(f"{name} {record.volume[:40]} {record.pages[:40]}")
    if match and (found := normalised_arxiv(match[1])):
        add_identifier(record, "arxiv", found)
    journal.name, journal.abbreviation = "arXiv", ""
    if match and (match[1] in record.volume):
        record.volume = ""
    if match and (match[1] in record.pages):
        record.pages = ""
    if record.type in ("article", "other", "report", "webpage"):
        record.type = "preprint"


def key_of(record: PaperRecord, *kinds: str) -> str:
    """A `source_key` from the first of these kinds that the record has: "doi:10.1/x"."""
    for kind in kinds:
        value = record.identifier(kind)
        if value:
            return value if kind == "wos" else f"{kind}:{value}"
    return ""
