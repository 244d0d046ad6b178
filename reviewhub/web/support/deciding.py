"""A moderator's form: what came in the way of a decision, as a status and a sentence, with nothing of it done."""

from __future__ import annotations

from collections.abc import Callable

from ...core.errors import Conflict, NotAllowed, RuleBroken
from ...core.text import Message
from ..pages import moderation as words
from .transaction import session

Fault = tuple[int, Message]


def tried(act: Callable[[], object]) -> Fault | None:
    """Does it; where that cannot be, takes everything back and says why. None: it is done."""
    try:
        act()
    except RuleBroken as broken:
        found = 422, broken.message
    except Conflict:
        found = 409, words.DECIDED_MEANWHILE
    except NotAllowed:
        found = 403, words.NOT_YOURS
    else:
        return None
    session().rollback()
    return found
