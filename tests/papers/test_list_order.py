"""Turning the pages of any list whatever: every paper once, in order, forwards and backwards, also while papers are added."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from reviewhub.core import clock
from reviewhub.core.db import Database
from reviewhub.papers.models import Paper
from reviewhub.papers.queries import SORTS, Filters, ListPage, list_papers

LENIENT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


class Sorted(NamedTuple):
    """What orders a paper in lists."""

    published: str
    title_key: str


# Few values, so that most papers share theirs with others; keys as folding leaves them, among them what sorts oddly.
PAPERS = st.lists(
    st.builds(
        Sorted,
        st.sampled_from(["", "1999", "2020", "2020-03", "2020-03-01", "2021-12-31"]),
        st.sampled_from(["a", "a b", "z", "ab", "运动", "蜜蜂", "𠀀", "", "é", "ab" * 60]),
    ),
    max_size=14,
)


def put_in(session: Session, papers: list[Sorted]) -> None:
    now = clock.now()
    rows = [
        {
            "type": "article",
            "title": f"Paper {n}",
            "title_key": paper.title_key,
            "published": paper.published,
            "year": int(paper.published[:4] or 0) or None,
            "added_at": now,
            "changed_at": now,
        }
        for n, paper in enumerate(papers)
    ]
    if rows:
        session.execute(sa.insert(Paper), rows)


def forwards(session: Session, sort: str, size: int) -> list[ListPage]:
    pages = [list_papers(session, Filters(), sort=sort, size=size)]
    while pages[-1].after:
        pages.append(list_papers(session, Filters(), sort=sort, size=size, after=pages[-1].after))
    return pages


@pytest.mark.parametrize("sort", SORTS)
def test_every_paper_is_met_once_in_order_on_the_way_there_and_on_the_way_back(database: Database, sort: str) -> None:
    @LENIENT
    @given(PAPERS, st.integers(1, 6))
    def check(papers: list[Sorted], size: int) -> None:
        with database.write() as session:
            put_in(session, papers)
            known = {row.id: row for row in session.execute(sa.select(Paper.id, Paper.published, Paper.title_key))}
            pages = forwards(session, sort, size)
            ids = [line.id for page in pages for line in page.lines]
            keys = {"newest": lambda i: (known[i].published.encode(), i), "added": lambda i: i, "title": lambda i: (known[i].title_key.encode(), i)}
            assert ids == sorted(known, key=keys[sort], reverse=sort != "title")  # type: ignore[arg-type]
            assert all(len(page.lines) == size for page in pages[:-1])
            assert (pages[0].before, pages[-1].after) == ("", "")
            for earlier, later in pairwise(pages):
                back = list_papers(session, Filters(), sort=sort, size=size, before=later.before)
                assert back.lines == earlier.lines
                assert bool(back.before) == bool(earlier.before)
                assert back.after
            session.rollback()

    check()


@pytest.mark.parametrize("sort", SORTS)
def test_papers_added_meanwhile_neither_hide_nor_double_those_that_were_there(database: Database, sort: str) -> None:
    @LENIENT
    @given(PAPERS, PAPERS, st.integers(1, 4), st.integers(0, 3))
    def check(papers: list[Sorted], more: list[Sorted], size: int, turned: int) -> None:
        with database.write() as session:
            put_in(session, papers)
            there = set(session.scalars(sa.select(Paper.id)))
            page = list_papers(session, Filters(), sort=sort, size=size)
            met = [line.id for line in page.lines]
            while page.after:
                if not turned:
                    put_in(session, more)
                turned -= 1
                page = list_papers(session, Filters(), sort=sort, size=size, after=page.after)
                met += [line.id for line in page.lines]
            assert len(set(met)) == len(met)
            assert there <= set(met)
            session.rollback()

    check()
