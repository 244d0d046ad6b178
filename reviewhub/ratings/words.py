"""What the vocabularies of ratings are called: criteria and their levels, and why a rating does not count."""

from __future__ import annotations

from ..core.text import Message, message

CRITERIA = {"novelty": message("Novelty"), "importance": message("Importance"), "rigor": message("Scientific rigor")}

_LEVELS = {1: message("very low"), 2: message("low"), 3: message("moderate"), 4: message("high"), 5: message("very high")}
_LEVELS_OF_RIGOR = {1: message("very weak"), 2: message("weak"), 3: message("moderate"), 4: message("strong"), 5: message("very strong")}
LEVELS = {"novelty": _LEVELS, "importance": _LEVELS, "rigor": _LEVELS_OF_RIGOR}
CANNOT_JUDGE = message("cannot judge")

# How well raters say they know the field, rules.MAX_FAMILIARITY phrases.
FAMILIARITY = {
    1: message("I come from outside the field"),
    2: message("I know the field in general"),
    3: message("I work in the field"),
    4: message("I work on this very question"),
}
# The same said of somebody else, beside a rating.
FAMILIARITY_OF = {
    1: message("from outside the field"),
    2: message("knows the field in general"),
    3: message("works in the field"),
    4: message("works on this very question"),
}
FORMER_READER = message("Former reader")

# rules.EXCLUSIONS -> (the label beside the rating, the rule behind it)
EXCLUSIONS: dict[str, tuple[Message, Message]] = {
    "removed": (
        message("Removed by a moderator"),
        message("A moderator looked at a run of ratings that came unusually fast and took it out; the log says why."),
    ),
    "suspended": (message("Account suspended"), message("Ratings of an account count again when its suspension ends.")),
    "former": (message("Former reader"), message("The account is gone, and nobody can say whether its owner has rated again.")),
    "own-paper": (message("Own paper"), message("Authors may say what they think of their paper, but do not grade it.")),
    "co-author": (message("Co-author"), message("The rater has published with an author of this paper within the last five years.")),
    "same-institution": (message("Same institution"), message("The rater works where an author who has claimed this paper works.")),
    "declared": (message("Declared conflict of interest"), message("The rater has declared a conflict of interest.")),
    "held": (message("Waits for a moderator"), message("It is part of a run of ratings that came unusually fast; a moderator will release it or remove it.")),
}
