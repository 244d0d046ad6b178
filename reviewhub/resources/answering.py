"""Answering: a link, a file or words; taking an answer back; saying whether it works; and what checks of its link tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, RuleBroken
from ..core.jobs import emit
from ..core.text import message, squeezed
from ..events import LinkDied, ResourceAnswered, ResourceJudged, UploadUnwanted
from ..people import queries as people
from . import uploads
from .models import ResourceAnswer, ResourceAsker, ResourceFile, ResourceRequest, ResourceVerdict
from .rules import CHECK_AGAIN_AFTER, CHECK_EVERY, FULL_TEXT, MAX_LICENCE_CHARS, MAX_NOTE_CHARS, SAME_ANSWER_WITHIN, is_dead, is_gone, link_fault
from .tickets import check_allowed, check_no_link, checked, is_asker, locked, locked_answer, note, waiting_or_shown, writer
from .uploads import Upload


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gives in answer: at least one of a link, a file and words."""

    url: str = ""
    licence: str = ""
    text: str = ""
    upload: Upload | None = None


def answer(session: Session, actor: Actor, request_id: int, given: Given, *, home: Path) -> ResourceAnswer:
    """Answers a request; what holds a link or a file waits for a moderator where a new account gives it. Sent twice it is one. Emits ResourceAnswered,
    unless it waits. The file lies in `home` when this returns; one that is left over by a transaction that failed is swept up by the worker.

    Raises NotFound, NotAllowed (not signed in, suspended), RuleBroken("url", "licence", "text", "file"), Conflict (nobody can see the request).
    """
    account_id = writer(actor)
    url, licence, text = squeezed(given.url), squeezed(given.licence), checked(given.text)
    _check(url, licence, text, given.upload)
    request = locked(session, request_id)
    if request.visibility != "shown":
        raise Conflict
    if given.upload is not None and request.kind == FULL_TEXT and not licence:
        words = message("Say which licence, or whose permission, lets you share this copy. Without one, link to a legal copy instead.")
        raise RuleBroken("licence", words)
    digest = given.upload.digest if given.upload else None
    now = clock.now()
    if (twin := _twin(session, account_id, request.id, url, text, digest, now)) is not None:
        return twin
    check_allowed(session, account_id, "text")
    visibility = waiting_or_shown(session, account_id, "https://" if url or given.upload else text)
    if given.upload is not None:
        _keep(session, home, given.upload, now)
    made = ResourceAnswer(
        request_id=request.id, account_id=account_id, is_author=people.is_author(session, account_id, request.paper_id), url=url, licence=licence, text=text,
        file_digest=digest, file_name=given.upload.name if given.upload else "", visibility=visibility, answered_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    if visibility == "shown":
        show(session, request, made)
    return made


def show(session: Session, request: ResourceRequest, made: ResourceAnswer) -> None:
    """Lets everybody see an answer: new, or released by a moderator; call with the paper locked. Emits ResourceAnswered."""
    made.visibility = "shown"
    made.check_at = clock.now() if made.url else None
    note(session, request, "answered", "author" if made.is_author else "reader", made.account_id)
    emit(session, ResourceAnswered(made.id))


def withdraw(session: Session, actor: Actor, answer_id: int) -> ResourceRequest:
    """Takes one's answer back: link, words and file go. Raises NotFound, NotAllowed (somebody else's), Conflict (gone, or hidden by a moderator)."""
    account_id = writer(actor)
    given, request = locked_answer(session, answer_id)
    if given.account_id != account_id:
        raise NotAllowed
    if given.visibility not in ("shown", "waiting"):
        raise Conflict
    was_shown = given.visibility == "shown"
    bury(session, given)
    if was_shown:
        note(session, request, "answer-withdrawn", "author" if given.is_author else "reader", account_id)
    return request


def bury(session: Session, given: ResourceAnswer) -> None:
    """Leaves nothing of an answer but its place; the caller settles the request. Emits UploadUnwanted for its file."""
    if given.file_digest is not None:
        emit(session, UploadUnwanted(given.file_digest))
    given.url = given.licence = given.text = given.file_name = ""
    given.file_digest, given.check_at, given.is_dead, given.is_accepted = None, None, False, False
    given.visibility, given.n_works, given.n_fails = "deleted", 0, 0
    session.execute(sa.delete(ResourceVerdict).where(ResourceVerdict.answer_id == given.id))
    session.flush()


def judge(session: Session, actor: Actor, answer_id: int, works: bool, words: str = "") -> ResourceAnswer:
    """Says whether an answer works for this reader; of who asks for it "works" accepts it. Emits ResourceJudged when that is news.

    Raises NotFound, NotAllowed (not signed in, one's own answer), RuleBroken("note"), Conflict (nobody can see the answer).
    """
    account_id = writer(actor)
    words = checked(words, "note", most=MAX_NOTE_CHARS)
    given, request = locked_answer(session, answer_id)
    if given.account_id == account_id:
        raise NotAllowed
    if given.visibility != "shown":
        raise Conflict
    known = session.get(ResourceVerdict, (given.id, account_id))
    if known is not None and known.works == works:
        return given
    check_no_link(session, account_id, words, "note")
    if known is None:
        session.add(ResourceVerdict(answer_id=given.id, account_id=account_id, works=works, at=clock.now()))
    else:
        known.works, known.at = works, clock.now()
    asks = is_asker(session, account_id, request.id)
    count(session, given)
    note(session, request, ("accepted" if asks else "works") if works else "fails", "asker" if asks else "reader", account_id, words)
    emit(session, ResourceJudged(given.id, account_id))
    return given


def count(session: Session, given: ResourceAnswer) -> None:
    """Makes the counts of an answer anew from what was said of it."""
    session.flush()
    n_fails, n_accepting = sa.func.count().filter(sa.not_(ResourceVerdict.works)), sa.func.count(ResourceAsker.account_id).filter(ResourceVerdict.works)
    verdicts = sa.select(sa.func.count().filter(ResourceVerdict.works), n_fails, n_accepting).select_from(ResourceVerdict)
    asks = sa.and_(ResourceAsker.request_id == given.request_id, ResourceAsker.account_id == ResourceVerdict.account_id)
    row = session.execute(verdicts.outerjoin(ResourceAsker, asks).where(ResourceVerdict.answer_id == given.id)).one()
    given.n_works, given.n_fails, given.is_accepted = row[0], row[1], row[2] > 0
    session.flush()


def note_check(session: Session, answer_id: int, url: str, status: int | None) -> None:
    """What a look at a link told: the HTTP status, 0 for no answer at all, None for an address that may not be asked, which is dead at once.

    A link that changed or went meanwhile is passed over. Emits LinkDied when it is found dead.
    """
    given, request = locked_answer(session, answer_id)
    if given.url != url or given.check_at is None:
        return
    now = clock.now()
    given.checked_at = now
    if status is not None and status != 0 and not is_gone(status):
        given.n_failed_checks, given.failing_since, given.check_at = 0, None, now + CHECK_EVERY
        if given.is_dead:
            given.is_dead = False
            note(session, request, "link-alive", "worker", None)
        session.flush()
        return
    given.n_failed_checks += 1
    given.failing_since = given.failing_since or now
    given.check_at = now + (CHECK_EVERY if given.is_dead else CHECK_AGAIN_AFTER)
    session.flush()
    if not given.is_dead and (status is None or is_dead(given.n_failed_checks, now - given.failing_since)):
        given.is_dead = True
        note(session, request, "link-dead", "worker", None)
        emit(session, LinkDied(given.id))


def drop_file(session: Session, home: Path, digest: str) -> bool:
    """Erases a file that no answer holds any more; whether it was erased."""
    is_held = sa.select(ResourceAnswer.id).where(ResourceAnswer.file_digest == digest).exists()
    gone = session.execute(sa.delete(ResourceFile).where(ResourceFile.digest == digest, sa.not_(is_held)))
    if not gone.rowcount:  # type: ignore[attr-defined]
        return False
    uploads.drop(home, digest)  # before the transaction ends: who uploads the same meanwhile waits for it, and writes the file anew
    return True


def unheld_files(session: Session) -> list[str]:
    """Files that no answer holds any more."""
    is_held = sa.select(ResourceAnswer.id).where(ResourceAnswer.file_digest == ResourceFile.digest).exists()
    return list(session.scalars(sa.select(ResourceFile.digest).where(sa.not_(is_held))))


def known_files(session: Session, digests: Sequence[str]) -> set[str]:
    """Those of some hundred digests that an answer may hold."""
    return set(session.scalars(sa.select(ResourceFile.digest).where(ResourceFile.digest.in_(digests))))


def _check(url: str, licence: str, text: str, upload: Upload | None) -> None:
    if url and (fault := link_fault(url)) is not None:
        raise RuleBroken("url", fault)
    if len(licence) > MAX_LICENCE_CHARS:
        raise RuleBroken("licence", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_LICENCE_CHARS, n=len(licence)))
    if not url and not text and upload is None:
        raise RuleBroken("url", message("Give a link, a file or some words."))


