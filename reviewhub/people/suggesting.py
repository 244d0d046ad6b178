""" "Is this you?": authorships that are probably a person's, found by the key of namesakes and never by a scan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..core.db import MAX_IDS, in_batches
from ..core.errors import RuleBroken
from ..core.text import Message
from ..papers.models import Authorship, Paper, PaperKeyword
from ..papers.names import Name
from ..papers.organisations import institution_keys
from ..papers.queries import Line, lines_of
from . import queries
from .ladder import APPROVED, CLAIMS_PER_HOUR, LIVE, WORKS
from .likeness import COMMON_FROM, Crowd, Likeness, Trace, at_once, likeness
from .models import Claim, NotMine
from .namesakes import keys_of_person
from .rules import Fit, fit
from .services import claim, claimant

# Printed names that are read for one person, and of those that fit how many are weighed: their own, those with their iD or a co-author of theirs, then the
# newest. The commonest names of China stand on thousands of papers, of which the name alone tells nothing.
MOST_READ = 5_000
MOST_NAMESAKES = 300
# Co-authors that others are known by; a collaboration of thousands has no need of all.
MOST_CO_AUTHORS = 300
# Suggestions of one's own iD at one time; of guesses `likeness.at_once` says how many.
MOST_CERTAIN = 40

# Paper and position.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An authorship that is probably the person's. `score`: 0 to 1."""

    paper: Line
    position: int
    name: str
    score: float
    parts: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is suggested, and how many others print the name: papers under names that fit, and people known among them (other iDs, other profiles)."""

    found: list[Suggestion]
    n_papers_of_name: int
    n_people_of_name: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of suggestions that were taken up."""

    n_approved: int
    n_waiting: int
    n_left: int  # over the limit of an hour


def suggestions(session: Session, person_id: int) -> Suggestions:
    """What is probably this person's and claimed by nobody; nothing before a first claim is approved. A fixed number of statements, all by index."""
    own_places = dict(session.execute(sa.select(Claim.paper_id, Claim.position).where(Claim.person_id == person_id, Claim.state == APPROVED)).all())
    if not own_places:
        return Suggestions([], 0, 0)
    own_orcids = set(queries.orcids_of(session, person_id))
    heads = _heads(session, queries.names_of(session, person_id), own_places)
    shared, common = _co_authors(session, heads, own_places)
    heads.sort(key=lambda one: (not one.is_own, one.orcid not in own_orcids, one.paper_id not in shared, -one.paper_id))
    traces, n_authors = _traces(session, heads[:MOST_NAMESAKES])
    taken, of_others, claimants = _claimed(session, sorted({one.paper_id for one in traces}), person_id)
    refused = set(session.execute(sa.select(NotMine.paper_id, NotMine.name_key).where(NotMine.person_id == person_id)).all())
    known_orcids = own_orcids or {one.orcid for one in traces if one.is_own and one.orcid}

    def is_others(one: Trace) -> bool:
        has_other_id = bool(known_orcids and one.orcid and one.orcid not in known_orcids)
        return not one.is_own and (has_other_id or (one.paper_id, one.position) in of_others or (one.paper_id, one.name_key) in refused)

    traces = [replace(one, is_others=is_others(one)) for one in traces]
    crowd = Crowd(traces, own_orcids)
    open_ones = [one for one in traces if not one.is_own and not one.is_others and one.paper_id not in own_places and (one.paper_id, one.position) not in taken]
    keywords = _keywords(session, sorted(own_places), [one.paper_id for one in open_ones])
    scored = []
    for one in open_ones:
        met = shared.get(one.paper_id, set())
        facts = crowd.facts_of(
            one, n_rare=len(met - common), n_common=len(met & common), has_co_authors=n_authors[one.paper_id] > 1, n_keywords=keywords.get(one.paper_id, 0)
        )
        scored.append((likeness(facts), one))
    found = _best(session, scored, len(own_places))
    others = {one.orcid for one in heads if one.orcid and not one.is_own and one.orcid not in own_orcids}
    return Suggestions(found, len({one.paper_id for one in heads}), len(others | claimants))


