"""The paper somebody wanted to save before they were signed in: this browser remembers it, and signing in saves it."""

from __future__ import annotations

from contextlib import suppress

from flask import Response, after_this_request, current_app, request
from werkzeug.wrappers import Response as BaseResponse

from ...core.actor import Actor
from ...core.errors import NotAllowed, NotFound, RuleBroken
from ...library import services as library
from . import transaction

COOKIE = "reviewhub_wish"
# Long enough to register and open the mail that confirms it; whoever comes back the next day has forgotten what they pressed.
LASTS_S = 3600
# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1


def remember(response: BaseResponse, paper_id: int) -> None:
    """Gives this browser a cookie that names the paper; a newer wish takes its place. The number is no secret, and one that is made up saves a paper."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(COOKIE, str(paper_id), max_age=LASTS_S, httponly=True, samesite="Lax", secure=secure, path="/")


def fulfil(actor: Actor) -> None:
    """Somebody has signed in: the paper goes into their library. One that cannot be saved is forgotten, for it must not keep anybody out."""
    wished = request.cookies.get(COOKIE, "")
    if not wished:
        return
    paper_id = int(wished) if wished.isascii() and wished.isdecimal() and len(wished) <= 10 else 0
    if 0 < paper_id <= MAX_ID:
        with suppress(NotFound, NotAllowed, RuleBroken):
            library.save(transaction.session(), actor, paper_id)

    @after_this_request
    def forget(response: Response) -> Response:
        if response.status_code < 400:
            response.delete_cookie(COOKIE, path="/")
        return response
