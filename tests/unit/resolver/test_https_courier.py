"""Carrying an event out: to one checked address, as a POST, followed nowhere (threat 14)."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from creditbank.adapters.resolver import FetchFailed, FetchTooSlow, HttpsCourier, UnreachableHost
from creditbank.signing import FetchRefused

from .test_https_resolver import HOST, Server, allowed

URL = f"https://{HOST}/events?of=mine"
HEADERS = {"Content-Type": "application/json", "webhook-id": "urn:uuid:e"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.close()


def courier(
    server: Server,
    *,
    names: Callable[[str], Sequence[str]] = lambda host: ("127.0.0.1",),
    rule: Callable[[str, Sequence[str]], str] = allowed,
    seconds: float = 5.0,
) -> HttpsCourier:
    tls = ssl.create_default_context(cafile=str(server.pem))
    return HttpsCourier(rule=rule, names=names, tls=tls, port=server.port, seconds=seconds)


def test_an_event_arrives_as_it_was_signed(server: Server) -> None:
    server.serves(b"ignored", status="202 Accepted")
    assert courier(server).deliver(URL, HEADERS, b'{"type":"ping"}') == 202
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /events?of=mine HTTP/1.1\r\nHost: provider.example\r\n")
    assert b"\r\nwebhook-id: urn:uuid:e" in head
    assert b"\r\nContent-Length: 15\r\n" in head
    assert body == b'{"type":"ping"}'
    assert server.names == [HOST]


@pytest.mark.parametrize(("status", "code"), [("302 Found", 302), ("410 Gone", 410), ("500 No", 500)])
def test_no_answer_sends_the_event_elsewhere(server: Server, status: str, code: int) -> None:
    server.serves(b"", "Location: https://elsewhere.example/", status=status)
    assert courier(server).deliver(URL, HEADERS, b"{}") == code
    assert len(server.requests) == 1


def test_the_rule_of_the_product_forbids_this_machine_and_its_neighbours(server: Server) -> None:
    """Threat 14: of several addresses one that is not public refuses them all, before anything is sent."""
    for address in ("127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "fd00::1", "::ffff:127.0.0.1"):
        inward = HttpsCourier(names=lambda host, address=address: ("93.184.216.34", address), port=server.port)
        with pytest.raises(FetchRefused):
            inward.deliver(URL, HEADERS, b"{}")
    for url in ("http://provider.example/", "https://127.0.0.1/", "https://localhost/", "https://u@provider.example/"):
        with pytest.raises(FetchRefused):
            HttpsCourier(names=lambda host: pytest.fail("not even looked up")).deliver(url, HEADERS, b"{}")
    assert server.requests == []


def test_a_name_is_resolved_once(server: Server) -> None:
    looked: list[str] = []

    def names(host: str) -> Sequence[str]:
        looked.append(host)
        return ("127.0.0.1",) if len(looked) == 1 else ("127.0.0.9",)

    server.serves(b"")
    assert courier(server, names=names).deliver(URL, HEADERS, b"{}") == 200
    assert looked == [HOST]


def test_a_certificate_that_is_not_the_names_gets_nothing(server: Server) -> None:
    stranger = HttpsCourier(rule=allowed, names=lambda host: ("127.0.0.1",), port=server.port)
    with pytest.raises(UnreachableHost):
        stranger.deliver(URL, HEADERS, b"{}")
    assert server.requests == []


def test_a_slow_or_broken_receiver_is_left(server: Server) -> None:
    server.says(b"HTTP/1.1 2", pause=2)
    with pytest.raises(FetchTooSlow):
        courier(server, seconds=0.5).deliver(URL, HEADERS, b"{}")
    server.says(b"this is no HTTP\r\n\r\n")
    with pytest.raises(FetchFailed):
        courier(server).deliver(URL, HEADERS, b"{}")
