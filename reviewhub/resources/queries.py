"""Reads of requests: those of a record, one with its history, what is open across the site, a file to hand out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.actor import Actor
from ..core.prepared import Prepared
from ..papers.models import Paper, PaperKeyword
from .models import IS_OPEN, ResourceAnswer, ResourceAsker, ResourceFile, ResourceRequest, ResourceStep, ResourceVerdict
from .rules import UNANSWERED

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Brief:
    """A request as the record page tells it."""

    id: int
    kind: str
    state: str
    n_askers: int
    n_answers: int

    @property
    def is_unanswered(self) -> bool:
        return self.state in UNANSWERED


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody who asks with others needs of it."""

    text: str
    name: str
    account_id: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is shown."""

    id: int
    request_id: int
    url: str
    licence: str
    text: str
    file_name: str
    size_bytes: int
    name: str  # empty: a former reader
    account_id: int | None
    is_author: bool
    visibility: str
    answered_at: dt.datetime
    n_works: int
    n_fails: int
    is_accepted: bool
    is_dead: bool
    checked_at: dt.datetime | None
    is_own: bool = False
    own_verdict: bool | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request as it is shown."""

    id: int
    paper_id: int
    kind: str
    text: str
    state: str
    visibility: str
    n_askers: int
    n_answers: int
    asked_at: dt.datetime
    declined_at: dt.datetime | None
    unreachable_at: dt.datetime | None
    name: str  # of who asked first; empty: a former reader
    account_id: int | None
    is_own: bool = False
    is_asker: bool = False
    more: tuple[Words, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def is_unanswered(self) -> bool:
        return self.state in UNANSWERED


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the history."""

    what: str
    state: str
    role: str
    name: str
    note: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Open:
    """A request that waits for somebody to help, as the list of the whole site shows it."""

    id: int
    kind: str
    state: str
    text: str
    n_askers: int
    asked_at: dt.datetime
    paper_id: int


@dataclass(frozen=True, slots=True)
class Handed:
    """A file to hand out."""

    digest: str
    name: str
    content_type: str
    size_bytes: int


_BRIEF = Prepared(
    sa.select(*(getattr(ResourceRequest, name) for name in Brief.__dataclass_fields__))
    .where(ResourceRequest.paper_id == sa.bindparam("paper_id", type_=sa.Integer), ResourceRequest.visibility == "shown")
    .order_by(ResourceRequest.id.desc())
)
_TICKET: tuple[Any, ...] = (
    ResourceRequest.id, ResourceRequest.paper_id, ResourceRequest.kind, ResourceRequest.text, ResourceRequest.state, ResourceRequest.visibility,
    ResourceRequest.n_askers, ResourceRequest.n_answers, ResourceRequest.asked_at, ResourceRequest.declined_at, ResourceRequest.unreachable_at,
    sa.func.coalesce(Account.name, ""), ResourceRequest.account_id,
)  # fmt: skip
_ANSWER: tuple[Any, ...] = (
    ResourceAnswer.id, ResourceAnswer.request_id, ResourceAnswer.url, ResourceAnswer.licence, ResourceAnswer.text, ResourceAnswer.file_name,
    sa.func.coalesce(ResourceFile.size_bytes, 0), sa.func.coalesce(Account.name, ""), ResourceAnswer.account_id, ResourceAnswer.is_author,
    ResourceAnswer.visibility, ResourceAnswer.answered_at, ResourceAnswer.n_works, ResourceAnswer.n_fails, ResourceAnswer.is_accepted, ResourceAnswer.is_dead,
    ResourceAnswer.checked_at,
)  # fmt: skip


def briefs_of(session: Session, paper_id: int) -> list[Brief]:
    """The requests of a record that everybody can see, the newest first: at most one of a kind. One statement."""
    return [Brief(*row) for row in _BRIEF.rows(session, paper_id=paper_id)]


def tickets_of(session: Session, paper_id: int, actor: Actor) -> list[Ticket]:
    """The requests of a record that this reader may see, open ones first, with their answers.

    One statement where there is none, else three; signed in two more.
    """
    query = sa.select(*_TICKET).outerjoin(Account, Account.id == ResourceRequest.account_id).where(ResourceRequest.paper_id == paper_id)
    found = _filled(
        session, [Ticket(*row) for row in session.execute(query.where(_may_see(ResourceRequest, actor)).order_by(ResourceRequest.id.desc()))], actor
    )
    return sorted(found, key=lambda one: not one.is_unanswered)


def ticket_of(session: Session, request_id: int, actor: Actor) -> Ticket | None:
    """One request, if this reader may see it. Statements as of `tickets_of`."""
    query = sa.select(*_TICKET).outerjoin(Account, Account.id == ResourceRequest.account_id).where(ResourceRequest.id == request_id)
    found = _filled(session, [Ticket(*row) for row in session.execute(query.where(_may_see(ResourceRequest, actor)))], actor)
    return found[0] if found else None


def steps_of(session: Session, request_id: int) -> list[Step]:
    """The history of a request, the oldest first. One statement."""
    query = (
        sa.select(ResourceStep.what, ResourceStep.state, ResourceStep.role, sa.func.coalesce(Account.name, ""), ResourceStep.note, ResourceStep.at)
        .outerjoin(Account, Account.id == ResourceStep.account_id)
        .where(ResourceStep.request_id == request_id)
        .order_by(ResourceStep.id)
    )
    return [Step(*row) for row in session.execute(query)]


def open_requests(
    session: Session, *, kind: str = "", journal_id: int | None = None, keyword_id: int | None = None, before: int | None = None, size: int = PAGE_SIZE
) -> tuple[list[Open], int | None]:
    """What somebody can help with, the newest first, and the id to go on before (None at the end). One statement."""
    query = sa.select(
        ResourceRequest.id, ResourceRequest.kind, ResourceRequest.state, ResourceRequest.text, ResourceRequest.n_askers, ResourceRequest.asked_at,
        ResourceRequest.paper_id,
    ).where(sa.text(IS_OPEN), *_within(journal_id, keyword_id))  # fmt: skip
    if kind:
        query = query.where(ResourceRequest.kind == kind)
    if before is not None:
        query = query.where(ResourceRequest.id < before)
    rows = session.execute(query.order_by(ResourceRequest.id.desc()).limit(size + 1)).all()
    found = [Open(*row) for row in rows[:size]]
    return found, found[-1].id if len(rows) > size else None


def n_open(session: Session, *, journal_id: int | None = None, keyword_id: int | None = None) -> int:
    """How many requests beside the papers of a journal or keyword nobody has answered. One statement."""
    counted = sa.select(sa.func.count()).select_from(ResourceRequest).where(sa.text(IS_OPEN), *_within(journal_id, keyword_id))
    return session.execute(counted).scalar_one()


def _within(journal_id: int | None, keyword_id: int | None) -> list[sa.ColumnElement[bool]]:
    """The conditions that a request is of a paper of this journal, with this keyword."""
    found: list[sa.ColumnElement[bool]] = []
    if journal_id is not None:
        found.append(sa.select(sa.literal(1)).where(Paper.id == ResourceRequest.paper_id, Paper.journal_id == journal_id).exists())
    if keyword_id is not None:
        found.append(sa.select(sa.literal(1)).where(PaperKeyword.paper_id == ResourceRequest.paper_id, PaperKeyword.keyword_id == keyword_id).exists())
    return found


def file_of(session: Session, answer_id: int, actor: Actor) -> Handed | None:
    """The file of an answer, if this reader may see both the answer and its request. One statement."""
    query = (
        sa.select(ResourceFile.digest, ResourceAnswer.file_name, ResourceFile.content_type, ResourceFile.size_bytes)
        .join(ResourceAnswer, ResourceAnswer.file_digest == ResourceFile.digest)
        .join(ResourceRequest, ResourceRequest.id == ResourceAnswer.request_id)
        .where(ResourceAnswer.id == answer_id, _may_see(ResourceAnswer, actor), _may_see(ResourceRequest, actor))
    )
    row = session.execute(query).first()
    return Handed(*row) if row else None


def _filled(session: Session, tickets: list[Ticket], actor: Actor) -> list[Ticket]:
    """The tickets with their answers, what others add to them, and what the reader has to do with each."""
    if not tickets:
        return []
    ids = [one.id for one in tickets]
    given = (
        sa.select(*_ANSWER)
        .outerjoin(Account, Account.id == ResourceAnswer.account_id)
        .outerjoin(ResourceFile, ResourceFile.digest == ResourceAnswer.file_digest)
        .where(ResourceAnswer.request_id.in_(ids), _may_see(ResourceAnswer, actor))
        .order_by(ResourceAnswer.is_accepted.desc(), (ResourceAnswer.n_works - ResourceAnswer.n_fails).desc(), ResourceAnswer.id)
    )
    answers = [Answer(*row) for row in session.execute(given)]
    worded = (
        sa.select(ResourceAsker.request_id, ResourceAsker.text, Account.name, Account.id, ResourceAsker.at)
        .join(Account, Account.id == ResourceAsker.account_id)
        .where(ResourceAsker.request_id.in_(ids), ResourceAsker.text != "")
        .order_by(ResourceAsker.at)
    )
    more: dict[int, list[Words]] = {}
    for request_id, text, name, account_id, at in session.execute(worded):
        more.setdefault(request_id, []).append(Words(text, name, account_id, at))
    asks, verdicts = _own(session, actor, ids)
    return [
        replace(
            one, is_own=actor.account_id is not None and one.account_id == actor.account_id, is_asker=one.id in asks, more=tuple(more.get(one.id, ())),
            answers=tuple(
                replace(some, is_own=actor.account_id is not None and some.account_id == actor.account_id, own_verdict=verdicts.get(some.id))
                for some in answers
                if some.request_id == one.id
            ),
        )
        for one in tickets
    ]  # fmt: skip


def _own(session: Session, actor: Actor, request_ids: Sequence[int]) -> tuple[set[int], dict[int, bool]]:
    """What the reader asks for, and what they said of answers."""
    if actor.account_id is None:
        return set(), {}
    asks = sa.select(ResourceAsker.request_id).where(ResourceAsker.account_id == actor.account_id, ResourceAsker.request_id.in_(request_ids))
    said = (
        sa.select(ResourceVerdict.answer_id, ResourceVerdict.works)
        .join(ResourceAnswer, ResourceAnswer.id == ResourceVerdict.answer_id)
        .where(ResourceVerdict.account_id == actor.account_id, ResourceAnswer.request_id.in_(request_ids))
    )
    return set(session.scalars(asks)), dict(session.execute(said).all())


def _may_see(model: type[ResourceRequest | ResourceAnswer], actor: Actor) -> sa.ColumnElement[bool]:
    """What waits is seen by who wrote it and by moderators; what is hidden by moderators; what was deleted by nobody."""
    if actor.has_role("moderator"):
        return model.visibility != "deleted"
    if actor.account_id is None:
        return model.visibility == "shown"
    return sa.or_(model.visibility == "shown", sa.and_(model.visibility == "waiting", model.account_id == actor.account_id))
