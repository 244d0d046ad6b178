"""Which papers of a page the reader keeps: found in one statement for the whole page, when its first button is drawn."""

from __future__ import annotations

from collections.abc import Iterable

from flask import g

from ...library.queries import states_of
from .signing import reader
from .transaction import session


def expect(paper_ids: Iterable[int]) -> None:
    """Says that these papers stand on the page that is being made; their buttons are asked for together."""
    if reader() is not None:
        g.setdefault("listed", set()).update(paper_ids)


def kept_state(paper_id: int) -> str | None:
    """How far the reader has read a paper they keep; "" when they do not keep it, None when nobody is signed in."""
    who = reader()
    if who is None:
        return None
    known: dict[int, str] = g.setdefault("kept", {})
    if paper_id not in known:
        wanted = {*g.pop("listed", ()), paper_id}
        known.update(dict.fromkeys(wanted, "") | states_of(session(), who.account_id, sorted(wanted)))
    return known[paper_id]


def has_buttons() -> bool:
    """Whether the page holds a button that wants its form."""
    return "kept" in g
