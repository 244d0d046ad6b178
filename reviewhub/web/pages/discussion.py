"""What pages of the discussion need, gathered once: the part of the record page, the list, one thread, the box to write in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ...core.actor import Actor
from ...core.errors import NotFound
from ...discussion import drafts, queries, services, voices
from ...discussion.queries import FIRST_REPLIES, REPLIES_PAGE_SIZE, Counts, Said, Threads
from ...discussion.rules import ERROR, QUESTION
from ...discussion.services import Allowance
from ...discussion.words import kinds_of_heads, kinds_of_replies
from ..forms.comment import CommentForm

# With so few texts left for the day the box says how many.
SHOWN_ALLOWANCE = 5


@dataclass(frozen=True, slots=True)
class Box:
    """The box to write in, for who is signed in or not."""

    form: CommentForm
    kinds: Sequence[str]
    voice: str = "free"  # "name" or "pseudonym" as before in this record, "author": by name; "free" to choose
    pseudonym: str = ""
    allowance: Allowance | None = None  # None: nobody is signed in
    draft_at: dt.datetime | None = None  # what it is filled with was saved then

    @property
    def n_left(self) -> int | None:
        """How many texts may still be written, where that is worth saying."""
        return self.allowance.left if self.allowance and self.allowance.left <= SHOWN_ALLOWANCE else None


@dataclass(frozen=True, slots=True)
class Talk:
    """Threads of a record, or of a review, and where the reader stands among them."""

    paper_id: int
    counts: Counts
    found: Threads
    order: str = "best"
    box: Box | None = None  # None: not for who is not signed in, is suspended, or where the discussion is closed
    is_hidden: bool = False  # from a reader who rates before looking
    is_author: bool = False  # the reader, of the paper
    is_moderator: bool = False
    has_voice: bool = False  # the reader may vote and set states
    n_first_replies: int = FIRST_REPLIES

    def may_set_state(self, one: Said) -> bool:
        """Whether the reader may change the state of this comment, in some role."""
        return self.has_voice and one.kind in (QUESTION, ERROR) and one.visibility == "shown" and (one.is_own or self.is_author or self.is_moderator)


@dataclass(frozen=True, slots=True)
class Thread:
    """One thread, and the replies of it that stand on a page. `before` and `after`: numbers to go on from, None at the ends."""

    head: Said
    replies: Sequence[Said]
    before: int | None = None
    after: int | None = None


def part(session: Session, paper_id: int, actor: Actor, *, is_hidden: bool = False, rating_id: int | None = None) -> Talk:
    """The first threads of a record, or of one review, with the box.

    One statement where nobody has written, else three; five or six more for who is signed in, however much there is.
    """
    counts = queries.counts_of(session, paper_id)
    has_threads = counts.n_threads if rating_id is None else counts.n_comments  # who waits for a moderator finds the text where it was sent
    is_asked = not is_hidden and (has_threads or actor.account_id is not None)
    found = queries.threads(session, paper_id, actor, rating_id=rating_id) if is_asked else Threads([])
    return talk(session, paper_id, actor, counts, found, is_hidden=is_hidden, form=CommentForm(rating_id=rating_id))


def talk(
    session: Session, paper_id: int, actor: Actor, counts: Counts, found: Threads, *, order: str = "best", is_hidden: bool = False,
    form: CommentForm | None = None,
) -> Talk:  # fmt: skip
    """Threads as a page shows them to this reader; `form`: with a box that begins with it, or with the draft."""
    has_voice = actor.account_id is not None and not actor.is_suspended
    is_author = has_voice and voices.is_author(session, actor.account_id, paper_id)
    box = box_for(session, paper_id, actor, form, is_author=is_author) if form and has_voice and not counts.is_locked else None
    return Talk(paper_id, counts, found, order, box, is_hidden, is_author, actor.has_role("moderator"), has_voice)


def box_for(
    session: Session, paper_id: int, actor: Actor, form: CommentForm, *, is_author: bool, owner: drafts.Owner | None = None, head_kind: str = "",
    is_typed: bool = False,
) -> Box:  # fmt: skip
    """The box for a place. Unless somebody `is_typed` into it already it is filled with the draft, if there is one.

    At most five statements; one for who is not signed in and has a draft.
    """
    owner = owner or (drafts.Owner(actor.account_id) if actor.account_id is not None else None)
    draft = drafts.draft_of(session, owner, paper_id, form.place) if owner and not is_typed else None
    if draft:
        # What an address asks for (a passage that was just selected) is newer than the draft; what was typed is not to be lost.
        form = CommentForm({**draft.fields, **{name: value for name, value in form.values.items() if value}}, form.parent_id, form.rating_id)
    is_reply = form.parent_id is not None
    kinds = kinds_of_replies(head_kind, is_author=is_author) if is_reply else kinds_of_heads(is_author=is_author)
    draft_at = draft.saved_at if draft else None
    if actor.account_id is None or actor.is_suspended:
        return Box(form, kinds, draft_at=draft_at)
    before = None if is_author else voices.voice_in(session, actor.account_id, paper_id)
    voice = "author" if is_author else "free" if before is None else "pseudonym" if before else "name"
    return Box(form, kinds, voice, before or "", services.allowance_of(session, actor), draft_at)


def thread(session: Session, one: Said, actor: Actor, *, after: int | None = None) -> Thread:
    """The thread of a comment with the replies around it, or those after this number. At most four statements. NotFound while its head waits."""
    head = one if one.parent_id is None else queries.comment_of(session, one.parent_id, actor)
    if head is None:
        raise NotFound
    start = after if after is not None else max(0, one.number - 1) // REPLIES_PAGE_SIZE * REPLIES_PAGE_SIZE
    found = queries.replies(session, head.id, actor, after_number=start) if head.n_replies > start else []
    last = start + REPLIES_PAGE_SIZE
    return Thread(head, found, max(0, start - REPLIES_PAGE_SIZE) if start else None, last if head.n_replies > last else None)
