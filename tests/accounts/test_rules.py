"""Names, addresses and the mark of a network, whatever is typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.accounts.rules import MAX_EMAIL_CHARS, MAX_NAME_CHARS, email_fault, email_key, email_on_the_wire, name_of, network_mark
from reviewhub.core.errors import RuleBroken

KEY = "long enough to sign with, for tests only"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Jane Doe", "Jane Doe"),
        ("  Jane \t Doe ", "Jane Doe"),
        ("王小明", "王小明"),
        ("王\u3000小明", "王 小明"),
        ("Jose\u0301 Núñez", "José Núñez"),
        ("J. R. R. Tolkien", "J. R. R. Tolkien"),
        ("J.R.R. Tolkien", "J.R.R. Tolkien"),
        ("O’Neill-Smith, Jr.", "O’Neill-Smith, Jr."),
        ("محمد علی", "محمد علی"),
        ("x" * MAX_NAME_CHARS, "x" * MAX_NAME_CHARS),
        ("9", "9"),
    ],
)
def test_names_people_have_are_taken(typed: str, shown: str) -> None:
    assert name_of(typed) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "", "   ", "...", "\u200b", "\u3164", "\u2800 \u2800", "x" * (MAX_NAME_CHARS + 1), "Jane\u202eDoe", "Jane\u2066Doe", "Ja\u200bne", "Ja\u200dne", "Ja\ufeffne",
        "Ja\u00adne", "Jane\x00", "Jane\nDoe", "Jane\r\nBcc: x", "Jane\u2028Doe", "Jane\x1b[31m", "Jane \ud800", "jane@university.example", "see https://x.example",
        "www.example", "buy pills at pills.example", "x\ue000y",
    ],
)  # fmt: skip
def test_names_that_deceive_or_advertise_are_refused(typed: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        name_of(typed)
    assert refused.value.field == "name"


@given(st.text(max_size=120))
def test_a_name_that_is_taken_can_be_shown_anywhere(typed: str) -> None:
    try:
        name = name_of(typed)
    except RuleBroken:
        return
    assert 0 < len(name) <= MAX_NAME_CHARS
    assert name.isprintable()
    assert "@" not in name
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert any(c.isalnum() for c in name)
    assert name_of(name) == name


@pytest.mark.parametrize(
    "typed",
    [
        "jane@university.example", "Jane.Doe+reviews@cs.university.example", "o'neill@university.example", "用户@例子.广告", "ü@bücher.example", "अ@देखो.भारत", "a@b.co",
        "x" * 64 + "@university.example", "a@" + ".".join(["b" * 60] * 4) + ".example",
    ],
)  # fmt: skip
def test_addresses_of_any_script_are_taken(typed: str) -> None:
    assert len(typed) <= MAX_EMAIL_CHARS
    assert email_fault(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "", "jane", "jane@", "@university.example", "jane@localhost", "a b@university.example", "jane@university.example ", "jane@university..example", ".jane@x.example",
        "ja..ne@x.example", "jane@-x.example", "jane@x-.example", "jane@x_y.example", "jane@192.0.2.1", "jane@[192.0.2.1]", '"a b"@x.example', "a@b@x.example",
        "jane@x.example\r\nBcc: all@x.example", "jane@x.example,all@x.example", "<jane@x.example>", "jane\u200b@x.example", "jane@x\u202e.example", "jane\x00@x.example",
        "x" * 65 + "@x.example", "é" * 33 + "@x.example", "a@" + "b" * 64 + ".example", "a@" + ".".join(["b" * 60] * 4) + ".exampless",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert email_fault(typed) is not None


@given(st.one_of(st.text(max_size=300), st.emails(), st.builds("{}@{}.example".format, st.text(max_size=20), st.text(max_size=20))))
def test_any_text_can_be_typed_as_address(typed: str) -> None:
    fault = email_fault(typed)
    key = email_key(typed)
    assert email_key(key) == key
    if fault is None:
        assert len(typed) <= MAX_EMAIL_CHARS
        assert not set(typed) & set("\r\n\t ,;<>")
        assert email_on_the_wire(typed).rpartition("@")[2].isascii()


def test_one_address_is_one_however_it_is_written() -> None:
    assert email_key("Jane@University.EXAMPLE") == email_key(" jane@university.example ") == email_key("ｊａｎｅ@university.example")
    assert email_key("a@BÜCHER.example") == email_key("a@xn--bcher-kva.example")
    assert email_key("a.b@x.example") != email_key("ab@x.example")


def test_one_network_has_one_mark_that_tells_nothing_without_the_key() -> None:
    here = network_mark("93.184.216.34", KEY)
    assert here == network_mark("93.184.216.99", KEY) == network_mark("::ffff:93.184.216.1", KEY)
    assert network_mark("2a00:1450:4001:80b::1", KEY) == network_mark("2a00:1450:4001:ffff::2", KEY) != network_mark("2a00:1450:4002::1", KEY)
    assert here not in ("", network_mark("93.184.217.34", KEY), network_mark("93.184.216.34", "another key"))
    assert "93" not in here or "93.184" not in here


@pytest.mark.parametrize("address", ["", "127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fe80::1", "192.0.2.1", "not an address"])
def test_networks_that_many_share_have_no_mark(address: str) -> None:
    assert network_mark(address, KEY) == ""
