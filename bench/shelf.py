"""Any number of records for a search, with the words that real ones have: sentences, names, journals and keywords drawn anew from real records."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bench.generating import Generator
from bench.measuring import DATA
from reviewhub.core.text import plain
from reviewhub.imports.reading import open_plain
from reviewhub.imports.services import reads_of
from reviewhub.papers.record import PaperRecord
from reviewhub.search.documents import Document, Name

# About so many words has an abstract, as the real ones do.
SENTENCES = range(5, 12)
# One in so many records is Chinese.
CHINESE_EVERY = 12
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])|(?<=[。！？])")


@dataclass
class Pool:
    """What records are made of."""

    titles: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    chinese_titles: list[str] = field(default_factory=list)
    chinese_sentences: list[str] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    journals: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    is_real: bool = True

    def take(self, title: str, texts: list[str]) -> None:
        is_chinese = bool(re.search("[\u4e00-\u9fff]", title))
        (self.chinese_titles if is_chinese else self.titles).append(title)
        found = [sentence.strip() for text in texts for sentence in _SENTENCE.split(text) if len(sentence) > 10]
        (self.chinese_sentences if is_chinese else self.sentences).extend(found)


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _take(pool: Pool, records: Iterator[PaperRecord]) -> None:
    journals, keywords = dict.fromkeys(pool.journals), dict.fromkeys(pool.keywords)
    for record in records:
        texts = [plain(section.html) for sections in record.abstracts.values() for section in sections]
        pool.take(plain(record.title), texts)
        pool.names += [Name(author.name, author.family, author.given) for author in record.authors[:20] if author.name]
        journals |= {record.journal.name: None} if record.journal.name else {}
        keywords |= {keyword.term: None for keyword in record.keywords}
    pool.journals, pool.keywords = list(journals), list(keywords)


@cache
def pool() -> Pool:
    """What the data beside the checkout offers; made-up records where there is none."""
    found = Pool()
    for name in ("search/scifact/docs", "search/cranfield/docs", "chinese/csl_records"):
        if (path := DATA / f"{name}.jsonl.gz").exists():
            for line in _lines(path):
                found.take(line["title"], [line.get("abstract") or line.get("text") or ""])
    for path in (*sorted((DATA / "crossref").glob("works.jsonl*")), *sorted((DATA / "pubmed").glob("*.xml*"))[:200]):
        with open_plain(path) as stream:
            _take(found, (read.record for read in reads_of(stream, path.name) if read.record is not None))
    found.is_real = bool(found.sentences and found.names and found.journals and found.keywords and found.chinese_titles)
    if not found.is_real:
        _take(found, Generator().records(3_000))
        chinese = Generator(2)
        for _ in range(500):
            found.take(chinese._han(20), [chinese._han(200) + "。"])
    found.titles = [title for title in found.titles if len(title.split()) > 3]
    return found


def shelf(n: int, seed: int = 1) -> Iterator[Document]:
    """`n` records, the same for the same seed; the first of a longer shelf are those of a shorter one."""
    draw, some = random.Random(seed), pool()
    for number in range(1, n + 1):
        if number % CHINESE_EVERY == 0:
            one, other = draw.choice(some.chinese_titles), draw.choice(some.chinese_titles)
            title = one[: len(one) // 2] + other[len(other) // 2 :]
            text = "".join(draw.choices(some.chinese_sentences, k=draw.choice(SENTENCES)))
        else:
            first, second = draw.choice(some.titles).split(), draw.choice(some.titles).split()
            title = " ".join(first[: len(first) // 2 + 1] + second[len(second) // 2 :])
            text = " ".join(draw.choices(some.sentences, k=draw.choice(SENTENCES)))
        journal, keywords = draw.randrange(len(some.journals)), sorted(draw.sample(range(len(some.keywords)), k=min(5, len(some.keywords))))
        year = int(2025 - min(draw.expovariate(0.08), 60))
        yield Document(
            number, 1, "article" if number % 9 else "review", year, year * 10_000 + draw.randint(1, 12) * 100, journal + 1, [title],
            draw.sample(some.names, k=draw.randint(1, 8)), [some.journals[journal]], [some.keywords[n] for n in keywords], [f"k{n}" for n in keywords],
            [n + 1 for n in keywords], [], [text], [f"doi:10.5555/shelf.{number}"], "en",
        )  # fmt: skip
