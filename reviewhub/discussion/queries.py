"""Reads of the discussion: counts, pages of threads, histories. Nothing here tells whose a pseudonym is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from ..accounts.models import Account
from ..core.actor import Actor
from ..core.prepared import Prepared
from ..people.ladder import APPROVED
from ..people.models import Claim, PersonAccount
from ..ratings.models import HiddenReview, PaperScore, Rating
from ..ratings.reviews import ANY_REVIEW, Review
from ..ratings.reviews import PAGE_SIZE as REVIEWS_PAGE_SIZE
from .models import Comment, CommentState, CommentVersion, Discussion, ReviewStanding, Vote
from .rules import FAVOURABLE_FROM, UNFAVOURABLE_TO, is_disputed, to_the_hour

# Threads on one page, and replies of each that stand there at once.
PAGE_SIZE = 20
FIRST_REPLIES = 5
# Replies of one thread on a page of its own.
REPLIES_PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Counts:
    """What the head of a record says of its discussion."""

    n_comments: int = 0
    n_threads: int = 0
    n_open_questions: int = 0
    n_answered_questions: int = 0
    n_open_errors: int = 0
    n_confirmed_errors: int = 0
    n_corrected_errors: int = 0
    is_locked: bool = False


NO_DISCUSSION = Counts()
_COUNTS = Prepared(
    sa.select(*(getattr(Discussion, name) for name in Counts.__dataclass_fields__)).where(Discussion.paper_id == sa.bindparam("paper_id", type_=sa.Integer))
)


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: a name with its account, or a pseudonym with what is true of the account behind it; neither: a former reader."""

    name: str = ""
    account_id: int | None = None  # of a name; never told of a pseudonym
    pseudonym: str = ""
    is_author: bool = False  # of this paper, verified
    is_author_elsewhere: bool = False  # of some paper, verified; told of pseudonyms
    conflict: str = ""  # "own-paper", "co-author", "same-institution"; empty: none found


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as it is shown. Of a tombstone only its place is left: `visibility` is "hidden" or "deleted", `text` empty, `voice` nobody's."""

    id: int
    paper_id: int
    parent_id: int | None
    rating_id: int | None
    is_on_review: bool
    number: int
    kind: str
    text: str
    text_language: str
    passage: str
    state: str
    visibility: str
    is_locked: bool
    voice: Voice
    written_at: dt.datetime  # of a pseudonym: to the hour
    is_edited: bool
    version: int
    n_replies: int
    n_helpful: int
    n_votes: int
    rank: int
    is_own: bool = False  # the reader's
    own_vote: bool | None = None
    replies: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Threads:
    """Some threads. `after` is what to go on from (`threads(…, after=…)`), None at the end."""

    threads: list[Said]
    after: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of state in the history of a comment."""

    state: str
    role: str
    name: str  # empty for who writes there under a pseudonym, and for former readers
    note: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """A text as it stood before."""

    version: int
    text: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The votes on a review."""

    n_helpful: int = 0
    n_votes: int = 0
    rank: int = 0
    own_vote: bool | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """Where readers disagree: the rating whose review is the most helpful of those for, and of those against the paper."""

    favourable: int
    unfavourable: int


_HAS_CLAIM = (
    sa.select(sa.literal(1))
    .select_from(Claim)
    .join(PersonAccount, PersonAccount.person_id == Claim.person_id)
    .where(PersonAccount.account_id == Account.id, Claim.state == APPROVED, Claim.position > 0)
    .exists()
)
_SAID = (
    Comment.id, Comment.paper_id, Comment.parent_id, Comment.rating_id, Comment.is_on_review, Comment.number, Comment.kind, Comment.text,
    Comment.text_language, Comment.passage, Comment.state, Comment.visibility, Comment.is_locked, Comment.account_id, Comment.pseudonym, Comment.is_author,
    Comment.conflict, Comment.written_at, Comment.version, Comment.n_replies, Comment.n_helpful, Comment.n_votes, Comment.rank,
    Account.name, sa.case((Comment.pseudonym == "", sa.false()), else_=_HAS_CLAIM).label("is_author_elsewhere"),
)  # fmt: skip


def counts_of(session: Session, paper_id: int) -> Counts:
    """The counts of a record. One statement."""
    rows = _COUNTS.rows(session, paper_id=paper_id)
    return Counts(*rows[0]) if rows else NO_DISCUSSION


