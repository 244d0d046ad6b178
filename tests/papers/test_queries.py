"""What pages read: whole, in order, in few statements, at a cost that does not grow with the page number."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers import queries
from reviewhub.papers.models import Paper
from reviewhub.papers.queries import SORTS, Filters, Line, ListPage, list_papers
from reviewhub.papers.record import Affiliation, Author, Funding, Journal, Keyword, PaperRecord, Reference, Relation, Section, Summary
from reviewhub.papers.services import add_or_update, merge_papers

# Several papers share each date and each title, so that only the id parts them; the last has no date at all.
DATES = ("2020", "2020-03", "2020-03", "2021-12-31", "1999", "2020", "2021", "2021", "2020-03", "1999", "2019-05", "")
TITLES = (
    "Sleep in mice",
    "Åland and its birds",
    "运动与疼痛的关系研究",
    "Sleep in mice",
    "zebrafish",
    "Apple trees",
    "Sleep in mice",
    "an ant",
    "Bees",
    "Ζeta",
    "1 mouse",
    "Bees",
)


def take_in(database: Database, *records: PaperRecord) -> list[int]:
    with database.write() as session, session.begin():
        return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]


@pytest.fixture
def shelf(database: Database) -> list[int]:
    """Twelve papers."""
    records = [
        PaperRecord(
            "hand", title=title, published=date, type="review" if n % 3 == 0 else "article", language="zh" if n % 4 == 0 else "en",
            journal=Journal("Journal of Sleep" if n % 2 else "Bees"), identifiers={"doi": [f"10.1234/{n}"]}, authors=[Author("Jane Doe"), Author(f"Author {n}")],
            keywords=[Keyword("sleep")] * (n % 2) + [Keyword("Sleep", "mesh", "methods")] * (n % 2) + [Keyword("bees")], funding=[Funding("A Fund")] * (n < 2),
        )
        for n, (title, date) in enumerate(zip(TITLES, DATES, strict=True))
    ]  # fmt: skip
    found = take_in(database, *records)
    assert len(set(found)) == len(records)
    return found


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that read, as they are said."""
    said: list[str] = []

    def note(*given: object) -> None:
        statement = str(given[2])
        if statement.lstrip("( ").startswith("SELECT"):
            said.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


def walk(session: Session, sort: str, size: int, filters: Filters | None = None) -> list[ListPage]:
    """Every page of a list from the first to the last."""
    pages = [list_papers(session, filters or Filters(), sort=sort, size=size)]
    while pages[-1].after:
        pages.append(list_papers(session, filters or Filters(), sort=sort, size=size, after=pages[-1].after))
    return pages


def order(line: Line, sort: str, database: Database) -> tuple[object, ...]:
    with database.read() as session:
        key = session.scalar(sa.select(Paper.title_key).where(Paper.id == line.id)) or ""
    return {"newest": (line.published, line.id), "added": (line.id,), "title": (key.encode(), line.id)}[sort]


@pytest.mark.parametrize("size", [1, 2, 5, 12, 25])
@pytest.mark.parametrize("sort", SORTS)
def test_turning_the_pages_shows_every_paper_once_and_in_order(database: Database, shelf: list[int], sort: str, size: int) -> None:
    with database.read() as session:
        pages = walk(session, sort, size)
        lines = [line for page in pages for line in page.lines]
        assert sorted(line.id for line in lines) == sorted(shelf)
        keys = [order(line, sort, database) for line in lines]
        assert keys == sorted(keys, reverse=sort != "title")
        assert pages[0].before == ""
        assert pages[-1].after == ""
        # And back again, page by page.
        for earlier, later in pairwise(pages):
            assert list_papers(session, Filters(), sort=sort, size=size, before=later.before).lines == earlier.lines


@pytest.mark.parametrize("sort", SORTS)
def test_going_back_to_the_first_page_knows_that_it_is_the_first(database: Database, shelf: list[int], sort: str) -> None:
    with database.read() as session:
        second = walk(session, sort, 5)[1]
        first = list_papers(session, Filters(), sort=sort, size=5, before=second.before)
    assert (first.before, bool(first.after)) == ("", True)


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "%%%", "é", "\x00", "A" * 5_000, _cursor([]), _cursor({}), _cursor(None), _cursor(["title", "a", 1]), _cursor(["newest", "2020", True]),
        _cursor(["newest", "2020", -1]), _cursor(["newest", "2020", 2**40]), _cursor(["newest", 5, 5]), _cursor(["newest", "a\x00", 5]),
        _cursor(["newest", "2020", "5"]), _cursor(["newest", "\ud800", 5]), _cursor(["newest", "2020", 1.5]), base64.urlsafe_b64encode(b"[" * 1_400).decode(),
        base64.urlsafe_b64encode(b"9" * 1_400).decode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("which", ["after", "before"])
