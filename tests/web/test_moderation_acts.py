"""What moderators do from the page of a text, a record, an account: hide, show, lock, suspend, look behind a pseudonym."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.accounts.models import Account
from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.discussion.models import Comment, Discussion
from reviewhub.moderation import log, services, unmasking
from reviewhub.resources.models import ResourceAnswer, ResourceRequest
from tests.discussion.talk import make_author, paper, say
from tests.people import person, signed_in
from tests.resources.asking import LINK, ask, give, upload
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, tree, words

REASON = "A reason of some length."


class Scene:
    """A paper, a comment on it, a moderator with a browser."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.extensions["database"].write() as session, session.begin():
            self.paper_id = paper(session)
            self.writer, self.moderator = person(session, "Wilma"), person(session, "Mona", role="moderator")
            self.comment_id = say(session, self.writer, self.paper_id, "What was said").id
        self.browser = signed_in(app, self.moderator)

    def say(self, who: Actor, text: str, **more: Any) -> Comment:
        with self.app.extensions["database"].write() as session, session.begin():
            return say(session, who, self.paper_id, text, **more)

    def value(self, query: sa.Select[Any]) -> Any:
        with self.app.extensions["database"].read() as session:
            return session.scalars(query).one()

    def actions(self) -> list[str]:
        with self.app.extensions["database"].read() as session:
            return [line.action for line in log.lines(session)][::-1]


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


def send(browser: FlaskClient, form_at: str, to: str = "", **fields: str) -> TestResponse:
    """Fills in a form and sends it, as a browser would."""
    token = tree(browser.get(form_at)).xpath("//main//input[@name='csrf_token']/@value")
    token = token or tree(browser.get("/papers/add")).xpath("//main//input[@name='csrf_token']/@value")
    return browser.post(to or form_at, data={"csrf_token": token[0], **fields})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_hidden_shown_again_and_its_thread_locked(scene: Scene, language: str) -> None:
    at = f"{PREFIX[language]}/moderation/comment/{scene.comment_id}"
    for act, column, after in (("hide", Comment.visibility, "hidden"), ("restore", Comment.visibility, "shown"), ("lock", Comment.is_locked, True), ("unlock", Comment.is_locked, False)):  # fmt: skip
        answer = send(scene.browser, at, act=act, reason=REASON)
        assert (answer.status_code, answer.headers["Location"]) == (303, at)
        assert scene.value(sa.select(column).where(Comment.id == scene.comment_id)) == after
        page = tree(scene.browser.get(at))
        assert page.xpath("//main//p[@role='status']")
        assert REASON in words(page.xpath("//ol[@class='entries']/li")[0])
    assert scene.actions() == ["hide", "restore", "lock", "unlock"]


@pytest.mark.parametrize(("fields", "status"), [({"act": "hide", "reason": "No"}, 422), ({"act": "explode", "reason": REASON}, 422), ({"act": "restore", "reason": REASON}, 409)])  # fmt: skip
def test_what_cannot_be_done_keeps_what_was_typed(scene: Scene, fields: dict[str, str], status: int) -> None:
    answer = send(scene.browser, f"/moderation/comment/{scene.comment_id}", **fields)
    assert answer.status_code == status
    assert (one(tree(answer), "//textarea[@name='reason']").text or "").strip() == fields["reason"]
    assert scene.actions() == []


def test_whose_own_matter_it_is_only_reads(scene: Scene) -> None:
    own = scene.say(scene.moderator, "My own words")
    with scene.app.extensions["database"].write() as session, session.begin():
        author = make_author(session, person(session, role="moderator"))
    for browser, comment_id in ((scene.browser, own.id), (signed_in(scene.app, author), scene.comment_id)):
        at = f"/moderation/comment/{comment_id}"
        assert tree(browser.get(at)).xpath("//main//form[@method='post']") == []
        answer = send(browser, at, act="hide", reason=REASON)
        assert answer.status_code == 403
        assert REASON in words(one(tree(answer), "//main//div[@role='alert']"))
    assert scene.actions() == []


@pytest.mark.parametrize("path", ["comment/1", "comments/1", "records/1", "accounts/1", "reports", "texts", "suspensions", "locks", "pseudonyms"])
def test_readers_are_kept_out(scene: Scene, path: str) -> None:
    assert signed_in(scene.app).get(f"/moderation/{path}").status_code in (403, 404)
    assert scene.app.test_client().get(f"/moderation/{path}").status_code in (303, 404)


