"""What an account may be called, how long things last, how addresses are compared. Pure."""

from __future__ import annotations

import datetime as dt
import unicodedata

# Why a link is mailed: "password" sets one (forgotten, or the first one), "address" proves a new address.
PURPOSES = ("password", "address")

# A browser that is not to be remembered is signed out after two days without a visit, one that is after half a year.
SESSION_LASTS = dt.timedelta(days=2)
REMEMBERED_SESSION_LASTS = dt.timedelta(days=180)
# Long enough for mail that is held back by a grey list overnight.
REGISTRATION_LASTS = dt.timedelta(days=2)
# An invitation to an account that a keeper made: whoever gets it may be on holiday.
INVITATION_LASTS = dt.timedelta(days=7)
TOKEN_LASTS = {"password": dt.timedelta(hours=2), "address": dt.timedelta(days=1)}


def email_key(address: str) -> str:
    """An address as it is compared: compatibility forms unified, lower case. Providers' own rules (dots, plus signs) are left to them."""
    return unicodedata.normalize("NFKC", address.strip()).casefold()
