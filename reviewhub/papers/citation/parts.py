"""What every way of citing needs from a record: people, dates, pages and text, each in one plain form."""

from __future__ import annotations

import re

from ...core.text import is_han, squeezed
from ..names import is_cjk_name
from ..record import Author, PaperRecord, Section
from .tree import as_words

# Types that appear in a journal, unless they say otherwise.
_IN_JOURNALS = frozenset(
    {
        "article", "review", "systematic-review", "meta-analysis", "clinical-trial", "case-report", "editorial", "letter", "comment", "news",
        "protocol", "retraction", "correction", "expression-of-concern",
    }
)  # fmt: skip
# What a kind of piece is called in the fields "type" (BibTeX) and "M3" (RIS), where the entry itself does not tell it.
KIND_WORDS = {"review": "Review", "editorial": "Editorial", "letter": "Letter", "preprint": "Preprint"}
_DASHES = re.compile("\\s*(?:--+|[\u2010-\u2015\u2212~\uff5e])\\s*")
_PAGE_RANGE = re.compile(r"([A-Za-z]*[0-9]+[A-Za-z]*)\s*-\s*([A-Za-z]*[0-9]+[A-Za-z]*)")
_GAP = re.compile("[\u2028\u2029\x85\x0b\x0c\x1c-\x1e]")


def line(text: str) -> str:
    """The text as one line: no control characters, no line or paragraph separators."""
    return squeezed(_GAP.sub(" ", text))


def is_in_journal(record: PaperRecord) -> bool:
    """Whether this is a piece in a journal, so that its journal, volume and pages are where it is found."""
    return record.type in _IN_JOURNALS or (record.type == "other" and bool(record.journal.name))


def people(record: PaperRecord, role: str = "author") -> list[Author]:
    """The printed names that have this role, in order."""
    return [author for author in record.authors if author.role == role]


def is_whole(author: Author) -> bool:
    """Whether a name is printed as one piece: a group, or a name whose parts are not known."""
    return author.is_group or not author.family


def is_cjk(author: Author) -> bool:
    """Whether a name is written in Han, kana or hangul, so that the family name stands first and nothing is shortened."""
    return not author.name.isascii() and is_cjk_name(author.name)


def year(record: PaperRecord) -> str:
    """The year of publication, or an empty string."""
    return record.published[:4]


def date_parts(record: PaperRecord) -> list[int]:
    """Year, month and day of publication as far as they are known."""
    return [int(part) for part in record.published.split("-") if part.isdecimal()]


def page_range(record: PaperRecord) -> tuple[str, str]:
    """First and last page. The last is empty for a single page, an article number, or pages that are not one range."""
    pages = _DASHES.sub("-", line(record.pages))
    match = _PAGE_RANGE.fullmatch(pages)
    return (match[1], match[2]) if match else (pages, "")


def title(record: PaperRecord) -> str:
    """The title as one plain line; raised and lowered figures as Unicode has them."""
    return line(as_words(record.title))


def is_chinese(record: PaperRecord) -> bool:
    """Whether the reference is to be set the Chinese way: by the language said, else by the script of the title."""
    return record.language == "zh" or (not record.language and is_han(record.title))


def abstract(record: PaperRecord) -> str:
    """The abstract in the paper's own language where there is one, else in English, else in any: plain, a blank line between paragraphs."""
    for language in (record.language, "en", "zh", "und", *record.abstracts):
        if sections := record.abstracts.get(language):
            return "\n\n".join(filter(None, (_paragraphs(section) for section in sections)))
    return ""


def _paragraphs(section: Section) -> str:
    text = "\n\n".join(filter(None, (line(as_words(part)) for part in section.html.split("\n\n"))))
    label = line(section.label)
    return f"{label}: {text}" if label and text else text or label


def keywords(record: PaperRecord) -> list[str]:
    """Every keyword once, the authors' own first."""
    found: dict[str, str] = {}
    for keyword in sorted(record.keywords, key=lambda keyword: ("author", "subject", "mesh").index(keyword.kind)):
        if word := line(keyword.term):
            found.setdefault(word.lower(), word)
    return list(found.values())
