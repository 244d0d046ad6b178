"""Papers and comments for tests of the discussion."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub.accounts.models import Account
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.discussion.models import Comment
from reviewhub.discussion.services import Written, write
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import add_or_update

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
    """Gives an account the ORCID iD of the paper's author."""
    session.execute(sa.update(Account).where(Account.id == actor.account_id).values(orcid=orcid))
    return actor
