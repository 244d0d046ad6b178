"""The library at its door: narrowed, searched, ordered, paged, changed many at a time; files in and out; bad input; what it costs."""

from __future__ import annotations

import io
import itertools
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.core import jobs
from reviewhub.core.actor import Actor
from reviewhub.imports.services import import_stream
from reviewhub.library import lists, queries, rules, services
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import merge_papers
from tests.people import person, signed_in
from tests.web.reading import LANGUAGES, PREFIX, all_words, one, statements, take_in, tree, words

N_PAPERS = 60


@pytest.fixture
def papers(app: Flask) -> list[int]:
    titles = ["Sleep in mice", "运动与疼痛", "Épées and swords", *(f"Lichen number {n:02}" for n in range(3, N_PAPERS))]
    records = [
        PaperRecord("hand", title=title, authors=[Author(f"Müller {n}" if n == 5 else f"Jane Doe {n}")], published=str(1960 + n), identifiers={"doi": [f"10.5555/p{n}"]})
        for n, title in enumerate(titles)
    ]  # fmt: skip
    return take_in(app, *records)


@pytest.fixture
def who(app: Flask) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session)


@pytest.fixture
def browser(app: Flask, who: Actor) -> FlaskClient:
    return signed_in(app, who)


def fill(app: Flask, who: Actor, paper_ids: list[int]) -> None:
    with app.extensions["database"].write() as session, session.begin():
        services.save_many(session, who, paper_ids)


def kept(app: Flask, who: Actor) -> dict[int, tuple[str, tuple[str, ...], str]]:
    with app.extensions["database"].read() as session:
        found = (queries.kept_one(session, who.account_id or 0, i) for i in queries.kept_by(session, who.account_id or 0))
        return {one.paper_id: (one.state, one.tags, one.note) for one in found if one}


def token(browser: FlaskClient, path: str = "/library") -> str:
    return tree(browser.get(path)).xpath("//input[@name='csrf_token']/@value")[0]


def send(browser: FlaskClient, path: str, **fields: Any) -> TestResponse:
    return browser.post(path, data={"csrf_token": token(browser), **fields})


def shown(answer: TestResponse) -> list[int]:
    return [int(i.removeprefix("t")) for i in tree(answer).xpath("//li[contains(@class, 'shelf-line')]//h2/a/@id")]


def walk(browser: FlaskClient, path: str) -> list[int]:
    """All papers of a library, page by page, and back by the same pages."""
    pages = []
    while True:
        answer = browser.get(path)
        pages.append(shown(answer))
        following = tree(answer).xpath("//a[@rel='next']/@href")
        if not following:
            break
        path = following[0]
    for earlier in reversed(pages[:-1]):
        answer = browser.get(tree(answer).xpath("//a[@rel='prev']/@href")[0])
        assert shown(answer) == earlier
    assert not tree(answer).xpath("//a[@rel='prev']")
    return list(itertools.chain(*pages))


