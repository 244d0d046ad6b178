"""`/account/orcid`: signing in with ORCID (OpenID Connect: authorization code with PKCE, state and nonce), and connecting an iD to an account.

What is known of a sign-in that is under way lies in the signed session cookie, so it works only in the browser it was begun in.
"""

from __future__ import annotations

from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from flask import session as cookie
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as BaseResponse

from ..accounts import settings as accounts
from ..accounts.rules import MAX_NAME_CHARS
from ..core import clock
from ..core.errors import Conflict, RuleBroken
from ..core.text import Message, message, squeezed
from ..papers.identifiers import normalised_orcid
from .support import language, signing
from .support.entry import entry, own_path
from .support.pace import pace_of
from .support.rendering import page
from .support.transaction import session, writes

# How long ORCID may take to answer us.
SERVICE_WAIT_S = 10
# How long somebody may take at ORCID, and over choosing a name here.
FLOW_LASTS_S = 600
# A sign-in at ORCID stands in for a password for so long.
PROOF_LASTS_S = 600
# New accounts of one network in an hour. Each takes an ORCID iD, so this only slows down a flood.
NEW_ACCOUNTS_PER_HOUR = 20
# Sign in or join; connect an iD to one's account; show once more that it is oneself.
PURPOSES = ("enter", "connect", "prove")

_FLOW = "_state_orcid_"  # what Authlib puts before the state of a client named "orcid"
_NEWCOMER, _PROVED = "orcid_newcomer", "orcid_proved"

_TOO_OLD = message("Signing in with ORCID took too long, or was begun in another browser or window. Nothing was changed; please begin again.")
_DENIED = message("ORCID says that you did not allow it. Nothing was changed.")
_REFUSED = message("ORCID did not accept the request. Nothing was changed; please begin again.")
_AWAY = message("ORCID does not answer at the moment. Nothing was changed; please try again in a minute.")
_WRONG = message("What ORCID answered could not be verified. Nothing was changed; please begin again.")

blueprint = Blueprint("orcid", __name__, url_prefix="/account/orcid")


class _Unverified(Exception):
    """What the issuer answered does not hold together."""


@blueprint.app_context_processor
def tell() -> dict[str, bool]:
    """Templates ask whether to offer it."""
    return {"has_orcid": current_app.extensions["settings"].has_orcid}


@blueprint.post("")
@entry("anyone")
def begin() -> BaseResponse:
    """Sends the browser to ORCID."""
    purpose, goal = request.form.get("purpose", ""), own_path(request.form.get("next", ""))
    client = _client()
    if purpose not in PURPOSES:
        abort(400)
    try:
        client.load_server_metadata()  # before the database is asked for anything: no lock is held while another site is waited for
        _check_issuer(client)
    except (AuthlibBaseError, OSError, ValueError, _Unverified):
        return _failed(_AWAY, 503)
    who = signing.reader()
    if purpose == "enter" and who is not None:
        return redirect(goal or url_for("home.show"), 303)
    if purpose != "enter" and who is None:
        return redirect(url_for("accounts.login", next=url_for("settings.show")), 303)
    back = f"{current_app.extensions['settings'].site_url}{url_for('orcid.callback')}"
    more = {"prompt": "login"} if purpose == "prove" else {}
    made = client.create_authorization_url(back, **more)
    for old in [name for name in cookie if name.startswith(_FLOW)]:
        del cookie[old]  # one at a time: the cookie has room for one
    client.save_authorize_data(
        redirect_uri=back, state=made["state"], nonce=made["nonce"], code_verifier=made["code_verifier"], purpose=purpose, next=goal,
        remember=bool(request.form.get("remember")), account_id=who.account_id if who else None, began=_now(),
    )  # fmt: skip
    return redirect(made["url"], 303)


@blueprint.get("/callback")
@entry("anyone")
@writes
def callback() -> BaseResponse:
    """The way back from ORCID. Each one works once: its state is taken out of the cookie first."""
    client = _client()
    flow = client.framework.get_state_data(cookie, request.args.get("state")) or {}
    if _now() - flow.get("began", 0) > FLOW_LASTS_S:
        client.framework.clear_state_data(cookie, request.args.get("state"))
        return _failed(_TOO_OLD)
    try:
        orcid, name = _found(client)
    except AuthlibBaseError as error:
        client.framework.clear_state_data(cookie, request.args.get("state"))
        return _failed(_DENIED, 403) if error.error == "access_denied" else _failed(_REFUSED)
    except (JoseError, ValueError, _Unverified):
        return _failed(_WRONG)
    except OSError:
        return _failed(_AWAY, 503)
    if flow["purpose"] == "enter":
        return _enter(orcid, name, flow)
    who = signing.reader()
    if who is None or who.account_id != flow["account_id"]:
        return _failed(_TOO_OLD)
    return _connect(orcid, flow) if flow["purpose"] == "connect" else _prove(orcid, flow)


