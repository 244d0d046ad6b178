"""Two languages under two addresses: the path says which, and nothing else does."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from reviewhub.core.text import message
from reviewhub.papers.record import IDENTIFIER_KINDS, RELATION_KINDS, TYPES
from reviewhub.web.support import labels, language
from reviewhub.web.support.language import LanguageMount, date_in_words, gettext, ngettext, worded


def page(client: FlaskClient, path: str, **headers: str) -> html.HtmlElement:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


@pytest.mark.parametrize(("path", "tag"), [("/", "en"), ("/zh", "zh-Hans"), ("/zh/", "zh-Hans"), ("/papers", "en"), ("/zh/papers", "zh-Hans")])
def test_the_path_alone_says_the_language(client: FlaskClient, path: str, tag: str) -> None:
    for accepted in ("en", "zh-CN,zh;q=0.9,en;q=0.5", "de", "*", "nonsense;;;q=x"):
        assert page(client, path, **{"Accept-Language": accepted}).get("lang") == tag


@pytest.mark.parametrize(
    ("accepted", "on_english", "on_chinese"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.5", "本页有中文版", ""), ("en-GB,en;q=0.9", "", "This page is also in English"), ("de,zh-TW;q=0.8,en;q=0.1", "本页有中文版", ""),
        ("de", "", ""), ("*", "", ""), ("", "", ""), ("nonsense;;;q=x", "", ""),
    ],
)  # fmt: skip
def test_what_the_browser_likes_better_is_suggested_and_nobody_is_sent_there(client: FlaskClient, accepted: str, on_english: str, on_chinese: str) -> None:
    for path, words, other in (("/papers?sort=title", on_english, "/zh/papers?sort=title"), ("/zh/papers?sort=title", on_chinese, "/papers?sort=title")):
        found = page(client, path, **{"Accept-Language": accepted}).xpath("//*[@class='suggestion']//a")
        assert [(a.text, a.get("href"), a.get("lang")) for a in found] == ([(words, other, "zh-Hans" if "zh" in other else "en")] if words else [])
    assert "Accept-Language" in client.get("/papers").headers["Vary"]


def test_a_word_that_begins_like_the_prefix_is_another_page(client: FlaskClient) -> None:
    assert client.get("/zhang").status_code == 404
    assert client.get("/zhpapers").status_code == 404
    assert client.get("/zh/zh/papers").status_code == 404


def test_each_page_leads_to_itself_in_the_other_language(client: FlaskClient) -> None:
    found = page(client, "/papers?type=review&sort=title")
    (other,) = set(found.xpath("//header//a[@rel='alternate']/@href"))
    assert other == "/zh/papers?type=review&sort=title"
    (back,) = set(page(client, other).xpath("//header//a[@rel='alternate']/@href"))
    assert back == "/papers?type=review&sort=title"


def test_every_address_on_a_chinese_page_stays_chinese_but_for_files_and_the_way_back(client: FlaskClient) -> None:
    found = page(client, "/zh/papers")
    for address in found.xpath("//@href | //form/@action"):
        if address.startswith("/") and not address.startswith("/static/") and address != "/papers":
            assert address.startswith("/zh"), address
    assert found.xpath("//link[@rel='stylesheet']/@href")[0].startswith("/static/")


def test_a_query_that_holds_markup_comes_back_as_text(client: FlaskClient) -> None:
    found = page(client, "/papers?x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert not any("alert" in (script.text or "") for script in found.xpath("//script"))


@given(path=st.text(max_size=30))
def test_the_mount_takes_the_prefix_off_and_nothing_else(path: str) -> None:
    seen: dict[str, object] = {}
    mount = LanguageMount(lambda environ, start: seen.update(environ) or [])  # type: ignore[func-returns-value,arg-type,return-value]
    for prefix in ("", "/zh"):
        seen.clear()
        given_path = f"{prefix}/{path}"
        mount({"PATH_INFO": given_path, "SCRIPT_NAME": "/under"}, lambda *_: None)  # type: ignore[arg-type,return-value]
        assert f"{seen['SCRIPT_NAME']}{seen['PATH_INFO']}" in (f"/under{given_path}", f"/under{given_path}/")
        is_chinese = given_path == "/zh" or given_path.startswith("/zh/")
        assert seen["SCRIPT_NAME"] == ("/under/zh" if is_chinese else "/under")


@pytest.mark.parametrize(
    ("date", "english", "chinese"),
    [
        ("", "", ""),
        ("2023", "2023", "2023年"),
        ("2023-03", "March 2023", "2023年3月"),
        ("2023-03-05", "5 March 2023", "2023年3月5日"),
        ("0987-12", "December 987", "987年12月"),
    ],
)
def test_dates_are_written_as_people_write_them(app: Flask, date: str, english: str, chinese: str) -> None:
    with app.test_request_context("/"):
        assert date_in_words(date) == english
    with app.test_request_context("/", environ_overrides={"reviewhub.language": "zh"}):
        assert date_in_words(date) == chinese


def test_a_day_in_a_sentence_is_written_as_people_write_it(app: Flask) -> None:
    sentence = message("%(stars)s stars, given on %(day)s", stars=3.5, day=dt.date(2026, 11, 5))
    with app.test_request_context("/"):
        assert worded(sentence) == "3.5 stars, given on 5 November 2026"
    with app.test_request_context("/", environ_overrides={"reviewhub.language": "zh"}):
        assert "2026年11月5日" in worded(sentence)


def test_sentences_carry_their_facts_in_both_languages(app: Flask) -> None:
    sentence = message("%(source)s, handed in by a reader", source=message("a RIS file"))
    with app.test_request_context("/"):
        assert worded(sentence) == "a RIS file, handed in by a reader"
        assert worded("already words") == "already words"
        assert (ngettext("%(n)s rating", "%(n)s ratings", 1), ngettext("%(n)s rating", "%(n)s ratings", 12_345)) == ("1 rating", "12,345 ratings")
        assert gettext("No sentence of ours: 100%") == "No sentence of ours: 100%"
    with app.test_request_context("/", environ_overrides={"reviewhub.language": "zh"}):
        assert "RIS" in worded(sentence)
        assert worded(sentence) != "a RIS file, handed in by a reader"
        assert "12,345" in ngettext("%(n)s rating", "%(n)s ratings", 12_345)


def test_every_value_of_the_record_s_vocabularies_has_a_word_in_both_languages(app: Flask) -> None:
    assert labels.TYPES.keys() == set(TYPES)
    assert labels.IDENTIFIERS.keys() == set(IDENTIFIER_KINDS)
    assert labels.RELATIONS.keys() == {(kind, is_from) for kind in RELATION_KINDS for is_from in (True, False)}
    with app.test_request_context("/", environ_overrides={"reviewhub.language": "zh"}):
        for kind in TYPES:
            assert any("\u4e00" <= c <= "\u9fff" for c in labels.label_of("type", kind)), kind
        for kind, is_from in labels.RELATIONS:
            assert any("\u4e00" <= c <= "\u9fff" for c in labels.relation_label(kind, is_from)), kind
        assert labels.label_of("language", "sux") == "sux"


def test_constant_sentences_are_folded_into_the_compiled_page(app: Flask) -> None:
    """No look-up is left for a constant sentence; one with facts still asks when the page is made."""
    for code, expected in (("en", "Browse"), ("zh", language.catalogue("zh").gettext("Browse"))):
        environment = app.extensions["environments"][code]
        compiled = environment.compile('{{ _("Browse") }}{{ _("%(n)s of 5", n=3) }}', raw=True)
        assert f"{expected}" in compiled
        assert "'Browse'" not in compiled or code == "en"
        assert compiled.count("%(n)s of 5") == 1
