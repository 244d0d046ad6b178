"""Records of JSON files come out one by one, whichever way the file holds them; a broken one costs only itself."""

from __future__ import annotations

import io
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.imports.json_stream import json_objects
from reviewhub.imports.reading import UnreadableFile

SOME: list[dict[str, Any]] = [
    {"DOI": "10.1/a", "title": ["One “quoted” \\ {x} [y]"]},
    {"DOI": "10.1/b", "nested": {"items": [1, {"a": "]"}]}},
    {"DOI": "10.1/c", "n": -1.5e3},
]


def read(raw: bytes | str) -> list[tuple[str, Any, str]]:
    stream = io.BytesIO(raw.encode() if isinstance(raw, str) else raw)
    return [(where, value, str(reason) if reason else "") for where, value, reason in json_objects(stream)]


def values(raw: bytes | str) -> list[Any]:
    return [value for _, value, _ in read(raw)]


WAYS = {
    "a list": lambda items: json.dumps(items),
    "a list over lines": lambda items: json.dumps(items, indent=2, ensure_ascii=False),
    "a message with items": lambda items: json.dumps({"status": "ok", "message": {"total-results": 3, "items": items, "query": {"items": []}}, "last": [1]}),
    "a message with items over lines": lambda items: json.dumps({"status": "ok", "message": {"facets": {}, "items": items}}, indent=1),
    "items without a message": lambda items: json.dumps({"items": items}, indent=1),
    "lines": lambda items: "\n".join(json.dumps(item) for item in items),
    "lines with empty ones between": lambda items: "\r\n\r\n".join(json.dumps(item, ensure_ascii=False) for item in items) + "\r\n",
    "lines of messages": lambda items: "\n".join(json.dumps({"status": "ok", "message": item}) for item in items),
    "objects over several lines each": lambda items: "\n".join(json.dumps(item, indent=4) for item in items),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_records_are_found_in_every_way_of_holding_them(way: str, encoding: str) -> None:
    assert values(WAYS[way](SOME).encode(encoding)) == SOME


@pytest.mark.parametrize("way", ["a message", "a message over lines", "an object", "an object over lines"])
def test_a_single_record_is_found(way: str) -> None:
    held = {"status": "ok", "message": SOME[1]} if "message" in way else SOME[1]
    assert values(json.dumps(held, indent=2 if "lines" in way else None)) == [SOME[1]]


@pytest.mark.parametrize("way", ["a list", "a message with items over lines", "lines", "objects over several lines each"])
def test_records_longer_than_what_is_read_at_once_come_out_whole(way: str) -> None:
    chance = random.Random(1)
    items = [{"n": n, "text": "".join(chance.choices('ab"\\中\n{[', k=chance.randrange(200_000)))} for n in range(12)]
    assert values(WAYS[way](items)) == items


def test_a_broken_line_costs_only_that_line() -> None:
    got = read('{"a": 1}\n{"a": 2, "b": \n{"a": 3}\nnothing\n{"a": 4}')
    assert [value for _, value, _ in got] == [{"a": 1}, None, {"a": 3}, None, {"a": 4}]
    assert got[1][0] == "record 2 (line 2)"
    assert got[3][0] == "record 4 (line 4)"
    assert "broken JSON" in got[1][2]


def test_a_broken_first_line_does_not_hide_the_others() -> None:
    assert values('{"a": \n{"a": 2}\n{"a": 3}') == [None, {"a": 2}, {"a": 3}]


def test_a_broken_element_of_a_list_costs_only_itself() -> None:
    got = read('[{"a": 1}, {"a": 2 "b": ["]", {}]}, 5, {"a": 3}]')
    assert [value for _, value, _ in got] == [{"a": 1}, None, None, {"a": 3}]
    assert "Expecting ',' delimiter" in got[1][2]
    assert "a JSON object was expected here" in got[2][2]


def test_a_broken_object_over_lines_costs_only_itself() -> None:
    assert values('{\n "a": 1\n}\n{\n "a": 2, x\n}\n{\n "a": 3\n}\n') == [{"a": 1}, None, {"a": 3}]


@pytest.mark.parametrize("raw", ['[{"a": 1}, {"a": 2}', '[{"a": 1}, {"a": ', '[{"a": 1}, {"a": "tex', '{"message": {"items": [{"a": 1},'])
def test_a_file_that_ends_in_the_middle_gives_what_it_holds_and_says_so(raw: str) -> None:
    got: list[Any] = []
    with pytest.raises(UnreadableFile, match="cut off"):
        got.extend(json_objects(io.BytesIO(raw.encode())))
    assert got[0][1] == {"a": 1}


@pytest.mark.parametrize("raw", ["[}", "[1}] [", '[1}\n]a{"[', '[{"a": 1}}, {"a": 2}]', "[[[]}", "[,]]", "{}}", '{"a" 1}}'])
def test_brackets_that_do_not_match_are_passed_over_and_never_waited_for(raw: str) -> None:
    got: list[Any] = []
    try:
        got.extend(json_objects(io.BytesIO(raw.encode())))
    except UnreadableFile:
        got.append(None)
    assert len(got) <= len(raw)


@pytest.mark.parametrize("way", ["[%s]", "%s\n%s"])
def test_a_record_beyond_all_measure_is_left_out_and_the_next_one_read(way: str) -> None:
    huge = '{"abstract": "' + "x" * 50_000_000 + '"}'
    raw = '[{"a": 1}, ' + huge + ', {"a": 3}]' if way == "[%s]" else '{"a": 1}\n' + huge + '\n{"a": 3}\n'
    got = read(raw)
    assert [value for _, value, _ in got] == [{"a": 1}, None, {"a": 3}]
    assert "more than 16 MB" in got[1][2]


@pytest.mark.parametrize("inner", ["[" * 100_000, "9" * 5000])
def test_what_the_decoder_cannot_hold_is_a_rejection_and_no_crash(inner: str) -> None:
    assert values('{"a": ' + inner + '}\n{"a": 2}') == [None, {"a": 2}]


@pytest.mark.parametrize("raw", ["", "   \n ", "<xml/>", "TY  - JOUR", "null"])
def test_what_is_not_json_is_unreadable(raw: str) -> None:
    with pytest.raises(UnreadableFile):
        read(raw)


def test_numbers_that_are_none_read_as_nothing() -> None:
    assert values('{"a": NaN, "b": -Infinity}') == [{"a": None, "b": None}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@given(
    # An empty object stands on one line however it is printed, and would say that every record does.
    st.lists(st.dictionaries(st.text(max_size=8), JSON, min_size=1, max_size=4).filter(lambda d: not d.keys() & {"message", "items"}), min_size=1, max_size=6),
    st.sampled_from(sorted(WAYS)),
)
def test_whatever_the_records_are_they_come_out_as_they_went_in(items: list[dict[str, Any]], way: str) -> None:
    assert values(WAYS[way](items)) == items


@given(st.binary(max_size=400) | st.text(st.sampled_from('{}[]",:\\\n 1tae'), max_size=60).map(str.encode))
def test_any_bytes_at_all_give_records_reasons_or_an_unreadable_file(raw: bytes) -> None:
    try:
        for where, value, reason in json_objects(io.BytesIO(raw)):
            assert where.startswith("record ")
            assert (value is None) == (reason is not None)
    except UnreadableFile:
        pass  # the other thing it may do