@blueprint.route("/name", methods=["GET", "POST"])
@entry("anyone")
def join() -> BaseResponse:
    """Somebody with an iD that has no account here: what should they be called? The answer makes the account."""
    newcomer = cookie.get(_NEWCOMER)
    if not newcomer or _now() - newcomer["at"] > FLOW_LASTS_S:
        return _failed(_TOO_OLD)
    if request.method == "GET":
        return _name_page(newcomer, newcomer["name"])
    typed = request.form.get("name", "")
    if wait_s := pace_of("orcid", NEW_ACCOUNTS_PER_HOUR, 3600).wait_s(request.remote_addr):
        return _name_page(newcomer, typed, 429, message("Many accounts were made from your network. Please go on in %(n)s minutes.", n=-(-wait_s // 60)))
    try:
        made = accounts.join_with_orcid(session(), newcomer["orcid"], typed, language=language.current(), joined_from=signing.joined_from())
    except RuleBroken as error:
        return _name_page(newcomer, typed, 422, error.message)
    except Conflict:  # sent twice: the account is there
        return _failed(_TOO_OLD)
    return _signed_in(made.id, newcomer)


def is_proved(account_id: int) -> bool:
    """Whether this browser has just been at ORCID and come back as the owner of this account."""
    found = cookie.get(_PROVED) or [0, 0]
    return bool(found[0] == account_id and 0 <= _now() - found[1] <= PROOF_LASTS_S)


def _enter(orcid: str, name: str, flow: dict[str, Any]) -> BaseResponse:
    account = accounts.with_orcid(session(), orcid)
    if account is not None:
        return _signed_in(account.id, flow)
    cookie[_NEWCOMER] = {"orcid": orcid, "name": name, "next": flow["next"], "remember": flow["remember"], "at": _now()}
    return redirect(url_for("orcid.join"), 303)


def _signed_in(account_id: int, flow: dict[str, Any]) -> BaseResponse:
    signing.sign_in(account_id, is_remembered=flow["remember"])
    cookie[_PROVED] = [account_id, _now()]
    return redirect(flow["next"] or url_for("home.show"), 303)


def _connect(orcid: str, flow: dict[str, Any]) -> BaseResponse:
    try:
        accounts.connect_orcid(session(), signing.actor(), orcid)
    except RuleBroken as error:
        return _failed(error.message, 409)
    return redirect(flow["next"] or url_for("settings.show", done="orcid"), 303)


def _prove(orcid: str, flow: dict[str, Any]) -> BaseResponse:
    if accounts.account_of(session(), flow["account_id"]).orcid != orcid:
        return _failed(message("That is not the ORCID iD of your account. Nothing was changed."), 403)
    cookie[_PROVED] = [flow["account_id"], _now()]
    return redirect(flow["next"] or url_for("settings.show"), 303)


def _found(client: FlaskOAuth2App) -> tuple[str, str]:
    """Whose iD it is, verified, and the name that goes with it. Speaks to the issuer."""
    token = client.authorize_access_token()
    _check_issuer(client)
    claims = token.get("userinfo")
    if not claims:
        raise _Unverified("no ID token")
    orcid = normalised_orcid(str(claims.get("sub", "")))
    if orcid is None:
        raise _Unverified("not an ORCID iD")
    parts = " ".join(str(claims.get(part) or "") for part in ("given_name", "family_name"))
    name = str(claims.get("name") or "") or parts.strip() or str(token.get("name") or "")
    return orcid, squeezed(name)[:MAX_NAME_CHARS]


def _check_issuer(client: FlaskOAuth2App) -> None:
    """OpenID Connect Discovery 1.0, 4.3: the issuer must be the one that was asked."""
    if str(client.server_metadata.get("issuer", "")).rstrip("/") != current_app.extensions["settings"].orcid_issuer:
        raise _Unverified("another issuer")


def _client() -> FlaskOAuth2App:
    """The client, made once for the process; 404 where the site is not registered with ORCID."""
    settings = current_app.extensions["settings"]
    if not settings.has_orcid:
        abort(404)
    if "orcid" not in current_app.extensions:
        known: Any = OAuth(current_app._get_current_object())  # type: ignore[attr-defined]
        current_app.extensions["orcid"] = known.register(
            "orcid", client_id=settings.orcid_client_id, client_secret=settings.orcid_client_secret,
            server_metadata_url=f"{settings.orcid_issuer}/.well-known/openid-configuration",
            # ORCID takes the secret in the body of the request, not in its head.
            client_kwargs={
                "scope": "openid", "code_challenge_method": "S256", "token_endpoint_auth_method": "client_secret_post", "default_timeout": SERVICE_WAIT_S,
            },
        )  # fmt: skip
    made: FlaskOAuth2App = current_app.extensions["orcid"]
    return made


def _now() -> int:
    return int(clock.now().timestamp())


def _failed(words: Message, status: int = 400) -> Response:
    return page("orcid/failed.html", status, words=words)


def _name_page(newcomer: dict[str, Any], typed: str, status: int = 200, error: Message | None = None) -> Response:
    return page("orcid/join.html", status, orcid=newcomer["orcid"], typed=typed, error=error)
