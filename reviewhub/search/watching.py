"""What is asked of saved searches by those who tell their owners what has come: what they are called, and what came since. `app` hands this on."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..config import Settings
from .models import SavedSearch
from .queries import find
from .saved import as_saved

# More is "so many and more": whoever follows a search for everything reads the list, not the number.
MOST_COUNTED = 500


class SavedSearches:
    """Saved searches as those know them who stand beside."""

    most_counted = MOST_COUNTED

    def names(self, session: Session, account_id: int, saved_ids: Collection[int]) -> dict[int, str]:
        """What these searches are called, of those that are this account's. One statement."""
        own = sa.select(SavedSearch.id, SavedSearch.name).where(SavedSearch.account_id == account_id, SavedSearch.id.in_(saved_ids))
        return dict(session.execute(own).all())

    def come_since(self, settings: Settings, session: Session, saved_id: int, paper_id: int) -> list[int] | None:
        """The papers with ids above this one that fit a saved search, the newest first, at most `most_counted`.

        None while the index is away, and where there is no such search. One statement, and the index.
        """
        row = session.get(SavedSearch, saved_id)
        if row is None:
            return None
        search = as_saved(row).search
        filters = search.filters
        found = find(
            settings, session, search.words, type=filters.type, year_from=filters.year_from, year_to=filters.year_to, journal_id=filters.journal_id,
            keyword=filters.keyword, language=filters.language, rated=filters.rated, sort="added", limit=MOST_COUNTED, is_exact=True,
        )  # fmt: skip
        return None if found.is_away else sorted((one for one in found.ids if one > paper_id), reverse=True)
