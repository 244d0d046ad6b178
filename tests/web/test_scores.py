"""The score page: the state in words, every rating with its weight or the reason it has none, and the formulas; no word on who rated."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from reviewhub.accounts.models import Account
from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import merge_papers
from reviewhub.ratings import words as rating_words
from reviewhub.ratings.models import HeldBurst, PaperScore, RaterLeniency, Rating, RatingModel
from reviewhub.ratings.rules import CONFLICTS, ESTABLISHED, EXCLUSIONS, FORMULA_VERSION, NONE, NOT_ENOUGH
from reviewhub.ratings.services import Given, rate, recompute
from reviewhub.web.scores import FORMULA_NAMES, ROWS
from reviewhub.web.support.language import worded_in
from tests.people import person, rated, signed_in
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, take_in, tree, words

LENIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def paper_id(app: Flask) -> int:
    return take_in(app, PaperRecord("hand", title="Pain <i>here</i>", language="en"))[0]


def give(app: Flask, paper_id: int, half_stars: list[int], **given: Any) -> list[Actor]:
    with app.extensions["database"].write() as session, session.begin():
        return rated(session, paper_id, half_stars, **given)


def change(app: Flask, paper_id: int, number: int, **values: Any) -> None:
    """Sets columns of a paper's rating by its number, and computes the score anew."""
    with app.extensions["database"].write() as session, session.begin():
        rating = session.scalars(sa.select(Rating).where(Rating.paper_id == paper_id).order_by(Rating.id)).all()[number - 1]
        for name, value in values.items():
            setattr(rating, name, value)
        session.flush()
        recompute(session, paper_id)


def numbers(page: html.HtmlElement) -> dict[str, str]:
    return dict(
        zip(all_words(page, "//section[@aria-labelledby='h-numbers']//dt"), all_words(page, "//section[@aria-labelledby='h-numbers']//dd"), strict=True)
    )


