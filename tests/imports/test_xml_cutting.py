"""A long XML file is cut into its records: a broken one costs only itself, an attack costs nothing, memory stays flat."""

from __future__ import annotations

import io
import socketserver
import threading
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.imports.reading import UnreadableFile
from reviewhub.imports.xml_cutting import Cut, cut

DECLARED = '<?xml version="1.0"?>\n<!DOCTYPE Set PUBLIC "-//X//Y" "http://127.0.0.1:9/x.dtd">\n'


def record(n: int | str) -> str:
    return f"<Item><Sub><Id>{n}</Id></Sub></Item>"


def cuts(xml: str | bytes) -> list[Cut]:
    return list(cut(io.BytesIO(xml.encode() if isinstance(xml, str) else xml), ("Item", "Sub"), ("Set",)))


def ids(found: list[Cut]) -> list[str | None]:
    return [None if one.element is None else one.element.findtext(".//Id") for one in found]


def reasons(found: list[Cut]) -> list[str]:
    return [str(one.reason) for one in found if one.element is None]


def test_records_come_in_order_and_the_outermost_counts() -> None:
    assert ids(cuts(f"{DECLARED}<Set>{record(1)}\n {record(2)}<Sub><Id>3</Id></Sub></Set>")) == ["1", "2", "3"]


def test_a_broken_record_costs_only_itself() -> None:
    found = cuts(f"<Set>{record(1)}<Item><Id>2</Item>{record(3)}<Item><Id>4</Id>{record(5)}</Set>")
    assert ids(found) == ["1", None, "3", None, "5"]
    assert "tag mismatch" in reasons(found)[0]
    assert "does not end" in reasons(found)[1]


def test_documents_one_after_the_other_are_all_read_and_the_faulty_ones_told() -> None:
    whole = f"{DECLARED}<Set>{record(1)}</Set>"
    found = cuts(whole + f"{DECLARED}<Set></Set>" + f"{DECLARED}<Set>{record(2)}" + whole + f"<Set>{record(3)}</Set>")
    assert ids(found) == ["1", None, "2", None, "1", "3"]
    assert reasons(found) == ["this document holds no record", "the XML is cut off: it ends in the middle"]


def test_records_without_a_root_are_read() -> None:
    assert ids(cuts(record(1) + "\n" + record(2))) == ["1", "2"]


@pytest.mark.parametrize("end", ["", "<It", "<Item", "<Item><Sub>", "</Se"])
def test_a_file_that_ends_in_the_middle_gives_what_it_holds_and_says_so(end: str) -> None:
    found: list[Cut] = []
    with pytest.raises(UnreadableFile, match=r"record 3: the XML is cut off|record 3: broken XML"):
        found.extend(cut(io.BytesIO(f"<Set>{record(1)}{record(2)}{end}".encode()), ("Item",), ("Set",)))
    assert ids(found) == ["1", "2"]


@pytest.mark.parametrize("xml", ["plain words", "<html><body>", "<a/>", "<Set/>", f"{DECLARED}<Set></Set>", "<Set>"])
def test_a_file_without_records_is_unreadable(xml: str) -> None:
    with pytest.raises(UnreadableFile):
        cuts(xml)


def test_broken_xml_between_records_is_told_and_the_records_read() -> None:
    found: list[Cut] = []
    with pytest.raises(UnreadableFile, match="broken XML"):
        found.extend(cut(io.BytesIO(f"<Set>{record(1)}<x>{record(2)}</Set>".encode()), ("Item",), ("Set",)))
    assert ids(found) == ["1", "2"]


def test_what_stands_in_a_comment_is_no_record() -> None:
    assert ids(cuts(f"<Set><!-- {record(1)} <!ENTITY --><?x {record(2)}?>{record(3)}</Set>")) == ["3"]


BOMB = '<!DOCTYPE Set [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'


class _Counting(socketserver.BaseRequestHandler):
    n_asked = 0

    def handle(self) -> None:
        type(self).n_asked += 1


@pytest.fixture
def listener() -> Iterator[tuple[str, type[_Counting]]]:
    """An address on this machine and what counts the calls to it."""
    _Counting.n_asked = 0
    with socketserver.TCPServer(("127.0.0.1", 0), _Counting) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/x", _Counting
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        '<!DOCTYPE Set [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Set [<!ENTITY % x SYSTEM "ADDRESS"> %x;]>',
        '<!DOCTYPE Set [<!ENTITY x SYSTEM "ADDRESS">]>',
    ],
)
def test_a_declared_entity_is_refused_and_nothing_fetched(doctype: str, listener: tuple[str, type[_Counting]]) -> None:
    address, counting = listener
    with pytest.raises(UnreadableFile, match="declares an entity"):
        cuts(doctype.replace("ADDRESS", address) + f"<Set>{record('&x;')}</Set>")
    assert counting.n_asked == 0


