"""Addresses that somebody typed: which may be linked to, which may be asked by this machine. Pure: names are resolved in `core.fetch`, never here."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SCHEMES = {"http": 80, "https": 443}
# Where web servers of institutions stand besides; every other port belongs to some other service that would be talked to in HTTP.
PORTS = frozenset({80, 443, 8080, 8443})
# What browsers and servers agree on.
MAX_CHARS = 2_000

# Everything of IPv4 that is not the public network (IANA's special-purpose registry, multicast and what is reserved): Python's own
# `is_global` differs between its releases.
_CLOSED_IPV4 = tuple(
    ipaddress.IPv4Network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
        "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4",
    )
)  # fmt: skip
# Of IPv6 only this is handed out for the public network; loopback, link-local, unique local, multicast and site-local lie outside.
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
# Within it: protocol assignments with Teredo, benchmarking and ORCHID; documentation; direct delegation of AS112; 6to4 is looked into.
_CLOSED_IPV6 = tuple(ipaddress.IPv6Network(one) for one in ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20"))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
# The lower half of an ISATAP address: these 32 bits (with or without the universal bit), then an IPv4 address.
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
_LOW_32 = 2**32 - 1

# Names that mean a machine of one's own network wherever they are asked (RFC 6761, 6762, 8375, and what cloud machines call themselves).
_OWN_NETWORK = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "onion", "test", "invalid")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# The last label of a name is a word; where it is a number, "0x7f.1" and "2130706433" are forms of an IPv4 address.
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


@dataclass(frozen=True, slots=True)
class Place:
    """The machine and path that an address of the web names."""

    scheme: str
    host: str  # ASCII, lower case, without brackets
    port: int
    path: str  # with the query, as it is asked for

    @property
    def literal(self) -> Address | None:
        """The number that stands in place of a name, if one does."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public network; one that carries an IPv4 address (mapped, NAT64, 6to4, ISATAP) only if that does, too."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_IPV4)
    if address.scope_id is not None:
        return False
    number = int(address)
    if address in _MAPPED or address in _NAT64:
        return is_public(ipaddress.IPv4Address(number & _LOW_32))
    if address not in _PUBLIC_IPV6 or any(address in network for network in _CLOSED_IPV6):
        return False
    if address in _SIX_TO_FOUR and not is_public(ipaddress.IPv4Address(number >> 80 & _LOW_32)):
        return False
    return not (number >> 32 & _LOW_32 in _ISATAP and not is_public(ipaddress.IPv4Address(number & _LOW_32)))


def place_of(url: str, *, besides: Collection[tuple[str, int]] = ()) -> Place | None:
    """The place that an address leads to; None for what is no plain address of the public web.

    Only http and https, on `PORTS`, without a name and password in it, to a name with a dot in it or to a public number.
    `besides`: hosts with their ports that are taken although they are none of that.
    """
    if len(url) > MAX_CHARS or not url.isprintable() or any(c.isspace() or c in '\\<>"`' for c in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES or "@" in parts.netloc or not parts.hostname:
        return None
    port = SCHEMES[scheme] if port is None else port
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if (parts.hostname, port) in besides:
        return Place(scheme, parts.hostname, port, path)
    host = _host(parts.hostname)
    if port not in PORTS or not host:
        return None
    return Place(scheme, host, port, path)


def _host(given: str) -> str:
    """The name or number of a host as it is looked up; empty for one that is not public by its looks."""
    if ":" in given:
        try:
            number = ipaddress.ip_address(given)
        except ValueError:
            return ""
        return str(number) if is_public(number) else ""
    try:
        host = given.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    labels = host.split(".")
    if len(labels) < 2 or len(host) > 253 or not all(_LABEL.fullmatch(one) for one in labels):
        return ""
    if _NUMBER.fullmatch(labels[-1]):
        try:
            number = ipaddress.IPv4Address(host)
        except ValueError:
            return ""
        return host if is_public(number) else ""
    return "" if any(host == name or host.endswith(f".{name}") for name in _OWN_NETWORK) else host
