"""What an account may be called, how long things last, how addresses are compared. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import re
import unicodedata

from ..core.errors import RuleBroken
from ..core.text import Message, message

# Why a link is mailed: "password" sets one (forgotten, or the first one), "address" proves a new address.
PURPOSES = ("password", "address")

# A browser that is not to be remembered is signed out after two days without a visit, one that is after half a year.
SESSION_LASTS = dt.timedelta(days=2)
REMEMBERED_SESSION_LASTS = dt.timedelta(days=180)
# A visit is noted at most this often: it is a write, and "seen today" is all its owner wants to know.
SEEN_EVERY = dt.timedelta(hours=1)
# Long enough for mail that is held back by a grey list overnight.
REGISTRATION_LASTS = dt.timedelta(days=2)
# An invitation to an account that a keeper made: whoever gets it may be on holiday.
INVITATION_LASTS = dt.timedelta(days=7)
TOKEN_LASTS = {"password": dt.timedelta(hours=2), "address": dt.timedelta(days=1)}

# Room for "Dr. Juan Carlos de la Fuente y González de Castejón" and a suffix; short enough for one line beside a rating.
MAX_NAME_CHARS = 80
# RFC 5321, 4.5.3.1, as its errata count: 256 octets of a path less its brackets; 64 before the sign.
MAX_EMAIL_CHARS = 254
MAX_LOCAL_CHARS = 64

# Letters by their category that nobody sees: fillers of Hangul, and the blank of Braille.
_UNSEEN = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
# "https:", "www.", "example.com": mail programs make links of these.
_WEB_ADDRESS = re.compile(r"[a-z]+://|\bwww\.|\w{2,}\.[a-z]{2,}\b", re.IGNORECASE)
_BLANKS = re.compile("[ \t\u00a0\u3000]+")
# What cannot stand before the sign without quotes (RFC 5322, 3.2.3).
_SPECIALS = frozenset('"(),:;<>@[\\] ')


def name_of(typed: str) -> str:
    """The name as it is shown: composed, blanks squeezed. Raises RuleBroken("name")."""
    name = _BLANKS.sub(" ", unicodedata.normalize("NFC", typed)).strip(" ")
    if fault := _name_fault(name):
        raise RuleBroken("name", fault)
    return name


def _name_fault(name: str) -> Message | None:
    if not any(c.isalnum() and not _UNSEEN.match(c) for c in name):
        return message("Type the name that should stand beside what you write.")
    if len(name) > MAX_NAME_CHARS:
        return message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_NAME_CHARS, n=len(name))
    if not name.isprintable() or _UNSEEN.search(name):
        return message("There are characters in it that cannot be seen, or that turn the direction of writing. Please type the name anew.")
    if "@" in name or _WEB_ADDRESS.search(name):
        return message("A name is no address: leave out the “@” and web addresses, and put a blank after a full stop.")
    return None


def email_fault(typed: str) -> Message | None:
    """What is wrong with an address, or None. Addresses in any script will do; whether there is such a mailbox only a mail can tell."""
    if not typed:
        return message("Type your e-mail address.")
    if len(typed) > MAX_EMAIL_CHARS:
        return message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_EMAIL_CHARS, n=len(typed))
    local, _, domain = typed.rpartition("@")
    is_one = typed.isprintable() and _is_local(local) and _is_domain(domain)
    return None if is_one else message("This is not an e-mail address. It looks like name@university.edu.")


def _is_local(part: str) -> bool:
    return 0 < len(part.encode()) <= MAX_LOCAL_CHARS and not _SPECIALS & set(part) and all(part.split("."))


def _is_domain(part: str) -> bool:
    labels = part.split(".")
    are_words = all(label[:1].isalnum() and label[-1] != "-" and all(map(_is_of_label, label)) for label in labels)
    return are_words and len(labels) > 1 and not labels[-1].isdigit() and _ascii_domain(part) is not None


def _is_of_label(character: str) -> bool:
    """Letters and digits of any script, with the marks that some scripts write vowels with."""
    return character.isalnum() or character in "-·" or unicodedata.category(character) in ("Mn", "Mc")


def email_key(address: str) -> str:
    """An address as it is compared: compatibility forms unified, lower case, the domain as the network writes it.

    Providers' own rules (dots, plus signs) are left to them.
    """
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).casefold()).strip()
    local, sign, domain = key.rpartition("@")
    return f"{local}{sign}{_ascii_domain(domain) or domain}"


def email_on_the_wire(address: str) -> str:
    """The address with its domain as the network writes it ("bücher.example" is "xn--bcher-kva.example")."""
    local, sign, domain = address.rpartition("@")
    return f"{local}{sign}{_ascii_domain(domain) or domain}"


def network_mark(address: str, secret_key: str) -> str:
    """A mark that two accounts share when they came from one network (/24, for IPv6 /48) and that tells no one which; "" for private networks.

    Keyed: whoever sees only the database cannot try all networks.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    if not found.is_global:
        return ""
    network = ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False)
    return hmac.new(secret_key.encode(), f"joined from {network}".encode(), hashlib.sha256).hexdigest()[:32]


def _ascii_domain(domain: str) -> str | None:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return None
