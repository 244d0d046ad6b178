"""Written reviews: ratings with a text, as pages show them; and where a reader stands with a paper. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.db import in_batches
from ..core.prepared import Prepared
from .models import HiddenReview, Rating, RatingDraft, RatingVersion, Reveal

PAGE_SIZE = 10


@dataclass(frozen=True, slots=True)
class Review:
    """A rating as it is shown beside its text. `overall` in half stars; criteria in levels or None."""

    id: int
    paper_id: int
    account_id: int | None
    name: str | None  # None: of a former reader
    overall: int
    novelty: int | None
    importance: int | None
    rigor: int | None
    text: str  # empty where a moderator has hidden it
    text_language: str
    familiarity: int | None
    has_conflict: bool
    conflict_note: str
    is_blind: bool
    given_at: dt.datetime
    changed_at: dt.datetime
    version: int
    exclusion: str
    is_hidden: bool

    @property
    def stars(self) -> float:
        return self.overall / 2

    @property
    def is_changed(self) -> bool:
        return self.version > 1


_IS_HIDDEN = HiddenReview.rating_id.is_not(None)
_COLUMNS = (
    Rating.id, Rating.paper_id, Rating.account_id, Account.name, Rating.overall, Rating.novelty, Rating.importance, Rating.rigor,
    sa.case((_IS_HIDDEN, ""), else_=Rating.text), Rating.text_language, Rating.familiarity, Rating.has_conflict,
    sa.case((_IS_HIDDEN, ""), else_=Rating.conflict_note), Rating.is_blind, Rating.given_at, Rating.changed_at, Rating.version, Rating.exclusion, _IS_HIDDEN,
)  # fmt: skip
_PAPER_ID = sa.bindparam("paper_id", type_=sa.Integer)
_ACCOUNT_ID = sa.bindparam("account_id", type_=sa.Integer)
# Every written review, its columns those of a `Review` in their order: for whoever orders them by more than is known here.
ANY_REVIEW = (
    sa.select(*_COLUMNS)
    .outerjoin(Account, Account.id == Rating.account_id)
    .outerjoin(HiddenReview, HiddenReview.rating_id == Rating.id)
    .where(Rating.text != "")
)
_WRITTEN = ANY_REVIEW.where(Rating.paper_id == _PAPER_ID)
_NEWEST = Prepared(_WRITTEN.order_by(Rating.id.desc()).limit(PAGE_SIZE + 1))
_BEFORE = Prepared(_WRITTEN.where(Rating.id < sa.bindparam("mark", type_=sa.Integer)).order_by(Rating.id.desc()).limit(PAGE_SIZE + 1))
_AFTER = Prepared(_WRITTEN.where(Rating.id > sa.bindparam("mark", type_=sa.Integer)).order_by(Rating.id).limit(PAGE_SIZE + 1))
_ONE = Prepared(ANY_REVIEW.where(Rating.id == sa.bindparam("rating_id", type_=sa.Integer)))


@dataclass(frozen=True, slots=True)
class Reviews:
    """One page of written reviews, the newest first. `before` and `after` are the marks of its neighbours, None where there is none."""

    reviews: list[Review]
    before: int | None = None  # older ones
    after: int | None = None  # newer ones


def reviews_of(session: Session, paper_id: int, *, before: int | None = None, after: int | None = None) -> Reviews:
    """A page of the written reviews of a paper: the newest, or those next to a mark (the id of a rating). Ids grow with time. One statement."""
    if after is not None:
        rows = _AFTER.rows(session, paper_id=paper_id, mark=after)
        some = [Review(*row) for row in rows[:PAGE_SIZE]][::-1]
        return Reviews(some, some[-1].id, some[0].id if len(rows) > PAGE_SIZE else None) if some else reviews_of(session, paper_id)
    rows = _NEWEST.rows(session, paper_id=paper_id) if before is None else _BEFORE.rows(session, paper_id=paper_id, mark=before)
    some = [Review(*row) for row in rows[:PAGE_SIZE]]
    return Reviews(some, some[-1].id if len(rows) > PAGE_SIZE else None, some[0].id if some and before is not None else None)


def review(session: Session, rating_id: int) -> Review | None:
    """The review of this rating; None when it was withdrawn, or has no text."""
    rows = _ONE.rows(session, rating_id=rating_id)
    return Review(*rows[0]) if rows else None


@dataclass(frozen=True, slots=True)
class Step:
    """A rating as it was given or changed. `overall` in half stars."""

    at: dt.datetime
    overall: int
    action: str

    @property
    def stars(self) -> float:
        return self.overall / 2


def history_of(session: Session, rating_id: int) -> list[Step]:
    """What this rating was each time it was given or changed, oldest first."""
    steps = sa.select(RatingVersion.at, RatingVersion.overall, RatingVersion.action).where(RatingVersion.rating_id == rating_id).order_by(RatingVersion.id)
    return [Step(*row) for row in session.execute(steps)]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a signed-in reader stands with a paper."""

    overall: int | None = None  # own rating in half stars
    rating_id: int | None = None
    has_text: bool = False
    exclusion: str = ""
    has_draft: bool = False
    has_revealed: bool = False

    @property
    def stars(self) -> float | None:
        return None if self.overall is None else self.overall / 2

    @property
    def has_looked(self) -> bool:
        return self.rating_id is not None or self.has_revealed


_STANDING = Prepared(
    sa.select(Rating.overall, Rating.id, Rating.text != "", Rating.exclusion, RatingDraft.id, Reveal.paper_id)
    .select_from(Account)
    .outerjoin(Rating, sa.and_(Rating.account_id == Account.id, Rating.paper_id == _PAPER_ID))
    .outerjoin(RatingDraft, sa.and_(RatingDraft.account_id == Account.id, RatingDraft.paper_id == _PAPER_ID))
    .outerjoin(Reveal, sa.and_(Reveal.account_id == Account.id, Reveal.paper_id == _PAPER_ID))
    .where(Account.id == _ACCOUNT_ID)
)


def standing_of(session: Session, account_id: int, paper_id: int) -> Standing:
    """Own rating, draft and whether the numbers were looked at, of one reader and paper. One statement."""
    rows = _STANDING.rows(session, account_id=account_id, paper_id=paper_id)
    if not rows:
        return Standing()
    overall, rating_id, has_text, exclusion, draft_id, revealed_id = rows[0]
    return Standing(overall, rating_id, bool(has_text), exclusion or "", draft_id is not None, revealed_id is not None)


def looked_at(session: Session, account_id: int, paper_ids: Collection[int]) -> set[int]:
    """Those of these papers that the reader has rated, or chose to see the numbers of. One statement for a page of a list."""
    found: set[int] = set()
    for some in in_batches(list(paper_ids)):
        rated: sa.Select[Any] = sa.select(Rating.paper_id).where(Rating.account_id == account_id, Rating.paper_id.in_(some))
        revealed = sa.select(Reveal.paper_id).where(Reveal.account_id == account_id, Reveal.paper_id.in_(some))
        found.update(session.scalars(rated.union(revealed)))
    return found
