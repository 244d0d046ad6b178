"""Registering, proving an address, signing in and out, a new password: what a browser sees, and what nobody can find out."""

from __future__ import annotations

import datetime as dt
import email.policy
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from reviewhub.accounts import passwords
from reviewhub.accounts.models import Account, AccountSession, AccountToken, Registration
from reviewhub.accounts.rules import REGISTRATION_LASTS, SESSION_LASTS
from reviewhub.app import create_app
from reviewhub.core import clock, jobs
from reviewhub.core.db import Database
from reviewhub.core.jobs import Job
from reviewhub.web import accounts as door
from reviewhub.web.support import devices, tries
from reviewhub.web.support.pace import Pace
from tests.people import person, signed_in
from tests.web.reading import HAN, all_words, full_record, one, statements, take_in, tree, words

PASSWORD = "seventeen blue lanterns"
NEW_PASSWORD = "eleven quiet harbours"
ADDRESS = "jane@university.example"


class Hasher(passwords.PasswordHasher):
    """The same hash, cheap, that notes what it was asked: what the real one costs is asserted elsewhere."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.asked: list[str] = []

    def hash(self, *given: Any, **named: Any) -> str:
        self.asked.append("hash")
        return super().hash(*given, **named)

    def verify(self, *given: Any) -> Any:
        self.asked.append("verify")
        return super().verify(*given)


@pytest.fixture(autouse=True)
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hasher]:
    made = Hasher()
    monkeypatch.setattr(passwords, "_HASHER", made)
    passwords._nobody_s.cache_clear()
    yield made
    passwords._nobody_s.cache_clear()


@pytest.fixture(autouse=True)
def empty_outbox(app: Flask) -> Path:
    outbox = app.extensions["settings"].home / "outbox"
    for mail in outbox.glob("*.eml"):
        mail.unlink()
    return outbox


def send(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    """Opens the page of a form and sends it with these fields."""
    shown = client.get(path)
    token = tree(shown).xpath("//main//input[@name='csrf_token']/@value")
    return client.post(path, data={"csrf_token": token[0] if token else "", **fields})


def work(app: Flask) -> None:
    jobs.run_due(app.extensions["database"], app.extensions["settings"])


def mails(app: Flask) -> list[EmailMessage]:
    """The mails of the outbox, in order, after the worker has done what is due."""
    work(app)
    files = sorted((app.extensions["settings"].home / "outbox").glob("*.eml"))
    return [BytesParser(policy=email.policy.default).parsebytes(file.read_bytes()) for file in files]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(mail: EmailMessage) -> str:
    """The path of the only link of a mail."""
    (found,) = re.findall(r"http://reviewhub\.test(/\S+)", text_of(mail))
    return str(found)


def register(client: FlaskClient, address: str = ADDRESS, **fields: str) -> TestResponse:
    return send(client, "/account/register", **{"name": "Jane Doe", "email": address, "password": PASSWORD, **fields})


def sign_in(client: FlaskClient, address: str = ADDRESS, password: str = PASSWORD, **fields: str) -> TestResponse:
    return send(client, "/account/login", email=address, password=password, **fields)


def has_account(app: Flask, address: str = ADDRESS, **facts: Any) -> int:
    with app.extensions["database"].write() as session, session.begin():
        found = person(session, email=address, password_hash=passwords.hash_of(PASSWORD), **facts).account_id
    assert found is not None
    return found


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account/login").status_code == 303


def count(database: Database, table: type[Any]) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_somebody_registers_confirms_signs_out_and_in(app: Flask, client: FlaskClient, database: Database) -> None:
    answer = register(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/register/sent")
    assert ADDRESS in words(tree(client.get("/account/register/sent")))
    assert count(database, Account) == 0, "no account before the address is proved"
    (mail,) = mails(app)
    assert mail["To"] == ADDRESS
    link = link_in(mail)
    shown = client.get(link)
    assert shown.status_code == 200
    assert not tree(shown).xpath("//input[@name='password']"), "the browser that registered needs no password"
    assert count(database, Account) == 0, "opening a link changes nothing"
    assert send(client, link).status_code == 303
    assert is_signed_in(client)
    with database.read() as session:
        made = session.scalars(sa.select(Account)).one()
        assert (made.name, made.email, made.language) == ("Jane Doe", ADDRESS, "en")
        assert made.password_hash.startswith("$argon2id$")
    assert send(client, "/account/logout").status_code == 303
    assert not is_signed_in(client)
    assert sign_in(client).status_code == 303
    assert is_signed_in(client)


def test_a_forgotten_password_is_set_anew(app: Flask, client: FlaskClient, database: Database) -> None:
    has_account(app)
    other = app.test_client()
    sign_in(other)
    assert is_signed_in(other)
    assert send(client, "/account/reset", email=ADDRESS).status_code == 303
    (mail,) = mails(app)
    link = link_in(mail)
    assert send(client, link, password=NEW_PASSWORD).status_code == 303
    assert is_signed_in(client)
    assert not is_signed_in(other), "sessions end with the password they began with"
    assert sign_in(app.test_client()).status_code == 422
    assert sign_in(app.test_client(), password=NEW_PASSWORD).status_code == 303
    assert client.get(link).status_code == 404, "a link works once"
    assert [m["Subject"] for m in mails(app)][1:] == ["Your password was changed · reviewhub"]
    with database.read() as session:
        assert session.scalars(sa.select(AccountSession)).all()
        assert all(token.used_at for token in session.scalars(sa.select(AccountToken)))
        assert session.scalars(sa.select(Registration)).all() == []


# Nobody finds out who has an account


def without_token(answer: TestResponse) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True))


def test_registering_answers_the_same_whether_or_not_there_is_an_account(app: Flask, database: Database, hasher: Hasher) -> None:
    has_account(app)
    seen = []
    for address in (ADDRESS, "john@university.example"):
        client = app.test_client()
        hasher.asked.clear()
        with statements(database) as said:
            answer = register(client, address)
        sent = client.get("/account/register/sent").get_data(as_text=True).replace(address, "ADDRESS")
        seen.append((answer.status_code, answer.headers["Location"], answer.get_data(), sent, tuple(hasher.asked), tuple(said)))
    assert seen[0] == seen[1]
    assert seen[0][4] == ("hash",)
    subjects = {mail["To"]: mail["Subject"] for mail in mails(app)}
    assert subjects == {ADDRESS: "You already have an account · reviewhub", "john@university.example": "Confirm your address · reviewhub"}


def test_who_registers_again_is_mailed_at_the_address_on_record_and_no_second_account_comes(app: Flask, client: FlaskClient, database: Database) -> None:
    has_account(app)
    register(client, "JANE@University.example")
    (mail,) = mails(app)
    assert mail["To"] == ADDRESS
    assert "/account/login" in text_of(mail)
    assert "/account/reset" in text_of(mail)
    assert "/confirm/" not in text_of(mail)
    assert count(database, Account) == 1


def test_asking_for_a_link_answers_the_same_whether_or_not_there_is_an_account(app: Flask, database: Database) -> None:
    has_account(app)
    seen = []
    for address in (ADDRESS, "john@university.example"):
        client = app.test_client()
        answer = send(client, "/account/reset", email=address)
        sent = client.get("/account/reset/sent").get_data(as_text=True).replace(address, "ADDRESS")
        seen.append((answer.status_code, answer.headers["Location"], answer.get_data(), sent))
    assert seen[0] == seen[1]
    with database.read() as session:
        assert [job.event for job in session.scalars(sa.select(Job))] == ["TokenWanted", "TokenWanted"], "the same work for either"
    assert [mail["To"] for mail in mails(app)] == [ADDRESS]


def test_signing_in_answers_the_same_and_compares_as_long_whether_or_not_there_is_an_account(app: Flask, hasher: Hasher) -> None:
    has_account(app)
    has_account(app, "orcid-only@university.example")
    with app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(Account).where(Account.email == "orcid-only@university.example").values(password_hash=""))
    passwords.is_right("", "")
    seen = []
    for address in (ADDRESS, "john@university.example", "orcid-only@university.example"):
        hasher.asked.clear()
        answer = sign_in(app.test_client(), address, "not the password at all")
        seen.append((answer.status_code, without_token(answer).replace(address, "ADDRESS"), tuple(hasher.asked)))
    assert seen[0] == seen[1] == seen[2]
    assert (seen[0][0], seen[0][2]) == (422, ("verify",))


# Registering


def test_the_confirmed_account_goes_on_to_where_its_owner_came_from(app: Flask, client: FlaskClient) -> None:
    (paper,) = take_in(app, full_record())
    register(client, next=f"/papers/{paper}")
    answer = send(client, link_in(mails(app)[0]))
    assert answer.headers["Location"] == f"/papers/{paper}"


def test_whoever_opens_the_link_elsewhere_must_know_the_password(app: Flask, client: FlaskClient, database: Database) -> None:
    """Else somebody could register a stranger's address beforehand and wait for its owner to confirm it."""
    register(client)
    link = link_in(mails(app)[0])
    other = app.test_client()
    assert tree(other.get(link)).xpath("//main//input[@name='password']")
    for wrong in ({}, {"password": ""}, {"password": "not the password at all"}):
        answer = send(other, link, **wrong)
        assert answer.status_code == 422
        assert "not the password" in words(tree(answer))
    assert count(database, Account) == 0
    assert send(other, link, password=PASSWORD).status_code == 303
    assert is_signed_in(other)
    assert not is_signed_in(client)