@pytest.mark.parametrize("path", ["/library", "/lists", "/library/import", "/library/papers/1", "/library/cite/ris"])
def test_a_library_is_for_its_owner(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert unquote(answer.headers["Location"]) == f"/account/login?next={path}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_library_says_what_to_do(browser: FlaskClient, language: str) -> None:
    page = tree(browser.get(f"{PREFIX[language]}/library"))
    assert one(page, "//*[@class='empty']//a/@href") == f"{PREFIX[language]}/library/import"
    assert page.xpath("//input[@name='identifier']")


@pytest.mark.parametrize("sort", queries.SORTS)
def test_every_order_leads_through_all_papers_and_back(app: Flask, browser: FlaskClient, who: Actor, papers: list[int], sort: str) -> None:
    fill(app, who, papers)
    found = walk(browser, f"/library?sort={sort}")
    assert sorted(found) == papers
    if sort == "published":
        assert found == papers[::-1]
    assert shown(browser.get(f"/library?sort={sort}&after=999999")) == found[:25]


def test_it_narrows_to_states_tags_and_words(app: Flask, browser: FlaskClient, who: Actor, papers: list[int]) -> None:
    fill(app, who, papers)
    with app.extensions["database"].write() as session, session.begin():
        services.set_state(session, who, papers[0], "read")
        services.set_tags(session, who, papers[1], "To Cite, 疼痛 <b>")
        services.set_note(session, who, papers[2], "100%_sure of_this")
    for query, expected in (
        ("state=read", [0]), ("tag=to+cite", [1]), ("tag=%E7%96%BC%E7%97%9B+%3Cb%3E", [1]), ("q=mice", [0]), ("q=SLEEP+mice", [0]), ("q=%E8%BF%90%E5%8A%A8", [1]),
        ("q=epees", [2]), ("q=M%C3%BCller", [5]), ("q=10.5555/P3", [3, *range(30, 40)]), ("q=%25_sure", [2]), ("q=cite", [1]), ("q=nothing+like+it", []),
        ("state=read&q=lichen", []), ("state=nonsense", list(range(N_PAPERS))),
    ):  # fmt: skip
        assert sorted(walk(browser, f"/library?{query}")) == sorted(papers[n] for n in expected), query
    page = tree(browser.get("/library?q=nothing"))
    assert one(page, "//*[@class='empty']//a/@href") == "/library"
    counts = all_words(tree(browser.get("/library")), "//nav[@class='shelf-states']//a")
    assert counts == ["All 60", "To read 59", "Reading 0", "Read 1"]


def test_a_page_of_a_library_takes_as_many_statements_for_many_papers_as_for_one(app: Flask, browser: FlaskClient, who: Actor, papers: list[int]) -> None:
    costs = []
    for n in (1, 25):
        fill(app, who, papers[:n])
        with statements(app.extensions["database"]) as said:
            assert len(shown(browser.get("/library"))) == n
        costs.append(len(said))
    assert costs[0] == costs[1] <= 11


def test_many_are_changed_at_once(app: Flask, browser: FlaskClient, who: Actor, papers: list[int]) -> None:
    fill(app, who, papers)
    with app.extensions["database"].write() as session, session.begin():
        list_id = lists.make_list(session, who, title="For Tuesday").id
    some = papers[3:6]
    assert send(browser, "/library/chosen", do="read", paper=some).status_code == 303
    assert send(browser, "/library/chosen", do="tag", tags="a, 乙", paper=some).status_code == 303
    assert send(browser, "/library/chosen", do="untag", tags="A", paper=some[:1]).status_code == 303
    assert send(browser, "/library/chosen", do="list", list=list_id, paper=some).status_code == 303
    found = kept(app, who)
    assert [found[i][:2] for i in some] == [("read", ("乙",)), ("read", ("a", "乙")), ("read", ("a", "乙"))]
    assert sum(state == "read" for state, _, _ in found.values()) == 3
    with app.extensions["database"].read() as session:
        assert queries.list_shown(session, who, list_id).paper_ids == some
    asked = send(browser, "/zh/library/chosen", do="remove", paper=some)
    assert asked.status_code == 200
    assert len(kept(app, who)) == N_PAPERS
    form = one(tree(asked), "//main//form")
    answer = browser.post(form.get("action"), data={**_multi(form.form_values()), "do": "remove"})
    assert answer.status_code == 303
    assert set(papers) - set(kept(app, who)) == set(some)
    assert "3" in words(one(tree(browser.get("/library")), "//main//p[contains(@class, 'note-good')]"))


def _multi(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def test_all_that_is_found_is_changed_not_only_what_is_shown(app: Flask, browser: FlaskClient, who: Actor, papers: list[int]) -> None:
    fill(app, who, papers)
    assert send(browser, "/library/chosen", do="tag", tags="lichens", all="yes", q="lichen").status_code == 303
    assert sum(tags == ("lichens",) for _, tags, _ in kept(app, who).values()) == N_PAPERS - 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "fields",
    [
        {"do": "read"},
        {"do": "read", "paper": "x"},
        {"do": "nothing", "paper": "1"},
        {"do": "tag", "tags": "", "paper": "1"},
        {"do": "tag", "tags": "t" * 300, "paper": "1"},
        {"do": "tag", "tags": ",".join(map(str, range(51))), "paper": "1"},
        {"do": "list", "paper": "1"},
    ],
)
def test_bad_changes_are_explained_and_change_nothing(app: Flask, browser: FlaskClient, who: Actor, papers: list[int], language: str, fields: Any) -> None:
    fill(app, who, papers[:2])
    answer = send(browser, f"{PREFIX[language]}/library/chosen", **fields)
    assert answer.status_code == 422
    page = tree(answer)
    assert words(one(page, "//main//*[@role='alert']"))
    if fields.get("tags"):
        assert one(page, "//input[@name='tags']/@value") == fields["tags"]
    assert set(kept(app, who).values()) == {("to-read", (), "")}


def test_somebody_else_s_papers_and_lists_are_out_of_reach(app: Flask, browser: FlaskClient, who: Actor, papers: list[int]) -> None:
    with app.extensions["database"].write() as session, session.begin():
        other = person(session)
        list_id = lists.make_list(session, other, title="Theirs", is_public=True).id
    fill(app, other, papers[:3])
    fill(app, who, papers[:1])
    assert send(browser, "/library/chosen", do="read", paper=papers[:3]).status_code == 303
    assert {state for state, _, _ in kept(app, other).values()} == {"to-read"}
    assert send(browser, "/library/chosen", do="list", list=list_id, paper=papers[:1]).status_code == 404
    assert send(browser, f"/library/papers/{papers[1]}", state="read", tags="", note="mine").status_code == 404
    assert send(browser, f"/library/papers/{papers[0]}/lists", list=list_id).status_code == 303
    with app.extensions["database"].read() as session:
        assert queries.list_shown(session, other, list_id).paper_ids == []


def test_one_paper_gets_state_tags_note_and_lists(app: Flask, browser: FlaskClient, who: Actor, papers: list[int]) -> None:
    fill(app, who, papers[:1])
    path = f"/library/papers/{papers[0]}"
    note = "\n</textarea><script>alert(1)</script>\nSee page 3"
    assert send(browser, path, state="reading", tags="pain，中风", note=note).status_code == 303
    assert kept(app, who)[papers[0]] == ("reading", ("pain", "中风"), note.strip())
    page = browser.get(path)
    assert "<script>alert" not in page.get_data(as_text=True)
    assert one(tree(page), "//input[@name='tags']/@value") == "pain, 中风"
    assert one(tree(browser.get(f"/zh{path}")), "//input[@name='tags']/@value") == "pain、中风"
    assert send(browser, f"{path}/lists", title="New one").status_code == 303
    (made,) = tree(browser.get(path)).xpath("//input[@name='list'][@checked]/@value")
    assert send(browser, f"{path}/lists").status_code == 303
    with app.extensions["database"].read() as session:
        assert queries.list_shown(session, who, int(made)).paper_ids == []
    assert send(browser, f"{path}/remove").status_code == 303
    assert kept(app, who) == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("field", "value"), [("state", "eaten"), ("tags", "x" * 300), ("tags", ",".join(map(str, range(60)))), ("note", "é" * (rules.MAX_NOTE_CHARS + 1)), ("note", "x" * 2_000_000)]
)  # fmt: skip
def test_what_is_too_much_comes_back_with_everything_typed(
    app: Flask, browser: FlaskClient, who: Actor, papers: list[int], language: str, field: str, value: str
) -> None:
    fill(app, who, papers[:1])
    typed = {"state": "read", "tags": "kept", "note": "typed", field: value}
    answer = send(browser, f"{PREFIX[language]}/library/papers/{papers[0]}", **typed)
    assert answer.status_code == 422
    page = tree(answer)
    assert one(page, "//input[@name='tags']/@value") == typed["tags"]
    assert one(page, "//textarea[@name='note']").text_content().strip() == typed["note"]
    assert page.xpath("//*[@class='field-error']")
    assert kept(app, who)[papers[0]] == ("to-read", (), "")


