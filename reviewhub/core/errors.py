"""What can go wrong in a domain; worded in the reader's language at the door."""

from __future__ import annotations

from typing import Any

from .text import Message


class NotFound(Exception):
    """There is no such thing, or it is not for this actor to see."""


class NotAllowed(Exception):
    """The actor may not do this."""


class RuleBroken(Exception):
    """A value breaks a rule of the domain: `field` names it, `message` is a sentence with its facts."""

    def __init__(self, field: str, message: Message, **facts: Any) -> None:
        super().__init__(str(message))
        self.field = field
        self.message = message
        self.facts = facts


class Conflict(Exception):
    """Somebody else changed the thing meanwhile."""
