"""Writes of the discussion: writing, editing, deleting, and the states of questions and suspected errors."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import as_typed, folded, message, plain, squeezed
from ..events import CommentShown, CommentStateSet
from ..papers.models import Paper
from ..papers.queries import lines_with_abstracts
from ..people.adding import words_of
from ..ratings.conflicts import conflicts_of
from ..ratings.models import Rating
from ..ratings.services import lock
from . import drafts, voices
from .counting import recount
from .mentions import mentioned
from .models import Comment, CommentMention, CommentState, CommentVersion, Discussion, Vote
from .rules import (
    AUTHOR_REPLY,
    FIRST_TEXTS,
    KINDS,
    LIMIT_WINDOW,
    MAX_NOTE_CHARS,
    MAX_PASSAGE_CHARS,
    MAX_TEXT_CHARS,
    SAME_TEXT_WITHIN,
    daily_limit,
    initial_state,
    must_wait,
    states_for,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody writes: on a paper, on a review of it (`rating_id`), or in reply to a comment (`parent_id`)."""

    kind: str
    text: str
    parent_id: int | None = None
    rating_id: int | None = None
    passage: str = ""
    text_language: str = ""
    is_pseudonymous: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much an account may still write now; shown before it bites."""

    most: int
    left: int
    again_at: dt.datetime | None = None  # when the next text may be written, where none is left
    links_wait: bool = False  # a text with a link is shown only after a moderator has read it


def write(session: Session, actor: Actor, paper_id: int, written: Written, *, secret_key: str) -> Comment:
    """Adds a comment; a first text with a link of a new account waits for a moderator. Emits CommentShown, unless it waits.

    The same text sent twice gives the comment that is there. `secret_key` is what pseudonyms are made with.
    Raises NotFound (no such paper, review or comment), NotAllowed (not signed in, suspended, no author), RuleBroken, Conflict (locked, or the comment is gone).
    """
    account_id = writer(actor)
    text, passage = check_text(written.text), squeezed(written.passage)
    _check(written.kind, passage)
    lock(session, paper_id)
    _check_passage(session, paper_id, passage)
    parent = _parent(session, paper_id, written.parent_id)
    rating_id = parent.rating_id if parent else _review(session, paper_id, written.rating_id)
    now = clock.now()
    if (twin := _twin(session, account_id, paper_id, parent, rating_id, written.kind, text, now)) is not None:
        return twin
    if (counts := session.get(Discussion, paper_id)) is not None and counts.is_locked:
        raise Conflict
    allowance = allowance_of(session, actor)
    if allowance.left <= 0:
        raise RuleBroken("text", message("You have written %(n)s texts within a day; more may be written tomorrow.", n=allowance.most))
    is_author = voices.is_author(session, account_id, paper_id)
    if written.kind == AUTHOR_REPLY and not is_author:
        raise RuleBroken("kind", message("Only a verified author of this paper replies as one."))
    is_perhaps_author = is_author or voices.is_perhaps_author(session, account_id, paper_id)
    if is_perhaps_author and written.is_pseudonymous:
        raise RuleBroken("is_pseudonymous", message("You are an author of this paper: here you write under your name."))
    pseudonym = voices.choose(session, account_id, paper_id, is_pseudonymous=written.is_pseudonymous, secret_key=secret_key)
    people = mentioned(session, text, paper_id) - {account_id}
    made = Comment(
        paper_id=paper_id, rating_id=rating_id, is_on_review=parent.is_on_review if parent else rating_id is not None, parent_id=parent.id if parent else None,
        kind=written.kind, text=text, text_language=written.text_language, passage=passage, account_id=account_id, pseudonym=pseudonym, is_author=is_author,
        conflict="own-paper" if is_perhaps_author else conflicts_of(session, {account_id: now.date()}, paper_id).get(account_id, ""),
        state=initial_state(written.kind), visibility="waiting" if _must_wait(session, account_id, text, now) else "shown", written_at=now, changed_at=now,
    )  # fmt: skip
    if parent is not None:
        parent.n_replies += 1
        made.number = parent.n_replies
    session.add(made)
    session.flush()
    session.add_all(CommentMention(comment_id=made.id, account_id=one) for one in sorted(people))
    drafts.drop(session, drafts.Owner(account_id), paper_id, drafts.place_of(written.parent_id, written.rating_id))
    recount(session, paper_id)
    if made.visibility == "shown":
        emit(session, CommentShown(made.id))
    return made


def edit(session: Session, actor: Actor, comment_id: int, text: str, *, seen_version: int) -> Comment:
    """Changes the text of one's comment; what stood before stays to be read. A new link in an early text makes it wait again.

    Raises NotFound, NotAllowed (somebody else's), RuleBroken("text"), Conflict (changed since `seen_version`; deleted, hidden, locked).
    """
    account_id = writer(actor)
    text = check_text(text)
    comment = locked(session, comment_id)
    if comment.account_id != account_id:
        raise NotAllowed
    if comment.version != seen_version or comment.visibility not in ("shown", "waiting") or is_locked(session, comment):
        raise Conflict
    if comment.text == text:
        return comment
    people = mentioned(session, text, comment.paper_id) - {account_id}
    now = clock.now()
    session.add(CommentVersion(comment_id=comment.id, version=comment.version, kind=comment.kind, text=comment.text, at=comment.changed_at))
    comment.text, comment.changed_at, comment.version = text, now, comment.version + 1
    if comment.visibility == "shown" and _must_wait(session, account_id, text, now, besides=comment.id):
        comment.visibility = "waiting"
    known = set(session.scalars(sa.select(CommentMention.account_id).where(CommentMention.comment_id == comment.id)))
    session.add_all(CommentMention(comment_id=comment.id, account_id=one) for one in sorted(people - known))
    drafts.drop(session, drafts.Owner(account_id), comment.paper_id, drafts.place_of_edit(comment.id))
    recount(session, comment.paper_id)
    return comment


def delete(session: Session, actor: Actor, comment_id: int) -> None:
    """Takes one's comment back: text and history go, a tombstone stays. Raises NotFound, NotAllowed; twice is no harm."""
    if actor.account_id is None:
        raise NotAllowed
    comment = locked(session, comment_id)
    if comment.account_id != actor.account_id:
        raise NotAllowed
    bury(session, comment)
    recount(session, comment.paper_id)


def bury(session: Session, comment: Comment) -> None:
    """Leaves only a tombstone of a comment: no text, no history, no one spoken to, no votes. The caller counts anew."""
    comment.text, comment.passage, comment.visibility, comment.state = "", "", "deleted", ""
    comment.n_helpful = comment.n_votes = comment.rank = 0
    comment.version += 1
    session.flush()
    for model in (CommentVersion, CommentMention, CommentState, Vote):
        session.execute(sa.delete(model).where(model.comment_id == comment.id))


def set_state(session: Session, actor: Actor, comment_id: int, state: str, *, note: str = "") -> CommentState:
    """Gives a question or suspected error another state, with history. Emits CommentStateSet.

    Raises NotFound, NotAllowed (neither asker nor author nor moderator), RuleBroken("state", "note"), Conflict (not shown).
    """
    account_id = writer(actor)
    note = squeezed(note)
    if len(note) > MAX_NOTE_CHARS:
        raise RuleBroken("note", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_NOTE_CHARS, n=len(note)))
    comment = locked(session, comment_id)
    if comment.visibility != "shown":
        raise Conflict
    roles = roles_in(session, actor, comment)
    if not roles:
        raise NotAllowed
    has_notice = session.execute(sa.select(Paper.is_corrected | Paper.is_retracted).where(Paper.id == comment.paper_id)).scalar_one()
    if state == comment.state:
        raise RuleBroken("state", message("It has this state already."))
    if state not in states_for(comment.kind, comment.state, roles, has_notice=bool(has_notice)):
        raise RuleBroken("state", message("Choose one from the list."))
    role = next(one for one in roles if state in states_for(comment.kind, comment.state, (one,), has_notice=bool(has_notice)))
    comment.state = state
    change = CommentState(comment_id=comment.id, state=state, role=role, account_id=account_id, note=note, at=clock.now())
    session.add(change)
    recount(session, comment.paper_id)
    emit(session, CommentStateSet(change.id))
    return change


