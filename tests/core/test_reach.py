"""Links that strangers typed: only the public web is asked, every hop and every address of it, for so long and so much; nothing else is reached."""

from __future__ import annotations

import contextlib
import http.server
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.config import Settings
from reviewhub.core import fetch
from reviewhub.core.addresses import is_public, place_of

Besides = frozenset[tuple[str, int]]


ASKED: list[str] = []


class _Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ASKED.append(self.path)
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path.partition("?")[2])
        elif self.path == "/round":
            self.send_response(301)
            self.send_header("Location", "/round")
        elif self.path == "/endless":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000)
            return
        elif self.path == "/hints":
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
            return
        elif self.path == "/drip":
            for _ in range(100):
                self.wfile.write(b"H")
                time.sleep(0.05)
            return
        elif self.path == "/other":
            self.wfile.write(b"220 mail.example.org ESMTP\r\n\r\n")
            return
        else:
            self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # who asked has hung up
            super().handle()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Besides]]:
    """The address of a machine in our own network, and the allowance to ask it."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}", frozenset({("127.0.0.1", made.server_port)})
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.mark.parametrize("status", [200, 204, 403, 404, 410, 500])
def test_the_status_comes_back(server: tuple[str, Besides], settings: Settings, status: int) -> None:
    address, besides = server
    assert fetch.reach(settings, f"{address}/{status}", besides=besides) == status


def test_our_own_network_is_not_asked_without_the_allowance(server: tuple[str, Besides], settings: Settings) -> None:
    ASKED.clear()
    with pytest.raises(fetch.Forbidden):
        fetch.reach(settings, f"{server[0]}/200")
    assert ASKED == []


def test_redirects_are_followed_by_hand(server: tuple[str, Besides], settings: Settings) -> None:
    address, besides = server
    assert fetch.reach(settings, f"{address}/to?/404", besides=besides) == 404
    assert fetch.reach(settings, f"{address}/hints", besides=besides) == 200
    with pytest.raises(fetch.Unreachable):
        fetch.reach(settings, f"{address}/round", besides=besides)


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "file:///etc/passwd", "http://10.0.0.1/", "gopher://x.org/"]
)
def test_a_redirect_to_where_nobody_may_go_ends_there(server: tuple[str, Besides], settings: Settings, to: str) -> None:
    address, besides = server
    with pytest.raises(fetch.Forbidden):
        fetch.reach(settings, f"{address}/to?{to}", besides=besides)


@pytest.mark.parametrize("path", ["/endless", "/other"])
def test_what_is_no_answer_of_the_web_is_unreachable(server: tuple[str, Besides], settings: Settings, path: str) -> None:
    address, besides = server
    with pytest.raises(fetch.Unreachable):
        fetch.reach(settings, f"{address}{path}", besides=besides)


def test_an_answer_that_drips_is_not_waited_for(server: tuple[str, Besides], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "REACH_WAIT_S", 0.3)
    address, besides = server
    with pytest.raises(fetch.Unreachable):
        fetch.reach(settings, f"{address}/drip", besides=besides)


def _names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Name servers that give these addresses, one list after another; the hosts that were asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(0, 0, 0, "", (one, port)) for one in answers[min(len(asked), len(answers)) - 1]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"], ["fe80::1%eth0"]])
def test_a_name_with_one_private_address_is_not_asked_at_all(settings: Settings, monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    _names(monkeypatch, addresses)
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("a connection was made"))
    with pytest.raises(fetch.Forbidden):
        fetch.reach(settings, "http://inside.example.org/")


def test_the_connection_goes_to_the_address_that_was_looked_at(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means something else a moment later: it is asked for once, and the number is what is connected to."""
    asked, connected = _names(monkeypatch, ["93.184.215.14"], ["127.0.0.1"]), []

    def connect(address: tuple[str, int], _timeout: float) -> socket.socket:
        connected.append(address)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(fetch.Unreachable):
        fetch.reach(settings, "http://rebinding.example.org/")
    assert (asked, connected) == (["rebinding.example.org"], [("93.184.215.14", 80)])


def test_a_name_that_nobody_knows_is_unreachable(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(fetch.Unreachable):
        fetch.reach(settings, "https://nobody.example.org/")


PRIVATE = [
    ipaddress.ip_network(one)
    for one in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "224.0.0.0/3", "0.0.0.0/8")
]


@given(
    st.sampled_from(PRIVATE),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["", "::ffff:{}", "64:ff9b::{}", "2002:{:x}:{:x}::1", "2001:db8:0:0:0:5efe:{}", "2a00::5efe:{}"]),
)
def test_no_private_address_is_public_in_any_dress(network: ipaddress.IPv4Network, offset: int, dress: str) -> None:
    inner = network[offset % network.num_addresses]
    number = int(inner)
    text = dress.format(number >> 16, number & 0xFFFF) if ":x}" in dress else dress.format(inner) if dress else str(inner)
    assert not is_public(ipaddress.ip_address(text))


@given(st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address) | st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address))
def test_what_is_public_is_global_for_python_too(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if is_public(address) and not (isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address in ipaddress.ip_network("64:ff9b::/96"))):
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_public_network_is_reached(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.text(max_size=60) | st.from_regex(r"https?://[!-~]{1,40}", fullmatch=True))
def test_anything_typed_is_a_place_or_none(text: str) -> None:
    found = place_of(text)
    if found is not None:
        assert found.scheme in ("http", "https")
        assert found.host.isascii()
        assert found.literal is None or is_public(found.literal)


@pytest.mark.parametrize(
    "url",
    [
        "https://zenodo.org/records/1?a=b#c",
        "http://例子.中国/数据",
        "https://example.org:8443/x",
        "HTTPS://Example.ORG/",
        "https://osf.io/a|b",
        "http://8.8.8.8/",
    ],
)
def test_plain_addresses_are_taken(url: str) -> None:
    assert place_of(url) is not None
