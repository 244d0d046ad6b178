"""Tables of moderation: the log, reports, suspensions with an end, requests to look behind a pseudonym, what moved when two records were made one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Json, Key, UtcTime, one_of
from .rules import ACTIONS, MOVES, REASONS, ROLES, TARGETS, VERDICTS


class LogEntry(Base):
    """One decision, public. Only `account_id` (whom it was done to) and `by_id` (who did it) are not, and the hash does not hold them."""

    __tablename__ = "log_entries"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1, without a gap
    at: Mapped[str]  # ISO, UTC, as it is hashed
    role: Mapped[str]
    action: Mapped[str]
    target: Mapped[str] = mapped_column(Key, default="")  # "comment:12", "paper:3", "run:4", "account"
    paper_id: Mapped[int | None]  # no foreign key: what is written stays
    reason: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(Key, unique=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True)

    __table_args__ = (
        sa.CheckConstraint(one_of("action", ACTIONS), name="action"),
        sa.CheckConstraint(one_of("role", ROLES), name="role"),
        sa.CheckConstraint("number >= 1", name="number"),
        sa.Index("ix_log_entries_target", "target", "number"),
    )


class LogHead(Base):
    """The number and hash of the newest entry, so that a log cut at its end shows as well; one row, which writers of the log wait for."""

    __tablename__ = "log_heads"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str]

    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)


class Report(Base):
    """Somebody says that something should not stand as it does."""

    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    target_kind: Mapped[str]
    target_id: Mapped[int]
    paper_id: Mapped[int | None] = mapped_column(sa.ForeignKey("papers.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))
    reported_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    verdict: Mapped[str] = mapped_column(default="")  # empty: waiting
    verdict_reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True)

    __table_args__ = (
        sa.CheckConstraint(one_of("target_kind", TARGETS), name="target_kind"),
        sa.CheckConstraint(one_of("reason", REASONS), name="reason"),
        sa.CheckConstraint(one_of("verdict", ("", *VERDICTS)), name="verdict"),
        sa.CheckConstraint("(verdict = '') = (decided_at IS NULL)", name="decided"),
        sa.Index("ix_reports_waiting", "verdict", "reported_at", "id"),
        sa.Index("ix_reports_target", "target_kind", "target_id"),
        sa.Index("ix_reports_account", "account_id", "reported_at"),
    )


class Suspension(Base):
    """When the suspension of an account ends by itself. Absent: it has no end."""

    __tablename__ = "suspensions"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)


class Unmasking(Base):
    """A moderator asks to see the account behind a pseudonym; it takes a second one to agree."""

    __tablename__ = "unmaskings"
    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str]
    asked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    asked_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    agreed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    agreed_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint("agreed_by <> asked_by", name="two"),)


class RecordMerge(Base):
    """Two records were made one. No foreign keys to the records: the second is gone, and the first may be made part of a third."""

    __tablename__ = "record_merges"
    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(index=True)
    gone_id: Mapped[int] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(default="")  # empty: an import found one identifier on both
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    made_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    is_logged: Mapped[bool] = mapped_column(default=False)
    paper: Mapped[dict[str, Any]] = mapped_column(Json)  # the row of the second, as it stood
    source_ids: Mapped[list[Any]] = mapped_column(Json, default=list)  # what was said of the second
    redirect_ids: Mapped[list[Any]] = mapped_column(Json, default=list)  # addresses that led to the second


class RecordMergeRow(Base):
    """What became of rows that hung on two records when they were made one: `rules.MOVES`. Goes with the account whose row it is."""

    __tablename__ = "record_merge_rows"
    id: Mapped[int] = mapped_column(primary_key=True)
    merge_id: Mapped[int] = mapped_column(sa.ForeignKey("record_merges.id", ondelete="CASCADE"), index=True)
    table_name: Mapped[str]
    move: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    before: Mapped[dict[str, Any]] = mapped_column(Json)
    after: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (sa.CheckConstraint(one_of("move", MOVES), name="move"),)
