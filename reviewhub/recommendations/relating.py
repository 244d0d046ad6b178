"""Lists of related papers: made by the worker, kept in a table, read by pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.db import Database, in_batches, insert_rows
from ..papers.models import Paper, PaperIdentifier, PaperReference
from . import evidence, storing
from . import model as modelling
from .evidence import Facts
from .gathering import counts_of
from .judging import best
from .model import weighed
from .models import RecommendationModel, RelatedList, RelatedPaper
from .queries import newest_model
from .rules import RELATED_SHOWN, RELATED_WEIGHED, related_value, various
from .sparse import Floats, Matrix, stacked
from .storing import Stored
from .terms import N_TERMS, matrix_of

# Papers that no model knows yet are compared one by one: the newest so many, until the next training, which comes before there are more.
MOST_FRESH = 2_000
# Papers related at one time: their facts and candidates are read together.
AT_ONCE = 50
# Text alone speaks for a paper from this likeness (cosine of TF-IDF) on; below it something else must speak for it too.
LEAST_LIKENESS = 0.1
# One word in common ("games") is a chance where another paper has nothing else; two and more are a subject.
FEWEST_SHARED = 2
# A shorter list takes in the next best texts, down to this likeness: of a thousand Chinese abstracts from all of science a third have none nearer.
FEWEST_LISTED, LEAST_LIKENESS_AT_ALL, FEWEST_SHARED_AT_ALL = 4, 0.03, 4
# Texts of fewer terms ("Editorial Board", "Highlights") are like all of their kind and tell nothing.
FEWEST_TERMS = 5
# Papers that share references with a fresh one, or cite it, looked for in the database.
MOST_CITING = 20


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What lists are made on: the model in place, if any, and the papers that came after it."""

    model_row: RecommendationModel | None
    stored: Stored | None
    fresh_ids: list[int]
    fresh: Matrix  # rows as `model.weighed`
    rarity: Floats

    @property
    def model_id(self) -> int:
        return self.model_row.id if self.model_row is not None and self.stored is not None else 0


def ground(session: Session, home: Path) -> Ground:
    """The model in place and the newest papers it does not know."""
    row = newest_model(session)
    stored = storing.opened(home, row.folder) if row else None
    last_known = int(stored.paper_ids[-1]) if stored is not None and len(stored.paper_ids) else 0
    ids = sorted(session.scalars(sa.select(Paper.id).where(Paper.id > last_known).order_by(Paper.id.desc()).limit(MOST_FRESH)))
    counted = counts_of(session, ids)
    terms = matrix_of(counted.get(i, Counter()) for i in ids)
    if stored is not None:
        rarity = np.asarray(stored.model.rarity)
    else:  # the rarest word of three papers is not rare: one is added, so that texts can be compared at all
        rarity = np.log(1 + (1 + len(ids)) / (1 + np.bincount(terms.indices, minlength=N_TERMS))).astype(np.float32)
    return Ground(row, stored, ids, weighed(terms, rarity), rarity)


def relate(session: Session, on: Ground, paper_ids: Sequence[int]) -> int:
    """Makes the lists of these papers anew; how many there are. Papers that are gone are passed over."""
    n = 0
    for some in in_batches(sorted(set(paper_ids)), AT_ONCE):
        candidates = {i: found for i, found in _candidates(session, on, some).items() if found is not None}
        facts = evidence.facts_of(session, {*candidates, *(c for found in candidates.values() for c in found)})
        lists = {i: _list(on, i, found, facts) for i, found in candidates.items() if i in facts}
        _write(session, on, lists)
        n += len(lists)
    return n


