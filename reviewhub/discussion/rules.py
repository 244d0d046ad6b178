"""Kinds and states of comments, who may set which, how much an account may write, how helpfulness is weighed. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import math
from collections.abc import Collection, Sequence

# Known by this name to who reads the rules of discussion.
from ..accounts.newcomers import FIRST_TEXTS as FIRST_TEXTS
from ..accounts.newcomers import LIMIT_WINDOW as LIMIT_WINDOW
from ..accounts.newcomers import LIMITS as LIMITS
from ..accounts.newcomers import NEW_ACCOUNT as NEW_ACCOUNT
from ..accounts.newcomers import daily_limit as daily_limit
from ..accounts.newcomers import must_wait as must_wait

KINDS = ("remark", "question", "answer", "suspected-error", "author-reply", "replication", "related-work", "suggestion")
QUESTION, ERROR, AUTHOR_REPLY = "question", "suspected-error", "author-reply"

# Open until somebody says otherwise; "confirmed" only by an author, "corrected" only where the record has a notice.
STATES = ("open", "answered", "confirmed", "corrected", "rebutted", "unresolved")
# Whom a state may come from.
ROLES = ("asker", "author", "moderator")
_MAY_SET: dict[str, dict[str, frozenset[str]]] = {
    QUESTION: {
        "open": frozenset({"asker", "moderator"}),
        "answered": frozenset({"asker", "author", "moderator"}),
        "unresolved": frozenset({"asker", "moderator"}),
    },
    ERROR: {
        "open": frozenset({"asker", "moderator"}),
        "confirmed": frozenset({"author"}),
        "corrected": frozenset({"author", "moderator"}),
        "rebutted": frozenset({"author"}),
        "unresolved": frozenset({"asker", "moderator"}),
    },
}
# An author's admission is not for the asker to take back.
_SETTLED = frozenset({"confirmed", "corrected"})

# "waiting": for a moderator; "hidden": by a moderator; "deleted": by its writer. The last two leave a tombstone.
VISIBILITIES = ("shown", "waiting", "hidden", "deleted")

# A page of a journal; longer arguments belong in a review or in a preprint that can be linked.
MAX_TEXT_CHARS = 10_000
# Two sentences of an abstract.
MAX_PASSAGE_CHARS = 500
MAX_NOTE_CHARS = 1_000
# More people at once is a crowd being called, not a person being asked.
MAX_MENTIONS = 10

# Two equal texts in one place within an hour are one text sent twice.
SAME_TEXT_WITHIN = dt.timedelta(hours=1)

# Two-sided 95 % of the normal distribution.
_Z = 1.959963984540054
RANK_UNIT = 1_000_000

# Readers disagree when each side has at least so many counted ratings, and so large a part of all.
LEAST_ON_A_SIDE = 2
LEAST_SHARE_OF_A_SIDE = 0.25
# Sides in half stars: what somebody recommends, what somebody advises against.
FAVOURABLE_FROM, UNFAVOURABLE_TO = 7, 5

# Letters and digits that are not mistaken for each other; six of them are 10^9 names, in one record.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PSEUDONYM_CHARS = 6


def initial_state(kind: str) -> str:
    """The state a comment of this kind begins in; empty for kinds without states."""
    return "open" if kind in _MAY_SET else ""


def states_for(kind: str, state: str, roles: Collection[str], *, has_notice: bool) -> tuple[str, ...]:
    """The states that somebody with these roles may set next, in the order of `STATES`. `has_notice`: the record has a correction or retraction."""
    if state in _SETTLED and not {"author", "moderator"} & set(roles):
        return ()
    may = _MAY_SET.get(kind, {})
    return tuple(one for one in STATES if one != state and may.get(one, frozenset()) & set(roles) and (one != "corrected" or has_notice))


def helpfulness(n_helpful: int, n_votes: int) -> int:
    """Lower end of the 95 % interval of the share of helpful votes (Wilson 1927), in millionths; 0 without votes."""
    if n_votes == 0:
        return 0
    share, z2 = n_helpful / n_votes, _Z * _Z
    middle = share + z2 / (2 * n_votes)
    half = _Z * math.sqrt((share * (1 - share) + z2 / (4 * n_votes)) / n_votes)
    return max(0, round(RANK_UNIT * (middle - half) / (1 + z2 / n_votes)))


def is_disputed(histogram: Sequence[int]) -> bool:
    """Whether readers disagree. `histogram`: counted ratings of 1, 2 … 10 half stars."""
    n = sum(histogram)
    sides = sum(histogram[FAVOURABLE_FROM - 1 :]), sum(histogram[:UNFAVOURABLE_TO])
    return all(side >= LEAST_ON_A_SIDE and side >= LEAST_SHARE_OF_A_SIDE * n for side in sides)


def pseudonym(secret_key: str, account_id: int, paper_id: int, attempt: int = 0) -> str:
    """The code an account writes under in one record: the same there, unlike everywhere else. `attempt` grows where two accounts meet in one code."""
    digest = hmac.new(secret_key.encode(), f"pseudonym {account_id} {paper_id} {attempt}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:8])
    return "".join(_ALPHABET[(number >> (5 * n)) % len(_ALPHABET)] for n in range(_PSEUDONYM_CHARS))


def to_the_hour(at: dt.datetime) -> dt.datetime:
    """A time as it is shown of a pseudonym: to the minute it could be matched with what an account does elsewhere."""
    return at.replace(minute=0, second=0, microsecond=0)
