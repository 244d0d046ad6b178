"""Who may suspend whom, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub.accounts.models import Account
from reviewhub.accounts.suspending import MAX_REASON_CHARS, change_role, restore, suspend
from reviewhub.core import jobs
from reviewhub.core.actor import ANYONE, KEEPER, WORKER, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotAllowed, NotFound, RuleBroken
from reviewhub.core.jobs import Job, Subscriptions, subscribe
from reviewhub.events import AccountChanged
from tests.people import person


def _handle(*_: object) -> None:
    """Somebody listens."""


@pytest.fixture
def told() -> Iterator[Callable[[Session], list[int]]]:
    """The accounts that listeners are told have changed."""
    before = jobs._subscriptions
    subscribe(Subscriptions({AccountChanged: [_handle]}))
    yield lambda session: [job.facts["account_id"] for job in session.scalars(sa.select(Job).where(Job.event == "AccountChanged").order_by(Job.id))]
    subscribe(before)


def test_a_suspension_has_a_reason_and_an_end(database: Database, told: Callable[[Session], list[int]]) -> None:
    with database.write() as session, session.begin():
        who = person(session)
        assert who.account_id
        suspend(session, KEEPER, who.account_id, "  Rated  the same paper from\x00 five accounts. ")
        account = session.get_one(Account, who.account_id)
        assert (account.is_suspended, account.suspended_because) == (True, "Rated the same paper from five accounts.")
        restore(session, KEEPER, who.account_id)
        assert (account.is_suspended, account.suspended_because) == (False, "")
        assert told(session) == [who.account_id] * 2
        with pytest.raises(RuleBroken):
            restore(session, KEEPER, who.account_id)


@pytest.mark.parametrize("because", ["", " \x00", "x" * (MAX_REASON_CHARS + 1)])
def test_without_a_reason_that_can_be_shown_nobody_is_suspended(database: Database, because: str) -> None:
    with database.write() as session, session.begin():
        who = person(session)
        assert who.account_id
        with pytest.raises(RuleBroken):
            suspend(session, KEEPER, who.account_id, because)
        assert not session.get_one(Account, who.account_id).is_suspended


@pytest.mark.parametrize(
    ("role", "may"),
    [("reader", set()), ("moderator", {"reader"}), ("admin", {"reader", "moderator", "admin"})],
)
def test_who_may_suspend_and_give_roles_to_whom(database: Database, role: str, may: set[str]) -> None:
    with database.write() as session, session.begin():
        actor = person(session, role=role)
        for other in ("reader", "moderator", "admin"):
            whom = person(session, role=other).account_id
            assert whom
            for act in (lambda: suspend(session, actor, whom, "Why."), lambda: restore(session, actor, whom)):  # noqa: B023 - called at once
                if other in may:
                    act()
                else:
                    with pytest.raises(NotAllowed):
                        act()
            if role == "admin":
                change_role(session, actor, whom, "reader")
            else:
                with pytest.raises(NotAllowed):
                    change_role(session, actor, whom, "admin")


def test_nobody_suspends_themselves_or_changes_their_own_role(database: Database) -> None:
    with database.write() as session, session.begin():
        admin = person(session, role="admin")
        assert admin.account_id
        with pytest.raises(NotAllowed):
            suspend(session, admin, admin.account_id, "Why.")
        with pytest.raises(NotAllowed):
            change_role(session, admin, admin.account_id, "reader")


@pytest.mark.parametrize("actor", [ANYONE, WORKER, Actor("account", 10**6, "admin", is_suspended=True)])
def test_others_may_nothing(database: Database, actor: Actor) -> None:
    with database.write() as session, session.begin():
        who = person(session)
        assert who.account_id
        with pytest.raises(NotAllowed):
            suspend(session, actor, who.account_id, "Why.")
        with pytest.raises(NotFound):
            suspend(session, KEEPER, 10**6, "Why.")
