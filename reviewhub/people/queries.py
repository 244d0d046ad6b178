"""What is known of people: reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.db import in_batches
from ..papers.models import Authorship, Paper
from ..papers.names import Name, read_name
from ..papers.queries import Line, lines_of
from .ladder import APPROVED, DISPUTED, LIVE, PENDING, TURNED_DOWN, Judgement, judge
from .models import Claim, ClaimStep, HiddenName, Person, PersonAccount, PersonName
from .rules import fit

# Longer chains of merges than this are nobody's life, but a fault.
_MOST_HOPS = 20


@dataclass(frozen=True, slots=True)
class Printed:
    """One printed name with what stands around it on its paper."""

    paper_id: int
    position: int
    name: str
    name_key: str
    family: str
    given: str
    suffix: str
    other_name: str
    orcid: str | None
    email: str
    role: str
    is_group: bool
    affiliation_numbers: list[int]
    affiliations: list[dict[str, Any]]
    year: int | None
    field_sources: dict[str, str]

    @property
    def is_told_by_reader(self) -> bool:
        """Whether a reader handed the author list in: then iDs and addresses on it may be the claimant's own words."""
        return "(reader)" in (self.field_sources.get("authors") or self.field_sources.get("*", ""))

    @property
    def as_name(self) -> Name:
        return Name(self.name, self.family, self.given, self.suffix, self.other_name)

    @property
    def own_affiliations(self) -> list[str]:
        """The affiliations that the paper says are this author's; none where it does not say whose they are, but for a paper by one author or at one place."""
        chosen = [self.affiliations[n - 1] for n in self.affiliation_numbers if 0 < n <= len(self.affiliations)]
        return [one.get("name", "") for one in chosen or (self.affiliations if len(self.affiliations) == 1 else [])]


PRINTED_COLUMNS = (
    Authorship.paper_id, Authorship.position, Authorship.name, Authorship.name_key, Authorship.family, Authorship.given, Authorship.suffix,
    Authorship.other_name, Authorship.orcid, Authorship.email, Authorship.role, Authorship.is_group, Authorship.affiliation_numbers, Paper.affiliations,
    Paper.year, Paper.field_sources,
)  # fmt: skip
_PRINTED = sa.select(*PRINTED_COLUMNS).join(Paper, Paper.id == Authorship.paper_id)


def printed(session: Session, paper_id: int, position: int) -> Printed | None:
    """The printed name at a place."""
    row = session.execute(_PRINTED.where(Authorship.paper_id == paper_id, Authorship.position == position)).first()
    return Printed(*row) if row else None


def printed_on(session: Session, paper_ids: Sequence[int]) -> list[Printed]:
    """Every printed name of some papers, in order."""
    query = _PRINTED.order_by(Authorship.paper_id, Authorship.position)
    return [Printed(*row) for some in in_batches(list(paper_ids)) for row in session.execute(query.where(Authorship.paper_id.in_(some)))]


def person_of(session: Session, account_id: int) -> Person | None:
    """The profile of an account, if it has one."""
    query = sa.select(Person).join(PersonAccount, PersonAccount.person_id == Person.id).where(PersonAccount.account_id == account_id)
    return session.scalar(query)


def living_id(session: Session, person_id: int) -> int | None:
    """The profile that an address leads to, after merges; None when there never was one."""
    for _ in range(_MOST_HOPS):
        row = session.execute(sa.select(Person.merged_into_id).where(Person.id == person_id)).first()
        if row is None:
            return None
        if row[0] is None:
            return person_id
        person_id = row[0]
    return None


def accounts_of(session: Session, person_id: int) -> list[int]:
    """The accounts behind a profile."""
    return list(session.scalars(sa.select(PersonAccount.account_id).where(PersonAccount.person_id == person_id).order_by(PersonAccount.account_id)))


def names_of(session: Session, person_id: int) -> list[Name]:
    """Every name a person goes by, hidden ones, those of their accounts and of profiles merged into theirs: what printed names are compared with.

    Three statements.
    """
    return names_by_person(session, [person_id])[person_id]


