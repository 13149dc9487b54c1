"""Fetching at a stranger's word, from a server of this machine that behaves as the worst do (threats 4 and 14).

The rule that forbids this very machine is replaced by one that a test hands in; no setting of the product does that.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from creditbank.adapters.resolver import (
    FetchEncoded,
    FetchFailed,
    FetchRedirected,
    FetchTooLarge,
    FetchTooSlow,
    HttpsResolver,
    UnreachableHost,
)
from creditbank.errors import CreditBankError
from creditbank.signing import FetchRefused

HOST = "provider.example"
URL = f"https://{HOST}/.well-known/did.json"
Answer = Callable[[ssl.SSLSocket], None]


def allowed(url: str, addresses: Sequence[str]) -> str:
    return ""


class Server:
    """One TLS server with a certificate for `provider.example`; it answers each connection as it is told to."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
        now = datetime.now(UTC)  # the machine's own clock checks the certificate
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem, secret = folder / "server.pem", folder / "server.key"
        pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.pem = pem
        self.requests: list[bytes] = []
        self.names: list[str | None] = []
        self.answer: Answer = lambda wire: None
        self.greet = True
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(pem, secret)
        self._tls.sni_callback = lambda _wire, name, _context: self.names.append(name)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(plain,), daemon=True).start()

    def _one(self, plain: socket.socket) -> None:
        try:
            if not self.greet:
                time.sleep(3)
                return
            with self._tls.wrap_socket(plain, server_side=True) as wire:
                self.requests.append(wire.recv(4096))
                self.answer(wire)
        except OSError:
            pass
        finally:
            plain.close()

    def says(self, *pieces: bytes, pause: float = 0.0) -> None:
        def answer(wire: ssl.SSLSocket) -> None:
            for piece in pieces:
                wire.sendall(piece)
                time.sleep(pause)

        self.answer = answer

    def serves(self, body: bytes, *headers: str, status: str = "200 OK") -> None:
        head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
        self.says(head.encode() + b"\r\n\r\n" + body)

    def resolver(
        self,
        *,
        names: Callable[[str], Sequence[str]] = lambda host: ("127.0.0.1",),
        rule: Callable[[str, Sequence[str]], str] = allowed,
        seconds: float = 5.0,
    ) -> HttpsResolver:
        tls = ssl.create_default_context(cafile=str(self.pem))
        return HttpsResolver(rule=rule, names=names, tls=tls, port=self.port, seconds=seconds)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.close()


def test_a_document_is_fetched_by_its_name_from_its_address(server: Server) -> None:
    server.serves(b'{"id":"did:web:provider.example"}')
    assert server.resolver().fetch(URL) == b'{"id":"did:web:provider.example"}'
    assert server.names == [HOST]
    head = server.requests[0].decode()
    assert head.startswith("GET /.well-known/did.json HTTP/1.1\r\nHost: provider.example\r\n")
    assert "Accept-Encoding: identity" in head
    assert "ookie" not in head


def test_a_document_in_chunks_or_without_a_length_arrives_too(server: Server) -> None:
    server.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    assert server.resolver().fetch(URL) == b"{}"
    server.says(b"HTTP/1.1 200 OK\r\n\r\n{", b"}")
    assert server.resolver().fetch(URL) == b"{}"


def test_the_rule_of_the_product_forbids_this_machine(server: Server) -> None:
    server.serves(b"{}")
    inward = HttpsResolver(names=lambda host: ("93.184.216.34", "127.0.0.1"), port=server.port)
    with pytest.raises(FetchRefused, match="resolves to what is not an address of the public internet") as refused:
        inward.fetch(URL)
    assert refused.value.next_step
    for url in ("http://provider.example/", "https://127.0.0.1/", "https://localhost/", "https://u@provider.example/"):
        with pytest.raises(FetchRefused):
            HttpsResolver(names=lambda host: pytest.fail("not even looked up")).fetch(url)
    assert server.requests == []


def test_a_name_is_resolved_once_and_the_connection_goes_to_a_checked_address(server: Server) -> None:
    """Threat 14: a name that answers differently the second time (rebinding) is never asked a second time."""
    looked: list[str] = []
    checked: list[Sequence[str]] = []

    def names(host: str) -> Sequence[str]:
        looked.append(host)
        return ("127.0.0.1",) if len(looked) == 1 else ("127.0.0.9",)

    def rule(url: str, addresses: Sequence[str]) -> str:
        checked.append(tuple(addresses))
        return ""

    server.serves(b"{}")
    server.resolver(names=names, rule=rule).fetch(URL)
    assert looked == [HOST]
    assert checked == [("127.0.0.1",)]


def test_an_address_that_does_not_answer_gives_way_to_the_next_checked_one(server: Server) -> None:
    server.serves(b"{}")
    assert server.resolver(names=lambda host: ("127.0.0.2", "127.0.0.1")).fetch(URL) == b"{}"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent", "304 Not Modified"])
