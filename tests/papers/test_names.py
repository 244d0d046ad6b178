"""Printed names into family and given name, and back into the order of their script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.papers.names import Name, is_group_name, named, read_name, split_cjk, split_names


@pytest.mark.parametrize(
    ("text", "printed", "family", "given"),
    [
        ("Doe, Jane Q.", "Jane Q. Doe", "Doe", "Jane Q."), ("Jane Q. Doe", "Jane Q. Doe", "Doe", "Jane Q."), ("Smith JA", "JA Smith", "Smith", "JA"), ("Xu W", "W Xu", "Xu", "W"),
        ("Wei LI", "Wei LI", "LI", "Wei"), ("Ludwig van Beethoven", "Ludwig van Beethoven", "van Beethoven", "Ludwig"), ("de la Cruz, Ana", "Ana de la Cruz", "de la Cruz", "Ana"),
        ("Berg, Jan van den", "Jan van den Berg", "van den Berg", "Jan"), ("Plato", "Plato", "Plato", ""), ("Нестеров И.И.", "И.И. Нестеров", "Нестеров", "И.И."),
        ("王小明", "王小明", "王", "小明"), ("王明", "王明", "王", "明"), ("欧阳修", "欧阳修", "欧阳", "修"), ("諸葛孔明", "諸葛孔明", "諸葛", "孔明"), ("张 三", "张三", "张", "三"),
        ("欧阳，修", "欧阳修", "欧阳", "修"), ("김철수", "김철수", "김", "철수"),
    ],
)  # fmt: skip
def test_a_name_is_split_and_printed_in_the_order_of_its_script(text: str, printed: str, family: str, given: str) -> None:
    assert read_name(text) == Name(printed, family, given)


@pytest.mark.parametrize("text", ["Doe, Jane, Jr", "Doe, Jr, Jane", "Jane Doe Jr.", "Doe, Jane Jr"])
def test_a_suffix_is_found_wherever_it_stands(text: str) -> None:
    assert read_name(text) == Name("Jane Doe Jr", "Doe", "Jane", "Jr")


@pytest.mark.parametrize("name", ["山田太郎", "やまだ太郎", "買買提·艾力"])
def test_a_name_whose_family_name_is_not_certain_stays_whole(name: str) -> None:
    assert read_name(name) == Name(name)


def test_both_scripts_of_one_name_are_kept() -> None:
    assert read_name("Xiaoming Wang (王小明)") == Name("Xiaoming Wang", "Wang", "Xiaoming", "", "王小明")
    assert read_name("王小明（Wang Xiaoming）") == Name("王小明", "王", "小明", "", "Wang Xiaoming")
    assert named("Wang", "Xiaoming (王小明)") == Name("Xiaoming Wang", "Wang", "Xiaoming", "", "王小明")


@pytest.mark.parametrize("text", ["", " ", "[Anonymous]", "et al.", "others", "佚名", "-"])
def test_what_names_nobody_is_no_name(text: str) -> None:
    assert read_name(text) is None


def test_parts_of_a_chinese_name_are_joined_without_a_blank_and_a_whole_one_is_split() -> None:
    assert named("王", "小明") == Name("王小明", "王", "小明")
    assert named("", "司马相如") == Name("司马相如", "司马", "相如")
    assert named("Doe", "Jane", "III") == Name("Jane Doe III", "Doe", "Jane", "III")


def test_a_line_of_chinese_names_is_cut_into_names_but_one_name_with_a_comma_is_not() -> None:
    assert split_names("张三;李四；王五") == ["张三", "李四", "王五"]
    assert split_names("张三，李小四、欧阳修") == ["张三", "李小四", "欧阳修"]
    assert split_names("王, 小明") == ["王, 小明"]
    assert split_names("欧阳，修") == ["欧阳，修"]
    assert split_names("Doe, Jane") == ["Doe, Jane"]


def test_organisations_are_told_from_people_by_their_words() -> None:
    assert all(map(is_group_name, ["World Health Organization", "The ATLAS Collaboration", "中国科学院研究所", "指南工作组"]))
    assert not any(map(is_group_name, ["Jane Doe", "Doe, Jane Institute", "王小明", "Group", "Bureau"]))


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_none_and_a_printed_name_holds_its_parts(text: str) -> None:
    name = read_name(text)
    if name is not None:
        assert name.name.strip()
        assert name.family in name.name
        assert name.given in name.name


@given(st.text(alphabet="王李欧阳司马小明修", max_size=6))
def test_splitting_a_han_name_loses_no_character(name: str) -> None:
    family, given = split_cjk(name)
    assert family + given in ("", name)
    assert bool(family) == bool(given)
