"""Light or dark: kept in a cookie that holds nothing else, and never a way to lead people elsewhere."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.web.reading import HAN, LANGUAGES, PREFIX, all_words, one, tree, words

LENIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
ELSEWHERE = ["//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "http:evil.example", "/\t/evil.example", "/\n/evil.example", " //evil.example",
             "javascript:alert(1)", "http://[", "//[", "evil.example", "/%0d%0aSet-Cookie: a=b", "/a\r\nSet-Cookie: a=b", "?x", "#x", "/\x00/evil.example"]  # fmt: skip


def choose(client: FlaskClient, theme: str, next: str = "", prefix: str = "") -> TestResponse:
    """Sends the form as a browser would that came with this `next`."""
    page = tree(client.get(f"{prefix}/preferences?next={quote(next.encode('utf-8', 'replace'))}"))
    form = one(page, "//main//form")
    return client.post(f"{prefix}/preferences", data={**dict(form.form_values()), "theme": theme})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_on_every_page_after(client: FlaskClient, theme: str, language: str) -> None:
    answer = choose(client, theme, f"{PREFIX[language]}/papers", PREFIX[language])
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PREFIX[language]}/papers")
    for path in ("/", "/zh/", "/papers", "/nowhere", "/preferences"):
        assert tree(client.get(path)).get("data-theme") == theme
    assert one(tree(client.get("/preferences")), "//input[@name='theme'][@checked]/@value") == theme


def test_who_chose_nothing_gets_what_the_device_says(client: FlaskClient) -> None:
    assert tree(client.get("/")).get("data-theme") is None
    choose(client, "dark")
    choose(client, "system")
    assert tree(client.get("/")).get("data-theme") is None


def test_the_cookie_holds_the_theme_and_nothing_that_scripts_may_read(client: FlaskClient) -> None:
    answer = choose(client, "dark")
    (cookie,) = [value for name, value in answer.headers if name == "Set-Cookie" and value.startswith("theme=")]
    parts = {part.strip() for part in cookie.split(";")}
    assert parts >= {"theme=dark", "HttpOnly", "SameSite=Lax", "Path=/"}


@pytest.mark.parametrize("theme", ["purple", "", '"><script>', "\x00"])
def test_a_theme_that_is_none_is_refused_and_an_old_cookie_of_one_is_passed_over(client: FlaskClient, theme: str) -> None:
    answer = choose(client, theme)
    assert answer.status_code == 400
    assert words(one(tree(answer), "//p[@class='field-error']"))
    client.set_cookie("theme", quote(theme))
    assert tree(client.get("/")).get("data-theme") is None
    assert client.get("/preferences").status_code == 200


def test_without_the_token_of_the_form_nothing_is_chosen(client: FlaskClient) -> None:
    answer = client.post("/zh/preferences", data={"theme": "dark"})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    assert HAN.search(words(one(tree(answer), "//h1")))


def test_the_form_stands_in_both_languages(client: FlaskClient) -> None:
    english, chinese = (all_words(tree(client.get(f"{PREFIX[language]}/preferences")), "//label[contains(@class, 'choice')]") for language in LANGUAGES)
    assert len(english) == len(chinese) == 3
    assert all(HAN.search(label) for label in chinese)
    assert not any(HAN.search(label) for label in english)


def test_the_form_never_leads_to_another_site(app: Flask, client: FlaskClient) -> None:
    @LENIENT
    @given(st.one_of(st.text(max_size=30), st.text("/\\.:@a %[]?#\t\r\n\x00", max_size=12), st.sampled_from(ELSEWHERE)))
    @example("//evil.example")
    @example("/\\evil.example")
    def check(next: str) -> None:
        answer = choose(client, "dark", next)
        location = answer.headers["Location"]
        assert answer.status_code == 303
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))
        assert not urlsplit(location).netloc
        assert "\r" not in location
        assert "\n" not in location
        assert [name for name, _ in answer.headers].count("Set-Cookie") <= 2  # the theme, and the session that holds the form's token

    check()


@pytest.mark.parametrize("next", ELSEWHERE)
def test_what_leads_elsewhere_leads_home(client: FlaskClient, next: str) -> None:
    page = tree(client.get(f"/preferences?next={quote(next)}"))
    data = {**dict(one(page, "//main//form").form_values()), "theme": "dark", "next": next}  # also when the form itself was tampered with
    assert client.post("/preferences", data=data).headers["Location"] in ("/", "/%0d%0aSet-Cookie:%20a=b", "/%250d%250aSet-Cookie:%20a=b")


def test_a_page_of_this_site_is_gone_back_to_as_it_was(client: FlaskClient) -> None:
    for path in ("/papers?type=review&sort=title", "/zh/people/%E7%8E%8B%E5%B0%8F%E6%98%8E", "/"):
        assert choose(client, "dark", path).headers["Location"] == path
