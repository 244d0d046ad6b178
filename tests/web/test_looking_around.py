"""Ways to look around without a question: what is trending, discussed, of a subject, a journal, a year; how trends come about; and the same on the home page."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.discussion.models import Discussion
from reviewhub.library import services as library
from reviewhub.papers.record import Journal, Keyword, PaperRecord
from reviewhub.papers.shelves import JOURNALS
from reviewhub.recommendations import services
from reviewhub.recommendations.trending import make_trends
from reviewhub.web.home import BESIDE
from tests.people import person, rated, signed_in
from tests.web.reading import LANGUAGES, PREFIX, all_words, line_ids, one, statements, take_in, tree, words
from tests.web.test_home import beside


@pytest.fixture
def ids(app: Flask) -> list[int]:
    return take_in(
        app, *(PaperRecord("hand", title=f"A paper about the number {n}", published=f"{2000 + n}", keywords=[Keyword("Bees")] * (n % 2)) for n in range(8))
    )


def turn_to(app: Flask, paper_ids: list[int]) -> None:
    """Three readers rate the first, two save the second; the trends follow."""
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_ids[0], [8, 9, 7])
        for _ in range(2):
            library.save(session, person(session), paper_ids[1])
        make_trends(session)


def talk_about(app: Flask, counts: dict[int, int]) -> None:
    with app.extensions["database"].write() as session, session.begin():
        session.add_all(Discussion(paper_id=paper_id, n_comments=n) for paper_id, n in counts.items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_trending_list_says_how_many_readers_and_how_it_is_computed(app: Flask, client: FlaskClient, ids: list[int], language: str) -> None:
    prefix = PREFIX[language]
    empty = tree(client.get(f"{prefix}/papers?sort=trending"))
    assert {"en": "within the last eight weeks", "zh": "最近八周内"}[language] in words(one(empty, "//div[@class='empty']"))
    assert client.get(f"{prefix}/trending").status_code == 200
    turn_to(app, ids)
    page = tree(client.get(f"{prefix}/papers?sort=trending"))
    assert line_ids(page) == ids[:2]
    told = {"en": ("3 readers within eight weeks", "2 readers within eight weeks"), "zh": ("八周内 3 位读者", "八周内 2 位读者")}[language]
    lines = all_words(page, "//li[@class='line']")
    assert all(sentence in line for sentence, line in zip(told, lines, strict=True))
    formula = tree(client.get(str(one(page, "//a[contains(@href, '/trending')]/@href"))))
    assert formula.xpath("//main//math")
    assert formula.xpath("//tbody/tr/td[3]/text()") == ["3", "2"]
    for path in (f"/papers?sort=trending&year_to={2000}", "/keywords/bees?sort=trending"):
        assert line_ids(tree(client.get(f"{prefix}{path}"))) == [ids[0 if "year" in path else 1]]


def test_the_example_of_the_formula_is_what_the_formula_says(client: FlaskClient) -> None:
    said = words(one(tree(client.get("/trending")), "//main"))
    assert "50 accounts that know one paper, all rating it today, reach 3.5; five ordinary raters reach 3.5" in said


def test_the_most_discussed_have_the_most_comments(app: Flask, client: FlaskClient, ids: list[int]) -> None:
    assert "has a comment yet" in words(tree(client.get("/papers?sort=discussed")))
    talk_about(app, {ids[3]: 2, ids[1]: 7, ids[2]: 0})
    assert line_ids(tree(client.get("/papers?sort=discussed"))) == [ids[1], ids[3]]
    assert line_ids(tree(client.get("/keywords/bees?sort=discussed"))) == [ids[1], ids[3]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_shows_what_is_trending_and_discussed_and_leads_to_the_rest(app: Flask, client: FlaskClient, ids: list[int], language: str) -> None:
    address = f"{PREFIX[language]}/"
    assert not tree(client.get(address)).xpath("//section[@aria-labelledby='trending' or @aria-labelledby='discussed' or @aria-labelledby='disagree']")
    turn_to(app, ids)
    talk_about(app, {ids[4]: 1})
    with app.extensions["database"].write() as session, session.begin():
        rated(session, ids[5], [1, 10, 2, 9, 10])
    page = tree(client.get(address))
    assert beside(page, "trending") == ids[:2]
    assert all_words(page, "//section[@aria-labelledby='trending']//span") == {"en": ["3 readers", "2 readers"], "zh": ["3 位读者", "2 位读者"]}[language]
    assert (beside(page, "discussed"), beside(page, "disagree")) == ([ids[4]], [ids[5]])
    for name in ("trending", "discussed", "disagree"):
        more = one(page, f"//section[@aria-labelledby='{name}']/p/a/@href")
        assert line_ids(tree(client.get(str(more))))[0] == beside(page, name)[0]
    assert {"en": "still to come", "zh": "即将"}[language] not in words(one(page, "//main"))


def test_home_shows_what_is_new_in_one_s_fields(app: Flask, client: FlaskClient, ids: list[int]) -> None:
    with app.extensions["database"].write() as session, session.begin():
        who = person(session)
    browser = signed_in(app, who)
    assert tree(browser.get("/")).xpath("//section[@aria-labelledby='for-you']//a/@href") == ["/for-you"]
    with app.extensions["database"].write() as session, session.begin():
        services.set_fields(session, who, ["bees"])
    assert beside(tree(browser.get("/")), "in-fields") == [i for i in reversed(ids) if ids.index(i) % 2][:BESIDE]
    assert not tree(client.get("/")).xpath("//section[@aria-labelledby='for-you' or @aria-labelledby='in-fields']")


def test_home_sets_no_cookie_and_takes_few_statements_more_for_a_reader_with_fields(app: Flask, client: FlaskClient, ids: list[int]) -> None:
    turn_to(app, ids)
    with app.extensions["database"].write() as session, session.begin():
        who = person(session)
        services.set_fields(session, who, ["bees"])
    counts = []
    for browser in (client, signed_in(app, who)):
        with statements(app.extensions["database"]) as said:
            answer = browser.get("/")
        counts.append(len(said))
    assert counts[0] <= 10
    assert counts[1] - counts[0] <= 6  # who they are, their notices, their fields, the papers, their lines, what they keep
    assert "Set-Cookie" not in client.get("/").headers
    assert answer.status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/subjects", "/journals", "/years", "/trending"])
def test_every_shelf_is_good_when_it_is_empty(client: FlaskClient, path: str, language: str) -> None:
    answer = client.get(f"{PREFIX[language]}{path}")
    page = tree(answer)
    assert words(one(page, "//div[@class='empty']/p[1]")) == {"en": "No data available", "zh": "暂无数据"}[language]
    assert page.xpath("//div[@class='empty']//a/@href")
    assert "Set-Cookie" not in answer.headers


def test_subjects_lead_to_their_papers_and_are_found_by_their_beginning(app: Flask, client: FlaskClient) -> None:
    take_in(app, *(PaperRecord("hand", title=f"About {n}", keywords=[Keyword("Bees"), Keyword("Beeswax"), Keyword("运动")][: n + 1]) for n in range(3)))
    take_in(app, PaperRecord("hand", title="Of people", keywords=[Keyword("Humans", "mesh"), Keyword("Sleep", "mesh", is_major=True)]))
    page = tree(client.get("/subjects"))
    assert all_words(page, "//ul[@class='tags part']/li") == ["Bees 3", "Beeswax 2", "Sleep 1", "运动 1"]
    assert all_words(tree(client.get("/subjects?q=BEES")), "//ul[@class='tags part']/li") == ["Bees 3", "Beeswax 2"]
    assert all_words(tree(client.get("/zh/subjects?q=运")), "//ul[@class='tags part']/li") == ["运动 1"]
    assert "Nothing begins so" in words(tree(client.get("/subjects?q=zebra")))
    assert client.get(str(page.xpath("//ul[@class='tags part']//a/@href")[0])).status_code == 200


def test_journals_stand_by_name_page_by_page(app: Flask, client: FlaskClient) -> None:
    n = JOURNALS + 5
    take_in(app, *(PaperRecord("hand", title=f"About {i}", journal=Journal(f"Journal {i:03} of Bees")) for i in range(n)))
    take_in(app, PaperRecord("hand", title="Another", journal=Journal("Zoology")))
    page, seen = tree(client.get("/journals")), []
    for _ in range(3):
        seen += all_words(page, "//ul[@class='own-list part']//a")
        following = page.xpath("//a[@rel='next']/@href")
        if not following:
            break
        page = tree(client.get(following[0]))
    assert seen == [*(f"Journal {i:03} of Bees" for i in range(n)), "Zoology"]
    assert all_words(tree(client.get("/journals?q=zoo")), "//ul[@class='own-list part']/li") == ["Zoology 1 paper"]
    for odd in ("after=x", "after=~", "after=%00", "after=a~99999999999", "q=%22%27%25_", "q=" + "x" * 3_000, "after=" + "y~1" * 500):
        assert client.get(f"/journals?{odd}").status_code == 200


def test_years_lead_to_their_papers_the_latest_first(app: Flask, client: FlaskClient, ids: list[int]) -> None:
    take_in(app, PaperRecord("hand", title="Undated"), PaperRecord("hand", title="Of May", published="2007-05-06"))
    page = tree(client.get("/years"))
    assert all_words(page, "//ul[@class='tags part']/li")[:2] == ["2007 2", "2006 1"]
    assert len(line_ids(tree(client.get(str(page.xpath("//ul[@class='tags part']//a/@href")[0]))))) == 2


@pytest.mark.parametrize("path", ["/subjects", "/subjects?q=b", "/journals", "/years", "/trending"])
def test_a_shelf_costs_the_same_for_many_as_for_few(app: Flask, client: FlaskClient, path: str) -> None:
    counts = []
    for n in (1, 20):
        take_in(
            app,
            *(
                PaperRecord("hand", title=f"About {i} of {n}", journal=Journal(f"J {i}"), keywords=[Keyword(f"b {i}")], published=str(2000 + i))
                for i in range(n)
            ),
        )
        with statements(app.extensions["database"]) as said:
            client.get(path)
        counts.append(len(said))
    assert counts[0] == counts[1] <= 3


def test_reads_of_lists_use_their_indexes(app: Flask, client: FlaskClient, ids: list[int]) -> None:
    from tests.web.test_lists import plans

    turn_to(app, ids)
    for sort in ("trending", "discussed"):
        for plan in plans(app.extensions["database"], lambda sort=sort: client.get(f"/papers?sort={sort}")):
            assert not any("TEMP B-TREE" in line for line in plan), plan
    with app.extensions["database"].read() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM paper_trends")) == 2