def test_a_cookie_of_another_site_s_making_does_not_make_a_browser_the_one_that_registered(app: Flask, client: FlaskClient) -> None:
    register(client)
    link = link_in(mails(app)[0])
    other = app.test_client()
    other.set_cookie("reviewhub", "eyJyZWdpc3RyYXRpb25zIjpbWzEsIiJdXX0.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert tree(other.get(link)).xpath("//main//input[@name='password']")


def test_of_two_registrations_of_one_address_the_one_confirmed_wins(app: Flask, database: Database) -> None:
    first, second = app.test_client(), app.test_client()
    register(first, name="First")
    register(second, "JANE@university.example", name="Second")
    links = [link_in(mail) for mail in mails(app)]
    assert send(second, links[1]).status_code == 303
    gone = first.get(links[0])
    assert gone.status_code == 404
    assert tree(gone).xpath("//main//a[@href='/account/register']")
    assert first.post(links[0]).status_code == 404
    with database.read() as session:
        assert session.scalars(sa.select(Account.name)).all() == ["Second"]
    assert count(database, Registration) == 0


@pytest.mark.parametrize("way", ["used", "expired", "unknown", "empty"])
def test_a_link_that_does_not_work_says_so_and_shows_the_way_on(
    app: Flask, client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    register(client)
    link = link_in(mails(app)[0])
    if way == "used":
        assert send(client, link).status_code == 303
    if way == "expired":
        later = clock.now() + REGISTRATION_LASTS + dt.timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: later)
    if way == "unknown":
        link += "x"
    if way == "empty":
        with database.write() as session, session.begin():
            session.execute(sa.update(Registration).values(digest=None))
    before = count(database, Account)
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 404
        assert "does not work any more" in words(tree(answer))
    assert count(database, Account) == before


def test_only_digests_of_links_and_passwords_are_kept(app: Flask, client: FlaskClient, database: Database) -> None:
    has_account(app, "john@university.example")
    register(client)
    send(client, "/account/reset", email="john@university.example")
    tokens = [link_in(mail).rsplit("/", 1)[1] for mail in mails(app)]
    assert len(set(tokens)) == 2
    assert all(len(token) >= 43 for token in tokens)
    with database.read() as session:
        kept = [session.scalars(sa.select(Registration.digest)).one(), session.scalars(sa.select(AccountToken.digest)).one()]
        rows = [tuple(row) for table in (Account, Registration, AccountToken, Job) for row in session.execute(sa.select(table.__table__))]
    assert kept == [hashlib.sha256(token.encode()).digest() for token in tokens]
    assert not [row for row in rows for secret in (*tokens, PASSWORD) if secret in repr(row)]


@pytest.mark.parametrize("path", ["/account/confirm/", "/account/password/"])
def test_a_page_whose_address_opens_a_door_is_kept_nowhere_and_told_to_no_other_site(app: Flask, client: FlaskClient, path: str) -> None:
    has_account(app, "john@university.example")
    register(client)
    send(client, "/account/reset", email="john@university.example")
    link = next(found for mail in mails(app) if (found := link_in(mail)).startswith(path))
    for answer in (client.get(link), client.get(f"{path}nothing"), client.post(link, data={})):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


def test_chinese_readers_are_written_to_in_chinese(app: Flask, client: FlaskClient, database: Database) -> None:
    assert (
        send(client, "/zh/account/register", name="王小明", email=ADDRESS, password="湖边的七盏蓝灯笼很安静").headers["Location"] == "/zh/account/register/sent"
    )
    (mail,) = mails(app)
    assert mail["Subject"] == "确认您的邮箱地址 · reviewhub"
    assert HAN.search(text_of(mail))
    assert link_in(mail).startswith("/zh/account/confirm/")
    assert send(client, link_in(mail)).headers["Location"] == "/zh/"
    with database.read() as session:
        assert session.scalars(sa.select(Account.language)).one() == "zh"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "Jane\u202eDoe"}, ["name"]),
        ({"name": "Ja\u200bne Doe"}, ["name"]),
        ({"name": "Jane\r\nBcc: all@university.example"}, ["name"]),
        ({"email": "jane"}, ["email"]),
        ({"email": f"{ADDRESS}\r\nBcc: all@university.example"}, ["email"]),
        ({"password": "short"}, ["password"]),
        ({"password": "1234567890"}, ["password"]),
        ({"name": "", "email": "", "password": ""}, ["name", "email", "password"]),
        ({"name": "x" * 1_000_000, "email": "y" * 1_000_000, "password": "z" * 1_000_000}, ["name", "email", "password"]),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost_but_the_password(
    client: FlaskClient, database: Database, fields: dict[str, str], wrong: list[str]
) -> None:
    answer = register(client, **{"address": fields.get("email", ADDRESS), **{name: value for name, value in fields.items() if name != "email"}})
    page = tree(answer)
    assert answer.status_code == 422
    assert page.xpath("//main//input[@aria-invalid='true']/@name") == wrong
    assert all(page.xpath(f"//*[@id='{name}-error']") for name in wrong)
    if "name" not in wrong:
        assert page.xpath("//input[@name='name']/@value") == ["Jane Doe"]
    assert not page.xpath("//input[@type='password']/@value")
    assert count(database, Registration) == 0
    assert count(database, Job) == 0


