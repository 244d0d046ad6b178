"""A small site of two fields whose papers and readers keep to themselves, so that what is near is known beforehand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub.config import Settings
from reviewhub.core import jobs
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.library import services as library
from reviewhub.papers.record import Author, Keyword, PaperRecord, Reference, Section
from reviewhub.papers.services import add_or_update
from reviewhub.recommendations import handlers
from tests.people import person

WORDS = {
    "lichens": "lichen thallus symbiosis algae fungus bark crust moss spore tundra rainfall boreal substrate hyphae photobiont cortex soredia rhizine".split(),
    "pulsars": "pulsar neutron rotation radio timing magnetic dispersion telescope glitch beam polarisation supernova millisecond binary orbit emission jet".split(),
    "疼痛": "中风 疼痛 运动 康复 神经 脊髓 炎症 治疗 患者 机制 镇痛 皮层 刺激 训练 肌肉 恢复".split(),
}
N_PAPERS = 14


def record(topic: str, n: int, **facts: object) -> PaperRecord:
    """The n-th paper of a field: its title and abstract are made of the field's words, it cites the field's classics and carries the field's keyword."""
    chosen = random.Random(f"{topic} {n}")
    words = [chosen.choice(WORDS[topic]) for _ in range(40)]
    blank = "" if topic == "疼痛" else " "
    title = f"{blank.join(dict.fromkeys(words[:6]))} {n}"
    values: dict[str, object] = {
        "title": title, "published": str(2000 + n), "language": "zh" if topic == "疼痛" else "en", "identifiers": {"doi": [f"10.1234/{topic}.{n}"]},
        "abstracts": {"und": [Section(html=blank.join(words))]}, "keywords": [Keyword(topic), Keyword("Ecology", "subject")],
        "authors": [Author(f"{topic.title()} Author {n % 3}")], "references": [Reference("", f"10.9999/{topic}.{m}") for m in range(n % 4)],
    }  # fmt: skip
    return PaperRecord("test", source_key=title, **{**values, **facts})  # type: ignore[arg-type]


@dataclass
class Village:
    """The papers of each field by their number, and who reads which field."""

    papers: dict[str, list[int]] = field(default_factory=dict)
    readers: dict[str, list[Actor]] = field(default_factory=dict)

    def topic_of(self, paper_id: int) -> str:
        return next((topic for topic, ids in self.papers.items() if paper_id in ids), "")


def settle(session: Session, topics: tuple[str, ...] = ("lichens", "pulsars"), *, n_readers: int = 6) -> Village:
    """Papers of these fields, with readers who keep eight of their field's."""
    made = Village()
    for topic in topics:
        made.papers[topic] = [o.paper_id or 0 for o in add_or_update(session, KEEPER, [record(topic, n) for n in range(N_PAPERS)])]
        made.readers[topic] = [person(session) for _ in range(n_readers)]
        for n, reader in enumerate(made.readers[topic]):
            library.save_many(session, reader, random.Random(n).sample(made.papers[topic], 8))
    return made


@pytest.fixture
def village(database: Database) -> Village:
    with database.write() as session, session.begin():
        return settle(session)


@pytest.fixture
def subscribed(settings: Settings) -> Iterator[None]:
    """Jobs of recommendations are written, and nothing else."""
    before = jobs._subscriptions
    jobs.subscribe(jobs.Subscriptions(handlers.SUBSCRIPTIONS))
    yield
    jobs.subscribe(before)


@pytest.fixture
def count_statements(database: Database) -> Iterator[Callable[[], list[str]]]:
    """Begins to note what the database is asked; the list grows."""
    noting: list[list[str]] = []

    def note(*given: object) -> None:
        for said in noting:
            said.append(str(given[2]))

    def begin() -> list[str]:
        noting.append([])
        return noting[-1]

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield begin
    sa.event.remove(database.engine, "before_cursor_execute", note)
