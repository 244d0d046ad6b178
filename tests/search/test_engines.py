"""What every engine makes of the same few papers: facets, orders, filters, numbers of ratings, suggestions and corrections. Scores are not compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reviewhub.config import Settings
from reviewhub.search.backend import SORTS, Count, Facets, Filters, Results, SearchIndex
from reviewhub.search.documents import Document, Name, Standing
from reviewhub.search.engines import index_for
from reviewhub.search.language import parse

Search = Callable[..., Results]

PAPERS = [
    Document(
        1, 3, "article", 2020, 20200501, 7, ["Lichens on granite"], [Name("Hanako Yamada", "Yamada", "Hanako")], ["Annals of Lichens", "Ann Lich"],
        ["Symbiosis", "Rock"], ["symbiosis", "rock"], [11, 12], ["Stone Fund"], ["Slow growth."], ["doi:10.1000/one"], "en", False, Standing(1, 820, 900, 9, 1),
    ),
    Document(
        2, 1, "review", 2021, 20210000, 7, ["Lichens on bark, a review"], [Name("Ann Other", "Other", "Ann")], ["Annals of Lichens"], ["Symbiosis"], ["symbiosis"],
        [11], [], ["Growth on trees."], [], "en", False, Standing(2, 500, 640, 4, 3),
    ),
    Document(
        3, 1, "article", 2021, 20210703, 8, ["青少年地衣研究", "Lichens of the young"], [Name("王小明", "王", "小明", "Xiaoming Wang")], ["地衣学报"], [], [], [], [],
        ["目的：探讨。"], [], "zh", False, Standing(3, 0, 0, 1, 0),
    ),
    Document(4, 1, "article", 2019, 20190101, None, ["Lichens and moss"], language="de"),
    Document(5, 1, "dataset", None, 0, None, ["Moss counts"], language="", is_retracted=True),
]  # fmt: skip


@pytest.fixture
def engine_index(settings: Settings) -> SearchIndex:
    """An index of the papers above, on each engine."""
    made = index_for(settings)
    made.rebuild(lambda batch: batch.put(PAPERS), lambda batch, written: None)
    return made


@pytest.fixture
def search(engine_index: SearchIndex) -> Search:
    def searched(text: str, filters: Filters | None = None, sort: str = "relevance", offset: int = 0, limit: int = 20, *, facets: bool = False) -> Results:
        return engine_index.search(parse(text), filters or Filters(), sort, offset, limit, facets=facets)

    return searched


def ids(found: Results) -> list[int]:
    return [paper_id for paper_id, _ in found.hits]


def test_an_index_tells_what_is_in_it(engine_index: SearchIndex) -> None:
    assert engine_index.trouble() is None
    assert engine_index.count() == 5
    assert engine_index.versions() == {1: 3, 2: 1, 3: 1, 4: 1, 5: 1}
    assert engine_index.standings() == {paper.id: paper.standing for paper in PAPERS if paper.standing}


def test_facets_count_all_results_and_not_the_page(search: Search) -> None:
    for limit in (20, 1, 0):
        facets = search("lichens", limit=limit, facets=True).facets
        assert facets
        assert facets.types == (Count("article", 3), Count("review", 1))
        assert facets.journals == (Count("7", 2), Count("8", 1))
        assert facets.keywords == (Count("11", 2), Count("12", 1))
        assert facets.languages[0] == Count("en", 2)
        assert set(facets.languages[1:]) == {Count("zh", 1), Count("de", 1)}
        assert facets.rated == (Count("4.5", 1), Count("4.0", 1), Count("3.0", 2), Count("2.0", 2))
        assert facets.years == ((2019, 1), (2020, 1), (2021, 2))


def test_facets_follow_filters_and_what_is_not_found_has_none(search: Search) -> None:
    narrowed = search("lichens", Filters(year_from=2021), facets=True).facets
    assert narrowed
    assert narrowed.years == ((2021, 2),)
    nothing = search("nowhereatall", facets=True)
    assert (nothing.total, nothing.facets) == (0, Facets())
    assert search("lichens").facets is None


def test_every_order_puts_what_it_names_first(search: Search) -> None:
    expected = {"newest": [3, 2, 1, 4], "oldest": [4, 1, 2, 3], "added": [4, 3, 2, 1], "top": [1, 2, 3, 4], "discussed": [2, 1, 3, 4]}
    assert {sort: ids(search("lichens", sort=sort)) for sort in expected} == expected
    assert ids(search("", sort="oldest"))[-1] == 5, "what has no date comes last"
    assert ids(search(""))[-1] == 5


def test_pages_of_every_order_follow_each_other(search: Search) -> None:
    for sort in SORTS:
        pages = [search("lichens", sort=sort, offset=offset, limit=2) for offset in (0, 2, 4)]
        assert {page.total for page in pages} == {4}
        assert sorted(paper_id for page in pages for paper_id in ids(page)) == [1, 2, 3, 4]
    assert ids(search("lichens", offset=1_000_000)) == []
    assert search("lichens", offset=1_000_000).total == 4


@pytest.mark.parametrize(
    ("typed", "filters", "expected"),
    [
        ("lichens", Filters(type="review"), [2]),
        ("lichens", Filters(type="no such type"), []),
        ("lichens type:article", Filters(type="review"), []),
        ("lichens", Filters(journal_id=7), [1, 2]),
        ("lichens", Filters(journal_id=0), []),
        ("lichens", Filters(keyword="rock"), [1]),
        ("lichens", Filters(language="zh"), [3]),
        ("lichens language:chinese", Filters(), [3]),
        ("lichens -language:en", Filters(), [3, 4]),
        ("lichens", Filters(rated=4), [1]),
        ("lichens", Filters(rated=3.2), [1, 2]),
        ("lichens", Filters(rated=3.21), [1]),
        ("lichens", Filters(rated=0), [1, 2]),
        ("rated:>=4", Filters(), [1]),
        ("rated:3..4", Filters(), [2]),
        ("rated:<3.2", Filters(), []),
        ("rated:<=3.2", Filters(), [2]),
        ("year:2020..2021", Filters(year_to=2020), [1]),
        ("moss", Filters(year_to=2030), [4]),
        ("doi:10.1000/one", Filters(), [1]),
        ('funder:"stone fund"', Filters(), [1]),
        ("-lichens", Filters(), [5]),
    ],
)
def test_what_narrows_narrows(search: Search, typed: str, filters: Filters, expected: list[int]) -> None:
    assert sorted(ids(search(typed, filters))) == expected


def test_few_papers_with_all_words_are_followed_by_those_with_most(engine_index: SearchIndex) -> None:
    titles = {30: "Ferns, orchids and islands", 31: "Orchids and ferns", 32: "Boats"}
    with engine_index.batch() as batch:
        batch.put([Document(n, 1, "article", 2020, 20200101, None, [title]) for n, title in titles.items()])
    asked = parse("ferns orchids islands")
    found = engine_index.search(asked, Filters(), "relevance", 0, 20)
    assert (ids(found), found.n_whole, found.relaxed) == ([30, 31], 1, False)
    for exactly, sort in ((True, "relevance"), (False, "newest")):
        found = engine_index.search(replace(asked, is_exact=exactly), Filters(), sort, 0, 20)
        assert (ids(found), found.n_whole) == ([30], 1)


def test_a_compound_beside_a_word_is_not_written_as_one_with_it(engine_index: SearchIndex) -> None:
    with engine_index.batch() as batch:
        batch.put([Document(n, 1, "article", 2020, 20200101, None, [title]) for n, title in ((40, "HIV-1 reservoirs"), (41, "HIV testing"))])
    asked = replace(parse("HIV-1 reservoirs"), is_exact=True)
    assert ids(engine_index.search(asked, Filters(), "relevance", 0, 20)) == [40]


def test_what_stands_nowhere_is_looked_for_under_a_like_spelling(engine_index: SearchIndex) -> None:
    found = engine_index.search(parse("symbiosus"), Filters(), "relevance", 0, 20)
    assert (sorted(ids(found)), found.replaced, found.relaxed) == ([1, 2], (("symbiosus", "symbiosis"),), False)
    exact = engine_index.search(replace(parse("symbiosus"), is_exact=True), Filters(), "relevance", 0, 20)
    assert (exact.total, exact.replaced) == (0, ())
    named = engine_index.search(parse("author:Yamoda"), Filters(), "relevance", 0, 20)
    assert (ids(named), named.replaced) == ([1], (("Yamoda", "yamada"),))


def test_results_say_which_terms_a_page_may_mark(search: Search) -> None:
    assert {"lichen", "granit"} <= search('"lichens on granite"').terms
    assert "地衣" in search("地衣").terms


def test_a_retracted_paper_stands_below(engine_index: SearchIndex) -> None:
    twins = [Document(n, 1, "article", 2020, 20200101, None, [f"Ferns of island {n}"], is_retracted=n == 20) for n in (20, 21, 22)]
    with engine_index.batch() as batch:
        batch.put(twins)
    found = engine_index.search(parse("ferns"), Filters(), "relevance", 0, 10)
    assert ids(found)[-1] == 20


def test_a_rated_paper_stands_above_one_like_it(engine_index: SearchIndex) -> None:
    twins = [Document(n, 1, "article", 2020, 20200101, None, [f"Ferns of island {n}"]) for n in (20, 21, 22)]
    with engine_index.batch() as batch:
        batch.put(twins)
    with engine_index.batch() as batch:
        batch.stand([Standing(21, 900, 950, 12, 2)])
    assert ids(engine_index.search(parse("ferns"), Filters(), "relevance", 0, 10))[0] == 21


def test_numbers_change_without_the_text_and_go_with_the_paper(engine_index: SearchIndex) -> None:
    with engine_index.batch() as batch:
        batch.stand([Standing(4, 900, 960, 12, 7), Standing(2), Standing(999, 900, 900, 9, 9)])
    assert engine_index.standings()[4] == Standing(4, 900, 960, 12, 7)
    assert 2 not in engine_index.standings()
    assert engine_index.count() == 5, "numbers of a paper that is not here make no paper"
    assert ids(engine_index.search(parse("lichens"), Filters(), "top", 0, 20))[:2] == [4, 1]
    assert ids(engine_index.search(parse("lichens rated:>=4.5"), Filters(), "top", 0, 20)) == [4, 1]
    with engine_index.batch() as batch:
        batch.delete([4, 12345])
        batch.put([replace(PAPERS[0], version=4, standing=None)])
    assert engine_index.standings() == {3: Standing(3, 0, 0, 1, 0)}
    assert engine_index.versions() == {1: 4, 2: 1, 3: 1, 5: 1}


@pytest.mark.parametrize(
    ("typed", "kind", "expected"),
    [
        ("liche", "papers", [1, 2, 3, 4]),
        ("lichens on b", "papers", [2]),
        ("青少", "papers", [3]),
        ("yam", "authors", ["Hanako Yamada"]),
        ("hanako y", "authors", ["Hanako Yamada"]),
        ("xiaom", "authors", ["王小明"]),
        ("王小", "authors", ["王小明"]),
        ("ann", "journals", ["Annals of Lichens"]),
        ("lich", "journals", ["Annals of Lichens"]),
        ("symb", "keywords", ["Symbiosis"]),
        ("zzz", "papers", []),
        ("", "papers", []),
        ("?!", "papers", []),
        ("[a-z]*.", "authors", []),
    ],
)
def test_a_beginning_suggests_what_it_may_become(engine_index: SearchIndex, typed: str, kind: str, expected: list[object]) -> None:
    found = getattr(engine_index.suggest(typed, 5), kind)
    assert [one if kind == "papers" else one.label for one in found] == expected


def test_suggestions_count_papers_name_values_and_keep_to_the_limit(engine_index: SearchIndex) -> None:
    (keyword,) = engine_index.suggest("symb", 5).keywords
    assert (keyword.value, keyword.n) == ("symbiosis", 2)
    (journal,) = engine_index.suggest("annals ", 5).journals
    assert (journal.value, journal.n) == ("7", 2)
    assert len(engine_index.suggest("lich", 2).papers) == 2
    assert engine_index.suggest("lich", 0).papers == ()


def test_a_misspelt_word_is_put_right_and_han_is_left_alone(engine_index: SearchIndex) -> None:
    assert engine_index.correct("granate lichens") == "granite lichens"
    assert engine_index.correct("author:smith Lichnes") == "author:smith lichens"
    for right in ("granite lichens", "地衣研就", "", "10.1000/one", "xyz"):
        assert engine_index.correct(right) == ""
