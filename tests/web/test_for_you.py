"""`/for-you` at the doors: three questions and something good after each, a list with reasons, what is said of it and taken back, and every bad input."""

from __future__ import annotations

import io
import shutil
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.accounts.models import Account
from reviewhub.core import clock, jobs
from reviewhub.core.actor import Actor
from reviewhub.core.unsubscribing import token_for
from reviewhub.library import services as library
from reviewhub.library.queries import kept_by
from reviewhub.notifications import services as notices
from reviewhub.papers.models import Journal, Keyword, Paper
from reviewhub.papers.record import Journal as JournalSaid
from reviewhub.papers.services import merge_papers
from reviewhub.people.models import Claim
from reviewhub.recommendations import queries, services, storing
from reviewhub.recommendations.models import RecommendationModel
from reviewhub.recommendations.rules import WEEKLY
from reviewhub.recommendations.training import train
from reviewhub.web.pages.for_you import MODEL_IS_OLD
from tests.people import person, signed_in
from tests.recommendations.conftest import Village, record, settle
from tests.web.reading import LANGUAGES, PREFIX, Element, all_words, line_ids, one, statements, take_in, tree, words


@pytest.fixture
def village(app: Flask) -> Village:
    """Two fields with readers, and a model of them."""
    with app.extensions["database"].write() as session, session.begin():
        made = settle(session)
    assert train(app.extensions["database"], app.extensions["settings"])
    return made


@pytest.fixture
def newcomer(app: Flask) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session)


@pytest.fixture
def browser(app: Flask, newcomer: Actor) -> FlaskClient:
    return signed_in(app, newcomer)


def send(browser: FlaskClient, path: str, prefix: str = "", **fields: Any) -> TestResponse:
    """A form of the page, sent as a browser would."""
    token = tree(browser.get(f"{prefix}/for-you/start")).xpath("//input[@name='csrf_token']/@value")[0]
    return browser.post(f"{prefix}{path}", data={"csrf_token": token, **fields})


def followed(browser: FlaskClient, answer: TestResponse) -> Element:
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return tree(browser.get(answer.headers["Location"]))


def library_of(app: Flask, who: Actor) -> set[int]:
    with app.extensions["database"].read() as session:
        return set(kept_by(session, who.account_id or 0))


def test_only_who_is_signed_in_has_a_list(client: FlaskClient) -> None:
    for path in ("/for-you", "/for-you/start", "/for-you/choices"):
        assert client.get(path).headers["Location"].startswith("/account/login")


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_nothing_known_there_are_three_questions_and_something_to_read(village: Village, browser: FlaskClient, language: str) -> None:
    page = tree(browser.get(f"{PREFIX[language]}/for-you"))
    assert (
        all_words(page, "//section[@class='question']/h2")
        == {
            "en": ["Which fields are yours?", "Which papers do you like?", "Do you have a library, or an ORCID iD?"],
            "zh": ["您的领域是哪些？", "您喜欢哪些论文？", "您有现成的文献库，或 ORCID iD 吗？"],
        }[language]
    )
    assert len(line_ids(page)) == 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_fields_bring_their_papers(village: Village, browser: FlaskClient, language: str) -> None:
    page = followed(browser, send(browser, "/for-you/fields", PREFIX[language], field=["lichens"]))
    assert {"en": "Your fields are noted", "zh": "已记下您的领域"}[language] in words(one(page, "//main//p[@role='status']"))
    assert {village.topic_of(i) for i in line_ids(page)} == {"lichens"}
    assert {"en": "in your field: lichens", "zh": "属于您的领域：lichens"}[language] in words(page.xpath("//p[@class='why']")[0]).lower()
    assert page.xpath("//section[@class='question']") == []
    page = followed(browser, send(browser, "/for-you/fields", more=" Pulsars ，"))
    assert {village.topic_of(i) for i in line_ids(page)} == {"pulsars"}
    assert "no fields any more" in words(followed(browser, send(browser, "/for-you/fields")))


