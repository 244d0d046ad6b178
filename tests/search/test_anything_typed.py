"""Whatever is typed, there is an answer, and it costs little."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from reviewhub.search.backend import SORTS, Filters
from reviewhub.search.documents import Document, Name
from reviewhub.search.language import MAX_CHARS, MAX_CLAUSES, parse
from reviewhub.search.whoosh_index import WhooshIndex, asking
from reviewhub.search.whoosh_index.snapshot import Snapshot

N_PAPERS = 40


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> WhooshIndex:
    draw = random.Random(1)
    words = "gene spine of the state art well-known 基因研究 脊柱侧凸 T细胞 α-synuclein colour 2019 H2O".split()

    def papers() -> Iterator[Document]:
        for n in range(N_PAPERS):
            title, text = (" ".join(draw.choices(words, k=k)) for k in (6, 60))
            yield Document(
                n,
                1,
                "article",
                2000 + n,
                20000101,
                1,
                [title],
                [Name("Hanako Yamada", "Yamada", "Hanako")],
                ["Annals"],
                ["spine"],
                ["spine"],
                [1],
                texts=[text],
            )

    made = WhooshIndex(tmp_path_factory.mktemp("index"))
    made.rebuild(lambda batch: batch.put(papers()), lambda batch, written: None)
    return made


def answered(index: WhooshIndex, typed: str, sort: str = "relevance") -> None:
    results = index.search(parse(typed), Filters(), sort, 0, N_PAPERS, facets=True)
    assert results.total == len(results.hits) == len({paper_id for paper_id, _ in results.hits})
    suggested = index.suggest(typed, 5)
    assert max(map(len, (suggested.papers, suggested.authors, suggested.journals, suggested.keywords))) <= 5
    assert isinstance(index.correct(typed), str)


_EVERY_PLANE = "".join(chr(plane * 0x10000 + offset) for plane in range(17) for offset in (0x21, 0x3B1, 0x4E2D, 0x8000, 0xFFFD) if plane or offset != 0x8000)


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "~~", "*", "?", "* * *", "-", "--", "-*", '"', '""', '"""""""', '"a "b "c" d" e"', "((((((", "[{(<>)}]", "AND", "OR OR OR", "NOT", "NOT NOT a", "a AND", "OR a",
        "author:", "author:*", "author:a*", "year:", "year:..", "rated:>=", "rated:6", "type:", "title:\"", "title:-", "doi:", "::::", "a:b:c:d", "year:99999", "-year:2019",
        "\x00", "\x01\x02\x1f\x7f\x80\x9f", "\u200b\u200e\u202e\ufeff", "\ud800", "\udfff\ud800", "e\u0301" * 200, "\u0301" * 500, "ﷺ" * 100, "İ", "ẞ", "ﬃ" * 300,
        _EVERY_PLANE, "癌", "癌 " * 400, "癌" * 1000, "α", "αβγ", "𝔊𝔢𝔫𝔢", "é" * 999, "🧬🦴", "𠀀𠀁", "한" * 50, "'''", "'s", "a'b'c", "-" * 900, "a-" * 450, "9" * 900,
    ],
    ids=lambda typed: ascii(typed)[:40],
)  # fmt: skip
def test_odd_texts_are_answered(typed: str, index: WhooshIndex) -> None:
    for sort in SORTS:
        answered(index, typed, sort)


def test_ten_thousand_strings_of_any_bytes_are_answered(index: WhooshIndex) -> None:
    draw = random.Random(20)
    pieces = ['"', "author:", "year:", "-", "*", " OR ", "基因", "gene", " ", ":", "..", "\x00", "(", "the", "rated:>=4", "“", "title:"]
    for n in range(10_000):
        if n % 2:
            typed = draw.randbytes(draw.randrange(60)).decode("latin-1" if n % 4 == 1 else "utf-8", "surrogateescape")
        else:
            typed = "".join(draw.choice(pieces) if draw.random() < 0.6 else chr(draw.randrange(0x110000)) for _ in range(draw.randrange(12)))
        results = index.search(parse(typed), Filters(), "relevance", 0, 5)
        assert len(results.hits) == min(results.total, 5), repr(typed)
        if n % 10 == 0:
            answered(index, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "gene spine " * 200_000, '"gene ' * 400_000, "a" * 2_000_000, "基因" * 700_000, " ".join(f"word{n}" for n in range(10_000)), " ".join(f"w{n}*" for n in range(10_000)),
        " OR ".join(f"word{n}" for n in range(10_000)), " ".join(f"-word{n}" for n in range(10_000)), '"' + "gene spine " * 200_000 + '"', "author:" * 300_000, "(" * 2_000_000,
        " ".join(f"year:{n}.." for n in range(1000, 9999)), "-".join(["gene"] * 400_000), "".join(chr(0x4E00 + n % 20_000) for n in range(2_000_000)),
    ],
    ids=range(14),
)  # fmt: skip
def test_long_texts_look_up_no_more_than_is_allowed(typed: str, index: WhooshIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = set()
    begun = set()
    matches, beginning = Snapshot.matches, Snapshot.beginning
    monkeypatch.setattr(Snapshot, "matches", lambda self, field, term: looked_up.add((field, term)) or matches(self, field, term))
    monkeypatch.setattr(Snapshot, "beginning", lambda self, field, prefix: begun.add((field, prefix)) or beginning(self, field, prefix))
    query = parse(typed)
    assert len(query.text) <= MAX_CHARS
    assert len(query.wanted) + len(query.unwanted) <= MAX_CLAUSES
    answered(index, typed)
    # Each way of reading a query has the bound to itself: with all words, with some, with like words in place of unknown ones.
    assert len(looked_up) <= 4 * asking.MAX_TERMS
    assert len(begun) <= 4 * asking.MAX_BEGINNINGS
