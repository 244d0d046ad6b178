"""Records come in: each finds its paper, the best of all sources is shown, nothing is lost, nothing is written twice."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub.core.actor import ANYONE, KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.papers.models import (
    Authorship,
    Funder,
    Journal,
    JournalIssn,
    Keyword,
    Paper,
    PaperFunding,
    PaperIdentifier,
    PaperKeyword,
    PaperRedirect,
    PaperReference,
    PaperRelation,
    PaperSource,
)  # fmt: skip
from reviewhub.papers.record import Affiliation, Author, Funding, PaperRecord, Reference, Relation, Section, Summary
from reviewhub.papers.record import Journal as JournalSaid
from reviewhub.papers.record import Keyword as KeywordSaid
from reviewhub.papers.services import Outcome, add_or_update, merge_papers, refresh, said_of_paper


def record(**values: Any) -> PaperRecord:
    """A record that can be told from others by its title."""
    found = {
        "source": "crossref", "type": "article", "title": "Exercise and pain after stroke: a long enough title", "published": "2020",
        "authors": [Author("Jane Doe", "Doe", "Jane"), Author("王小明", "王", "小明")],
    }  # fmt: skip
    return PaperRecord(**{**found, **values})


def take_in(database: Database, *records: PaperRecord, actor: Actor = KEEPER) -> list[Outcome]:
    with database.write() as session, session.begin():
        return add_or_update(session, actor, records)


def only(session: Session, model: Any = Paper) -> Any:
    return session.scalars(sa.select(model)).one()


def n_rows(database: Database) -> dict[str, int]:
    models = (Paper, PaperIdentifier, Authorship, PaperKeyword, PaperFunding, PaperReference, PaperRelation, PaperSource, Keyword, Journal, JournalIssn, Funder)
    with database.read() as session:
        return {m.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(m)) or 0 for m in models}


FULL = record(
    language="en", titles={"en": "Exercise and pain", "zh": "运动与疼痛"}, abstracts={"en": [Section("Some <b>words</b>.", "Aim")], "zh": [Section("一些字。")]},
    summaries={"zh": Summary("概要。", "reviewhub")}, journal=JournalSaid("Nature", "Nat.", ["0028-0836", "1476-4687"]), publisher="Springer", volume="1", issue="2", pages="3-4",
    identifiers={"doi": ["10.1000/1"], "pmid": ["12"], "isbn": ["9780306406157"]}, keywords=[KeywordSaid("Stroke"), KeywordSaid("Stroke", "mesh", "complications", True)],
    authors=[Author("Jane Doe", "Doe", "Jane", orcid="0000-0002-1825-0097", email="jane@example.org", is_corresponding=True, affiliations=[Affiliation("A"), Affiliation("B", "03yrm5c26")]),
             Author("The Group", is_group=True, affiliations=[Affiliation("B", "03yrm5c26")])],
    funding=[Funding("NSF", "10.13039/100000001", awards=["1", "2"])], references=[Reference("Some work", "10.1000/9", "99"), Reference("Another")],
    licence="https://creativecommons.org/licenses/by/4.0/", full_text_url="https://example.org/1.pdf", relations=[Relation("corrects", True, doi="10.1000/7", on="2021", note="see")],
)  # fmt: skip


def test_everything_a_record_holds_stands_in_the_tables(database: Database) -> None:
    outcome = take_in(database, FULL)[0]
    assert outcome.state == "created"
    with database.read() as session:
        paper = only(session)
        assert (paper.id, paper.doi, paper.year, paper.volume, paper.titles["zh"], paper.n_authors) == (
            outcome.paper_id,
            "10.1000/1",
            2020,
            "1",
            "运动与疼痛",
            2,
        )
        assert paper.abstracts["en"] == [{"html": "Some <b>words</b>.", "label": "Aim"}]
        assert paper.affiliations == [{"name": "A", "ror": ""}, {"name": "B", "ror": "03yrm5c26"}]
        assert paper.summaries == {"zh": {"text": "概要。", "by": "reviewhub"}}
        authors = session.scalars(sa.select(Authorship).order_by(Authorship.position)).all()
        assert [(a.name, a.affiliation_numbers, a.orcid, a.is_group) for a in authors] == [
            ("Jane Doe", [1, 2], "0000-0002-1825-0097", False),
            ("The Group", [2], None, True),
        ]
        assert only(session, Journal).name == "Nature"
        assert set(session.scalars(sa.select(JournalIssn.issn))) == {"0028-0836", "1476-4687"}
        assert only(session, Keyword).slug == "stroke"
        assert session.execute(sa.select(PaperKeyword.kind, PaperKeyword.qualifier).order_by(PaperKeyword.position)).all() == [
            ("author", ""),
            ("mesh", "complications"),
        ]
        assert only(session, PaperFunding).awards == ["1", "2"]
        assert only(session, Funder).doi == "10.13039/100000001"
        assert only(session, PaperRelation).other_key == "doi:10.1000/7"
        assert [r.doi for r in session.scalars(sa.select(PaperReference).order_by(PaperReference.position))] == ["10.1000/9", None]


def test_the_same_record_again_is_unchanged_and_writes_nothing(database: Database) -> None:
    first = take_in(database, FULL, record(title="Another long enough title of a paper"))
    before = n_rows(database)
    again = take_in(database, FULL, record(title="Another long enough title of a paper"))
    assert [(o.state, o.paper_id) for o in again] == [("unchanged", o.paper_id) for o in first]
    assert n_rows(database) == before
    with database.read() as session:
        assert {p.version for p in session.scalars(sa.select(Paper))} == {1}


def test_records_with_one_identifier_in_common_are_one_paper_whatever_their_titles(database: Database) -> None:
    a, b = take_in(
        database,
        record(identifiers={"doi": ["10.1000/1"]}),
        record(source="pubmed", title="[Another wording]", identifiers={"doi": ["10.1000/1"], "pmid": ["5"]}),
    )
    assert (a.state, b.state) == ("created", "updated")
    assert a.paper_id == b.paper_id
    assert take_in(database, record(source="wos", title="A third wording", identifiers={"pmid": ["5"]}))[0].paper_id == a.paper_id


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({"title": "EXERCISE and Pain after Stroke — a long enough title."}, True),
        ({"published": "2021-02"}, True),
        ({"published": "2022"}, False),
        ({"authors": [Author("J Doe", "Doe", "J")]}, True),
        ({"authors": [Author("Jane Roe", "Roe", "Jane")]}, False),
        ({"identifiers": {"doi": ["10.1000/other"]}}, False),
        ({"type": "preprint"}, False),
        ({"title": "Exercise and pain after stroke: a long enough title, part two"}, False),
    ],
)
def test_without_a_common_identifier_title_year_and_first_author_decide(database: Database, changes: dict[str, Any], is_same: bool) -> None:
    take_in(database, record(identifiers={"doi": ["10.1000/1"]}))
    assert take_in(database, record(**{"source": "ris", **changes}))[0].state == ("updated" if is_same else "created")


def test_short_titles_that_many_papers_share_need_the_same_place_too(database: Database) -> None:
    one = {"title": "Editorial", "volume": "3", "pages": "1-2"}
    assert take_in(database, record(**one))[0].state == "created"
    assert take_in(database, record(**{**one, "source": "ris", "pages": "7"}))[0].state == "created"
    assert take_in(database, record(**{**one, "source": "bibtex", "pages": "1"}))[0].state == "updated"


def test_the_better_value_is_shown_whichever_source_came_first(database: Database) -> None:
    crossref = record(
        title="EXERCISE AND PAIN AFTER STROKE", identifiers={"doi": ["10.1000/1"]}, published="2020", publisher="Wiley", keywords=[KeywordSaid("pain")]
    )
    pubmed = record(
        source="pubmed", title="Exercise and pain after stroke", type="review", identifiers={"doi": ["10.1000/1"], "pmid": ["5"]}, published="2020-03-04",
        authors=[Author("J Doe", "Doe", "J", orcid="0000-0002-1825-0097"), Author("X Wang", "Wang", "X")], keywords=[KeywordSaid("Pain", "mesh")],
    )  # fmt: skip
    for n, order in enumerate(([crossref, pubmed], [pubmed, crossref])):
        for one in order:
            one.identifiers["doi"] = [f"10.1000/{n}"]
            one.identifiers.pop("pmid", None)
            take_in(database, one)
    with database.read() as session:
        papers = session.scalars(sa.select(Paper).order_by(Paper.id)).all()
        assert len(papers) == 2
        for paper in papers:
            assert (paper.title, paper.type, paper.published) == ("Exercise and pain after stroke", "review", "2020-03-04")
            assert paper.field_sources["title"] == "pubmed"
            assert paper.field_sources["publisher"] == "crossref"
            assert paper.field_sources["authors"] == "crossref, pubmed"
            first = session.get_one(Authorship, (paper.id, 1))
            assert (first.given, first.orcid) == ("Jane", "0000-0002-1825-0097")
            assert {k.kind for k in session.scalars(sa.select(PaperKeyword).where(PaperKeyword.paper_id == paper.id))} == {"author", "mesh"}


def test_what_every_source_said_is_kept_whole(database: Database) -> None:
    other = record(source="ris", title="Another title", publisher="Somebody else", identifiers={"doi": ["10.1000/1"]})
    paper_id = take_in(database, FULL, other)[0].paper_id
    assert paper_id is not None
    with database.read() as session:
        assert [s.record.to_json() for s in said_of_paper(session, paper_id)] == [FULL.to_json(), other.to_json()]


def test_a_reader_fills_gaps_but_never_outranks_a_source_nor_retracts_a_paper(database: Database) -> None:
    paper_id = take_in(database, record(source="bibtex", identifiers={"doi": ["10.1000/1"]}))[0].paper_id
    forged = record(
        source="pubmed", title="A forged title", identifiers={"doi": ["10.1000/1"]}, volume="9", authors=[Author("Mallory", "Mallory", orcid="0000-0002-1825-0097")],
        relations=[Relation("retracts", False, doi="10.1000/2")],
    )  # fmt: skip
    notice = record(
        title="Retraction of a paper that somebody dislikes", identifiers={"doi": ["10.1000/8"]}, relations=[Relation("retracts", True, doi="10.1000/1")]
    )
    take_in(database, forged, notice, actor=ANYONE)
    with database.read() as session:
        paper = session.get_one(Paper, paper_id)
        assert (paper.title, paper.volume, paper.is_retracted) == (record().title, "9", False)
        assert paper.field_sources["volume"] == "pubmed (reader)"
        assert session.scalars(sa.select(Authorship.name).where(Authorship.paper_id == paper_id)).all() == ["Jane Doe", "王小明"]
        assert session.scalars(sa.select(Authorship.orcid).where(Authorship.paper_id == paper_id)).all() == [None, None]


@pytest.mark.parametrize("is_notice_first", [True, False])
@pytest.mark.parametrize("is_told_by_notice", [True, False])
def test_a_retraction_marks_its_paper_in_any_order_and_from_either_end(database: Database, is_notice_first: bool, is_told_by_notice: bool) -> None:
    notice = record(title="Retraction: exercise and pain after stroke", type="retraction", identifiers={"doi": ["10.1000/8"]})
    paper = record(identifiers={"doi": ["10.1000/1"]})
    if is_told_by_notice:
        notice.relations = [Relation("retracts", True, doi="10.1000/1")]
    else:
        paper.relations = [Relation("retracts", False, doi="10.1000/8")]
    for one in [notice, paper] if is_notice_first else [paper, notice]:
        take_in(database, one)
    with database.read() as session:
        marks = {p.doi: p.is_retracted for p in session.scalars(sa.select(Paper))}
        relation = only(session, PaperRelation)
        assert marks == {"10.1000/1": True, "10.1000/8": False}
        assert {relation.told_by_id, relation.other_id} == set(session.scalars(sa.select(Paper.id)))


def test_a_record_that_bears_the_identifiers_of_two_papers_makes_them_one(database: Database) -> None:
    a = take_in(database, record(identifiers={"doi": ["10.1000/1"]}, volume="1", pages="1", published="2018"))[0].paper_id
    b = take_in(database, record(source="pubmed", identifiers={"pmid": ["5"]}))[0].paper_id
    assert a != b
    both = take_in(database, record(source="wos", identifiers={"doi": ["10.1000/1"], "pmid": ["5"]}))[0]
    assert both.paper_id == a
    with database.read() as session:
        assert only(session).id == a
        assert only(session, PaperRedirect).old_id == b
        assert set(session.scalars(sa.select(PaperIdentifier.value))) == {"10.1000/1", "5"}
        assert len(said_of_paper(session, a)) == 3


def test_two_papers_whose_titles_differ_stay_two_and_the_identifier_stays_where_it_was(database: Database) -> None:
    take_in(database, record(identifiers={"doi": ["10.1000/1"]}), record(title="Quite another paper about something else", identifiers={"pmid": ["5"]}))
    take_in(database, record(source="wos", identifiers={"doi": ["10.1000/1"], "pmid": ["5"]}))
    with database.read() as session:
        owners = dict(session.execute(sa.select(PaperIdentifier.value, PaperIdentifier.paper_id)).all())
        assert owners["10.1000/1"] != owners["5"]


def test_movers_are_told_before_a_paper_goes(database: Database) -> None:
    a, b = (
        o.paper_id
        for o in take_in(
            database, record(identifiers={"doi": ["10.1000/1"]}), record(title="Another long title of a paper", identifiers={"doi": ["10.1000/2"]})
        )
    )
    assert a is not None
    assert b is not None
    told = []
    with database.write() as session, session.begin():
        merge_papers(session, a, b, movers=[lambda session, kept, gone: told.append((kept, gone, session.get(Paper, gone) is not None))])
        refresh(session, [a])
    assert told == [(a, b, True)]


def test_refresh_makes_the_same_rows_again(database: Database) -> None:
    paper_id = take_in(database, FULL)[0].paper_id
    assert paper_id is not None
    before = n_rows(database)
    with database.write() as session, session.begin():
        refresh(session, [paper_id])
    assert n_rows(database) == before
    with database.read() as session:
        assert session.get_one(Paper, paper_id).version == 2


def test_a_bad_record_is_refused_and_its_neighbours_get_in(database: Database) -> None:
    outcomes = take_in(database, record(title=" <b> </b> "), record(type="poem"), record(abstracts={"en": [Section("x" * 3_000_000)]}), record())
    assert [o.state for o in outcomes] == ["rejected", "rejected", "rejected", "created"]
    assert all(str(o.reason) for o in outcomes[:3])


def test_characters_that_a_database_refuses_are_left_out(database: Database) -> None:
    outcome = take_in(database, record(title="A title\x00 with\x1b bad \ud800characters\u202e in it"))[0]
    assert outcome.state == "created"
    with database.read() as session:
        assert only(session).title == "A title with bad characters in it"


def test_three_thousand_authors_come_in_whole_and_in_order(database: Database) -> None:
    names = [f"Person{n} Family{n}" for n in range(3000)]
    take_in(database, record(authors=[Author(name, affiliations=[Affiliation(f"Place {n % 200}")]) for n, name in enumerate(names)]))
    with database.read() as session:
        assert session.scalars(sa.select(Authorship.name).order_by(Authorship.position)).all() == names
        assert len(only(session).affiliations) == 200


def test_journals_are_known_by_issn_before_name(database: Database) -> None:
    def paper(n: int, **journal: Any) -> PaperRecord:
        return record(title=f"A long enough title of the paper number {n}", journal=JournalSaid(**journal))

    take_in(
        database, paper(1, name="Nature", issns=["0028-0836"]), paper(2, name="Nature (London)", issns=["0028-0836"]), paper(3, name="NATURE"),
        paper(4, name="Nature", issns=["1476-4687"]), paper(5, name="Science", issns=["0036-8075"]), paper(6, name="", issns=["0036-8075"]), paper(7, name="Science!"),
    )  # fmt: skip
    with database.read() as session:
        rows = session.execute(
            sa.select(Journal.name, sa.func.count()).join(Paper, Paper.journal_id == Journal.id).group_by(Journal.id).order_by(Journal.id)
        ).all()
    assert rows == [("Nature", 4), ("Science", 3)]


def test_a_journal_met_by_issn_alone_gets_its_name_later(database: Database) -> None:
    take_in(database, record(journal=JournalSaid(issns=["0036-8075"])))
    take_in(database, record(title="Another long enough title", journal=JournalSaid("Science", "", ["0036-8075"])))
    with database.read() as session:
        assert only(session, Journal).name == "Science"


@pytest.mark.parametrize("is_capitals_first", [True, False])
def test_a_journal_in_capitals_takes_the_better_spelling(database: Database, is_capitals_first: bool) -> None:
    names = ["JOURNAL OF PAIN RESEARCH", "Journal of Pain Research"]
    for n, name in enumerate(names if is_capitals_first else reversed(names)):
        take_in(database, record(title=f"A long enough title of the paper number {n}", journal=JournalSaid(name, "", ["0036-8075"] if n else [])))
    with database.read() as session:
        assert only(session, Journal).name == "Journal of Pain Research"


def test_a_funder_met_by_name_gets_its_number_later(database: Database) -> None:
    take_in(database, record(funding=[Funding("National Science Foundation")]))
    take_in(database, record(title="Another long enough title", funding=[Funding("National Science Foundation", "10.13039/100000001")]))
    take_in(database, record(title="A third long enough title", funding=[Funding("National science foundation")]))
    with database.read() as session:
        assert only(session, Funder).doi == "10.13039/100000001"
        assert session.scalar(sa.select(sa.func.count()).select_from(PaperFunding)) == 3


def test_keywords_that_differ_in_case_and_accent_share_a_page_and_signs_matter(database: Database) -> None:
    take_in(database, record(keywords=[KeywordSaid(t) for t in ("Naïve Bayes", "naive bayes", "C", "C++", "C#", "+++", "疼痛")]))
    with database.read() as session:
        assert set(session.scalars(sa.select(Keyword.slug))) == {"naive-bayes", "c", "c-plus-plus", "c-sharp", "plus-plus-plus", "疼痛"}
        assert session.scalars(sa.select(PaperKeyword.term).order_by(PaperKeyword.position)).all()[:2] == ["Naïve Bayes", "C"]


def test_shuffled_batches_of_one_corpus_end_in_the_same_papers(database: Database) -> None:
    corpus = [
        record(
            source=source,
            title=f"The long enough title of paper number {n}",
            identifiers={kind: [f"10.1000/{n}" if kind == "doi" else str(n + 1)] for kind in kinds},
        )
        for n in range(12)
        for source, kinds in (("crossref", ["doi"]), ("pubmed", ["doi", "pmid"]), ("ris", []))
    ]
    random.Random(7).shuffle(corpus)
    for start in range(0, len(corpus), 5):
        take_in(database, *corpus[start : start + 5])
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Paper)) == 12
        assert session.scalar(sa.select(sa.func.count()).select_from(PaperSource)) == 36
