"""Which printed names are a rater's own: by ORCID iD, or by name and institution together.

Claims of authorship are told by the domain that keeps them, which stands on the same floor: it hands in an `Identities` of its own, and `app` calls `ask`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.text import slug
from ..papers.models import Authorship, Paper
from ..papers.names import read_name
from ..papers.organisations import is_same_institution, organisation_of

# One printed name: paper and position.
Place = tuple[int, int]
# Printed names that are looked at for one rater; "Wei Zhang" stands on more papers than anybody has written.
MOST_NAMESAKES = 300


class Identities(Protocol):
    """Something that knows which printed names belong to an account."""

    def authorships_of(self, session: Session, account_ids: Collection[int], paper_id: int, since: int) -> dict[int, set[Place]]:
        """The places of each account that has any: all on this paper, and those known on papers published in the year `since` or later."""
        ...

    def authors_of(self, session: Session, paper_id: int) -> dict[int, set[int]]:
        """The accounts that have shown to be authors of this paper, with their positions on it."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """What an account can be told by in print."""

    account_id: int
    keys: frozenset[str]  # slugs of the name in both orders and in the other script
    orcid: str | None
    institution: str
    organisation: str  # domain of the proved address


@dataclass(frozen=True, slots=True)
class Printed:
    """A name as it is printed on a paper."""

    paper_id: int
    position: int
    name_key: str
    family: str
    given: str
    other_name: str
    orcid: str | None
    email: str
    affiliation_numbers: list[int]
    affiliations: list[dict[str, Any]]


def keys_of(name: str) -> frozenset[str]:
    """The slugs a person of this name may be printed under: as it stands, family name first or last, and in the other script."""
    found = read_name(name)
    if found is None:
        return frozenset({slug(name)} - {""})
    spellings = {name, found.name, found.other_name, f"{found.family} {found.given}", f"{found.given} {found.family}"}
    return frozenset({slug(one) for one in spellings} - {""})


def is_own(person: Person, printed: Printed) -> bool:
    """Whether a printed name is this person's: the same ORCID iD; else the same name with the same institution, stated or told by the address.

    Two different iDs are two people, whatever their names.
    """
    if person.orcid and printed.orcid:
        return person.orcid == printed.orcid
    spellings = {printed.name_key, slug(printed.other_name), slug(f"{printed.family} {printed.given}")}
    if not person.keys & spellings:
        return False
    if person.organisation and person.organisation == organisation_of(printed.email):
        return True
    places = affiliations_of(printed.affiliations, printed.affiliation_numbers) if person.institution else []
    return any(is_same_institution(person.institution, place) for place in places)


def affiliations_of(affiliations: list[dict[str, Any]], numbers: list[int]) -> list[str]:
    """The affiliations of an author; where the paper does not say whose they are, all of them."""
    chosen = [affiliations[n - 1] for n in numbers if 0 < n <= len(affiliations)] or affiliations
    return [one.get("name", "") for one in chosen]


class FromRecord:
    """Identities as the record itself tells them. Three statements."""

    def authorships_of(self, session: Session, account_ids: Collection[int], paper_id: int, since: int) -> dict[int, set[Place]]:
        known = people(session, account_ids)
        orcids = {p.orcid for p in known if p.orcid}
        # A name alone is nobody's: where nothing can confirm it, it need not be looked up.
        keys = {key for p in known if p.institution or p.organisation for key in p.keys}
        if not orcids and not keys:
            return {}
        is_wanted = sa.or_(Authorship.orcid.in_(orcids), Authorship.name_key.in_(keys))
        here = _PRINTED.where(Authorship.paper_id == paper_id, sa.or_(is_wanted, Authorship.other_name != ""))
        elsewhere = _PRINTED.where(Authorship.paper_id != paper_id, is_wanted, Paper.published >= str(since)).limit(MOST_NAMESAKES * len(known))
        printed = [Printed(*row) for query in (here, elsewhere) for row in session.execute(query)]
        found = {p.account_id: {(one.paper_id, one.position) for one in printed if is_own(p, one)} for p in known}
        return {account_id: places for account_id, places in found.items() if places}

    def authors_of(self, session: Session, paper_id: int) -> dict[int, set[int]]:  # noqa: ARG002 - as the protocol says
        """Nobody: a name that is printed has shown nothing of itself."""
        return {}


_PRINTED = (
    sa.select(
        Authorship.paper_id, Authorship.position, Authorship.name_key, Authorship.family, Authorship.given, Authorship.other_name, Authorship.orcid,
        Authorship.email, Authorship.affiliation_numbers, Paper.affiliations,
    )
    .join(Paper, Paper.id == Authorship.paper_id)
    .where(Authorship.is_group.is_(sa.false()), Authorship.role == "author")
)  # fmt: skip


def people(session: Session, account_ids: Collection[int]) -> list[Person]:
    """What these accounts can be told by in print. One statement."""
    known = sa.select(Account.id, Account.name, Account.orcid, Account.institution, Account.email_key).where(Account.id.in_(account_ids))
    return [
        Person(account_id, keys_of(name), orcid, institution, organisation_of(email_key or ""))
        for account_id, name, orcid, institution, email_key in session.execute(known)
    ]


_asked: tuple[Identities, ...] = (FromRecord(),)


def ask(*identities: Identities) -> None:
    """Sets who is asked for authorships. Called once, by whoever starts the process; what one of them knows, holds."""
    global _asked
    _asked = identities


def authorships_of(session: Session, account_ids: Collection[int], paper_id: int, since: int) -> dict[int, set[Place]]:
    """What all who are asked know, together; see `Identities`."""
    found: dict[int, set[Place]] = {}
    for one in _asked:
        for account_id, places in one.authorships_of(session, account_ids, paper_id, since).items():
            found.setdefault(account_id, set()).update(places)
    return found


def authors_of(session: Session, paper_id: int) -> dict[int, set[int]]:
    """The accounts that have shown to be authors of a paper, as all who are asked know; see `Identities`."""
    found: dict[int, set[int]] = {}
    for one in _asked:
        for account_id, positions in one.authors_of(session, paper_id).items():
            found.setdefault(account_id, set()).update(positions)
    return found
