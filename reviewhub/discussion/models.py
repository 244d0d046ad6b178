"""Tables of the discussion: comments with their history, one row of counts a paper, votes, drafts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.changes import shown_with
from ..core.db import Base, Json, Key, UtcTime, one_of
from .rules import KINDS, ROLES, STATES, VISIBILITIES


@shown_with()
class Comment(Base):
    """One text in a thread: the head of one (`parent_id` is None) or a reply in it. Threads are two levels deep."""

    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"))
    rating_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ratings.id", ondelete="SET NULL"))  # the review it is about
    is_on_review: Mapped[bool] = mapped_column(default=False)  # outlasts the review
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(default=0)  # of a reply in its thread, from 1, so that the first few are found at once
    kind: Mapped[str]
    text: Mapped[str]  # Markdown; empty where only a tombstone is left
    text_language: Mapped[str] = mapped_column(default="")
    passage: Mapped[str] = mapped_column(default="")  # words of the abstract it is about
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))  # None: of a former reader
    pseudonym: Mapped[str] = mapped_column(Key, default="")  # rules.pseudonym; empty: under the account's name
    is_author: Mapped[bool] = mapped_column(default=False)  # of the paper, as verified when it was written
    conflict: Mapped[str] = mapped_column(default="")  # found from the record, as of ratings
    state: Mapped[str] = mapped_column(default="")
    visibility: Mapped[str] = mapped_column(default="shown")
    is_locked: Mapped[bool] = mapped_column(default=False)  # a thread that takes no more replies
    written_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(default=1)  # grows with each edit, so that a form of yesterday is noticed
    n_replies: Mapped[int] = mapped_column(default=0)  # of a head: numbers given out
    n_helpful: Mapped[int] = mapped_column(default=0)
    n_votes: Mapped[int] = mapped_column(default=0)
    rank: Mapped[int] = mapped_column(default=0)  # rules.helpfulness

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", KINDS), name="kind"),
        sa.CheckConstraint(one_of("state", ("", *STATES)), name="state"),
        sa.CheckConstraint(one_of("visibility", VISIBILITIES), name="visibility"),
        sa.CheckConstraint("(parent_id IS NULL) = (number = 0)", name="number"),
        sa.CheckConstraint("n_helpful BETWEEN 0 AND n_votes", name="votes"),
        sa.CheckConstraint("kind <> 'author-reply' OR pseudonym = ''", name="author_by_name"),
        sa.UniqueConstraint("parent_id", "number"),
        sa.Index("ix_comments_best", "paper_id", "parent_id", "rank", "id"),
        sa.Index("ix_comments_newest", "paper_id", "parent_id", "id"),
        sa.Index("ix_comments_review", "rating_id", "parent_id", "rank", "id"),
        sa.Index("ix_comments_account", "account_id", "written_at"),
    )


class CommentVersion(Base):
    """A text as it stood before an edit. Goes when the comment is deleted."""

    __tablename__ = "comment_versions"
    comment_id: Mapped[int] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    text: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(UtcTime)  # when it began to stand


class CommentState(Base):
    """A change of state: what, by whom in which role, why."""

    __tablename__ = "comment_states"
    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    state: Mapped[str]
    role: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint(one_of("state", STATES), name="state"), sa.CheckConstraint(one_of("role", ROLES), name="role"))


class CommentMention(Base):
    """Somebody who is spoken to by name ("@Wei Zhang")."""

    __tablename__ = "comment_mentions"
    comment_id: Mapped[int] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True)


class CommentDraft(Base):
    """A text that was begun: of an account, or of a browser that is not signed in (by the digest of a token in its cookie)."""

    __tablename__ = "comment_drafts"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    place: Mapped[str] = mapped_column(Key)  # "paper", "review:12", "reply:34", "edit:56"; of what is asked for beside it "request", "answer:78"
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    digest: Mapped[bytes | None]
    fields: Mapped[dict[str, Any]] = mapped_column(Json)  # as typed
    saved_at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)

    __table_args__ = (
        sa.CheckConstraint("(account_id IS NULL) <> (digest IS NULL)", name="owner"),
        sa.UniqueConstraint("account_id", "paper_id", "place"),
        sa.UniqueConstraint("digest", "paper_id", "place"),
    )


class Vote(Base):
    """Whether somebody found a comment or a review helpful; once each."""

    __tablename__ = "helpful_votes"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    comment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    rating_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ratings.id", ondelete="CASCADE"), index=True)
    is_helpful: Mapped[bool]
    at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint("(comment_id IS NULL) <> (rating_id IS NULL)", name="one_thing"),
        sa.UniqueConstraint("account_id", "comment_id"),
        sa.UniqueConstraint("account_id", "rating_id"),
    )


@shown_with("(SELECT paper_id FROM ratings WHERE id = {row}.rating_id)")
class ReviewStanding(Base):
    """The votes on a review. Absent where nobody has voted."""

    __tablename__ = "review_standings"
    rating_id: Mapped[int] = mapped_column(sa.ForeignKey("ratings.id", ondelete="CASCADE"), primary_key=True)
    n_helpful: Mapped[int]
    n_votes: Mapped[int]
    rank: Mapped[int]

    __table_args__ = (sa.CheckConstraint("n_helpful BETWEEN 0 AND n_votes", name="votes"),)


@shown_with()
class Discussion(Base):
    """The counts of a record, for its head: one row, absent where nobody has written."""

    __tablename__ = "discussions"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    n_comments: Mapped[int] = mapped_column(default=0)  # shown
    n_threads: Mapped[int] = mapped_column(default=0)  # on the paper itself, with at least a tombstone to show
    n_open_questions: Mapped[int] = mapped_column(default=0)
    n_answered_questions: Mapped[int] = mapped_column(default=0)
    n_open_errors: Mapped[int] = mapped_column(default=0)
    n_confirmed_errors: Mapped[int] = mapped_column(default=0)
    n_corrected_errors: Mapped[int] = mapped_column(default=0)
    is_locked: Mapped[bool] = mapped_column(default=False)  # takes no more comments

    __table_args__ = (sa.Index("ix_discussions_most", "n_comments", "paper_id"),)
