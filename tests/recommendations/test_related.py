"""Lists of related papers: there as soon as a paper is, with reasons that are true, without copies, retracted papers and notices."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub.config import Settings
from reviewhub.core import jobs
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.events import RecommendationModelMade
from reviewhub.library import services as library
from reviewhub.papers.models import Authorship, Keyword, Paper, PaperKeyword, PaperReference
from reviewhub.papers.record import Keyword as KeywordSaid
from reviewhub.papers.record import PaperRecord, Reference, Relation, Section
from reviewhub.papers.services import add_or_update, merge_papers
from reviewhub.recommendations import handlers, queries, services, storing
from reviewhub.recommendations.models import RelatedList, RelatedPaper
from reviewhub.recommendations.relating import relate_in_turn
from reviewhub.recommendations.training import train
from tests.people import person

from .conftest import N_PAPERS, Village, record, settle

pytestmark = pytest.mark.usefixtures("subscribed")


def related(database: Database, paper_id: int) -> list[queries.Related]:
    with database.read() as session:
        return list(queries.related_to(session, paper_id).papers)


def add(database: Database, *records: PaperRecord) -> list[int]:
    with database.write() as session, session.begin():
        return [o.paper_id or 0 for o in add_or_update(session, KEEPER, records)]


def test_a_new_paper_has_its_list_when_its_job_is_done_without_any_model(village: Village, database: Database, settings: Settings) -> None:
    (paper,) = add(database, record("lichens", 99))
    assert related(database, paper) == []
    jobs.run_due(database, settings)
    found = related(database, paper)
    assert len(found) >= 5
    assert {village.topic_of(line.paper_id) for line in found} == {"lichens"}
    assert all(line.reasons for line in found)


def test_a_new_paper_has_its_list_from_a_model_that_does_not_know_it(village: Village, database: Database, settings: Settings) -> None:
    assert train(database, settings)
    (paper,) = add(database, record("pulsars", 99))
    jobs.run_due(database, settings)
    found = related(database, paper)
    assert {village.topic_of(line.paper_id) for line in found} == {"pulsars"}
    with database.read() as session:
        newest = queries.newest_model(session)
        assert newest is not None
        assert session.get_one(RelatedList, paper).model_id == newest.id


def test_two_papers_of_one_afternoon_find_each_other(database: Database, settings: Settings) -> None:
    first, second, other = add(database, record("疼痛", 1), record("疼痛", 2), record("pulsars", 3, keywords=[]))
    relate_in_turn(database, settings.home, [first, second, other])
    assert [line.paper_id for line in related(database, first)] == [second]
    assert related(database, other) == []


@pytest.mark.parametrize("text", ["", "…", "ไม่เคยเห็นภาษานี้มาก่อน", "🜁🜂🜃", "a" * 70_000])
def test_a_text_never_seen_and_an_empty_abstract_end_in_a_list_maybe_empty(village: Village, database: Database, settings: Settings, text: str) -> None:
    train(database, settings)
    (paper,) = add(database, PaperRecord("test", title=text[:60] or "?", abstracts={"und": [Section(html=text)]} if text else {}))
    jobs.run_due(database, settings)
    assert related(database, paper) == []
    with database.read() as session:
        assert queries.related_to(session, paper).made_at is not None


def _facts(session: Session, paper_id: int) -> dict[str, set[str]]:
    def ask(*columns: sa.ColumnElement[str], where: sa.ColumnElement[bool]) -> set[str]:
        return {str(value) for value in session.scalars(sa.select(*columns).where(where)) if value}

    keywords = sa.select(Keyword.slug).join(PaperKeyword, PaperKeyword.keyword_id == Keyword.id).where(PaperKeyword.paper_id == paper_id)
    return {
        "references": ask(PaperReference.doi, where=PaperReference.paper_id == paper_id),
        "authors": ask(Authorship.name, where=Authorship.paper_id == paper_id),
        "keywords": set(session.scalars(keywords)),
    }


def test_every_reason_is_true(village: Village, database: Database, settings: Settings) -> None:
    train(database, settings)
    jobs.run_due(database, settings)
    n = 0
    with database.read() as session:
        for row in session.execute(sa.select(RelatedPaper.paper_id, RelatedPaper.other_id, RelatedPaper.reasons)):
            one, other = _facts(session, row.paper_id), _facts(session, row.other_id)
            readers = [{i for i, shelf in village_shelves(village, session).items() if paper in shelf} for paper in (row.paper_id, row.other_id)]
            for reason in row.reasons:
                n += 1
                match reason["kind"]:
                    case "references":
                        assert reason["n"] == len(one["references"] & other["references"]) > 0
                    case "authors":
                        assert set(reason["names"].split(", ")) <= one["authors"] & other["authors"]
                    case "keywords":
                        assert set(reason["words"].split(", ")) <= one["keywords"] & other["keywords"]
                    case "readers":
                        assert reason["n"] == len(readers[0] & readers[1]) >= 3
                    case kind:
                        pytest.fail(f"a reason of another kind: {kind}")
    assert n > 50


def village_shelves(village: Village, session: Session) -> dict[int, set[int]]:
    from reviewhub.library.queries import kept_by

    return {who.account_id or 0: set(kept_by(session, who.account_id or 0)) for readers in village.readers.values() for who in readers}


def test_citing_and_cited_papers_stand_in_each_other_s_lists(village: Village, database: Database, settings: Settings) -> None:
    (citing,) = add(database, PaperRecord("test", title="An essay", references=[Reference("", "10.1234/lichens.3"), Reference("", "10.1234/pulsars.3")]))
    relate_in_turn(database, settings.home, [citing, village.papers["lichens"][3]])
    found = {line.paper_id: [str(reason) for reason in line.reasons] for line in related(database, citing)}
    assert set(found) == {village.papers["lichens"][3], village.papers["pulsars"][3]}
    assert all("is cited by this paper" in reasons for reasons in found.values())


def test_a_citing_paper_says_so_in_the_list_of_the_cited_one(village: Village, database: Database, settings: Settings) -> None:
    cited = village.papers["lichens"][3]
    (citing,) = add(database, record("lichens", 77, references=[Reference("", "10.1234/lichens.3")]))
    relate_in_turn(database, settings.home, [cited])
    found = {line.paper_id: [str(reason) for reason in line.reasons] for line in related(database, cited)}
    assert "cites this paper" in found[citing]


def test_versions_copies_retracted_papers_and_notices_are_not_listed(village: Village, database: Database, settings: Settings) -> None:
    own = village.papers["lichens"][0]
    preprint, notice, retracting, near_copy = add(
        database,
        record("lichens", 0, title="A preprint of it", type="preprint", identifiers={"doi": ["10.1234/preprint"]}, relations=[Relation("is-preprint-of", True, "10.1234/lichens.0")]),
        record("lichens", 50, title="Correction to a work on lichens and moss", type="correction", identifiers={"doi": ["10.1234/notice"]}),
        record("lichens", 51, title="Notice of retraction", type="retraction", identifiers={"doi": ["10.1234/r"]}, relations=[Relation("retracts", True, "10.1234/lichens.1")]),
        record("lichens", 2, title="Another title", identifiers={"doi": ["10.1234/copy"]}),
    )  # fmt: skip
    train(database, settings)
    jobs.run_due(database, settings)
    listed = [line.paper_id for line in related(database, own)]
    assert len(listed) == len(set(listed)) >= 5
    assert not {own, preprint, notice, retracting, village.papers["lichens"][1]} & set(listed)
    assert len({near_copy, village.papers["lichens"][2]} & set(listed)) <= 1


def test_a_paper_that_is_retracted_leaves_the_lists_at_once(village: Village, database: Database, settings: Settings) -> None:
    jobs.run_due(database, settings)
    own = village.papers["lichens"][0]
    relate_in_turn(database, settings.home, [own])
    gone = related(database, own)[0].paper_id
    with database.write() as session, session.begin():
        session.execute(sa.update(Paper).where(Paper.id == gone).values(is_retracted=True))
    assert gone not in [line.paper_id for line in related(database, own)]


def test_a_merged_paper_leaves_the_lists_and_the_model_does_without(village: Village, database: Database, settings: Settings) -> None:
    train(database, settings)
    jobs.run_due(database, settings)
    kept, gone = village.papers["lichens"][:2]
    with database.write() as session, session.begin():
        merge_papers(session, kept, gone, movers=[library.move_to, services.move_to])
    jobs.run_due(database, settings)
    for paper in village.papers["lichens"]:
        assert gone not in [line.paper_id for line in related(database, paper)]
    relate_in_turn(database, settings.home, [*village.papers["pulsars"], kept, gone])
    assert related(database, kept)


def test_lists_follow_a_new_model(village: Village, database: Database, settings: Settings) -> None:
    made = train(database, settings)
    assert made
    jobs.run_due(database, settings)
    with database.read() as session:
        assert set(session.scalars(sa.select(RelatedList.model_id))) == {made.id}
        assert session.scalar(sa.select(sa.func.count()).select_from(RelatedList)) == 2 * N_PAPERS
    newer = train(database, settings)
    assert newer
    handlers.model_made(database, settings, RecommendationModelMade(made.id))  # the job of the older one does nothing any more
    jobs.run_due(database, settings)
    with database.read() as session:
        assert set(session.scalars(sa.select(RelatedList.model_id))) == {newer.id}


def test_lists_that_take_long_go_on_as_another_job(village: Village, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewhub.recommendations import relating

    jobs.run_due(database, settings)
    monkeypatch.setattr(relating, "AT_ONCE", 1)
    monkeypatch.setattr(handlers, "LONGEST_S", 0.0)
    train(database, settings)
    assert jobs.run_due(database, settings) == 4  # ten papers each, and a look that finds nothing more


@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "garbage", "other format"])
def test_a_broken_model_makes_lists_by_text_and_never_an_error(village: Village, database: Database, settings: Settings, damage: str) -> None:
    made = train(database, settings)
    assert made
    break_model(settings, made.folder, damage)
    own = village.papers["lichens"][0]
    jobs.run_due(database, settings)
    found = related(database, own)
    assert {village.topic_of(line.paper_id) for line in found} == {"lichens"}
    assert train(database, settings)  # and the next training does without it, too


def break_model(settings: Settings, folder: str, damage: str) -> None:
    """Damages the files of a model, and forgets that this process had it open."""
    import shutil

    import numpy as np

    storing._opened.clear()
    path = storing.folder_of(settings.home) / folder
    match damage:
        case "gone":
            shutil.rmtree(path)
        case "cut":
            whole = (path / "words.data.npy").read_bytes()
            (path / "words.data.npy").write_bytes(whole[: len(whole) // 2])
        case "empty":
            (path / "walks.indptr.npy").write_bytes(b"")
        case "garbage":
            (path / "paper_ids.npy").write_bytes(b"\x00nonsense" * 50)
        case _:
            np.save(path / "format.npy", np.array([0]))


def test_a_page_reads_a_list_in_one_statement(village: Village, database: Database, settings: Settings, count_statements: Callable[[], list[str]]) -> None:
    own = village.papers["lichens"][0]
    relate_in_turn(database, settings.home, [own])
    with database.read() as session:
        session.execute(sa.text("SELECT 1"))
        said = count_statements()
        assert queries.related_to(session, own).papers
        assert len(said) == 1


def test_a_reader_who_is_left_out_is_told_of_in_no_reason(database: Database, settings: Settings) -> None:
    with database.write() as session, session.begin():
        village = settle(session, ("lichens",), n_readers=0)
        readers = [person(session) for _ in range(4)]
        for reader in readers:
            library.save_many(session, reader, village.papers["lichens"])
        for reader in readers[:2]:
            services.leave_out(session, reader, is_left_out=True)
    relate_in_turn(database, settings.home, village.papers["lichens"])
    with database.read() as session:
        kinds = {reason["kind"] for reasons in session.scalars(sa.select(RelatedPaper.reasons)) for reason in reasons}
    assert kinds
    assert "readers" not in kinds  # two are fewer than are told of


def test_wide_subjects_tie_nothing_together(database: Database, settings: Settings) -> None:
    plain = [PaperRecord("test", title=title, keywords=[KeywordSaid("General Medicine", "subject")]) for title in ("Moss and bark", "Radio timing of binaries")]
    ids = add(database, *plain)
    relate_in_turn(database, settings.home, ids)
    assert [related(database, i) for i in ids] == [[], []]


def test_a_list_with_nothing_near_says_so_of_what_is_nearest(database: Database, settings: Settings) -> None:
    filler = [f"word{n}x" for n in range(60)]

    def of(title: str, words: list[str], own: str) -> PaperRecord:
        text = " ".join([*words, *(f"{own}{word}" for word in filler)])
        return PaperRecord("test", title=title, abstracts={"und": [Section(html=text)]})

    common = ["lichen", "thallus", "moss", "bark", "spore"]
    far, farther, stranger, _ = add(
        database, of("A", common, "one"), of("B", common, "two"), of("C", common[:1], "three"), of("D", [], "four"),
    )  # fmt: skip
    relate_in_turn(database, settings.home, [far, farther, stranger])
    assert [(line.paper_id, list(map(str, line.reasons))) for line in related(database, far)] == [(farther, ["the nearest text here so far"])]
    assert related(database, stranger) == []


def test_what_indexers_tick_on_every_record_ties_nothing_together(database: Database, settings: Settings) -> None:
    ticked = [KeywordSaid(term, "mesh") for term in ("Humans", "Female", "Aged, 80 and over")]
    ids = add(database, *(PaperRecord("test", title=title, keywords=ticked) for title in ("Moss and bark", "Radio timing of binaries")))
    written = add(database, *(PaperRecord("test", title=title, keywords=[KeywordSaid("Humans")]) for title in ("Lichens", "Telescopes")))
    relate_in_turn(database, settings.home, [*ids, *written])
    assert [related(database, i) for i in ids] == [[], []]
    assert [[line.paper_id for line in related(database, i)] for i in written] == [[written[1]], [written[0]]]  # an author's own word is meant
