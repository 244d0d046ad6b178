"""What one person's own pages show: a claim at a place, co-authors' claims that wait for their word, what is asked of their profile. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..papers.models import Authorship, PaperIdentifier
from ..papers.names import Name, read_name
from ..papers.queries import Line, lines_of
from . import queries
from .ladder import APPROVED, CO_AUTHOR, LIVE, PENDING
from .models import Claim, Person, PersonChange, PersonName
from .queries import Printed
from .rules import Fit, fit

# Co-authors' claims on one page; more come when these are answered.
MOST_TO_CONFIRM = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A merge that waits for somebody's yes: with which profile, and whether this person was asked or asks."""

    change_id: int
    other_id: int
    other_name: str
    is_mine_to_answer: bool


def claim_at(session: Session, person_id: int, paper_id: int, position: int) -> Claim | None:
    """A person's latest claim of the name at this place."""
    query = sa.select(Claim).where(Claim.person_id == person_id, Claim.paper_id == paper_id, Claim.position == position)
    return session.scalar(query.order_by(Claim.changed_at.desc(), Claim.id.desc()).limit(1))


def standing_claim(session: Session, paper_id: int, position: int) -> int | None:
    """The id of a claim that stands at this place, an approved one first: the moderators' way to its case."""
    query = sa.select(Claim.id).where(Claim.paper_id == paper_id, Claim.position == position, Claim.state.in_(LIVE))
    return session.scalar(query.order_by(Claim.state, Claim.id).limit(1))  # "approved" is the first by name


def fit_of(session: Session, person_id: int | None, account_name: str, printed: Printed) -> Fit:
    """How the printed name fits the names of a person; of an account without a profile, its name."""
    own = read_name(account_name)
    names: list[Name] = queries.names_of(session, person_id) if person_id is not None else [own] if own else []
    return fit(names, printed.as_name)


def to_confirm(session: Session, person_id: int) -> list[tuple[Claim, Line]]:
    """Claims that wait on papers where this person's own claim is approved by more than a co-author, the oldest first. Two statements."""
    own = sa.select(Claim.paper_id).where(Claim.person_id == person_id, Claim.state == APPROVED, Claim.proof != CO_AUTHOR)
    waiting = sa.select(Claim).where(Claim.paper_id.in_(own), Claim.state == PENDING, Claim.person_id != person_id, Claim.position > 0)
    claims = list(session.scalars(waiting.order_by(Claim.made_at, Claim.id).limit(MOST_TO_CONFIRM)))
    lines = {line.id: line for line in lines_of(session, sorted({c.paper_id for c in claims}))}
    return [(claim, lines[claim.paper_id]) for claim in claims if claim.paper_id in lines]


def names_by_id(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """What profiles are called, merged ones with them."""
    return dict(session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(person_ids))).all())


def all_names(session: Session, person_id: int) -> list[PersonName]:
    """The other names of a person, hidden ones with them: for the owner's eyes."""
    return list(session.scalars(sa.select(PersonName).where(PersonName.person_id == person_id).order_by(PersonName.id)))


def claims_on(session: Session, person_id: int) -> list[tuple[Claim, Line]]:
    """The approved claims of a profile, each with its paper, the newest paper first. Two statements."""
    claims = list(session.scalars(sa.select(Claim).where(Claim.person_id == person_id, Claim.state == APPROVED).order_by(Claim.id)))
    lines = {line.id: line for line in lines_of(session, sorted({c.paper_id for c in claims}))}
    found = [(claim, lines[claim.paper_id]) for claim in claims if claim.paper_id in lines]
    return sorted(found, key=lambda pair: (pair[1].published, pair[1].id), reverse=True)


def merges_asked(session: Session, person_id: int) -> list[Asked]:
    """Merges with this profile that somebody still has to agree to. Two statements."""
    query = sa.select(PersonChange).where(
        PersonChange.kind == "merge", PersonChange.state == "asked", sa.or_(PersonChange.kept_id == person_id, PersonChange.other_id == person_id)
    )
    changes = list(session.scalars(query.order_by(PersonChange.id)))
    others = {c.id: (c.other_id or 0) if c.kept_id == person_id else c.kept_id for c in changes}
    names = names_by_id(session, set(others.values())) if others else {}
    return [Asked(c.id, others[c.id], names.get(others[c.id], ""), c.other_id == person_id) for c in changes]


def claimed_as(session: Session, name_key: str) -> list[tuple[int, str]]:
    """The profiles (id, name) whose approved claims are of a printed name."""
    query = (
        sa.select(Person.id, Person.name)
        .join(Claim, Claim.person_id == Person.id)
        .where(Claim.name_key == name_key, Claim.state == APPROVED, Person.merged_into_id.is_(None))
        .distinct()
        .order_by(Person.name, Person.id)
    )
    return [(person_id, name) for person_id, name in session.execute(query)]


def n_printed(session: Session, name_key: str) -> int:
    """How many papers print a name."""
    return session.scalar(sa.select(sa.func.count(sa.distinct(Authorship.paper_id))).where(Authorship.name_key == name_key)) or 0


def has_papers(session: Session, person_id: int) -> bool:
    """Whether anything of a profile is approved, so that its page is there."""
    query = sa.select(Claim.id).where(Claim.person_id == person_id, Claim.state == APPROVED).limit(1)
    return session.scalar(query) is not None


def has_pmid(session: Session, paper_id: int) -> bool:
    """Whether a record is known at PubMed."""
    query = sa.select(PaperIdentifier.value).where(PaperIdentifier.paper_id == paper_id, PaperIdentifier.kind == "pmid").limit(1)
    return session.scalar(query) is not None
