"""Requests and answers as what an account has: listed, erased, left without a name, handed out to their owner."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.belongings import Exported, Item
from ..accounts.exporting import in_iso
from ..core.db import in_batches
from ..core.text import message, plain
from ..papers.models import Paper
from ..ratings.scoring import lock_all
from .answering import bury, count
from .models import ResourceAnswer, ResourceAsker, ResourceRequest, ResourceStep, ResourceVerdict
from .rules import KINDS
from .services import let_go
from .tickets import settle

_REQUEST, _ANSWER = "request:", "answer:"


def items(session: Session, account_id: int) -> list[Item]:
    """What an account asked for first and what it answered, newest first. Two statements."""
    asked = (
        sa.select(ResourceRequest.id, ResourceRequest.kind, ResourceRequest.asked_at, Paper.title)
        .join(Paper, Paper.id == ResourceRequest.paper_id)
        .where(ResourceRequest.account_id == account_id, ResourceRequest.visibility != "deleted")
        .order_by(ResourceRequest.id.desc())
    )
    given = (
        sa.select(ResourceAnswer.id, ResourceRequest.kind, ResourceAnswer.answered_at, Paper.title)
        .join(ResourceRequest, ResourceRequest.id == ResourceAnswer.request_id)
        .join(Paper, Paper.id == ResourceRequest.paper_id)
        .where(ResourceAnswer.account_id == account_id, ResourceAnswer.visibility != "deleted")
        .order_by(ResourceAnswer.id.desc())
    )
    requests = [
        Item(f"{_REQUEST}{one}", message("Request"), title, message("%(what)s, asked for on %(day)s", what=KINDS[kind], day=at.date()))
        for one, kind, at, title in session.execute(asked)
    ]
    answers = [
        Item(f"{_ANSWER}{one}", message("Answer to a request"), title, message("%(what)s, answered on %(day)s", what=KINDS[kind], day=at.date()))
        for one, kind, at, title in session.execute(given)
    ]
    return requests + answers


def erase(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Takes these words and answers away, with their files, and every "me too" and verdict; counts are right when this returns."""
    asked_with = session.scalars(sa.select(ResourceAsker.request_id).where(ResourceAsker.account_id == account_id)).all()
    judged = session.scalars(sa.select(ResourceVerdict.answer_id).where(ResourceVerdict.account_id == account_id)).all()
    answers = _answers(session, account_id, _ids(keys, _ANSWER))
    touched = {one.request_id for one in answers} | {*asked_with, *_ids(keys, _REQUEST)}
    touched |= set(session.scalars(sa.select(ResourceAnswer.request_id).where(ResourceAnswer.id.in_(judged))))
    papers = sa.select(ResourceRequest.paper_id).where(ResourceRequest.id.in_(touched))
    lock_all(session, sorted(set(session.scalars(papers))))
    for given in answers:
        bury(session, given)
        given.account_id = None
    session.execute(sa.delete(ResourceVerdict).where(ResourceVerdict.account_id == account_id))
    for answer_id in judged:
        count(session, session.get_one(ResourceAnswer, answer_id))
    for request_id in sorted(touched):
        let_go(session, session.get_one(ResourceRequest, request_id), account_id)
    session.execute(sa.update(ResourceStep).where(ResourceStep.account_id == account_id, ResourceStep.what == "asked-again").values(note=""))
    session.execute(sa.update(ResourceStep).where(ResourceStep.account_id == account_id).values(account_id=None))


def release(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Leaves these words and answers as of a former reader."""
    for given in _answers(session, account_id, _ids(keys, _ANSWER)):
        given.account_id = None
    for request_id in _ids(keys, _REQUEST):
        request = session.get_one(ResourceRequest, request_id)
        if request.account_id == account_id:  # its words stay, also where nobody else asks
            request.account_id = None
            session.execute(sa.delete(ResourceAsker).where(ResourceAsker.request_id == request_id, ResourceAsker.account_id == account_id))
            settle(session, request)


def export(session: Session, account_id: int) -> list[Exported]:
    """What the account asked for, gave and tried."""
    asked = session.execute(
        sa.select(ResourceRequest, ResourceAsker.text, ResourceAsker.at, Paper.title, Paper.doi)
        .join(ResourceAsker, ResourceAsker.request_id == ResourceRequest.id)
        .join(Paper, Paper.id == ResourceRequest.paper_id)
        .where(ResourceAsker.account_id == account_id)
        .order_by(ResourceRequest.id)
    )
    given = session.execute(
        sa.select(ResourceAnswer, ResourceRequest.kind, Paper.id, Paper.title)
        .join(ResourceRequest, ResourceRequest.id == ResourceAnswer.request_id)
        .join(Paper, Paper.id == ResourceRequest.paper_id)
        .where(ResourceAnswer.account_id == account_id)
        .order_by(ResourceAnswer.id)
    )
    verdicts = session.scalars(sa.select(ResourceVerdict).where(ResourceVerdict.account_id == account_id).order_by(ResourceVerdict.answer_id))
    steps = session.scalars(sa.select(ResourceStep).where(ResourceStep.account_id == account_id).order_by(ResourceStep.id))
    content = {
        "requests": [
            {
                "paper": one.paper_id, "title": plain(title), "doi": doi, "kind": one.kind, "state": one.state, "at": in_iso(at),
                "text": one.text if one.account_id == account_id else text,
            }
            for one, text, at, title, doi in asked
        ],
        "answers": [
            {
                "paper": paper_id, "title": plain(title), "kind": kind, "url": one.url, "licence": one.licence, "text": one.text, "file": one.file_name,
                "visibility": one.visibility, "at": in_iso(one.answered_at),
            }
            for one, kind, paper_id, title in given
        ],
        "tried": [{"answer": one.answer_id, "works": one.works, "at": in_iso(one.at)} for one in verdicts],
        "steps": [{"request": one.request_id, "step": one.what, "note": one.note, "at": in_iso(one.at)} for one in steps],
    }  # fmt: skip
    return [Exported("requests.json", content, message("what you asked for beside papers, what you answered, and what you tried."))]


def _ids(keys: Collection[str], prefix: str) -> list[int]:
    return [int(key.removeprefix(prefix)) for key in keys if key.startswith(prefix)]


def _answers(session: Session, account_id: int, ids: list[int]) -> list[ResourceAnswer]:
    own = sa.select(ResourceAnswer).where(ResourceAnswer.account_id == account_id)
    return [one for some in in_batches(ids) for one in session.scalars(own.where(ResourceAnswer.id.in_(some)))]
