"""Who is spoken to: "@" and the name of somebody who takes part in the discussion of the same record."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..accounts.rules import MAX_NAME_CHARS
from ..core.errors import RuleBroken
from ..core.text import message
from ..papers.models import Authorship
from ..people.ladder import APPROVED
from ..people.models import Claim, PersonAccount
from ..ratings.models import Rating
from .models import Comment
from .rules import MAX_MENTIONS

# "@" at the beginning of a word; in an address or a formula it stands within one.
_AT = re.compile(r"(?<![\w@.$\\])@(?=\w)")
# The longest beginnings of what follows that a name can be; most have three or four words.
_MOST_WORDS = 6
_MOST_HAN = 8


def mentioned(session: Session, text: str, paper_id: int) -> set[int]:
    """The accounts that a text speaks to. Two statements; none where there is no "@".

    Only who has written here under their name, has reviewed the paper or verifiably wrote it can be spoken to. Raises RuleBroken("text") for too many.
    """
    places = [match.end() for match in _AT.finditer(text)]
    if len(places) > MAX_MENTIONS:
        raise RuleBroken("text", message("At most %(most)s people can be spoken to with “@” at once; these are %(n)s.", most=MAX_MENTIONS, n=len(places)))
    beginnings = [_beginnings(text[place : place + MAX_NAME_CHARS]) for place in places]
    wanted = sorted({name for some in beginnings for name in some})
    if not wanted:
        return set()
    commented = sa.select(Comment.id).where(
        Comment.paper_id == paper_id, Comment.account_id == Account.id, Comment.pseudonym == "", Comment.visibility == "shown"
    )
    reviewed = sa.select(Rating.id).where(Rating.paper_id == paper_id, Rating.account_id == Account.id, Rating.text != "")
    wrote = sa.select(Authorship.position).where(Authorship.paper_id == paper_id, Authorship.orcid == Account.orcid)
    claimed = (
        sa.select(Claim.id)
        .join(PersonAccount, PersonAccount.person_id == Claim.person_id)
        .where(Claim.paper_id == paper_id, Claim.state == APPROVED, PersonAccount.account_id == Account.id)
    )
    takes_part = sa.or_(commented.exists(), reviewed.exists(), wrote.exists(), claimed.exists())
    known: dict[str, set[int]] = {}
    for account_id, name in session.execute(sa.select(Account.id, Account.name).where(Account.name.in_(wanted), takes_part)):
        known.setdefault(name, set()).add(account_id)
    found: set[int] = set()
    for names in beginnings:
        longest = next((name for name in names if name in known), None)
        found |= known.get(longest or "", set())
    return found


def _beginnings(text: str) -> list[str]:
    """What a name at the beginning of this text could be, the longest first: whole words, and of a run of Han every length."""
    line = text.split("\n", 1)[0]
    ends = [match.end() for match in re.finditer(r"[\w.'’·-]+", line)][:_MOST_WORDS]
    han = re.match("[\u3400-\u9fff·]+", line)
    lengths = {*ends, *(range(1, min(len(han[0]), _MOST_HAN) + 1) if han else ())}
    stripped = {line[:end].rstrip(".'’-") for end in lengths} | {line[:end] for end in lengths}
    return sorted(stripped - {""}, key=len, reverse=True)