def rows(page: html.HtmlElement) -> list[list[str]]:
    return [all_words(row, "./th|./td") for row in page.xpath("//table[contains(@class, 'score-rows')]/tbody/tr")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_rating_the_page_invites_and_still_explains(client: FlaskClient, paper_id: int, language: str) -> None:
    page = tree(client.get(f"{PREFIX[language]}/papers/{paper_id}/score"))
    assert words(one(page, "//p[contains(@class, 'rating-number')]")) == "-"
    assert {"en": "Be the first to rate", "zh": "成为首位评分者"}[language] in words(one(page, "//section[@aria-labelledby='h-state']"))
    assert len(page.xpath("//section[@id='formulas']//math")) == 6
    assert rows(page) == []
    assert page.xpath("//figure[@class='histogram']") == []
    assert str(FORMULA_VERSION) in words(one(page, "//h2[@id='h-formulas']"))
    assert all_words(page, "//dl[@class='formulas']/div/dt")[1:] == [worded_in(language, name) for name in FORMULA_NAMES.values()]
    assert "0.34" in words(one(page, "//section[@id='formulas']"))


def test_few_ratings_are_muted_and_said_to_be_few(app: Flask, client: FlaskClient, paper_id: int) -> None:
    give(app, paper_id, [9])
    state = one(tree(client.get(f"/zh/papers/{paper_id}/score")), "//section[@aria-labelledby='h-state']")
    assert one(state, ".//p[contains(@class, 'rating-not-enough')]").text == "4.5"
    assert "评分不足" in words(state)


def test_five_linked_raters_are_one_opinion_and_the_page_says_so(app: Flask, client: FlaskClient, paper_id: int) -> None:
    with app.extensions["database"].write() as session, session.begin():
        for n in range(5):
            rate(session, person(session, email=f"colleague-{n}@one-laboratory.example"), paper_id, Given(9))
    page = tree(client.get(f"/papers/{paper_id}/score"))
    assert "All of its raters are linked" in words(one(page, "//section[@aria-labelledby='h-state']"))
    assert rows(page)[0][4:6] == ["0.45", "group 1, 5 raters"]


def test_an_established_score_is_shown_with_all_that_it_came_from(app: Flask, client: FlaskClient, paper_id: int) -> None:
    give(app, paper_id, [8, 8, 9, 9, 8] * 2 + [8, 8], novelty=4, rigor=5)
    page = tree(client.get(f"/papers/{paper_id}/score"))
    with app.extensions["database"].read() as session:
        kept = session.get(PaperScore, paper_id)
    assert kept is not None
    found = numbers(page)
    assert found["Mean"].startswith(f"{kept.overall / 200:.2f} ")
    assert found["95 % interval"].startswith(f"{kept.lower / 200:.2f}–{kept.upper / 200:.2f} ")
    assert found["Next rating"].startswith(f"{kept.estimate / 200:.2f} ")
    assert found["Counted"] == "12 ratings, from 12 independent groups of raters"
    assert "Adjusted mean" not in found
    assert "Not counted" not in found
    criteria = [all_words(row, "./th|./td") for row in page.xpath("//section[@aria-labelledby='h-criteria']//tbody/tr")]
    assert criteria == [["Novelty", "4.00 high", "12"], ["Importance", "-", "0"], ["Scientific rigor", "5.00 very strong", "12"]]
    assert rows(page)[2] == ["3", str(clock.now().date()), "4.5", "yes", "1.00", "-", "no", "4", "-", "5"]
    assert len(rows(page)) == 12


def test_blind_and_open_ratings_have_their_means_side_by_side(app: Flask, client: FlaskClient, paper_id: int) -> None:
    give(app, paper_id, [8, 10, 2])
    change(app, paper_id, 1, is_blind=True)
    page = tree(client.get(f"/papers/{paper_id}/score"))
    sides = [all_words(row, "./td") for row in page.xpath("//section[@aria-labelledby='h-blind']//tbody/tr")]
    assert sides == [["4.00", "1"], ["3.00", "2"]]
    assert [row[6] for row in rows(page)] == ["yes", "no", "no"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("exclusion", EXCLUSIONS)
def test_what_does_not_count_stands_there_with_its_reason_and_the_rule(app: Flask, client: FlaskClient, paper_id: int, exclusion: str, language: str) -> None:
    raters = give(app, paper_id, [8, 8, 8, 8, 8, 1])
    exclude(app, paper_id, 6, raters[5], exclusion)
    page = tree(client.get(f"{PREFIX[language]}/papers/{paper_id}/score"))
    out = one(page, "//tr[@class='score-row-out']")
    label, rule = rating_words.EXCLUSIONS[exclusion]
    reasons = page.xpath("//dl[@class='score-reasons']/div")
    assert len(reasons) == 1
    assert all_words(out, "./td")[2] == words(one(reasons[0], "./dt"))
    assert all_words(out, "./td")[3] == "-"
    if language == "en":
        assert all_words(reasons[0], "./*") == [str(label), str(rule)]
    assert words(one(page, "//p[contains(@class, 'rating-number')]")) == "4.0"
    assert len(page.xpath("//*[@class='histogram-held']")) == (exclusion == "held")


def exclude(app: Flask, paper_id: int, number: int, rater: Actor, exclusion: str) -> None:
    """Makes this rating one that does not count, as life would."""
    values: dict[str, Any] = {}
    with app.extensions["database"].write() as session, session.begin():
        if exclusion in ("held", "removed"):
            burst = HeldBurst(paper_id=paper_id, noticed_at=clock.now(), decision="" if exclusion == "held" else "removed")
            session.add(burst)
            session.flush()
            values["held_by"] = burst.id
        elif exclusion == "suspended":
            session.execute(sa.update(Account).where(Account.id == rater.account_id).values(is_suspended=True))
        elif exclusion == "former":
            values["account_id"] = None
        elif exclusion in CONFLICTS:
            values["conflict"] = exclusion
        else:
            values["has_conflict"] = True
    change(app, paper_id, number, **values)


def test_a_paper_whose_every_rating_is_left_out_says_so(app: Flask, client: FlaskClient, paper_id: int) -> None:
    give(app, paper_id, [10, 10], has_conflict=True)
    page = tree(client.get(f"/papers/{paper_id}/score"))
    assert "No rating of this paper counts" in words(one(page, "//section[@aria-labelledby='h-state']"))
    assert [row[3] for row in rows(page)] == ["Declared conflict of interest"] * 2


def test_the_adjusted_mean_stands_beside_the_plain_one_with_its_date_where_there_is_one(app: Flask, client: FlaskClient, paper_id: int) -> None:
    with app.extensions["database"].write() as session, session.begin():
        facts = {"shares": [0.0] * 7 + [1.0, 0.0, 0.0], "weight": 3.25, "icc": 0.235}
        session.add(RatingModel(computed_at=dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC), formula=FORMULA_VERSION, facts=facts))
        for who in rated(session, paper_id, [8, 8, 8]):
            at = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
            session.add(RaterLeniency(account_id=who.account_id, effect=40, n_ratings=9, computed_at=at))
        recompute(session, paper_id)
    page = tree(client.get(f"/papers/{paper_id}/score"))
    assert numbers(page)["Adjusted mean"].startswith("3.80 beside the plain 4.00")
    assert "4 May 2026" in numbers(page)["Adjusted mean"]
    prior = all_words(page, "//ul[@class='score-prior']/li")
    assert [fact.split(" = ")[1] for fact in prior] == ["4.00", "3.25", "0.23"]
    assert "3 May 2026" in words(one(page, "//section[@id='formulas']"))


def test_nothing_on_the_page_tells_who_rated(app: Flask, client: FlaskClient, paper_id: int) -> None:
    with app.extensions["database"].write() as session, session.begin():
        for n in range(3):
            rate(
                session, person(session, f"Wilhelmina {n}", email=f"w{n}@secret.example", institution="Secret House"), paper_id, Given(8, text="My own words.")
            )
    body = client.get(f"/papers/{paper_id}/score").get_data(as_text=True)
    assert not any(secret in body for secret in ("Wilhelmina", "secret.example", "Secret House", "My own words"))


def test_many_ratings_are_told_page_by_page_each_once(app: Flask, client: FlaskClient, paper_id: int) -> None:
    n = ROWS + 3
    with app.extensions["database"].write() as session, session.begin():
        now = clock.now()
        session.add_all(Rating(paper_id=paper_id, account_id=person(session).account_id, overall=8, given_at=now, changed_at=now) for _ in range(n))
        session.flush()
        recompute(session, paper_id)
    first = tree(client.get(f"/papers/{paper_id}/score"))
    second = tree(client.get(one(first, "//a[@rel='next']/@href")))
    assert [int(row[0]) for row in rows(first) + rows(second)] == list(range(1, n + 1))
    assert rows(tree(client.get(one(second, "//a[@rel='prev']/@href")))) == rows(first)
    for odd in ("0", "-1", "x", "9" * 30, "٣", str(n + 1), ""):
        assert rows(tree(client.get(f"/papers/{paper_id}/score", query_string={"from": odd}))) == rows(first)


@pytest.mark.parametrize("n", [0, 1, 40])
def test_the_page_takes_as_many_statements_whatever_a_paper_has(app: Flask, client: FlaskClient, paper_id: int, n: int) -> None:
    give(app, paper_id, [8] * n)
    with statements(app.extensions["database"]) as said:
        answer = client.get(f"/papers/{paper_id}/score")
    assert len(said) <= 5
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("page", ["score", "score.json"])
def test_a_merged_paper_leads_on_and_an_unknown_one_is_not_found(app: Flask, client: FlaskClient, paper_id: int, page: str) -> None:
    (gone,) = take_in(app, PaperRecord("hand", title="Another paper"))
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, paper_id, gone, movers=app.extensions["movers"])
    answer = client.get(f"/zh/papers/{gone}/{page}")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/zh/papers/{paper_id}/{page}")
    for unknown in (999, 2**31, 10**30):
        assert client.get(f"/papers/{unknown}/{page}").status_code == 404


