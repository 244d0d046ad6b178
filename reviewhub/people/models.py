"""Tables of people: who is behind printed names, what they claim and how that went."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.changes import shown_everywhere, shown_with
from ..core.db import Base, Json, Key, UtcTime, one_of
from .ladder import APPROVED, LIVE, RUNGS, STATES

NAME_KINDS = ("other", "former")
TEXT_KINDS, LINK_KINDS = ("summary", "title", "abstract"), ("code", "data")
WORD_KINDS = (*TEXT_KINDS, *LINK_KINDS)
CHANGE_KINDS = ("merge", "split")
CHANGE_STATES = ("asked", "done", "undone", "refused")


@shown_everywhere("name", "other_name", "merged_into_id")
class Person(Base):
    """Somebody with a profile. One that was merged stays as a row, so that its address leads on and the merge can be undone."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]  # as they want it shown
    other_name: Mapped[str] = mapped_column(default="")  # in the other script
    links: Mapped[list[Any]] = mapped_column(Json, default=list)  # [{"words", "url"}]
    shows_activity: Mapped[bool] = mapped_column(default=False)  # what they rated and wrote stands on the profile
    is_told: Mapped[bool] = mapped_column(default=True)  # of ratings, comments and requests on their papers
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint("name <> ''", name="name"), sa.CheckConstraint("merged_into_id <> id", name="merged"))


@shown_everywhere("person_id")
class PersonAccount(Base):
    """The accounts of a person: one, or several once profiles were merged."""

    __tablename__ = "person_accounts"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"), index=True)


class PersonName(Base):
    """Another name that somebody publishes or published under. Names that fit are looked for among all of them; a hidden one is shown to nobody."""

    __tablename__ = "person_names"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="other")
    is_shown: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (sa.CheckConstraint(one_of("kind", NAME_KINDS), name="kind"), sa.UniqueConstraint("person_id", "name"))


@shown_with()
class Claim(Base):
    """ "I am this author": one account's claim of one printed name. A new try takes up the same row; its steps are the history."""

    __tablename__ = "claims"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]  # from 1; follows the name when the record's author list changes. 0: the name is no longer printed
    name: Mapped[str]  # as printed when it was claimed
    name_key: Mapped[str] = mapped_column(Key)
    account_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True
    )  # None: the account is gone, the profile stays
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"), index=True)
    state: Mapped[str]
    proof: Mapped[str] = mapped_column(default="")  # the rung that approved it
    evidence: Mapped[list[Any]] = mapped_column(Json, default=list)  # [{"rung", "fact", "at"}], strongest first
    note: Mapped[str] = mapped_column(default="")  # in the claimant's words, for moderators
    reason: Mapped[str] = mapped_column(default="")  # a moderator's, for the claimant
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.CheckConstraint(one_of("state", STATES), name="state"),
        sa.CheckConstraint(one_of("proof", ("", *RUNGS)), name="proof"),
        sa.CheckConstraint(f"state <> '{APPROVED}' OR proof <> ''", name="proven"),
        sa.CheckConstraint("position >= 0", name="position"),
        sa.UniqueConstraint("account_id", "paper_id", "name_key"),
        sa.Index(
            "uq_claims_approved", "paper_id", "position", unique=True,
            sqlite_where=sa.text("state = 'approved' AND position > 0"), postgresql_where=sa.text("state = 'approved' AND position > 0"),
        ),
        sa.Index("ix_claims_waiting", "state", "changed_at"),
    )  # fmt: skip

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def rungs(self) -> tuple[str, ...]:
        return tuple(one["rung"] for one in self.evidence)


class ClaimStep(Base):
    """One step of a claim, never changed: the public log reads these."""

    __tablename__ = "claim_steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey("claims.id", ondelete="CASCADE"), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    by_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))
    by: Mapped[str]  # "claimant", "co-author", "moderator", "site"
    action: Mapped[str]
    state: Mapped[str]  # after it
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (sa.CheckConstraint(one_of("by", ("claimant", "co-author", "moderator", "site")), name="by"),)


class ClaimLink(Base):
    """A link mailed to the address that is printed for an author, or about to be. Works once, for the account that asked for it."""

    __tablename__ = "claim_links"
    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey("claims.id", ondelete="CASCADE"), index=True)
    email_key: Mapped[str] = mapped_column(Key, index=True)
    email: Mapped[str]
    digest: Mapped[bytes | None] = mapped_column(unique=True)  # of the token; None until the mail is written
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)


class NotMine(Base):
    """A person said of a suggested authorship that it is somebody else's: it is not suggested again."""

    __tablename__ = "not_mine"
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    name_key: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)


class PersonChange(Base):
    """Two profiles made one, or one made two. What moved is kept, so that it can be undone."""

    __tablename__ = "person_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    kept_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"), index=True)
    other_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"), index=True)  # of a split: None until it is done
    asked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(default="")
    moved: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # {"claims": [id …], "accounts": [id …]}
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint(one_of("kind", CHANGE_KINDS), name="kind"), sa.CheckConstraint(one_of("state", CHANGE_STATES), name="state"))


@shown_with()
class AuthorWord(Base):
    """What an author adds to the record of their paper, in their own name. Shown only while the claim behind it is approved; the record stays as printed."""

    __tablename__ = "author_words"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)  # of a text; empty for links
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey("claims.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]  # plain; of a link its address
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", WORD_KINDS), name="kind"),
        sa.CheckConstraint(f"(language = '') = ({one_of('kind', LINK_KINDS)})", name="language"),
        sa.CheckConstraint("text <> ''", name="text"),
    )


class HiddenName(Base):
    """A printed name whose page of unclaimed papers is not shown, as somebody of that name wished. The records stay as printed."""

    __tablename__ = "hidden_names"
    name_key: Mapped[str] = mapped_column(Key, primary_key=True)
    hidden_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))
    at: Mapped[dt.datetime] = mapped_column(UtcTime)


class ClosedAuthorship(Base):
    """An author who cannot claim any more: a moderator noted that they died."""

    __tablename__ = "closed_authorships"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    name_key: Mapped[str] = mapped_column(Key, primary_key=True)
    closed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
