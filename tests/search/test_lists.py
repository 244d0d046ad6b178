"""What the lists of the index say is what stands in the papers, after any sequence of changes."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reviewhub.search import analysis
from reviewhub.search.backend import Filters
from reviewhub.search.documents import Document, Name
from reviewhub.search.language import parse
from reviewhub.search.whoosh_index import WhooshIndex, inverting, merging, segments, writing

WORDS = ["lichen", "moss", "fern", "rock", "bark", "granite", "of", "the", "well-known", "spores", "基因研究", "脊柱", "侧凸", "T细胞"]
NAMES = [Name("Hanako Yamada", "Yamada", "Hanako"), Name("Ann Other", "Other", "Ann"), Name("王小明", "王", "小明"), Name("Ann Yamada", "Yamada", "Ann")]

_texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


def _documents(paper_id: int) -> st.SearchStrategy[Document]:
    return st.builds(
        lambda title, text, keywords, names, year, type_: Document(
            paper_id, 1, type_, year, (year or 0) * 10_000, None, [title] if title else [], names, [], keywords, [f"k{n}" for n in range(len(keywords))],
            list(range(len(keywords))), [], [text] if text else [],
        ),
        _texts, _texts, st.lists(st.sampled_from(WORDS[:6]), max_size=2, unique=True), st.lists(st.sampled_from(NAMES), max_size=2), st.sampled_from([None, 1999, 2020]),
        st.sampled_from(["article", "review"]),
    )  # fmt: skip


# A change: papers that are put, and ids that are taken out.
_changes = st.lists(
    st.tuples(st.sets(st.integers(1, 12), max_size=6).flatmap(lambda ids: st.tuples(*map(_documents, sorted(ids)))), st.sets(st.integers(1, 12), max_size=3)),
    min_size=1,
    max_size=8,
)


@dataclass
class Naive:
    """The same papers, looked through one by one."""

    papers: dict[int, Document] = field(default_factory=dict)

    def stretches(self, paper: Document) -> list[list[tuple[str, int]]]:
        return [list(analysis.placed(text)) for text in (*paper.titles, *paper.keywords, *paper.journal, *paper.texts)]

    def having(self, term: str, *, beginning: bool = False) -> set[int]:
        found = set()
        for paper in self.papers.values():
            terms = {found for stretch in self.stretches(paper) for found, _ in stretch}
            terms |= {analysis.stem(word) for name in paper.names for part in (name.printed, name.family, name.given) for word in analysis.words(part)}
            if term in terms or (beginning and any(one.startswith(term) for one in terms)):
                found.add(paper.id)
        return found

    def with_phrase(self, text: str) -> set[int]:
        wanted = [(term, piece.position + n) for piece in analysis.pieces(text) for n, term in enumerate(piece.terms)]
        return {
            paper.id
            for paper in self.papers.values()
            for stretch in self.stretches(paper)
            for shift in range(-2, 40)
            if {(term, place + shift) for term, place in wanted} <= set(stretch)
        }


def found(index: WhooshIndex, typed: str, **filters: object) -> set[int]:
    results = index.search(parse(typed), Filters(**filters), "newest", 0, 100)  # type: ignore[arg-type]
    assert results.total == len(results.hits)
    return set() if results.relaxed else {paper_id for paper_id, _ in results.hits}


@hypothesis_settings(max_examples=60, deadline=None)
@given(changes=_changes, begin=st.booleans(), size=st.integers(1, 4))
def test_every_search_finds_what_looking_through_all_papers_finds(changes: list[tuple[tuple[Document, ...], set[int]]], begin: bool, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(inverting, "MAX_DOCUMENTS", size)  # several segments in one commit
        patched.setattr(writing, "SMALL_DOCUMENTS", 3)
        for module in (inverting, merging, segments):  # merged segments are of several blocks
            patched.setattr(module, "BLOCK", 4)
        index, naive = WhooshIndex(Path(folder)), Naive()
        index.rebuild(lambda batch: batch.put(changes[0][0] if begin else ()), lambda batch, written: None)
        naive.papers.update({paper.id: paper for paper in (changes[0][0] if begin else ())})
        for put, gone in changes:
            with index.batch() as batch:
                batch.put(put)
                batch.delete(gone - {paper.id for paper in put})
            for paper_id in gone:
                naive.papers.pop(paper_id, None)
            naive.papers.update({paper.id: paper for paper in put})
        assert index.versions() == dict.fromkeys(naive.papers, 1)
        assert found(index, "") == set(naive.papers)
        for word in ("lichen", "moss", "spore", "known", "脊柱", "基因研究"):
            terms = [term for piece in analysis.pieces(word) for term in piece.terms]
            holding = set.intersection(*map(naive.having, terms))
            assert found(index, word) == holding, word
            assert found(index, f"-{word}") == set(naive.papers) - holding, word
            assert found(index, word, year_from=2000) == {n for n in holding if naive.papers[n].year == 2020}
        assert found(index, "lichen OR moss") == naive.having("lichen") | naive.having("moss")
        assert found(index, "gran*") == naive.having("gran", beginning=True)
        for first, second in pairwise(["lichen", "moss", "fern", "rock", "bark"]):
            assert found(index, f"{first} {second}") == naive.having(first) & naive.having(second)
            assert found(index, f'"{first} {second}"') == naive.with_phrase(f"{first} {second}")
        assert found(index, '"基因研究 脊柱"') == naive.with_phrase("基因研究 脊柱")
        hers = {n for n, paper in naive.papers.items() if any(name.printed == "Ann Yamada" for name in paper.names)}
        assert found(index, 'author:"Yamada Ann"') == hers
        facets = index.search(parse(""), Filters(), "newest", 0, 0, facets=True).facets
        assert facets is not None
        assert {one.value: one.n for one in facets.types} == Counter(paper.type for paper in naive.papers.values())
        years = [paper.year for paper in naive.papers.values() if paper.year]
        assert facets.years == tuple(sorted(Counter(years).items()))


def _paper(number: int, version: int = 1) -> Document:
    draw = random.Random(number * 1000 + version)
    return Document(number, version, "article", 2000, 20000101, None, [" ".join(draw.choices(WORDS, k=5))], texts=[" ".join(draw.choices(WORDS, k=30))])


def test_merging_changes_nothing_that_is_found_nor_its_order(tmp_path: Path) -> None:
    grown, whole = WhooshIndex(tmp_path / "grown"), WhooshIndex(tmp_path / "whole")
    grown.rebuild(lambda batch: batch.put(()), lambda batch, written: None)
    for n in range(30):
        with grown.batch() as batch:
            batch.put(_paper(number, n) for number in range(n, n + 8))
            batch.delete([n - 5])
    newest = grown.versions()
    whole.rebuild(lambda batch: batch.put(_paper(number, version) for number, version in newest.items()), lambda batch, written: None)
    live = tmp_path / "grown" / (tmp_path / "grown" / "current").read_text()
    assert len(list(live.glob("*.trm"))) <= 4
    for typed in ("lichen", "moss fern", '"rock bark"', "基因研究", "well-known", "lichen moss fern rock spores"):
        one, other = (index.search(parse(typed), Filters(), "newest", 0, 50) for index in (grown, whole))
        assert (one.total, {n for n, _ in one.hits}) == (other.total, {n for n, _ in other.hits}), typed


def _write_for_ever(folder: str, ready: object) -> None:
    """In a process of its own: changes all papers together, again and again."""
    index = WhooshIndex(Path(folder))
    version = max(index.versions().values())
    ready.set()  # type: ignore[attr-defined]
    while True:
        version += 1
        with index.batch() as batch:
            batch.put(_paper(number, version) for number in range(40))


def test_a_writer_killed_at_any_moment_leaves_one_state_or_the_other(tmp_path: Path) -> None:
    index = WhooshIndex(tmp_path / "search")
    index.rebuild(lambda batch: batch.put(_paper(number) for number in range(40)), lambda batch, written: None)
    context = multiprocessing.get_context("spawn")
    draw = random.Random(4)
    for _ in range(5):
        ready = context.Event()
        writer = context.Process(target=_write_for_ever, args=(str(index.folder), ready))
        writer.start()
        assert ready.wait(60)
        time.sleep(draw.uniform(0.02, 0.3))
        assert writer.pid
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        versions = WhooshIndex(index.folder).versions()
        assert set(versions) == set(range(40))
        assert len(set(versions.values())) == 1
        assert index.search(parse(""), Filters(), "newest", 0, 1).total == 40
    with index.batch() as batch:
        batch.put([_paper(3, 10_000)])
    assert index.versions()[3] == 10_000
