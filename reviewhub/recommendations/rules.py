"""What counts as interest, how evidence is weighed, how a list is made various, what is trending. Formulas and their constants."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..core.text import Message, message

# ---- what a reader's doings say of interest (1: as much as saving a paper)
SAVED = 1.0
MORE_LIKE_THIS = 1.5
OWN_PAPER = 1.0
FOLLOWED = 1.0
# Fields beside a library: half of what they say alone, since the library says it more exactly.
FIELDS_BESIDE_LIBRARY = 0.5
# A new paper of a followed journal rises by so many standard deviations of what the model says of papers: into the list when it is near, not when it is far.
JOURNAL_FOLLOWED = 1.0
# So does a paper that bears the keyword of a field.
FIELD_BORNE = 1.0
# Ratings in half stars: from 3.5 stars somebody is glad to have read it, 2.5 and 3 are half a yes, less is none.
GLAD_FROM, HALF_FROM = 7, 5

CHOICES = ("not-interested", "more-like-this")

# ---- lists
# What the National Library of Medicine's indexers tick on every record that is not about stones: whom was looked at, of what age. It ties nothing together.
CHECK_TAGS = frozenset(
    """humans animals male female pregnancy adult aged middle-aged young-adult adolescent child child-preschool infant infant-newborn aged-80-and-over
    mice rats rabbits dogs cats cattle swine sheep chickens chick-embryo cricetinae guinea-pigs mice-inbred-c57bl mice-inbred-balb-c mice-knockout
    rats-sprague-dawley rats-wistar""".split()
)
RELATED_SHOWN = 8
# So many of the likeliest are weighed with what the database knows of them.
RELATED_WEIGHED = 40
FEED_SHOWN = 20
# A weekly mail: fewer papers are not worth opening it, more would not be read.
FEWEST_MAILED, MOST_MAILED = 3, 5
MAIL_EVERY = dt.timedelta(days=7)
# The kind of mail that its link ends.
WEEKLY = "papers-of-the-week"
# A list gives up so much likeness to the paper for being less like itself (maximal marginal relevance, Carbonell and Goldstein 1998).
VARIETY = 0.3
# Texts this much alike are the same work under two records, or nearly: only one is listed.
SAME_TEXT = 0.92
# Readers in common are told of when they are this many: of fewer, one could guess who.
FEWEST_READERS_TOLD = 3

# ---- trending
# A reader's turn to a paper loses half its weight in a week, and is forgotten after eight weeks (0.4 % of its weight).
HALF_LIFE_DAYS = 7.0
WINDOW_DAYS = 56
# A rating is more of a turn than saving.
RATING_TURN, SAVING_TURN = 2.0, 1.0
# An account counts in full once it has turned to so many different papers; one that came for a single paper weighs a tenth.
BROAD_FROM = 10


def interest_of(half_stars: int) -> float:
    """What a rating says of interest: 1, a half or nothing."""
    return 1.0 if half_stars >= GLAD_FROM else 0.5 if half_stars >= HALF_FROM else 0.0


def ring_weight(n_alike: int) -> float:
    """What one of `n_alike` libraries that hold exactly the same papers counts: together they count as √n readers, as linked raters do in a score."""
    return 1 / math.sqrt(max(1, n_alike))


def related_value(text: float, walk: float, *, n_references: int, is_cited: bool, n_authors: int, n_keywords: int) -> float:
    """How near another paper is. `text` and `walk` are shares of the best candidate's (0 to 1); counts level off, so that no single kind of evidence rules."""
    counted = 0.6 * n_references / (n_references + 3) + 0.3 * n_authors / (n_authors + 1) + 0.3 * n_keywords / (n_keywords + 2)
    return text + walk + counted + (0.4 if is_cited else 0.0)


