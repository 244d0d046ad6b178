"""Citing a record from its page."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.core.actor import ANYONE, KEEPER
from reviewhub.papers.models import PaperRedirect
from reviewhub.papers.record import Author, Journal, PaperRecord
from reviewhub.papers.services import add_or_update

RECORD = PaperRecord(
    "crossref", title="Sleep in <i>Mus musculus</i> &amp; man", type="article", language="en", journal=Journal("Journal of Sleep"), volume="12", published="2023-04",
    identifiers={"doi": ["10.1234/abc"]}, authors=[Author("Jane Doe", "Doe", "Jane", email="jane@secret.example")],
)  # fmt: skip


@pytest.fixture
def paper_id(app: Flask) -> int:
    with app.extensions["database"].write() as session, session.begin():
        (outcome,) = add_or_update(session, KEEPER, [RECORD])
    assert outcome.paper_id
    return outcome.paper_id


@pytest.mark.parametrize(
    ("name", "content_type", "extension", "word"),
    [
        ("bibtex", "application/x-bibtex", "bib", r"title = {Sleep in \textit{Mus musculus} \& man}"),
        ("ris", "application/x-research-info-systems", "ris", "TI  - Sleep in Mus musculus & man\r\n"),
        ("csl-json", "application/vnd.citationstyles.csl+json", "json", '"title": "Sleep in <i>Mus musculus</i> & man"'),
    ],
)
def test_a_record_is_downloaded_in_each_format(client: FlaskClient, paper_id: int, name: str, content_type: str, extension: str, word: str) -> None:
    answer = client.get(f"/papers/{paper_id}/cite/{name}")
    assert answer.status_code == 200
    assert answer.mimetype == content_type
    assert answer.headers["Content-Disposition"] == f"attachment; filename=doe2023-{paper_id}.{extension}"
    assert word in answer.text
    assert "secret.example" not in answer.text
    assert f"http://reviewhub.test/papers/{paper_id}" in answer.text


def test_what_a_second_source_adds_is_cited(app: Flask, client: FlaskClient, paper_id: int) -> None:
    more = PaperRecord("ris", title=RECORD.title, pages="1-9", identifiers={"doi": ["10.1234/abc"]})
    with app.extensions["database"].write() as session, session.begin():
        add_or_update(session, ANYONE, [more])
    (item,) = json.loads(client.get(f"/papers/{paper_id}/cite/csl-json").text)
    assert (item["page"], item["volume"]) == ("1-9", "12")


def test_the_page_of_citations_shows_every_style_in_both_languages(client: FlaskClient, paper_id: int) -> None:
    for prefix in ("", "/zh"):
        answer = client.get(f"{prefix}/papers/{paper_id}/cite")
        assert answer.status_code == 200
        assert "DOE J. Sleep in Mus musculus &amp; man[J]. Journal of Sleep, 2023, 12. DOI:10.1234/abc." in answer.text
        assert "Doe, J. (2023). Sleep in Mus musculus &amp; man. <i>Journal of Sleep</i>, <i>12</i>. https://doi.org/10.1234/abc" in answer.text
        assert f"{prefix}/papers/{paper_id}/cite/bibtex" in answer.text


def test_the_number_of_a_merged_paper_leads_to_the_one_that_stays(app: Flask, client: FlaskClient, paper_id: int) -> None:
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.insert(PaperRedirect).values(old_id=paper_id + 500, paper_id=paper_id))
    answer = client.get(f"/papers/{paper_id + 500}/cite/ris")
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith(f"/papers/{paper_id}/cite/ris")


@pytest.mark.parametrize("path", ["/papers/999999/cite/bibtex", "/papers/99999999999999999999/cite/ris", "/papers/999999/cite"])
def test_a_paper_that_is_not_here_cannot_be_cited(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_format_that_is_not_known_is_not_found(client: FlaskClient, paper_id: int) -> None:
    assert client.get(f"/papers/{paper_id}/cite/word").status_code == 404
