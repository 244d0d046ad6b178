"""Conflicts of interest that the record itself shows: raters who wrote the paper, or have lately written another with one of its authors.

Raters who work where an author works who has claimed the paper ("same-institution") will be found here too, once there are claims.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

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


def conflicts_of(session: Session, days: Mapping[int, dt.date], paper_id: int) -> dict[int, str]:
    """Which raters of a paper have a conflict, and which one. `days`: when each account rated it. Six statements, a few more for very many raters."""
    starts = {account_id: _years_before(day) for account_id, day in days.items()}
    places = authorships_of(session, starts, paper_id, min(starts.values()).year)
    own = {account_id for account_id, some in places.items() if any(paper == paper_id for paper, _ in some)}
    elsewhere = {account_id: some for account_id, some in places.items() if account_id not in own}
    shared = _shared_papers(session, elsewhere, paper_id) if elsewhere else {}
    co_authors = {account_id for account_id, some in elsewhere.items() if _is_co_author(some, shared, starts[account_id])}
    return dict.fromkeys(own, "own-paper") | dict.fromkeys(co_authors, "co-author")


def _is_co_author(places: set[Place], shared: dict[int, _Shared], start: dt.date) -> bool:
    """Whether one of the rater's papers since a day has an author of this paper besides the rater."""
    return any(paper in shared and shared[paper].is_since(start) and shared[paper].positions - {position} for paper, position in places)


@dataclass(frozen=True, slots=True)
class _Shared:
    """Another paper by authors of this one, and where on it they stand."""

    published: str  # partial date
    positions: set[int] = field(default_factory=set)

    def is_since(self, start: dt.date) -> bool:
        """Whether the paper can have appeared on or after a day: "2021" and "2021-11" can on every day they hold."""
        return bool(self.published) and self.published >= start.isoformat()[: len(self.published)]


def _shared_papers(session: Session, places: dict[int, set[Place]], paper_id: int) -> dict[int, _Shared]:
    """Those of the raters' papers on which people stand who are authors of this paper as well."""
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
    found: dict[int, _Shared] = {}
    for paper, position, orcid, numbers, orcid_here, numbers_here, published, affiliations in (*by_orcid, *by_name):
        if orcid and orcid_here:
            is_same = orcid == orcid_here
        else:
            is_same = any(
                is_same_institution(one, other)
                for one in affiliations_of(affiliations, numbers)
                for other in affiliations_of(printed or [], numbers_here)
            )  # fmt: skip
        if is_same:
            found.setdefault(paper, _Shared(published)).positions.add(position)
    return found


def _years_before(day: dt.date) -> dt.date:
    return day.replace(year=day.year - YEARS, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - YEARS)
