"""The rating form in a browser: giving, changing, withdrawing; drafts; and everything that may be sent in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from reviewhub.accounts.models import AccountSession
from reviewhub.accounts.passwords import hash_of
from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.events import TimeCame
from reviewhub.papers.models import Paper
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import merge_papers
from reviewhub.ratings import drafts
from reviewhub.ratings.models import Rating, RatingDraft, RatingVersion, Reveal
from reviewhub.ratings.services import Given, rate
from reviewhub.web.support.pace import Pace
from tests.people import person, rated, signed_in
from tests.web.reading import HAN, LANGUAGES, PREFIX, Element, all_words, full_record, one, statements, take_in, tree, words

LENIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
GOOD = {"overall": "3.5", "novelty": "4", "importance": "", "rigor": "2", "text": "A *good* paper.", "familiarity": "3"}
PASSWORD = "correct horse battery staple"

Typed = Mapping[str, Any] | Sequence[tuple[str, str]]


def send(client: FlaskClient, paper_id: int, typed: Typed, *, prefix: str = "", action: str = "send") -> TestResponse:
    """Opens the form, fills it in and presses a button."""
    form = one(tree(client.get(f"{prefix}/papers/{paper_id}/rate")), "//form[@id='rating']")
    hidden = {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
    data = MultiDict(typed)
    for name, value in {**hidden, "action": action}.items():
        if name not in data:
            data.add(name, value)
    return client.post(f"{prefix}/papers/{paper_id}/rate", data=data)


def stands(app: Flask) -> list[tuple[Any, ...]]:
    """Every rating as it stands."""
    columns = (Rating.paper_id, Rating.overall, Rating.novelty, Rating.importance, Rating.rigor, Rating.text, Rating.familiarity, Rating.has_conflict)
    with app.extensions["database"].read() as session:
        return [tuple(row) for row in session.execute(sa.select(*columns).order_by(Rating.id))]


def kept(app: Flask) -> list[tuple[int, bool, dict[str, str]]]:
    """Every draft: paper, whether it is of an account, fields."""
    with app.extensions["database"].read() as session:
        return [(d.paper_id, d.account_id is not None, d.fields) for d in session.scalars(sa.select(RatingDraft).order_by(RatingDraft.id))]


def filled(form: Element) -> dict[str, str]:
    """What a browser would send of a form: lxml calls an empty radio "on" and keeps the line break that begins a textarea."""
    found = {name: value.removeprefix("\n") for name, value in form.form_values()}
    return found | dict.fromkeys(form.xpath(".//input[@type='radio'][@checked][@value='']/@name"), "")


def typed_in(page: Element) -> dict[str, str]:
    """What the form on a page holds."""
    return {name: value for name, value in filled(one(page, "//form[@id='rating']")).items() if name not in ("csrf_token", "version")}


@pytest.fixture
def paper_id(app: Flask) -> int:
    (found,) = take_in(app, full_record())
    return found


class TestForm:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_everything_is_a_named_group_or_a_labelled_field(self, client: FlaskClient, paper_id: int, language: str) -> None:
        page = tree(client.get(f"{PREFIX[language]}/papers/{paper_id}/rate"))
        form = one(page, "//form[@id='rating']")
        legends = {
            "en": [
                "Overall required",
                "Novelty",
                "Importance",
                "Scientific rigor",
                "How well you know the field",
                "Conflict of interest",
                "Written review optional, public",
            ],
            "zh": ["总体评分 必填", "新颖性", "重要性", "科学严谨性", "您对该领域的熟悉程度", "利益冲突", "书面评论 选填，公开显示"],
        }[language]
        assert all_words(form, ".//legend") == legends
        assert form.xpath(".//input[@name='overall']/@value") == [f"{n / 2:.1f}" for n in range(1, 11)]
        labels = [words(label) for label in form.xpath(".//label[input[@name='overall']]")]
        assert (
            labels == {"en": [f"{n / 2:.1f} {'star' if n == 2 else 'stars'}" for n in range(1, 11)], "zh": [f"{n / 2:.1f} 星" for n in range(1, 11)]}[language]
        )
        levels = {
            "en": ["very low", "low", "moderate", "high", "very high", "cannot judge"],
            "zh": ["很低", "较低", "中等", "较高", "很高", "无法判断"],
        }[language]
        rigor = {"en": ["very weak", "weak", "moderate", "strong", "very strong", "cannot judge"], "zh": ["很弱", "较弱", "中等", "较强", "很强", "无法判断"]}[
            language
        ]
        for name, wanted in (("novelty", levels), ("importance", levels), ("rigor", rigor)):
            assert [words(label) for label in form.xpath(f".//label[input[@name='{name}']]")] == wanted
            assert form.xpath(f".//input[@name='{name}'][@checked]/@value") == [""]
        for field in form.xpath(".//textarea | .//select | .//input[@type='checkbox']"):
            assert page.xpath(f"//label[@for='{field.get('id')}']"), field.get("name")
        assert bool(HAN.search(words(form))) == (language == "zh")

    def test_it_takes_one_statement_and_five_for_who_is_signed_in(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        for browser, most in ((client, 1), (signed_in(app), 5)):
            with statements(app.extensions["database"]) as said:
                assert browser.get(f"/papers/{paper_id}/rate").status_code == 200
            assert len(said) <= most, said

    def test_who_only_reads_gets_no_cookie(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        with app.extensions["database"].write() as session, session.begin():
            rated(session, paper_id, [7] * 6, text="Words.")
        for path in ("", "/reviews", "/reviews/1", "/reviews/1.md", "/score"):
            assert "Set-Cookie" not in client.get(f"/papers/{paper_id}{path}").headers

    def test_a_form_that_is_only_opened_keeps_no_draft(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        answer = client.get(f"/papers/{paper_id}/rate")
        assert [value.split("=")[0] for name, value in answer.headers if name == "Set-Cookie"] == ["reviewhub"]
        assert kept(app) == []


class TestGiving:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_rating_is_on_the_next_page(self, app: Flask, paper_id: int, language: str) -> None:
        client = signed_in(app)
        answer = send(client, paper_id, GOOD, prefix=PREFIX[language])
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{PREFIX[language]}/papers/{paper_id}#reviews")
        page = tree(client.get(f"{PREFIX[language]}/papers/{paper_id}"))
        panel = one(page, "//section[@id='reviews']")
        assert words(one(panel, ".//p[contains(@class, 'rating-number')]")) == "3.5"
        assert words(one(panel, ".//p[@role='status']")).startswith({"en": "Thank you", "zh": "谢谢"}[language])
        assert words(one(panel, ".//p[@class='own-rating']")).endswith("3.5")
        review = one(page, "//section[@id='written-reviews']//article")
        assert words(one(review, ".//div[@class='prose']")) == "A good paper."
        assert stands(app) == [(paper_id, 7, 4, None, 2, "A *good* paper.", 3, False)]
        again = one(tree(client.get(f"{PREFIX[language]}/papers/{paper_id}")), "//section[@id='reviews']")
        assert not again.xpath(".//p[@role='status']")

    def test_the_stars_alone_are_enough(self, app: Flask, paper_id: int) -> None:
        assert send(signed_in(app), paper_id, {"overall": "5"}).status_code == 303
        assert stands(app) == [(paper_id, 10, None, None, None, "", None, False)]

    def test_a_program_that_sends_only_the_fields_of_the_contract_may_rate_and_rate_again(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        token = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']/input[@name='csrf_token']/@value")
        for stars in ("2.0", "4.5"):
            data = {"overall": stars, "novelty": "", "importance": "3", "rigor": "", "text": "x", "csrf_token": token}
            assert client.post(f"/papers/{paper_id}/rate", data=data).status_code == 303
        assert [row[1] for row in stands(app)] == [9]

    def test_a_change_replaces_the_rating_and_keeps_its_history(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        send(client, paper_id, GOOD)
        page = tree(client.get(f"/papers/{paper_id}/rate"))
        assert typed_in(page) == GOOD | {"text_language": "en", "conflict_note": ""}
        send(client, paper_id, {**GOOD, "overall": "1.0"})
        assert [row[1] for row in stands(app)] == [2]
        with app.extensions["database"].read() as session:
            assert list(session.scalars(sa.select(RatingVersion.overall).order_by(RatingVersion.id))) == [7, 2]

    def test_a_declared_conflict_is_shown_and_not_counted(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        send(client, paper_id, {**GOOD, "has_conflict": "1", "conflict_note": "I funded it"})
        page = tree(client.get(f"/papers/{paper_id}"))
        assert words(one(page, "//p[contains(@class, 'rating-number')]")) == "-"
        review = words(one(page, "//section[@id='written-reviews']//article"))
        assert "Declared conflict of interest" in review
        assert "I funded it" in review
        assert "does not count" in words(one(page, "//div[@class='rating-invite']"))
        assert "1 rating does not count" in words(one(page, "//div[@class='rating-primary']"))

    @pytest.mark.parametrize(
        ("text", "language"),
        [("好文章", "zh"), ("Good", "en"), ("Хорошо", "ru"), ("良いです", "ja"), ("좋다", "ko"), ("خوب است، پژوهش", "fa"), ("1 + 1", "en")],
    )
    def test_the_language_of_the_text_is_told_by_its_script_unless_it_is_chosen(self, app: Flask, paper_id: int, text: str, language: str) -> None:
        client = signed_in(app)
        for chosen, wanted in (("", language), ("de", "de")):
            send(client, paper_id, {**GOOD, "text": text, "text_language": chosen})
            with app.extensions["database"].read() as session:
                assert session.scalar(sa.select(Rating.text_language)) == wanted

    def test_what_nobody_sees_is_taken_out_of_a_text_and_what_scripts_need_stays(self, app: Flask, paper_id: int) -> None:
        send(signed_in(app), paper_id, {**GOOD, "text": "a\x00b\u202ec\u2066d\u200be\ufefff\r\ng می\u200cخواهم"})
        assert stands(app)[0][5] == "abcdef\ng می\u200cخواهم"

    def test_html_and_scripts_in_a_review_are_text(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        send(
            client,
            paper_id,
            {**GOOD, "text": "<script>alert(1)</script> [x](javascript:alert(1)) <b onclick=x>y</b>", "has_conflict": "1", "conflict_note": "</p><script>x"},
        )
        for path in ("", "/rate", "/reviews", "/reviews/1"):
            page = tree(client.get(f"/papers/{paper_id}{path}"))
            assert not page.xpath("//main//script | //b[.='y'] | //main//*[@onclick] | //a[starts-with(@href, 'javascript')]")


class TestWithdrawing:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_is_asked_once_more_and_what_was_written_comes_back_as_a_draft(self, app: Flask, paper_id: int, language: str) -> None:
        client, prefix = signed_in(app), PREFIX[language]
        send(client, paper_id, GOOD)
        link = one(tree(client.get(f"{prefix}/papers/{paper_id}/rate")), "//p[@class='withdraw']/a/@href")
        page = tree(client.get(link))
        form = one(page, "//main//form")
        answer = client.post(form.get("action"), data=filled(form))
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{prefix}/papers/{paper_id}#reviews")
        assert stands(app) == []
        assert words(one(tree(client.get(f"{prefix}/papers/{paper_id}")), "//p[contains(@class, 'rating-number')]")) == "-"
        assert typed_in(tree(client.get(f"{prefix}/papers/{paper_id}/rate")))["text"] == "A *good* paper."

    def test_there_is_nothing_to_withdraw_without_a_rating(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        assert client.get(f"/papers/{paper_id}/rate/withdraw").status_code == 303
        token = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']/input[@name='csrf_token']/@value")
        assert client.post(f"/papers/{paper_id}/rate/withdraw", data={"csrf_token": token}).status_code == 404

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_from_a_second_tab_it_says_that_nothing_is_left_and_shows_the_draft(self, app: Flask, paper_id: int, language: str) -> None:
        client, path = signed_in(app), f"{PREFIX[language]}/papers/{paper_id}/rate/withdraw"
        send(client, paper_id, GOOD)
        first, second = (filled(one(tree(client.get(path)), "//main//form")) for _ in range(2))
        assert client.post(path, data=first).status_code == 303
        answer = client.post(path, data=second)
        assert answer.status_code == 404
        assert {"en": "no rating of yours", "zh": "没有可撤回"}[language] in words(one(tree(answer), "//*[@role='alert']"))
        assert typed_in(tree(answer))["text"] == GOOD["text"]
        assert len(kept(app)) == 1

    def test_nobody_else_can(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        send(signed_in(app), paper_id, GOOD)
        assert urlsplit(client.get(f"/papers/{paper_id}/rate/withdraw").headers["Location"]).path == "/account/login"
        other = signed_in(app)
        token = one(tree(other.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']/input[@name='csrf_token']/@value")
        assert other.post(f"/papers/{paper_id}/rate/withdraw", data={"csrf_token": token}).status_code == 404
        assert len(stands(app)) == 1


WRONG: dict[str, tuple[Typed, str]] = {
    "no stars": ({**GOOD, "overall": ""}, "overall"),
    "stars left out": ({"novelty": "3"}, "overall"),
    "no half stars": ({**GOOD, "overall": "3.3"}, "overall"),
    "nothing at all": ({**GOOD, "overall": "0"}, "overall"),
    "too many stars": ({**GOOD, "overall": "5.5"}, "overall"),
    "below": ({**GOOD, "overall": "-1"}, "overall"),
    "words": ({**GOOD, "overall": "five"}, "overall"),
    "not a number": ({**GOOD, "overall": "nan"}, "overall"),
    "an exponent": ({**GOOD, "overall": "3e0"}, "overall"),
    "other digits": ({**GOOD, "overall": "٣"}, "overall"),
    "level 0": ({**GOOD, "novelty": "0"}, "novelty"),
    "level 6": ({**GOOD, "rigor": "6"}, "rigor"),
    "level 2.5": ({**GOOD, "importance": "2.5"}, "importance"),
    "level in other digits": ({**GOOD, "importance": "²"}, "importance"),
    "familiarity 5": ({**GOOD, "familiarity": "5"}, "familiarity"),
    "a language nobody offers": ({**GOOD, "text_language": "tlh"}, "text_language"),
    "another tick": ({**GOOD, "has_conflict": "yes"}, "has_conflict"),
    "a conflict that is not ticked": ({**GOOD, "conflict_note": "My own paper"}, "has_conflict"),
    "a long declaration": ({**GOOD, "has_conflict": "1", "conflict_note": "x" * 1_001}, "conflict_note"),
    "a long text": ({**GOOD, "text": "x" * 20_001}, "text"),
    "a megabyte": ({**GOOD, "text": "很" * 350_000}, "text"),
    "stars twice": ([*GOOD.items(), ("overall", "5.0")], "overall"),
    "a text twice": ([*GOOD.items(), ("text", "Another")], "text"),
    "an unknown field": ({**GOOD, "is_blind": "1"}, ""),
    "a field of the database": ({**GOOD, "account_id": "1"}, ""),
}


class TestBadInput:
    @pytest.mark.parametrize("name", WRONG)
    def test_it_is_refused_in_words_and_nothing_typed_is_lost(self, app: Flask, paper_id: int, name: str) -> None:
        typed, field = WRONG[name]
        client = signed_in(app)
        answer = send(client, paper_id, typed)
        page = tree(answer)
        assert answer.status_code == 422
        assert stands(app) == []
        assert kept(app) == []
        summary = one(page, "//div[@role='alert'][ul]")
        assert summary.get("tabindex") == "-1"
        assert "autofocus" in summary.attrib
        (said,) = all_words(summary, ".//li")
        if field:
            assert summary.xpath(".//a/@href") == [f"#{field}"]
            assert len(page.xpath(f"//form[@id='rating']//*[@id='{field}']")) == 1
            assert words(one(page, f"//*[@id='{field}-error']")) == said
        given = MultiDict(typed)
        shown = typed_in(page)
        for text in given.getlist("text"):
            assert text in shown["text"]
        for other in ("novelty", "rigor", "familiarity"):
            if other != field and given.get(other):
                assert shown[other] == given[other]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_in_the_language_of_the_page(self, app: Flask, paper_id: int, language: str) -> None:
        page = tree(send(signed_in(app), paper_id, {"overall": "9"}, prefix=PREFIX[language]))
        assert bool(HAN.search(words(one(page, "//div[@role='alert'][ul]")))) == (language == "zh")

    def test_five_megabytes_are_too_much_in_words_that_fit(self, app: Flask, paper_id: int) -> None:
        answer = send(signed_in(app), paper_id, {**GOOD, "text": "x" * (5 * 1024**2)})
        assert answer.status_code == 413
        assert "20,000" in words(one(tree(answer), "//main"))
        assert stands(app) == []

    def test_a_button_that_is_not_there(self, app: Flask, paper_id: int) -> None:
        answer = send(signed_in(app), paper_id, GOOD, action="publish")
        assert answer.status_code == 422
        assert typed_in(tree(answer))["text"] == GOOD["text"]
        assert stands(app) == []

    def test_a_second_tab_shows_both_and_may_go_on(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        old = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']/input[@name='version']/@value")
        send(client, paper_id, GOOD)
        answer = send(client, paper_id, {**GOOD, "overall": "1.0", "text": "Second thoughts", "version": old})
        assert answer.status_code == 409
        page = tree(answer)
        both = words(one(page, "//section[@role='alert']"))
        assert "A *good* paper." in both
        assert "Second thoughts" in both
        assert [row[1] for row in stands(app)] == [7]
        form = one(page, "//form[@id='rating']")
        again = client.post(form.get("action"), data={**filled(form), "action": "send"})
        assert again.status_code == 303
        assert [(row[1], row[5]) for row in stands(app)] == [(2, "Second thoughts")]

    def test_a_tab_from_before_a_withdrawal_says_so(self, app: Flask, paper_id: int) -> None:
        answer = send(signed_in(app), paper_id, {**GOOD, "version": "3"})
        assert answer.status_code == 409
        assert "withdrawn" in words(one(tree(answer), "//section[@role='alert']"))
        assert stands(app) == []

    @pytest.mark.parametrize("version", ["x", "-1", "1.0", "9" * 30, "１"])
    def test_a_version_that_no_form_has(self, app: Flask, paper_id: int, version: str) -> None:
        assert send(signed_in(app), paper_id, {**GOOD, "version": version}).status_code == 409
        assert stands(app) == []

    def test_a_form_that_grew_too_old_comes_back_with_everything_and_works(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        form = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']")
        hidden = filled(form)
        with time_machine.travel(clock.now() + dt.timedelta(hours=13)):
            answer = client.post(f"/papers/{paper_id}/rate", data={**hidden, **GOOD})
            assert answer.status_code == 400
            page = tree(answer)
            assert stands(app) == []
            assert {name: value for name, value in typed_in(page).items() if value} == {name: value for name, value in GOOD.items() if value}
            assert client.post(f"/papers/{paper_id}/rate", data=filled(one(page, "//form[@id='rating']"))).status_code == 303
        assert len(stands(app)) == 1

    @pytest.mark.parametrize("token", ["", "forged", None])
    def test_another_site_cannot_send_it(self, app: Flask, paper_id: int, token: str | None) -> None:
        client = signed_in(app)
        data = {**GOOD} if token is None else {**GOOD, "csrf_token": token}
        for path in ("rate", "rate/draft", "rate/preview", "rate/withdraw", "reveal"):
            assert client.post(f"/papers/{paper_id}/{path}", data=data).status_code == 400
        assert (stands(app), kept(app)) == ([], [])

    def test_a_session_that_ended_leads_through_signing_in(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        form = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']")
        with app.extensions["database"].write() as session, session.begin():
            session.execute(sa.delete(AccountSession))
        answer = client.post(f"/papers/{paper_id}/rate", data={**filled(form), **GOOD})
        assert answer.status_code == 303
        assert urlsplit(answer.headers["Location"]).path == "/account/login"
        assert typed_in(tree(client.get(f"/papers/{paper_id}/rate")))["text"] == GOOD["text"]
        assert stands(app) == []

    def test_a_paper_that_is_gone_hands_the_text_back(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        form = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']")
        with app.extensions["database"].write() as session, session.begin():
            session.execute(sa.delete(Paper))
        answer = client.post(f"/papers/{paper_id}/rate", data={**filled(form), **GOOD})
        assert answer.status_code == 404
        assert one(tree(answer), "//textarea").text.strip() == GOOD["text"]

    @pytest.mark.parametrize("path", ["rate/withdraw", "rate/draft", "reveal"])
    def test_nothing_else_can_be_done_with_a_paper_that_is_gone(self, app: Flask, paper_id: int, path: str) -> None:
        client = signed_in(app)
        form = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']")
        with app.extensions["database"].write() as session, session.begin():
            session.execute(sa.delete(Paper))
        assert client.post(f"/papers/{paper_id}/{path}", data={**filled(form), **GOOD}).status_code == 404
        assert kept(app) == []

    @pytest.mark.parametrize("number", [0, 999, 2**31, 10**30])
    def test_a_paper_that_never_was(self, app: Flask, number: int) -> None:
        client = signed_in(app)
        for path in ("rate", "rate/withdraw", "reviews", "reviews/1", "reviews/1.md"):
            assert client.get(f"/papers/{number}/{path}").status_code == 404

    def test_a_paper_that_became_another_is_rated_there(self, app: Flask) -> None:
        here, gone = take_in(app, PaperRecord("hand", title="The one that stays"), PaperRecord("hand", title="The one that goes"))
        client = signed_in(app)
        form = one(tree(client.get(f"/papers/{gone}/rate")), "//form[@id='rating']")
        with app.extensions["database"].write() as session, session.begin():
            merge_papers(session, here, gone, movers=app.extensions["movers"])
        answer = client.post(f"/papers/{gone}/rate", data={**filled(form), **GOOD})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/papers/{here}#reviews")
        assert client.get(f"/zh/papers/{gone}/rate").headers["Location"] == f"/zh/papers/{here}/rate"
        assert [row[0] for row in stands(app)] == [here]

    def test_a_suspended_account_is_told_why_and_keeps_its_text(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app, is_suspended=True, suspended_because="Ratings were sold.")
        answer = send(client, paper_id, GOOD)
        assert answer.status_code == 403
        assert "Ratings were sold." in words(one(tree(answer), "//div[@role='alert']"))
        assert typed_in(tree(answer))["text"] == GOOD["text"]
        assert stands(app) == []


@LENIENT
@given(st.dictionaries(st.sampled_from(["overall", "novelty", "importance", "rigor", "text", "text_language", "familiarity", "has_conflict", "conflict_note", "version", "action"]),
                       st.lists(st.one_of(st.sampled_from(["", "1", "3.5", "0", "send", "preview", "draft", "discard", "en"]), st.text(max_size=30)), max_size=2)), st.text(max_size=8))  # fmt: skip
@example({"overall": ["3.5"], "text": ["\ud800\x00$\\frac{"]}, "")
def test_whatever_is_sent_is_answered_and_only_a_redirect_has_changed_anything(app: Flask, fields: dict[str, list[str]], unknown: str) -> None:
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.delete(Rating))
        session.execute(sa.delete(RatingDraft))
    (paper_id,) = take_in(app, full_record())
    client = signed_in(app)
    typed = [(name, value.encode("utf-8", "replace").decode()) for name, values in fields.items() for value in values]
    if unknown and "csrf_token" not in unknown:
        typed.append((unknown.encode("utf-8", "replace").decode(), "1"))
    answer = send(client, paper_id, typed)
    assert answer.status_code in (200, 303, 409, 422), answer.status_code
    changed = bool(stands(app) or kept(app))
    assert not changed or answer.status_code == 303


class TestDrafts:
    def test_who_is_not_signed_in_is_told_so_and_loses_nothing_on_the_way_through_signing_in(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        with app.extensions["database"].write() as session, session.begin():
            person(session, email="jane@university.example", password_hash=hash_of(PASSWORD))
        assert "not signed in" in words(one(tree(client.get(f"/papers/{paper_id}/rate")), "//main"))
        answer = send(client, paper_id, GOOD)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/account/login?next=")
        (cookie,) = [value for name, value in answer.headers if name == "Set-Cookie" and value.startswith("reviewhub_drafts=")]
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert [(of_account, fields["text"]) for _, of_account, fields in kept(app)] == [(False, GOOD["text"])]
        page = tree(client.get(answer.headers["Location"]))
        assert "not sent yet" in words(one(page, "//p[@role='status']"))
        form = one(page, "//main//form[.//input[@name='password']]")
        signed = client.post(form.get("action") or answer.headers["Location"], data={**filled(form), "email": "jane@university.example", "password": PASSWORD})
        assert (signed.status_code, signed.headers["Location"]) == (303, f"/papers/{paper_id}/rate")
        assert any(value.startswith("reviewhub_drafts=;") for name, value in signed.headers if name == "Set-Cookie")
        assert [of_account for _, of_account, _ in kept(app)] == [True]
        page = tree(client.get(f"/papers/{paper_id}/rate"))
        assert {name: value for name, value in typed_in(page).items() if value} == {name: value for name, value in GOOD.items() if value}
        assert "Nobody sees it before you send it." in words(one(page, "//form[@id='rating']"))
        form = one(page, "//form[@id='rating']")
        assert client.post(form.get("action"), data={**filled(form), "action": "send"}).status_code == 303
        assert (len(stands(app)), kept(app)) == (1, [])

    def test_what_is_wrong_is_said_before_anybody_has_to_sign_in(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        assert send(client, paper_id, {"text": "no stars"}).status_code == 422
        assert kept(app) == []

    def test_a_draft_is_of_one_browser_alone(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        send(client, paper_id, {"text": "Half a sentence"}, action="draft")
        assert typed_in(tree(client.get(f"/papers/{paper_id}/rate")))["text"] == "Half a sentence"
        stranger = app.test_client()
        assert typed_in(tree(stranger.get(f"/papers/{paper_id}/rate")))["text"] == ""
        stranger.set_cookie("reviewhub_drafts", "made.up")
        assert typed_in(tree(stranger.get(f"/papers/{paper_id}/rate")))["text"] == ""

    def test_a_draft_can_be_saved_changed_and_thrown_away(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        for text in ("One", "Two"):
            answer = send(client, paper_id, {"text": text}, action="draft")
            assert (answer.status_code, answer.headers["Location"]) == (303, f"/papers/{paper_id}/rate")
            assert [fields["text"] for _, _, fields in kept(app)] == [text]
        assert "Draft saved" in words(one(tree(client.get(f"/papers/{paper_id}/rate")), "//p[@role='status']"))
        assert "Go on with your draft" in words(one(tree(client.get(f"/papers/{paper_id}")), "//div[@class='rating-invite']"))
        send(client, paper_id, {}, action="discard")
        assert kept(app) == []

    def test_a_draft_beside_a_rating_changes_nothing_until_it_is_sent(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        send(client, paper_id, GOOD)
        send(client, paper_id, {**GOOD, "text": "On second thought"}, action="draft")
        assert stands(app)[0][5] == GOOD["text"]
        page = tree(client.get(f"/papers/{paper_id}/rate"))
        assert typed_in(page)["text"] == "On second thought"
        assert "Your rating stands as it is" in words(one(page, "//form[@id='rating']"))
        send(client, paper_id, typed_in(page))
        assert (stands(app)[0][5], kept(app)) == ("On second thought", [])

    def test_the_script_keeps_the_form_and_shows_the_text(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        form = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']")
        data = {**filled(form), "text": "*so* <script>"}
        answer = client.post(form.get("data-keep"), data=data)
        assert (answer.status_code, answer.json) == (200, {"is_saved": True})
        assert [fields["text"] for _, _, fields in kept(app)] == ["*so* <script>"]
        shown = client.post(form.get("data-preview"), data=data)
        assert (shown.status_code, shown.text.strip()) == (200, "<p><em>so</em> &lt;script&gt;</p>")
        assert client.post(form.get("data-keep"), data={**data, "text": ""}).json == {"is_saved": True}
        assert kept(app) == []

    def test_a_tab_left_open_does_not_bring_back_what_was_sent(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        form = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']")
        send(client, paper_id, GOOD)
        assert client.post(form.get("data-keep"), data={**filled(form), **GOOD}).status_code == 409
        assert kept(app) == []

    def test_what_stands_is_no_draft(self, app: Flask, paper_id: int) -> None:
        client = signed_in(app)
        send(client, paper_id, GOOD)
        form = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']")
        assert client.post(form.get("data-keep"), data=filled(form)).status_code == 200
        assert kept(app) == []

    def test_scripts_that_save_without_end_are_slowed(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        app.extensions["draft_pace"] = Pace(2, 3600)
        form = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']")
        data = {**filled(form), "text": "x"}
        assert [client.post(form.get("data-keep"), data=data).status_code for _ in range(3)] == [200, 200, 429]
        answer = client.post(form.get("action"), data={**data, "action": "draft"})
        assert (answer.status_code, typed_in(tree(answer))["text"]) == (429, "x")

    def test_a_draft_that_is_far_too_long_is_refused_and_given_back(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        answer = send(client, paper_id, {"text": "x" * 60_000}, action="draft")
        assert (answer.status_code, len(typed_in(tree(answer))["text"])) == (422, 60_000)
        assert kept(app) == []

    def test_a_preview_keeps_everything_and_saves_nothing(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        answer = send(client, paper_id, {**GOOD, "text": "Let $x^2$"}, action="preview")
        page = tree(answer)
        assert answer.status_code == 200
        preview = one(page, "//section[@id='preview']")
        assert "hidden" not in preview.attrib
        assert preview.xpath(".//math//msup")
        assert "3.5" in words(preview)
        assert typed_in(page)["text"] == "Let $x^2$"
        assert (stands(app), kept(app)) == ([], [])


class TestDraftsBelow:
    """Drafts without pages."""

    def _draft(self, app: Flask, paper_id: int, owner: drafts.Owner, text: str) -> None:
        with app.extensions["database"].write() as session, session.begin():
            drafts.keep(session, owner, paper_id, {"text": text})

    def _account(self, app: Flask) -> Actor:
        with app.extensions["database"].write() as session, session.begin():
            return person(session)

    def test_of_two_drafts_of_one_paper_the_newer_stays_on_signing_in(self, app: Flask) -> None:
        first, second = take_in(app, PaperRecord("hand", title="First of two papers"), PaperRecord("hand", title="Second of two papers"))
        who = self._account(app)
        of_account, of_browser = drafts.Owner(who.account_id), drafts.Owner(digest=b"d")
        self._draft(app, first, of_account, "old")
        self._draft(app, first, of_browser, "new")
        self._draft(app, second, of_browser, "old")
        self._draft(app, second, of_account, "new")
        with app.extensions["database"].write() as session, session.begin():
            assert drafts.claim(session, who.account_id or 0, b"d") == 2
        assert sorted((paper, of_account, fields["text"]) for paper, of_account, fields in kept(app)) == [(first, True, "new"), (second, True, "new")]

    def test_of_two_papers_that_become_one_the_newer_draft_stays(self, app: Flask) -> None:
        here, gone = take_in(app, PaperRecord("hand", title="The one that stays"), PaperRecord("hand", title="The one that goes"))
        both, alone = drafts.Owner(digest=b"both"), drafts.Owner(digest=b"alone")
        self._draft(app, here, both, "old")
        self._draft(app, gone, both, "new")
        self._draft(app, gone, alone, "only")
        with app.extensions["database"].write() as session, session.begin():
            merge_papers(session, here, gone, movers=app.extensions["movers"])
        assert sorted((paper, fields["text"]) for paper, _, fields in kept(app)) == [(here, "new"), (here, "only")]

    def test_drafts_of_nobody_go_after_two_weeks_and_those_of_accounts_stay(self, app: Flask, paper_id: int) -> None:
        with time_machine.travel(clock.now() - dt.timedelta(days=15)):
            self._draft(app, paper_id, drafts.Owner(self._account(app).account_id), "mine")
            self._draft(app, paper_id, drafts.Owner(digest=b"old"), "left")
        self._draft(app, paper_id, drafts.Owner(digest=b"new"), "fresh")
        drafts.drop_old(app.extensions["database"], app.extensions["settings"], TimeCame())
        assert sorted(fields["text"] for _, _, fields in kept(app)) == ["fresh", "mine"]

    def test_one_owner_has_fifty_drafts_at_most(self, app: Flask) -> None:
        ids = take_in(app, *(PaperRecord("hand", title=f"Paper number {n} of many") for n in range(52)))
        for paper_id in ids:
            self._draft(app, paper_id, drafts.Owner(digest=b"d"), "x")
        assert [paper for paper, _, _ in kept(app)] == ids[2:]


class TestLooking:
    """Rate before you look."""

    @pytest.fixture
    def seen(self, app: Flask, paper_id: int) -> int:
        with app.extensions["database"].write() as session, session.begin():
            rated(session, paper_id, [8, 8, 8, 8, 8, 9], text="Telling words.", novelty=5)
        return paper_id

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_number_and_no_review_until_one_is_asked_for(self, app: Flask, seen: int, language: str) -> None:
        client, prefix = signed_in(app, hides_numbers=True), PREFIX[language]
        for path in (f"/papers/{seen}", f"/papers/{seen}/reviews", f"/papers/{seen}/reviews/1", f"/papers/{seen}/rate"):
            text = client.get(prefix + path).text
            assert "Telling words" not in text, path
            assert "4.1" not in text
            assert "aggregateRating" not in text
            assert "ratingValue" not in text
        assert client.get(f"{prefix}/papers/{seen}/reviews/1.md").status_code == 303
        page = tree(client.get(f"{prefix}/papers/{seen}"))
        assert all_words(page, "//div[@class='rating-secondary']//dd") == ["-", "-", "-"]
        form = one(page, "//div[@class='look']//form")
        answer = client.post(form.get("action"), data=filled(form))
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{prefix}/papers/{seen}#reviews")
        assert "Telling words" in client.get(f"{prefix}/papers/{seen}").text
        with app.extensions["database"].read() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(Reveal)) == 1

    def test_looking_leads_back_to_where_it_was_asked_for_and_nowhere_else(self, app: Flask, seen: int) -> None:
        client = signed_in(app, hides_numbers=True)
        form = one(tree(client.get(f"/papers/{seen}/reviews")), "//div[@class='look']//form")
        assert client.post(form.get("action"), data=filled(form)).headers["Location"] == f"/papers/{seen}/reviews"
        elsewhere = client.post(form.get("action"), data={**filled(form), "next": "https://evil.example"})
        assert elsewhere.headers["Location"] == f"/papers/{seen}#reviews"

    @pytest.mark.parametrize("path", ["/", "/papers", "/papers?sort=top"])
    def test_lists_hide_the_numbers_of_what_is_not_rated_yet(self, app: Flask, client: FlaskClient, seen: int, path: str) -> None:
        assert "4.1" in words(one(tree(client.get(path)), "//main"))
        reader = signed_in(app, hides_numbers=True)
        shown = words(one(tree(reader.get(path)), "//main"))
        assert "4.1" not in shown
        assert "hidden until you rate" in shown
        send(reader, seen, {"overall": "2.0"})
        assert "hidden until you rate" not in words(one(tree(reader.get(path)), "//main"))

    def test_a_list_costs_one_statement_more_for_who_hides_and_none_for_others(self, app: Flask, client: FlaskClient, seen: int) -> None:
        counts = []
        for browser in (client, signed_in(app), signed_in(app, hides_numbers=True)):
            with statements(app.extensions["database"]) as said:
                browser.get("/papers")
            counts.append(len(said))
        assert counts == [counts[0], counts[0] + 3, counts[0] + 4]

    def test_whether_it_was_given_blind_is_kept_and_lost_when_numbers_change_after_looking(self, app: Flask, seen: int) -> None:
        client = signed_in(app, hides_numbers=True)
        send(client, seen, {"overall": "2.0", "text": "Unswayed."})
        assert "given before seeing other ratings" in words(one(tree(client.get(f"/papers/{seen}")), "//section[@id='written-reviews']"))
        send(client, seen, {"overall": "2.0", "text": "Unswayed, still."})
        with app.extensions["database"].read() as session:
            assert session.scalar(sa.select(Rating.is_blind).where(Rating.text == "Unswayed, still."))
        send(client, seen, {"overall": "4.0", "text": "Swayed."})
        with app.extensions["database"].read() as session:
            assert not session.scalar(sa.select(Rating.is_blind).where(Rating.text == "Swayed."))


class TestRecordPage:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(("half_stars", "number", "state"), [([], "-", "none"), ([7, 8], "3.8", "not-enough"), ([7, 8, 9, 8, 7], "3.9", "established")])
    def test_its_state_is_said_as_it_is_everywhere(
        self, app: Flask, client: FlaskClient, paper_id: int, half_stars: list[int], number: str, state: str, language: str
    ) -> None:
        with app.extensions["database"].write() as session, session.begin():
            rated(session, paper_id, half_stars, rigor=4)
        page = tree(client.get(f"{PREFIX[language]}/papers/{paper_id}"))
        panel = one(page, "//section[@id='reviews']")
        assert number in words(one(page, "//header[@class='record-head']//a[@href='#reviews']"))
        assert words(one(panel, f".//p[contains(@class, 'rating-number rating-{state}')]")) == number
        said = words(one(panel, ".//p[@class='rating-state']"))
        assert said.startswith({
            "none": {"en": "Be the first to rate", "zh": "抢先评价"}, "not-enough": {"en": "Not enough ratings 2 of 5", "zh": "评分不足"},
            "established": {"en": "5 ratings · 95 % interval: ", "zh": "5"},
        }[state][language]) or (state == "none" and language == "zh"), said  # fmt: skip
        assert bool(panel.xpath(".//figure[@class='histogram']")) == (state == "established")
        assert one(panel, ".//p[contains(@class, 'rating-note')]/a/@href") == f"{PREFIX[language]}/papers/{paper_id}/score"
        rigor = {"none": "-", "not-enough": {"en": "strong 4.0", "zh": "较强 4.0"}[language], "established": {"en": "strong 4.0", "zh": "较强 4.0"}[language]}[
            state
        ]
        assert all_words(panel, ".//div[@class='rating-secondary']//dd")[2] == rigor

    def test_it_takes_as_many_statements_however_many_have_rated(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        with app.extensions["database"].write() as session, session.begin():
            rated(session, paper_id, [7] * 30, text="Some words.")
        looked = signed_in(app, hides_numbers=True)
        send(looked, paper_id, GOOD)
        for browser, most in ((client, 14), (signed_in(app), 28), (signed_in(app, hides_numbers=True), 28), (looked, 28)):
            with statements(app.extensions["database"]) as said:
                assert browser.get(f"/papers/{paper_id}").status_code == 200
            assert len(said) <= most, said

    def test_ratings_that_wait_are_told(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        from reviewhub.ratings.models import HeldBurst
        from reviewhub.ratings.services import recompute

        with app.extensions["database"].write() as session, session.begin():
            rated(session, paper_id, [7] * 5 + [10] * 3)
            burst = HeldBurst(paper_id=paper_id, noticed_at=clock.now(), why={})
            session.add(burst)
            session.flush()
            session.execute(sa.update(Rating).where(Rating.overall == 10).values(held_by=burst.id))
            session.expire_all()
            recompute(session, paper_id)
        panel = words(one(tree(client.get(f"/papers/{paper_id}")), "//section[@id='reviews']"))
        assert "3 ratings came unusually fast" in panel
        assert "does not count" not in panel

    def test_the_newest_ten_reviews_are_there_and_lead_to_the_rest(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        with app.extensions["database"].write() as session, session.begin():
            for n in range(12):
                rate(session, person(session), paper_id, Given(7, text=f"Review {n}."))
            rate(session, person(session), paper_id, Given(2))
        part = one(tree(client.get(f"/papers/{paper_id}")), "//section[@id='written-reviews']")
        assert all_words(part, ".//div[@class='prose']") == [f"Review {n}." for n in range(11, 1, -1)]
        assert words(one(part, ".//h2")) == "Written reviews 12"
        assert one(part, ".//a[contains(., 'All 12')]/@href") == f"/papers/{paper_id}/reviews"
