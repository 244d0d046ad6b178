"""Reads of notices: the reader's list, what is followed, how they want to hear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..discussion.models import Comment
from ..papers.models import Paper
from .models import Follow, Notice, NoticeSetting
from .rules import DEFAULT_WAYS

PAGE_SIZE = 30
# More than this is "many" beside the bell, and need not be counted.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as its reader sees it. What it is about is told only as long as it can be read."""

    id: int
    kind: str
    happening: str
    paper_id: int | None
    title: str  # safe inline HTML; empty without a paper
    comment_id: int | None
    at: dt.datetime
    is_read: bool
    is_there: bool  # the comment is shown; of other notices always true


def notices_of(session: Session, account_id: int, *, before: int | None = None, size: int = PAGE_SIZE) -> list[Told]:
    """Notices, the newest first, or those before this id. One statement."""
    query = (
        sa.select(Notice.id, Notice.kind, Notice.happening, Notice.paper_id, Paper.title, Notice.comment_id, Notice.at, Notice.read_at, Comment.visibility)
        .outerjoin(Paper, Paper.id == Notice.paper_id)
        .outerjoin(Comment, Comment.id == Notice.comment_id)
        .where(Notice.account_id == account_id)
        .order_by(Notice.id.desc())
        .limit(size)
    )
    rows = session.execute(query.where(Notice.id < before) if before is not None else query)
    return [Told(*row[:4], row[4] or "", row[5], row[6], row[7] is not None, row[8] in (None, "shown")) for row in rows]


def n_unread(session: Session, account_id: int) -> int:
    """How many notices were not read, counted up to `MOST_COUNTED`. One statement."""
    unread = sa.select(Notice.id).where(Notice.account_id == account_id, Notice.read_at.is_(None)).limit(MOST_COUNTED)
    return session.scalar(sa.select(sa.func.count()).select_from(unread.subquery())) or 0


def follows(session: Session, account_id: int, kind: str, target_id: int) -> bool:
    """Whether an account follows something. One statement."""
    return session.get(Follow, (account_id, kind, target_id)) is not None


def followed_by(session: Session, account_id: int) -> list[tuple[str, int]]:
    """What an account follows, the latest first. One statement."""
    query = sa.select(Follow.kind, Follow.target_id).where(Follow.account_id == account_id).order_by(Follow.at.desc(), Follow.target_id)
    return [(kind, target_id) for kind, target_id in session.execute(query)]


def ways_of(session: Session, account_id: int) -> dict[str, str]:
    """How an account hears of each kind. One statement."""
    return DEFAULT_WAYS | {row.kind: row.way for row in session.execute(sa.select(NoticeSetting.kind, NoticeSetting.way).filter_by(account_id=account_id))}


def way_of_each(session: Session, account_ids: Collection[int], kind: str) -> dict[int, str]:
    """How each of at most some hundred accounts hears of a kind. One statement."""
    chosen = sa.select(NoticeSetting.account_id, NoticeSetting.way).where(NoticeSetting.account_id.in_(account_ids), NoticeSetting.kind == kind)
    return dict.fromkeys(account_ids, DEFAULT_WAYS[kind]) | {row.account_id: row.way for row in session.execute(chosen)}
