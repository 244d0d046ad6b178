"""Conflicts of interest that the record itself shows: raters who wrote the paper, or have lately written another with one of its authors.

Raters who work where an author works who has claimed the paper ("same-institution") will be found here too, once there are claims.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from ..core.db import in_batches
from ..papers.models import Authorship, Paper
from .identities import Place, affiliations_of, authorships_of
from .organisations import is_same_institution

# Funders and journals ask referees for as many: NSF for four, most journals for three to five.
YEARS = 5
# Matches of co-authors that are looked at for one paper; a collaboration of thousands has more, and one is enough.
MOST_MATCHES = 2_000


def conflicts_of(session: Session, account_ids: Collection[int], paper_id: int, on: dt.date) -> dict[int, str]:
    """Which of these raters had a conflict with this paper on a day, and which one. Six statements, a few more for very many raters."""
    start = _years_before(on)
    places = authorships_of(session, account_ids, paper_id, start.year)
    own = {account_id for account_id, some in places.items() if any(paper == paper_id for paper, _ in some)}
    elsewhere = {account_id: some for account_id, some in places.items() if account_id not in own}
    shared = _shared_papers(session, elsewhere, paper_id, start) if elsewhere else {}
    return dict.fromkeys(own, "own-paper") | {account_id: "co-author" for account_id, some in elsewhere.items() if _is_co_author(some, shared)}


def _is_co_author(places: set[Place], shared: dict[int, set[int]]) -> bool:
    """Whether one of the rater's papers has an author of this paper besides the rater."""
    return any(shared.get(paper, set()) - {position} for paper, position in places)


def _shared_papers(session: Session, places: dict[int, set[Place]], paper_id: int, start: dt.date) -> dict[int, set[int]]:
    """The positions, on the raters' papers since `start`, of people who are authors of this paper as well."""
    paper_ids = sorted({paper for some in places.values() for paper, _ in some})
    here, there = aliased(Authorship), aliased(Authorship)
    pairs = (
        sa.select(
            there.paper_id, there.position, there.orcid, there.affiliation_numbers, here.orcid, here.affiliation_numbers, Paper.published, Paper.affiliations
        )
        .select_from(there)
        .join(Paper, Paper.id == there.paper_id)
        .where(here.paper_id == paper_id, there.is_group.is_(sa.false()), here.is_group.is_(sa.false()))
        .limit(MOST_MATCHES)
    )
    by_orcid, by_name = (
        [row for some in in_batches(paper_ids) for row in session.execute(pairs.join(here, is_alike).where(there.paper_id.in_(some)))]
        for is_alike in (here.orcid == there.orcid, here.name_key == there.name_key)
    )
    printed = session.scalar(sa.select(Paper.affiliations).where(Paper.id == paper_id)) if by_name else None
    found: dict[int, set[int]] = {}
    for paper, position, orcid, numbers, orcid_here, numbers_here, published, affiliations in (*by_orcid, *by_name):
        if not _is_since(published, start):
            continue
        if orcid and orcid_here:
            is_same = orcid == orcid_here
        else:
            is_same = any(
                is_same_institution(one, other)
                for one in affiliations_of(affiliations, numbers)
                for other in affiliations_of(printed or [], numbers_here)
            )  # fmt: skip
        if is_same:
            found.setdefault(paper, set()).add(position)
    return found


def _is_since(published: str, start: dt.date) -> bool:
    """Whether a partial date ("2021", "2021-11") can be on or after a day."""
    return bool(published) and published >= start.isoformat()[: len(published)]


def _years_before(day: dt.date) -> dt.date:
    return day.replace(year=day.year - YEARS, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - YEARS)
