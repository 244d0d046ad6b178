"""A paper as a source tells it: what every reader of a format yields, and what `papers.services` takes in.

`PaperRecord` knows no database. Its JSON form (`to_json`, `from_json`) is the project's own JSON lines format.
Text marked *markup* is safe inline HTML: only `i b sub sup sc` and MathML, `& < >` escaped. All other text is plain.
Absent values are empty (`""`, `[]`, `{}`), never invented.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from ..core.text import Message

# The vocabulary of `PaperRecord.type`; every reader maps its own words to these.
TYPES = (
    "article", "review", "systematic-review", "meta-analysis", "clinical-trial", "case-report", "editorial", "letter", "comment", "news",
    "conference-paper", "preprint", "book", "book-chapter", "thesis", "report", "dataset", "software", "standard", "patent", "peer-review",
    "protocol", "reference-entry", "webpage", "retraction", "correction", "expression-of-concern", "other",
)  # fmt: skip
IDENTIFIER_KINDS = ("doi", "pmid", "pmcid", "arxiv", "openalex", "wos", "isbn", "url")
# Kinds that name one work and so may stand on one paper only; an ISBN is shared by the chapters of a book, a URL by anything.
UNIQUE_IDENTIFIER_KINDS = ("doi", "pmid", "pmcid", "arxiv", "openalex", "wos")
KEYWORD_KINDS = ("author", "mesh", "subject")
# A relation always reads "FROM is <kind> TO": the notice retracts the paper, the preprint is a preprint of the article.
RELATION_KINDS = (
    "retracts", "corrects", "expresses-concern-about", "withdraws", "updates", "comments-on", "reviews", "is-preprint-of", "is-version-of",
    "is-translation-of", "republishes", "supplements", "is-part-of",
)  # fmt: skip
NOTICE_KINDS = ("retracts", "withdraws", "expresses-concern-about", "corrects")


@dataclass(slots=True)
class Affiliation:
    name: str
    ror: str = ""  # bare identifier, nine characters


@dataclass(slots=True)
class Author:
    """One printed name. `name` is what is shown, in natural order of its script ("Jane Q. Doe", "王小明")."""

    name: str
    family: str = ""
    given: str = ""
    suffix: str = ""
    other_name: str = ""  # the same person's name in the other script, where the source gives it
    orcid: str = ""  # 0000-0000-0000-0000, checksum verified
    email: str = ""  # private: never shown, never exported to the public
    role: str = "author"  # author | editor | translator
    is_group: bool = False
    is_corresponding: bool = False
    is_equal: bool = False
    affiliations: list[Affiliation] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """One part of an abstract. `label` is plain and may be empty; `html` is markup, paragraphs parted by a blank line."""

    html: str
    label: str = ""


@dataclass(slots=True)
class Summary:
    text: str  # plain
    by: str = ""  # "reviewhub" where it is ours, else who wrote it


@dataclass(slots=True)
class Journal:
    name: str = ""
    abbreviation: str = ""
    issns: list[str] = field(default_factory=list)  # 1234-567X, checksum verified


@dataclass(slots=True)
class Keyword:
    term: str
    kind: str = "author"  # KEYWORD_KINDS
    qualifier: str = ""  # MeSH subheading
    is_major: bool = False  # MeSH major topic


@dataclass(slots=True)
class Funding:
    name: str
    doi: str = ""  # Funder Registry DOI, e.g. 10.13039/501100001809
    ror: str = ""
    awards: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reference:
    text: str = ""  # as printed, or put together from its parts
    doi: str = ""
    pmid: str = ""


@dataclass(slots=True)
class Relation:
    """A stated link to another work. `is_from` tells which end this record is: True reads "this record <kind> the other"."""

    kind: str  # RELATION_KINDS
    is_from: bool
    doi: str = ""  # of the other work
    pmid: str = ""
    arxiv: str = ""
    on: str = ""  # partial date
    note: str = ""  # what the source says, plain


@dataclass(slots=True)
class PaperRecord:
    """One work as one source tells it.

    `source` names the kind of source ("pubmed", "crossref", "wos", "ris", "bibtex", "csl-json", "starter-shelf", "hand" …), `source_key`
    its own name for the work ("pmid:123"; may be empty), `revised` the date the source says it last changed the record.
    Dates are partial ISO dates: "2023", "2023-04" or "2023-04-05"; `published_label` keeps what a date field said beyond that ("2023 Winter").
    `language` is a lower-case ISO 639-1 code where there is one. `titles` and `abstracts` are keyed by such codes and hold every known
    language, the main one included when its language is known; `title` is the title in the language of the paper where it is known.
    """

    source: str
    title: str = ""  # markup
    source_key: str = ""
    revised: str = ""
    type: str = "other"
    language: str = ""
    titles: dict[str, str] = field(default_factory=dict)  # language -> markup
    abstracts: dict[str, list[Section]] = field(default_factory=dict)  # language or "und" -> sections
    summaries: dict[str, Summary] = field(default_factory=dict)  # language -> one or two sentences
    journal: Journal = field(default_factory=Journal)  # the journal, proceedings or book it appeared in
    publisher: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""  # "12-34" or an article number
    published: str = ""
    published_label: str = ""
    identifiers: dict[str, list[str]] = field(default_factory=dict)  # kind -> normalised values, the preferred first
    authors: list[Author] = field(default_factory=list)
    keywords: list[Keyword] = field(default_factory=list)
    licence: str = ""  # address of the licence, or its name
    full_text_url: str = ""  # open to everybody
    funding: list[Funding] = field(default_factory=list)
    funding_text: str = ""
    references: list[Reference] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    remarks: list[Message] = field(default_factory=list)  # what was left out of this record and why; not part of its JSON form

    def identifier(self, kind: str) -> str:
        """The preferred identifier of a kind, or an empty string."""
        values = self.identifiers.get(kind)
        return values[0] if values else ""

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values, empty ones left out; `from_json` gives an equal record back."""
        found = _bare(self)
        found.pop("remarks", None)
        return found

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> PaperRecord:
        """The inverse of `to_json`. Raises ValueError that names the place when a value has the wrong shape."""
        record: PaperRecord = _made(cls, found, "record")
        return record


