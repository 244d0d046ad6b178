"""How often one address may do a thing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from reviewhub.web.support.pace import Pace


class Clock:
    """The time of the whole process: what counts looks at the clock of the machine."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def pass_s(self, seconds: float) -> None:
        self._traveller.shift(dt.timedelta(seconds=seconds))


@pytest.fixture
def time() -> Iterator[Clock]:
    with time_machine.travel(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), tick=False) as traveller:
        yield Clock(traveller)


def test_an_address_may_go_on_when_its_first_go_is_long_enough_ago(time: Clock) -> None:
    pace = Pace(2, 60)
    assert pace.wait_s("192.0.2.1") == 0
    time.pass_s(20)
    assert pace.wait_s("192.0.2.1") == 0
    wait = pace.wait_s("192.0.2.1")
    assert 40 <= wait <= 41
    time.pass_s(wait)
    assert pace.wait_s("192.0.2.1") == 0


def test_who_is_refused_is_not_counted(time: Clock) -> None:
    pace = Pace(1, 60)
    assert pace.wait_s("192.0.2.1") == 0
    for _ in range(10):
        time.pass_s(1)
        assert pace.wait_s("192.0.2.1") > 0
    time.pass_s(51)
    assert pace.wait_s("192.0.2.1") == 0


def test_addresses_do_not_share_but_one_ipv6_network_does(time: Clock) -> None:
    pace = Pace(1, 60)
    assert pace.wait_s("192.0.2.1") == pace.wait_s("192.0.2.2") == pace.wait_s("2001:db8::1") == pace.wait_s("2001:db8:0:1::1") == 0
    assert pace.wait_s("2001:db8::2") > 0
    assert pace.wait_s(None) == 0


def test_memory_is_bounded_and_the_newest_are_kept(time: Clock) -> None:
    pace = Pace(1, 60)
    pace.MOST_ADDRESSES = 3
    for n in range(5):
        pace.wait_s(f"192.0.2.{n}")
    assert pace.wait_s("192.0.2.4") > 0
    assert pace.wait_s("192.0.2.0") == 0
