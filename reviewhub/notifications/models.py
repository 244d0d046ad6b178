"""Tables of notices: who follows what, how each wants to hear of it, what each was told; news that is folded, and how far it was looked for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Json, Key, UtcTime, one_of
from .rules import ALARMS, FOLDED, FOLLOWED, KINDS, WAYS

_IS_OPEN = sa.text("told_at IS NULL")
_IS_UNREAD = sa.text("read_at IS NULL")


class Follow(Base):
    """An account wants to hear of what happens to something. `target_id` is the id of a paper, journal, keyword, person or saved search."""

    __tablename__ = "follows"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint(one_of("kind", FOLLOWED), name="kind"), sa.Index("ix_follows_target", "kind", "target_id", "account_id"))


class NoticeSetting(Base):
    """How an account hears of a kind of notices; absent: `rules.DEFAULT_WAYS`."""

    __tablename__ = "notice_settings"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    way: Mapped[str]

    __table_args__ = (sa.CheckConstraint(one_of("kind", KINDS), name="kind"), sa.CheckConstraint(one_of("way", WAYS), name="way"))


class Notice(Base):
    """One happening as it is told to one account; the pair is unique, so that it is told once however often the worker tries."""

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    happening: Mapped[str] = mapped_column(Key)  # "comment:12", "state:3", "review:5", "bulletin:6", "alarm:7", "claim:8:…", "report:9"
    kind: Mapped[str]
    paper_id: Mapped[int | None] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    read_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    way: Mapped[str]  # by mail, as the account wanted it then
    gathered_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)  # which digest it is in
    rating_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ratings.id", ondelete="CASCADE"), index=True)  # the review
    bulletin_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bulletins.id", ondelete="CASCADE"), index=True)
    claim_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claims.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(default="")  # in a word: the new state, what befell the paper, what became of the claim or report
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("resource_requests.id", ondelete="SET NULL"), index=True)

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", KINDS), name="kind"),
        sa.CheckConstraint(one_of("way", WAYS), name="way"),
        sa.UniqueConstraint("account_id", "happening"),
        sa.Index("ix_notices_newest", "account_id", "id"),
        sa.Index("ix_notices_gathering", "way", "gathered_at", "at"),
        sa.Index("ix_notices_unread", "account_id", sqlite_where=_IS_UNREAD, postgresql_where=_IS_UNREAD),
    )


class Bulletin(Base):
    """News of one thing, folded: "37 new papers in X". One row, however many hear of it; told once, and not changed afterwards.

    A mark is the id of a paper, of a step of a claim, or a number of ratings: what came after one and up to the other is what it tells of.
    """

    __tablename__ = "bulletins"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    target_id: Mapped[int]
    opened_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    after_mark: Mapped[int]
    up_to_mark: Mapped[int] = mapped_column(default=0)  # 0: not told yet
    n: Mapped[int] = mapped_column(default=0)
    paper_ids: Mapped[list[Any]] = mapped_column(Json, default=list)  # some of them, the newest first
    told_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", FOLDED), name="kind"),
        sa.Index("ix_bulletins_latest", "kind", "target_id", "id"),
        sa.Index("ix_bulletins_waiting", "told_at", "opened_at"),
        sa.Index("uq_bulletins_open", "kind", "target_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )


class NewsMark(Base):
    """How far news was looked for: among papers, among claims, by a saved search (`target_id`; else 0)."""

    __tablename__ = "news_marks"
    kind: Mapped[str] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(UtcTime)


class PaperAlarm(Base):
    """A paper was found to be retracted, corrected or doubted, for the `number`th time. Never deleted while the paper is here, so that it is told once."""

    __tablename__ = "paper_alarms"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"))
    what: Mapped[str]
    number: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(one_of("what", tuple(dict.fromkeys(ALARMS.values()))), name="what"),
        sa.CheckConstraint("number >= 1", name="number"),
        sa.UniqueConstraint("paper_id", "what", "number"),
    )
