"""What can be followed, kinds of notices and the ways they come, when news is folded, tokens that end mail. Pure."""

from __future__ import annotations

import datetime as dt

from ..core.unsubscribing import read_token, token_for

FOLLOWED = ("paper", "journal", "keyword", "person", "search")
# Every kind with how it comes unless its reader chose otherwise. What is said to one person, and what must not be missed, is mailed at once; what goes on
# elsewhere is gathered. In the order in which readers choose.
DEFAULT_WAYS = {
    "mention": "on",
    "reply": "on",
    "comment": "daily",  # on what one follows; so the next four
    "state": "daily",
    "review": "daily",
    "papers": "weekly",  # new ones of a journal, keyword or person
    "search": "weekly",  # new ones that fit a saved search
    "alarm": "on",  # a paper that one follows, rated or keeps was retracted, corrected or doubted
    "own-text": "daily",  # reviews of and comments on papers that one wrote
    "own-ratings": "weekly",
    "claim": "on",
    "request": "on",  # for more resources, to authors
    "answer": "on",  # to who asked for them
    "verdict": "on",
}
KINDS = tuple(DEFAULT_WAYS)
WAYS = ("on", "daily", "weekly", "off")
# Their mail is written by those who know more of them; here they stand on the page only, so that nobody is mailed twice.
MAILED_ELSEWHERE = frozenset({"claim"})
EVERY = {"daily": dt.timedelta(days=1), "weekly": dt.timedelta(days=7)}
# Ends every kind.
ALL = "all"

# Nobody keeps up with more; a program reads the feeds.
MOST_FOLLOWED = 2_000
# A digest is worth reading as long as it fits one screen or two; the rest stands on the page.
MOST_IN_DIGEST = 30

# News that comes one by one is told as one: what it is of, `FOLLOWED` without papers, and the ratings of one paper.
FOLDED = ("journal", "keyword", "person", "search", "ratings")
# What comes within this time of the first one is told with it: an import of a journal takes some minutes.
SETTLES_WITHIN = dt.timedelta(hours=1)
# Nobody hears of the same journal, keyword, person, search or paper's ratings more often.
TOLD_EVERY = dt.timedelta(days=1)
# Titles that stand beside the number.
MOST_TITLES = 5

# What befalls a paper, by the kind of the notice that says so (`papers.record.NOTICE_KINDS`).
ALARMS = {"retracts": "retraction", "withdraws": "retraction", "expresses-concern-about": "concern", "corrects": "correction"}


def unsubscribe_token(secret_key: str, account_id: int, kind: str) -> str:
    """What a link that ends mail of a kind (or `ALL`) holds: it needs no sign-in, and does nothing else."""
    return token_for(secret_key, account_id, kind)


def unsubscribed(secret_key: str, token: str) -> tuple[int, str] | None:
    """The account and kind of a token that was made here; None for any other text."""
    return read_token(secret_key, token, (*KINDS, ALL))
