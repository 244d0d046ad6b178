"""Lists by score, page by page, against a slow sort of everything."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from reviewhub.core import clock
from reviewhub.core.db import Database
from reviewhub.papers.models import Paper
from reviewhub.papers.queries import Filters
from reviewhub.ratings.listing import ORDERS, SORTS, list_papers
from reviewhub.ratings.models import PaperScore

LENIENT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
BY_SCORE = ("top", "reviewed", "unrated", "disagree")


class Rated(NamedTuple):
    """A paper and what its ratings come to; few values, so that many papers share a place."""

    published: str
    language: str
    n_counted: int  # 0 with n_given: every rating of it is left out
    n_given_more: int
    n_reviews: int
    lower: int
    spread: int
    is_one_group: bool


PAPERS = st.lists(
    st.builds(
        Rated, st.sampled_from(["", "1999", "2020", "2020-03"]), st.sampled_from(["en", "zh"]), st.sampled_from([0, 0, 1, 4, 5, 12]), st.integers(0, 2), st.integers(0, 2),
        st.sampled_from([100, 640, 641, 1000]), st.sampled_from([0, 150, 450]), st.booleans(),
    ),
    max_size=14,
)  # fmt: skip


def put_in(session: Session, papers: list[Rated]) -> dict[int, Rated]:
    now = clock.now()
    made: dict[int, Rated] = {}
    for n, paper in enumerate(papers):
        values = {"type": "article", "title": f"Paper {n}", "title_key": f"paper {n}", "published": paper.published, "language": paper.language}
        year = int(paper.published[:4] or 0) or None
        paper_id = session.execute(sa.insert(Paper).values(**values, year=year, added_at=now, changed_at=now)).inserted_primary_key[0]
        made[paper_id] = paper
        if paper.n_counted or paper.n_given_more:
            session.add(_score(paper_id, paper))
    session.flush()
    return made


def _score(paper_id: int, paper: Rated) -> PaperScore:
    numbers = {"overall": 800, "lower": paper.lower, "spread": paper.spread} if paper.n_counted else {}
    groups = 1 if paper.is_one_group and paper.n_counted else paper.n_counted
    return PaperScore(
        paper_id=paper_id, n_given=paper.n_counted + paper.n_given_more, n_counted=paper.n_counted, n_groups=groups, n_reviews=paper.n_reviews,
        is_established=_is_established(paper), computed_at=clock.now(), **numbers,
    )  # fmt: skip


def _is_established(paper: Rated) -> bool:
    return paper.n_counted >= 5 and not paper.is_one_group


def slowly(papers: dict[int, Rated], sort: str) -> list[int]:
    """The list as its one sentence says, without a database."""
    has_score = {i: p for i, p in papers.items() if p.n_counted or p.n_given_more}
    established = {i: p for i, p in papers.items() if _is_established(p)}
    keys: dict[str, tuple[dict[int, Rated], Any]] = {
        "top": (established, lambda i: (papers[i].lower, i)),
        "disagree": (established, lambda i: (papers[i].spread, i)),
        "reviewed": (has_score, lambda i: (papers[i].n_reviews, papers[i].n_counted + papers[i].n_given_more, i)),
        "unrated": ({i: p for i, p in papers.items() if not p.n_counted}, lambda i: (papers[i].published, i)),
    }
    some, key = keys[sort]
    return sorted(some, key=key, reverse=True)


@pytest.mark.parametrize("sort", BY_SCORE)
def test_pages_forwards_and_backwards_are_the_list_sorted_slowly(database: Database, sort: str) -> None:
    @LENIENT
    @given(PAPERS, st.integers(1, 5), st.sampled_from(["", "zh"]))
    def check(papers: list[Rated], size: int, language: str) -> None:
        with database.write() as session:
            known = {i: p for i, p in put_in(session, papers).items() if language in ("", p.language)}
            filters = Filters(language=language)
            pages = [list_papers(session, filters, sort=sort, size=size)]
            while pages[-1].after:
                pages.append(list_papers(session, filters, sort=sort, size=size, after=pages[-1].after))
            assert [line.id for page in pages for line in page.lines] == slowly(known, sort)
            for n in range(len(pages) - 1, 0, -1):
                assert list_papers(session, filters, sort=sort, size=size, before=pages[n].before).lines == pages[n - 1].lines
            assert (pages[0].before, pages[-1].after) == ("", "")
            session.rollback()

    check()


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.integers(0, 1000), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=2))


@pytest.mark.parametrize("sort", SORTS)
def test_a_cursor_made_up_by_a_stranger_gives_a_page_and_no_error(database: Database, sort: str) -> None:
    with database.write() as session, session.begin():
        put_in(session, [Rated("2020", "en", 5, 0, 1, 640, 150, False), Rated("1999", "zh", 0, 0, 0, 0, 0, False)])

    @LENIENT
    @given(st.one_of(st.text(max_size=60), st.lists(VALUES, max_size=5).map(lambda values: _cursor([sort, *values]))), st.booleans())
    def check(cursor: str, is_before: bool) -> None:
        with database.read() as session:
            page = list_papers(session, Filters(), sort=sort, **{"before" if is_before else "after": cursor})
        assert len(page.lines) <= 2

    check()


def _cursor(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def test_numbers_too_large_for_a_column_are_no_place_in_a_list(database: Database) -> None:
    with database.write() as session, session.begin():
        put_in(session, [Rated("2020", "en", 5, 0, 1, 640, 150, False)])
    with database.read() as session:
        for sort, n in (("top", 2), ("disagree", 2), ("reviewed", 3)):
            for place in range(n):
                values = [1] * n
                values[place] = 2**31
                assert len(list_papers(session, Filters(), sort=sort, after=_cursor([sort, *values])).lines) == 1, sort


def test_every_order_is_known_by_its_own_name() -> None:
    assert {name: order.name for name, order in ORDERS.items()} == dict(zip(SORTS, SORTS, strict=True))
    assert ("newest", "added", "title", *BY_SCORE) == SORTS
