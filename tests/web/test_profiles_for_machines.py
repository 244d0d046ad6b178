"""What search engines are told of claimed profiles: their addresses, and who they are; and the name as it is printed beside each paper."""

from __future__ import annotations

import json
import re

from flask import Flask
from flask.testing import FlaskClient

from reviewhub.core import clock
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.people.models import Claim, Person
from tests.web.reading import one, take_in, tree, words


def test_claimed_profiles_are_named_and_merged_ones_are_not(app: Flask, client: FlaskClient) -> None:
    now = clock.now()
    with app.extensions["database"].write() as session, session.begin():
        people = [Person(name=f"Author {n}", made_at=now, changed_at=now) for n in range(3)]
        session.add_all(people)
        session.flush()
        people[1].merged_into_id = people[0].id
    (paper_id,) = take_in(app, PaperRecord("hand", title="Sleep and memory", authors=[Author("Author 0"), Author("Author 2")]))
    with app.extensions["database"].write() as session, session.begin():
        for position, person_id, state, proof in ((1, 1, "approved", "orcid"), (2, 3, "pending", "")):
            session.add(
                Claim(
                    paper_id=paper_id,
                    position=position,
                    name="Author",
                    name_key=f"author-{person_id}",
                    person_id=person_id,
                    state=state,
                    proof=proof,
                    made_at=now,
                    changed_at=now,
                )
            )
    assert "<loc>http://reviewhub.test/sitemap-people-1.xml</loc>" in client.get("/sitemap.xml").text
    answer = client.get("/sitemap-people-1.xml")
    assert re.findall(r"<loc>(.*?)</loc>", answer.text) == ["http://reviewhub.test/people/1", "http://reviewhub.test/zh/people/1"]
    for number in (0, 2, 99999999999):
        assert client.get(f"/sitemap-people-{number}.xml").status_code == 404
    page = tree(client.get("/zh/people/1"))
    (described,) = (json.loads(found) for found in page.xpath("//script[@type='application/ld+json']/text()"))
    assert described["@type"] == "ProfilePage"
    assert described["mainEntity"]["name"] == "Author 0"
    assert "Author 0" in words(one(page, "//li[contains(@class, 'printed-as')]"))
