"""Written reviews: their list, the page of each, and each as a file."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.core.actor import Actor
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import merge_papers
from reviewhub.ratings.models import Rating
from reviewhub.ratings.services import Given, rate, withdraw
from tests.people import person
from tests.web.reading import HAN, LANGUAGES, PREFIX, all_words, full_record, one, statements, take_in, tree, words

TEXT = "It is *sound*: $x^2$.\n\n---\n\nBut short."


@pytest.fixture
def paper_id(app: Flask) -> int:
    (found,) = take_in(app, full_record())
    return found


def write(app: Flask, paper_id: int, text: str = TEXT, name: str = "Amara Okafor", who: Actor | None = None, **given: Any) -> tuple[int, Actor]:
    """A review; its number and its writer."""
    with app.extensions["database"].write() as session, session.begin():
        who = who or person(session, name)
        return rate(session, who, paper_id, Given(**{"overall": 7, "text": text, "text_language": "en", **given})).id, who


class TestPage:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_says_of_which_paper_by_whom_and_what(self, app: Flask, client: FlaskClient, paper_id: int, language: str) -> None:
        number, _ = write(app, paper_id, novelty=4, rigor=1, familiarity=4)
        page = tree(client.get(f"{PREFIX[language]}/papers/{paper_id}/reviews/{number}"))
        assert words(one(page, "//h1")) == "Exercise and pain at H2O"
        article = one(page, "//article")
        assert words(one(article, ".//h2")) == "Amara Okafor"
        facts = words(article)
        for said in {
            "en": ["3.5", "works on this very question", "Novelty: high", "Scientific rigor: very weak"],
            "zh": ["3.5", "正研究这个问题", "新颖性：较高", "科学严谨性：很弱"],
        }[language]:
            assert said in facts
        prose = one(article, ".//div[@class='prose']")
        assert (prose.get("lang"), prose.get("dir")) == ("en", "auto")
        assert prose.xpath(".//math")
        assert prose.xpath(".//hr")
        assert one(page, "//link[@rel='canonical']/@href") == f"http://reviewhub.test{PREFIX[language]}/papers/{paper_id}/reviews/{number}"
        assert bool(HAN.search(words(one(page, "//main")).replace("运动与疼痛", "").replace("王小明", ""))) == (language == "zh")

    def test_search_engines_are_told_of_what_counts_and_of_nothing_else(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        number, _ = write(app, paper_id, text="</script><script>alert(1)")
        (script,) = tree(client.get(f"/papers/{paper_id}/reviews/{number}")).xpath("//script[@type='application/ld+json']/text()")
        described = json.loads(script)
        assert (described["@type"], described["reviewRating"]["ratingValue"], described["author"]["name"]) == ("Review", 3.5, "Amara Okafor")
        assert described["reviewBody"] == "</script><script>alert(1)"
        out, _ = write(app, paper_id, has_conflict=True)
        assert not tree(client.get(f"/papers/{paper_id}/reviews/{out}")).xpath("//script[@type='application/ld+json']")

    def test_how_its_stars_changed_is_told_day_by_day_and_no_old_text(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        with time_machine.travel(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC), tick=False):
            number, who = write(app, paper_id, text="The first text")
        with time_machine.travel(dt.datetime(2026, 4, 2, 12, tzinfo=dt.UTC), tick=False):
            write(app, paper_id, text="The second text", who=who, overall=9)
        page = tree(client.get(f"/papers/{paper_id}/reviews/{number}"))
        assert all_words(page, "//ol[@class='history']/li") == ["1 March 2026: 3.5", "2 April 2026: 4.5"]
        assert "changed on 2 April 2026" in words(one(page, "//article"))
        assert "The first text" not in words(one(page, "//main"))

    def test_of_a_reader_who_left_it_stays_under_no_name_and_does_not_count(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        from reviewhub.ratings.services import recompute

        number, _ = write(app, paper_id)
        with app.extensions["database"].write() as session, session.begin():
            session.execute(sa.update(Rating).values(account_id=None))
            recompute(session, paper_id)
        for language, name in (("en", "Former reader"), ("zh", "前读者")):
            article = one(tree(client.get(f"{PREFIX[language]}/papers/{paper_id}/reviews/{number}")), "//article")
            assert words(one(article, ".//h2")) == name
            assert article.xpath(".//p[@class='review-out']")

    def test_what_was_withdrawn_or_never_had_a_text_is_not_there(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        number, who = write(app, paper_id)
        silent, _ = write(app, paper_id, text="")
        with app.extensions["database"].write() as session, session.begin():
            withdraw(session, who, paper_id)
        for gone in (number, silent, 999, 2**31, 10**20):
            assert client.get(f"/papers/{paper_id}/reviews/{gone}").status_code == 404
            assert client.get(f"/papers/{paper_id}/reviews/{gone}.md").status_code == 404

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_of_a_paper_that_became_another_it_stands_there(self, app: Flask, client: FlaskClient, language: str) -> None:
        here, gone, other = take_in(app, *(PaperRecord("hand", title=f"The {word} of these papers") for word in ("first", "second", "third")))
        number, _ = write(app, gone)
        with app.extensions["database"].write() as session, session.begin():
            merge_papers(session, here, gone, movers=app.extensions["movers"])
        prefix = PREFIX[language]
        for tail in ("", f"/{number}", f"/{number}.md"):
            answer = client.get(f"{prefix}/papers/{gone}/reviews{tail}")
            assert (answer.status_code, answer.headers["Location"]) == (301, f"{prefix}/papers/{here}/reviews{tail}")
        assert client.get(f"{prefix}/papers/{other}/reviews/{number}").status_code == 404

    def test_it_takes_five_statements(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        number, _ = write(app, paper_id)
        with statements(app.extensions["database"]) as said:
            assert client.get(f"/papers/{paper_id}/reviews/{number}").status_code == 200
        assert len(said) <= 5


class TestFile:
    def test_it_begins_with_what_it_is_about_and_holds_the_text_as_typed(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        number, _ = write(app, paper_id, name='A "quoted": name', novelty=4, has_conflict=True, conflict_note="line one\nline two: --- x")
        answer = client.get(f"/papers/{paper_id}/reviews/{number}.md")
        assert answer.mimetype == "text/markdown"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="review-{number}.md"'
        front, text = re.fullmatch(r"---\n(.*?)\n---\n\n(.*)\n", answer.text, re.DOTALL).groups()  # type: ignore[union-attr]
        facts = {name: json.loads(value) for name, _, value in (line.partition(": ") for line in front.split("\n"))}
        assert text == TEXT
        assert facts["paper"] == "Exercise and pain at H2O"
        assert (facts["doi"], facts["stars"], facts["novelty"]) == ("10.1000/1", 3.5, 4)
        assert "rigor" not in facts
        assert facts["reviewer"] == 'A "quoted": name'
        assert facts["conflict"] == "line one\nline two: --- x"
        assert facts["not_counted"] == "declared"
        assert facts["licence"].startswith("CC BY 4.0")
        assert facts["address"] == f"http://reviewhub.test/papers/{paper_id}/reviews/{number}"


class TestList:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_all_of_them_page_by_page_there_and_back(self, app: Flask, client: FlaskClient, paper_id: int, language: str) -> None:
        for n in range(23):
            write(app, paper_id, text=f"Review {n}.")
        write(app, paper_id, text="")
        address, seen, before = f"{PREFIX[language]}/papers/{paper_id}/reviews?order=newest", [], []
        while address:
            page = tree(client.get(address))
            seen.append(all_words(page, "//div[@class='prose']"))
            before.append(page.xpath("//a[@rel='prev']/@href"))
            address = next(iter(page.xpath("//a[@rel='next']/@href")), "")
        assert [len(part) for part in seen] == [10, 10, 3]
        assert [text for part in seen for text in part] == [f"Review {n}." for n in range(22, -1, -1)]
        assert before[0] == []
        for n in (1, 2):
            assert all_words(tree(client.get(before[n][0])), "//div[@class='prose']") == seen[n - 1]

    def test_a_paper_without_any_invites_the_first(self, client: FlaskClient, paper_id: int) -> None:
        page = tree(client.get(f"/papers/{paper_id}/reviews"))
        assert one(page, "//div[@class='empty']//a/@href") == f"/papers/{paper_id}/rate"

    @pytest.mark.parametrize(
        "query", ["before=0", "before=x", "before=-1", "after=999999999", "before=99999999999999", "before=1&after=1", "after=%00", "before=²"]
    )
    def test_a_mark_that_somebody_made_up(self, app: Flask, client: FlaskClient, paper_id: int, query: str) -> None:
        write(app, paper_id)
        assert client.get(f"/papers/{paper_id}/reviews?{query}").status_code == 200

    def test_it_takes_two_statements_however_many_there_are(self, app: Flask, client: FlaskClient, paper_id: int) -> None:
        for n in range(12):
            write(app, paper_id, text=f"Review {n}.")
        with statements(app.extensions["database"]) as said:
            assert client.get(f"/papers/{paper_id}/reviews").status_code == 200
        assert len(said) <= 2
