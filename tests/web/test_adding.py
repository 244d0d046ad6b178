"""Adding papers in a browser: by identifier, by file, by hand."""

from __future__ import annotations

import gzip
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from reviewhub.core.actor import KEEPER
from reviewhub.papers.models import Paper, PaperSource
from reviewhub.papers.queries import record_page
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.web import adding
from reviewhub.web.support.pace import Pace

GOOD = {"title": "Sleep in mice", "authors": "Jane Doe\n王小明", "published": "2023", "journal": "Journal of Sleep"}
RIS = "TY  - JOUR\r\nTI  - Sleep in mice\r\nAU  - Doe, Jane\r\nPY  - 2023\r\nDO  - 10.1234/mice\r\nER  - \r\nTY  - JOUR\r\nAU  - Doe, Jane\r\nER  - \r\n"


def post(client: FlaskClient, path: str, data: dict[str, Any]) -> TestResponse:
    """Sends a form as a browser would: with the token of the page that holds it."""
    tree = html.fromstring(client.get(path.split("?")[0]).data)
    token = tree.xpath("//input[@name='csrf_token']/@value")[0]
    return client.post(path, data={**data, "csrf_token": str(token)}, content_type="multipart/form-data")


def upload(client: FlaskClient, body: str | bytes, name: str = "records.ris", path: str = "/papers/add") -> TestResponse:
    return post(client, path, {"file": (io.BytesIO(body.encode() if isinstance(body, str) else body), name)})


def add(app: Flask, **facts: Any) -> int:
    with app.extensions["database"].write() as session, session.begin():
        (outcome,) = add_or_update(session, KEEPER, [PaperRecord("crossref", **{"title": "Known paper", **facts})])
    assert outcome.paper_id
    return outcome.paper_id


def n_papers(app: Flask) -> int:
    with app.extensions["database"].read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Paper)) or 0


