"""What can be reported and why, what a decision needs, how the log is chained. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

REASONS = ("abuse", "spam", "copyright", "personal-information", "off-topic", "conflict-of-interest", "other")
# What can be reported and hidden: texts of readers. Of a review the text goes and the rating stays.
TARGETS = ("comment", "review", "request", "answer")
VERDICTS = ("upheld", "dismissed")

# Everything a moderator can do; each is one line of the log.
ACTIONS = (
    "hide", "restore", "release", "lock", "unlock", "uphold-report", "dismiss-report", "suspend", "end-suspension",
    "release-ratings", "remove-ratings", "ask-unmasking", "agree-unmasking", "look-behind-pseudonym",
    "approve-claim", "refuse-claim", "ask-about-claim", "revoke-claim", "close-authorship", "hide-name", "show-name",
    "merge-profiles", "split-profile", "undo-profiles", "merge-records", "undo-merge",
)  # fmt: skip
# In which role: the log does not say who.
ROLES = ("moderator", "admin", "keeper", "worker")

# What can become of a row when two records are made one: it moves to the one that stays; it goes, in favour of another; it takes something of
# another into itself; it is made.
MOVES = ("moved", "taken", "changed", "made")

MAX_NOTE_CHARS = 2_000
# A reason of one word is none: whoever wrote the text will read it.
MIN_REASON_CHARS, MAX_REASON_CHARS = 10, 2_000
# Reports of one account within a day: a person who reads much finds a few.
REPORTS_A_DAY = 20
# A suspension with an end is for cooling down; longer ones have none.
LONGEST_SUSPENSION = dt.timedelta(days=366)
# Two moderators may look for a day, then the question is to be asked anew.
UNMASKING_LASTS = dt.timedelta(days=1)

# What stands before the first entry.
FIRST_HASH = "0" * 64


def chained(previous: str, entry: Mapping[str, Any]) -> str:
    """SHA-256 of an entry and of the hash before it, in hexadecimal: who takes a line out or alters one has to alter all that follow."""
    text = json.dumps({**entry, "previous": previous}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
