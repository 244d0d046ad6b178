"""Two records compared, made one and parted again on the pages of moderators."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.app import MOVERS
from reviewhub.discussion.models import Comment
from reviewhub.moderation import log
from reviewhub.papers.models import Paper
from reviewhub.papers.services import merge_papers
from tests.discussion.talk import make_author, say
from tests.moderation.test_merging import REASON, two
from tests.people import person, signed_in
from tests.web.reading import LANGUAGES, PREFIX, one, statements, tree, words
from tests.web.test_moderation_acts import send


class Scene:
    """Two records, a comment on the second, a moderator's browser."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.extensions["database"].write() as session, session.begin():
            self.kept, self.gone = two(session)
            self.comment_id = say(session, person(session), self.gone, "Said on the second").id
        self.browser: FlaskClient = signed_in(app, role="moderator")

    def papers(self) -> list[int]:
        with self.app.extensions["database"].read() as session:
            return list(session.scalars(sa.select(Paper.id).order_by(Paper.id)))


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_records_are_compared_made_one_and_parted_again(scene: Scene, language: str) -> None:
    prefix, browser = PREFIX[language], scene.browser
    record = tree(browser.get(f"{prefix}/papers/{scene.kept}"))
    assert record.xpath(f"//a[@href='{prefix}/moderation/records/{scene.kept}']")
    assert tree(browser.get(f"{prefix}/moderation/records/{scene.kept}")).xpath(f"//a[@href='{prefix}/moderation/records/{scene.kept}/merge']")
    at = f"{prefix}/moderation/records/{scene.kept}/merge"
    assert not tree(browser.get(at)).xpath("//table")
    compared = tree(browser.get(f"{at}?other=http://reviewhub.test/papers/{scene.gone}"))
    assert len(compared.xpath("//tr[@class='differs']")) == 3  # title, identifiers, comments
    answer = send(browser, f"{at}?other={scene.gone}", at, other=str(scene.gone), reason=REASON)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{prefix}/moderation/merges")
    assert scene.papers() == [scene.kept]
    moved = browser.get(f"{prefix}/papers/{scene.gone}")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{prefix}/papers/{scene.kept}")
    assert "Said on the second" in browser.get(f"{prefix}/papers/{scene.kept}").get_data(as_text=True)
    page = tree(browser.get(f"{prefix}/moderation/merges"))
    assert REASON in words(one(page, "//li[@class='entry']"))
    address = one(page, "//li[@class='entry']//form/@action")
    assert send(browser, f"{prefix}/moderation/merges", address, reason="x").status_code == 422
    answer = send(browser, f"{prefix}/moderation/merges", address, reason="They are two after all.")
    assert answer.status_code == 303
    assert scene.papers() == [scene.kept, scene.gone]
    assert "Said on the second" in browser.get(f"{prefix}/papers/{scene.gone}").get_data(as_text=True)
    assert "Said on the second" not in browser.get(f"{prefix}/papers/{scene.kept}").get_data(as_text=True)
    late = send(browser, f"{prefix}/moderation/merges", address, reason="I wanted that as well.")
    assert late.status_code == 409
    assert "I wanted that as well." in words(one(tree(late), "//main//div[@role='alert']"))
    with scene.app.extensions["database"].read() as session:
        assert [line.action for line in log.lines(session)] == ["undo-merge", "merge-records"]
        assert list(log.faults(session)) == []


@pytest.mark.parametrize(("other", "status"), [("999", 404), ("x", 404), ("9" * 40, 404), ("-1", 404), ("<b>", 404), ("own", 404)])
def test_a_record_that_is_not_there_is_told(scene: Scene, other: str, status: int) -> None:
    typed = str(scene.kept) if other == "own" else other
    answer = scene.browser.get(f"/moderation/records/{scene.kept}/merge", query_string={"other": typed})
    assert answer.status_code == status
    assert tree(answer).xpath("//main//p[@role='alert']")
    assert one(tree(answer), "//input[@id='other']/@value") == typed


@pytest.mark.parametrize(("other", "reason", "status"), [("gone", "No", 422), ("999", REASON, 422), ("", REASON, 422), ("kept", REASON, 422)])
def test_what_cannot_be_merged_keeps_what_was_typed(scene: Scene, other: str, reason: str, status: int) -> None:
    at = f"/moderation/records/{scene.kept}/merge"
    answer = send(scene.browser, f"{at}?other={scene.gone}", at, other={"gone": str(scene.gone), "kept": str(scene.kept)}.get(other, other), reason=reason)
    assert answer.status_code == status
    assert reason in words(one(tree(answer), "//main"))
    assert scene.papers() == [scene.kept, scene.gone]


def test_an_author_of_it_leaves_it_to_another(scene: Scene) -> None:
    with scene.app.extensions["database"].write() as session, session.begin():
        author = make_author(session, person(session, role="moderator"))
    at = f"/moderation/records/{scene.kept}/merge"
    answer = send(signed_in(scene.app, author), f"{at}?other={scene.gone}", at, other=str(scene.gone), reason=REASON)
    assert answer.status_code == 403
    assert scene.papers() == [scene.kept, scene.gone]


def test_readers_are_kept_out(scene: Scene) -> None:
    reader = signed_in(scene.app)
    for path in (f"records/{scene.kept}/merge", "merges"):
        assert reader.get(f"/moderation/{path}").status_code == 403
    assert not tree(reader.get(f"/papers/{scene.kept}")).xpath(f"//a[@href='/moderation/records/{scene.kept}']")


def test_the_list_takes_as_many_statements_for_many_merges_as_for_one(scene: Scene) -> None:
    counts = []
    for n in (1, 3):
        with scene.app.extensions["database"].write() as session, session.begin():
            for _ in range(n):
                kept, gone = two(session)
                merge_papers(session, kept, gone, movers=MOVERS)
        with statements(scene.app.extensions["database"]) as said:
            scene.browser.get("/moderation/merges")
        counts.append(len(said))
    assert counts[0] == counts[1] <= 5


def test_a_comment_that_moved_stands_on_the_record_that_stays(scene: Scene) -> None:
    at = f"/moderation/records/{scene.kept}/merge"
    assert send(scene.browser, f"{at}?other={scene.gone}", at, other=str(scene.gone), reason=REASON).status_code == 303
    with scene.app.extensions["database"].read() as session:
        assert session.get_one(Comment, scene.comment_id).paper_id == scene.kept
