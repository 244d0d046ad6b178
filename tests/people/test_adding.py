"""What authors add to the record of their own paper, and only they."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewhub.core.actor import ANYONE, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotAllowed, NotFound, RuleBroken
from reviewhub.people import adding, belongings, services
from tests.people.conftest import LEI, MING, ORCID, OTHER_ORCID, AddPaper
from tests.people.test_claiming import claim, somebody


def add(database: Database, who: Actor, paper_id: int, **given: str) -> None:
    with database.write() as session, session.begin():
        adding.add_word(session, who, paper_id, **given)  # type: ignore[arg-type]


def words(database: Database, paper_id: int) -> list[tuple[str, str, str]]:
    with database.read() as session:
        return [(one.kind, one.language, one.text) for one in adding.words_of(session, paper_id)]


@pytest.fixture
def lei(database: Database) -> Actor:
    return somebody(database, orcid=ORCID)


def test_an_author_adds_changes_and_takes_back(database: Database, paper: AddPaper, lei: Actor) -> None:
    paper_id = paper(LEI, MING)
    claim_id = claim(database, lei, paper_id)
    add(database, lei, paper_id, kind="summary", language="zh", text="运动可以减轻卒中后疼痛。\r\n\x00")
    add(database, lei, paper_id, kind="summary", language="en", text="A first try.")
    add(database, lei, paper_id, kind="summary", language="en", text="Exercise <b>eases</b> pain after a stroke.")
    add(database, lei, paper_id, kind="code", text="https://code.example/pain")
    assert words(database, paper_id) == [
        ("code", "", "https://code.example/pain"), ("summary", "en", "Exercise <b>eases</b> pain after a stroke."), ("summary", "zh", "运动可以减轻卒中后疼痛。"),
    ]  # fmt: skip
    add(database, lei, paper_id, kind="code", text="")
    assert len(words(database, paper_id)) == 2
    with database.read() as session:
        [claims] = [file.content for file in belongings.export(session, lei.account_id or 0) if file.path == "claims.json"]
        assert [one["language"] for one in claims[0]["added"]] == ["en", "zh"]
    with database.write() as session, session.begin():
        services.withdraw(session, lei, claim_id)
    assert words(database, paper_id) == []


def test_only_the_corresponding_author_or_any_where_none_is_marked(database: Database, paper: AddPaper, lei: Actor) -> None:
    ming = somebody(database, "Ming Li", orcid=OTHER_ORCID)
    paper_id = paper(replace(LEI, is_corresponding=True), replace(MING, orcid=OTHER_ORCID))
    claim(database, ming, paper_id, 2)
    for who in (ming, lei, ANYONE):
        with pytest.raises(NotAllowed):
            add(database, who, paper_id, kind="summary", language="en", text="Mine.")
    claim(database, lei, paper_id)
    add(database, lei, paper_id, kind="summary", language="en", text="Mine.")
    with database.read() as session:
        assert [adding.may_add(session, who, paper_id) for who in (lei, ming, ANYONE)] == [True, False, False]
    with pytest.raises(NotFound):
        add(database, lei, 999, kind="summary", language="en", text="Mine.")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "verdict", "language": "en", "text": "x"}, "kind"), ({"kind": "title", "language": "fr", "text": "x"}, "language"),
        ({"kind": "title", "text": "x"}, "language"), ({"kind": "code", "language": "en", "text": "https://code.example"}, "language"),
        ({"kind": "data", "text": "javascript:alert(1)"}, "text"), ({"kind": "summary", "language": "en", "text": "x" * 1_501}, "text"),
    ],
)  # fmt: skip
def test_what_is_no_such_thing_is_refused(database: Database, paper: AddPaper, lei: Actor, given: dict[str, str], field: str) -> None:
    paper_id = paper(LEI, MING)
    claim(database, lei, paper_id)
    with pytest.raises(RuleBroken) as broken:
        add(database, lei, paper_id, **given)
    assert broken.value.field == field
    assert words(database, paper_id) == []