def test_a_reader_who_rates_before_looking_is_asked_first(app: Flask, client: FlaskClient, paper_id: int) -> None:
    give(app, paper_id, [9])
    with app.extensions["database"].write() as session, session.begin():
        who = person(session, hides_numbers=True)
    browser = signed_in(app, who)
    answer = browser.get(f"/papers/{paper_id}/score")
    assert "4.5" not in words(one(tree(answer), "//main"))
    assert one(tree(answer), "//main//form/@action") == f"/papers/{paper_id}/reveal"
    token = one(tree(answer), "//main//input[@name='csrf_token']/@value")
    asked = {"csrf_token": token, "next": one(tree(answer), "//main//input[@name='next']/@value")}
    revealed = browser.post(one(tree(answer), "//main//form/@action"), data=asked)
    assert (revealed.status_code, revealed.headers["Location"]) == (303, f"/papers/{paper_id}/score")
    assert "4.5" in words(one(tree(browser.get(f"/papers/{paper_id}/score")), "//main"))
    other = signed_in(app, hides_numbers=False)
    assert "4.5" in words(one(tree(other.get(f"/papers/{paper_id}/score")), "//main"))


def sheet(client: FlaskClient, paper_id: int) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(client.get(f"/papers/{paper_id}/score.json").data, parse_constant=refuse)


