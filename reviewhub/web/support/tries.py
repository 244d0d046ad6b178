"""How often a password may be guessed, so that nobody guesses on and nobody can be kept out of their own account by somebody else's guessing.

Only wrong passwords count. A browser that has signed in to the account before is counted by itself alone; a mailed link asks no password at all.
"""

from __future__ import annotations

import hashlib

from flask import request

from ...accounts.rules import email_key
from .pace import Pace, network_of, pace_of

# Somebody who has forgotten which of their passwords it was finds it in ten tries, or asks for a link.
PER_PAIR, PAIR_S = 10, 15 * 60
# A whole institute may come from one address.
PER_NETWORK, NETWORK_S = 100, 3600
# From everywhere together: a guesser with many addresses gets 2,400 tries a day, nothing against a password that passes our rules.
PER_ACCOUNT, ACCOUNT_S = 100, 3600


def wait_s(email: str, device: str) -> int:
    """The seconds until a password for this address may be tried from this browser; 0: now. `device` is its id, if it is known to the account."""
    return max(pace.wait_before_s(key) for pace, key in _counts(email, device))


def count(email: str, device: str) -> None:
    """A wrong password was given."""
    for pace, key in _counts(email, device):
        pace.wait_s(key)


def forget(email: str, device: str) -> None:
    """The right one was given: what this person mistyped before is past. The counts that others share stay."""
    pace, key = _counts(email, device)[0]
    pace.forget(key)


def mark_of(email: str) -> str:
    """An address as counts hold it: they lie in memory or in Redis, where it need not be readable."""
    return hashlib.sha256(email_key(email).encode()).hexdigest()[:32]


def pair_of(email: str) -> str:
    """An address together with the network of this request."""
    return hashlib.sha256(f"{mark_of(email)} {network_of(request.remote_addr)}".encode()).hexdigest()[:32]


def _counts(email: str, device: str) -> list[tuple[Pace, str]]:
    if device:
        return [(pace_of("sign_in_device", PER_PAIR, PAIR_S), device)]
    return [
        (pace_of("sign_in_pair", PER_PAIR, PAIR_S), pair_of(email)),
        (pace_of("sign_in_network", PER_NETWORK, NETWORK_S), request.remote_addr or ""),
        (pace_of("sign_in_account", PER_ACCOUNT, ACCOUNT_S), mark_of(email)),
    ]
