"""Following, reading notices, choosing how to hear; and telling one happening to many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message
from ..events import NoticeToMail
from ..papers.models import Journal, Keyword, Paper
from . import queries
from .models import Follow, Notice, NoticeSetting
from .rules import ALL, KINDS, MOST_FOLLOWED, WAYS, unsubscribed

_FOLLOWED_MODELS = {"paper": Paper, "journal": Journal, "keyword": Keyword}


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that accounts are told of. `key` is like no other happening's."""

    key: str
    at: dt.datetime
    paper_id: int | None = None
    comment_id: int | None = None


def follow(session: Session, actor: Actor, kind: str, target_id: int) -> None:
    """Follows a paper, journal or keyword; twice is no harm. Raises NotAllowed, NotFound, RuleBroken("follow") for too many."""
    account_id = _reader(actor)
    model = _FOLLOWED_MODELS.get(kind)
    if model is None or session.get(model, target_id) is None:
        raise NotFound
    n = session.scalar(sa.select(sa.func.count()).where(Follow.account_id == account_id)) or 0
    if n >= MOST_FOLLOWED:
        raise RuleBroken("follow", message("At most %(most)s things can be followed. Let go of one first.", most=MOST_FOLLOWED))
    row = {"account_id": account_id, "kind": kind, "target_id": target_id, "at": clock.now()}
    session.execute(_insert(session, Follow).values(**row).on_conflict_do_nothing())


def unfollow(session: Session, actor: Actor, kind: str, target_id: int) -> None:
    """Follows something no longer; twice is no harm. Raises NotAllowed."""
    session.execute(sa.delete(Follow).filter_by(account_id=_reader(actor), kind=kind, target_id=target_id))


def choose_way(session: Session, actor: Actor, kind: str, way: str) -> None:
    """Says how to hear of a kind from now on. Raises NotAllowed, RuleBroken("way")."""
    if kind not in KINDS or way not in WAYS:
        raise RuleBroken("way", message("Choose one from the list."))
    _set_way(session, _reader(actor), kind, way)


def unsubscribe(session: Session, token: str, *, secret_key: str) -> str:
    """Ends mail of the kind that a mailed token names, whoever is signed in; the kind, or `rules.ALL`. Raises NotFound for a token that is none of ours."""
    found = unsubscribed(secret_key, token)
    if found is None:
        raise NotFound
    account_id, kind = found
    for one in KINDS if kind == ALL else (kind,):
        _set_way(session, account_id, one, "off")
    return kind


def mark_read(session: Session, actor: Actor, *, up_to: int) -> None:
    """Notes that the notices up to this id were read. Raises NotAllowed."""
    unread = sa.update(Notice).where(Notice.account_id == _reader(actor), Notice.id <= up_to, Notice.read_at.is_(None))
    session.execute(unread.values(read_at=clock.now()))


def tell(session: Session, account_ids: Sequence[int], kind: str, happening: Happening) -> int:
    """Tells at most some hundred accounts; who was told of it before is not told again. Emits NoticeToMail where mail is wanted at once. The number told."""
    if not account_ids:
        return 0
    ways = queries.way_of_each(session, account_ids, kind)
    rows = [
        {
            "account_id": account_id, "happening": happening.key, "kind": kind, "paper_id": happening.paper_id, "comment_id": happening.comment_id,
            "at": happening.at, "way": ways[account_id],
        }
        for account_id in sorted(account_ids)
    ]  # fmt: skip
    told = session.execute(_insert(session, Notice).on_conflict_do_nothing().returning(Notice.id, Notice.way), rows).all()
    for notice_id, way in told:
        if way == "on":
            emit(session, NoticeToMail(notice_id))
    return len(told)


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: who followed either follows it, and notices lead there."""
    already = sa.select(Follow.account_id).where(Follow.kind == "paper", Follow.target_id == kept_id)
    session.execute(sa.delete(Follow).where(Follow.kind == "paper", Follow.target_id == gone_id, Follow.account_id.in_(already)))
    session.execute(sa.update(Follow).where(Follow.kind == "paper", Follow.target_id == gone_id).values(target_id=kept_id))
    session.execute(sa.update(Notice).where(Notice.paper_id == gone_id).values(paper_id=kept_id))


def _reader(actor: Actor) -> int:
    if actor.account_id is None:
        raise NotAllowed
    return actor.account_id


def _set_way(session: Session, account_id: int, kind: str, way: str) -> None:
    made = _insert(session, NoticeSetting).values(account_id=account_id, kind=kind, way=way)
    session.execute(made.on_conflict_do_update(index_elements=["account_id", "kind"], set_={"way": way}))
    if way == "off":  # what was gathered is not mailed either
        session.execute(sa.update(Notice).where(Notice.account_id == account_id, Notice.kind == kind, Notice.gathered_at.is_(None)).values(way="off"))


def _insert(session: Session, model: type[Follow | NoticeSetting | Notice]) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(model) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(model)