def _best(session: Session, scored: Sequence[tuple[Likeness, Trace]], n_own: int) -> list[Suggestion]:
    likely = sorted(((found, one) for found, one in scored if found.is_enough), key=lambda pair: (-pair[0].score, -pair[1].paper_id))
    guesses = [pair for pair in likely if not pair[0].is_certain]
    best = [pair for pair in likely if pair[0].is_certain][:MOST_CERTAIN] + guesses[: at_once(n_own)]
    lines = {line.id: line for line in lines_of(session, sorted({one.paper_id for _, one in best}))} if best else {}
    names = _names_at(session, [(one.paper_id, one.position) for _, one in best])
    return [Suggestion(lines[one.paper_id], one.position, names[one.paper_id, one.position], found.score, found.parts) for found, one in best]


def accept(session: Session, actor: Actor, places: Iterable[tuple[int, int]]) -> Accepted:
    """Claims suggested authorships, one or all: each climbs the ladder like any claim; who is known at ORCID is looked up there. Emits ClaimChanged.

    What cannot be claimed any more is passed over. Raises NotAllowed.
    """
    account = claimant(session, actor)
    n = Counter[str]()
    wanted = list(dict.fromkeys(places))
    for paper_id, position in wanted[:CLAIMS_PER_HOUR]:
        try:
            with session.begin_nested():
                n[claim(session, actor, paper_id, position, evidence=WORKS if account.orcid else "").state] += 1
        except RuleBroken as broken:
            if broken.facts.get("is_limit"):
                break
            n["passed over"] += 1
    return Accepted(n[APPROVED], sum(n.values()) - n[APPROVED] - n["passed over"], len(wanted) - sum(n.values()))


def _heads(session: Session, names: Sequence[Name], own_places: dict[int, int]) -> list[Trace]:
    """Every printed name that fits, the person's own with them; without what stands beside it, for the commonest names stand on thousands of papers."""
    columns = (
        Authorship.paper_id, Authorship.position, Authorship.name, Authorship.name_key, Authorship.family, Authorship.given, Authorship.suffix,
        Authorship.other_name, Authorship.orcid,
    )  # fmt: skip
    keyed = Authorship.namesake_key.in_(sorted(keys_of_person(names)))
    query = sa.select(*columns).where(keyed, Authorship.role == "author", Authorship.is_group.is_(sa.false()))
    rows = list(session.execute(query.limit(MOST_READ)))
    known = {(row.paper_id, row.position) for row in rows}
    if missing := [place for place in own_places.items() if place not in known]:  # printed in a way that the name does not tell
        for some in in_batches(missing, MOST_NAMESAKES):
            here = _here(sa.select(*columns), [paper_id for paper_id, _ in some], sorted({position for _, position in some}))
            rows += [row for row in session.execute(here) if own_places[row.paper_id] == row.position]
    fits: dict[tuple[str, ...], Fit] = {}
    found = []
    for paper_id, position, name, key, *parts, orcid in rows:
        spelled = (name, *parts)
        if spelled not in fits:
            fits[spelled] = fit(names, Name(*spelled))
        is_own = own_places.get(paper_id) == position
        if is_own or fits[spelled].is_possible:
            found.append(Trace(paper_id, position, key, fits[spelled], orcid, is_own=is_own))
    return found


def _traces(session: Session, heads: Sequence[Trace]) -> tuple[list[Trace], dict[int, int]]:
    """The same with institutions and journals; and how many authors each paper has."""
    places = {(one.paper_id, one.position): one for one in heads}
    query = sa.select(
        Authorship.paper_id, Authorship.position, Authorship.affiliation_numbers, Paper.affiliations, Paper.journal_id, Paper.n_authors
    ).join(Paper, Paper.id == Authorship.paper_id)  # fmt: skip
    found, n_authors = [], {}
    positions = sorted({one.position for one in heads})
    for some in in_batches(sorted({one.paper_id for one in heads}), MOST_NAMESAKES):
        for paper_id, position, numbers, affiliations, journal_id, n in session.execute(_here(query, some, positions)):
            if one := places.get((paper_id, position)):
                found.append(replace(one, institutions=_institutions(affiliations, numbers), journal_id=journal_id))
                n_authors[paper_id] = n
    return found, n_authors


