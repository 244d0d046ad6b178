"""In whose voice somebody writes: their name or their pseudonym of that record, never both; and what is true of them there."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.errors import RuleBroken
from ..core.text import message
from ..papers.models import Authorship
from ..people import queries as people
from .models import Comment
from .rules import pseudonym


def is_author(session: Session, account_id: int | None, paper_id: int) -> bool:
    """Whether this account has an approved claim on the paper: only then is it marked as an author's and may speak as one. One statement."""
    return account_id is not None and people.is_author(session, account_id, paper_id)


def is_perhaps_author(session: Session, account_id: int | None, paper_id: int) -> bool:
    """Whether this account may have written the paper: by a claim, or because it signs in with an ORCID iD that is printed there.

    An iD alone gives no right, for it may stand on the wrong name; it is enough to be no judge and to have no second voice. At most two statements.
    """
    if account_id is None:
        return False
    printed = (
        sa.select(Authorship.paper_id)
        .join(Account, Account.orcid == Authorship.orcid)
        .where(Account.id == account_id, Authorship.paper_id == paper_id, Authorship.role == "author")
    )
    return session.scalar(printed.limit(1)) is not None or is_author(session, account_id, paper_id)


def voice_in(session: Session, account_id: int, paper_id: int) -> str | None:
    """What an account has written under in this record: a pseudonym, "" for its name, None for nothing yet."""
    mine = sa.select(Comment.pseudonym).where(Comment.paper_id == paper_id, Comment.account_id == account_id, Comment.visibility != "deleted")
    return session.scalar(mine.order_by(Comment.id.desc()).limit(1))


def choose(session: Session, account_id: int, paper_id: int, *, is_pseudonymous: bool, secret_key: str) -> str:
    """The pseudonym to write under ("" for the name). Call with the paper locked.

    Raises RuleBroken("is_pseudonymous") where the account has spoken in the other voice: nobody agrees with themselves.
    """
    before = voice_in(session, account_id, paper_id)
    if before is not None and bool(before) != is_pseudonymous:
        raise RuleBroken(
            "is_pseudonymous",
            message("You have written here under your name; a second voice would look like a second person.")
            if before == ""
            else message("You have written here under a pseudonym; your name beside it would tell who it is. Delete your earlier comments first."),
        )
    if not is_pseudonymous:
        return ""
    return before or _unused(session, account_id, paper_id, secret_key)


def _unused(session: Session, account_id: int, paper_id: int, secret_key: str) -> str:
    """The account's code; the next one where somebody else has it here already."""
    attempt = 0
    while True:
        code = pseudonym(secret_key, account_id, paper_id, attempt)
        taken = sa.select(Comment.id).where(
            Comment.paper_id == paper_id, Comment.pseudonym == code, sa.or_(Comment.account_id.is_(None), Comment.account_id != account_id)
        )
        if session.scalar(taken.limit(1)) is None:
            return code
        attempt += 1
