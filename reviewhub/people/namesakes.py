"""The keys under which a person may be printed. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..papers.names import PARTICLES, Name, is_cjk_name, read_name
from ..papers.namesakes import keyed, namesake_key, words_of
from ..papers.romanising import otherwise_romanised, pinyin_of_surname, readings
from .nicknames import forms_of


def keys_of_person(names: Iterable[Name]) -> frozenset[str]:
    """Every `namesake_key` that is looked up for a person: both orders, particles and second family names left out, nicknames, other romanisings."""
    found: set[str] = set()
    for name in names:
        found.add(namesake_key(name))
        found |= _of_han(name) if is_cjk_name(name.name) else _of_latin(name)
        if name.other_name and (other := read_name(name.other_name)):
            found |= _of_han(other) if is_cjk_name(other.name) else _of_latin(other)
    return frozenset(found - {""})


def _of_han(name: Name) -> set[str]:
    if not name.family or not name.given:
        return {namesake_key(name)}
    found = {namesake_key(name)}
    for surname, syllables in readings(name.family, name.given):
        found |= {keyed(surname, syllables[0]), keyed("".join(syllables), surname), keyed(surname, "")}
    surname, syllables = readings(name.family, name.given)[0]
    initials = {syllables[0][0]} | {one[0] for one in otherwise_romanised(syllables[0])}
    abroad = {surname, *otherwise_romanised(surname, is_surname=True)} | ({f"{surname}e"} if surname in ("lu", "nu") else set())
    found |= {keyed(one, initial) for one in abroad for initial in initials}
    # "Wong Siu Ming" is taken for a Mr Ming.
    return found | {keyed(last, one) for one in abroad for last in {syllables[-1], *otherwise_romanised(syllables[-1])} if len(syllables) > 1}


def _of_latin(name: Name) -> set[str]:
    family, given = words_of(name.family or name.name), words_of(name.given)
    if not family:
        return {namesake_key(name)}
    bare = [w for w in family if w not in PARTICLES] or family
    whole = "".join(family)
    families = {whole, "".join(bare), bare[0], bare[-1]} | pinyin_of_surname(whole)
    # Who goes by a second given name is printed with its initial.
    initials = {w[0] for w in given} | {form[0] for w in given[:1] for form in forms_of(w)} | {""}
    found = {keyed(f, initial) for f in families for initial in initials}
    if given:  # the other way round, and family name first in three words
        found |= {keyed("".join(given), whole), keyed(given[-1], given[0]), keyed(given[-1], whole), keyed(given[0], whole)}
    return found
