"""The box to write in: where a text belongs and what was typed, kept as it is, so that nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...core.text import Message, squeezed
from ...discussion import drafts
from ...discussion.services import Written
from .rating import language_of

# What is kept in a draft. The box of a pseudonym is absent when it is not ticked.
FIELDS = ("kind", "text", "passage", "is_pseudonymous")
YES = "1"
# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1


@dataclass(slots=True)
class CommentForm:
    """What somebody typed, where it belongs, and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    parent_id: int | None = None  # the comment that is replied to
    rating_id: int | None = None  # the review it is about
    errors: dict[str, Message] = field(default_factory=dict)  # by field

    @classmethod
    def sent(cls, typed: Mapping[str, str]) -> CommentForm:
        """The form as a browser sent it, or as an address fills it in."""
        values = {name: typed[name] for name in FIELDS if name in typed}
        values["text"] = values.get("text", "").replace("\r\n", "\n")
        values |= {name: squeezed(values[name]) for name in FIELDS if name != "text" and name in values}
        return cls(values, _id_of(typed.get("parent", "")), _id_of(typed.get("review", "")))

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def place(self) -> str:
        """Where in the record its draft belongs."""
        return drafts.place_of(self.parent_id, self.rating_id)

    @property
    def address(self) -> dict[str, Any]:
        """The fields that make an address lead to the same place."""
        return {name: value for name, value in (("parent", self.parent_id), ("review", self.rating_id)) if value is not None}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it worth keeping."""
        return not (self["text"].strip() or self["passage"])

    @property
    def written(self) -> Written:
        """What is to be written."""
        return Written(self["kind"], self["text"], self.parent_id, self.rating_id, self["passage"], language_of(self["text"]), self["is_pseudonymous"] == YES)


def _id_of(text: str) -> int | None:
    """None where there is none; 0, which no comment has, where it is no number."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= MAX_ID else 0
