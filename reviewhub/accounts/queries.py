"""Reads of accounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..core.prepared import Prepared
from .models import Account, AccountSession, AccountToken, Registration


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What pages need of the person who is signed in: small, for it is read with every page."""

    account_id: int
    session_id: int
    name: str
    role: str
    language: str
    hides_numbers: bool
    is_suspended: bool
    suspended_because: str
    is_remembered: bool
    expires_at: dt.datetime
    seen_at: dt.datetime

    @property
    def actor(self) -> Actor:
        return Actor("account", self.account_id, self.role, self.is_suspended)


_SIGNED_IN = Prepared(
    sa.select(
        Account.id, AccountSession.id, Account.name, Account.role, Account.language, Account.hides_numbers, Account.is_suspended,
        Account.suspended_because, AccountSession.is_remembered, AccountSession.expires_at, AccountSession.seen_at,
    )
    .join(AccountSession, AccountSession.account_id == Account.id)
    .where(AccountSession.digest == sa.bindparam("digest", type_=sa.LargeBinary))
)  # fmt: skip


def signed_in(session: Session, digest: bytes, now: dt.datetime) -> SignedIn | None:
    """Whoever holds the session with this digest, unless it has run out. One statement."""
    rows = _SIGNED_IN.rows(session, digest=digest)
    if not rows:
        return None
    found = SignedIn(*rows[0])
    return found if found.expires_at > now else None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signing in compares a password with."""

    account_id: int
    password_hash: str


def credentials_of(session: Session, key: str) -> Credentials | None:
    """The account with this address (as `rules.email_key` compares it). One statement."""
    row = session.execute(sa.select(Account.id, Account.password_hash).where(Account.email_key == key)).first()
    return Credentials(*row) if row else None


def account_with(session: Session, key: str) -> Account | None:
    """The account with this address (as `rules.email_key` compares it)."""
    return session.scalar(sa.select(Account).where(Account.email_key == key))


def account_of(session: Session, account_id: int) -> Account | None:
    """The account with this number."""
    return session.get(Account, account_id)


def registration_with(session: Session, digest: bytes, now: dt.datetime) -> Registration | None:
    """The registration whose mailed link has this digest, unless it has run out."""
    return session.scalar(sa.select(Registration).where(Registration.digest == digest, Registration.expires_at > now))


def password_link(session: Session, digest: bytes, now: dt.datetime) -> tuple[AccountToken, Account] | None:
    """The link to set a password with this digest and its account, unless it was used or has run out."""
    found = session.execute(
        sa.select(AccountToken, Account)
        .join(Account, Account.id == AccountToken.account_id)
        .where(AccountToken.digest == digest, AccountToken.purpose == "password", AccountToken.used_at.is_(None), AccountToken.expires_at > now)
    ).first()
    return (found[0], found[1]) if found else None