def _candidates(session: Session, on: Ground, paper_ids: Sequence[int]) -> dict[int, dict[int, tuple[float, float]]]:
    """For each paper the likeliest others: (how near by text, how near by walks), each as a share of the best."""
    here = set(session.scalars(sa.select(Paper.id).where(Paper.id.in_(paper_ids))))
    places = on.stored.places_of(here) if on.stored is not None else {}
    unknown = [i for i in here if i not in places]
    counted = counts_of(session, unknown)
    citing = {i: _citing(session, i) for i in unknown}
    found: dict[int, dict[int, tuple[float, float]]] = {}
    for i in sorted(here):
        text: dict[int, float] = {}
        walk: dict[int, float] = {}
        row = _row_of(on, places.get(i), counted.get(i, Counter()))
        if on.stored is not None:
            model, kept = on.stored.model, _start(on, i, places, citing.get(i, []))
            by_text = modelling.text_scores(model, np.array([places[i]]), np.ones(1, np.float32)) if i in places else modelling.row_scores(model, row)
            by_walk = modelling.walk_scores(model, np.array(kept, np.int64), np.ones(len(kept), np.float32))
            both = np.zeros(model.n_papers, np.float32)
            modelling.add_opinion(both, by_text, modelling.TEXT_WEIGHT)
            modelling.add_opinion(both, by_walk, modelling.WALK_WEIGHT)
            for place in best(both, np.array([places[i]] if i in places else [], np.int64), RELATED_WEIGHED):
                if both[place] > 0:
                    other = int(on.stored.paper_ids[place])
                    text[other], walk[other] = float(by_text[place]), float(by_walk[place])
        if on.fresh_ids:
            alike = (on.fresh @ row.T).toarray().ravel()
            for n in best(alike, np.flatnonzero(np.array(on.fresh_ids) == i), RELATED_WEIGHED):
                if alike[n] > 0:
                    text[on.fresh_ids[n]] = float(alike[n])
        for other in citing.get(i, []):
            text.setdefault(other, 0.0)
        best_text, best_walk = max(text.values(), default=0.0) or 1.0, max(walk.values(), default=0.0) or 1.0
        found[i] = {other: (near / best_text, walk.get(other, 0.0) / best_walk) for other, near in text.items()}
    return found


def _row_of(on: Ground, place: int | None, counted: Counter[int]) -> Matrix:
    if place is not None and on.stored is not None:
        return weighed(on.stored.terms[[place]], on.rarity)
    return weighed(matrix_of([counted]), on.rarity)


def _start(on: Ground, paper_id: int, places: dict[int, int], citing: Sequence[int]) -> list[int]:
    """Where walks begin: at the paper itself, or, when the model does not know it, at those that it has references in common with."""
    if paper_id in places or on.stored is None:
        return [places[paper_id]] if paper_id in places else []
    return sorted(on.stored.places_of(citing).values())


def _citing(session: Session, paper_id: int) -> list[int]:
    """Papers that share references with a paper, that it cites, or that cite it."""
    mine, theirs = sa.orm.aliased(PaperReference), sa.orm.aliased(PaperReference)
    n = sa.func.count()
    coupled = (
        sa.select(theirs.paper_id).join(mine, mine.doi == theirs.doi).where(mine.paper_id == paper_id, theirs.paper_id != paper_id)
        .group_by(theirs.paper_id).order_by(n.desc(), theirs.paper_id).limit(MOST_CITING)
    )  # fmt: skip
    cited = (
        sa.select(PaperIdentifier.paper_id).join(PaperReference, PaperReference.doi == PaperIdentifier.value)
        .where(PaperIdentifier.kind == "doi", PaperReference.paper_id == paper_id, PaperIdentifier.paper_id != paper_id).limit(MOST_CITING)
    )  # fmt: skip
    citing = (
        sa.select(PaperReference.paper_id).join(PaperIdentifier, PaperReference.doi == PaperIdentifier.value)
        .where(PaperIdentifier.kind == "doi", PaperIdentifier.paper_id == paper_id, PaperReference.paper_id != paper_id).limit(MOST_CITING)
    )  # fmt: skip
    return list(dict.fromkeys(i for query in (cited, citing, coupled) for i in session.scalars(query)))


