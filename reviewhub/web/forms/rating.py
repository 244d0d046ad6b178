"""The rating form: read into a `Given`, or into what is wrong, field by field. What was typed is kept as it is, so that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from werkzeug.datastructures import MultiDict

from ...core.text import Message, as_typed, message, squeezed
from ...ratings.models import Rating
from ...ratings.rules import CRITERIA, MAX_FAMILIARITY, MAX_HALF_STARS, MAX_LEVEL, MAX_NOTE_CHARS, MAX_TEXT_CHARS
from ...ratings.services import Given
from .adding import LANGUAGES

TEXTS = {"text": MAX_TEXT_CHARS, "conflict_note": MAX_NOTE_CHARS}
# What a rating is made of, in the order of the page. `version`: of the rating that the form was filled from.
FIELDS = ("overall", *CRITERIA, "text", "text_language", "familiarity", "has_conflict", "conflict_note")
_MORE = ("version", "action", "csrf_token")
STARS = tuple(n / 2 for n in range(1, MAX_HALF_STARS + 1))
# The box says whether there is a conflict, and is absent when it is not ticked.
YES = "1"

_STARS = re.compile(r"[0-5](?:\.[05]0?)?")
# Scripts that tell a language, or the commonest one written in them. Anything else is taken for English until the writer says otherwise.
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("uk", re.compile("[іїєґ]", re.IGNORECASE)),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("fa", re.compile("[پچژگ]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
)


def language_of(text: str) -> str:
    """The language that the script of a text tells; English for what no script tells."""
    return next((code for code, script in _SCRIPTS if script.search(text)), "en")


@dataclass(slots=True)
class RatingForm:
    """What somebody typed, and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Message] = field(default_factory=dict)  # by field; "" for the form as a whole
    version: int | None = None  # of the rating the form was filled from, 0: there was none; None: not said
    is_stale: bool = False  # the version is not one that any form was made with

    @classmethod
    def sent(cls, typed: MultiDict[str, str]) -> RatingForm:
        """The form as a browser sent it. Of a choice sent twice the first is kept, of a text all."""
        form = cls()
        for name in FIELDS:
            found = typed.getlist(name)
            if len(found) > 1:
                form.errors[name] = message("This was sent more than once. Please choose again.")
            if found:
                form.values[name] = "\n\n".join(dict.fromkeys(found)) if name in TEXTS else found[0]
        unknown = sorted(squeezed(name)[:40] for name in typed if name not in FIELDS and name not in _MORE)
        if unknown:
            form.errors[""] = message("This form has no field “%(name)s”. Nothing was saved.", name=unknown[0])
        said = typed.get("version", "")
        if said:
            form.is_stale = not (said.isascii() and said.isdecimal() and len(said) < 10)
            form.version = None if form.is_stale else int(said)
        form._tidy()
        return form

    @classmethod
    def of_rating(cls, rating: Rating) -> RatingForm:
        """The form filled from a rating that stands."""
        values = {name: "" if (value := getattr(rating, name)) is None else str(value) for name in FIELDS if name not in ("overall", "has_conflict")}
        values["overall"] = f"{rating.overall / 2:.1f}"
        if rating.has_conflict:
            values["has_conflict"] = YES
        return cls(values)

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> RatingForm:
        """The form as it was kept in a draft."""
        return cls({name: fields[name] for name in FIELDS if name in fields})

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it worth keeping."""
        return not any(value for name, value in self.values.items() if name != "text_language")

    def is_same_as(self, other: RatingForm) -> bool:
        """Whether both hold the same, whatever is left empty."""
        return {n: v for n, v in self.values.items() if v} == {n: v for n, v in other.values.items() if v}

    @property
    def language(self) -> str:
        """The language of the text: as chosen, else as its script tells."""
        chosen = self["text_language"]
        if chosen in LANGUAGES:
            return chosen
        return language_of(self["text"])

    def given(self) -> Given | None:
        """What is given, or None when something is wrong: then `errors` says what."""
        overall = self._overall()
        levels = {name: self._level(name, MAX_LEVEL) for name in (*CRITERIA,)}
        familiarity = self._level("familiarity", MAX_FAMILIARITY)
        for name, most in TEXTS.items():
            if len(self[name]) > most:
                self._fault(name, message("At most %(most)s characters fit here; these are %(n)s.", most=f"{most:,}", n=f"{len(self[name]):,}"))
        if self["text_language"] not in ("", *LANGUAGES):
            self._fault("text_language", message("Choose one from the list."))
        if self["has_conflict"] not in ("", YES):
            self._fault("has_conflict", message("Choose one from the list."))
        elif self["conflict_note"] and not self["has_conflict"]:
            self._fault("has_conflict", message("You describe a conflict of interest: please tick the box as well, or clear the description."))
        if self.errors:
            return None
        return Given(
            cast(int, overall), **levels, text=self["text"], text_language=self.language if self["text"] else "", familiarity=familiarity,
            has_conflict=bool(self["has_conflict"]), conflict_note=self["conflict_note"],
        )  # fmt: skip

    def _tidy(self) -> None:
        for name, value in self.values.items():
            self.values[name] = as_typed(value) if name in TEXTS else squeezed(value)[:100]

    def _overall(self) -> int | None:
        text = self["overall"]
        if not text:
            self._fault("overall", message("Choose how many stars the paper deserves."))
            return None
        half_stars = round(float(text) * 2) if _STARS.fullmatch(text) else 0
        if not 1 <= half_stars <= MAX_HALF_STARS:
            self._fault("overall", message("A rating is 0.5 to 5 stars in halves."))
            return None
        return half_stars

    def _level(self, name: str, most: int) -> int | None:
        text = self[name]
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 3 and 1 <= int(text) <= most):
            self._fault(name, message("Choose one from the list."))
            return None
        return int(text)

    def _fault(self, name: str, words: Message) -> None:
        self.errors.setdefault(name, words)
