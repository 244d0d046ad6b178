"""Keeping papers: once each, with tags, notes and states of one's own; lists for others; and what becomes of it all when papers merge or accounts end."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy.orm import Session

from reviewhub.accounts.erasing import delete_account
from reviewhub.core.actor import ANYONE, KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotAllowed, NotFound, RuleBroken
from reviewhub.library import belongings, lists, queries, rules, services
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update, merge_papers
from tests.people import person


@pytest.fixture
def papers(database: Database) -> list[int]:
    with database.write() as session, session.begin():
        return [o.paper_id or 0 for o in add_or_update(session, KEEPER, [PaperRecord("hand", title=f"Paper on subject {n}") for n in range(60)])]


@pytest.fixture
def reader(database: Database) -> Actor:
    with database.write() as session, session.begin():
        return person(session)


def own(actor: Actor) -> int:
    assert actor.account_id is not None
    return actor.account_id


def test_a_paper_is_kept_once_and_goes_with_its_tags(database: Database, papers: list[int], reader: Actor) -> None:
    with database.write() as session, session.begin():
        services.save(session, reader, papers[0], state="reading")
        services.save(session, reader, papers[0])
        services.set_tags(session, reader, papers[0], "pain, 中风；Pain ,  to   cite")
        services.set_note(session, reader, papers[0], "See page 3.\r\nThen page 4.\x00")
    with database.read() as session:
        (kept,) = queries.library_page(session, own(reader)).items
        assert (kept.paper_id, kept.state, kept.note, set(kept.tags)) == (papers[0], "reading", "See page 3.\nThen page 4.", {"pain", "中风", "to cite"})
        assert queries.states_of(session, own(reader), papers) == {papers[0]: "reading"}
    with database.write() as session, session.begin():
        services.remove(session, reader, papers[0])
        services.remove(session, reader, papers[0])
        assert queries.tags_of(session, own(reader)) == []
        assert queries.library_page(session, own(reader)).items == []


def test_pages_of_a_library_show_every_paper_once(database: Database, papers: list[int], reader: Actor) -> None:
    with database.write() as session, session.begin():
        assert services.save_many(session, reader, [*papers, *papers, 999_999], tags=["all"]) == len(papers)
    with database.read() as session:
        for sort in queries.SORTS:
            pages, place = [], 0
            for _ in itertools.count():
                page = queries.library_page(session, own(reader), sort=sort, after=place, size=7)
                pages.append([item.paper_id for item in page.items])
                if not (place := page.after):
                    break
            seen = [paper for page in pages for paper in page]
            assert sorted(seen) == papers
            back, place = [pages[-1]], page.before
            while place:
                page = queries.library_page(session, own(reader), sort=sort, before=place, size=7)
                back.append([item.paper_id for item in page.items])
                place = page.before
            assert back[::-1] == pages
            if sort == "saved":
                assert queries.kept_by(session, own(reader)) == seen
        assert queries.n_kept(session, own(reader)) == len(papers)
        assert queries.tags_of(session, own(reader)) == [("all", len(papers))]
        assert queries.counts_of(session, own(reader)) == {"to-read": len(papers), "reading": 0, "read": 0}


def test_a_library_narrows_to_a_state_or_a_tag(database: Database, papers: list[int], reader: Actor) -> None:
    with database.write() as session, session.begin():
        services.save_many(session, reader, papers[:4])
        services.set_state(session, reader, papers[1], "read")
        services.set_tags(session, reader, papers[2], ["Pain"])
        assert [i.paper_id for i in queries.library_page(session, own(reader), queries.Part(state="read")).items] == [papers[1]]
        assert [i.paper_id for i in queries.library_page(session, own(reader), queries.Part(tag="PAIN")).items] == [papers[2]]
        assert queries.kept_by(session, own(reader), queries.Part(tag="pain")) == [papers[2]]
        assert len(queries.library_page(session, own(reader), queries.Part(state="nonsense")).items) == 4


@pytest.mark.parametrize("actor", [ANYONE, KEEPER, Actor("account", 1, "reader", is_suspended=True), Actor("account", 999_999, "reader")])
def test_only_a_reader_keeps_papers(database: Database, papers: list[int], actor: Actor) -> None:
    with database.write() as session, session.begin():
        for act in (
            lambda: services.save(session, actor, papers[0]),
            lambda: lists.make_list(session, actor, title="Mine"),
            lambda: services.hand_in(session, actor, b"x", "x"),
        ):
            with pytest.raises(NotAllowed):
                act()


def test_what_is_not_there_or_too_much_is_refused_and_changes_nothing(
    database: Database, papers: list[int], reader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session, session.begin():
        services.save(session, reader, papers[0])
        with pytest.raises(NotFound):
            services.save(session, reader, 999_999)
        with pytest.raises(NotFound):
            services.set_note(session, reader, papers[1], "not kept")
        for field, act in (
            ("state", lambda: services.set_state(session, reader, papers[0], "finished")),
            ("note", lambda: services.set_note(session, reader, papers[0], "x" * (rules.MAX_NOTE_CHARS + 1))),
            ("tags", lambda: services.set_tags(session, reader, papers[0], "x" * (rules.MAX_TAG_CHARS + 1))),
            ("tags", lambda: services.set_tags(session, reader, papers[0], [str(n) for n in range(rules.MOST_TAGS + 1)])),
            ("title", lambda: lists.make_list(session, reader, title=" \u200b ")),
            ("title", lambda: lists.make_list(session, reader, title="x" * (rules.MAX_TITLE_CHARS + 1))),
            ("file", lambda: services.hand_in(session, reader, b" \n", "empty.bib")),
        ):
            with pytest.raises(RuleBroken) as refused:
                act()
            assert refused.value.field == field
        monkeypatch.setattr(services, "MOST_ITEMS", 3)
        with pytest.raises(RuleBroken):
            services.save_many(session, reader, papers[:4])
        assert [i.paper_id for i in queries.library_page(session, own(reader)).items] == [papers[0]]


def test_a_private_list_is_its_owner_s_and_a_public_one_everybody_s(database: Database, papers: list[int], reader: Actor) -> None:
    with database.write() as session, session.begin():
        other = person(session)
        made = lists.make_list(session, reader, title="Pain after stroke", description="For students.")
        for paper in (papers[3], papers[1], papers[3]):
            lists.put_on_list(session, reader, made.id, paper)
        assert queries.list_shown(session, reader, made.id).paper_ids == [papers[3], papers[1]]
        for stranger in (ANYONE, other, Actor("account", own(other), "admin")):
            with pytest.raises(NotFound):
                queries.list_shown(session, stranger, made.id)
        assert queries.lists_with(session, papers[3]) == []
        lists.change_list(session, reader, made.id, title="Pain", description="", is_public=True)
        assert queries.list_shown(session, ANYONE, made.id).line.n_papers == 2
        assert [line.title for line in queries.lists_with(session, papers[3])] == ["Pain"]
        assert [line.id for line in queries.lists_of(session, own(reader), only_public=True)] == [made.id]
        for act in (lists.delete_list, lambda *who: lists.put_on_list(*who, papers[0]), lambda *who: lists.take_off_list(*who, papers[1])):
            with pytest.raises(NotFound):
                act(session, other, made.id)
        lists.take_off_list(session, reader, made.id, papers[3])
        assert queries.list_shown(session, ANYONE, made.id).paper_ids == [papers[1]]
        lists.delete_list(session, reader, made.id)
        assert queries.lists_of(session, own(reader)) == []


def merged(session: Session, kept: int, gone: int) -> None:
    merge_papers(session, kept, gone, movers=[services.move_to])
    session.flush()


def test_papers_that_turn_out_to_be_one_are_kept_once_with_everything_that_was_said(database: Database, papers: list[int], reader: Actor) -> None:
    kept, gone = papers[:2]
    with database.write() as session, session.begin():
        other = person(session)
        services.save_many(session, reader, [kept, gone])
        services.save(session, other, gone)
        services.set_tags(session, reader, kept, "a, b")
        services.set_tags(session, reader, gone, "B, c")
        services.set_note(session, reader, gone, "of the second")
        services.set_state(session, reader, gone, "read")
        services.set_tags(session, other, gone, "mine")
        made = [lists.make_list(session, reader, title=str(n)).id for n in range(2)]
        lists.put_on_list(session, reader, made[0], kept, note="first")
        lists.put_on_list(session, reader, made[0], gone, note="second")
        lists.put_on_list(session, reader, made[1], gone, note="alone")
    with database.write() as session, session.begin():
        merged(session, kept, gone)
    with database.read() as session:
        (item,) = queries.library_page(session, own(reader)).items
        assert (item.paper_id, item.state, item.note, set(item.tags)) == (kept, "read", "of the second", {"a", "b", "c"})
        (theirs,) = queries.library_page(session, own(other)).items
        assert (theirs.paper_id, theirs.tags) == (kept, ("mine",))
        assert [queries.list_shown(session, reader, i).paper_ids for i in made] == [[kept], [kept]]
        assert [queries.list_shown(session, reader, i).notes for i in made] == [{kept: "first\n\nsecond"}, {kept: "alone"}]


def test_an_account_takes_its_library_with_it_and_can_have_it_before(database: Database, papers: list[int], reader: Actor) -> None:
    with database.write() as session, session.begin():
        services.save(session, reader, papers[0])
        services.set_tags(session, reader, papers[0], "pain")
        made = lists.make_list(session, reader, title="Mine", is_public=True)
        lists.put_on_list(session, reader, made.id, papers[2])
        library, shown = belongings.export(session, own(reader))
        assert [(entry["paper"], entry["tags"], entry["state"]) for entry in library.content] == [(papers[0], ["pain"], "to-read")]
        assert [(entry["title"], [p["paper"] for p in entry["papers"]]) for entry in shown.content] == [("Mine", [papers[2]])]
        delete_account(session, own(reader), keep=[], belongings=[belongings])
    with database.read() as session:
        assert queries.library_page(session, own(reader)).items == []
        assert queries.lists_with(session, papers[2]) == []
