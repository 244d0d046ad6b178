"""What claims and suggestions are worth on authorships in true clusters, and how long a suggestion takes among 300,000 authorships.

`./run bench claims`, or `python bench/claims.py DIR`: DIR holds `*signatures.json` and `*clusters.json`, plain or gzip, as S2AND publishes them; where
it holds `*papers.json` too, co-authors and venues are used. ORCID iDs play no part in it. The last line is one JSON object.

Name fit: every printed name against every person whose block (family name and initial) it is in; a person's names are those on the other papers of the
cluster.
Automatic approvals: the same pairs, the claimant with an address of every institution the claimant has printed, judged by the ladder.
Suggestions: every authorship in turn is taken for unclaimed, all others for claimed; asked for its own person and for every other one of the block.
From the first claim: one approved authorship, then suggestions in rounds, as many at a time as the site asks for; the person takes the right ones and says
"not mine" to the others.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # called by its path as well as by its name

from bench.measuring import DATA, workplace
from reviewhub.core import clock
from reviewhub.core.db import Database, insert_rows
from reviewhub.core.migrating import migrate
from reviewhub.core.text import folded
from reviewhub.papers import rows
from reviewhub.papers.models import Authorship, Paper
from reviewhub.papers.names import Name, read_name
from reviewhub.papers.organisations import institution_keys
from reviewhub.papers.record import Affiliation, Author, PaperRecord
from reviewhub.people.ladder import APPROVED, INSTITUTION, ORCID, judge
from reviewhub.people.likeness import ENOUGH, Crowd, Trace, at_once, likeness
from reviewhub.people.models import Claim, Person
from reviewhub.people.rules import fit
from reviewhub.people.suggesting import suggestions

N_AUTHORSHIPS = 300_000
AUTHORS_A_PAPER = 5
N_ROUNDS = 30
# A name that stands on so many papers of the set is common.
COMMON = 50
MOST_STEPS = 60
# People of whom a whole life of suggestions is played through.
MOST_SUBJECTS = 2_000


@dataclass(frozen=True)
class Signature:
    """One authorship of the set."""

    id: int
    cluster: str
    block: str
    name: Name
    institutions: frozenset[str]
    co_authors: frozenset[str]
    venue: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "names")
    parser.add_argument("--authorships", type=int, default=N_AUTHORSHIPS, help="of the database that a suggestion is timed in; 0: not timed")
    given = parser.parse_args()
    told: dict[str, Any] = {}
    if given.folder.is_dir() and list(given.folder.glob("*signatures.json*")):
        signatures = read(given.folder)
        told |= measured(signatures)
    else:
        print(f"no signatures in {given.folder}: only the time is taken")
    if given.authorships:
        told["suggesting"] = timed_suggestions(given.authorships)
    print(json.dumps(told))


def read(folder: Path) -> list[Signature]:
    """Every authorship of all sets in a folder that is in a cluster."""
    found: list[Signature] = []
    for path in sorted(folder.glob("*signatures.json*")):
        raw = _json(path)
        clusters = _json(_beside(path, "clusters"))
        papers_path = _beside(path, "papers")
        papers = _json(papers_path) if papers_path.exists() else {}
        whose = {str(sid): f"{path.name}:{key}" for key, one in clusters.items() for sid in one["signature_ids"]}
        for sid, one in raw.items():
            if sid in whose and (made := _signature(len(found), one, whose[sid], papers.get(str(one["paper_id"]), {}))):
                found.append(made)
    return found


def _beside(path: Path, what: str) -> Path:
    name = path.name.replace("signatures", what)
    return next((path.with_name(n) for n in (name, name.removesuffix(".gz"), f"{name}.gz") if path.with_name(n).exists()), path.with_name(name))


def _json(path: Path) -> Any:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return json.load(file)


def _signature(number: int, one: dict[str, Any], cluster: str, paper: dict[str, Any]) -> Signature | None:
    about = one["author_info"]
    text = about.get("given_name") or " ".join(str(about[part]) for part in ("first", "middle", "last", "suffix") if about.get(part))
    name = read_name(html.unescape(text))
    if name is None:
        return None
    institutions = frozenset(key for place in about.get("affiliations") or () for key in institution_keys(place))
    others = frozenset(folded(a["author_name"]) for a in paper.get("authors") or () if a.get("position") != about.get("position"))
    venue = folded(paper.get("journal_name") or paper.get("venue") or "")
    block = f"{cluster.partition(':')[0]}:{about.get('block') or about.get('given_block') or name.family.lower()}"
    return Signature(number, cluster, block, name, institutions, others, venue)


def measured(signatures: Sequence[Signature]) -> dict[str, Any]:
    """The figures of a set."""
    blocks: dict[str, list[Signature]] = defaultdict(list)
    for one in signatures:
        blocks[one.block].append(one)
    n_people = len({one.cluster for one in signatures})
    n_unplaced, n_alone = sum(not one.institutions for one in signatures), sum(not one.co_authors for one in signatures)
    print(
        f"{len(signatures):,} authorships of {n_people:,} people in {len(blocks):,} blocks; without institution {n_unplaced:,}, without co-authors {n_alone:,}"
    )
    n_papers: dict[str, int] = defaultdict(int)
    for one in signatures:
        for key in one.co_authors:
            n_papers[key] += 1
    common = {key for key, n in n_papers.items() if n >= COMMON}
    told = {"n_authorships": len(signatures), "n_people": n_people, **_fitted(blocks), **_suggested(blocks, common)}
    told["from_first_claim"] = _from_first(blocks, common)
    return told


def _people_of(some: Sequence[Signature]) -> dict[str, list[Signature]]:
    found: dict[str, list[Signature]] = defaultdict(list)
    for one in some:
        found[one.cluster].append(one)
    return found


def _pairs(blocks: dict[str, list[Signature]]) -> Iterator[tuple[tuple[Name, ...], frozenset[str], Signature, bool]]:
    """Every person of a block (the names and institutions on their other papers) with every authorship of it, and whether it is theirs."""
    for some in blocks.values():
        for cluster, own in _people_of(some).items():
            n_named = Counter(one.name for one in own)
            everywhere = frozenset(key for one in own for key in one.institutions)
            for one in some:
                if one.cluster != cluster:
                    yield tuple(n_named), everywhere, one, False
                elif len(own) > 1:
                    yield tuple(name for name, n in n_named.items() if n > (name == one.name)), everywhere, one, True


def _fitted(blocks: dict[str, list[Signature]]) -> dict[str, Any]:
    hits = misses = false = n_namesakes = n_approved = n_mixed_up = n_mixed = 0
    strangers = [some[0] for some in blocks.values()]
    for n, (names, institutions, one, is_own) in enumerate(_pairs(blocks)):
        found = fit(names, one.name)
        hits, misses, false = hits + (is_own and found.is_possible), misses + (is_own and not found.is_possible), false + (not is_own and found.is_possible)
        if is_own:
            continue
        n_namesakes += 1
        # Whose iD is printed there is another one than the namesake's, where any is printed; none is the harder case.
        n_approved += judge([INSTITUTION] if one.institutions & institutions else [], found).state == APPROVED
        stranger = strangers[n % len(strangers)]
        if stranger.block != one.block:  # the iD of a claimant that metadata put on a co-author's name
            n_mixed += 1
            n_mixed_up += judge([ORCID], fit(names, stranger.name)).state == APPROVED
    precision, recall = hits / max(1, hits + false), hits / max(1, hits + misses)
    print(f"name fit: of {hits + misses:,} true claims {hits:,} fit (recall {recall:.4f})")
    print(f"          of {n_namesakes:,} by namesakes of one family name and initial {false:,} fit (precision {precision:.4f})")
    print(f"approved without a person looking: {n_approved} namesakes of {n_namesakes:,}; {n_mixed_up} of {n_mixed:,} iDs on another author's name")
    return {
        "name_fit": {"precision": round(precision, 4), "recall": round(recall, 4), "n_true": hits + misses, "n_namesakes": n_namesakes},
        "approved_namesakes": n_approved, "approved_mixed_up_ids": n_mixed_up,
    }  # fmt: skip


def _traces(own: Sequence[Signature], some: Sequence[Signature], own_ids: set[int], others: set[int], venues: dict[str, int]) -> dict[int, Trace]:
    names = tuple(dict.fromkeys(one.name for one in own))
    found = {}
    for one in some:
        fits = fit(names, one.name)
        if fits.is_possible:
            venue = venues.setdefault(one.venue, len(venues)) if one.venue else None
            found[one.id] = Trace(one.id, 1, folded(one.name.name), fits, None, one.institutions, venue, one.id in own_ids, one.id in others)
    return found


def _score(crowd: Crowd, trace: Trace, one: Signature, known: set[str], common: set[str], *, has_met: bool) -> float:
    met = one.co_authors & known
    facts = crowd.facts_of(trace, n_rare=len(met - common), n_common=len(met & common), has_co_authors=bool(one.co_authors and has_met))
    return likeness(facts).score


def _suggested(blocks: dict[str, list[Signature]], common: set[str]) -> dict[str, Any]:
    scored: list[tuple[float, bool]] = []
    n_true = 0
    for some in blocks.values():
        venues: dict[str, int] = {}
        for cluster, own in _people_of(some).items():
            n_true += len(own) if len(own) > 1 else 0
            traces = _traces(own, some, {one.id for one in own}, {one.id for one in some if one.cluster != cluster}, venues)
            crowd, met = Crowd(traces.values()), Counter(key for one in own for key in one.co_authors)
            for one in some:
                is_own = one.cluster == cluster
                if one.id in traces and not (is_own and len(own) == 1):
                    known = {key for key in one.co_authors if met[key] > is_own}
                    has_met = sum(met.values()) > (len(one.co_authors) if is_own else 0)
                    scored.append((_score(crowd, traces[one.id], one, known, common, has_met=has_met), is_own))
    right, n = sum(is_own for score, is_own in scored if score >= ENOUGH), sum(score >= ENOUGH for score, _ in scored)
    scored.sort(key=lambda pair: -pair[0])
    best, hits = 0.0, 0
    for rank, (score, is_own) in enumerate(scored, 1):
        hits += is_own
        if hits / rank >= 0.98 and (rank == len(scored) or scored[rank][0] < score):
            best = hits / n_true
    precision, recall = right / max(1, n), right / max(1, n_true)
    print(f"suggestions: {n:,} made, {right:,} right: precision {precision:.4f}, recall {recall:.4f}; recall at precision 0.98: {best:.4f}")
    found = {"precision": round(precision, 4), "recall": round(recall, 4), "recall_at_98": round(best, 4), "n_true": n_true}
    return {"suggestions": found}


def _from_first(blocks: dict[str, list[Signature]], common: set[str]) -> dict[str, Any]:
    right = wrong = n_true = 0
    subjects = [(some, cluster, own) for some in blocks.values() for cluster, own in _people_of(some).items() if len(own) > 1]
    if len(subjects) > MOST_SUBJECTS:
        subjects = random.Random(1).sample(subjects, MOST_SUBJECTS)
    for some, cluster, own in subjects:
        venues: dict[str, int] = {}
        n_true += len(own) - 1
        mine, refused = {own[0].id}, set[int]()
        for _ in range(MOST_STEPS):
            now = [one for one in own if one.id in mine]
            traces = _traces(now, some, mine, refused, venues)
            crowd, known = Crowd(traces.values()), {key for one in now for key in one.co_authors}
            open_ones = [one for one in some if one.id in traces and one.id not in mine | refused]
            ranked = [(_score(crowd, traces[one.id], one, known, common, has_met=bool(known)), -one.id, one) for one in open_ones]
            made = [one for score, _, one in sorted(ranked, reverse=True, key=lambda r: r[:2]) if score >= ENOUGH][: at_once(len(mine))]
            if not made:
                break
            mine |= {one.id for one in made if one.cluster == cluster}
            refused |= {one.id for one in made if one.cluster != cluster}
        right, wrong = right + len(mine) - 1, wrong + len(refused)
    precision, recall = right / max(1, right + wrong), right / max(1, n_true)
    print(f"from the first claim on, round by round: precision {precision:.4f}, recall {recall:.4f}")
    return {"precision": round(precision, 4), "recall": round(recall, 4)}


_LOOK_UP = sa.select(Paper.title).where(Paper.id == sa.bindparam("id"))
_FAMILIES = "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Smith Garcia Müller Kim Nguyen Rossi Silva Kumar Sato".split()
_GIVEN = (
    "Wei Fang Na Min Jing Li Qiang Lei Jun Yang Yong Yan Jie Tao Ming Chao Xia Ping Gang Hui Anna Maria John David Thomas Laura Paul Sara Peter Hans".split()
)


def timed_suggestions(n_authorships: int) -> dict[str, Any]:
    """Milliseconds of a person's suggestions in a database of so many authorships, against a look-up by primary key in the same session."""
    draw = random.Random(1)
    with workplace() as folder:
        database = Database(f"sqlite:///{folder / 'claims.sqlite3'}")
        migrate(database)
        places = [f"Institute {n % 40}, University of {draw.choice('ABCDEFGHIJKLMNOP')}{n}, Town" for n in range(800)]
        people = [_person(draw, n, places) for n in range(n_authorships // 12)]
        _fill(database, draw, people, n_authorships // AUTHORS_A_PAPER)
        subjects = _profiles(database, draw)
        ours, theirs, found = [], [], 0
        for _ in range(N_ROUNDS):
            person_id = draw.choice(subjects)
            with database.read() as session:
                session.get(Person, person_id)
                start = time.perf_counter()
                for paper_id in (11, 222, 3_333):
                    session.execute(_LOOK_UP, {"id": paper_id}).first()
                theirs.append((time.perf_counter() - start) / 3)
                start = time.perf_counter()
                found += len(suggestions(session, person_id).found)
                ours.append(time.perf_counter() - start)
        database.dispose()
    ms, reference = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    print(f"suggesting among {n_authorships:,} authorships: median {ms:.1f} ms, slowest {max(ours) * 1000:.1f} ms, {found / N_ROUNDS:.1f} found each; "
          f"a look-up by primary key {reference:.3f} ms, ratio {ms / reference:,.0f}")  # fmt: skip
    return {"n_authorships": n_authorships, "median_ms": round(ms, 2), "slowest_ms": round(max(ours) * 1000, 2), "look_up_ms": round(reference, 4),
            "ratio": round(ms / reference)}  # fmt: skip


def _person(draw: random.Random, n: int, places: Sequence[str]) -> Author:
    # Half of all have a name that many share; the others' are as good as their own.
    family = draw.choice(_FAMILIES) if n % 2 else f"{draw.choice(_FAMILIES)}{''.join(draw.choices('aeioklmnrst', k=4))}"
    given = draw.choice(_GIVEN) if n % 3 else f"{draw.choice(_GIVEN)}{draw.choice(_GIVEN).lower()}"
    return Author(f"{given} {family}", family, given, affiliations=[Affiliation(draw.choice(places))])


def _fill(database: Database, draw: random.Random, people: Sequence[Author], n_papers: int) -> None:
    now = clock.now()
    columns = [c for c in rows.PAPER if c not in ("journal_id", "publisher_id", "doi", "abstracts")] + ["abstracts"]
    empty: dict[str, Any] = {
        "published_label": "",
        "volume": "",
        "issue": "",
        "pages": "",
        "authors_line": "",
        "licence": "",
        "full_text_url": "",
        "funding_text": "",
    }
    empty |= dict.fromkeys(("is_retracted", "has_concern", "is_corrected"), False) | {"version": 1, "added_at": now, "changed_at": now, "type": "article"}
    empty |= {"language": "en", "titles": {}, "summaries": {}, "abstracts": {}, "field_sources": {}}
    for first in range(1, n_papers + 1, 5_000):
        papers, authorships = [], []
        for paper_id in range(first, min(first + 5_000, n_papers + 1)):
            # People write with their neighbours.
            centre = draw.randrange(len(people))
            authors = [people[(centre + draw.randint(0, 8)) % len(people)] for _ in range(AUTHORS_A_PAPER)]
            authors = list({author.name: author for author in authors}.values())
            record = PaperRecord("hand", title=f"Paper {paper_id} of the benchmark", authors=authors, published=f"{draw.randint(2000, 2025)}")
            named = [{"name": name, "ror": ror} for name, ror in rows.number_affiliations(authors)]
            own = {"id": paper_id, "title": record.title, "title_key": record.title.lower(), "year": int(record.published), "published": record.published}
            papers.append(tuple({**empty, **own, "n_authors": len(authors), "affiliations": named}[c] for c in columns))
            authorships += rows.authorship_rows(paper_id, record)
        with database.write() as session, session.begin():
            insert_rows(session, Paper, tuple(columns), papers)
            insert_rows(session, Authorship, rows.AUTHORSHIP, authorships)


def _profiles(database: Database, draw: random.Random) -> list[int]:
    """People who have claimed one paper: as many with a name that many share as with a rare one."""
    made = []
    now = clock.now()
    with database.write() as session, session.begin():
        n = session.scalar(sa.select(sa.func.count()).select_from(Paper)) or 0
        for paper_id in draw.sample(range(1, n + 1), 40):
            printed = session.execute(sa.select(Authorship).where(Authorship.paper_id == paper_id, Authorship.position == 1)).scalar_one()
            person = Person(name=printed.name, made_at=now, changed_at=now)
            session.add(person)
            session.flush()
            claim = Claim(paper_id=paper_id, position=1, name=printed.name, name_key=printed.name_key, person_id=person.id, state="approved", proof="orcid")
            claim.made_at = claim.changed_at = now
            session.add(claim)
            session.flush()
            made.append(person.id)
    return made


if __name__ == "__main__":
    main()
