"""Suspending an account, giving it back, changing what it may do."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.actor import ROLES, Actor
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message, squeezed
from ..events import AccountChanged
from .models import Account

# The reason is shown to its owner in a banner; more does not fit one.
MAX_REASON_CHARS = 500


def suspend(session: Session, actor: Actor, account_id: int, because: str) -> None:
    """Keeps an account from writing; its ratings no longer count. Its owner may sign in and reads why. Emits AccountChanged.

    Raises NotFound, NotAllowed (a keeper and an admin may suspend anybody but themselves, a moderator readers), RuleBroken (no reason, or one too long).
    """
    account = _locked(session, account_id)
    _check_may(actor, account)
    reason = squeezed(because)
    if not reason:
        raise RuleBroken("because", message("Say why: the owner of the account will read it."))
    if len(reason) > MAX_REASON_CHARS:
        raise RuleBroken("because", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_REASON_CHARS, n=len(reason)))
    account.is_suspended, account.suspended_because = True, reason
    session.flush()
    emit(session, AccountChanged(account_id))


def restore(session: Session, actor: Actor, account_id: int) -> None:
    """Ends a suspension. Emits AccountChanged. Raises NotFound, NotAllowed, RuleBroken (it is not suspended)."""
    account = _locked(session, account_id)
    _check_may(actor, account)
    if not account.is_suspended:
        raise RuleBroken("account", message("This account is not suspended."))
    account.is_suspended, account.suspended_because = False, ""
    session.flush()
    emit(session, AccountChanged(account_id))


def change_role(session: Session, actor: Actor, account_id: int, role: str) -> None:
    """Makes an account a reader, moderator or admin. Emits AccountChanged. Keepers and admins may, admins not with themselves, so that one always stays."""
    if role not in ROLES:
        raise ValueError(f"no such role: {role}")
    account = _locked(session, account_id)
    if actor.kind != "keeper" and not (actor.has_role("admin") and actor.account_id != account_id):
        raise NotAllowed
    account.role = role
    session.flush()
    emit(session, AccountChanged(account_id))


def _check_may(actor: Actor, account: Account) -> None:
    may = actor.kind == "keeper" or (actor.account_id != account.id and actor.has_role("admin" if account.role != "reader" else "moderator"))
    if not may:
        raise NotAllowed


def _locked(session: Session, account_id: int) -> Account:
    account = session.scalar(sa.select(Account).where(Account.id == account_id).with_for_update())
    if account is None:
        raise NotFound
    return account
