"""Who is counted: the caller, however they spell themselves and through however many proxies of ours."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from doors import House
from starlette.requests import Request
from starlette.testclient import TestClient

from creditbank_api.app import create_app
from creditbank_api.dependencies import address, counted
from creditbank_api.limits import Limits

PROXIES = (ip_network("10.0.0.0/24"), ip_network("fd00::/64"))


def _asked(house: House, peer: str, *forwarded: str) -> str:
    app = create_app(replace(house.bank, settings=replace(house.bank.settings, trusted_proxies=PROXIES)))
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    scope: dict[str, Any] = {"type": "http", "headers": headers, "client": (peer, 1), "app": app, "state": {}}
    return address(Request(scope))


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # no proxy of ours: its word counts nothing
        ("10.0.0.7", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.7", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),  # what stands left was written by the caller
        ("10.0.0.7", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.7", ["198.51.100.1, 10.0.0.8"], "198.51.100.1"),  # two proxies of ours in a row
        ("10.0.0.7", ["nonsense"], "10.0.0.7"),
        ("10.0.0.7", ["198.51.100.1, nonsense"], "10.0.0.7"),
        ("10.0.0.7", [], "10.0.0.7"),
        ("10.0.0.7", ["10.0.0.8, 10.0.0.9"], "10.0.0.7"),
        ("10.0.0.7", ["x" * 100_000 + ",198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
        ("10.0.0.7", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.1.7", ["198.51.100.1"], "10.0.1.7"),
    ],
)
def test_a_forwarded_address_is_believed_from_named_proxies_alone(
    house: House, peer: str, forwarded: list[str], seen: str
) -> None:
    """Threat 54: nobody gets a fresh count by writing another address into a header."""
    assert _asked(house, peer, *forwarded) == seen


def test_a_caller_is_one_caller_from_every_address_of_its_network() -> None:
    """Threat 54: who has a /64 has more addresses than there are counters."""
    assert counted("2001:db8::1") == counted("2001:db8::ffff:2") != counted("2001:db8:0:1::1")
    assert counted("testclient") == "testclient"


@pytest.fixture
def small(house: House) -> Iterator[TestClient]:
    app = create_app(house.bank, limits=Limits(requests=1000, keys=3))
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def test_a_key_is_counted_too_from_wherever_it_is_used(house: House, small: TestClient) -> None:
    """Threat 54: a key that many machines share gets no more than one, and is told when to come back."""
    answers = [small.get("/v1/halts", headers=house.bearer("asha")) for _ in range(4)]
    assert [answer.status_code for answer in answers[:3]] == [answers[0].status_code] * 3
    refused = answers[3]
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert small.get("/v1/halts", headers=house.bearer("minjun")).status_code != 429


def test_the_limit_is_a_setting(house: House) -> None:
    settings = replace(house.bank.settings, rate_limit=2)
    app = create_app(replace(house.bank, settings=settings))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert [client.get("/healthz").status_code for _ in range(3)] == [200, 200, 429]
