"""Conflicts of interest that can be found: raters who wrote the paper, who have lately written another with one of its authors, or who work where an author
works who has claimed the paper. Where nobody has claimed it, institutions say nothing: half a field may share one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from ..core.db import in_batches
from ..papers.models import Authorship, Paper
from ..papers.organisations import is_same_institution
from .identities import Place, affiliations_of, authors_of, authorships_of, people

# Funders and journals ask referees for as many: NSF for four, most journals for three to five.
YEARS = 5
# Matches of co-authors that are looked at for one paper; a collaboration of thousands has more, and one is enough.
MOST_MATCHES = 2_000


def conflicts_of(session: Session, days: Mapping[int, dt.date], paper_id: int) -> dict[int, str]:
    """Which raters of a paper have a conflict, and which one. `days`: when each account rated it. Seven statements, two more where the
    paper is claimed, a few more for very many raters."""
    starts = {account_id: _years_before(day) for account_id, day in days.items()}
    places = authorships_of(session, starts, paper_id, min(starts.values()).year)
    own = {account_id for account_id, some in places.items() if any(paper == paper_id for paper, _ in some)}
    elsewhere = {account_id: some for account_id, some in places.items() if account_id not in own}
    shared = _shared_papers(session, elsewhere, paper_id) if elsewhere else {}
    co_authors = {account_id for account_id, some in elsewhere.items() if _is_co_author(some, shared, starts[account_id])}
    colleagues = _colleagues(session, [account_id for account_id in days if account_id not in own | co_authors], paper_id)
    return dict.fromkeys(own, "own-paper") | dict.fromkeys(co_authors, "co-author") | dict.fromkeys(colleagues, "same-institution")


def _colleagues(session: Session, rater_ids: Sequence[int], paper_id: int) -> set[int]:
    """Those raters whose address or stated institution is that of an author who has claimed the paper, or the one printed there for this author."""
    authors = authors_of(session, paper_id)
    if not authors or not rater_ids:
        return set()
    known = {person.account_id: person for person in people(session, {*authors, *rater_ids})}
    claimed = {position for positions in authors.values() for position in positions}
    columns = sa.select(Authorship.affiliation_numbers, Paper.affiliations).join(Paper, Paper.id == Authorship.paper_id)
    rows = session.execute(columns.where(Authorship.paper_id == paper_id, Authorship.position.in_(claimed)))
    places = {place for numbers, affiliations in rows for place in affiliations_of(affiliations, numbers)}
    places |= {known[account_id].institution for account_id in authors if account_id in known} - {""}
    organisations = {known[account_id].organisation for account_id in authors if account_id in known} - {""}
    raters = [known[account_id] for account_id in rater_ids if account_id in known]
    return {
        rater.account_id
        for rater in raters
        if rater.organisation in organisations or (rater.institution and any(is_same_institution(rater.institution, place) for place in places))
    }


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
