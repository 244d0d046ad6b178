"""Tables of accounts. No secret stands in them: passwords, session tokens and mailed links are kept as digests."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.actor import ROLES
from ..core.changes import shown_everywhere
from ..core.db import Base, Key, UtcTime, one_of
from .rules import PURPOSES


@shown_everywhere("name", "orcid", "institution", "is_suspended")
class Account(Base):
    """A person, or the page that the starter ratings come from. Without an address and an ORCID iD nobody can sign in to it."""

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]  # as typed
    email_key: Mapped[str | None] = mapped_column(Key, unique=True)  # as compared (rules.email_key)
    password_hash: Mapped[str] = mapped_column(default="")  # argon2id in PHC form; empty: no password
    role: Mapped[str] = mapped_column(default="reader")
    language: Mapped[str] = mapped_column(default="en")  # of their mail
    orcid: Mapped[str | None] = mapped_column(Key, unique=True)  # signed in with at ORCID, so theirs
    institution: Mapped[str] = mapped_column(default="")  # as they state it
    hides_numbers: Mapped[bool] = mapped_column(default=False)  # "rate before you look"
    is_suspended: Mapped[bool] = mapped_column(default=False)
    suspended_because: Mapped[str] = mapped_column(default="")
    joined_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    joined_from: Mapped[str] = mapped_column(default="")  # keyed hash of the address block; empty: unknown, or not a public address

    __table_args__ = (
        sa.CheckConstraint(one_of("role", ROLES), name="role"),
        sa.CheckConstraint("language IN ('en', 'zh')", name="language"),
        sa.CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email"),
        sa.CheckConstraint("name <> ''", name="name"),
    )


class AccountSession(Base):
    """One browser that is signed in. Its cookie holds a random token; here stands the SHA-256 of it."""

    __tablename__ = "account_sessions"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    started_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)
    is_remembered: Mapped[bool] = mapped_column(default=False)
    browser: Mapped[str] = mapped_column(default="")  # "Firefox on Windows"
    address: Mapped[str] = mapped_column(default="")  # the block, for its owner to recognise: "203.0.113.*"


class Registration(Base):
    """Somebody who wants an account and has not shown yet that the address is theirs. Several may stand for one address: the one confirmed wins."""

    __tablename__ = "registrations"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(Key, index=True)
    password_hash: Mapped[str]
    language: Mapped[str]
    joined_from: Mapped[str] = mapped_column(default="")
    digest: Mapped[bytes | None] = mapped_column(unique=True)  # of the mailed token; None until the mail is written
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)


class AccountToken(Base):
    """A link that was mailed, or is about to be: to set a password, or to prove a new address. Works once."""

    __tablename__ = "account_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    email: Mapped[str] = mapped_column(default="")  # the address it was sent to, and proves
    digest: Mapped[bytes | None] = mapped_column(unique=True)
    made_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint(one_of("purpose", PURPOSES), name="purpose"),)
