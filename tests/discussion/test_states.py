"""States of questions and suspected errors: who sets which, and what of it can be read."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from reviewhub.core.actor import ANYONE
from reviewhub.core.db import Database
from reviewhub.core.errors import Conflict, NotAllowed, RuleBroken
from reviewhub.discussion import queries
from reviewhub.discussion.rules import ERROR, QUESTION, STATES, states_for
from reviewhub.discussion.services import delete, set_state
from reviewhub.papers.models import Paper
from tests.discussion.talk import make_author, paper, say
from tests.people import person


@pytest.mark.parametrize(
    ("kind", "state", "roles", "has_notice", "may"),
    [
        (QUESTION, "open", ["asker"], False, ("answered", "unresolved")),
        (QUESTION, "open", ["author"], False, ("answered",)),
        (QUESTION, "answered", ["asker"], False, ("open", "unresolved")),
        (QUESTION, "open", [], False, ()),
        (ERROR, "open", ["asker"], True, ("unresolved",)),
        (ERROR, "open", ["author"], False, ("confirmed", "rebutted")),
        (ERROR, "confirmed", ["author"], True, ("corrected", "rebutted")),
        (ERROR, "confirmed", ["asker"], True, ()),
        (ERROR, "open", ["moderator"], True, ("corrected", "unresolved")),
        ("remark", "", ["author", "moderator"], True, ()),
    ],
)
def test_who_may_set_what(kind: str, state: str, roles: list[str], has_notice: bool, may: tuple[str, ...]) -> None:
    assert states_for(kind, state, roles, has_notice=has_notice) == may


def test_an_author_confirms_and_the_record_says_so(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        asker, author = person(session), make_author(session, person(session, "Josiah Carberry"))
        error = say(session, asker, paper_id, "The sign is wrong.", ERROR)
        with pytest.raises(NotAllowed):
            set_state(session, person(session), error.id, "confirmed")
        with pytest.raises(RuleBroken):
            set_state(session, asker, error.id, "confirmed")
        set_state(session, author, error.id, "confirmed", note="Indeed.")
        with pytest.raises(RuleBroken):
            set_state(session, author, error.id, "corrected")  # no notice says so
        session.execute(sa.update(Paper).where(Paper.id == paper_id).values(is_corrected=True))
        set_state(session, author, error.id, "corrected")
        counts = queries.counts_of(session, paper_id)
        assert (counts.n_open_errors, counts.n_confirmed_errors, counts.n_corrected_errors) == (0, 0, 1)
        assert [(one.state, one.role, one.name, one.note) for one in queries.states_of(session, error.id)] == [
            ("corrected", "author", "Josiah Carberry", ""),
            ("confirmed", "author", "Josiah Carberry", "Indeed."),
        ]


def test_a_moderator_s_state_is_none_of_their_own(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        moderator = person(session, role="moderator")
        question = say(session, moderator, paper_id, "Why?", QUESTION)
        assert set_state(session, moderator, question.id, "unresolved").role == "asker"
        of_other = say(session, person(session), paper_id, "Why not?", QUESTION)
        assert set_state(session, moderator, of_other.id, "unresolved").role == "moderator"


@pytest.mark.parametrize("state", ["", "solved", "confirmed", "open"])
def test_a_state_that_is_none_is_refused(database: Database, state: str) -> None:
    assert state not in STATES[1:2]
    with database.write() as session, session.begin():
        asker = person(session)
        question = say(session, asker, paper(session), "Why?", QUESTION)
        with pytest.raises(RuleBroken) as broken:
            set_state(session, asker, question.id, state)
        assert broken.value.field == "state"


def test_a_tombstone_has_no_state(database: Database) -> None:
    with database.write() as session, session.begin():
        asker, paper_id = person(session), paper(session)
        question = say(session, asker, paper_id, "Why?", QUESTION)
        set_state(session, asker, question.id, "answered")
        delete(session, asker, question.id)
        with pytest.raises(Conflict):
            set_state(session, asker, question.id, "open")
        assert queries.states_of(session, question.id) == []
        assert queries.comment_of(session, question.id, ANYONE) is not None