def test_a_paper_is_added_by_its_identifier(app: Flask, browser: FlaskClient, who: Actor, papers: list[int]) -> None:
    assert send(browser, "/library/add", identifier="https://doi.org/10.5555/P2").headers["Location"] == f"/library/papers/{papers[2]}"
    assert list(kept(app, who)) == [papers[2]]
    assert "/papers/add/by-hand?missing=doi" in send(browser, "/library/add", identifier="10.5555/unknown").headers["Location"]
    for typed in ("", "nonsense <b>"):
        answer = send(browser, "/zh/library/add", identifier=typed)
        assert answer.status_code == 422
        assert one(tree(answer), "//input[@id='identifier']/@value") == typed


@pytest.mark.parametrize("format_name", ["bibtex", "ris", "csl-json"])
def test_a_library_and_its_parts_come_as_files_that_read_back(app: Flask, browser: FlaskClient, who: Actor, papers: list[int], format_name: str) -> None:
    fill(app, who, papers)
    answer = browser.get(f"/library/cite/{format_name}")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=reviewhub-library.")
    with app.extensions["database"].write() as session, session.begin():
        report = import_stream(session, who, io.BytesIO(answer.data), f"x.{format_name}", movers=app.extensions["movers"])
    assert (report.n_read, report.n_rejected, report.n_created) == (N_PAPERS, 0, 0)
    part = browser.get(f"/library/cite/{format_name}?q=swords").get_data(as_text=True)
    assert "10.5555/p2" in part
    assert "10.5555/p3" not in part
    assert browser.get("/library/cite/word").status_code == 404
    with app.extensions["database"].write() as session, session.begin():
        merge_papers(session, papers[0], papers[1], movers=app.extensions["movers"])
    assert browser.get("/library/cite/ris").data.count(b"TY  -") == N_PAPERS - 1
    assert browser.get("/library/cite/csl-json?q=nothing+at+all").get_data(as_text=True).split() == ["[", "]"]


