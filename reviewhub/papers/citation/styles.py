"""References written out in five styles: GB/T 7714-2015, APA 7, MLA 9, Chicago 17 (notes and bibliography) and IEEE (2023 guide).

Each function gives safe inline HTML: text escaped, `i` where the style sets italics. What is not known is left out, never guessed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..record import PaperRecord
from . import parts, people
from .tree import as_html

_MONTHS = ("Jan.", "Feb.", "Mar.", "Apr.", "May", "Jun.", "Jul.", "Aug.", "Sep.", "Oct.", "Nov.", "Dec.")
_ENDED = re.compile("[.?!\u2026\u3002\uff1f\uff01](?:</(?:i|sub|sup)>)*$")
_EN_DASH = "\u2013"
# GB/T 7714-2015, annex B. [Z] is "other".
_GB_MARKS = {
    "conference-paper": "C", "book": "M", "book-chapter": "M", "reference-entry": "M", "thesis": "D", "report": "R", "standard": "S", "patent": "P",
    "dataset": "DS/OL", "software": "CP", "webpage": "EB/OL", "preprint": "A/OL", "news": "N",
}  # fmt: skip
_PARTS_OF_BOOKS = frozenset({"conference-paper", "book-chapter", "reference-entry"})
_PARTS_OF_ANYTHING = _PARTS_OF_BOOKS | {"preprint", "peer-review", "other"}


@dataclass(frozen=True, slots=True)
class Style:
    """`name` is what the style is called; `write` gives one reference as safe inline HTML."""

    name: str
    write: Callable[[PaperRecord], str]


def gb_t_7714(record: PaperRecord) -> str:
    """GB/T 7714-2015, numbered references: three authors, then 等 or et al; type mark; year, volume(issue): pages."""
    authors = parts.people(record)
    names = [people.capitals_first(author) for author in authors[:3]]
    if len(authors) > 3:
        names.append("等" if parts.is_cjk(authors[0]) or parts.is_chinese(record) else "et al")
    journal, title = _safe(record.journal.name), parts.line(as_html(record.title))
    if parts.is_in_journal(record):
        place = _listed(journal, parts.year(record), _safe(record.volume) + _in_brackets(record.issue))
        text = f"{title}[J]" + (f". {place}" if place else "")
    else:
        inside = f"//{journal}" if journal and record.type in _PARTS_OF_BOOKS else ""
        printed = _listed(_safe(record.publisher), parts.year(record))
        text = f"{title}[{_GB_MARKS.get(record.type, 'Z')}]{inside}" + (f". {printed}" if printed else "")
    pages = _pages(record, "-")
    text += f": {pages}" if pages else ""
    return _sentences(_safe(", ".join(names)), text, _safe(f"DOI:{record.identifier('doi')}" if record.identifier("doi") else _arxiv(record)))


def apa(record: PaperRecord) -> str:
    """APA, 7th edition: up to 20 authors, else the first 19, an ellipsis and the last. No stop after an address."""
    names = [people.family_first(author, people.initials(author.given)) for author in parts.people(record)]
    if len(names) > 20:
        who = ", ".join(names[:19]) + f", \u2026 {names[-1]}"
    else:
        who = _with_last(names, ", & ")
    date = f"({parts.year(record) or 'n.d.'})"
    title = _title(record, is_italic=not _is_inside(record))
    lead = f"{_ended(_safe(who))} {date}. {_ended(title)}" if who else f"{_ended(title)} {date}."
    journal, pages = _italic(record.journal.name), _pages(record, _EN_DASH)
    if parts.is_in_journal(record) or (record.type == "preprint" and journal):
        volume = _italic(record.volume) + _in_brackets(record.issue) if record.volume else ""
        place = _listed(journal, volume, pages)
    elif _is_inside(record):
        place = f"In {journal}" + (f" (pp. {pages})" if pages else "") + (f". {_safe(record.publisher)}" if record.publisher else "")
    else:
        place = _safe(record.publisher)
    return " ".join(filter(None, [lead, _ended(place) if place else "", _link(record)]))


def mla(record: PaperRecord) -> str:
    """MLA, 9th edition: one or two authors, else the first and et al."""
    authors = parts.people(record)
    who = people.first_inverted(authors) if len(authors) < 3 else f"{people.family_first(authors[0], authors[0].given)}, et al."
    publisher = "" if parts.is_in_journal(record) else _safe(record.publisher)
    pages = _pages(record, _EN_DASH)
    if pages[:1].isdigit():
        pages = f"{'pp.' if _EN_DASH in pages else 'p.'} {pages}"
    place = _listed(_italic(record.journal.name), *_numbers(record), publisher, parts.year(record), pages, _link(record))
    return _sentences(_safe(who), _quoted(record), place)


def chicago(record: PaperRecord) -> str:
    """Chicago Manual of Style, 17th edition, bibliography entry: up to ten authors, else the first seven and et al."""
    authors = parts.people(record)
    who = people.first_inverted(authors) if len(authors) <= 10 else people.first_inverted(authors[:7], last=", ") + ", et al."
    journal, pages = _italic(record.journal.name), _pages(record, _EN_DASH)
    if parts.is_in_journal(record):
        place = " ".join(filter(None, [journal, _safe(record.volume)]))
        place = _listed(place, f"no. {_safe(record.issue)}" if record.issue else "")
        place += f" ({parts.year(record)})" if parts.year(record) else ""
        place += f": {pages}" if pages else ""
    else:
        inside = _listed(f"In {journal}", pages) if journal else ""
        place = ". ".join(filter(None, [inside, _listed(_safe(record.publisher), parts.year(record))]))
    return _sentences(_safe(who), _quoted(record), place, _link(record))


def ieee(record: PaperRecord) -> str:
    """IEEE Reference Guide: initials first, up to six authors, else the first and et al."""
    authors = parts.people(record)
    names = [people.in_order(author, people.initials(author.given)) for author in (authors if len(authors) <= 6 else authors[:1])]
    who = f"{names[0]} et al." if len(authors) > 6 else " and ".join(names) if len(names) < 3 else _with_last(names, ", and ")
    title = _title(record, is_italic=not _is_inside(record))
    title += "" if _ENDED.search(title) else ","
    journal = _italic(record.journal.abbreviation or record.journal.name)
    where = f"in {journal}" if journal and not parts.is_in_journal(record) else journal
    publisher = "" if parts.is_in_journal(record) else _safe(record.publisher)
    pages = _pages(record, _EN_DASH)
    if pages:
        pages = f"{'pp.' if _EN_DASH in pages else 'p.' if pages[0].isdigit() else 'Art. no.'} {pages}"
    date = parts.date_parts(record)
    when = f"{_MONTHS[date[1] - 1]} {date[0]}" if len(date) > 1 and 1 <= date[1] <= 12 else parts.year(record)
    doi = f"doi: {_safe(record.identifier('doi'))}" if record.identifier("doi") else _safe(_arxiv(record))
    place = _listed(where, *_numbers(record), publisher, pages, when, doi)
    shown = f"\u201c{title}\u201d" if _is_inside(record) else title
    return _ended(" ".join(filter(None, [f"{_safe(who)}," if who else "", shown, place])).rstrip(","))


STYLES = {
    "gb-t-7714": Style("GB/T 7714-2015", gb_t_7714),
    "apa": Style("APA 7", apa),
    "mla": Style("MLA 9", mla),
    "chicago": Style("Chicago 17", chicago),
    "ieee": Style("IEEE", ieee),
}


def _is_inside(record: PaperRecord) -> bool:
    """Whether the work is part of something larger, so that not its own title but the container's is set in italics."""
    return parts.is_in_journal(record) or (bool(record.journal.name) and record.type in _PARTS_OF_ANYTHING)


