"""Claiming at the doors: the page of a printed name, a claim's own page, mailed links, suggestions, co-authors, and every bad input with a clear answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.core import jobs
from reviewhub.core.actor import Actor
from reviewhub.papers.models import Paper
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import merge_papers
from reviewhub.people.ladder import CLAIMS_PER_HOUR
from reviewhub.people.models import Claim, NotMine
from tests.people import person, signed_in
from tests.people.conftest import ANNA, LEI, MING, ORCID, OTHER_ORCID
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, take_in, tree, words

GROUP, DEAD, EDITOR = Author("The Trial Group", is_group=True), Author("Jane Roe †", "Roe", "Jane"), Author("Ed Itor", "Itor", "Ed", role="editor")


@pytest.fixture
def paper_id(app: Flask) -> int:
    return take_in(app, PaperRecord("hand", title="Sleep and memory in mice", authors=[LEI, MING, GROUP, DEAD, EDITOR], identifiers={"doi": ["10.5555/1"]}))[0]


def somebody(app: Flask, name: str = "Lei Wang", **facts: Any) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session, name=name, **facts)


def token_on(browser: FlaskClient, path: str) -> str:
    found = tree(browser.get(path)).xpath("//input[@name='csrf_token']/@value")
    return found[0] if found else tree(browser.get("/papers/add")).xpath("//input[@name='csrf_token']/@value")[0]


def claim(browser: FlaskClient, paper_id: int, position: int = 1, prefix: str = "", **fields: Any) -> TestResponse:
    """Fills in the form of a name and sends it, as a browser would."""
    path = f"{prefix}/papers/{paper_id}/authors/{position}/claim"
    return browser.post(path, data={"csrf_token": token_on(browser, path), **fields})


def push(browser: FlaskClient, path: str, page: str = "/people/claims", **fields: Any) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_on(browser, page), **fields})


def claims(app: Flask) -> list[tuple[int, str, str]]:
    with app.extensions["database"].read() as session:
        return [(c.id, c.state, c.proof) for c in session.scalars(sa.select(Claim).order_by(Claim.id))]


def run_jobs(app: Flask) -> None:
    jobs.run_due(app.extensions["database"], app.extensions["settings"])


def mailed_link(app: Flask) -> str:
    mails = sorted((Path(app.extensions["settings"].home) / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return "/people/claims/link/" + mails[-1].read_text().split("/people/claims/link/")[1].split()[0].strip('"')


def test_a_name_on_the_record_leads_to_its_claim_and_others_to_their_papers(app: Flask, client: FlaskClient, paper_id: int) -> None:
    page = tree(client.get(f"/papers/{paper_id}"))
    links = {words(a): a.get("href") for a in page.xpath("//ul[@class='authors']//a[not(contains(@class, 'orcid'))]")}
    assert links["Lei Wang"] == f"/papers/{paper_id}/authors/1/claim"
    assert links["The Trial Group"].startswith("/people/")
    assert links["Ed Itor"].startswith("/people/")
    zh = tree(client.get(f"/zh/papers/{paper_id}"))
    assert "我是这篇论文的作者" in words(one(zh, "//*[@id='authors']"))
    assert "点击您的名字以认领此论文并将其添加到您的个人资料中。" in words(one(zh, "//*[@id='authors']"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_not_signed_in_sees_the_ladder_and_gets_no_cookie(app: Flask, client: FlaskClient, paper_id: int, language: str) -> None:
    path = f"{PREFIX[language]}/papers/{paper_id}/authors/1/claim"
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "noindex" in answer.headers["X-Robots-Tag"]
    page = tree(answer)
    assert len(page.xpath("//ol[@class='ladder']/li")) == 6
    assert "@fudan.edu.cn" not in answer.get_data(as_text=True)
    own = signed_in(app).get(path).get_data(as_text=True)
    assert "l…@fudan.edu.cn" in own
    assert "lwang@" not in own
    assert page.xpath(f"//main//a[contains(@href, '/account/login?next={path}')]")
    assert page.xpath("//main//a[contains(@href, '/people/lei-wang')]")
    assert client.post(path).status_code == 303


def test_the_printed_orcid_id_proves_it_and_the_record_says_so(app: Flask, client: FlaskClient, paper_id: int) -> None:
    browser = signed_in(app, somebody(app, orcid=ORCID))
    page = tree(browser.get(f"/papers/{paper_id}/authors/1/claim"))
    assert page.xpath("//input[@name='evidence'][@checked]/@value") == ["orcid"]
    answer = claim(browser, paper_id, evidence="orcid")
    assert answer.status_code == 303
    shown = tree(browser.get(answer.headers["Location"]))
    assert "approved" in words(one(shown, "//h1"))
    assert "confirmed" in words(one(shown, "//p[@role='status']"))
    assert [state for _, state, _ in claims(app)] == ["approved"]
    record = tree(client.get(f"/papers/{paper_id}"))
    found = one(record, "//ul[@class='authors']/li[1]")
    assert found.xpath("./a[1]/@href") == ["/people/1"]
    assert "Confirmed author: signed in with the ORCID iD" in words(found)
    assert found.xpath(".//a[contains(@class, 'orcid-sure')]")
    assert "Lei Wang" in words(one(tree(client.get("/people/1")), "//h1"))


def test_an_id_that_is_only_printed_bears_no_green_mark(app: Flask, client: FlaskClient, paper_id: int) -> None:
    record = tree(client.get(f"/papers/{paper_id}"))
    assert record.xpath("//ul[@class='authors']//a[contains(@class, 'orcid')]")
    assert not record.xpath("//a[contains(@class, 'orcid-sure')]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mailed_link_proves_it_with_the_button_and_once(app: Flask, paper_id: int, language: str) -> None:
    prefix = PREFIX[language]
    browser, other = signed_in(app, somebody(app)), signed_in(app, somebody(app))
    assert claim(browser, paper_id, prefix=prefix, evidence="mail").status_code == 303
    run_jobs(app)
    link = prefix + mailed_link(app)
    visitor = app.test_client().get(link)
    assert visitor.status_code == 303
    assert "/account/login?next=" in visitor.headers["Location"]
    assert other.get(link).status_code == 410
    assert browser.get(link).status_code == 200
    assert claims(app) == [(1, "pending", "")]
    assert browser.get(link).headers["Referrer-Policy"] == "no-referrer"
    assert push(browser, link, link).headers["Location"] == f"{prefix}/people/claims/1"
    assert claims(app) == [(1, "approved", "mail")]
    used = push(browser, link, link)
    assert used.status_code == 410
    assert one(tree(used), "//p[@role='alert']") is not None
    assert browser.get(f"{prefix}/people/claims/link/nothing-like-it").status_code == 410


def test_a_claim_in_ones_own_words_waits_and_says_why(app: Flask, paper_id: int) -> None:
    browser = signed_in(app, somebody(app))
    note = "<script>alert(1)</script> I wrote section 2"
    answer = claim(browser, paper_id, evidence="moderator", note=note)
    shown = browser.get(answer.headers["Location"])
    assert "<script>alert" not in shown.get_data(as_text=True)
    page = tree(shown)
    assert note in words(one(page, "//blockquote"))
    assert "waiting" in words(one(page, "//h1"))
    assert page.xpath("//p[contains(@class, 'note-warn')]")
    assert signed_in(app).get("/people/claims/1").status_code == 404
    assert push(browser, "/people/claims/1/withdraw", "/people/claims/1").status_code == 303
    assert claims(app) == [(1, "withdrawn", "")]
    assert push(browser, "/people/claims/1/withdraw", "/people/claims/1").status_code == 409
    again = claim(browser, paper_id, evidence="moderator", note="More of it")
    assert again.headers["Location"] == "/people/claims/1"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("position", "fields", "status"),
    [
        (9, {}, 404),
        (0, {}, 404),
        (2**40, {}, 404),
        (3, {}, 200),
        (4, {}, 200),
        (5, {}, 200),
        (1, {"evidence": "my word"}, 422),
        (1, {"evidence": "orcid"}, 422),
        (1, {"evidence": "works"}, 422),
        (2, {"evidence": "mail"}, 422),
        (1, {"evidence": "moderator", "note": "x" * 2_001}, 422),
    ],
)
def test_bad_claims_get_a_clear_answer_and_change_nothing(app: Flask, paper_id: int, language: str, position: int, fields: dict[str, str], status: int) -> None:
    browser, prefix = signed_in(app, somebody(app)), PREFIX[language]
    got = browser.get(f"{prefix}/papers/{paper_id}/authors/{position}/claim")
    assert got.status_code == (200 if fields else status)
    sent = claim(browser, paper_id, position, prefix, **fields)
    assert sent.status_code == (404 if position == 2**40 else 422)
    page = tree(sent)
    if position != 2**40:
        assert all_words(page, "//*[@role='alert']")
    if fields.get("note"):
        assert one(page, "//textarea").text_content().strip() == fields["note"]
    assert claims(app) == []


def test_retracted_and_merged_records_are_not_claimed(app: Flask, paper_id: int) -> None:
    (other_id,) = take_in(app, PaperRecord("hand", title="Sleep and memory in mice, again", authors=[LEI]))
    browser = signed_in(app, somebody(app, orcid=ORCID))
    token = token_on(browser, "/papers/add")
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, paper_id, other_id, movers=app.extensions["movers"])
    got = browser.get(f"/papers/{other_id}/authors/1/claim")
    assert (got.status_code, got.headers["Location"]) == (301, f"/papers/{paper_id}")
    sent = browser.post(f"/papers/{other_id}/authors/1/claim", data={"csrf_token": token})
    assert sent.status_code == 422
    assert tree(sent).xpath(f"//main//a[starts-with(@href, '/papers/{paper_id}')]")
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(Paper).values(is_retracted=True))
    assert "retracted" in words(one(tree(browser.get(f"/papers/{paper_id}/authors/1/claim")), "//p[@role='alert']"))
    assert browser.post(f"/papers/{paper_id}/authors/1/claim", data={"csrf_token": token}).status_code == 422
    assert claims(app) == []


def test_a_form_that_grew_too_old_is_shown_again_with_what_was_typed(app: Flask, paper_id: int) -> None:
    browser = signed_in(app, somebody(app))
    sent = browser.post(f"/papers/{paper_id}/authors/1/claim", data={"csrf_token": "old", "evidence": "mail", "note": "It was me"})
    assert sent.status_code == 400
    page = tree(sent)
    assert (page.xpath("//input[@name='evidence'][@checked]/@value"), one(page, "//textarea").text_content().strip()) == (["mail"], "It was me")
    assert claims(app) == []


def test_who_is_suspended_claims_nothing(app: Flask, paper_id: int) -> None:
    browser = signed_in(app, somebody(app, is_suspended=True, orcid=ORCID))
    assert claim(browser, paper_id, evidence="orcid").status_code == 403
    assert claims(app) == []


def test_fifty_claims_an_hour_are_told_to_go_on_later(app: Flask) -> None:
    papers = take_in(app, *(PaperRecord("hand", title=f"A long enough title of paper {n}", authors=[LEI]) for n in range(CLAIMS_PER_HOUR + 1)))
    browser = signed_in(app, somebody(app, orcid=ORCID))
    token = token_on(browser, "/papers/add")
    answers = [browser.post(f"/papers/{n}/authors/1/claim", data={"csrf_token": token, "evidence": "orcid"}) for n in papers]
    assert {answer.status_code for answer in answers[:-1]} == {303}
    assert answers[-1].status_code == 422
    assert "within an hour" in words(one(tree(answers[-1]), "//p[@role='alert']"))
    assert len(claims(app)) == CLAIMS_PER_HOUR


def test_a_co_author_with_proof_confirms_and_nobody_else_can(app: Flask, paper_id: int) -> None:
    lei, ming, stranger = signed_in(app, somebody(app, orcid=ORCID)), signed_in(app, somebody(app, "Ming Li")), signed_in(app)
    claim(lei, paper_id, evidence="orcid")
    claim(ming, paper_id, 2, evidence="co-author")
    assert push(stranger, "/people/claims/2/confirm").status_code == 403
    assert claims(app)[1] == (2, "pending", "")
    page = tree(lei.get("/people/claims"))
    assert page.xpath("//form[@action='/people/claims/2/confirm']")
    assert push(lei, "/people/claims/2/confirm").status_code == 303
    assert claims(app)[1] == (2, "approved", "co-author")
    late = push(lei, "/people/claims/2/confirm")
    assert late.status_code == 409
    assert all_words(tree(late), "//p[@role='alert']")


def test_both_sides_of_a_dispute_see_that_it_rests(app: Flask, client: FlaskClient, paper_id: int) -> None:
    first, second = signed_in(app, somebody(app, orcid=ORCID)), signed_in(app, somebody(app))
    claim(first, paper_id, evidence="orcid")
    claim(second, paper_id, evidence="moderator", note="It was me.")
    for browser, number in ((first, 1), (second, 2)):
        page = tree(browser.get(f"/people/claims/{number}"))
        assert "disputed" in words(one(page, "//h1"))
        assert "Somebody else claims" in words(page)
    record = tree(client.get(f"/papers/{paper_id}"))
    assert "disputed" in words(one(record, "//ul[@class='authors']/li[1]"))
    assert "More than one person" in words(tree(client.get(f"/papers/{paper_id}/authors/1/claim")))


def test_suggestions_come_after_a_first_paper_and_are_answered_each_or_all(app: Flask, paper_id: int) -> None:
    plain = Author("Lei Wang", "Wang", "Lei", affiliations=LEI.affiliations)
    more = take_in(app, *(PaperRecord("hand", title=f"Another study of sleep, part {n}", authors=[plain, MING, ANNA]) for n in range(4)))
    browser = signed_in(app, somebody(app, orcid=ORCID))
    assert "first approved claim" in words(tree(browser.get("/people/claims/suggested")))
    claim(browser, paper_id, evidence="orcid")
    page = tree(browser.get("/people/claims/suggested"))
    shown = page.xpath("//input[@name='shown']/@value")
    assert shown
    assert {int(place.split(":")[0]) for place in shown} <= set(more)
    assert all_words(page, "//p[@class='score-parts']")
    path = "/people/claims/suggested"
    assert push(browser, path, path, not_mine=shown[0]).status_code == 303
    with app.extensions["database"].read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(NotMine)) == 1
    left = tree(browser.get(path)).xpath("//input[@name='shown']/@value")
    assert shown[0] not in left
    assert push(browser, path, path, mine=left[0], shown=left).status_code == 303
    assert len(claims(app)) == 2
    left = tree(browser.get(path)).xpath("//input[@name='shown']/@value")
    assert push(browser, path, path, all="yes", shown=left).status_code == 303
    assert len(claims(app)) == 2 + len(left)
    for wrong in ({}, {"mine": "x"}, {"mine": "0:1"}, {"all": "yes"}):
        assert push(browser, path, path, **wrong).status_code == 422
    assert push(browser, path, path, not_mine="999999:1").status_code == 404


def test_the_pages_take_few_statements(app: Flask, client: FlaskClient, paper_id: int) -> None:
    browser = signed_in(app, somebody(app, orcid=ORCID))
    claim(browser, paper_id, evidence="orcid")
    browser.get("/people/claims")
    for who, path, most in ((client, f"/papers/{paper_id}/authors/1/claim", 7), (browser, "/people/claims", 9), (browser, "/people/claims/1", 12)):
        with statements(app.extensions["database"]) as said:
            assert who.get(path).status_code == 200
        assert len(said) <= most, said


def test_another_id_than_the_printed_one_is_told_so(app: Flask, paper_id: int) -> None:
    browser = signed_in(app, somebody(app, orcid=OTHER_ORCID))
    page = tree(browser.get(f"/papers/{paper_id}/authors/1/claim"))
    assert "Another ORCID iD" in words(page)
    assert "orcid" not in page.xpath("//input[@name='evidence']/@value")
