"""What can be followed, kinds of notices and the ways they come, tokens that end mail. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

FOLLOWED = ("paper", "journal", "keyword")
# "comment" and "state": on what one follows; the others speak to one person.
# "request": to authors, of what is asked beside their papers; "answer": to who asks, of what came of it, and to who answers, of whether it works.
KINDS = ("mention", "reply", "comment", "state", "verdict", "request", "answer")
WAYS = ("on", "daily", "weekly", "off")
# What is said to one person is mailed at once; what goes on elsewhere is gathered.
DEFAULT_WAYS = {"mention": "on", "reply": "on", "comment": "daily", "state": "daily", "verdict": "on", "request": "on", "answer": "on"}
EVERY = {"daily": dt.timedelta(days=1), "weekly": dt.timedelta(days=7)}
# Ends every kind.
ALL = "all"

# Nobody keeps up with more; a program reads the feeds.
MOST_FOLLOWED = 2_000
# A digest is worth reading as long as it fits one screen or two; the rest stands on the page.
MOST_IN_DIGEST = 30


def unsubscribe_token(secret_key: str, account_id: int, kind: str) -> str:
    """What a link that ends mail of a kind (or `ALL`) holds: it needs no sign-in, and does nothing else."""
    return f"{account_id}.{kind}.{_mark(secret_key, account_id, kind)}"


def unsubscribed(secret_key: str, token: str) -> tuple[int, str] | None:
    """The account and kind of a token that was made here; None for any other text."""
    parts = token.split(".")
    if len(parts) != 3 or not parts[0].isascii() or not parts[0].isdigit() or len(parts[0]) > 18 or parts[1] not in (*KINDS, ALL):
        return None
    account_id, kind = int(parts[0]), parts[1]
    is_ours = hmac.compare_digest(_mark(secret_key, account_id, kind).encode(), parts[2].encode("utf-8", "replace"))
    return (account_id, kind) if is_ours else None


def _mark(secret_key: str, account_id: int, kind: str) -> str:
    return hmac.new(secret_key.encode(), f"unsubscribe {account_id} {kind}".encode(), hashlib.sha256).hexdigest()[:32]
