"""Moderators' part of claims: the queue with both sides, their word with its reason, authors who died, names hidden at somebody's wish."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message, squeezed
from ..events import ClaimNews
from ..papers.models import Authorship
from ..papers.names import Name, read_name
from ..papers.queries import Line, lines_of
from . import queries
from .ladder import APPROVED, DISPUTED, MAX_REASON_CHARS, MIN_REASON_CHARS, MODERATOR, PENDING, REFUSED, REVOKED
from .models import Claim, ClosedAuthorship, HiddenName
from .queries import Printed
from .rules import Fit, fit
from .services import claimant
from .settling import add_evidence, end, locked, rivals_of, settle, write_step

# What a moderator can say. "ask": more is wanted of the claimant, the claim goes on waiting.
DECISIONS = ("approve", "refuse", "ask", "revoke")
# Cases on one page, the oldest first.
MOST_CASES = 20
# Authorships under similar names that are shown beside a case.
MOST_SIMILAR = 10


@dataclass(frozen=True, slots=True)
class Side:
    """One claimant of a case."""

    claim: Claim
    account_name: str
    account_id: int | None
    has_orcid: bool
    joined_at: dt.datetime | None
    n_approved: int  # other approved authorships of this person
    fit: Fit


@dataclass(frozen=True, slots=True)
class Case:
    """One authorship that waits for a moderator: one claimant, or those who dispute it, side by side."""

    paper: Line
    printed: Printed | None
    waits_since: dt.datetime
    sides: list[Side]
    similar: list[tuple[str, int]]  # printed names that share the key of namesakes, with the number of papers

    @property
    def is_disputed(self) -> bool:
        return len(self.sides) > 1


def queue(session: Session, actor: Actor) -> list[Case]:
    """The authorships that wait, the oldest first. NotAllowed: no moderator. As many statements for many cases as for one."""
    _moderator(actor)
    waiting = sa.select(Claim).where(Claim.state.in_((PENDING, DISPUTED))).order_by(Claim.made_at, Claim.id).limit(4 * MOST_CASES)
    places: dict[tuple[int, int], list[Claim]] = {}
    for one in session.scalars(waiting):
        places.setdefault((one.paper_id, one.position), []).append(one)
    return _cases(session, dict(list(places.items())[:MOST_CASES]))


def case_of(session: Session, actor: Actor, claim_id: int) -> Case:
    """The case that a claim belongs to. NotAllowed, NotFound."""
    _moderator(actor)
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound
    claims = sorted([claim, *(c for c in rivals_of(session, claim) if c.is_live)], key=lambda c: c.id)
    return _cases(session, {(claim.paper_id, claim.position): claims})[0]


def decide(session: Session, actor: Actor, claim_id: int, decision: str, reason: str, *, seen_version: int | None = None) -> Claim:
    """A moderator's word on a claim, with its reason. Approving one side of a dispute refuses the others. Emits ClaimChanged, ClaimNews.

    Raises NotAllowed (no moderator), NotFound, RuleBroken("decision", "reason" or "claim"), Conflict (the claim is no longer the one seen).
    """
    _moderator(actor)
    if decision not in DECISIONS:
        raise RuleBroken("decision", message("Choose one from the list."))
    reason = squeezed(reason)
    if not MIN_REASON_CHARS <= len(reason) <= MAX_REASON_CHARS:
        raise RuleBroken("reason", message("Give the reason in %(least)s to %(most)s characters.", least=MIN_REASON_CHARS, most=MAX_REASON_CHARS))
    found = locked(session, claim_id)
    if seen_version is not None and seen_version != found.version:
        raise Conflict
    if decision == "revoke" and found.state != APPROVED:
        raise RuleBroken("decision", message("Only an approved claim can be taken back."))
    if decision != "revoke" and found.state not in (PENDING, DISPUTED):
        raise RuleBroken("decision", message("This claim does not wait any more."))
    rivals = [c for c in rivals_of(session, found) if c.is_live]
    own = queries.person_of(session, actor.account_id) if actor.account_id is not None else None
    if own is not None and own.id in {found.person_id, *(c.person_id for c in rivals)}:
        raise RuleBroken("claim", message("You are a side of this case yourself. Leave it to another moderator."))
    found.decided_by = actor.account_id
    if decision == "approve":
        _approve(session, actor, found, rivals, reason)
    elif decision == "ask":
        found.reason, found.changed_at, found.version = reason, clock.now(), found.version + 1
        session.flush()
        write_step(session, found, "asked", by="moderator", actor=actor, reason=reason)
        emit(session, ClaimNews(found.id, "asked"))
    else:
        end(session, found, REFUSED if decision == "refuse" else REVOKED, by="moderator", actor=actor, reason=reason)
        emit(session, ClaimNews(found.id, "refused" if decision == "refuse" else "revoked"))
    return found


def _approve(session: Session, actor: Actor, found: Claim, rivals: list[Claim], reason: str) -> None:
    printed = queries.printed(session, found.paper_id, found.position)
    if printed is None:
        raise RuleBroken("claim", message("The name is no longer printed on this paper."))
    for rival in rivals:
        rival.state, rival.reason, rival.decided_by = REFUSED, reason, actor.account_id
        rival.changed_at, rival.version = clock.now(), rival.version + 1
        session.flush()
        write_step(session, rival, REFUSED, by="moderator", actor=actor, reason=reason)
        emit(session, ClaimNews(rival.id, "refused"))
    found.reason = reason
    add_evidence(found, MODERATOR, "")
    settle(session, found, printed, by="moderator", actor=actor, action=APPROVED)


def close_authorship(session: Session, actor: Actor, paper_id: int, position: int) -> None:
    """Notes that an author has died: nobody can claim this authorship any more. NotAllowed, NotFound."""
    _moderator(actor)
    printed = queries.printed(session, paper_id, position)
    if printed is None:
        raise NotFound
    if session.get(ClosedAuthorship, (paper_id, printed.name_key)) is None:
        session.add(ClosedAuthorship(paper_id=paper_id, name_key=printed.name_key, closed_by=actor.account_id, at=clock.now()))
        session.flush()


def hide_name(session: Session, actor: Actor, name_key: str) -> None:
    """Hides the page of an unclaimed printed name: a reader's whose own name fits it, or a moderator's wish. The records stay as printed.

    Raises NotAllowed (not signed in, or the name is somebody else's), NotFound (nothing is printed under it).
    """
    account = claimant(session, actor)
    row = session.execute(sa.select(Authorship.paper_id, Authorship.position).where(Authorship.name_key == name_key).limit(1)).first()
    printed = queries.printed(session, *row) if row else None
    if printed is None:
        raise NotFound
    if not actor.has_role("moderator"):
        person = queries.person_of(session, account.id)
        names = queries.names_of(session, person.id) if person else [n for n in [read_name(account.name)] if n]
        if not fit(names, printed.as_name).is_possible:
            raise NotAllowed
    if session.get(HiddenName, name_key) is None:
        session.add(HiddenName(name_key=name_key, hidden_by=account.id, at=clock.now()))
        session.flush()


def show_name(session: Session, actor: Actor, name_key: str) -> None:
    """Shows the page of a name again: whoever hid it, or a moderator. NotAllowed, NotFound."""
    claimant(session, actor)
    hidden = session.get(HiddenName, name_key)
    if hidden is None:
        raise NotFound
    if hidden.hidden_by != actor.account_id and not actor.has_role("moderator"):
        raise NotAllowed
    session.delete(hidden)
    session.flush()


def _cases(session: Session, places: dict[tuple[int, int], list[Claim]]) -> list[Case]:
    if not places:
        return []
    claims = [claim for some in places.values() for claim in some]
    paper_ids = sorted({paper_id for paper_id, _ in places})
    lines = {line.id: line for line in lines_of(session, paper_ids)}
    printed = {(one.paper_id, one.position): one for one in queries.printed_on(session, paper_ids)}
    people = {claim.person_id for claim in claims}
    names = queries.names_by_person(session, people)
    account_ids = {claim.account_id for claim in claims if claim.account_id is not None}
    accounts = {account.id: account for account in session.scalars(sa.select(Account).where(Account.id.in_(account_ids)))}
    approved = sa.select(Claim.person_id, sa.func.count()).where(Claim.person_id.in_(people), Claim.state == APPROVED).group_by(Claim.person_id)
    n_approved = dict(session.execute(approved).all())
    similar = _similar(session, places)
    found = []
    for (paper_id, position), some in places.items():
        here = printed.get((paper_id, position))
        sides = []
        for one in some:
            account = accounts.get(one.account_id or 0)
            fits = fit(names[one.person_id], here.as_name if here else Name(""))
            has_orcid, joined_at = bool(account and account.orcid), account.joined_at if account else None
            sides.append(Side(one, account.name if account else "", one.account_id, has_orcid, joined_at, n_approved.get(one.person_id, 0), fits))
        found.append(Case(lines[paper_id], here, min(one.made_at for one in some), sides, similar.get((paper_id, position), [])))
    return found


def _similar(session: Session, places: dict[tuple[int, int], list[Claim]]) -> dict[tuple[int, int], list[tuple[str, int]]]:
    """The forms under which each place's namesakes are printed, the commonest first. Two statements."""
    of_place = sa.select(Authorship.paper_id, Authorship.position, Authorship.namesake_key).where(Authorship.paper_id.in_({paper_id for paper_id, _ in places}))
    keys = {(paper_id, position): key for paper_id, position, key in session.execute(of_place) if (paper_id, position) in places and key}
    n = sa.func.count()
    forms = sa.select(Authorship.namesake_key, Authorship.name, n).where(Authorship.namesake_key.in_(set(keys.values())))
    by_key: dict[str, list[tuple[str, int]]] = {}
    for key, name, n_papers in session.execute(forms.group_by(Authorship.namesake_key, Authorship.name).order_by(n.desc(), Authorship.name)):
        by_key.setdefault(key, []).append((name, n_papers))
    return {place: by_key[key][:MOST_SIMILAR] for place, key in keys.items()}


def _moderator(actor: Actor) -> None:
    if not actor.has_role("moderator"):
        raise NotAllowed
