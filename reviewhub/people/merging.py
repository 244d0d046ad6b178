"""Two profiles made one, one made two, and both undone. Owners of both sides agree; a moderator gives a reason. What moved is kept with the change."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.db import in_batches
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message, squeezed
from ..events import ClaimChanged, PersonChanged
from . import queries
from .ladder import APPROVED, DISPUTED, LIVE, MAX_REASON_CHARS, MIN_REASON_CHARS
from .models import Claim, NotMine, Person, PersonAccount, PersonChange
from .services import claimant
from .settling import settle, thaw

ASKED, DONE, UNDONE, REFUSED = "asked", "done", "undone", "refused"


def ask_merge(session: Session, actor: Actor, other_id: int) -> PersonChange:
    """Asks the owner of another profile whether both are one person; done when they agree (`answer_merge`), at once when both are the asker's or nobody's.

    Raises NotAllowed, NotFound (no such profile, or the asker has none), RuleBroken("other").
    """
    account = claimant(session, actor)
    own = queries.person_of(session, account.id)
    if own is None:
        raise NotFound
    other = _living(session, other_id)
    if other.id == own.id:
        raise RuleBroken("other", message("That is your own profile."))
    if not queries.accounts_of(session, other.id):
        raise RuleBroken("other", message("Nobody can agree for that profile any more: its account is gone. Ask a moderator."))
    open_ones = sa.select(PersonChange.id).where(
        PersonChange.kind == "merge", PersonChange.state == ASKED, PersonChange.kept_id.in_((own.id, other.id)), PersonChange.other_id.in_((own.id, other.id))
    )
    if session.scalar(open_ones.limit(1)) is not None:
        raise RuleBroken("other", message("This has been asked already."))
    now = clock.now()
    change = PersonChange(kind="merge", state=ASKED, kept_id=own.id, other_id=other.id, asked_by=account.id, made_at=now, changed_at=now)
    session.add(change)
    session.flush()
    return change


def answer_merge(session: Session, actor: Actor, change_id: int, *, agrees: bool) -> PersonChange:
    """The other owner's answer. Emits PersonChanged and ClaimChanged. NotFound: nothing is asked of this actor."""
    account = claimant(session, actor)
    change = _locked(session, change_id)
    own = queries.person_of(session, account.id)
    if change.kind != "merge" or change.state != ASKED or own is None or own.id != change.other_id:
        raise NotFound
    if agrees:
        _merge(session, actor, change)
    else:
        change.state, change.changed_at = REFUSED, clock.now()
        session.flush()
    return change


def merge(session: Session, actor: Actor, kept_id: int, other_id: int, reason: str) -> PersonChange:
    """A moderator makes two profiles one. Emits PersonChanged and ClaimChanged. Raises NotAllowed, NotFound, RuleBroken("reason", "other")."""
    if not actor.has_role("moderator"):
        raise NotAllowed
    reason = _reason(reason)
    kept, other = _living(session, kept_id), _living(session, other_id)
    if kept.id == other.id:
        raise RuleBroken("other", message("These are one profile already."))
    now = clock.now()
    change = PersonChange(kind="merge", state=ASKED, kept_id=kept.id, other_id=other.id, asked_by=actor.account_id, reason=reason, made_at=now, changed_at=now)
    session.add(change)
    session.flush()
    _merge(session, actor, change)
    return change


def split(session: Session, actor: Actor, person_id: int, claim_ids: Collection[int], reason: str) -> PersonChange:
    """A moderator, or the owner, takes some authorships off a profile: they stand on a new one that nobody owns. Emits PersonChanged and ClaimChanged.

    Raises NotAllowed, NotFound, RuleBroken("claims", "reason").
    """
    person = _living(session, person_id)
    account = claimant(session, actor)
    if not actor.has_role("moderator") and account.id not in queries.accounts_of(session, person.id):
        raise NotAllowed
    reason = _reason(reason)
    claims = [c for some in in_batches(sorted(set(claim_ids))) for c in session.scalars(sa.select(Claim).where(Claim.id.in_(some)))]
    n_own = session.scalar(sa.select(sa.func.count()).select_from(Claim).where(Claim.person_id == person.id)) or 0
    if not claims or any(c.person_id != person.id for c in claims) or len(claims) >= n_own:
        raise RuleBroken("claims", message("Choose some of the papers of this profile, and leave at least one."))
    now = clock.now()
    made = Person(name=person.name, other_name=person.other_name, made_at=now, changed_at=now)
    session.add(made)
    session.flush()
    change = PersonChange(
        kind="split", state=DONE, kept_id=person.id, other_id=made.id, asked_by=account.id, reason=reason,
        moved={"claims": sorted(c.id for c in claims), "claimants": {str(c.id): c.account_id for c in claims}}, made_at=now, changed_at=now,
    )  # fmt: skip
    session.add(change)
    if account.id not in queries.accounts_of(session, person.id):
        for claim in claims:  # a moderator says they are somebody else's: no longer a conflict of the account. An owner's word does not end one
            claim.account_id = None
    _give(session, claims, made)
    _touch(session, person, made)
    return change


