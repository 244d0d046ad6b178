"""Names of people as reference styles write them. Names in Han, kana or hangul are printed whole; so are groups."""

from __future__ import annotations

import re

from ..record import Author
from . import parts

_HYPHEN = re.compile("[-\u2010-\u2015]")


def family_first(author: Author, given: str) -> str:
    """ "Doe, Jane Q., Jr." with the given names in the form handed in."""
    if _is_printed_whole(author):
        return parts.line(author.name)
    return ", ".join(filter(None, map(parts.line, (author.family, given, author.suffix))))


def in_order(author: Author, given: str | None = None) -> str:
    """ "Jane Q. Doe Jr.", with the given names in another form where one is handed in."""
    if _is_printed_whole(author):
        return parts.line(author.name)
    return parts.line(f"{author.given if given is None else given} {author.family} {author.suffix}")


def capitals_first(author: Author) -> str:
    """ "DOE J Q", the way of GB/T 7714."""
    name = parts.line(author.name)
    if parts.is_cjk(author):
        return re.sub(r"\s", "", name)
    if parts.is_whole(author):
        return name
    given = initials(author.given, " ", "").replace("-", " ")
    return " ".join(filter(None, [parts.line(author.family).upper(), given, parts.line(author.suffix).rstrip(".")]))


def first_inverted(authors: list[Author], between: str = ", ", last: str = ", and ") -> str:
    """The first name with its family name in front, the others in natural order."""
    if not authors:
        return ""
    names = [family_first(authors[0], authors[0].given), *map(in_order, authors[1:])]
    return names[0] if len(names) == 1 else between.join(names[:-1]) + last + names[-1]


def initials(given: str, between: str = " ", end: str = ".") -> str:
    """ "Jean-Paul Q." as "J.-P. Q.": one letter for each part of a given name; capitals that run together ("JA") count one by one."""
    words: list[str] = []
    for word in parts.line(given).replace(".", " ").split():
        pieces = [piece for piece in _HYPHEN.split(word) if piece]
        if len(pieces) == 1 and 1 < len(word) <= 3 and word.isupper() and word.isascii():
            words += [f"{letter}{end}" for letter in word]
        elif pieces:
            words.append("-".join(f"{piece[0].upper()}{end}" for piece in pieces))
    return between.join(words)


def _is_printed_whole(author: Author) -> bool:
    return parts.is_whole(author) or parts.is_cjk(author)
