"""Writes to accounts."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from .models import Account, AccountSession
from .rules import REMEMBERED_SESSION_LASTS, SESSION_LASTS, email_key


def digest_of(token: str) -> bytes:
    """What is kept of a random token: its SHA-256. The token has 256 random bits, so no salt and no slow hash is needed."""
    return hashlib.sha256(token.encode()).digest()


def create_account(session: Session, *, name: str, email: str | None, role: str = "reader", password_hash: str = "", language: str = "en") -> Account:
    """A new account whose address is taken as proved."""
    account = Account(
        name=name, email=email, email_key=email_key(email) if email else None, role=role, password_hash=password_hash, language=language, joined_at=clock.now()
    )
    session.add(account)
    session.flush()
    return account


def begin_session(session: Session, account_id: int, *, is_remembered: bool = False, browser: str = "", address: str = "") -> tuple[str, dt.datetime]:
    """Signs a browser in: the token for its cookie, which is kept nowhere else, and when the session runs out."""
    token, now = secrets.token_urlsafe(32), clock.now()
    expires_at = now + (REMEMBERED_SESSION_LASTS if is_remembered else SESSION_LASTS)
    session.add(
        AccountSession(
            account_id=account_id, digest=digest_of(token), started_at=now, seen_at=now, expires_at=expires_at, is_remembered=is_remembered, browser=browser,
            address=address,
        )
    )  # fmt: skip
    session.flush()
    return token, expires_at


def end_session(session: Session, account_id: int, session_id: int) -> bool:
    """Signs one browser of this account out; False when there was none."""
    found = session.execute(sa.delete(AccountSession).where(AccountSession.id == session_id, AccountSession.account_id == account_id))
    return bool(found.rowcount)  # type: ignore[attr-defined]


def end_sessions(session: Session, account_id: int, *, but: int | None = None) -> None:
    """Signs every browser of this account out, save the one whose session is `but`."""
    doomed = sa.delete(AccountSession).where(AccountSession.account_id == account_id)
    session.execute(doomed if but is None else doomed.where(AccountSession.id != but))