def various(values: Sequence[float], likeness: Callable[[int, int], float], most: int, *, left: Iterable[int] = ()) -> list[int]:
    """Places of a list that is both good and various: each next one is the best after what it shares with those before; near copies are left out.

    `likeness` is from 0 to 1; places in `left` never come in.
    """
    waiting = sorted(set(range(len(values))) - set(left), key=lambda n: -values[n])
    highest = max((values[n] for n in waiting), default=0.0) or 1.0
    nearest = dict.fromkeys(waiting, 0.0)
    chosen: list[int] = []
    while waiting and len(chosen) < most:
        best = max(waiting, key=lambda n: (1 - VARIETY) * values[n] / highest - VARIETY * nearest[n])
        chosen.append(best)
        waiting.remove(best)
        for n in waiting:
            nearest[n] = max(nearest[n], likeness(best, n))
        waiting = [n for n in waiting if nearest[n] < SAME_TEXT]
    return chosen


def breadth(n_papers: int) -> float:
    """What an account that has turned to so many different papers counts in trends, 0 to 1."""
    return min(1.0, n_papers / BROAD_FROM)


def trend(turns: Iterable[tuple[float, float, float]]) -> float:
    """How much a paper is turned to: log2(1 + Σ kind · breadth · 2^(−age/half-life)), one turn an account. `turns`: (kind, breadth, age in days).

    The logarithm makes the tenth reader count a tenth of the first, breadth makes accounts that know one paper count little: a ring of fifty such
    accounts, all rating today, reaches log2(1 + 50 · 2 · 0.1) = 3.5, as five ordinary raters do.
    """
    return math.log2(1 + sum(kind * broad * 0.5 ** (max(0.0, age) / HALF_LIFE_DAYS) for kind, broad, age in turns))


def worded(kind: str, facts: Mapping[str, object], *, of_that: bool = False) -> Message:
    """A reason as a sentence. `of_that`: it follows the name of another paper, and does not stand on the page of that paper.

    Kinds that are not known (of a later version) say the least that is always true."""
    n = facts.get("n", 0)
    match kind:
        case "cites":
            return message("cites that paper") if of_that else message("cites this paper")
        case "cited":
            return message("is cited by that paper") if of_that else message("is cited by this paper")
        case "references":
            return message("shares %(n)s references", n=n) if n != 1 else message("shares a reference")
        case "authors":
            return message("by the same author: %(names)s", names=facts["names"]) if n == 1 else message("by the same authors: %(names)s", names=facts["names"])
        case "keywords":
            return message("same keywords: %(words)s", words=facts["words"])
        case "readers":
            return (
                message("%(n)s readers of that paper also saved or liked it", n=n)
                if of_that
                else message("%(n)s readers of this paper also saved or liked it", n=n)
            )
        case "subjects":
            return message("same subject: %(words)s", words=facts["words"])
        case "words":
            return message("similar words: %(words)s", words=facts["words"])
        case "nearest":
            return message("the nearest text here so far")
        case "for-rated":
            return message("because you rated “%(title)s” %(stars)s", title=facts["title"], stars=facts["stars"])
        case "for-saved":
            return message("because you saved “%(title)s”", title=facts["title"])
        case "for-own":
            return message("because you wrote “%(title)s”", title=facts["title"])
        case "for-more":
            return message("because you asked for more like “%(title)s”", title=facts["title"])
        case "for-followed":
            return message("because you follow “%(title)s”", title=facts["title"])
        case "journal":
            return message("in a journal you follow: %(name)s", name=facts["name"])
        case "field":
            return message("in your field: %(words)s", words=facts["words"])
        case "near-library":
            return message("goes with what you rate, save and follow")
        case "near-fields":
            return message("reads like your fields")
        case "like-minded":
            return message("rated or saved by %(n)s readers who share papers with you", n=n)
        case "popular":
            return message("rated or saved by %(n)s readers", n=n)
        case "first-rating":
            return message("nobody has rated it yet")
        case "new":
            return message("new here")
        case _:
            return message("similar text")
