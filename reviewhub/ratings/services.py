"""Writes of ratings: giving, changing, withdrawing; and the score that follows at once."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message
from ..events import PaperRated
from ..papers.models import Paper
from . import queries
from .models import HeldBurst, PaperScore, RaterLeniency, Rating, RatingDraft, RatingVersion, Reveal
from .rules import CRITERIA, MAX_FAMILIARITY, MAX_HALF_STARS, MAX_LEVEL, MAX_NOTE_CHARS, MAX_TEXT_CHARS, Counting, Sheet, compute, state_of


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
    if rating is None:
        rating = Rating(paper_id=paper_id, account_id=account_id, given_at=now, changed_at=now, is_blind=_is_blind(session, account_id, paper_id), **values)
        session.add(rating)
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
    session.flush()
    _remember(session, rating, action)
    session.execute(sa.delete(RatingDraft).where(RatingDraft.account_id == account_id, RatingDraft.paper_id == paper_id))
    recompute(session, paper_id)
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


def lock(session: Session, paper_id: int) -> None:
    """One writer at a time for the ratings of a paper (SQLite has one for everything). NotFound when there is no such paper."""
    if session.scalar(sa.select(Paper.id).where(Paper.id == paper_id).with_for_update(key_share=True)) is None:
        raise NotFound


def recompute(session: Session, paper_id: int) -> Sheet:
    """Makes the score of a paper anew from its ratings; call with the paper locked."""
    rows = session.execute(
        sa.select(Rating, Account.is_suspended, HeldBurst.decision, RaterLeniency.effect)
        .outerjoin(Account, Account.id == Rating.account_id)
        .outerjoin(HeldBurst, HeldBurst.id == Rating.held_by)
        .outerjoin(RaterLeniency, RaterLeniency.account_id == Rating.account_id)
        .where(Rating.paper_id == paper_id)
        .order_by(Rating.id)
    ).all()
    counting = []
    for rating, is_suspended, decision, effect in rows:
        rating.exclusion = _exclusion(rating, bool(is_suspended), decision)
        counting.append(
            Counting(
                rating.id, rating.overall, rating.novelty, rating.importance, rating.rigor, rating.group_no, rating.exclusion, rating.is_blind, effect,
                bool(rating.text),
            )
        )  # fmt: skip
    model = queries.newest_model(session)
    sheet = compute(counting, model.prior)
    session.flush()
    _write(session, paper_id, sheet, model.id)
    return sheet


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


def _is_blind(session: Session, account_id: int, paper_id: int) -> bool:
    hides = session.scalar(sa.select(Account.hides_numbers).where(Account.id == account_id))
    return bool(hides) and not queries.has_looked(session, account_id, paper_id)


def _exclusion(rating: Rating, is_suspended: bool, decision: str | None) -> str:
    if decision == "removed":
        return "removed"
    if is_suspended:
        return "suspended"
    if rating.account_id is None:
        return "former"
    if rating.conflict:
        return rating.conflict
    if rating.has_conflict:
        return "declared"
    return "held" if decision == "" else ""


def _remember(session: Session, rating: Rating, action: str) -> None:
    values = {name: getattr(rating, name) for name in (*GIVEN_FIELDS, "is_blind")}
    session.add(RatingVersion(rating_id=rating.id, paper_id=rating.paper_id, account_id=rating.account_id, action=action, at=clock.now(), **values))
    session.flush()


def _write(session: Session, paper_id: int, sheet: Sheet, model_id: int | None) -> None:
    row = session.get(PaperScore, paper_id)
    if not sheet.n_given:
        if row is not None:
            session.delete(row)
            session.flush()
        return
    if row is None:
        row = PaperScore(paper_id=paper_id)
        session.add(row)
    for name in (
        "n_given", "n_counted", "n_groups", "n_held", "n_reviews", "overall", "estimate", "lower", "upper", "spread", "blind_mean", "n_blind", "open_mean",
        "n_open", "adjusted",
    ):  # fmt: skip
        setattr(row, name, getattr(sheet, name))
    for name in CRITERIA:
        setattr(row, name, sheet.criteria[name])
        setattr(row, f"n_{name}", sheet.n_criteria[name])
    row.histogram = list(sheet.histogram)
    row.is_established = state_of(sheet.n_counted, sheet.n_groups) == "established"
    row.computed_at, row.model_id = clock.now(), model_id
    session.flush()