BIBTEX = b"@article{a, title={Sleep in mice}, doi={10.5555/p0}, year={1960}}\n@article{b, title={A paper nobody had}, author={Roe, Jane}, year={2001}}\n@article{c, year={1999}}\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_is_taken_in_and_what_came_of_it_is_told(app: Flask, browser: FlaskClient, who: Actor, papers: list[int], language: str) -> None:
    path = f"{PREFIX[language]}/library/import"
    fill(app, who, papers[:1])
    sent = browser.post(path, data={"csrf_token": token(browser), "file": (io.BytesIO(BIBTEX), "my <b>.bib")})
    assert (sent.status_code, sent.headers["Location"]) == (303, path)
    waiting = tree(browser.get(path))
    assert waiting.xpath("//*[@data-waiting]")
    assert not waiting.xpath("//input[@type='file']")
    twice = browser.post(path, data={"csrf_token": token(browser), "file": (io.BytesIO(BIBTEX), "again.bib")})
    assert twice.status_code == 422
    assert tree(twice).xpath("//*[@role='alert']")
    assert tree(browser.get("/library")).xpath("//main//p[@role='status']//a[@href='/library/import']")
    jobs.run_due(app.extensions["database"], app.extensions["settings"])
    done = tree(browser.get(path))
    assert words(one(done, "//h2[@id='h-upload']")) == "my <b>.bib"
    assert all_words(done, "//table[contains(@class, 'figures')]//td") == ["1", "1", "1"]
    assert len(done.xpath("//table[contains(@class, 'problems')]/tbody/tr")) == 1
    assert len(kept(app, who)) == 2


@pytest.mark.parametrize("content", [b"", b"  \n", b"no references", b"\x00\xff" * 900])
def test_files_that_are_none_are_told_so(app: Flask, browser: FlaskClient, who: Actor, content: bytes) -> None:
    answer = browser.post("/zh/library/import", data={"csrf_token": token(browser), "file": (io.BytesIO(content), "mine.bib" if content.strip() else "x")})
    jobs.run_due(app.extensions["database"], app.extensions["settings"])
    page = tree(answer if answer.status_code == 422 else browser.get("/zh/library/import"))
    assert page.xpath("//*[@class='field-error'] | //*[contains(@class, 'note-error')] | //td")
    assert kept(app, who) == {}
    assert browser.post("/library/import", data={"csrf_token": token(browser)}).status_code == 422
