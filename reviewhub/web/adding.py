"""`/papers/add`: a paper by its identifier, records by file, or one paper by hand.

What anybody hands in is untrusted: it fills gaps of the record and never outranks a source.
"""

from __future__ import annotations

import io
import re
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from ..core.actor import ANYONE
from ..core.text import Message, message, squeezed
from ..imports.reading import UnreadableFile, plain_bytes
from ..imports.services import Report, import_stream
from ..papers import queries
from ..papers.services import add_or_update
from .forms.adding import LANGUAGES, TYPES_BY_HAND, ByHand, Identified, identified
from .support.entry import entry
from .support.labels import label_of
from .support.language import worded
from .support.looking import scores_for
from .support.pace import pace_of
from .support.rendering import page
from .support.transaction import session

# The transaction of an upload holds the write lock: so many records take a second or two.
MOST_RECORDS = 2_000
# What a packed upload may unpack to: 2,000 records with everything in them stay well below.
MAX_UNPACKED_BYTES = 200 * 1024**2
# Problems and papers listed on the page of a result; the rest is counted.
MOST_SHOWN = 200
# Additions of one address in an hour; a file counts as one. Kept in the process (`support.pace`).
ADDITIONS_PER_HOUR = 30
# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1

_PLACE = re.compile(r"\b(record|line|byte) ([0-9]+)")
_PLACES = {"record": message("record %(n)s"), "line": message("line %(n)s"), "byte": message("byte %(n)s")}

blueprint = Blueprint("adding", __name__)


@blueprint.get("/papers/add")
@entry("anyone")
def show() -> Response:
    """The three ways to add."""
    return _choices(typed=request.args.get("identifier", ""))


@blueprint.post("/papers/add")
@entry("anyone")
def take() -> BaseResponse:
    """An identifier or a file, whichever was sent."""
    if "file" in request.files:
        return _take_file(request.files["file"])
    return _take_identifier(request.form.get("identifier", ""))


@blueprint.get("/papers/add/by-hand")
@entry("anyone")
def by_hand() -> Response:
    """The form; an address may fill it in, and say which identifier was looked for in vain."""
    missing = request.args.get("missing", "")
    form = ByHand.of(request.args)
    form.values.setdefault("type", "preprint" if missing == "arxiv" else "article")
    return _form(form, missing=Identified(missing, form[missing]) if missing in ("doi", "pmid", "pmcid", "arxiv") and form[missing] else None)


@blueprint.post("/papers/add/by-hand")
@entry("anyone")
def take_by_hand() -> BaseResponse:
    """One typed paper: in, or back to the form with what is wrong; nothing typed is lost."""
    form = ByHand.of(request.form)
    record = form.record()
    if record is None:
        return _form(form, 422)
    if wait := _wait_words():
        return _form(form, 429, notice=wait)
    (outcome,) = add_or_update(session(), ANYONE, [record], movers=current_app.extensions["movers"])
    if outcome.paper_id is None:
        return _form(form, 422, notice=outcome.reason or message("The record could not be taken in."))
    return redirect(url_for("adding.done", paper=outcome.paper_id, state=outcome.state), 303)


@blueprint.get("/papers/add/done")
@entry("anyone")
def done() -> Response:
    """What became of a typed paper, with the way to it."""
    number, state = request.args.get("paper", ""), request.args.get("state", "")
    paper_id = int(number) if number.isascii() and number.isdecimal() and len(number) < 11 else 0
    lines = queries.lines_of(session(), [paper_id]) if 0 < paper_id <= MAX_ID else []
    if not lines or state not in ("created", "updated", "unchanged"):
        abort(404)
    return page("adding/done.html", line=lines[0], scores=scores_for([paper_id]), state=state)


def _take_identifier(typed: str) -> BaseResponse:
    found = identified(typed)
    if found is None:
        wrong = message("This is not a DOI, PMID or arXiv number, nor the address of one.") if squeezed(typed) else message("Type an identifier first.")
        return _choices(422, typed=typed, identifier_error=wrong)
    paper_id = paper_with(found)
    if paper_id is not None:
        return redirect(url_for("records.show", paper_id=paper_id), 303)
    filled: dict[str, Any] = {found.kind: found.value}
    return redirect(url_for("adding.by_hand", missing=found.kind, **filled), 303)


