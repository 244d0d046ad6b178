"""The feed of one reader: of their field, new to them, with true reasons; and something good for whoever is not known yet."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub.accounts.models import Account
from reviewhub.config import Settings
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotAllowed, NotFound, RuleBroken
from reviewhub.library import services as library
from reviewhub.library.models import LibraryItem
from reviewhub.papers.models import Paper
from reviewhub.papers.record import Author, PaperRecord, Relation
from reviewhub.papers.record import Keyword as KeywordSaid
from reviewhub.papers.services import add_or_update, merge_papers
from reviewhub.ratings.services import Given, rate
from reviewhub.recommendations import belongings, feed, queries, services
from reviewhub.recommendations.feed import Feed, Filters, feed_for
from reviewhub.recommendations.training import train
from tests.people import person, rated

from .conftest import Village, record, settle
from .test_related import break_model


def asked(database: Database, settings: Settings, who: Actor, **filters: object) -> Feed:
    with database.read() as session:
        return feed_for(session, settings.home, who.account_id or 0, Filters(**filters) if filters else None)  # type: ignore[arg-type]


def ids(found: Feed) -> list[int]:
    return [entry.paper_id for entry in found.entries]


@pytest.fixture
def newcomer(database: Database) -> Actor:
    with database.write() as session, session.begin():
        return person(session)


def test_a_reader_gets_papers_of_their_field_that_they_do_not_have(village: Village, database: Database, settings: Settings) -> None:
    train(database, settings)
    for topic in village.papers:
        reader = village.readers[topic][0]
        found = asked(database, settings, reader)
        with database.read() as session:
            kept = set(library_of(session, reader))
        assert found.basis == "library"
        assert {village.topic_of(i) for i in ids(found)[:6]} == {topic}
        assert not kept & set(ids(found))
        assert found.model_made_at
        assert found.model_made_at <= found.made_at


def library_of(session: Session, reader: Actor) -> list[int]:
    from reviewhub.library.queries import kept_by

    return kept_by(session, reader.account_id or 0)


def test_one_good_rating_is_enough_and_says_so(village: Village, database: Database, settings: Settings, newcomer: Actor) -> None:
    train(database, settings)
    liked = village.papers["pulsars"][2]
    with database.write() as session, session.begin():
        rate(session, newcomer, liked, Given(9))
        title = session.get_one(Paper, liked).title
    found = asked(database, settings, newcomer)
    assert village.topic_of(ids(found)[0]) == "pulsars"
    assert liked not in ids(found)
    assert str(found.entries[0].reasons[0]) == f"because you rated “{title}” 4.5"
    assert len(found.entries[0].reasons) > 1


def test_a_bad_rating_is_no_wish_for_more(village: Village, database: Database, settings: Settings, newcomer: Actor) -> None:
    train(database, settings)
    with database.write() as session, session.begin():
        rate(session, newcomer, village.papers["pulsars"][2], Given(2))
    found = asked(database, settings, newcomer)
    assert found.basis == "popular"
    assert village.papers["pulsars"][2] not in ids(found)


def test_what_is_of_no_interest_is_gone_and_what_is_wanted_more_of_comes(village: Village, database: Database, settings: Settings, newcomer: Actor) -> None:
    train(database, settings)
    lichens, pulsars = village.papers["lichens"], village.papers["pulsars"]
    with database.write() as session, session.begin():
        services.choose(session, newcomer, lichens[0], "more-like-this")
    first = ids(asked(database, settings, newcomer))
    assert village.topic_of(first[0]) == "lichens"
    with database.write() as session, session.begin():
        services.choose(session, newcomer, first[0], "not-interested")
        services.choose(session, newcomer, pulsars[0], "more-like-this")
    found = asked(database, settings, newcomer)
    assert first[0] not in ids(found)
    assert {"lichens", "pulsars"} == {village.topic_of(i) for i in ids(found)[:8]}
    assert any(str(reason).startswith("because you asked for more like") for entry in found.entries for reason in entry.reasons)
    with database.write() as session, session.begin():
        for paper in (lichens[0], first[0], pulsars[0]):
            services.unchoose(session, newcomer, paper)
        assert queries.choices_of(session, newcomer.account_id or 0) == {}


def test_choices_are_a_reader_s_and_among_those_there_are(village: Village, database: Database, newcomer: Actor) -> None:
    with database.write() as session, session.begin():
        with pytest.raises(RuleBroken):
            services.choose(session, newcomer, village.papers["lichens"][0], "maybe")
        with pytest.raises(NotFound):
            services.choose(session, newcomer, 999_999, "not-interested")
        with pytest.raises(NotAllowed):
            services.choose(session, KEEPER, village.papers["lichens"][0], "not-interested")
        with pytest.raises(RuleBroken):
            services.set_fields(session, newcomer, ["no such field"])
        with pytest.raises(RuleBroken):
            services.set_fields(session, newcomer, [str(n) for n in range(services.MOST_FIELDS + 1)])
        assert queries.choices_of(session, newcomer.account_id or 0) == {}


def test_fields_alone_bring_papers_of_the_fields(village: Village, database: Database, settings: Settings, newcomer: Actor) -> None:
    train(database, settings)
    with database.write() as session, session.begin():
        services.set_fields(session, newcomer, ["lichens", "lichens"])
        assert queries.taste_of(session, newcomer.account_id or 0).fields == ("lichens",)
    found = asked(database, settings, newcomer)
    assert found.basis == "fields"
    assert {village.topic_of(i) for i in ids(found)} == {"lichens"}
    assert str(found.entries[0].reasons[0]) == "in your field: lichens"


def test_own_papers_speak_for_their_author_and_are_not_shown(village: Village, database: Database, settings: Settings, newcomer: Actor) -> None:
    with database.write() as session, session.begin():
        session.execute(sa.update(Account).where(Account.id == newcomer.account_id).values(orcid="0000-0002-1825-0097"))
        (own,) = add_or_update(session, KEEPER, [record("lichens", 60, authors=[Author("Jane Doe", orcid="0000-0002-1825-0097")])])
    train(database, settings)
    found = asked(database, settings, newcomer)
    assert own.paper_id not in ids(found)
    assert village.topic_of(ids(found)[0]) == "lichens"
    assert str(found.entries[0].reasons[0]).startswith("because you wrote")


def test_another_record_of_what_the_reader_has_is_nothing_new(village: Village, database: Database, settings: Settings, newcomer: Actor) -> None:
    title = "Lichen thallus and bark in the boreal tundra"
    told = [Relation("is-preprint-of", True, "10.1234/lichens.saved")]
    with database.write() as session, session.begin():
        saved, same_title, preprint = (
            outcome.paper_id or 0
            for outcome in add_or_update(
                session, KEEPER, [
                    record("lichens", 61, title=title, identifiers={"doi": ["10.1234/lichens.saved"]}, published="2001"),
                    record("lichens", 62, title=title, identifiers={"doi": ["10.1234/lichens.again"]}, published="2019"),
                    record("lichens", 63, identifiers={"doi": ["10.1234/lichens.preprint"]}, relations=told),
                ],
            )
        )  # fmt: skip
        assert len({saved, same_title, preprint}) == 3
        library.save(session, newcomer, saved)
    train(database, settings)
    found = asked(database, settings, newcomer)
    assert village.topic_of(ids(found)[0]) == "lichens"
    assert not {same_title, preprint} & {*ids(found), *(entry.paper_id for entry in found.first_ratings)}


def test_papers_that_bear_a_field_come_before_those_that_read_like_it(village: Village, database: Database, settings: Settings, newcomer: Actor) -> None:
    with database.write() as session, session.begin():
        bearing, alike = (
            o.paper_id or 0
            for o in add_or_update(session, KEEPER, [record("疼痛", 1, keywords=[KeywordSaid("bark")]), record("lichens", 64, title="Bark of barks bark")])
        )
        services.set_fields(session, newcomer, ["bark"])
    train(database, settings)
    found = asked(database, settings, newcomer)
    assert ids(found)[0] == bearing
    assert str(found.entries[0].reasons[0]) == "in your field: bark"
    why = {entry.paper_id: str(entry.reasons[0]) for entry in (*found.entries, *found.first_ratings)}
    assert why[alike] == "reads like your fields"


def test_filters_narrow_the_feed(village: Village, database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        settle(session, ("疼痛",), n_readers=0)
    train(database, settings)
    reader = village.readers["lichens"][0]
    with database.read() as session:
        years = dict(session.execute(sa.select(Paper.id, Paper.year)).all())
        languages = dict(session.execute(sa.select(Paper.id, Paper.language)).all())
    found = asked(database, settings, reader, year_from=2004, year_to=2009)
    assert ids(found)
    assert all(2004 <= years[i] <= 2009 for i in ids(found))
    assert {village.topic_of(i) for i in ids(asked(database, settings, reader, field="lichens"))} == {"lichens"}
    assert all(languages[i] == "en" for i in ids(asked(database, settings, reader, language="en")))
    assert ids(asked(database, settings, reader, year_from=3000)) == []


def test_papers_that_nobody_has_rated_stand_in_a_slot_of_their_own(
    village: Village, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(database, settings)
    reader = village.readers["lichens"][0]
    monkeypatch.setattr(feed, "FEED_SHOWN", 2)
    with database.read() as session:
        kept = set(library_of(session, reader))
    open_ones = [i for i in village.papers["lichens"] if i not in kept]
    with database.write() as session, session.begin():
        for paper in open_ones[:3]:
            rated(session, paper, [8])
    with database.read() as session:
        found = feed_for(session, settings.home, reader.account_id or 0, most=2)
    assert len(found.entries) == 2
    assert found.first_ratings
    assert not {entry.paper_id for entry in found.first_ratings} & ({*open_ones[:3], *ids(found)} | kept)
    assert all(str(entry.reasons[0]) == "nobody has rated it yet" for entry in found.first_ratings)


def test_retracted_papers_and_other_versions_of_one_stay_out(village: Village, database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        twin = add_or_update(
            session,
            KEEPER,
            [
                record(
                    "lichens",
                    3,
                    title="The preprint",
                    type="preprint",
                    identifiers={"doi": ["10.1/p"]},
                    relations=[Relation("is-preprint-of", True, "10.1234/lichens.3")],
                )
            ],
        )[0].paper_id
        reader = person(session)
        library.save(session, reader, village.papers["lichens"][0])
    train(database, settings)
    with database.write() as session, session.begin():
        session.execute(sa.update(Paper).where(Paper.id == village.papers["lichens"][1]).values(is_retracted=True))
    found = ids(asked(database, settings, reader))
    assert village.papers["lichens"][1] not in found
    assert len({twin, village.papers["lichens"][3]} & set(found)) == 1


def test_a_merged_paper_is_in_no_feed(village: Village, database: Database, settings: Settings) -> None:
    train(database, settings)
    kept, gone = village.papers["lichens"][:2]
    with database.write() as session, session.begin():
        merge_papers(session, kept, gone, movers=[library.move_to, services.move_to])
    for reader in village.readers["lichens"]:
        assert gone not in ids(asked(database, settings, reader))


@pytest.mark.parametrize("damage", ["gone", "cut", "garbage", "other format", "no model at all"])
def test_without_a_model_the_feed_is_what_is_there_and_never_an_error(village: Village, database: Database, settings: Settings, damage: str) -> None:
    if damage != "no model at all":
        made = train(database, settings)
        assert made
        break_model(settings, made.folder, damage)
    found = asked(database, settings, village.readers["lichens"][0])
    assert found.basis == "popular"
    assert found.model_made_at is None
    assert ids(found)
    assert all(entry.reasons for entry in found.entries)


def test_arrays_that_do_not_fit_together_are_noticed_when_they_are_used(village: Village, database: Database, settings: Settings) -> None:
    import numpy as np

    from reviewhub.recommendations import storing

    made = train(database, settings)
    assert made
    storing._opened.clear()
    path = storing.folder_of(settings.home) / made.folder / "walks.indices.npy"
    np.save(path, np.load(path) + 1_000)
    assert asked(database, settings, village.readers["lichens"][0]).basis == "popular"


def test_an_empty_site_has_an_empty_feed(database: Database, settings: Settings, newcomer: Actor) -> None:
    assert train(database, settings) is None
    found = asked(database, settings, newcomer)
    assert (found.basis, found.entries, found.first_ratings) == ("popular", [], [])


def test_many_ratings_are_answered_like_few(village: Village, database: Database, settings: Settings, newcomer: Actor) -> None:
    with database.write() as session, session.begin():
        many = [
            o.paper_id or 0
            for o in add_or_update(session, KEEPER, [PaperRecord("test", title=f"Moss and lichen number {n} of many more") for n in range(1_500)])
        ]
        library.save_many(session, newcomer, many)
    train(database, settings)
    found = asked(database, settings, newcomer)
    assert ids(found)
    assert not set(many) & set(ids(found))


def test_what_was_said_goes_with_the_account_and_can_be_had_before(village: Village, database: Database, newcomer: Actor) -> None:
    with database.write() as session, session.begin():
        services.choose(session, newcomer, village.papers["lichens"][0], "not-interested")
        services.set_fields(session, newcomer, ["lichens"])
        services.leave_out(session, newcomer, is_left_out=True)
        (exported,) = belongings.export(session, newcomer.account_id or 0)
        assert exported.content["fields"] == ["lichens"]
        assert exported.content["is_left_out_of_training"] is True
        assert [choice["choice"] for choice in exported.content["choices"]] == ["not-interested"]
        belongings.erase(session, newcomer.account_id or 0, [])
        assert queries.choices_of(session, newcomer.account_id or 0) == {}
        assert queries.taste_of(session, newcomer.account_id or 0) == queries.Taste()


def test_readers_are_named_as_a_reason_only_where_they_share_papers(village: Village, database: Database, settings: Settings) -> None:
    """Counted from the tables: who shares nothing with the reader is a guess of the model, and no reason to be told."""
    train(database, settings)
    with database.read() as session:
        kept: dict[int, set[int]] = {}
        for paper_id, account_id in session.execute(sa.select(LibraryItem.paper_id, LibraryItem.account_id)):
            kept.setdefault(account_id, set()).add(paper_id)
    n_told = 0
    for reader in village.readers["lichens"]:
        mine = kept[reader.account_id or 0]
        for entry in asked(database, settings, reader).entries:
            for reason in entry.reasons:
                if reason.template.startswith("rated or saved by") and "share" in reason.template:
                    sharing = sum(entry.paper_id in theirs and bool(theirs & mine) for account, theirs in kept.items() if account != reader.account_id)
                    assert reason.facts["n"] <= sharing
                    n_told += 1
    assert n_told