@pytest.mark.parametrize("path", ["comment/99", f"comment/{2**31}", "review/1", "answer/1", "paper/1", "records/99", f"records/{2**40}", "accounts/999", f"accounts/{2**31}"])  # fmt: skip
def test_what_is_not_there_is_not_found(scene: Scene, path: str) -> None:
    assert scene.browser.get(f"/moderation/{path}").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_record_s_discussion_is_locked_and_stands_among_the_locks(scene: Scene, language: str) -> None:
    prefix = PREFIX[language]
    assert tree(scene.browser.get(f"{prefix}/moderation/locks")).xpath("//div[@class='empty']")
    assert send(scene.browser, f"{prefix}/moderation/records/{scene.paper_id}", act="lock", reason=REASON).status_code == 303
    assert scene.value(sa.select(Discussion.is_locked)) is True
    page = tree(scene.browser.get(f"{prefix}/moderation/locks"))
    assert page.xpath(f"//a[@href='{prefix}/moderation/records/{scene.paper_id}']")
    again = send(scene.browser, f"{prefix}/moderation/records/{scene.paper_id}", act="lock", reason="Once more, for the record.")
    assert again.status_code == 409
    assert (one(tree(again), "//textarea").text or "").strip() == "Once more, for the record."


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_account_is_suspended_for_a_week_reads_why_and_is_let_go(scene: Scene, language: str) -> None:
    prefix, account_id = PREFIX[language], scene.writer.account_id
    at, owner = f"{prefix}/moderation/accounts/{account_id}", signed_in(scene.app, scene.writer)
    assert send(scene.browser, at, act="suspend", days="7", reason="Insults again and again.").status_code == 303
    assert "Insults again and again." in words(one(tree(scene.browser.get(f"{prefix}/moderation/suspensions")), "//li[@class='entry']"))
    page = tree(owner.get(f"{prefix}/account/suspension"))
    assert "Insults again and again." in words(one(page, "//main"))
    assert page.xpath("//main//time")
    assert tree(owner.get("/")).xpath("//p[@class='suspended']//a[@href='/account/suspension']")
    assert send(scene.browser, at, act="end-suspension", reason="An appeal was heard.").status_code == 303
    assert scene.value(sa.select(Account.is_suspended).where(Account.id == account_id)) is False
    assert tree(owner.get(f"{prefix}/account/suspension")).xpath("//div[@class='empty']")
    assert scene.actions() == ["suspend", "end-suspension"]


@pytest.mark.parametrize("fields", [{"act": "suspend", "days": "8", "reason": REASON}, {"act": "suspend", "days": "7", "reason": "x"}, {"act": "ban", "reason": REASON}, {"act": "end-suspension", "reason": REASON}])  # fmt: skip
def test_a_suspension_that_cannot_be_keeps_what_was_typed(scene: Scene, fields: dict[str, str]) -> None:
    answer = send(scene.browser, f"/moderation/accounts/{scene.writer.account_id}", **fields)
    assert answer.status_code == 422
    assert (one(tree(answer), "//textarea").text or "").strip() == fields["reason"]
    assert scene.actions() == []


def test_nobody_suspends_themselves_or_an_admin(scene: Scene) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        admin = person(session, role="admin")
    for who in (scene.moderator, admin):
        assert send(scene.browser, f"/moderation/accounts/{who.account_id}", act="suspend", days="7", reason=REASON).status_code == 403
    assert scene.actions() == []


def test_two_moderators_look_behind_a_pseudonym(scene: Scene) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        hidden = person(session, "Petra Hidden")
        second = person(session, role="moderator")
    comment = scene.say(hidden, "Behind a mask", is_pseudonymous=True)
    other = signed_in(scene.app, second)
    at = "/moderation/pseudonyms"
    assert tree(scene.browser.get(at)).xpath("//div[@class='empty']")
    assert send(scene.browser, f"/moderation/comment/{comment.id}", act="ask-unmasking", reason=REASON).status_code == 303
    assert "Petra" not in scene.browser.get(f"/moderation/comment/{comment.id}").get_data(as_text=True)
    assert send(scene.browser, at, f"{at}/1", act="agree").status_code == 403
    assert send(scene.browser, at, f"{at}/1", act="look").status_code == 403
    assert send(other, at, f"{at}/1", act="agree").status_code == 303
    answer = send(scene.browser, at, f"{at}/1", act="look")
    assert answer.status_code == 200
    assert one(tree(answer), f"//a[@href='/moderation/accounts/{hidden.account_id}']") is not None
    assert "Petra" not in other.get(at).get_data(as_text=True)
    assert send(other, at, f"{at}/99", act="agree").status_code == 404
    assert send(other, at, f"{at}/1", act="peep").status_code == 422
    assert scene.actions() == ["ask-unmasking", "agree-unmasking", "look-behind-pseudonym"]


