"""Requests at the doors: asking, me too, answering with a link and a file, trying, declining; every bad input with a clear answer, and nothing typed lost."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.accounts.models import Account, AccountSession
from reviewhub.accounts.passwords import hash_of
from reviewhub.core import clock, jobs
from reviewhub.core.actor import Actor
from reviewhub.discussion.models import CommentDraft
from reviewhub.papers.models import Journal
from reviewhub.resources import uploads
from reviewhub.resources.models import ResourceAnswer, ResourceFile, ResourceRequest
from reviewhub.resources.rules import KINDS
from tests.people import person, signed_in
from tests.resources.asking import LINK, ask, author_of, give, paper
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, tree, words

PASSWORD = "seven wooden doors and a kettle"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\x00\x00\x00"


@pytest.fixture(autouse=True)
def _no_files(app: Flask) -> None:
    """The site is emptied before each test, its folder of uploads is not."""
    shutil.rmtree(app.extensions["settings"].home / "uploads", ignore_errors=True)


@pytest.fixture
def paper_id(app: Flask) -> int:
    with app.extensions["database"].write() as session, session.begin():
        return paper(session)


def somebody(app: Flask, **facts: Any) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session, **facts)


def asked(app: Flask, paper_id: int, kind: str = "data") -> int:
    with app.extensions["database"].write() as session, session.begin():
        return ask(session, person(session, "Ada Asker"), paper_id, kind).id


def downloaded(browser: FlaskClient, address: str) -> bytes:
    with browser.get(address) as handed:
        assert handed.status_code == 200
        return bytes(handed.data)


def path_of(paper_id: int, request_id: int | None = None) -> str:
    return f"/papers/{paper_id}/requests" + (f"/{request_id}" if request_id else "")


def push(browser: FlaskClient, page: str, path: str, **fields: Any) -> TestResponse:
    """Fills in a form of a page and sends it, as a browser would."""
    token = tree(browser.get(page)).xpath("//input[@name='csrf_token']/@value")[0]
    return browser.post(path, data={"csrf_token": token, **fields}, content_type="multipart/form-data")


def request_of(app: Flask, request_id: int) -> ResourceRequest:
    with app.extensions["database"].read() as session:
        return session.get_one(ResourceRequest, request_id)


def alerts(answer: TestResponse) -> str:
    return " ".join(all_words(tree(answer), "//*[@role='alert']"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_of_which_nothing_is_asked_says_what_one_can_do(app: Flask, client: FlaskClient, paper_id: int, language: str) -> None:
    answer = client.get(f"{PREFIX[language]}/papers/{paper_id}")
    part = one(tree(answer), "//*[@id='requests']")
    assert ("Ask authors/readers for more resources" if language == "en" else "向作者/读者索取更多资源") in words(part)
    assert len(part.xpath(".//a[@class='tag']")) == len(KINDS)
    assert "Set-Cookie" not in client.get(f"{PREFIX[language]}{path_of(paper_id)}").headers
    assert "Set-Cookie" not in client.get(f"{PREFIX[language]}/requests").headers
    assert client.get(f"{PREFIX[language]}/requests/figures").status_code == 200


def test_asking_joining_and_what_the_record_says_of_it(app: Flask, client: FlaskClient, paper_id: int) -> None:
    first, second = signed_in(app, somebody(app)), signed_in(app, somebody(app))
    made = push(first, path_of(paper_id), path_of(paper_id), kind="data", text="The **raw** recordings.")
    assert made.status_code == 303
    shown = tree(first.get(made.headers["Location"]))
    assert "Your request is public now" in words(one(shown, "//main//*[@role='status']"))
    assert one(shown, "//main//strong").text == "raw"
    joined = push(second, path_of(paper_id), path_of(paper_id), kind="data", text="Tables will do.")
    assert joined.headers["Location"] == made.headers["Location"]
    page = tree(second.get(joined.headers["Location"]))
    assert "This was asked for before" in words(one(page, "//main//*[@role='status']"))
    assert "Tables will do." in words(one(page, "//main"))
    part = words(one(tree(client.get(f"/papers/{paper_id}")), "//*[@id='requests']"))
    assert "Data Open 2 readers ask" in part


@pytest.mark.parametrize(
    ("fields", "says"), [({"kind": "money"}, "Choose one"), ({"kind": "translation"}, "exactly"), ({"kind": "data", "text": "x" * 2_001}, "2000")]
)
def test_a_bad_request_comes_back_with_everything_typed(app: Flask, paper_id: int, fields: dict[str, str], says: str) -> None:
    browser = signed_in(app, somebody(app))
    answer = push(browser, path_of(paper_id), path_of(paper_id), **fields)
    assert answer.status_code == 422
    assert says in alerts(answer)
    assert one(tree(answer), "//textarea[@name='text']").text_content().strip() == fields.get("text", "")
    with app.extensions["database"].read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ResourceRequest)) == 0


def test_a_form_without_a_fresh_token_loses_nothing(app: Flask, paper_id: int) -> None:
    browser = signed_in(app, somebody(app))
    answer = browser.post(path_of(paper_id), data={"kind": "data", "text": "My words"})
    assert answer.status_code == 400
    assert one(tree(answer), "//textarea[@name='text']").text_content().strip() == "My words"
    request_id = asked(app, paper_id)
    answer = browser.post(path_of(paper_id, request_id) + "/answer", data={"url": LINK, "text": "My answer"})
    assert answer.status_code == 400
    assert one(tree(answer), "//input[@name='url']").get("value") == LINK


def test_an_answer_with_a_link_is_tried_and_accepted(app: Flask, paper_id: int) -> None:
    request_id = asked(app, paper_id)
    page = path_of(paper_id, request_id)
    helper, reader, asker = (signed_in(app, somebody(app)) for _ in range(3))
    assert push(asker, page, f"{page}/join").status_code == 303
    assert push(helper, page, f"{page}/answer", url=LINK, licence="CC0 1.0", text="Deposited.").status_code == 303
    assert request_of(app, request_id).state == "answered"
    assert push(reader, page, f"{page}/answers/1/verdict", works="no", note="Asks for a password.").status_code == 303
    assert request_of(app, request_id).state == "open"
    assert push(asker, page, f"{page}/answers/1/verdict", works="yes").status_code == 303
    assert push(reader, page, f"{page}/answers/1/verdict", works="yes").status_code == 303
    assert request_of(app, request_id).state == "verified"
    shown = tree(app.test_client().get(page))
    assert "works for 2 readers" in words(one(shown, "//main"))
    assert "Accepted by who asked" in words(one(shown, "//main"))
    link = one(shown, f"//a[@href='{LINK}']")
    assert {"nofollow", "ugc", "noopener"} <= set(link.get("rel").split())
    own = push(helper, page, f"{page}/answers/1/verdict", works="yes")
    assert own.status_code == 403
    assert push(helper, page, f"{page}/answers/1/withdraw").status_code == 303
    assert request_of(app, request_id).state == "open"


def test_an_author_declines_with_the_mark_and_a_reason(app: Flask, paper_id: int) -> None:
    request_id = asked(app, paper_id)
    page = path_of(paper_id, request_id)
    with app.extensions["database"].write() as session, session.begin():
        who = author_of(session, paper_id)
    author, other = signed_in(app, who), signed_in(app, somebody(app))
    assert push(other, page, f"{page}/decline", reason="I do not want to give it.").status_code == 403
    assert "Give the reason" in alerts(push(author, page, f"{page}/decline", reason="No"))
    assert push(author, page, f"{page}/decline", reason="Patients did not agree to it.").status_code == 303
    shown = words(one(tree(app.test_client().get(page)), "//main"))
    assert "Declined by an author" in shown
    assert "Patients did not agree to it." in shown
    assert push(author, page, f"{page}/reconsider").status_code == 303
    assert request_of(app, request_id).state == "open"


def send(app: Flask, browser: FlaskClient, paper_id: int, request_id: int, name: str, content: bytes, **fields: Any) -> TestResponse:
    page = path_of(paper_id, request_id)
    return push(browser, page, f"{page}/answer", file=(io.BytesIO(content), name), **fields)


def test_a_file_is_handed_out_as_it_came_and_never_shown_or_run(app: Flask, paper_id: int) -> None:
    request_id = asked(app, paper_id)
    assert send(app, signed_in(app, somebody(app)), paper_id, request_id, "../../数据 表\u202e.csv", b"a,b\n1,2\n", licence="CC0").status_code == 303
    stranger = app.test_client()
    (address,) = tree(stranger.get(path_of(paper_id, request_id))).xpath("//a[@download]/@href")
    assert downloaded(stranger, address) == b"a,b\n1,2\n"
    with stranger.head(address) as handed:
        pass
    assert handed.headers["Content-Disposition"].startswith("attachment")
    assert handed.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in handed.headers["Content-Security-Policy"]
    assert "script-src" not in handed.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in handed.headers
    for wrong in ("/files/1/other.csv", "/files/99/x.csv", f"/files/{2**40}/x.csv"):
        assert stranger.get(wrong).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("paper.exe", b"MZ\x90\x00", "Files that can be uploaded"),
        ("paper.pdf.exe", PDF, "Files that can be uploaded"),
        ("noending", PDF, "Files that can be uploaded"),
        ("paper.pdf", b"MZ\x90\x00" + bytes(600), "content is something else"),
        ("paper.pdf", b"<!doctype html><script>alert(1)</script>", "content is something else"),
        ("table.csv", b"<html><script>alert(1)</script>", "content is something else"),
        ("table.csv", b"  <svg onload=alert(1)>", "content is something else"),
        ("table.csv", b"\x7fELF\x02\x01\x01\x00", "content is something else"),
        ("run.txt", b"#!/bin/sh\nrm -rf /\n", "content is something else"),
        ("image.png", PDF, "content is something else"),
        ("archive.zip", b"Rar!\x1a\x07\x00", "content is something else"),
        ("letter.docx", b"PK\x03\x04" + bytes(26), "content is something else"),
        ("empty.csv", b"", "is empty"),
    ],
)  # fmt: skip
def test_a_file_that_lies_is_refused_and_nothing_typed_is_lost(app: Flask, paper_id: int, name: str, content: bytes, says: str) -> None:
    request_id = asked(app, paper_id)
    answer = send(app, signed_in(app, somebody(app)), paper_id, request_id, name, content, url=LINK, text="My words")
    assert answer.status_code == 422
    assert says in alerts(answer)
    assert one(tree(answer), "//input[@name='url']").get("value") == LINK
    assert one(tree(answer), "//textarea[@id='answer-text']").text_content().strip() == "My words"
    with app.extensions["database"].read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ResourceAnswer)) == 0
    assert not list(uploads.kept(app.extensions["settings"].home))


def test_bombs_lie_still(app: Flask, paper_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))

    def never(*_: object, **__: object) -> None:
        raise AssertionError("an upload was unpacked")

    request_id = asked(app, paper_id)
    browser = signed_in(app, somebody(app))
    with monkeypatch.context() as patched:
        assert not {"zlib", "gzip", "tarfile", "lzma", "PIL"} & vars(uploads).keys()
        patched.setattr(zipfile, "ZipFile", never)
        for name, content in (("bomb.zip", packed.getvalue()), ("bomb.png", PNG)):
            assert send(app, browser, paper_id, request_id, name, content).status_code == 303
    addresses = tree(browser.get(path_of(paper_id, request_id))).xpath("//a[@download]/@href")
    assert sorted(downloaded(browser, address) for address in addresses) == sorted((packed.getvalue(), PNG))


def test_a_file_that_is_too_large_comes_back_with_everything_typed(app: Flask, paper_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert uploads.MAX_BYTES == 20 * 1024**2
    monkeypatch.setattr(uploads, "MAX_BYTES", 100_000)
    request_id = asked(app, paper_id)
    answer = send(app, signed_in(app, somebody(app)), paper_id, request_id, "big.csv", b"1,2\n" * (uploads.MAX_BYTES // 4 + 1), text="My words")
    assert answer.status_code == 422
    assert "A file may have up to" in alerts(answer)
    assert one(tree(answer), "//textarea[@id='answer-text']").text_content().strip() == "My words"


def test_a_full_text_is_uploaded_with_its_licence_only(app: Flask, paper_id: int) -> None:
    request_id = asked(app, paper_id, "full-text")
    browser = signed_in(app, somebody(app))
    assert "licence" in alerts(send(app, browser, paper_id, request_id, "paper.pdf", PDF))
    assert send(app, browser, paper_id, request_id, "paper.pdf", PDF, licence="CC BY 4.0").status_code == 303


def test_a_file_goes_with_its_last_answer(app: Flask, paper_id: int) -> None:
    data, code = asked(app, paper_id), asked(app, paper_id, "code")
    browser = signed_in(app, somebody(app))
    for request_id in (data, code):
        assert send(app, browser, paper_id, request_id, "table.csv", b"a,b\n").status_code == 303
    home = app.extensions["settings"].home
    assert len(list(uploads.kept(home))) == 1
    for n, (request_id, left) in enumerate(((data, 1), (code, 0)), 1):
        page = path_of(paper_id, request_id)
        assert push(browser, page, f"{page}/answers/{n}/withdraw").status_code == 303
        with app.extensions["database"].write() as session, session.begin():  # links are looked at elsewhere
            session.execute(sa.delete(jobs.Job).where(jobs.Job.event != "UploadUnwanted"))
        jobs.run_due(app.extensions["database"], app.extensions["settings"])
        assert len(list(uploads.kept(home))) == left
        assert browser.get(f"/files/{n}/table.csv").status_code == 404
    with app.extensions["database"].read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ResourceFile)) == 0


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "file:///etc/passwd", "ftp://example.org/x", "http://localhost/", "http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/",
        "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://10.1.2.3/", "http://169.254.169.254/latest", "http://user:pass@example.org/",
        "http://example.org:22/", "http://printer.local/", "https://intranet/", "http://exa mple.org/", "x" * 3_000,
    ],
)  # fmt: skip
def test_a_link_to_where_nobody_else_is_is_refused(app: Flask, paper_id: int, url: str) -> None:
    request_id = asked(app, paper_id)
    page = path_of(paper_id, request_id)
    answer = push(signed_in(app, somebody(app)), page, f"{page}/answer", url=url)
    assert answer.status_code == 422
    assert "public address" in alerts(answer)


def test_scripts_in_every_field_stay_words(app: Flask, paper_id: int) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    browser, home = signed_in(app, somebody(app, name="Eve <b>")), app.extensions["settings"].home
    made = push(browser, path_of(paper_id), path_of(paper_id), kind="data", text=evil)
    page = made.headers["Location"]
    assert push(browser, page, f"{page}/answer", url='https://example.org/"><script>', text=evil).status_code == 422
    assert push(browser, page, f"{page}/answer", licence=evil, text=evil).status_code == 303
    source = app.test_client().get(page).get_data(as_text=True)
    assert not re.search(r"<script>alert|<img src=x", source)
    assert home.is_dir()


def test_sent_twice_is_one_answer(app: Flask, paper_id: int) -> None:
    request_id = asked(app, paper_id)
    page, browser = path_of(paper_id, request_id), signed_in(app, somebody(app))
    for _ in range(2):
        assert push(browser, page, f"{page}/answer", url=LINK).status_code == 303
    assert request_of(app, request_id).n_answers == 1


def test_a_new_account_hears_of_its_limits_before_and_its_link_waits(app: Flask, paper_id: int) -> None:
    request_id = asked(app, paper_id)
    who = somebody(app)
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(Account).where(Account.id == who.account_id).values(joined_at=clock.now()))
    browser, page = signed_in(app, who), path_of(paper_id, request_id)
    before = words(one(tree(browser.get(page)), "//main"))
    assert "You can send 5 more requests or answers today." in before
    assert "wait for a moderator" in before
    assert push(browser, page, f"{page}/answer", url=LINK).status_code == 303
    assert LINK in browser.get(page).get_data(as_text=True)
    assert LINK not in app.test_client().get(page).get_data(as_text=True)
    assert request_of(app, request_id).state == "open"


def test_nobody_signed_in_is_led_to_signing_in(app: Flask, client: FlaskClient, paper_id: int) -> None:
    request_id = asked(app, paper_id)
    token = tree(client.get("/account/login")).xpath("//input[@name='csrf_token']/@value")[0]
    for path in (path_of(paper_id), path_of(paper_id, request_id) + "/join", path_of(paper_id, request_id) + "/answer"):
        answer = client.post(path, data={"csrf_token": token})
        assert answer.status_code == 303
        assert "/account/login" in answer.headers["Location"]


def ended(app: Flask) -> None:
    """Every session ends, as by "sign out everywhere else" in another browser."""
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.delete(AccountSession))


def back_in(browser: FlaskClient, answer: TestResponse, email: str) -> TestResponse:
    """Signs in where a form led to; the page it leads back to."""
    door = browser.get(answer.headers["Location"])
    assert "not sent yet" in door.text
    form = one(tree(door), "//main//form[.//input[@type='password']]")
    back = browser.post(answer.headers["Location"], data={**dict(form.form_values()), "email": email, "password": PASSWORD})
    assert back.status_code == 303
    return browser.get(back.headers["Location"])


class TestWordsOutlastASession:
    def test_of_asking(self, app: Flask, paper_id: int) -> None:
        who = somebody(app, email="ada@example.org", password_hash=hash_of(PASSWORD))
        browser = signed_in(app, who)
        page = path_of(paper_id)
        token = tree(browser.get(page)).xpath("//input[@name='csrf_token']/@value")[0]
        ended(app)
        sent = browser.post(page, data={"csrf_token": token, "kind": "code", "text": "The scripts of figure 2"})
        again = tree(back_in(browser, sent, "ada@example.org"))
        assert one(again, "//textarea[@name='text']").text.strip() == "The scripts of figure 2"
        assert again.xpath("//select[@name='kind']/option[@selected]/@value") == ["code"]
        assert "This is your draft" in words(again)
        assert push(browser, page, page, kind="code", text="The scripts of figure 2").status_code == 303
        assert "This is your draft" not in browser.get(page).text

    def test_of_answering(self, app: Flask, paper_id: int) -> None:
        page = path_of(paper_id, asked(app, paper_id))
        browser = signed_in(app, somebody(app, email="ben@example.org", password_hash=hash_of(PASSWORD)))
        token = tree(browser.get(page)).xpath("//input[@name='csrf_token']/@value")[0]
        ended(app)
        fields = {"csrf_token": token, "url": LINK, "licence": "CC BY 4.0", "text": "See table 3", "file": (io.BytesIO(PDF), "a.pdf")}
        sent = browser.post(f"{page}/answer", data=fields, content_type="multipart/form-data")
        again = tree(back_in(browser, sent, "ben@example.org"))
        assert again.xpath("//input[@name='url']/@value") == [LINK]
        assert again.xpath("//input[@name='licence']/@value") == ["CC BY 4.0"]
        assert one(again, "//textarea[@id='answer-text']").text.strip() == "See table 3"
        assert push(browser, page, f"{page}/answer", action="discard").status_code == 303
        gone = browser.get(page).text
        assert "Draft thrown away" in gone
        assert "See table 3" not in gone

    def test_of_saying_what_is_still_missing(self, app: Flask, paper_id: int) -> None:
        request_id = asked(app, paper_id)
        with app.extensions["database"].write() as session, session.begin():
            give(session, person(session, "Gil Giver"), request_id)
        page = path_of(paper_id, request_id)
        browser = signed_in(app, somebody(app, email="cy@example.org", password_hash=hash_of(PASSWORD)))
        token = tree(browser.get(page)).xpath("//input[@name='csrf_token']/@value")[0]
        ended(app)
        sent = browser.post(f"{page}/again", data={"csrf_token": token, "text": "Mouse 7 is not in it"})
        again = tree(back_in(browser, sent, "cy@example.org"))
        assert one(again, "//details[@open]//textarea").text.strip() == "Mouse 7 is not in it"

    def test_a_form_of_nobody_without_a_fresh_token_comes_back(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        page = path_of(paper_id, asked(app, paper_id))
        for path, field in ((path_of(paper_id), "text"), (f"{page}/answer", "text"), (f"{page}/decline", "reason")):
            answer = client.post(path, data={field: "Not to be lost"})
            assert answer.status_code == 400
            assert "Not to be lost" in answer.text
        with app.extensions["database"].read() as session:
            assert session.scalars(sa.select(CommentDraft)).all() == []


def test_what_is_not_there_is_not_found(app: Flask, client: FlaskClient, paper_id: int) -> None:
    request_id = asked(app, paper_id)
    for path in (
        path_of(99),
        path_of(2**40),
        path_of(paper_id, 99),
        path_of(99, request_id),
        path_of(paper_id, 2**40),
        "/requests?journal=99",
        "/requests?keyword=nowhere",
    ):
        assert client.get(path).status_code == 404, path
    browser = signed_in(app, somebody(app))
    page = path_of(paper_id, request_id)
    for path in (f"{page}/answers/99/verdict", f"{page}/answers/{2**40}/verdict", f"{page}/answers/99/withdraw"):
        assert push(browser, page, path, works="yes").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_journals_and_keywords_say_what_is_asked_for_within_them(app: Flask, client: FlaskClient, paper_id: int, language: str) -> None:
    prefix = PREFIX[language]
    with app.extensions["database"].read() as session:
        journal_id = session.scalars(sa.select(Journal.id)).one()
    pages = {f"{prefix}/journals/{journal_id}": f"{prefix}/requests?journal={journal_id}", f"{prefix}/keywords/sleep": f"{prefix}/requests?keyword=sleep"}
    for address, there in pages.items():
        assert there not in client.get(address).text
    request_id = asked(app, paper_id)
    for address, there in pages.items():
        with statements(app.extensions["database"]) as said:
            link = one(tree(client.get(address)), f"//main//a[@href='{there}']")
        assert len(said) <= 6
        assert "1" in words(link)
        assert f"/papers/{paper_id}/requests/{request_id}" in client.get(there).text
    with app.extensions["database"].write() as session, session.begin():
        give(session, person(session), request_id)
    for address, there in pages.items():
        assert there not in client.get(address).text


def test_lists_take_few_statements_however_long_they_are(app: Flask, client: FlaskClient) -> None:
    with app.extensions["database"].write() as session, session.begin():
        who = person(session)
        for n in range(27):
            one_paper = paper(session, f"Paper number {n} on the sleep of mice")
            request = ask(session, person(session) if n % 20 == 0 else who, one_paper, "data")
            if n % 5 == 0:
                give(session, person(session), request.id)
    for path, most in (
        ("/requests", 4),
        ("/requests?kind=data", 4),
        ("/requests?journal=1", 7),
        ("/requests?keyword=sleep", 7),
        ("/requests/figures", 6),
        (path_of(1), 4),
        (path_of(1, 1), 5),
    ):
        with statements(app.extensions["database"]) as said:
            assert client.get(path).status_code == 200
        assert 1 <= len(said) <= most, (path, len(said), said)
    listed = tree(client.get("/requests"))
    assert len(listed.xpath("//li[@class='ticket']")) == 20
    rest = tree(client.get(one(listed, "//a[@rel='next']/@href")))
    assert len(rest.xpath("//li[@class='ticket']")) == 1
    row = all_words(tree(client.get("/requests/figures")), "//table[1]//tbody/tr/*")[:4]
    assert row == ["Sleep Letters", "27", "6", "0.0"]
