"""`/log`: what moderators did, for everybody to read, to filter, to take away and to verify."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.db import Database
from ..core.errors import NotFound
from ..moderation import log
from ..moderation.rules import ACTIONS
from ..papers.queries import lines_of
from .pages import moderation as words
from .support.entry import entry
from .support.rendering import page
from .support.transaction import session

# A thing as the log calls it; no longer one was ever written.
MAX_TARGET_CHARS = 80
MAX_NUMBER_DIGITS = 9

# How everybody verifies the log: a keeper by the command, who has taken the lines away by the program. A test runs it.
COMMAND = "flask moderation verify-log"
PROGRAM = """import hashlib, json
previous = "0" * 64
names = ("number", "at", "role", "action", "target", "paper_id", "reason", "facts")
for line in map(json.loads, open("reviewhub-log.jsonl", encoding="utf-8")):
    entry = {name: line[name] for name in names} | {"previous": previous}
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert line["previous_hash"] == previous, line["number"]
    assert line["hash"] == hashlib.sha256(text.encode()).hexdigest(), line["number"]
    previous = line["hash"]
print(previous)"""

blueprint = Blueprint("log", __name__)


@blueprint.get("/log")
@entry("anyone")
def show() -> BaseResponse:
    """Entries, the newest first, page by page; of one action or of one thing where the address says so."""
    action, target = request.args.get("action", ""), request.args.get("target", "")
    if (action and action not in ACTIONS) or len(target) > MAX_TARGET_CHARS or "\x00" in target:
        raise NotFound
    before = request.args.get("before", "")
    mark = int(before) if before.isascii() and before.isdecimal() and len(before) <= MAX_NUMBER_DIGITS else None
    found = log.lines(session(), before=mark, action=action, target=target, size=log.PAGE_SIZE + 1)
    shown = found[: log.PAGE_SIZE]
    asked: dict[str, Any] = {name: value for name, value in (("action", action), ("target", target)) if value}
    answer: BaseResponse = page(
        "log/show.html", entries=shown, action=action, target=target, words=words, is_first=mark is None,
        newest=url_for("log.show", **asked) if mark is not None else "",
        older=url_for("log.show", before=shown[-1].number, **asked) if len(found) > log.PAGE_SIZE else "",
        lines={line.id: line for line in lines_of(session(), sorted({one.paper_id for one in shown if one.paper_id}))},
    )  # fmt: skip
    return answer


@blueprint.get("/log/how")
@entry("anyone")
def how() -> BaseResponse:
    """What stands in the log, what does not, and how to verify it."""
    newest = log.lines(session(), size=1)
    answer: BaseResponse = page("log/how.html", newest=newest[0] if newest else None, command=COMMAND, program=PROGRAM)
    return answer


@blueprint.get("/log.jsonl")
@entry("anyone")
def export() -> Response:
    """The whole log, the oldest first, an entry a line; sent while it is read."""
    answer = current_app.response_class(_lines(current_app.extensions["database"]), mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = 'attachment; filename="reviewhub-log.jsonl"'
    return answer


def _lines(database: Database) -> Iterator[str]:
    """A session of its own: that of the request has ended when the first line leaves."""
    with database.read() as own:
        for line in log.every_line(own):
            yield json.dumps(asdict(line), ensure_ascii=False, sort_keys=True) + "\n"
