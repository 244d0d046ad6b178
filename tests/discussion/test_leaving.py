"""An account that goes leaves no trace of itself in discussion, moderation and notices, and the log stays whole."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from reviewhub.accounts.erasing import delete_account, items_of
from reviewhub.app import BELONGINGS
from reviewhub.core.actor import ANYONE
from reviewhub.core.db import Database
from reviewhub.discussion import queries
from reviewhub.discussion.models import Comment
from reviewhub.moderation import log
from tests.accounts.test_erasing import namings
from tests.discussion.talk import talkative
from tests.people import person

PREFIXES = ("comment", "helpful_votes", "follows", "notice", "reports", "suspensions", "unmaskings", "log_entries")


@pytest.mark.parametrize("kept", [0, 1])
def test_nothing_names_who_is_gone(database: Database, kept: int) -> None:
    with database.write() as session, session.begin():
        who = person(session, "Wang Xiaoming")
        assert who.account_id
        paper_id = talkative(session, who)
        before = {name: n for name, n in namings(session, who.account_id).items() if name.startswith(PREFIXES)}
        assert min(before.values()) >= 1, f"the test leaves out a table: {before}"
        keys = [item.key for item in items_of(session, who.account_id, BELONGINGS)]
        assert len(keys) == 1
        delete_account(session, who.account_id, keep=keys[:kept], belongings=BELONGINGS)
    with database.read() as session:
        assert set(namings(session, who.account_id).values()) == {0}
        assert list(log.faults(session)) == []
        said = queries.threads(session, paper_id, ANYONE, order="newest").threads[-1]
        assert (said.text, said.voice.name, said.voice.account_id) == ("How many?" if kept else "", "", None)
        assert session.scalars(sa.select(Comment.n_votes)).all() == [0, 0, 0]
