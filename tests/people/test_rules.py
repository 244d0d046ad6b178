"""Which names fit: a table of real cases, and what holds for all names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.papers.names import named, read_name
from reviewhub.papers.namesakes import namesake_key
from reviewhub.papers.romanising import SYLLABLES, cuts
from reviewhub.people.namesakes import keys_of_person
from reviewhub.people.rules import COMPATIBLE, DIFFERENT, SAME, VERDICTS, fit, fit_texts

CASES = """
same        | 王小明 | 王小明
same        | 王小明 | Xiaoming Wang
same        | 王小明 | Wang Xiaoming
same        | 王小明 | Wang, Xiaoming
same        | 王小明 | Wang Xiao-Ming
same        | 王小明 | Xiao Ming Wang
same        | 王小明 | WANG Xiaoming
same        | 王小明 | Wáng Xiǎomíng
same        | 王小明 | Wang2 Xiao3ming2
compatible  | 王小明 | X. Wang
compatible  | 王小明 | X. M. Wang
compatible  | 王小明 | X.-M. Wang
compatible  | 王小明 | Wang XM
compatible  | 王小明 | Wang X
compatible  | 王小明 | Kevin Xiaoming Wang
compatible  | 王小明 | Wong Siu Ming
different   | 王小明 | Xiaohong Wang
different   | 王小明 | Xiao Wang
different   | 王小明 | J. Wang
different   | 王小明 | X. H. Wang
different   | 王小明 | Xiaoming Zhang
different   | 王小明 | 王晓明
same        | 张伟 | 張偉
different   | 张伟 | 章威
same        | 陈国强 | 陳國強
same        | 吕伟 | Wei Lü
same        | 吕伟 | Wei Lu
same        | 吕伟 | Lv Wei
same        | 吕伟 | Lyu Wei
compatible  | 吕伟 | W. Lue
same        | 单仁 | Shan Ren
different   | 单仁 | Dan Ren
same        | 曾庆红 | Qinghong Zeng
different   | 曾庆红 | Qinghong Ceng
same        | 区志强 | Zhiqiang Ou
same        | 仇英 | Ying Qiu
same        | 解振华 | Zhenhua Xie
same        | 查良镛 | Liangyong Zha
same        | 任飞 | Fei Ren
same        | 欧阳修 | Xiu Ouyang
same        | 欧阳修 | Ouyang Xiu
same        | 欧阳修 | Xiu Ou-Yang
same        | 司马光 | Guang Sima
same        | 诸葛亮 | Liang Zhuge
same        | 尉迟恭 | Gong Yuchi
same        | 万俟卨 | Xie Moqi
different   | 欧阳修 | Xiu Yang
compatible  | 张孝明 | Hsiao-Ming Chang
compatible  | 蔡英文 | Ying-wen Tsai
compatible  | 黄志强 | Chi Keung Wong
compatible  | 陈嘉明 | Ka Ming Chan
different   | 黄志强 | Ka Ming Chan
different   | 田中太郎 | Taro Tanaka
different   | Иван Петров | 王伟
same        | Xiaoming Wang | Xiao-ming Wang
same        | Xiaoming Wang | Xiao Ming Wang
compatible  | Xiaoming Wang | Wang Xiaoming
compatible  | Xiaoming Wang | X Wang
compatible  | Xiaoming Wang | X.-M. Wang
compatible  | Xiaoming Wang | XM Wang
compatible  | Xiaoming Wang | Wang XM
different   | Xiaoming Wang | Xiao Wang
different   | Xiaoming Wang | X. L. Wang
different   | Wei Wang | Weiming Wang
different   | Wei Wang | Lei Wang
different   | Jian Li | Jianhua Li
compatible  | Wei Lv | Wei Lu
compatible  | Anna Wang | A. M. Wang
same        | Jane Smith | Jane Smith
same        | Jane Smith | Smith, Jane
same        | Jane Smith | JANE SMITH
compatible  | Jane Smith | J. Smith
compatible  | Jane Smith | Smith J
compatible  | Jane Q. Smith | Jane Smith
compatible  | Jane Quentin Smith | J. Q. Smith
different   | Jane Q. Smith | Jane R. Smith
different   | Jane Smith | John Smith
different   | Jane Smith | Jane Smythe
compatible  | Bob Smith | Robert Smith
compatible  | Bill Gates | William H. Gates
compatible  | Alexander Ivanov | Aleksandr Ivanov
compatible  | J. Robert Oppenheimer | Robert Oppenheimer
same        | John Smith Jr | John Smith
different   | John Smith Jr | John Smith Sr
different   | John Smith Jr | John Smith III
same        | Jean-Paul Sartre | Jean Paul Sartre
compatible  | Jean-Paul Sartre | J.-P. Sartre
compatible  | Jean-Paul Sartre | Sartre JP
compatible  | Jean-Paul Sartre | Jean Sartre
different   | Jean-Paul Sartre | Jean-Marc Sartre
same        | Jürgen Müller | Jurgen Muller
same        | Jürgen Müller | Juergen Mueller
compatible  | Jürgen Müller | J. Mueller
same        | Søren Kierkegaard | Soren Kierkegaard
same        | Łukasz Wójcik | Lukasz Wojcik
same        | Đorđe Petrović | Dorde Petrovic
same        | José Núñez | Jose Nunez
same        | Sean O'Brien | Sean O’Brien
same        | Sean O'Brien | Sean OBrien
compatible  | Jan van den Berg | Jan Berg
same        | Jan van den Berg | Berg, Jan van den
compatible  | Jan van den Berg | J. van den Berg
compatible  | Carlos de la Fuente | C. Fuente
compatible  | María García-Márquez | María García
compatible  | María García Márquez | M. García
compatible  | Mary Smith | Mary Smith-Jones
compatible  | Nguyen Van Minh | Minh Van Nguyen
compatible  | Wei Zhang | Zhang Wei
different   | Wei Zhang | W. Wei
compatible  | Suharto | Suharto
different   | Suharto | Sukarno
"""


def _cases() -> list[tuple[str, str, str]]:
    rows = [[part.strip() for part in line.split("|")] for line in CASES.strip().splitlines()]
    return [(verdict, own, printed) for verdict, own, printed in rows]


@pytest.mark.parametrize(("verdict", "own", "printed"), _cases())
def test_names_fit_as_people_know_they_do(verdict: str, own: str, printed: str) -> None:
    found = fit_texts([own], printed)
    assert (found.verdict, str(found.reason)) == (verdict, str(found.reason))
    assert fit_texts([printed], own).verdict == verdict, "it depends on who is asked"


# A western name before the Chinese one, another family name before the hyphen, digits for tones: under which key nobody can foresee.
UNFORESEEN = {"Kevin Xiaoming Wang", "Mary Smith-Jones", "Wang2 Xiao3ming2"}


@pytest.mark.parametrize(("verdict", "own", "printed"), [case for case in _cases() if case[0] != DIFFERENT and case[2] not in UNFORESEEN])
def test_a_name_that_fits_is_found_under_the_keys_of_its_person(verdict: str, own: str, printed: str) -> None:
    person, other = read_name(own), read_name(printed)
    assert person is not None
    assert other is not None
    assert namesake_key(other) in keys_of_person([person])


def test_the_best_of_several_names_counts() -> None:
    names = ["Jane Smith", "Jane Doe", "史珍"]
    assert fit_texts(names, "Jane Doe").verdict == SAME
    assert fit_texts(names, "Zhen Shi").verdict == SAME
    assert fit_texts(names, "J. Doe").verdict == COMPATIBLE
    assert fit_texts(names[:1], "Jane Doe").verdict == DIFFERENT


def test_the_other_script_beside_a_printed_name_counts() -> None:
    assert fit_texts(["王小明"], "X. Wang (王小明)").verdict == SAME
    assert fit_texts(["Wei Wang (王薇)"], "王薇").verdict == SAME


def test_other_romanisings_are_said_to_be_weaker() -> None:
    assert fit_texts(["张孝明"], "Hsiao-Ming Chang").is_weak
    assert fit_texts(["黄志强"], "Chi Keung Wong").is_weak
    assert not fit_texts(["张孝明"], "Xiaoming Zhang").is_weak


def test_family_names_in_their_own_field_are_not_guessed_at() -> None:
    assert fit([named("García Márquez", "Gabriel")], named("García", "G.")).verdict == COMPATIBLE
    assert fit([named("Wang", "Wei")], named("Wei", "Wang")).verdict == COMPATIBLE


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_texts_get_an_answer_and_it_is_mutual(one: str, other: str) -> None:
    found = fit_texts([one], other)
    assert found.verdict in VERDICTS
    assert str(found.reason)


LATIN = st.text("abcdefghijklmnopqrstuvwxyzäöüéñøł", min_size=2, max_size=10).map(str.capitalize)


@given(LATIN, LATIN)
def test_everybody_fits_their_own_name_and_its_initial(given_name: str, family: str) -> None:
    own = named(family, given_name)
    assert fit([own], own).verdict == SAME
    assert fit([own], named(family, f"{given_name[0]}.")).verdict in (SAME, COMPATIBLE)
    assert namesake_key(own) in keys_of_person([own])


@given(st.lists(st.sampled_from(sorted(SYLLABLES)), min_size=1, max_size=3))
def test_syllables_that_are_written_together_are_cut_apart_again(syllables: list[str]) -> None:
    found = cuts("".join(syllables))
    assert len(found) >= 12 or tuple(syllables) in found


@given(st.sampled_from(sorted(SYLLABLES)), st.lists(st.sampled_from(sorted(SYLLABLES)), min_size=1, max_size=2))
def test_pinyin_written_together_apart_or_with_a_hyphen_is_one_name(surname: str, syllables: list[str]) -> None:
    own = named(surname.capitalize(), "".join(syllables).capitalize())
    for glue in (" ", "-"):
        assert fit([own], named(surname.capitalize(), glue.join(syllables))).verdict in (SAME, COMPATIBLE)
