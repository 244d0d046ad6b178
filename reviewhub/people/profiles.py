"""Writes of profiles by their owners: how a name is shown, other names, links, what stands there."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.rules import MAX_NAME_CHARS, name_of
from ..core import clock
from ..core.actor import Actor
from ..core.errors import Conflict, NotFound, RuleBroken
from ..core.jobs import emit
from ..core.text import message, squeezed
from ..events import PersonChanged
from . import queries
from .models import NAME_KINDS, Person, PersonName
from .services import claimant

# More would be a directory of its own.
MOST_NAMES = 12
MOST_LINKS = 8
MAX_LINK_CHARS = 500
_WEB = re.compile(r"https?://[^\s<>\"'\\]+\.[^\s<>\"'\\]+")


def rename(session: Session, actor: Actor, *, name: str, other_name: str = "", seen_version: int | None = None) -> Person:
    """Shows the profile under another name, on every page at once; records stay as printed, and what was printed still fits. Nobody is asked why.

    The name until now is kept, hidden from everybody, so that old papers go on fitting. Emits PersonChanged. Raises NotAllowed, NotFound (no profile),
    RuleBroken("name", "other_name"), Conflict.
    """
    person = own(session, actor, seen_version)
    shown = name_of(name)
    beside = name_of(other_name) if squeezed(other_name) else ""
    before = {person.name, person.other_name} - {"", shown, beside}
    known = set(session.scalars(sa.select(PersonName.name).where(PersonName.person_id == person.id)))
    for one in sorted(before - known):
        session.add(PersonName(person_id=person.id, name=one, kind="former", is_shown=False))
    person.name, person.other_name = shown, beside
    return _changed(session, person)


def set_names(session: Session, actor: Actor, names: Sequence[tuple[str, str, bool]]) -> Person:
    """Replaces the other names: (name, kind of `NAME_KINDS`, whether it is shown). Emits PersonChanged. Raises as `rename`; RuleBroken("names")."""
    person = own(session, actor)
    if len(names) > MOST_NAMES:
        raise RuleBroken("names", message("At most %(n)s other names fit here.", n=MOST_NAMES))
    wanted: dict[str, tuple[str, bool]] = {}
    for name, kind, is_shown in names:
        if kind not in NAME_KINDS:
            raise RuleBroken("names", message("Choose one from the list."))
        try:
            wanted[name_of(name)] = (kind, is_shown)
        except RuleBroken as broken:
            raise RuleBroken("names", broken.message) from broken
    session.execute(sa.delete(PersonName).where(PersonName.person_id == person.id))
    session.add_all(PersonName(person_id=person.id, name=name, kind=kind, is_shown=shown) for name, (kind, shown) in wanted.items())
    return _changed(session, person)


def set_links(session: Session, actor: Actor, links: Sequence[tuple[str, str]]) -> Person:
    """Replaces the links: (words, address). Emits PersonChanged. Raises as `rename`; RuleBroken("links")."""
    person = own(session, actor)
    if len(links) > MOST_LINKS:
        raise RuleBroken("links", message("At most %(n)s links fit here.", n=MOST_LINKS))
    made = []
    for words, url in links:
        address, said = squeezed(url), squeezed(words)[:MAX_NAME_CHARS]
        if not is_web_address(address):
            raise RuleBroken("links", message("A link begins with https:// or http:// and is no longer than %(n)s characters.", n=MAX_LINK_CHARS))
        made.append({"words": said or address.partition("//")[2].rstrip("/"), "url": address})
    person.links = made
    return _changed(session, person)


def choose(session: Session, actor: Actor, *, shows_activity: bool, is_told: bool) -> Person:
    """Whether what they rated and wrote stands on the profile, and whether they hear of ratings, comments and requests on their papers. Emits PersonChanged."""
    person = own(session, actor)
    person.shows_activity, person.is_told = shows_activity, is_told
    return _changed(session, person)


def is_web_address(text: str) -> bool:
    """Whether a text is the address of a page that may be linked to."""
    return len(text) <= MAX_LINK_CHARS and bool(_WEB.fullmatch(text))


def own(session: Session, actor: Actor, seen_version: int | None = None) -> Person:
    """The actor's profile, locked. NotAllowed, NotFound (none yet), Conflict (it is no longer the one seen)."""
    account = claimant(session, actor)
    person = queries.person_of(session, account.id)
    if person is None:
        raise NotFound
    session.refresh(person, with_for_update=True)
    if seen_version is not None and seen_version != person.version:
        raise Conflict
    return person


def _changed(session: Session, person: Person) -> Person:
    person.changed_at, person.version = clock.now(), person.version + 1
    session.flush()
    emit(session, PersonChanged(person.id))
    return person
