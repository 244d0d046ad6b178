"""Tables of the scholarly record.

What every source said is kept whole in `PaperSource`; the other tables hold the best of it (`papers.merging`), so that they can be made again.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.changes import shown_everywhere
from ..core.db import Base, Json, Key, UtcTime, one_of
from .record import IDENTIFIER_KINDS, KEYWORD_KINDS, RELATION_KINDS, TYPES


@shown_everywhere("name")
class Publisher(Base):
    __tablename__ = "publishers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Key, unique=True)  # folded name


@shown_everywhere("name")
class Journal(Base):
    """A journal, proceedings series or book: what papers appear in. Known by its ISSNs, else by its folded name."""

    __tablename__ = "journals"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Key, index=True)
    abbreviation: Mapped[str] = mapped_column(default="")
    publisher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("publishers.id"), index=True)


@shown_everywhere(from_the_first=True)
class JournalIssn(Base):
    __tablename__ = "journal_issns"
    issn: Mapped[str] = mapped_column(Key, primary_key=True)
    journal_id: Mapped[int] = mapped_column(sa.ForeignKey("journals.id", ondelete="CASCADE"), index=True)


@shown_everywhere("version")
class Paper(Base):
    """One work. Big columns stand last, so that lists read only the head of the row."""

    __tablename__ = "papers"
    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    language: Mapped[str] = mapped_column(default="")
    title: Mapped[str]  # markup
    title_key: Mapped[str] = mapped_column(Key, index=True)  # folded title, at most 200 characters; what duplicates are looked up by
    year: Mapped[int | None]
    published: Mapped[str] = mapped_column(Key, default="")  # partial ISO date
    published_label: Mapped[str] = mapped_column(default="")
    journal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("journals.id"))
    publisher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("publishers.id"), index=True)
    volume: Mapped[str] = mapped_column(default="")
    issue: Mapped[str] = mapped_column(default="")
    pages: Mapped[str] = mapped_column(default="")
    doi: Mapped[str | None] = mapped_column(Key)  # the preferred one; all stand in paper_identifiers
    n_authors: Mapped[int] = mapped_column(default=0)
    authors_line: Mapped[str] = mapped_column(default="")  # JSON-free head of the author list for lists: first names, "; " between them
    is_retracted: Mapped[bool] = mapped_column(default=False)  # kept from relations
    has_concern: Mapped[bool] = mapped_column(default=False)
    is_corrected: Mapped[bool] = mapped_column(default=False)
    licence: Mapped[str] = mapped_column(default="")
    full_text_url: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)  # grows with every change that a page shows
    added_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    titles: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # language -> markup
    summaries: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # language -> {"text", "by"}
    abstracts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # language or "und" -> [{"label", "html"}]
    affiliations: Mapped[list[Any]] = mapped_column(Json, default=list)  # [{"name", "ror"}], numbered from 1 by place
    funding_text: Mapped[str] = mapped_column(default="")
    field_sources: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # field -> source it came from

    __table_args__ = (
        sa.CheckConstraint(one_of("type", TYPES), name="type"),
        sa.CheckConstraint("title <> ''", name="title"),
        sa.Index("ix_papers_newest", "published", "id"),
        sa.Index("ix_papers_added", "added_at", "id"),
        sa.Index("ix_papers_title_order", "title_key", "id"),
        sa.Index("ix_papers_type_newest", "type", "published", "id"),
        sa.Index("ix_papers_journal_newest", "journal_id", "published", "id"),
        sa.Index("ix_papers_language_newest", "language", "published", "id"),
    )


class PaperIdentifier(Base):
    """A normalised identifier. The kinds that name one work stand once in the whole table."""

    __tablename__ = "paper_identifiers"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    value: Mapped[str] = mapped_column(Key)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)  # 0 is the preferred one of its kind

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", IDENTIFIER_KINDS), name="kind"),
        sa.UniqueConstraint("kind", "value", "paper_id"),
        sa.Index(
            "uq_paper_identifiers_work", "kind", "value", unique=True,
            sqlite_where=sa.text("kind NOT IN ('isbn', 'url')"), postgresql_where=sa.text("kind NOT IN ('isbn', 'url')"),
        ),
    )  # fmt: skip


class Authorship(Base):
    """One printed name on one paper, in printed order from 1."""

    __tablename__ = "authorships"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Key)  # slug of the printed name: what the page of that name lists
    family: Mapped[str] = mapped_column(default="")
    given: Mapped[str] = mapped_column(default="")
    suffix: Mapped[str] = mapped_column(default="")
    other_name: Mapped[str] = mapped_column(default="")
    orcid: Mapped[str | None] = mapped_column(Key, index=True)
    email: Mapped[str] = mapped_column(default="")  # private
    role: Mapped[str] = mapped_column(default="author")
    is_group: Mapped[bool] = mapped_column(default=False)
    is_corresponding: Mapped[bool] = mapped_column(default=False)
    is_equal: Mapped[bool] = mapped_column(default=False)
    affiliation_numbers: Mapped[list[Any]] = mapped_column(Json, default=list)  # places in Paper.affiliations, from 1
    namesake_key: Mapped[str] = mapped_column(Key)  # namesakes.namesake_key: what forms of one name share

    __table_args__ = (
        sa.CheckConstraint("position >= 1", name="position"),
        sa.CheckConstraint(one_of("role", ("author", "editor", "translator")), name="role"),
        sa.Index("ix_authorships_name", "name_key", "paper_id"),
        sa.Index("ix_authorships_namesakes", "namesake_key", "paper_id"),
    )


@shown_everywhere("term", "slug")
class Keyword(Base):
    __tablename__ = "keywords"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Key, unique=True)
    term: Mapped[str]


class PaperKeyword(Base):
    __tablename__ = "paper_keywords"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    keyword_id: Mapped[int] = mapped_column(sa.ForeignKey("keywords.id"))
    kind: Mapped[str]
    term: Mapped[str]  # as printed here
    qualifier: Mapped[str] = mapped_column(default="")
    is_major: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", KEYWORD_KINDS), name="kind"),
        sa.Index("ix_paper_keywords_keyword", "keyword_id", "paper_id"),
    )


@shown_everywhere("name")
class Funder(Base):
    """Who pays: known by the Funder Registry DOI, else by the folded name."""

    __tablename__ = "funders"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Key, index=True)
    doi: Mapped[str | None] = mapped_column(Key, unique=True)
    ror: Mapped[str] = mapped_column(default="")


class PaperFunding(Base):
    __tablename__ = "paper_fundings"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    funder_id: Mapped[int] = mapped_column(sa.ForeignKey("funders.id"))
    name: Mapped[str]  # as printed here
    awards: Mapped[list[Any]] = mapped_column(Json, default=list)

    __table_args__ = (sa.Index("ix_paper_fundings_funder", "funder_id", "paper_id"),)


class PaperReference(Base):
    __tablename__ = "paper_references"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(default="")
    doi: Mapped[str | None] = mapped_column(Key, index=True)
    pmid: Mapped[str | None] = mapped_column(Key, index=True)


class PaperRelation(Base):
    """ "FROM is <kind> TO". Either end may be a work that is not here: then only its identifier is known ("doi:…", "pmid:…", "arxiv:…")."""

    __tablename__ = "paper_relations"
    id: Mapped[int] = mapped_column(primary_key=True)
    told_by_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)  # whose record says so
    kind: Mapped[str]
    is_from: Mapped[bool]  # True: the teller is FROM, the other TO
    other_key: Mapped[str] = mapped_column(Key, index=True)
    other_id: Mapped[int | None] = mapped_column(sa.ForeignKey("papers.id", ondelete="SET NULL"), index=True)
    on: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", RELATION_KINDS), name="kind"),
        sa.UniqueConstraint("told_by_id", "kind", "is_from", "other_key"),
    )


class PaperSource(Base):
    """What one source said of a paper, whole. Its digest tells whether the same record has been seen before."""

    __tablename__ = "paper_sources"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)  # of source, trust and content, 16 bytes
    source: Mapped[str]
    source_key: Mapped[str]
    revised: Mapped[str] = mapped_column(default="")
    is_trusted: Mapped[bool]  # False: handed in by a reader, ranks below every keeper's import
    added_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    content: Mapped[bytes]  # PaperRecord.to_json(), deflated


class PaperRedirect(Base):
    """The address of a paper that was found to be another: old id to the one that stays."""

    __tablename__ = "paper_redirects"
    old_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
