"""`flask accounts …` as a keeper uses it: the first admin, suspending, roles, the list."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from lxml import html

from reviewhub.accounts import passwords
from reviewhub.accounts.models import Account, AccountToken
from reviewhub.accounts.services import digest_of
from reviewhub.core import clock
from reviewhub.core.actor import KEEPER
from reviewhub.core.jobs import run_due
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.ratings.queries import score_of
from reviewhub.ratings.services import Given, rate
from tests.people import person, rated


def run(app: Flask, *given: str) -> Result:
    return app.test_cli_runner().invoke(args=["accounts", *given])


def only(app: Flask) -> Account:
    with app.extensions["database"].read() as session:
        return session.scalars(sa.select(Account)).one()


@pytest.mark.parametrize("role", ["reader", "moderator", "admin"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_new_account_comes_with_a_link_that_is_kept_nowhere(app: Flask, role: str, language: str) -> None:
    result = run(app, "create", "--email", "Boss@University.example", "--name", "王 Boss", "--role", role, "--language", language)
    assert result.exit_code == 0, result.output
    prefix = "/zh" if language == "zh" else ""
    found = re.fullmatch(rf"http://reviewhub\.test{prefix}/account/password/([A-Za-z0-9_-]{{40,}})\n", result.stdout)
    assert found, "nothing but the link, so that a script can take it"
    made = only(app)
    assert (made.name, made.email, made.email_key, made.role, made.language) == (
        "王 Boss",
        "Boss@University.example",
        "boss@university.example",
        role,
        language,
    )
    assert made.password_hash == ""
    with app.extensions["database"].read() as session:
        token = session.scalars(sa.select(AccountToken)).one()
        assert (token.purpose, token.account_id, token.digest, token.used_at) == ("password", made.id, digest_of(found[1]), None)
        assert 6 < (token.expires_at - clock.now()).total_seconds() / 86_400 < 7


def test_the_link_sets_the_password_once(app: Flask) -> None:
    path = run(app, "create", "--email", "boss@university.example", "--name", "Boss", "--role", "admin").stdout.strip().removeprefix("http://reviewhub.test")
    client = app.test_client()
    form = html.document_fromstring(client.get(path).get_data(as_text=True)).xpath("//main//form")[0]
    answer = client.post(path, data={**dict(form.form_values()), "password": "seven wooden doors and a kettle"})
    assert answer.status_code == 303
    assert passwords.is_right(only(app).password_hash, "seven wooden doors and a kettle")
    assert client.get("/account/settings").status_code == 200, "they are signed in"
    assert app.test_client().get(path).status_code >= 400, "and the link is spent"


@pytest.mark.parametrize(
    "given",
    [
        ("--email", "BOSS@university.example", "--name", "Second"),
        ("--email", "no address", "--name", "Second"),
        ("--email", "", "--name", "Second"),
        ("--email", "second@university.example", "--name", ""),
        ("--email", "second@university.example", "--name", "x" * 200),
    ],
)
def test_what_cannot_be_ends_with_one_and_a_line(app: Flask, given: tuple[str, ...]) -> None:
    assert run(app, "create", "--email", "boss@university.example", "--name", "Boss").exit_code == 0
    result = run(app, "create", *given)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.fullmatch(r"Error: .+\n", result.stderr)
    assert only(app).name == "Boss"


def test_an_unknown_role_ends_with_two(app: Flask) -> None:
    result = run(app, "create", "--email", "a@b.example", "--name", "A", "--role", "owner")
    assert result.exit_code == 2
    assert "owner" in result.stderr


def test_suspend_restore_and_role(app: Flask) -> None:
    run(app, "create", "--email", "reader@university.example", "--name", "Reader")
    assert run(app, "suspend", "--email", "READER@university.example", "--because", "Five accounts.").exit_code == 0
    assert (only(app).is_suspended, only(app).suspended_because) == (True, "Five accounts.")
    assert run(app, "restore", "--email", "reader@university.example").exit_code == 0
    assert only(app).is_suspended is False
    assert run(app, "role", "--email", "reader@university.example", "moderator").exit_code == 0
    assert only(app).role == "moderator"


@pytest.mark.parametrize("given", [("suspend", "--because", "Why."), ("restore",), ("role", "admin")])
def test_nobody_of_that_address_ends_with_one(app: Flask, given: tuple[str, ...]) -> None:
    result = run(app, given[0], "--email", "nobody@university.example", *given[1:])
    assert result.exit_code == 1
    assert "nobody@university.example" in result.stderr


def test_without_a_reason_or_a_suspension_nothing_changes(app: Flask) -> None:
    run(app, "create", "--email", "reader@university.example", "--name", "Reader")
    assert run(app, "suspend", "--email", "reader@university.example", "--because", " ").exit_code == 1
    assert run(app, "restore", "--email", "reader@university.example").exit_code == 1
    assert only(app).is_suspended is False


def test_the_list_has_a_line_for_each(app: Flask) -> None:
    for n, role in enumerate(("admin", "reader")):
        run(app, "create", "--email", f"{n}@university.example", "--name", f"N {n}", "--role", role)
    run(app, "suspend", "--email", "1@university.example", "--because", "Why.")
    lines = run(app, "list").stdout.splitlines()
    assert [line.split("\t")[1:3] for line in lines] == [["admin", "0@university.example"], ["reader", "1@university.example"]]
    assert ["suspended: Why." in line for line in lines] == [False, True]
    assert len(run(app, "list", "--role", "admin").stdout.splitlines()) == 1


def test_ratings_of_a_suspended_account_stop_counting_and_count_again(app: Flask) -> None:
    """As soon as the worker has looked."""
    database, settings = app.extensions["database"], app.extensions["settings"]
    with database.write() as session, session.begin():
        (paper_id,) = [o.paper_id for o in add_or_update(session, KEEPER, [PaperRecord("hand", title="A long enough title about pain")])]
        assert paper_id
        rated(session, paper_id, [4])
        rate(session, person(session, email="bad@university.example"), paper_id, Given(10))
    for command, overall in (("suspend", 2.0), ("restore", 3.5)):
        assert run(app, command, "--email", "bad@university.example", *(["--because", "Why."] if command == "suspend" else [])).exit_code == 0
        run_due(database, settings)
        with database.read() as session:
            assert score_of(session, paper_id).overall == overall
