"""Asking: one request of a kind stands on a paper, whoever asks; states follow what is known; limits and waiting as for every text."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from reviewhub.accounts.models import Account
from reviewhub.core import clock
from reviewhub.core.actor import ANYONE, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from reviewhub.papers.services import merge_papers
from reviewhub.resources import answering, moderating, queries, services
from reviewhub.resources.models import ResourceAsker, ResourceRequest
from reviewhub.resources.rules import KINDS, MAX_TEXT_CHARS, NEEDS_WORDS, Standing, state_of
from reviewhub.resources.tickets import allowance_of
from tests.people import person
from tests.resources.asking import LINK, ask, author_of, give, paper, state


def newcomer(session, age: dt.timedelta = dt.timedelta(days=2)) -> Actor:
    who = person(session)
    session.execute(sa.update(Account).where(Account.id == who.account_id).values(joined_at=clock.now() - age))
    return who


def test_who_asks_for_what_was_asked_for_asks_with_them(database: Database) -> None:
    with database.write() as session, session.begin():
        first, second, paper_id = person(session), person(session), paper(session)
        made = services.ask(session, first, paper_id, "data", "The raw recordings.")
        again = services.ask(session, second, paper_id, "data", "The tables would do.")
        assert (made.is_new, again.is_new) == (True, False)
        assert made.request.id == again.request.id
        assert (made.request.n_askers, made.request.state) == (2, "open")
        services.join(session, second, made.request.id)
        assert made.request.n_askers == 2
        (ticket,) = queries.tickets_of(session, paper_id, second)
        assert [one.text for one in ticket.more] == ["The tables would do."]
        assert (ticket.is_asker, ticket.is_own) == (True, False)


def test_the_database_keeps_a_second_request_of_a_kind_out(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        ask(session, person(session), paper_id)
    with database.write() as session:
        session.add(ResourceRequest(paper_id=paper_id, kind="data", text="", asked_at=clock.now()))
        with pytest.raises(IntegrityError):
            session.flush()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_for(database: Database, kind: str) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        assert ask(session, person(session), paper_id, kind, "In Chinese, please.").kind == kind
        if kind in NEEDS_WORDS:
            with pytest.raises(RuleBroken) as broken:
                ask(session, person(session), paper_id, kind, " \u200b ")
            assert broken.value.field == "text"


@pytest.mark.parametrize(
    ("kind", "text", "field"), [("money", "", "kind"), ("", "", "kind"), ("data", "x" * (MAX_TEXT_CHARS + 1), "text"), ("data", "x" * 2_000_000, "text")]
)
def test_bad_requests_change_nothing(database: Database, kind: str, text: str, field: str) -> None:
    with database.write() as session, session.begin():
        who, paper_id = person(session), paper(session)
        with pytest.raises(RuleBroken) as broken:
            ask(session, who, paper_id, kind, text)
        assert broken.value.field == field
        assert session.scalar(sa.select(sa.func.count()).select_from(ResourceRequest)) == 0


def test_only_readers_who_may_write_ask(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        with pytest.raises(NotAllowed):
            ask(session, ANYONE, paper_id)
        with pytest.raises(NotAllowed):
            ask(session, person(session, is_suspended=True), paper_id)
        with pytest.raises(NotFound):
            ask(session, person(session), paper_id + 1)


def test_a_first_text_with_a_link_of_a_new_account_waits_and_bars_nobody(database: Database) -> None:
    with database.write() as session, session.begin():
        new, other, moderator, paper_id = newcomer(session), person(session), person(session, role="moderator"), paper(session)
        waits = ask(session, new, paper_id, "data", f"As at {LINK}")
        assert waits.visibility == "waiting"
        assert services.ask(session, new, paper_id, "data", "Again").request.id == waits.id
        assert queries.briefs_of(session, paper_id) == []
        assert [len(queries.tickets_of(session, paper_id, who)) for who in (new, moderator, other, ANYONE)] == [1, 1, 0, 0]
        shown = ask(session, other, paper_id)
        assert shown.id != waits.id
        united = moderating.release_request(session, moderator, waits.id)
        assert (united.id, united.n_askers) == (shown.id, 2)
        (ticket,) = queries.tickets_of(session, paper_id, ANYONE)
        assert [one.text for one in ticket.more] == [f"As at {LINK}"]
        with pytest.raises(RuleBroken):
            services.join(session, newcomer(session), shown.id, f"Me too {LINK}")


def test_the_limit_of_a_day_is_told_before_it_bites(database: Database) -> None:
    with database.write() as session, session.begin():
        new = newcomer(session, dt.timedelta(hours=1))
        assert new.account_id
        for n in range(5):
            allowance = allowance_of(session, new.account_id)
            assert (allowance.most, allowance.left, allowance.again_at) == (5, 5 - n, None)
            ask(session, new, paper(session, f"Paper {n} on the sleep of mice"))
        allowance = allowance_of(session, new.account_id)
        assert (allowance.left, allowance.again_at is not None) == (0, True)
        with pytest.raises(RuleBroken) as broken:
            ask(session, new, paper(session, "One more paper on something"))
        assert broken.value.field == "text"


def test_who_lets_go_takes_their_words_along(database: Database) -> None:
    with database.write() as session, session.begin():
        first, second, paper_id = person(session), person(session), paper(session)
        request = ask(session, first, paper_id)
        services.join(session, second, request.id)
        services.leave(session, first, request.id)
        assert (request.text, request.account_id, request.n_askers, request.visibility) == ("", None, 1, "shown")
        services.leave(session, second, request.id)
        assert request.visibility == "deleted"
        assert queries.briefs_of(session, paper_id) == []
        assert services.ask(session, second, paper_id, "data", "").is_new


def test_an_author_declines_with_a_reason_and_readers_may_still_answer(database: Database) -> None:
    with database.write() as session, session.begin():
        asker, paper_id = person(session), paper(session)
        request, writer = ask(session, asker, paper_id), author_of(session, paper_id)
        with pytest.raises(NotAllowed):
            services.decline(session, asker, request.id, "I do not want to.")
        with pytest.raises(RuleBroken) as broken:
            services.decline(session, writer, request.id, "No.")
        assert broken.value.field == "reason"
        services.decline(session, writer, request.id, "Patients did not agree to it.")
        assert request.state == "declined"
        with pytest.raises(Conflict):
            services.decline(session, writer, request.id, "Patients did not agree to it.")
        give(session, person(session), request.id)
        assert request.state == "answered"
        assert [(step.what, step.role, step.state) for step in queries.steps_of(session, request.id)] == [
            ("asked", "asker", "open"), ("declined", "author", "declined"), ("answered", "reader", "answered"),
        ]  # fmt: skip


def test_an_author_who_thinks_again_opens_it(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        request, writer = ask(session, person(session), paper_id), author_of(session, paper_id)
        services.decline(session, writer, request.id, "Not before it is published.")
        services.take_back_decline(session, writer, request.id)
        assert request.state == "open"
        with pytest.raises(Conflict):
            services.take_back_decline(session, writer, request.id)


def test_what_is_still_missing_opens_it_again(database: Database) -> None:
    with database.write() as session, session.begin():
        asker, other, paper_id = person(session), person(session), paper(session)
        request = ask(session, asker, paper_id)
        with pytest.raises(Conflict):
            services.ask_again(session, other, request.id, "The second cohort")
        answer = give(session, other, request.id)
        answering.judge(session, asker, answer.id, True)
        assert request.state == "verified"
        services.ask_again(session, other, request.id, "The second cohort is missing.")
        assert (request.state, request.n_askers) == ("open", 2)
        assert queries.steps_of(session, request.id)[-1].note == "The second cohort is missing."
        give(session, asker, request.id, text="It is in the supplement.")
        assert request.state == "answered"


def test_authors_who_do_not_answer_are_out_of_reach(database: Database) -> None:
    with database.write() as session, session.begin():
        asker, paper_id = person(session), paper(session)
        request = ask(session, asker, paper_id)
        with pytest.raises(NotAllowed):
            services.say_unreachable(session, person(session), request.id, "Wrote in May, no answer.")
        with pytest.raises(RuleBroken):
            services.say_unreachable(session, asker, request.id, "No.")
        services.say_unreachable(session, asker, request.id, "Wrote in May, the address is dead.")
        assert request.state == "unreachable"
        services.note_told(session, request.id)
        assert request.state == "unreachable"


def test_two_papers_made_one_keep_every_word(database: Database) -> None:
    with database.write() as session, session.begin():
        first, second = person(session), person(session)
        kept_id, gone_id = paper(session, "The one of both papers"), paper(session, "The other of both papers")
        kept, gone = ask(session, first, kept_id, text="Mine."), ask(session, second, gone_id, text="Theirs.")
        code = ask(session, second, gone_id, "code")
        give(session, person(session), gone.id)
        merge_papers(session, kept_id, gone_id, movers=[moderating.move_to])
    with database.read() as session:
        found = {one.kind: one for one in queries.tickets_of(session, kept_id, ANYONE)}
        assert (found["data"].id, found["data"].state, found["data"].n_askers, len(found["data"].answers)) == (kept.id, "answered", 2, 1)
        assert [one.text for one in found["data"].more] == ["Theirs."]
        assert found["code"].id == code.id


def test_a_moderator_hides_and_restores_but_not_what_is_their_own(database: Database) -> None:
    with database.write() as session, session.begin():
        asker, moderator, paper_id = person(session), person(session, role="moderator"), paper(session)
        request = ask(session, asker, paper_id)
        answer = give(session, person(session), request.id)
        own = ask(session, moderator, paper_id, "code")
        for forbidden, who, thing in (
            (moderating.hide_request, asker, request.id), (moderating.hide_request, moderator, own.id), (moderating.hide_answer, asker, answer.id)
        ):  # fmt: skip
            with pytest.raises(NotAllowed):
                forbidden(session, who, thing)
        moderating.hide_answer(session, moderator, answer.id)
        assert (request.state, request.n_answers) == ("open", 0)
        with pytest.raises(Conflict):
            moderating.hide_answer(session, moderator, answer.id)
        moderating.restore_answer(session, moderator, answer.id)
        assert state(session, request.id) == "answered"
        moderating.hide_request(session, moderator, request.id)
        assert [one.kind for one in queries.briefs_of(session, paper_id)] == ["code"]
        with pytest.raises(Conflict):
            services.join(session, asker, request.id)
        moderating.restore_request(session, moderator, request.id)
        assert len(queries.briefs_of(session, paper_id)) == 2


def test_states_by_what_is_known() -> None:
    facts = {"is_declined": False, "is_unreachable": False, "is_told": False}
    assert state_of([], **facts) == "open"
    assert state_of([], **facts | {"is_told": True}) == "told"
    assert state_of([], **facts | {"is_unreachable": True, "is_told": True}) == "unreachable"
    assert state_of([], **facts | {"is_declined": True, "is_unreachable": True}) == "declined"
    assert state_of([Standing()], **facts | {"is_declined": True}) == "answered"
    assert state_of([Standing(n_works=1), Standing()], **facts) == "verified"
    assert state_of([Standing(n_works=1, n_fails=1)], **facts) == "answered"
    assert state_of([Standing(n_fails=1)], **facts) == "open"
    assert state_of([Standing(n_works=9, is_dead=True)], **facts) == "open"
    assert state_of([Standing(n_works=9, is_after_reopening=False)], **facts | {"is_told": True}) == "told"


def test_nobody_asks_twice_by_joining(database: Database) -> None:
    with database.write() as session, session.begin():
        who, paper_id = person(session), paper(session)
        request = ask(session, who, paper_id)
        services.join(session, who, request.id)
        assert session.scalar(sa.select(sa.func.count()).select_from(ResourceAsker)) == 1
