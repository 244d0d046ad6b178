"""What a moderator sees of a text before judging it: the text in its thread, who speaks and how their account stands, what was reported. Reads only.

Nothing here tells whose a pseudonym is: of an account behind one only what could be true of many is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from ..accounts.models import Account
from ..core.actor import Actor
from ..discussion.models import Comment
from ..discussion.rules import NEW_ACCOUNT, to_the_hour
from ..papers.models import Authorship
from ..people.ladder import APPROVED
from ..people.models import Claim, PersonAccount
from ..ratings.models import HiddenReview, Rating
from ..resources.models import ResourceAnswer, ResourceRequest
from .models import Report
from .queries import check
from .targets import Target


@dataclass(frozen=True, slots=True)
class Standing:
    """How the account of a writer stands. Of a pseudonym neither day nor number is told, for they could be matched."""

    is_new: bool  # younger than discussion.rules.NEW_ACCOUNT
    joined_at: dt.datetime | None = None
    n_texts: int | None = None
    n_upheld: int | None = None  # reports of its texts that were upheld
    is_suspended: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """What one reader reported. Who it was is not told."""

    reason: str
    note: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A text to be judged."""

    target: Target
    text: str
    text_language: str
    name: str  # empty under a pseudonym, and of a former reader
    account_id: int | None  # never of a pseudonym
    pseudonym: str
    comment_kind: str  # of comments
    written_at: dt.datetime
    asked_kind: str = ""  # of requests and answers: what is asked for
    file_name: str = ""  # of answers
    replies_to: str = ""  # the text it answers
    parent_id: int | None = None
    is_locked: bool = False
    standing: Standing | None = None
    reports: tuple[Reason, ...] = ()
    report_id: int = 0  # of the report to decide on; the others of the thing are decided with it
    own: str = ""  # why this moderator leaves it to another: "text", "paper", "report"; empty: they may judge


def cases(session: Session, actor: Actor, wanted: Sequence[tuple[str, int]]) -> list[Case]:
    """The texts of these kinds and ids in their order, without those that are gone. As many statements for many as for one. NotAllowed."""
    check(actor)
    by_kind: dict[str, list[int]] = {}
    for kind, target_id in wanted:
        by_kind.setdefault(kind, []).append(target_id)
    found: dict[tuple[str, int], Case] = {}
    for kind, ids in by_kind.items():
        for case in _READERS[kind](session, ids) if kind in _READERS else ():
            found[(kind, case.target.id)] = case
    return _completed(session, actor, [found[one] for one in wanted if one in found])


def _comments(session: Session, ids: Collection[int]) -> list[Case]:
    parent = aliased(Comment)
    query = (
        sa.select(Comment, Account.name, sa.case((parent.visibility == "shown", parent.text), else_=""))
        .outerjoin(Account, Account.id == Comment.account_id)
        .outerjoin(parent, parent.id == Comment.parent_id)
        .where(Comment.id.in_(ids))
    )
    return [
        Case(
            Target("comment", one.id, one.paper_id, one.account_id, one.visibility), one.text, one.text_language, "" if one.pseudonym else name or "",
            None if one.pseudonym else one.account_id, one.pseudonym, one.kind, to_the_hour(one.written_at) if one.pseudonym else one.written_at,
            replies_to=said or "", parent_id=one.parent_id, is_locked=one.is_locked,
        )
        for one, name, said in session.execute(query)
    ]  # fmt: skip


def _reviews(session: Session, ids: Collection[int]) -> list[Case]:
    query = (
        sa.select(Rating, Account.name, HiddenReview.rating_id)
        .outerjoin(Account, Account.id == Rating.account_id)
        .outerjoin(HiddenReview, HiddenReview.rating_id == Rating.id)
        .where(Rating.id.in_(ids), Rating.text != "")
    )
    return [
        Case(
            Target("review", one.id, one.paper_id, one.account_id, "hidden" if hidden else "shown"), one.text, one.text_language, name or "", one.account_id,
            "", "", one.given_at,
        )
        for one, name, hidden in session.execute(query)
    ]  # fmt: skip


def _requests(session: Session, ids: Collection[int]) -> list[Case]:
    query = sa.select(ResourceRequest, Account.name).outerjoin(Account, Account.id == ResourceRequest.account_id).where(ResourceRequest.id.in_(ids))
    return [
        Case(Target("request", one.id, one.paper_id, one.account_id, one.visibility), one.text, "", name or "", one.account_id, "", "", one.asked_at, one.kind)
        for one, name in session.execute(query)
    ]


