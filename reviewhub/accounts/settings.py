"""What the owner of an account changes about it: name and preferences, password, address, ORCID iD."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message, squeezed
from ..events import AccountAlerted, AccountChanged, TokenWanted
from . import passwords
from .models import Account, AccountSession, AccountToken, Registration
from .rules import TOKEN_LASTS, email_key, name_of
from .services import create_account, digest_of, end_sessions

MAX_INSTITUTION_CHARS = 200
# Links one account may have mailed in an hour: enough for a slip or two, too few to fill somebody else's mailbox.
LINKS_PER_HOUR = 5


@dataclass(frozen=True, slots=True)
class Profile:
    """What stands in the first form of the settings."""

    name: str
    institution: str = ""
    language: str = "en"
    hides_numbers: bool = False


@dataclass(frozen=True, slots=True)
class Browser:
    """A session as its owner sees it."""

    id: int
    browser: str
    address: str
    started_at: dt.datetime
    seen_at: dt.datetime
    is_remembered: bool


def account_of(session: Session, account_id: int) -> Account:
    """The account; NotFound when it is gone."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account


def browsers_of(session: Session, account_id: int) -> list[Browser]:
    """The sessions that have not run out, the one seen last first. One statement."""
    found = sa.select(
        AccountSession.id, AccountSession.browser, AccountSession.address, AccountSession.started_at, AccountSession.seen_at, AccountSession.is_remembered
    ).where(AccountSession.account_id == account_id, AccountSession.expires_at > clock.now())
    return [Browser(*row) for row in session.execute(found.order_by(AccountSession.seen_at.desc(), AccountSession.id.desc()))]


def waiting_address(session: Session, account_id: int) -> str:
    """The new address that is still to be proved, or an empty string. One statement."""
    newest = sa.select(AccountToken.email).where(
        AccountToken.account_id == account_id, AccountToken.purpose == "address", AccountToken.used_at.is_(None), AccountToken.expires_at > clock.now()
    )
    return session.scalar(newest.order_by(AccountToken.id.desc()).limit(1)) or ""


def change_profile(session: Session, actor: Actor, profile: Profile) -> None:
    """Changes name, institution and preferences. Emits AccountChanged when the name or the institution is another one.

    Raises NotAllowed (nobody is signed in; a suspended account wants another name or institution), RuleBroken.
    """
    account = _own(session, actor)
    name, institution = name_of(profile.name), squeezed(profile.institution)
    if len(institution) > MAX_INSTITUTION_CHARS:
        raise RuleBroken("institution", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_INSTITUTION_CHARS, n=len(institution)))
    if profile.language not in ("en", "zh"):
        raise RuleBroken("language", message("Choose one from the list."))
    is_changed = (account.name, account.institution) != (name, institution)
    if is_changed and actor.is_suspended:
        raise NotAllowed
    account.name, account.institution, account.language, account.hides_numbers = name, institution, profile.language, profile.hides_numbers
    session.flush()
    if is_changed:
        emit(session, AccountChanged(account.id))


def change_password(session: Session, actor: Actor, current: str, new: str, *, this_session: int) -> None:
    """Another password: every other browser is signed out, links mailed before no longer work, the owner hears of it by mail.

    RuleBroken: "current" is not the password, "new" is not good enough. Emits AccountAlerted.
    """
    account = _own(session, actor)
    if not passwords.is_right(account.password_hash, current):
        raise RuleBroken("current", message("This is not your present password."))
    if fault := passwords.fault_of(new, account.name, account.email or ""):
        raise RuleBroken("new", fault)
    account.password_hash = passwords.hash_of(new)
    _spend_links(session, account.id, "password")
    end_sessions(session, account.id, but=this_session)
    session.flush()
    emit(session, AccountAlerted(account.id, "password-changed"))


def has_password(account: Account, password: str) -> bool:
    """Whether this is the password of the account. As slow as a hash is."""
    return bool(account.password_hash) and passwords.is_right(account.password_hash, password)


def want_password_link(session: Session, actor: Actor) -> None:
    """Has a link mailed that sets a password; for accounts that have none. Emits TokenWanted. RuleBroken: no address, or too many links."""
    account = _own(session, actor)
    if account.email is None:
        raise RuleBroken("email", message("Give an address first: the link is mailed to it."))
    emit(session, TokenWanted(_link(session, account, "password", account.email)))


def want_address(session: Session, actor: Actor, address: str) -> None:
    """Has a link mailed to a new address; opening it makes it the address of the account. The present one hears of it at once, while it still counts.

    An address of another account gets no mail, and nothing tells the asker. Emits TokenWanted and AccountAlerted. RuleBroken: its own address, too many links.
    """
    account = _own(session, actor)
    key = email_key(address)
    if key == account.email_key:
        raise RuleBroken("email", message("This is your address already."))
    is_taken = session.scalar(sa.select(Account.id).where(Account.email_key == key)) is not None
    token_id = _link(session, account, "address", address.strip())
    emit(session, TokenWanted(0 if is_taken else token_id))
    if account.email is not None:
        emit(session, AccountAlerted(account.id, "address-changed"))


