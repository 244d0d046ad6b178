"""Search over real records: what somebody remembers of a paper brings it up among hundreds like it."""

from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path

import pytest

from reviewhub.config import Settings
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.core.migrating import migrate
from reviewhub.core.text import folded
from reviewhub.papers.record import PaperRecord, Section
from reviewhub.papers.services import add_or_update
from reviewhub.search import services
from reviewhub.search.analysis import is_stop
from reviewhub.search.backend import Filters
from reviewhub.search.documents import Document
from reviewhub.search.engines import index_for
from reviewhub.search.language import parse
from reviewhub.search.queries import find
from reviewhub.search.whoosh_index import WhooshIndex

N_RECORDS = 300


def lines(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.fixture(scope="module")
def chinese_site(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, Settings, dict[str, int]]:
    settings = Settings.from_environment({"REVIEWHUB_HOME": str(tmp_path_factory.mktemp("site"))})
    database = Database(settings.database_url)
    migrate(database)
    found = lines(shared_data / "chinese" / "csl_records.jsonl.gz")[:N_RECORDS]
    records = [
        PaperRecord(
            source="test",
            source_key=r["id"],
            type="article",
            language="zh",
            title=escaped(r["title"]),
            abstracts={"zh": [Section(html=escaped(r["abstract"]))]},
        )
        for r in found
    ]
    with database.write() as session, session.begin():
        outcomes = add_or_update(session, KEEPER, records)
    services.rebuild(database, settings)
    return database, settings, {r["id"]: outcome.paper_id for r, outcome in zip(found, outcomes, strict=True)}


def test_chinese_keywords_bring_up_their_record(chinese_site: tuple[Database, Settings, dict[str, int]], shared_data: Path) -> None:
    database, settings, ids = chinese_site
    queries = [q for q in lines(shared_data / "chinese" / "known_item_queries.jsonl.gz") if q["kind"].startswith("keywords") and q["target"] in ids]
    ranks = []
    with database.read() as session:
        for query in queries:
            found = find(settings, session, query["query"], limit=10).ids
            target = ids[query["target"]]
            ranks.append(1 / (found.index(target) + 1) if target in found else 0)
    assert len(ranks) > N_RECORDS / 2
    assert sum(ranks) / len(ranks) > 0.95


def test_a_chinese_title_brings_up_its_record_first(chinese_site: tuple[Database, Settings, dict[str, int]], shared_data: Path) -> None:
    database, settings, ids = chinese_site
    with database.read() as session:
        for record in lines(shared_data / "chinese" / "csl_records.jsonl.gz")[:60]:
            assert find(settings, session, record["title"]).ids[0] == ids[record["id"]], folded(record["title"])


def _misspelt(word: str, draw: random.Random) -> str:
    """The word with a letter left out, put in, changed, or swapped with the next."""
    place, letter = draw.randrange(1, len(word) - 1), draw.choice("abcdefghijklmnopqrstuvwxyz")
    return draw.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place:],
            word[:place] + letter + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )


def test_a_slip_in_a_word_of_a_title_does_not_hide_the_paper_and_is_put_right(shared_data: Path, tmp_path: Path) -> None:
    records = lines(shared_data / "search" / "scifact" / "docs.jsonl.gz")[:1_500]
    index = WhooshIndex(tmp_path)
    documents = [Document(n, 1, "article", 2000, 20000000, None, [r["title"]], texts=[r["abstract"]]) for n, r in enumerate(records)]
    index.rebuild(lambda batch: batch.put(documents), lambda batch, written: None)
    draw = random.Random(7)
    n_asked = n_found = n_right = n_spoilt = 0
    for number, record in enumerate(records[:300]):
        words = [word for word in re.findall("[a-z]{6,}", record["title"].lower()) if not is_stop(word)][:3]
        if len(words) < 3 or (slip := _misspelt(words[1], draw)) == words[1]:
            continue
        n_asked += 1
        hits = index.search(parse(f"{words[0]} {slip} {words[2]}"), Filters(), "relevance", 0, 3).hits
        n_found += number in [paper_id for paper_id, _ in hits]
        n_right += index.correct(f"{words[0]} {slip} {words[2]}") == " ".join(words)
        n_spoilt += bool(index.correct(" ".join(words)))
    assert n_asked > 200
    assert n_found > 0.93 * n_asked
    assert n_right > 0.88 * n_asked
    assert n_spoilt < 0.02 * n_asked


def test_chinese_is_never_put_right(chinese_site: tuple[Database, Settings, dict[str, int]]) -> None:
    _, settings, _ = chinese_site
    for typed in ("脊柱侧凸的基因研究", "青少年 特发性", "王小明", "CRISPR基因"):
        assert index_for(settings).correct(typed) == ""
