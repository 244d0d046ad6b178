"""Signing in with ORCID in a real browser, which lets a form lead to another site only where the page's policy says so."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from .conftest import Visit, serving
from .test_every_page import _overflow, _violations
from .test_settings import push, reach
from .test_whole_life import fill, leave

with warnings.catch_warnings():  # the issuer still uses parts of Authlib that are on their way out
    warnings.simplefilter("ignore")
    import oidc_provider_mock

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that is registered with an issuer. The issuer leads back to the address in the settings, so the port is chosen first."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        orcid = {
            "REVIEWHUB_ORCID_CLIENT_ID": "us", "REVIEWHUB_ORCID_CLIENT_SECRET": "ours", "REVIEWHUB_ORCID_ISSUER": f"http://localhost:{server.server_port}",
        }  # fmt: skip
        with serving(tmp_path_factory.mktemp("registered"), port=port, PORT=str(port), **orcid) as address:
            yield address


@pytest.mark.parametrize(("language", "sub"), [("en", "0000-0002-1825-0097"), ("zh", "0000-0001-5109-3700")])
def test_there_and_back_with_keys_alone(registered: str, visit: Callable[..., Visit], language: str, sub: str) -> None:
    prefix = "/zh" if language == "zh" else ""
    began = visit(locale="zh-CN" if language == "zh" else "en-GB")
    began.site = registered
    # The issuer's page asks a third site for a style sheet.
    began.context.route(lambda url: urlsplit(url).hostname not in ("127.0.0.1", "localhost"), lambda route: route.fulfill(body="", content_type="text/css"))
    faults: list[str] = []

    def to_the_issuer_and_back() -> None:
        push(page, "form[action$='/account/orcid'] button")
        assert urlsplit(page.url).hostname == "localhost", page.url
        fill(page, "input[name=sub]", sub)
        with page.expect_navigation(url=f"{registered}/**"):
            page.keyboard.press("Enter")

    page = began.go(f"{prefix}/account/register?next={prefix}/papers")
    faults += [*_violations(page), *_overflow(page)]
    to_the_issuer_and_back()
    assert urlsplit(page.url).path == f"{prefix}/account/orcid/name"
    faults += [*_violations(page), *_overflow(page)]
    reach(page, "#name")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Ana Souza")
    push(page, "main form button[type=submit]")
    assert urlsplit(page.url).path == f"{prefix}/papers"
    expect(page.locator(".top-account-name")).to_have_text("Ana Souza")
    leave(page)
    began.go(f"{prefix}/account/login")
    faults += [*_violations(page), *_overflow(page)]
    to_the_issuer_and_back()
    expect(page.locator(".top-account-name")).to_have_text("Ana Souza")
    assert not faults, "\n".join(faults)
