"""What one person has rated, began to rate and took back; and how their ratings compare. For their eyes only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .models import PaperScore, RaterLeniency, Rating, RatingDraft, RatingVersion
from .rules import PER_STAR, RATERS_TO_COMPARE

# Ratings on one page.
PAGE_SIZE = 25
# Drafts, and ratings taken back, that are shown: more than anybody goes through.
MOST_BESIDE = 20


@dataclass(frozen=True, slots=True)
class Own:
    """A rating that stands."""

    id: int
    paper_id: int
    stars: float  # 0.5 to 5.0
    given_at: dt.datetime
    changed_at: dt.datetime
    is_blind: bool
    exclusion: str
    has_text: bool
    version: int  # more than 1: it was changed


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Some of a person's ratings, the newest first; `older` and `newer` are the ids to go on from, None at the ends."""

    ratings: list[Own]
    older: int | None = None
    newer: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    paper_id: int
    saved_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A rating that was taken back; `stars` as it last stood."""

    paper_id: int
    stars: float
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far above (or below) others a person rates the same papers, in stars; None as long as there are too few ratings to tell."""

    effect: float | None
    n: int  # ratings it was told from; without an effect, those that would serve
    computed_at: dt.datetime | None = None


def ratings_of(session: Session, account_id: int, *, before: int | None = None, after: int | None = None, size: int = PAGE_SIZE) -> OwnPage:
    """Ratings given before (older than) or after (newer than) the one with this id, else the newest. One statement."""
    is_newer = after is not None and before is None
    query = sa.select(
        Rating.id, Rating.paper_id, Rating.overall, Rating.given_at, Rating.changed_at, Rating.is_blind, Rating.exclusion, Rating.text != "", Rating.version
    ).where(Rating.account_id == account_id)
    if is_newer:
        query = query.where(Rating.id > after).order_by(Rating.id)
    else:
        query = (query.where(Rating.id < before) if before is not None else query).order_by(Rating.id.desc())
    rows = session.execute(query.limit(size + 1)).all()
    has_more, rows = len(rows) > size, rows[:size]
    if is_newer:
        rows = rows[::-1]
    found = [Own(row[0], row[1], row[2] / 2, *row[3:]) for row in rows]
    if not found:
        return OwnPage([])
    has_older, has_newer = (True, has_more) if is_newer else (has_more, before is not None)
    return OwnPage(found, found[-1].id if has_older else None, found[0].id if has_newer else None)


def drafts_of(session: Session, account_id: int) -> list[Draft]:
    """Forms that were begun, the newest first. One statement."""
    query = sa.select(RatingDraft.paper_id, RatingDraft.saved_at).where(RatingDraft.account_id == account_id).order_by(RatingDraft.saved_at.desc())
    return [Draft(*row) for row in session.execute(query.limit(MOST_BESIDE))]


def withdrawn_of(session: Session, account_id: int) -> list[Withdrawn]:
    """Ratings that were taken back and not given anew, the newest first. One statement."""
    stands = sa.select(Rating.id).where(Rating.account_id == account_id, Rating.paper_id == RatingVersion.paper_id).exists()
    last = (
        sa.select(sa.func.max(RatingVersion.id))
        .where(RatingVersion.account_id == account_id, RatingVersion.action == "withdrawn")
        .group_by(RatingVersion.paper_id)
    )
    query = (
        sa.select(RatingVersion.paper_id, RatingVersion.overall, RatingVersion.at)
        .where(RatingVersion.id.in_(last), ~stands)
        .order_by(RatingVersion.id.desc())
        .limit(MOST_BESIDE)
    )
    return [Withdrawn(paper_id, overall / 2, at) for paper_id, overall, at in session.execute(query)]


def comparison_of(session: Session, account_id: int) -> Comparison:
    """How this person's ratings compare with those of others. One statement, two while there is nothing to tell."""
    kept = session.get(RaterLeniency, account_id)
    if kept is not None:
        return Comparison(kept.effect / PER_STAR, kept.n_ratings, kept.computed_at)
    served = sa.select(sa.func.count()).select_from(Rating).join(PaperScore, PaperScore.paper_id == Rating.paper_id)
    n = session.scalar(served.where(Rating.account_id == account_id, Rating.exclusion == "", PaperScore.n_counted >= RATERS_TO_COMPARE))
    return Comparison(None, n or 0)
