"""A request as a ticket: found and locked, given its state anew, its history written. What every write of this domain ends with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..accounts.newcomers import FIRST_TEXTS, LIMIT_WINDOW, daily_limit, must_wait
from ..core import clock
from ..core.actor import Actor
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.text import as_typed, message
from ..ratings.services import lock
from .models import ResourceAnswer, ResourceAsker, ResourceRequest, ResourceStep
from .rules import MAX_TEXT_CHARS, Standing, state_of


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests and answers an account may still write now; shown before it bites."""

    most: int
    left: int
    again_at: dt.datetime | None = None  # when the next one may be written, where none is left
    links_wait: bool = False  # what holds a link or a file is shown only after a moderator has read it


def writer(actor: Actor) -> int:
    """The account of somebody who may write. Raises NotAllowed (not signed in, suspended)."""
    if actor.account_id is None or actor.is_suspended:
        raise NotAllowed
    return actor.account_id


def locked(session: Session, request_id: int) -> ResourceRequest:
    """A request as it stands, its paper locked. Raises NotFound."""
    paper_id = session.scalar(sa.select(ResourceRequest.paper_id).where(ResourceRequest.id == request_id))
    if paper_id is None:
        raise NotFound
    lock(session, paper_id)
    request = session.get(ResourceRequest, request_id, populate_existing=True)
    if request is None or request.paper_id != paper_id:
        raise NotFound
    return request


def locked_answer(session: Session, answer_id: int) -> tuple[ResourceAnswer, ResourceRequest]:
    """An answer as it stands with its request, the paper locked. Raises NotFound."""
    request_id = session.scalar(sa.select(ResourceAnswer.request_id).where(ResourceAnswer.id == answer_id))
    if request_id is None:
        raise NotFound
    request = locked(session, request_id)
    return session.get_one(ResourceAnswer, answer_id, populate_existing=True), request


def settle(session: Session, request: ResourceRequest) -> None:
    """Gives a request its counts and state anew; call with the paper locked. Two statements and a write."""
    session.flush()
    answers = session.execute(
        sa.select(ResourceAnswer.answered_at, ResourceAnswer.n_works, ResourceAnswer.n_fails, ResourceAnswer.is_dead).where(
            ResourceAnswer.request_id == request.id, ResourceAnswer.visibility == "shown"
        )
    ).all()
    request.n_askers = session.scalar(sa.select(sa.func.count()).where(ResourceAsker.request_id == request.id)) or 0
    request.n_answers = len(answers)
    request.answered_at = min((one.answered_at for one in answers), default=None)
    reopened_at = request.reopened_at
    standings = [Standing(one.n_works, one.n_fails, one.is_dead, reopened_at is None or one.answered_at >= reopened_at) for one in answers]
    request.state = state_of(
        standings, is_declined=request.declined_at is not None, is_unreachable=request.unreachable_at is not None, is_told=request.told_at is not None
    )
    session.flush()


def note(session: Session, request: ResourceRequest, what: str, role: str, account_id: int | None, words: str = "") -> None:
    """Gives a request its state anew and writes a line of its history."""
    settle(session, request)
    session.add(ResourceStep(request_id=request.id, what=what, state=request.state, role=role, account_id=account_id, note=words, at=clock.now()))
    session.flush()


def checked(typed: str, field: str = "text", *, most: int = MAX_TEXT_CHARS) -> str:
    """A text as it is kept. Raises RuleBroken when it is too long."""
    text = typed if len(typed) > 2 * most else as_typed(typed)  # no work is done on far too much
    if len(text) > most:
        raise RuleBroken(field, message("At most %(most)s characters fit here; these are %(n)s.", most=most, n=len(text)))
    return text


def check_allowed(session: Session, account_id: int, field: str) -> None:
    """Raises RuleBroken when this account has written all it may within a day."""
    allowance = allowance_of(session, account_id)
    if allowance.left <= 0:
        words = message("You have sent %(n)s requests and answers within a day; more may be sent tomorrow.", n=allowance.most)
        raise RuleBroken(field, words)


def check_no_link(session: Session, account_id: int, text: str, field: str) -> None:
    """Raises RuleBroken for a link in a side note of a new account: notes do not wait for a moderator, as requests and answers do."""
    if _waits(session, account_id, text):
        raise RuleBroken(field, message("The first texts of a new account cannot hold a link here. Leave it out, or give it as an answer."))


def allowance_of(session: Session, account_id: int) -> Allowance:
    """How much an account may still write. Three statements."""
    now = clock.now()
    since = now - LIMIT_WINDOW
    written = sa.union_all(
        sa.select(ResourceRequest.asked_at.label("at")).where(ResourceRequest.account_id == account_id, ResourceRequest.asked_at > since),
        sa.select(ResourceAnswer.answered_at).where(ResourceAnswer.account_id == account_id, ResourceAnswer.answered_at > since),
        sa.select(ResourceStep.at).where(ResourceStep.account_id == account_id, ResourceStep.at > since, ResourceStep.what == "asked-again"),
    ).subquery()
    times = session.scalars(sa.select(written.c.at).order_by(written.c.at)).all()
    most = daily_limit(_age(session, account_id))
    left = max(0, most - len(times))
    return Allowance(most, left, None if left else times[len(times) - most] + LIMIT_WINDOW, _waits(session, account_id, "https://"))


def waiting_or_shown(session: Session, account_id: int, text: str) -> str:
    """How a text of this account begins: shown, or, of a new account and with a link in it, waiting for a moderator."""
    return "waiting" if _waits(session, account_id, text) else "shown"


def is_asker(session: Session, account_id: int, request_id: int) -> bool:
    """Whether this account asks for it."""
    return session.get(ResourceAsker, (request_id, account_id)) is not None


def _waits(session: Session, account_id: int, text: str) -> bool:
    age = _age(session, account_id)
    if not must_wait(text, age=age, n_shown=0):
        return False
    shown = sa.union_all(
        sa.select(ResourceRequest.id).where(ResourceRequest.account_id == account_id, ResourceRequest.visibility == "shown"),
        sa.select(ResourceAnswer.id).where(ResourceAnswer.account_id == account_id, ResourceAnswer.visibility == "shown"),
    )
    n_shown = session.scalar(sa.select(sa.func.count()).select_from(sa.select(shown.subquery()).limit(FIRST_TEXTS).subquery())) or 0
    return must_wait(text, age=age, n_shown=n_shown)


def _age(session: Session, account_id: int) -> dt.timedelta:
    return clock.now() - session.execute(sa.select(Account.joined_at).where(Account.id == account_id)).scalar_one()
