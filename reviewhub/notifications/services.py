"""Following, reading notices, choosing how to hear; and telling one happening to many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message
from ..events import NoticeToMail
from ..papers.models import Journal, Keyword, Paper
from ..people import own as people
from ..people.queries import living_id
from . import queries, searches
from .models import Bulletin, Follow, NewsMark, Notice, NoticeSetting, PaperAlarm
from .rules import ALL, KINDS, MAILED_ELSEWHERE, MOST_FOLLOWED, WAYS, unsubscribed

_FOLLOWED_MODELS = {"paper": Paper, "journal": Journal, "keyword": Keyword}


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that accounts are told of. `key` is like no other happening's; `what` says in a word what it was."""

    key: str
    at: dt.datetime
    paper_id: int | None = None
    comment_id: int | None = None
    rating_id: int | None = None
    bulletin_id: int | None = None
    claim_id: int | None = None
    what: str = ""
    request_id: int | None = None


def follow(session: Session, actor: Actor, kind: str, target_id: int) -> None:
    """Follows a paper, journal, keyword, profile or an own saved search; twice is no harm.

    Raises NotAllowed, NotFound, RuleBroken("follow") for too many.
    """
    account_id = _reader(actor)
    target_id = _followable(session, account_id, kind, target_id)
    if queries.follows(session, account_id, kind, target_id):
        return
    n = session.scalar(sa.select(sa.func.count()).where(Follow.account_id == account_id)) or 0
    if n >= MOST_FOLLOWED:
        raise RuleBroken("follow", message("At most %(most)s things can be followed. Let go of one first.", most=f"{MOST_FOLLOWED:,}"))
    row = {"account_id": account_id, "kind": kind, "target_id": target_id, "at": clock.now()}
    session.execute(_insert(session, Follow).values(**row).on_conflict_do_nothing())
    if kind == "search":  # told is what comes from now on
        newest = session.scalar(sa.select(sa.func.max(Paper.id))) or 0
        mark = _insert(session, NewsMark).values(kind="search", target_id=target_id, mark=newest, at=clock.now())
        session.execute(mark.on_conflict_do_update(index_elements=["kind", "target_id"], set_={"mark": newest, "at": clock.now()}))


def unfollow(session: Session, actor: Actor, kind: str, target_id: int) -> None:
    """Follows something no longer; twice is no harm. Raises NotAllowed."""
    session.execute(sa.delete(Follow).filter_by(account_id=_reader(actor), kind=kind, target_id=target_id))


def choose_way(session: Session, actor: Actor, kind: str, way: str) -> None:
    """Says how to hear of a kind from now on. Raises NotAllowed, RuleBroken("way")."""
    choose_ways(session, actor, {kind: way})


def choose_ways(session: Session, actor: Actor, ways: Mapping[str, str]) -> None:
    """The same of several kinds: all of them, or none. Raises NotAllowed, RuleBroken (the field is the kind)."""
    account_id = _reader(actor)
    for kind, way in ways.items():
        if kind not in KINDS or kind in MAILED_ELSEWHERE or way not in WAYS:
            raise RuleBroken(kind, message("Choose one from the list."))
    for kind, way in ways.items():
        _set_way(session, account_id, kind, way)


def unsubscribe(session: Session, token: str, *, secret_key: str) -> str:
    """Ends mail of the kind that a mailed token names, whoever is signed in; the kind, or `rules.ALL`. Raises NotFound for a token that is none of ours."""
    account_id, kind = mailed_to(session, token, secret_key=secret_key)
    for one in KINDS if kind == ALL else (kind,):
        _set_way(session, account_id, one, "off")
    return kind


def mailed_to(session: Session, token: str, *, secret_key: str) -> tuple[int, str]:
    """The account and kind that a mailed token names. Raises NotFound for a token that is none of ours, and when the account is gone."""
    found = unsubscribed(secret_key, token)
    if found is None or session.get(Account, found[0]) is None:
        raise NotFound
    return found


def mark_read(session: Session, actor: Actor, *, up_to: int) -> None:
    """Notes that the notices up to this id were read. Raises NotAllowed."""
    unread = sa.update(Notice).where(Notice.account_id == _reader(actor), Notice.id <= up_to, Notice.read_at.is_(None))
    session.execute(unread.values(read_at=clock.now()))


def mark_one_read(session: Session, actor: Actor, notice_id: int) -> None:
    """Notes that a notice was read; twice is no harm. Raises NotAllowed, NotFound (none, or somebody else's)."""
    own = session.scalar(sa.select(Notice.id).where(Notice.account_id == _reader(actor), Notice.id == notice_id))
    if own is None:
        raise NotFound
    session.execute(sa.update(Notice).where(Notice.id == notice_id, Notice.read_at.is_(None)).values(read_at=clock.now()))


