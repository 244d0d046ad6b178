"""What the estimate of a paper's score is worth on real ratings, and what the adjusted mean and the √k of linked raters do to made-up ones.

`./run bench ratings`, or `python bench/ratings.py FILE`: JSON lines, plain or gzip, one paper each; `rating` holds its ratings ("3;5;6" or a list), other
fields of as many numbers what the same people said besides (confidence, criteria), `keywords` the field. Without a file: the simulations alone. The last line
is one JSON object.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import sys
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # called by its path as well as by its name

from bench.measuring import DATA
from reviewhub.ratings.leniency import leniencies_of
from reviewhub.ratings.modelling import prior_of
from reviewhub.ratings.rules import MAX_HALF_STARS, Counting, Prior, compute

# Papers with fewer ratings lend none: two must be left to tell the agreement by.
FEWEST = 3
OTHERS = (1, 2, 3)
N_BOOTSTRAPS = 2_000
N_FOLDS = 10
# Ridge of the fuller estimate: ten papers' worth against each fact being worth anything.
RIDGE = 10.0
# A keyword says something of its papers once it stands on some twenty of them.
KEYWORD_RIDGE = 20.0


class BadFile(Exception):
    """The file is not what this program reads."""


@dataclass(frozen=True)
class Rated:
    """One paper: its ratings, what was said with each (nan where nothing was), its keywords."""

    ratings: np.ndarray
    facts: np.ndarray
    keywords: frozenset[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ratings", type=int, default=1_000_000, help="made-up ratings that the leniency model is fitted to")
    args = parser.parse_args()
    default = DATA / "ratings" / "iclr2022.jsonl.gz"
    path = args.file or (default if default.exists() else None)
    told: dict[str, Any] = {}
    try:
        if path:
            told["hidden"] = predict_hidden(read(path), args.seed)
        else:
            print("No file of real ratings: simulations only.")
    except BadFile as bad:
        print(f"{path}: {bad}", file=sys.stderr)
        sys.exit(2)
    told["leniency"] = recover_leniency(args.seed)
    told["colluders"] = outvote()
    told["fit"] = fit_many(args.ratings, args.seed)
    print(json.dumps(told))


def read(path: Path) -> list[Rated]:
    """The papers of a file. Raises BadFile with the place and the reason."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BadFile(f"cannot be read: {error}") from None
    found: list[tuple[list[float], dict[str, list[float]], frozenset[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            found.append(_paper(number, line))
    names = sorted({name for _, facts, _ in found for name in facts})
    papers = []
    for ratings, facts, keywords in found:
        said = [facts.get(name, [np.nan] * len(ratings)) for name in names]
        papers.append(Rated(np.array(ratings), np.array(said).reshape(len(names), len(ratings)).T, keywords))
    if sum(len(paper.ratings) >= FEWEST for paper in papers) < N_FOLDS:
        raise BadFile(f"fewer than {N_FOLDS} papers have {FEWEST} ratings")
    return papers


def _paper(number: int, line: str) -> tuple[list[float], dict[str, list[float]], frozenset[str]]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise BadFile(f"line {number} is no JSON: {error}") from None
    if not isinstance(record, dict) or "rating" not in record:
        raise BadFile(f"line {number} has no field “rating”")
    ratings = _numbers(record["rating"])
    if ratings is None:
        raise BadFile(f"line {number}: {record['rating']!r} are no ratings")
    numeric = {name: _numbers(value) for name, value in record.items() if name != "rating"}
    facts = {name: values for name, values in numeric.items() if values and len(values) == len(ratings)}
    words = str(record.get("keywords") or "").split(";")
    return ratings, facts, frozenset(word.strip().casefold() for word in words if word.strip())


def _numbers(value: Any) -> list[float] | None:
    """The numbers of "3;5;6", of a list or of a single number; None for anything else."""
    parts = value.split(";") if isinstance(value, str) else value if isinstance(value, list) else [value]
    try:
        numbers = [float(part) for part in parts if part not in ("", None) and not isinstance(part, bool)]
    except (TypeError, ValueError):
        return None
    return numbers if all(np.isfinite(number) for number in numbers) else None


class Scale:
    """The ratings' own scale and ours, 1 to 10: as it is where it fits, else stretched and rounded."""

    def __init__(self, values: np.ndarray) -> None:
        self.low, self.high = float(values.min()), float(values.max())
        fits = self.low >= 1 and self.high <= MAX_HALF_STARS and bool((values == np.floor(values)).all())
        self.low, self.high = (1.0, float(MAX_HALF_STARS)) if fits else (self.low, max(self.high, self.low + 1))

    def ours(self, values: np.ndarray) -> np.ndarray:
        return np.rint(1 + (MAX_HALF_STARS - 1) * (values - self.low) / (self.high - self.low)).astype(np.int64)

    def theirs(self, half_stars: float) -> float:
        return self.low + (half_stars - 1) * (self.high - self.low) / (MAX_HALF_STARS - 1)


def predict_hidden(papers: list[Rated], seed: int) -> dict[str, Any]:
    """Hides one rating of each paper and predicts it from 1, 2 and 3 others: plain mean, the site's estimate, and one that knows what else was said."""
    random = np.random.default_rng(seed)
    orders = [random.permutation(len(p.ratings)) if len(p.ratings) >= FEWEST else None for p in papers]
    left = [p.ratings if order is None else np.delete(p.ratings, order[0]) for p, order in zip(papers, orders, strict=True)]
    scale = Scale(np.concatenate([p.ratings for p in papers]))
    numbers = np.repeat(np.arange(len(papers)), [len(some) for some in left])
    prior, _ = prior_of(numbers, scale.ours(np.concatenate(left)).astype(float))
    print(
        f"{len(papers):,} papers, {sum(len(p.ratings) for p in papers):,} ratings; ICC {prior.icc}, so the prior weighs as much as {prior.weight:.2f} ratings"
    )
    told: dict[str, Any] = {"icc": prior.icc, "m": prior.weight, "others": {}}
    for k in OTHERS:
        chosen = [(p, order, n) for n, (p, order) in enumerate(zip(papers, orders, strict=True)) if order is not None and len(order) > k]
        if len(chosen) < N_FOLDS:
            continue
        truth = np.array([p.ratings[order[0]] for p, order, _ in chosen])
        plain = np.array([p.ratings[order[1 : k + 1]].mean() for p, order, _ in chosen])
        shrunk = np.array([_estimate(scale, p.ratings[order[1 : k + 1]], prior) for p, order, _ in chosen])
        fuller = _fuller(papers, left, chosen, k, truth, shrunk)
        errors = {"plain": (plain - truth) ** 2, "shrunk": (shrunk - truth) ** 2, "fuller": (fuller - truth) ** 2}
        rmse = {name: float(np.sqrt(e.mean())) for name, e in errors.items()}
        gain, more = _interval(errors["shrunk"], errors["plain"], seed), _interval(errors["fuller"], errors["shrunk"], seed)
        print(
            f"  from {k}: plain {rmse['plain']:.3f}, shrunk {rmse['shrunk']:.3f} ({_shown(gain)}); with all else that was said {rmse['fuller']:.3f} "
            f"({_shown(more)}{'' if more[1] < 0 else ': nothing gained'}); {len(chosen):,} papers"
        )
        told["others"][str(k)] = {
            "n": len(chosen), **{f"rmse_{name}": round(value, 4) for name, value in rmse.items()}, "shrunk_minus_plain": gain, "fuller_minus_shrunk": more,
        }  # fmt: skip
    return told


def _estimate(scale: Scale, ratings: np.ndarray, prior: Prior) -> float:
    """What the site would show as the expected next rating."""
    sheet = compute([Counting(n, int(value)) for n, value in enumerate(scale.ours(ratings))], prior)
    assert sheet.estimate is not None
    return scale.theirs(sheet.estimate / 100)


def _fuller(papers: list[Rated], left: list[np.ndarray], chosen: list[Any], k: int, truth: np.ndarray, shrunk: np.ndarray) -> np.ndarray:
    """The estimate, and what confidence, criteria and the field add to it by ridge regression; each tenth predicted from the other nine."""
    middle = float(np.concatenate(left).mean())
    typical = np.nanmean(np.concatenate([p.facts for p in papers]), axis=0) if papers[0].facts.size else np.zeros(0)
    above = {n: float((left[n] - middle).mean()) for _, _, n in chosen}
    sums, counts = Counter[str](), Counter[str]()
    for p, _, n in chosen:
        for word in p.keywords:
            sums[word] += above[n]  # type: ignore[assignment]
            counts[word] += 1
    rows = []
    for p, order, n in chosen:
        seen = order[1 : k + 1]
        said = np.where(np.isnan(p.facts[seen]), typical, p.facts[seen]) - typical
        weighted = ((p.ratings[seen] - middle)[:, None] * said).mean(axis=0)
        field = sum((sums[word] - above[n]) / (counts[word] - 1 + KEYWORD_RIDGE) for word in p.keywords)
        rows.append([*said.mean(axis=0), *weighted, field])
    facts = np.array(rows)
    facts = (facts - facts.mean(axis=0)) / np.where(facts.std(axis=0) > 0, facts.std(axis=0), 1)
    fold = np.arange(len(chosen)) % N_FOLDS
    found = shrunk.copy()
    for n in range(N_FOLDS):
        known = fold != n
        inner = facts[known].T @ facts[known] + RIDGE * np.eye(facts.shape[1])
        found[~known] += facts[~known] @ np.linalg.solve(inner, facts[known].T @ (truth - shrunk)[known])
    return found


def _interval(ours: np.ndarray, theirs: np.ndarray, seed: int) -> list[float]:
    """The 95 % bootstrap interval of a difference of two RMSE over the same papers."""
    random = np.random.default_rng(seed)
    draws = (random.integers(0, len(ours), len(ours)) for _ in range(N_BOOTSTRAPS))
    differences = [np.sqrt(ours[some].mean()) - np.sqrt(theirs[some].mean()) for some in draws]
    return [round(float(end), 4) for end in np.percentile(differences, (2.5, 97.5))]


def _shown(interval: list[float]) -> str:
    return f"difference {interval[0]:+.3f} to {interval[1]:+.3f}"


def simulated(n_papers: int, n_raters: int, n_ratings: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Papers, raters and half stars of made-up ratings, and what the papers deserve. Nobody rates a paper twice."""
    random = np.random.default_rng(seed)
    pairs = np.unique(random.integers(0, n_papers, n_ratings) * n_raters + random.integers(0, n_raters, n_ratings))
    papers, raters = pairs // n_raters, pairs % n_raters
    worth, leniency = random.normal(6, 1.2, n_papers), random.normal(0, 0.9, n_raters)
    values = np.clip(np.rint(worth[papers] + leniency[raters] + random.normal(0, 1.2, len(pairs))), 1, MAX_HALF_STARS)
    return papers, raters, values, worth


def recover_leniency(seed: int) -> dict[str, Any]:
    """How near plain and adjusted means come to what made-up papers deserve, raters differing in leniency by 0.9 half stars."""
    papers, raters, values, worth = simulated(2_000, 400, 10_000, seed)
    found = leniencies_of(papers, raters, values)
    effect = dict(zip(found.raters.tolist(), np.floor(found.effects * 100 + 0.5).astype(int).tolist(), strict=True))
    plain, adjusted, truth = [], [], []
    bounds = np.flatnonzero(np.diff(papers, prepend=-1))
    for start, end in zip(bounds, [*bounds[1:], len(papers)], strict=True):
        ratings = [Counting(n, int(values[n]), correction=effect.get(int(raters[n]))) for n in range(start, end)]
        sheet = compute(ratings, Prior())
        if sheet.overall is not None and sheet.adjusted is not None:
            plain.append(sheet.overall / 100)
            adjusted.append(sheet.adjusted / 100)
            truth.append(worth[papers[start]])
    rmse = {name: float(np.sqrt(np.mean((np.array(some) - truth) ** 2))) for name, some in (("plain", plain), ("adjusted", adjusted))}
    print(f"leniency, {len(truth):,} made-up papers: RMSE to what they deserve, in half stars: plain {rmse['plain']:.3f}, adjusted {rmse['adjusted']:.3f}")
    return {"n": len(truth), **{f"rmse_{name}": round(value, 4) for name, value in rmse.items()}}


def outvote() -> dict[str, Any]:
    """Twelve honest ratings of mean 6.0 and five linked accounts that give 10."""
    honest = [Counting(n, value) for n, value in enumerate((4, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7, 8))]
    linked = [Counting(100 + n, 10, group_no=1) for n in range(5)]
    sheet, alone, unlinked = (compute(some, Prior()) for some in ([*honest, *linked], honest, [*honest, *(Counting(r.id, r.overall) for r in linked)]))
    assert sheet.overall is not None
    assert sheet.estimate is not None
    assert alone.overall is not None
    assert unlinked.overall is not None
    print(f"colluders: honest mean {alone.overall / 100:.2f}, with five more 10s plain {unlinked.overall / 100:.2f}, as one group {sheet.overall / 100:.2f}, "
          f"estimate {sheet.estimate / 100:.2f}")  # fmt: skip
    return {"honest": alone.overall / 100, "plain": unlinked.overall / 100, "mean": sheet.overall / 100, "estimate": sheet.estimate / 100}


def fit_many(n: int, seed: int) -> dict[str, Any]:
    """Seconds and memory that fitting the leniency model takes."""
    papers, raters, values, _ = simulated(n // 5, n // 20, n, seed)
    before = _peak_mb()
    start = perf_counter()
    found = leniencies_of(papers, raters, values)
    seconds = perf_counter() - start
    start = perf_counter()
    prior_of(papers, values)
    of_prior = perf_counter() - start
    print(f"fit: {len(values):,} ratings of {n // 5:,} papers by {n // 20:,} raters ({len(found.raters):,} with an effect): {seconds:.1f} s, "
          f"prior {of_prior:.1f} s, peak {_peak_mb():,.0f} MB ({before:,.0f} before)")  # fmt: skip
    return {
        "n_ratings": len(values),
        "n_raters": len(found.raters),
        "seconds": round(seconds, 2),
        "prior_seconds": round(of_prior, 2),
        "peak_mb": round(_peak_mb()),
    }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
