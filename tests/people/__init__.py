"""People for tests: accounts, browsers that are signed in, papers with ratings."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from reviewhub.accounts.services import begin_session, create_account
from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.ratings.services import Given, rate

# Ratings of newcomers that come fast are held for a moderator; tests that are not about that rate as people who have been here for a while.
LONG_STANDING = dt.timedelta(days=100)

_numbers = itertools.count(1)


def person(session: Session, name: str = "", **facts: Any) -> Actor:
    """An account of long standing with an organisation of its own, so that it is linked with nobody and no newcomer; `facts` are columns of Account."""
    n = next(_numbers)
    account = create_account(session, name=name or f"Reader {n}", email=facts.pop("email", f"reader@university-{n}.example"), role=facts.pop("role", "reader"))
    for column, value in {"joined_at": clock.now() - LONG_STANDING, **facts}.items():
        setattr(account, column, value)
    session.flush()
    return Actor("account", account.id, account.role, account.is_suspended)


def rated(session: Session, paper_id: int, half_stars: Sequence[int], **given: Any) -> list[Actor]:
    """Rates a paper with these values, each by somebody else."""
    raters = [person(session) for _ in half_stars]
    for rater, value in zip(raters, half_stars, strict=True):
        rate(session, rater, paper_id, Given(value, **given))
    return raters


def signed_in(app: Flask, who: Actor | None = None, **facts: Any) -> FlaskClient:
    """A browser that is signed in, as `who` or as somebody new."""
    with app.extensions["database"].write() as session, session.begin():
        who = who or person(session, **facts)
        assert who.account_id is not None
        token, _ = begin_session(session, who.account_id)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client