def _bare(value: Any) -> dict[str, Any]:
    """A dataclass as a dict without its empty fields. Records are written by the million, so the plan of each class is made once."""
    cls = type(value)
    plan = _PLANS.get(cls)
    if plan is None:
        plan = _PLANS[cls] = [(f.name, *_plan_of(_hints(cls)[f.name])) for f in dataclasses.fields(cls)]
    out: dict[str, Any] = {}
    for name, is_plain, write in plan:
        found = getattr(value, name)
        if found:
            if not is_plain:
                found = write(found)
                if not found:
                    continue
            out[name] = found
        elif found is False and name == "is_from":  # the one mark whose absence would say something else
            out[name] = False
    return out


_PLANS: dict[type, list[tuple[str, bool, Any]]] = {}


def _plan_of(hint: Any) -> tuple[bool, Any]:
    """Whether a value of this type is written as it is, and if not, the function that writes it."""
    if dataclasses.is_dataclass(hint):
        return False, _bare
    parts = getattr(hint, "__args__", ())
    if not parts:
        return True, None
    is_plain, write = _plan_of(parts[-1])
    if hint.__origin__ is list:
        return (True, None) if is_plain else (False, lambda found: [write(v) for v in found])
    return (True, None) if is_plain else (False, lambda found: {k: write(v) for k, v in found.items()})


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(cls: Any) -> dict[str, Any]:
    hints = _HINTS.get(cls)
    if hints is None:
        hints = _HINTS[cls] = get_type_hints(cls)
    return hints


def _made(cls: Any, found: Any, place: str) -> Any:
    if not isinstance(found, dict):
        raise ValueError(f"{place}: an object was expected")
    hints = _hints(cls)
    unknown = found.keys() - (hints.keys() - {"remarks"})
    if unknown:
        raise ValueError(f"{place}: unknown field {min(unknown)!r}")
    try:
        return cls(**{name: _value(hints[name], v, f"{place}.{name}") for name, v in found.items()})
    except TypeError as error:  # a field without default is missing
        raise ValueError(f"{place}: {str(error).split(': ')[-1]} is missing") from None


def _value(hint: Any, found: Any, place: str) -> Any:
    if hint in (str, bool, int):
        if type(found) is not hint:
            raise ValueError(f"{place}: {hint.__name__} was expected")
        return found
    origin = getattr(hint, "__origin__", None)
    if origin is list:
        if not isinstance(found, list):
            raise ValueError(f"{place}: a list was expected")
        return [_value(hint.__args__[0], v, f"{place}[{n}]") for n, v in enumerate(found)]
    if origin is dict:
        if not isinstance(found, dict) or not all(isinstance(k, str) for k in found):
            raise ValueError(f"{place}: an object was expected")
        return {k: _value(hint.__args__[1], v, f"{place}.{k}") for k, v in found.items()}
    return _made(hint, found, place)
