"""Signing in with ORCID, against a real issuer on a port of its own: joining, linking, proving, and everything that can go wrong on the way."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewhub.accounts import passwords
from reviewhub.accounts.models import Account, AccountSession
from reviewhub.app import create_app
from reviewhub.core import clock
from reviewhub.core.actor import Actor
from reviewhub.web import orcid as door
from tests.people import person, signed_in
from tests.web.conftest import site_settings
from tests.web.reading import HAN, one, tree, words

with warnings.catch_warnings():  # the issuer still uses parts of Authlib that are on their way out
    warnings.simplefilter("ignore")
    import oidc_provider_mock
    from oidc_provider_mock import _app as issuing

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

JANE, JOSIAH = "0000-0001-5109-3700", "0000-0002-1825-0097"
PASSWORD = "seven wooden doors and a kettle"
SITE = "http://reviewhub.test"


@dataclass
class Issuer:
    """The service people sign in with, and what a browser does there."""

    url: str

    def knows(self, sub: str, **claims: str) -> None:
        assert requests.put(f"{self.url}/users/{sub}", json=claims, timeout=10).status_code == 204

    def answer(self, address: str, **chosen: str) -> str:
        """Where the issuer sends the browser after somebody has chosen."""
        answer = requests.post(address, data=chosen, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        back = answer.headers["Location"]
        assert back.startswith(SITE)
        return back.removeprefix(SITE)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    # ORCID tells the name with the scope "openid" (ORCID API tutorial, "Authenticating using OpenID Connect").
    before = issuing._SCOPES_TO_CLAIMS
    issuing._SCOPES_TO_CLAIMS = {**before, "openid": ["name", "given_name", "family_name"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
            yield Issuer(f"http://localhost:{server.server_port}")
    issuing._SCOPES_TO_CLAIMS = before


@pytest.fixture
def own_app(database_url: str, tmp_path: Path, issuer: Issuer) -> Iterator[Flask]:
    """A site that is registered with the issuer."""
    made = create_app(replace(site_settings(tmp_path, database_url), orcid_client_id="us", orcid_client_secret="ours", orcid_issuer=issuer.url))
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def visitor(own_app: Flask) -> FlaskClient:
    """A browser nobody is signed in with."""
    return own_app.test_client()


def begin(client: FlaskClient, button: str = "enter", *, prefix: str = "", on: str = "/account/login", **typed: str) -> str:
    """Presses the button; the address at the issuer that the browser is sent to."""
    answer = press(client, button, prefix=prefix, on=on, **typed)
    assert answer.status_code == 303, words(tree(answer))
    return answer.headers["Location"]


def press(client: FlaskClient, button: str = "enter", *, prefix: str = "", on: str = "/account/login", **typed: str) -> TestResponse:
    form = one(tree(client.get(prefix + on)), f"//form[.//input[@name='purpose'][@value='{button}']]")
    return client.post(form.get("action"), data={**dict(form.form_values()), **typed})


def enter(client: FlaskClient, issuer: Issuer, sub: str, **typed: str) -> TestResponse:
    return client.get(issuer.answer(begin(client, **typed), sub=sub))


def accounts(app: Flask) -> list[Account]:
    with app.extensions["database"].read() as session:
        return list(session.scalars(sa.select(Account).order_by(Account.id)))


def make(app: Flask, **facts: Any) -> Actor:
    with app.extensions["database"].write() as session, session.begin():
        return person(session, **facts)


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account/settings").status_code == 200


def join(client: FlaskClient, issuer: Issuer, sub: str, name: str = "Somebody", **typed: str) -> TestResponse:
    answer = enter(client, issuer, sub, **typed)
    assert urlsplit(answer.headers["Location"]).path.endswith("/account/orcid/name")
    form = one(tree(client.get(answer.headers["Location"])), "//main//form")
    return client.post(form.get("action"), data={**dict(form.form_values()), "name": name})


def refusal(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status
    page = tree(answer)
    assert page.xpath("//main//a[@href]"), "there is a way on"
    return words(one(page, "//*[@role='alert']"))


def test_the_request_carries_what_protects_it(visitor: FlaskClient, issuer: Issuer) -> None:
    address = urlsplit(begin(visitor))
    asked = {name: value[0] for name, value in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}" == issuer.url
    assert (asked["response_type"], asked["scope"], asked["client_id"], asked["code_challenge_method"]) == ("code", "openid", "us", "S256")
    assert asked["redirect_uri"] == f"{SITE}/account/orcid/callback"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 20
    again = {name: value[0] for name, value in parse_qs(urlsplit(begin(visitor)).query).items()}
    assert [name for name in ("state", "nonce", "code_challenge") if again[name] == asked[name]] == []


def test_pages_let_a_form_lead_to_the_issuer_and_nowhere_else(visitor: FlaskClient, issuer: Issuer) -> None:
    policy = visitor.get("/account/login").headers["Content-Security-Policy"]
    assert re.findall(r"form-action ([^;]+)", policy) == [f"'self' {issuer.url}"]


@pytest.mark.parametrize(
    ("claims", "suggested"),
    [({"name": "Jane Doe"}, "Jane Doe"), ({"given_name": "小明", "family_name": "王"}, "小明 王"), ({"name": " \u202eeoD  enaJ"}, "eoD enaJ"), ({}, "")],
)
def test_an_unknown_person_chooses_a_name_and_has_an_account(
    own_app: Flask, visitor: FlaskClient, issuer: Issuer, claims: dict[str, str], suggested: str
) -> None:
    issuer.knows(JANE, **claims)
    answer = enter(visitor, issuer, JANE, next="/papers")
    assert accounts(own_app) == [], "before the name is chosen there is no account"
    page = tree(visitor.get(answer.headers["Location"]))
    assert one(page, "//input[@name='name']/@value") == suggested
    assert JANE in words(page)
    form = one(page, "//main//form")
    answer = visitor.post(form.get("action"), data={**dict(form.form_values()), "name": "Dr. Jane"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/papers")
    (made,) = accounts(own_app)
    assert (made.name, made.orcid, made.email, made.password_hash, made.role) == ("Dr. Jane", JANE, None, "", "reader")
    assert is_signed_in(visitor)


def test_a_name_that_cannot_be_is_said_at_the_field(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    answer = join(visitor, issuer, JANE, "x" * 200)
    assert answer.status_code == 422
    field = one(tree(answer), "//input[@name='name']")
    assert (field.get("value"), field.get("aria-invalid")) == ("x" * 200, "true")
    assert accounts(own_app) == []


def test_a_known_person_is_signed_in_and_led_on(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    join(visitor, issuer, JANE)
    other = own_app.test_client()
    answer = enter(other, issuer, JANE, next="/papers?type=review")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/papers?type=review")
    assert is_signed_in(other)
    assert len(accounts(own_app)) == 1


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere(own_app: Flask, visitor: FlaskClient, issuer: Issuer, elsewhere: str) -> None:
    assert join(visitor, issuer, JANE, next=elsewhere).headers["Location"] == "/"


@pytest.mark.parametrize("wanted", [True, False])
def test_the_browser_is_remembered_as_asked(own_app: Flask, visitor: FlaskClient, issuer: Issuer, wanted: bool) -> None:
    answer = join(visitor, issuer, JANE, **({"remember": "y"} if wanted else {}))
    assert any(cookie.startswith("reviewhub_remember=") for cookie in answer.headers.getlist("Set-Cookie")) == wanted
    with own_app.extensions["database"].read() as session:
        assert session.scalars(sa.select(AccountSession.is_remembered)).all() == [wanted]


def test_the_chinese_way_stays_chinese(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    answer = visitor.get(issuer.answer(begin(visitor, prefix="/zh"), sub=JANE))
    assert answer.headers["Location"] == "/zh/account/orcid/name"
    form = one(tree(visitor.get(answer.headers["Location"])), "//main//form")
    visitor.post(form.get("action"), data={**dict(form.form_values()), "name": "王小明"})
    assert [(made.name, made.language) for made in accounts(own_app)] == [("王小明", "zh")]
    assert HAN.search(refusal(visitor.get("/zh/account/orcid/callback?state=x&code=y"), 400))


# Refusals


def test_denied_consent_changes_nothing(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    back = issuer.answer(begin(visitor), action="deny")
    denied = visitor.get(back if "state=" in back else f"{back}&state={_state_of(visitor)}")
    assert refusal(denied, 403)
    assert accounts(own_app) == []


def _state_of(client: FlaskClient) -> str:
    """The state the site waits for; RFC 6749, 4.1.2.1 has the issuer send it with a refusal, which this one forgets."""
    with client.session_transaction() as cookie:
        return next(name.removeprefix("_state_orcid_") for name in cookie if name.startswith("_state_orcid_"))


def test_an_answer_works_once(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    back = issuer.answer(begin(visitor), sub=JANE)
    assert visitor.get(back).status_code == 303
    assert refusal(visitor.get(back), 400)


@pytest.mark.parametrize("spoil", [lambda back: re.sub(r"state=[^&]+", "state=other", back), lambda back: re.sub(r"&?state=[^&]+", "", back)])
def test_another_state_is_refused(own_app: Flask, visitor: FlaskClient, issuer: Issuer, spoil: Callable[[str], str]) -> None:
    assert refusal(visitor.get(spoil(issuer.answer(begin(visitor), sub=JANE))), 400)
    assert accounts(own_app) == []


def test_an_answer_in_another_browser_is_refused(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    back = issuer.answer(begin(visitor), sub=JANE)
    assert refusal(own_app.test_client().get(back), 400)


@pytest.mark.parametrize(
    "spoil", [lambda back: re.sub(r"code=[^&]+", "code=other", back), lambda back: re.sub(r"code=[^&]+&?", "", back), lambda back: f"{back}&error=server_error"]
)
def test_a_code_that_the_issuer_does_not_know_is_refused(own_app: Flask, visitor: FlaskClient, issuer: Issuer, spoil: Callable[[str], str]) -> None:
    assert refusal(visitor.get(spoil(issuer.answer(begin(visitor), sub=JANE))), 400)
    assert accounts(own_app) == []


def test_an_answer_that_took_too_long_is_refused(own_app: Flask, visitor: FlaskClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    back = issuer.answer(begin(visitor), sub=JANE)
    later = clock.now() + dt.timedelta(seconds=door.FLOW_LASTS_S + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert refusal(visitor.get(back), 400)


def test_a_token_for_another_nonce_is_refused(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    back = issuer.answer(re.sub(r"nonce=[^&]+", "nonce=of-somebody-else", begin(visitor)), sub=JANE)
    assert refusal(visitor.get(back), 400)
    assert accounts(own_app) == []


@pytest.mark.parametrize("sub", ["0000-0002-1825-0098", "jane", "1234"])
def test_what_is_no_orcid_id_is_refused(own_app: Flask, visitor: FlaskClient, issuer: Issuer, sub: str) -> None:
    assert refusal(enter(visitor, issuer, sub), 400)
    assert accounts(own_app) == []


def test_an_issuer_that_calls_itself_otherwise_is_refused(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    back = issuer.answer(begin(visitor), sub=JANE)
    own_app.extensions["orcid"].server_metadata["issuer"] = "https://evil.example"
    assert refusal(visitor.get(back), 400)
    assert refusal(press(visitor), 503)
    assert accounts(own_app) == []


def test_an_issuer_that_is_away_is_said_so(own_app: Flask, visitor: FlaskClient) -> None:
    own_app.extensions["settings"] = replace(own_app.extensions["settings"], orcid_issuer="http://127.0.0.1:9")
    assert refusal(press(visitor), 503)


def test_an_issuer_that_goes_away_on_the_way_is_said_so(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    back = issuer.answer(begin(visitor), sub=JANE)
    own_app.extensions["orcid"].server_metadata["token_endpoint"] = "http://127.0.0.1:9/token"
    assert refusal(visitor.get(back), 503)
    assert accounts(own_app) == []


def test_the_button_carries_a_token_of_the_form(visitor: FlaskClient) -> None:
    assert visitor.post("/account/orcid", data={"purpose": "enter"}).status_code == 400
    assert press(visitor, purpose="nothing").status_code == 400


def test_a_name_without_having_been_at_orcid_is_refused(own_app: Flask, visitor: FlaskClient) -> None:
    assert refusal(visitor.get("/account/orcid/name"), 400)


# One account, both ways in


def test_an_account_with_a_password_gets_orcid_as_well_and_loses_it_again(own_app: Flask, issuer: Issuer) -> None:
    who = make(own_app, password_hash=passwords.hash_of(PASSWORD))
    owner = signed_in(own_app, who)
    answer = owner.get(issuer.answer(begin(owner, "connect", on="/account/settings"), sub=JOSIAH))
    assert answer.headers["Location"] == "/account/settings?done=orcid"
    assert [found.orcid for found in accounts(own_app)] == [JOSIAH]
    other = own_app.test_client()
    enter(other, issuer, JOSIAH)
    assert is_signed_in(other)
    form = one(tree(owner.get("/account/settings")), "//form[@action='/account/settings/orcid-off']")
    assert owner.post(form.get("action"), data=dict(form.form_values())).status_code == 303
    assert [found.orcid for found in accounts(own_app)] == [None]


def test_an_id_of_another_account_is_not_taken(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    join(visitor, issuer, JANE)
    owner = signed_in(own_app, make(own_app))
    assert refusal(owner.get(issuer.answer(begin(owner, "connect", on="/account/settings"), sub=JANE)), 409)
    assert [found.orcid for found in accounts(own_app)] == [JANE, None]


def test_an_id_is_not_replaced_by_another(own_app: Flask, issuer: Issuer) -> None:
    owner = signed_in(own_app, make(own_app))
    back = issuer.answer(begin(owner, "connect", on="/account/settings"), sub=JANE)
    with own_app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(Account).values(orcid=JOSIAH))
    assert refusal(owner.get(back), 409)
    assert [found.orcid for found in accounts(own_app)] == [JOSIAH]


def test_a_connection_begun_by_one_account_is_not_made_for_another(own_app: Flask, issuer: Issuer) -> None:
    owner = signed_in(own_app, make(own_app))
    back = issuer.answer(begin(owner, "connect", on="/account/settings"), sub=JANE)
    with own_app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(AccountSession).values(account_id=person(session).account_id))
    assert refusal(owner.get(back), 400)
    assert [found.orcid for found in accounts(own_app)] == [None, None]


def test_connecting_is_for_who_is_signed_in(own_app: Flask, visitor: FlaskClient) -> None:
    answer = press(visitor, purpose="connect")
    assert answer.headers["Location"].startswith("/account/login")


def test_the_only_way_in_is_not_closed(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    join(visitor, issuer, JANE)
    form = one(tree(visitor.get("/account/settings")), "//form[@action='/account/settings/orcid-off']")
    answer = visitor.post(form.get("action"), data=dict(form.form_values()))
    assert answer.status_code == 422
    assert [found.orcid for found in accounts(own_app)] == [JANE]


# Standing in for a password


def send(client: FlaskClient, to: str, on: str, **typed: str) -> TestResponse:
    form = one(tree(client.get(on)), f"//main//form[@action='{to}']")
    return client.post(to, data={**dict(form.form_values()), **typed})


def test_who_has_just_been_at_orcid_needs_no_password_and_later_goes_there_again(
    own_app: Flask, visitor: FlaskClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(visitor, issuer, JANE)
    assert send(visitor, "/account/settings/address", "/account/settings", email="jane@institute.example").status_code == 303
    later = clock.now() + dt.timedelta(seconds=door.PROOF_LASTS_S + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert send(visitor, "/account/settings/address", "/account/settings", email="other@institute.example").status_code == 422
    assert send(visitor, "/account/delete", "/account/delete").status_code == 422
    address = begin(visitor, "prove", on="/account/delete")
    assert "prompt=login" in address
    assert visitor.get(issuer.answer(address, sub=JANE)).headers["Location"] == "/account/delete"
    assert send(visitor, "/account/delete", "/account/delete").headers["Location"] == "/account/deleted"
    assert accounts(own_app) == []


def test_to_have_been_at_orcid_as_somebody_else_proves_nothing(own_app: Flask, issuer: Issuer) -> None:
    owner = signed_in(own_app, make(own_app, orcid=JANE))
    assert refusal(owner.get(issuer.answer(begin(owner, "prove", on="/account/delete"), sub=JOSIAH)), 403)
    assert send(owner, "/account/delete", "/account/delete").status_code == 422
    assert len(accounts(own_app)) == 1


def test_a_proof_is_of_one_account_only(own_app: Flask, visitor: FlaskClient, issuer: Issuer) -> None:
    join(visitor, issuer, JANE)
    with own_app.extensions["database"].write() as session, session.begin():
        session.execute(sa.update(AccountSession).values(account_id=person(session, orcid=JOSIAH).account_id))
    assert send(visitor, "/account/delete", "/account/delete").status_code == 422
    assert len(accounts(own_app)) == 2
