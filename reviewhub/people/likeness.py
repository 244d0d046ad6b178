"""How likely a printed name is a certain person's, beyond the name: who else prints it where, with whom, on what. Pure.

The shares are those of the name itself: of all papers under names that fit, how many are known to be this person's, at this institution and at all. On 5,895
authorships in true clusters, a share is nearly the chance it seems to be, so it is taken as one. What else is known moves the odds.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from ..core.text import Message, message
from .rules import SAME, Fit

# A suggestion is made from here on. Measured: at least 98 of 100 are right (bench/claims.py).
ENOUGH = 0.8
# What a share of the name is worth, by what is printed of the institution; from the same measurement.
_AT_INSTITUTION, _NO_INSTITUTION, _OWN_UNKNOWN, _ELSEWHERE = 0.993, 0.96, 0.85, 0.65
# Whoever moved is known by more than a name, unless it is nearly theirs alone.
_ELSEWHERE_FROM = 0.3
# A person shares a co-author with most of their papers and with hardly any of a namesake's; a co-author whose own name is common says less.
_RARE_CO_AUTHOR, _COMMON_CO_AUTHOR, _NO_CO_AUTHOR = 30.0, 5.0, 0.7
COMMON_FROM = 50  # papers under the co-author's name
_MOST_CO_AUTHORS = 3  # further ones came along with the first
_SAME_JOURNAL, _SHARED_KEYWORD = 2.0, 3.0
_WEAK_NAME, _INITIALS_ONLY = 0.3, 0.8
_ORCID_SCORE = 0.999
# Nothing but the iD is ever certain.
_HIGHEST = 0.99


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one printed name and one person. Counts are of papers under names that fit, without the one in question."""

    fit: Fit
    n_own: int  # approved as this person's
    n_named: int  # all under names that fit
    has_institution: bool = False  # one is printed
    n_own_placed: int = 0  # of the person's own, those that print an institution
    n_own_there: int = 0  # of the person's own, those at this institution
    n_there: int = 0  # all at this institution
    is_same_orcid: bool = False
    is_other_orcid: bool = False
    n_rare_co_authors: int = 0  # shared with the person's other papers
    n_common_co_authors: int = 0
    has_co_authors: bool = False  # both sides print some
    is_same_journal: bool = False
    n_keywords: int = 0  # shared


@dataclass(frozen=True, slots=True)
class Trace:
    """A printed name that fits, with what tells whose it is."""

    paper_id: int
    position: int
    name_key: str
    fit: Fit
    orcid: str | None = None
    institutions: frozenset[str] = frozenset()  # organisations.institution_keys
    journal_id: int | None = None
    is_own: bool = False


class Crowd:
    """All traces of a person's names, the person's own with them: counted once, asked for each."""

    def __init__(self, traces: Collection[Trace], orcids: Collection[str] = ()) -> None:
        """`orcids`: authenticated ones; without, those printed on the person's own papers."""
        self._own = [one for one in traces if one.is_own]
        self._n = len(traces)
        self._orcids = set(orcids) or {one.orcid for one in self._own if one.orcid}
        self._journals = {one.journal_id for one in self._own if one.journal_id is not None}
        self._n_placed = sum(bool(one.institutions) for one in self._own)
        self._there, self._own_there = Counter[str](), Counter[str]()
        for one in traces:
            self._there.update(one.institutions)
            self._own_there.update(one.institutions if one.is_own else ())

    def facts_of(self, one: Trace, *, n_rare: int = 0, n_common: int = 0, has_co_authors: bool = False, n_keywords: int = 0) -> Facts:
        """What is known of a trace that is not the person's so far. `n_rare`, `n_common`: shared co-authors; `n_keywords`: shared keywords."""
        # The institution where the most of the name is theirs.
        place = max(one.institutions, key=lambda key: (self._own_there[key] / self._there[key], self._own_there[key], key), default="")
        return Facts(
            one.fit, len(self._own), self._n - 1, bool(one.institutions), self._n_placed, self._own_there[place], self._there[place] - 1 if place else 0,
            bool(one.orcid and one.orcid in self._orcids), bool(one.orcid and self._orcids and one.orcid not in self._orcids), n_rare, n_common,
            has_co_authors, one.journal_id in self._journals, n_keywords,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score`: 0 to 1, the chance that it is theirs. `parts`: what it is made of, in words."""

    score: float
    parts: tuple[Message, ...]

    @property
    def is_enough(self) -> bool:
        return self.score >= ENOUGH


def likeness(facts: Facts) -> Likeness:
    """The chance that the printed name is the person's, with its parts."""
    if not facts.fit.is_possible:
        return Likeness(0.0, (facts.fit.reason,))
    if facts.is_other_orcid:
        return Likeness(0.0, (message("another ORCID iD is printed"),))
    if facts.is_same_orcid:
        return Likeness(_ORCID_SCORE, (message("your ORCID iD is printed"),))
    chance, parts = _by_name(facts)
    odds = _odds(chance)
    shared = min(_MOST_CO_AUTHORS, facts.n_rare_co_authors + facts.n_common_co_authors)
    if shared:
        n_rare = min(facts.n_rare_co_authors, _MOST_CO_AUTHORS)
        odds *= _RARE_CO_AUTHOR**n_rare * _COMMON_CO_AUTHOR ** (shared - n_rare)
        parts.append(message("shares %(n)s co-authors with your papers", n=facts.n_rare_co_authors + facts.n_common_co_authors))
    elif facts.has_co_authors:
        odds *= _NO_CO_AUTHOR
    if facts.is_same_journal:
        odds *= _SAME_JOURNAL
        parts.append(message("in a journal that you have published in"))
    if facts.n_keywords:
        odds *= _SHARED_KEYWORD
        parts.append(message("shares %(n)s keywords with your papers", n=facts.n_keywords))
    if facts.fit.is_weak:
        odds *= _WEAK_NAME
    elif facts.fit.verdict != SAME:
        odds *= _INITIALS_ONLY
    parts.append(facts.fit.reason)
    return Likeness(min(_HIGHEST, odds / (1 + odds)), tuple(parts))


def _by_name(facts: Facts) -> tuple[float, list[Message]]:
    share = facts.n_own / facts.n_named if facts.n_named else 1.0
    told = message("%(own)s of %(all)s papers under this name are yours", own=facts.n_own, all=max(facts.n_named, facts.n_own))
    if facts.n_own_there:
        there = message("%(own)s of %(all)s papers under this name at this institution are yours", own=facts.n_own_there, all=facts.n_there)
        return _AT_INSTITUTION * facts.n_own_there / max(facts.n_there, facts.n_own_there), [there]
    if not facts.has_institution:
        return _NO_INSTITUTION * share, [told]
    if not facts.n_own_placed:
        return _OWN_UNKNOWN * share, [told]
    return _ELSEWHERE * max(0.0, share - _ELSEWHERE_FROM), [told, message("an institution that is not on your papers so far")]


def _odds(chance: float) -> float:
    bounded = min(max(chance, 1e-6), 1 - 1e-6)
    return math.exp(math.log(bounded) - math.log1p(-bounded))
