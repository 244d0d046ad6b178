"""`/follow/<kind>/<id>`: following papers, journals, keywords, people and saved searches.

A stranger's button is a link here: it leads to sign-in and back to this page, where one press follows. Reading changes nothing.
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotFound, RuleBroken
from ..core.text import Message, message
from ..notifications import followed, queries, services
from .support import notice
from .support.entry import entry, own_path
from .support.rendering import page
from .support.signing import actor, reader
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
_FOLLOWED = message("You follow this now. News comes to your notices, and by mail as you have chosen.")
_LET_GO = message("You follow this no longer.")

blueprint = Blueprint("following", __name__, url_prefix="/follow")


@blueprint.get("/<kind>/<int:target_id>")
@entry("reader")
def show(kind: str, target_id: int) -> Response:
    """What following it means, and the button."""
    return _page(kind, target_id)


@blueprint.post("/<kind>/<int:target_id>")
@entry("reader")
def change(kind: str, target_id: int) -> BaseResponse:
    """Follows, or lets go; then back to where the button stood."""
    if target_id > MAX_ID:
        raise NotFound
    is_wanted = request.form.get("follow") != "no"
    try:
        if is_wanted:
            services.follow(session(), actor(), kind, target_id)
        else:
            services.unfollow(session(), actor(), kind, target_id)
    except RuleBroken as broken:
        session().rollback()
        return _page(kind, target_id, 422, broken.message)
    notice.leave(_FOLLOWED if is_wanted else _LET_GO)
    return redirect(own_path(request.form.get("next", "")) or url_for("following.show", kind=kind, target_id=target_id), 303)


@blueprint.app_context_processor
def tell() -> dict[str, object]:
    """Whether the reader follows something, for the button: asked only where one stands."""
    return {"is_followed": is_followed, "followed_among": followed_among}


def is_followed(kind: str, target_id: int) -> bool:
    """One statement for who is signed in, none for others."""
    who = reader()
    return who is not None and queries.follows(session(), who.account_id, kind, target_id)


def followed_among(kind: str, target_ids: list[int]) -> set[int]:
    """Those of a list that the reader follows. One statement."""
    who = reader()
    return queries.followed_among(session(), who.account_id, kind, target_ids) if who and target_ids else set()


def _page(kind: str, target_id: int, status: int = 200, fault: Message | None = None) -> Response:
    account_id = actor().account_id
    subject = followed.subject(session(), account_id or 0, kind, target_id) if target_id <= MAX_ID else None
    if subject is None:
        raise NotFound
    answer = page("following/show.html", status, subject=subject, kind=kind, target_id=target_id, fault=fault, said=notice.take(), home=request.script_root)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
