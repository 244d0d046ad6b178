"""Accounts that a keeper makes: the first admin, and people who are invited."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.errors import RuleBroken
from ..core.text import message
from .models import Account, AccountToken, Registration
from .rules import INVITATION_LASTS, email_key
from .services import create_account, digest_of


def invite(session: Session, *, name: str, email: str, role: str, language: str) -> str:
    """Makes an account without a password: the token of a link that sets one. Only its digest is kept. RuleBroken: the address has an account."""
    key = email_key(email)
    if session.scalar(sa.select(Account.id).where(Account.email_key == key)) is not None:
        raise RuleBroken("email", message("There is an account with this address already."))
    account = create_account(session, name=name, email=email, role=role, language=language)
    session.execute(sa.delete(Registration).where(Registration.email_key == key))
    token, now = secrets.token_urlsafe(32), clock.now()
    session.add(AccountToken(account_id=account.id, purpose="password", email=email, digest=digest_of(token), made_at=now, expires_at=now + INVITATION_LASTS))
    session.flush()
    return token
