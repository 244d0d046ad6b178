"""`/moderation/records/<id>/merge`: two records side by side, made one; `/moderation/merges`: what was made one, and parting it again."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotFound
from ..core.text import Message, message, plain
from ..discussion.queries import counts_of
from ..moderation import merging
from ..moderation.rules import MIN_REASON_CHARS
from ..papers.queries import RecordPage, lines_of, record_page, redirect_of
from ..papers.record import PaperRecord
from ..ratings.queries import score_of
from .pages import moderation as words
from .support import notice
from .support.deciding import Fault, tried
from .support.entry import entry
from .support.labels import label_of
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
_NO_RECORD = message("There is no other record with this number. It stands at the end of the record's address.")
_MERGED = message("The two records are one now. That can be undone here.")
_UNDONE = message("Undone: there are two records again, with what each had.")

blueprint = Blueprint("record_merging", __name__, url_prefix="/moderation")


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of two records."""

    label: Message | str
    kept: str
    gone: str

    @property
    def differs(self) -> bool:
        return self.kept != self.gone


@blueprint.get("/records/<int:paper_id>/merge")
@entry("moderator")
def compare(paper_id: int) -> BaseResponse:
    """The record beside another one, whose number is asked for first."""
    return _compare(paper_id, request.args.get("other", ""))


@blueprint.post("/records/<int:paper_id>/merge")
@entry("moderator")
def merge(paper_id: int) -> BaseResponse:
    """Makes the other record part of this one."""
    other, reason = request.form.get("other", ""), request.form.get("reason", "")
    number = _number(other)
    if number is None or record_page(session(), number) is None:
        return _compare(paper_id, other, (422, _NO_RECORD), reason)
    fault = tried(lambda: merging.merge(session(), actor(), paper_id, number, reason, movers=current_app.extensions["movers"]))
    if fault:
        return _compare(paper_id, other, fault, reason)
    notice.leave(_MERGED)
    return redirect(url_for("record_merging.show"), 303)


@blueprint.get("/merges")
@entry("moderator")
def show() -> BaseResponse:
    """What was made one, the newest first."""
    return _merges()


@blueprint.post("/merges/<int:merge_id>")
@entry("moderator")
def undo(merge_id: int) -> BaseResponse:
    """Parts what was made one."""
    if merge_id > MAX_ID:
        raise NotFound
    reason = request.form.get("reason", "")
    fault = tried(lambda: merging.undo(session(), actor(), merge_id, reason))
    if fault:
        return _merges(fault, reason, merge_id)
    notice.leave(_UNDONE)
    return redirect(url_for("record_merging.show"), 303)


def _compare(paper_id: int, other: str, fault: Fault | None = None, typed: str = "") -> BaseResponse:
    kept = record_page(session(), paper_id) if paper_id <= MAX_ID else None
    if kept is None:
        raise NotFound
    number = _number(other)
    gone = record_page(session(), number) if number is not None and number != paper_id else None
    if other and gone is None and fault is None:
        fault = 404, _NO_RECORD
    status, sentence = fault or (200, None)
    answer: BaseResponse = page(
        "moderation/merge.html", status, line=lines_of(session(), [paper_id])[0], fault=sentence, typed=typed, asked=other, words=words,
        other_line=lines_of(session(), [number or 0])[0] if gone else None, fields=_fields(kept, gone) if gone else [], least=MIN_REASON_CHARS,
    )  # fmt: skip
    return answer


def _merges(fault: Fault | None = None, typed: str = "", merge_id: int = 0) -> BaseResponse:
    found = merging.merges(session(), actor())
    status, sentence = fault or (200, None)
    answer: BaseResponse = page(
        "moderation/merges.html", status, merges=found, fault=sentence, typed=typed, merge_id=merge_id, said=notice.take(), words=words,
        lines={line.id: line for line in lines_of(session(), sorted({one.kept_id for one in found}))}, least=MIN_REASON_CHARS,
    )  # fmt: skip
    return answer


def _fields(kept: RecordPage, gone: RecordPage) -> list[Compared]:
    """What both say, field by field."""
    sides = []
    for one in (kept, gone):
        record, score = one.record, score_of(session(), one.id)
        identifiers = "; ".join(f"{label_of('identifier', kind)} {value}" for kind, values in record.identifiers.items() for value in values)
        sides.append(
            [
                plain(record.title), label_of("type", record.type), record.journal.name, record.published, _place(record),
                "; ".join(author.name for author in record.authors), identifiers, str(score.n), str(counts_of(session(), one.id).n_comments),
            ]
        )  # fmt: skip
    labels = (
        message("Title"), message("Type"), message("Journal"), message("Date"), message("Volume, issue, pages"), message("Authors"), message("Identifiers"),
        message("Ratings"), message("Comments"),
    )  # fmt: skip
    return [Compared(label, *pair) for label, *pair in zip(labels, *sides, strict=True)]


def _place(record: PaperRecord) -> str:
    """Volume, issue and pages."""
    return ", ".join(part for part in (record.volume, record.issue, record.pages) if part)


def _number(typed: str) -> int | None:
    """The number of a record as it was typed, or at the end of a pasted address; one that was merged leads to where it went."""
    digits = typed.strip().rstrip("/").rsplit("/", 1)[-1]
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9:
        return None
    return redirect_of(session(), int(digits)) or int(digits)
