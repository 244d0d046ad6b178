"""Profiles and claims as what an account has: erased, left without an account, handed out to their owner."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.belongings import Exported, Item
from ..accounts.exporting import in_iso
from ..core.actor import WORKER
from ..core.jobs import emit
from ..core.text import message, plain
from ..events import ClaimChanged, PersonChanged
from ..papers.models import Paper
from . import queries
from .ladder import APPROVED, WITHDRAWN
from .models import AuthorWord, Claim, ClaimStep, NotMine, Person, PersonAccount, PersonName
from .settling import thaw

_KEY = "profile:"


def items(session: Session, account_id: int) -> list[Item]:
    """The profile of an account that has one with papers; it can stay, as that of an author who is no reader here any more."""
    person = queries.person_of(session, account_id)
    if person is None or queries.accounts_of(session, person.id) != [account_id]:
        return []
    n = session.scalar(sa.select(sa.func.count()).select_from(Claim).where(Claim.person_id == person.id, Claim.state == APPROVED)) or 0
    if not n:
        return []
    return [Item(f"{_KEY}{person.id}", message("Author's profile"), "", message("with %(n)s claimed papers", n=n))]


def erase(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Erases the profile with its claims if it is among the keys or was never an item. Emits ClaimChanged and PersonChanged."""
    person = queries.person_of(session, account_id)
    if person is None:
        return
    is_item = bool(items(session, account_id))
    session.execute(sa.delete(PersonAccount).where(PersonAccount.account_id == account_id))
    own = sa.select(Claim).where(Claim.person_id == person.id, Claim.account_id == account_id)
    if is_item and f"{_KEY}{person.id}" not in keys:  # it stays; what was not approved goes
        own = own.where(Claim.state != APPROVED)
    for claim in session.scalars(own).all():
        claim.state = WITHDRAWN
        session.flush()
        thaw(session, claim, WORKER)
        emit(session, ClaimChanged(claim.id, claim.paper_id, 0))
        session.delete(claim)
    session.flush()
    if (is_item and f"{_KEY}{person.id}" in keys) or (not is_item and not queries.accounts_of(session, person.id)):
        session.execute(sa.update(Person).where(Person.merged_into_id == person.id).values(merged_into_id=None))
        session.execute(sa.delete(Person).where(Person.id == person.id))
        session.expunge(person)
    emit(session, PersonChanged(person.id))


def release(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Leaves the profile with its approved papers, without the account. Emits ClaimChanged, PersonChanged."""
    person = queries.person_of(session, account_id)
    if person is None or f"{_KEY}{person.id}" not in keys:
        return
    for claim in session.scalars(sa.select(Claim).where(Claim.person_id == person.id, Claim.account_id == account_id, Claim.state == APPROVED)).all():
        claim.account_id = None
        emit(session, ClaimChanged(claim.id, claim.paper_id, 0))
    session.flush()
    emit(session, PersonChanged(person.id))


def export(session: Session, account_id: int) -> list[Exported]:
    """The profile, the claims with their history, and what was said to be somebody else's."""
    person = queries.person_of(session, account_id)
    if person is None:
        return []
    titles = dict(session.execute(sa.select(Claim.id, Paper.title).join(Paper, Paper.id == Claim.paper_id).where(Claim.account_id == account_id)).all())
    claims = session.scalars(sa.select(Claim).where(Claim.account_id == account_id).order_by(Claim.id)).all()
    steps: dict[int, list[dict[str, Any]]] = {}
    for step in session.scalars(sa.select(ClaimStep).where(ClaimStep.claim_id.in_(titles)).order_by(ClaimStep.id)):
        steps.setdefault(step.claim_id, []).append({"at": in_iso(step.at), "by": step.by, "action": step.action, "state": step.state, "reason": step.reason})
    words: dict[int, list[dict[str, Any]]] = {}
    for word in session.scalars(sa.select(AuthorWord).where(AuthorWord.claim_id.in_(titles)).order_by(AuthorWord.kind, AuthorWord.language)):
        words.setdefault(word.claim_id, []).append({"kind": word.kind, "language": word.language, "text": word.text, "at": in_iso(word.changed_at)})
    names = session.scalars(sa.select(PersonName).where(PersonName.person_id == person.id).order_by(PersonName.id))
    refused = session.scalars(sa.select(NotMine).where(NotMine.person_id == person.id).order_by(NotMine.at))
    about = {
        "id": person.id, "name": person.name, "other_name": person.other_name, "links": person.links, "shows_activity": person.shows_activity,
        "is_told": person.is_told, "made_at": in_iso(person.made_at), "changed_at": in_iso(person.changed_at),
        "names": [{"name": one.name, "kind": one.kind, "is_shown": one.is_shown} for one in names],
        "not_mine": [{"paper": one.paper_id, "name": one.name_key, "at": in_iso(one.at)} for one in refused],
    }  # fmt: skip
    told = [
        {
            "paper": c.paper_id, "title": plain(titles[c.id]), "author": c.position, "printed": c.name, "state": c.state, "proof": c.proof,
            "added": words.get(c.id, []), "evidence": c.evidence, "note": c.note, "reason": c.reason, "made_at": in_iso(c.made_at),
            "history": steps.get(c.id, []),
        }
        for c in claims
    ]  # fmt: skip
    return [
        Exported("profile.json", about, message("your author's profile, with names that are not shown, and papers you said are not yours.")),
        Exported("claims.json", told, message("the authorships you claimed, each with its evidence and history.")),
    ]