def roles_in(session: Session, actor: Actor, comment: Comment) -> list[str]:
    """In which roles somebody may set the state of a comment: "asker", "author", "moderator". Nobody moderates what is their own."""
    if actor.account_id is None or actor.is_suspended:
        return []
    is_asker, is_author = comment.account_id == actor.account_id, voices.is_author(session, actor.account_id, comment.paper_id)
    roles = ["asker"] if is_asker else []
    roles += ["author"] if is_author else []
    may_judge = actor.has_role("moderator") and not is_asker and not voices.is_perhaps_author(session, actor.account_id, comment.paper_id)
    return roles + (["moderator"] if may_judge else [])


def allowance_of(session: Session, actor: Actor) -> Allowance:
    """How much this account may still write. Two statements."""
    account_id = writer(actor)
    now = clock.now()
    age = _age(session, account_id, now)
    times = session.scalars(
        sa.select(Comment.written_at).where(Comment.account_id == account_id, Comment.written_at > now - LIMIT_WINDOW).order_by(Comment.written_at)
    ).all()
    most = daily_limit(age)
    left = max(0, most - len(times))
    again_at = None if left else times[len(times) - most] + LIMIT_WINDOW
    return Allowance(most, left, again_at, must_wait("https://", age=age, n_shown=_n_shown(session, account_id)))


