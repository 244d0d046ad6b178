"""Search over real records: what somebody remembers of a paper brings it up among hundreds like it."""

from __future__ import annotations

import gzip
import json
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
from reviewhub.search.queries import find

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
