"""News that comes one by one and is told as one: new papers of what is followed, papers that fit a saved search, ratings of one's own papers.

The worker looks now and then how far papers and claims have come since the last time, a bounded number each time, and opens a bulletin for every followed
thing that has news; a while later it counts what has come by then and tells it. Nothing is written for a paper, nor for a follower, until then.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..config import Settings
from ..core import clock
from ..core.db import Database
from ..core.jobs import emit
from ..events import AccountsToTell, TimeCame
from ..papers.models import Paper, PaperKeyword
from ..people.ladder import APPROVED
from ..people.models import Claim, ClaimStep
from ..ratings.models import PaperScore
from . import audience, queries, searches, services
from .models import Bulletin, Follow, NewsMark
from .rules import MOST_TITLES, SETTLES_WITHIN, TOLD_EVERY

# Papers or steps of claims that are looked through in one transaction, and how often that is done in one job: the rest waits for the next.
LOOK_THROUGH = 5_000
MOST_LOOKS = 40
# Bulletins told, and searches asked, in one job.
MOST_TOLD = 200
MOST_ASKED = 50
# A step of a claim may be committed a moment after one with a higher number.
_SETTLED = dt.timedelta(minutes=1)

log = logging.getLogger(__name__)


def look_for_news(database: Database, settings: Settings, _event: TimeCame) -> None:
    """Looks what has come of what is followed, and tells what has waited long enough."""
    for look in (_look_through_papers, _look_through_claims):
        for _ in range(MOST_LOOKS):
            with database.write() as session, session.begin():
                if not look(session):
                    break
    _ask_searches(database, settings)
    _tell(database)


def rated(session: Session, paper_id: int, n_before: int) -> None:
    """A paper of authors who want to hear of it has a new rating that counts; `n_before` counted until then."""
    services.open_bulletin(session, "ratings", paper_id, after_mark=n_before)


def _look_through_papers(session: Session) -> bool:
    """Opens bulletins for the journals and keywords of the next papers that came. Whether there may be more."""
    mark = _mark(session, "papers")
    if mark is None:
        return False
    newer = sa.select(Paper.id).where(Paper.id > mark.mark).order_by(Paper.id).limit(LOOK_THROUGH).subquery()
    n, newest = session.execute(sa.select(sa.func.count(), sa.func.max(newer.c.id))).one()
    if not n:
        return False
    of_journal = sa.select(Follow.target_id).join(Paper, Paper.journal_id == Follow.target_id).where(Follow.kind == "journal")
    of_keyword = sa.select(Follow.target_id).join(PaperKeyword, PaperKeyword.keyword_id == Follow.target_id).where(Follow.kind == "keyword")
    _open(session, "journal", session.scalars(of_journal.where(Paper.id.between(mark.mark + 1, newest)).distinct()), mark.mark)
    _open(session, "keyword", session.scalars(of_keyword.where(PaperKeyword.paper_id.between(mark.mark + 1, newest)).distinct()), mark.mark)
    mark.mark, mark.at = newest, clock.now()
    return bool(n == LOOK_THROUGH)


def _look_through_claims(session: Session) -> bool:
    """Opens bulletins for followed people whose claims were approved since. Whether there may be more."""
    mark = _mark(session, "claims")
    if mark is None:
        return False
    steps = sa.select(ClaimStep.id).where(ClaimStep.id > mark.mark, ClaimStep.at <= clock.now() - _SETTLED).order_by(ClaimStep.id).limit(LOOK_THROUGH)
    n, newest = session.execute(sa.select(sa.func.count(), sa.func.max(steps.subquery().c.id))).one()
    if not n:
        return False
    approved = sa.select(Claim.person_id).join(ClaimStep, ClaimStep.claim_id == Claim.id)
    approved = approved.where(ClaimStep.id.between(mark.mark + 1, newest), ClaimStep.state == APPROVED, Claim.state == APPROVED).distinct()
    for person_id in session.scalars(approved).all():
        if audience.followers(session, "person", queries.merged_into(session, person_id), after=0, most=1):
            _open(session, "person", [person_id], mark.mark)
    mark.mark, mark.at = newest, clock.now()
    return bool(n == LOOK_THROUGH)


def _ask_searches(database: Database, settings: Settings) -> None:
    """Asks the followed searches whose turn it is what has come, the one that has waited longest first."""
    due = sa.select(NewsMark.target_id, NewsMark.mark).join(Follow, sa.and_(Follow.kind == "search", Follow.target_id == NewsMark.target_id))
    due = due.where(NewsMark.kind == "search", NewsMark.at <= clock.now() - TOLD_EVERY).order_by(NewsMark.at).limit(MOST_ASKED)
    with database.read() as session:
        waiting = session.execute(due).all()
    for saved_id, mark in waiting:
        with database.read() as session:
            newest = session.scalar(sa.select(sa.func.max(Paper.id))) or 0
            come = searches.known().come_since(settings, session, saved_id, mark)
        if come is None:  # the index is away, or the search was deleted: it is asked again tomorrow, and costs next to nothing
            come, newest = [], mark
        with database.write() as session, session.begin():
            now = clock.now()
            own = sa.update(NewsMark).where(NewsMark.kind == "search", NewsMark.target_id == saved_id, NewsMark.mark == mark, NewsMark.at <= now - TOLD_EVERY)
            moved = session.execute(own.values(mark=max(newest, *come, mark), at=now).returning(NewsMark.mark)).all()
            if come and moved:  # else another worker was here
                bulletin = Bulletin(
                    kind="search", target_id=saved_id, opened_at=now, after_mark=mark, up_to_mark=newest, n=len(come), paper_ids=come[:MOST_TITLES], told_at=now
                )
                session.add(bulletin)
                session.flush()
                emit(session, AccountsToTell("bulletin", bulletin.id, 0))


def _tell(database: Database) -> None:
    """Counts what waiting bulletins have to tell, and has it told; what came to nothing is dropped."""
    now = clock.now()
    told = sa.orm.aliased(Bulletin)
    lately = sa.exists().where(told.kind == Bulletin.kind, told.target_id == Bulletin.target_id, told.told_at > now - TOLD_EVERY)
    due = sa.select(Bulletin.id).where(Bulletin.told_at.is_(None), Bulletin.opened_at <= now - SETTLES_WITHIN, ~lately)
    with database.read() as session:
        waiting = session.scalars(due.order_by(Bulletin.opened_at, Bulletin.id).limit(MOST_TOLD)).all()
    for bulletin_id in waiting:
        with database.write() as session, session.begin():
            bulletin = session.get(Bulletin, bulletin_id, with_for_update=True)
            if bulletin is None or bulletin.told_at is not None:
                continue
            bulletin.n, bulletin.paper_ids, bulletin.up_to_mark = _count(session, bulletin)
            if not bulletin.n:
                session.delete(bulletin)
                continue
            bulletin.told_at = now
            emit(session, AccountsToTell("bulletin", bulletin.id, 0))


def _count(session: Session, bulletin: Bulletin) -> tuple[int, list[int], int]:
    """How much has come by now, some of the papers, and the mark up to which that is so."""
    if bulletin.kind == "ratings":
        n_counted = session.scalar(sa.select(PaperScore.n_counted).where(PaperScore.paper_id == bulletin.target_id)) or 0
        return max(0, n_counted - bulletin.after_mark), [], n_counted
    up_to = session.scalar(sa.select(NewsMark.mark).where(NewsMark.kind == ("claims" if bulletin.kind == "person" else "papers"))) or 0
    come: sa.Select[int]
    if bulletin.kind == "person":
        first = sa.select(Claim.paper_id).join(ClaimStep, ClaimStep.claim_id == Claim.id)
        first = first.where(Claim.person_id == bulletin.target_id, Claim.state == APPROVED, ClaimStep.state == APPROVED)
        first = first.group_by(Claim.paper_id).having(sa.func.min(ClaimStep.id).between(bulletin.after_mark + 1, up_to))
        come = sa.select(first.subquery().c.paper_id)
    elif bulletin.kind == "journal":
        come = sa.select(Paper.id).where(Paper.journal_id == bulletin.target_id, Paper.id.between(bulletin.after_mark + 1, up_to))
    else:
        of_keyword = sa.and_(PaperKeyword.keyword_id == bulletin.target_id, PaperKeyword.paper_id.between(bulletin.after_mark + 1, up_to))
        come = sa.select(PaperKeyword.paper_id).where(of_keyword).distinct()
    found = come.subquery()
    key = found.c[0]
    n = session.scalar(sa.select(sa.func.count()).select_from(found)) or 0
    return n, list(session.scalars(sa.select(key).order_by(key.desc()).limit(MOST_TITLES))), up_to


def _open(session: Session, kind: str, target_ids: Iterable[int], after_mark: int) -> None:
    for target_id in sorted(target_ids):
        services.open_bulletin(session, kind, target_id, after_mark=after_mark)


def _mark(session: Session, kind: str) -> NewsMark | None:
    """How far was looked, held until the transaction ends. The first time nothing is news: None."""
    mark = session.get(NewsMark, (kind, 0), with_for_update=True)
    if mark is None:
        newest = session.scalar(sa.select(sa.func.max(Paper.id if kind == "papers" else ClaimStep.id))) or 0
        session.add(NewsMark(kind=kind, target_id=0, mark=newest, at=clock.now()))
    return mark