def paper_with(found: Identified) -> int | None:
    """The paper that has this identifier, or None."""
    known = queries.id_of(session(), found.kind, found.value)
    if known is None and found.kind == "arxiv":  # records of arXiv's own DOIs may hold that only
        known = queries.id_of(session(), "doi", f"10.48550/arxiv.{found.value}")
    return known


def _take_file(file: FileStorage) -> BaseResponse:
    name = squeezed(re.split(r"[\\/]", file.filename or "")[-1])[:200]
    if not name:
        return _choices(422, file_error=message("Choose a file first."))
    if wait := _wait_words():
        return _choices(429, file_error=wait)
    try:
        stream = _capped(plain_bytes(file.stream))
    except UnreadableFile as error:
        return _choices(422, file_error=error.message)
    report = import_stream(session(), ANYONE, stream, name, most=MOST_RECORDS, movers=current_app.extensions["movers"])
    if report.n_read == 0:
        return _choices(422, file_error=report.problems[0].reason if report.problems else message("There is no record in this file."))
    return _result(report)


def _result(report: Report) -> Response:
    """The page of an upload. Sent once more, the same file changes nothing, so it may be the answer to the form itself."""
    ids = list(dict.fromkeys(report.paper_ids))
    rejections, remarks = ([p for p in report.problems if p.is_rejection == which] for which in (True, False))
    shown = ids[:MOST_SHOWN]
    return page(
        "adding/result.html", report=report, n_papers=len(ids), lines=queries.lines_of(session(), shown), scores=scores_for(shown),
        place=place_in_words, rejections=rejections[:MOST_SHOWN], n_rejections=len(rejections), remarks=remarks[:MOST_SHOWN], n_remarks=len(remarks),
    )  # fmt: skip


def place_in_words(where: str) -> str:
    """A place in a file ("record 12 (line 345)") in the language of the page."""
    return _PLACE.sub(lambda match: worded(Message(_PLACES[match[1]].template, {"n": match[2]})), where)


def _choices(status: int = 200, *, typed: str = "", identifier_error: Message | None = None, file_error: Message | None = None) -> Response:
    return page("adding/show.html", status, typed=typed, identifier_error=identifier_error, file_error=file_error, most_records=MOST_RECORDS)


def _form(form: ByHand, status: int = 200, *, notice: Message | None = None, missing: Identified | None = None) -> Response:
    types = [
        ("", worded(message("Not stated"))),
        *((kind, label_of("type", kind)) for kind in TYPES_BY_HAND if kind != "other"),
        ("other", label_of("type", "other")),
    ]
    languages = [("", worded(message("Not stated"))), *((code, label_of("language", code)) for code in LANGUAGES)]
    return page("adding/by_hand.html", status, form=form, notice=notice, missing=missing, type_choices=types, language_choices=languages)


def _wait_words() -> Message | None:
    """Counts one addition of this address; words for one that has made too many."""
    pace = pace_of("adding", ADDITIONS_PER_HOUR, 3600)
    wait_s = pace.wait_s(request.remote_addr)
    if not wait_s:
        return None
    return message(
        "%(n)s additions have come from your network address within an hour. Please go on in %(minutes)s minutes.", n=pace.most, minutes=-(-wait_s // 60)
    )


class _Capped(io.RawIOBase):
    """A stream that ends with a reason when it turns out longer than an upload may be."""

    def __init__(self, inner: BinaryIO) -> None:
        super().__init__()
        self._inner = inner
        self._left = MAX_UNPACKED_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._inner.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise UnreadableFile(message("the file unpacks to more than %(n)s MB", n=MAX_UNPACKED_BYTES // 1024**2))
        buffer[: len(data)] = data
        return len(data)


def _capped(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Capped(stream), 1 << 16))
