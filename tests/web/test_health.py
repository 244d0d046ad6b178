"""Is the process up, and can it serve?"""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.search import services as search


def test_a_process_that_answers_is_up_whatever_its_database_does(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["database"], "engine", sa.create_engine("sqlite:////no/such/folder/x.sqlite3"))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_site_with_database_and_index_is_ready(app: Flask, client: FlaskClient) -> None:
    search.rebuild(app.extensions["database"], app.extensions["settings"])
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"database": "ok", "migrations": "ok", "search": "ok"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_site_without_index_serves_and_says_so(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["search"] == "to be rebuilt"  # type: ignore[index]


def test_a_site_whose_database_is_away_is_not_ready(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = sa.create_engine("sqlite:////no/such/folder/x.sqlite3")
    monkeypatch.setattr(app.extensions["database"], "engine", broken)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["database"] == "away"  # type: ignore[index]
    assert "folder" not in answer.text, "what a machine's disk looks like is nobody's business"


def test_a_database_of_an_older_shape_is_not_ready(app: Flask, client: FlaskClient) -> None:
    with app.extensions["database"].engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["migrations"] == "behind"  # type: ignore[index]