def undo(session: Session, actor: Actor, change_id: int, reason: str = "") -> PersonChange:
    """Takes a merge or split back: what had moved goes where it was, addresses lead where they did. Owners of either side may, and moderators with a reason.

    Emits PersonChanged and ClaimChanged. Raises NotAllowed, NotFound, RuleBroken("change", "reason").
    """
    change = _locked(session, change_id)
    if change.state != DONE or change.other_id is None:
        raise RuleBroken("change", message("There is nothing to undo."))
    account = claimant(session, actor)
    if account.id not in owners_of(session, change):
        if not actor.has_role("moderator"):
            raise NotAllowed
        reason = _reason(reason)
    kept, other = session.get_one(Person, change.kept_id), session.get_one(Person, change.other_id)
    if kept.merged_into_id is not None or (change.kind == "split" and other.merged_into_id is not None):
        raise RuleBroken("change", message("One of the profiles was merged since. Undo that first."))
    target, source = (other, kept) if change.kind == "merge" else (kept, other)
    claims = [c for some in in_batches(change.moved.get("claims", [])) for c in session.scalars(sa.select(Claim).where(Claim.id.in_(some)))]
    if change.kind == "merge":
        other.merged_into_id = None
        for some in in_batches(change.moved.get("accounts", [])):
            session.execute(sa.update(PersonAccount).where(PersonAccount.account_id.in_(some), PersonAccount.person_id == kept.id).values(person_id=other.id))
    else:
        other.merged_into_id = kept.id
    session.flush()
    claimants = change.moved.get("claimants", {})
    for claim in claims:
        if claim.account_id is None and session.get(Account, claimants.get(str(claim.id)) or 0) is not None:
            claim.account_id = claimants[str(claim.id)]
    _give(session, [c for c in claims if c.person_id == source.id], target)
    change.state, change.changed_at = UNDONE, clock.now()
    _touch(session, kept, other)
    return change


def owners_of(session: Session, change: PersonChange) -> set[int]:
    """The accounts whose own matter a merge or split is."""
    sides = [queries.accounts_of(session, person_id) for person_id in (change.kept_id, change.other_id) if person_id is not None]
    return {*(one for some in sides for one in some), *change.moved.get("accounts", ())}


def changes_of(session: Session, person_id: int) -> list[PersonChange]:
    """The merges and splits that a profile had a part in, the latest first."""
    query = sa.select(PersonChange).where(sa.or_(PersonChange.kept_id == person_id, PersonChange.other_id == person_id))
    return list(session.scalars(query.order_by(PersonChange.id.desc())))


def _merge(session: Session, actor: Actor, change: PersonChange) -> None:
    kept, other = _living(session, change.kept_id), _living(session, change.other_id or 0)
    if kept.id == other.id:  # it was done in another way meanwhile
        raise RuleBroken("other", message("These are one profile already."))
    change.kept_id, change.other_id = kept.id, other.id
    claims = list(session.scalars(sa.select(Claim).where(Claim.person_id == other.id).order_by(Claim.id)))
    accounts = queries.accounts_of(session, other.id)
    change.moved = {"claims": [c.id for c in claims], "accounts": accounts}
    session.execute(sa.update(PersonAccount).where(PersonAccount.person_id == other.id).values(person_id=kept.id))
    refused = set(session.execute(sa.select(NotMine.paper_id, NotMine.name_key).where(NotMine.person_id == kept.id)).all())
    for one in session.scalars(sa.select(NotMine).where(NotMine.person_id == other.id)).all():
        if (one.paper_id, one.name_key) not in refused:  # a copy: undoing leaves the other what it knew
            session.add(NotMine(person_id=kept.id, paper_id=one.paper_id, name_key=one.name_key, at=one.at))
    other.merged_into_id = kept.id
    session.flush()
    _give(session, claims, kept)
    change.state, change.changed_at = DONE, clock.now()
    _touch(session, kept, other)
    for claim in claims:  # who disputed an authorship with themselves does not any more
        if claim.state == DISPUTED:
            _calm(session, actor, claim)


def _calm(session: Session, actor: Actor, claim: Claim) -> None:
    printed = queries.printed(session, claim.paper_id, claim.position)
    twins = sa.select(Claim).where(
        Claim.paper_id == claim.paper_id, Claim.position == claim.position, Claim.person_id == claim.person_id, Claim.id != claim.id, Claim.state.in_(LIVE)
    )
    for twin in session.scalars(twins.order_by(Claim.id)).all():
        # One of the two is enough; the one with more to show for itself stays.
        weaker, stronger = sorted((claim, twin), key=lambda c: (len(c.evidence), -c.id))
        weaker.state, weaker.changed_at, weaker.version = "withdrawn", clock.now(), weaker.version + 1
        session.flush()
        if printed is not None and stronger.state == DISPUTED:
            settle(session, stronger, printed, by="site", actor=actor, action="undisputed")
        return
    thaw(session, claim, actor)


def _give(session: Session, claims: Collection[Claim], person: Person) -> None:
    for claim in claims:
        claim.person_id, claim.version = person.id, claim.version + 1
    session.flush()
    for claim in claims:
        if claim.state in (APPROVED, *LIVE):
            emit(session, ClaimChanged(claim.id, claim.paper_id, claim.account_id or 0))


def _touch(session: Session, *people: Person) -> None:
    for person in people:
        person.changed_at, person.version = clock.now(), person.version + 1
    session.flush()
    for person in people:
        emit(session, PersonChanged(person.id))


def _living(session: Session, person_id: int) -> Person:
    living_id = queries.living_id(session, person_id)
    if living_id is None:
        raise NotFound
    return session.get_one(Person, living_id, with_for_update=True)


def _locked(session: Session, change_id: int) -> PersonChange:
    change = session.get(PersonChange, change_id, with_for_update=True, populate_existing=True)
    if change is None:
        raise NotFound
    return change


def _reason(reason: str) -> str:
    reason = squeezed(reason)
    if not MIN_REASON_CHARS <= len(reason) <= MAX_REASON_CHARS:
        raise RuleBroken("reason", message("Give the reason in %(least)s to %(most)s characters.", least=MIN_REASON_CHARS, most=MAX_REASON_CHARS))
    return reason
