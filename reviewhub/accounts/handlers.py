"""What follows from events of accounts: mails. And what is put away once a day."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from ..config import Settings
from ..core import clock
from ..core.db import Database
from ..core.jobs import Handler
from ..core.mail import deliver
from ..events import AccountAlerted, Event, RegistrationMade, TimeCame, TokenWanted
from . import mails, queries, services
from .models import Account, AccountToken, Registration

_DAY_S = 86_400.0


def prove_address(database: Database, settings: Settings, event: RegistrationMade) -> None:
    """Mails the link that makes the account; to somebody who has one already, how to sign in.

    The mail goes after the digest of its token is kept. Run twice, it mails twice, and the newer link works.
    """
    token = secrets.token_urlsafe(32)
    with database.write() as session, session.begin():
        registration = session.get(Registration, event.registration_id)
        if registration is None or registration.expires_at <= clock.now():
            return
        account = queries.account_with(session, registration.email_key)
        if account is None:
            registration.digest = services.digest_of(token)
        mail = mails.proof_of_address(settings, registration, token) if account is None else mails.already_there(settings, account)
    deliver(settings, mail)


def mail_link(database: Database, settings: Settings, event: TokenWanted) -> None:
    """Mails the link that sets a password or proves an address. Run twice, it mails twice, and the newer link works."""
    token = secrets.token_urlsafe(32)
    with database.write() as session, session.begin():
        link = session.get(AccountToken, event.token_id) if event.token_id else None
        if link is None or link.used_at is not None or link.expires_at <= clock.now():
            return
        link.digest = services.digest_of(token)
        account = session.get_one(Account, link.account_id)
        mail = mails.link_wanted(settings, account, link, token)
    deliver(settings, mail)


def mail_alert(database: Database, settings: Settings, event: AccountAlerted) -> None:
    """Tells the owner of an account what was done to it. Without an address there is no one to tell."""
    with database.read() as session:
        account = session.get(Account, event.account_id)
        if account is None or account.email is None:
            return
        mail = mails.alert(settings, account, event.what)
    deliver(settings, mail)


def tidy(database: Database, settings: Settings, event: TimeCame) -> None:  # noqa: ARG001 - the signature of a handler
    """Puts away registrations, links and sessions that have run out."""
    with database.write() as session, session.begin():
        services.put_away(session)


SUBSCRIPTIONS: Mapping[type[Event], list[Handler]] = {RegistrationMade: [prove_address], TokenWanted: [mail_link], AccountAlerted: [mail_alert]}
SCHEDULE: Mapping[Handler, float] = {tidy: _DAY_S}
