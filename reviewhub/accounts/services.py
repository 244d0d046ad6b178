"""Writes to accounts."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.errors import Conflict, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message
from ..events import AccountAlerted, RegistrationMade, TokenWanted
from . import passwords, queries
from .models import Account, AccountSession, AccountToken, Registration
from .queries import SignedIn
from .rules import REGISTRATION_LASTS, REMEMBERED_SESSION_LASTS, SESSION_LASTS, TOKEN_LASTS, email_key


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


def refresh_session(session: Session, who: SignedIn) -> None:
    """Notes a visit: the session lasts as long from now as it did from its start."""
    now = clock.now()
    lasts = REMEMBERED_SESSION_LASTS if who.is_remembered else SESSION_LASTS
    session.execute(sa.update(AccountSession).where(AccountSession.id == who.session_id).values(seen_at=now, expires_at=now + lasts))


def register(session: Session, *, name: str, email: str, password_hash: str, language: str, joined_from: str = "", is_mailed: bool = True) -> int:
    """Notes that somebody wants an account: its id. The address, which may have an account already, is to be proved. Emits RegistrationMade.

    `name` and `email` have been found in order; `is_mailed` is false when this address had enough mail for now.
    """
    now = clock.now()
    made = Registration(
        name=name, email=email, email_key=email_key(email), password_hash=password_hash, language=language, joined_from=joined_from, made_at=now,
        expires_at=now + REGISTRATION_LASTS,
    )  # fmt: skip
    session.add(made)
    session.flush()
    if is_mailed:
        emit(session, RegistrationMade(made.id))
    return made.id


def confirm(session: Session, token: str, *, password: str | None = None) -> Account:
    """Makes the account whose registration was mailed this token; other registrations of its address go.

    `password`: given by a browser that did not register. Raises NotFound (unknown, used or run out), RuleBroken("password"),
    Conflict (the address became somebody's account at the same moment).
    """
    registration = queries.registration_with(session, digest_of(token), clock.now())
    if registration is None:
        raise NotFound
    if password is not None and not passwords.is_right(registration.password_hash, password):
        raise RuleBroken("password", message("This is not the password chosen when registering."))
    key, joined_from = registration.email_key, registration.joined_from
    try:
        with session.begin_nested():
            account = create_account(
                session, name=registration.name, email=registration.email, password_hash=registration.password_hash, language=registration.language
            )
            account.joined_from = joined_from
            session.flush()
    except sa.exc.IntegrityError as error:
        raise Conflict from error
    session.execute(sa.delete(Registration).where(Registration.email_key == key))
    return account


def renew_hash(session: Session, account_id: int, password: str, *, kept: str) -> None:
    """Keeps a password that was just given in the form new ones have, unless another was set meanwhile."""
    session.execute(sa.update(Account).where(Account.id == account_id, Account.password_hash == kept).values(password_hash=passwords.hash_of(password)))


def want_password(session: Session, email: str, *, is_mailed: bool = True) -> None:
    """Has a link mailed that sets a new password, if there is such an account. Emits TokenWanted in any case, so that asking tells nothing.

    Links mailed before keep working: otherwise somebody who asks again and again would break each before its owner opens it.
    """
    account = queries.account_with(session, email_key(email))
    if account is None or account.email is None or not is_mailed:
        emit(session, TokenWanted(0))
        return
    now = clock.now()
    link = AccountToken(account_id=account.id, purpose="password", email=account.email, made_at=now, expires_at=now + TOKEN_LASTS["password"])
    session.add(link)
    session.flush()
    emit(session, TokenWanted(link.id))


def set_password(session: Session, token: str, password: str) -> Account:
    """Sets the password of the account whose owner was mailed this token. All its sessions end, and its other links no longer work.

    Emits AccountAlerted. Raises NotFound (unknown, used or run out), RuleBroken("password").
    """
    now = clock.now()
    found = queries.password_link(session, digest_of(token), now)
    if found is None:
        raise NotFound
    link, account = found
    if fault := passwords.fault_of(password, account.name, account.email or ""):
        raise RuleBroken("password", fault)
    spent = sa.update(AccountToken).where(AccountToken.id == link.id, AccountToken.used_at.is_(None)).values(used_at=now)
    if session.execute(spent).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound  # sent twice at once: the other one came first
    account.password_hash = passwords.hash_of(password)
    others = sa.update(AccountToken).where(AccountToken.account_id == account.id, AccountToken.purpose == "password", AccountToken.used_at.is_(None))
    session.execute(others.values(used_at=now))
    end_sessions(session, account.id)
    session.flush()
    emit(session, AccountAlerted(account.id, "password-changed"))
    return account


def put_away(session: Session) -> None:
    """Deletes registrations, links and sessions that have run out."""
    now = clock.now()
    for table in (Registration, AccountToken, AccountSession):
        session.execute(sa.delete(table).where(table.expires_at <= now))
