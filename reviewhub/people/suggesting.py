""" "Is this you?": authorships that are probably a person's, found by the key of namesakes and never by a scan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.actor import Actor
from ..core.db import in_batches
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

# Printed names that are looked at for one person. The commonest names of China stand on more papers; of those nothing is told by the name alone anyway.
MOST_NAMESAKES = 2_000
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
    namesakes = _namesakes(session, queries.names_of(session, person_id), own_places)
    paper_ids = sorted({one.paper_id for one in namesakes})
    taken, others_places, claimants = _claimed(session, paper_ids, person_id)
    refused = set(session.execute(sa.select(NotMine.paper_id, NotMine.name_key).where(NotMine.person_id == person_id)).all())
    own_orcids = set(queries.orcids_of(session, person_id))
    known_orcids = own_orcids or {one.orcid for one in namesakes if one.is_own and one.orcid}
    namesakes = [
        replace(
            one,
            is_others=not one.is_own
            and (
                (one.paper_id, one.position) in others_places
                or (one.paper_id, one.name_key) in refused
                or bool(known_orcids and one.orcid and one.orcid not in known_orcids)
            ),
        )
        for one in namesakes
    ]
    candidates = [
        one for one in namesakes if not one.is_own and not one.is_others and one.paper_id not in own_places and (one.paper_id, one.position) not in taken
    ]
    scored = _scored(session, candidates, namesakes, own_places, own_orcids)
    likely = sorted(((found, one) for found, one in scored if found.is_enough), key=lambda pair: (-pair[0].score, -pair[1].paper_id))
    guesses = [pair for pair in likely if not pair[0].is_certain]
    best = [pair for pair in likely if pair[0].is_certain][:MOST_CERTAIN] + guesses[: at_once(len(own_places))]
    lines = {line.id: line for line in lines_of(session, sorted({one.paper_id for _, one in best}))} if best else {}
    names = _names_at(session, [(one.paper_id, one.position) for _, one in best])
    others = {one.orcid for one in namesakes if one.orcid and not one.is_own and one.orcid not in own_orcids}
    return Suggestions(
        [Suggestion(lines[one.paper_id], one.position, names[one.paper_id, one.position], found.score, found.parts) for found, one in best],
        len(paper_ids),
        len(others | claimants),
    )


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
            if broken.field == "claim" and "hour" in str(broken):
                break
            n["passed over"] += 1
    return Accepted(n[APPROVED], sum(n.values()) - n[APPROVED] - n["passed over"], len(wanted) - sum(n.values()))


def _namesakes(session: Session, names: Sequence[Name], own_places: dict[int, int]) -> list[Trace]:
    """Every printed name that fits, the person's own with them. Names first, for most of a key's do not fit; then what stands beside those that do."""
    keys = sorted(keys_of_person(names))
    columns = (
        Authorship.paper_id, Authorship.position, Authorship.name, Authorship.name_key, Authorship.family, Authorship.given, Authorship.suffix,
        Authorship.other_name, Authorship.orcid, Authorship.affiliation_numbers,
    )  # fmt: skip
    query = sa.select(*columns).where(Authorship.namesake_key.in_(keys), Authorship.role == "author", Authorship.is_group.is_(sa.false()))
    rows = list(session.execute(query.limit(4 * MOST_NAMESAKES)))
    known = {(row.paper_id, row.position) for row in rows}
    if missing := [place for place in own_places.items() if place not in known]:  # printed in a way that the name does not tell
        places = sa.tuple_(Authorship.paper_id, Authorship.position)
        rows += [row for some in in_batches(missing, 300) for row in session.execute(sa.select(*columns).where(places.in_(some)))]
    fits: dict[Name, Fit] = {}
    fitting = []
    for row in rows:
        name = Name(row.name, row.family, row.given, row.suffix, row.other_name)
        if name not in fits:
            fits[name] = fit(names, name)
        is_own = own_places.get(row.paper_id) == row.position
        if is_own or fits[name].is_possible:
            fitting.append((row, fits[name], is_own))
    fitting = sorted(fitting, key=lambda one: (not one[2], one[0].paper_id))[:MOST_NAMESAKES]
    papers: dict[int, tuple[list[dict[str, str]], int | None]] = {}
    for some in in_batches(sorted({row.paper_id for row, _, _ in fitting})):
        for paper_id, affiliations, journal_id in session.execute(sa.select(Paper.id, Paper.affiliations, Paper.journal_id).where(Paper.id.in_(some))):
            papers[paper_id] = (affiliations, journal_id)
    return [
        Trace(
            row.paper_id, row.position, row.name_key, found, row.orcid, _institutions(papers[row.paper_id][0], row.affiliation_numbers),
            papers[row.paper_id][1], is_own,
        )
        for row, found, is_own in fitting
    ]  # fmt: skip


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


def _scored(
    session: Session, candidates: Sequence[Trace], namesakes: Sequence[Trace], own_places: dict[int, int], own_orcids: set[str]
) -> list[tuple[Likeness, Trace]]:
    crowd = Crowd(namesakes, own_orcids)
    shared, common, n_names = _co_authors(session, sorted(own_places), candidates, own_places)
    keywords = _keywords(session, sorted(own_places), [one.paper_id for one in candidates])
    found = []
    for one in candidates:
        met = shared.get(one.paper_id, set())
        facts = crowd.facts_of(
            one, n_rare=len(met - common), n_common=len(met & common), has_co_authors=n_names.get(one.paper_id, 0) > 1, n_keywords=keywords.get(one.paper_id, 0)
        )
        found.append((likeness(facts), one))
    return found


def _co_authors(
    session: Session, own_ids: Sequence[int], candidates: Sequence[Trace], own_places: dict[int, int]
) -> tuple[dict[int, set[str]], set[str], dict[int, int]]:
    """Names that stand on a candidate's paper and on the person's own; those among them that are common; how many authors each candidate's paper has."""
    names: set[str] = set()
    for some in in_batches(list(own_ids)):
        rows = sa.select(Authorship.paper_id, Authorship.position, Authorship.name_key).where(
            Authorship.paper_id.in_(some), Authorship.is_group.is_(sa.false())
        )
        names |= {key for paper_id, position, key in session.execute(rows) if own_places[paper_id] != position}
    own_keys = {one.name_key for one in candidates}
    names -= own_keys
    shared: dict[int, set[str]] = {}
    n_names: dict[int, int] = {}
    paper_ids = sorted({one.paper_id for one in candidates})
    for some in in_batches(paper_ids):
        for paper_id, key in session.execute(sa.select(Authorship.paper_id, Authorship.name_key).where(Authorship.paper_id.in_(some))):
            n_names[paper_id] = n_names.get(paper_id, 0) + 1
            if key in names:
                shared.setdefault(paper_id, set()).add(key)
    met = sorted({key for keys in shared.values() for key in keys})
    counts = Counter[str]()
    for keys in in_batches(met):
        n = sa.select(Authorship.name_key, sa.func.count()).where(Authorship.name_key.in_(keys)).group_by(Authorship.name_key)
        counts.update(dict(session.execute(n).all()))
    return shared, {key for key, n_papers in counts.items() if n_papers >= COMMON_FROM}, n_names


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