def words(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", html.fromstring(answer.data).xpath("//main")[0].text_content()).strip()


def figures(answer: TestResponse) -> list[int]:
    return [int(cell) for cell in html.fromstring(answer.data).xpath("//table[contains(@class, 'figures')]//td/text()")]


class TestByIdentifier:
    @pytest.mark.parametrize("typed", ["10.1234/ABC", "https://doi.org/10.1234/abc", "https://publisher.example/doi/10.1234/abc"])
    def test_a_paper_that_is_here_is_opened(self, app: Flask, client: FlaskClient, typed: str) -> None:
        paper_id = add(app, identifiers={"doi": ["10.1234/abc"]})
        answer = post(client, "/papers/add", {"identifier": typed})
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/papers/{paper_id}"

    def test_a_chinese_reader_stays_in_chinese(self, app: Flask, client: FlaskClient) -> None:
        paper_id = add(app, identifiers={"pmid": ["12345"]})
        assert post(client, "/zh/papers/add", {"identifier": "PMID: 12345"}).headers["Location"] == f"/zh/papers/{paper_id}"

    def test_an_arxiv_number_finds_the_record_that_holds_its_doi_only(self, app: Flask, client: FlaskClient) -> None:
        paper_id = add(app, identifiers={"doi": ["10.48550/arxiv.2301.01234"]})
        assert post(client, "/papers/add", {"identifier": "arXiv:2301.01234v3"}).headers["Location"] == f"/papers/{paper_id}"

    @pytest.mark.parametrize(
        ("typed", "field", "value"),
        [
            ("doi:10.1234/ABC", "doi", "10.1234/abc"),
            ("12345", "pmid", "12345"),
            ("PMC123", "pmcid", "PMC123"),
            ("arxiv.org/abs/2301.01234", "arxiv", "2301.01234"),
        ],
    )
    def test_a_paper_that_is_not_here_opens_the_form_with_its_number(self, client: FlaskClient, typed: str, field: str, value: str) -> None:
        answer = post(client, "/papers/add", {"identifier": typed})
        assert answer.status_code == 303
        form = client.get(answer.headers["Location"])
        assert html.fromstring(form.data).xpath(f"//input[@name='{field}']/@value") == [value]
        assert "not fetched from other services yet" in words(form)

    @pytest.mark.parametrize("typed", ["", "sleep in mice", "<script>alert(1)</script>", "10.1/x; \x00"])
    def test_what_is_no_identifier_is_said_beside_the_field_and_kept(self, client: FlaskClient, typed: str) -> None:
        answer = post(client, "/papers/add", {"identifier": typed})
        assert answer.status_code == 422
        field = html.fromstring(answer.data).xpath("//input[@name='identifier']")[0]
        assert field.get("aria-invalid") == "true"
        assert "identifier-error" in field.get("aria-describedby")
        assert field.get("value").strip("\x00\ufffd") == typed.strip("\x00")

    def test_the_address_of_the_page_can_fill_the_field_in(self, client: FlaskClient) -> None:
        page = html.fromstring(client.get("/papers/add?identifier=10.1234/x%22%3E").data)
        assert page.xpath("//input[@name='identifier']/@value") == ['10.1234/x">']


class TestByFile:
    def test_the_result_says_what_became_of_every_record(self, app: Flask, client: FlaskClient) -> None:
        answer = upload(client, RIS)
        assert answer.status_code == 200
        assert figures(answer) == [2, 1, 0, 0, 1]
        assert "record 2" in words(answer)
        with app.extensions["database"].read() as session:
            paper_id = session.scalar(sa.select(Paper.id).where(Paper.doi == "10.1234/mice"))
        assert html.fromstring(answer.data).xpath(f"//main//a[@href='/papers/{paper_id}']")
        assert client.get(f"/papers/{paper_id}").status_code == 200

    def test_the_same_file_once_more_changes_nothing(self, app: Flask, client: FlaskClient) -> None:
        upload(client, RIS)
        assert figures(upload(client, RIS)) == [2, 0, 0, 1, 1]
        assert n_papers(app) == 1

    def test_a_chinese_reader_gets_places_and_reasons_in_chinese(self, client: FlaskClient) -> None:
        answer = upload(client, RIS, path="/zh/papers/add")
        assert "第 2 条记录" in words(answer)
        assert "no title" not in words(answer)

    def test_a_packed_file_is_unpacked(self, client: FlaskClient) -> None:
        assert figures(upload(client, gzip.compress(RIS.encode()), "records.ris.gz")) == [2, 1, 0, 0, 1]

    def test_what_a_reader_hands_in_never_outranks_a_source(self, app: Flask, client: FlaskClient) -> None:
        paper_id = add(app, title="Sleep in mice", identifiers={"doi": ["10.1234/mice"]}, volume="7")
        answer = upload(client, RIS.replace("PY  - 2023", "PY  - 2023\r\nVL  - 99\r\nIS  - 3"))
        assert figures(answer) == [2, 0, 1, 0, 1]
        with app.extensions["database"].read() as session:
            page = record_page(session, paper_id)
            trust = session.execute(sa.select(PaperSource.source, PaperSource.is_trusted).where(PaperSource.paper_id == paper_id)).all()
        assert page is not None
        assert (page.record.volume, page.record.issue) == ("7", "3")
        assert {tuple(row) for row in trust} == {("crossref", True), ("ris", False)}

    @pytest.mark.parametrize(
        ("body", "name"),
        [
            (b"", "empty.ris"),
            (b"just some words\n", "notes.txt"),
            (gzip.compress(RIS.encode(), mtime=0)[:40], "cut.ris.gz"),
            (b"\x00\x01\x02" * 100, "x.bin"),
            (b"", ""),
        ],
    )
    def test_a_file_that_cannot_be_read_is_said_beside_the_field(self, app: Flask, client: FlaskClient, body: bytes, name: str) -> None:
        answer = upload(client, body, name)
        assert answer.status_code == 422
        assert html.fromstring(answer.data).xpath("//p[@id='file-error']")[0].text_content().strip()
        assert n_papers(app) == 0

    def test_only_the_first_records_of_a_long_file_are_taken(self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(adding, "MOST_RECORDS", 3)
        body = "".join(f"TY  - JOUR\r\nTI  - Paper number {n}\r\nDO  - 10.1234/{n}\r\nER  - \r\n" for n in range(5))
        answer = upload(client, body)
        assert "Only the first 3 records" in words(answer)
        assert n_papers(app) == 3

    def test_a_file_that_unpacks_beyond_reason_ends_with_a_word(self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(adding, "MAX_UNPACKED_BYTES", 200_000)
        answer = upload(client, gzip.compress(RIS.encode() + b"\r\n" * 500_000), "bomb.ris.gz")
        assert "unpacks to more than" in words(answer)

    def test_a_file_above_the_limit_is_refused(self, client: FlaskClient) -> None:
        answer = client.post("/papers/add", data=b"x" * (20 * 1024**2 + 128 * 1024), content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 413

    def test_without_the_token_of_the_form_nothing_is_taken(self, app: Flask, client: FlaskClient) -> None:
        answer = client.post("/papers/add", data={"file": (io.BytesIO(RIS.encode()), "x.ris")}, content_type="multipart/form-data")
        assert answer.status_code == 400
        assert n_papers(app) == 0


class TestByHand:
    def test_a_typed_paper_is_here_and_is_shown(self, app: Flask, client: FlaskClient) -> None:
        answer = post(client, "/papers/add/by-hand", {**GOOD, "doi": "10.1234/abc", "keywords": "sleep; mice"})
        assert answer.status_code == 303
        done = client.get(answer.headers["Location"])
        assert done.status_code == 200
        assert "The paper has been added" in words(done)
        (address,) = set(html.fromstring(done.data).xpath("//main//a[contains(@href, '/papers/') and not(contains(@href, 'add'))]/@href"))
        record = client.get(address)
        assert record.status_code == 200
        assert "Sleep in mice" in record.text
        assert "王小明" in record.text

    def test_a_paper_that_is_here_is_not_made_twice(self, app: Flask, client: FlaskClient) -> None:
        paper_id = add(app, title="Sleep in mice", identifiers={"doi": ["10.1234/abc"]})
        answer = post(client, "/papers/add/by-hand", {**GOOD, "doi": "10.1234/abc"})
        assert f"paper={paper_id}" in answer.headers["Location"]
        assert "was here already" in words(client.get(answer.headers["Location"]))
        assert n_papers(app) == 1

    def test_sent_twice_it_is_one_paper(self, app: Flask, client: FlaskClient) -> None:
        post(client, "/papers/add/by-hand", GOOD)
        assert "state=unchanged" in post(client, "/papers/add/by-hand", GOOD).headers["Location"]
        assert n_papers(app) == 1

    @pytest.mark.parametrize("prefix", ["", "/zh"])
    def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(self, app: Flask, client: FlaskClient, prefix: str) -> None:
        typed = {**GOOD, "title": "", "doi": "10.12", "abstract_zh": "第一段。\n\n第二段 <b>", "type": "review", "keywords": 'a "b"; c'}
        answer = post(client, f"{prefix}/papers/add/by-hand", typed)
        assert answer.status_code == 422
        page = html.fromstring(answer.data)
        assert {field.get("name") for field in page.xpath("//*[@aria-invalid='true']")} == {"title", "doi"}
        for field in page.xpath("//*[@aria-invalid='true']"):
            error = page.xpath(f"//p[@id='{field.get('name')}-error']")[0].text_content()
            assert error
            assert bool(re.search("[\u4e00-\u9fff]", error)) == (prefix == "/zh")
        assert page.xpath("//input[@name='doi']/@value") == ["10.12"]
        assert page.xpath("//input[@name='keywords']/@value") == ['a "b"; c']
        assert page.xpath("//select[@name='type']/option[@selected]/@value") == ["review"]
        assert page.xpath("//textarea[@name='abstract_zh']")[0].text.strip() == "第一段。\n\n第二段 <b>"
        assert page.xpath("//textarea[@name='authors']")[0].text.strip() == GOOD["authors"]
        assert n_papers(app) == 0

    def test_typed_markup_stays_text(self, client: FlaskClient) -> None:
        answer = post(client, "/papers/add/by-hand", {**GOOD, "title": "<img src=x onerror=alert(1)> & <b>mice</b>"})
        done = client.get(answer.headers["Location"])
        assert "<img" not in done.text.split("<main", 1)[1].split("</main>", 1)[0]
        assert "<img src=x onerror=alert(1)> & <b>mice</b>" in words(done)

    @pytest.mark.parametrize("query", ["", "?paper=1&state=created", "?paper=x&state=created", "?paper=99999999999&state=created", "?paper=1&state=lost"])
    def test_there_is_no_page_for_what_was_not_done(self, client: FlaskClient, query: str) -> None:
        assert client.get(f"/papers/add/done{query}").status_code == 404


class TestPace:
    def test_an_address_that_adds_too_much_has_to_wait_and_loses_nothing(self, app: Flask, client: FlaskClient) -> None:
        app.extensions["adding_pace"] = Pace(1, 3600)
        assert post(client, "/papers/add/by-hand", GOOD).status_code == 303
        answer = post(client, "/papers/add/by-hand", {**GOOD, "title": "Another paper"})
        assert answer.status_code == 429
        assert html.fromstring(answer.data).xpath("//input[@name='title']/@value") == ["Another paper"]
        assert upload(client, RIS).status_code == 429
        assert n_papers(app) == 1

    def test_what_is_wrong_is_not_counted_as_an_addition(self, app: Flask, client: FlaskClient) -> None:
        app.extensions["adding_pace"] = Pace(1, 3600)
        assert post(client, "/papers/add/by-hand", {**GOOD, "title": ""}).status_code == 422
        assert post(client, "/papers/add/by-hand", GOOD).status_code == 303
