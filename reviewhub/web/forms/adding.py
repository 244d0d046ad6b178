"""What somebody types to add a paper: read into an identifier or a `PaperRecord`, or into what is wrong, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...core import clock
from ...core.text import Message, is_han, message, squeezed, without_controls
from ...imports.markup import from_latex_math
from ...papers.identifiers import dois_in, normalised, normalised_arxiv, normalised_doi, normalised_pmcid, normalised_pmid
from ...papers.names import read_name
from ...papers.record import TYPES, Author, Journal, Keyword, PaperRecord, Section
from ...papers.rules import MAX_ABSTRACT_CHARS, MAX_TITLE_CHARS, is_partial_date

# Kinds that nobody adds by hand: they come with the notices of publishers.
TYPES_BY_HAND = tuple(kind for kind in TYPES if kind not in ("retraction", "correction", "expression-of-concern"))
# What the language list offers; the commonest languages of papers, by native name in the page.
LANGUAGES = ("en", "zh", "ja", "ko", "de", "fr", "es", "pt", "it", "ru", "pl", "nl", "tr", "ar", "fa", "uk", "cs")
# A person types a few hundred names at most; the longest lists come by file.
MOST_AUTHORS = 3_000
MOST_KEYWORDS = 100
# A line of a form: a name, a journal, a number.
MAX_LINE_CHARS = 500
MAX_NUMBER_CHARS = 60
EARLIEST_YEAR = 1400

_LINES = re.compile(r"\r\n?|\n")
_BETWEEN_KEYWORDS = re.compile("[;\uff1b\u3001\n\r]+")
_BETWEEN_WORDS = re.compile("[,\uff0c]+")
_PARAGRAPHS = re.compile(r"\n\s*\n")

# Fields of the form by hand, in the order of the page.
TEXTS = ("title", "title_other", "journal", "volume", "issue", "pages", "published", "doi", "pmid", "pmcid", "arxiv", "url")
LONG_TEXTS = ("authors", "groups", "keywords", "abstract_en", "abstract_zh")
CHOICES = ("type", "language")
FIELDS = TEXTS + LONG_TEXTS + CHOICES


@dataclass(frozen=True, slots=True)
class Identified:
    """An identifier that names one work: its kind ("doi", "pmid", "pmcid" or "arxiv") and its normalised value."""

    kind: str
    value: str


def identified(text: str) -> Identified | None:
    """The identifier somebody typed, bare, labelled or as the address of a page; None when there is none in it.

    Bare digits are a PubMed identifier; a DOI is also found inside the address of a publisher's page.
    """
    found = squeezed(text)[:2_000]
    if not found:
        return None
    readers = (("arxiv", normalised_arxiv), ("doi", normalised_doi), ("pmid", normalised_pmid), ("pmcid", normalised_pmcid))
    for kind, reader in readers:
        # Bare digits are a PubMed number, never one of PubMed Central.
        if (value := reader(found)) and (kind != "pmcid" or "pmc" in found.lower()):
            return Identified(kind, value)
    inside = dois_in(found)
    return Identified("doi", inside[0]) if len(inside) == 1 else None


@dataclass(slots=True)
class ByHand:
    """The form by hand: what was typed, kept as it is so that nothing is lost, and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Message] = field(default_factory=dict)  # by field

    @classmethod
    def of(cls, typed: Mapping[str, str]) -> ByHand:
        """The form as a browser sent it, or as an address fills it in."""
        return cls({name: without_controls(typed.get(name, "")) for name in FIELDS if typed.get(name)})

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def record(self) -> PaperRecord | None:
        """The record, or None when something is wrong: then `errors` says what."""
        self.errors = {}
        record = PaperRecord("hand", title=self._title("title"), type=self._choice("type", TYPES_BY_HAND) or "other")
        record.language = self._choice("language", LANGUAGES)
        self._put_titles(record)
        record.authors = self._authors()
        record.journal = Journal(self._line("journal", MAX_LINE_CHARS))
        record.volume, record.issue, record.pages = (self._line(name, MAX_NUMBER_CHARS) for name in ("volume", "issue", "pages"))
        record.published = self._published()
        record.identifiers = self._identifiers()
        record.keywords = self._keywords()
        record.abstracts = {language: found for language in ("en", "zh") if (found := self._abstract(f"abstract_{language}"))}
        if not self.errors and not any(kind != "url" for kind in record.identifiers) and not (record.authors and record.published):
            self.errors["authors" if not record.authors else "published"] = message(
                "Give at least one author and the year, or a DOI, PMID or arXiv number: otherwise nobody can tell which paper this is."
            )
        return None if self.errors else record

    def _line(self, name: str, longest: int) -> str:
        text = squeezed(self[name])
        if len(text) > longest:
            self.errors[name] = message("At most %(most)s characters fit here; these are %(n)s.", most=longest, n=len(text))
        return text

    def _title(self, name: str) -> str:
        text = self._line(name, MAX_TITLE_CHARS)
        if not any(c.isalnum() for c in text):
            if name == "title":
                self.errors.setdefault(name, message("A paper needs a title."))
            return ""
        return from_latex_math(text)

    def _put_titles(self, record: PaperRecord) -> None:
        """The title under its language, and the other title as English beside Chinese, Chinese beside anything else."""
        other = self._title("title_other")
        own = record.language or ("zh" if is_han(record.title) else "")
        if own:
            record.titles[own] = record.title
        if not other:
            return
        language = "zh" if is_han(other) else "en"
        if language == own:
            self.errors["title_other"] = message("This is the same language as the title above; give the title in another one.")
        record.titles[language] = other

    def _choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self[name].strip()
        if value and value not in choices:
            self.errors[name] = message("Choose one from the list.")
            return ""
        return value

    def _authors(self) -> list[Author]:
        found = []
        for line in self._lines("authors"):
            name = read_name(line)
            if name is None:
                self.errors["authors"] = message("“%(line)s” is not a name. One author on each line, please.", line=line[:60])
            else:
                found.append(Author(name.name, name.family, name.given, name.suffix, name.other_name))
        found += [Author(line, is_group=True) for line in self._lines("groups")]
        if len(found) > MOST_AUTHORS:
            self.errors["authors"] = message("At most %(most)s authors can be typed here; longer lists can be uploaded as a file.", most=MOST_AUTHORS)
        return found

    def _lines(self, name: str) -> list[str]:
        lines = [line for line in map(squeezed, _LINES.split(self[name])) if line]
        if any(len(line) > MAX_LINE_CHARS for line in lines):
            self.errors[name] = message("A line is longer than %(most)s characters. One name on each line, please.", most=MAX_LINE_CHARS)
        return lines

    def _published(self) -> str:
        text = squeezed(self["published"])
        latest = clock.now().year + 1
        if not text:
            return ""
        if not is_partial_date(text):
            self.errors["published"] = message("Write the year as 2023, or the date as 2023-04 or 2023-04-05.")
        elif not EARLIEST_YEAR <= int(text[:4]) <= latest:
            self.errors["published"] = message("The year must lie between %(first)s and %(last)s.", first=EARLIEST_YEAR, last=latest)
        return text

    def _identifiers(self) -> dict[str, list[str]]:
        wrong = {
            "doi": message("This is not a DOI. A DOI looks like 10.1234/abcd."),
            "pmid": message("This is not a PubMed number. It has one to nine digits."),
            "pmcid": message("This is not a PubMed Central number. It looks like PMC1234567."),
            "arxiv": message("This is not an arXiv number. It looks like 2301.01234 or hep-th/9901001."),
            "url": message("This is not an address. It begins with https:// or http://."),
        }
        found = {}
        for kind, error in wrong.items():
            if text := self[kind].strip():
                value = normalised(kind, text)
                if value:
                    found[kind] = [value]
                else:
                    self.errors[kind] = error
        return found

    def _keywords(self) -> list[Keyword]:
        text = self["keywords"]
        pieces = _BETWEEN_KEYWORDS.split(text)
        if len(pieces) == 1:  # commas part keywords only where nothing stronger does: "Pain, Postoperative; Stroke" are two
            pieces = _BETWEEN_WORDS.split(text)
        terms: dict[str, Keyword] = {}
        for term in map(squeezed, pieces):
            if any(c.isalnum() for c in term):
                terms.setdefault(term.casefold(), Keyword(term))
        found = list(terms.values())
        if len(found) > MOST_KEYWORDS or any(len(keyword.term) > MAX_LINE_CHARS for keyword in found):
            self.errors["keywords"] = message("At most %(most)s keywords of %(n)s characters each.", most=MOST_KEYWORDS, n=MAX_LINE_CHARS)
        return found

    def _abstract(self, name: str) -> list[Section]:
        text = _LINES.sub("\n", self[name]).strip()
        if len(text) > MAX_ABSTRACT_CHARS:
            self.errors[name] = message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_ABSTRACT_CHARS, n=len(text))
            return []
        paragraphs = [markup for part in _PARAGRAPHS.split(text) if (markup := from_latex_math(part))]
        return [Section("\n\n".join(paragraphs))] if paragraphs else []
