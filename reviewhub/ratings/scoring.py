"""From the ratings of papers to their score rows: who counts, who is linked with whom, which run is held; then `rules.compute`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.db import in_batches
from ..core.errors import NotFound
from ..core.prepared import Prepared
from ..papers.models import Paper
from ..papers.organisations import organisation_of
from . import queries
from .bursts import Arrival, facts_of, run_with
from .linking import Rater, group_numbers
from .models import HeldBurst, PaperScore, RaterLeniency, RaterLink, Rating
from .queries import Model
from .rules import CRITERIA, ESTABLISHED, Counting, Sheet, compute, state_of


@dataclass(frozen=True, slots=True)
class Row:
    """A rating with all that its weight depends on."""

    id: int
    paper_id: int
    account_id: int | None
    overall: int
    novelty: int | None
    importance: int | None
    rigor: int | None
    is_blind: bool
    has_text: bool
    given_at: dt.datetime
    conflict: str
    has_conflict: bool
    exclusion: str
    group_no: int
    held_by: int | None
    decision: str | None  # of the run it is held by
    is_suspended: bool | None
    joined_at: dt.datetime | None
    joined_from: str | None
    email_key: str | None
    effect: int | None  # leniency


_SELECT = (
    sa.select(
        Rating.id, Rating.paper_id, Rating.account_id, Rating.overall, Rating.novelty, Rating.importance, Rating.rigor, Rating.is_blind,
        (Rating.text != "").label("has_text"), Rating.given_at, Rating.conflict, Rating.has_conflict, Rating.exclusion, Rating.group_no, Rating.held_by,
        HeldBurst.decision, Account.is_suspended, Account.joined_at, Account.joined_from, Account.email_key, RaterLeniency.effect,
    )
    .outerjoin(Account, Account.id == Rating.account_id)
    .outerjoin(HeldBurst, HeldBurst.id == Rating.held_by)
    .outerjoin(RaterLeniency, RaterLeniency.account_id == Rating.account_id)
    .order_by(Rating.id)
)  # fmt: skip
_OF_ONE = Prepared(_SELECT.where(Rating.paper_id == sa.bindparam("paper_id", type_=sa.Integer)))
_RATERS = sa.select(Rating.account_id).where(Rating.paper_id == sa.bindparam("paper_id", type_=sa.Integer))
_IN_STEP = Prepared(sa.select(RaterLink.account_id, RaterLink.other_id).where(RaterLink.account_id.in_(_RATERS), RaterLink.other_id.in_(_RATERS)))


def lock(session: Session, paper_id: int) -> None:
    """One writer at a time for the ratings of a paper (SQLite has one for everything). NotFound when there is no such paper."""
    if session.scalar(sa.select(Paper.id).where(Paper.id == paper_id).with_for_update(key_share=True)) is None:
        raise NotFound


def lock_all(session: Session, paper_ids: Sequence[int]) -> None:
    """As `lock`, for several papers, in one order, so that two of these never wait for each other; papers that are gone are passed over."""
    wanted = sa.select(Paper.id).where(Paper.id.in_(sorted(paper_ids))).order_by(Paper.id)
    session.execute(wanted.with_for_update(key_share=True)).all()


def recompute(session: Session, paper_id: int, *, newest_id: int | None = None) -> Sheet:
    """Makes the score of a paper anew from its ratings; call with the paper locked. `newest_id`: a rating that has just come and may belong to a run."""
    session.flush()
    rows = [Row(*row) for row in _OF_ONE.rows(session, paper_id=paper_id)]
    if newest_id is not None:
        rows = _hold(session, rows, newest_id)
    in_step = [(one, other) for one, other in _IN_STEP.rows(session, paper_id=paper_id)]
    model = queries.newest_model(session)
    sheet = _settle(session, rows, in_step, model)
    _write(session, session.get(PaperScore, paper_id), paper_id, sheet, model)
    session.flush()
    return sheet


def recompute_all(session: Session, paper_ids: Sequence[int]) -> None:
    """Makes the scores of some hundred papers anew, in a few statements each; call with the papers locked."""
    session.flush()
    model = queries.newest_model(session)
    known = {
        kept.paper_id: kept for some in in_batches(list(paper_ids)) for kept in session.scalars(sa.select(PaperScore).where(PaperScore.paper_id.in_(some)))
    }
    for paper_id, (rows, in_step) in gathered(session, paper_ids).items():
        _write(session, known.get(paper_id), paper_id, _settle(session, rows, in_step, model), model)
    session.flush()


def gathered(session: Session, paper_ids: Sequence[int]) -> dict[int, tuple[list[Row], list[tuple[int, int]]]]:
    """The ratings of some hundred papers, and which of their raters rate in step, in a few statements."""
    by_paper: dict[int, list[Row]] = {paper_id: [] for paper_id in paper_ids}
    for some in in_batches(list(paper_ids)):
        for row in session.execute(_SELECT.where(Rating.paper_id.in_(some))):
            by_paper[row.paper_id].append(Row(*tuple(row)))
    raters = sorted({row.account_id for rows in by_paper.values() for row in rows if row.account_id is not None})
    links: dict[int, list[int]] = {}
    for some in in_batches(raters):
        for one, other in session.execute(sa.select(RaterLink.account_id, RaterLink.other_id).where(RaterLink.account_id.in_(some))):
            links.setdefault(one, []).append(other)
    return {
        paper_id: (rows, [(row.account_id, other) for row in rows if row.account_id is not None for other in links.get(row.account_id, ())])
        for paper_id, rows in by_paper.items()
    }


def exclusion_of(row: Row) -> str:
    """Why a rating does not count, the first of `rules.EXCLUSIONS` that holds; empty when it does."""
    if row.decision == "removed":
        return "removed"
    if row.is_suspended:
        return "suspended"
    if row.account_id is None:
        return "former"
    if row.conflict:
        return row.conflict
    if row.has_conflict:
        return "declared"
    return "held" if row.decision == "" else ""


def _hold(session: Session, rows: list[Row], newest_id: int) -> list[Row]:
    """Quarantines the run that the newest rating makes or joins, if there is one."""
    arrivals = [
        Arrival(r.id, r.given_at, r.overall, None if r.joined_at is None else r.given_at - r.joined_at, r.held_by, r.decision) for r in rows
    ]  # fmt: skip
    run = run_with(arrivals, newest_id)
    if run is None:
        return rows
    burst = session.get(HeldBurst, run.burst_id) if run.burst_id is not None else None
    if burst is None:
        burst = HeldBurst(paper_id=rows[0].paper_id, noticed_at=clock.now())
        session.add(burst)
    burst.why = facts_of([a for a in arrivals if a.id in run.ids or (run.burst_id is not None and a.burst_id == run.burst_id)], len(arrivals))
    session.flush()
    session.execute(sa.update(Rating).where(Rating.id.in_(run.ids)).values(held_by=burst.id))
    return [replace(r, held_by=burst.id, decision="") if r.id in run.ids else r for r in rows]


def settled(rows: Sequence[Row], in_step: Sequence[tuple[int, int]]) -> list[Counting]:
    """Decides of each rating of one paper whether it counts and with whom it is linked. Pure."""
    exclusions = {row.id: exclusion_of(row) for row in rows}
    raters = [
        Rater(row.account_id, organisation_of(row.email_key or ""), row.joined_at, row.joined_from or "")
        for row in rows
        if not exclusions[row.id] and row.account_id is not None and row.joined_at is not None
    ]
    groups = group_numbers(raters, in_step)
    return [
        Counting(
            row.id, row.overall, row.novelty, row.importance, row.rigor,
            0 if exclusions[row.id] or row.account_id is None else groups.get(row.account_id, 0), exclusions[row.id], bool(row.is_blind), row.effect,
            bool(row.has_text),
        )
        for row in rows
    ]  # fmt: skip


def _settle(session: Session, rows: Sequence[Row], in_step: Sequence[tuple[int, int]], model: Model) -> Sheet:
    """Keeps what `settled` decides of the ratings of one paper, and computes the sheet."""
    counting, changed = settled(rows, in_step), dict[tuple[str, int], list[int]]()
    for row, one in zip(rows, counting, strict=True):
        if (one.exclusion, one.group_no) != (row.exclusion, row.group_no):
            changed.setdefault((one.exclusion, one.group_no), []).append(row.id)
    for (exclusion, group_no), ids in changed.items():
        for some in in_batches(ids):
            session.execute(sa.update(Rating).where(Rating.id.in_(some)).values(exclusion=exclusion, group_no=group_no))
    return compute(counting, model.prior)


_ALIKE = (
    "n_given", "n_counted", "n_groups", "n_held", "n_reviews", "overall", "estimate", "lower", "upper", "spread", "blind_mean", "n_blind", "open_mean",
    "n_open", "adjusted",
)  # fmt: skip


def _write(session: Session, row: PaperScore | None, paper_id: int, sheet: Sheet, model: Model) -> None:
    """Keeps a sheet as the paper's row of sums; no row where nobody has rated."""
    if not sheet.n_given:
        if row is not None:
            session.delete(row)
            session.flush()
        return
    if row is None:
        row = PaperScore(paper_id=paper_id)
        session.add(row)
    for name in _ALIKE:
        setattr(row, name, getattr(sheet, name))
    for name in CRITERIA:
        setattr(row, name, sheet.criteria[name])
        setattr(row, f"n_{name}", sheet.n_criteria[name])
    row.histogram = list(sheet.histogram)
    row.is_established = state_of(sheet.n_counted, sheet.n_groups) == ESTABLISHED
    row.computed_at, row.model_id = clock.now(), model.id
