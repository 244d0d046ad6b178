"""The discussion in a browser: the record's part, the list, threads, the box with its drafts; edits, states, votes; and everything that may be sent in."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.accounts.models import AccountSession
from reviewhub.accounts.passwords import hash_of
from reviewhub.core.actor import Actor
from reviewhub.discussion import moderating, services
from reviewhub.discussion.models import Comment, CommentDraft
from reviewhub.discussion.rules import MAX_TEXT_CHARS
from reviewhub.discussion.services import Written, write
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import merge_papers
from reviewhub.people import services as people
from reviewhub.ratings.services import Given, rate
from tests.people import person, signed_in
from tests.web.reading import LANGUAGES, PREFIX, Element, all_words, full_record, one, statements, take_in, tree, words

PASSWORD = "correct horse battery staple"


@pytest.fixture
def paper_id(app: Flask) -> int:
    (found,) = take_in(app, full_record())
    return found


def somebody(app: Flask, name: str = "", **facts: Any) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session, name, **facts)


def say(app: Flask, paper_id: int, text: str = "How many took part?", kind: str = "remark", who: Actor | None = None, **more: Any) -> int:
    """A comment, written below the pages; its number."""
    with app.extensions["database"].write() as session, session.begin():
        who = who or person(session)
        return write(session, who, paper_id, Written(kind, text, **more), secret_key=app.extensions["settings"].secret_key).id


def send(browser: FlaskClient, path: str, fields: dict[str, Any], page: str = "") -> TestResponse:
    """Fills in a form of a page and sends it."""
    token = tree(browser.get(page or path)).xpath("//input[@name='csrf_token']/@value")[0]
    return browser.post(path, data={"csrf_token": token, **fields})


def post(browser: FlaskClient, paper_id: int, prefix: str = "", **fields: Any) -> TestResponse:
    """Sends the box."""
    path = f"{prefix}/papers/{paper_id}/comments"
    return send(browser, path, {"kind": "question", "text": "How many took part?", **fields}, f"{path}/new")


def texts(app: Flask) -> list[tuple[str, str, str]]:
    with app.extensions["database"].read() as session:
        return [(c.kind, c.text, c.visibility) for c in session.scalars(sa.select(Comment).order_by(Comment.id))]


def drafts(app: Flask) -> list[tuple[str, bool, str]]:
    with app.extensions["database"].read() as session:
        return [(d.place, d.account_id is not None, d.fields["text"]) for d in session.scalars(sa.select(CommentDraft).order_by(CommentDraft.id))]


def shown(page: Element) -> list[str]:
    return all_words(page, "//article[starts-with(@id, 'comment-')]//div[contains(@class, 'prose')]")


class TestRecord:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_without_a_word_it_says_what_one_can_do_and_gives_no_cookie(self, client: FlaskClient, paper_id: int, language: str) -> None:
        answer = client.get(f"{PREFIX[language]}/papers/{paper_id}")
        part = one(tree(answer), "//section[@id='discussion']")
        assert {"en": "Nobody has asked", "zh": "还没有人提问"}[language] in words(part)
        assert part.xpath(".//a/@href")[0] == f"{PREFIX[language]}/papers/{paper_id}/comments/new?kind=question"
        assert "Set-Cookie" not in answer.headers

    def test_the_head_says_what_is_open_and_confirmed(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        for kind in ("question", "question", "suspected-error", "remark"):
            say(app, paper_id, f"About {kind}", kind)
        head = one(tree(client.get(f"/papers/{paper_id}")), "//p[@class='record-open']/a")
        assert (words(head), head.get("href")) == ("2 open questions, 1 suspected error", "#discussion")
        zh = one(tree(client.get(f"/zh/papers/{paper_id}")), "//p[@class='record-open']")
        assert "待回答的问题" in words(zh)

    def test_the_first_twenty_threads_stand_there_and_the_way_to_the_rest(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        who = somebody(app)
        for n in range(22):
            say(app, paper_id, f"Text {n}", who=who)
        page = tree(client.get(f"/papers/{paper_id}"))
        assert shown(one(page, "//section[@id='discussion']")) == [f"Text {n}" for n in range(21, 1, -1)]
        assert page.xpath(f"//section[@id='discussion']//a[@href='/papers/{paper_id}/comments']")
        rest = tree(client.get(f"/papers/{paper_id}/comments"))
        (following,) = rest.xpath("//a[@rel='next']/@href")
        assert shown(tree(client.get(following))) == ["Text 1", "Text 0"]

    def test_as_many_statements_for_many_comments_as_for_few(self, app: Flask, paper_id: int) -> None:
        who, counted = somebody(app), []
        browsers = (app.test_client(), signed_in(app))
        for n in range(12):
            head = say(app, paper_id, f"Text {n}", who=who)
            say(app, paper_id, f"Reply to {n}", who=who, parent_id=head)
            if n in (0, 11):
                for browser in browsers:
                    with statements(app.extensions["database"]) as said:
                        assert browser.get(f"/papers/{paper_id}").status_code == 200
                    counted.append(len(said))
        assert counted[:2] == counted[2:]
        assert counted[0] <= 14
        assert counted[1] <= 26

    def test_who_rates_before_looking_sees_no_comment_and_may_ask(self, app: Flask, paper_id: int) -> None:
        say(app, paper_id, "It is all wrong", "suspected-error")
        browser = signed_in(app, hides_numbers=True)
        for path in (f"/papers/{paper_id}", f"/papers/{paper_id}/comments", f"/papers/{paper_id}/comments/1"):
            answer = browser.get(path)
            assert answer.status_code == 200
            assert "It is all wrong" not in answer.text
            assert "suspected error" not in words(one(tree(answer), "//main"))
        assert browser.get(f"/papers/{paper_id}/comments/1/history").status_code == 303
        sent = post(browser, paper_id, text="Where is the data?")
        assert "Where is the data?" in browser.get(sent.location).text


class TestWriting:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_question_is_asked_and_stands_at_its_own_address(self, app: Flask, client: FlaskClient, paper_id: int, language: str) -> None:
        browser = signed_in(app, name="Amara Okafor")
        answer = post(browser, paper_id, PREFIX[language], text="Is $x^2$ *right*?")
        assert (answer.status_code, answer.location) == (303, f"{PREFIX[language]}/papers/{paper_id}/comments/1#comment-1")
        page = tree(browser.get(answer.location))
        assert one(page, "//main//p[@role='status']") is not None
        article = one(page, "//article[@id='comment-1']")
        assert "Amara Okafor" in words(article)
        assert (
            all_words(article, ".//*[contains(@class, 'comment-kind') or contains(@class, 'state ')]")
            == {"en": ["Question", "still open"], "zh": ["提问", "尚待解决"]}[language]
        )
        assert article.xpath(".//math")
        assert "Amara Okafor" in client.get(f"/papers/{paper_id}").text

    def test_the_house_rule_stands_at_the_box(self, app: Flask, paper_id: int) -> None:
        browser = signed_in(app)
        for path in (f"/papers/{paper_id}", f"/papers/{paper_id}/comments", f"/papers/{paper_id}/comments/new"):
            assert "Facts, logic and publicly verifiable information" in words(one(tree(browser.get(path)), "//form[@id='say']"))

    def test_who_is_not_signed_in_loses_nothing_on_the_way(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        somebody(app, email="jane@university.example", password_hash=hash_of(PASSWORD))
        sent = post(client, paper_id, text="Typed before", is_pseudonymous="1")
        assert "/account/login?next=" in sent.location
        assert drafts(app) == [("paper", False, "Typed before")]
        login = send(
            client, "/account/login", {"email": "jane@university.example", "password": PASSWORD, "next": f"/papers/{paper_id}/comments/new"}, sent.location
        )
        assert login.status_code == 303
        assert drafts(app) == [("paper", True, "Typed before")]
        form = one(tree(client.get(f"/papers/{paper_id}/comments/new")), "//form[@id='say']")
        fields = dict(form.form_values())
        assert (fields["text"].strip(), fields["is_pseudonymous"], fields["kind"]) == ("Typed before", "1", "question")
        assert post(client, paper_id, text="Typed before", is_pseudonymous="1").status_code == 303
        assert drafts(app) == []

    def test_drafts_are_kept_shown_and_thrown_away(self, app: Flask, paper_id: int) -> None:
        browser = signed_in(app)
        assert post(browser, paper_id, text="Half", action="draft").status_code == 303
        assert "Half" in words(one(tree(browser.get(f"/papers/{paper_id}")), "//textarea[@id='say-text']"))
        path = f"/papers/{paper_id}/comments"
        assert send(browser, f"{path}/draft", {"kind": "question", "text": "Half a sentence"}, f"{path}/new").json == {"is_saved": True}
        assert drafts(app) == [("paper", True, "Half a sentence")]
        assert post(browser, paper_id, action="discard").status_code == 303
        assert drafts(app) == []
        assert texts(app) == []

    def test_a_draft_of_what_was_just_sent_is_not_kept(self, app: Flask, paper_id: int) -> None:
        browser, path = signed_in(app), f"/papers/{paper_id}/comments"
        for fields in ({}, {"parent": "1"}):
            post(browser, paper_id, text="Sent", **fields)
            late = send(browser, f"{path}/draft", {"kind": "question", "text": "Sent", **fields}, f"{path}/new")
            assert (late.status_code, drafts(app)) == (409, [])

    def test_a_preview_sends_nothing(self, app: Flask, paper_id: int) -> None:
        browser, path = signed_in(app), f"/papers/{paper_id}/comments"
        page = tree(post(browser, paper_id, text="So $x$ is **it**", action="preview"))
        assert one(page, "//section[@id='say-preview']//strong").text == "it"
        assert "So $x$ is **it**" in one(page, "//textarea[@id='say-text']").text
        assert "<strong>it</strong>" in send(browser, f"{path}/preview", {"text": "So **it**"}, f"{path}/new").text
        assert texts(app) == []

    def test_a_reply_stands_in_its_thread_and_the_box_shows_what_it_answers(self, app: Flask, paper_id: int) -> None:
        head = say(app, paper_id, "How many?", "question")
        browser = signed_in(app)
        page = tree(browser.get(f"/papers/{paper_id}/comments/new?parent={head}"))
        assert "How many?" in words(one(page, "//section[@class='replied-to']"))
        assert one(page, "//select[@id='say-kind']/option[1]/@value") == "answer"
        answer = post(browser, paper_id, kind="answer", text="Forty.", parent=str(head))
        assert shown(tree(browser.get(answer.location))) == ["How many?", "Forty."]

    def test_deep_in_a_long_thread_the_address_of_a_comment_shows_it(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        who = somebody(app)
        head = say(app, paper_id, "Begin", who=who)
        last = [say(app, paper_id, f"Reply {n}", who=who, parent_id=head) for n in range(60)][-1]
        assert "All 60 replies" in words(one(tree(client.get(f"/papers/{paper_id}")), "//section[@id='discussion']"))
        page = tree(client.get(f"/papers/{paper_id}/comments/{last}"))
        assert shown(page) == ["Begin", *(f"Reply {n}" for n in range(50, 60))]
        assert shown(tree(client.get(one(page, "//a[@rel='prev']/@href"))))[1] == "Reply 0"

    def test_a_passage_of_the_abstract_and_none_that_is_not_in_it(self, app: Flask, client: FlaskClient) -> None:
        from reviewhub.papers.record import Section

        (paper_id,) = take_in(
            app, PaperRecord("hand", title="A paper with an abstract", abstracts={"en": [Section("The <i>mice</i> slept for 8-9 hours, on average.")]})
        )
        browser = signed_in(app)
        page = tree(browser.get(f"/papers/{paper_id}/comments/new?passage=Mice%20slept"))
        assert one(page, "//textarea[@id='say-passage']").text.strip() == "Mice slept"
        assert post(browser, paper_id, passage="mice slept for 8-9 hours,").status_code == 303
        link = one(tree(client.get(f"/papers/{paper_id}")), "//blockquote[@class='passage']/a")
        assert link.get("href") == f"/papers/{paper_id}#:~:text=mice%20slept%20for%208%2D9%20hours%2C"
        refused = post(browser, paper_id, passage="mice died", text="Other words")
        assert refused.status_code == 422
        assert "mice died" in one(tree(refused), "//textarea[@id='say-passage']").text


class TestVoices:
    def test_a_pseudonym_tells_only_what_is_verified(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        browser = signed_in(app, name="Ernestine Uniquename", email="ernestine@uniquename.example")
        where = post(browser, paper_id, is_pseudonymous="1").location
        for path in (f"/papers/{paper_id}", f"/papers/{paper_id}/comments", where, f"/papers/{paper_id}/comments/1/history"):
            assert "niquename" not in client.get(path).text
        assert all_words(tree(client.get(where)), "//article//span[@class='comment-fact']") == ["pseudonym", "no conflict of interest found"]
        box = one(tree(browser.get(f"/papers/{paper_id}/comments/new")), "//form[@id='say']")
        assert box.xpath(".//input[@name='is_pseudonymous'][@type='hidden']/@value") == ["1"]
        refused = post(browser, paper_id, text="Under my name")
        assert refused.status_code == 422
        assert "Under my name" in refused.text

    def test_who_has_claimed_the_paper_answers_with_the_author_s_mark(self, app: Flask, client: FlaskClient) -> None:
        from tests.people.conftest import LEI, ORCID

        (paper_id,) = take_in(app, PaperRecord("hand", title="Sleep and memory in mice", authors=[LEI]))
        author = somebody(app, "Lei Wang", orcid=ORCID)
        with app.extensions["database"].write() as session, session.begin():
            people.claim(session, author, paper_id, 1, evidence="orcid", note="")
            session.execute(sa.text("UPDATE authorships SET orcid = NULL"))  # the claim alone counts
        head = say(app, paper_id, "Is it so?", "suspected-error")
        browser = signed_in(app, author)
        page = tree(browser.get(f"/papers/{paper_id}/comments/new?parent={head}"))
        assert one(page, "//select[@id='say-kind']/option[1]/@value") == "author-reply"
        answer = post(browser, paper_id, kind="author-reply", text="It is.", parent=str(head))
        article = one(tree(client.get(answer.location)), "//article[@id='comment-2']")
        assert all_words(article, ".//span[contains(@class, 'flag-author') or contains(@class, 'comment-kind')]") == [
            "Author of this paper",
            "Reply of the author",
        ]
        state = f"/papers/{paper_id}/comments/{head}/state"
        assert send(browser, state, {"state": "confirmed", "note": "Our fault."}).status_code == 303
        assert "1 confirmed error" in words(one(tree(client.get(f"/papers/{paper_id}")), "//p[@class='record-open']"))
        history = words(one(tree(client.get(f"/papers/{paper_id}/comments/{head}/history")), "//ol[@class='history']"))
        assert "confirmed by an author, author of the paper Lei Wang“Our fault.”" in history
        assert post(signed_in(app), paper_id, kind="author-reply", text="I, too", parent=str(head)).status_code == 422


class TestChanging:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_an_edit_leaves_its_history_for_everybody(self, app: Flask, client: FlaskClient, paper_id: int, language: str) -> None:
        browser, prefix = signed_in(app), PREFIX[language]
        post(browser, paper_id, text="First words")
        path = f"{prefix}/papers/{paper_id}/comments/1"
        assert send(browser, f"{path}/edit", {"text": "Second words", "version": "1"}).location == f"{path}#comment-1"
        page = tree(client.get(path))
        assert shown(page) == ["Second words"]
        (history,) = page.xpath("//a[contains(@href, '/history') and not(contains(@class, 'state'))]/@href")
        assert "First words" in words(one(tree(client.get(history)), "//main"))

    def test_a_stale_edit_shows_both_texts_and_the_next_sending_decides(self, app: Flask, paper_id: int) -> None:
        browser = signed_in(app)
        post(browser, paper_id, text="First words")
        path = f"/papers/{paper_id}/comments/1/edit"
        send(browser, path, {"text": "From the other window", "version": "1"})
        answer = send(browser, path, {"text": "From this one", "version": "1"})
        assert answer.status_code == 409
        assert all_words(tree(answer), "//section[@role='alert']/pre") == ["From the other window", "From this one"]
        assert texts(app)[0][1] == "From the other window"
        form = dict(one(tree(answer), "//form[@class='say']").form_values())
        assert browser.post(path, data=form).status_code == 303
        assert texts(app)[0][1] == "From this one"

    def test_an_edit_is_kept_as_a_draft_until_it_is_sent_or_thrown_away(self, app: Flask, paper_id: int) -> None:
        browser = signed_in(app)
        post(browser, paper_id, text="First words")
        path = f"/papers/{paper_id}/comments/1/edit"
        assert send(browser, f"{path}/draft", {"text": "Half a ch", "version": "1"}, path).json == {"is_saved": True}
        assert send(browser, path, {"text": "Half a change", "version": "1", "action": "draft"}).status_code == 303
        page = tree(browser.get(path))
        assert one(page, "//textarea[@id='say-text']").text.strip() == "Half a change"
        assert "This is your draft" in words(page)
        assert texts(app)[0][1] == "First words"
        assert send(browser, path, {"text": "Half a change", "version": "1", "action": "discard"}).status_code == 303
        assert one(tree(browser.get(path)), "//textarea[@id='say-text']").text.strip() == "First words"
        send(browser, path, {"text": "Another half", "version": "1", "action": "draft"})
        send(browser, path, {"text": "A whole change", "version": "1"})
        assert drafts(app) == []
        late = send(browser, f"{path}/draft", {"text": "From a tab left open", "version": "1"}, path)
        assert (late.status_code, late.json, drafts(app)) == (409, {"is_saved": False}, [])
        assert send(signed_in(app), f"{path}/draft", {"text": "Not mine", "version": "2"}, f"/papers/{paper_id}/comments/new").status_code == 403

    def test_an_edit_outlasts_a_session_that_has_ended(self, app: Flask, paper_id: int) -> None:
        who = somebody(app, email="jane@university.example", password_hash=hash_of(PASSWORD))
        browser = signed_in(app, who)
        post(browser, paper_id, text="First words")
        path = f"/papers/{paper_id}/comments/1/edit"
        token = tree(browser.get(path)).xpath("//input[@name='csrf_token']/@value")[0]
        with app.extensions["database"].write() as session, session.begin():
            session.execute(sa.delete(AccountSession))
        sent = browser.post(path, data={"csrf_token": token, "text": "Second words", "version": "1"})
        assert "/account/login?next=" in sent.location
        form = one(tree(browser.get(sent.location)), "//main//form[.//input[@type='password']]")
        back = browser.post(sent.location, data={**dict(form.form_values()), "email": "jane@university.example", "password": PASSWORD})
        assert one(tree(browser.get(back.location)), "//textarea[@id='say-text']").text.strip() == "Second words"
        assert send(browser, path, {"text": "Second words", "version": "1"}).status_code == 303
        assert texts(app)[0][1] == "Second words"

    def test_an_edit_of_what_was_taken_away_loses_no_word(self, app: Flask, paper_id: int) -> None:
        browser = signed_in(app)
        post(browser, paper_id, text="First words")
        path = f"/papers/{paper_id}/comments/1/edit"
        token = tree(browser.get(path)).xpath("//input[@name='csrf_token']/@value")[0]
        with app.extensions["database"].write() as session, session.begin():
            moderating.hide(session, person(session, role="moderator"), 1)
        answer = browser.post(path, data={"csrf_token": token, "text": "Too late", "version": "1"})
        assert answer.status_code == 409
        assert "Too late" in answer.text

    def test_a_deleted_comment_is_a_tombstone_and_its_replies_stay(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        browser = signed_in(app)
        post(browser, paper_id, text="To be gone")
        say(app, paper_id, "A reply", parent_id=1)
        path = f"/papers/{paper_id}/comments/1/delete"
        assert "To be gone" in browser.get(path).text
        assert send(browser, path, {}).status_code == 303
        page = client.get(f"/papers/{paper_id}")
        assert "To be gone" not in page.text
        assert "Its writer has taken it back" in words(one(tree(page), "//article[@id='comment-1']"))
        assert shown(tree(page)) == ["A reply"]
        assert client.get(f"/papers/{paper_id}/comments/1").status_code == 200

    @pytest.mark.parametrize("what", ["edit", "delete", "state"])
    def test_somebody_else_s_is_not_touched(self, app: Flask, client: FlaskClient, paper_id: int, what: str) -> None:
        number = say(app, paper_id, "Mine", "question")
        path = f"/papers/{paper_id}/comments/{number}/{what}"
        assert client.get(path).status_code == 303
        browser = signed_in(app)
        assert browser.get(path).status_code == 403
        assert send(browser, path, {"text": "Yours", "version": "1", "state": "answered"}, f"/papers/{paper_id}").status_code == 403
        assert texts(app) == [("question", "Mine", "shown")]

    def test_the_asker_marks_a_question_as_answered(self, app: Flask, paper_id: int) -> None:
        browser = signed_in(app)
        post(browser, paper_id)
        path = f"/papers/{paper_id}/comments/1/state"
        assert tree(browser.get(path)).xpath("//input[@name='state']/@value") == ["answered", "unresolved"]
        for bad in ("confirmed", "nonsense", ""):
            refused = send(browser, path, {"state": bad, "note": "Kept words"})
            assert refused.status_code == 422
            assert "Kept words" in refused.text
        assert send(browser, path, {"state": "answered"}).status_code == 303
        assert "answered" in words(one(tree(browser.get(f"/papers/{paper_id}/comments/1")), "//a[contains(@class, 'state')]"))


class TestVotes:
    def test_a_vote_counts_once_shows_and_can_be_taken_back(self, app: Flask, paper_id: int) -> None:
        number = say(app, paper_id)
        browser, page = signed_in(app), f"/papers/{paper_id}"
        path = f"{page}/comments/{number}/vote"
        for _ in range(2):
            assert send(browser, path, {"vote": "yes", "next": page}, page).location == f"{page}#comment-{number}"
        buttons = tree(browser.get(page)).xpath("//button[@class='vote']")
        assert [(words(b), b.get("value"), b.get("aria-pressed")) for b in buttons] == [("Helpful 1", "none", "true"), ("Not helpful", "no", "false")]
        piece = send(browser, path, {"vote": "no", "piece": "1"}, page)
        assert "Not helpful" in piece.text
        assert "<html" not in piece.text
        assert "found this helpful" in app.test_client().get(page).text
        send(browser, path, {"vote": "none"}, page)
        assert "found this helpful" not in app.test_client().get(page).text

    def test_no_vote_on_one_s_own_nor_a_word_that_is_none_nor_elsewhere(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        who = somebody(app)
        number = say(app, paper_id, who=who)
        path, page = f"/papers/{paper_id}/comments/{number}/vote", f"/papers/{paper_id}"
        assert send(signed_in(app, who), path, {"vote": "yes"}, page).status_code == 403
        other = signed_in(app)
        assert send(other, path, {"vote": "very"}, page).status_code == 400
        assert send(other, f"{page}/comments/999/vote", {"vote": "yes"}, page).status_code == 404
        assert send(other, path, {"vote": "yes", "next": "//evil.example/"}, page).location.startswith(f"{page}/comments/")


class TestBadInput:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"text": ""}, 422),
            ({"text": " \n "}, 422),
            ({"text": "x" * (MAX_TEXT_CHARS + 1)}, 422),
            ({"text": "x" * 2 * 1024**2}, 422),
            ({"kind": "praise"}, 422),
            ({"kind": ""}, 422),
            ({"parent": "999"}, 409),
            ({"parent": "x"}, 409),
            ({"review": "7"}, 409),
            ({"action": "explode"}, 422),
            ({"csrf_token": "made up"}, 400),
            ({"text": "@a " * 3_000}, 422),
            ({"text": "@a " * 10_000}, 422),
        ],
    )
    def test_it_is_told_and_nothing_is_lost_or_changed(self, app: Flask, paper_id: int, fields: dict[str, str], status: int, language: str) -> None:
        answer = post(signed_in(app), paper_id, PREFIX[language], **fields)
        assert answer.status_code == status
        page = tree(answer)
        assert one(page, "//*[@role='alert']") is not None
        assert (one(page, "//textarea[@id='say-text']").text or "").strip() == fields.get("text", "How many took part?").strip()
        assert texts(app) == []

    def test_more_than_any_form_holds_is_said_in_words(self, app: Flask, paper_id: int) -> None:
        answer = post(signed_in(app), paper_id, text="x" * 5 * 1024**2)
        assert answer.status_code == 413
        assert "10,000 characters" in answer.text

    def test_ten_thousand_nested_lists_are_shown_flat_enough(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        answer = post(signed_in(app), paper_id, text="- " * 4_999 + "x")
        assert answer.status_code == 303
        assert len(client.get(f"/papers/{paper_id}").data) < 200_000

    def test_a_reply_to_what_was_deleted_meanwhile_can_be_sent_as_a_thread(self, app: Flask, paper_id: int) -> None:
        who = somebody(app)
        number = say(app, paper_id, who=who)
        with app.extensions["database"].write() as session, session.begin():
            services.delete(session, who, number)
        browser = signed_in(app)
        assert browser.get(f"/papers/{paper_id}/comments/new?parent={number}").status_code == 404
        answer = post(browser, paper_id, kind="answer", text="Forty.", parent=str(number))
        assert answer.status_code == 409
        form = dict(one(tree(answer), "//form[@id='say']").form_values())
        assert (form["text"].strip(), "parent" in form) == ("Forty.", False)
        assert browser.post(f"/papers/{paper_id}/comments", data=form).status_code == 303

    def test_sent_twice_is_written_once(self, app: Flask, paper_id: int) -> None:
        browser = signed_in(app)
        assert post(browser, paper_id).location == post(browser, paper_id).location
        assert len(texts(app)) == 1

    def test_a_closed_discussion_takes_nothing_and_gives_the_text_back(self, app: Flask, paper_id: int) -> None:
        browser = signed_in(app)
        with app.extensions["database"].write() as session, session.begin():
            moderating.lock_record(session, person(session, role="moderator"), paper_id)
        answer = post(browser, paper_id, text="One more thing")
        assert answer.status_code == 409
        assert "One more thing" in answer.text
        page = tree(browser.get(f"/papers/{paper_id}"))
        assert not page.xpath("//form[@id='say']")
        assert "closed this discussion" in words(one(page, "//section[@id='discussion']"))

    def test_a_suspended_account_gets_its_text_back(self, app: Flask, paper_id: int) -> None:
        answer = post(signed_in(app, is_suspended=True, suspended_because="Sold."), paper_id, text="Let me in")
        assert answer.status_code == 403
        assert "Let me in" in answer.text
        assert "Sold." in answer.text
        assert texts(app) == []

    def test_the_limit_of_a_day_is_shown_before_it_bites(self, app: Flask, paper_id: int) -> None:
        from reviewhub.core import clock

        browser = signed_in(app, joined_at=clock.now())
        for left in range(5, 0, -1):
            assert f"{left} more text" in words(one(tree(browser.get(f"/papers/{paper_id}/comments/new")), "//form[@id='say']"))
            assert post(browser, paper_id, text=f"Text {left}").status_code == 303
        refused = post(browser, paper_id, text="One too many")
        assert refused.status_code == 422
        assert "as much as may be written in a day" in words(one(tree(refused), "//form[@id='say']"))
        assert "One too many" in refused.text

    def test_a_link_of_a_new_account_waits_and_only_its_writer_sees_it(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        from reviewhub.core import clock

        browser = signed_in(app, joined_at=clock.now())
        answer = post(browser, paper_id, text="See https://spam.example")
        assert "waits for a moderator" in words(one(tree(browser.get(answer.location)), "//main"))
        assert client.get(answer.location).status_code == 404
        assert "spam.example" not in client.get(f"/papers/{paper_id}").text
        assert "spam.example" in browser.get(f"/papers/{paper_id}").text

    @pytest.mark.parametrize("tail", ["999", "0", str(2**31), str(10**30), "1/edit", "1/history", "x"])
    def test_what_is_not_there_is_not_found(self, app: Flask, paper_id: int, tail: str) -> None:
        assert signed_in(app).get(f"/papers/{paper_id}/comments/{tail}").status_code == 404

    @pytest.mark.parametrize("query", ["order=x", "after=x", "after=1", "after=9999999999.1", "after=1.-1", "page=7", "review=x", "review=3"])
    def test_an_address_that_says_nothing_sensible_is_no_fault(self, app: Flask, client: FlaskClient, paper_id: int, query: str) -> None:
        say(app, paper_id)
        assert client.get(f"/papers/{paper_id}/comments?{query}").status_code == (404 if query.startswith("review") else 200)

    def test_of_a_merged_paper_every_address_leads_on_and_what_is_sent_arrives(self, app: Flask, paper_id: int) -> None:
        (gone,) = take_in(app, PaperRecord("hand", title="The same work under another title"))
        number = say(app, gone, "Before the merge")
        browser = signed_in(app)
        with app.extensions["database"].write() as session, session.begin():
            merge_papers(session, paper_id, gone, movers=app.extensions["movers"])
        for tail in ("", f"/{number}", "/new", f"/{number}/history"):
            answer = browser.get(f"/papers/{gone}/comments{tail}")
            assert (answer.status_code, answer.location) == (301, f"/papers/{paper_id}/comments{tail}")
        sent = send(browser, f"/papers/{gone}/comments", {"kind": "remark", "text": "After it"}, f"/papers/{paper_id}/comments/new")
        assert sent.location.startswith(f"/papers/{paper_id}/comments/")

    def test_of_a_paper_that_is_gone_the_text_comes_back(self, app: Flask, paper_id: int) -> None:
        answer = send(signed_in(app), "/papers/999/comments", {"kind": "remark", "text": "Typed for nothing"}, f"/papers/{paper_id}/comments/new")
        assert answer.status_code == 404
        assert "Typed for nothing" in answer.text


def test_a_comment_on_a_review_stands_there_and_not_among_the_threads(app: Flask, client: FlaskClient, paper_id: int) -> None:
    with app.extensions["database"].write() as session, session.begin():
        number = rate(session, person(session, "Amara Okafor"), paper_id, Given(7, text="A review", text_language="en")).id
    browser = signed_in(app)
    answer = post(browser, paper_id, kind="remark", text="About your review", review=str(number))
    assert answer.status_code == 303
    assert "On the review by Amara Okafor" in words(one(tree(client.get(answer.location)), "//main"))
    assert shown(tree(client.get(f"/papers/{paper_id}/reviews/{number}"))) == ["About your review"]
    assert shown(tree(client.get(f"/papers/{paper_id}/comments?review={number}"))) == ["About your review"]
    assert shown(tree(client.get(f"/papers/{paper_id}/comments"))) == []


class TestReviews:
    def review(self, app: Flask, paper_id: int, half_stars: int, text: str) -> int:
        with app.extensions["database"].write() as session, session.begin():
            return rate(session, person(session), paper_id, Given(half_stars, text=text, text_language="en")).id

    def test_the_most_helpful_stands_first_and_the_newest_by_choice(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        old, _ = self.review(app, paper_id, 8, "The old one"), self.review(app, paper_id, 8, "The new one")
        browser, page = signed_in(app), f"/papers/{paper_id}"
        assert send(browser, f"{page}/reviews/{old}/vote", {"vote": "yes", "next": page}, page).location == f"{page}#review-{old}"
        prose = "//article[@class='review']/div[contains(@class, 'prose')]"
        assert all_words(tree(client.get(page)), prose) == ["The old one", "The new one"]
        assert all_words(tree(client.get(f"{page}/reviews")), prose) == ["The old one", "The new one"]
        assert all_words(tree(client.get(f"{page}/reviews?order=newest")), prose) == ["The new one", "The old one"]
        assert "1 of 1 found this helpful" in words(one(tree(client.get(f"{page}/reviews/{old}")), "//article"))
        assert 'aria-pressed="true"' in browser.get(f"{page}/reviews/{old}").text

    def test_where_readers_disagree_the_best_of_both_sides_stands_on_top(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        for half_stars, text in ((9, "For, first"), (2, "Against"), (8, "For, later"), (1, "Against it more"), (9, "For, last")):
            self.review(app, paper_id, half_stars, text)
        page = tree(client.get(f"/papers/{paper_id}"))
        assert all_words(page, "//div[@class='two-sides']//div[contains(@class, 'prose')]") == ["For, last", "Against it more"]
        assert all_words(page, "//div[@class='reviews']//div[contains(@class, 'prose')]") == ["For, later", "Against", "For, first"]
        assert all_words(tree(client.get(f"/zh/papers/{paper_id}")), "//p[@class='side-name']") == ["赞成", "反对"]

    def test_pages_of_the_most_helpful_lead_on(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        for n in range(12):
            self.review(app, paper_id, 8, f"Review {n}")
        page = tree(client.get(f"/papers/{paper_id}/reviews"))
        (following,) = page.xpath("//a[@rel='next']/@href")
        assert all_words(tree(client.get(following)), "//article//div[contains(@class, 'prose')]") == ["Review 1", "Review 0"]
