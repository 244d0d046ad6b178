"""The search page: from what somebody typed to papers, whatever they typed."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewhub.app import create_app
from reviewhub.papers.models import Paper
from reviewhub.papers.record import Author, Journal, Keyword, PaperRecord, Section
from reviewhub.search import services as search
from reviewhub.web.pages.search import MAX_BARS, MAX_QUERY_CHARS, MAX_TYPED_CHARS, MOST_PAGES, PAGE_SIZE
from tests.people import rated, signed_in
from tests.web.reading import LANGUAGES, PREFIX, Element, all_words, line_ids, one, statements, take_in, tree, words

LENIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def papers(app: Flask) -> list[int]:
    """Two pages of papers on sleep, of which some are on bees, and one in Chinese; all in the index."""
    records = [
        PaperRecord(
            "hand", title=f"Sleep of {'bees' if n % 5 == 0 else 'mice'} in the year {n}", type="review" if n % 2 else "article", published=f"{1990 + n}", language="en",
            journal=Journal("Journal of Nights" if n % 3 else "Wings"), keywords=[Keyword("night")] * (n % 4 == 0), identifiers={"doi": [f"10.1234/{n}"], "pmid": [f"{100 + n}"]},
            authors=[Author("Jane Doe")] * (n == 7), abstracts={"en": [Section("Nobody knows why.")]},
        )
        for n in range(PAGE_SIZE + 10)
    ]  # fmt: skip
    records.append(PaperRecord("hand", title="睡眠与蜜蜂的关系", language="zh", published="2001"))
    ids = take_in(app, *records)
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    return ids


def found(client: FlaskClient, language: str = "en", **asked: str) -> list[int]:
    return line_ids(tree(client.get(f"{PREFIX[language]}/search?{urlencode(asked)}")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_find_papers_in_either_language_of_the_site(papers: list[int], client: FlaskClient, language: str) -> None:
    bees = {papers[n] for n in range(0, PAGE_SIZE + 10, 5)}
    assert set(found(client, language, q="bees")) == bees
    assert found(client, language, q="睡眠") == [papers[-1]]
    assert found(client, language, q="Jane Doe") == [papers[7]]
    page = tree(client.get(f"{PREFIX[language]}/search?q=bees"))
    assert str(len(bees)) in words(one(page, "//p[@class='results-count']"))
    assert one(page, "//input[@id='q']/@value") == "bees"


def test_next_and_previous_lead_through_all_that_was_found_once(papers: list[int], client: FlaskClient) -> None:
    first = tree(client.get("/zh/search?q=sleep&sort=oldest"))
    second = tree(client.get(str(one(first, "//a[@rel='next']/@href"))))
    assert line_ids(first) + line_ids(second) == papers[:-1]
    assert second.xpath("//a[@rel='next']") == []
    again = tree(client.get(str(one(second, "//a[@rel='prev']/@href"))))
    assert line_ids(again) == line_ids(first)
    assert again.xpath("//a[@rel='prev']") == []


def test_filters_and_orders_hold_together(papers: list[int], client: FlaskClient) -> None:
    assert found(client, q="sleep", type="review", year_from="1995", year_to="1999") == sorted(
        papers[5:10:2], key=found(client, q="sleep", type="review").index
    )
    assert found(client, q="bees", sort="newest") == papers[0 : PAGE_SIZE + 10 : 5][::-1]
    assert found(client, q="bees", sort="oldest") == papers[0 : PAGE_SIZE + 10 : 5]
    assert set(found(client, q="bees", keyword="night")) == {papers[0], papers[20]}
    assert found(client, q="bees", year_from="2500") == []


def values(page: Element, facet: str) -> dict[str, str]:
    """The values of a facet: words -> address."""
    links = page.xpath(f"//section[@aria-labelledby='facet-{facet}']//a")
    return {words(link): link.get("href") for link in links}


def test_facets_count_what_was_found_and_each_narrows_to_what_it_counts(papers: list[int], client: FlaskClient) -> None:
    page = tree(client.get("/search?q=bees"))
    for facet, value, n in (("type", "Article", 3), ("journal", "Journal of Nights", 4), ("keyword", "night", 2)):
        address = values(page, facet)[f"{value} {n}"]
        narrowed = tree(client.get(address))
        assert len(line_ids(narrowed)) == n, facet
        (chip,) = narrowed.xpath("//ul[@class='chips']//a")
        assert words(chip).startswith(f"Remove filter: {value}")
        assert line_ids(tree(client.get(chip.get("href")))) == line_ids(page)
        (chosen,) = narrowed.xpath(f"//section[@aria-labelledby='facet-{facet}']//a[@aria-current]")
        assert line_ids(tree(client.get(chosen.get("href")))) == line_ids(page)


def test_without_words_the_newest_stand_first_and_nothing_matches_best(papers: list[int], client: FlaskClient) -> None:
    for query, order, others in (
        ("type=review", "Newest first", 4),
        ("q=year:1990..1999", "Newest first", 4),
        ("q=bees", "Best match", 5),
        ("sort=oldest", "Oldest first", 4),
    ):
        page = tree(client.get(f"/search?{query}"))
        assert all_words(page, "//nav[@class='orders']//a[@aria-current]") == [order]
        assert len(page.xpath("//nav[@class='orders']//a[not(@aria-current)]")) == others
        assert all(client.get(address).status_code == 200 for address in page.xpath("//nav[@class='orders']//a/@href"))
    assert found(client, type="review") == papers[29:0:-2][:PAGE_SIZE]


def test_what_all_results_have_is_no_facet(papers: list[int], client: FlaskClient) -> None:
    assert values(tree(client.get("/search?q=bees")), "language") == {}
    languages = values(tree(client.get("/search")), "language")
    assert list(languages) == ["English 30", "Chinese 1"]
    assert line_ids(tree(client.get(languages["Chinese 1"]))) == [papers[-1]]


def test_filters_add_up_keep_the_order_and_can_all_be_removed_at_once(papers: list[int], client: FlaskClient) -> None:
    page = tree(client.get("/search?q=sleep&sort=oldest"))
    page = tree(client.get(values(page, "type")["Review 15"]))
    page = tree(client.get(values(page, "journal")["Journal of Nights 10"]))
    assert line_ids(page) == [paper for n, paper in enumerate(papers[:-1]) if n % 2 and n % 3]
    assert all_words(page, "//ul[@class='chips']//a") == ["Remove filter: Review×", "Remove filter: Journal of Nights×", "Remove filters"]
    rest = tree(client.get(page.xpath("//a[@class='chip-all']/@href")[0]))
    assert line_ids(rest) == papers[:PAGE_SIZE]
    assert rest.xpath("//ul[@class='chips']") == []


def test_years_are_bars_that_narrow_and_fields_that_do_so_too(papers: list[int], client: FlaskClient) -> None:
    page = tree(client.get("/search?q=sleep&type=review"))
    bars = page.xpath("//*[local-name()='svg'][@class='years']//*[local-name()='a']")
    assert 2 < len(bars) <= MAX_BARS
    assert sum(int(bar.get("aria-label").split(": ")[1].split()[0]) for bar in bars) == 15
    narrowed = tree(client.get(bars[1].get("href")))
    assert str(len(line_ids(narrowed))) == bars[1].get("aria-label").split(": ")[1].split()[0]
    form = one(page, "//form[@class='years-form']")
    assert {name: value for name, value in form.form_values() if value} == {"q": "sleep", "type": "review"}
    assert found(client, q="sleep", type="review", year_from="1995", year_to="1999", sort="oldest") == papers[5:10:2]
    (chip,) = tree(client.get("/search?q=sleep&year_from=1995")).xpath("//ul[@class='chips']//a")
    assert words(chip) == "Remove filter: from 1995×"


def test_the_years_of_a_long_history_are_few_bars(app: Flask, client: FlaskClient) -> None:
    take_in(
        app,
        *[PaperRecord("hand", title=f"On sleep {n}", published=f"{2024 - n // 4}") for n in range(200)],
        PaperRecord("hand", title="Of sleep", published="1672"),
    )
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    page = tree(client.get("/search?q=sleep"))
    bars = page.xpath("//*[local-name()='svg'][@class='years']//*[local-name()='a']/@aria-label")
    assert len(bars) <= MAX_BARS + 1
    assert bars[0] == "1672–1974: 1 paper"


@pytest.mark.parametrize("language", LANGUAGES)
def test_scores_narrow_and_lead(papers: list[int], app: Flask, client: FlaskClient, language: str) -> None:
    with app.extensions["database"].write() as session, session.begin():
        rated(session, papers[5], [9, 9, 10, 8, 9])
        rated(session, papers[10], [9, 9])
    search.prepare(app.extensions["database"], app.extensions["settings"])
    page = tree(client.get(f"{PREFIX[language]}/search?q=bees&sort=top"))
    assert line_ids(page)[0] == papers[5]
    addresses = page.xpath("//section[@aria-labelledby='facet-rated']//a/@href")
    assert [line_ids(tree(client.get(address))) for address in addresses] == [[papers[5]]] * 4
    assert found(client, language, q="bees", rated=">=4.6") == []
    state = {"en": "Not enough ratings", "zh": "评分不足"}[language]
    (few,) = [line for line in page.xpath("//li[@class='line']") if state in words(line)]
    assert few.xpath(".//h2/a/@href") == [f"{PREFIX[language]}/papers/{papers[10]}"]


@pytest.mark.parametrize(
    "filters",
    [
        "type=nonsense",
        "year_from=x",
        "journal=99999999999",
        "rated=many",
        "rated=9",
        "language=tlh",
        "keyword=nothing-like-it",
        "journal=77",
        "sort=price",
        "page=x",
    ],
)
def test_a_filter_that_is_none_is_no_fault(papers: list[int], client: FlaskClient, filters: str) -> None:
    assert client.get(f"/search?q=bees&{filters}").status_code == 200


def marked(page: Element, path: str) -> list[str]:
    return all_words(page, f"{path}//mark")


def test_words_are_marked_in_titles_names_and_a_passage(app: Flask, client: FlaskClient) -> None:
    filler = "Nothing was seen. " * 30
    take_in(
        app,
        PaperRecord(
            "hand",
            title="Nights of <i>Apis</i> &amp; others",
            authors=[Author("Jane Night")],
            abstracts={"en": [Section(f"{filler}A <b>bee</b> slept at night. {filler}")]},
        ),
    )
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    page = tree(client.get("/search?q=night+bees"))
    assert marked(page, "//h2[@class='line-title']") == ["Nights"]
    assert marked(page, "//p[@class='line-authors']") == ["Night"]
    assert marked(page, "//p[@class='line-summary']") == ["bee", "night"]
    assert words(one(page, "//p[@class='line-summary']")).startswith("… A bee slept")
    assert one(page, "//h2[@class='line-title']//i").text == "Apis"


def test_a_paper_whose_text_has_no_word_shows_how_it_begins(papers: list[int], client: FlaskClient) -> None:
    page = tree(client.get("/search?q=mice+1999"))
    assert words(page.xpath("//p[@class='line-summary']")[0]) == "Nobody knows why."


def test_a_word_that_stands_nowhere_is_replaced_and_that_can_be_undone(papers: list[int], client: FlaskClient) -> None:
    page = tree(client.get("/search?q=sleeep+bees&type=article"))
    assert len(line_ids(page)) == 3
    note = one(page, "//p[@class='note results-note']")
    assert "instead: sleep bees." in words(note)
    exact = tree(client.get(str(one(note, ".//a/@href"))))
    assert line_ids(exact) == []
    back = exact.xpath("//ul[@class='ways']//a[contains(., 'similar words')]/@href")
    assert line_ids(tree(client.get(back[0]))) == line_ids(page)


def test_words_that_had_to_be_left_out_are_told_and_that_can_be_undone(papers: list[int], client: FlaskClient) -> None:
    page = tree(client.get("/zh/search?q=bees+mice"))
    assert len(line_ids(page)) == PAGE_SIZE
    exact = tree(client.get(str(one(page, "//p[@class='note results-note']//a/@href"))))
    assert line_ids(exact) == []
    assert found(client, q="bees 5", exact="1") == [papers[5]]


def test_who_may_have_mistyped_is_asked(app: Flask, client: FlaskClient) -> None:
    take_in(app, *[PaperRecord("hand", title=f"Lichens, part {n}") for n in range(120)], PaperRecord("hand", title="Lichnes of one"))
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    page = tree(client.get("/search?q=lichnes"))
    assert len(line_ids(page)) == 1
    note = one(page, "//p[@class='note results-note']")
    assert words(note) == "Did you mean: lichens"
    assert len(line_ids(tree(client.get(str(one(note, ".//a/@href")))))) == PAGE_SIZE


def test_an_empty_page_offers_what_may_help(papers: list[int], client: FlaskClient) -> None:
    page = tree(client.get('/search?q="bees+sleep"&type=review&year_from=1990&exact=1'))
    assert line_ids(page) == []
    ways = dict(zip(all_words(page, "//ul[@class='ways']//a"), page.xpath("//ul[@class='ways']//a/@href"), strict=True))
    assert list(ways) == [
        "Search without the 2 filters",
        "Search for the words, not the phrase",
        "Search for similar words too",
        "Add a paper by its DOI, from a file or by hand",
        "Browse all papers",
    ]
    assert len(line_ids(tree(client.get(ways["Search for the words, not the phrase"])))) == 3
    assert all(client.get(address).status_code == 200 for address in ways.values())


def test_a_retracted_paper_is_marked(papers: list[int], app: Flask, client: FlaskClient) -> None:
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(Paper).where(Paper.id == papers[5]).values(is_retracted=True))
    lines = tree(client.get("/search?q=bees")).xpath("//li[@class='line']")
    assert [words(one(line, ".//h2")) for line in lines if "Retracted" in words(line)] == ["Sleep of bees in the year 5"]


@pytest.mark.parametrize("typed", ["10.1234/3", "https://doi.org/10.1234/3", "doi:10.1234/3", "pmid:103", "PMID 103", "https://pubmed.ncbi.nlm.nih.gov/103/"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_identifier_goes_straight_to_its_record(papers: list[int], client: FlaskClient, typed: str, language: str) -> None:
    answer = client.get(f"{PREFIX[language]}/search?{urlencode({'q': typed})}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{PREFIX[language]}/papers/{papers[3]}")


@pytest.mark.parametrize("typed", ["0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097", "orcid:0000-0002-1825-0097", "0000000218250097"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_orcid_goes_straight_to_its_name_and_lists_papers_where_it_has_several(app: Flask, client: FlaskClient, typed: str, language: str) -> None:
    ids = take_in(
        app, PaperRecord("hand", title="One", authors=[Author("Jane Doe", orcid="0000-0002-1825-0097"), Author("Ann Other")]), PaperRecord("hand", title="Two")
    )
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    path = f"{PREFIX[language]}/search?{urlencode({'q': typed})}"
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{PREFIX[language]}/people/jane-doe")
    assert line_ids(tree(client.get(answer.headers["Location"]))) == [ids[0]]
    ids += take_in(app, PaperRecord("hand", title="Three", authors=[Author("J. Doe", orcid="0000-0002-1825-0097")]))
    search.prepare(app.extensions["database"], app.extensions["settings"])
    assert set(line_ids(tree(client.get(path)))) == {ids[0], ids[2]}
    assert line_ids(tree(client.get(path.replace("1825", "1826")))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_identifier_that_is_not_here_can_be_added(papers: list[int], client: FlaskClient, language: str) -> None:
    empty = one(tree(client.get(f"{PREFIX[language]}/search?q=10.1234/none")), "//div[@class='empty']")
    form = tree(client.get(str(one(empty, ".//a/@href"))))
    assert one(form, "//input[@name='identifier']/@value") == "10.1234/none"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_finds_nothing_is_told_what_to_try(papers: list[int], client: FlaskClient, language: str) -> None:
    page = tree(client.get(f"{PREFIX[language]}/search?q=zzzzzz"))
    assert words(one(page, "//div[@class='empty']")).startswith({"en": "No data available", "zh": "暂无数据"}[language])
    assert client.get(page.xpath("//ul[@class='ways']//a/@href")[0]).status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999", "", "1.5", "２", str(MOST_PAGES), str(MOST_PAGES + 1)])
def test_a_page_number_that_is_none_is_no_fault(papers: list[int], client: FlaskClient, number: str) -> None:
    answer = client.get(f"/search?{urlencode({'q': 'sleep', 'page': number})}")
    assert answer.status_code == 200
    if number not in ("99999999", str(MOST_PAGES), str(MOST_PAGES + 1)):
        assert len(line_ids(tree(answer))) == PAGE_SIZE


@pytest.mark.parametrize("language", LANGUAGES)
def test_while_the_index_is_away_the_page_says_so_and_browsing_works(own_app: Flask, language: str) -> None:
    home = own_app.extensions["settings"].home
    made = create_app(replace(own_app.extensions["settings"], search_url=f"whoosh:{home / 'nowhere'}"))
    answer = made.test_client().get(f"{PREFIX[language]}/search?q=sleep")
    made.extensions["database"].dispose()
    assert answer.status_code == 200
    note = one(tree(answer), "//p[contains(@class, 'note-warn')]")
    assert ("Search" in words(note)) == (language == "en")
    assert tree(answer).xpath("//p[@class='results-count']") == []


def test_a_search_takes_three_statements(papers: list[int], app: Flask, client: FlaskClient) -> None:
    """Papers with their texts, scores, the names of what facets count; for who is signed in more: who they are, what they keep, and how much they have not read."""
    queries = ("q=sleep", "q=bees&type=review&keyword=night&journal=1", "q=sleep&page=2", "q=zzzz", "q=10.1234/3", "q=10.1234/none", "")
    for browser, most in ((client, 3), (signed_in(app), 6)):
        for query in queries:
            with statements(app.extensions["database"]) as said:
                browser.get(f"/search?{query}")
            assert len(said) <= most, said


def test_results_set_no_cookie_and_are_packed(papers: list[int], client: FlaskClient) -> None:
    answer = client.get("/search?q=sleep&type=review", headers={"Accept-Encoding": "gzip"})
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_than_can_be_meant_is_cut_and_far_more_is_refused_in_clear_words(papers: list[int], client: FlaskClient, language: str) -> None:
    path = f"{PREFIX[language]}/search?q="
    assert tree(client.get(f"{path}{'bees+' * 90}")).xpath("//p[@class='note']") == []
    cut = client.get(f"{path}{'bees+' * 200}")
    assert str(MAX_QUERY_CHARS) in words(one(tree(cut), "//p[@class='note']"))
    for far_too_long in ("bees+" * 400_000, "%E7%9D%A1" * 700_000, "x" * (MAX_TYPED_CHARS + 1), "%FF" * 30_000):
        answer = client.get(f"{path}{far_too_long}")
        assert answer.status_code == 400
        assert f"{MAX_TYPED_CHARS:,}" in words(one(tree(answer), "//main"))
        assert len(answer.data) < 20_000


@pytest.mark.parametrize(
    "raw", ["%FF%FE%00bees", "%C3%28", "%ED%A0%80", "%00", "%1B%5B31mbees", "%E2%80%AEbees", "bees%0D%0ASet-Cookie:x=1", "&q=a&q=b", "%F4%90%80%80", "%"]
)
def test_wild_bytes_are_no_fault(papers: list[int], client: FlaskClient, raw: str) -> None:
    for path in (
        f"/search?q={raw}",
        f"/zh/search?q={raw}&keyword={raw}&type={raw}&sort={raw}&journal={raw}&rated={raw}&language={raw}&year_from={raw}&page={raw}",
    ):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "\x1b" not in answer.text


def test_nothing_that_can_be_typed_is_a_fault(papers: list[int], client: FlaskClient) -> None:
    pieces = st.sampled_from(
        [
            '"',
            "(",
            ")",
            "*",
            "?",
            "~",
            "^",
            ":",
            "AND",
            "OR",
            "NOT",
            "-",
            "+",
            "title:",
            "[1 TO 2]",
            "睡眠",
            "sleep",
            "be*",
            "10.1234/",
            "\\",
            "\x00",
            "<b>",
            " ",
        ]
    )

    @LENIENT
    @given(
        st.one_of(
            st.text(max_size=40),
            st.lists(pieces, max_size=8).map("".join),
            st.lists(pieces, max_size=8).map(" ".join),
            st.text(min_size=1, max_size=3).map(lambda t: t * 300),
        )
    )
    def check(typed: str) -> None:
        answer = client.get(f"/search?{urlencode({'q': typed.encode('utf-8', 'surrogatepass')})}")
        assert answer.status_code in (200, 302)
        if answer.status_code == 200:
            shown = one(tree(answer), "//input[@id='q']").get("value", "")
            assert len(shown) <= MAX_QUERY_CHARS

    check()


def test_results_are_kept_out_of_search_engines(papers: list[int], client: FlaskClient) -> None:
    answer = client.get("/search?q=sleep")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert tree(answer).xpath("//meta[@name='robots'][@content='noindex']")
