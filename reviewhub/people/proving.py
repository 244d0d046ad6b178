"""Evidence that comes a while after the claim: the mailed link is opened, the ORCID record was read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.services import digest_of
from ..core import clock
from ..core.actor import WORKER, Actor
from ..core.errors import RuleBroken
from ..core.text import message
from . import queries
from .ladder import MAIL, PENDING, WORKS
from .links import spend
from .models import Claim, ClaimLink
from .services import claimant, masked
from .settling import add_evidence, locked, settle, write_step

# What was found in the public works list: told by a publisher, an index or an institution; typed in by the owner of the record; not there.
LISTED, TYPED_IN, ABSENT = "listed", "typed-in", "absent"


def link_of(session: Session, actor: Actor, token: str) -> tuple[ClaimLink, Claim]:
    """The link with this token, if it is good for this account. Nothing is changed.

    RuleBroken("token"): there is none, it was used, it is too old, it is another account's; NotAllowed: nobody is signed in.
    """
    account = claimant(session, actor)
    link = session.scalar(sa.select(ClaimLink).where(ClaimLink.digest == digest_of(token)))
    if link is None:
        raise RuleBroken("token", message("This link is not one of ours, or a newer one was mailed. Nothing was changed."))
    claim = session.get_one(Claim, link.claim_id)
    person = queries.person_of(session, account.id)
    if person is None or claim.person_id != person.id:
        raise RuleBroken("token", message("This link was made for another account. Sign in with the account that asked for it; nothing was changed."))
    if link.used_at is not None:
        raise RuleBroken("token", message("This link has been used already, or a newer one was mailed. Nothing was changed."))
    if link.expires_at <= clock.now():
        raise RuleBroken("token", message("This link is too old. Ask for a new one on the page of the paper; nothing was changed."))
    return link, claim


def open_link(session: Session, actor: Actor, token: str) -> Claim:
    """Takes the opened link for evidence; it works once. Emits ClaimChanged. Raises as `link_of`; RuleBroken("claim") when the claim does not wait any more."""
    link, claim = link_of(session, actor, token)
    claim = locked(session, claim.id)
    session.refresh(link)
    if link.used_at is not None:  # two browsers opened it at once
        raise RuleBroken("token", message("This link has been used already, or a newer one was mailed. Nothing was changed."))
    printed = queries.printed(session, claim.paper_id, claim.position)
    if not claim.is_live or printed is None or printed.is_told_by_reader:
        raise RuleBroken("claim", message("This claim does not stand any more."))
    spend(session, claim.id)
    add_evidence(claim, MAIL, masked(link.email))
    settle(session, claim, printed, by="claimant", actor=actor, action="opened the mailed link")
    return claim


def note_works(session: Session, claim_id: int, found: str, orcid: str) -> None:
    """Takes what the public works list of an iD says of the claimed paper. Only what somebody else than its owner told proves anything. Emits ClaimChanged."""
    claim = locked(session, claim_id)
    printed = queries.printed(session, claim.paper_id, claim.position)
    if claim.state != PENDING or printed is None or orcid not in queries.orcids_of(session, claim.person_id):
        return
    if found != LISTED:
        action = "on the ORCID record, typed in by its owner" if found == TYPED_IN else "not on the ORCID record"
        write_step(session, claim, action, by="site", actor=WORKER)
        return
    add_evidence(claim, WORKS, orcid)
    settle(session, claim, printed, by="site", actor=WORKER, action="found on the ORCID record")
