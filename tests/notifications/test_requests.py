"""Who hears of requests: authors once a month of all at once, who asks of answers, who answered of whether it works; each once."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from reviewhub.config import Settings
from reviewhub.core import clock, jobs
from reviewhub.core.actor import Actor
from reviewhub.core.db import Database
from reviewhub.events import LinkDied, RequestDeclined, ResourceAnswered, TimeCame
from reviewhub.notifications import requests
from reviewhub.notifications.models import Notice
from reviewhub.notifications.services import choose_way
from reviewhub.people.models import Person
from reviewhub.resources import answering, services
from reviewhub.resources.models import ResourceAnswer
from tests.people import person
from tests.resources.asking import ask, author_of, give, paper, state

MONTH = dt.timedelta(days=31)
ONLY = jobs.Subscriptions(requests.SUBSCRIPTIONS)


@pytest.fixture(autouse=True)
def _only_these(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links are looked at elsewhere; mail at once is tested with the notices."""
    monkeypatch.setattr(jobs, "_subscriptions", ONLY)


def notices(database: Database) -> list[tuple[int, str, str]]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(sa.select(Notice.account_id, Notice.kind, Notice.what).order_by(Notice.id))]


def mails(settings: Settings) -> list[str]:
    return [path.read_text() for path in sorted((settings.home / "outbox").glob("*.eml"))]


def tell(database: Database, settings: Settings) -> None:
    requests.tell_authors(database, settings, TimeCame())
    jobs.run_due(database, settings, ONLY)


def test_an_author_gets_one_mail_a_month_with_everything(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        first, author = ask(session, person(session), paper_id, "data"), author_of(session, paper_id)
        ask(session, person(session), paper_id, "code", "")
        ask(session, author, paper_id, "slides")
    tell(database, settings)
    tell(database, settings)
    (mail,) = mails(settings)
    assert "Readers ask for more resources" in mail
    assert f"/papers/{paper_id}/requests/{first.id}" in mail
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail
    assert notices(database) == [(author.account_id, "request", "")] * 2
    with database.write() as session, session.begin():
        assert state(session, first.id) == "told"
        ask(session, person(session), paper_id, "protocol")
    tell(database, settings)
    assert len(mails(settings)) == 1
    later = clock.now() + MONTH
    monkeypatch.setattr(clock, "now", lambda: later)
    tell(database, settings)
    assert len(mails(settings)) == 2
    assert len(notices(database)) == 3


@pytest.mark.parametrize("wish", ["is_told", "way"])
def test_who_wants_no_mail_gets_none(database: Database, settings: Settings, wish: str) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        author = author_of(session, paper_id)
        ask(session, person(session), paper_id)
        if wish == "is_told":
            session.execute(sa.update(Person).values(is_told=False))
        else:
            choose_way(session, author, "request", "off")
    tell(database, settings)
    assert mails(settings) == []
    assert len(notices(database)) == (0 if wish == "is_told" else 1)


def test_who_asks_hears_of_an_answer_once_and_who_answered_whether_it_works(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        asker, other, helper, paper_id = person(session), person(session), person(session), paper(session)
        request = ask(session, asker, paper_id)
        services.join(session, other, request.id)
        services.join(session, helper, request.id)
        answer = give(session, helper, request.id)
    jobs.run_due(database, settings, ONLY)
    requests.answered(database, settings, ResourceAnswered(answer.id))
    assert notices(database) == [(one.account_id, "answer", "answered") for one in (asker, other)]
    with database.write() as session, session.begin():
        answering.judge(session, asker, answer.id, True)
        session.get_one(ResourceAnswer, answer.id).checked_at = clock.now()
        session.get_one(ResourceAnswer, answer.id).is_dead = True
    jobs.run_due(database, settings, ONLY)
    for _ in range(2):
        requests.link_died(database, settings, LinkDied(answer.id))
    assert notices(database)[2:] == [
        (helper.account_id, "answer", "works"), (helper.account_id, "answer", "own-link-dead"), (asker.account_id, "answer", "link-dead"),
        (other.account_id, "answer", "link-dead"),
    ]  # fmt: skip


def test_a_refusal_is_told_and_nothing_of_what_is_gone(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        asker, paper_id = person(session), paper(session)
        request, author = ask(session, asker, paper_id), author_of(session, paper_id)
        services.decline(session, author, request.id, "Patients did not agree to it.")
        gone = ask(session, asker, paper_id, "code")
        services.leave(session, asker, gone.id)
    jobs.run_due(database, settings, ONLY)
    assert notices(database) == [(asker.account_id, "answer", "declined")]
    for event in (RequestDeclined(99), RequestDeclined(gone.id)):
        requests.declined(database, settings, event)
    requests.answered(database, settings, ResourceAnswered(99))
    assert len(notices(database)) == 1
    assert isinstance(author, Actor)
