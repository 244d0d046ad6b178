"""Moderators' acts on claims, profiles and names: `people` does them, and here they get their line in the log."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..people import deciding, merging
from ..people.models import Claim, PersonChange
from . import log

_ACTIONS = {"approve": "approve-claim", "refuse": "refuse-claim", "ask": "ask-about-claim", "revoke": "revoke-claim"}
# An act that asks for no reason says itself why it is done.
_DIED = "The author has died."


def decide(session: Session, actor: Actor, claim_id: int, decision: str, reason: str, *, seen_version: int | None = None) -> Claim:
    """A moderator's word on a claim. Raises as `people.deciding.decide`."""
    claim = deciding.decide(session, actor, claim_id, decision, reason, seen_version=seen_version)
    log.append(session, actor, _ACTIONS[decision], f"claim:{claim.id}", reason=claim.reason, paper_id=claim.paper_id, account_id=claim.account_id)
    return claim


def close_authorship(session: Session, actor: Actor, paper_id: int, position: int) -> None:
    """Notes that an author has died. Raises as `people.deciding.close_authorship`."""
    deciding.close_authorship(session, actor, paper_id, position)
    log.append(session, actor, "close-authorship", f"paper:{paper_id}", reason=_DIED, paper_id=paper_id, facts={"position": position})


def merge(session: Session, actor: Actor, kept_id: int, other_id: int, reason: str) -> PersonChange:
    """Makes two profiles one. Raises as `people.merging.merge`."""
    change = merging.merge(session, actor, kept_id, other_id, reason)
    log.append(session, actor, "merge-profiles", f"person:{change.kept_id}", reason=change.reason, facts={"other": change.other_id})
    return change


def split(session: Session, actor: Actor, person_id: int, claim_ids: Collection[int], reason: str) -> PersonChange:
    """Parts papers from a profile; what its owner does is no moderation and not in the log. Raises as `people.merging.split`."""
    change = merging.split(session, actor, person_id, claim_ids, reason)
    if actor.has_role("moderator"):
        log.append(session, actor, "split-profile", f"person:{change.kept_id}", reason=change.reason, facts={"other": change.other_id})
    return change