def threads(
    session: Session,
    paper_id: int,
    actor: Actor,
    *,
    rating_id: int | None = None,
    order: str = "best",
    after: tuple[int, int] | None = None,
    size: int = PAGE_SIZE,
) -> Threads:
    """A page of threads on a paper, or on one review of it, each with its first replies. `order`: "best" or "newest". Two statements, one more signed in."""
    query = sa.select(*_SAID).outerjoin(Account, Account.id == Comment.account_id).where(Comment.parent_id.is_(None), _is_visible(actor))
    if rating_id is not None:
        query = query.where(Comment.rating_id == rating_id, Comment.paper_id == paper_id)
    else:
        query = query.where(Comment.paper_id == paper_id, Comment.is_on_review.is_(sa.false()))
    if order == "newest":
        query = query.order_by(Comment.id.desc())
        query = query.where(Comment.id < after[1]) if after else query
    else:
        query = query.order_by(Comment.rank.desc(), Comment.id.desc())
        if after:
            query = query.where(sa.or_(Comment.rank < after[0], sa.and_(Comment.rank == after[0], Comment.id < after[1])))
    rows = session.execute(query.limit(size + 1)).all()
    heads = [_said(row, actor) for row in rows[:size]]
    by_head: dict[int, list[Said]] = {}
    with_replies = [head.id for head in heads if head.n_replies]
    if with_replies:
        wanted = sa.select(*_SAID).outerjoin(Account, Account.id == Comment.account_id).where(Comment.parent_id.in_(with_replies), _is_visible(actor))
        for row in session.execute(wanted.where(Comment.number <= FIRST_REPLIES).order_by(Comment.parent_id, Comment.number)):
            by_head.setdefault(row.parent_id, []).append(_said(row, actor))
    votes = _own_votes(session, actor, [*(head.id for head in heads), *(one.id for some in by_head.values() for one in some)])
    found = [
        replace(head, own_vote=votes.get(head.id), replies=tuple(replace(one, own_vote=votes.get(one.id)) for one in by_head.get(head.id, ())))
        for head in heads
    ]
    return Threads(found, (heads[-1].rank, heads[-1].id) if len(rows) > size else None)


def replies(session: Session, head_id: int, actor: Actor, *, after_number: int = FIRST_REPLIES, size: int = REPLIES_PAGE_SIZE) -> list[Said]:
    """Replies of a thread from the one after this number on, oldest first. One statement, two signed in."""
    query = sa.select(*_SAID).outerjoin(Account, Account.id == Comment.account_id).where(Comment.parent_id == head_id, _is_visible(actor))
    rows = session.execute(query.where(Comment.number > after_number).order_by(Comment.number).limit(size)).all()
    votes = _own_votes(session, actor, [row.id for row in rows])
    return [replace(_said(row, actor), own_vote=votes.get(row.id)) for row in rows]


def comment_of(session: Session, comment_id: int, actor: Actor) -> Said | None:
    """One comment, if this reader may see it. One statement, two signed in."""
    query = sa.select(*_SAID).outerjoin(Account, Account.id == Comment.account_id).where(Comment.id == comment_id, _is_visible(actor))
    row = session.execute(query).first()
    return replace(_said(row, actor), own_vote=_own_votes(session, actor, [comment_id]).get(comment_id)) if row else None


def history_of(session: Session, comment_id: int) -> list[Earlier]:
    """What a comment that is shown said before, the latest first. One statement."""
    query = (
        sa.select(CommentVersion.version, CommentVersion.text, CommentVersion.at, Comment.pseudonym)
        .join(Comment, Comment.id == CommentVersion.comment_id)
        .where(Comment.id == comment_id, Comment.visibility == "shown")
        .order_by(CommentVersion.version.desc())
    )
    return [Earlier(version, text, to_the_hour(at) if pseudonym else at) for version, text, at, pseudonym in session.execute(query)]


def states_of(session: Session, comment_id: int) -> list[Change]:
    """How the state of a comment that is shown changed, the latest first. Who writes in the record under a pseudonym is not named. One statement."""
    masked = (
        sa.select(sa.literal(1))
        .select_from(speaks := aliased(Comment))
        .where(speaks.paper_id == Comment.paper_id, speaks.account_id == CommentState.account_id, speaks.pseudonym != "")
        .exists()
    )
    query = (
        sa.select(CommentState.state, CommentState.role, Account.name, CommentState.note, CommentState.at, masked.label("is_masked"))
        .join(Comment, Comment.id == CommentState.comment_id)
        .outerjoin(Account, Account.id == CommentState.account_id)
        .where(Comment.id == comment_id, Comment.visibility == "shown")
        .order_by(CommentState.id.desc())
    )
    return [
        Change(row.state, row.role, "" if row.is_masked else row.name or "", row.note, to_the_hour(row.at) if row.is_masked else row.at)
        for row in session.execute(query)
    ]


def standings_of(session: Session, rating_ids: Sequence[int], actor: Actor) -> dict[int, Standing]:
    """The votes on these reviews, and the reader's own. One statement, two signed in."""
    found = {
        row.rating_id: Standing(row.n_helpful, row.n_votes, row.rank)
        for row in session.execute(
            sa.select(ReviewStanding.rating_id, ReviewStanding.n_helpful, ReviewStanding.n_votes, ReviewStanding.rank).where(
                ReviewStanding.rating_id.in_(rating_ids)
            )
        )
    }
    for rating_id, is_helpful in _own_votes_on_reviews(session, actor, list(found)).items():
        found[rating_id] = replace(found[rating_id], own_vote=is_helpful)
    return found


