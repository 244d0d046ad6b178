"""Reports, verdicts, suspensions and pseudonyms: who may, what follows, what stands in the log."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine

from reviewhub.accounts.models import Account
from reviewhub.core import clock
from reviewhub.core.actor import ANYONE, KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from reviewhub.discussion import queries as discussion
from reviewhub.events import TimeCame
from reviewhub.moderation import log, queries, services, targets, unmasking
from reviewhub.moderation.cases import cases
from reviewhub.moderation.handlers import end_suspensions
from reviewhub.moderation.models import Report
from reviewhub.moderation.rules import REPORTS_A_DAY, UNMASKING_LASTS
from reviewhub.resources.models import ResourceAnswer, ResourceRequest
from tests.discussion.talk import make_author, paper, say
from tests.people import person

REASON = "Names a person who has no part in it."


def actions(database: Database) -> list[str]:
    with database.read() as session:
        assert list(log.faults(session)) == []
        return [line.action for line in log.lines(session)][::-1]


def test_a_report_gets_a_verdict_and_the_text_goes(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        comment = say(session, person(session), paper_id, "Dr X is a fraud")
        readers, moderator = [person(session), person(session)], person(session, role="moderator")
        first = services.report(session, readers[0], "comment", comment.id, "personal-information", "It names him.")
        assert services.report(session, readers[0], "comment", comment.id, "abuse").id == first.id
        second = services.report(session, readers[1], "comment", comment.id, "abuse")
        (waiting,) = queries.waiting_reports(session, moderator)
        assert (waiting.first_id, waiting.reasons, waiting.notes) == (first.id, ("personal-information", "abuse"), ("It names him.",))
        services.decide_report(session, moderator, second.id, "upheld", REASON)
        assert queries.waiting_reports(session, moderator) == []
        assert discussion.threads(session, paper_id, ANYONE).threads[0].visibility == "hidden"
        for reader in readers:
            (told,) = queries.reports_of(session, reader.account_id or 0)
            assert (told.verdict, told.verdict_reason) == ("upheld", REASON)
        with pytest.raises(Conflict):
            services.decide_report(session, moderator, first.id, "dismissed", REASON)
        services.restore(session, moderator, "comment", comment.id, "An appeal was heard.")
    assert actions(database) == ["uphold-report", "restore"]


def test_a_dismissed_report_changes_nothing(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        comment = say(session, person(session), paper_id)
        made = services.report(session, person(session), "comment", comment.id, "off-topic")
        services.decide_report(session, person(session, role="admin"), made.id, "dismissed", "It is about the paper.")
        assert discussion.threads(session, paper_id, ANYONE).threads[0].visibility == "shown"
    with database.read() as session:
        (line,) = log.lines(session)
    assert (line.role, line.action, line.target, line.facts) == ("admin", "dismiss-report", f"comment:{comment.id}", {"reasons": ["off-topic"], "n_reports": 1})


def test_bad_reports_are_told(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        writer, reader = person(session), person(session)
        comment = say(session, writer, paper_id)
        for reason, note, field in (
            ("", "", "reason"),
            ("ugly", "", "reason"),
            ("other", " ", "note"),
            ("spam", "x" * 2001, "note"),
            ("spam", "x" * 10**6, "note"),
        ):
            with pytest.raises(RuleBroken) as broken:
                services.report(session, reader, "comment", comment.id, reason, note)
            assert broken.value.field == field
        with pytest.raises(NotAllowed):
            services.report(session, ANYONE, "comment", comment.id, "spam")
        for kind, thing in (("comment", 99), ("paper", paper_id)):
            with pytest.raises(NotFound):
                services.report(session, reader, kind, thing, "spam")
        now = clock.now()
        rows = [
            {"target_kind": "comment", "target_id": 1000 + n, "reason": "spam", "account_id": reader.account_id, "reported_at": now}
            for n in range(REPORTS_A_DAY)
        ]
        session.execute(sa.insert(Report), rows)
        with pytest.raises(RuleBroken):
            services.report(session, reader, "comment", comment.id, "spam")


def test_nobody_decides_in_their_own_matter(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        wrote = person(session, role="moderator")
        comment = say(session, wrote, paper_id)
        reports = person(session, role="moderator")
        made = services.report(session, reports, "comment", comment.id, "spam")
        of_paper = make_author(session, person(session, role="moderator"))
        for judge in (wrote, reports, of_paper, person(session), ANYONE, person(session, role="moderator", is_suspended=True)):
            with pytest.raises(NotAllowed):
                services.decide_report(session, judge, made.id, "upheld", REASON)
        with pytest.raises(RuleBroken) as broken:
            services.decide_report(session, person(session, role="moderator"), made.id, "upheld", "Bad")
        assert broken.value.field == "reason"
    assert actions(database) == []


def test_every_act_is_in_the_log(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        moderator, new = person(session, role="moderator"), person(session, joined_at=clock.now())
        waiting = say(session, new, paper_id, "See https://example.org")
        assert queries.waiting_texts(session, moderator) == [("comment", waiting.id)]
        services.release(session, moderator, "comment", waiting.id, "A real link to data.")
        services.hide(session, moderator, "comment", waiting.id, "It was no data at all.")
        services.restore(session, moderator, "comment", waiting.id, "It was, further down.")
        services.lock_thread(session, moderator, waiting.id, "All has been said.")
        services.lock_thread(session, moderator, waiting.id, "Not all, after all.", is_locked=False)
        services.lock_record(session, moderator, paper_id, "Threats on both sides.")
    assert actions(database) == ["release", "hide", "restore", "lock", "unlock", "lock"]


def test_a_suspension_ends_by_itself(database: Database) -> None:
    with database.write() as session, session.begin():
        moderator, loud = person(session, role="moderator"), person(session)
        with pytest.raises(RuleBroken):
            services.suspend(session, moderator, loud.account_id or 0, REASON, until=clock.now() - dt.timedelta(days=1))
        services.suspend(session, moderator, loud.account_id or 0, REASON, until=clock.now() + dt.timedelta(days=3))
        for_good = person(session)
        services.suspend(session, KEEPER, for_good.account_id or 0, REASON)

    def suspended() -> set[int]:
        end_suspensions(database, None, TimeCame())
        end_suspensions(database, None, TimeCame())
        with database.read() as session:
            return set(session.scalars(sa.select(Account.id).where(Account.is_suspended)))

    assert suspended() == {loud.account_id, for_good.account_id}
    with time_machine.travel(clock.now() + dt.timedelta(days=3, minutes=1)):
        assert suspended() == {for_good.account_id}
    assert actions(database) == ["suspend", "suspend", "end-suspension"]


def test_two_moderators_look_behind_a_pseudonym_and_the_log_says_so(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        masked, first, second, third = person(session), *(person(session, role="moderator") for _ in range(3))
        comment = say(session, masked, paper_id, is_pseudonymous=True)
        named = say(session, person(session), paper_id)
        with pytest.raises(NotFound):
            unmasking.ask(session, first, named.id, REASON)
        with pytest.raises(NotAllowed):
            unmasking.ask(session, person(session), comment.id, REASON)
        asked = unmasking.ask(session, first, comment.id, REASON)
        with pytest.raises(Conflict):
            unmasking.ask(session, second, comment.id, REASON)
        _refused(lambda: unmasking.look(session, first, asked.id), lambda: unmasking.agree(session, first, asked.id))
        assert [one.is_own for one in queries.unmaskings(session, first)] == [True]
        unmasking.agree(session, second, asked.id)
        with pytest.raises(Conflict):
            unmasking.agree(session, third, asked.id)
        _refused(lambda: unmasking.look(session, third, asked.id), lambda: unmasking.look(session, KEEPER, asked.id))
        assert unmasking.look(session, first, asked.id) == unmasking.look(session, second, asked.id) == masked.account_id
        with time_machine.travel(clock.now() + UNMASKING_LASTS + dt.timedelta(minutes=1)), pytest.raises(Conflict):
            unmasking.look(session, first, asked.id)
        told = repr([queries.unmaskings(session, third), log.lines(session)])
        assert f"account_id={masked.account_id}" not in told
    assert actions(database) == ["ask-unmasking", "agree-unmasking", "look-behind-pseudonym", "look-behind-pseudonym"]


def test_a_moderator_s_own_pseudonym_is_not_theirs_to_judge(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        own: Actor = person(session, role="moderator")
        comment = say(session, own, paper_id, is_pseudonymous=True)
        _refused(lambda: unmasking.ask(session, own, comment.id, REASON), lambda: services.hide(session, own, "comment", comment.id, REASON))


def _refused(*tries: object) -> None:
    for one in tries:
        assert callable(one)
        with pytest.raises(NotAllowed):
            one()


def test_requests_and_answers_are_reported_and_judged_alike(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id, moderator = paper(session), person(session, role="moderator")
        now = clock.now()
        request = ResourceRequest(paper_id=paper_id, kind="data", text="Please share", account_id=person(session).account_id, asked_at=now, n_askers=1)
        session.add(request)
        session.flush()
        answer = ResourceAnswer(request_id=request.id, text="Buy it here", account_id=person(session).account_id, answered_at=now, visibility="waiting")
        session.add(answer)
        session.flush()
        assert queries.waiting_texts(session, moderator) == [("answer", answer.id)]
        services.release(session, moderator, "answer", answer.id, "It is a real answer.")
        for kind, target_id in (("answer", answer.id), ("request", request.id)):
            made = services.report(session, person(session), kind, target_id, "spam")
            (case,) = cases(session, moderator, [(kind, target_id)])
            assert (case.report_id, case.own, [one.reason for one in case.reports]) == (made.id, "", ["spam"])
            services.decide_report(session, moderator, made.id, "upheld", REASON)
            assert targets.find(session, kind, target_id).visibility == "hidden"
    assert actions(database) == ["release", "uphold-report", "uphold-report"]
