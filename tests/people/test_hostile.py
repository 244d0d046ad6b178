"""Wild input: whatever is typed or told, a claim is refused in words or kept as it is, and two scripts never break a page's reasons."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reviewhub.papers.names import named, read_name
from reviewhub.papers.namesakes import namesake_key
from reviewhub.papers.organisations import institution_keys, is_domain_of
from reviewhub.people.ladder import APPROVED, DISPUTED, PENDING, PROVING, RUNGS, judge
from reviewhub.people.namesakes import keys_of_person
from reviewhub.people.rules import _SAME, COMPATIBLE, DIFFERENT, SAME, Fit, fit
from reviewhub.people.works import found_in

WILD = st.text(st.characters(codec="utf-8"), max_size=40)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | WILD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WILD | st.sampled_from(["group", "work-summary", "external-ids", "external-id", "source"]), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(WILD, WILD, WILD, WILD)
def test_names_of_any_letters_have_keys_that_an_index_can_hold(family: str, given_name: str, other: str, more: str) -> None:
    name = named(family, given_name)
    key = namesake_key(name)
    assert len(key) <= 62
    assert key == key.strip()
    keys = keys_of_person([one for one in (name, read_name(other), read_name(more)) if one is not None])
    assert len(keys) < 900, "more than a statement may have parameters"
    assert "" not in keys
    if key:
        assert key in keys


@given(st.sets(st.sampled_from(RUNGS)), st.sampled_from([SAME, COMPATIBLE, DIFFERENT]), st.booleans(), st.booleans())
def test_nothing_approves_without_proof_a_name_that_can_be_theirs_or_against_a_rival(rungs: set[str], verdict: str, has_other: bool, has_rival: bool) -> None:
    found = judge(rungs, Fit(verdict, _SAME), has_other_orcid=has_other, has_rival=has_rival)
    assert found.state in (APPROVED, PENDING, DISPUTED)
    assert (found.state == DISPUTED) == has_rival
    if found.state == APPROVED:
        assert found.proof in rungs
        assert "moderator" in rungs or (PROVING & rungs and verdict != DIFFERENT and not has_other)
    else:
        assert found.why is not None
        assert found.proof == ""


@given(JSON)
def test_whatever_orcid_answers_proves_nothing_by_being_odd(answer: Any) -> None:
    assert found_in(answer, {("doi", "10.5555/abc")}, "0000-0002-1825-0097") in ("absent", "typed-in")
    json.dumps(answer)


@given(WILD, WILD)
def test_affiliations_of_any_letters_are_compared(one: str, other: str) -> None:
    assert isinstance(is_domain_of(one, other), bool)
    assert all(key == key.strip() for key in institution_keys(other))


@given(WILD)
def test_a_name_that_is_only_signs_fits_nobody_else(signs: str) -> None:
    found = read_name(signs)
    if found is not None and fit([named("Wang", "Xiaoming")], found).verdict == SAME:
        assert "wang" in signs.casefold()
