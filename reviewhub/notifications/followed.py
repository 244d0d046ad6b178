"""One thing that can be followed, by kind and id. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..papers.models import Journal, Keyword, Paper
from ..people import own as people
from ..people.models import Person
from ..people.queries import living_id
from . import searches


@dataclass(frozen=True, slots=True)
class Subject:
    """What is followed. `name` is safe inline HTML of a paper, plain text else; `path` leads there, without the language."""

    target_id: int
    name: str
    path: str


def subject(session: Session, account_id: int, kind: str, target_id: int) -> Subject | None:
    """What an account may follow under this kind and id; of a profile that was merged, the one it is part of. At most three statements."""
    if kind == "paper":
        title = session.scalar(sa.select(Paper.title).where(Paper.id == target_id))
        return Subject(target_id, title, f"/papers/{target_id}") if title else None
    if kind == "journal":
        name = session.scalar(sa.select(Journal.name).where(Journal.id == target_id))
        return Subject(target_id, name, f"/journals/{target_id}") if name else None
    if kind == "keyword":
        row = session.execute(sa.select(Keyword.term, Keyword.slug).where(Keyword.id == target_id)).first()
        return Subject(target_id, row.term, f"/keywords/{quote(row.slug)}") if row else None
    if kind == "person":
        living = living_id(session, target_id)
        name = session.scalar(sa.select(Person.name).where(Person.id == living)) if living is not None and people.has_papers(session, living) else None
        return Subject(living, name, f"/people/{living}") if living is not None and name else None
    if kind == "search":
        name = searches.known().names(session, account_id, [target_id]).get(target_id)
        return Subject(target_id, name, f"/account/searches/{target_id}") if name else None
    return None
