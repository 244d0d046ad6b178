"""What the index holds of a paper: rows from the database, read for a batch of ids in a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.db import in_batches
from ..core.text import plain
from ..papers.models import Authorship, Funder, Journal, JournalIssn, Keyword, Paper, PaperFunding, PaperIdentifier, PaperKeyword
from ..ratings.models import PaperScore
from ..ratings.queries import scores_of
from ..ratings.rules import ESTABLISHED, PER_STAR

# Of a longer text only the beginning is indexed: whole books have been put where an abstract belongs.
MAX_TEXT_CHARS = 100_000


@dataclass(slots=True)
class Name:
    """A printed name with its parts, as far as they are known."""

    printed: str
    family: str = ""
    given: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What ratings say of a paper: the numbers of a document that change without its text. Scores in hundredths of a half star (4.5 stars are 900).

    `lower` and `mean` are 0 while the score is not established.
    """

    id: int
    lower: int = 0
    mean: int = 0
    n_ratings: int = 0
    n_reviews: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say, as of nearly all papers."""
        return not (self.lower or self.mean or self.n_ratings or self.n_reviews)


@dataclass(slots=True)
class Document:
    """One paper as every engine takes it; all text is plain."""

    id: int
    version: int
    type: str
    year: int | None
    published: int  # yyyymmdd, zeros where month or day is not known, 0 when nothing is
    journal_id: int | None
    titles: list[str]  # the printed one first, then those in other languages
    names: list[Name] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)  # name and abbreviation
    keywords: list[str] = field(default_factory=list)
    keyword_slugs: list[str] = field(default_factory=list)  # beside `keywords`, as are their ids
    keyword_ids: list[int] = field(default_factory=list)
    funders: list[str] = field(default_factory=list)  # as printed, and as the funder is called
    texts: list[str] = field(default_factory=list)  # abstracts and summaries
    identifiers: list[str] = field(default_factory=list)  # normalised values, "kind:value"
    language: str = ""
    is_retracted: bool = False
    standing: Standing | None = None  # None: nobody has rated it


def read(session: Session, ids: Sequence[int]) -> list[Document]:
    """The documents of those of the papers that exist, in order of id."""
    documents: list[Document] = []
    for batch in in_batches(sorted(set(ids))):
        documents.extend(_read(session, batch))
    return documents


def versions(session: Session) -> dict[int, int]:
    """The version of every paper there is, by id."""
    return dict(session.execute(sa.select(Paper.id, Paper.version)).all())


def standings(session: Session, ids: Sequence[int] | None = None) -> list[Standing]:
    """The numbers of those of the papers that have ratings; of all papers that have when `ids` is None. A withdrawn last rating leaves an empty one."""
    if ids is None:
        ids = session.scalars(sa.select(PaperScore.paper_id)).all()
    found = []
    for paper_id, score in scores_of(session, ids).items():
        is_established = score.state == ESTABLISHED
        lower, mean = (round((stars or 0) * PER_STAR) if is_established else 0 for stars in (score.lower, score.overall))
        found.append(Standing(paper_id, lower, mean, score.n, score.n_reviews))
    return found


def _read(session: Session, ids: Sequence[int]) -> list[Document]:
    columns = (
        Paper.id, Paper.version, Paper.type, Paper.year, Paper.published, Paper.journal_id, Paper.title, Paper.titles, Paper.abstracts, Paper.summaries,
        Paper.language, Paper.is_retracted,
    )  # fmt: skip
    documents: dict[int, Document] = {}
    for row in session.execute(sa.select(*columns).where(Paper.id.in_(ids)).order_by(Paper.id)):
        documents[row.id] = Document(
            id=row.id,
            version=row.version,
            type=row.type,
            year=row.year,
            published=_as_number(row.published, row.year),
            journal_id=row.journal_id,
            titles=_distinct(plain(title) for title in (row.title, *row.titles.values())),
            texts=_texts(row.abstracts, row.summaries),
            language=row.language,
            is_retracted=row.is_retracted,
        )
    _add_names(session, documents)
    _add_journals(session, documents)
    _add_keywords(session, documents)
    _add_funders(session, documents)
    for standing in standings(session, list(documents)):
        documents[standing.id].standing = standing
    query = sa.select(PaperIdentifier.paper_id, PaperIdentifier.kind, PaperIdentifier.value).where(PaperIdentifier.paper_id.in_(documents))
    for paper_id, kind, value in session.execute(query.where(PaperIdentifier.kind != "url")):
        documents[paper_id].identifiers.append(f"{kind}:{value}")
    return list(documents.values())


def _add_names(session: Session, documents: dict[int, Document]) -> None:
    query = (
        sa.select(Authorship.paper_id, Authorship.name, Authorship.family, Authorship.given, Authorship.other_name, Authorship.orcid)
        .where(Authorship.paper_id.in_(documents))
        .order_by(Authorship.paper_id, Authorship.position)
    )
    for paper_id, name, family, given, other, orcid in session.execute(query):
        document = documents[paper_id]
        document.names.append(Name(name, family, given, other))
        if orcid:
            document.identifiers.append(f"orcid:{orcid}")


def _add_journals(session: Session, documents: dict[int, Document]) -> None:
    wanted = {d.journal_id for d in documents.values() if d.journal_id is not None}
    names = sa.select(Journal.id, Journal.name, Journal.abbreviation).where(Journal.id.in_(wanted))
    named = {journal_id: (name, short) for journal_id, name, short in session.execute(names)}
    issns: dict[int, list[str]] = {}
    for journal_id, issn in session.execute(sa.select(JournalIssn.journal_id, JournalIssn.issn).where(JournalIssn.journal_id.in_(wanted))):
        issns.setdefault(journal_id, []).append(f"issn:{issn}")
    for document in documents.values():
        if document.journal_id is not None:
            document.journal = _distinct(named.get(document.journal_id, ()))
            document.identifiers.extend(issns.get(document.journal_id, ()))


def _add_keywords(session: Session, documents: dict[int, Document]) -> None:
    query = (
        sa.select(PaperKeyword.paper_id, PaperKeyword.term, Keyword.slug, Keyword.id)
        .join(Keyword, Keyword.id == PaperKeyword.keyword_id)
        .where(PaperKeyword.paper_id.in_(documents))
        .order_by(PaperKeyword.paper_id, PaperKeyword.position)
    )
    for paper_id, term, slug, keyword_id in session.execute(query):
        document = documents[paper_id]
        if slug not in document.keyword_slugs:  # a MeSH term comes once with each of its qualifiers
            document.keywords.append(term)
            document.keyword_slugs.append(slug)
            document.keyword_ids.append(keyword_id)


def _add_funders(session: Session, documents: dict[int, Document]) -> None:
    query = (
        sa.select(PaperFunding.paper_id, PaperFunding.name, Funder.name)
        .join(Funder, Funder.id == PaperFunding.funder_id)
        .where(PaperFunding.paper_id.in_(documents))
        .order_by(PaperFunding.paper_id, PaperFunding.position)
    )
    for paper_id, *names in session.execute(query):
        funders = documents[paper_id].funders
        funders += [name for name in _distinct(names) if name not in funders]


def _texts(abstracts: dict[str, list[dict[str, Any]]], summaries: dict[str, dict[str, Any]]) -> list[str]:
    texts = [summary.get("text", "") for summary in summaries.values()]
    texts += [plain(section.get("html", "")) for sections in abstracts.values() for section in sections]
    kept, room = [], MAX_TEXT_CHARS
    for text in texts:
        if text and room > 0:
            kept.append(text[:room])
            room -= len(text)
    return kept


def _as_number(published: str, year: int | None) -> int:
    digits = "".join(part.zfill(2) for part in published.split("-") if part.isdecimal())
    return int(digits.ljust(8, "0")[:8]) if digits else (year or 0) * 10_000


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
