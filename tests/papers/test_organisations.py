"""Whose address it is, and whether two texts name one institution."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.papers.organisations import institution_keys, is_domain_of, is_same_institution, organisation_of


@pytest.mark.parametrize(
    ("address", "organisation"),
    [
        ("wang@fudan.edu.cn", "fudan.edu.cn"), ("wang@m.fudan.edu.cn", "fudan.edu.cn"), ("a@cl.cam.ac.uk", "cam.ac.uk"), ("a@ict.ac.cn", "ict.ac.cn"),
        ("a@mit.edu", "mit.edu"), ("a@CSAIL.MIT.EDU", "mit.edu"), ("a@company.com.cn", "company.com.cn"), ("a@cs.uni-bonn.de", "uni-bonn.de"), ("a@sjtu.sh.cn", "sjtu.sh.cn"),
        ("a@unimelb.edu.au", "unimelb.edu.au"), ("a@u-tokyo.ac.jp", "u-tokyo.ac.jp"),
        ("a@gmail.com", ""), ("a@qq.com", ""), ("a@vip.163.com", ""), ("a@126.com", ""), ("a@foxmail.com", ""), ("a@yahoo.co.jp", ""), ("a@outlook.fr", ""),
        ("a@icloud.com", ""), ("a@proton.me", ""), ("a@sina.com.cn", ""), ("a@orcid.org", ""), ("a@alum.mit.edu", ""), ("a@users.noreply.github.com", ""),
        ("a@edu.cn", ""), ("a@ac.uk", ""), ("a@localhost", ""), ("", ""), ("fudan.edu.cn", ""), ("a@.", ""), ("a@x..y", ""),
    ],
)  # fmt: skip
def test_the_organisation_of_an_address(address: str, organisation: str) -> None:
    assert organisation_of(address) == organisation


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fudan University", "Department of Neurology, Huashan Hospital, Fudan University, Shanghai, China"),
        ("Univ Oxford", "Dept. of Physics, University of Oxford, Oxford, UK"),
        ("Fudan University", "Fudan University Shanghai China"),
        ("Universität Zürich", "Institut für Informatik, Universitat Zurich"),
        ("复旦大学", "复旦大学附属华山医院，上海 200040"),
        ("上海体育大学 运动健康学院", "上海体育大学，上海"),
        ("CNRS", "LORIA, CNRS, Nancy, France"),
        ("Massachusetts Inst Technol", "Massachusetts Institute of Technology, Cambridge, MA"),
    ],
)
def test_texts_that_name_one_institution(one: str, other: str) -> None:
    assert is_same_institution(one, other)
    assert is_same_institution(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Shanghai University", "Shanghai University of Sport, Shanghai"),
        ("Shanghai University", "Shanghai Jiao Tong University, Shanghai"),
        ("Washington University", "George Washington University"),
        ("University of Massachusetts", "Massachusetts Institute of Technology"),
        ("Department of Physics", "Department of Physics, University of Oxford"),
        ("Department of Physics, Fudan University", "Department of Physics, Peking University"),
        ("Shanghai, China", "Fudan University, Shanghai, China"),
        ("University", "University of Oxford"),
        ("大学", "复旦大学"),
        ("上海大学", "上海交通大学"),
        ("", "Fudan University"),
        ("", ""),
    ],
)
def test_texts_that_do_not(one: str, other: str) -> None:
    assert not is_same_institution(one, other)
    assert not is_same_institution(other, one)


@given(st.text(), st.text())
def test_any_texts_are_compared_alike_from_both_sides(one: str, other: str) -> None:
    assert is_same_institution(one, other) == is_same_institution(other, one)
    assert organisation_of(one) == organisation_of(f" {one} ".strip())


@pytest.mark.parametrize(
    ("domain", "affiliation", "belongs"),
    [
        ("fudan.edu.cn", "Huashan Hospital, Fudan University, Shanghai, China", True),
        ("sjtu.edu.cn", "Shanghai Jiao Tong University, Shanghai", True),
        ("ox.ac.uk", "University of Oxford, Oxford, UK", False),  # a brand: nothing in the name says so
        ("stanford.edu", "Stanford University School of Medicine", True),
        ("ucl.ac.uk", "University College London, London", True),
        ("uni-heidelberg.de", "Institut für Physik, Universität Heidelberg", True),
        ("siemens.com", "Siemens, Munich", True),
        ("munich.de", "Siemens Research Laboratory, Munich", False),
        ("fudan.edu.cn", "Peking University, Beijing", False),
        ("mail.edu.cn", "Mail University", False),
        ("fudan.edu.cn", "复旦大学", False),
        ("", "Fudan University", False),
    ],
)
def test_a_domain_is_told_from_the_name_of_the_institution(domain: str, affiliation: str, belongs: bool) -> None:
    assert is_domain_of(domain, affiliation) is belongs


def test_institutions_are_looked_up_by_their_names_and_not_by_their_towns() -> None:
    here, there = institution_keys("Dept Physics, Univ Oxford, Oxford, UK"), institution_keys("University of Oxford, Oxford")
    assert here == there == {"oxford university"}
    assert not institution_keys("Siemens, Munich") & institution_keys("BMW, Munich")
    assert institution_keys("") == frozenset()
