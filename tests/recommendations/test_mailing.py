"""The weekly mail: three to five papers in the reader's language, once a week, none twice, nothing when nothing is good, ended by one click."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import cast

import pytest
import sqlalchemy as sa
import time_machine

from reviewhub.accounts.models import Account
from reviewhub.config import Settings
from reviewhub.core import clock, jobs
from reviewhub.core.actor import Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotAllowed, NotFound, RuleBroken
from reviewhub.events import TimeCame, WeeklyMailDue
from reviewhub.library import services as library
from reviewhub.recommendations import handlers, queries, services
from reviewhub.recommendations.models import MailedPaper, ReaderTaste
from reviewhub.recommendations.rules import FEWEST_MAILED, MOST_MAILED
from reviewhub.recommendations.training import train
from tests.people import person

from .conftest import Village

A_WEEK = dt.timedelta(days=7)

pytestmark = pytest.mark.usefixtures("subscribed")


@pytest.fixture
def reader(village: Village, database: Database, settings: Settings) -> Actor:
    """Somebody who keeps two papers on lichens and wants mail."""
    train(database, settings)
    with database.write() as session, session.begin():
        who = person(session)
        library.save_many(session, who, village.papers["lichens"][:2])
        services.want_mail(session, who, is_wanted=True)
    jobs.run_due(database, settings)
    return who


@pytest.fixture
def clockwork() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(clock.now(), tick=True) as traveller:
        yield traveller


def look(database: Database, settings: Settings) -> list[EmailMessage]:
    """What lies in the outbox once the worker has looked who is due."""
    handlers.look_who_is_due(database, settings, TimeCame())
    jobs.run_due(database, settings)
    return mails(settings)


def mails(settings: Settings) -> list[EmailMessage]:
    found = sorted((settings.home / "outbox").glob("*.eml"))
    return [cast(EmailMessage, BytesParser(policy=policy.default).parsebytes(path.read_bytes())) for path in found]


def bodies(mail: EmailMessage) -> tuple[str, str]:
    return tuple(mail.get_body([kind]).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr, return-value]


def papers_in(mail: EmailMessage) -> list[int]:
    import re

    return [int(number) for number in re.findall(r"/papers/(\d+)", bodies(mail)[0])]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_mail_holds_some_papers_with_reasons_in_the_reader_s_language(
    village: Village, reader: Actor, database: Database, settings: Settings, language: str
) -> None:
    with database.write() as session, session.begin():
        session.execute(sa.update(Account).where(Account.id == reader.account_id).values(language=language))
    (mail,) = look(database, settings)
    text, page = bodies(mail)
    found = papers_in(mail)
    assert FEWEST_MAILED <= len(found) <= MOST_MAILED
    assert {village.topic_of(i) for i in found} == {"lichens"}
    assert not set(village.papers["lichens"][:2]) & set(found)
    assert str(mail["Subject"]).startswith({"en": f"{len(found)} papers for you this week", "zh": f"本周为您推荐的 {len(found)} 篇论文"}[language])
    assert {"en": "because you saved", "zh": "因为您收藏了"}[language] in text
    assert f"{settings.site_url}{'/zh' if language == 'zh' else ''}/papers/{found[0]}" in page
    assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in page
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_mail_a_week_and_no_paper_twice(reader: Actor, database: Database, settings: Settings, clockwork: time_machine.Coordinates) -> None:
    assert len(look(database, settings)) == 1
    assert len(look(database, settings)) == 1
    clockwork.shift(A_WEEK - dt.timedelta(hours=1))
    assert len(look(database, settings)) == 1
    clockwork.shift(dt.timedelta(hours=2))
    first, second = look(database, settings)
    assert not set(papers_in(first)) & set(papers_in(second))


def test_whoever_was_without_a_worker_for_weeks_gets_one_mail(
    reader: Actor, database: Database, settings: Settings, clockwork: time_machine.Coordinates
) -> None:
    clockwork.shift(5 * A_WEEK)
    assert len(look(database, settings)) == 1
    assert len(look(database, settings)) == 1


def test_a_job_that_runs_twice_mails_the_same_papers(reader: Actor, database: Database, settings: Settings) -> None:
    with database.read() as session:
        due = session.get_one(ReaderTaste, reader.account_id).mail_due_at
    assert due is not None
    event = WeeklyMailDue(reader.account_id or 0, due.isoformat())
    for _ in range(2):
        handlers.mail_weekly(database, settings, event)
    one, other = mails(settings)
    assert papers_in(one) == papers_in(other)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(MailedPaper)) == len(papers_in(one))


def test_nothing_is_mailed_when_nothing_is_known_or_nothing_is_left(village: Village, database: Database, settings: Settings) -> None:
    train(database, settings)
    with database.write() as session, session.begin():
        unknown, knows_all = person(session), person(session)
        library.save_many(session, knows_all, [i for ids in village.papers.values() for i in ids][:-2])
        for who in (unknown, knows_all):
            services.want_mail(session, who, is_wanted=True)
    assert look(database, settings) == []


def test_asking_and_ending_and_asking_again_makes_no_second_mail_of_a_week(reader: Actor, database: Database, settings: Settings) -> None:
    assert len(look(database, settings)) == 1
    with database.write() as session, session.begin():
        for is_wanted in (False, True, True):
            services.want_mail(session, reader, is_wanted=is_wanted)
        assert queries.taste_of(session, reader.account_id or 0).wants_mail
    assert len(look(database, settings)) == 1


def test_the_link_of_a_mail_ends_it_and_no_other_link_does(reader: Actor, database: Database, settings: Settings) -> None:
    (mail,) = look(database, settings)
    token = str(mail["List-Unsubscribe"]).strip("<>").rsplit("/", 1)[1]
    for wrong in ("", "x", token[:-1], token.replace(".", ":"), f"{10**30}.papers-of-the-week.00", token.replace("papers-of-the-week", "all")):
        with database.write() as session, session.begin(), pytest.raises(NotFound):
            services.unsubscribe(session, wrong, secret_key=settings.secret_key)
    with database.write() as session, session.begin():
        services.unsubscribe(session, token, secret_key=settings.secret_key)
        assert not queries.taste_of(session, reader.account_id or 0).wants_mail


def test_a_mail_that_was_ended_while_it_waited_is_not_sent(reader: Actor, database: Database, settings: Settings) -> None:
    handlers.look_who_is_due(database, settings, TimeCame())
    with database.write() as session, session.begin():
        services.want_mail(session, reader, is_wanted=False)
    jobs.run_due(database, settings)
    assert mails(settings) == []


def test_who_has_no_address_or_is_suspended_asks_in_vain(database: Database) -> None:
    with database.write() as session, session.begin():
        nowhere = person(session)
        session.execute(sa.update(Account).where(Account.id == nowhere.account_id).values(email=None, email_key=None))
        with pytest.raises(RuleBroken):
            services.want_mail(session, nowhere, is_wanted=True)
        with pytest.raises(NotAllowed):
            services.want_mail(session, person(session, is_suspended=True), is_wanted=True)
