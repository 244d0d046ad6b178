"""What every answer carries: the policy that keeps foreign code out, cookies, compression, caching."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.app import create_app
from tests.people import signed_in
from tests.web.reading import Element, full_record, take_in, tree

PATHS = (
    "/", "/papers", "/papers/1", "/papers/1/cite", "/papers/1/cite/bibtex", "/journals/1", "/keywords/stroke", "/funders/1", "/people/jane-doe", "/papers/1/authors/1/claim", "/search?q=a", "/papers/add",
    "/papers/add/by-hand", "/preferences", "/robots.txt", "/sitemap.xml", "/healthz", "/readyz", "/nowhere", "/doi/10.1000/none", "/doi/10.1000/1", "/static/site.css",
)  # fmt: skip
FORMS = ("/papers/add", "/papers/add/by-hand", "/preferences")


@pytest.fixture
def paper(app: Flask) -> Iterator[int]:
    """A record with a bit of everything."""
    yield from take_in(app, full_record())


def policy(header: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for part in header.split(";") if (words := part.split())}


@pytest.mark.parametrize("path", PATHS)
def test_no_answer_lets_foreign_or_inline_code_run(paper: int, client: FlaskClient, path: str) -> None:
    for prefix in ("", "/zh"):
        headers = client.get(prefix + path).headers
        found = policy(headers["Content-Security-Policy"])
        assert found["default-src"] == ["'none'"]
        assert {source for sources in found.values() for source in sources} <= {"'none'", "'self'", "data:"}
        assert [name for name, sources in found.items() if "data:" in sources] == ["img-src"]
        assert (found["frame-ancestors"], found["base-uri"], found["form-action"]) == (["'none'"], ["'none'"], ["'self'"])
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Referrer-Policy" in headers


def inline_code(page: Element) -> list[str]:
    found = page.xpath("//style | //@style | //script[not(@src) and not(@type='application/ld+json')]")
    found += [f"{element.tag} {name}" for element in page.iter() if isinstance(element.tag, str) for name in element.attrib if name.lower().startswith("on")]
    found += [value for value in page.xpath("//@href | //@src | //@action") if re.match(r"\s*(?:javascript|data|vbscript):", value, re.IGNORECASE)]
    return found


@pytest.mark.parametrize("path", [path for path in PATHS if "." not in path and path not in ("/healthz", "/readyz", "/papers/1/cite/bibtex")])
def test_no_page_holds_code_that_the_policy_would_stop(paper: int, client: FlaskClient, path: str) -> None:
    for prefix in ("", "/zh"):
        answer = client.get(prefix + path, follow_redirects=True)
        assert inline_code(tree(answer)) == []


@pytest.mark.parametrize("path", ["/", "/papers/1", "/zh/papers", "/search?q=a"])
def test_pages_without_a_form_token_are_packed_for_who_takes_it(paper: int, client: FlaskClient, path: str) -> None:
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "gzip;q=0"}).headers


@pytest.mark.parametrize("path", FORMS)
def test_pages_with_a_form_token_are_not_packed_nor_kept(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert tree(answer).xpath("//input[@name='csrf_token']/@value")
    assert "Content-Encoding" not in answer.headers
    assert "Cookie" in answer.headers["Vary"]
    assert {part.strip() for part in answer.headers["Cache-Control"].split(",")} & {"no-store", "private", "no-cache"}


@pytest.mark.parametrize("path", [path for path in PATHS if path not in FORMS])
def test_who_only_reads_gets_no_cookie(paper: int, client: FlaskClient, path: str) -> None:
    assert "Set-Cookie" not in client.get(path).headers


def test_a_page_of_a_signed_in_reader_is_for_them_alone(paper: int, app: Flask, client: FlaskClient) -> None:
    answer = signed_in(app).get(f"/papers/{paper}")
    assert "private" in answer.headers["Cache-Control"]
    assert "Cookie" in answer.headers["Vary"]
    assert "private" not in client.get(f"/papers/{paper}").headers["Cache-Control"]


@pytest.mark.parametrize("site_url", ["http://reviewhub.test", "https://reviewhub.test"])
def test_cookies_are_out_of_reach_for_scripts_and_other_sites(own_app: Flask, site_url: str) -> None:
    made = create_app(replace(own_app.extensions["settings"], site_url=site_url))
    answer = made.test_client().get("/papers/add", base_url=site_url)
    cookies = answer.headers.getlist("Set-Cookie")
    made.extensions["database"].dispose()
    assert cookies
    for cookie in cookies:
        parts = {part.strip() for part in cookie.split(";")}
        assert parts >= {"HttpOnly", "SameSite=Lax", "Path=/"}
        assert ("Secure" in parts) == site_url.startswith("https")


def test_styles_and_scripts_are_named_by_their_content_and_kept_for_ever(client: FlaskClient) -> None:
    page = tree(client.get("/zh/"))
    addresses = page.xpath("//link[@rel='stylesheet' or @rel='icon']/@href | //script/@src")
    assert len(addresses) == 3
    for address in addresses:
        assert address.startswith("/static/"), "both languages share them"
        answer = client.get(address)
        assert answer.status_code == 200
        assert hashlib.sha256(answer.data).hexdigest()[:12] in address
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        for encoding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
            packed = client.get(address, headers={"Accept-Encoding": encoding})
            assert packed.headers["Content-Encoding"] == encoding
            assert unpack(packed.data) == answer.data
            assert packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["site.000000000000.css", "nothing.css", "../config.py", "%2e%2e/config.py", "..%2fwsgi.py", "/etc/passwd", ""])
def test_nothing_but_the_assets_is_served_as_one(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code in (301, 308, 404)


def test_the_whole_of_a_first_visit_is_small(paper: int, client: FlaskClient) -> None:
    """The figures to reach: at most six requests and 30 kB for a record that was never visited before."""
    answer = client.get("/papers/1", headers={"Accept-Encoding": "gzip"})
    page = tree(client.get("/papers/1"))
    addresses = page.xpath("//link[@rel='stylesheet' or @rel='icon']/@href | //script/@src | //img/@src")
    sizes = [len(answer.data), *(len(client.get(address, headers={"Accept-Encoding": "br"}).data) for address in addresses)]
    assert len(sizes) <= 6
    assert sum(sizes) <= 30_000, sizes