def tell(session: Session, account_ids: Sequence[int], kind: str, happening: Happening, *, is_mailed: bool = True) -> int:
    """Tells at most some hundred accounts; who was told of it before is not told again. Emits NoticeToMail where mail is wanted at once. The number told.

    `is_mailed` False: the caller mails it in a way of its own.
    """
    if not account_ids:
        return 0
    ways = dict.fromkeys(account_ids, "off") if kind in MAILED_ELSEWHERE or not is_mailed else queries.way_of_each(session, account_ids, kind)
    rows = [
        {
            "account_id": account_id, "happening": happening.key, "kind": kind, "paper_id": happening.paper_id, "comment_id": happening.comment_id,
            "rating_id": happening.rating_id, "bulletin_id": happening.bulletin_id, "claim_id": happening.claim_id, "what": happening.what,
            "request_id": happening.request_id,
            "at": happening.at, "way": ways[account_id],
        }
        for account_id in sorted(account_ids)
    ]  # fmt: skip
    told = session.execute(_insert(session, Notice).on_conflict_do_nothing().returning(Notice.id, Notice.way), rows).all()
    for notice_id, way in told:
        if way == "on":
            emit(session, NoticeToMail(notice_id))
    return len(told)


def open_bulletin(session: Session, kind: str, target_id: int, *, after_mark: int) -> None:
    """News of something has come and waits to be told with what comes soon; when some waits already, nothing is to be done."""
    row = {"kind": kind, "target_id": target_id, "opened_at": clock.now(), "after_mark": after_mark, "up_to_mark": 0, "n": 0, "paper_ids": []}
    session.execute(_insert(session, Bulletin).values(**row).on_conflict_do_nothing())


def sound_alarm(session: Session, paper_id: int, what: str, number: int) -> int | None:
    """Notes what befell a paper; the id of the alarm, None when it was noted before."""
    row = {"paper_id": paper_id, "what": what, "number": number, "at": clock.now()}
    return session.execute(_insert(session, PaperAlarm).values(**row).on_conflict_do_nothing().returning(PaperAlarm.id)).scalar()


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: who followed either follows it, notices lead there, and what was told of either is not told again."""
    already = sa.select(Follow.account_id).where(Follow.kind == "paper", Follow.target_id == kept_id)
    session.execute(sa.delete(Follow).where(Follow.kind == "paper", Follow.target_id == gone_id, Follow.account_id.in_(already)))
    session.execute(sa.update(Follow).where(Follow.kind == "paper", Follow.target_id == gone_id).values(target_id=kept_id))
    session.execute(sa.update(Notice).where(Notice.paper_id == gone_id).values(paper_id=kept_id))
    known = set(session.scalars(sa.select(PaperAlarm.what).where(PaperAlarm.paper_id == kept_id)))
    session.execute(sa.update(PaperAlarm).where(PaperAlarm.paper_id == gone_id, PaperAlarm.what.not_in(known)).values(paper_id=kept_id))
    session.execute(sa.delete(Bulletin).where(Bulletin.kind == "ratings", Bulletin.target_id == gone_id, Bulletin.told_at.is_(None)))


def _followable(session: Session, account_id: int, kind: str, target_id: int) -> int:
    """The id under which something is followed: of a profile that was merged, the one it is part of. Raises NotFound."""
    if kind == "person":
        living = living_id(session, target_id)
        if living is not None and people.has_papers(session, living):
            return living
    elif kind == "search":
        if searches.known().names(session, account_id, [target_id]):
            return target_id
    elif kind in _FOLLOWED_MODELS and session.get(_FOLLOWED_MODELS[kind], target_id) is not None:
        return target_id
    raise NotFound


def _reader(actor: Actor) -> int:
    if actor.account_id is None:
        raise NotAllowed
    return actor.account_id


def _set_way(session: Session, account_id: int, kind: str, way: str) -> None:
    made = _insert(session, NoticeSetting).values(account_id=account_id, kind=kind, way=way)
    session.execute(made.on_conflict_do_update(index_elements=["account_id", "kind"], set_={"way": way}))
    if way == "off":  # what was gathered is not mailed either
        session.execute(sa.update(Notice).where(Notice.account_id == account_id, Notice.kind == kind, Notice.gathered_at.is_(None)).values(way="off"))


def _insert(session: Session, model: type[Follow | NoticeSetting | Notice | Bulletin | NewsMark | PaperAlarm]) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(model) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(model)