def names_by_person(session: Session, person_ids: Collection[int]) -> dict[int, list[Name]]:
    """The same of several people. Three statements."""
    texts: dict[int, list[str]] = {person_id: [] for person_id in person_ids}
    is_theirs = sa.or_(Person.id.in_(person_ids), Person.merged_into_id.in_(person_ids))
    own = sa.select(Person.id, Person.merged_into_id, Person.name, Person.other_name).where(is_theirs)
    for person_id, merged_into_id, name, other_name in session.execute(own.order_by(Person.merged_into_id.is_not(None), Person.id)):
        texts[person_id if person_id in texts else merged_into_id or 0] += [name, other_name]
    more = sa.select(Person.id, Person.merged_into_id, PersonName.name).join(Person, Person.id == PersonName.person_id).where(is_theirs)
    for person_id, merged_into_id, name in session.execute(more.order_by(PersonName.id)):
        texts[person_id if person_id in texts else merged_into_id or 0].append(name)
    accounts = sa.select(PersonAccount.person_id, Account.name).join(Account, Account.id == PersonAccount.account_id)
    for person_id, name in session.execute(accounts.where(PersonAccount.person_id.in_(person_ids)).order_by(Account.id)):
        texts[person_id].append(name)
    read = {text: read_name(text) for some in texts.values() for text in some if text}
    return {person_id: [found for text in dict.fromkeys(some) if (found := read.get(text))] for person_id, some in texts.items()}


def orcids_of(session: Session, person_id: int) -> list[str]:
    """The iDs that the person signs in with, so that they are authenticated."""
    query = sa.select(Account.orcid).join(PersonAccount, PersonAccount.account_id == Account.id).where(PersonAccount.person_id == person_id)
    return [orcid for orcid in session.scalars(query.order_by(Account.id)) if orcid]


def claim_places(session: Session, account_ids: Collection[int], states: Collection[str] = LIVE) -> dict[int, set[tuple[int, int]]]:
    """The places (paper, position) that each of these accounts, or the person behind it, claims in these states.

    What an owner parted from the profile goes on being what that account has claimed.
    """
    places = sa.select(Claim.paper_id, Claim.position).where(Claim.state.in_(states), Claim.position > 0)
    of_person = places.add_columns(PersonAccount.account_id).join(PersonAccount, PersonAccount.person_id == Claim.person_id)
    of_account = places.add_columns(Claim.account_id).where(Claim.account_id.in_(account_ids))
    found: dict[int, set[tuple[int, int]]] = {}
    for paper_id, position, account_id in session.execute(of_person.where(PersonAccount.account_id.in_(account_ids)).union(of_account)):
        found.setdefault(account_id, set()).add((paper_id, position))
    return found


def claimants(session: Session, paper_id: int) -> dict[int, set[int]]:
    """The accounts that have an approved claim on a paper, with the positions."""
    query = (
        sa.select(PersonAccount.account_id, Claim.position)
        .join(Claim, Claim.person_id == PersonAccount.person_id)
        .where(Claim.paper_id == paper_id, Claim.state == APPROVED, Claim.position > 0)
    )
    found: dict[int, set[int]] = {}
    for account_id, position in session.execute(query):
        found.setdefault(account_id, set()).add(position)
    return found


@dataclass(frozen=True, slots=True)
class Mark:
    """What the author list of a record shows beside a claimed name."""

    position: int
    person_id: int
    name: str
    proof: str
    has_orcid: bool  # authenticated
    state: str  # approved or disputed


def marks_of(session: Session, paper_id: int) -> dict[int, Mark]:
    """The claimed names of a paper by position: approved ones, and disputed ones without saying whose. One statement."""
    has_orcid = sa.exists().where(PersonAccount.person_id == Claim.person_id, PersonAccount.account_id == Account.id, Account.orcid.is_not(None))
    query = (
        sa.select(Claim.position, Claim.person_id, Person.name, Claim.proof, has_orcid, Claim.state)
        .join(Person, Person.id == Claim.person_id)
        .where(Claim.paper_id == paper_id, Claim.state.in_((APPROVED, DISPUTED)), Claim.position > 0)
        .order_by(Claim.state.desc(), Claim.id)
    )
    found: dict[int, Mark] = {}
    for position, person_id, name, proof, orcid, state in session.execute(query):
        found[position] = Mark(position, person_id, name, proof, bool(orcid), APPROVED) if state == APPROVED else Mark(position, 0, "", "", False, DISPUTED)
    return found


def is_author(session: Session, account_id: int, paper_id: int) -> bool:
    """Whether this account's person has an approved claim on the paper: replies carry the author's mark, and the paper may be added to."""
    return account_id in claimants(session, paper_id)


def claims_of(session: Session, account_id: int) -> list[tuple[Claim, Line | None]]:
    """The claims of an account, the latest first, each with its paper as lists show it. Three statements."""
    query = sa.select(Claim).where(Claim.account_id == account_id).order_by(Claim.changed_at.desc(), Claim.id.desc())
    claims = list(session.scalars(query))
    lines = {line.id: line for line in lines_of(session, sorted({c.paper_id for c in claims}))} if claims else {}
    return [(claim, lines.get(claim.paper_id)) for claim in claims]


