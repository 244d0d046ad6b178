"""Which paper comes first, beside the words it has."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from reviewhub.search.backend import Filters, Results
from reviewhub.search.documents import Document, Standing
from reviewhub.search.language import parse
from reviewhub.search.whoosh_index import WhooshIndex

ESTABLISHED = Standing(2, 800, 860, 12, 4)


@pytest.fixture
def index(tmp_path: Path) -> WhooshIndex:
    return WhooshIndex(tmp_path / "search")


def paper(number: int, title: str, text: str = "", **facts: Any) -> Document:
    year = facts.pop("year", None)
    return Document(number, 1, "article", year, (year or 0) * 10_000, None, [title], texts=[text] if text else [], **facts)


def filled(index: WhooshIndex, *papers: Document) -> None:
    index.rebuild(lambda batch: batch.put(papers), lambda batch, written: None)


def asked(index: WhooshIndex, typed: str, sort: str = "relevance", offset: int = 0, limit: int = 50) -> Results:
    return index.search(parse(typed), Filters(), sort, offset, limit)


def ids(index: WhooshIndex, typed: str) -> list[int]:
    return [paper_id for paper_id, _ in asked(index, typed).hits]


def test_of_papers_that_fit_alike_the_one_rated_well_comes_first(index: WhooshIndex) -> None:
    filled(index, paper(1, "Lichen growth"), paper(2, "Lichen growth", standing=ESTABLISHED), paper(3, "Lichen growth"))
    assert ids(index, "lichen")[0] == 2


def test_no_rating_outweighs_what_a_paper_is_about(index: WhooshIndex) -> None:
    filled(index, paper(1, "Lichen growth", "Lichens on rocks."), paper(2, "Mosses", "A lichen is named among many other things.", standing=ESTABLISHED))
    assert ids(index, "lichen") == [1, 2]


def test_of_papers_that_fit_alike_the_newest_comes_first(index: WhooshIndex) -> None:
    filled(index, paper(1, "Lichen growth", year=1990), paper(2, "Lichen growth", year=2024), paper(3, "Lichen growth"), paper(4, "Lichen growth", year=2010))
    assert ids(index, "lichen") == [2, 4, 1, 3]


def test_a_retracted_paper_stands_below_and_is_still_found_by_its_title(index: WhooshIndex) -> None:
    filled(
        index,
        paper(1, "Lichen growth", "Lichen on lichen.", is_retracted=True, standing=ESTABLISHED),
        paper(2, "Rocks", "Lichens and mosses."),
        paper(3, "Lichen"),
    )
    assert ids(index, "lichen")[-1] == 1
    assert ids(index, "Lichen growth")[0] == 1


def test_a_rating_that_changes_changes_the_order_at_once(index: WhooshIndex) -> None:
    filled(index, paper(1, "Lichen growth"), paper(2, "Lichen growth"))
    assert ids(index, "lichen") == [1, 2]
    with index.batch() as batch:
        batch.stand([ESTABLISHED])
    assert ids(index, "lichen") == [2, 1]


def test_words_that_stand_together_as_typed_outweigh_the_same_words_apart(index: WhooshIndex) -> None:
    apart = "The growth of towns. Somebody wrote of other things for a long while and then, at last, of the lichen."
    together = "The growth of towns. Somebody wrote of other things for a long while, at last of lichen growth and then."
    filled(index, paper(1, "One", apart), paper(2, "Two", together), paper(3, "Three", "Of mosses."))
    assert ids(index, "lichen growth")[0] == 2


def test_papers_with_all_words_are_followed_by_those_with_most_and_it_is_told_how_many(index: WhooshIndex) -> None:
    filled(
        index,
        paper(1, "Lichen and moss on granite"),
        paper(2, "Lichen and moss"),
        paper(3, "Granite"),
        *(paper(n, f"Something else {n}") for n in range(10, 40)),
    )
    found = asked(index, "lichen moss granite")
    assert [paper_id for paper_id, _ in found.hits] == [1, 2]
    assert (found.total, found.n_whole, found.relaxed) == (2, 1, False)
    assert asked(index, "lichen moss granite", "newest").total == 1
    assert asked(index, "lichen xylophone").n_whole == 0
    assert asked(index, "lichen xylophone").relaxed


def test_a_paper_among_its_like_comes_before_one_that_only_repeats_the_words(index: WhooshIndex) -> None:
    about = "Heat flow through composite slabs of metal and glass was computed by integral methods."
    likes = [paper(n, f"Heat conduction in slabs {n}", about) for n in range(1, 8)]
    stray = paper(50, "Heat conduction of slabs", "Birds nest in spring on cliffs by the sea where gulls and terns live.")
    others = [paper(n, f"Title {n}", f"Rivers carry sand number {n} to deltas.") for n in range(100, 130)]
    filled(index, *likes, stray, *others)
    assert ids(index, "conduction of heat in composite slabs").index(50) >= 5


@pytest.mark.parametrize("typed", ["lichen", "lichen growth rock", "lichen growth on rock and bark in cold northern places"])
def test_pages_of_any_order_follow_each_other_without_gap_or_repeat(typed: str, index: WhooshIndex) -> None:
    draw = random.Random(3)
    words = "lichen growth rock bark cold northern places moss".split()
    filled(index, *(paper(n, " ".join(draw.choices(words, k=4)), " ".join(draw.choices(words, k=20)), year=1990 + n % 30) for n in range(500)))
    for sort in ("relevance", "newest", "oldest", "top", "discussed"):
        whole = asked(index, typed, sort, 0, 500)
        pages = [asked(index, typed, sort, offset, 20) for offset in range(0, whole.total + 20, 20)]
        assert [hit for page in pages for hit in page.hits] == whole.hits, sort
        assert {page.total for page in pages} == {whole.total}
