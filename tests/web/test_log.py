"""The public log: read, filtered, paged, taken away, and verified by whoever likes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from reviewhub.core.actor import Actor
from reviewhub.moderation import log, services
from reviewhub.web.log import PROGRAM
from tests.discussion.talk import paper, say
from tests.people import person, signed_in
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, tree, words

MODERATOR = Actor("account", None, "moderator")


def write(app: Flask, n: int, action: str = "hide", **more: object) -> None:
    with app.extensions["database"].write() as session, session.begin():
        for i in range(n):
            log.append(session, MODERATOR, action, f"comment:{i}", reason=f"Reason number {i} <b>", **more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_entry_says_what_was_done_in_which_role_and_why_and_names_nobody(app: Flask, language: str) -> None:
    with app.extensions["database"].write() as session, session.begin():
        paper_id = paper(session, "A paper that is talked about")
        moderator, writer = person(session, "Mona Moderator", role="moderator"), person(session, "Wilma Writer")
        comment = say(session, writer, paper_id, "Something <i>rude</i>")
        services.hide(session, moderator, "comment", comment.id, "It insults the authors.")
    answer = app.test_client().get(f"{PREFIX[language]}/log")
    page = tree(answer)
    told = words(one(page, "//li[@class='entry']"))
    for said in ("It insults the authors.", "A paper that is talked about", {"en": "text hidden", "zh": "隐藏内容"}[language]):
        assert said in told
    for never in ("Mona", "Wilma", "rude"):
        assert never not in answer.get_data(as_text=True)
    with app.extensions["database"].read() as session:
        (line,) = log.lines(session)
    assert line.hash in told
    assert line.previous_hash in told
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_log_says_what_it_is_for(app: Flask, language: str) -> None:
    client = app.test_client()
    assert tree(client.get(f"{PREFIX[language]}/log")).xpath("//main//div[@class='empty']")
    assert client.get(f"{PREFIX[language]}/log/how").status_code == 200
    assert client.get("/log.jsonl").get_data() == b""


def test_the_log_is_paged_and_keeps_its_filter(app: Flask) -> None:
    write(app, 60)
    write(app, 3, "lock")
    client = app.test_client()
    first = tree(client.get("/log"))
    assert all_words(first, "//span[@class='entry-number']") == [str(n) for n in range(63, 13, -1)]
    second = tree(client.get(one(first, "//a[@rel='next']/@href")))
    assert all_words(second, "//span[@class='entry-number']") == [str(n) for n in range(13, 0, -1)]
    assert one(second, "//a[@rel='prev']/@href") == "/log"
    locked = tree(client.get("/log?action=lock"))
    assert all_words(locked, "//span[@class='entry-number']") == ["63", "62", "61"]
    of_one = tree(client.get("/log?target=comment:1"))
    assert all_words(of_one, "//span[@class='entry-number']") == ["62", "2"]
    assert one(of_one, "//form[@class='log-filter']/input[@name='target']/@value") == "comment:1"


@pytest.mark.parametrize(("query", "status"), [("action=destroy", 404), ("target=" + "x" * 81, 404), ("before=-1", 200), ("before=" + "9" * 30, 200), ("before=x", 200), ("target=%3Cb%3E", 200)])  # fmt: skip
def test_an_odd_address_harms_nothing(app: Flask, query: str, status: int) -> None:
    write(app, 1)
    answer = app.test_client().get(f"/log?{query}")
    assert answer.status_code == status
    assert "<b>" not in answer.get_data(as_text=True)


def test_the_page_takes_two_statements_however_much_stands_on_it(app: Flask) -> None:
    client, counts = app.test_client(), []
    for n in (1, 30):
        with app.extensions["database"].write() as session, session.begin():
            paper_id = paper(session, f"Paper {n}")
        write(app, n, paper_id=paper_id)
        with statements(app.extensions["database"]) as said:
            client.get("/log")
        counts.append(len(said))
    assert counts == [2, 2]


def test_whoever_takes_the_log_away_verifies_it_with_the_program_of_the_page(app: Flask, tmp_path: Path) -> None:
    write(app, 5, facts={"reasons": ["滥用"], "n_reports": 2})
    client = app.test_client()
    answer = client.get("/log.jsonl")
    assert answer.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]
    assert [line["number"] for line in lines] == [1, 2, 3, 4, 5]
    assert not {"account_id", "by_id"} & lines[0].keys()
    assert PROGRAM in one(tree(client.get("/log/how")), "//main").text_content()

    def verified(text: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "reviewhub-log.jsonl").write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True)

    whole = answer.get_data(as_text=True)
    assert verified(whole).stdout.strip() == lines[-1]["hash"]
    assert verified("".join(line + "\n" for n, line in enumerate(whole.splitlines()) if n != 2)).returncode != 0
    assert verified(whole.replace("Reason number 3", "Reason number 8")).returncode != 0


def test_moderators_find_their_queues_in_the_menu_and_readers_do_not(app: Flask) -> None:
    assert tree(signed_in(app, role="moderator").get("/")).xpath("//details//a[@href='/moderation']")
    assert not tree(signed_in(app).get("/")).xpath("//details//a[@href='/moderation']")
