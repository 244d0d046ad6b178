"""The end of an account: what its owner wants erased goes, what they leave stays without their name, and nothing else names them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.errors import NotFound, RuleBroken
from ..core.text import message
from .belongings import Belongings, Item
from .models import Account, Registration


def items_of(session: Session, account_id: int, belongings: Sequence[Belongings]) -> list[Item]:
    """Everything an account has that could stay, domain by domain."""
    return [item for domain in belongings for item in domain.items(session, account_id)]


def delete_account(session: Session, account_id: int, *, keep: Collection[str], belongings: Sequence[Belongings]) -> None:
    """Ends an account. Items whose key is in `keep` stay as of a former reader; keys it does not have are passed over; all else goes.

    NotFound when there is no such account; RuleBroken for the last admin, who would leave a site that nobody can look after.
    """
    account = session.scalar(sa.select(Account).where(Account.id == account_id).with_for_update())
    if account is None:
        raise NotFound
    if account.role == "admin" and is_last_admin(session, account_id):
        raise RuleBroken("account", message("You are the only admin. Make somebody else an admin first."))
    for domain in belongings:
        keys = {item.key for item in domain.items(session, account_id)}
        domain.release(session, account_id, keys & set(keep))
        domain.erase(session, account_id, keys - set(keep))
    if account.email_key is not None:
        session.execute(sa.delete(Registration).where(Registration.email_key == account.email_key))
    session.flush()
    session.execute(sa.delete(Account).where(Account.id == account_id))  # sessions, tokens and the like go with it
    session.expunge(account)


def is_last_admin(session: Session, account_id: int) -> bool:
    """Whether no other account that is not suspended is an admin."""
    others = sa.select(Account.id).where(Account.role == "admin", Account.id != account_id, Account.is_suspended.is_(False)).with_for_update()
    return session.scalar(others.limit(1)) is None