def _keep(session: Session, home: Path, upload: Upload, now: dt.datetime) -> None:
    """The row first: it makes whoever erases the same file wait, then the file."""
    row = {"digest": upload.digest, "size_bytes": upload.size_bytes, "content_type": upload.content_type, "added_at": now}
    insert = sqlite.insert(ResourceFile) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(ResourceFile)
    # An update that changes nothing locks the row where it is there already.
    session.execute(insert.values(**row).on_conflict_do_update(index_elements=["digest"], set_={"size_bytes": upload.size_bytes}))
    uploads.keep(home, upload)


def _twin(session: Session, account_id: int, request_id: int, url: str, text: str, digest: str | None, now: dt.datetime) -> ResourceAnswer | None:
    """The same answer, sent a moment ago."""
    query = sa.select(ResourceAnswer).where(
        ResourceAnswer.account_id == account_id, ResourceAnswer.answered_at > now - SAME_ANSWER_WITHIN, ResourceAnswer.request_id == request_id,
        ResourceAnswer.url == url, ResourceAnswer.text == text, ResourceAnswer.visibility.in_(("shown", "waiting")),
        ResourceAnswer.file_digest == digest if digest else ResourceAnswer.file_digest.is_(None),
    )  # fmt: skip
    return session.scalar(query.limit(1))
