"""Tables of libraries and lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.changes import shown_everywhere, shown_with
from ..core.db import Base, Json, Key, UtcTime, one_of
from .rules import STATES


class LibraryItem(Base):
    """A paper that a reader keeps."""

    __tablename__ = "library_items"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(default=STATES[0])
    saved_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    note: Mapped[str] = mapped_column(default="")  # private, plain text

    __table_args__ = (
        sa.CheckConstraint(one_of("state", STATES), name="state"),
        sa.Index("ix_library_items_newest", "account_id", "saved_at", "paper_id"),
        sa.Index("ix_library_items_state", "account_id", "state", "saved_at", "paper_id"),
    )


class LibraryTag(Base):
    """A word that a reader put on a paper they keep."""

    __tablename__ = "library_tags"
    account_id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(primary_key=True)
    tag_key: Mapped[str] = mapped_column(Key, primary_key=True)  # as compared
    tag: Mapped[str]  # as typed

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["account_id", "paper_id"], ["library_items.account_id", "library_items.paper_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        sa.Index("ix_library_tags_tag", "account_id", "tag_key", "paper_id"),
    )  # fmt: skip


@shown_everywhere("title", "is_public")
class ReadingList(Base):
    """Papers that somebody put together, for themselves or for everybody to see."""

    __tablename__ = "reading_lists"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")  # plain text
    is_public: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint("title <> ''", name="title"), sa.Index("ix_reading_lists_public", "is_public", "changed_at", "id"))


@shown_with()
class ReadingListItem(Base):
    __tablename__ = "reading_list_items"
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("reading_lists.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int]  # from 1; gaps are possible
    added_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    note: Mapped[str] = mapped_column(default="")  # plain text; seen by whoever sees the list


class LibraryUpload(Base):
    """A file of references that a reader handed in for their library: a job takes it in, some records at a time."""

    __tablename__ = "library_uploads"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str]
    content: Mapped[bytes | None]  # deflated; None once the file is done
    state: Mapped[str] = mapped_column(default="waiting")
    n_read: Mapped[int] = mapped_column(default=0)  # records of the file that are done with, so that a stopped run goes on there
    n_saved: Mapped[int] = mapped_column(default=0)  # papers that were not in the library before
    n_rejected: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[Any]] = mapped_column(Json, default=list)  # [{"where", "template", "facts"}], the first hundred
    handed_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint(one_of("state", ("waiting", "done", "unreadable")), name="state"),)