def test_no_redirect_is_followed(server: Server, status: str) -> None:
    """Threat 14."""
    server.serves(b"", "Location: https://provider.example/elsewhere", status=status)
    with pytest.raises(FetchRedirected) as refused:
        server.resolver().fetch(URL)
    assert refused.value.next_step
    assert len(server.requests) == 1


def test_what_is_larger_than_it_may_be_is_cut_off_announced_or_not(server: Server) -> None:
    """Threat 14: 256 kB, whatever the head says."""
    server.serves(b"x" * 256 * 1024)
    assert len(server.resolver().fetch(URL)) == 256 * 1024
    server.serves(b"x" * (256 * 1024 + 1))
    with pytest.raises(FetchTooLarge):
        server.resolver().fetch(URL)
    server.says(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65536] * 8)
    with pytest.raises(FetchTooLarge):
        server.resolver().fetch(URL)
    server.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n" * 10_000] * 8)
    with pytest.raises(FetchTooLarge):
        server.resolver().fetch(URL)
    server.says(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}{}")
    with pytest.raises(FetchTooLarge):
        server.resolver().fetch(URL, max_bytes=3)


def test_a_head_without_end_is_cut_off(server: Server) -> None:
    server.says(b"HTTP/1.1 200 OK\r\n", *[b"A: " + b"x" * 60_000 + b"\r\n"] * 8)
    with pytest.raises((FetchTooLarge, FetchFailed)):
        server.resolver().fetch(URL)


def test_a_compressed_document_is_refused_before_it_is_inflated(server: Server) -> None:
    """Threat 4."""
    for encoding in ("gzip", "br", "GZIP", "identity, gzip"):
        server.serves(gzip.compress(b"{}"), f"Content-Encoding: {encoding}")
        with pytest.raises(FetchEncoded):
            server.resolver().fetch(URL)
    server.serves(gzip.compress(b"{}"), "Content-Encoding: identity", "Content-Encoding: gzip")
    with pytest.raises(FetchEncoded):  # the second of two lines counts as much as the first
        server.resolver().fetch(URL)
    server.serves(b"{}", "Content-Encoding: identity")
    assert server.resolver().fetch(URL) == b"{}"


@pytest.mark.parametrize("status", ["404 Not Found", "500 No", "206 Partial", "204 None", "401 No"])
def test_an_answer_without_the_document_is_none(server: Server, status: str) -> None:
    server.serves(b"{}", status=status)
    with pytest.raises(FetchFailed, match=status[:3]):
        server.resolver().fetch(URL)


@pytest.mark.parametrize(
    "answer", [b"", b"hello", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"HTTP/1.1 x\r\n\r\n"]
)
def test_an_answer_that_breaks_off_or_is_no_http_is_none(server: Server, answer: bytes) -> None:
    server.says(answer)
    with pytest.raises(FetchFailed):
        server.resolver().fetch(URL)


def timed(resolver: HttpsResolver, most: float) -> None:
    began = time.monotonic()
    with pytest.raises(FetchTooSlow) as slow:
        resolver.fetch(URL)
    assert time.monotonic() - began < most
    assert slow.value.next_step


def test_one_deadline_covers_every_phase(server: Server) -> None:
    """Threat 14: a drip, a silent handshake and a look-up that hangs each end at the one deadline."""
    server.says(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 100, pause=0.1)
    timed(server.resolver(seconds=0.5), 2.5)
    server.says(*[bytes([one]) for one in b"HTTP/1.1 200 OK\r\n" * 4], pause=0.1)
    timed(server.resolver(seconds=0.5), 2.5)
    server.greet = False
    timed(server.resolver(seconds=0.5), 2.5)

    def hangs(host: str) -> Sequence[str]:
        time.sleep(4)
        return ("127.0.0.1",)

    timed(server.resolver(seconds=0.3, names=hangs), 2.5)


def test_a_certificate_that_is_not_the_names_ends_it(server: Server) -> None:
    server.serves(b"{}")
    with pytest.raises(UnreachableHost, match="certificate"):
        server.resolver().fetch("https://other.example/did.json")
    with pytest.raises(UnreachableHost, match="certificate"):
        HttpsResolver(rule=allowed, names=lambda host: ("127.0.0.1",), port=server.port).fetch(URL)
    assert server.requests == []


def test_a_name_without_an_address_is_told(server: Server) -> None:
    def none(host: str) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    for names in (none, lambda host: ()):
        with pytest.raises(UnreachableHost, match="has no address") as refused:
            server.resolver(names=names).fetch(URL)
        assert refused.value.next_step


def test_a_closed_port_is_told(server: Server) -> None:
    server.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(CreditBankError, match="cannot be reached safely"):
        HttpsResolver(rule=allowed, names=lambda host: ("127.0.0.1",), port=port).fetch(URL)