def steps_of(session: Session, claim_id: int) -> list[ClaimStep]:
    """The history of a claim, oldest first."""
    return list(session.scalars(sa.select(ClaimStep).where(ClaimStep.claim_id == claim_id).order_by(ClaimStep.id)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody worked, as printed: an institution and the years it stands on papers."""

    name: str
    first_year: int | None
    last_year: int | None
    n_papers: int


@dataclass(slots=True)
class Profile:
    """What `/people/<id>` shows."""

    id: int
    name: str
    other_name: str
    other_names: list[tuple[str, str]]  # name, kind; only those to be shown
    orcids: list[str]  # authenticated
    links: list[dict[str, str]]
    shows_activity: bool
    account_ids: list[int]
    version: int
    changed_at: dt.datetime
    places: list[Place] = field(default_factory=list)
    papers_by_year: list[tuple[int | None, list[tuple[Line, int]]]] = field(default_factory=list)  # newest year first; each paper with the position
    printed_as: dict[int, str] = field(default_factory=dict)  # paper -> their name as it is printed there

    @property
    def n_papers(self) -> int:
        return sum(len(papers) for _, papers in self.papers_by_year)


def profile(session: Session, person_id: int) -> Profile | None:
    """A profile with its papers; None when there is none, or when it was merged (see `living_id`), or while nothing of it is approved. Seven statements."""
    person = session.get(Person, person_id)
    if person is None or person.merged_into_id is not None:
        return None
    claimed = sa.select(Claim.paper_id, Claim.position).where(Claim.person_id == person_id, Claim.state == APPROVED)
    positions = dict(session.execute(claimed).all())
    if not positions:
        return None
    names = sa.select(PersonName.name, PersonName.kind).where(PersonName.person_id == person_id, PersonName.is_shown.is_(True)).order_by(PersonName.id)
    found = Profile(
        person.id, person.name, person.other_name, list(session.execute(names)), orcids_of(session, person_id), person.links, person.shows_activity,
        accounts_of(session, person_id), person.version, person.changed_at,
    )  # fmt: skip
    lines = lines_of(session, sorted(positions))
    by_year: dict[int | None, list[tuple[Line, int]]] = {}
    for line in sorted(lines, key=lambda one: (one.published, one.id), reverse=True):
        by_year.setdefault(line.year, []).append((line, positions[line.id]))
    found.papers_by_year = sorted(by_year.items(), key=lambda one: one[0] or 0, reverse=True)
    rows = _own_lines(session, positions)
    found.places = _places(rows)
    found.printed_as = {row.paper_id: row.name for row in rows}
    return found


def _own_lines(session: Session, positions: dict[int, int]) -> list[Printed]:
    """The printed names at these positions of papers. A statement for each batch."""
    return [
        Printed(*row)
        for some in in_batches(sorted(positions))
        for row in session.execute(_PRINTED.where(Authorship.paper_id.in_(some)))
        if positions[row.paper_id] == row.position
    ]


def _places(rows: Sequence[Printed]) -> list[Place]:
    """Affiliations over time, the latest first, as printed."""
    years: dict[str, list[int | None]] = {}
    for row in rows:
        for place in dict.fromkeys(row.own_affiliations):
            years.setdefault(place, []).append(row.year)
    found = []
    for name, some in years.items():
        known = [year for year in some if year is not None]
        found.append(Place(name, min(known, default=None), max(known, default=None), len(some)))
    return sorted(found, key=lambda one: (-(one.last_year or 0), -one.n_papers, one.name))


def is_hidden(session: Session, name_key: str) -> bool:
    """Whether the page of an unclaimed printed name is hidden at somebody's wish."""
    return session.get(HiddenName, name_key) is not None


def judgement_of(session: Session, claim: Claim) -> Judgement:
    """Why a claim stands where it does, for its claimant to read: judged again by what is known now. Nothing is written."""
    found = printed(session, claim.paper_id, claim.position)
    if found is None:
        return Judgement(claim.state, claim.proof)
    orcids = orcids_of(session, claim.person_id)
    has_other_orcid = bool(orcids and found.orcid and found.orcid not in orcids)
    judged = judge(claim.rungs, fit(names_of(session, claim.person_id), found.as_name), has_other_orcid=has_other_orcid, has_rival=claim.state == DISPUTED)
    # What would be approved by its proof and waits nevertheless was turned down before.
    why = judged.why or TURNED_DOWN
    return Judgement(claim.state, claim.proof, why if claim.state in (PENDING, DISPUTED) else None)


def n_waiting(session: Session) -> int:
    """How many claims wait for a moderator."""
    return session.scalar(sa.select(sa.func.count()).select_from(Claim).where(Claim.state.in_((PENDING, DISPUTED)))) or 0
