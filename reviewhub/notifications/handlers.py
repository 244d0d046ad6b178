"""From happenings to notices, and from notices to mail; all in the worker, some hundred accounts a transaction. Each may run twice."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..accounts.rules import email_on_the_wire
from ..config import Settings
from ..core import clock
from ..core.db import Database, in_batches
from ..core.jobs import Handler, emit
from ..core.mail import deliver
from ..discussion.models import Comment, CommentMention, CommentState
from ..discussion.rules import to_the_hour
from ..events import (
    AccountsToTell,
    ClaimNews,
    CommentShown,
    CommentStateSet,
    DigestDue,
    Event,
    FollowersToTell,
    NoticeToMail,
    PaperRated,
    PapersChanged,
    ReportDecided,
    TimeCame,
)
from ..papers.models import Paper, PaperKeyword
from ..people.models import Claim, ClaimStep
from ..ratings.models import Rating
from . import alarms, audience, folding, mails, queries, services
from .models import Bulletin, Follow, Notice, PaperAlarm
from .rules import EVERY, MOST_IN_DIGEST
from .services import Happening
from .telling import told_of

# Told in one transaction: it holds the write lock of SQLite for some milliseconds.
AT_ONCE = 500
# How often is looked whose digest is due, and whether there is news to fold.
LOOK_EVERY_S = 600.0
# Ratings that nobody is told of: they wait for a moderator, or one has decided. Those that merely do not count may hold a review.
_UNTOLD = frozenset({"held", "removed", "suspended"})


def comment_shown(database: Database, _settings: Settings, event: CommentShown) -> None:
    """Tells who is spoken to, who is answered and who wrote the paper, then the followers, batch after batch."""
    with database.write() as session, session.begin():
        comment = _shown(session, event.comment_id)
        if comment is None:
            return
        happening = _of_comment(comment)
        spoken_to = set(session.scalars(sa.select(CommentMention.account_id).where(CommentMention.comment_id == comment.id)))
        services.tell(session, sorted(spoken_to - {comment.account_id}), "mention", happening)
        if comment.parent_id is not None:
            answered = session.scalar(sa.select(Comment.account_id).where(Comment.id == comment.parent_id))
            services.tell(session, [answered] if answered not in (None, comment.account_id) else [], "reply", happening)
        services.tell(session, audience.authors(session, comment.paper_id, but=comment.account_id), "own-text", happening)
        emit(session, FollowersToTell(comment.id, 0, 0))


def state_set(database: Database, _settings: Settings, event: CommentStateSet) -> None:
    """Tells the asker, then the followers."""
    with database.write() as session, session.begin():
        change = session.get(CommentState, event.change_id)
        comment = _shown(session, change.comment_id) if change else None
        if change is None or comment is None:
            return
        asker = [comment.account_id] if comment.account_id not in (None, change.account_id) else []
        services.tell(session, asker, "state", _of_change(change, comment))
        emit(session, FollowersToTell(comment.id, change.id, 0))


def tell_followers(database: Database, _settings: Settings, event: FollowersToTell) -> None:
    """Tells the next followers of the record, its journal and its keywords; the rest as another job, in the same transaction."""
    with database.write() as session, session.begin():
        comment = _shown(session, event.comment_id)
        change = session.get(CommentState, event.change_id) if event.change_id else None
        if comment is None or (event.change_id and change is None):
            return
        actor_id = change.account_id if change else comment.account_id
        found = _followers(session, comment.paper_id, after=event.after)
        happening = _of_change(change, comment) if change else _of_comment(comment)
        services.tell(session, [one for one in found if one != actor_id], "state" if change else "comment", happening)
        if len(found) == AT_ONCE:
            emit(session, FollowersToTell(event.comment_id, event.change_id, found[-1]))


def report_decided(database: Database, _settings: Settings, event: ReportDecided) -> None:
    """Tells who reported something what became of it."""
    with database.write() as session, session.begin():
        if session.get(Account, event.account_id) is not None and session.get(Paper, event.paper_id) is not None:
            services.tell(session, [event.account_id], "verdict", Happening(f"report:{event.report_id}", clock.now(), event.paper_id, what=event.verdict))


def claim_news(database: Database, _settings: Settings, event: ClaimNews) -> None:
    """What others did to a claim stands in its claimant's list as well; `people` mails it."""
    with database.write() as session, session.begin():
        claim = session.get(Claim, event.claim_id)
        if claim is None or claim.account_id is None:
            return
        step = session.scalar(sa.select(sa.func.max(ClaimStep.id)).where(ClaimStep.claim_id == claim.id))
        happening = Happening(f"claim:{claim.id}:{event.what}:{step}", clock.now(), claim.paper_id, claim_id=claim.id, what=event.what)
        services.tell(session, [claim.account_id], "claim", happening)


