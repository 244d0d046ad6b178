"""What the rating engine asks: which printed names are an account's, as far as claims tell. `app` hands this to the ratings, which stand on the same floor."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..papers.models import Paper
from . import queries


class FromClaims:
    """Identities as claims tell them. Who says to have written a paper does not rate it: claims that wait or are frozen hold as well."""

    def authorships_of(self, session: Session, account_ids: Collection[int], paper_id: int, since: int) -> dict[int, set[tuple[int, int]]]:
        """The claimed places of each account: all on this paper, and those on papers published in the year `since` or later. Two statements."""
        places = queries.claim_places(session, account_ids)
        elsewhere = {paper for some in places.values() for paper, _ in some if paper != paper_id}
        recent = {paper_id}
        if elsewhere:
            recent |= set(session.scalars(sa.select(Paper.id).where(Paper.id.in_(elsewhere), Paper.published >= str(since))))
        found = {account_id: {place for place in some if place[0] in recent} for account_id, some in places.items()}
        return {account_id: some for account_id, some in found.items() if some}

    def authors_of(self, session: Session, paper_id: int) -> dict[int, set[int]]:
        """The accounts with an approved claim on this paper, and where on it they stand. One statement."""
        return queries.claimants(session, paper_id)
