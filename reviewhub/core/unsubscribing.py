"""What a link that ends mail holds: it needs no sign-in, and does nothing else. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection


def token_for(secret_key: str, account_id: int, kind: str) -> str:
    """The token that ends mail of a kind to an account."""
    return f"{account_id}.{kind}.{_mark(secret_key, account_id, kind)}"


def read_token(secret_key: str, token: str, kinds: Collection[str]) -> tuple[int, str] | None:
    """The account and kind of a token that was made here for one of these kinds; None for any other text."""
    parts = token.split(".")
    if len(parts) != 3 or not parts[0].isascii() or not parts[0].isdigit() or len(parts[0]) > 18 or parts[1] not in kinds:
        return None
    account_id, kind = int(parts[0]), parts[1]
    is_ours = hmac.compare_digest(_mark(secret_key, account_id, kind).encode(), parts[2].encode("utf-8", "replace"))
    return (account_id, kind) if is_ours else None


def _mark(secret_key: str, account_id: int, kind: str) -> str:
    return hmac.new(secret_key.encode(), f"unsubscribe {account_id} {kind}".encode(), hashlib.sha256).hexdigest()[:32]
