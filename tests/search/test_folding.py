"""The same thing written otherwise is found: letters, spellings, hyphens, scripts, and names as they sound."""

from __future__ import annotations

import pytest

from reviewhub.config import Settings
from reviewhub.search import han
from reviewhub.search.backend import Filters, SearchIndex
from reviewhub.search.documents import Document, Name
from reviewhub.search.engines import index_for
from reviewhub.search.language import parse
from reviewhub.search.names import name_forms, text_forms


class Shelf:
    """Three papers, one of which has something in its text, or these authors."""

    def __init__(self, index: SearchIndex) -> None:
        self.index = index

    def hold(self, written: str, *names: Name) -> None:
        papers = [
            Document(1, 1, "article", 2020, 20200101, None, ["A title"], list(names), texts=[f"Here is {written} in a text."]),
            Document(2, 1, "article", 2020, 20200101, None, ["Another title"], [Name("Ann Other", "Other", "Ann")], texts=["Of something else."]),
            Document(3, 1, "article", 2020, 20200101, None, ["另一篇"], [Name("李四", "李", "四")], texts=["别的"]),
        ]
        self.index.rebuild(lambda batch: batch.put(papers), lambda batch, written: None)

    def finds(self, typed: str) -> bool:
        """Whether what is typed finds just the first, with every word of it."""
        results = self.index.search(parse(typed), Filters(), "relevance", 0, 10)
        return not results.relaxed and not results.replaced and [paper_id for paper_id, _ in results.hits] == [1]


@pytest.fixture
def shelf(settings: Settings) -> Shelf:
    """On each engine."""
    return Shelf(index_for(settings))


SAME = [
    ("α-synuclein", "alpha-synuclein", "alpha synuclein", "α synuclein"),
    ("β-catenin", "beta catenin", "β catenin"),
    ("TNF-α", "TNFα", "TNF alpha", "tnf-alpha"),
    ("κB", "kappaB"),
    ("10 µm", "10 μm", "10 um"),
    ("post-stroke", "poststroke", "post stroke", "post\u2010stroke"),
    ("health-care", "healthcare", "health care"),
    ("e-mail", "email"),
    ("脊柱侧凸", "脊柱側凸"),
    ("后台", "後台"),
    ("台湾", "臺灣"),
    ("艺术与环境", "藝術與環境"),
    ("ＣＲＩＳＰＲ", "crispr"),
    ("naïve", "naive"),
    ("ﬁbrosis", "fibrosis"),
    ("Ångström", "angstrom"),
    ("H₂O", "h2o"),
    ("colour", "color", "colours"),
    ("behavioural", "behavioral", "behaviour"),
    ("haemoglobin", "hemoglobin"),
    ("haematopoietic", "hematopoietic"),
    ("oesophageal", "esophageal"),
    ("oestrogen", "estrogen"),
    ("leukaemia", "leukemia"),
    ("anaesthesia", "anesthesia"),
    ("paediatric", "pediatric"),
    ("foetal", "fetal"),
    ("diarrhoea", "diarrhea"),
    ("tumours", "tumor"),
    ("fibre", "fiber"),
    ("centred", "centered"),
    ("organisation", "organization"),
    ("randomised", "randomized"),
    ("analyse", "analyze"),
    ("modelling", "modeling"),
    ("sulphate", "sulfate"),
    ("catalogue", "catalog"),
    ("grey", "gray"),
    ("aluminium", "aluminum"),
]


@pytest.mark.parametrize("ways", SAME, ids=lambda ways: ascii(ways[-1]))
def test_each_way_of_writing_finds_every_other(ways: tuple[str, ...], shelf: Shelf) -> None:
    for written in ways:
        shelf.hold(written)
        for typed in ways:
            assert shelf.finds(typed), (written, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Wang Xiaoming", "Xiaoming Wang", "wang xm", "xm wang", "author:wang", 'author:"Wang X"', 'author:"Wang XM"', 'author:"Xiao-Ming Wang"', 'author:"xiao ming wang"',
        "xiao ming wang", "author:xiaoming", "王小明", "author:王小明", "author:小明", "wangxiaoming",
    ],
)  # fmt: skip
def test_a_name_printed_in_han_is_found_as_it_sounds(typed: str, shelf: Shelf) -> None:
    shelf.hold("nothing", Name("王小明", "王", "小明"))
    assert shelf.finds(typed)


def test_a_name_whose_parts_are_not_known_is_found_as_it_sounds(shelf: Shelf) -> None:
    shelf.hold("nothing", Name("歐陽修"))
    assert shelf.finds("Ouyang Xiu")


@pytest.mark.parametrize("printed", ["Xiaoming Wang", "Wang Xiaoming", "Xiao-Ming Wang", "Xiao Ming Wang"])
@pytest.mark.parametrize("typed", ["王小明", "author:王小明", "author:“王小明”"])
def test_a_name_printed_in_pinyin_is_found_by_its_characters(printed: str, typed: str, shelf: Shelf) -> None:
    given = printed.replace("Wang", "").strip()
    shelf.hold("nothing", Name(printed, "Wang", given))
    assert shelf.finds(typed)


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("单国强", "Shan Guoqiang"), ("曾庆红", "Zeng Qinghong"), ("区志明", "Ou Zhiming"), ("仇和平", "Qiu Heping"), ("解小东", "Xie Xiaodong"), ("查建国", "Zha Jianguo"),
        ("吕布", "Lv Bu"), ("吕布", "Lu Bu"), ("吕布", "Lyu Bu"), ("呂布", "lü bu"), ("尉迟恭", "Yuchi Gong"), ("长孙无忌", "Zhangsun Wuji"), ("曾國藩", "guofan zeng"),
    ],
)  # fmt: skip
def test_family_names_are_read_as_family_names(printed: str, typed: str, shelf: Shelf) -> None:
    shelf.hold("nothing", Name(printed))
    assert shelf.finds(typed)


def test_syllables_of_names_are_not_found_as_words() -> None:
    name = ("王小龙", "王", "小龙", "")
    assert "long" in [term for term, _ in name_forms(*name)]
    assert "long" not in text_forms(*name)
    assert "xiaoming" in text_forms("王小明", "王", "小明", "")


def test_words_in_han_are_not_taken_for_names_while_they_are_words(shelf: Shelf) -> None:
    shelf.hold("基因")
    assert shelf.finds("基因")
    with shelf.index.batch() as batch:
        batch.put([Document(9, 1, "article", 2020, 20200101, None, ["Bridges"], [Name("Yin Ji", "Ji", "Yin")])])
    assert shelf.finds("基因")


def test_every_character_is_simplified_to_one_that_stays() -> None:
    table = han.to_simplified()
    assert len(table) > 3_000
    assert {chr(old) for old, new in table.items() if ord(new) in table and table[ord(new)] != new} <= {"薴"}
