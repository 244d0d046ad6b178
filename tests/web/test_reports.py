"""Reporting a text: the form, what is wrong with it, what its sender is told; and a moderator's queue of it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.app import MOVERS
from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.discussion.models import Comment
from reviewhub.moderation import log, services
from reviewhub.moderation.models import Report
from reviewhub.moderation.rules import MAX_NOTE_CHARS
from reviewhub.notifications.services import Happening, tell
from reviewhub.papers.services import merge_papers
from reviewhub.ratings import belongings
from reviewhub.ratings.models import Rating, RatingVersion
from reviewhub.ratings.services import Given, rate, withdraw
from tests.discussion.talk import make_author, paper, say
from tests.people import person, signed_in
from tests.resources.asking import LINK, ask, give
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, tree, words

REASON = "Names a person who has no part in it."


class Scene:
    """A paper with a comment and a review by others, a reader and a moderator."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.extensions["database"].write() as session, session.begin():
            self.paper_id = paper(session)
            self.writer, self.reader, self.moderator = person(session, "Wilma"), person(session, "Rita"), person(session, "Mona", role="moderator")
            self.comment_id = say(session, self.writer, self.paper_id, "Doctor X **invented** it").id
            rate(session, self.writer, self.paper_id, Given(9, text="A review that goes too far."))
            self.rating_id = session.scalars(sa.select(Rating.id)).one()

    def browser(self, who: Actor) -> FlaskClient:
        return signed_in(self.app, who)

    def report(self, who: Actor, kind: str = "comment", reason: str = "abuse", note: str = "") -> int:
        target_id = self.comment_id if kind == "comment" else self.rating_id
        with self.app.extensions["database"].write() as session, session.begin():
            return services.report(session, who, kind, target_id, reason, note).id

    def all(self, query: sa.Select[Any]) -> list[Any]:
        with self.app.extensions["database"].read() as session:
            return list(session.scalars(query))


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


def send(browser: FlaskClient, form_at: str, to: str = "", **fields: str) -> TestResponse:
    """Fills in a form and sends it, as a browser would."""
    token = tree(browser.get(form_at)).xpath("//main//input[@name='csrf_token']/@value")
    return browser.post(to or form_at, data={"csrf_token": token[0] if token else "", **fields})


