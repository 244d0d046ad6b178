"""What a library may hold, and who may see a list."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.actor import Actor
from ..core.text import as_typed, message, squeezed

# How far somebody has read; the first is what saving a paper sets.
STATES = ("to-read", "reading", "read")
STATE_LABELS = {"to-read": message("To read"), "reading": message("Reading"), "read": message("Read")}

# More than the largest libraries that reference managers report; it bounds what one account can make the site store.
MOST_ITEMS = 200_000
MOST_TAGS = 50
MAX_TAG_CHARS = 60
MAX_NOTE_CHARS = 20_000
MOST_LISTS = 200
MOST_ON_LIST = 5_000
MAX_TITLE_CHARS = 200
MAX_DESCRIPTION_CHARS = 5_000
# Why a paper is on a list: a paragraph or two.
MAX_ITEM_NOTE_CHARS = 2_000


def tags_in(text: str | Iterable[str]) -> list[str]:
    """The tags of a typed line ("pain, to cite；中风") or of several words, each once, in order; case and blanks do not make two of one."""
    pieces = text.replace("，", ",").replace("；", ",").replace(";", ",").replace("、", ",").split(",") if isinstance(text, str) else text
    found: dict[str, str] = {}
    for piece in pieces:
        if tag := squeezed(as_typed(piece)):
            found.setdefault(tag_key(tag), tag)
    return list(found.values())


def tag_key(tag: str) -> str:
    """A tag as it is compared."""
    return squeezed(tag).casefold()


def can_see_list(actor: Actor, *, owner_id: int, is_public: bool) -> bool:
    """A public list is for anybody; a private one for its owner."""
    return is_public or can_change_list(actor, owner_id=owner_id)


def can_change_list(actor: Actor, *, owner_id: int) -> bool:
    return actor.account_id == owner_id and actor.kind == "account"
