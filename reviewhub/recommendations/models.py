"""Tables of recommendations: lists that pages read, what readers said of them, and which model stands behind them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.changes import shown_everywhere, shown_with
from ..core.db import Base, Json, UtcTime, one_of
from .rules import CHOICES


class RecommendationModel(Base):
    """A model that was made: `folder` under home/recommendations holds its arrays while it is the newest."""

    __tablename__ = "recommendation_models"
    id: Mapped[int] = mapped_column(primary_key=True)
    folder: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    n_papers: Mapped[int]
    n_readers: Mapped[int]
    n_entries: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    training_s: Mapped[float]
    figures: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # recall on entries hidden from a trial, where there were enough


@shown_with()
class RelatedList(Base):
    """When the list of papers related to this one was made, and by which model (None: by text alone, before there was one)."""

    __tablename__ = "related_lists"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    model_id: Mapped[int] = mapped_column(default=0, index=True)  # 0: none; models go, and what they made stays until it is made anew
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)


class RelatedPaper(Base):
    """One place of the list of a paper."""

    __tablename__ = "related_papers"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # from 1; a place may be missing
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    reasons: Mapped[list[Any]] = mapped_column(Json, default=list)  # [{"kind", facts…}], the strongest first

    __table_args__ = (sa.UniqueConstraint("paper_id", "other_id"), sa.CheckConstraint("paper_id <> other_id", name="other"))


class ReaderChoice(Base):
    """What a reader said of a recommendation."""

    __tablename__ = "reader_choices"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    choice: Mapped[str]
    chosen_at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint(one_of("choice", CHOICES), name="choice"),)


class ReaderTaste(Base):
    """What a reader wants of recommendations; without a row the defaults hold."""

    __tablename__ = "reader_tastes"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    is_left_out: Mapped[bool] = mapped_column(default=False)  # of the training: others' lists know nothing of this reader
    fields: Mapped[list[Any]] = mapped_column(Json, default=list)  # slugs of keywords
    mail_due_at: Mapped[dt.datetime | None] = mapped_column(UtcTime, index=True)  # of the next weekly mail; None: none is wanted


class MailedPaper(Base):
    """A paper of a weekly mail: not mailed again, and a mail that has to be written twice is the same."""

    __tablename__ = "mailed_papers"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    due_at: Mapped[dt.datetime] = mapped_column(UtcTime)  # names the mail
    position: Mapped[int]
    reasons: Mapped[list[Any]] = mapped_column(Json, default=list)  # [[template, facts], …]


@shown_everywhere(from_the_first=True)
class PaperTrend(Base):
    """How much a paper is turned to these days (`rules.trend`); absent where nobody has for long."""

    __tablename__ = "paper_trends"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    trend: Mapped[int]  # thousandths
    n_readers: Mapped[int]  # who rated or saved it within the window
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.Index("ix_paper_trends_trend", "trend", "paper_id"),)