def test_a_field_that_no_paper_bears_is_refused_and_nothing_typed_is_lost(village: Village, browser: FlaskClient, newcomer: Actor, app: Flask) -> None:
    answer = send(browser, "/for-you/fields", field=["lichens"], more="alchemy")
    page = tree(answer)
    assert answer.status_code == 422
    assert "alchemy" in words(one(page, "//p[@id='more-error']"))
    assert one(page, "//input[@id='more']/@value") == "alchemy"
    assert page.xpath("//input[@name='field'][@checked]/@value") == ["lichens"]
    with app.extensions["database"].read() as session:
        assert queries.taste_of(session, newcomer.account_id or 0).fields == ()
    assert send(browser, "/for-you/fields", more=",".join(f"word {n}" for n in range(50))).status_code == 422
    assert send(browser, "/for-you/fields", field=["x" * 5_000, "\x00", "🜁"]).status_code == 422


def test_picked_papers_go_into_the_library_and_bring_more_like_them(village: Village, app: Flask, browser: FlaskClient, newcomer: Actor) -> None:
    picked = village.papers["pulsars"][:2]
    page = followed(browser, send(browser, "/for-you/papers", paper=[str(i) for i in picked]))
    assert library_of(app, newcomer) == set(picked)
    assert village.topic_of(line_ids(page)[0]) == "pulsars"
    assert words(page.xpath("//p[@class='why']")[0]).startswith("because you saved")
    assert not set(picked) & set(line_ids(page))
    for nothing in ([], ["x"], ["-1"], [""]):
        assert send(browser, "/for-you/papers", paper=nothing).status_code == 422
    followed(browser, send(browser, "/for-you/papers", paper=["999999", "99999999999", str(2**31)][:1]))
    assert library_of(app, newcomer) == set(picked)


def test_papers_are_found_by_words_and_offered_without_any(village: Village, app: Flask, browser: FlaskClient) -> None:
    from reviewhub.search import services as search

    search.rebuild(app.extensions["database"], app.extensions["settings"])
    page = tree(browser.get("/for-you/start?q=pulsar"))
    found = [int(i) for i in page.xpath("//input[@name='paper']/@value")]
    assert found
    assert {village.topic_of(i) for i in found} == {"pulsars"}
    assert len(tree(browser.get("/for-you/start")).xpath("//input[@name='paper']")) == 8
    assert "Nothing is found" in words(tree(browser.get("/for-you/start?q=zzzzzz")))
    for odd in ("%00", "~~", "%22", "x" * 10_000):
        assert browser.get(f"/for-you/start?q={odd}").status_code == 200


def test_a_file_is_read_into_the_library_by_a_job(village: Village, app: Flask, browser: FlaskClient, newcomer: Actor) -> None:
    with app.extensions["database"].read() as session:
        dois = [session.get_one(Paper, i).doi for i in village.papers["lichens"][:3]]
    bibtex = "\n".join(f"@article{{k{n}, title={{Paper {n}}}, doi={{{doi}}}}}" for n, doi in enumerate(dois))
    page = followed(browser, send(browser, "/for-you/file", file=(io.BytesIO(bibtex.encode()), "mine.bib")))
    assert "mine.bib” is being read" in words(page)
    jobs.run_due(app.extensions["database"], app.extensions["settings"])
    assert library_of(app, newcomer) == set(village.papers["lichens"][:3])
    page = tree(browser.get("/for-you"))
    assert village.topic_of(line_ids(page)[0]) == "lichens"
    assert "3 papers are new in your library" in words(tree(browser.get("/for-you/start")))


