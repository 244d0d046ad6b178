"""What becomes of a claim: judged by its evidence, frozen by a rival, ended, judged anew. Whoever calls these holds the lock of the paper."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import WORKER, Actor
from ..core.errors import NotFound
from ..core.jobs import emit
from ..events import ClaimChanged, ClaimNews
from ..papers.models import Paper
from . import queries
from .ladder import APPROVED, DISPUTED, MODERATOR, PENDING, PROVING, REFUSED, REVOKED, RUNGS, TURNED_DOWN, Judgement, judge
from .models import Claim, ClaimStep
from .queries import Printed
from .rules import fit


def lock(session: Session, paper_id: int, *, locks: bool = True) -> bool:
    """Locks a paper, so that its claims are judged one after the other; whether it is retracted. NotFound. `locks` False: only looks."""
    query = sa.select(Paper.is_retracted).where(Paper.id == paper_id)
    row = session.execute(query.with_for_update(key_share=True) if locks else query).first()
    if row is None:
        raise NotFound
    return bool(row[0])


def locked(session: Session, claim_id: int) -> Claim:
    """A claim, its paper locked, so that claims of one authorship are judged one after the other. NotFound."""
    paper_id = session.scalar(sa.select(Claim.paper_id).where(Claim.id == claim_id))
    if paper_id is None:
        raise NotFound
    lock(session, paper_id)
    return session.get_one(Claim, claim_id, populate_existing=True)


def add_evidence(found: Claim, rung: str, fact: str) -> None:
    """Puts a rung on a claim, strongest first; one that is there already is renewed."""
    kept = [one for one in found.evidence if one["rung"] != rung]
    kept.append({"rung": rung, "fact": fact, "at": clock.now().isoformat(timespec="seconds")})
    found.evidence = sorted(kept, key=lambda one: RUNGS.index(one["rung"]))


def settle(session: Session, found: Claim, printed: Printed, *, by: str, actor: Actor, action: str) -> None:
    """Judges a claim by its evidence, freezes it and its rivals where there are any, writes the step. The paper is locked. Emits ClaimChanged, ClaimNews."""
    before = found.state
    fits = fit(queries.names_of(session, found.person_id), printed.as_name)
    own_orcids = queries.orcids_of(session, found.person_id)
    has_other_orcid = bool(own_orcids and printed.orcid and printed.orcid not in own_orcids)
    rivals = serious_rivals_of(session, found, printed) if is_serious(session, found, printed) else []
    judged = judge(found.rungs, fits, has_other_orcid=has_other_orcid, has_rival=bool(rivals))
    if judged.state == APPROVED and judged.proof != MODERATOR and _was_turned_down(session, found):
        judged = Judgement(PENDING, why=TURNED_DOWN)
    found.state, found.proof = judged.state, judged.proof
    found.changed_at, found.version = clock.now(), found.version + 1
    for rival in rivals:
        if rival.state != DISPUTED:
            _freeze(session, rival)
    session.flush()
    write_step(session, found, action, by=by, actor=actor)
    emit(session, ClaimChanged(found.id, found.paper_id, found.account_id or 0))
    if found.state != before and by != "claimant" and found.state == APPROVED:
        emit(session, ClaimNews(found.id, "approved"))
    if found.state == DISPUTED and before != DISPUTED:
        emit(session, ClaimNews(found.id, "disputed"))


def end(session: Session, found: Claim, state: str, *, by: str, actor: Actor, reason: str = "") -> None:
    """Takes a claim off the authorship (withdrawn, refused, revoked); a single rival that it had frozen is judged anew. Emits ClaimChanged."""
    found.state, found.reason, found.changed_at, found.version = state, reason, clock.now(), found.version + 1
    session.flush()
    write_step(session, found, state, by=by, actor=actor, reason=reason)
    emit(session, ClaimChanged(found.id, found.paper_id, found.account_id or 0))
    thaw(session, found, actor)


def thaw(session: Session, ended: Claim, actor: Actor) -> None:
    """Judges anew whoever is left of a dispute, once nobody else claims the authorship."""
    printed = queries.printed(session, ended.paper_id, ended.position)
    left = serious_rivals_of(session, ended, printed) if printed is not None else []
    if printed is None or len({c.person_id for c in left}) != 1:
        return
    for one in left:
        if one.state == DISPUTED:
            settle(session, one, printed, by="site", actor=actor, action="undisputed")


def rivals_of(session: Session, found: Claim) -> list[Claim]:
    """Other people's claims of the same authorship, whatever their state."""
    query = sa.select(Claim).where(
        Claim.paper_id == found.paper_id, Claim.position == found.position, Claim.position > 0, Claim.person_id != found.person_id
    )  # fmt: skip
    return list(session.scalars(query.order_by(Claim.id).execution_options(populate_existing=True)))


def serious_rivals_of(session: Session, found: Claim, printed: Printed) -> list[Claim]:
    """Other people's claims of the same authorship that stand and have something to say for themselves."""
    return [c for c in rivals_of(session, found) if c.is_live and is_serious(session, c, printed)]


def is_serious(session: Session, found: Claim, printed: Printed) -> bool:
    """Whether a claim freezes another one. A name that cannot be theirs, without any proof, does not: a stranger could take every author's papers away so."""
    if found.state in (APPROVED, DISPUTED) or {*PROVING, MODERATOR} & set(found.rungs):
        return True
    return fit(queries.names_of(session, found.person_id), printed.as_name).is_possible


def write_step(session: Session, found: Claim, action: str, *, by: str, actor: Actor, reason: str = "") -> None:
    """One line of the claim's history."""
    step = ClaimStep(claim_id=found.id, at=clock.now(), by_account_id=actor.account_id, by=by, action=action, state=found.state, reason=reason)
    session.add(step)
    session.flush()


def _was_turned_down(session: Session, found: Claim) -> bool:
    """Whether a moderator has said no to this claim: then the next yes is a moderator's too. Names can be changed to fit, and the same proof be shown again."""
    word = sa.select(ClaimStep.state).where(ClaimStep.claim_id == found.id, ClaimStep.by == "moderator", ClaimStep.state.in_((APPROVED, REFUSED, REVOKED)))
    return session.scalar(word.order_by(ClaimStep.id.desc()).limit(1)) in (REFUSED, REVOKED)


def _freeze(session: Session, rival: Claim) -> None:
    rival.state, rival.changed_at, rival.version = DISPUTED, clock.now(), rival.version + 1
    session.flush()
    write_step(session, rival, "disputed", by="site", actor=WORKER)
    emit(session, ClaimChanged(rival.id, rival.paper_id, rival.account_id or 0))
    emit(session, ClaimNews(rival.id, "disputed"))
