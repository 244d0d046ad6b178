"""Profiles at the doors: what stands there, files and feed, names nobody claimed, what owners change, merges and splits with the way back, the moderators' queue."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.core.actor import Actor
from reviewhub.library import lists
from reviewhub.moderation import log
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.people import services
from reviewhub.people.models import Claim, Person
from reviewhub.ratings.services import Given, rate
from tests.people import person, signed_in
from tests.people.conftest import LEI, MING, ORCID, OTHER_ORCID
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, take_in, tree, words

REASON = "The pages of both institutions say so."
ATOM = "{http://www.w3.org/2005/Atom}"


def somebody(app: Flask, name: str = "Lei Wang", **facts: Any) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session, name=name, **facts)


def claim(app: Flask, who: Actor, paper_id: int, position: int = 1, **more: Any) -> Claim:
    with app.extensions["database"].write() as session, session.begin():
        made = services.claim(session, who, paper_id, position, **more)
        session.flush()
        session.expunge(made)
        return made


def send(browser: FlaskClient, path: str, page: str = "", **fields: Any) -> TestResponse:
    """Sends a form of a page (default: the page at the same address), as a browser would."""
    found = tree(browser.get(page or path)).xpath("//input[@name='csrf_token']/@value")
    token = found[0] if found else tree(browser.get("/papers/add")).xpath("//input[@name='csrf_token']/@value")[0]
    return browser.post(path, data={"csrf_token": token, **fields})


def logged(app: Flask) -> list[tuple[str, str]]:
    """What stands in the public log, the oldest first."""
    with app.extensions["database"].read() as session:
        return [(line.action, line.target) for line in log.lines(session)][::-1]


@pytest.fixture
def papers(app: Flask) -> list[int]:
    return take_in(
        app,
        *(
            PaperRecord("hand", title=f"A study of sleep, part {n}", authors=[LEI, MING], published=f"20{n}-05", identifiers={"doi": [f"10.5555/{n}"]})
            for n in (18, 20, 22)
        ),
    )


@pytest.fixture
def lei(app: Flask, papers: list[int]) -> Actor:
    """An author with all three papers; the first person of the site."""
    who = somebody(app, orcid=ORCID)
    for paper_id in papers:
        assert claim(app, who, paper_id).state == "approved"
    return who


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_profile_shows_papers_by_year_affiliations_and_what_is_authenticated(app: Flask, client: FlaskClient, lei: Actor, language: str) -> None:
    answer = client.get(f"{PREFIX[language]}/people/1")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    page = tree(answer)
    assert "Lei Wang" in words(one(page, "//h1"))
    assert all_words(page, "//section[@class='part']/h2") == ["2022", "2020", "2018"]
    assert "2018–2022" in words(one(page, "//ul[@class='places']"))
    assert one(page, "//a[contains(@rel, 'me')]").get("href") == f"https://orcid.org/{ORCID}"
    assert {"en": "authenticated", "zh": "已验证"}[language] in words(one(page, "//header[@class='subject']"))
    assert not page.xpath("//meta[@name='robots']")


def test_a_profile_takes_as_many_statements_for_three_papers_as_for_one(app: Flask, client: FlaskClient, papers: list[int], lei: Actor) -> None:
    ming = somebody(app, "Ming Li", email="mli@pku.edu.cn", orcid=OTHER_ORCID)
    assert claim(app, ming, papers[0], 2, note="me").state == "pending"
    assert client.get("/people/2").status_code == 404  # nothing of it is approved
    with statements(app.extensions["database"]) as said:
        client.get("/people/1")
    assert len(said) <= 11, said


@pytest.mark.parametrize(("name", "mark"), [("bibtex", "@"), ("ris", "TY  -"), ("csl-json", "10.5555/")])
def test_all_papers_come_as_one_file(client: FlaskClient, lei: Actor, name: str, mark: str) -> None:
    answer = client.get(f"/people/1/cite/{name}")
    text = answer.get_data(as_text=True)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert (len(json.loads(text)) if name == "csl-json" else text.count(mark)) == 3
    assert client.get("/people/1/cite/word").status_code == 404


def test_the_feed_lists_the_papers(client: FlaskClient, papers: list[int], lei: Actor) -> None:
    answer = client.get("/feeds/people/1.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    assert feed.findtext(f"{ATOM}title") == "Lei Wang"
    assert {entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")} == {f"http://reviewhub.test/papers/{n}" for n in papers}
    assert all(entry.findtext(f"{ATOM}updated") for entry in feed.iter(f"{ATOM}entry"))
    assert client.get("/feeds/people/9.atom").status_code == 404


def test_nobody_is_found_under_a_number_that_is_none(client: FlaskClient, lei: Actor) -> None:
    for number in ("2", "0", "99999999999"):
        assert client.get(f"/people/{number}").status_code == 404


def test_their_public_lists_stand_there_only_if_they_chose_so(app: Flask, client: FlaskClient, lei: Actor) -> None:
    with app.extensions["database"].write() as session, session.begin():
        shown = lists.make_list(session, lei, title="For <b>students</b>", is_public=True)
        lists.make_list(session, lei, title="Kept to myself")
    assert not tree(client.get("/people/1")).xpath("//section[@aria-labelledby='h-lists']")
    assert send(signed_in(app, lei), "/people/profile/choices", "/people/profile", shows_activity="y").status_code == 303
    page = tree(client.get("/zh/people/1"))
    assert page.xpath("//section[@aria-labelledby='h-lists']//a/@href") == [f"/zh/lists/{shown.id}"]
    assert "For <b>students</b>" in words(one(page, "//section[@aria-labelledby='h-lists']"))


def test_what_they_rated_stands_there_only_if_they_chose_so(app: Flask, client: FlaskClient, lei: Actor) -> None:
    (other,) = take_in(app, PaperRecord("hand", title="Somebody else's long paper", authors=[MING]))
    with app.extensions["database"].write() as session, session.begin():
        rate(session, lei, other, Given(8, text="Well done, and well told."))
    assert "Somebody else's long paper" not in client.get("/people/1").get_data(as_text=True).replace("&#39;", "'")
    browser = signed_in(app, lei)
    assert send(browser, "/people/profile/choices", "/people/profile", shows_activity="y").status_code == 303
    page = tree(client.get("/people/1"))
    assert "4.0" in words(one(page, "//section[@aria-labelledby='h-given']"))
    for href in page.xpath("//section[@aria-labelledby='h-given']//a/@href"):
        assert client.get(href).status_code == 200
    hidden = signed_in(app, hides_numbers=True)
    assert not tree(hidden.get("/people/1")).xpath("//section[@aria-labelledby='h-given']")


def test_a_change_of_name_reaches_the_pages_and_not_what_was_printed(app: Flask, client: FlaskClient, papers: list[int], lei: Actor) -> None:
    browser = signed_in(app, lei)
    version = one(tree(browser.get("/people/profile")), "//input[@name='version']/@value")
    assert send(browser, "/people/profile/name", "/people/profile", name="Lena Wang", other_name="王蕾", version=version).status_code == 303
    shown = words(one(tree(client.get("/people/1")), "//h1"))
    assert shown == "Lena Wang 王蕾"
    assert "Lei Wang" not in client.get("/people/1").get_data(as_text=True).split("<main")[1].split('class="part"')[0]
    assert "Lei Wang" in words(one(tree(client.get(f"/papers/{papers[0]}")), "//ul[@class='authors']"))
    stale = send(browser, "/people/profile/name", "/people/profile", name="Elena Wang", version=version)
    assert stale.status_code == 409
    assert one(tree(stale), "//input[@name='name']").get("value") == "Elena Wang"
    empty = send(browser, "/people/profile/name", "/people/profile", name="  ")
    assert (empty.status_code, words(one(tree(client.get("/people/1")), "//h1"))) == (422, shown)


def test_other_names_and_links_are_kept_and_faults_lose_nothing(app: Flask, client: FlaskClient, lei: Actor) -> None:
    browser = signed_in(app, lei)
    rows = {"other": ["L. Wang", "Wang Lena", ""], "kind": ["other", "former", "other"], "is_shown": ["0"]}
    assert send(browser, "/people/profile/names", "/people/profile", **rows).status_code == 303
    page = words(one(tree(client.get("/people/1")), "//header[@class='subject']"))
    assert "L. Wang" in page
    assert "Wang Lena" not in page
    assert send(browser, "/people/profile/links", "/people/profile", url=["https://example.org/lei", ""], words=["My group", ""]).status_code == 303
    assert one(tree(client.get("/people/1")), "//a[contains(@rel, 'ugc')]").get("href") == "https://example.org/lei"
    bad = send(browser, "/people/profile/links", "/people/profile", url=["javascript:alert(1)"], words=["Click"])
    assert bad.status_code == 422
    assert "javascript:alert(1)" in tree(bad).xpath("//input[@name='url']/@value")
    assert one(tree(client.get("/people/1")), "//a[contains(@rel, 'ugc')]").get("href") == "https://example.org/lei"
    assert send(browser, "/people/profile/nothing", "/people/profile").status_code == 404
    assert signed_in(app).get("/people/profile").status_code == 404


def test_a_name_nobody_claimed_is_out_of_search_engines_and_can_be_hidden_by_who_bears_it(app: Flask, client: FlaskClient, papers: list[int]) -> None:
    ming, stranger = signed_in(app, name="Ming Li"), signed_in(app, name="Peter Brown")
    page = client.get("/people/ming-li")
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "Unclaimed name" in page.get_data(as_text=True)
    asked = client.get("/people/ming-li/hide")
    assert (asked.status_code, "Set-Cookie" in asked.headers) == (200, False)
    assert not tree(asked).xpath("//main//form")
    refused = send(stranger, "/people/ming-li/hide", hide="yes")
    assert refused.status_code == 403
    assert all_words(tree(refused), "//p[@role='alert']")
    assert send(ming, "/people/ming-li/hide", hide="yes").status_code == 303
    hidden = client.get("/people/ming-li")
    assert hidden.headers["X-Robots-Tag"] == "noindex"
    assert "A study of sleep" not in hidden.get_data(as_text=True)
    assert "Ming Li" in client.get(f"/papers/{papers[0]}").get_data(as_text=True)
    assert send(stranger, "/people/ming-li/hide", hide="no").status_code == 403
    assert send(ming, "/people/ming-li/hide", hide="no").status_code == 303
    assert "A study of sleep" in client.get("/people/ming-li").get_data(as_text=True)
    assert ming.get("/people/nobody-at-all/hide").status_code == 404
    assert logged(app) == []


def test_what_moderators_do_to_the_page_of_a_name_is_logged_without_the_name(app: Flask, client: FlaskClient, papers: list[int]) -> None:
    moderator = signed_in(app, name="Mo", role="moderator")
    for hide in ("yes", "yes", "no"):
        assert send(moderator, "/people/ming-li/hide", hide=hide).status_code == 303
    assert logged(app) == [("hide-name", "name"), ("show-name", "name")]
    told = client.get("/log").get_data(as_text=True)
    assert "page of a name hidden" in told
    assert "Ming" not in told
    assert "ming-li" not in told


@pytest.fixture
def second(app: Flask, lei: Actor) -> Actor:
    """The same author with another account and another profile, the second person of the site."""
    (paper_id,) = take_in(app, PaperRecord("hand", title="A paper from the years abroad", authors=[Author("L. Wang", "Wang", "L.", email="lw@abroad.example")]))
    who = somebody(app, "L. Wang", email="lw@abroad.example")
    assert claim(app, who, paper_id).state == "approved"
    return who


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_profiles_become_one_when_both_agree_and_two_again(app: Flask, client: FlaskClient, lei: Actor, second: Actor, language: str) -> None:
    prefix = PREFIX[language]
    first, other = signed_in(app, lei), signed_in(app, second)
    assert first.get(f"{prefix}/people/2").get_data(as_text=True).count("/people/2/merge") == 1
    assert send(first, f"{prefix}/people/2/merge").status_code == 303
    again = send(first, f"{prefix}/people/2/merge")
    assert again.status_code == 422
    assert all_words(tree(again), "//p[@role='alert']")
    assert client.get("/people/2").status_code == 200
    assert send(first, f"{prefix}/people/changes/1/answer", f"{prefix}/people/claims", agrees="yes").status_code == 404
    assert tree(other.get(f"{prefix}/people/claims")).xpath("//button[@name='agrees']")
    assert send(other, f"{prefix}/people/changes/1/answer", f"{prefix}/people/claims", agrees="yes").status_code == 303
    gone = client.get(f"{prefix}/people/2")
    assert (gone.status_code, gone.headers["Location"]) == (302, f"{prefix}/people/1")
    assert client.get(f"{prefix}/people/2/cite/ris").headers["Location"] == f"{prefix}/people/1/cite/ris"
    assert "years abroad" in client.get("/people/1").get_data(as_text=True)
    assert signed_in(app).get("/people/1/changes").status_code == 403
    assert send(signed_in(app), "/people/changes/1/undo", "/papers/add").status_code == 403
    assert send(other, f"{prefix}/people/changes/1/undo", f"{prefix}/people/1/changes").status_code == 303
    assert client.get("/people/2").status_code == 200
    assert "years abroad" not in client.get("/people/1").get_data(as_text=True)
    twice = send(other, f"{prefix}/people/changes/1/undo", f"{prefix}/people/1/changes")
    assert twice.status_code in (403, 422)


def test_a_moderator_merges_with_a_reason_and_undoes_with_one(app: Flask, client: FlaskClient, lei: Actor, second: Actor) -> None:
    moderator = signed_in(app, name="Mo", role="moderator")
    for fields in (
        {"other": "2", "reason": "short"},
        {"other": "nobody", "reason": REASON},
        {"other": "99", "reason": REASON},
        {"other": "1", "reason": REASON},
    ):
        answer = send(moderator, "/people/1/merge", **fields)
        assert answer.status_code == 422
        assert one(tree(answer), "//input[@name='other']").get("value") == fields["other"]
        assert one(tree(answer), "//textarea[@name='reason']").text_content().strip() == fields["reason"]
    assert send(moderator, "/people/1/merge", other="http://reviewhub.test/people/2", reason=REASON).status_code == 303
    assert client.get("/people/2").status_code == 302
    assert send(moderator, "/people/changes/1/undo", "/people/1/changes", reason="no").status_code == 422
    assert send(moderator, "/people/changes/1/undo", "/people/1/changes", reason=REASON).status_code == 303
    assert client.get("/people/2").status_code == 200
    assert send(moderator, "/people/changes/99/undo", "/people/1/changes", reason=REASON).status_code == 404
    assert logged(app) == [("merge-profiles", "person:1"), ("undo-profiles", "person:1")]
    assert REASON in words(tree(client.get("/log?action=undo-profiles")))


def test_papers_are_parted_from_a_profile_and_come_back(app: Flask, client: FlaskClient, lei: Actor) -> None:
    browser = signed_in(app, lei)
    assert signed_in(app).get("/people/1/split").status_code == 403
    for fields in ({"reason": REASON}, {"claims": ["1", "2", "3"], "reason": REASON}, {"claims": ["1"], "reason": "x"}, {"claims": ["x"], "reason": REASON}):
        assert send(browser, "/people/1/split", **fields).status_code == 422
    assert send(browser, "/people/1/split", claims=["1"], reason=REASON).status_code == 303
    assert all_words(tree(client.get("/people/1")), "//section[@class='part']/h2") == ["2022", "2020"]
    assert send(browser, "/people/changes/1/undo", "/people/1/changes").status_code == 303
    assert all_words(tree(client.get("/people/1")), "//section[@class='part']/h2") == ["2022", "2020", "2018"]
    assert logged(app) == []  # an owner's own matter


class TestQueue:
    @pytest.fixture
    def moderator(self, app: Flask) -> FlaskClient:
        return signed_in(app, name="Mo", role="moderator")

    def test_it_is_for_moderators(self, app: Flask, lei: Actor) -> None:
        reader = signed_in(app)
        assert reader.get("/moderation/claims").status_code == 403
        assert reader.get("/moderation/claims/1").status_code == 403
        assert send(reader, "/moderation/claims/1", "/papers/add", decision="revoke", reason=REASON).status_code == 403
        assert send(reader, "/moderation/claims/1/close", "/papers/add").status_code == 403

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_case_shows_evidence_the_record_and_similar_names(self, app: Flask, moderator: FlaskClient, papers: list[int], language: str) -> None:
        claim(app, somebody(app, email="wang@fudan.edu.cn"), papers[0], note="<b>I</b> was there")
        page = tree(moderator.get(f"{PREFIX[language]}/moderation/claims"))
        case = one(page, "//article")
        text = words(case)
        for part in ("Lei Wang", "A study of sleep, part 18", "fudan.edu.cn", "<b>I</b> was there", "Lei Wang (3)", ORCID):
            assert part in text, part
        assert case.xpath(".//button[@name='decision']/@value") == ["approve", "refuse", "ask"]

    @pytest.mark.parametrize(("decision", "state"), [("approve", "approved"), ("refuse", "refused"), ("ask", "pending")])
    def test_a_decision_is_taken_with_its_reason(self, app: Flask, moderator: FlaskClient, papers: list[int], decision: str, state: str) -> None:
        who = somebody(app)
        claim(app, who, papers[0], note="me")
        path, queue = "/moderation/claims/1", "/moderation/claims"
        short = send(moderator, path, queue, decision=decision, reason="<i>x</i>", version="1")
        assert short.status_code == 422
        assert one(tree(short), "//textarea").text_content().strip() == "<i>x</i>"
        version = one(tree(moderator.get(queue)), "//input[@name='version']/@value")
        stale = send(moderator, path, queue, decision=decision, reason=REASON, version=str(int(version) + 1))
        assert stale.status_code == 409
        assert REASON in stale.get_data(as_text=True)
        assert send(moderator, path, queue, decision="else", reason=REASON, version=version).status_code == 422
        assert send(moderator, path, queue, decision=decision, reason=REASON, version=version).status_code == 303
        with app.extensions["database"].read() as session:
            assert session.get_one(Claim, 1).state == state
        assert REASON in words(tree(signed_in(app, who).get("/people/claims/1")))
        assert REASON in words(tree(moderator.get(path)))

    def test_both_sides_of_a_dispute_stand_side_by_side(self, app: Flask, moderator: FlaskClient, lei: Actor, papers: list[int]) -> None:
        claim(app, somebody(app), papers[0], note="It was me, in fact")
        page = tree(moderator.get("/moderation/claims"))
        assert len(page.xpath("//article//div[@class='side']")) == 2
        version = one(page, "//div[@aria-labelledby='side-4']//input[@name='version']/@value")
        assert send(moderator, "/moderation/claims/4", "/moderation/claims", decision="refuse", reason=REASON, version=version).status_code == 303
        with app.extensions["database"].read() as session:
            assert (session.get_one(Claim, 1).state, session.get_one(Claim, 4).state) == ("approved", "refused")

    def test_an_approval_is_taken_back_and_a_side_does_not_decide(self, app: Flask, moderator: FlaskClient, lei: Actor, papers: list[int]) -> None:
        who = somebody(app, "Ming Li", role="moderator")
        claim(app, who, papers[0], 2, note="me")
        own = send(signed_in(app, who), "/moderation/claims/4", "/moderation/claims", decision="approve", reason=REASON)
        assert own.status_code == 422
        way = f"/papers/{papers[0]}/authors/1/claim"
        assert not tree(signed_in(app).get(way)).xpath("//a[contains(@href, '/moderation/')]")
        (case,) = tree(moderator.get(way)).xpath("//main//a[contains(@href, '/moderation/')]/@href")
        assert case == "/moderation/claims/1"
        assert send(moderator, case, decision="revoke", reason=REASON).status_code == 303
        with app.extensions["database"].read() as session:
            assert session.get_one(Claim, 1).state == "revoked"
            assert session.get_one(Claim, 4).state == "pending"
            assert session.get(Person, 1) is not None

    def test_an_author_who_died_is_claimed_no_more(self, app: Flask, moderator: FlaskClient, papers: list[int]) -> None:
        claim(app, somebody(app), papers[0], note="me")
        assert send(moderator, "/moderation/claims/1/close", "/moderation/claims").status_code == 303
        page = tree(signed_in(app).get(f"/papers/{papers[0]}/authors/1/claim"))
        assert "died" in words(one(page, "//p[@role='alert']"))

    def test_nothing_waits(self, moderator: FlaskClient) -> None:
        assert "Nothing waits" in moderator.get("/moderation/claims").get_data(as_text=True)
        assert moderator.get("/moderation/claims/1").status_code == 404