@pytest.mark.parametrize("decision", ["release", "hide"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_waits_is_shown_or_hidden(scene: Scene, language: str, decision: str) -> None:
    prefix = PREFIX[language]
    with scene.app.extensions["database"].write() as session, session.begin():
        new = person(session, joined_at=clock.now())
        waiting = say(session, new, scene.paper_id, "See https://example.org/buy")
    at = f"{prefix}/moderation/texts"
    page = tree(scene.browser.get(at))
    assert "https://example.org/buy" in words(one(page, "//li[@class='case']"))
    assert send(scene.browser, at, f"{at}/comment/{waiting.id}", decision=decision, reason="x").status_code == 422
    assert send(scene.browser, at, f"{at}/comment/{waiting.id}", decision="eat", reason=REASON).status_code == 422
    assert send(scene.browser, at, f"{at}/comment/{waiting.id}", decision=decision, reason=REASON).status_code == 303
    assert scene.value(sa.select(Comment.visibility).where(Comment.id == waiting.id)) == {"release": "shown", "hide": "hidden"}[decision]
    late = send(scene.browser, at, f"{at}/comment/{waiting.id}", decision="release", reason="My own well-considered reason.")
    assert late.status_code == 409
    assert "My own well-considered reason." in words(one(tree(late), "//main//div[@role='alert']"))


@pytest.mark.parametrize("decision", ["release", "hide"])
@pytest.mark.parametrize("kind", ["request", "answer"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_or_an_answer_that_waits_is_shown_or_hidden(scene: Scene, language: str, kind: str, decision: str) -> None:
    prefix, home = PREFIX[language], scene.app.extensions["settings"].home
    with scene.app.extensions["database"].write() as session, session.begin():
        new = person(session, "Nora New", joined_at=clock.now())
        asked = ask(session, new if kind == "request" else scene.writer, scene.paper_id, text=f"As in {LINK}")
        ids = {"request": asked.id}
        if kind == "answer":
            ids["answer"] = give(session, new, asked.id, home, text="Here", upload=upload("table.csv")).id
    model: type[ResourceRequest | ResourceAnswer] = ResourceRequest if kind == "request" else ResourceAnswer
    at, here = f"{prefix}/moderation/texts", f"{prefix}/papers/{scene.paper_id}/requests/{ids['request']}"
    waits = {"en": "waits for a moderator", "zh": "等待版主处理"}[language]
    assert waits in words(one(tree(signed_in(scene.app, new).get(here)), "//main"))
    anyone = scene.app.test_client().get(here)
    assert anyone.status_code == 404 if kind == "request" else "table.csv" not in anyone.get_data(as_text=True)
    assert "1" in all_words(tree(scene.browser.get(f"{prefix}/moderation")), "//li[contains(@class, 'queue')]//span[@class='count']")
    case = one(tree(scene.browser.get(at)), "//li[@class='case']")
    assert "Nora New" in words(case)
    assert case.xpath(f".//a[starts-with(@href, '{here}')]")
    if kind == "answer":
        with scene.browser.get(case.xpath(".//a[@download]/@href")[0]) as handed:
            assert handed.data == b"a,b\n1,2\n"
    to = f"{at}/{kind}/{ids[kind]}"
    short = send(scene.browser, at, to, decision=decision, reason="x")
    assert short.status_code == 422
    assert (one(tree(short), "//li[@class='case']//textarea").text or "").strip() == "x"
    assert send(scene.browser, at, to, decision=decision, reason=REASON).status_code == 303
    assert scene.value(sa.select(model.visibility).where(model.id == ids[kind])) == {"release": "shown", "hide": "hidden"}[decision]
    assert scene.actions() == [decision]
    assert tree(scene.app.test_client().get(f"{prefix}/log")).xpath(f"//a[@href='{prefix}/log?target={kind}:{ids[kind]}']")
    assert send(scene.browser, at, to, decision="release", reason=REASON).status_code == 409


def test_a_request_that_joins_another_when_released_leads_to_it(scene: Scene) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        waits = ask(session, person(session, joined_at=clock.now()), scene.paper_id, text=f"As in {LINK}")
        waiting_id = waits.id
        ask(session, scene.writer, scene.paper_id)
    answer = send(scene.browser, f"/moderation/request/{waiting_id}", act="release", reason=REASON)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/papers/{scene.paper_id}/requests")
    page = words(one(tree(scene.browser.get(answer.headers["Location"])), "//main"))
    assert "The text is shown now." in page
    assert "2 readers ask" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_counts_each_queue(scene: Scene, language: str) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        new, first = person(session, joined_at=clock.now()), person(session, role="moderator")
        say(session, new, scene.paper_id, "See https://example.org")
        masked = say(session, person(session), scene.paper_id, "Masked", is_pseudonymous=True)
        unmasking.ask(session, first, masked.id, REASON)
        for _ in range(2):
            services.report(session, person(session), "comment", scene.comment_id, "spam")
    with statements(scene.app.extensions["database"]) as said:
        page = tree(scene.browser.get(f"{PREFIX[language]}/moderation"))
    assert all_words(page, "//li[contains(@class, 'queue')]//span[@class='count']") == ["1", "1", "0", "0", "1"]
    assert len(said) <= 7  # who reads, their unread notices, five queues
