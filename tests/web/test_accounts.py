"""Registering, proving an address, signing in and out, a new password: what a browser sees, and what nobody can find out."""

from __future__ import annotations

import email.policy
import re
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.accounts import passwords
from reviewhub.accounts.models import Account, AccountSession, AccountToken, Registration
from reviewhub.config import Settings
from reviewhub.core import jobs
from reviewhub.core.db import Database
from tests.people import person
from tests.web.reading import tree, words

PASSWORD = "seventeen blue lanterns"
NEW_PASSWORD = "eleven quiet harbours"
ADDRESS = "jane@university.example"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hash, cheap: what it costs is asserted of the real one."""
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody_s.cache_clear()


@pytest.fixture(autouse=True)
def empty_outbox(settings: Settings) -> Path:
    outbox = settings.home / "outbox"
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
