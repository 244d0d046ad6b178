"""Browsers that have signed in to an account before: tries of others cannot keep them out.

A signed cookie holds, for the few accounts used in this browser, a random id each. It opens nothing: it is counted by its own tries.
"""

from __future__ import annotations

import secrets

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

COOKIE = "reviewhub_known"
LASTS_S = 2 * 365 * 24 * 3600
# Accounts that one browser is known to: somebody's own, and of whoever else sits at it.
MOST_ACCOUNTS = 5


def known(account_id: int | None) -> str:
    """The id under which this browser is known to the account; empty when it is not."""
    return next((device for held_for, device in _held() if held_for == account_id), "")


def remember(account_id: int) -> None:
    """This browser has signed in to the account. A new id each time: what was tried under the old one is past."""
    held = [(account_id, secrets.token_urlsafe(12)), *((other, device) for other, device in _held() if other != account_id)]

    @after_this_request
    def give(response: Response) -> Response:
        if response.status_code < 400:  # otherwise nobody is signed in
            response.set_cookie(
                COOKIE, _signer().dumps(held[:MOST_ACCOUNTS]), max_age=LASTS_S, httponly=True, samesite="Lax", path="/",
                secure=current_app.config["SESSION_COOKIE_SECURE"],
            )  # fmt: skip
        return response


def _held() -> list[tuple[int, str]]:
    try:
        found = _signer().loads(request.cookies.get(COOKIE, ""), max_age=LASTS_S)
    except BadSignature:
        return []
    return [(account_id, device) for account_id, device in found]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key, salt="known devices")  # type: ignore[arg-type]
