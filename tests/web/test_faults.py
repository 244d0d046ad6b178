"""When something goes wrong: a page in the reader's language with a way on, nothing half written; and what no address can make go wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes, urlencode

import pytest
import sqlalchemy as sa
from flask import Flask, abort
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from reviewhub.core.errors import NotFound
from reviewhub.papers.models import Publisher
from reviewhub.web.support.entry import entry
from reviewhub.web.support.transaction import session
from tests.web.reading import HAN, LANGUAGES, PREFIX, full_record, one, take_in, tree, words

WILD = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def planted(own_app: Flask) -> Iterator[FlaskClient]:
    """A site with views that write a publisher of the name in the address and then end in every way a view can."""
    own_app.config["WTF_CSRF_ENABLED"] = False

    def write(name: str) -> None:
        session().add(Publisher(name=name, name_key=name))
        session().flush()

    @own_app.route("/planted/<int:status>/<name>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    @entry("anyone")
    def ends_with(status: int, name: str) -> tuple[str, int]:
        write(f"{status} {name}")
        return "", status

    @own_app.post("/planted/aborts/<int:status>")
    @entry("anyone")
    def aborts(status: int) -> str:
        write(str(status))
        abort(status)

    @own_app.route("/planted/falls", methods=["GET", "POST"])
    @entry("anyone")
    def falls() -> str:
        write("fall")
        raise ZeroDivisionError("a secret of the machine")

    @own_app.post("/planted/misses")
    @entry("anyone")
    def misses() -> str:
        write("miss")
        raise NotFound

    @own_app.post("/planted/clashes")
    @entry("anyone")
    def clashes() -> str:
        session().add_all([Publisher(name="a", name_key="same"), Publisher(name="b", name_key="same")])
        return "found out when it is committed"

    @own_app.get("/planted/busy")
    @entry("anyone")
    def busy() -> str:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("locked"))

    @own_app.route("/planted/undeclared", methods=["GET", "POST"])
    def undeclared() -> str:
        write("undeclared")
        return "in"

    return own_app.test_client()


def publishers(client: FlaskClient) -> set[str]:
    with client.application.extensions["database"].read() as reading:
        return set(reading.scalars(sa.select(Publisher.name)))


def test_a_change_stays_when_the_answer_is_below_400_and_goes_when_not(planted: FlaskClient) -> None:
    stays: set[str] = set()
    for status in (200, 201, 204, 302, 303, 399, 400, 403, 404, 409, 422, 429, 500, 503):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert planted.open(f"/planted/{status}/{method}", method=method).status_code == status
            stays |= {f"{status} {method}"} if status < 400 else set()
            assert publishers(planted) == stays


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_only_read_changes_nothing_whatever_its_view_does(planted: FlaskClient, method: str) -> None:
    planted.open("/planted/200/read", method=method)
    planted.open("/planted/falls", method=method)
    assert publishers(planted) == set()


@pytest.mark.parametrize(("path", "status"), [("aborts/409", 409), ("aborts/422", 422), ("falls", 500), ("misses", 404), ("clashes", 500)])
def test_a_view_that_ends_in_a_fault_leaves_nothing(planted: FlaskClient, path: str, status: int) -> None:
    assert planted.post(f"/planted/{path}").status_code == status
    assert publishers(planted) == set()
    assert planted.post("/planted/200/next").status_code == 200  # and nothing is in the way of the next one
    assert publishers(planted) == {"200 next"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_view_that_does_not_say_who_may_enter_is_closed(planted: FlaskClient, method: str) -> None:
    assert planted.open("/planted/undeclared", method=method).status_code == 403
    assert publishers(planted) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_is_noted_and_tells_readers_nothing_of_the_machine(planted: FlaskClient, language: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = planted.get(f"{PREFIX[language]}/planted/falls")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert any(record.exc_info and "secret" in str(record.exc_info[1]) for record in caplog.records)
    is_a_page_with_a_way_on(planted, answer.text, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_database_that_does_not_answer_is_told_as_such(planted: FlaskClient, language: str) -> None:
    answer = planted.get(f"{PREFIX[language]}/planted/busy")
    assert answer.status_code == 503
    is_a_page_with_a_way_on(planted, answer.text, language)


def is_a_page_with_a_way_on(client: FlaskClient, text: str, language: str) -> None:
    page = html.document_fromstring(text)
    heading = words(one(page, "//main//h1"))
    assert bool(HAN.search(heading)) == (language == "zh")
    assert page.get("lang") == {"en": "en", "zh": "zh-Hans"}[language]
    assert page.xpath("//meta[@name='robots'][@content='noindex']")
    ways = page.xpath("//main//a/@href")
    assert ways
    assert all(way.startswith(f"{PREFIX[language]}/") and client.get(way).status_code == 200 for way in ways if not way.startswith("https://"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_a_page_in_the_reader_s_language_with_a_way_on(client: FlaskClient, language: str) -> None:
    prefix = PREFIX[language]
    large = b"x" * (21 * 1024**2)  # as it stands: the client would put a form of this size into a file and leave that open
    answers = {
        404: client.get(f"{prefix}/nowhere"),
        405: client.post(f"{prefix}/papers"),
        400: client.post(f"{prefix}/papers/add", data={"identifier": "x"}),
        413: client.post(f"{prefix}/papers/add", data=large, content_type="multipart/form-data; boundary=x"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        is_a_page_with_a_way_on(client, answer.text, language)
    headings = {words(one(tree(answer), "//main//h1")) for answer in answers.values()}
    assert len(headings) == len(answers)
    assert "GET" in answers[405].headers["Allow"]


PATHS = st.one_of(
    st.text(max_size=30).map(lambda text: "/" + quote(text.encode("utf-8", "replace"), safe="/")),
    st.tuples(
        st.sampled_from(
            [
                "/papers/",
                "/journals/",
                "/keywords/",
                "/funders/",
                "/people/",
                "/doi/",
                "/doi/10.1000/",
                "/pmid/",
                "/arxiv/",
                "/static/",
                "/papers/1/cite/",
                "/sitemap-",
                "/papers/1/",
            ]
        ),
        st.one_of(
            st.text(max_size=30), st.integers(-(2**70), 2**70).map(str), st.sampled_from(["1", "%", "..", "a\x00b", "1\x00", "//", "é", "王小明", "9" * 5_000])
        ),
    ).map(lambda pair: pair[0] + quote(pair[1].encode("utf-8", "replace"), safe="/")),
    st.binary(max_size=12).map(lambda raw: "/people/" + quote(raw)),
    st.sampled_from(["/", "/papers", "/search", "/papers/add", "/papers/add/by-hand", "/papers/add/done", "/preferences", "/papers/1", "/people/jane-doe"]),
)
NAMES = st.one_of(
    st.sampled_from(["q", "type", "language", "year_from", "year_to", "keyword", "journal", "sort", "after", "before", "page", "next", "identifier", "missing", "doi", "paper", "state", "_method"]),
    st.text(max_size=10),
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=30), st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(["\x00", "http://[", "//[::", "\ud800", "2020", "WyJuZXdlc3QiLCAiMjAyMCIsIDVd", "title", '"', "~~", "a OR", "(((", "*", "NOT NOT", "doi:", "10.1000/1\x00"]),
)  # fmt: skip


def test_no_address_whatever_makes_the_site_fail(app: Flask, client: FlaskClient) -> None:
    take_in(app, full_record())

    @WILD
    @given(st.sampled_from(LANGUAGES), PATHS, st.lists(st.tuples(NAMES, VALUES), max_size=4))
    def check(language: str, path: str, asked: list[tuple[str, str]]) -> None:
        query = urlencode([(name.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass")) for name, value in asked])
        answer = client.get("/", environ_overrides={"PATH_INFO": PREFIX[language] + unquoted(path), "QUERY_STRING": query})
        assert answer.status_code in (200, 301, 302, 303, 308, 404), answer.text
        if answer.mimetype == "text/html" and answer.status_code < 300:
            tree(answer)

    check()


def unquoted(path: str) -> str:
    """A path as a server hands it to the application: its bytes, each as one character."""
    return unquote_to_bytes(path).decode("latin-1")


@pytest.mark.parametrize(
    "path", ["/keywords/a%00b", "/people/%00", "/doi/10.1000/%00", "/pmid/%00", "/arxiv/%00", "/papers?keyword=%00", "/search?q=%00", "/papers?after=%00"]
)
def test_a_zero_byte_in_an_address_is_nothing_to_fall_over(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (200, 404)


@pytest.mark.parametrize("start", ["", "/zh"])
@pytest.mark.parametrize("path", ["//evil.example", "///evil.example/x", "/\\evil.example", "//evil.example/%2e%2e"])
def test_no_address_makes_a_page_link_to_another_site(client: FlaskClient, start: str, path: str) -> None:
    """`//evil.example` in a link is another site, whatever it was in the address."""
    answer = client.get("/", environ_overrides={"PATH_INFO": start + path})
    if answer.status_code in (301, 302, 303, 308):
        assert "evil.example" not in answer.headers["Location"].split("/")[:3]
    else:
        for href in tree(answer).xpath("//a/@href | //form/@action | //link/@href"):
            assert not href.startswith(("//", "/\\")), href


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("/people/a%3Fb", "/people/a%3Fb"),
        ("/doi/10.1000/x%23y", "/doi/10.1000/x%23y"),
        ("/keywords/50%25", "/keywords/50%25"),
        ("/people/%E7%8E%8B", "/people/%E7%8E%8B"),
    ],
)
def test_signs_that_mean_something_in_addresses_stay_what_they_were_in_the_switch(client: FlaskClient, path: str, same: str) -> None:
    for language, other in (("en", "zh"), ("zh", "en")):
        answer = client.get(f"{PREFIX[language]}{path}?a=%26&b=%E7%8E%8B")
        assert set(tree(answer).xpath("//a[@hreflang]/@href")) == {f"{PREFIX[other]}{same}?a=%26&b=%E7%8E%8B"}
