"""Writes of claims: "I am this author", its evidence, giving it up. What becomes of them is in `settling`, moderators' part in `deciding`, profiles in
`profiles`, merges in `merging`.
"""

from __future__ import annotations

import datetime as dt
import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..accounts.rules import email_key
from ..core import clock
from ..core.actor import Actor
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import as_typed, message
from ..events import WorksWanted
from ..papers.organisations import is_domain_of, organisation_of
from ..papers.queries import redirect_of
from . import queries
from .ladder import (
    APPROVED,
    ASKED_FOR,
    CLAIMS_PER_HOUR,
    CO_AUTHOR,
    INSTITUTION,
    MAIL,
    MAX_NOTE_CHARS,
    MODERATOR,
    MOST_PENDING,
    ORCID,
    PENDING,
    PROVING,
    REFUSED,
    REVOKED,
    WITHDRAWN,
    WORKS,
)
from .links import ask_link
from .models import Claim, ClaimStep, ClosedAuthorship, NotMine, Person, PersonAccount
from .queries import Printed
from .settling import add_evidence, end, lock, locked, settle

# "†" behind a name, "(deceased)" behind an address: so journals print it.
_DIED = re.compile(r"†|‡?\bdeceased\b|\bin memoriam\b|已故|逝世", re.IGNORECASE)


def claim(session: Session, actor: Actor, paper_id: int, position: int, *, evidence: str = "", note: str = "") -> Claim:
    """Claims an authorship; what the site can see for itself is looked at at once. `evidence`: one of `ladder.ASKED_FOR`, or empty.

    Emits ClaimChanged, and ClaimLinkWanted or WorksWanted for evidence that takes a while. Raises NotFound (no such paper), NotAllowed (not signed in,
    suspended), RuleBroken("position", "paper", "evidence", "note" or "claim").
    """
    account = claimant(session, actor)
    note = as_typed(note)
    if evidence and evidence not in ASKED_FOR:
        raise RuleBroken("evidence", message("Choose one from the list."))
    if len(note) > MAX_NOTE_CHARS:
        raise RuleBroken("note", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_NOTE_CHARS, n=len(note)))
    printed = claimable(session, paper_id, position)
    _check_evidence(account, printed, evidence)
    person = queries.person_of(session, account.id) or _new_person(session, account)
    found = _own_claim(session, person.id, printed, evidence, note)
    now = clock.now()
    if found is None:
        _check_pace(session, account.id, now, evidence)
        found = Claim(
            paper_id=paper_id, position=position, name=printed.name, name_key=printed.name_key, account_id=account.id, person_id=person.id, state=PENDING,
            evidence=[], note=note, made_at=now, changed_at=now,
        )  # fmt: skip
        session.add(found)
        action = "claimed"
    else:
        _check_pace(session, account.id, now, evidence)
        # What was said before stands in the steps; a new try is judged by what is shown now.
        found.account_id, found.position, found.name, found.note, found.evidence = account.id, position, printed.name, note or found.note, []
        found.state, found.reason, found.decided_by, action = PENDING, "", None, "claimed again"
    session.flush()
    session.execute(sa.delete(NotMine).where(NotMine.person_id == person.id, NotMine.paper_id == paper_id, NotMine.name_key == printed.name_key))
    look(found, printed, account)
    settle(session, found, printed, by="claimant", actor=actor, action=action)
    if found.state == PENDING and evidence == MAIL:
        ask_link(session, found, printed)
    if found.state == PENDING and evidence == WORKS:
        emit(session, WorksWanted(found.id))
    return found


def withdraw(session: Session, actor: Actor, claim_id: int) -> Claim:
    """Gives a claim up. Whoever else claims the authorship is judged anew. Emits ClaimChanged. NotFound: not one's own; RuleBroken: it does not stand."""
    found = own_claim(session, actor, claim_id)
    if not found.is_live:
        raise RuleBroken("claim", message("This claim does not stand any more."))
    end(session, found, WITHDRAWN, by="claimant", actor=actor)
    return found


