"""Writes of ratings: giving, changing, withdrawing; and the score that follows at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.db import in_batches
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message
from ..events import PaperRated, RatersLinked
from . import queries
from .conflicts import conflicts_of
from .hiding import is_hidden
from .linking import WITHIN, is_in_step
from .models import HeldBurst, HiddenReview, PaperScore, RaterLink, Rating, RatingDraft, RatingVersion, Reveal
from .rules import CRITERIA, MAX_FAMILIARITY, MAX_HALF_STARS, MAX_LEVEL, MAX_NOTE_CHARS, MAX_TEXT_CHARS

# The rest of the domain, and the domains above, know them by this name.
from .scoring import lock as lock
from .scoring import lock_all, recompute_all
from .scoring import recompute as recompute

# Raters whose conflicts are looked for together: their namesakes fit into one answer.
RATERS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gives: `overall` in half stars (1 to 10), criteria in levels (1 to 5) or None for "cannot judge"."""

    overall: int
    novelty: int | None = None
    importance: int | None = None
    rigor: int | None = None
    text: str = ""
    text_language: str = ""
    familiarity: int | None = None
    has_conflict: bool = False
    conflict_note: str = ""


GIVEN_FIELDS = tuple(Given.__dataclass_fields__)


def rate(session: Session, actor: Actor, paper_id: int, given: Given, *, seen_version: int | None = None) -> Rating:
    """Gives a paper this account's rating, or changes it; the score is right when this returns. Emits PaperRated.

    `seen_version`: the version of the rating that the form was filled from (0: none yet); None: whatever stands is replaced.
    Raises NotFound (no such paper), NotAllowed (not signed in, suspended), RuleBroken (a value out of range), Conflict (the rating is no longer the one seen).
    """
    account_id = _rater(actor)
    _check(given)
    lock(session, paper_id)
    now = clock.now()
    rating = queries.own_rating(session, account_id, paper_id)
    if seen_version is not None and seen_version != (rating.version if rating else 0):
        raise Conflict
    values = {name: getattr(given, name) for name in GIVEN_FIELDS}
    is_new = rating is None
    if rating is None:
        rating = Rating(paper_id=paper_id, account_id=account_id, given_at=now, changed_at=now, is_blind=_is_blind(session, account_id, paper_id), **values)
        rating.held_by = _earlier_run(session, account_id, paper_id)
        session.add(rating)
        session.flush()
        if _was_hidden(session, account_id, paper_id):
            session.add(HiddenReview(rating_id=rating.id, hidden_at=now))
        action = "given"
    else:
        if all(getattr(rating, name) == value for name, value in values.items()):
            return rating
        # Who changes a number after seeing the others' did not give it blind.
        if any(getattr(rating, name) != values[name] for name in ("overall", *CRITERIA)):
            rating.is_blind = False
        for name, value in values.items():
            setattr(rating, name, value)
        rating.changed_at, rating.version = now, rating.version + 1
        action = "changed"
    rating.conflict = conflicts_of(session, {account_id: now.date()}, paper_id).get(account_id, "")
    session.flush()
    _remember(session, rating, action)
    session.execute(sa.delete(RatingDraft).where(RatingDraft.account_id == account_id, RatingDraft.paper_id == paper_id))
    if is_new:
        relink(session, account_id, paper_id, rating.given_at)
    recompute(session, paper_id, newest_id=rating.id if is_new else None)
    emit(session, PaperRated(paper_id, account_id))
    return rating


def withdraw(session: Session, actor: Actor, paper_id: int) -> None:
    """Takes this account's rating of a paper back; its history stays. NotFound when there is none. Emits PaperRated."""
    if actor.account_id is None:
        raise NotAllowed
    lock(session, paper_id)
    rating = queries.own_rating(session, actor.account_id, paper_id)
    if rating is None:
        raise NotFound
    _remember(session, rating, "withdrawn")
    session.delete(rating)
    session.flush()
    relink(session, actor.account_id, paper_id)
    recompute(session, paper_id)
    emit(session, PaperRated(paper_id, actor.account_id))


def reveal(session: Session, actor: Actor, paper_id: int) -> None:
    """A reader who rates before looking chooses to see the numbers of a paper."""
    if actor.account_id is None:
        raise NotAllowed
    lock(session, paper_id)
    if session.get(Reveal, (actor.account_id, paper_id)) is None:
        session.add(Reveal(account_id=actor.account_id, paper_id=paper_id, at=clock.now()))
        session.flush()


def recheck(session: Session, paper_id: int, *, account_id: int | None = None) -> None:
    """Looks again for the conflicts of a paper's raters (or of one of them), and makes its score anew. A paper that is gone is passed over."""
    lock_all(session, [paper_id])
    ratings = sa.select(Rating.id, Rating.account_id, Rating.changed_at, Rating.conflict).where(Rating.paper_id == paper_id, Rating.account_id.is_not(None))
    rows = session.execute(ratings if account_id is None else ratings.where(Rating.account_id == account_id)).all()
    for some in in_batches(rows, RATERS_AT_ONCE):
        found = conflicts_of(session, {row.account_id: row.changed_at.date() for row in some}, paper_id)
        for row in some:
            if row.conflict != found.get(row.account_id, ""):
                session.execute(sa.update(Rating).where(Rating.id == row.id).values(conflict=found.get(row.account_id, "")))
    recompute_all(session, [paper_id])