def is_sent(session: Session, actor: Actor, paper_id: int, written: Written) -> bool:
    """Whether this account has sent just this text to just this place a moment ago."""
    if actor.account_id is None:
        return False
    head_id = written.parent_id and session.scalar(sa.select(sa.func.coalesce(Comment.parent_id, Comment.id)).where(Comment.id == written.parent_id))
    sent = _same_text(actor.account_id, paper_id, head_id, written.rating_id, written.kind, as_typed(written.text), clock.now())
    return session.scalar(sent) is not None


def writer(actor: Actor) -> int:
    """The account of somebody who may write. Raises NotAllowed (not signed in, suspended)."""
    if actor.account_id is None or actor.is_suspended:
        raise NotAllowed
    return actor.account_id


def check_text(typed: str, most: int = MAX_TEXT_CHARS) -> str:
    """A text as it is kept. Raises RuleBroken("text") when nothing is in it or too much."""
    if len(typed) > 2 * most:  # before any work is done on it
        raise RuleBroken("text", message("At most %(most)s characters fit here; these are %(n)s.", most=most, n=len(typed)))
    text = as_typed(typed)
    if not text:
        raise RuleBroken("text", message("Write something first."))
    if len(text) > most:
        raise RuleBroken("text", message("At most %(most)s characters fit here; these are %(n)s.", most=most, n=len(text)))
    return text


def locked(session: Session, comment_id: int) -> Comment:
    """A comment as it stands, its paper locked. Raises NotFound."""
    paper_id = session.scalar(sa.select(Comment.paper_id).where(Comment.id == comment_id))
    if paper_id is None:
        raise NotFound
    lock(session, paper_id)
    comment = session.get(Comment, comment_id, populate_existing=True)
    if comment is None:
        raise NotFound
    return comment


def is_locked(session: Session, comment: Comment) -> bool:
    """Whether the thread of a comment, or its whole record, takes no more texts."""
    head = comment if comment.parent_id is None else session.get_one(Comment, comment.parent_id)
    counts = session.get(Discussion, comment.paper_id)
    return head.is_locked or (counts is not None and counts.is_locked)