def _answers(session: Session, ids: Collection[int]) -> list[Case]:
    """Answers: a link and a file belong to what is judged."""
    query = (
        sa.select(ResourceAnswer, ResourceRequest, Account.name)
        .join(ResourceRequest, ResourceRequest.id == ResourceAnswer.request_id)
        .outerjoin(Account, Account.id == ResourceAnswer.account_id)
        .where(ResourceAnswer.id.in_(ids))
    )
    return [
        Case(
            Target("answer", one.id, asked.paper_id, one.account_id, one.visibility, asked.id), "\n\n".join(part for part in (one.url, one.text) if part), "",
            name or "", one.account_id, "", "", one.answered_at, asked.kind, one.file_name, asked.text,
        )
        for one, asked, name in session.execute(query)
    ]  # fmt: skip


_READERS = {"comment": _comments, "review": _reviews, "request": _requests, "answer": _answers}


def _completed(session: Session, actor: Actor, found: list[Case]) -> list[Case]:
    """With the standing of accounts, what was reported, and whether it is the moderator's own matter. Six statements."""
    account_ids = {case.target.account_id for case in found} - {None}
    accounts = {row.id: row for row in session.execute(sa.select(Account.id, Account.joined_at, Account.is_suspended).where(Account.id.in_(account_ids)))}
    n_texts = _counted(session, Comment.account_id, Comment.account_id.in_(account_ids), Comment.visibility == "shown", Comment.pseudonym == "")
    n_upheld = _n_upheld(session, account_ids)
    papers = {case.target.paper_id for case in found}
    own_papers = set(
        session.scalars(
            sa.select(Authorship.paper_id)
            .join(Account, Account.orcid == Authorship.orcid)
            .where(Account.id == actor.account_id, Authorship.paper_id.in_(papers), Authorship.role == "author")
            .union(
                sa.select(Claim.paper_id)
                .join(PersonAccount, PersonAccount.person_id == Claim.person_id)
                .where(PersonAccount.account_id == actor.account_id, Claim.paper_id.in_(papers), Claim.state == APPROVED)
            )
        )
    )
    waiting: dict[tuple[str, int], list[Report]] = {}
    ids = {case.target.id for case in found}
    for report in session.scalars(sa.select(Report).where(Report.verdict == "", Report.target_id.in_(ids)).order_by(Report.id)):
        waiting.setdefault((report.target_kind, report.target_id), []).append(report)
    completed = []
    for case in found:
        reports = waiting.get((case.target.kind, case.target.id), [])
        account = accounts.get(case.target.account_id)
        completed.append(
            replace(
                case,
                standing=_standing(case, account, n_texts, n_upheld) if account else None,
                reports=tuple(Reason(one.reason, one.note, one.reported_at) for one in reports),
                report_id=reports[0].id if reports else 0,
                own=_own(actor, case, own_papers, reports),
            )
        )
    return completed


def _standing(case: Case, account: sa.Row[int, dt.datetime, bool], n_texts: dict[int, int], n_upheld: dict[int, int]) -> Standing:
    is_new = case.written_at - account.joined_at < NEW_ACCOUNT
    if case.pseudonym:
        return Standing(is_new)
    return Standing(is_new, account.joined_at, n_texts.get(account.id, 0), n_upheld.get(account.id, 0), account.is_suspended)


def _own(actor: Actor, case: Case, own_papers: set[int], reports: list[Report]) -> str:
    if case.target.account_id == actor.account_id:
        return "text"
    if case.target.paper_id in own_papers:
        return "paper"
    return "report" if any(one.account_id == actor.account_id for one in reports) else ""


def _counted(session: Session, column: sa.orm.InstrumentedAttribute[int | None], *conditions: sa.ColumnElement[bool]) -> dict[int, int]:
    rows = session.execute(sa.select(column, sa.func.count()).where(*conditions).group_by(column))
    return {key: n for key, n in rows if key is not None}


def _n_upheld(session: Session, account_ids: Collection[int | None]) -> dict[int, int]:
    """Texts under the account's name that were hidden after a report. A pseudonym's are not told of the name."""
    upheld = sa.select(Report.target_id).where(Report.target_kind == "comment", Report.verdict == "upheld")
    of_comments = _counted(session, Comment.account_id, Comment.account_id.in_(account_ids), Comment.pseudonym == "", Comment.id.in_(upheld))
    upheld = sa.select(Report.target_id).where(Report.target_kind == "review", Report.verdict == "upheld")
    of_reviews = _counted(session, Rating.account_id, Rating.account_id.in_(account_ids), Rating.id.in_(upheld))
    return {one: of_comments.get(one, 0) + of_reviews.get(one, 0) for one in (*of_comments, *of_reviews)}
