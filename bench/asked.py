"""What a search is asked in the bench: fifteen kinds of queries, their words taken from the records themselves."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewhub.search import analysis
from reviewhub.search.documents import Document

KINDS = tuple("1 word|2 words|3 words|4 words|or|title|phrase|author|prefix|fuzzy|year|facets|sort|deep|chinese".split("|"))
# Beside them, not in the mix: everything there is, newest first; and a sentence of which any word will do.
BESIDE = ("browse", "description")
DEEP = 2_000


@dataclass(frozen=True)
class Asked:
    """One query: as words for the others, and as somebody types it here."""

    kind: str
    words: tuple[str, ...] = ()
    typed: str = ""
    years: tuple[int, int] = (0, 9999)
    offset: int = 0


def queries(documents: Sequence[Document], n: int, seed: int = 3) -> dict[str, list[Asked]]:
    """`n` of each kind."""
    draw = random.Random(seed)
    english = [d for d in documents if d.titles[0].isascii()]
    chinese = [d for d in documents if not d.titles[0].isascii() and re.search("[\u4e00-\u9fff]", d.titles[0])]
    names = [d for d in english if any(" " in name.printed and name.printed.isascii() for name in d.names)]
    found: dict[str, list[Asked]] = {}
    for kind in (*KINDS, *BESIDE):
        found[kind] = [_one(kind, draw, draw.choice(names if kind == "author" else chinese if kind == "chinese" else english)) for _ in range(n)]
    return found


def _telling(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]{4,}", text.lower()) if not analysis.is_stop(word)] or ["study"]


def _one(kind: str, draw: random.Random, d: Document) -> Asked:
    title, whole = _telling(d.titles[0]), _telling(f"{d.titles[0]} {d.texts[0]}")
    if kind == "title":
        words = tuple(re.findall(r"[a-zA-Z]+", d.titles[0]))
        return Asked(kind, tuple(word.lower() for word in words), d.titles[0])
    if kind == "description":
        words = tuple(_telling(draw.choice(re.split(r"(?<=\.) ", d.texts[0])))[:14])
        return Asked(kind, words, " ".join(words))
    if kind == "phrase":
        words = tuple(re.findall(r"[a-zA-Z]+", d.texts[0])[2:4]) or ("of", "the")
        return Asked(kind, words, f'"{" ".join(words)}"')
    if kind == "author":
        name = draw.choice([name.printed for name in d.names if " " in name.printed and name.printed.isascii()])
        words = tuple(re.findall(r"[A-Za-z]{2,}", name)) or ("smith",)
        return Asked(kind, words, f'author:"{" ".join(words)}"')
    if kind == "prefix":
        word = draw.choice(whole)[:5]
        return Asked(kind, (word,), f"{word}*")
    if kind == "fuzzy":
        word = max(draw.sample(whole, k=min(4, len(whole))), key=len)
        place = draw.randrange(2, len(word))
        return Asked(kind, (word[:place] + "qx" + word[place + 1 :],), word[:place] + "qx" + word[place + 1 :])
    if kind == "chinese":
        text = "".join(re.findall("[\u4e00-\u9fff]+", d.titles[0]))
        place = draw.randrange(max(1, len(text) - 4))
        return Asked(kind, (text[place : place + 4],), text[place : place + 4])
    if kind == "browse":
        return Asked(kind)
    n = {"1 word": 1, "3 words": 3, "4 words": 4, "deep": 1}.get(kind, 2)
    source = whole if kind in ("1 word", "deep", "or") else title
    words = tuple(dict.fromkeys(draw.sample(source, k=min(n, len(source)))))
    typed = " ".join(words)
    if kind == "or":
        return Asked(kind, words, " OR ".join(words))
    if kind == "year":
        first = draw.randint(1990, 2020)
        return Asked(kind, words, f"{typed} year:{first}..{first + 4}", (first, first + 4))
    if kind == "deep":
        return Asked(kind, ("patients",) if n % 2 else words, "patients", offset=DEEP)
    return Asked(kind, words, typed)