def _title(record: PaperRecord, *, is_italic: bool) -> str:
    title = parts.line(as_html(record.title))
    return f"<i>{title}</i>" if is_italic else title


def _quoted(record: PaperRecord) -> str:
    if _is_inside(record):
        return f"\u201c{_ended(_title(record, is_italic=False))}\u201d"
    return _title(record, is_italic=True)


def _numbers(record: PaperRecord) -> list[str]:
    return [f"{word} {_safe(number)}" if number else "" for word, number in (("vol.", record.volume), ("no.", record.issue))]


def _in_brackets(text: str) -> str:
    return f"({_safe(text)})" if text else ""


def _pages(record: PaperRecord, dash: str) -> str:
    return _safe(dash.join(filter(None, parts.page_range(record))))


def _arxiv(record: PaperRecord) -> str:
    return f"arXiv:{record.identifier('arxiv')}" if record.identifier("arxiv") else ""


def _link(record: PaperRecord) -> str:
    doi, arxiv = record.identifier("doi"), record.identifier("arxiv")
    return _safe(f"https://doi.org/{doi}" if doi else f"https://arxiv.org/abs/{arxiv}" if arxiv else "")


def _safe(text: str) -> str:
    return html.escape(parts.line(text), quote=False)


def _italic(text: str) -> str:
    return f"<i>{_safe(text)}</i>" if text else ""


def _listed(*pieces: str) -> str:
    return ", ".join(filter(None, pieces))


def _with_last(names: list[str], between: str) -> str:
    return ", ".join(names[:-1]) + between + names[-1] if len(names) > 1 else "".join(names)


def _ended(text: str) -> str:
    """The text with a full stop, unless it ends with one or its like."""
    return text if _ENDED.search(text) else f"{text}."


def _sentences(*pieces: str) -> str:
    """Pieces with blanks between, each ended by a full stop; one that ends inside quotation marks has its own."""
    return " ".join(piece if piece.endswith("\u201d") else _ended(piece) for piece in pieces if piece)