@pytest.mark.parametrize("kind", ["comment", "review"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_sent_waits_and_gets_a_verdict(scene: Scene, language: str, kind: str) -> None:
    browser, prefix = scene.browser(scene.reader), PREFIX[language]
    target_id = scene.comment_id if kind == "comment" else scene.rating_id
    answer = send(browser, f"{prefix}/report/{kind}/{target_id}", reason="personal-information", note="It names <b>him</b>.")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{prefix}/reports")
    page = tree(browser.get(answer.headers["Location"]))
    assert one(page, "//main//p[@role='status']") is not None
    assert {"en": "waits for a moderator", "zh": "等待版主处理"}[language] in words(one(page, "//li[@class='entry']"))
    judge = scene.browser(scene.moderator)
    queue = tree(judge.get(f"{prefix}/moderation/reports"))
    case = one(queue, "//li[@class='case']")
    assert "It names <b>him</b>." in words(case)
    assert "Wilma" in words(case)
    assert "Rita" not in words(case)
    (report_id,) = scene.all(sa.select(Report.id))
    answer = send(judge, f"{prefix}/moderation/reports", f"{prefix}/moderation/reports/{report_id}", verdict="upheld", reason=REASON)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{prefix}/moderation/reports")
    assert tree(judge.get(answer.headers["Location"])).xpath("//main//p[@role='status']")
    told = words(one(tree(browser.get(f"{prefix}/reports")), "//li[@class='entry']"))
    assert REASON in told
    assert {"en": "upheld", "zh": "已采纳"}[language] in told


def test_the_text_of_a_review_goes_and_its_rating_stays(scene: Scene) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        services.hide(session, scene.moderator, "review", scene.rating_id, REASON)
    client = scene.app.test_client()
    for address in (f"/papers/{scene.paper_id}", f"/papers/{scene.paper_id}/reviews", f"/papers/{scene.paper_id}/reviews/{scene.rating_id}"):
        page = client.get(address)
        assert "goes too far" not in page.get_data(as_text=True)
        assert tree(page).xpath(f"//a[@href='/log?target=review:{scene.rating_id}']")
        assert "4.5" in words(tree(page))
    assert client.get(f"/papers/{scene.paper_id}/reviews/{scene.rating_id}.md").status_code == 404
    assert client.get(f"/report/review/{scene.rating_id}").status_code == 303
    assert scene.browser(scene.reader).get(f"/report/review/{scene.rating_id}").status_code == 404
    assert "goes too far" in scene.browser(scene.writer).get(f"/papers/{scene.paper_id}/rate").get_data(as_text=True)
    with scene.app.extensions["database"].write() as session, session.begin():
        services.restore(session, scene.moderator, "review", scene.rating_id, "It was quoted from the paper.")
    assert "goes too far" in client.get(f"/papers/{scene.paper_id}").get_data(as_text=True)


@pytest.mark.parametrize("is_merged", [False, True])
def test_a_hidden_review_that_is_taken_back_and_given_again_stays_hidden(scene: Scene, is_merged: bool) -> None:
    at, client = scene.paper_id, scene.app.test_client()
    with scene.app.extensions["database"].write() as session, session.begin():
        services.hide(session, scene.moderator, "review", scene.rating_id, REASON)
        withdraw(session, scene.writer, at)
        if is_merged:
            at = paper(session, title="The same under another title")
            merge_papers(session, at, scene.paper_id, movers=MOVERS)
        rate(session, scene.writer, at, Given(8))  # first without a word, and then with the old ones
        again = rate(session, scene.writer, at, Given(8, text="A review that goes too far.")).id
    assert "goes too far" not in client.get(f"/papers/{at}").get_data(as_text=True)
    assert tree(scene.browser(scene.moderator).get(f"/moderation/review/{again}")).xpath("//h1/span[contains(@class, 'flag-warn')]")
    with scene.app.extensions["database"].write() as session, session.begin():
        services.restore(session, scene.moderator, "review", again, "An appeal was heard.")
        withdraw(session, scene.writer, at)
        rate(session, scene.writer, at, Given(8, text="A review that goes too far."))
    assert "goes too far" in client.get(f"/papers/{at}").get_data(as_text=True)


def test_an_account_whose_hidden_review_was_taken_back_can_be_erased(scene: Scene) -> None:
    assert scene.writer.account_id is not None
    with scene.app.extensions["database"].write() as session, session.begin():
        services.hide(session, scene.moderator, "review", scene.rating_id, REASON)
        withdraw(session, scene.writer, scene.paper_id)
        belongings.erase(session, scene.writer.account_id, [])
    assert scene.all(sa.select(RatingVersion)) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [({}, "reason"), ({"reason": "ugly", "note": "So ugly"}, "reason"), ({"reason": "other"}, "note"), ({"reason": "spam", "note": "x" * (MAX_NOTE_CHARS + 1)}, "note")],
)  # fmt: skip
def test_what_cannot_be_taken_comes_back_as_typed(scene: Scene, fields: dict[str, str], field: str) -> None:
    answer = send(scene.browser(scene.reader), f"/report/comment/{scene.comment_id}", **fields)
    assert answer.status_code == 422
    page = tree(answer)
    assert words(one(page, f"//*[@id='{field}-error']"))
    assert (one(page, "//textarea[@name='note']").text or "").strip() == fields.get("note", "")
    if fields.get("reason") == "spam":
        assert one(page, "//input[@name='reason'][@checked]").get("value") == "spam"
    assert scene.all(sa.select(Report)) == []


def test_the_same_thing_reported_again_waits_once(scene: Scene) -> None:
    browser = scene.browser(scene.reader)
    address = f"/report/comment/{scene.comment_id}"
    token = one(tree(browser.get(address)), "//main//input[@name='csrf_token']/@value")
    for _ in range(2):
        assert browser.post(address, data={"csrf_token": token, "reason": "spam"}).status_code == 303
    assert len(scene.all(sa.select(Report))) == 1
    again = tree(browser.get(address))
    assert again.xpath("//main//p[@role='status']")
    assert again.xpath("//main//form[@method='post']") == []


def test_what_cannot_be_reported_has_no_form(scene: Scene) -> None:
    anyone, browser, own = scene.app.test_client(), scene.browser(scene.reader), scene.browser(scene.writer)
    address = f"/report/comment/{scene.comment_id}"
    answer = anyone.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/account/login?next={address}")
    for unknown in ("/report/comment/999", "/report/paper/1", f"/report/comment/{2**31}", "/report/comment/0", "/report/review/999", "/report/answer/1"):
        assert browser.get(unknown).status_code == 404
    assert tree(own.get(address)).xpath("//main//form[@method='post']") == []
    token = tree(own.get("/papers/add")).xpath("//main//input[@name='csrf_token']/@value")[0]
    assert own.post(address, data={"csrf_token": token, "reason": "spam"}).status_code == 422
    assert scene.all(sa.select(Report)) == []


def test_nothing_reported_says_where_to(scene: Scene) -> None:
    assert tree(scene.browser(scene.reader).get("/reports")).xpath("//main//div[@class='empty']")


def test_whose_own_matter_it_is_reads_that_and_has_no_form(scene: Scene) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        author = make_author(session, person(session, role="moderator"))
    report_id = scene.report(scene.reader)
    browser = scene.browser(author)
    page = tree(browser.get("/moderation/reports"))
    assert all_words(page, "//li[@class='case']//p[@class='note']") == ["It stands on a paper of yours. Leave it to another moderator."]
    assert page.xpath("//li[@class='case']//form") == []
    token = tree(browser.get("/papers/add")).xpath("//main//input[@name='csrf_token']/@value")[0]
    answer = browser.post(f"/moderation/reports/{report_id}", data={"csrf_token": token, "verdict": "upheld", "reason": REASON})
    assert answer.status_code == 403
    assert scene.all(sa.select(Report.verdict)) == [""]


def test_who_decides_second_sees_what_the_first_decided_and_keeps_what_was_typed(scene: Scene) -> None:
    report_id = scene.report(scene.reader)
    with scene.app.extensions["database"].write() as session, session.begin():
        other = say(session, scene.writer, scene.paper_id, "Another one")
        services.report(session, scene.reader, "comment", other.id, "spam")
        services.decide_report(session, person(session, role="moderator"), report_id, "dismissed", "The first decision stands.")
    answer = send(scene.browser(scene.moderator), "/moderation/reports", f"/moderation/reports/{report_id}", verdict="upheld", reason="My well-considered one.")
    assert answer.status_code == 409
    met = words(one(tree(answer), "//main//div[@role='alert']"))
    assert "My well-considered one." in met
    assert "The first decision stands." in met
    assert scene.all(sa.select(Comment.visibility).where(Comment.id == scene.comment_id)) == ["shown"]


@pytest.mark.parametrize("fields", [{"verdict": "upheld", "reason": "Bad"}, {"verdict": "maybe", "reason": REASON}, {"reason": REASON}])
def test_a_verdict_that_cannot_be_taken_comes_back_as_typed(scene: Scene, fields: dict[str, str]) -> None:
    report_id = scene.report(scene.reader)
    answer = send(scene.browser(scene.moderator), "/moderation/reports", f"/moderation/reports/{report_id}", **fields)
    assert answer.status_code == 422
    area = one(tree(answer), "//li[@class='case']//textarea")
    assert (area.text or "").strip() == fields["reason"]
    assert area.get("aria-invalid") == "true"
    assert scene.all(sa.select(Report.verdict)) == [""]


def test_the_queue_takes_as_many_statements_for_many_reports_as_for_one(scene: Scene) -> None:
    browser, counts = scene.browser(scene.moderator), []
    for n in (1, 4):
        with scene.app.extensions["database"].write() as session, session.begin():
            for _ in range(n):
                other = say(session, person(session), scene.paper_id, f"Text {n} {_}")
                services.report(session, scene.reader, "comment", other.id, "spam")
        with statements(scene.app.extensions["database"]) as said:
            browser.get("/moderation/reports")
        counts.append(len(said))
    assert counts[0] == counts[1] <= 12


def test_a_pseudonym_is_not_told_in_the_queue(scene: Scene) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        masked = person(session, "Petra Hidden")
        comment = say(session, masked, scene.paper_id, "Said behind a mask", is_pseudonymous=True)
        services.report(session, scene.reader, "comment", comment.id, "abuse")
    page = scene.browser(scene.moderator).get("/moderation/reports").get_data(as_text=True)
    assert comment.pseudonym in page
    assert "Petra" not in page
    assert f"/moderation/accounts/{masked.account_id}" not in page


def test_every_verdict_is_in_the_log_of_its_text(scene: Scene) -> None:
    report_id = scene.report(scene.reader, "review")
    with scene.app.extensions["database"].write() as session, session.begin():
        services.decide_report(session, scene.moderator, report_id, "upheld", REASON)
        (line,) = log.lines(session, target=f"review:{scene.rating_id}")
    assert (line.action, line.reason, line.paper_id) == ("uphold-report", REASON, scene.paper_id)


@pytest.mark.parametrize("kind", ["request", "answer"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_and_an_answer_are_reported_from_their_page_and_judged(scene: Scene, language: str, kind: str) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        asked = ask(session, scene.writer, scene.paper_id, text="Send it to me, you fools.")
        ids = {"request": asked.id, "answer": give(session, scene.writer, asked.id).id}
    prefix, browser, judge = PREFIX[language], scene.browser(scene.reader), scene.browser(scene.moderator)
    at, form = f"{prefix}/papers/{scene.paper_id}/requests/{ids['request']}", f"{prefix}/report/{kind}/{ids[kind]}"
    assert tree(scene.app.test_client().get(at)).xpath(f"//main//a[@href='{form}'][@rel='nofollow']")
    assert tree(scene.browser(scene.writer).get(at)).xpath("//main//a[contains(@href, '/report/')]") == []
    assert tree(judge.get(at)).xpath(f"//main//a[@href='{prefix}/moderation/{kind}/{ids[kind]}']")
    assert tree(browser.get(at)).xpath("//main//a[contains(@href, '/moderation/')]") == []
    where = f"{at}#answer-{ids['answer']}" if kind == "answer" else at
    assert tree(browser.get(form)).xpath(f"//main//p[@class='eyebrow']/a[@href='{where}']")
    assert send(browser, form, reason="abuse").status_code == 303
    case = one(tree(judge.get(f"{prefix}/moderation/reports")), "//li[@class='case']")
    assert {"request": "you fools", "answer": LINK}[kind] in words(case)
    assert {"en": "Data", "zh": "数据"}[language] in words(case)
    (report_id,) = scene.all(sa.select(Report.id))
    verdict = send(judge, f"{prefix}/moderation/reports", f"{prefix}/moderation/reports/{report_id}", verdict="upheld", reason=REASON)
    assert verdict.status_code == 303
    shown = scene.app.test_client().get(at)
    assert shown.status_code == 404 if kind == "request" else LINK not in shown.get_data(as_text=True)
    (report,) = scene.all(sa.select(Report))
    assert tree(browser.get(f"{prefix}/reports")).xpath(f"//li[@id='report-{report.id}']")
    with scene.app.extensions["database"].write() as session, session.begin():
        happening = Happening(f"report:{report.id}", clock.now(), scene.paper_id, what="upheld")
        tell(session, [scene.reader.account_id or 0], "verdict", happening)
    assert tree(browser.get(f"{prefix}/notifications")).xpath(f"//a[@href='{prefix}/reports#report-{report.id}']")


def test_an_answer_under_a_hidden_request_cannot_be_reported(scene: Scene) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        asked = ask(session, scene.writer, scene.paper_id)
        answer_id = give(session, scene.writer, asked.id).id
        services.hide(session, scene.moderator, "request", asked.id, REASON)
    assert scene.browser(scene.reader).get(f"/report/answer/{answer_id}").status_code == 404
