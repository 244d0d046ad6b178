"""Whose drafts this browser may see: those of the account that is signed in, else those of the browser itself, known by a signed cookie."""

from __future__ import annotations

import secrets

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from ...accounts.services import digest_of
from ...core.drafts import NOBODY_S_LAST, Owner
from ...discussion import drafts as comment_drafts
from ...ratings import drafts as rating_drafts
from . import transaction
from .pace import pace_of

# Drafts and previews of one network in an hour: a form saves itself a few seconds after the last key.
KEPT_PER_HOUR = 600
COOKIE = "reviewhub_drafts"


def owner_of(account_id: int | None) -> Owner | None:
    """The owner of this browser's drafts; None for a browser that has none."""
    if account_id is not None:
        return Owner(account_id)
    token = _token()
    return Owner(digest=digest_of(token)) if token else None


def owner_made(account_id: int | None) -> Owner:
    """The owner of this browser's drafts; a browser without one is given a cookie with the answer to this request."""
    found = owner_of(account_id)
    if found is not None:
        return found
    token = secrets.token_urlsafe(32)

    @after_this_request
    def give(response: Response) -> Response:
        if response.status_code < 400:  # otherwise nothing was kept
            response.set_cookie(
                COOKIE, _signer().dumps(token), max_age=int(NOBODY_S_LAST.total_seconds()), httponly=True, samesite="Lax",
                secure=current_app.config["SESSION_COOKIE_SECURE"], path="/",
            )  # fmt: skip
        return response

    return Owner(digest=digest_of(token))


def claim(account_id: int) -> None:
    """Somebody signs in: what was typed into this browser before becomes theirs."""
    token = _token()
    if not token:
        return
    for kept in (rating_drafts, comment_drafts):
        kept.claim(transaction.session(), account_id, digest_of(token))

    @after_this_request
    def forget(response: Response) -> Response:
        if response.status_code < 400:
            response.delete_cookie(COOKIE, path="/")
        return response


def wait_s() -> int:
    """How long this network has to wait with its next draft or preview; 0: it need not, and this one counts."""
    return pace_of("draft", KEPT_PER_HOUR, 3600).wait_s(request.remote_addr)


def _token() -> str:
    try:
        found = _signer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return ""
    return found if isinstance(found, str) else ""


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key, salt="drafts")  # type: ignore[arg-type]
