"""Names and pseudonyms: the same in one record, unlinkable across, and told by nothing."""

from __future__ import annotations

import dataclasses

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.core.actor import ANYONE
from reviewhub.core.db import Database
from reviewhub.core.errors import RuleBroken
from reviewhub.discussion import belongings, queries
from reviewhub.discussion.models import Comment
from reviewhub.discussion.rules import pseudonym
from reviewhub.discussion.services import delete, edit, roles_in, set_state
from tests.discussion.talk import ORCID, make_author, paper, say
from tests.people import person


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.text(min_size=1))
def test_a_pseudonym_depends_on_account_record_and_secret(account_id: int, paper_id: int, secret: str) -> None:
    code = pseudonym(secret, account_id, paper_id)
    assert code == pseudonym(secret, account_id, paper_id)
    assert len(code) == 6
    assert code.isalnum()
    others = {pseudonym(secret, account_id, paper_id + 1), pseudonym(secret, account_id + 1, paper_id), pseudonym(secret + "x", account_id, paper_id)}
    assert code not in others


def test_the_same_in_a_record_and_another_elsewhere(database: Database) -> None:
    with database.write() as session, session.begin():
        here, there = paper(session, "Here"), paper(session, "There")
        who, other = person(session), person(session)
        codes = [say(session, who, here, text, is_pseudonymous=True).pseudonym for text in ("One", "Two")]
        assert codes[0] == codes[1] != ""
        assert say(session, who, there, is_pseudonymous=True).pseudonym != codes[0]
        assert say(session, other, here, is_pseudonymous=True).pseudonym != codes[0]


def test_one_account_has_one_voice_in_a_record(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        named, masked = person(session), person(session)
        say(session, named, paper_id)
        with pytest.raises(RuleBroken, match="second voice"):
            say(session, named, paper_id, "Quite so", is_pseudonymous=True)
        hidden = say(session, masked, paper_id, is_pseudonymous=True)
        with pytest.raises(RuleBroken) as broken:
            say(session, masked, paper_id, "Quite so")
        assert broken.value.field == "is_pseudonymous"
        delete(session, masked, hidden.id)
        assert say(session, masked, paper_id, "Quite so").pseudonym == ""


def test_an_author_writes_under_the_name(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id, elsewhere = paper(session), paper(session, "Of others", orcid=None)
        author = make_author(session, person(session))
        with pytest.raises(RuleBroken):
            say(session, author, paper_id, is_pseudonymous=True)
        assert say(session, author, paper_id, "As we said", "author-reply").is_author
        say(session, author, elsewhere, is_pseudonymous=True)
        (thread,) = queries.threads(session, elsewhere, ANYONE).threads
        assert (thread.voice.is_author_elsewhere, thread.voice.is_author, thread.voice.conflict) == (True, False, "")


def test_nothing_that_is_read_tells_whose_it_is(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        who = person(session, "Ernestine Uniquename", email="ernestine@uniquename.example")
        named = person(session, "Named Reader")
        question = say(session, who, paper_id, "How many?", "question", is_pseudonymous=True)
        edit(session, who, question.id, "How many?!", seen_version=1)
        set_state(session, who, question.id, "answered", note="Found it")
        say(session, who, paper_id, "Found it", parent_id=question.id, is_pseudonymous=True)
        of_named = say(session, named, paper_id, "And I?", "question")
        told = [queries.threads(session, paper_id, reader) for reader in (ANYONE, named, person(session, role="moderator"))]
        told += [queries.comment_of(session, question.id, named), queries.history_of(session, question.id), queries.states_of(session, question.id)]
        assert "Ernestine" not in repr(told)
        assert "uniquename" not in repr(told)
        assert f"account_id={who.account_id}," not in repr(told)
        assert f"account_id={named.account_id}," in repr(told)
        said = queries.comment_of(session, question.id, ANYONE)
        assert said is not None
        assert (said.written_at.minute, said.written_at.second, said.written_at.microsecond) == (0, 0, 0)
        assert [one.at.minute for one in (*queries.history_of(session, question.id), *queries.states_of(session, question.id))] == [0, 0]
        assert of_named.id
        assert [field.name for field in dataclasses.fields(queries.Said) if "account" in field.name] == []


def test_the_owner_of_an_account_takes_comments_along_or_leaves_them(database: Database) -> None:
    with database.write() as session, session.begin():
        paper_id = paper(session)
        who = person(session)
        erased, left = say(session, who, paper_id, "Erase me", is_pseudonymous=True), say(session, who, paper_id, "Leave me", is_pseudonymous=True)
        keys = [item.key for item in belongings.items(session, who.account_id or 0)]
        assert keys == [f"comment:{left.id}", f"comment:{erased.id}"]
        files = {file.path: file.content for file in belongings.export(session, who.account_id or 0)}
        assert [one["text"] for one in files["comments.json"]] == ["Erase me", "Leave me"]
        belongings.release(session, who.account_id or 0, keys[:1])
        belongings.erase(session, who.account_id or 0, keys[1:])
        assert session.scalars(sa.select(Comment.account_id)).all() == [None, None]
        assert [(one.visibility, one.text, bool(one.voice.pseudonym)) for one in queries.threads(session, paper_id, ANYONE).threads] == [
            ("shown", "Leave me", True),
            ("deleted", "", False),
        ]
        assert queries.counts_of(session, paper_id).n_comments == 1


def test_an_id_on_the_paper_alone_makes_nobody_its_author(database: Database) -> None:
    """Metadata put co-authors' iDs on the wrong names: the mark and the word of an author take a claim. A second voice is refused all the same."""
    with database.write() as session, session.begin():
        paper_id = paper(session)
        reader = person(session, "Somebody Else", orcid=ORCID)
        with pytest.raises(RuleBroken) as broken:
            say(session, reader, paper_id, "As its author I say so.", "author-reply")
        assert broken.value.field == "kind"
        with pytest.raises(RuleBroken) as broken:
            say(session, reader, paper_id, "Nobody will know.", is_pseudonymous=True)
        assert broken.value.field == "is_pseudonymous"
        error = say(session, person(session), paper_id, "Table 2 does not add up.", "suspected-error")
        assert roles_in(session, reader, error) == []
        said = say(session, reader, paper_id, "I say so.")
        assert (said.is_author, said.conflict) == (False, "own-paper")