def test_fields_that_the_form_does_not_have_give_nobody_more_than_an_account(app: Flask, client: FlaskClient, database: Database) -> None:
    answer = send(
        client, "/account/register", name=["Jane Doe", "Mallory"], email=[ADDRESS, "mallory@university.example"], password=PASSWORD, role="admin", id="1"
    )
    assert answer.status_code == 303
    (mail,) = mails(app)
    assert send(client, link_in(mail), role="admin").status_code == 303
    with database.read() as session:
        (account,) = session.scalars(sa.select(Account))
        assert (account.name, account.email, account.role, mail["To"]) == ("Jane Doe", ADDRESS, "reader", ADDRESS)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=90), address=st.one_of(st.text(max_size=60), st.emails()))
def test_any_name_and_address_can_be_typed(app: Flask, name: str, address: str) -> None:
    app.extensions["asking_pace"] = Pace(1_000, 3600)
    client = app.test_client()
    answer = register(client, address.encode("utf-8", "replace").decode(), name=name.encode("utf-8", "replace").decode())
    assert answer.status_code in (303, 422)
    if answer.status_code == 303:
        assert client.get("/account/register/sent").status_code == 200
        assert mails(app)[-1]["Subject"] == "Confirm your address · reviewhub"


def test_where_an_account_comes_from_is_a_mark_of_a_public_network_only(app: Flask, database: Database) -> None:
    marks = []
    for n, network in enumerate(("93.184.216.34", "93.184.216.99", "127.0.0.1")):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = network
        register(client, f"reader{n}@university.example")
        send(client, link_in(mails(app)[-1]))
    with database.read() as session:
        marks = session.scalars(sa.select(Account.joined_from).order_by(Account.id)).all()
    assert marks[0] == marks[1] != ""
    assert marks[2] == ""
    assert "93.184" not in marks[0]


