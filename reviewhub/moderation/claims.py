"""Moderators' acts on claims, profiles and names: `people` does them, and here they get their line in the log."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..core.text import squeezed
from ..people import deciding, merging, queries
from ..people.models import Claim, PersonChange
from . import log

_ACTIONS = {"approve": "approve-claim", "refuse": "refuse-claim", "ask": "ask-about-claim", "revoke": "revoke-claim"}
# An act that asks for no reason says itself why it is done.
_DIED = "The author has died."
_UNWANTED = "Somebody of this name wants no page of it."
_WANTED = "The page of this name is wanted again."


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
    if actor.account_id not in merging.owners_of(session, change):
        log.append(session, actor, "split-profile", f"person:{change.kept_id}", reason=change.reason, facts={"other": change.other_id})
    return change


def undo(session: Session, actor: Actor, change_id: int, reason: str = "") -> PersonChange:
    """Takes a merge or a parting of profiles back; what an owner undoes is no moderation and not in the log. Raises as `people.merging.undo`."""
    change = merging.undo(session, actor, change_id, reason)
    if actor.account_id not in merging.owners_of(session, change):
        log.append(session, actor, "undo-profiles", f"person:{change.kept_id}", reason=squeezed(reason), facts={"other": change.other_id, "kind": change.kind})
    return change


def hide_name(session: Session, actor: Actor, name_key: str) -> None:
    """Hides the page of a printed name; the log says it of moderators, without the name. Raises as `people.deciding.hide_name`."""
    was_hidden = queries.is_hidden(session, name_key)
    deciding.hide_name(session, actor, name_key)
    if actor.has_role("moderator") and not was_hidden:
        log.append(session, actor, "hide-name", "name", reason=_UNWANTED)


def show_name(session: Session, actor: Actor, name_key: str) -> None:
    """Shows the page of a printed name again, logged as hiding it. Raises as `people.deciding.show_name`."""
    deciding.show_name(session, actor, name_key)
    if actor.has_role("moderator"):
        log.append(session, actor, "show-name", "name", reason=_WANTED)