def address_proved_by(session: Session, token: str) -> tuple[AccountToken, Account]:
    """The link with this token and its account; NotFound when it is unknown, used, replaced or run out."""
    found = session.execute(
        sa.select(AccountToken, Account)
        .join(Account, Account.id == AccountToken.account_id)
        .where(
            AccountToken.digest == digest_of(token), AccountToken.purpose == "address", AccountToken.used_at.is_(None), AccountToken.expires_at > clock.now()
        )
    ).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def apply_address(session: Session, token: str) -> Account:
    """Makes the proved address the account's. Links mailed to the old one no longer work. Emits AccountChanged.

    NotFound: as above; Conflict: it became somebody else's.
    """
    link, _ = address_proved_by(session, token)
    account = _locked(session, link.account_id)
    key = email_key(link.email)
    if session.scalar(sa.select(Account.id).where(Account.email_key == key, Account.id != account.id)) is not None:
        raise Conflict
    account.email, account.email_key = link.email, key
    for purpose in ("address", "password"):
        _spend_links(session, account.id, purpose)
    session.execute(sa.delete(Registration).where(Registration.email_key == key))
    session.flush()
    emit(session, AccountChanged(account.id))  # whose organisation it is may be another one now
    return account


def with_orcid(session: Session, orcid: str) -> Account | None:
    """The account that is signed in to with this iD."""
    return session.scalar(sa.select(Account).where(Account.orcid == orcid))


def connect_orcid(session: Session, actor: Actor, orcid: str) -> None:
    """Lets the account be signed in to with this iD, which its owner has just shown to be theirs. Emits AccountChanged and AccountAlerted.

    RuleBroken: it belongs to another account, or this account has another one.
    """
    account = _own(session, actor)
    if account.orcid == orcid:
        return
    other = with_orcid(session, orcid)
    if other is not None:
        raise RuleBroken("orcid", message("This ORCID iD belongs to another account here. Nothing was changed."))
    if account.orcid is not None:
        raise RuleBroken("orcid", message("Your account is connected to another ORCID iD. Disconnect that one first; nothing was changed."))
    account.orcid = orcid
    session.flush()
    emit(session, AccountChanged(account.id))
    emit(session, AccountAlerted(account.id, "orcid-linked"))


def disconnect_orcid(session: Session, actor: Actor) -> None:
    """The iD no longer opens the account. Emits AccountChanged. RuleBroken when nothing else would."""
    account = _own(session, actor)
    if account.orcid is None:
        return
    if not account.password_hash and account.email is None:
        raise RuleBroken("orcid", message("Without it you could no longer sign in. Add an address or a password first."))
    account.orcid = None
    session.flush()
    emit(session, AccountChanged(account.id))


def join_with_orcid(session: Session, orcid: str, name: str, *, language: str, joined_from: str = "") -> Account:
    """A new account without an address, opened by this iD. RuleBroken: the name. Conflict: the iD got an account meanwhile."""
    name = name_of(name)
    if with_orcid(session, orcid) is not None:
        raise Conflict
    account = create_account(session, name=name, email=None, language=language)
    account.orcid, account.joined_from = orcid, joined_from
    session.flush()
    return account


def _link(session: Session, account: Account, purpose: str, address: str) -> int:
    """The row of a link still to be drawn and mailed; earlier ones of this kind no longer work. RuleBroken after too many."""
    now = clock.now()
    made = sa.select(sa.func.count()).where(
        AccountToken.account_id == account.id, AccountToken.purpose == purpose, AccountToken.made_at > now - dt.timedelta(hours=1)
    )
    if (session.scalar(made) or 0) >= LINKS_PER_HOUR:
        raise RuleBroken("email", message("Enough links were mailed for now. Please look into the mailbox, or try again in an hour."))
    _spend_links(session, account.id, purpose)
    link = AccountToken(account_id=account.id, purpose=purpose, email=address, made_at=now, expires_at=now + TOKEN_LASTS[purpose])
    session.add(link)
    session.flush()
    return link.id


def _spend_links(session: Session, account_id: int, purpose: str) -> None:
    open_ones = sa.update(AccountToken).where(AccountToken.account_id == account_id, AccountToken.purpose == purpose, AccountToken.used_at.is_(None))
    session.execute(open_ones.values(used_at=clock.now()))


def _own(session: Session, actor: Actor) -> Account:
    if actor.account_id is None:
        raise NotAllowed
    return _locked(session, actor.account_id)


def _locked(session: Session, account_id: int) -> Account:
    account = session.scalar(sa.select(Account).where(Account.id == account_id).with_for_update().execution_options(populate_existing=True))
    if account is None:
        raise NotFound
    return account