# Signing in


@pytest.mark.parametrize("goal", ["/papers?sort=title", "/zh/papers"])
def test_signing_in_leads_on(app: Flask, client: FlaskClient, goal: str) -> None:
    has_account(app)
    page = tree(client.get("/account/login", query_string={"next": goal}))
    assert page.xpath("//main//input[@name='next']/@value")[0] == goal
    assert sign_in(client, next=goal).headers["Location"] == goal
    assert client.get("/account/login", query_string={"next": goal}).headers["Location"] == goal


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "http:evil.example",
        " //evil.example",
        "evil",
    ],
)
def test_nobody_is_led_to_another_site(app: Flask, client: FlaskClient, goal: str) -> None:
    has_account(app)
    assert sign_in(client, next=goal).headers["Location"] == "/"
    assert client.get("/account/login", query_string={"next": goal}).headers["Location"] == "/"
    assert client.get("/account/register", query_string={"next": goal}).headers["Location"] == "/"
    newcomer = app.test_client()
    register(newcomer, "john@university.example", next=goal)
    assert send(newcomer, link_in(mails(app)[-1])).headers["Location"] == "/"


def test_the_cookie_changes_when_somebody_signs_in_and_the_session_before_ends(app: Flask, client: FlaskClient, database: Database) -> None:
    has_account(app)
    client.get("/account/login")
    planted = client.get_cookie("reviewhub")
    assert planted is not None
    token = tree(client.get("/account/login")).xpath("//input[@name='csrf_token']/@value")[0]
    sign_in(client)
    now = client.get_cookie("reviewhub")
    assert now is not None
    assert now.value != planted.value
    assert client.post("/account/logout", data={"csrf_token": token}).status_code == 400, "a form from before is not accepted"
    other = app.test_client()
    other.set_cookie("reviewhub", planted.value)
    assert not is_signed_in(other)
    # Once more in the same browser: one session, not two.
    token = tree(client.get("/account/logout")).xpath("//main//input[@name='csrf_token']/@value")[0]
    assert client.post("/account/login", data={"csrf_token": token, "email": ADDRESS, "password": PASSWORD}).status_code == 303
    assert count(database, AccountSession) == 1


