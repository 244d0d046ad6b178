"""Every route says who may enter, carries its methods rightly and keeps the security headers."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.app import create_app
from reviewhub.config import Settings

SAFE = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """The site; routes do not depend on the kind of database."""
    made = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(tmp_path), "REVIEWHUB_SECRET_KEY": "long enough to sign with, for tests only"}))
    yield made
    made.extensions["database"].dispose()


def _undeclared(app: Flask) -> list[str]:
    return [f"{rule.rule} ({rule.endpoint})" for rule in app.url_map.iter_rules() if not getattr(app.view_functions[rule.endpoint], "entry", None)]


def test_every_route_says_who_may_enter(app: Flask) -> None:
    assert len(list(app.url_map.iter_rules())) > 10
    assert _undeclared(app) == []


def test_a_route_that_does_not_say_is_found_and_refused(app: Flask) -> None:
    app.add_url_rule("/planted", "planted", lambda: "in")
    assert _undeclared(app) == ["/planted (planted)"]
    assert app.test_client().get("/planted").status_code >= 400


def test_no_two_rules_of_one_method_share_an_address(app: Flask) -> None:
    seen: dict[tuple[str, str], str] = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert seen.setdefault((rule.rule, method), rule.endpoint) == rule.endpoint


def test_the_contract_s_pages_have_their_routes(app: Flask) -> None:
    adapter = app.url_map.bind("reviewhub.test")
    for path in (
        "/", "/papers", "/papers/1", "/doi/10.1000/a/b", "/pmid/1", "/arxiv/hep-th/9901001", "/papers/add", "/papers/1/cite/bibtex", "/papers/1/cite/ris",
        "/papers/1/cite/csl-json", "/search", "/journals/1", "/keywords/stroke", "/funders/1", "/people/1", "/sitemap.xml", "/robots.txt", "/healthz", "/readyz",
        "/papers/1/score", "/papers/1/score.json", "/papers/1/badge.svg", "/account/ratings", "/moderation", "/papers/1/authors/1/claim",
        "/papers/1/requests", "/requests", "/people/claims", "/people/profile", "/feeds/people/1.atom", "/moderation/claims", "/library", "/lists/1", "/feeds/lists/1.atom", "/for-you",
    ):  # fmt: skip
        assert adapter.match(path, method="GET")


def test_every_answer_keeps_the_content_policy(client: FlaskClient) -> None:
    for path in ("/", "/papers", "/papers/add", "/nowhere"):
        headers = client.get(path).headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";") if part.strip())
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Referrer-Policy" in headers
