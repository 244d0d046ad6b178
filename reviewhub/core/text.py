"""Text as it comes and as it is compared: folding, slugs, sentences that can be worded in another language."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

_NOT_WORD = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")
# C0 and C1 controls but tab, newline and carriage return; also lone surrogates, non-characters and bidirectional overrides.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
# Characters that nobody sees and no script needs: soft hyphen, zero-width space and no-break space, word joiner, invisible operators, annotation marks.
# The joiners U+200C and U+200D stay (Persian, Indic scripts and emoji need them), and the plain direction marks.
_HIDDEN = re.compile("[\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb]")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
_TAGS = re.compile(r"<[^>]*>")
# The voicing marks of kana part words, unlike accents: ハス is a lotus, バス a bus.
_VOICED = "\u3099\u309a"
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for a person, kept with its facts so that a door can word it in the reader's language.

    `template` is the English sentence with %(name)s places; it is also the key of its translation.
    """

    template: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template % self.facts if self.facts else self.template


def message(template: str, **facts: Any) -> Message:
    """Makes a `Message`; the translation extractor looks for calls of this name."""
    return Message(template, facts)


def without_controls(text: str) -> str:
    """The text without control characters, lone surrogates and bidirectional overrides."""
    return _CONTROLS.sub("", text)


def as_typed(text: str) -> str:
    """What somebody typed into a large box: controls, overrides and hidden characters gone, lines ended by one newline, no blanks at the ends."""
    return _HIDDEN.sub("", without_controls(_LINE_ENDS.sub("\n", text))).strip()


def squeezed(text: str) -> str:
    """The text without controls, every run of white space one blank, none at the ends."""
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text  # as nearly all fields of nearly all files are
    return _SPACES.sub(" ", without_controls(text)).strip()


def folded(text: str) -> str:
    """The text as it is compared: compatibility forms unified, accents dropped, lower case, words parted by one blank.

    Han and kana stay as they are; punctuation goes.
    """
    if text.isascii():
        return _NOT_WORD.sub(" ", text.lower()).strip()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in apart if not unicodedata.combining(c) or c in _VOICED)
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", bare)).strip()


def slug(text: str, longest: int = 120) -> str:
    """The text as one part of an address: folded, blanks as hyphens, Han kept. May be empty."""
    return _SPACES.sub("-", folded(text))[:longest].strip("-")


def is_han(text: str) -> bool:
    """Whether the text holds any Han character."""
    return bool(_HAN.search(text))


def plain(markup: str) -> str:
    """The words of a piece of safe inline HTML: tags dropped, the five XML entities resolved."""
    if "<" not in markup and "&" not in markup:
        return markup
    text = _TAGS.sub("", markup)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text