def relink(session: Session, account_id: int, paper_id: int, given_at: dt.datetime | None = None) -> None:
    """Finds anew with whom an account rates in step, after it rated a paper at `given_at` or took a rating back. Emits RatersLinked where that changed."""
    before = sa.select(RaterLink.account_id).where(RaterLink.other_id == account_id)
    known = set(session.scalars(before.union_all(sa.select(RaterLink.other_id).where(RaterLink.account_id == account_id))))
    near = set(known)
    if given_at is not None:
        at_once = Rating.given_at.between(given_at - WITHIN, given_at + WITHIN)
        others = sa.select(Rating.account_id).where(Rating.paper_id == paper_id, Rating.account_id != account_id, at_once)
        near |= {other for other in session.scalars(others) if other is not None}
    if not near:
        return
    mine, theirs = aliased(Rating), aliased(Rating)
    both = sa.select(theirs.account_id, mine.given_at, theirs.given_at).join(theirs, theirs.paper_id == mine.paper_id).where(mine.account_id == account_id)
    times: dict[int, list[tuple[dt.datetime, dt.datetime]]] = {}
    for some in in_batches(sorted(near)):
        for other, one_at, other_at in session.execute(both.where(theirs.account_id.in_(some))):
            times.setdefault(other or 0, []).append((one_at, other_at))
    linked = {other for other in near if is_in_step(times.get(other, ()))}
    for other in sorted(linked ^ known):
        pair = {"account_id": min(account_id, other), "other_id": max(account_id, other)}
        if other in linked:  # both of them may find it out at once
            session.execute(_insert(session).values(**pair).on_conflict_do_nothing())
        else:
            session.execute(sa.delete(RaterLink).filter_by(**pair))
        emit(session, RatersLinked(*pair.values()))


def _insert(session: Session) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(RaterLink) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(RaterLink)


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: ratings move; where somebody rated both, the newer one stays and the other goes into the history."""
    own = {r.account_id: r for r in session.scalars(sa.select(Rating).where(Rating.paper_id == kept_id)) if r.account_id is not None}
    for rating in session.scalars(sa.select(Rating).where(Rating.paper_id == gone_id)).all():
        twin = own.get(rating.account_id) if rating.account_id is not None else None
        if twin is not None:
            older, newer = sorted((twin, rating), key=lambda r: r.changed_at)
            _remember(session, older, "withdrawn")
            session.delete(older)
            session.flush()
            if newer is twin:
                continue
        rating.paper_id = kept_id
        session.flush()
    for model in (RatingVersion, HeldBurst):
        session.execute(sa.update(model).where(model.paper_id == gone_id).values(paper_id=kept_id))
    session.execute(sa.delete(PaperScore).where(PaperScore.paper_id == gone_id))
    recompute(session, kept_id)
    session.expire_all()


def _rater(actor: Actor) -> int:
    if actor.account_id is None or actor.is_suspended:
        raise NotAllowed
    return actor.account_id


def _check(given: Given) -> None:
    if not 1 <= given.overall <= MAX_HALF_STARS:
        raise RuleBroken("overall", message("A rating is 0.5 to 5 stars in halves."))
    for name, most in (*((name, MAX_LEVEL) for name in CRITERIA), ("familiarity", MAX_FAMILIARITY)):
        value = getattr(given, name)
        if value is not None and not 1 <= value <= most:
            raise RuleBroken(name, message("Choose one from the list."))
    for name, most in (("text", MAX_TEXT_CHARS), ("conflict_note", MAX_NOTE_CHARS)):
        if len(getattr(given, name)) > most:
            raise RuleBroken(name, message("At most %(most)s characters fit here; these are %(n)s.", most=most, n=len(getattr(given, name))))


def _earlier_run(session: Session, account_id: int, paper_id: int) -> int | None:
    """The run that this account's earlier rating of the paper was held with, unless released: taking a rating back and giving it anew changes nothing."""
    return session.scalar(
        sa.select(RatingVersion.held_by)
        .join(HeldBurst, HeldBurst.id == RatingVersion.held_by)
        .where(RatingVersion.account_id == account_id, RatingVersion.paper_id == paper_id, HeldBurst.decision != "released")
        .order_by(RatingVersion.id.desc())
        .limit(1)
    )


def _was_hidden(session: Session, account_id: int, paper_id: int) -> bool:
    """Whether the review that this account took back last had been hidden: only a moderator shows it again."""
    own = sa.select(RatingVersion.is_hidden).where(RatingVersion.account_id == account_id, RatingVersion.paper_id == paper_id)
    return bool(session.scalar(own.order_by(RatingVersion.id.desc()).limit(1)))


def _is_blind(session: Session, account_id: int, paper_id: int) -> bool:
    hides = session.scalar(sa.select(Account.hides_numbers).where(Account.id == account_id))
    return bool(hides) and not queries.has_looked(session, account_id, paper_id)


def _remember(session: Session, rating: Rating, action: str) -> None:
    values = {name: getattr(rating, name) for name in (*GIVEN_FIELDS, "is_blind", "held_by")}
    values["is_hidden"] = is_hidden(session, rating.id)
    session.add(RatingVersion(rating_id=rating.id, paper_id=rating.paper_id, account_id=rating.account_id, action=action, at=clock.now(), **values))
    session.flush()