@pytest.mark.parametrize(
    ("content", "name", "said"), [(b"", "a.bib", "The file is empty"), (b"x", "", "Choose a file first"), (None, "", "Choose a file first")]
)
def test_a_file_that_is_none_is_refused(village: Village, browser: FlaskClient, content: bytes | None, name: str, said: str) -> None:
    fields = {} if content is None else {"file": (io.BytesIO(content), name)}
    answer = send(browser, "/for-you/file", **fields)
    assert answer.status_code == 422
    assert said in words(one(tree(answer), "//p[@id='file-error']"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_of_a_paper_counts_at_once_and_is_taken_back(village: Village, browser: FlaskClient, language: str) -> None:
    prefix = PREFIX[language]
    followed(browser, send(browser, "/for-you/papers", paper=[str(village.papers["lichens"][0])]))
    first = line_ids(tree(browser.get(f"{prefix}/for-you")))[0]
    page = followed(browser, send(browser, f"/for-you/papers/{first}", prefix, choice="not-interested", language="en"))
    assert first not in line_ids(page)
    note = one(page, "//div[@role='status']")
    assert {"en": "You will not see it again", "zh": "不会再向您推荐"}[language] in words(note)
    assert one(page, "//select[@name='language']/option[@selected]/@value") == "en"
    undo = one(note, ".//form")
    assert undo.xpath(".//button/@value") == [""]
    page = followed(
        browser,
        browser.post(
            undo.get("action"), data={name: undo.xpath(f".//input[@name='{name}']/@value")[0] for name in ("csrf_token", "language")} | {"choice": ""}
        ),
    )
    assert first in line_ids(page)
    assert {"en": "Taken back", "zh": "已撤回"}[language] in words(one(page, "//div[@role='status']"))
    page = followed(browser, send(browser, f"/for-you/papers/{village.papers['pulsars'][3]}", prefix, choice="more-like-this"))
    assert any({"en": "because you asked for more like", "zh": "因为您"}[language] in reason.lower() for reason in all_words(page, "//p[@class='why']"))


def test_everything_said_stands_on_one_page_with_a_way_back(village: Village, browser: FlaskClient) -> None:
    liked, disliked = village.papers["lichens"][0], village.papers["pulsars"][0]
    assert len(tree(browser.get("/for-you/choices")).xpath("//div[@class='empty']")) == 2
    send(browser, f"/for-you/papers/{liked}", choice="more-like-this")
    send(browser, f"/for-you/papers/{disliked}", choice="not-interested")
    page = tree(browser.get("/for-you/choices"))
    sections = page.xpath("//section[@class='own-part']")
    assert [section.xpath(".//li/a/@href") for section in sections] == [[f"/papers/{liked}"], [f"/papers/{disliked}"]]
    page = followed(browser, send(browser, f"/for-you/papers/{liked}", choice="", next="/for-you/choices"))
    assert words(one(page, "//h1")) == "What you said of recommendations"
    assert [section.xpath(".//li/a/@href") for section in page.xpath("//section[@class='own-part']")] == [[], [f"/papers/{disliked}"]]


def test_what_is_no_choice_and_what_is_no_paper_is_refused(village: Village, browser: FlaskClient, app: Flask, newcomer: Actor) -> None:
    paper = village.papers["lichens"][0]
    assert send(browser, f"/for-you/papers/{paper}", choice="maybe").status_code == 400
    for nobody in (999_999, 2**31, 10**30):
        assert send(browser, f"/for-you/papers/{nobody}", choice="not-interested").status_code == 404
    assert browser.post(f"/for-you/papers/{paper}", data={"choice": "not-interested"}).status_code == 400
    for said in ("x", "-1", "9" * 30, str(2**31), ""):
        assert browser.get(f"/for-you?said={said}").status_code == 200
    answer = send(browser, f"/for-you/papers/{paper}", choice="not-interested", next="//evil.example/for-you/choices")
    assert answer.headers["Location"].startswith("/for-you?")
    with app.extensions["database"].read() as session:
        assert queries.choices_of(session, newcomer.account_id or 0) == {paper: "not-interested"}


def test_filters_narrow_the_list_and_what_is_none_narrows_nothing(village: Village, browser: FlaskClient, app: Flask) -> None:
    followed(browser, send(browser, "/for-you/papers", paper=[str(village.papers["lichens"][0])]))
    everything = line_ids(tree(browser.get("/for-you")))
    with app.extensions["database"].read() as session:
        years = dict(session.execute(sa.select(Paper.id, Paper.year)).all())
    narrowed = line_ids(tree(browser.get("/for-you?year_from=2005&year_to=2010")))
    assert narrowed
    assert all(2005 <= years[i] <= 2010 for i in narrowed)
    assert {village.topic_of(i) for i in line_ids(tree(browser.get("/for-you?field=pulsars")))} == {"pulsars"}
    assert "No paper for you fits these filters" in words(tree(browser.get("/for-you?language=zh")))
    for odd in ("language=xx", "year_from=abc", "year_from=-1&year_to=99999", "unknown=1"):
        assert line_ids(tree(browser.get(f"/for-you?{odd}"))) == everything
    assert line_ids(tree(browser.get("/for-you?field=" + "x" * 900))) == []


def test_what_is_followed_speaks_and_own_papers_are_left_out(village: Village, app: Flask, newcomer: Actor, browser: FlaskClient) -> None:
    (journal_paper,) = take_in(app, record("pulsars", 70, journal=JournalSaid("Journal of Beams")))
    train(app.extensions["database"], app.extensions["settings"])
    followed_paper = village.papers["lichens"][0]
    with app.extensions["database"].write() as session, session.begin():
        notices.follow(session, newcomer, "paper", followed_paper)
    page = tree(browser.get("/for-you"))
    assert followed_paper not in line_ids(page)
    assert words(page.xpath("//p[@class='why']")[0]).startswith("because you follow “")
    with app.extensions["database"].write() as session, session.begin():
        notices.unfollow(session, newcomer, "paper", followed_paper)
        notices.follow(session, newcomer, "journal", session.scalars(sa.select(Journal.id)).one())
    page = tree(browser.get("/for-you"))
    assert line_ids(page)[0] == journal_paper
    assert "in a journal you follow: Journal of Beams" in words(page.xpath("//p[@class='why']")[0])
    with app.extensions["database"].write() as session, session.begin():
        keyword = session.scalars(sa.select(Keyword.id).where(Keyword.slug == "lichens")).one()
        notices.follow(session, newcomer, "keyword", keyword)
    assert "lichens" in {village.topic_of(i) for i in line_ids(tree(browser.get("/for-you")))[:5]}


@pytest.mark.parametrize("state", ["approved", "pending"])
def test_claimed_papers_are_left_out_and_speak_once_the_claim_is_approved(
    village: Village, app: Flask, newcomer: Actor, browser: FlaskClient, state: str
) -> None:
    from reviewhub.people import services as people

    own = village.papers["lichens"][0]
    with app.extensions["database"].write() as session, session.begin():
        people.claim(session, newcomer, own, 1)
        session.execute(sa.update(Claim).values(state=state, proof="orcid" if state == "approved" else ""))
    page = tree(browser.get("/for-you"))
    assert own not in line_ids(page)
    assert any(reason.startswith("because you wrote") for reason in all_words(page, "//p[@class='why']")) == (state == "approved")


def test_a_model_that_is_missing_broken_or_old_is_no_error_and_is_not_kept_quiet(village: Village, app: Flask, newcomer: Actor, browser: FlaskClient) -> None:
    with app.extensions["database"].write() as session, session.begin():
        library.save_many(session, newcomer, village.papers["lichens"][:2])
        session.execute(sa.update(RecommendationModel).values(made_at=clock.now() - 2 * MODEL_IS_OLD))
    page = tree(browser.get("/for-you"))
    assert "has not been made anew for days" in words(page)
    home = app.extensions["settings"].home
    storing._opened.clear()
    shutil.rmtree(storing.folder_of(home))
    page = tree(browser.get("/for-you"))
    assert "The model is not there at the moment" in words(page)
    assert line_ids(page)
    assert browser.get(f"/papers/{village.papers['lichens'][0]}").status_code == 200


def test_an_empty_site_is_no_error_either(browser: FlaskClient) -> None:
    page = tree(browser.get("/zh/for-you"))
    assert words(one(page, "//div[@class='empty']/p[1]")) == "暂无数据"
    assert browser.get("/for-you/start").status_code == 200


def test_a_merged_paper_leads_the_wish_on(village: Village, app: Flask, browser: FlaskClient) -> None:
    kept, gone = village.papers["lichens"][:2]
    send(browser, f"/for-you/papers/{gone}", choice="more-like-this")
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, kept, gone, movers=app.extensions["movers"])
    page = tree(browser.get("/for-you/choices"))
    assert page.xpath("//section[@class='own-part']//li/a/@href") == [f"/papers/{kept}"]
    assert gone not in line_ids(tree(browser.get("/for-you")))


def test_who_wishes_it_is_left_out_and_taken_in_again(village: Village, app: Flask, browser: FlaskClient, newcomer: Actor) -> None:
    for is_left_out, said in ((True, "Your wishes are noted"), (False, "Your wishes are noted")):
        page = followed(browser, send(browser, "/for-you/wishes", **({"is_left_out": "y"} if is_left_out else {})))
        assert said in words(page)
        with app.extensions["database"].read() as session:
            assert queries.taste_of(session, newcomer.account_id or 0).is_left_out == is_left_out
        assert bool(tree(browser.get("/for-you/start")).xpath("//input[@id='is_left_out'][@checked]")) == is_left_out


def test_who_is_suspended_reads_and_tells_nothing(village: Village, app: Flask) -> None:
    browser = signed_in(app, is_suspended=True)
    assert browser.get("/for-you").status_code == 200
    paper = village.papers["lichens"][0]
    for path, fields in (
        ("/for-you/fields", {"field": "lichens"}),
        ("/for-you/papers", {"paper": str(paper)}),
        (f"/for-you/papers/{paper}", {"choice": "more-like-this"}),
        ("/for-you/wishes", {}),
    ):
        assert send(browser, path, **fields).status_code == 403
    assert send(browser, "/for-you/file", file=(io.BytesIO(b"@article{a, title={A}}"), "a.bib")).status_code == 403


def test_the_page_takes_as_many_statements_for_a_large_library_as_for_a_small_one(village: Village, app: Flask, newcomer: Actor, browser: FlaskClient) -> None:
    counts = []
    for some in (village.papers["lichens"][:2], village.papers["lichens"][2:10]):
        with app.extensions["database"].write() as session, session.begin():
            library.save_many(session, newcomer, some)
        with statements(app.extensions["database"]) as said:
            browser.get("/for-you")
        counts.append(len(said))
    assert counts[0] == counts[1] <= 40


def test_mail_is_asked_for_here_and_in_the_settings(village: Village, app: Flask, browser: FlaskClient, newcomer: Actor) -> None:
    followed(browser, send(browser, "/for-you/wishes", wants_mail="y"))
    for path in ("/for-you/start", "/account/settings"):
        page = tree(browser.get(path))
        assert page.xpath("//input[@id='wants_mail'][@checked]")
        assert not page.xpath("//input[@id='is_left_out'][@checked]")
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(Account).where(Account.id == newcomer.account_id).values(email=None, email_key=None))
    followed(browser, send(browser, "/for-you/wishes"))
    answer = send(browser, "/for-you/wishes", wants_mail="y", is_left_out="y")
    assert answer.status_code == 422
    page = tree(answer)
    assert "no address of yours" in words(one(page, "//p[@id='mail-error']"))
    assert page.xpath("//input[@id='is_left_out'][@checked]")
    with app.extensions["database"].read() as session:
        assert queries.taste_of(session, newcomer.account_id or 0) == queries.Taste()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mailed_link_ends_the_mail_by_a_button_or_one_click_signed_out(app: Flask, client: FlaskClient, newcomer: Actor, language: str) -> None:
    account_id = newcomer.account_id or 0
    path = f"{PREFIX[language]}/for-you/unsubscribe/{token_for(app.extensions['settings'].secret_key, account_id, WEEKLY)}"

    def wants() -> bool:
        with app.extensions["database"].read() as session:
            return queries.taste_of(session, account_id).wants_mail

    with app.extensions["database"].write() as session, session.begin():
        services.want_mail(session, newcomer, is_wanted=True)
    page = tree(client.get(path))
    assert wants()  # programs that look at mail open links
    assert one(page, "//main//form").get("method") == "post"
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not wants()
    for wrong in ("x", "1.papers-of-the-week.00", "%00", "a" * 3_000, "1.all.x"):
        for answer in (client.get(f"/for-you/unsubscribe/{wrong}"), client.post(f"/for-you/unsubscribe/{wrong}")):
            assert answer.status_code == 404
