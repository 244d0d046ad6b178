"""Papers and comments for tests of the discussion."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub.accounts.models import Account
from reviewhub.core import clock
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.discussion import drafts
from reviewhub.discussion.models import Comment
from reviewhub.discussion.services import Written, set_state, write
from reviewhub.discussion.votes import vote_on_comment
from reviewhub.moderation import log
from reviewhub.moderation import services as moderation
from reviewhub.moderation.models import RecordMerge, RecordMergeRow, Report, Unmasking
from reviewhub.notifications.services import Happening, choose_way, follow, tell
from reviewhub.papers.models import Authorship
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.people.models import Claim, Person, PersonAccount
from tests.people import person

SECRET = "a secret of tests"
ORCID = "0000-0002-1825-0097"


def paper(session: Session, title: str = "A paper on sleep", *, orcid: str | None = ORCID) -> int:
    """A paper whose first author has an ORCID iD."""
    authors = [Author(name="Josiah Carberry", orcid=orcid or "")]
    return add_or_update(session, KEEPER, [PaperRecord("hand", title=title, authors=authors)])[0].paper_id or 0


def say(session: Session, actor: Actor, paper_id: int, text: str = "How many took part?", kind: str = "remark", **more: Any) -> Comment:
    """Writes a comment."""
    return write(session, actor, paper_id, Written(kind, text, **more), secret_key=SECRET)


def make_author(session: Session, actor: Actor, orcid: str = ORCID) -> Actor:
    """Gives an account the ORCID iD of the author, and an approved claim on each paper that is here with it."""
    session.execute(sa.update(Account).where(Account.id == actor.account_id).values(orcid=orcid))
    now = clock.now()
    author = Person(name="Josiah Carberry", made_at=now, changed_at=now)
    session.add(author)
    session.flush()
    session.add(PersonAccount(account_id=actor.account_id, person_id=author.id))
    for place in session.scalars(sa.select(Authorship).where(Authorship.orcid == orcid)).all():
        session.add(
            Claim(
                paper_id=place.paper_id, position=place.position, name=place.name, name_key=place.name_key, account_id=actor.account_id, person_id=author.id,
                state="approved", proof="orcid", made_at=now, changed_at=now,
            )
        )  # fmt: skip
    session.flush()
    return actor


def talkative(session: Session, who: Actor) -> int:
    """Gives an account a row in every table of discussion, moderation and notices that can name one; the paper of it all."""
    paper_id, other, now = paper(session, "What everybody talks about"), person(session), clock.now()
    assert who.account_id is not None
    name = session.get_one(Account, who.account_id).name
    question = say(session, who, paper_id, "How many?", "question")
    set_state(session, who, question.id, "answered")
    of_other = say(session, other, paper_id, f"@{name} what now?")
    vote_on_comment(session, who, of_other.id, True)
    drafts.keep(session, drafts.Owner(who.account_id), paper_id, "paper", {"text": "Half a sent"})
    follow(session, who, "paper", paper_id)
    choose_way(session, who, "reply", "weekly")
    tell(session, [who.account_id], "reply", Happening("comment:1", now, paper_id))
    moderation.report(session, who, "comment", of_other.id, "spam", "Look at it.")
    moderation.suspend(session, KEEPER, who.account_id, "Too loud for a while.", until=now + dt.timedelta(days=1))
    log.append(session, Actor("account", who.account_id, "moderator"), "hide", "comment:99", reason="As a moderator once did.")
    masked = say(session, other, paper(session, "Elsewhere"), is_pseudonymous=True)
    session.add_all(
        [
            Report(target_kind="comment", target_id=1, reason="spam", reported_at=now, verdict="dismissed", decided_at=now, decided_by=who.account_id),
            Unmasking(comment_id=masked.id, reason="A reason of some length", asked_by=who.account_id, asked_at=now),
            Unmasking(comment_id=masked.id, reason="A reason of some length", agreed_by=who.account_id, asked_at=now),
            merge := RecordMerge(kept_id=paper_id, gone_id=10**6, made_at=now, made_by=who.account_id, paper={}),
        ]
    )
    session.flush()
    session.add(RecordMergeRow(merge_id=merge.id, table_name="ratings", move="taken", account_id=who.account_id, before={"id": 1}, after={}))
    session.flush()
    return paper_id