@dataclass(frozen=True, slots=True)
class ReviewsInOrder:
    """Some written reviews of a paper, the most helpful first, with the votes on them. `after`: what to go on from, None at the end."""

    reviews: list[Review]
    standings: dict[int, Standing]
    after: tuple[int, int] | None = None


def best_reviews(session: Session, paper_id: int, actor: Actor, *, after: tuple[int, int] | None = None, size: int = REVIEWS_PAGE_SIZE) -> ReviewsInOrder:
    """A page of written reviews by the lower bound of their helpfulness; of equal ones the newest first. One statement, two signed in."""
    rank = sa.func.coalesce(ReviewStanding.rank, 0)
    query = (
        ANY_REVIEW.add_columns(ReviewStanding.n_helpful, ReviewStanding.n_votes, rank.label("place"))
        .outerjoin(ReviewStanding, ReviewStanding.rating_id == Rating.id)
        .where(Rating.paper_id == paper_id)
        .order_by(rank.desc(), Rating.id.desc())
        .limit(size + 1)
    )
    if after:
        query = query.where(sa.or_(rank < after[0], sa.and_(rank == after[0], Rating.id < after[1])))
    rows = session.execute(query).all()
    values: list[tuple[Any, ...]] = [tuple(row) for row in rows[:size]]
    found = [Review(*row[:-3]) for row in values]
    votes = _own_votes_on_reviews(session, actor, [one.id for one in found])
    standings = {row.id: Standing(row.n_helpful or 0, row.n_votes or 0, row.place, votes.get(row.id)) for row in rows[:size]}
    return ReviewsInOrder(found, standings, (rows[size - 1].place, found[-1].id) if len(rows) > size else None)


def sides_of(session: Session, paper_id: int) -> Sides | None:
    """The most helpful review of each side, where readers disagree and both sides have written. At most three statements."""
    histogram = session.scalar(sa.select(PaperScore.histogram).where(PaperScore.paper_id == paper_id))
    if not histogram or not is_disputed(histogram):
        return None
    best = (
        sa.select(Rating.id)
        .outerjoin(ReviewStanding, ReviewStanding.rating_id == Rating.id)
        .outerjoin(HiddenReview, HiddenReview.rating_id == Rating.id)
        .where(Rating.paper_id == paper_id, Rating.text != "", Rating.exclusion == "", HiddenReview.rating_id.is_(None))
        .order_by(sa.func.coalesce(ReviewStanding.rank, 0).desc(), Rating.id.desc())
        .limit(1)
    )
    favourable = session.scalar(best.where(Rating.overall >= FAVOURABLE_FROM))
    unfavourable = session.scalar(best.where(Rating.overall <= UNFAVOURABLE_TO))
    return Sides(favourable, unfavourable) if favourable is not None and unfavourable is not None else None


def _is_visible(actor: Actor) -> sa.ColumnElement[bool]:
    """What waits is seen by its writer and by moderators."""
    if actor.has_role("moderator"):
        return sa.true()
    is_out = Comment.visibility != "waiting"
    return is_out if actor.account_id is None else sa.or_(is_out, Comment.account_id == actor.account_id)


def _own_votes(session: Session, actor: Actor, comment_ids: Sequence[int]) -> dict[int, bool]:
    if actor.account_id is None or not comment_ids:
        return {}
    query = sa.select(Vote.comment_id, Vote.is_helpful).where(Vote.account_id == actor.account_id, Vote.comment_id.in_(comment_ids))
    return {comment_id: is_helpful for comment_id, is_helpful in session.execute(query) if comment_id is not None}


def _own_votes_on_reviews(session: Session, actor: Actor, rating_ids: Sequence[int]) -> dict[int, bool]:
    if actor.account_id is None or not rating_ids:
        return {}
    query = sa.select(Vote.rating_id, Vote.is_helpful).where(Vote.account_id == actor.account_id, Vote.rating_id.in_(rating_ids))
    return {rating_id: is_helpful for rating_id, is_helpful in session.execute(query) if rating_id is not None}


def _said(row: sa.Row[tuple[object, ...]], actor: Actor) -> Said:
    is_there = row.visibility in ("shown", "waiting")
    is_own = actor.account_id is not None and row.account_id == actor.account_id
    return Said(
        row.id, row.paper_id, row.parent_id, row.rating_id, row.is_on_review, row.number, row.kind, row.text if is_there else "", row.text_language,
        row.passage if is_there else "", row.state if is_there else "", row.visibility, row.is_locked, _voice(row) if is_there else Voice(),
        to_the_hour(row.written_at) if row.pseudonym else row.written_at, is_there and row.version > 1, row.version, row.n_replies, row.n_helpful,
        row.n_votes, row.rank, is_own,
    )  # fmt: skip


def _voice(row: sa.Row[tuple[object, ...]]) -> Voice:
    if row.pseudonym:
        return Voice(pseudonym=row.pseudonym, is_author=row.is_author, is_author_elsewhere=bool(row.is_author_elsewhere), conflict=row.conflict)
    return Voice(row.name or "", row.account_id, is_author=row.is_author, conflict=row.conflict)
