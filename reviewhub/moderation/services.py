"""What readers report and what moderators decide; every decision has a reason and a line in the log."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts import suspending
from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import as_typed, message, squeezed
from ..discussion import moderating as comments
from ..discussion import voices
from ..discussion.models import Comment
from ..events import ReportDecided
from ..ratings import moderating as runs
from ..ratings.models import HeldBurst, Rating
from . import log, targets
from .models import LogEntry, Report, Suspension
from .rules import LONGEST_SUSPENSION, MAX_NOTE_CHARS, MAX_REASON_CHARS, MIN_REASON_CHARS, REASONS, REPORTS_A_DAY, VERDICTS

_DAY = dt.timedelta(days=1)


def report(session: Session, actor: Actor, target_kind: str, target_id: int, reason: str, note: str = "") -> Report:
    """Reports something; the same thing reported again by the same reader gives the report that waits.

    Raises NotAllowed (not signed in, suspended), RuleBroken ("reason", "note"), NotFound (no such thing, or nothing to be seen of it).
    """
    if actor.account_id is None or actor.is_suspended:
        raise NotAllowed
    if reason not in REASONS:
        raise RuleBroken("reason", message("Choose one from the list."))
    note = as_typed(note[: 2 * MAX_NOTE_CHARS])
    if len(note) > MAX_NOTE_CHARS:
        raise RuleBroken("note", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_NOTE_CHARS, n=len(note)))
    if reason == "other" and not note:
        raise RuleBroken("note", message("Say what is wrong with it."))
    target = targets.find(session, target_kind, target_id)
    if not target.is_seen:
        raise NotFound
    if target.account_id == actor.account_id:
        raise RuleBroken("reason", message("You wrote this yourself: you can change it or take it back."))
    now = clock.now()
    own = sa.select(Report).where(Report.account_id == actor.account_id)
    waiting = session.scalar(own.where(Report.target_kind == target_kind, Report.target_id == target_id, Report.verdict == "").limit(1))
    if waiting is not None:
        return waiting
    n = session.scalar(sa.select(sa.func.count()).where(Report.account_id == actor.account_id, Report.reported_at > now - _DAY)) or 0
    if n >= REPORTS_A_DAY:
        raise RuleBroken("reason", message("You have reported %(n)s things within a day; more can be reported tomorrow.", n=n))
    made = Report(
        target_kind=target_kind, target_id=target_id, paper_id=target.paper_id, reason=reason, note=note, account_id=actor.account_id, reported_at=now
    )
    session.add(made)
    session.flush()
    return made


def decide_report(session: Session, actor: Actor, report_id: int, verdict: str, reason: str) -> LogEntry:
    """Decides on all that was reported of a thing: "upheld" hides it, "dismissed" leaves it. Emits ReportDecided for each, so that senders are told.

    Raises NotAllowed (no moderator, one's own text, paper or report), RuleBroken ("verdict", "reason"), NotFound, Conflict (decided meanwhile).
    """
    if not actor.has_role("moderator"):
        raise NotAllowed
    if verdict not in VERDICTS:
        raise RuleBroken("verdict", message("Choose one from the list."))
    reason = reason_of(reason)
    found = session.get(Report, report_id)
    if found is None:
        raise NotFound
    target = targets.locked(session, actor, found.target_kind, found.target_id)
    session.refresh(found)
    if found.verdict:
        raise Conflict
    same = session.scalars(
        sa.select(Report).where(Report.target_kind == found.target_kind, Report.target_id == found.target_id, Report.verdict == "").order_by(Report.id)
    ).all()
    if any(one.account_id == actor.account_id for one in same):
        raise NotAllowed
    if verdict == "upheld" and target.visibility in ("shown", "waiting"):
        targets.hide(session, actor, target)
    for one in same:
        one.verdict, one.verdict_reason, one.decided_at, one.decided_by = verdict, reason, clock.now(), actor.account_id
    session.flush()
    for one in same:
        if one.account_id is not None:
            emit(session, ReportDecided(one.id, one.account_id, target.paper_id, verdict))
    action = "uphold-report" if verdict == "upheld" else "dismiss-report"
    facts = {"reasons": sorted({one.reason for one in same}), "n_reports": len(same)}
    return log.append(session, actor, action, target.name, reason=reason, paper_id=target.paper_id, facts=facts)


def hide(session: Session, actor: Actor, target_kind: str, target_id: int, reason: str) -> LogEntry:
    """Takes a text from sight: of a comment a tombstone stays, of a review the rating. Raises NotFound, NotAllowed, Conflict, RuleBroken("reason")."""
    reason = reason_of(reason)
    target = targets.locked(session, actor, target_kind, target_id)
    targets.hide(session, actor, target)
    return log.append(session, actor, "hide", target.name, reason=reason, paper_id=target.paper_id)


def restore(session: Session, actor: Actor, target_kind: str, target_id: int, reason: str) -> LogEntry:
    """Shows a hidden text again. Raises NotFound, NotAllowed, Conflict (it is not hidden), RuleBroken("reason")."""
    reason = reason_of(reason)
    target = targets.locked(session, actor, target_kind, target_id)
    targets.restore(session, actor, target)
    return log.append(session, actor, "restore", target.name, reason=reason, paper_id=target.paper_id)


def release(session: Session, actor: Actor, target_kind: str, target_id: int, reason: str) -> LogEntry:
    """Shows a text that waited. Raises NotFound, NotAllowed, Conflict (it does not wait), RuleBroken("reason")."""
    reason = reason_of(reason)
    target = targets.locked(session, actor, target_kind, target_id)
    targets.release(session, actor, target)
    return log.append(session, actor, "release", target.name, reason=reason, paper_id=target.paper_id)


def lock_thread(session: Session, actor: Actor, comment_id: int, reason: str, *, is_locked: bool = True) -> LogEntry:
    """Ends a thread or opens it again. Raises as `discussion.moderating.lock_thread`, and RuleBroken("reason")."""
    reason = reason_of(reason)
    comment = comments.lock_thread(session, actor, comment_id, is_locked=is_locked)
    return _of_comment(session, actor, "lock" if is_locked else "unlock", comment, reason)


def lock_record(session: Session, actor: Actor, paper_id: int, reason: str, *, is_locked: bool = True) -> LogEntry:
    """Ends the discussion of a record or opens it again. Raises as `discussion.moderating.lock_record`, and RuleBroken("reason")."""
    reason = reason_of(reason)
    comments.lock_record(session, actor, paper_id, is_locked=is_locked)
    return log.append(session, actor, "lock" if is_locked else "unlock", f"paper:{paper_id}", reason=reason, paper_id=paper_id)


def decide_run(session: Session, actor: Actor, burst_id: int, decision: str, reason: str) -> LogEntry:
    """Releases or removes the ratings of a run. Raises as `ratings.moderating.decide`, and NotAllowed for who wrote the paper or has a rating in the run."""
    paper_id = session.scalar(sa.select(HeldBurst.paper_id).where(HeldBurst.id == burst_id))
    own = session.scalar(sa.select(Rating.id).where(Rating.held_by == burst_id, Rating.account_id == actor.account_id).limit(1))
    if own is not None or (paper_id is not None and voices.is_perhaps_author(session, actor.account_id, paper_id)):
        raise NotAllowed
    runs.decide(session, actor, burst_id, decision, reason)
    burst = session.get_one(HeldBurst, burst_id)
    action = "release-ratings" if decision == "released" else "remove-ratings"
    return log.append(session, actor, action, f"run:{burst_id}", reason=burst.reason, paper_id=burst.paper_id)


def suspend(session: Session, actor: Actor, account_id: int, because: str, *, until: dt.datetime | None = None) -> LogEntry:
    """Suspends an account, until a time or for good; the log does not name it. Raises as `accounts.suspending.suspend`, and RuleBroken("until")."""
    now = clock.now()
    if until is not None and not now < until <= now + LONGEST_SUSPENSION:
        raise RuleBroken("until", message("A suspension ends within a year, or has no end."))
    suspending.suspend(session, actor, account_id, because)
    session.execute(sa.delete(Suspension).where(Suspension.account_id == account_id))
    if until is not None:
        session.add(Suspension(account_id=account_id, until=until))
    facts = {"until": until.isoformat(timespec="seconds")} if until else {}
    return log.append(session, actor, "suspend", "account", reason=squeezed(because), account_id=account_id, facts=facts)


def end_suspension(session: Session, actor: Actor, account_id: int, reason: str) -> LogEntry:
    """Lets an account write again. Raises as `accounts.suspending.restore`."""
    suspending.restore(session, actor, account_id)
    session.execute(sa.delete(Suspension).where(Suspension.account_id == account_id))
    return log.append(session, actor, "end-suspension", "account", reason=squeezed(reason), account_id=account_id)


def reason_of(typed: str) -> str:
    """A reason as it is kept. Raises RuleBroken("reason")."""
    reason = squeezed(typed)
    if not MIN_REASON_CHARS <= len(reason) <= MAX_REASON_CHARS:
        raise RuleBroken("reason", message("Give the reason in %(least)s to %(most)s characters.", least=MIN_REASON_CHARS, most=MAX_REASON_CHARS))
    return reason


def _of_comment(session: Session, actor: Actor, action: str, comment: Comment, reason: str) -> LogEntry:
    return log.append(session, actor, action, f"comment:{comment.id}", reason=reason, paper_id=comment.paper_id)
