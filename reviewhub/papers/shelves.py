"""What is here by subject, journal and year: the ways to look around without a question."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.text import folded
from .models import Journal, Keyword, Paper, PaperKeyword
from .queries import common_keywords

# Subjects on their page; counted over so many of the newest papers, for to count all of them takes seconds at a million.
SUBJECTS, OF_NEWEST = 150, 3_000
JOURNALS = 60
# Behind every letter that a name can begin with.
_LAST = "\U0010ffff"

# Address, name and number of papers.
Shelf = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Journals:
    """Some journals by name; `after` goes on from there, "" at the end."""

    lines: list[tuple[int, str, int]]  # id, name, papers
    after: str = ""


def subjects(session: Session) -> list[Shelf]:
    """The commonest keywords of the papers that came last. One statement."""
    return common_keywords(session, most=SUBJECTS, of_newest=OF_NEWEST)


def subjects_like(session: Session, beginning: str) -> list[Shelf]:
    """Keywords whose slug begins so, by slug. One statement."""
    n = sa.select(sa.func.count(sa.distinct(PaperKeyword.paper_id))).where(PaperKeyword.keyword_id == Keyword.id).scalar_subquery()
    query = sa.select(Keyword.slug, Keyword.term, n).where(Keyword.slug >= beginning, Keyword.slug < beginning + _LAST)
    return [(slug, term, count) for slug, term, count in session.execute(query.order_by(Keyword.slug).limit(SUBJECTS)) if count]


def journals(session: Session, *, beginning: str = "", after: str = "") -> Journals:
    """Journals by name whose name begins so, from `after` on. One statement; the next page costs as much as the first."""
    key = folded(beginning)
    n = sa.select(sa.func.count()).where(Paper.journal_id == Journal.id).scalar_subquery()
    query = sa.select(Journal.id, Journal.name, n, Journal.name_key).where(Journal.name_key >= key, Journal.name_key < key + _LAST)
    name, _, last_id = after.rpartition("~")
    if last_id.isascii() and last_id.isdecimal() and len(last_id) < 10:
        query = query.where(sa.tuple_(Journal.name_key, Journal.id) > sa.tuple_(sa.literal(name), sa.literal(int(last_id))))
    rows = session.execute(query.order_by(Journal.name_key, Journal.id).limit(JOURNALS + 1)).all()
    shown = rows[:JOURNALS]
    following = f"{shown[-1][3]}~{shown[-1][0]}" if len(rows) > JOURNALS else ""
    return Journals([(journal_id, name, count) for journal_id, name, count, _ in shown], following)


def years(session: Session) -> list[tuple[int, int]]:
    """(year, papers), the latest first. Counts along the index of dates: some 0.2 s at a million papers."""
    year = sa.func.substr(Paper.published, 1, 4)
    query = sa.select(year, sa.func.count()).where(Paper.published != "").group_by(year).order_by(year.desc())
    return [(int(found), n) for found, n in session.execute(query) if found.isdecimal()]
