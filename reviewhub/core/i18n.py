"""Sentences in the two languages of the site, for pages and for mail."""

from __future__ import annotations

import datetime as dt
import io
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from .text import Message

LANGUAGES = ("en", "zh")
_CATALOGUES = Path(__file__).resolve().parents[1] / "translations"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> NullTranslations:
    """The translations of a language, read from its .po file; there is no compiled file that could be stale."""
    if language == "en":  # what the sentences are written in
        return NullTranslations()
    compiled = io.BytesIO()
    with (_CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def worded_in(language: str, sentence: Message | str) -> str:
    """A `Message` in a language, with the sentences and days among its facts."""
    if isinstance(sentence, str):
        return sentence
    facts = {name: _fact_in(language, value) for name, value in sentence.facts.items()}
    found = catalogue(language).gettext(sentence.template)
    return found % facts if facts else found


def _fact_in(language: str, value: Any) -> Any:
    if isinstance(value, Message):
        return worded_in(language, value)
    return date_in(language, value.isoformat()) if type(value) is dt.date else value  # a datetime is one as well, and is not meant


@lru_cache(maxsize=10_000)
def date_in(language: str, partial: str) -> str:
    """A partial ISO date as people write it: "March 2023", "2023年3月"; an empty one stays empty."""
    if len(partial) < 7:
        return f"{partial}年" if partial and language == "zh" else partial
    locale = "zh_Hans" if language == "zh" else "en_GB"
    pattern = {"en": ("d MMMM y", "MMMM y"), "zh": ("y年M月d日", "y年M月")}[language]
    day = dt.date(*(int(part) for part in (partial + "-01" if len(partial) == 7 else partial).split("-")))
    return format_date(day, pattern[0] if len(partial) == 10 else pattern[1], locale=locale)