def confirm(session: Session, actor: Actor, claim_id: int) -> Claim:
    """A co-author with an approved claim says that the claimant is that author. Emits ClaimChanged, ClaimNews.

    Raises NotFound, NotAllowed (no approved co-author), RuleBroken("claim"): it does not wait, or is one's own.
    """
    account = claimant(session, actor)
    found = locked(session, claim_id)
    person = queries.person_of(session, account.id)
    own = sa.select(Claim.proof).where(Claim.paper_id == found.paper_id, Claim.state == APPROVED, Claim.person_id == (person.id if person else 0))
    proof = session.scalar(own)
    if person is None or proof is None:
        raise NotAllowed
    if found.person_id == person.id:
        raise RuleBroken("claim", message("You cannot confirm a claim of your own."))
    if proof == CO_AUTHOR:  # else one account that got in could let in any number of others
        raise RuleBroken("claim", message("Your own authorship was confirmed by a co-author only; confirming others takes more."))
    if found.state != PENDING:
        raise RuleBroken("claim", message("This claim does not wait for anybody's word."))
    printed = queries.printed(session, found.paper_id, found.position)
    if printed is None:
        raise NotFound
    add_evidence(found, CO_AUTHOR, person.name)
    settle(session, found, printed, by="co-author", actor=actor, action="confirmed")
    return found


def not_mine(session: Session, actor: Actor, paper_id: int, position: int) -> None:
    """Remembers that a suggested authorship is somebody else's. Once said, it is not suggested again; claiming it takes it back."""
    account = claimant(session, actor)
    person = queries.person_of(session, account.id)
    printed = queries.printed(session, paper_id, position)
    if person is None or printed is None:
        raise NotFound
    if session.get(NotMine, (person.id, paper_id, printed.name_key)) is None:
        session.add(NotMine(person_id=person.id, paper_id=paper_id, name_key=printed.name_key, at=clock.now()))
        session.flush()


def claimant(session: Session, actor: Actor) -> Account:
    """The account that acts. NotAllowed: nobody is signed in, or the account is suspended."""
    if actor.account_id is None or actor.is_suspended:
        raise NotAllowed
    return session.get_one(Account, actor.account_id)


def own_claim(session: Session, actor: Actor, claim_id: int) -> Claim:
    """A claim of the actor's person, with its paper locked. NotFound when it is somebody else's."""
    account = claimant(session, actor)
    found = locked(session, claim_id)
    person = queries.person_of(session, account.id)
    if person is None or found.person_id != person.id:
        raise NotFound
    return found


def claimable(session: Session, paper_id: int, position: int, *, locks: bool = True) -> Printed:
    """The printed name at this place, if anybody can claim it; the paper is locked unless one only reads. Raises NotFound, RuleBroken("paper", "position")."""
    kept_id = redirect_of(session, paper_id)
    if kept_id is not None:
        raise RuleBroken("paper", message("This record was found to be the same work as another one. Claim your authorship there."), kept_id=kept_id)
    is_retracted = lock(session, paper_id, locks=locks)
    printed = queries.printed(session, paper_id, position)
    if printed is None:
        raise RuleBroken("position", message("There is no author %(n)s on this paper.", n=position))
    if is_retracted:
        raise RuleBroken("paper", message("This paper was retracted; authorships of retracted papers are not claimed here."))
    if printed.is_group:
        raise RuleBroken("position", message("This is the name of a group. Claim the place of your own name."))
    if printed.role != "author":
        raise RuleBroken("position", message("This is an editor or translator, not an author."))
    is_closed = session.get(ClosedAuthorship, (paper_id, printed.name_key)) is not None
    if is_closed or _DIED.search(printed.name) or any(_DIED.search(place) for place in printed.own_affiliations):
        raise RuleBroken("position", message("This author has died; nobody can claim the authorship. If that is wrong, please write to a moderator."))
    return printed


