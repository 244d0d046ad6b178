"""The JSON of a score holds all it takes: from it alone every number of the score comes out again, to the last digit."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from reviewhub.core import clock
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.ratings.models import HeldBurst, PaperScore, RaterLeniency, Rating, RatingModel
from reviewhub.ratings.rules import FORMULA_VERSION
from reviewhub.ratings.services import Given, rate, recompute
from reviewhub.ratings.sheets import sheet_of
from tests.people import person, rated


@pytest.fixture
def paper_id(database: Database) -> int:
    with database.write() as session, session.begin():
        return add_or_update(session, KEEPER, [PaperRecord("hand", title="A paper")])[0].paper_id or 0


def repeated(sheet: dict[str, Any]) -> dict[str, Any]:
    """The results of a sheet, computed by what it says of itself and by nothing of the site."""
    given_ratings = sorted(sheet["ratings"], key=lambda r: r["number"])
    counted = [r for r in given_ratings if r["exclusion"] is None]
    sizes: dict[int, int] = {}
    for r in counted:
        if r["group"]:
            sizes[r["group"]] = sizes.get(r["group"], 0) + 1
    weights = [1 / math.sqrt(sizes[r["group"]]) if r["group"] else 1.0 for r in counted]
    assert [r["weight"] for r in counted] == weights
    assert all(r["weight"] is None for r in given_ratings if r["exclusion"])

    def rounded(value: float, per: int) -> float:
        return math.floor(value * per + 0.5) / per

    def mean(some: list[tuple[float, float]]) -> float:
        return sum(w * y for w, y in some) / sum(w for w, _ in some)

    def part(field: str, where: bool) -> tuple[float | None, int]:
        some = [(w, r["stars"]) for w, r in zip(weights, counted, strict=True) if r[field] is where]
        return (rounded(mean(some), 200) if some else None), len(some)

    blind, n_blind = part("is_blind", True)
    seen, n_open = part("is_blind", False)
    histogram = [sum(r["stars"] == n / 2 for r in counted) for n in range(1, 11)]
    results: dict[str, Any] = {
        "n_given": len(given_ratings), "n_counted": len(counted), "n_groups": len(sizes) + sum(not r["group"] for r in counted),
        "n_held": sum(r["exclusion"] is not None and r["exclusion"]["code"] == "held" for r in given_ratings),
        "n_reviews": sum(r["has_review"] for r in given_ratings), "n_blind": n_blind, "n_open": n_open, "blind_mean": blind, "open_mean": seen,
        **dict.fromkeys(("overall", "estimate", "lower", "upper", "spread", "adjusted")),
    }  # fmt: skip
    for name in ("novelty", "importance", "rigor"):
        some = [(w, r[name]) for w, r in zip(weights, counted, strict=True) if r[name] is not None]
        results[name] = {"mean": rounded(mean(some), 100) if some else None, "n": len(some)}
    percents = [100 * n // len(counted) if counted else 0 for n in histogram]
    remainders = sorted(range(10), key=lambda i: (-(100 * histogram[i] % len(counted)), i)) if counted else []
    for i in remainders[: 100 - sum(percents)]:
        percents[i] += 1
    results["histogram"] = [{"stars": (i + 1) / 2, "n": histogram[i], "percent": percents[i]} for i in range(10)]
    if counted:
        total, prior, m = sum(weights), sheet["prior"], sheet["prior"]["weight"]
        pairs = list(zip(weights, [r["stars"] for r in counted], strict=True))
        plain = mean(pairs)
        estimate = (sum(w * y for w, y in pairs) + m * sum(s["share"] * s["stars"] for s in prior["shares"])) / (total + m)
        square = (sum(w * y**2 for w, y in pairs) + m * sum(s["share"] * s["stars"] ** 2 for s in prior["shares"])) / (total + m)
        half = sheet["z"] * math.sqrt(max(0.0, square - estimate**2) / (total + m + 1))
        results |= {
            "overall": rounded(plain, 200), "estimate": rounded(estimate, 200), "lower": rounded(max(0.5, estimate - half), 200),
            "upper": rounded(min(5.0, estimate + half), 200), "spread": rounded(math.sqrt(sum(w * (y - plain) ** 2 for w, y in pairs) / total), 200),
            "adjusted": rounded(plain - sheet["leniency"]["correction"], 200) if sheet["leniency"] else None,
        }  # fmt: skip
    return results


RATINGS = st.lists(
    st.tuples(
        st.integers(1, 10), *[st.none() | st.integers(1, 5)] * 3, st.booleans(), st.sampled_from(["", "", "", "own-paper", "declared", "held"]),
        st.integers(0, 3), st.none() | st.integers(-300, 300), st.booleans(),
    ),
    max_size=14,
)  # fmt: skip
PRIORS = st.tuples(st.lists(st.integers(1, 50), min_size=10, max_size=10), st.floats(0.5, 10), st.none() | st.floats(-0.2, 0.9))


def test_every_result_comes_out_again_from_the_json_alone(database: Database, paper_id: int) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(RATINGS, st.none() | PRIORS)
    def check(ratings: list[tuple[Any, ...]], prior: tuple[list[int], float, float | None] | None) -> None:
        with database.write() as session:
            if prior is not None:
                counts, weight, icc = prior
                facts = {"shares": [n / sum(counts) for n in counts], "weight": weight, "icc": icc}
                session.add(RatingModel(computed_at=clock.now(), formula=FORMULA_VERSION, facts=facts))
                session.flush()
            _give(session, paper_id, ratings)
            sheet = json.loads(json.dumps(sheet_of(session, paper_id), allow_nan=False))
            assert sheet["results"] == repeated(sheet)
            _is_what_the_site_shows(session, paper_id, sheet["results"])
            session.rollback()

    check()


def _give(session: Session, paper_id: int, ratings: list[tuple[Any, ...]]) -> None:
    """Ratings of people some of whom sign up from one place, each with what the site may know of them."""
    burst = HeldBurst(paper_id=paper_id, noticed_at=clock.now())
    session.add(burst)
    session.flush()
    for overall, novelty, importance, rigor, is_blind, exclusion, place, effect, has_text in ratings:
        facts = {"email": f"{clock.now().timestamp()}{len(session.identity_map)}@place-{place}.example"} if place else {}
        who = person(session, **facts)
        told = Given(overall, novelty, importance, rigor, text="Words." if has_text else "", has_conflict=exclusion == "declared")
        rating = rate(session, who, paper_id, told)
        held = {"held_by": burst.id} if exclusion == "held" else {}
        conflict = {"conflict": exclusion} if exclusion == "own-paper" else {}
        session.execute(sa.update(Rating).where(Rating.id == rating.id).values(is_blind=is_blind, **held, **conflict))
        if effect is not None:
            session.add(RaterLeniency(account_id=who.account_id, effect=effect, n_ratings=9, computed_at=clock.now()))
    session.flush()
    session.expire_all()
    recompute(session, paper_id)


def _is_what_the_site_shows(session: Session, paper_id: int, results: dict[str, Any]) -> None:
    kept = session.get(PaperScore, paper_id)
    if kept is None:
        assert results["n_given"] == 0
        return
    for name in ("overall", "estimate", "lower", "upper", "spread", "blind_mean", "open_mean", "adjusted"):
        stands = getattr(kept, name)
        assert results[name] == (None if stands is None else stands / 200), name
    for name in ("n_given", "n_counted", "n_groups", "n_held", "n_reviews", "n_blind", "n_open"):
        assert results[name] == getattr(kept, name), name


def test_a_sheet_tells_why_a_rating_does_not_count_in_both_languages(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        rated(session, paper_id, [9], has_conflict=True)
    with database.read() as session:
        (rating,) = sheet_of(session, paper_id)["ratings"]
    assert rating["exclusion"]["code"] == "declared"
    assert rating["exclusion"]["label"].keys() == {"en", "zh"}
    assert rating["exclusion"]["label"]["en"] != rating["exclusion"]["label"]["zh"]


def test_a_sheet_names_nobody(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        who = person(session, "Rosalind Featherstone", email="featherstone@somewhere.example", id=987_654)
        for rater in (who, person(session), person(session)):
            rate(session, rater, paper_id, Given(7, text="I, Featherstone, say."))
            session.add(RaterLeniency(account_id=rater.account_id, effect=31, n_ratings=9, computed_at=clock.now()))
        session.flush()
        recompute(session, paper_id)
    with database.read() as session:
        sheet = sheet_of(session, paper_id)
    said = json.dumps(sheet)
    assert "eatherstone" not in said
    assert "987654" not in said
    assert not any({"leniency", "correction", "account"} & rating.keys() for rating in sheet["ratings"])
    assert sheet["leniency"]["n_raters"] == 3


def test_how_lenient_two_raters_are_is_not_told_by_their_paper(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        for rater in rated(session, paper_id, [7, 8, 9])[:2]:
            session.add(RaterLeniency(account_id=rater.account_id, effect=100, n_ratings=9, computed_at=clock.now()))
        session.flush()
        recompute(session, paper_id)
    with database.read() as session:
        sheet = sheet_of(session, paper_id)
    assert (sheet["leniency"], sheet["results"]["adjusted"]) == (None, None)


def test_a_paper_that_nobody_rated_has_a_sheet_of_nothing(database: Database, paper_id: int) -> None:
    with database.read() as session:
        sheet = sheet_of(session, paper_id)
    assert (sheet["state"], sheet["ratings"], sheet["results"]["overall"]) == ("none", [], None)
    assert sheet["results"] == repeated(sheet)


def test_a_sheet_takes_few_statements_however_many_ratings(database: Database, paper_id: int) -> None:
    with database.write() as session, session.begin():
        rated(session, paper_id, [1, 5, 9, 2, 7] * 3)
    said: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    with database.read() as session:
        sheet_of(session, paper_id)
    assert len([statement for statement in said if statement.startswith("SELECT")]) <= 3