def _check(kind: str, passage: str) -> None:
    if kind not in KINDS:
        raise RuleBroken("kind", message("Choose one from the list."))
    if len(passage) > MAX_PASSAGE_CHARS:
        raise RuleBroken("passage", message("At most %(most)s characters fit here; these are %(n)s.", most=MAX_PASSAGE_CHARS, n=len(passage)))


def _check_passage(session: Session, paper_id: int, passage: str) -> None:
    """Words that are said to be the abstract's are in it: nobody puts any into its authors' mouths. Case, accents and signs may differ."""
    if not passage:
        return
    abstracts = [abstracts for _, abstracts in lines_with_abstracts(session, [paper_id])]
    texts = [" ".join(f"{part.get('label', '')} {plain(part['html'])}" for part in parts) for some in abstracts for parts in some.values()]
    texts += [word.text for word in words_of(session, paper_id) if word.kind == "abstract"]
    words = folded(passage)
    if not words or not any(words in folded(text) for text in texts):
        raise RuleBroken("passage", message("These words are not in the abstract. Copy them from it, or leave the field empty."))


def _parent(session: Session, paper_id: int, parent_id: int | None) -> Comment | None:
    """The head of the thread that is replied in: a reply to a reply stands beside it."""
    if parent_id is None:
        return None
    found = session.get(Comment, parent_id, populate_existing=True)
    if found is None or found.paper_id != paper_id or found.visibility == "waiting":
        raise NotFound
    if found.visibility != "shown":
        raise Conflict
    head = found if found.parent_id is None else session.get_one(Comment, found.parent_id, populate_existing=True)
    if head.is_locked:
        raise Conflict
    return head


def _review(session: Session, paper_id: int, rating_id: int | None) -> int | None:
    if rating_id is None:
        return None
    known = session.scalar(sa.select(Rating.id).where(Rating.id == rating_id, Rating.paper_id == paper_id, Rating.text != ""))
    if known is None:
        raise NotFound
    return known


def _twin(
    session: Session, account_id: int, paper_id: int, parent: Comment | None, rating_id: int | None, kind: str, text: str, now: dt.datetime
) -> Comment | None:
    """The same text in the same place, sent a moment ago."""
    return session.scalar(_same_text(account_id, paper_id, parent.id if parent else None, rating_id, kind, text, now))


def _same_text(account_id: int, paper_id: int, head_id: int | None, rating_id: int | None, kind: str, text: str, now: dt.datetime) -> sa.Select[Comment]:
    """A reply is found by its head alone, which knows the review."""
    about = Comment.rating_id == rating_id if rating_id is not None else Comment.rating_id.is_(None)
    return (
        sa.select(Comment)
        .where(
            Comment.account_id == account_id, Comment.written_at > now - SAME_TEXT_WITHIN, Comment.paper_id == paper_id, Comment.kind == kind,
            Comment.parent_id == head_id if head_id is not None else sa.and_(Comment.parent_id.is_(None), about),
            Comment.text == text, Comment.visibility.in_(("shown", "waiting")),
        )
        .limit(1)
    )  # fmt: skip


def _must_wait(session: Session, account_id: int, text: str, now: dt.datetime, *, besides: int = 0) -> bool:
    return must_wait(text, age=_age(session, account_id, now), n_shown=_n_shown(session, account_id, besides=besides))


def _age(session: Session, account_id: int, now: dt.datetime) -> dt.timedelta:
    return now - session.execute(sa.select(Account.joined_at).where(Account.id == account_id)).scalar_one()


def _n_shown(session: Session, account_id: int, *, besides: int = 0) -> int:
    shown = sa.select(Comment.id).where(Comment.account_id == account_id, Comment.visibility == "shown", Comment.id != besides).limit(FIRST_TEXTS)
    return session.scalar(sa.select(sa.func.count()).select_from(shown.subquery())) or 0