def look(found: Claim, printed: Printed, account: Account) -> None:
    """Notes what the site can see for itself: the same ORCID iD, the very address, an address of the institution.

    On an author list that a reader handed in, all of this may be the claimant's own words: it shows nothing.
    """
    if printed.is_told_by_reader:
        return
    if account.orcid and account.orcid == printed.orcid:
        add_evidence(found, ORCID, account.orcid)
    if account.email_key and printed.email and account.email_key == email_key(printed.email):
        add_evidence(found, MAIL, masked(printed.email))
    organisation = organisation_of(account.email_key or "")
    if organisation and any(is_domain_of(organisation, place) for place in printed.own_affiliations):
        add_evidence(found, INSTITUTION, organisation)


def masked(address: str) -> str:
    """An address as it may be shown to whoever it could belong to: "w…@fudan.edu.cn"."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _check_evidence(account: Account, printed: Printed, evidence: str) -> None:
    if evidence in (ORCID, WORKS) and account.orcid is None:
        raise RuleBroken("evidence", message("Connect your ORCID iD with your account first; then claim again."))
    if evidence == MAIL and printed.is_told_by_reader:
        raise RuleBroken("evidence", message("The author list was handed in by a reader, so the address on it proves nothing. Choose another way."))
    if evidence == MAIL and not printed.email:
        raise RuleBroken("evidence", message("No address is printed for this author. Choose another way."))
    if evidence == INSTITUTION and not organisation_of(account.email_key or ""):
        raise RuleBroken(
            "evidence", message("The address of your account belongs to no institution. Add one of your institution in the settings, or choose another way.")
        )


def _own_claim(session: Session, person_id: int, printed: Printed, evidence: str, note: str) -> Claim | None:
    """The earlier claim that a new try takes up. RuleBroken: one stands already, here or at another name of the paper, or nothing is new."""
    query = sa.select(Claim).where(Claim.person_id == person_id, Claim.paper_id == printed.paper_id).order_by(Claim.id)
    claims = list(session.scalars(query))
    for one in claims:
        if one.is_live and one.position == printed.position and one.state != PENDING:
            raise RuleBroken("claim", message("You have claimed this authorship already."))
        if one.is_live and one.position != printed.position:
            raise RuleBroken("claim", message("You have claimed another name on this paper. Give that claim up first."))
    found = next((one for one in claims if one.name_key == printed.name_key and (one.is_live is False or one.position == printed.position)), None)
    if found is None:
        return None
    if found.state == PENDING and (not evidence or (evidence == MODERATOR and (not note or note == found.note))):
        raise RuleBroken("claim", message("You have claimed this authorship already; it waits. Choose another proof to speed it up."))
    if found.state in (REFUSED, REVOKED) and evidence in ("", MODERATOR) and (not note or note == found.note):
        raise RuleBroken("evidence", message("This claim was refused. You may try again with new evidence, or tell what has not been said yet."))
    return found


def _check_pace(session: Session, account_id: int, now: dt.datetime, evidence: str) -> None:
    recent = sa.select(sa.func.count(sa.distinct(Claim.id))).join(ClaimStep, ClaimStep.claim_id == Claim.id)
    tries = recent.where(ClaimStep.by_account_id == account_id, ClaimStep.by == "claimant", ClaimStep.at > now - dt.timedelta(hours=1))
    if (session.scalar(tries) or 0) >= CLAIMS_PER_HOUR:
        words = message("That is %(n)s claims within an hour. Please go on in an hour; nothing was changed.", n=CLAIMS_PER_HOUR)
        raise RuleBroken("claim", words, is_limit=True)
    if evidence in PROVING:  # settled in a moment, by whoever can prove it
        return
    waiting = sa.select(sa.func.count()).select_from(Claim).where(Claim.account_id == account_id, Claim.state == PENDING)
    if (session.scalar(waiting) or 0) >= MOST_PENDING:
        raise RuleBroken("claim", message("%(n)s of your claims are waiting. Prove one of them or give one up first.", n=MOST_PENDING), is_limit=True)


def _new_person(session: Session, account: Account) -> Person:
    now = clock.now()
    person = Person(name=account.name, made_at=now, changed_at=now)
    session.add(person)
    session.flush()
    session.add(PersonAccount(account_id=account.id, person_id=person.id))
    session.flush()
    return person