def test_a_cursor_that_somebody_made_up_gives_the_first_page(database: Database, shelf: list[int], cursor: str, which: str) -> None:
    with database.read() as session:
        found = list_papers(session, Filters(), size=5, **{which: cursor})
        assert found == list_papers(session, Filters(), size=5)


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        (Filters(type="review"), lambda n: n % 3 == 0),
        (Filters(language="zh"), lambda n: n % 4 == 0),
        (Filters(year_from=2020), lambda n: DATES[n] >= "2020"),
        (Filters(year_to=2020), lambda n: "" < DATES[n][:4] <= "2020"),
        (Filters(year_from=2020, year_to=2020), lambda n: DATES[n][:4] == "2020"),
        (Filters(keyword="sleep"), lambda n: n % 2 == 1),
        (Filters(keyword="bees", type="article"), lambda n: n % 3 != 0),
        (Filters(keyword="nothing"), lambda n: False),
        (Filters(name_key="jane-doe"), lambda n: True),
        (Filters(name_key="author-3"), lambda n: n == 3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("sort", SORTS)
def test_a_filter_keeps_what_fits_and_nothing_else(database: Database, shelf: list[int], filters: Filters, fits: object, sort: str) -> None:
    with database.read() as session:
        found = [line.id for page in walk(session, sort, 2, filters) for line in page.lines]
    assert sorted(found) == sorted(paper_id for n, paper_id in enumerate(shelf) if fits(n))  # type: ignore[operator]


def test_a_list_says_what_lists_show(database: Database) -> None:
    (paper_id,) = take_in(
        database,
        PaperRecord(
            "hand", title="Sleep in <i>mice</i>", language="en", titles={"en": "Sleep in <i>mice</i>", "zh": "小鼠的睡眠"}, type="review", published="2020-05",
            published_label="2020 Spring", journal=Journal("Bees"), volume="1", issue="2", pages="3-4", identifiers={"doi": ["10.1234/x"]},
            authors=[Author(f"Author Number{n}") for n in range(9)], full_text_url="https://example.org/x.pdf", summaries={"zh": Summary("概要。", "reviewhub")},
        ),
    )  # fmt: skip
    with database.read() as session:
        (line,) = list_papers(session, Filters()).lines
        assert queries.lines_of(session, [99_999, paper_id]) == [line]
        assert queries.lines_of(session, []) == []
    assert (line.title, line.journal, line.year, line.published_label, line.doi, line.n_authors) == (
        "Sleep in <i>mice</i>",
        "Bees",
        2020,
        "2020 Spring",
        "10.1234/x",
        9,
    )
    assert line.authors_line.startswith("Author Number0; Author Number1")
    assert (line.other_title("zh"), line.other_title("en"), line.other_title("fr")) == ("小鼠的睡眠", "", "")
    assert line.summaries["zh"]["text"] == "概要。"


def test_lines_keep_the_order_that_was_asked_for(database: Database, shelf: list[int]) -> None:
    wanted = [shelf[5], shelf[0], shelf[11], shelf[3]]
    with database.read() as session:
        assert [line.id for line in queries.lines_of(session, wanted)] == wanted


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("filters", [Filters(), Filters(type="review", keyword="sleep", year_from=2000)])
def test_a_page_of_a_list_is_one_statement(database: Database, shelf: list[int], sort: str, filters: Filters) -> None:
    with counted(database) as said, database.read() as session:
        list_papers(session, filters, sort=sort, size=3)
    assert len(said) == 1


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_far_down_reads_no_more_rows_than_the_first(database: Database, shelf: list[int], sort: str) -> None:
    """Both databases walk an index from the cursor on: nothing is sorted, nothing is skipped row by row."""
    with database.read() as session:
        cursor = walk(session, sort, 2)[2].after
    with counted(database) as said, database.read() as session:
        list_papers(session, Filters(), sort=sort, size=2, after=cursor)
    (statement,) = said
    if database.is_sqlite:
        with database.engine.connect() as connection:
            marks = tuple([1] * statement.count("?"))
            plan = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", marks)]
        assert not any("TEMP B-TREE" in step for step in plan), plan
        assert any(step.startswith("SEARCH papers USING") for step in plan), plan


def full_record() -> PaperRecord:
    """A record with a bit of everything."""
    home, other = Affiliation("A University", "03yrm5c26"), Affiliation("B Institute")
    return PaperRecord(
        "crossref", title="Exercise and <i>pain</i>", type="review", language="en", titles={"en": "Exercise and <i>pain</i>", "zh": "运动与疼痛"},
        abstracts={"en": [Section("Some <b>words</b>.", "Aim"), Section("More.", "Methods")], "zh": [Section("一些字。")]}, summaries={"zh": Summary("概要。", "reviewhub")},
        journal=Journal("Nature", "Nat.", ["0028-0836", "1476-4687"]), publisher="Springer", volume="1", issue="2", pages="3-4", published="2020-05-06",
        identifiers={"doi": ["10.1000/1", "10.1000/2"], "pmid": ["12"], "arxiv": ["2301.01234"]},
        authors=[
            Author("Jane Doe", "Doe", "Jane", orcid="0000-0002-1825-0097", email="jane@secret.example", is_corresponding=True, affiliations=[home, other]),
            Author("王小明", "王", "小明", other_name="Xiaoming Wang", is_equal=True, affiliations=[other]),
            Author("The Group", is_group=True),
            Author("Ed Itor", role="editor"),
        ],
        keywords=[Keyword("Stroke"), Keyword("Stroke", "mesh", "complications", True), Keyword("Medicine", "subject")],
        funding=[Funding("NSF", "10.13039/100000001", awards=["1", "2"]), Funding("A Fund")], references=[Reference("A work", "10.1000/9", "99"), Reference("Another")],
        licence="https://creativecommons.org/licenses/by/4.0/", full_text_url="https://example.org/1.pdf", funding_text="We thank.",
    )  # fmt: skip


def test_a_record_page_holds_all_that_the_record_holds_but_the_addresses_of_people(database: Database) -> None:
    record = full_record()
    (paper_id,) = take_in(database, record)
    with database.read() as session:
        page = queries.record_page(session, paper_id)
    assert page is not None
    said, shown = record.to_json(), page.record.to_json()
    for author in said["authors"]:
        author.pop("email", None)
    for found in (said, shown):
        found.pop("source")
    assert shown == said
    assert page.affiliation_numbers == [[1, 2], [2], [], []]
    assert page.affiliations == [{"name": "A University", "ror": "03yrm5c26"}, {"name": "B Institute", "ror": ""}]
    assert page.name_keys == ["jane-doe", "王小明", "the-group", "ed-itor"]
    assert [(k.term, k.slug, k.kind, k.qualifier, k.is_major) for k in page.keywords] == [
        ("Stroke", "stroke", "author", "", False),
        ("Stroke", "stroke", "mesh", "complications", True),
        ("Medicine", "medicine", "subject", "", False),
    ]
    assert [(f.name, f.doi, f.awards) for f in page.funding] == [("NSF", "10.13039/100000001", ["1", "2"]), ("A Fund", "", [])]
    assert set(page.field_sources.values()) == {"crossref"} or "crossref" in page.field_sources.values()


def test_a_record_page_takes_five_statements_however_much_it_holds(database: Database) -> None:
    big = full_record()
    big.authors = [Author(f"Person Number{n}", affiliations=[Affiliation(f"Place {n % 50}")]) for n in range(300)]
    big.references = [Reference(f"Work {n}", f"10.1000/ref{n}") for n in range(200)]
    small = PaperRecord("hand", title="Nothing but a title, and that is enough")
    for record in (big, small):
        (paper_id,) = take_in(database, record)
        with counted(database) as said, database.read() as session:
            page = queries.record_page(session, paper_id)
        assert page is not None
        assert len(page.record.authors) == len(record.authors)
        assert len(said) <= 5


def test_there_is_no_page_for_a_number_without_a_paper(database: Database) -> None:
    with database.read() as session:
        assert queries.record_page(session, 1) is None
        assert queries.redirect_of(session, 1) is None


def test_a_reference_leads_to_the_cited_paper_and_back(database: Database) -> None:
    cited, citing, citing_by_number = take_in(
        database,
        PaperRecord("hand", title="The cited <i>work</i>", identifiers={"doi": ["10.1234/cited"], "pmid": ["77"]}),
        PaperRecord(
            "hand", title="A citing work", identifiers={"doi": ["10.1234/a"]}, references=[Reference("See", "10.1234/cited"), Reference("", "10.1234/gone")]
        ),
        PaperRecord("hand", title="Another citing work", identifiers={"doi": ["10.1234/b"]}, references=[Reference("See", "10.1234/cited", "77")]),
    )
    with database.read() as session:
        page, other = queries.record_page(session, cited), queries.record_page(session, citing)
    assert page is not None
    assert other is not None
    assert sorted(page.cited_by) == [(citing, "A citing work"), (citing_by_number, "Another citing work")]
    assert [(r.doi, r.paper_id) for r in other.references] == [("10.1234/cited", cited), ("10.1234/gone", None)]


@pytest.mark.parametrize("teller", ["notice", "paper", "both"])
def test_a_retraction_is_seen_from_both_ends_whoever_tells_of_it(database: Database, teller: str) -> None:
    paper = PaperRecord("crossref", title="A paper that was withdrawn later on", identifiers={"doi": ["10.1234/paper"]})
    notice = PaperRecord("crossref", title="Retraction: a paper", type="retraction", identifiers={"doi": ["10.1234/notice"]})
    if teller in ("notice", "both"):
        notice.relations = [Relation("retracts", True, doi="10.1234/paper", on="2021-02")]
    if teller in ("paper", "both"):
        paper.relations = [Relation("retracts", False, doi="10.1234/notice", on="2021-02")]
    paper_id, notice_id = take_in(database, paper, notice)
    with database.read() as session:
        of_paper, of_notice = queries.record_page(session, paper_id), queries.record_page(session, notice_id)
        (line,) = queries.lines_of(session, [paper_id])
    assert of_paper is not None
    assert of_notice is not None
    assert [(r.kind, r.is_from, r.paper_id, r.on, r.title) for r in of_paper.relations] == [("retracts", False, notice_id, "2021-02", "Retraction: a paper")]
    assert [(r.kind, r.is_from, r.paper_id) for r in of_notice.relations] == [("retracts", True, paper_id)]
    assert (of_paper.is_retracted, of_notice.is_retracted, line.is_retracted) == (True, False, True)


def test_a_notice_that_is_not_here_is_named_by_its_identifier(database: Database) -> None:
    (paper_id,) = take_in(
        database,
        PaperRecord(
            "crossref", title="A paper of some length or other", identifiers={"doi": ["10.1234/paper"]},
            relations=[Relation("retracts", False, doi="10.1234/elsewhere"), Relation("corrects", False, note="no identifier given")],
        ),
    )  # fmt: skip
    with database.read() as session:
        page = queries.record_page(session, paper_id)
    assert page is not None
    assert {(r.kind, r.key, r.note, r.paper_id) for r in page.relations} == {
        ("retracts", "doi:10.1234/elsewhere", "", None),
        ("corrects", "", "no identifier given", None),
    }


def test_the_number_of_a_merged_paper_is_known(database: Database, shelf: list[int]) -> None:
    with database.write() as session, session.begin():
        merge_papers(session, shelf[0], shelf[1])
    with database.read() as session:
        assert queries.redirect_of(session, shelf[1]) == shelf[0]


def test_every_identifier_finds_its_paper(database: Database) -> None:
    (paper_id,) = take_in(database, full_record())
    with database.read() as session:
        for kind, value in (("doi", "10.1000/1"), ("doi", "10.1000/2"), ("pmid", "12"), ("arxiv", "2301.01234")):
            assert queries.id_of(session, kind, value) == paper_id
        assert queries.id_of(session, "doi", "10.1000/none") is None
        assert queries.id_of(session, "pmid", "10.1000/1") is None


def test_the_subjects_of_browse_pages_tell_what_is_known_of_them(database: Database) -> None:
    take_in(
        database, full_record(), PaperRecord("hand", title="Another paper in the same journal", journal=Journal("Nature", "", ["0028-0836"]), published="1999")
    )
    with database.read() as session:
        line = list_papers(session, Filters()).lines[0]
        journal = queries.journal(session, line.journal_id or 0)
        keyword = queries.keyword(session, "stroke")
        name = queries.printed_name(session, "王小明")
        page = queries.record_page(session, line.id)
        assert page is not None
        funder = queries.funder(session, page.funding[0].funder_id)
        assert (queries.journal(session, 999), queries.keyword(session, "none"), queries.funder(session, 999), queries.printed_name(session, "none")) == (
            None,
        ) * 4
        assert queries.n_papers(session) == 2
    assert journal is not None
    assert keyword is not None
    assert name is not None
    assert funder is not None
    assert (journal.name, journal.n_papers) == ("Nature", 2)
    assert (journal.facts["issns"], journal.facts["first_year"], journal.facts["last_year"]) == (["0028-0836", "1476-4687"], 1999, 2020)
    assert (keyword.name, keyword.n_papers, keyword.facts["kinds"]) == ("Stroke", 1, {"author": 1, "mesh": 1})
    assert (name.name, name.n_papers, name.facts["other_names"]) == ("王小明", 1, ["Xiaoming Wang"])
    assert (funder.name, funder.n_papers, funder.facts["doi"]) == ("NSF", 1, "10.13039/100000001")


def test_common_keywords_are_counted_by_papers_not_by_mentions(database: Database, shelf: list[int]) -> None:
    with database.read() as session:
        assert queries.common_keywords(session, most=2) == [("bees", "bees", 12), ("sleep", "sleep", 6)]
        assert len(queries.common_keywords(session, most=1)) == 1


def test_an_empty_site_has_empty_lists(database: Database) -> None:
    with database.read() as session:
        assert list_papers(session, Filters()) == ListPage([])
        assert queries.common_keywords(session) == []
        assert queries.n_papers(session) == 0
