"""How much an account may write by its age, and when its texts wait for a moderator: one measure for everything that readers write in public. Pure."""

from __future__ import annotations

import datetime as dt
import re

# Texts a day by age of the account: a person who has come to talk hardly writes more, a machine does.
LIMITS = ((dt.timedelta(days=1), 5), (dt.timedelta(days=30), 20), (dt.timedelta.max, 100))
LIMIT_WINDOW = dt.timedelta(days=1)
# Links are what spam is for. The first texts of an account that is younger than this wait for a moderator if they hold one.
NEW_ACCOUNT = dt.timedelta(days=30)
FIRST_TEXTS = 3

_LINK = re.compile(r"[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:", re.IGNORECASE)


def daily_limit(age: dt.timedelta) -> int:
    """Texts that an account of this age may write within `LIMIT_WINDOW`."""
    return next(most for until, most in LIMITS if age < until)


def must_wait(text: str, *, age: dt.timedelta, n_shown: int) -> bool:
    """Whether a text is shown only after a moderator has read it. `n_shown`: texts of the account that have been shown."""
    return age < NEW_ACCOUNT and n_shown < FIRST_TEXTS and bool(_LINK.search(text))