def _here(query: Any, paper_ids: Sequence[int], positions: Sequence[int]) -> Any:
    """Authorships at one of these positions of these papers. Pairs of both would be exact, but SQLite reads the whole table for them."""
    return query.where(Authorship.paper_id.in_(paper_ids), Authorship.position.in_(positions))


def _institutions(affiliations: list[dict[str, str]], numbers: list[int]) -> frozenset[str]:
    chosen = [affiliations[n - 1] for n in numbers if 0 < n <= len(affiliations)] or (affiliations if len(affiliations) == 1 else [])
    return frozenset(key for one in chosen for key in institution_keys(one.get("name", "")))


def _claimed(session: Session, paper_ids: Sequence[int], person_id: int) -> tuple[set[Place], set[Place], set[int]]:
    """The places that are claimed by anybody; those approved as somebody else's; and who these others are."""
    taken: set[Place] = set()
    approved: set[Place] = set()
    others: set[int] = set()
    for some in in_batches(list(paper_ids)):
        rows = sa.select(Claim.paper_id, Claim.position, Claim.person_id, Claim.state).where(Claim.paper_id.in_(some), Claim.state.in_(LIVE))
        for paper_id, position, whose, state in session.execute(rows):
            taken.add((paper_id, position))
            if whose != person_id and state == APPROVED:
                approved.add((paper_id, position))
                others.add(whose)
    return taken, approved, others


def _co_authors(session: Session, heads: Sequence[Trace], own_places: dict[int, int]) -> tuple[dict[int, set[str]], set[str]]:
    """The names that each paper shares with the person's own papers, but for those that fit the person's; and which of these names are common."""
    met = Counter[str]()
    for some in in_batches(sorted(own_places)):
        rows = sa.select(Authorship.paper_id, Authorship.position, Authorship.name_key).where(Authorship.paper_id.in_(some))
        people = rows.where(Authorship.is_group.is_(sa.false()))
        met.update(key for paper_id, position, key in session.execute(people) if own_places[paper_id] != position)
    for one in heads:
        del met[one.name_key]
    names = [key for key, _ in met.most_common(MOST_CO_AUTHORS)]
    shared: dict[int, set[str]] = {}
    if names:
        known = sa.select(Authorship.paper_id, Authorship.name_key).where(Authorship.name_key.in_(names))
        for some in in_batches(sorted({one.paper_id for one in heads} - own_places.keys()), MAX_IDS - MOST_CO_AUTHORS):
            for paper_id, key in session.execute(known.where(Authorship.paper_id.in_(some))):
                shared.setdefault(paper_id, set()).add(key)
    shared_names = sorted({key for keys in shared.values() for key in keys})
    n = sa.select(Authorship.name_key, sa.func.count()).where(Authorship.name_key.in_(shared_names)).group_by(Authorship.name_key)
    counts = dict(session.execute(n).all()) if shared_names else {}
    return shared, {key for key, n_papers in counts.items() if n_papers >= COMMON_FROM}


def _keywords(session: Session, own_ids: Sequence[int], paper_ids: Sequence[int]) -> dict[int, int]:
    """How many keywords each paper shares with the person's own."""
    if not paper_ids:
        return {}
    own = {k for some in in_batches(list(own_ids)) for k in session.scalars(sa.select(PaperKeyword.keyword_id).where(PaperKeyword.paper_id.in_(some)))}
    found = Counter[int]()
    for some in in_batches(sorted(set(paper_ids))):
        rows = sa.select(PaperKeyword.paper_id, PaperKeyword.keyword_id).where(PaperKeyword.paper_id.in_(some)).distinct()
        found.update(paper_id for paper_id, keyword_id in session.execute(rows) if keyword_id in own)
    return dict(found)


def _names_at(session: Session, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
    if not places:
        return {}
    rows = sa.select(Authorship.paper_id, Authorship.position, Authorship.name).where(Authorship.paper_id.in_({paper_id for paper_id, _ in places}))
    return {(paper_id, position): name for paper_id, position, name in session.execute(rows)}