def paper_rated(database: Database, _settings: Settings, event: PaperRated) -> None:
    """Tells authors of a review, and notes that there is a rating to tell them of, never whose; then the followers of the paper. Not of what is held."""
    with database.write() as session, session.begin():
        rating = session.scalar(sa.select(Rating).where(Rating.paper_id == event.paper_id, Rating.account_id == event.account_id))
        if rating is None or rating.exclusion in _UNTOLD:
            return
        authors = audience.authors(session, rating.paper_id, but=rating.account_id)
        if authors and not rating.exclusion:
            before = sa.select(sa.func.count()).where(Rating.paper_id == rating.paper_id, Rating.exclusion == "", Rating.id < rating.id)
            folding.rated(session, rating.paper_id, session.scalar(before) or 0)
        was_told = session.scalar(sa.select(Notice.id).where(Notice.rating_id == rating.id).limit(1))
        if rating.text and was_told is None:  # what is changed later is told to nobody anew
            services.tell(session, authors, "own-text", _of_review(rating))
            emit(session, AccountsToTell("review", rating.id, 0))


def papers_changed(database: Database, _settings: Settings, event: PapersChanged) -> None:
    """Sounds an alarm for every retraction, correction or doubt that was not known before."""
    with database.write() as session, session.begin():
        for alarm_id in alarms.sound(session, event.paper_ids):
            emit(session, AccountsToTell("alarm", alarm_id, 0))


def tell_accounts(database: Database, _settings: Settings, event: AccountsToTell) -> None:
    """Tells the next accounts; the rest as another job, in the same transaction."""
    with database.write() as session, session.begin():
        found, kind, happening = _audience(session, event)
        if happening is None:
            return
        writer_id = session.get_one(Rating, happening.rating_id).account_id if happening.rating_id is not None else None
        services.tell(session, [one for one in found if one != writer_id], kind, happening)
        if len(found) == AT_ONCE:
            emit(session, AccountsToTell(event.what, event.id, found[-1]))


def _audience(session: Session, event: AccountsToTell) -> tuple[list[int], str, Happening | None]:
    """The next accounts to be told, as which kind, of what; of nothing when that is gone."""
    if event.what == "review":
        rating = session.get(Rating, event.id)
        if rating is None or not rating.text:
            return [], "review", None
        found = audience.followers(session, "paper", [rating.paper_id], after=event.after, most=AT_ONCE)
        return found, "review", _of_review(rating)
    if event.what == "alarm":
        alarm = session.get(PaperAlarm, event.id)
        if alarm is None:
            return [], "alarm", None
        concerned = audience.concerned(session, alarm.paper_id, after=event.after, most=AT_ONCE)
        return concerned, "alarm", Happening(f"alarm:{alarm.id}", alarm.at, alarm.paper_id, what=alarm.what)
    bulletin = session.get(Bulletin, event.id)
    if bulletin is None or bulletin.told_at is None:
        return [], "papers", None
    happening = Happening(f"bulletin:{bulletin.id}", bulletin.told_at, bulletin_id=bulletin.id)
    if bulletin.kind == "ratings":
        return [one for one in audience.authors(session, bulletin.target_id) if one > event.after][:AT_ONCE], "own-ratings", happening
    ids = queries.merged_into(session, bulletin.target_id) if bulletin.kind == "person" else [bulletin.target_id]
    found = audience.followers(session, bulletin.kind, ids, after=event.after, most=AT_ONCE)
    return found, "search" if bulletin.kind == "search" else "papers", happening


def mail_at_once(database: Database, settings: Settings, event: NoticeToMail) -> None:
    """Mails a notice, unless it was read, its kind was switched off, or what it is about is no longer to be seen."""
    with database.read() as session:
        notice = session.get(Notice, event.notice_id)
        if notice is None or notice.read_at is not None or notice.way != "on":
            return
        account = session.get_one(Account, notice.account_id)
        (told,) = told_of(session, account.id, [notice])
        if account.email is None or not told.is_there:
            return
        mail = mails.at_once(settings, email_on_the_wire(account.email), account.language, account.id, told)
    deliver(settings, mail)