@pytest.mark.parametrize("remember", ["y", ""])
def test_a_browser_is_remembered_when_asked(app: Flask, client: FlaskClient, database: Database, remember: str) -> None:
    has_account(app)
    answer = sign_in(client, remember=remember)
    kept = [cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("reviewhub_remember=")]
    assert len(kept) == (1 if remember else 0)
    assert all({"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")} for cookie in kept)
    with database.read() as session:
        found = session.scalars(sa.select(AccountSession)).one()
    assert found.is_remembered == bool(remember)
    assert found.expires_at - found.started_at == dt.timedelta(days=180 if remember else 2)
    client.delete_cookie("reviewhub")  # the browser was closed
    assert is_signed_in(client) == bool(remember)


def test_a_session_that_is_gone_or_ran_out_is_simply_signed_out(app: Flask, client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    has_account(app)
    sign_in(client)
    with database.write() as session, session.begin():
        session.execute(sa.delete(AccountSession))
    assert client.get("/").status_code == 200
    assert not is_signed_in(client)
    sign_in(client)
    assert is_signed_in(client)
    later = clock.now() + SESSION_LASTS + dt.timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert not is_signed_in(client)


@pytest.mark.parametrize("remember", ["y", ""])
def test_a_session_lasts_on_while_it_is_used(app: Flask, client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch, remember: str) -> None:
    has_account(app)
    sign_in(client, remember=remember)

    def seen() -> tuple[dt.datetime, dt.datetime]:
        with database.read() as session:
            return tuple(session.execute(sa.select(AccountSession.seen_at, AccountSession.expires_at)).one())

    began, start = seen(), clock.now()

    def visit(after: dt.timedelta) -> TestResponse:
        monkeypatch.setattr(clock, "now", lambda: start + after)
        return send(client, "/preferences", theme="dark")

    visit(dt.timedelta(minutes=59))
    assert seen() == began, "at most hourly"
    client.get("/")
    answer = visit(dt.timedelta(hours=30))
    assert answer.status_code == 303
    assert seen()[0] == start + dt.timedelta(hours=30)
    assert seen()[1] - seen()[0] == began[1] - began[0]
    assert [name for name in answer.headers.getlist("Set-Cookie") if name.startswith("reviewhub_remember=")] != [] or not remember


def test_signing_out_is_asked_for_since_any_page_may_link_to_it(app: Flask, client: FlaskClient, database: Database) -> None:
    has_account(app)
    sign_in(client)
    assert client.get("/account/logout").status_code == 200
    assert is_signed_in(client)
    assert client.post("/account/logout").status_code == 400, "not without the form's token"
    assert is_signed_in(client)
    assert send(client, "/account/logout").status_code == 303
    assert not is_signed_in(client)
    assert count(database, AccountSession) == 0
    assert client.get("/account/logout").status_code == 303, "who is out already is not asked"


def test_a_hash_with_older_parameters_is_renewed(app: Flask, client: FlaskClient, database: Database) -> None:
    account_id = has_account(app)
    older = passwords.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    with database.write() as session, session.begin():
        session.execute(sa.update(Account).values(password_hash=older))
    sign_in(client)
    with database.read() as session:
        kept = session.get_one(Account, account_id).password_hash
    assert kept.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert passwords.is_right(kept, PASSWORD)


def test_a_suspended_account_signs_in_and_reads_why_it_may_not_write(app: Flask, client: FlaskClient) -> None:
    has_account(app, is_suspended=True, suspended_because="Twelve ratings in a minute")
    assert sign_in(client).status_code == 303
    banner = one(tree(client.get("/")), "//*[@class='suspended']")
    assert "Twelve ratings in a minute" in words(banner)
    assert not tree(app.test_client().get("/")).xpath("//*[@class='suspended']")


def test_the_header_offers_what_fits(app: Flask, client: FlaskClient) -> None:
    (paper,) = take_in(app, full_record())
    header = tree(client.get(f"/papers/{paper}?x=1")).xpath("//header")[0]
    assert all_words(header, ".//*[@class='top-account']/a") == ["Sign in", "Register"]
    assert header.xpath(".//a[text()='Sign in']/@href") == [f"/account/login?next=/papers/{paper}?x%3D1"]
    assert tree(client.get("/account/reset")).xpath("//header//a[text()='Sign in']/@href") == ["/account/login"]
    reader = signed_in(app, name="Jane & Co")
    header = tree(reader.get(f"/zh/papers/{paper}")).xpath("//header")[0]
    assert words(one(header, ".//details/summary")) == "Jane & Co"
    assert header.xpath(".//details//a/@href") == [
        "/zh/library", "/zh/people/claims", "/zh/account/ratings", "/zh/account/searches", "/zh/account/settings", "/zh/account/logout",
    ]  # fmt: skip
    assert all_words(header, ".//details//a") == ["文献库", "我的论文", "我的评分", "已存检索", "设置", "退出登录"]


# Tries, and who cannot be kept out


def guess(app: Flask, times: int, *, network: str = "", address: str = ADDRESS) -> TestResponse:
    """Wrong passwords from one network, or each from another; the last answer."""
    answer = None
    for n in range(times):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = network or f"198.51.{n // 250}.{n % 250}"
        answer = sign_in(client, address, "not the password at all")
    assert answer is not None
    return answer


def test_guessing_from_one_network_comes_to_an_end_and_the_form_stays(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    has_account(app)
    assert guess(app, tries.PER_PAIR, network="198.51.100.1").status_code == 422
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "198.51.100.1"
    answer = sign_in(client, remember="y", next="/papers")
    page = tree(answer)
    assert answer.status_code == 429, "even the right password"
    assert 0 < int(answer.headers["Retry-After"]) <= tries.PAIR_S + 1
    assert re.search(r"go on in \d+ minutes", words(page))
    assert page.xpath("//main//input[@name='email']/@value") == [ADDRESS]
    assert page.xpath("//main//input[@name='next']/@value")[0] == "/papers"
    assert page.xpath("//main//input[@id='remember']/@checked")
    assert page.xpath("//main//a[@href='/account/reset']")
    assert guess(app, 1, network="198.51.100.1", address="john@university.example").status_code == 422, "others are not tried for it"
    assert sign_in(app.test_client()).status_code == 303, "and its owner elsewhere is not kept out"


def test_an_address_without_an_account_is_counted_alike(app: Flask) -> None:
    assert guess(app, tries.PER_PAIR + 1, network="198.51.100.1", address="nobody@university.example").status_code == 429


def test_one_network_cannot_go_through_all_accounts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "PER_NETWORK", 5)
    for n in range(5):
        assert guess(app, 1, network="198.51.100.1", address=f"reader{n}@university.example").status_code == 422
    assert guess(app, 1, network="198.51.100.1", address="another@university.example").status_code == 429
    assert guess(app, 1, network="198.51.100.2", address="another@university.example").status_code == 422


def test_guessing_from_everywhere_does_not_keep_the_owner_out(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "PER_ACCOUNT", 5)
    has_account(app)
    sign_in(client)
    send(client, "/account/logout")
    assert guess(app, 6).status_code == 429
    assert sign_in(app.test_client()).status_code == 429, "a browser nobody has seen before waits"
    assert sign_in(client).status_code == 303, "one that has signed in before does not"
    # And whoever has no such browser has the mailbox.
    other = app.test_client()
    send(other, "/account/reset", email=ADDRESS)
    link = link_in(mails(app)[-1])
    assert send(other, link, password=NEW_PASSWORD).status_code == 303
    assert is_signed_in(other)
    send(other, "/account/logout")
    assert sign_in(other, password=NEW_PASSWORD).status_code == 303


def test_guessing_from_its_own_network_does_not_keep_a_known_browser_out(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "PER_NETWORK", 5)
    has_account(app)
    sign_in(client)
    send(client, "/account/logout")
    guess(app, 20, network="127.0.0.1")
    assert sign_in(app.test_client()).status_code == 429
    assert sign_in(client).status_code == 303


def test_a_known_browser_has_its_own_tries_and_no_more(app: Flask, client: FlaskClient) -> None:
    has_account(app)
    sign_in(client)
    send(client, "/account/logout")
    for _ in range(tries.PER_PAIR):
        assert sign_in(client, password="not the password at all").status_code == 422
    assert sign_in(client).status_code == 429
    client.delete_cookie(devices.COOKIE)
    assert sign_in(client).status_code == 303, "its tries were its own: nobody else's were used up"


@pytest.mark.parametrize("forged", ["", "x", "W1sxLCJhIl1d.aaaa.bbbb"])
def test_a_cookie_that_was_not_given_here_makes_no_browser_known(app: Flask, monkeypatch: pytest.MonkeyPatch, forged: str) -> None:
    monkeypatch.setattr(tries, "PER_ACCOUNT", 3)
    has_account(app)
    guess(app, 4)
    client = app.test_client()
    client.set_cookie(devices.COOKIE, forged)
    assert sign_in(client).status_code == 429


def test_the_cookie_of_a_known_browser_is_out_of_reach_and_for_its_accounts_only(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "PER_ACCOUNT", 3)
    has_account(app)
    has_account(app, "john@university.example")
    answer = sign_in(client)
    (cookie,) = (found for found in answer.headers.getlist("Set-Cookie") if found.startswith(f"{devices.COOKIE}="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert ADDRESS not in cookie
    send(client, "/account/logout")
    guess(app, 4, address="john@university.example")
    assert sign_in(client, "john@university.example").status_code == 429, "known to Jane's account, not to John's"


def test_the_right_password_ends_the_count_of_what_was_mistyped(app: Flask, client: FlaskClient) -> None:
    has_account(app)
    for _ in range(3):
        guess(app, tries.PER_PAIR - 1, network="127.0.0.1")
        assert sign_in(app.test_client()).status_code == 303


@pytest.mark.parametrize(("path", "fields"), [("/account/register", {"name": "Jane Doe", "password": PASSWORD}), ("/account/reset", {})])
def test_one_network_asks_for_so_many_mails_only(app: Flask, monkeypatch: pytest.MonkeyPatch, path: str, fields: dict[str, str]) -> None:
    monkeypatch.setattr(door, "ASKS_PER_HOUR", 3)
    for n in range(3):
        assert send(app.test_client(), path, email=f"reader{n}@university.example", **fields).status_code == 303
    answer = send(app.test_client(), path, email="another@university.example", **fields)
    page = tree(answer)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 3000
    assert page.xpath("//main//input[@name='email']/@value") == ["another@university.example"]
    assert not page.xpath("//input[@type='password']/@value")


def test_no_mailbox_is_filled_and_the_answer_does_not_tell(app: Flask) -> None:
    has_account(app)
    for n in range(door.MAILS_PER_HOUR + 3):
        path, fields = [("/account/register", {"name": "Jane Doe", "password": PASSWORD}), ("/account/reset", {})][n % 2]
        answer = send(app.test_client(), path, email=ADDRESS, **fields)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/sent")
    sent = mails(app)
    assert len(sent) == door.MAILS_PER_HOUR
    # Every link of them works, so that nobody can break one by asking again.
    links = [link_in(mail) for mail in sent if "new password" in mail["Subject"]]
    assert len(links) == 2
    assert all(app.test_client().get(link).status_code == 200 for link in links)


def test_whoever_fills_a_mailbox_does_not_keep_its_owner_from_registering(app: Flask, client: FlaskClient) -> None:
    for _ in range(door.MAILS_PER_HOUR + 3):
        stranger = app.test_client()
        stranger.environ_base["REMOTE_ADDR"] = "198.51.100.1"
        register(stranger, name="Somebody else")
    register(client)
    assert send(client, link_in(mails(app)[-1])).status_code == 303
    assert is_signed_in(client)


def test_the_counts_go_on_without_redis(own_app: Flask) -> None:
    site = create_app(replace(own_app.extensions["settings"], redis_url="redis://127.0.0.1:1/0"))
    has_account(site)
    assert guess(site, tries.PER_PAIR, network="198.51.100.1").status_code == 422
    assert guess(site, 1, network="198.51.100.1").status_code == 429
    site.extensions["database"].dispose()


# Forms that have grown too old


@pytest.mark.parametrize("path", ["/account/login", "/account/register", "/account/reset"])
@pytest.mark.parametrize("token", ["", "nonsense"])
def test_a_form_that_is_too_old_comes_back_as_typed(app: Flask, client: FlaskClient, database: Database, path: str, token: str) -> None:
    has_account(app)
    client.get(path)
    answer = client.post(path, data={"csrf_token": token, "name": "Jane Doe", "email": ADDRESS, "password": PASSWORD, "next": "/papers", "remember": "y"})
    page = tree(answer)
    assert answer.status_code == 400
    assert "Please send it again" in words(one(page, "//main//*[@role='alert']"))
    assert page.xpath("//main//input[@name='email']/@value") == [ADDRESS]
    assert not page.xpath("//input[@type='password']/@value")
    assert (count(database, Registration), count(database, AccountSession), count(database, Job)) == (0, 0, 0)
    form = {"csrf_token": page.xpath("//main//input[@name='csrf_token']/@value")[0], "name": "Jane Doe", "email": ADDRESS, "password": PASSWORD}
    assert client.post(path, data=form).status_code == 303, "sent again, it works"


def test_mailed_links_too_ask_for_the_token_of_their_form(app: Flask, client: FlaskClient, database: Database) -> None:
    has_account(app, "john@university.example")
    register(client)
    send(client, "/account/reset", email="john@university.example")
    for link in map(link_in, mails(app)):
        client.get(link)
        answer = client.post(link, data={"password": NEW_PASSWORD})
        assert answer.status_code == 400
        assert "Please send it again" in words(tree(answer))
    assert count(database, Account) == 1
    assert count(database, AccountSession) == 0


# A new password


@pytest.mark.parametrize("way", ["expired", "unknown", "other purpose"])
def test_a_link_for_a_password_that_does_not_work_changes_nothing(
    app: Flask, client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    has_account(app)
    send(client, "/account/reset", email=ADDRESS)
    link = link_in(mails(app)[0])
    if way == "expired":
        later = clock.now() + dt.timedelta(hours=2, seconds=1)
        monkeypatch.setattr(clock, "now", lambda: later)
    if way == "unknown":
        link = link[:-1] + ("a" if link[-1] != "a" else "b")
    if way == "other purpose":
        with database.write() as session, session.begin():
            session.execute(sa.update(AccountToken).values(purpose="address"))
    for answer in (client.get(link), client.post(link, data={"password": NEW_PASSWORD})):
        assert answer.status_code == 404
        assert tree(answer).xpath("//main//a[@href='/account/reset']")
    monkeypatch.undo()
    assert sign_in(client).status_code in (303, 422)
    with database.read() as session:
        assert "m=" in session.scalars(sa.select(Account.password_hash)).one()
        assert session.scalars(sa.select(AccountToken.used_at)).one() is None


def test_a_new_password_must_be_good_and_the_link_is_not_used_up_by_a_bad_one(app: Flask, client: FlaskClient) -> None:
    has_account(app, name="Jane Doe")
    send(client, "/account/reset", email=ADDRESS)
    link = link_in(mails(app)[0])
    for bad in ("", "short", "1234567890", "Jane.Doe.1970", "jane doe jane"):
        answer = send(client, link, password=bad)
        assert answer.status_code == 422
        assert tree(answer).xpath("//*[@id='password-error']")
    assert send(client, link, password=NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize("path", ["/account/login", "/account/register", "/account/reset", "/account/register/sent", "/account/reset/sent"])
def test_pages_for_who_is_not_signed_in_ask_the_database_nothing(client: FlaskClient, database: Database, path: str) -> None:
    with statements(database) as said:
        assert client.get(path).status_code == 200
    assert said == []
