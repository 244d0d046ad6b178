"""`/notifications`: what a reader was told, how they want to hear, what they follow; and the door that ends mail, open to whoever has the mail."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotFound, RuleBroken
from ..core.text import Message, message
from ..notifications import queries, services, words
from ..notifications.queries import FOLLOWS_PAGE_SIZE, PAGE_SIZE
from ..notifications.rules import ALL, WAYS
from .support import notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor, reader
from .support.tokens import check_themselves
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
_SAVED = message("Saved.")
_ALL_READ = message("Everything is marked as read.")

blueprint = Blueprint("notices", __name__)


@blueprint.get("/notifications")
@entry("reader")
def show() -> BaseResponse:
    """The reader's notices, the newest first."""
    account_id = _account_id()
    before, after = _number(request.args.get("before")), _number(request.args.get("after"))
    found = queries.notices_of(session(), account_id, before=before, after=after, size=PAGE_SIZE + 1)
    has_more = len(found) > PAGE_SIZE
    if after is not None:
        found = found[-PAGE_SIZE:]
        if not found:
            return redirect(url_for("notices.show"))
        newer: int | None = found[0].id if has_more else None
        older: int | None = found[-1].id
    else:
        found = found[:PAGE_SIZE]
        newer, older = (found[0].id if before is not None and found else None), (found[-1].id if has_more else None)
    return page(
        "notices/show.html", found=found, line_of=words.line_of, states=words, said=notice.take(), here=request.script_root,
        previous=url_for("notices.show", after=newer) if newer else "", next=url_for("notices.show", before=older) if older else "",
    )  # fmt: skip


@blueprint.post("/notifications/read")
@entry("reader")
def read_all() -> BaseResponse:
    """Marks everything up to the newest one shown as read."""
    up_to = _number(request.form.get("up_to"))
    if up_to is None:
        abort(400)
    services.mark_read(session(), actor(), up_to=up_to)
    notice.leave(_ALL_READ)
    return redirect(url_for("notices.show"), 303)


@blueprint.post("/notifications/<int:notice_id>/read")
@entry("reader")
def read_one(notice_id: int) -> BaseResponse:
    """Marks one as read; also said by the script when its link is followed."""
    if notice_id > MAX_ID:
        raise NotFound
    services.mark_one_read(session(), actor(), notice_id)
    before = _number(request.form.get("before"))
    return redirect(url_for("notices.show", before=before, _anchor=f"notice-{notice_id}"), 303)


@blueprint.route("/notifications/ways", methods=["GET", "POST"])
@entry("reader")
def ways() -> BaseResponse:
    """How the reader hears of each kind by mail."""
    if request.method == "GET":
        return _ways(queries.ways_of(session(), _account_id()))
    chosen = {kind: way for kind in words.CHOICES if (way := request.form.get(kind)) is not None}
    try:
        services.choose_ways(session(), actor(), chosen)
    except RuleBroken as broken:
        session().rollback()
        return _ways(
            queries.ways_of(session(), _account_id()) | {kind: way for kind, way in chosen.items() if way in WAYS}, 422, {broken.field: broken.message}
        )
    notice.leave(_SAVED)
    return redirect(url_for("notices.ways"), 303)


@blueprint.get("/notifications/follows")
@entry("reader")
def follows() -> Response:
    """What the reader follows, by kind, each with the way to let go of it."""
    number = max(1, _number(request.args.get("page")) or 1)
    n = queries.n_followed(session(), _account_id())
    found = queries.follows_of(session(), _account_id(), offset=(number - 1) * FOLLOWS_PAGE_SIZE)
    return page(
        "notices/follows.html", found=found, n=n, kinds=words.FOLLOWED, said=notice.take(),
        previous=url_for("notices.follows", page=number - 1) if number > 1 else "",
        next=url_for("notices.follows", page=number + 1) if n > number * FOLLOWS_PAGE_SIZE else "",
    )  # fmt: skip


@blueprint.route("/notifications/unsubscribe/<token>", methods=["GET", "POST"])
@entry("anyone")
def unsubscribe(token: str) -> Response:
    """Ends mail of a kind. Mail programs send the form by themselves (RFC 8058), signed out and without a token of ours; what opens links changes nothing."""
    secret_key = current_app.extensions["settings"].secret_key
    try:
        if request.method == "POST":
            kind = services.unsubscribe(session(), token, secret_key=secret_key)
        else:
            _, kind = services.mailed_to(session(), token, secret_key=secret_key)
    except NotFound:
        session().rollback()
        return _kept_to_itself(page("notices/unsubscribe.html", 404, is_known=False))
    choice = words.CHOICES.get(kind)
    answer = page("notices/unsubscribe.html", is_known=True, is_done=request.method == "POST", is_all=kind == ALL, choice=choice)
    return _kept_to_itself(answer)


check_themselves(blueprint, unsubscribe)


@blueprint.app_context_processor
def tell() -> dict[str, object]:
    """How much is unread, for the head of every page: asked only by the layout, and only for who is signed in."""
    return {"n_unread": n_unread}


def n_unread() -> int:
    """One statement for who is signed in; none on the page that says the database is away."""
    who = reader()
    if who is None or g.get("is_failing"):
        return 0
    try:
        return queries.n_unread(session(), who.account_id)
    except OperationalError:  # a number in the head is not worth the page below it
        return 0


def _ways(chosen: dict[str, str], status: int = 200, errors: dict[str, Message] | None = None) -> Response:
    return page("notices/ways.html", status, chosen=chosen, choices=words.CHOICES, ways=words.WAYS, errors=errors or {}, said=notice.take())


def _kept_to_itself(answer: Response) -> Response:
    """The address of the page opens a door."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _account_id() -> int:
    account_id = actor().account_id
    assert account_id is not None
    return account_id


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None
