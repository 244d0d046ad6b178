"""What authors add to the record of their own paper: a summary in plain words, title and abstract in the other language, links to code and data."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import Actor
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.i18n import LANGUAGES
from ..core.jobs import emit
from ..core.text import as_typed, message, squeezed
from ..events import ClaimChanged
from ..papers.models import Authorship, Paper
from . import queries
from .ladder import APPROVED
from .models import LINK_KINDS, TEXT_KINDS, AuthorWord, Claim, Person
from .profiles import is_web_address
from .services import claimant

# A summary for readers from other fields is a paragraph; titles and abstracts as long as the longest real ones.
MOST_CHARS = {"summary": 1_500, "title": 500, "abstract": 6_000}


@dataclass(frozen=True, slots=True)
class Word:
    """Something an author added: plain text, or the address of a link. `language` is empty for links."""

    kind: str
    language: str
    text: str
    person_id: int
    by: str


def add_word(session: Session, actor: Actor, paper_id: int, *, kind: str, text: str, language: str = "") -> None:
    """Sets what the author says; an empty text takes it back. Emits ClaimChanged.

    Only the corresponding author may, or any approved one where none is marked. Raises NotAllowed, NotFound, RuleBroken("kind", "language", "text").
    """
    claim = _claim(session, actor, paper_id)
    if kind not in (*TEXT_KINDS, *LINK_KINDS):
        raise RuleBroken("kind", message("Choose one from the list."))
    if (language not in LANGUAGES) if kind in TEXT_KINDS else bool(language):
        raise RuleBroken("language", message("Choose one from the list."))
    said = as_typed(text) if kind in ("summary", "abstract") else squeezed(text)
    if kind in LINK_KINDS and said and not is_web_address(said):
        raise RuleBroken("text", message("This is not the address of a page. It begins with https:// or http://."))
    if kind in TEXT_KINDS and len(said) > MOST_CHARS[kind]:
        raise RuleBroken("text", message("At most %(most)s characters fit here; these are %(n)s.", most=MOST_CHARS[kind], n=len(said)))
    known = session.get(AuthorWord, (paper_id, kind, language), with_for_update=True)
    if known is not None and not said:
        session.delete(known)
    elif known is not None:
        known.text, known.claim_id, known.changed_at = said, claim.id, clock.now()
    elif said:
        session.add(AuthorWord(paper_id=paper_id, kind=kind, language=language, claim_id=claim.id, text=said, changed_at=clock.now()))
    session.flush()
    emit(session, ClaimChanged(claim.id, paper_id, claim.account_id or 0))


def words_of(session: Session, paper_id: int) -> list[Word]:
    """What authors with an approved claim have added to a paper. One statement."""
    query = (
        sa.select(AuthorWord.kind, AuthorWord.language, AuthorWord.text, Person.id, Person.name)
        .join(Claim, Claim.id == AuthorWord.claim_id)
        .join(Person, Person.id == Claim.person_id)
        .where(AuthorWord.paper_id == paper_id, Claim.state == APPROVED)
        .order_by(AuthorWord.kind, AuthorWord.language)
    )
    return [Word(*row) for row in session.execute(query)]


def may_add(session: Session, actor: Actor, paper_id: int) -> bool:
    """Whether this actor may add to the record."""
    try:
        _claim(session, actor, paper_id)
    except (NotAllowed, NotFound):
        return False
    return True


def _claim(session: Session, actor: Actor, paper_id: int) -> Claim:
    account = claimant(session, actor)
    if session.scalar(sa.select(Paper.id).where(Paper.id == paper_id)) is None:
        raise NotFound
    person = queries.person_of(session, account.id)
    own = sa.select(Claim).where(Claim.paper_id == paper_id, Claim.state == APPROVED, Claim.person_id == (person.id if person else 0), Claim.position > 0)
    claim = session.scalar(own)
    if claim is None:
        raise NotAllowed
    marked = set(session.scalars(sa.select(Authorship.position).where(Authorship.paper_id == paper_id, Authorship.is_corresponding.is_(sa.true()))))
    if marked and claim.position not in marked:
        raise NotAllowed
    return claim
