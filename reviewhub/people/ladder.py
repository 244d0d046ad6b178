"""The ladder of evidence: what proves that a printed name is somebody's, what only speaks for it, and how often one may try. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from ..core.text import Message, message
from .rules import DIFFERENT, Fit

PENDING, APPROVED, REFUSED, WITHDRAWN, DISPUTED, REVOKED = STATES = ("pending", "approved", "refused", "withdrawn", "disputed", "revoked")
# A claim that stands: nobody else can have the authorship without a word about this one.
LIVE = (PENDING, APPROVED, DISPUTED)

# The rungs, strongest first. "moderator": somebody looked at what the claimant wrote.
ORCID, MAIL, WORKS, INSTITUTION, CO_AUTHOR, MODERATOR = RUNGS = ("orcid", "mail", "works", "institution", "co-author", "moderator")
# Rungs that approve a claim by themselves where the name fits. An institutional address does not: among the authorships we measured on, two people of one
# name worked in one institution 419 times. It stands on the claim for a moderator or a co-author to weigh.
PROVING = frozenset({ORCID, MAIL, WORKS, CO_AUTHOR})
# Kinds of evidence that a claimant may ask for; what the site itself sees (orcid, institution) is looked at every time.
ASKED_FOR = (ORCID, MAIL, WORKS, INSTITUTION, CO_AUTHOR, MODERATOR)

# Whoever has written more will claim the rest from the suggestions, an hour later. The limit is on what the site must check and moderators must read.
CLAIMS_PER_HOUR = 40
# Claims of one account that wait for somebody's decision.
MOST_PENDING = 20
# A link goes to an address that has not asked for it.
LINKS_PER_ADDRESS_A_DAY = 3
LINKS_PER_HOUR = 10
LINK_LASTS = dt.timedelta(days=2)
MAX_NOTE_CHARS = 2_000
# What moderators write is read by whoever it is about; a word alone is no reason.
MIN_REASON_CHARS = 10
MAX_REASON_CHARS = 2_000

RUNG_WORDS: dict[str, Message] = {
    ORCID: message("signed in with the ORCID iD that is printed for this author"),
    MAIL: message("opened a link mailed to the address printed for this author"),
    WORKS: message("the public ORCID record lists this paper, told by somebody other than its owner"),
    INSTITUTION: message("has an address of the institution printed for this author"),
    CO_AUTHOR: message("confirmed by a co-author"),
    MODERATOR: message("decided by a moderator"),
}
STATE_WORDS: dict[str, Message] = {
    PENDING: message("waiting"),
    APPROVED: message("approved"),
    REFUSED: message("refused"),
    WITHDRAWN: message("withdrawn"),
    DISPUTED: message("disputed: two people claim this authorship"),
    REVOKED: message("taken back"),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a claim. `proof`: the strongest rung that approved it; `why` says why it waits."""

    state: str
    proof: str = ""
    why: Message | None = None


_WAITS = message("Nothing here proves it yet. A moderator will look at it; proof of your own is quicker.")
_NAME_DIFFERS = message(
    "The evidence is there, but your name differs from the printed one, and the metadata of co-authors get mixed up. A moderator will look at it."
)
_OTHER_ORCID = message("Another ORCID iD than yours is printed for this author. A moderator will look at it.")
TURNED_DOWN = message("A moderator has turned this claim down before, so a moderator will look at the new evidence.")
_DISPUTED = message("Somebody else claims the same authorship. Both claims rest until a moderator has compared them; you will be told.")


def judge(evidence: Collection[str], fit: Fit, *, has_other_orcid: bool = False, has_rival: bool = False) -> Judgement:
    """What a claim with these rungs is: approved by proof and a name that can be theirs, frozen where somebody else claims the same, else waiting."""
    if has_rival:
        return Judgement(DISPUTED, why=_DISPUTED)
    if MODERATOR in evidence:
        return Judgement(APPROVED, MODERATOR)
    proof = next((rung for rung in RUNGS if rung in evidence and rung in PROVING), "")
    if has_other_orcid:
        return Judgement(PENDING, why=_OTHER_ORCID)
    if proof and fit.verdict == DIFFERENT:
        return Judgement(PENDING, why=_NAME_DIFFERS)
    return Judgement(APPROVED, proof) if proof else Judgement(PENDING, why=_WAITS)
