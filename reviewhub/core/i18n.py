"""Sentences in the two languages of the site, for pages and for mail."""

from __future__ import annotations

import io
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

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
    """A `Message` in a language, with the sentences among its facts."""
    if isinstance(sentence, str):
        return sentence
    facts = {name: worded_in(language, value) if isinstance(value, Message) else value for name, value in sentence.facts.items()}
    found = catalogue(language).gettext(sentence.template)
    return found % facts if facts else found
