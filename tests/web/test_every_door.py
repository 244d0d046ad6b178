"""No door falls over what a program may send: characters no database takes, numbers no column holds, fields that were never asked for."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.people import person, rated, signed_in

from .reading import tree
from .test_records import FULL, take_in

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FIELDS = sorted({name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'name="([a-z_]+)"', path.read_text())} - {"csrf_token"})
WILD = {"nul": "a\x00b", "number": "9" * 30, "negative": "-1", "long": "x" * 5_000, "astral": "\U0001f701\ufffe", "empty": ""}
# Leaving and being led to another site are no doors to try with a visit's own session.
ELSEWHERE = {"accounts.logout", "settings.delete", "orcid.begin", "orcid.callback"}


def _addresses(app: Flask, method: str, value: str) -> list[str]:
    """The address of every rule for this method, its numbers 1 and its words wild."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.endpoint not in ELSEWHERE and not rule.endpoint.startswith("assets."))
    return [_address(rule, value) for rule in rules if method in (rule.methods or ())]


def _address(rule: Rule, value: str) -> str:
    def of(match: re.Match[str]) -> str:
        if match[1].startswith("int"):
            return "1"
        if match[1].startswith("any("):
            return match[1][4:].split(")")[0].split(",")[0].strip(" \"'")
        return quote(value or "x", safe="")

    return re.sub(r"<([^>]+)>", of, rule.rule)


@pytest.mark.parametrize("wild", WILD)
def test_no_page_falls_over_wild_questions(app: Flask, wild: str) -> None:
    (paper_id,) = take_in(app, FULL)
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_id, [8])
        keeper = person(session, role="admin")
    client = signed_in(app, keeper)
    asked = "&".join(f"{name}={quote(WILD[wild])}" for name in ("q", "page", "after", "before", "sort", "at", "kind", "state", *FIELDS))
    fallen = [path for path in _addresses(app, "GET", WILD[wild]) if client.get(f"{path}?{asked}").status_code >= 500]
    assert fallen == []


@pytest.mark.parametrize("wild", WILD)
def test_no_form_falls_over_wild_fields(app: Flask, wild: str) -> None:
    (paper_id,) = take_in(app, FULL)
    with app.extensions["database"].write() as session, session.begin():
        rated(session, paper_id, [8])
        keeper = person(session, role="admin")
    client = signed_in(app, keeper)
    token = tree(client.get("/account/settings")).xpath("//input[@name='csrf_token']/@value")[0]
    typed = dict.fromkeys(FIELDS, WILD[wild])
    fallen = [path for path in _addresses(app, "POST", WILD[wild]) if client.post(path, data={**typed, "csrf_token": token}).status_code >= 500]
    assert fallen == []
