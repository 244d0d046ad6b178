"""The key under which namesakes are found: family name and first letter of the given name, folded. Pure.

A printed name has one key; a person has several (`people.namesakes.keys_of_person`), so that a look-up by index finds nearly every form that can fit.
"""

from __future__ import annotations

import re

from ..core.text import folded
from .names import Name, is_cjk_name
from .romanising import readings, without_umlaut

# Family names are no longer; what is, is a line that was taken for one.
_MOST_CHARS = 60
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "'": "", "’": ""})
_UMLAUT = re.compile("(?<=[aou])e(?=[^aeiou])")
_NOT_WORD = re.compile(r"[\W_]+")


def namesake_key(name: Name) -> str:
    """The key of a printed name: "wang x" of Xiaoming Wang, X. Wang and 王小明; what cannot be split is its own key."""
    if name.name.isascii():  # as nearly all are; an import makes a key for every name it reads
        family, given = (name.family or name.name).lower(), name.given.lower()
        family = family if family.isalpha() else _NOT_WORD.sub("", family)
        return keyed(family, given if given[:1].isalnum() else _NOT_WORD.sub("", given))
    if is_cjk_name(name.name):
        if name.family and name.given:
            surname, syllables = readings(name.family, name.given)[0]
            return keyed(surname, syllables[0])
        return folded(name.name).replace(" ", "")[:_MOST_CHARS]
    return keyed("".join(words_of(name.family or name.name)), "".join(words_of(name.given)))


def keyed(family: str, given: str) -> str:
    """A key from a folded family name and a folded given name or its initial; ü and umlauts in one way of writing."""
    plain = without_umlaut(family)
    plain = _UMLAUT.sub("", plain) if "e" in plain else plain
    plain = plain.replace("aa", "a")
    return f"{plain[:_MOST_CHARS]} {given[:1]}".strip()


def words_of(text: str) -> list[str]:
    """The folded words of a part of a name."""
    return folded(text.casefold().translate(_LETTERS)).split()
