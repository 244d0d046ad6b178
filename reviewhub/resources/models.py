"""Tables of requests: tickets with who asks, answers with their links and files, who tried them, and the history."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.changes import shown_with
from ..core.db import Base, Key, UtcTime, one_of
from .rules import KINDS, OPEN, ROLES, STATES, STEPS, UNANSWERED, VISIBILITIES

# The text of a condition, the same in index and query, so that SQLite sees that they fit: everybody can see it, and somebody can still help.
IS_OPEN = f"visibility = 'shown' AND {one_of('state', UNANSWERED)}"


@shown_with(columns=("paper_id", "kind", "state", "visibility", "n_askers", "n_answers"))
class ResourceRequest(Base):
    """What is asked for beside a paper. One of a kind stands on a paper: who wants the same asks with those who asked before."""

    __tablename__ = "resource_requests"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    text: Mapped[str]  # Markdown; of who asked first, may be empty
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))  # who asked first; None: a former reader
    visibility: Mapped[str] = mapped_column(default="shown")
    state: Mapped[str] = mapped_column(default=OPEN)  # rules.state_of
    n_askers: Mapped[int] = mapped_column(default=0)
    n_answers: Mapped[int] = mapped_column(default=0)  # shown
    asked_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    reopened_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)  # when somebody last said that something is still missing
    told_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)  # when an author was told
    declined_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    unreachable_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    answered_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)  # the first answer that could be seen

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        sa.CheckConstraint(one_of("state", STATES), name="state"),
        sa.CheckConstraint(one_of("visibility", VISIBILITIES), name="visibility"),
        sa.Index(
            "uq_resource_requests_standing", "paper_id", "kind", unique=True,
            sqlite_where=sa.text("visibility = 'shown'"), postgresql_where=sa.text("visibility = 'shown'"),
        ),
        sa.Index("ix_resource_requests_open", "id", sqlite_where=sa.text(IS_OPEN), postgresql_where=sa.text(IS_OPEN)),
        sa.Index("ix_resource_requests_open_kind", "kind", "id", sqlite_where=sa.text(IS_OPEN), postgresql_where=sa.text(IS_OPEN)),
        sa.Index("ix_resource_requests_account", "account_id", "asked_at"),
    )  # fmt: skip


class ResourceAsker(Base):
    """Somebody who asks for it, too; who asked first included."""

    __tablename__ = "resource_askers"
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("resource_requests.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True)
    text: Mapped[str] = mapped_column(default="")  # what they need of it, in their own words; Markdown
    at: Mapped[dt.datetime] = mapped_column(UtcTime)


class ResourceFile(Base):
    """An uploaded file as it lies in a folder, once however often it was uploaded. It goes with its last answer."""

    __tablename__ = "resource_files"
    digest: Mapped[str] = mapped_column(Key, primary_key=True)  # SHA-256, hexadecimal; its name on disk
    size_bytes: Mapped[int]
    content_type: Mapped[str]  # as recognised by content
    added_at: Mapped[dt.datetime] = mapped_column(UtcTime)


class ResourceAnswer(Base):
    """What somebody gives: a link, a file, words, or several of these. Of one that was deleted only its place is left."""

    __tablename__ = "resource_answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("resource_requests.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))  # None: a former reader
    is_author: Mapped[bool] = mapped_column(default=False)  # of the paper, as confirmed when it was given
    url: Mapped[str] = mapped_column(default="")
    licence: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")  # Markdown
    file_digest: Mapped[str | None] = mapped_column(sa.ForeignKey("resource_files.digest"), index=True)
    file_name: Mapped[str] = mapped_column(default="")
    visibility: Mapped[str] = mapped_column(default="shown")
    answered_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    n_works: Mapped[int] = mapped_column(default=0)
    n_fails: Mapped[int] = mapped_column(default=0)
    is_accepted: Mapped[bool] = mapped_column(default=False)  # somebody who asked says that it works
    n_failed_checks: Mapped[int] = mapped_column(default=0)  # of the link, in a row
    failing_since: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    is_dead: Mapped[bool] = mapped_column(default=False)
    checked_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    check_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)  # when the link is looked at next; None: no link, or nobody can see it

    __table_args__ = (
        sa.CheckConstraint(one_of("visibility", VISIBILITIES), name="visibility"),
        sa.CheckConstraint("visibility = 'deleted' OR url <> '' OR text <> '' OR file_digest IS NOT NULL", name="something"),
        sa.CheckConstraint("(file_digest IS NULL) = (file_name = '')", name="file_name"),
        sa.Index("ix_resource_answers_due", "check_at", "id"),
        sa.Index("ix_resource_answers_account", "account_id", "answered_at"),
    )


class ResourceVerdict(Base):
    """Whether an answer works for somebody; once each."""

    __tablename__ = "resource_verdicts"
    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("resource_answers.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True)
    works: Mapped[bool]
    at: Mapped[dt.datetime] = mapped_column(UtcTime)


class ResourceStep(Base):
    """One line of the history of a request: what happened, in which role, why, and the state after it."""

    __tablename__ = "resource_steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("resource_requests.id", ondelete="CASCADE"), index=True)
    what: Mapped[str]
    state: Mapped[str]
    role: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(one_of("what", STEPS), name="what"),
        sa.CheckConstraint(one_of("state", STATES), name="state"),
        sa.CheckConstraint(one_of("role", ROLES), name="role"),
    )