def _list(on: Ground, paper_id: int, candidates: dict[int, tuple[float, float]], facts: dict[int, Facts]) -> list[tuple[int, list[dict[str, object]]]]:
    """(paper, reasons) of the list, best first: weighed with the evidence, versions folded, various."""
    own = facts[paper_id]
    ids = [i for i in candidates if i in facts and evidence.can_be_listed(facts[i]) and not evidence.is_same_work(own, i, facts[i])]
    rows = _rows(on, [paper_id, *ids])
    alike = (rows @ rows.T).toarray() if len(ids) else np.zeros((1, 1))
    in_common = (rows.sign() @ rows[[0]].sign().T).toarray().ravel() if len(ids) else np.zeros(1)
    values, kept, others = [], [], []
    for n, i in enumerate(ids, 1):
        both = evidence.shared(own, facts[i])
        text, walk = candidates[i]
        if not both.is_something:
            if rows.indptr[n + 1] - rows.indptr[n] < FEWEST_TERMS or alike[0, n] < LEAST_LIKENESS_AT_ALL:
                continue
            if alike[0, n] < LEAST_LIKENESS or in_common[n] < FEWEST_SHARED:
                if in_common[n] >= FEWEST_SHARED_AT_ALL or alike[0, n] >= LEAST_LIKENESS:
                    others.append(n)
                continue
        kept.append(n)
        values.append(
            related_value(
                text, walk, n_references=both.n_references, is_cited=both.cites or both.is_cited, n_authors=len(both.authors), n_keywords=len(both.keywords)
            )
        )

    def listed(places: Sequence[int], worth: Sequence[float], most: int) -> list[int]:
        def likeness(a: int, b: int) -> float:
            one, other = ids[places[a] - 1], ids[places[b] - 1]
            return 1.0 if evidence.is_same_work(facts[one], other, facts[other]) else float(alike[places[a], places[b]])

        return [ids[places[n] - 1] for n in various(worth, likeness, most)]

    chosen = [(i, evidence.reasons(own, facts[i], on.rarity)) for i in listed(kept, values, RELATED_SHOWN)]
    if len(chosen) < FEWEST_LISTED:  # of these no more is claimed than that nothing is nearer
        nearest = listed(others, [float(alike[0, n]) for n in others], FEWEST_LISTED - len(chosen))
        chosen += [(i, [{"kind": "nearest"}]) for i in nearest]
    return chosen


def _rows(on: Ground, paper_ids: Sequence[int]) -> Matrix:
    """The plain words of papers, known to the model or fresh, as rows of length 1; empty for one that is neither."""
    places = on.stored.places_of(paper_ids) if on.stored is not None else {}
    fresh = {i: n for n, i in enumerate(on.fresh_ids)}
    known = [i for i in paper_ids if i in places]
    parts = [weighed(on.stored.terms[[places[i] for i in known]], on.rarity)] if on.stored is not None and known else []
    new = [i for i in paper_ids if i not in places and i in fresh]
    parts += [on.fresh[[fresh[i] for i in new]]] if new else []
    gone = [i for i in paper_ids if i not in places and i not in fresh]
    parts += [matrix_of(Counter() for _ in gone)] if gone else []
    order = {i: n for n, i in enumerate([*known, *new, *gone])}
    return stacked(parts)[[order[i] for i in paper_ids]]


def _write(session: Session, on: Ground, lists: dict[int, list[tuple[int, list[dict[str, object]]]]]) -> None:
    now = clock.now()
    ids = list(lists)
    for model in (RelatedPaper, RelatedList):
        session.execute(sa.delete(model).where(model.paper_id.in_(ids)))
    insert_rows(session, RelatedList, ("paper_id", "model_id", "made_at"), [(i, on.model_id, now) for i in ids])
    rows = [(i, n, other, why) for i, found in lists.items() for n, (other, why) in enumerate(found, 1)]
    insert_rows(session, RelatedPaper, ("paper_id", "position", "other_id", "reasons"), rows)


def relate_in_turn(database: Database, home: Path, paper_ids: Sequence[int]) -> None:
    """Makes the lists of these papers anew, some at a time, each in a short transaction."""
    with database.read() as session:
        on = ground(session, home)
    for some in in_batches(list(paper_ids), AT_ONCE):
        with database.write() as session, session.begin():
            relate(session, on, some)
