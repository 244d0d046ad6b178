"""Kinds and states of requests, what an answer may hold, when a link counts as dead. Pure."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.addresses import place_of
from ..core.text import Message, message

FULL_TEXT = "full-text"
KINDS = {
    FULL_TEXT: message("Full text"),
    "data": message("Data"),
    "code": message("Code"),
    "protocol": message("Protocol"),
    "reagent": message("Reagent"),
    "materials": message("Materials"),
    "slides": message("Slides"),
    "translation": message("Translation"),
    "clarification": message("Clarification"),
}

# What is asked of these says nothing without words: which language, which sentence, which reagent.
NEEDS_WORDS = frozenset({"reagent", "translation", "clarification"})

OPEN, TOLD, ANSWERED, VERIFIED, DECLINED, UNREACHABLE = STATES = ("open", "told", "answered", "verified", "declined", "unreachable")
STATE_LABELS = {
    OPEN: message("Open"),
    TOLD: message("Author told"),
    ANSWERED: message("Answered"),
    VERIFIED: message("Verified working"),
    DECLINED: message("Declined by an author"),
    UNREACHABLE: message("Authors cannot be reached"),
}
# Somebody can still help; the list of what is asked across the site shows these.
UNANSWERED = (OPEN, TOLD, UNREACHABLE)

# "waiting": for a moderator; "hidden": by a moderator; "deleted": by who wrote it.
VISIBILITIES = ("shown", "waiting", "hidden", "deleted")
ROLES = ("asker", "reader", "author", "moderator", "worker")
# What happened to a request, in its history.
STEPS = (
    "asked", "asked-again", "told", "answered", "answer-withdrawn", "works", "fails", "accepted", "declined", "decline-withdrawn", "unreachable", "link-dead",
    "link-alive", "hidden", "restored",
)  # fmt: skip

# What is asked for fits a few sentences; longer is a letter to the author.
MAX_TEXT_CHARS = 2_000
MAX_NOTE_CHARS = 1_000
MAX_LICENCE_CHARS = 100
# Offered beside the field; any other may be typed.
LICENCES = ("CC0 1.0", "CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0", "CC BY-NC-ND 4.0", "MIT", "Apache-2.0", "GPL-3.0")

# Two equal answers within an hour are one sent twice.
SAME_ANSWER_WITHIN = dt.timedelta(hours=1)
# Authors hear of everything that is asked of them in one mail, and not more often than this.
TELL_AUTHORS_EVERY = dt.timedelta(days=30)
# Authors who were told and have said nothing for so long are not expected to: readers are.
SILENT_AFTER = dt.timedelta(days=90)

# A link that works is looked at once a month, one that did not the next day.
CHECK_EVERY = dt.timedelta(days=30)
CHECK_AGAIN_AFTER = dt.timedelta(days=1)
# Servers rest over a weekend: a link is dead when so many tries in a row failed, over so long.
DEAD_AFTER_TRIES = 4
DEAD_AFTER = dt.timedelta(days=3)
# The page is gone, says the server itself; other refusals ("403", "429") are what machines are told and people are not.
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one answer that can be seen: how many say that it works, that it does not, and whether its link is dead."""

    n_works: int = 0
    n_fails: int = 0
    is_dead: bool = False
    is_after_reopening: bool = True  # given since somebody asked once more

    @property
    def stands(self) -> bool:
        """Whether it answers the request for all that is known."""
        return self.is_after_reopening and not self.is_dead and self.n_fails <= self.n_works

    @property
    def is_verified(self) -> bool:
        return self.stands and self.n_works > self.n_fails


def state_of(answers: Sequence[Standing], *, is_declined: bool, is_unreachable: bool, is_told: bool) -> str:
    """The state of a request, from its answers and what became of it: an answer counts for more than a refusal, for anyone may give one."""
    if any(one.is_verified for one in answers):
        return VERIFIED
    if any(one.stands for one in answers):
        return ANSWERED
    if is_declined:
        return DECLINED
    if is_unreachable:
        return UNREACHABLE
    return TOLD if is_told else OPEN


def is_gone(status: int) -> bool:
    """Whether this HTTP status says that what a link led to is no longer there, or that its server is ill."""
    return status in _GONE or status >= 500


def is_dead(n_failed: int, since: dt.timedelta) -> bool:
    """Whether a link that failed so often in a row, the first time so long ago, counts as dead."""
    return n_failed >= DEAD_AFTER_TRIES and since >= DEAD_AFTER


def link_fault(url: str) -> Message | None:
    """What is wrong with the address of an answer; None when nothing is."""
    if place_of(url) is None:
        return message("A link begins with https:// or http:// and leads to a public address, without a name, password or unusual port in it.")
    return None


def median_days(waits: Sequence[dt.timedelta]) -> float | None:
    """The median of some waits in days; None without any."""
    return statistics.median(wait / dt.timedelta(days=1) for wait in waits) if waits else None
