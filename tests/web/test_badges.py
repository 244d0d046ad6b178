"""The badge: what it says in each state, that it stands alone, and that other sites may show it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import merge_papers
from reviewhub.ratings.rules import ESTABLISHED, NO_SCORE, NONE, NOT_ENOUGH, Score
from reviewhub.web.badges import badge
from tests.people import rated, signed_in
from tests.web.reading import LANGUAGES, PREFIX, statements, take_in

SVG = "{http://www.w3.org/2000/svg}"
STATES = {"none": ([], {"en": "-", "zh": "-"}), "few": ([9], {"en": "4.5 · not enough ratings", "zh": "4.5 · 评分不足"}), "sure": ([8, 8, 9, 9, 8] * 2 + [8, 8], {"en": "4.2 · 12 ratings", "zh": "4.2 · 12 个评分"})}  # fmt: skip


@pytest.fixture
def paper_id(app: Flask) -> int:
    return take_in(app, PaperRecord("hand", title="A paper"))[0]


def said(svg: bytes | str) -> str:
    root = etree.fromstring(svg.encode() if isinstance(svg, str) else svg)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts[0] == "reviewhub"
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{SVG}title") == f"reviewhub: {texts[1]}"
    return texts[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_the_badge_says_what_the_score_may_claim(app: Flask, client: FlaskClient, paper_id: int, state: str, language: str) -> None:
    half_stars, expected = STATES[state]
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_id, half_stars)
    for path in (
        f"{PREFIX[language]}/papers/{paper_id}/badge.svg",
        f"/papers/{paper_id}/badge.svg?lang={language}",
        f"/zh/papers/{paper_id}/badge.svg?lang={language}",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
        assert said(answer.data) == expected[language]


@given(
    st.builds(Score, st.sampled_from([NONE, NOT_ENOUGH, ESTABLISHED]), st.integers(0, 10**7), st.floats(0.5, 5.0)),
    st.sampled_from(LANGUAGES),
)
def test_every_badge_is_well_formed_loads_nothing_and_fits(score: Score, language: str) -> None:
    svg = badge(score, language)
    root = etree.fromstring(svg.encode())
    assert {etree.QName(e).localname for e in root.iter()} <= {"svg", "title", "clipPath", "rect", "g", "text"}
    assert "href" not in svg
    assert "style" not in svg
    for text in root.iter(f"{SVG}text"):
        assert float(text.get("x")) + float(text.get("textLength")) <= float(root.get("width"))


def test_a_muted_number_has_a_muted_colour() -> None:
    fills = {
        state: [r.get("fill") for r in etree.fromstring(badge(Score(state, 5, 4.0), "en").encode()).iter(f"{SVG}rect")][-1]
        for state in (NOT_ENOUGH, ESTABLISHED)
    }
    assert fills[NOT_ENOUGH] != fills[ESTABLISHED]
    assert said(badge(NO_SCORE, "en")) == "-"


def test_other_sites_may_show_it_and_ask_whether_it_has_changed(app: Flask, client: FlaskClient, paper_id: int) -> None:
    with statements(app.extensions["database"]) as asked:
        answer = client.get(f"/papers/{paper_id}/badge.svg")
    assert len(asked) == 2
    headers = answer.headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Cache-Control"] == "public, max-age=300"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers
    again = client.get(f"/papers/{paper_id}/badge.svg", headers={"If-None-Match": headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_id, [9])
    assert client.get(f"/papers/{paper_id}/badge.svg", headers={"If-None-Match": headers["ETag"]}).status_code == 200


def test_the_badge_is_the_same_for_everybody(app: Flask, client: FlaskClient, paper_id: int) -> None:
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_id, [9])
    assert signed_in(app, hides_numbers=True).get(f"/papers/{paper_id}/badge.svg").data == client.get(f"/papers/{paper_id}/badge.svg").data


def test_a_merged_paper_leads_on_and_an_unknown_one_is_not_found(app: Flask, client: FlaskClient, paper_id: int) -> None:
    (gone,) = take_in(app, PaperRecord("hand", title="Another paper"))
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, paper_id, gone, movers=app.extensions["movers"])
    answer = client.get(f"/papers/{gone}/badge.svg?lang=zh&_method=x")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/papers/{paper_id}/badge.svg?lang=zh")
    for unknown in (999, 2**31, 10**30):
        assert client.get(f"/papers/{unknown}/badge.svg").status_code == 404
    assert client.get(f"/papers/{paper_id}/badge.svg?lang=xx").status_code == 200
