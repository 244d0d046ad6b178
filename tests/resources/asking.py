"""Requests and answers for tests of resources."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub.core import clock
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.papers.record import Author, Journal, Keyword, PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.people.models import Claim, Person, PersonAccount
from reviewhub.resources import answering, services
from reviewhub.resources.answering import Given
from reviewhub.resources.models import ResourceAnswer, ResourceRequest
from reviewhub.resources.uploads import received
from tests.people import person

NOWHERE = Path("/nonexistent")
LINK = "https://zenodo.org/records/1"


def paper(session: Session, title: str = "A paper on sleep in mice", **more: Any) -> int:
    """A paper with a journal, a keyword and one author."""
    known: dict[str, Any] = {"authors": [Author("Lei Wang", "Wang", "Lei")], "journal": Journal("Sleep Letters"), "keywords": [Keyword("sleep")]}
    return add_or_update(session, KEEPER, [PaperRecord("hand", title=title, **(known | more))])[0].paper_id or 0


def author_of(session: Session, paper_id: int, name: str = "Lei Wang", position: int = 1, **facts: Any) -> Actor:
    """Somebody with an approved claim on a paper."""
    who, now = person(session, name, **facts), clock.now()
    owner = Person(name=name, made_at=now, changed_at=now)
    session.add(owner)
    session.flush()
    claim_for(session, who, owner, paper_id, position)
    session.add(PersonAccount(account_id=who.account_id, person_id=owner.id))
    session.flush()
    return who


def claim_for(session: Session, who: Actor, owner: Person, paper_id: int, position: int = 1) -> None:
    """An approved claim of a printed name."""
    now = clock.now()
    session.add(
        Claim(
            paper_id=paper_id, position=position, name=owner.name, name_key="lei-wang", account_id=who.account_id, person_id=owner.id, state="approved",
            proof="moderator", made_at=now, changed_at=now,
        )
    )  # fmt: skip
    session.flush()


def ask(session: Session, actor: Actor, paper_id: int, kind: str = "data", text: str = "The raw recordings, please.") -> ResourceRequest:
    return services.ask(session, actor, paper_id, kind, text).request


def give(session: Session, actor: Actor, request_id: int, home: Path = NOWHERE, **given: Any) -> ResourceAnswer:
    """Answers with a link, or with what is given."""
    return answering.answer(session, actor, request_id, Given(**(given or {"url": LINK, "licence": "CC0 1.0"})), home=home)


def upload(name: str = "table.csv", content: bytes = b"a,b\n1,2\n") -> Any:
    return received(name, io.BytesIO(content))


def state(session: Session, request_id: int) -> str:
    return session.execute(sa.select(ResourceRequest.state).where(ResourceRequest.id == request_id)).scalar_one()


def helpful(session: Session, who: Actor) -> int:
    """Gives an account a row in every table of requests that can name one; the paper of it all."""
    paper_id, other = paper(session, "What everybody asks for"), person(session)
    asked = ask(session, who, paper_id)
    of_other = ask(session, other, paper_id, "code")
    services.join(session, who, of_other.id, "The scripts of figure 2.")
    give(session, who, of_other.id, text="They are in the supplement.")
    answered = give(session, other, asked.id)
    answering.judge(session, who, answered.id, True)
    return paper_id
