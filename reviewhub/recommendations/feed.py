"""Papers for one reader: made when asked for, from the model in place and what the reader chose to rate, save or say. Nothing else is known of them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core import clock
from ..core.text import Message
from ..library.models import LibraryItem
from ..papers.models import Authorship, Journal, Keyword, Paper, PaperKeyword
from ..people.ladder import APPROVED, LIVE
from ..people.queries import claim_places
from ..ratings.models import PaperScore, Rating
from . import evidence, queries, signals, storing
from . import model as modelling
from .judging import best
from .models import ReaderChoice
from .relating import FEWEST_TERMS, LEAST_LIKENESS
from .rules import (
    FEED_SHOWN,
    FEWEST_READERS_TOLD,
    FIELD_BORNE,
    FIELDS_BESIDE_LIBRARY,
    FOLLOWED,
    JOURNAL_FOLLOWED,
    MORE_LIKE_THIS,
    OWN_PAPER,
    SAVED,
    interest_of,
    various,
    worded,
)  # fmt: skip
from .sparse import Floats, Ints
from .storing import Stored
from .terms import counts, matrix_of

log = logging.getLogger(__name__)

# Of so many of the likeliest papers the list is chosen; filters look further.
LOOKED_AT, LOOKED_AT_FILTERED = 120, 5_000
# Papers that need a first rating, beside the list.
FIRST_RATINGS = 3
# What is said to be of no interest takes away so much of the likeness to it.
DISLIKE_WEIGHT = 0.5
# Of the weightiest papers of a reader, those that a reason is looked for among, for each paper of the list.
SOURCES_LOOKED_AT, SOURCES = 300, 3
# Of each kind of followed things the latest; of their journals the newest papers.
FOLLOWED_LOOKED_AT, PAPERS_OF_JOURNALS, PAPERS_OF_FIELDS = 200, 200, 2_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a feed is narrowed to; empty fields narrow nothing."""

    language: str = ""
    year_from: int | None = None
    year_to: int | None = None
    field: str = ""  # slug of a keyword

    @property
    def is_set(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper for the reader, with why."""

    paper_id: int
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """A reader's papers. `basis` says what they were chosen by: "library", "fields", or "popular" where nothing is known of the reader."""

    basis: str
    entries: list[Entry]
    first_ratings: list[Entry]  # near the reader's field, and nobody has rated them yet
    made_at: dt.datetime
    model_made_at: dt.datetime | None  # None: no model was there, and the list does without
    is_known: bool = True  # whether the reader has told anything yet


@dataclass(slots=True)
class _Interest:
    """Something the reader has to do with: how much, and how a reason names it."""

    weight: float
    kind: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Known:
    """What is known of a reader."""

    interests: dict[int, _Interest]  # papers
    seen: set[int]  # papers not to be shown again
    disliked: set[int]  # papers
    fields: dict[str, str]  # slug -> term, chosen or followed
    journals: dict[int, str]  # id -> name, followed

    @property
    def is_something(self) -> bool:
        return bool(self.interests or self.fields or self.journals)


def feed_for(session: Session, home: Path, account_id: int, filters: Filters | None = None, *, most: int = FEED_SHOWN) -> Feed:
    """The feed of a reader as of now: own, rated, saved, retracted and unwanted papers left out, versions folded, the list various.

    Without a model, or with one that cannot be read, it is what many turn to; never an error.
    """
    filters = filters or Filters()
    row = queries.newest_model(session)
    stored = storing.opened(home, row.folder) if row else None
    model_made_at = row.made_at if row and stored is not None else None
    known = _known_of(session, account_id)
    basis = "popular"
    ranked: dict[int, float] = {}  # paper -> how much it is for this reader, best first
    if stored is not None and known.is_something:
        try:
            scores = _scores(session, stored, account_id, known)
        except (ValueError, IndexError):  # arrays that do not fit together: a file was damaged where opening does not look
            log.exception("the recommendation model cannot be used")
            scores, model_made_at = None, None
        if scores is not None:
            basis = "library" if stored.places_of(known.interests) else "fields"
            places = np.array(sorted(stored.places_of(known.seen).values()), np.int64)
            depth = LOOKED_AT_FILTERED if filters.is_set else LOOKED_AT
            ranked = {int(stored.paper_ids[place]): float(scores[place]) for place in best(scores, places, depth) if scores[place] > 0}
    if not ranked:
        basis = "popular"
        ranked = {i: 1 / (n + 10) for n, i in enumerate(queries.popular(session, LOOKED_AT, without=known.seen))}
    used = stored if basis != "popular" else None
    passing = _passing(session, list(ranked), filters, known.seen, used)[:LOOKED_AT]
    twins = evidence.twins_of(session, passing)  # a preprint of what the reader has is nothing new
    chosen = [i for i in passing if twins.get(i, set()).isdisjoint(known.seen)]
    listed = _various(session, used, {i: ranked[i] for i in chosen}, most)
    unrated = _unrated(session, [i for i in chosen if i not in set(listed)])[:FIRST_RATINGS]
    why = _Reasons(session, used, account_id, known, [*listed, *unrated])
    first = [Entry(i, (worded("first-rating", {}), *why.of(i))) for i in unrated]
    return Feed(basis, [Entry(i, why.of(i)) for i in listed], first, clock.now(), model_made_at, is_known=known.is_something)


def _known_of(session: Session, account_id: int) -> _Known:
    interests: dict[int, _Interest] = {}
    own = sa.select(Authorship.paper_id).join(Account, Account.orcid == Authorship.orcid).where(Account.id == account_id).distinct()
    for i in session.scalars(own):
        interests[i] = _Interest(OWN_PAPER, "for-own")
    claimed, approved = ({i for i, _ in claim_places(session, [account_id], states).get(account_id, ())} for states in (LIVE, (APPROVED,)))
    interests |= {i: _Interest(OWN_PAPER, "for-own") for i in approved}
    seen = {*interests, *claimed}
    followed = signals.followed_by(session, account_id, most=FOLLOWED_LOOKED_AT)
    for i in followed.get("paper", ()):
        interests.setdefault(i, _Interest(FOLLOWED, "for-followed"))
        seen.add(i)
    for i in session.scalars(sa.select(LibraryItem.paper_id).where(LibraryItem.account_id == account_id)):
        interests[i] = _Interest(SAVED, "for-saved")
        seen.add(i)
    disliked: set[int] = set()
    for i, half_stars in session.execute(sa.select(Rating.paper_id, Rating.overall).where(Rating.account_id == account_id)):
        seen.add(i)
        if weight := interest_of(half_stars):
            interests[i] = _Interest(weight, "for-rated", {"stars": f"{half_stars / 2:.1f}"})
        else:
            interests.pop(i, None)
    for i, choice in session.execute(sa.select(ReaderChoice.paper_id, ReaderChoice.choice).where(ReaderChoice.account_id == account_id)):
        if choice == "more-like-this":
            interests[i] = _Interest(MORE_LIKE_THIS, "for-more")
        else:
            seen.add(i)
            disliked.add(i)
            interests.pop(i, None)
    chosen, ids = queries.taste_of(session, account_id).fields, followed.get("keyword", ())
    named = sa.select(Keyword.slug, Keyword.term).where(sa.or_(Keyword.slug.in_(chosen), Keyword.id.in_(ids)))
    fields = dict(session.execute(named).all()) if chosen or ids else {}
    journals = followed.get("journal", ())
    of_journals = dict(session.execute(sa.select(Journal.id, Journal.name).where(Journal.id.in_(journals))).all()) if journals else {}
    return _Known(interests, seen, disliked, fields, of_journals)


def _scores(session: Session, stored: Stored, account_id: int, known: _Known) -> Floats | None:
    """What the model says of every paper for this reader; None when it knows nothing of them."""
    kept, weights = _places(stored, known.interests)
    total = np.zeros(stored.model.n_papers, np.float32)
    if len(kept):
        total = modelling.scores(stored.model, kept, weights, reader=stored.reader_of(account_id))
    if known.fields:
        row = modelling.weighed(matrix_of([counts(" ; ".join(known.fields.values()))]), np.asarray(stored.model.rarity))
        modelling.add_opinion(total, modelling.row_scores(stored.model, row), FIELDS_BESIDE_LIBRARY if len(kept) else modelling.TEXT_WEIGHT)
        bearing = sa.select(PaperKeyword.paper_id).join(Keyword, Keyword.id == PaperKeyword.keyword_id).where(Keyword.slug.in_(known.fields))
        newest = session.scalars(bearing.distinct().order_by(PaperKeyword.paper_id.desc()).limit(PAPERS_OF_FIELDS)).all()
        places = np.array(sorted(stored.places_of(newest).values()), np.int64)
        # With nothing else known, papers that bear a field come first, and then those that read like it.
        total[places] += np.float32(FIELD_BORNE * float(total.std()) if len(kept) else float(total.max()))
    if known.journals:
        of_journals = (
            sa.select(Paper.id).where(Paper.journal_id.in_(known.journals)).order_by(Paper.published.desc(), Paper.id.desc()).limit(PAPERS_OF_JOURNALS)
        )
        places = np.array(sorted(stored.places_of(session.scalars(of_journals).all()).values()), np.int64)
        total[places] += np.float32(JOURNAL_FOLLOWED * (float(total.std()) or 1.0))
    if not total.any():
        return None
    if unwanted := stored.places_of(known.disliked):
        places = np.array(sorted(unwanted.values()), np.int64)
        modelling.add_opinion(total, modelling.text_scores(stored.model, places, np.ones(len(places), np.float32)), -DISLIKE_WEIGHT)
    return total


def _places(stored: Stored, interests: dict[int, _Interest]) -> tuple[Ints, Floats]:
    places = stored.places_of(interests)
    kept = np.array(list(places.values()), np.int64)
    return kept, np.array([interests[i].weight for i in places], np.float32)


def _passing(session: Session, ranked: Sequence[int], filters: Filters, seen: Collection[int], stored: Stored | None) -> list[int]:
    """Those of these papers that are here, not retracted, more than a bare heading, and pass the filters; in the same order. Papers merged away are gone."""
    query = sa.select(Paper.id).where(Paper.is_retracted.is_(False), Paper.type.not_in(evidence.NOTICES))
    if filters.language:
        query = query.where(Paper.language == filters.language)
    if filters.year_from is not None:
        query = query.where(Paper.year >= filters.year_from)
    if filters.year_to is not None:
        query = query.where(Paper.year <= filters.year_to)
    if filters.field:
        of_field = sa.select(PaperKeyword.paper_id).join(Keyword, Keyword.id == PaperKeyword.keyword_id).where(Keyword.slug == filters.field)
        query = query.where(Paper.id.in_(of_field))
    passing: set[int] = set()
    for start in range(0, len(ranked), 900):
        passing.update(session.scalars(query.where(Paper.id.in_(ranked[start : start + 900]))))
    places = stored.places_of(passing) if stored is not None else {}
    ends = stored.terms.indptr if stored is not None else np.zeros(0, np.int64)
    bare = {i for i, place in places.items() if ends[place + 1] - ends[place] < FEWEST_TERMS}
    return [i for i in ranked if i in passing and i not in seen and i not in bare]


def _various(session: Session, stored: Stored | None, values: dict[int, float], most: int) -> list[int]:
    """The list: the best of these papers, made various; versions and near copies folded."""
    pool = list(values)[: most * 4]
    places = stored.places_of(pool) if stored is not None else {}
    known = [i for i in pool if i in places]
    row_of = {i: n for n, i in enumerate(known)}
    alike = np.zeros((0, 0))
    if stored is not None and known:
        rows = modelling.weighed(stored.terms[[places[i] for i in known]], np.asarray(stored.model.rarity))
        alike = (rows @ rows.T).toarray()
    works = evidence.works_of(session, pool)

    def likeness(a: int, b: int) -> float:
        one, other = pool[a], pool[b]
        if works[one] == works[other]:
            return 1.0
        return float(alike[row_of[one], row_of[other]]) if one in row_of and other in row_of else 0.0

    return [pool[n] for n in various([values[i] for i in pool], likeness, most)]


def _unrated(session: Session, paper_ids: Sequence[int]) -> list[int]:
    rated = set(session.scalars(sa.select(PaperScore.paper_id).where(PaperScore.paper_id.in_(paper_ids), PaperScore.n_counted > 0)))
    return [i for i in paper_ids if i not in rated]


class _Reasons:
    """Why a paper stands in a feed: the reader's own paper that is nearest to it and what ties the two, and how many like-minded readers keep it."""

    def __init__(self, session: Session, stored: Stored | None, account_id: int, known: _Known, listed: Sequence[int]) -> None:
        self.stored, self.interests, self.fields = stored, known.interests, known.fields
        self.rarity: Floats = np.asarray(stored.model.rarity) if stored is not None else np.zeros(0, np.float32)
        self.near = _nearest_own(stored, known.interests, listed) if stored is not None else {}
        self.facts = evidence.facts_of(session, {*listed, *(own for found in self.near.values() for own, _ in found)})
        self.n_like_minded = _like_minded_of(stored, account_id, known.interests, listed) if stored is not None else {}
        self.popularity = {i: n for i, (_, n) in queries.trends_of(session, listed).items()} if stored is None else {}
        of_journal = sa.select(Paper.id, Paper.journal_id).where(Paper.id.in_(listed), Paper.journal_id.in_(known.journals))
        self.journals = {i: known.journals[journal or 0] for i, journal in session.execute(of_journal)} if known.journals else {}

    def of(self, paper_id: int) -> tuple[Message, ...]:
        """The reasons of one paper, in the order of their strength; every one can be checked by the reader."""
        found: list[Message] = []
        facts = self.facts[paper_id]
        if own := self._own_paper(paper_id):
            interest = self.interests[own]
            ties = evidence.reasons(self.facts[own], facts, self.rarity, most=1)
            found.append(worded(interest.kind, {"title": self.facts[own].title, **interest.facts}))
            found += [worded(reason["kind"], reason, of_that=True) for reason in ties]
        if named := [term for slug, term in self.fields.items() if slug in facts.keywords or slug in facts.subjects]:
            found.append(worded("field", {"words": ", ".join(named[: evidence.MOST_NAMED])}))
        if name := self.journals.get(paper_id):
            found.append(worded("journal", {"name": name}))
        for kind, counted in (("like-minded", self.n_like_minded), ("popular", self.popularity)):
            if (n := counted.get(paper_id, 0)) >= FEWEST_READERS_TOLD:
                found.append(worded(kind, {"n": n}))
        if not found:
            found.append(worded("new" if self.stored is None else "near-library" if self.interests else "near-fields", {}))
        return tuple(found)

    def _own_paper(self, paper_id: int) -> int | None:
        """The reader's paper that speaks most for this one: of the nearest, the first that more than text ties to it, else the first that reads like it.

        None where readers alone speak for the paper: then no paper of the reader's is the reason."""
        near = [(i, likeness) for i, likeness in self.near.get(paper_id, ()) if i in self.facts]
        tied = (i for i, _ in near if evidence.shared(self.facts[i], self.facts[paper_id]).is_something)
        return next(tied, next((i for i, likeness in near if likeness >= LEAST_LIKENESS), None))


def _nearest_own(stored: Stored, interests: dict[int, _Interest], listed: Sequence[int]) -> dict[int, list[tuple[int, float]]]:
    """For each paper the reader's own ones that read most like it, the nearest first, with how much."""
    weightiest = sorted(interests, key=lambda i: (-interests[i].weight, -i))[:SOURCES_LOOKED_AT]
    places = stored.places_of({*weightiest, *listed})
    own, shown = [i for i in weightiest if i in places], [i for i in listed if i in places]
    if not own or not shown:
        return {}
    alike = (stored.model.words[[places[i] for i in shown]] @ stored.model.words[[places[i] for i in own]].T).toarray()
    order = np.argsort(-alike, axis=1, kind="stable")[:, :SOURCES]
    return {i: [(own[n], float(alike[row, n])) for n in order[row] if alike[row, n] > 0] for row, i in enumerate(shown)}


def _like_minded_of(stored: Stored, account_id: int, interests: dict[int, _Interest], listed: Sequence[int]) -> dict[int, int]:
    """How many of the most like-minded readers keep each paper, of those who keep something that this reader keeps as well: a taste alone is a guess."""
    kept, weights = _places(stored, interests)
    if not len(kept):
        return {}
    readers, _ = modelling.like_minded(stored.model, kept, weights, without_reader=stored.reader_of(account_id))
    libraries = stored.model.libraries[readers]
    shares = np.flatnonzero(np.asarray(libraries[:, kept].sum(axis=1)).ravel())
    counted = np.bincount(libraries[shares].indices, minlength=stored.model.n_papers)
    return {i: int(counted[place]) for i, place in stored.places_of(listed).items()}
