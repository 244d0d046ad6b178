"""What readers say of recommendations, and what they want of them."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message, without_controls
from ..core.unsubscribing import read_token
from ..events import ModelWanted
from ..papers.models import Keyword, Paper
from .models import MailedPaper, PaperTrend, ReaderChoice, ReaderTaste, RelatedPaper
from .rules import CHOICES, MAIL_EVERY, WEEKLY

# More fields than this are no field.
MOST_FIELDS = 20


def choose(session: Session, actor: Actor, paper_id: int, choice: str) -> None:
    """Says "not-interested" or "more-like-this" of a paper; a later word replaces an earlier one. NotFound, NotAllowed, RuleBroken."""
    account_id = _lock(session, actor)
    if choice not in CHOICES:
        raise RuleBroken("choice", message("Choose one from the list."))
    if session.scalar(sa.select(Paper.id).where(Paper.id == paper_id)) is None:
        raise NotFound
    known = session.get(ReaderChoice, (account_id, paper_id))
    if known is None:
        known = ReaderChoice(account_id=account_id, paper_id=paper_id)
        session.add(known)
    known.choice, known.chosen_at = choice, clock.now()
    session.flush()


def unchoose(session: Session, actor: Actor, paper_id: int) -> None:
    """Takes a word back. Nothing happens when there was none."""
    account_id = _lock(session, actor)
    session.execute(sa.delete(ReaderChoice).where(ReaderChoice.account_id == account_id, ReaderChoice.paper_id == paper_id))


def set_fields(session: Session, actor: Actor, slugs: Iterable[str]) -> None:
    """Says what a reader's fields are: slugs of keywords. RuleBroken for one that is not known here, or too many."""
    wanted = list(dict.fromkeys(slugs))
    if len(wanted) > MOST_FIELDS:
        raise RuleBroken("fields", message("Choose at most %(most)s fields.", most=MOST_FIELDS))
    known = set(session.scalars(sa.select(Keyword.slug).where(Keyword.slug.in_([one for one in wanted if without_controls(one) == one]))))
    if missing := [slug for slug in wanted if slug not in known]:
        raise RuleBroken("fields", message("No paper here has the keyword “%(keyword)s”.", keyword=missing[0]))
    _taste(session, actor).fields = wanted
    session.flush()


def leave_out(session: Session, actor: Actor, *, is_left_out: bool) -> None:
    """Leaves a reader's doings out of what others are told, or takes them in again: at once in reasons and trends, in lists with the next training."""
    _taste(session, actor).is_left_out = is_left_out
    session.flush()


def want_mail(session: Session, actor: Actor, *, is_wanted: bool) -> None:
    """Asks for the weekly mail of papers, or ends it. The first comes soon, but no two within a week. NotAllowed; RuleBroken("mail") without an address."""
    taste = _taste(session, actor)
    if not is_wanted:
        taste.mail_due_at = None
    elif taste.mail_due_at is None:
        if session.scalar(sa.select(Account.email).where(Account.id == taste.account_id)) is None:
            raise RuleBroken("mail", message("There is no address of yours here yet. Add one in the settings first."))
        last = session.scalar(sa.select(sa.func.max(MailedPaper.due_at)).where(MailedPaper.account_id == taste.account_id))
        taste.mail_due_at = max(clock.now(), last + MAIL_EVERY) if last else clock.now()
    session.flush()


def check_token(token: str, *, secret_key: str) -> int:
    """The account whose weekly mail a mailed token ends. NotFound for a token that is none of ours."""
    found = read_token(secret_key, token, (WEEKLY,))
    if found is None:
        raise NotFound
    return found[0]


def unsubscribe(session: Session, token: str, *, secret_key: str) -> None:
    """Ends the weekly mail of the account that a mailed token names, whoever is signed in. NotFound for a token that is none of ours."""
    account_id = check_token(token, secret_key=secret_key)
    session.execute(sa.update(ReaderTaste).where(ReaderTaste.account_id == account_id).values(mail_due_at=None))


def want_model(session: Session, actor: Actor) -> None:
    """Wants a new model now. NotAllowed but for admins. Emits ModelWanted."""
    if not actor.has_role("admin"):
        raise NotAllowed
    emit(session, ModelWanted())


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: what readers said of the second holds for the first where they said nothing of that."""
    own = sa.select(ReaderChoice.account_id).where(ReaderChoice.paper_id == kept_id)
    at_once = {"synchronize_session": False}
    session.execute(sa.delete(ReaderChoice).where(ReaderChoice.paper_id == gone_id, ReaderChoice.account_id.in_(own)), execution_options=at_once)
    session.execute(sa.update(ReaderChoice).where(ReaderChoice.paper_id == gone_id).values(paper_id=kept_id), execution_options=at_once)
    mailed = sa.select(MailedPaper.account_id).where(MailedPaper.paper_id == kept_id)
    session.execute(sa.delete(MailedPaper).where(MailedPaper.paper_id == gone_id, MailedPaper.account_id.in_(mailed)), execution_options=at_once)
    session.execute(sa.update(MailedPaper).where(MailedPaper.paper_id == gone_id).values(paper_id=kept_id), execution_options=at_once)
    for model in (RelatedPaper, PaperTrend):
        session.execute(sa.delete(model).where(model.paper_id == gone_id), execution_options=at_once)
    session.execute(sa.delete(RelatedPaper).where(RelatedPaper.other_id == gone_id), execution_options=at_once)
    session.expire_all()


def _taste(session: Session, actor: Actor) -> ReaderTaste:
    account_id = _lock(session, actor)
    found = session.get(ReaderTaste, account_id)
    if found is None:
        found = ReaderTaste(account_id=account_id)
        session.add(found)
    return found


def _lock(session: Session, actor: Actor) -> int:
    """The account, locked against another browser of the same person. NotAllowed."""
    if actor.account_id is None or actor.is_suspended:
        raise NotAllowed
    if session.scalar(sa.select(Account.id).where(Account.id == actor.account_id).with_for_update(key_share=True)) is None:
        raise NotAllowed
    return actor.account_id
