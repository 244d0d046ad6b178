"""Passwords: how they are kept, compared and judged."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from ..core.text import Message, message

MIN_CHARS = 10
# Beyond this nothing is gained, and a hash of megabytes would be a lever for overload.
MAX_CHARS = 200
# "Safely unguessable" begins at 3 of 4: more than 10^8 guesses (zxcvbn's own scale).
MIN_SCORE = 3
# A password of the owner's name and address with no more than this many letters and digits besides (a year, a mark at the end) is a guess away.
MAX_ODD_CHARS = 4
# Its time grows faster than the text; what is beyond this can only make a password better.
MAX_JUDGED_CHARS = 72

# OWASP's second choice of parameters, some 55 ms: the one of RFC 9106 takes 0.4 s, with which a few browsers could hold up the site.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)

_WORDS = re.compile(r"\W+")


def hash_of(password: str) -> str:
    """What is kept of a password: argon2id in PHC form, with a salt of its own. Some 55 ms."""
    return _HASHER.hash(_composed(password))


def is_right(kept: str, password: str) -> bool:
    """Whether this is the password. Takes as long when there is none (`kept` is empty) as when it is wrong."""
    is_too_long = len(password) > MAX_CHARS
    try:
        _HASHER.verify(kept or _nobody_s(), _composed("" if is_too_long else password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept) and not is_too_long


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than new ones are."""
    return _HASHER.check_needs_rehash(kept)


def fault_of(password: str, name: str, email: str) -> Message | None:
    """Why this password will not do for the account with this name and address, or None. Composition rules there are none."""
    text = _composed(password)
    if len(text) < MIN_CHARS:
        return message("A password has at least %(least)s characters. A few unrelated words make a good one.", least=MIN_CHARS)
    if len(password) > MAX_CHARS or len(text) > MAX_CHARS:
        return message("A password has at most %(most)s characters.", most=MAX_CHARS)
    if text.casefold() in _common():
        return message("This is one of the passwords used most in the world; whoever guesses tries it first.")
    local, _, domain = email.casefold().partition("@")
    names, locals_ = _WORDS.split(name.casefold()), _WORDS.split(local)
    personal = {"reviewhub", email.casefold(), local, domain, *names, *locals_, *_WORDS.split(domain)}
    personal |= {"".join(words) for words in (names, names[::-1], locals_)}
    personal.discard("")
    own = text.casefold()
    for word in sorted((w for w in personal if len(w) > 1), key=len, reverse=True):
        own = own.replace(word, " ")
    is_personal = len(_WORDS.sub("", own)) <= MAX_ODD_CHARS
    if is_personal or zxcvbn(text[:MAX_JUDGED_CHARS], user_inputs=sorted(personal))["score"] < MIN_SCORE:
        return message(
            "This password can be guessed: it is made of common words, names, dates, rows of keys or your own name or address. Make it longer or odder."
        )
    return None


def _composed(password: str) -> str:
    """One form for what keyboards and systems compose differently (RFC 8265 takes NFC; NFKC also unifies full-width letters)."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


@cache
def _common() -> frozenset[str]:
    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"])


@cache
def _nobody_s() -> str:
    """What is compared with when there is no account: its time must not tell."""
    return _HASHER.hash("nobody has this password")
