"""Files are opened, gunzipped and decoded as what they are; what is too much is refused with a reason."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.imports import reading
from reviewhub.imports.reading import MAX_LINE_BYTES, UnreadableFile, decoded, encoding_of, finished, open_plain, plain_bytes, position, text_chunks, text_lines
from reviewhub.papers.record import Affiliation, Author, Keyword, PaperRecord, Section

CHINESE = "针刺对卒中后疼痛的影响\n作者：王小明，李华。中华医学杂志\n"
GERMAN = "Über die Wärme\nMüller, Jürgen\nStraße und Größe, naïve façade\n"


def lines_of(raw: bytes) -> list[str]:
    return list(text_lines(io.BytesIO(raw)))


def test_a_plain_file_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"not gzip, whatever the name says")
    with open_plain(tmp_path / "a.gz") as stream:
        assert stream.read() == b"not gzip, whatever the name says"


def test_a_gzip_file_is_told_by_its_first_bytes_not_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(gzip.compress(b"inside"))
    with open_plain(tmp_path / "a.txt") as stream:
        assert stream.read() == b"inside"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ("nothing", "there is no such file"),
        ("directory", "this is a directory, not a file"),
        ("empty", "the file is empty"),
        ("empty gzip", "the file is empty"),
        ("fifo", "this is not a regular file"),
    ],
)
def test_what_is_no_file_to_read_is_refused_with_its_reason(tmp_path: Path, made: str, reason: str) -> None:
    path = tmp_path / "it"
    if made == "directory":
        path.mkdir()
    elif made == "empty":
        path.touch()
    elif made == "empty gzip":
        path.write_bytes(gzip.compress(b""))
    elif made == "fifo":
        os.mkfifo(path)
    with pytest.raises(UnreadableFile) as raised, open_plain(path):
        pass
    assert str(raised.value.message) == reason


def test_a_truncated_gzip_file_gives_what_it_holds_and_then_says_where_it_ends(tmp_path: Path) -> None:
    body = b"".join(b"line %d of many\n" % n for n in range(50_000))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(body)[:-2000])
    got: list[str] = []
    with pytest.raises(UnreadableFile) as raised, open_plain(tmp_path / "cut.gz") as stream:
        got.extend(text_lines(stream))
    assert got[:2] == ["line 0 of many", "line 1 of many"]
    assert len(got) > 1000
    assert "cut off" in str(raised.value.message)
    assert raised.value.where.startswith("byte ")


def test_a_broken_gzip_file_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(bytes(range(256)) * 1000))
    packed[30:60] = bytes(30)
    (tmp_path / "broken.gz").write_bytes(bytes(packed))
    with pytest.raises(UnreadableFile), open_plain(tmp_path / "broken.gz") as stream:
        stream.read()


def test_a_gzip_bomb_is_stopped_before_it_has_gone_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "EXPANSION_FREE_BYTES", 1 << 20)
    stream = plain_bytes(io.BytesIO(gzip.compress(bytes(20 << 20))))
    sizes: list[int] = []
    with pytest.raises(UnreadableFile, match="expands more than 200 times"):
        sizes.extend(map(len, iter(lambda: stream.read(1 << 16), b"")))
    assert 0 < sum(sizes) < 2 << 20


def test_the_position_is_counted_in_bytes_of_the_file_on_disk(tmp_path: Path) -> None:
    packed = gzip.compress(os.urandom(300_000))
    (tmp_path / "a.gz").write_bytes(packed)
    with open_plain(tmp_path / "a.gz") as stream:
        stream.read()
        assert position(stream) == len(packed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_text_is_read_in_the_encodings_it_comes_in(encoding: str) -> None:
    raw = CHINESE.encode(encoding)
    assert lines_of(raw) == CHINESE.splitlines()
    assert decoded(raw) == CHINESE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_german_text_is_read_in_the_encodings_it_comes_in(encoding: str) -> None:
    raw = GERMAN.encode(encoding)
    if encoding.startswith("utf-16"):
        raw = "\ufeff".encode(encoding) + raw
    assert lines_of(raw) == GERMAN.splitlines()


def test_quotation_marks_of_windows_are_not_taken_for_controls() -> None:
    assert decoded(b"\x93quoted\x94 \x96 na\xefve \x80 5") == "“quoted” – naïve € 5"


def test_the_encoding_is_judged_where_text_stops_being_ascii() -> None:
    raw = b"plain line\n" * 100_000 + CHINESE.encode("gb18030")
    assert lines_of(raw)[-2:] == CHINESE.splitlines()
    assert decoded(raw).endswith(CHINESE)


def test_one_stray_line_does_not_spoil_a_file_in_utf8() -> None:
    raw = (GERMAN * 50).encode() + "Bücher für Ärzte\n".encode("latin-1") + (GERMAN * 50).encode()
    got = lines_of(raw)
    assert got[150] == "Bücher für Ärzte"
    assert got[:3] == got[-3:] == GERMAN.splitlines()


def test_a_few_accents_do_not_make_a_file_chinese() -> None:
    assert encoding_of("Señor Muñoz había vivido aquí según él".encode("latin-1")) == "cp1252"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_as_unix_windows_or_old_macs_end_them(end: bytes) -> None:
    assert lines_of(end.join([b"one", b"", b"three", b""])) == ["one", "", "three"]


@given(st.lists(st.sampled_from([b"a" * 65_530, b"\r", b"\n", b"\r\n", b"b", b"\xe4\xb8\xad"]), max_size=12))
def test_lines_are_the_same_wherever_the_chunks_are_cut(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    assert lines_of(raw) == raw.decode().replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n") if raw else lines_of(raw) == []


def test_a_line_without_end_is_cut_just_beyond_every_limit() -> None:
    first, second = lines_of(b"x" * (MAX_LINE_BYTES + 5_000_000) + b"\nnext")
    assert len(first) == MAX_LINE_BYTES
    assert second == "next"


@given(st.binary(max_size=3000))
def test_any_bytes_at_all_can_be_decoded(raw: bytes) -> None:
    text = decoded(raw)
    assert text == "".join(text_chunks(io.BytesIO(raw)))
    assert all(isinstance(line, str) for line in text_lines(io.BytesIO(raw)))


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\ufeff"), max_size=500))
def test_text_in_utf8_comes_back_whole(text: str) -> None:
    assert decoded(text.encode()) == text


def record(**more: object) -> PaperRecord:
    return PaperRecord("test", **{"title": "A title", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (record(title=""), "no title"),
        (record(title="<i> </i>"), "no title"),
        (record(title="x" * 20_001), "title of 20001 characters"),
        (record(abstracts={"en": [Section("x" * 300_000)], "zh": [Section("x" * 300_000)]}), "abstract of 600000 characters"),
        (record(authors=[Author("A")] * 20_001), "20001 authors"),
        (record(authors=[Author("A", affiliations=[Affiliation("U")] * 201)]), "201 affiliations of one author"),
        (record(authors=[Author("A", affiliations=[Affiliation("U" * 50_001)])]), "a passage of 50001 characters"),
        (record(keywords=[Keyword("k" * 10_001)]), "a field of 10001 characters"),
    ],
)
def test_a_record_beyond_a_limit_is_refused_with_the_figure(refused: PaperRecord, reason: str) -> None:
    read = finished("record 7", refused)
    assert read.record is None
    assert read.where == "record 7"
    assert reason in str(read.reason)


def test_a_paper_of_three_thousand_authors_is_taken_whole() -> None:
    many = record(authors=[Author(f"Author {n}", affiliations=[Affiliation(f"University {n % 300}")]) for n in range(3000)])
    assert finished("record 1", many).record is many