@pytest.mark.parametrize("half_stars", [[], [9], [8, 8, 9, 9, 8] * 2 + [8, 8]])
def test_programs_read_the_numbers_that_people_see(app: Flask, client: FlaskClient, paper_id: int, half_stars: list[int]) -> None:
    give(app, paper_id, half_stars, novelty=4)
    if half_stars:
        give(app, paper_id, [1], has_conflict=True)
    told = sheet(client, paper_id)
    page = tree(client.get(f"/papers/{paper_id}/score"))
    assert [row[:3] for row in rows(page)] == [[str(one["number"]), one["day"], f"{one['stars']:.1f}"] for one in told["ratings"]]
    assert [row[3] for row in rows(page)] == ["yes" if one["exclusion"] is None else one["exclusion"]["label"]["en"] for one in told["ratings"]]
    shown = {NONE: "-", NOT_ENOUGH: "4.5", ESTABLISHED: "4.2"}[told["state"]]
    assert words(one(page, "//p[contains(@class, 'rating-number')]")) == shown
    if half_stars:
        assert numbers(page)["Mean"].startswith(f"{told['results']['overall']:.2f} ")


def test_any_site_may_read_the_sheet_and_ask_whether_it_has_changed(app: Flask, client: FlaskClient, paper_id: int) -> None:
    give(app, paper_id, [9])
    with statements(app.extensions["database"]) as said:
        answer = client.get(f"/papers/{paper_id}/score.json")
    assert len(said) <= 5
    assert (answer.mimetype, answer.headers["Cache-Control"], answer.headers["Access-Control-Allow-Origin"]) == ("application/json", "no-cache", "*")
    assert "Set-Cookie" not in answer.headers
    assert client.get(f"/papers/{paper_id}/score.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"/zh/papers/{paper_id}/score.json").data == answer.data
    assert signed_in(app, hides_numbers=True).get(f"/papers/{paper_id}/score.json").data == answer.data
    give(app, paper_id, [9])
    assert client.get(f"/papers/{paper_id}/score.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200


def test_every_field_of_the_sheet_is_documented(app: Flask, client: FlaskClient, paper_id: int) -> None:
    give(app, paper_id, [9, 9], novelty=4)
    give(app, paper_id, [1], has_conflict=True)
    told = sheet(client, paper_id)
    documented = set(re.findall(r"`([a-z_]+)`", (Path(__file__).resolve().parents[2] / "docs/score-json.md").read_text()))
    fields = {*told, *told["prior"], *told["results"], *told["thresholds"], *told["results"]["histogram"][0], *told["results"]["novelty"], *told["ratings"][2]}
    fields |= {*told["ratings"][2]["exclusion"], *told["formulas"]["mean"], *told["prior"]["shares"][0]}
    assert fields - documented == set()


def test_the_code_to_embed_shows_the_badge_in_the_language_of_the_page(app: Flask, client: FlaskClient, paper_id: int) -> None:
    give(app, paper_id, [9])
    page = tree(client.get(f"/zh/papers/{paper_id}/score"))
    code = html.fragment_fromstring(one(page, "//textarea[@id='embed-code']").text)
    assert (code.get("href"), one(code, "./img/@src")) == (
        f"http://reviewhub.test/zh/papers/{paper_id}",
        f"http://reviewhub.test/zh/papers/{paper_id}/badge.svg",
    )
    shown = one(page, "//p[@class='score-badge']/img")
    assert client.get(shown.get("src")).mimetype == "image/svg+xml"
    assert "4.5 · 评分不足" in shown.get("alt")


def test_the_histogram_s_percentages_add_up_and_its_table_says_what_it_shows(app: Flask) -> None:
    macro = app.extensions["environments"]["en"].get_template("components/histogram.html").module.histogram

    @LENIENT
    @given(st.lists(st.integers(0, 400), min_size=10, max_size=10), st.lists(st.sampled_from([0, 0, 0, 7]), min_size=10, max_size=10), st.integers(0, 3))
    def check(counts: list[int], held: list[int], n_held: int) -> None:
        for drawn, waiting in ((macro(counts, 0, held), sum(held)), (macro(counts, n_held), n_held)):
            figure = html.fragment_fromstring(str(drawn))
            shares = [int(cell.text.split()[0]) for cell in figure.xpath(".//tbody/tr/td[2]")]
            assert sum(shares) == (100 if any(counts) else 0)
            assert [int(cell.text.replace(",", "")) for cell in figure.xpath(".//tbody/tr/td[1]")] == counts
            assert [text.text for text in figure.xpath(".//*[@class='histogram-share']")] == [f"{share}%" for share, n in zip(shares, counts, strict=True) if n]
            assert len(figure.xpath(".//*[@class='histogram-bar']")) == sum(n > 0 for n in counts)
            assert len(figure.xpath(".//figcaption")) == (waiting > 0)
            for bar in figure.xpath(".//rect[@y]"):
                assert 0 <= float(bar.get("y").rstrip("%")) <= 100

    with app.test_request_context("/"):
        check()