def test_a_document_type_elsewhere_is_not_fetched(listener: tuple[str, type[_Counting]]) -> None:
    address, counting = listener
    assert ids(cuts(f'<!DOCTYPE Set SYSTEM "{address}"><Set>{record(1)}</Set>')) == ["1"]
    assert counting.n_asked == 0


def test_an_entity_that_nobody_declared_costs_its_record() -> None:
    found = cuts(f"<Set>{record('&secret;')}{record(2)}</Set>")
    assert ids(found) == [None, "2"]
    assert "secret" in reasons(found)[0]


@pytest.mark.parametrize(("inside", "read"), [("&nbsp;a&ouml;", "\u00a0aö"), ("R & D", "R & D"), ("a\x01b&#2;c&#x1f;d", "abcd"), ("&lt;&#38;", "<&")])
def test_what_is_plainly_meant_is_mended(inside: str, read: str) -> None:
    [found] = cuts(f"<Set>{record(inside)}</Set>")
    assert ids([found]) == [read]


def test_mending_controls_is_told() -> None:
    [found] = cuts(f"<Set>{record(chr(1))}</Set>")
    assert str(found.remark) == "control characters left out"


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "GB18030", "ISO-8859-1", "windows-1252", "Big5"])
def test_the_character_set_a_file_declares_is_used(encoding: str) -> None:
    word = "中文" if encoding in ("UTF-8", "UTF-16", "GB18030", "Big5") else "é"
    found = cuts(f'<?xml version="1.0" encoding="{encoding}"?><Set>{record(word)}</Set>'.encode(encoding))
    assert ids(found) == [word]
    assert found[0].remark is None


def test_a_wrongly_declared_character_set_is_seen_through_and_told() -> None:
    [found] = cuts(f'<?xml version="1.0" encoding="UTF-8"?><Set>{record("Müller, Jürgen, naïve")}</Set>'.encode("latin-1"))
    assert ids([found]) == ["Müller, Jürgen, naïve"]
    assert "character set" in str(found.remark)


def test_an_unheard_of_character_set_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="ebcdic"):
        cuts('<?xml version="1.0" encoding="ebcdic-xyz"?><Set></Set>')


def test_prefixes_for_formulas_need_not_be_declared() -> None:
    [found] = cuts("<Set><Item><mml:math><mml:mi>x</mml:mi></mml:math></Item></Set>")
    assert found.element is not None
    assert found.element[0].tag == "{http://www.w3.org/1998/Math/MathML}math"


@pytest.mark.parametrize("size", [12_000_000, 50_000_000])
def test_a_monstrous_record_is_left_out_with_a_reason_and_the_next_one_read(size: int) -> None:
    found = cuts(f"<Set>{record(1)}{record('x' * size)}{record(3)}</Set>")
    assert ids(found) == ["1", None, "3"]
    assert "more than 16 MB" in reasons(found)[0] or "too long" in reasons(found)[0]


def test_bottomless_depth_costs_only_its_record() -> None:
    assert ids(cuts(f"<Set>{'<Item>' + '<a>' * 100_000 + '</Item>'}{record(2)}</Set>")) == [None, "2"]


class _Endless(io.RawIOBase):
    """A file of very many records that is never held."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self._pieces = iter([b"<Set>", *[record("x" * 1000).encode() * 50] * n, b"</Set>"])
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._rest = self._rest or next(self._pieces, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def test_memory_stays_flat_however_long_the_file_is() -> None:
    tracemalloc.start()
    try:
        n_read = sum(1 for _ in cut(io.BufferedReader(_Endless(400)), ("Item",), ("Set",)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert n_read == 20_000
    assert peak < 4_000_000  # of a file of 21 MB


PIECES = [
    "<Set>",
    "</Set>",
    "<Item>",
    "</Item>",
    record(1),
    "<Item/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    DECLARED,
    "<!DOCTYPE",
    "<x>",
    "&a;",
    "<",
    "words",
    "\x00",
    "<?xml",
]


@given(st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=10).map(lambda pieces: "".join(pieces).encode()))
def test_any_bytes_at_all_give_records_reasons_or_an_unreadable_file(raw: bytes) -> None:
    try:
        for one in cut(io.BytesIO(raw), ("Item",), ("Set",)):
            assert (one.element is None) == (one.reason is not None)
    except UnreadableFile:
        pass  # the other thing it may do
