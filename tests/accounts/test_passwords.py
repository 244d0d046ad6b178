"""Passwords: how they are kept, and which will not do."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from reviewhub.accounts import passwords
from reviewhub.accounts.passwords import MAX_CHARS, fault_of, hash_of, is_outdated, is_right

GOOD = "seventeen blue lanterns"


def test_what_is_kept_is_argon2id_with_its_parameters_and_a_salt_of_its_own() -> None:
    kept = hash_of(GOOD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert GOOD not in kept
    assert hash_of(GOOD) != kept
    assert is_right(kept, GOOD)
    assert not is_right(kept, GOOD + " ")
    assert not is_outdated(kept)


def test_a_hash_with_other_parameters_is_outdated() -> None:
    older = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    assert is_right(older, GOOD)
    assert is_outdated(older)


def test_where_there_is_no_password_none_is_right() -> None:
    assert not is_right("", GOOD)
    assert not is_right("", "")
    assert not is_right("", "nobody has this password")
    assert not is_right("not a hash", GOOD)


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    kept = hash_of("caf\u00e9 lanterns seventeen")
    assert is_right(kept, "cafe\u0301 lanterns seventeen")
    assert is_right(hash_of("seventeen ＢＬＵＥ lanterns"), "seventeen BLUE lanterns")


def test_nothing_is_cut_off() -> None:
    longest = (GOOD * 20)[:MAX_CHARS]
    kept = hash_of(longest)
    assert is_right(kept, longest)
    assert not is_right(kept, longest[:-1])
    assert not is_right(kept, longest + "x")
    assert fault_of(longest, "", "") is None
    assert "at most" in str(fault_of(longest + "x", "", ""))
    assert "at most" in str(fault_of("x" * 1_000_000, "", ""))


@pytest.mark.parametrize("typed", ["", "short", "nine char"])
def test_short_ones_are_refused(typed: str) -> None:
    assert "at least 10" in str(fault_of(typed, "", ""))


def test_every_common_one_is_refused() -> None:
    long_ones = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= passwords.MIN_CHARS]
    assert len(long_ones) > 100
    for word in long_ones:
        assert fault_of(word.upper(), "", "") is not None
    assert "used most" in str(fault_of("1234567890", "", ""))


@pytest.mark.parametrize(
    "typed", ["Jane.Doe.1970", "janedoe2026!", "reviewhub2026", "university.example1", "qwertyuiop[]", "aaaaaaaaaaaaaaaa", "Passw0rd2024!"]
)
def test_what_can_be_guessed_of_somebody_is_refused(typed: str) -> None:
    assert "guessed" in str(fault_of(typed, "Jane Doe", "jane.doe@university.example"))


@pytest.mark.parametrize("typed", [GOOD, "correct staple horse bakery", "湖边的七盏蓝灯笼很安静", "xK9#vQ2$mLp7", "zażółć gęślą jaźń wtorek"])
def test_there_are_no_rules_of_composition(typed: str) -> None:
    assert fault_of(typed, "Jane Doe", "jane@university.example") is None


@settings(max_examples=40)
@given(st.text(max_size=MAX_CHARS + 20), st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_judged(typed: str, name: str, email: str) -> None:
    fault = fault_of(typed, name, email)
    assert fault is None or re.search(r"password", str(fault))


@settings(max_examples=15)
@given(st.text(max_size=MAX_CHARS))
def test_any_text_is_kept_and_found_again(typed: str) -> None:
    assert is_right(hash_of(typed), typed)
