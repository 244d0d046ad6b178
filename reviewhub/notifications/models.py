"""Tables of notices: who follows what, how each wants to hear of it, what each was told."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Key, UtcTime, one_of
from .rules import FOLLOWED, KINDS, WAYS


class Follow(Base):
    """An account wants to hear of what happens to something. `target_id` is the id of a paper, journal or keyword."""

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
    happening: Mapped[str] = mapped_column(Key)  # "comment:12", "state:3", "report:4"
    kind: Mapped[str]
    paper_id: Mapped[int | None] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("resource_requests.id", ondelete="SET NULL"), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    read_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    way: Mapped[str]  # by mail, as the account wanted it then
    gathered_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)  # which digest it is in

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", KINDS), name="kind"),
        sa.CheckConstraint(one_of("way", WAYS), name="way"),
        sa.UniqueConstraint("account_id", "happening"),
        sa.Index("ix_notices_newest", "account_id", "id"),
        sa.Index("ix_notices_gathering", "way", "gathered_at", "at"),
    )
