"""What the owner of an account does with it: settings, sessions, another address, everything as a zip, the end."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from reviewhub.accounts import passwords
from reviewhub.accounts.models import Account, AccountSession, AccountToken
from reviewhub.accounts.services import begin_session, digest_of
from reviewhub.accounts.settings import LINKS_PER_HOUR
from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.core.jobs import Job
from reviewhub.ratings.models import Rating
from reviewhub.ratings.services import Given, rate
from reviewhub.web.settings import TRIES_PER_HOUR
from tests.people import person, signed_in
from tests.web.reading import HAN, LANGUAGES, PREFIX, all_words, full_record, one, statements, take_in, tree, words

PASSWORD = "seven wooden doors and a kettle"
NEW = "a kettle behind forty wooden doors"


@pytest.fixture
def who(app: Flask) -> Actor:
    """Somebody with a password."""
    with app.extensions["database"].write() as session, session.begin():
        return person(session, "Wang Xiaoming", email="wang@university.example", password_hash=passwords.hash_of(PASSWORD), institution="Fudan")


@pytest.fixture
def owner(app: Flask, who: Actor) -> FlaskClient:
    """Their browser."""
    return signed_in(app, who)


@pytest.fixture
def paper(app: Flask) -> Iterator[int]:
    """A record to rate."""
    yield from take_in(app, full_record())


def send(client: FlaskClient, to: str, *, on: str = "/account/settings", **typed: Any) -> TestResponse:
    """Sends the form of a page that posts to `to`, filled in with `typed`, as a browser would."""
    form = next(form for form in tree(client.get(on)).xpath("//main//form") if form.get("action") == to)
    return client.post(to, data={**dict(form.form_values()), **typed})


def account(app: Flask, who: Actor) -> Account:
    with app.extensions["database"].read() as session:
        return session.get_one(Account, who.account_id)


def jobs_of(app: Flask, event: str) -> list[dict[str, Any]]:
    with app.extensions["database"].read() as session:
        return [dict(facts) for facts in session.scalars(sa.select(Job.facts).where(Job.event == event).order_by(Job.id))]


def links(app: Flask) -> list[AccountToken]:
    with app.extensions["database"].read() as session:
        return list(session.scalars(sa.select(AccountToken).order_by(AccountToken.id)))


def notice(answer: TestResponse, client: FlaskClient) -> str:
    assert answer.status_code == 303, words(tree(answer))
    return words(one(tree(client.get(answer.headers["Location"])), "//main//*[@class='note note-good'][@role='status']"))


def error_at(answer: TestResponse, field: str) -> str:
    page = tree(answer)
    control = one(page, f"//*[@name='{field}']")
    assert control.get("aria-invalid") == "true"
    return words(one(page, f"//*[@id='{control.get('aria-describedby').split()[-1]}']"))


# The page


def test_settings_are_for_who_is_signed_in(client: FlaskClient) -> None:
    for path in ("/account/settings", "/account/delete"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/account/login?next={path}")
    for path in ("/account/settings/profile", "/account/sessions/1/end", "/account/sessions/end-others", "/account/download", "/account/delete"):
        answer = client.post(path)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/account/login")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_what_is_known(app: Flask, owner: FlaskClient, language: str) -> None:
    answer = owner.get(f"{PREFIX[language]}/account/settings")
    page = tree(answer)
    assert one(page, "//*[@name='name']/@value") == "Wang Xiaoming"
    assert one(page, "//*[@name='institution']/@value") == "Fudan"
    assert "wang@university.example" in words(page)
    assert "private" in answer.headers["Cache-Control"]
    assert bool(HAN.search(words(one(page, "//h1")))) == (language == "zh")
    assert not page.xpath("//form[@method='post'][not(.//input[@name='csrf_token'])]")
    assert not page.xpath("//a[contains(@href, '/password/')]")


def test_the_page_takes_few_statements(app: Flask, owner: FlaskClient) -> None:
    owner.get("/account/settings")
    with statements(app.extensions["database"]) as said:
        owner.get("/account/settings")
    assert len(said) <= 6, said


def test_no_form_of_the_pages_works_without_its_token(app: Flask, who: Actor, owner: FlaskClient) -> None:
    before = account(app, who)
    for path in ("/account/settings", "/account/delete"):
        for form in tree(owner.get(path)).xpath("//main//form[@method='post']"):
            values = {name: value for name, value in form.form_values() if name != "csrf_token"}
            assert owner.post(form.get("action"), data={**values, "password": PASSWORD, "name": "X", "new": NEW, "current": PASSWORD}).status_code == 400
    after = account(app, who)
    assert (after.name, after.password_hash) == (before.name, before.password_hash)


def test_an_unknown_part_is_not_found_and_a_get_of_a_form_leads_to_the_page(owner: FlaskClient) -> None:
    assert owner.get("/account/settings/nothing").status_code == 404
    answer = owner.get("/zh/account/settings/profile")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/zh/account/settings")


# Name and preferences


def test_name_institution_and_preferences_change(app: Flask, who: Actor, owner: FlaskClient) -> None:
    to = "/account/settings/profile"
    answer = send(owner, to, name="  王 小明 ", institution="复旦大学", language="zh", hides_numbers="y")
    assert notice(answer, owner)
    found = account(app, who)
    assert (found.name, found.institution, found.language, found.hides_numbers) == ("王 小明", "复旦大学", "zh", True)
    assert {"account_id": who.account_id} in jobs_of(app, "AccountChanged")
    form = one(tree(owner.get("/account/settings")), f"//form[@action='{to}']")
    values = {name: value for name, value in form.form_values() if name not in ("csrf_token", "hides_numbers")}
    owner.post(to, data={**values, "csrf_token": form.fields["csrf_token"]})
    assert account(app, who).hides_numbers is False, "a box that is not ticked is not sent"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " \u200b "),
        ("name", "Jane\u202eDoe"),
        ("name", "Ja\u200bne"),
        ("name", "x" * 81),
        ("name", "me@you.example"),
        ("institution", "x" * 201),
        ("language", "tlh"),
        ("language", ""),
    ],
)
def test_what_cannot_be_is_said_at_the_field_and_nothing_typed_is_lost(app: Flask, who: Actor, owner: FlaskClient, field: str, value: str) -> None:
    typed = {"name": "Another Name", "institution": "Elsewhere", "language": "zh", "hides_numbers": "y"} | {field: value}
    answer = send(owner, "/account/settings/profile", **typed)
    assert answer.status_code == 422
    assert error_at(answer, field)
    page = tree(answer)
    for name in ("name", "institution"):
        assert one(page, f"//*[@name='{name}']/@value") == typed[name]
    assert one(page, "//*[@name='hides_numbers']/@checked") is not None
    found = account(app, who)
    assert (found.name, found.institution, found.language, found.hides_numbers) == ("Wang Xiaoming", "Fudan", "en", False)


def test_a_suspended_account_keeps_its_name_and_may_still_close_its_doors(app: Flask) -> None:
    with app.extensions["database"].write() as session, session.begin():
        who = person(session, "Bad Name", is_suspended=True, password_hash=passwords.hash_of(PASSWORD))
    owner = signed_in(app, who)
    answer = send(owner, "/account/settings/profile", name="Worse Name")
    assert answer.status_code == 403
    assert "suspended" in words(one(tree(answer), "//main//*[@class='note note-error']/ul"))
    assert account(app, who).name == "Bad Name"
    assert notice(send(owner, "/account/settings/profile", hides_numbers="y"), owner)
    assert notice(send(owner, "/account/settings/password", current=PASSWORD, new=NEW), owner)
    assert owner.post("/account/download").status_code == 400
    assert send(owner, "/account/download").status_code == 200


# Password


def test_another_password_ends_every_other_session_and_this_one_goes_on(app: Flask, who: Actor, owner: FlaskClient) -> None:
    other = signed_in(app, who)
    assert other.get("/account/settings").status_code == 200
    answer = send(owner, "/account/settings/password", current=PASSWORD, new=NEW)
    assert notice(answer, owner)
    assert passwords.is_right(account(app, who).password_hash, NEW)
    assert other.get("/account/settings").status_code == 303
    assert owner.get("/account/settings").status_code == 200


def test_links_mailed_before_no_longer_work_after_another_password(app: Flask, who: Actor, owner: FlaskClient) -> None:
    now = clock.now()
    with app.extensions["database"].write() as session, session.begin():
        session.add(
            AccountToken(account_id=who.account_id, purpose="password", email="", digest=digest_of("old"), made_at=now, expires_at=now + dt.timedelta(1))
        )
    send(owner, "/account/settings/password", current=PASSWORD, new=NEW)
    assert [link.used_at is not None for link in links(app)] == [True]


@pytest.mark.parametrize(("current", "new", "field"), [("wrong", NEW, "current"), ("", NEW, "current"), (PASSWORD, "short", "new"), (PASSWORD, "", "new")])
def test_a_password_does_not_change_without_the_old_one_or_into_a_bad_one(
    app: Flask, who: Actor, owner: FlaskClient, current: str, new: str, field: str
) -> None:
    other = signed_in(app, who)
    answer = send(owner, "/account/settings/password", current=current, new=new)
    assert answer.status_code == 422
    assert error_at(answer, field)
    assert not tree(answer).xpath("//input[@type='password'][@value]"), "passwords are not sent back"
    assert passwords.is_right(account(app, who).password_hash, PASSWORD)
    assert other.get("/account/settings").status_code == 200


def test_nobody_guesses_on_at_a_browser_left_open(app: Flask, owner: FlaskClient) -> None:
    for _ in range(TRIES_PER_HOUR):
        assert send(owner, "/account/settings/password", current="guess", new=NEW).status_code == 422
    answer = send(owner, "/account/settings/password", current=PASSWORD, new=NEW)
    assert answer.status_code == 429
    assert error_at(answer, "current")
    assert send(owner, "/account/delete", on="/account/delete", password=PASSWORD).status_code == 429


# Address


def draw(app: Flask, token: str) -> None:
    """Draws the token of the newest link, as the worker does."""
    with app.extensions["database"].write() as session, session.begin():
        newest = session.scalar(sa.select(AccountToken).order_by(AccountToken.id.desc()).limit(1))
        assert newest is not None
        newest.digest = digest_of(token)


def test_another_address_counts_once_its_link_is_opened(app: Flask, who: Actor, owner: FlaskClient, client: FlaskClient) -> None:
    answer = send(owner, "/account/settings/address", email=" New.Me@Institute.example ", address_password=PASSWORD)
    assert notice(answer, owner)
    assert account(app, who).email == "wang@university.example"
    assert "New.Me@Institute.example" in words(tree(owner.get("/account/settings")))
    draw(app, "secret-token")
    path = "/account/address/secret-token"
    shown = client.get(path)
    assert (shown.status_code, shown.headers["Referrer-Policy"], shown.headers["Cache-Control"]) == (200, "no-referrer", "no-store")
    assert account(app, who).email == "wang@university.example", "to look at the page changes nothing"
    form = one(tree(shown), "//main//form")
    assert client.post(path, data=dict(form.form_values())).status_code == 303
    found = account(app, who)
    assert (found.email, found.email_key) == ("New.Me@Institute.example", "new.me@institute.example")
    assert client.get(path).status_code == 404, "it works once"
    assert {"account_id": who.account_id} in jobs_of(app, "AccountChanged")


def test_a_taken_address_gives_the_same_answer_and_no_link(app: Flask, who: Actor, owner: FlaskClient) -> None:
    with app.extensions["database"].write() as session, session.begin():
        person(session, email="taken@university.example")
    pages = []
    for address in ("taken@university.example", "free@university.example"):
        answer = send(owner, "/account/settings/address", email=address, address_password=PASSWORD)
        assert answer.headers["Location"] == "/account/settings?done=address"
        pages.append(words(tree(owner.get(answer.headers["Location"]))).replace(address, "…"))
    assert pages[0] == pages[1]
    assert [facts["token_id"] for facts in jobs_of(app, "TokenWanted")] == [0, links(app)[-1].id]


def test_only_the_newest_link_works_and_not_for_ever(app: Flask, who: Actor, owner: FlaskClient, client: FlaskClient) -> None:
    for n in range(2):
        send(owner, "/account/settings/address", email=f"new{n}@institute.example", address_password=PASSWORD)
        draw(app, f"token-{n}")
    assert client.get("/account/address/token-0").status_code == 404
    assert client.get("/account/address/token-1").status_code == 200
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(AccountToken).values(expires_at=clock.now() - dt.timedelta(seconds=1)))
    assert client.get("/account/address/token-1").status_code == 404


def test_an_address_that_was_taken_meanwhile_is_refused(app: Flask, who: Actor, owner: FlaskClient, client: FlaskClient) -> None:
    send(owner, "/account/settings/address", email="new@institute.example", address_password=PASSWORD)
    draw(app, "token")
    form = one(tree(client.get("/account/address/token")), "//main//form")
    with app.extensions["database"].write() as session, session.begin():
        person(session, email="new@institute.example")
    assert client.post("/account/address/token", data=dict(form.form_values())).status_code == 409
    assert account(app, who).email == "wang@university.example"


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("not an address", PASSWORD, "email"),
        ("", PASSWORD, "email"),
        ("wang@university.example", PASSWORD, "email"),
        ("a@b.example", "wrong", "address_password"),
    ],
)
def test_an_address_does_not_change_without_the_password_or_into_nonsense(app: Flask, owner: FlaskClient, email: str, password: str, field: str) -> None:
    answer = send(owner, "/account/settings/address", email=email, address_password=password)
    assert answer.status_code == 422
    assert error_at(answer, field)
    assert one(tree(answer), "//*[@name='email']/@value") == email
    assert links(app) == []


def test_nobody_s_mailbox_is_filled(app: Flask, owner: FlaskClient) -> None:
    for n in range(LINKS_PER_HOUR):
        assert send(owner, "/account/settings/address", email=f"victim{n}@elsewhere.example", address_password=PASSWORD).status_code == 303
    answer = send(owner, "/account/settings/address", email="victim@elsewhere.example", address_password=PASSWORD)
    assert answer.status_code == 422
    assert len(links(app)) == LINKS_PER_HOUR


def test_a_link_for_something_else_proves_no_address(app: Flask, who: Actor, client: FlaskClient) -> None:
    now = clock.now()
    with app.extensions["database"].write() as session, session.begin():
        session.add(
            AccountToken(
                account_id=who.account_id, purpose="password", email="x@y.example", digest=digest_of("t"), made_at=now, expires_at=now + dt.timedelta(1)
            )
        )
    for token in ("t", "unknown", "%00", "x" * 5000, "王"):
        assert client.get(f"/account/address/{token}").status_code == 404


# Sessions


def test_sessions_are_listed_and_ended_one_by_one_or_all(app: Flask, who: Actor, owner: FlaskClient) -> None:
    others = [signed_in(app, who) for _ in range(3)]
    items = tree(owner.get("/account/settings")).xpath("//li[@class='browser']")
    assert len(items) == 4
    assert [len(item.xpath(".//*[@class='tag']")) for item in items].count(1) == 1
    foreign = next(item for item in items if not item.xpath(".//*[@class='tag']"))
    assert notice(send(owner, one(foreign, ".//form/@action")), owner)
    assert [other.get("/account/settings").status_code for other in others].count(303) == 1
    assert notice(send(owner, "/account/sessions/end-others"), owner)
    assert [other.get("/account/settings").status_code for other in others] == [303] * 3
    assert len(tree(owner.get("/account/settings")).xpath("//li[@class='browser']")) == 1


def test_to_end_one_s_own_session_is_to_sign_out(app: Flask, owner: FlaskClient) -> None:
    own = one(tree(owner.get("/account/settings")), "//li[@class='browser']//form/@action")
    assert send(owner, own).headers["Location"] == "/"
    assert owner.get("/account/settings").status_code == 303


def test_a_stranger_s_session_is_not_ended(app: Flask, who: Actor, owner: FlaskClient) -> None:
    stranger = signed_in(app)
    with app.extensions["database"].read() as session:
        theirs = session.scalar(sa.select(AccountSession.id).where(AccountSession.account_id != who.account_id))
    form = one(tree(owner.get("/account/settings")), "//form[@action='/account/settings/profile']")
    for number in (theirs, 10**6, 2**40):
        assert owner.post(f"/account/sessions/{number}/end", data={"csrf_token": form.fields["csrf_token"]}).status_code == 404
    assert stranger.get("/account/settings").status_code == 200


def test_a_session_that_has_run_out_is_not_listed(app: Flask, who: Actor, owner: FlaskClient) -> None:
    with app.extensions["database"].write() as session, session.begin():
        begin_session(session, who.account_id or 0, browser="Old Browser")
        session.execute(sa.update(AccountSession).where(AccountSession.browser == "Old Browser").values(expires_at=clock.now() - dt.timedelta(seconds=1)))
    assert "Old Browser" not in words(tree(owner.get("/account/settings")))


# Everything as a zip


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_comes_as_a_zip_explained_in_the_reader_s_language(app: Flask, who: Actor, owner: FlaskClient, paper: int, language: str) -> None:
    with app.extensions["database"].write() as session, session.begin():
        rate(session, who, paper, Given(9, text="好的。"))
    prefix = PREFIX[language]
    answer = send(owner, f"{prefix}/account/download", on=f"{prefix}/account/settings")
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "application/zip", "no-store")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        assert file.testzip() is None
        assert json.loads(file.read("account.json"))["email"] == "wang@university.example"
        assert json.loads(file.read("ratings.json"))["ratings"][0]["stars"] == 4.5
        assert "好的。" in file.read(f"reviews/paper-{paper}.md").decode()
        assert bool(HAN.search(file.read("README.txt").decode().replace("运动与疼痛", ""))) == (language == "zh")


# The end


def ratings_of(session: Session) -> list[tuple[int | None, str]]:
    return [tuple(row) for row in session.execute(sa.select(Rating.account_id, Rating.exclusion).order_by(Rating.paper_id))]


@pytest.fixture
def two_rated(app: Flask, who: Actor) -> list[int]:
    """Two papers that they rated."""
    found = [*take_in(app, full_record()), *take_in(app, full_record(title="Quite another title of a paper", identifiers={"doi": ["10.1000/other"]}))]
    with app.extensions["database"].write() as session, session.begin():
        for paper_id in found:
            rate(session, who, paper_id, Given(9, text="Good."))
    return found


@pytest.mark.parametrize(
    ("rest", "single", "kept"), [("erase", "", 0), ("keep", "", 2), ("erase", "keep", 1), ("keep", "erase", 1), ("erase", "erase", 0), ("keep", "keep", 2)]
)
def test_an_account_goes_and_leaves_what_it_was_told_to(
    app: Flask, who: Actor, owner: FlaskClient, two_rated: list[int], rest: str, single: str, kept: int
) -> None:
    other = signed_in(app, who)
    page = tree(owner.get("/account/delete"))
    assert [str(v) for v in page.xpath("//input[@name='rest'][@checked]/@value")] == ["erase"], "unless they say otherwise everything goes"
    assert len(page.xpath("//li[@class='belonging']")) == 2
    first = str(page.xpath("//li[@class='belonging']//select/@name")[0])
    answer = send(owner, "/account/delete", on="/account/delete", rest=rest, password=PASSWORD, **{first: single})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/deleted")
    assert owner.get("/account/deleted").status_code == 200
    with app.extensions["database"].read() as session:
        assert session.get(Account, who.account_id) is None
        assert ratings_of(session) == [(None, "former")] * kept
    for client in (owner, other):
        assert client.get("/account/settings").status_code == 303


@pytest.mark.parametrize(("language", "name"), [("en", "Former reader"), ("zh", "前读者")])
def test_what_was_kept_stands_as_of_a_former_reader(
    app: Flask, who: Actor, owner: FlaskClient, client: FlaskClient, two_rated: list[int], language: str, name: str
) -> None:
    send(owner, "/account/delete", on="/account/delete", rest="keep", password=PASSWORD)
    page = tree(client.get(f"{PREFIX[language]}/papers/{two_rated[0]}"))
    assert "Good." in words(page)
    assert name in words(page)
    assert "Wang Xiaoming" not in words(page)


def test_without_the_password_nothing_goes_and_the_choices_stay(app: Flask, who: Actor, owner: FlaskClient, two_rated: list[int]) -> None:
    first = str(tree(owner.get("/account/delete")).xpath("//li[@class='belonging']//select/@name")[0])
    answer = send(owner, "/account/delete", on="/account/delete", rest="keep", password="wrong", **{first: "erase"})
    assert answer.status_code == 422
    assert error_at(answer, "password")
    page = tree(answer)
    assert [str(v) for v in page.xpath("//input[@name='rest'][@checked]/@value")] == ["keep"]
    assert [str(v) for v in page.xpath("//option[@selected]/@value")] == ["erase"]
    assert account(app, who)


@pytest.mark.parametrize("typed", [{"rest": "burn"}, {"rest": ""}, {"item:rating:1": "burn"}])
def test_a_choice_that_is_none_changes_nothing(app: Flask, who: Actor, owner: FlaskClient, two_rated: list[int], typed: dict[str, str]) -> None:
    with app.extensions["database"].read() as session:
        first = session.scalar(sa.select(sa.func.min(Rating.id)))
    answer = send(
        owner, "/account/delete", on="/account/delete", password=PASSWORD, **{name.replace("rating:1", f"rating:{first}"): v for name, v in typed.items()}
    )
    assert answer.status_code == 422
    assert account(app, who)


def test_the_last_admin_is_told_to_find_another(app: Flask) -> None:
    with app.extensions["database"].write() as session, session.begin():
        admin = person(session, role="admin", password_hash=passwords.hash_of(PASSWORD))
    answer = send(signed_in(app, admin), "/account/delete", on="/account/delete", password=PASSWORD)
    assert answer.status_code == 422
    assert words(one(tree(answer), "//*[@role='alert']"))
    assert account(app, admin)


def test_who_has_neither_password_nor_orcid_is_mailed_a_link_first(app: Flask) -> None:
    with app.extensions["database"].write() as session, session.begin():
        who = person(session)
    owner = signed_in(app, who)
    assert send(owner, "/account/delete", on="/account/delete").status_code == 422
    assert account(app, who)
    assert notice(send(owner, "/account/settings/password-link"), owner)
    assert [(link.purpose, link.email, link.digest) for link in links(app)] == [("password", account(app, who).email, None)]


def test_without_orcid_at_hand_nothing_speaks_of_it(owner: FlaskClient) -> None:
    page = tree(owner.get("/account/settings"))
    assert "ORCID" not in words(one(page, "//main"))
    assert all_words(page, "//h2")
    assert owner.post("/account/orcid").status_code in (400, 404)
    assert owner.get("/account/orcid/callback?state=x&code=y").status_code == 404
