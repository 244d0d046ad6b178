"""How likely a printed name is a certain person's, beyond the name: who else prints it where, with whom, on what. Pure.

Under names that fit stand papers that are known to be the person's, papers known to be somebody else's, and papers nobody has spoken of. The first two give a
share, at each institution and at all; measured on 6,542 authorships in true clusters, a share is nearly the chance it seems to be, so it is taken as one.
What else is known moves the odds.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from ..core.text import Message, message
from .rules import SAME, Fit

# A suggestion is made from here on. Measured: 98 of 100 are right (bench/claims.py).
ENOUGH = 0.85
# Each answer teaches what to ask next, so no more is asked than is known: of those asked ten at a time from the first claim on, twice as many were wrong.
MOST_AT_ONCE = 10
# What a share of the name is worth, by what is printed of the institution; from the same measurement.
_AT_INSTITUTION, _NO_INSTITUTION, _OWN_UNKNOWN, _ELSEWHERE = 0.993, 0.96, 0.85, 0.65
# Whoever moved is known by more than a name, unless it is nearly theirs alone.
_ELSEWHERE_FROM = 0.3
# How many of the papers at other institutions, of which nobody has spoken, are theirs.
_UNKNOWN_ELSEWHERE = 0.12
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
    """What is known of one printed name and one person."""

    fit: Fit
    share: float  # of the papers under names that fit, those that are, or probably are, the person's
    n_own: int  # approved as this person's
    n_others: int  # known to be somebody else's
    has_institution: bool = False  # one is printed
    n_own_placed: int = 0  # of the person's own, those that print an institution
    n_own_there: int = 0  # of the person's own, those at this institution
    n_others_there: int = 0
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
    is_others: bool = False  # claimed by somebody else, or said not to be theirs


class Crowd:
    """All traces of a person's names, the person's own with them: counted once, asked for each."""

    def __init__(self, traces: Collection[Trace], orcids: Collection[str] = ()) -> None:
        """`orcids`: authenticated ones; without, those printed on the person's own papers."""
        own = [one for one in traces if one.is_own]
        self._n_own = len(own)
        self._orcids = set(orcids) or {one.orcid for one in own if one.orcid}
        self._journals = Counter(one.journal_id for one in own if one.journal_id is not None)
        self._n_placed = sum(bool(one.institutions) for one in own)
        self._own_there, self._others_there = Counter[str](), Counter[str]()
        for one in traces:
            if one.is_own:
                self._own_there.update(one.institutions)
            elif one.is_others:
                self._others_there.update(one.institutions)
        self._n_others = sum(one.is_others for one in traces)
        # Papers nobody has spoken of are the person's by the share of their institution; those without one say nothing of the share.
        unknown = [self._chance_there(one) for one in traces if not one.is_own and not one.is_others and one.institutions]
        self._n_weighed, self._sum = self._n_own + self._n_others + len(unknown), self._n_own + sum(unknown)

    def facts_of(self, one: Trace, *, n_rare: int = 0, n_common: int = 0, has_co_authors: bool = False, n_keywords: int = 0) -> Facts:
        """What is known of a trace, as if nobody had spoken of it. `n_rare`, `n_common`: shared co-authors; `n_keywords`: shared keywords."""
        # The institution where the most of the name is theirs.
        shares = {key: self._share_there(key, one) for key in one.institutions}
        place = max(shares, key=lambda key: (shares[key], self._own_there[key], key), default="")
        is_unknown = not one.is_own and not one.is_others and bool(one.institutions)
        n_rest = self._n_weighed - (one.is_own or one.is_others or is_unknown)
        rest = self._sum - (1.0 if one.is_own else self._chance_there(one) if is_unknown else 0.0)
        journals = self._journals[one.journal_id] - one.is_own if one.journal_id is not None else 0
        return Facts(
            one.fit, rest / n_rest if n_rest else 1.0, self._n_own - one.is_own, self._n_others - one.is_others, bool(one.institutions),
            self._n_placed - (one.is_own and bool(one.institutions)), self._own_there[place] - one.is_own if place else 0,
            self._others_there[place] - one.is_others if place else 0, bool(one.orcid and one.orcid in self._orcids),
            bool(one.orcid and self._orcids and one.orcid not in self._orcids), n_rare, n_common, has_co_authors, journals > 0, n_keywords,
        )  # fmt: skip

    def _share_there(self, key: str, without: Trace | None = None) -> float:
        own, others = self._own_there[key], self._others_there[key]
        if without is not None:
            own, others = own - without.is_own, others - without.is_others
        return own / max(1, own + others)

    def _chance_there(self, one: Trace) -> float:
        return max((self._share_there(key) for key in one.institutions), default=0.0) or _UNKNOWN_ELSEWHERE


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score`: 0 to 1, the chance that it is theirs. `parts`: what it is made of, in words."""

    score: float
    parts: tuple[Message, ...]

    @property
    def is_enough(self) -> bool:
        return self.score >= ENOUGH

    @property
    def is_certain(self) -> bool:
        """Whether it is the iD that tells, not a guess that others may follow from."""
        return self.score >= _ORCID_SCORE


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


def at_once(n_own: int) -> int:
    """How many suggestions to make at a time to somebody with so many approved papers."""
    return min(MOST_AT_ONCE, max(1, n_own))


def _by_name(facts: Facts) -> tuple[float, list[Message]]:
    told = message("%(own)s papers under this name are yours, %(others)s somebody else's", own=facts.n_own, others=facts.n_others)
    if facts.n_own_there:
        words = message(
            "at this institution %(own)s papers under this name are yours, %(others)s somebody else's", own=facts.n_own_there, others=facts.n_others_there
        )
        return _AT_INSTITUTION * facts.n_own_there / (facts.n_own_there + facts.n_others_there), [words]
    if not facts.has_institution:
        return _NO_INSTITUTION * facts.share, [told]
    if not facts.n_own_placed:
        return _OWN_UNKNOWN * facts.share, [told]
    return _ELSEWHERE * max(0.0, facts.share - _ELSEWHERE_FROM), [told, message("an institution that is not on your papers so far")]


def _odds(chance: float) -> float:
    bounded = min(max(chance, 1e-6), 1 - 1e-6)
    return math.exp(math.log(bounded) - math.log1p(-bounded))
