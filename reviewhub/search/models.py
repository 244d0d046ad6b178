"""Tables of search: what readers have saved. The index itself is no table; it can be made again from others."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Json, Key, UtcTime


class SavedSearch(Base):
    """A query with its filters that a reader goes back to. `token` is what its feed's address holds: who has it may read the feed, and nothing else."""

    __tablename__ = "saved_searches"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    words: Mapped[str] = mapped_column(default="")  # the query as typed
    filters: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # those that are set, by the names of `backend.Filters`
    sort: Mapped[str] = mapped_column(default="relevance")
    asked_key: Mapped[str] = mapped_column(Key)  # digest of words, filters and sort: the same search is saved once
    token: Mapped[str] = mapped_column(Key, unique=True)
    saved_at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.UniqueConstraint("account_id", "asked_key"), sa.CheckConstraint("name <> ''", name="name"))