def gather(database: Database, _settings: Settings, _event: TimeCame) -> None:
    """Finds whose digest is due (the oldest that waits is a day or a week old) and fixes what is in it: a job of its own mails it."""
    now = clock.now()
    for way, every in EVERY.items():
        with database.read() as session:
            due = sa.select(Notice.account_id).where(Notice.way == way, Notice.gathered_at.is_(None), Notice.at <= now - every).distinct()
            account_ids = session.scalars(due.order_by(Notice.account_id)).all()
        for some in in_batches(account_ids, AT_ONCE):
            with database.write() as session, session.begin():
                for account_id in some:
                    waiting = sa.update(Notice).where(Notice.account_id == account_id, Notice.way == way, Notice.gathered_at.is_(None))
                    if session.execute(waiting.values(gathered_at=now).returning(Notice.id)).all():  # else another worker was here
                        emit(session, DigestDue(account_id, way, now.isoformat()))


def mail_digest(database: Database, settings: Settings, event: DigestDue) -> None:
    """Mails what was gathered and can still be seen, was not read, and is of a kind that is still wanted; nothing where nothing is left."""
    with database.read() as session:
        account = session.get(Account, event.account_id)
        if account is None or account.email is None:
            return
        gathered_at = dt.datetime.fromisoformat(event.gathered_at)
        gathered = sa.select(Notice).where(Notice.account_id == account.id, Notice.way == event.way, Notice.gathered_at == gathered_at)
        still_wanted = {kind for kind, way in queries.ways_of(session, account.id).items() if way != "off"}
        waiting = session.scalars(gathered.where(Notice.read_at.is_(None)).order_by(Notice.id))
        news = [one for one in told_of(session, account.id, [one for one in waiting if one.kind in still_wanted]) if one.is_there]
        if not news:
            return
        first, n_more = news[:MOST_IN_DIGEST], max(0, len(news) - MOST_IN_DIGEST)
        mail = mails.digest(settings, email_on_the_wire(account.email), account.language, account.id, first, n_more=n_more)
    deliver(settings, mail)


def _followers(session: Session, paper_id: int, *, after: int) -> list[int]:
    journal_id = session.scalar(sa.select(Paper.journal_id).where(Paper.id == paper_id))
    keyword_ids = session.scalars(sa.select(PaperKeyword.keyword_id).where(PaperKeyword.paper_id == paper_id)).all()
    is_of_it = sa.or_(
        sa.and_(Follow.kind == "paper", Follow.target_id == paper_id),
        sa.and_(Follow.kind == "journal", Follow.target_id == (journal_id or 0)),
        sa.and_(Follow.kind == "keyword", Follow.target_id.in_(keyword_ids)),
    )
    query = sa.select(Follow.account_id).where(is_of_it, Follow.account_id > after).distinct().order_by(Follow.account_id).limit(AT_ONCE)
    return list(session.scalars(query))


def _shown(session: Session, comment_id: int) -> Comment | None:
    comment = session.get(Comment, comment_id)
    return comment if comment is not None and comment.visibility == "shown" else None


def _of_comment(comment: Comment) -> Happening:
    at = to_the_hour(comment.written_at) if comment.pseudonym else comment.written_at
    return Happening(f"comment:{comment.id}", at, comment.paper_id, comment.id)


def _of_change(change: CommentState, comment: Comment) -> Happening:
    return Happening(f"state:{change.id}", to_the_hour(change.at), comment.paper_id, comment.id, what=change.state)


def _of_review(rating: Rating) -> Happening:
    return Happening(f"review:{rating.id}", rating.changed_at, rating.paper_id, rating_id=rating.id)


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {
    CommentShown: [comment_shown],
    CommentStateSet: [state_set],
    FollowersToTell: [tell_followers],
    PaperRated: [paper_rated],
    PapersChanged: [papers_changed],
    ClaimNews: [claim_news],
    AccountsToTell: [tell_accounts],
    ReportDecided: [report_decided],
    NoticeToMail: [mail_at_once],
    DigestDue: [mail_digest],
}
SCHEDULE: dict[Handler, float] = {gather: LOOK_EVERY_S, folding.look_for_news: LOOK_EVERY_S}
